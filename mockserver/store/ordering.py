"""Orders: all rows of a table sorted once for each order, then kept right by the log of writes."""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable
from typing import Any

from mockserver.store.conditions import Order
from mockserver.store.index import slots_of
from mockserver.store.model import Entity
from mockserver.store.reach import Tables, column
from mockserver.store.table import make_room

_SEQUENCES = 16
_ONE_BY_ONE = 4

OrderKey = tuple[tuple[Order, ...], tuple[int, ...]]


def order_key(tables: Tables, order: tuple[Order, ...]) -> OrderKey:
    """An order, and the versions of the other entities it depends on."""
    touched = [name for step in order for name in step.place.touches]
    return order, tables.versions(touched) if touched else ()


def wanted(tables: Tables, entity: Entity, key: OrderKey) -> bool:
    """Whether an order was asked for before, so that sorting the whole table pays."""
    sequences = tables.table(entity.name).sequences
    if key in sequences:
        return True
    make_room(sequences, _SEQUENCES)
    sequences[key] = ([], -1)
    return False


def sequence(tables: Tables, entity: Entity, key: OrderKey) -> list[int]:
    """All slots of a table in an order."""
    table = tables.table(entity.name)
    held = table.sequences.get(key)
    changed = None if held is None else table.changed_since(held[1])
    if held is None or changed is None:
        found = in_order(tables, entity, slots_of(table.live, len(table.rows)), key[0])
        make_room(table.sequences, _SEQUENCES)
    elif not changed:
        return held[0]
    else:
        found = _without(held[0], changed)
        rank = _rank(tables, entity, key[0])
        for slot in changed:
            if table.live >> slot & 1:
                insort(found, slot, key=rank)
    table.sequences[key] = (found, table.position)
    return found


def in_order(tables: Tables, entity: Entity, slots: list[int], order: tuple[Order, ...]) -> list[int]:
    """Ascending slots in an order: one stable sort for each step, the last step first."""
    found = slots.copy()
    for step in reversed(order):
        cells = column(tables, entity, step.place).cells
        nulls = [slot for slot in found if cells[slot] is None]
        if nulls:
            found = [slot for slot in found if cells[slot] is not None]
        found.sort(key=cells.__getitem__, reverse=step.descending)
        found = nulls + found if step.nulls_first else found + nulls
    return found


def _without(slots: list[int], gone: set[int]) -> list[int]:
    if len(gone) > _ONE_BY_ONE:
        return [slot for slot in slots if slot not in gone]
    kept = slots.copy()
    for slot in gone:
        if slot in kept:
            kept.remove(slot)
    return kept


class _Falling:
    """A value that sorts the other way round."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __lt__(self, other: _Falling) -> bool:
        return bool(other.value < self.value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Falling) and bool(other.value == self.value)

    def __hash__(self) -> int:
        return hash(self.value)


def _rank(tables: Tables, entity: Entity, order: tuple[Order, ...]) -> Callable[[int], Any]:
    """The sort key of one slot, in which all steps count at once."""
    steps = [(step, column(tables, entity, step.place).cells) for step in order]

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
