"""`_not` is the complement up to NULLs, `_and` the intersection, `_or` the union, and `{}` is everything.

Only what the server itself answers is compared, so this holds whatever its operators mean. Budget: at most 14 requests
per search, beside those for all its rows.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from random import Random
from typing import Any

from mockserver.bundle.operations import Operation
from mockserver.exchanges import Exchange
from mockserver.probes.answers import answer, brief, ids, need_rows, truth
from mockserver.probes.base import Contract, Fault, Inconclusive, Probe, Scene
from mockserver.probes.pages import identity, is_listing
from mockserver.probes.rows import Rows, confirmed, everything
from mockserver.probes.searching import Column, Search, operand, search_of, values_of

_NEGATED, _JOINED = 4, 2
_TRIED = 12


def _negates(contract: Contract, operation: Operation) -> bool:
    search = search_of(contract, operation) if is_listing(contract, operation) else None
    return search is not None and "_not" in search.logic


def _joins(contract: Contract, operation: Operation) -> bool:
    search = search_of(contract, operation) if is_listing(contract, operation) else None
    return search is not None and {"_and", "_or"} <= search.logic


class _Asked:
    """Asks conditions for the sets of rows that come; Inconclusive where one is refused or does not fit a page."""

    def __init__(self, scene: Scene, operation: Operation, search: Search) -> None:
        self.scene, self.operation, self.search = scene, operation, search

    def __call__(self, where: Any) -> tuple[set[Hashable], Exchange]:
        found = answer(self.scene, self.operation, {self.search.where: where})
        if found is None or not found.complete:
            raise Inconclusive("more rows fulfil a condition than fit on one page")
        return ids(self.scene.contract, self.operation, found.rows), found.page.exchange


def negation(scene: Scene, operation: Operation) -> Iterator[Fault]:
    """A condition and its negation share no row, and together miss only rows for which it is unknown."""
    search, whole, dice = _prepared(scene, operation)
    conditions = _conditions(scene, search, whole, dice, _NEGATED)

    def observe() -> Iterator[Fault]:
        whole, asked = everything(scene, operation), _Asked(scene, operation, search)
        for column, where in conditions:
            held, one = asked(where)
            denied, other = asked({"_not": where})
            nulls = {
                identity(scene.contract, operation, row)
                for row, value in zip(whole.rows, values_of(whole.rows, column), strict=True)
                if value is None
            }
            unsure = {
                identity(scene.contract, operation, r) for r in whole.rows if truth(where, r, search.rules) is None
            }
            every = ids(scene.contract, operation, whole.rows)
            shown, where_text = (one, other, *whole.exchanges), brief(where)
            if held & denied:
                yield Fault("a row fulfils a condition and its `_not`", where_text, exchanges=shown)
            if denied & nulls & unsure:
                yield Fault("`_not` gives rows where the column is null", where_text, exchanges=shown)
            if every - held - denied - nulls:
                yield Fault("`_not` leaves out rows that do not fulfil the condition", where_text, exchanges=shown)

    yield from confirmed(scene, observe)


def algebra(scene: Scene, operation: Operation) -> Iterator[Fault]:
    """`_and` is the intersection of what its parts give, `_or` the union; several keys mean AND; `{}` is everything."""
    search, whole, dice = _prepared(scene, operation)
    conditions = [where for _, where in _conditions(scene, search, whole, dice, 2 * _JOINED)]
    if len(conditions) < 2:
        raise Inconclusive("there are not two conditions that tell some rows from others")

    def observe() -> Iterator[Fault]:
        asked, whole = _Asked(scene, operation, search), everything(scene, operation)
        every, shown = asked({})
        if every != ids(scene.contract, operation, whole.rows):
            yield Fault("`{}` is not everything", exchanges=(shown, *whole.exchanges))
        for left, right in zip(conditions[::2], conditions[1::2], strict=False):
            yield from _joined(asked, left, right)

    yield from confirmed(scene, observe)


def _joined(asked: _Asked, left: Any, right: Any) -> Iterator[Fault]:
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


def _prepared(scene: Scene, operation: Operation) -> tuple[Search, Rows, Random]:
    search = search_of(scene.contract, operation)
    whole = everything(scene, operation)
    need_rows(whole, 2)
    if search is None or not whole.complete:
        raise Inconclusive("there are more rows than are fetched, so that complements cannot be told")
    return search, whole, scene.random


def _conditions(
    scene: Scene, search: Search, whole: Rows, dice: Random, most: int
) -> list[tuple[Column, dict[str, Any]]]:
    """Conditions that tell some rows from others; on columns with nulls first, for there it goes wrong."""
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
