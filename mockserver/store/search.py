"""Searching: which rows fulfil a condition, and one page of them in an order."""

from __future__ import annotations

import time
from collections.abc import Iterable
from itertools import compress, islice
from typing import Any

from mockserver.problems import Refusal, Violation
from mockserver.store.conditions import Compare, Condition, Every, Exists, Holds, Node, Not, Order, Place, place_of
from mockserver.store.index import Column, Test, TooSlow, bits_of, slots_of
from mockserver.store.model import Entity, Model, Row
from mockserver.store.operators import TEXTS
from mockserver.store.ordering import OrderKey, in_order, order_key, sequence, wanted
from mockserver.store.reach import Tables, column
from mockserver.store.table import Match, Table, make_room
from mockserver.store.values import Kind, comparable

SCAN_SECONDS = 1.0  # for all patterns of one search together ...
SCAN_SECONDS_A_ROW = 5e-6  # ... and more on large tables, where harmless ones take their time too
WHOLE_SECONDS = 2.0
_MATCHES = 256
_PAGES = 16
_ORDERED = 8
_FEW = 256


def match(tables: Tables, entity: Entity, where: Condition | None) -> Match:
    """The rows that fulfil a condition; Refusal(400, MS114) where its patterns take too long."""
    table = tables.table(entity.name)
    key = (where, tables.versions(where.touches) if where else ())
    found = table.matches.get(key)
    if found is None:
        bits = _Evaluation(tables, _Budget(len(table))).holds(where.node, entity, nay=False) if where else table.live
        make_room(table.matches, _MATCHES)
        found = table.matches[key] = Match(bits, len(table.rows))
    return found


def page(
    tables: Tables, entity: Entity, found: Match, order: tuple[Order, ...], offset: int, end: int | None
) -> list[Row]:
    """The rows of a page of the matches; ties are broken by slot, so that pages never overlap."""
    end = found.total if end is None else min(end, found.total)
    if offset >= end:
        return []
    key = order_key(tables, order)
    place = (key, offset, end)
    held = found.pages.get(place)
    if held is None:
        rows = tables.table(entity.name).rows
        slots = _ordered(tables, entity, found, key, offset, end) if order else _by_slot(rows, found, offset, end)
        make_room(found.pages, _PAGES)
        held = found.pages[place] = [row for slot in slots if (row := rows[slot]) is not None]
    return held.copy()


def passed(
    tables: Tables, entity: Entity, found: Match, order: tuple[Order, ...], key: Any, *, with_it: bool
) -> int | None:
    """How many matches come before the row of a key in an order, which itself need not be one of them."""
    table = tables.table(entity.name)
    slot = table.slots.get(key) if isinstance(key, str | int) else None
    if slot is None:
        return None
    if not order:
        return (found.bits & ((1 << (slot + with_it)) - 1)).bit_count()
    slots = sequence(tables, entity, order_key(tables, order))
    return sum(map(found.flags.__getitem__, slots[: slots.index(slot) + with_it]))


def _by_slot(rows: list[Any], found: Match, offset: int, end: int) -> Iterable[int]:
    if found.total == len(rows):
        return range(offset, end)
    if found.total * 8 <= len(rows):
        return found.slots[offset:end]
    return islice(compress(range(len(rows)), found.flags), offset, end)


def _ordered(tables: Tables, entity: Entity, found: Match, key: OrderKey, offset: int, end: int) -> Iterable[int]:
    """Few matches are sorted; of many, the page is picked while walking along all rows in that order."""
    held = found.ordered.get(key)
    if held is not None:
        return held[offset:end]
    size = len(tables.table(entity.name).rows)
    steps = end * size // found.total
    if found.total <= _FEW or (
        found.total * 4 <= size and (not wanted(tables, entity, key) or steps > found.total * 4)
    ):
        make_room(found.ordered, _ORDERED)
        found.ordered[key] = in_order(tables, entity, found.slots, key[0])
        return found.ordered[key][offset:end]
    slots = sequence(tables, entity, key)
    if found.total == len(slots):
        return slots[offset:end]
    return islice(compress(slots, map(found.flags.__getitem__, slots)), offset, end)


class _Budget:
    """How long one search may still take, in seconds of the processor: a busy machine refuses none."""

    __slots__ = ("deadline", "scans")

    def __init__(self, rows: int) -> None:
        self.scans = SCAN_SECONDS + rows * SCAN_SECONDS_A_ROW
        self.deadline = time.thread_time() + WHOLE_SECONDS

    def check(self, at: str) -> None:
        """Refuse to go on at a JSON pointer when the time is up."""
        if time.thread_time() > self.deadline:
            raise _too_slow("this search takes too long; ask for less at once", at)


class _Evaluation:
    """One evaluation of a condition by bitmaps."""

    __slots__ = ("budget", "tables")

    def __init__(self, tables: Tables, budget: _Budget) -> None:
        self.tables = tables
        self.budget = budget

    def holds(self, node: Node, entity: Entity, *, nay: bool) -> int:
        """The rows for which a node is true, or with `nay` those for which it is false; for the rest it is unknown."""
        if isinstance(node, Compare):
            return self._compare(node, entity, nay=nay)
        if isinstance(node, Not):
            return self.holds(node.part, entity, nay=not nay)
        if isinstance(node, Exists | Holds):
            found = self._exists(node, entity) if isinstance(node, Exists) else self._element(node, entity)
            return self.tables.table(entity.name).live & ~found if nay else found
        if isinstance(node, Every) is nay:  # false where one part is; true where one of some is
            bits = 0
            for part in node.parts:
                bits |= self.holds(part, entity, nay=nay)
            return bits
        bits = self.tables.table(entity.name).live
        for part in node.parts:
            bits &= self.holds(part, entity, nay=nay)
            if not bits:
                break
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
        self.budget.check(node.at)
        test: Test = operator.test(node.operand)
        if node.place.kind is Kind.ANY and operator.kinds is TEXTS:
            test = _of_texts(test)
        if operator.find:
            bits = operator.find(held, node.operand)
        else:
            started = time.thread_time()
            try:
                bits = held.satisfying(test, self.budget.scans)
            except TooSlow:
                raise _too_slow(f"{operator.name} takes too long; use a simpler pattern", node.at) from None
            self.budget.scans -= time.thread_time() - started
        held.remember(key, test, bits)
        return bits

    def _exists(self, node: Exists, entity: Entity) -> int:
        self.budget.check(node.at)
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

    def _element(self, node: Holds, entity: Entity) -> int:
        elements, owners = _elements(self.tables, entity, node.place)
        inside = _Evaluation(_Elements(self.tables.model, elements), self.budget)
        found = inside.holds(node.part, node.element, nay=False)
        return bits_of({owners[slot] for slot in slots_of(found, len(owners))})


def _too_slow(detail: str, at: str) -> Refusal:
    return Refusal(400, f"{at}: {detail}", code="MS114", violations=[Violation(at, detail)])


def _of_texts(test: Test) -> Test:
    """A test of texts for a column of any JSON values."""
    return lambda held: held[0] == 1 and test(held[1])


class _Elements:
    """The elements of a JSON list as the only table there is."""

    __slots__ = ("elements", "model")

    def __init__(self, model: Model, elements: Table) -> None:
        self.model = model
        self.elements = elements

    def table(self, entity: str) -> Table:  # noqa: ARG002  whatever the name, it is the elements
        return self.elements

    def versions(self, entities: Iterable[str]) -> tuple[int, ...]:
        return tuple(0 for _ in entities)


def _elements(tables: Tables, entity: Entity, place: Place) -> tuple[Table, list[int]]:
    """The objects in the lists of a column as a table of their own, and the slot that each belongs to."""
    table = tables.table(entity.name)
    held = table.elements.get(place)
    if held is not None and held[0] == table.version:
        return held[1], held[2]
    rows: list[dict[str, Any]] = []
    owners: list[int] = []
    for slot, row in enumerate(table.rows):
        value: Any = row
        for key in (place.name, *place.inner):
            value = value.get(key) if isinstance(value, dict) else None
        for element in value if isinstance(value, list) else ():
            if isinstance(element, dict):
                rows.append({**element, "": len(rows)})
                owners.append(slot)
    elements = Table("", rows)
    table.elements[place] = (table.version, elements, owners)
    return elements, owners
