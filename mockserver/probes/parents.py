"""Probes of children: a row is found below its own parent only, and made below none that does not exist."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from mockserver.bundle.operations import Operation, Role
from mockserver.exchanges import Exchange
from mockserver.probes.base import Contract, Fault, Inconclusive, Probe, Scene
from mockserver.probes.made import Made, create, creates, remove
from mockserver.probes.pages import dig, success
from mockserver.probes.rows import known
from mockserver.probes.samples import granted, request_for, unknown_key

_ROWS = 2


def _found(scene: Scene, operation: Operation) -> Iterator[Fault]:
    """A row that is read below its parent is not read below one that does not exist, nor below another one."""
    rows = known(scene, operation, _ROWS)
    parameter = operation.parents[-1][0]
    others = [path[parameter] for path, _ in rows]
    for path, _row in rows:
        right = scene.send(request_for(scene, operation, path), operation)
        if not granted(right):
            continue
        keyed = replace(operation, key=parameter)
        wrong = [other for other in others if other != path[parameter]] + [unknown_key(scene, keyed, others)]
        for other in wrong[:_ROWS]:
            request = request_for(scene, operation, {**path, parameter: other})
            found = scene.send(request, operation)
            if granted(found) and _item(operation, found) == _item(operation, right):
                text = "a row is found below a parent that is not its own"
                yield Fault(text, f"{parameter}", exchanges=(right, found))
                return
        return
    raise Inconclusive(f"no {operation.entity} is known that can be read")


def _made(scene: Scene, operation: Operation) -> Iterator[Fault]:
    made = create(scene, operation)
    remove(scene, made)
    parameter = operation.parents[-1][0]
    wrong = {**made.base, parameter: unknown_key(scene, replace(operation, key=parameter), [made.base[parameter]])}
    exchange = scene.send(request_for(scene, operation, wrong, dict(made.body)), operation)
    if granted(exchange):
        row = _item(operation, exchange)
        remove(scene, Made(operation, made.body, exchange, row if isinstance(row, dict) else {}, wrong))
        yield Fault("a row is made below a parent that does not exist", f"{parameter}", exchanges=(exchange,))


def _item(operation: Operation, exchange: Exchange) -> Any:
    return dig(success(exchange), operation.shape.item or ())


def _is_child(_contract: Contract, operation: Operation) -> bool:
    return operation.role is Role.READ and bool(operation.key) and _promised(operation)


def _makes_child(contract: Contract, operation: Operation) -> bool:
    return creates(contract, operation) and _promised(operation)


def _promised(operation: Operation) -> bool:
    """Whether it lives below parents, and the bundle says what is answered where one is not there."""
    return bool(operation.parents) and operation.reply(404) is not None


PROBES = (
    Probe("own-parent", "MS283", "a row is found below its own parent only", _is_child, _found),
    Probe("known-parent", "MS284", "no row is made below an unknown parent", _makes_child, _made, writes=True),
)
