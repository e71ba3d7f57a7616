"""Each operator of `where` agrees with the same filter done here, over the rows that come without one.

Budget: at most 40 requests per search, beside those for all its rows. The dice choose among columns and operators,
those that were asked least often in this run first, so that over all searches each operator is asked somewhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from mockserver.bundle.operations import Operation
from mockserver.probes.answers import answer, brief, differences, named, need_rows
from mockserver.probes.base import Contract, Fault, Inconclusive, Probe, Scene
from mockserver.probes.filtering import Rules
from mockserver.probes.pages import Row, cell, is_listing, row_members
from mockserver.probes.rows import confirmed, everything, listings
from mockserver.probes.searching import (
    Column,
    Search,
    columns_beyond,
    operand,
    search_of,
    spelled,
    values_of,
)
from mockserver.store.model import Relation

_PLAIN, _RELATED, _BOUNDARIES = 30, 4, 6


@dataclass(frozen=True, slots=True)
class Question:
    """A condition to ask, and how to call what it tests; `declared`: refusing it would be a fault."""

    what: str
    where: Any
    rules: Rules
    declared: bool = True


def applies(contract: Contract, operation: Operation) -> bool:
    """Whether an operation takes conditions of the style that is understood here."""
    return is_listing(contract, operation) and search_of(contract, operation) is not None


def run(scene: Scene, operation: Operation) -> Iterator[Fault]:
    """Ask, and compare with the same filter done here."""
    search = search_of(scene.contract, operation)
    if search is None:
        return
    rows = need_rows(everything(scene, operation))
    questions = list(_questions(scene, operation, search, rows, scene.random))
    if not questions:
        raise Inconclusive("no column that rows show takes an operator that is understood")
    yield from confirmed(scene, lambda: _observed(scene, operation, search, questions))


def _observed(scene: Scene, operation: Operation, search: Search, questions: Sequence[Question]) -> Iterator[Fault]:
    whole = everything(scene, operation)
    for question in questions:
        refusals: list[Fault] = []
        found = answer(scene, operation, {search.where: question.where}, refusals)
        for fault in refusals:
            if question.declared or "breaks" in fault.message:
                yield replace(fault, message=f"{question.what} {fault.message}")
        if found is None:
            continue
        for words, rows in differences(scene.contract, operation, question.where, question.rules, found, whole):
            detail = f"{brief(question.where)} {words}: {named(scene.contract, operation, rows)}"
            yield Fault(f"{question.what} {words}", detail, exchanges=(found.page.exchange, *whole.exchanges))


def _questions(scene: Scene, operation: Operation, search: Search, rows: list[Row], dice: Random) -> Iterator[Question]:
    contract, rules = scene.contract, search.rules
    for column, operator, value in _chosen(scene, operation, search, rows, dice):
        yield Question(f"`{operator}`", {column.name: {operator: value}}, rules, column.declared)
    relations = list(search.relations)
    dice.shuffle(relations)
    asked = 0
    for relation, condition in relations:
        target = next(iter(listings(scene, relation.target)), None)
        if target is None or asked >= _RELATED:
            continue
        beyond = _beyond(scene, operation, search, relation, target, columns_beyond(contract, target, condition), dice)
        if beyond is not None:
            asked += 1
            yield beyond
    yield from _boundaries(contract, search, rows, dice)


def _chosen(
    scene: Scene, operation: Operation, search: Search, rows: list[Row], dice: Random
) -> Iterator[tuple[Column, str, Any]]:
    """Columns and operators with an operand: those that were asked least often in this run first."""
    asked: Counter[str] = scene.facts.setdefault("operators asked", Counter())
    pairs = [(column, operator) for column in search.columns for operator in column.operators]
    dice.shuffle(pairs)
    here: Counter[str] = Counter()
    for _ in range(_PLAIN):
        while pairs:
            pair = min(pairs, key=lambda each: (here[each[1]], asked[each[1]], here[each[0].name]))
            pairs.remove(pair)
            column, operator = pair
            value = operand(scene.contract, column, operator, values_of(rows, column), dice)
            if value is not None:
                asked[operator] += 1
                here[operator] += 1
                here[column.name] += 1
                scene.facts.setdefault("who asked", {}).setdefault(operator, []).append(
                    f"{operation.label} {column.name}"
                )
                yield column, operator, value
                break


def _beyond(
    scene: Scene, operation: Operation, search: Search, relation: Relation, target: Operation,
    columns: Sequence[Column], dice: Random,
) -> Question | None:  # fmt: skip
    """A condition on related rows, where both sides of the relation are known."""
    model = scene.contract.model
    here, there = row_members(scene.contract, operation), row_members(scene.contract, target)
    own_key, key = model[operation.entity or ""].key, model[relation.target].key
    if not spelled(own_key if relation.many else relation.column, here):
        return None
    if not spelled(relation.column if relation.many else key, there):
        return None
    try:
        others = everything(scene, target)
    except Inconclusive:
        return None
    if not others.complete or not columns:
        return None
    grouped: list[tuple[list[Row], dict[Any, list[Row]]]] = []  # the last rows seen, by what relates them

    def related(_name: str, row: Mapping[str, Any]) -> Sequence[Row]:
        rows = everything(scene, target).rows  # fetched anew when a fault is confirmed
        if not grouped or grouped[-1][0] is not rows:
            by: dict[Any, list[Row]] = {}
            for other in rows:
                by.setdefault(cell(other, relation.column if relation.many else key), []).append(other)
            grouped.append((rows, by))
        return grouped[-1][1].get(cell(row, own_key if relation.many else relation.column), [])

    column = dice.choice(columns)
    operator = dice.choice(sorted(column.operators))
    value = operand(scene.contract, column, operator, values_of(others.rows, column), dice)
    if value is None:
        return None
    beyond = Rules({c.name: c.kind for c in columns}, {c.name: c.shown for c in columns})
    rules = replace(search.rules, related=related, beyond={relation.name: beyond})
    return Question(f"`{operator}` through `{relation.name}`", {relation.name: {column.name: {operator: value}}}, rules)


def _boundaries(contract: Contract, search: Search, rows: list[Row], dice: Random) -> Iterator[Question]:
    """What goes wrong at the edges: an empty list, another case, a wildcard meant as itself, a range, two columns."""
    columns = [column for column in search.columns if any(value is not None for value in values_of(rows, column))]
    dice.shuffle(columns)
    made: list[Question] = []

    def add(what: str, column: Column, test: dict[str, Any]) -> None:
        if test.keys() <= column.operators.keys():
            made.append(Question(what, {column.name: test}, search.rules, column.declared))

    for column in columns[:1]:
        add("`_in` of an empty list", column, {"_in": []})
        add("`_nin` of an empty list", column, {"_nin": []})
    for column in [each for each in columns if each.kind == "text"][:1]:
        text = next(value for value in values_of(rows, column) if value is not None)
        add("`_eq` in another case", column, {"_eq": str(text).swapcase()})
        add("`_like` of a wildcard that is escaped", column, {"_like": "%\\%%"})
    for column in [each for each in columns if each.kind in ("number", "moment", "day")][:1]:
        low, high = (operand(contract, column, "_gte", values_of(rows, column), dice) for _ in range(2))
        add("`_gte` beside `_lte`", column, {"_gte": low, "_lte": high})
    if len(columns) > 1 and all("_is_null" in column.operators for column in columns[:2]):
        both = {column.name: {"_is_null": False} for column in columns[:2]}
        made.append(Question("two columns in one condition", both, search.rules, columns[0].declared))
    yield from made[:_BOUNDARIES]


PROBES = (
    Probe(
        "where operators",
        "MS240",
        "each operator of `where` agrees with the same filter done on the client side",
        applies,
        run,
    ),
)
