"""What a list shows can be read by its id, and the row says the same there: equal values of equal types.

Budget: at most three reads per list, each row read once per run.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile
from typing import Any

from mockserver.bundle.operations import Operation, Role
from mockserver.exchanges import Exchange
from mockserver.probes.base import Contract, Fault, Inconclusive, Probe, Scene
from mockserver.probes.filtering import Doubt, moment
from mockserver.probes.pages import UNRELATED, Row, cell, entity_of, is_listing
from mockserver.probes.rows import confirmed, everything, item, path_of, path_to

_ROWS = 3


def applies(contract: Contract, operation: Operation) -> bool:
    """Whether the rows of a list can be read one by one."""
    return is_listing(contract, operation) and bool(_readers(contract, operation))


def readable(scene: Scene, operation: Operation) -> Iterator[Fault]:
    """Each id in a list can be read."""
    yield from confirmed(scene, lambda: _unread(scene, operation))


def agree(scene: Scene, operation: Operation) -> Iterator[Fault]:
    """A row in a list and the row read by its id agree on what both show."""
    yield from confirmed(scene, lambda: _apart(scene, operation))


def _unread(scene: Scene, operation: Operation) -> Iterator[Fault]:
    for _, code, _, exchange in _pairs(scene, operation):
        if code not in UNRELATED and not 200 <= code < 300:
            detail = f"{exchange.request.target}: {code}"
            yield Fault("a row of a list cannot be read by its id", detail,
                        exchanges=(*everything(scene, operation).exchanges, exchange))  # fmt: skip
            return


def _apart(scene: Scene, operation: Operation) -> Iterator[Fault]:
    entity = entity_of(scene.contract, operation)
    key = entity.key if entity is not None else None
    compared = False
    for row, _, one, exchange in _pairs(scene, operation):
        if one is None:
            continue
        compared = True
        if key is not None and cell(one, key) not in (None, cell(row, key)):
            message = "reading an id of a list gives another row"
            yield Fault(message, exchange.request.target, exchanges=(*everything(scene, operation).exchanges, exchange))
            return
        for name, words in _contradictions(row, one):
            message = f"`{name}` {words}"
            detail = f"{row[name]!r} in the list, {one[name]!r} at {exchange.request.target}"
            yield Fault(message, detail, exchanges=(*everything(scene, operation).exchanges, exchange))
    if not compared:
        raise Inconclusive("none of its rows could be read by its id")


def _contradictions(row: Row, one: Row) -> Iterator[tuple[str, str]]:
    """Scalars that both show and that differ; one moment written in two ways is no contradiction."""
    for name in row.keys() & one.keys():
        here, there = row[name], one[name]
        if isinstance(here, dict | list) or isinstance(there, dict | list) or here is None or there is None:
            continue
        if _kind(here) != _kind(there):
            yield name, "has another type in the list than in the row itself"
        elif here != there and not _same_moment(here, there):
            yield name, "has another value in the list than in the row itself"


def _kind(value: Any) -> str:
    return (
        "boolean" if isinstance(value, bool) else "number" if isinstance(value, int | float) else type(value).__name__
    )


def _same_moment(one: Any, other: Any) -> bool:
    try:
        first, second = moment(one), moment(other)
    except Doubt:
        return False
    return first.date() == second.date() if 10 in (len(one), len(other)) else abs((first - second).total_seconds()) < 1


def _pairs(scene: Scene, operation: Operation) -> Iterator[tuple[Row, int, Row | None, Exchange]]:
    """A few rows of a list, each with what reading it by its id gave."""
    rows = everything(scene, operation).rows
    reader = _readers(scene.contract, operation)[0]
    base, asked = path_of(scene, operation), 0
    for row in rows[:: max(1, len(rows) // _ROWS)]:
        path = path_to(scene, reader, row, base)
        if path is not None and asked < _ROWS:
            asked += 1
            yield row, *item(scene, reader, path)
    if not asked:
        raise Inconclusive("no row shows an id that can be read" if rows else "there are no rows to judge by")


def _readers(contract: Contract, operation: Operation) -> list[Operation]:
    """The operations that read a row of a list, the one whose path begins most alike first."""
    if entity_of(contract, operation) is None:
        return []
    found = [
        each for each in contract.bundle.operations
        if each.role is Role.READ and each.method == "GET" and each.entity == operation.entity and each.key
        and each.shape.item is not None and "#" not in each.path and "?" not in each.path
    ]  # fmt: skip
    here = operation.path.split("/")

    def alike(each: Operation) -> int:
        steps = takewhile(lambda pair: pair[0] == pair[1], zip(here, each.path.split("/"), strict=False))
        return len(list(steps))

    return sorted(found, key=lambda each: (-alike(each), each.path.count("{")))


PROBES = (
    Probe("listed ids", "MS248", "each id of a list can be read", applies, readable),
    Probe("list and detail", "MS249", "a row says the same in a list and by itself", applies, agree),
)
