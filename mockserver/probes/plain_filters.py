"""The plain inputs by which a list is filtered (`status=`, `clientId=`, `startDate=`) agree with the same filter here.

An input is judged where rows show a column of its name; a range by the dates that rows show. Budget: at most 12
requests per list, beside those for all its rows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from random import Random
from typing import Any

from mockserver.bundle.operations import Operation
from mockserver.bundle.reading import Spot
from mockserver.probes.answers import Answer, answer, brief, ids, named, need_rows
from mockserver.probes.base import Contract, Fault, Inconclusive, Probe, Scene
from mockserver.probes.filtering import Doubt, moment
from mockserver.probes.pages import Row, body_inputs, cell, entity_of, is_listing, query_inputs, row_members
from mockserver.probes.rows import Rows, confirmed, everything
from mockserver.probes.searching import spelled
from mockserver.store.columns import CONDITIONS, ORDERS
from mockserver.store.model import normal
from mockserver.store.sampling import valid

_VALUES = 2  # asked of each input
_MOST = 12
_LOWER = re.compile(r"\A(start|from|since|after|min)(_date|_time|_at)?\Z|_(from|since|after|start|min|gte?)\Z")
_UPPER = re.compile(r"\A(end|to|until|before|max)(_date|_time|_at)?\Z|_(to|until|before|end|max|lte?)\Z")
_NO_FILTERS = frozenset("fields include expand embed direction group_by q query search keyword term view".split())
_EARLY, _LATE = "1000-01-01", "2999-12-31"


@dataclass(frozen=True, slots=True)
class _Bound:
    """An input that is one end of a range of dates."""

    name: str
    lower: bool
    spot: Spot


def inputs_of(contract: Contract, operation: Operation) -> dict[str, Spot]:
    """The inputs of a list that may be filters: neither paging, nor order, nor conditions."""
    paging = operation.paging
    taken = set() if paging is None else {paging.page, paging.offset, paging.cursor, paging.before, *paging.sizes}
    every = {**query_inputs(operation), **body_inputs(contract, operation)}
    return {
        name: spot for name, spot in every.items()
        if name not in taken and normal(name) not in _NO_FILTERS and normal(name) not in (*CONDITIONS, *ORDERS)
    }  # fmt: skip


def applies(contract: Contract, operation: Operation) -> bool:
    """Whether a list has an input that may be judged."""
    return is_listing(contract, operation) and any(
        True for _ in chain(_columns(contract, operation), bounds_of(contract, operation))
    )


def equalities(scene: Scene, operation: Operation, rows: Sequence[Row], dice: Random) -> list[tuple[str, str, Any]]:
    """(input, column as rows show it, value that some row has) for each input that is named as a column."""
    found = []
    for name, column, spot in _columns(scene.contract, operation):
        values = list(dict.fromkeys(value for row in rows if isinstance(value := cell(row, column), str | int | bool)))
        for value in dice.sample(values, min(len(values), _VALUES)):
            many = scene.contract.bundle.reader.kind(spot) == "array"
            given = [value] if many else value
            if valid(given, spot.node, scene.contract.bundle):
                found.append((name, column, given))
    return found


def run(scene: Scene, operation: Operation) -> Iterator[Fault]:
    """Ask by each input, and compare with the same filter done here."""
    rows = need_rows(everything(scene, operation))
    dice = scene.random
    asked = equalities(scene, operation, rows, dice)[:_MOST]
    bounds = list(bounds_of(scene.contract, operation))[: max(0, _MOST - len(asked)) // 2]
    if not asked and not bounds:
        raise Inconclusive("no value that rows show is a legal one of an input")

    def observe() -> Iterator[Fault]:
        whole = everything(scene, operation)
        yield from _equal(scene, operation, asked, whole)
        yield from _between(scene, operation, bounds, whole)

    yield from confirmed(scene, observe)


def _equal(scene: Scene, operation: Operation, asked: Sequence[tuple[str, str, Any]], whole: Rows) -> Iterator[Fault]:
    contract = scene.contract
    for name, column, value in asked:
        refusals: list[Fault] = []
        found = answer(scene, operation, {name: value}, refusals)
        yield from (replace(fault, message=f"`{name}` {fault.message}") for fault in refusals)
        if found is None:
            continue
        several = value if isinstance(value, list) else [value]
        wrong = [row for row in found.rows if cell(row, column) not in several]
        if wrong:
            yield _fault(
                contract, operation, f"`{name}` gives rows that have another value", {name: value}, wrong, found
            )
        wanted = [row for row in whole.rows if cell(row, column) in several]
        missing = _absent(contract, operation, wanted, found)
        if missing:
            yield _fault(
                contract, operation, f"`{name}` leaves out rows that have the value", {name: value}, missing, found
            )


def _between(scene: Scene, operation: Operation, bounds: Sequence[_Bound], whole: Rows) -> Iterator[Fault]:
    """A bound beyond all dates gives nothing, or everything; one amid them what some column of dates says."""
    contract = scene.contract
    columns = dates_of(contract, operation)
    for bound in bounds:
        nothing = _value(contract, bound, _LATE if bound.lower else _EARLY)
        found = answer(scene, operation, {bound.name: nothing}, []) if nothing is not None else None
        if found is not None and found.rows:
            message = f"`{bound.name}` gives rows though it excludes every date"
            yield _fault(contract, operation, message, {bound.name: nothing}, found.rows, found)
            continue
        dates = sorted(str(value) for row in whole.rows for column in columns[:1] if (value := cell(row, column)))
        middle = _value(contract, bound, dates[len(dates) // 2]) if dates else None
        found = answer(scene, operation, {bound.name: middle}, []) if middle is not None else None
        if found is None or not found.complete or not whole.complete:
            continue
        held = ids(contract, operation, found.rows)
        if not any(_agrees(contract, operation, whole, column, middle, bound, held) for column in columns):
            message = f"`{bound.name}` agrees with no date that rows show"
            yield _fault(contract, operation, message, {bound.name: middle}, found.rows, found)


def _agrees(
    contract: Contract, operation: Operation, whole: Rows, column: str, value: Any, bound: _Bound, held: set[Any]
) -> bool:
    """Whether the rows that came are those that a column of dates selects, the bound itself among them or not."""
    for strict in (False, True):
        wanted = []
        for row in whole.rows:
            try:
                here, there = moment(cell(row, column)), moment(value)
            except Doubt:
                continue
            if (len(str(value)) == 10 and here.date() == there.date()) or here == there:
                fits = not strict
            else:
                fits = (here > there) is bound.lower
            if fits:
                wanted.append(row)
        if ids(contract, operation, wanted) == held:
            return True
    return False


def _value(contract: Contract, bound: _Bound, date: str) -> Any:
    """The date as the input takes it; None where it takes none."""
    for text in (date, date[:10], f"{date[:10]}T00:00:00Z", f"{date[:10]}T00:00:00"):
        if valid(text, bound.spot.node, contract.bundle):
            return text
    return None


def _absent(contract: Contract, operation: Operation, wanted: Sequence[Row], found: Answer) -> list[Row]:
    given = ids(contract, operation, found.rows)
    return [row for row in wanted if not ids(contract, operation, [row]) & given] if found.complete else []


def _fault(
    contract: Contract, operation: Operation, message: str, inputs: Any, rows: Sequence[Row], found: Answer
) -> Fault:
    return Fault(message, f"{brief(inputs)}: {named(contract, operation, rows)}", exchanges=(found.page.exchange,))


def _columns(contract: Contract, operation: Operation) -> Iterator[tuple[str, str, Spot]]:
    """Inputs that are named as a scalar column that rows show, and are of its type."""
    shown, reader, entity = row_members(contract, operation), contract.bundle.reader, entity_of(contract, operation)
    for name, spot in inputs_of(contract, operation).items():
        column = spelled(name, shown)
        if column is None or entity is None or _LOWER.search(normal(name)) or _UPPER.search(normal(name)):
            continue
        kind, own = reader.kind(spot), reader.kind(shown[column])
        inner = reader.items(spot) if kind == "array" else None
        if (reader.kind(inner) if inner is not None else kind) == own and own in ("string", "integer", "boolean"):
            yield name, column, spot


def bounds_of(contract: Contract, operation: Operation) -> Iterator[_Bound]:
    if not dates_of(contract, operation):
        return
    for name, spot in inputs_of(contract, operation).items():
        lower = _LOWER.search(normal(name)) is not None
        if (lower or _UPPER.search(normal(name))) and contract.bundle.reader.kind(spot) == "string":
            yield _Bound(name, lower, spot)


def dates_of(contract: Contract, operation: Operation) -> list[str]:
    """The columns of dates that rows show; the only one that can be meant where an overlay says which."""
    shown, reader = row_members(contract, operation), contract.bundle.reader
    said = operation.hints.get("date-field")
    if isinstance(said, str):
        return [place] if (place := spelled(said, shown)) else []
    return [name for name, spot in shown.items() if reader.keyword(spot, "format") in ("date", "date-time")]


PROBES = (
    Probe("list filters", "MS243", "each plain filter of a list agrees with the same filter done here", applies, run),
)
