"""Store: the rows of one tenant in memory, searched through indexes, forked by copy on write."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Literal, Protocol

from mockserver.store import reach, search
from mockserver.store.conditions import Condition, Order, place_of
from mockserver.store.index import slots_of
from mockserver.store.keys import new_key
from mockserver.store.model import Entity, Model, Row
from mockserver.store.table import PRISTINE, Table
from mockserver.store.values import Kind

Aggregate = Literal["sum", "avg", "min", "max"]


class RowSource(Protocol):
    """Where the first rows come from."""

    def rows(self, entity: str) -> Iterable[dict[str, Any]]:
        """The rows of an entity; asked once, when the entity is first touched."""


@dataclass(frozen=True, slots=True)
class Found:
    """One page of a search, and the exact number of all matches."""

    rows: list[Row]
    total: int


class Store:
    """Rows by entity and key.

    An entity is seeded when it is first touched, once for all forks. Rows that are handed out belong to the store and
    are never changed; `put` copies what it is given. Names of entities may be aliases.
    """

    __slots__ = ("_caches", "_owned", "_pristine", "_tables", "model", "source")

    def __init__(
        self,
        model: Model,
        source: RowSource,
        *,
        pristine: dict[str, Table] | None = None,
        tables: dict[str, Table] | None = None,
    ) -> None:
        self.model = model
        self.source = source
        self._pristine = {} if pristine is None else pristine  # shared by all forks, never written
        self._tables = {} if tables is None else tables
        self._owned: set[str] = set()  # tables that no other fork sees
        self._caches: dict[Hashable, tuple[tuple[int, ...], dict[Any, Any]]] = {}

    # -- single rows --

    def get(self, entity: str, key: Any) -> Row | None:
        """The row of a key."""
        return self.table(entity).row(key)

    def put(self, entity: str, row: Mapping[str, Any]) -> Row:
        """Insert a row, or replace the one that has its key; without a key it gets the next one."""
        table = self._writable(entity)
        held = dict(row)
        if held.get(table.key) is None:
            held[table.key] = self._new_key(self.model[entity], table)
        table.put(held)
        return held

    def delete(self, entity: str, key: Any) -> Row | None:
        """Take a row out; None where there is none."""
        if self.get(entity, key) is None:
            return None
        return self._writable(entity).delete(key)

    # -- many rows --

    def all(self, entity: str) -> list[Row]:
        """All rows in key order."""
        return [row for row in self.table(entity).rows if row is not None]

    def count(self, entity: str) -> int:
        """How many rows there are."""
        return len(self.table(entity))

    def find(
        self,
        entity: str,
        where: Condition | None = None,
        order: Sequence[Order] = (),
        offset: int = 0,
        limit: int | None = None,
    ) -> Found:
        """A page of the rows that fulfil a condition, in an order (ties, and no order at all: by key).

        Refusal(400, MS114) where the patterns of the condition take too long.
        """
        known = self.model[entity]
        found = search.match(self, known, where)
        end = None if limit is None else offset + limit
        return Found(search.page(self, known, found, tuple(order), max(0, offset), end), found.total)

    def passed(
        self, entity: str, where: Condition | None, order: Sequence[Order], key: Any, *, with_it: bool
    ) -> int | None:
        """How many matches come before the row of a key (`with_it`: up to it); None where there is no such row."""
        known = self.model[entity]
        return search.passed(self, known, search.match(self, known, where), tuple(order), key, with_it=with_it)

    def total(self, entity: str, where: Condition | None, name: str, how: Aggregate) -> Any:
        """The sum, average, least or greatest value of a field or copy over the matches; None where all are NULL.

        Sums are decimal, as of a `numeric` column: 0.1 + 0.2 is 0.3.
        """
        known = self.model[entity]
        found = search.match(self, known, where)
        place = place_of(name, known, self.model)
        column = reach.column(self, known, place)
        slots = slots_of(found.bits & column.known, len(column.cells))
        if not slots:
            return None
        if how in ("min", "max"):
            best = (min if how == "min" else max)(slots, key=column.cells.__getitem__)
            row = self.table(entity).rows[best]
            return None if row is None else self.value(entity, row, name)
        if place.kind not in (Kind.INTEGER, Kind.NUMBER):
            return None
        cells = [column.cells[slot] for slot in slots]
        total = sum(Decimal(str(cell)) for cell in cells)
        if how == "avg":
            return float(total / len(cells))
        return int(total) if all(isinstance(cell, int) for cell in cells) else float(total)

    def by(self, entity: str, column: str, value: Any) -> list[Row]:
        """The rows whose field or copy equals a value, in key order."""
        return reach.equal_rows(self, self.model[entity], column, value)

    # -- from row to row --

    def value(self, entity: str, row: Row, name: str) -> Any:
        """A stored field of a row, or a copy through its relation."""
        return reach.value(self, self.model[entity], row, name)

    def related(self, entity: str, row: Row, relation: str) -> Row | list[Row] | None:
        """The row (to one) or the rows (to many) a relation leads to; None: the relation or the row is missing."""
        known = self.model[entity]
        found = known.relations.get(relation)
        return None if found is None else reach.related(self, known, row, found)

    # -- entities --

    def define(self, entity: Entity) -> None:
        """Add an entity, or put a changed one in the place of its namesake, whose rows stay."""
        held = self.table(entity.name) if entity.name in self.model else None
        self.model = replace(self.model, entities={**self.model.entities, entity.name: entity})
        self._tables[entity.name] = held.rekeyed(entity.key) if held else Table(entity.key, version=None)
        self._owned.add(entity.name)

    def forget(self, name: str) -> None:
        """Take out an entity and its rows."""
        kept = {key: entity for key, entity in self.model.entities.items() if key != name}
        self.model = replace(self.model, entities=kept)
        self._tables[name] = Table("id", version=None)  # unreachable, but another version than what was there

    # -- the whole --

    def fork(self) -> Store:
        """A store of the same state, that changes apart from this one. A table is copied on the first write to it."""
        self._owned.clear()
        return Store(self.model, self.source, pristine=self._pristine, tables=self._tables.copy())

    def cache(self, token: Hashable, entities: frozenset[str]) -> dict[Any, Any]:
        """A dictionary for what is derived from some entities: a new one whenever one of them was written.

        Ask for it each time.
        """
        aliases = self.model.aliases
        versions = self.versions([aliases.get(name, name) for name in entities] if aliases else entities)
        held = self._caches.get(token)
        if held is None or held[0] != versions:
            held = self._caches[token] = (versions, {})
        return held[1]

    def versions(self, entities: Iterable[str]) -> tuple[int, ...]:
        """For each entity a number that is never the same for two different states of it, in any fork."""
        tables = self._tables
        return tuple([tables[name].version if name in tables else PRISTINE for name in entities])

    def table(self, entity: str) -> Table:
        """The table of an entity, seeded and in order; for searches, which look but do not write."""
        table = self._tables.get(entity)
        if table is None:
            name = self.model.aliases.get(entity, entity)
            table = self._tables.get(name) or self._seeded(name)
        if table.stirred:
            table.tidy()
        return table

    def _seeded(self, name: str) -> Table:
        table = self._pristine.get(name)
        if table is None:
            table = self._pristine[name] = Table(self.model[name].key, self.source.rows(name))
        self._tables[name] = table
        return table

    def _writable(self, entity: str) -> Table:
        name = self.model.aliases.get(entity, entity)
        if name not in self._owned:
            self._tables[name] = self.table(name).copy()
            self._owned.add(name)
        return self._tables[name]

    def _new_key(self, entity: Entity, table: Table) -> Any:
        while (key := new_key(entity, table.free_key(), table.slots)) is None:
            pass
        return key
