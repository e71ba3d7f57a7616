"""`_not` is the complement up to NULLs, `_and` the intersection, `_or` the union, and `{}` is everything.

Only what the server itself answers is compared, so this holds whatever its operators mean. Budget: at most 14 requests
per search, beside those for all its rows.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from mockserver.bundle.operations import Operation
from mockserver.exchanges import Exchange
from mockserver.probes.answers import answer, brief, ids, need_rows
from mockserver.probes.base import Contract, Fault, Inconclusive, Probe, Scene
from mockserver.probes.pages import Row, cell, entity_of, is_listing
from mockserver.probes.rows import Rows, confirmed, everything
from mockserver.probes.searching import Column, Search, operand, search_of, values_of

_NEGATED, _JOINED = 4, 2
_TRIED = 12
_NARROW = 50  # rows that are looked at where there are more than are fetched


def _negates(contract: Contract, operation: Operation) -> bool:
    search = search_of(contract, operation) if is_listing(contract, operation) else None
    return search is not None and "_not" in search.logic


def _joins(contract: Contract, operation: Operation) -> bool:
    search = search_of(contract, operation) if is_listing(contract, operation) else None
    return search is not None and {"_and", "_or"} <= search.logic


@dataclass(frozen=True, slots=True)
class _Looked:
    """The part of a search that is looked at: all its rows, or where there are many those with some keys.

    Asking gives the set of rows that fulfil a condition, and what showed it; Inconclusive where it is refused or its
    rows do not fit on a page.
    """

    scene: Scene
    operation: Operation
    search: Search
    key: Column | None = None
    keys: tuple[Any, ...] = ()

    def asked(self, where: Any) -> tuple[set[Hashable], Exchange]:
        narrowed = {"_and": [{self.key.name: {"_in": list(self.keys)}}, where]} if self.key is not None else where
        found = answer(self.scene, self.operation, {self.search.where: narrowed})
        if found is None or not found.complete:
            raise Inconclusive("more rows fulfil a condition than fit on one page")
        return self.ids(found.rows), found.page.exchange

    def rows(self) -> Rows:
        whole = everything(self.scene, self.operation)
        if self.key is None:
            return whole
        return replace(whole, rows=[row for row in whole.rows if cell(row, self.key.shown) in self.keys])

    def ids(self, rows: Iterable[Row]) -> set[Hashable]:
        return ids(self.scene.contract, self.operation, rows)


def negation(scene: Scene, operation: Operation) -> Iterator[Fault]:
    """A condition and its negation share no row, and together miss only rows for which it is unknown."""
    looked = _looked(scene, operation)
    conditions = _conditions(looked, _NEGATED)

    def observe() -> Iterator[Fault]:
        whole = looked.rows()
        for column, where in conditions:
            held, one = looked.asked(where)
            denied, other = looked.asked({"_not": where})
            nulls = looked.ids(row for row in whole.rows if cell(row, column.shown) is None)
            shown, asked = (one, other, *whole.exchanges), brief(where)
            if held & denied:
                yield Fault("a row fulfils a condition and its `_not`", asked, exchanges=shown)
            if denied & nulls:
                yield Fault("`_not` gives rows where the column is null", asked, exchanges=shown)
            if looked.ids(whole.rows) - held - denied - nulls:
                yield Fault("`_not` leaves out rows that do not fulfil the condition", asked, exchanges=shown)

    yield from confirmed(scene, observe)


def algebra(scene: Scene, operation: Operation) -> Iterator[Fault]:
    """`_and` is the intersection of what its parts give, `_or` the union; several keys mean AND; `{}` is everything."""
    looked = _looked(scene, operation)
    conditions = [where for _, where in _conditions(looked, 2 * _JOINED)]
    if len(conditions) < 2:
        raise Inconclusive("there are not two conditions that tell some rows from others")

    def observe() -> Iterator[Fault]:
        whole = looked.rows()
        every, shown = looked.asked({})
        if every != looked.ids(whole.rows):
            yield Fault("`{}` is not everything", exchanges=(shown, *whole.exchanges))
        for left, right in zip(conditions[::2], conditions[1::2], strict=False):
            yield from _joined(looked, left, right)

    yield from confirmed(scene, observe)


def _joined(looked: _Looked, left: Any, right: Any) -> Iterator[Fault]:
    asked = looked.asked
    (one, first), (other, second) = asked(left), asked(right)
    joined, third = asked({"_and": [left, right]})
    either, fourth = asked({"_or": [left, right]})
    text = brief([left, right])
    if joined != one & other:
        yield Fault("`_and` is not the intersection of its parts", text, exchanges=(third, first, second))
    if either != one | other:
        yield Fault("`_or` is not the union of its parts", text, exchanges=(fourth, first, second))
    if not left.keys() & right.keys():
        beside, fifth = asked({**left, **right})
        if beside != one & other:
            yield Fault("several keys beside each other do not mean AND", text, exchanges=(fifth, first, second))


def _looked(scene: Scene, operation: Operation) -> _Looked:
    search = search_of(scene.contract, operation)
    whole = everything(scene, operation)
    need_rows(whole, 2)
    if search is None:
        raise Inconclusive("it takes no condition that is understood")
    if whole.complete:
        return _Looked(scene, operation, search)
    entity = entity_of(scene.contract, operation)
    key = next(
        (c for c in search.columns if entity is not None and c.name == entity.key and "_in" in c.operators), None
    )
    if key is None or "_and" not in search.logic:
        raise Inconclusive("there are more rows than are fetched, and its key is no column of a condition")
    return _Looked(scene, operation, search, key, tuple(cell(row, key.shown) for row in whole.rows[:_NARROW]))


def _conditions(looked: _Looked, most: int) -> list[tuple[Column, dict[str, Any]]]:
    """Conditions that tell some rows from others; on columns with nulls first, for there it goes wrong."""
    scene, search, whole, dice = looked.scene, looked.search, looked.rows(), looked.scene.random
    columns = [c for c in search.columns if c.kind != "json" and any(v is not None for v in values_of(whole.rows, c))]
    dice.shuffle(columns)
    columns.sort(key=lambda column: all(value is not None for value in values_of(whole.rows, column)))
    columns = columns[: most // 2] + dice.sample(columns[most // 2 :], min(len(columns[most // 2 :]), _TRIED))
    found: list[tuple[Column, dict[str, Any]]] = []
    for column in columns:
        operators = [name for name in ("_eq", "_gt", "_lte", "_neq", "_in") if name in column.operators]
        if operators and len(found) < most:
            operator = dice.choice(operators)
            value = operand(scene.contract, column, operator, values_of(whole.rows, column), dice)
            if value is not None:
                found.append((column, {column.name: {operator: value}}))
    return found


PROBES = (
    Probe("complement", "MS241", "`_not` is the complement up to NULLs", _negates, negation),
    Probe("algebra", "MS242", "`_and` is the intersection, `_or` the union, `{}` is everything", _joins, algebra),
)
