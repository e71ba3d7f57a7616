"""The probe of revocation: with a key its tokens go, where the bundle makes keys and takes them back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from mockserver.bundle.operations import Operation, Role
from mockserver.environments.exchanging import find_exchange
from mockserver.probes.actors import REFUSED, without
from mockserver.probes.base import Contract, Fault, Inconclusive, Probe, Scene
from mockserver.probes.made import create, creator, of_role, remove
from mockserver.probes.pages import status
from mockserver.probes.samples import accepted, granted, insisted, is_reading, is_secured
from mockserver.store.model import normal


def _revoked(scene: Scene, operation: Operation) -> Iterator[Fault]:
    exchange = find_exchange(scene.contract.bundle)
    making = creator(scene.contract, operation)
    if exchange is None or making is None:
        raise Inconclusive("no operation makes keys that could be exchanged")
    made = create(scene, making)
    key = _found(made.exchange.reply.json() if made.exchange.reply else None, normal(exchange.property))
    if key is None:
        remove(scene, made)
        raise Inconclusive("the answer to a new key does not show it")
    told = scene.send(exchange.request(key), exchange.operation, "")
    token = exchange.token(told.reply) if told.reply is not None else None
    if token is None:
        remove(scene, made)
        raise Inconclusive(f"a new key is not exchanged for a token: {status(told)}")
    for asked in _readings(scene):
        placed = scene.client.placed(asked)
        request = without(accepted(scene, asked).request, placed)
        scheme = placed.get("header", {}).get("Authorization", "Bearer ").partition(" ")[0]
        speaking = replace(request, headers=(*request.headers, ("Authorization", f"{scheme} {token.text}")))
        if not granted(scene.send(speaking, asked, "")):
            continue  # the key's rights are not enough for this one
        taken_back = remove(scene, made)
        if taken_back is None or not granted(taken_back):
            raise Inconclusive("a new key is not taken back")
        again = insisted(scene, speaking, asked, lambda sent: status(sent) not in REFUSED, "")
        if again is not None:
            detail = f"{asked.label}: {status(again)}"
            yield Fault("a token is good although its key was revoked", detail, exchanges=(taken_back, again))
        return
    remove(scene, made)
    raise Inconclusive("nothing is known that the new key may read")


def _readings(scene: Scene) -> Iterator[Operation]:
    for operation in scene.contract.bundle.operations:
        if is_secured(scene.contract, operation) and is_reading(scene.contract, operation):
            yield operation


def _found(value: Any, name: str) -> str | None:
    """The text of a property, wherever it is in a reply."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if normal(key) == name and isinstance(inner, str):
                return inner
        return next((text for inner in value.values() if (text := _found(inner, name)) is not None), None)
    return None


def _takes_back(contract: Contract, operation: Operation) -> bool:
    """Whether it takes back what another operation makes and the token exchange takes."""
    exchange = find_exchange(contract.bundle) if operation.role is Role.DELETE and operation.key else None
    making = creator(contract, operation) if exchange is not None else None
    if exchange is None or making is None or operation not in of_role(contract, making.entity, Role.DELETE):
        return False
    success = making.success
    media = success.json if success is not None else None
    if media is None:
        return False
    reader = contract.bundle.reader
    members = reader.members(reader.at(media.pointer))
    inner = [name for spot in members.values() for name in reader.members(spot)]
    return any(normal(name) == normal(exchange.property) for name in (*members, *inner))


PROBES = (Probe("revoked", "MS287", "with a key its tokens go", _takes_back, _revoked, writes=True),)
