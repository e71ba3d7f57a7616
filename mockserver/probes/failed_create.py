"""The probe of refused creates: what is refused leaves no row behind."""

from __future__ import annotations

from collections.abc import Iterator

from mockserver.bundle.operations import Operation
from mockserver.probes.base import Fault, Inconclusive, Probe, Scene
from mockserver.probes.made import count, create, creates, remove
from mockserver.probes.pages import status
from mockserver.probes.samples import request_for, spoilt

_TRIED = 4


def _leaves_nothing(scene: Scene, operation: Operation) -> Iterator[Fault]:
    made = create(scene, operation)  # a body that is taken, so that only what is spoilt can be the reason
    remove(scene, made)
    refused = 0
    for name, wrong in list(spoilt(scene.contract, operation, dict(made.body)))[:_TRIED]:
        before = count(scene, made)
        if before is None:
            raise Inconclusive(f"nothing counts {operation.entity} rows")
        exchange = scene.send(request_for(scene, operation, made.base, wrong), operation)
        if not 400 <= status(exchange) < 600:
            continue  # whether it should have been refused is asked by others
        refused += 1
        after = count(scene, made)
        if after is not None and after[0] > before[0]:
            text = f"a create that is refused for `{name}` leaves a row"
            yield Fault(text, f"{before[0]} rows, then {after[0]}", exchanges=(before[1], exchange, after[1]))
    if not refused:
        raise Inconclusive("no body is known that it refuses")


PROBES = (Probe("failed-create", "MS280", "a refused create leaves nothing", creates, _leaves_nothing, writes=True),)
