"""Searching: which rows fulfil a condition, and one page of them in an order."""

from __future__ import annotations

import time
from bisect import insort
from collections.abc import Callable, Iterable
from itertools import compress, islice
from typing import Any

from mockserver.problems import Refusal, Violation
from mockserver.store.conditions import Compare, Condition, Every, Exists, Node, Not, Order
from mockserver.store.index import Column, Test, TooSlow, bits_of, slots_of
from mockserver.store.model import Entity
from mockserver.store.operators import TEXTS
from mockserver.store.query import place_of
from mockserver.store.reach import Tables, column
from mockserver.store.table import Match, Table
from mockserver.store.values import Kind, comparable

SECONDS = 0.25  # for all patterns of one search together
_MATCHES = 64
_ORDERED = 8
_SEQUENCES = 16
_FEW = 256


def match(tables: Tables, entity: Entity, where: Condition | None) -> Match:
    """The rows that fulfil a condition; Refusal(400, MS114) where its patterns take too long."""
    table = tables.table(entity.name)
    key = (where, tables.versions(where.touches) if where else ())
    found = table.matches.get(key)
    if found is None:
        bits = _Evaluation(tables).holds(where.node, entity, nay=False) if where else table.live
        if len(table.matches) >= _MATCHES:
            del table.matches[next(iter(table.matches))]
        found = table.matches[key] = Match(bits, len(table.rows))
    return found


def page(
    tables: Tables, entity: Entity, found: Match, order: tuple[Order, ...], offset: int, end: int | None
) -> Iterable[int]:
    """The slots of a page of the matches; ties are broken by slot, so that pages never overlap."""
    end = found.total if end is None else min(end, found.total)
    table = tables.table(entity.name)
    if offset >= end:
        return ()
    if not order:
        if found.total == len(table.rows):
            return range(offset, end)
        if found.total * 8 <= len(table.rows):
            return found.slots[offset:end]
        return islice(compress(range(len(table.rows)), found.flags), offset, end)
    if order in found.ordered:
        return found.ordered[order][offset:end]
    sequences = _Sequences(tables, entity, table)
    steps = end * len(table.rows) // found.total
    if found.total <= _FEW or (
        found.total * 4 <= len(table.rows) and not (sequences.ready(order) and steps < found.total)
    ):
        slots = sequences.sorted(found.slots, order)
        if len(found.ordered) < _ORDERED:
            found.ordered[order] = slots
        return slots[offset:end]
    sequence = sequences.of(order)
    if found.total == len(sequence):
        return sequence[offset:end]
    return islice(compress(sequence, map(found.flags.__getitem__, sequence)), offset, end)


class _Evaluation:
    """One evaluation of a condition by bitmaps.

    `holds` gives the rows for which a node is true, or with `nay` those for which it is false; the rest are unknown.
    """

    __slots__ = ("deadline", "tables")

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self.deadline = time.monotonic() + SECONDS

    def holds(self, node: Node, entity: Entity, *, nay: bool) -> int:
        if isinstance(node, Compare):
            return self._compare(node, entity, nay=nay)
        if isinstance(node, Not):
            return self.holds(node.part, entity, nay=not nay)
        if isinstance(node, Exists):
            found = self._exists(node, entity)
            return self.tables.table(entity.name).live & ~found if nay else found
        if isinstance(node, Every) is nay:  # false where one part is; true where one of some is
            bits = 0
            for part in node.parts:
                bits |= self.holds(part, entity, nay=nay)
            return bits
        bits = self.tables.table(entity.name).live
        for part in node.parts:
            bits &= self.holds(part, entity, nay=nay)
        return bits

    def _compare(self, node: Compare, entity: Entity, *, nay: bool) -> int:
        operator = node.operator
        held = column(self.tables, entity, node.place)
        bits = self._leaf(node, held)
        known = held.known
        if operator.nulls:
            known = self.tables.table(entity.name).live
            bits |= (known & ~held.known) * operator.test(node.operand)(None)
        return known & ~bits if nay is not operator.negates else bits

    def _leaf(self, node: Compare, held: Column) -> int:
        operator = node.operator
        key = (operator.test, node.operand)
        known = held.leaves.get(key)
        if known is not None:
            return known[1]
        test: Test = operator.test(node.operand)
        if node.place.kind is Kind.ANY and operator.kinds is TEXTS:
            test = _of_texts(test)
        try:
            bits = operator.find(held, node.operand) if operator.find else held.satisfying(test, self.deadline)
        except TooSlow:
            detail = f"{operator.name} takes too long; use a simpler pattern"
            raise Refusal(400, detail, code="MS114", violations=[Violation(node.at, detail)]) from None
        held.remember(key, test, bits)
        return bits

    def _exists(self, node: Exists, entity: Entity) -> int:
        relation = entity.relations[node.relation]
        model = self.tables.model
        target = model[relation.target]
        theirs, ours = self.tables.table(target.name), self.tables.table(entity.name)
        found = slots_of(self.holds(node.part, target, nay=False), len(theirs.rows))
        name = relation.column if relation.many else target.key
        keys = {key for slot in found if isinstance(key := (theirs.rows[slot] or {}).get(name), int | str | float)}
        if relation.many:
            return bits_of([ours.slots[key] for key in keys if key in ours.slots])
        place = place_of(relation.column, entity, model)
        return column(self.tables, entity, place).among(map(comparable(place.kind), keys))


def _of_texts(test: Test) -> Test:
    """A test of texts for a column of any JSON values."""
    return lambda held: held[0] == 1 and test(held[1])


class _Falling:
    """A value that sorts the other way round."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __lt__(self, other: _Falling) -> bool:
        return bool(other.value < self.value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Falling) and bool(other.value == self.value)

    __hash__ = None  # type: ignore[assignment]  # never a key


class _Sequences:
    """The rows of a table in orders: sorted once for each, then kept right by the log of writes."""

    __slots__ = ("entity", "table", "tables")

    def __init__(self, tables: Tables, entity: Entity, table: Table) -> None:
        self.tables = tables
        self.entity = entity
        self.table = table

    def ready(self, order: tuple[Order, ...]) -> bool:
        """Whether the sequence of an order is at hand."""
        held = self.table.sequences.get(self._key(order))
        return held is not None and self.table.changed_since(held[1]) is not None

    def of(self, order: tuple[Order, ...]) -> list[int]:
        """All slots in an order."""
        key = self._key(order)
        held = self.table.sequences.get(key)
        changed = None if held is None else self.table.changed_since(held[1])
        if held is not None and changed is not None:
            if not changed:
                return held[0]
            sequence = [slot for slot in held[0] if slot not in changed]
            rank = self._rank(order)
            for slot in changed:
                if self.table.live >> slot & 1:
                    insort(sequence, slot, key=rank)
        else:
            sequence = self.sorted(slots_of(self.table.live, len(self.table.rows)), order)
        if len(self.table.sequences) >= _SEQUENCES:
            del self.table.sequences[next(iter(self.table.sequences))]
        self.table.sequences[key] = (sequence, self.table.position)
        return sequence

    def sorted(self, slots: Iterable[int], order: tuple[Order, ...]) -> list[int]:
        """Ascending slots in an order: one stable sort for each step, the last step first."""
        found = list(slots)
        for step in reversed(order):
            cells = column(self.tables, self.entity, step.place).cells
            nulls = [slot for slot in found if cells[slot] is None]
            if nulls:
                found = [slot for slot in found if cells[slot] is not None]
            found.sort(key=cells.__getitem__, reverse=step.descending)
            found = nulls + found if step.nulls_first else found + nulls
        return found

    def _rank(self, order: tuple[Order, ...]) -> Callable[[int], Any]:
        """The sort key of one slot, in which all steps count at once."""
        steps = [(step, column(self.tables, self.entity, step.place).cells) for step in order]

        def rank(slot: int) -> Any:
            parts: list[Any] = []
            for step, cells in steps:
                cell = cells[slot]
                if cell is None:
                    parts.append((0 if step.nulls_first else 2,))
                else:
                    parts.append((1, _Falling(cell) if step.descending else cell))
            return (*parts, slot)

        return rank

    def _key(self, order: tuple[Order, ...]) -> tuple[tuple[Order, ...], tuple[int, ...]]:
        touched = [name for step in order for name in step.place.touches]
        return order, self.tables.versions(touched) if touched else ()
