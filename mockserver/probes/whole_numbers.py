"""Whole numbers are what JSON Schema says: `true` is none, 1.0 is one. Budget: three requests per reading operation."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from mockserver.bundle.operations import Operation
from mockserver.exchanges import Exchange
from mockserver.probes.base import Contract, Fault, Inconclusive, Probe, Scene
from mockserver.probes.pages import body_inputs, status
from mockserver.probes.rows import confirmed
from mockserver.probes.samples import accepted


def applies(contract: Contract, operation: Operation) -> bool:
    """Whether a list or search takes a whole number in a JSON body."""
    return operation.shape.rows is not None and bool(_whole(contract, operation))


def _true(scene: Scene, operation: Operation) -> Iterator[Fault]:
    yield from confirmed(scene, lambda: _asked(scene, operation, value=True))


def _float(scene: Scene, operation: Operation) -> Iterator[Fault]:
    yield from confirmed(scene, lambda: _asked(scene, operation, value=1.0))


def _asked(scene: Scene, operation: Operation, *, value: bool | float) -> Iterator[Fault]:
    tried = 0
    for name in _whole(scene.contract, operation):
        if not _taken(_with(scene, operation, name, 1)):
            continue
        tried += 1
        exchange = _with(scene, operation, name, value)
        detail = f"{name} = {json.dumps(value)}: {status(exchange)}"
        if value is True and _taken(exchange):
            yield Fault("`true` is taken for the whole number 1", detail, exchanges=(exchange,))
        elif value is not True and status(exchange) in (400, 422):
            yield Fault("1.0 is refused where a whole number is wanted", detail, exchanges=(exchange,))
    if not tried:
        raise Inconclusive("it takes no 1 in any of its whole numbers")


def _with(scene: Scene, operation: Operation, name: str, value: Any) -> Exchange:
    request = accepted(scene, operation).request
    body = json.loads(request.body or b"{}")
    if not isinstance(body, dict):
        raise Inconclusive("its body is no object")
    return scene.send(replace(request, body=json.dumps({**body, name: value}).encode()), operation)


def _taken(exchange: Exchange) -> bool:
    return 200 <= status(exchange) < 300


def _whole(contract: Contract, operation: Operation) -> list[str]:
    """Up to three inputs of the body that are whole numbers."""
    reader = contract.bundle.reader
    spots = body_inputs(contract, operation).items()
    return [name for name, spot in spots if reader.kinds(spot) - {"null"} == {"integer"}][:3]


PROBES = (
    Probe("true-for-one", "MS297", "`true` is no number", applies, _true),
    Probe("one-point-zero", "MS298", "1.0 is a whole number", applies, _float),
)
