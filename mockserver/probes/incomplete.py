"""The probe of incomplete creates: a body that lacks what is required makes no row, with whatever values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mockserver.bundle.operations import Operation
from mockserver.probes.actors import succeeded
from mockserver.probes.base import Fault, Probe, Scene
from mockserver.probes.made import Made, create, creates, remove
from mockserver.probes.pages import dig, status
from mockserver.probes.samples import json_body, request_for
from mockserver.store.sampling import valid


def _refuses(scene: Scene, operation: Operation) -> Iterator[Fault]:
    made = create(scene, operation)  # a body that is taken, so that only what is left out can be the reason
    remove(scene, made)
    media = json_body(operation)
    for what, body in _bodies(made.body):
        if media is None or media.schema is None or valid(body, media.schema, scene.contract.bundle):
            continue
        exchange = scene.send(request_for(scene, operation, made.base, body), operation)
        if not succeeded(exchange):
            continue
        shown = exchange.reply.json() if exchange.reply is not None and exchange.reply.body else None
        row = dig(shown, operation.shape.item or ())
        remove(scene, Made(operation, dict(body), exchange, dict(row) if isinstance(row, dict) else {}, made.base))
        yield Fault(f"{what} is accepted", f"{status(exchange)}", exchanges=(exchange,))


def _bodies(good: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    texts = {name: value for name, value in good.items() if isinstance(value, str)}
    yield "an empty object, where something is required,", {}
    yield "a body with empty texts", dict.fromkeys(texts, "")


PROBES = (Probe("incomplete", "MS294", "what lacks something required is refused", creates, _refuses, writes=True),)
