"""Links: which generated row points at which, told without making either."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import gcd
from typing import TYPE_CHECKING, Any

from mockserver.store.chance import digest, salt, spread
from mockserver.store.keys import Keys
from mockserver.store.model import Entity, Model, normal
from mockserver.store.scenarios import SYSTEM, meant

if TYPE_CHECKING:
    from mockserver.store.scenarios import Record, Scenario


@dataclass(frozen=True, slots=True)
class _Way:
    """How a column finds its target: freely, by way of another column's target, or as another column does."""

    target: str
    through: str = ""  # a column of the same entity ...
    there: str = ""  # ... whose target has this column
    like: str = ""
    step: int = 1  # of the free choice: place = step * number + shift, modulo the targets
    shift: int = 0
    gap: int = 0  # every gap-th row points nowhere


class Links:
    """Slots of every entity: exact rows first, then those partly written, then the generated ones.

    A column that points at a row is a function of the slot. Rows that hang together by several ways agree: an
    invoice's client is its project's client. Generated rows point at rows that are not exact, where there are any.
    """

    def __init__(self, model: Model, scenario: Scenario, seed: str, gaps: Mapping[tuple[str, str], int]) -> None:
        self.model = model
        self._seed = seed
        self._gaps = gaps
        self._exact: dict[str, tuple[Record, ...]] = {}
        self._partial: dict[str, tuple[Record, ...]] = {}
        self._sizes: dict[str, int] = {}
        canonical = {name: model.aliases.get(name, name) for name in (*scenario.records, *scenario.partial)}
        for name in model.entities:
            names = [name, *(alias for alias, real in canonical.items() if real == name and alias != name)]
            entity = model.entities[name]
            self._exact[name] = tuple(r for n in names for r in scenario.records.get(n, ()) if meant(r, entity))
            self._partial[name] = tuple(r for n in names for r in scenario.partial.get(n, ()) if meant(r, entity))
            self._sizes[name] = max(_count(scenario, model, name), len(self._exact[name]) + len(self._partial[name]))
        self._exact_sizes = {name: len(rows) for name, rows in self._exact.items()}
        self._columns = {name: _columns(entity) for name, entity in model.entities.items()}
        self._children = lru_cache(maxsize=4096)(self._found)
        self._depths: dict[str, int] = {}
        self._ranges: dict[str, tuple[int, int]] = {}
        self._ways: dict[tuple[str, str], _Way] = {}
        self._keys = {name: Keys(entity, self.written(name), seed) for name, entity in model.entities.items()}
        self._written = {name: self._spelled(name) for name in model.entities}

    # -- slots -------------------------------------------------------------------------------------------------------

    def size(self, entity: str) -> int:
        """How many rows the entity has."""
        return self._sizes.get(entity, 0)

    def exact(self, entity: str) -> int:
        """How many of them are written out: these are the first slots."""
        return self._exact_sizes.get(entity, 0)

    def fixed(self, entity: str, slot: int) -> Mapping[str, Any]:
        """What the scenario writes of a row, under the entity's own names; empty for a generated one."""
        rows = self._written[entity]
        return rows[slot] if slot < len(rows) else {}

    def written(self, entity: str) -> list[Mapping[str, Any]]:
        """The rows of the scenario, exact ones first."""
        return [record.values for record in (*self._exact[entity], *self._partial[entity])]

    def key(self, entity: str, slot: int) -> Any:
        """The key of a row."""
        rows = self._written[entity]
        if slot < len(rows):
            given = rows[slot].get(self._keys[entity].column)
            if given is not None:
                return given
        return self._keys[entity].of(slot - len(rows), slot)

    def slot(self, entity: str, key: Any) -> int | None:
        """The row that has a key."""
        return self._keys[entity].find(key, self.size(entity))

    def columns(self, entity: str) -> Mapping[str, str]:
        """The columns that point at other rows: name -> entity."""
        return self._columns.get(entity, {})

    # -- ways --------------------------------------------------------------------------------------------------------

    def target(self, entity: str, slot: int, column: str) -> int | None:
        """The slot that a row's column points at; None when it points nowhere."""
        way = self._ways.get((entity, column)) or self.way(entity, column)
        rows = self._written[entity]
        given = rows[slot] if slot < len(rows) else None
        if given:
            if column in given:
                return None if given[column] is None else self.slot(way.target, given[column])
            if slot < self._exact_sizes[entity]:
                return None
        if way.like:
            return self.target(entity, slot, way.like)
        if way.through:
            middle = self.target(entity, slot, way.through)
            if middle is not None:
                return self.target(self._columns[entity][way.through], middle, way.there)
        elif given and (narrowed := self._narrowed(entity, column, given)) is not None:
            return (
                narrowed[spread(digest(self._seed, entity, slot), salt(column)) % len(narrowed)] if narrowed else None
            )
        return self._free(entity, way, slot)

    def children(self, entity: str, column: str, target: int) -> list[int]:
        """The slots of an entity whose column points at a target's slot, in order."""
        return list(self._children(entity, column, target))

    def _found(self, entity: str, column: str, target: int) -> tuple[int, ...]:
        way = self.way(entity, column)
        written = len(self._written[entity])
        found = {slot for slot in range(written) if self.target(entity, slot, column) == target}
        found.update(slot for slot in self._formula(entity, way, target) if slot >= written)
        return tuple(sorted(found))

    def _formula(self, entity: str, way: _Way, target: int) -> Iterator[int]:
        if way.like:
            yield from self._children(entity, way.like, target)
        elif way.through:
            middle_entity = self._columns[entity][way.through]
            for middle in self._children(middle_entity, way.there, target):
                yield from self._children(entity, way.through, middle)
            if self.way(entity, way.through).gap:
                yield from (
                    s for s in self._backwards(entity, way, target) if self.target(entity, s, way.through) is None
                )
        else:
            yield from self._backwards(entity, way, target)

    def left_over(self, entity: str, column: str, target: int) -> int | None:
        """The place of a row among those that no row of an entity points at by a column; None when one does."""
        if self._children(entity, column, target):
            return None
        way = self.way(entity, column)
        room = self._range(way.target)[1]
        generated = self.size(entity) - self.exact(entity)
        pointing = generated - generated // way.gap if way.gap else generated
        return max(self._turn(way, target) - min(pointing, room), 0)

    def _narrowed(self, entity: str, column: str, given: Mapping[str, Any]) -> tuple[int, ...] | None:
        """Where a written row fixes its client, its project is one of that client's."""
        target = self._columns[entity][column]
        found: set[int] | None = None
        for other in self._columns[entity]:
            way = self.way(entity, other)
            if other in given and way.through == column:
                goal = self.slot(way.target, given[other])
                some = set() if goal is None else set(self._children(target, way.there, goal))
                found = some if found is None else found & some
        return None if found is None else tuple(sorted(found))

    def _range(self, target: str) -> tuple[int, int]:
        """First slot and number of the rows that generated rows may point at."""
        found = self._ranges.get(target)
        if found is None:
            size, exact = self.size(target), self.exact(target)
            found = self._ranges[target] = (exact, size - exact) if size > exact else (0, size)
        return found

    def _free(self, entity: str, way: _Way, slot: int) -> int | None:
        number = slot - self._exact_sizes[entity]
        if way.gap:
            if number % way.gap == way.gap - 1:
                return None
            number -= number // way.gap
        first, room = self._range(way.target)
        if not room:
            return None
        if way.target == entity:
            return first + spread(digest(self._seed, entity), number) % number if number else None
        return first + (way.step * number + way.shift) % room

    def _backwards(self, entity: str, way: _Way, target: int) -> Iterator[int]:
        """The slots whose free choice is a target."""
        first, room = self._range(way.target)
        exact, size = self.exact(entity), self.size(entity)
        if way.target == entity:
            yield from (slot for slot in range(exact, size) if self._free(entity, way, slot) == target)
            return
        if not first <= target < first + room:
            return
        number = self._turn(way, target)
        while True:
            slot = exact + (number + number // (way.gap - 1) if way.gap else number)
            if slot >= size:
                return
            yield slot
            number += room

    def _turn(self, way: _Way, target: int) -> int:
        """When a target is chosen first, counted over the rows that choose freely."""
        first, room = self._range(way.target)
        return (pow(way.step, -1, room) * (target - first - way.shift)) % room if room > 1 else 0

    def way(self, entity: str, column: str) -> _Way:
        """How a column finds its target; decided on first asking."""
        known = self._ways.get((entity, column))
        if known is None:
            target = self._columns[entity][column]
            self._ways[entity, column] = _Way(target)  # seen by whoever comes round in a ring
            known = self._ways[entity, column] = self._decide(entity, column, target)
        return known

    def _decide(self, entity: str, column: str, target: str) -> _Way:
        meaning = self._meaning(column, target)
        best: tuple[int, str, str, str] | None = None
        for other, between in self._columns[entity].items():
            if other == column:
                continue
            if between == target:
                alike = meaning == target and self._meaning(other, between) == target and other < column
                if alike and not self._ring(entity, column, (entity, other)):
                    return _Way(target, like=other)
                continue
            if entity in (between, target) or self.depth(between) <= self.depth(target):
                continue
            for there, onward in self._columns[between].items():
                if onward == target and self._meaning(there, onward) == meaning:
                    best = max(best or (-1, "", "", ""), (self.depth(between), other, there, between))
        if best is not None and not self._ring(entity, column, (entity, best[1]), (best[3], best[2])):
            return _Way(target, through=best[1], there=best[2])
        room = self._range(target)[1]
        bits = digest(self._seed, entity, column)
        step = 1 + bits % max(room, 1)
        while gcd(step, room) > 1:
            step += 1
        return _Way(target, step=step, shift=(bits >> 20) % max(room, 1), gap=self._gaps.get((entity, column), 0))

    def _ring(self, entity: str, column: str, *places: tuple[str, str]) -> bool:
        """Whether going by way of columns, of this entity or of others, would come back to where it started."""
        waiting, seen = list(places), set(places)
        while waiting:
            place = waiting.pop()
            if place == (entity, column):
                return True
            way = self.way(*place)
            following = [(place[0], way.like)] if way.like else []
            if way.through:
                following = [(place[0], way.through), (self._columns[place[0]][way.through], way.there)]
            waiting += [step for step in following if step not in seen]
            seen.update(following)
        return False

    def _meaning(self, column: str, target: str) -> str:
        """`jobId` means the project where a job is one: two columns of the same meaning agree."""
        stem = normal(column).removesuffix("_id").removesuffix("_key")
        return target if stem == target or self.model.aliases.get(stem) == target else stem

    def depth(self, entity: str, trail: frozenset[str] = frozenset()) -> int:
        """How far an entity stands from those that belong to nothing; a manager is no owner."""
        known = self._depths.get(entity)
        if known is not None:
            return known
        below = {
            target
            for column, target in self._columns.get(entity, {}).items()
            if target != entity and target not in trail and self._meaning(column, target) == target
        }
        depth = 1 + max((self.depth(t, trail | {entity}) for t in sorted(below)), default=-1)
        if not trail:
            self._depths[entity] = depth
        return depth

    def _spelled(self, entity: str) -> list[Mapping[str, Any]]:
        names = self.model[entity]
        if entity in SYSTEM:  # whoever works with them knows them by these names
            return [dict(row) for row in self.written(entity)]
        return [{names.spelled(n) or n: value for n, value in row.items()} for row in self.written(entity)]


def _columns(entity: Entity) -> dict[str, str]:
    return {
        relation.column: relation.target
        for relation in entity.relations.values()
        if not relation.many and relation.column and relation.column != entity.key
    }


def _count(scenario: Scenario, model: Model, name: str) -> int:
    names = [name, *(alias for alias, real in model.aliases.items() if real == name)]
    said = [n for n in names if n in scenario.counts]
    by_hand = [n for n in said if n in scenario.places and scenario.places[n].file is None]
    return scenario.count(next(iter((*by_hand, *said)), name))
