"""Texts beyond ASCII are texts: what is created with an umlaut instead of a letter is created as well."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mockserver.bundle.operations import Operation
from mockserver.probes.actors import succeeded
from mockserver.probes.base import Fault, Inconclusive, Probe, Scene
from mockserver.probes.made import Made, create, creates, remove
from mockserver.probes.pages import dig, status
from mockserver.probes.samples import json_body, request_for
from mockserver.store.sampling import valid

_TEXT = "Größe 東京"


def _taken(scene: Scene, operation: Operation) -> Iterator[Fault]:
    made = create(scene, operation)  # a body that is taken, so that only the text can be the reason
    remove(scene, made)
    media, tried = json_body(operation), 0
    for name, body in _bodies(made.body):
        if media is None or media.schema is None or not valid(body, media.schema, scene.contract.bundle):
            continue
        plain = scene.send(request_for(scene, operation, made.base, {**body, name: "Groesse Tokyo"}), operation)
        _undo(scene, made, body, plain)
        if not succeeded(plain):
            continue
        tried += 1
        exchange = scene.send(request_for(scene, operation, made.base, body), operation)
        _undo(scene, made, body, exchange)
        if status(exchange) in (400, 422):
            yield Fault(f"a text beyond ASCII is refused in `{name}`", f"{status(exchange)}", exchanges=(exchange,))
    if not tried:
        raise Inconclusive("no text of its body is free")


def _undo(scene: Scene, made: Made, body: Mapping[str, Any], exchange: Any) -> None:
    if succeeded(exchange):
        shown = exchange.reply.json() if exchange.reply.body else None
        row = dig(shown, made.operation.shape.item or ())
        remove(scene, Made(made.operation, dict(body), exchange, dict(row) if isinstance(row, dict) else {}, made.base))


def _bodies(good: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name in [name for name, value in good.items() if isinstance(value, str)][:4]:
        yield name, {**good, name: _TEXT}


PROBES = (Probe("beyond-ascii", "MS299", "texts may hold any letter", creates, _taken, writes=True),)
