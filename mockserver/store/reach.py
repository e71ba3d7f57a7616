"""From a row to its related rows and the values they lend it, and the columns made of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Protocol

from mockserver.store.conditions import Place, place_of
from mockserver.store.index import Column
from mockserver.store.model import Entity, Model, Relation, Row
from mockserver.store.table import Table
from mockserver.store.values import comparable

_DEEPEST = 8  # copies of copies


class Tables(Protocol):
    """The tables of one store."""

    model: Model

    def table(self, entity: str) -> Table:
        """The table of an entity, in order."""

    def versions(self, entities: Iterable[str]) -> tuple[int, ...]:
        """The versions of entities."""


def column(tables: Tables, entity: Entity, place: Place) -> Column:
    """The column of a place, caught up with all writes."""
    table = tables.table(entity.name)
    key = (place, tables.versions(place.touches)) if place.touches else None
    held = table.derived.get(key) if key else table.columns.get(place)
    if held is not None and held.seen == table.position:
        return held
    changed = None if held is None else table.changed_since(held.seen)
    convert, read = comparable(place.kind), _reader(tables, entity, place)
    if held is None or changed is None:
        cells = [None if row is None else convert(read(row)) for row in table.rows]
        held = Column(cells, table, table.position)
    else:
        if held.owner is not table:
            held = held.copy(table)
        for slot in changed:
            row = table.rows[slot]
            held.put(slot, None if row is None else convert(read(row)))
        held.seen = table.position
    if key:
        table.remember_derived(key, held)
    else:
        table.columns[place] = held
    return held


def value(tables: Tables, entity: Entity, row: Row, name: str, deep: int = 0) -> Any:
    """A stored field of a row, or a copy through its relation (what is stored stands in where no row is related)."""
    copy = entity.copies.get(name)
    relation = entity.relations.get(copy.relation) if copy else None
    if copy is None or relation is None or deep > _DEEPEST:
        return row.get(name)
    lender = _first(tables, entity, row, relation)
    if lender is None:
        return row.get(name)
    target = tables.model[relation.target]
    names = copy.source.split()
    if len(names) == 1:
        return value(tables, target, lender, names[0], deep + 1)
    parts = [value(tables, target, lender, part, deep + 1) for part in names]
    return " ".join(str(part) for part in parts if part not in (None, "")) or None


def related(tables: Tables, entity: Entity, row: Row, relation: Relation) -> Row | list[Row] | None:
    """The row that a row points at, or the rows that point at it, in key order."""
    if relation.target not in tables.model:
        return [] if relation.many else None
    target = tables.model[relation.target]
    if not relation.many:
        return tables.table(target.name).row(row.get(relation.column))
    return equal_rows(tables, target, relation.column, row.get(entity.key))


def equal_rows(tables: Tables, entity: Entity, name: str, wanted: Any) -> list[Row]:
    """The rows whose field or copy equals a value, in key order."""
    place = place_of(name, entity, tables.model)
    probe = comparable(place.kind)(wanted)
    if probe is None:
        return []
    rows = tables.table(entity.name).rows
    found = (rows[slot] for slot in column(tables, entity, place).slots(probe))
    return [row for row in found if row is not None]


def _first(tables: Tables, entity: Entity, row: Row, relation: Relation) -> Row | None:
    found = related(tables, entity, row, relation)
    if isinstance(found, list):
        return found[0] if found else None
    return found


def _reader(tables: Tables, entity: Entity, place: Place) -> Callable[[Row], Any]:
    """The function that takes the value of a place from a row; what is behind a to-one relation is looked up once."""
    name, inner = place.name, place.inner
    if not place.touches and not inner:
        return lambda row: row.get(name)
    copy = entity.copies.get(name)
    way = place.hops[0] if place.hops else copy.relation if copy and not inner and not place.count else ""
    relation = entity.relations.get(way)
    if relation is None or relation.many:
        return lambda row: _value_at(tables, entity, row, place)
    seen: dict[Any, Any] = {}

    def read(row: Row) -> Any:
        key = row.get(relation.column)
        if key is None or isinstance(key, bool | list | dict):
            return _value_at(tables, entity, row, place)
        if key not in seen:
            if tables.table(relation.target).row(key) is None:  # then a row's own value counts
                return _value_at(tables, entity, row, place)
            seen[key] = _value_at(tables, entity, row, place)
        return seen[key]

    return read


def _value_at(tables: Tables, entity: Entity, row: Row, place: Place) -> Any:
    """The value of a place, seen from a row."""
    for hop in place.hops:
        relation = entity.relations[hop]
        further = _first(tables, entity, row, relation)
        if further is None:
            return None
        row, entity = further, tables.model[relation.target]
    if place.count:
        found = related(tables, entity, row, entity.relations[place.name])
        return len(found) if isinstance(found, list) else 0
    held = value(tables, entity, row, place.name)
    for key in place.inner:
        held = held.get(key) if isinstance(held, dict) else None
    return held
