"""Filters judged within their own side: whether they hold for the rows given, and whether rows are missed."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from mockserver.compare.documents import plain
from mockserver.compare.facts import Fact, property_named, sent, verdict
from mockserver.compare.normal import instant
from mockserver.compare.seen import Seen, is_control, names_of
from mockserver.probes.filtering import Doubt, Kind, Rules, holds
from mockserver.store.columns import ORDERS
from mockserver.store.model import Entity, Relation, normal


class Known(dict[str, dict[str, dict[str, Any]]]):
    """All rows that a side's lists showed, by entity and key; `entities` are those of the model."""

    entities: Mapping[str, Entity] = MappingProxyType({})

    def __init__(self) -> None:
        super().__init__()
        self._pointing: dict[tuple[str, str], dict[str, list[dict[str, Any]]]] = {}

    def pointing(self, relation: Relation, key: str) -> list[dict[str, Any]]:
        """The rows that point at the row of a key, by a relation to many; looked up once all rows are known."""
        place = relation.target, relation.column
        if place not in self._pointing:
            found = self._pointing[place] = defaultdict(list)
            for row in self.get(relation.target, {}).values():
                column = property_named(relation.column, row)
                found[str(row[column]) if column is not None else ""].append(row)
        return self._pointing[place].get(key, [])


_LEAST = frozenset({"false", "0"})  # what some leave out because it is next to nothing
_SURE = 2  # rows that leave it out
_WHERE = frozenset({"where", "filter", "filters"})
_KINDS: Mapping[str, Kind] = {"string": "text", "integer": "number", "number": "number", "boolean": "boolean"}


def judge_filter(seen: Seen, known: Known) -> Iterator[Fact]:
    where = next((value for name, value in seen.given.items() if normal(name) in _WHERE), None)
    if isinstance(where, dict):
        yield from _where(seen, where, known)
    yield from _found(seen)
    names = names_of(seen.rows)
    for name, wanted in (sent(seen.step) or seen.given).items():
        column = property_named(name, names) if not isinstance(wanted, dict) else None
        if column is None or is_control(seen, name) or wanted in (None, "", []):
            continue
        legal = {str(value).lower() for value in (wanted if isinstance(wanted, list) else [wanted])}
        values = [str(row[column]).lower() for row in seen.rows if not isinstance(row.get(column), dict | list | None)]
        if values:
            good = all(value in legal for value in values)
            if good or not any(instant(value) is not None for value in legal):  # a moment may be meant as a bound
                yield verdict(seen.step, "filter", f"the filter {name}", good, ("holds", "does not hold"))
    yield from _told(seen, where if isinstance(where, dict) else {})


def _told(seen: Seen, where: dict[str, Any]) -> Iterator[Fact]:
    """Whether rows that were found because something is false, or 0, say so, or leave it out."""
    equals = {name: part["_eq"] for name, part in where.items() if isinstance(part, dict) and part.keys() == {"_eq"}}
    plainly = {name: value for name, value in seen.given.items() if not is_control(seen, name)}
    for name, wanted in {**plainly, **equals}.items():
        if str(wanted).lower() not in _LEAST or len(seen.rows) < _SURE:
            continue
        shown = [property_named(name, row) is not None for row in seen.rows]
        if all(shown) or not any(shown):
            words, aspect = ("told", "left out"), f"{normal(name)} of rows for which it is {str(wanted).lower()}"
            yield verdict(seen.step, "null", aspect, all(shown), words)


def _found(seen: Seen) -> Iterator[Fact]:
    """Whether the rows whose own values alone were asked for are found: whatever is right, both sides agree."""
    whole = seen.start == 0 and seen.count == len(seen.rows)
    asked = [name for name in seen.given if not is_control(seen, name) and normal(name) not in ORDERS]
    if seen.step.of and len(asked) == 1 and (whole or seen.step.of <= set(seen.keys)):
        there = len(seen.step.of & set(seen.keys))
        said = "all" if there == len(seen.step.of) else "some" if there else "none"
        fact = ("filter", "the rows whose values are asked for", frozenset({said}), f"{said} found")
        yield Fact(seen.step.number, seen.step.label, *fact)


def _where(seen: Seen, where: dict[str, Any], known: Known) -> Iterator[Fact]:
    if seen.entity is None:
        return
    told = json.dumps(where)[:200]
    own = known.get(seen.operation.entity or "", {})
    rows = [_plain(row) for row in seen.rows]
    nothing = dict.fromkeys(names_of(seen.rows))  # what only some rows show is NULL in the others
    held = [_holds(where, {**nothing, **row}, seen.entity, known) for row in rows]
    if rows and None not in held:
        words = ("holds for all rows", "does not hold for all rows")
        yield verdict(seen.step, "filter", "the filter", all(held), words, detail=told)
    found, full = set(seen.keys), seen.size is not None and len(rows) >= seen.size
    complete = seen.count == len(rows) if seen.count is not None else seen.size is not None and not full
    counted = full and seen.count is not None
    looked = seen.start == 0 and (seen.keys or not rows) and (complete or counted)
    others = [row for key, row in own.items() if key not in found] if looked else []
    judged = [_holds(where, _plain(row), seen.entity, known) for row in others[:2000]]
    relations = seen.entity.relations
    through = next((name for name in where if name in relations and relations[name].many), "")
    if not judged or (through and (counted or True not in (*held, *judged))):
        return  # of many related rows those that nobody showed may decide
    if counted:
        enough = (seen.count or 0) >= len(rows) + sum(each is True for each in judged)
        words = ("counts all that match", "counts too few")
        yield verdict(seen.step, "count", "the count of what matches", enough, words, detail=told)
        return
    words = ("finds all that match", "misses rows that match")
    aspect = f"the rows found through {through}" if through else "the rows found"
    yield verdict(seen.step, "filter", aspect, True not in judged, words, detail=told)


def _holds(where: dict[str, Any], row: dict[str, Any], entity: Entity, known: Known) -> bool | None:
    """Whether a condition is true of a row; None where the rows that are known do not tell."""
    beyond = {name: entity.relations[name] for name in where if name in entity.relations}
    said: list[bool | None] = [
        _related(where[name], row, entity.key, relation, known) for name, relation in beyond.items()
    ]
    if beyond and (None in said or not all(said) or len(beyond) == len(where)):
        return None if None in said else all(said)
    return _plainly({name: part for name, part in where.items() if name not in beyond}, row, entity)


def _related(where: Any, row: dict[str, Any], key: str, relation: Relation, known: Known) -> bool | None:
    """Whether a condition holds for the row that another points at, or some that point at it, as shown elsewhere."""
    if not isinstance(where, dict) or not where:
        return None
    entity = known.entities.get(relation.target)
    column = property_named(key if relation.many else relation.column, row)
    if column is None or entity is None:
        return None
    if relation.many:  # of rows that were shown; others may point at it as well
        some = (_plainly(where, _plain(each), entity) for each in known.pointing(relation, str(row[column])))
        return True if True in some else None
    other = known.get(relation.target, {}).get(str(row[column])) if row[column] is not None else None
    return _plainly(where, _plain(other), entity) if other is not None else None


def _plainly(where: dict[str, Any], row: dict[str, Any], entity: Entity) -> bool | None:
    kinds: dict[str, Kind] = {}
    for name in _columns(where):
        shown = property_named(name, row)
        column = entity.fields.get(entity.spelled(name) or "")
        if shown is None or column is None or column.type not in _KINDS:
            return None
        dated: Mapping[str, Kind] = {"date-time": "moment", "date": "day"}
        kinds[name] = dated.get(column.format) or _KINDS[column.type]
    shown_as = {name: property_named(name, row) or name for name in kinds}
    try:
        return holds(where, row, Rules(kinds, shown_as)) is True
    except (Doubt, TypeError, ValueError, AttributeError, RecursionError):
        return None


def _columns(where: Any) -> Iterator[str]:
    for name, part in where.items() if isinstance(where, dict) else ():
        if name in ("_and", "_or", "_not"):
            for one in part if isinstance(part, list) else [part]:
                yield from _columns(one)
        else:
            yield name


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """The row with ordinary numbers."""
    return {name: plain(value) for name, value in row.items()}
