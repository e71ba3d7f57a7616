"""A search that cannot be understood is refused with a declared client error, never answered as if nothing were asked.

An unknown field that is ignored makes a client believe that everything fulfils its condition. Budget: four requests
per search.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mockserver.bundle.operations import Operation
from mockserver.findings import Severity
from mockserver.probes.answers import brief
from mockserver.probes.base import Contract, Fault, Inconclusive, Probe, Scene
from mockserver.probes.pages import UNRELATED, ask, is_listing, status
from mockserver.probes.rows import confirmed, path_of
from mockserver.probes.searching import Column, Search, search_of

_UNKNOWN = "nobodyKnowsThisField"
_WRONG: dict[str, Any] = {
    "number": "ten", "boolean": "perhaps", "moment": "someday", "day": "someday", "text": {"a": 1}
}  # fmt: skip


def applies(contract: Contract, operation: Operation) -> bool:
    """Whether an operation takes conditions."""
    return is_listing(contract, operation) and search_of(contract, operation) is not None


def orders(contract: Contract, operation: Operation) -> bool:
    """Whether a search sorts."""
    search = search_of(contract, operation) if is_listing(contract, operation) else None
    return search is not None and bool(search.order)


def unknown_fields(scene: Scene, operation: Operation) -> Iterator[Fault]:
    """A condition on a field that there is not is refused, and so is an operator that there is not."""
    search = _search(scene, operation)
    asked = {"an unknown field": {search.where: {_UNKNOWN: {"_eq": 1}}}}
    column = next((each for each in search.columns if each.kind != "json"), None)
    if column is not None:
        asked["an unknown operator"] = {search.where: {column.name: {"_resembles": _value(column)}}}
    yield from confirmed(scene, lambda: _refused(scene, operation, asked))


def wrong_types(scene: Scene, operation: Operation) -> Iterator[Fault]:
    """A comparison with a value that the column can never hold is refused."""
    search = _search(scene, operation)
    columns = [each for each in search.columns if each.kind in _WRONG and "_eq" in each.operators]
    column = next((each for each in columns if each.kind != "text"), next(iter(columns), None))
    if column is None:
        raise Inconclusive("no column that rows show takes _eq")
    asked = {"an operand of the wrong type": {search.where: {column.name: {"_eq": _WRONG[column.kind]}}}}
    yield from confirmed(scene, lambda: _refused(scene, operation, asked))


def unknown_keys(scene: Scene, operation: Operation) -> Iterator[Fault]:
    """Sorting by a field that there is not is refused."""
    search = _search(scene, operation)
    asked = {"sorting by an unknown field": {search.order: search.sorting((_UNKNOWN, "asc"))}}
    yield from confirmed(scene, lambda: _refused(scene, operation, asked))


def _refused(scene: Scene, operation: Operation, asked: dict[str, dict[str, Any]]) -> Iterator[Fault]:
    for what, inputs in asked.items():
        exchange = ask(scene, operation, inputs, path_of(scene, operation))
        code, detail = status(exchange), brief(inputs)
        if code in UNRELATED:
            raise Inconclusive(f"it answered {code or 'nothing'}")
        if code < 400:
            yield Fault(f"{what} is not refused", f"{detail}: {code}", exchanges=(exchange,))
        elif code >= 500:
            yield Fault(f"{what} breaks the server", f"{detail}: {code}", exchanges=(exchange,))
        elif operation.reply(code) is None:
            yield Fault(f"{what} is refused with a status that is not declared", f"{detail}: {code}",
                        exchanges=(exchange,), severity=Severity.WARNING)  # fmt: skip


def _search(scene: Scene, operation: Operation) -> Search:
    search = search_of(scene.contract, operation)
    if search is None:
        raise Inconclusive("it takes no condition that is understood")
    return search


def _value(column: Column) -> Any:
    return {"number": 1, "boolean": True, "text": "a"}.get(column.kind, "2024-01-31")


PROBES = (
    Probe("unknown fields", "MS251", "an unknown field or operator is refused, never ignored", applies, unknown_fields),
    Probe("wrong operands", "MS252", "an operand of the wrong type is refused, never ignored", applies, wrong_types),
    Probe("unknown sort keys", "MS253", "sorting by an unknown field is refused, never ignored", orders, unknown_keys),
)
