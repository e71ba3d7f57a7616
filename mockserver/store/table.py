"""Table: the rows of one entity by slot, with a log of writes that columns and orders catch up on."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import count
from typing import Any

from mockserver.store.conditions import Condition, Place
from mockserver.store.index import Column, flags_of, slots_of
from mockserver.store.model import Row

PRISTINE = 0  # the version of what the source gave, touched or not
_VERSIONS = count(PRISTINE + 1)
_LOG = 1024
_DERIVED = 64


class Match:
    """The rows that fulfil a condition, in the forms that pages are cut from.

    `ordered`: all slots by order, where they are few; `pages`: rows by order, offset and end.
    """

    __slots__ = ("_flags", "_size", "_slots", "bits", "ordered", "pages", "total")

    def __init__(self, bits: int, size: int) -> None:
        self.bits = bits
        self.total = bits.bit_count()
        self.ordered: dict[Any, list[int]] = {}
        self.pages: dict[Any, list[Row]] = {}
        self._size = size
        self._flags: bytes | None = None
        self._slots: list[int] | None = None

    @property
    def flags(self) -> bytes:
        """One byte a slot: whether it is among them."""
        if self._flags is None:
            self._flags = flags_of(self.bits, self._size)
        return self._flags

    @property
    def slots(self) -> list[int]:
        """The slots, ascending."""
        if self._slots is None:
            self._slots = slots_of(self.bits, self._size)
        return self._slots


class Table:
    """The rows of one entity.

    Slots are in the order of whole-number keys; rows with other keys follow in the order of their arrival. A deleted
    row leaves a free slot. `version` is never the same for two different states of an entity, in any fork.
    `columns`, `derived`, `elements`, `matches` and `sequences` are what searches remember; `log` holds the slots
    written since position `start`, which columns and sequences catch up on when they are used.
    """

    __slots__ = (
        *("columns", "derived", "elements", "matches", "sequences"),
        *("in_order", "key", "live", "log", "next_key", "rows", "slots", "start", "stirred", "version", "words"),
    )

    def __init__(self, key: str, rows: Iterable[dict[str, Any]] = (), version: int | None = PRISTINE) -> None:
        self.key = key
        self.rows: list[dict[str, Any] | None] = []
        self.slots: dict[Any, int] = {}
        self.live = 0
        self.version = next(_VERSIONS) if version is None else version
        self.log: list[int] = []
        self.start = 0
        self.next_key = 1
        self._forget()
        self._fill(rows)

    def _forget(self) -> None:
        self.columns: dict[Place, Column] = {}
        self.derived: dict[tuple[Place, tuple[int, ...]], Column] = {}
        self.matches: dict[tuple[Condition | None, tuple[int, ...]], Match] = {}
        self.sequences: dict[Any, tuple[list[int], int]] = {}
        self.elements: dict[Place, tuple[int, Table, list[int]]] = {}

    def _fill(self, rows: Iterable[dict[str, Any]]) -> None:
        kept: dict[Any, dict[str, Any]] = {}
        for row in rows:
            key = row.get(self.key)
            if key is None:
                key = row[self.key] = self.next_key
            if isinstance(key, int):
                self.next_key = max(self.next_key, key + 1)
            kept[key] = row
        numbers = [key for key in kept if isinstance(key, int)]
        self.words = len(numbers) < len(kept)
        keys = [*sorted(numbers), *(key for key in kept if not isinstance(key, int))]
        self.rows = [kept[key] for key in keys]
        self.slots = {key: slot for slot, key in enumerate(keys)}
        self.live = (1 << len(keys)) - 1
        self.in_order = True
        self.stirred = False

    def copy(self) -> Table:
        """The same table, to be changed apart from this one."""
        twin = Table.__new__(Table)
        twin.key, twin.live, twin.version, twin.start = self.key, self.live, self.version, self.start
        twin.rows, twin.slots, twin.log = self.rows.copy(), self.slots.copy(), self.log.copy()
        twin.columns, twin.derived = self.columns.copy(), self.derived.copy()
        twin.matches, twin.sequences = self.matches.copy(), self.sequences.copy()
        twin.elements = self.elements.copy()
        twin.stirred = self.stirred
        twin.next_key, twin.in_order, twin.words = self.next_key, self.in_order, self.words
        return twin

    def rekeyed(self, key: str) -> Table:
        """The same rows after a change of the entity: nothing remembered, another version."""
        return Table(key, [dict(row) for row in self.rows if row is not None], version=None)

    # -- rows --

    def __len__(self) -> int:
        return len(self.slots)

    @property
    def position(self) -> int:
        """The end of the log."""
        return self.start + len(self.log)

    def row(self, key: Any) -> Row | None:
        """The row of a key; a key of another type has none."""
        if isinstance(key, bool) or not isinstance(key, int | str | float):
            return None
        slot = self.slots.get(key)
        return None if slot is None else self.rows[slot]

    def free_key(self) -> int:
        """The next whole-number key; the keys of deleted rows do not come back."""
        self.next_key += 1
        return self.next_key - 1

    def put(self, row: dict[str, Any]) -> None:
        """Insert a row, or replace the one that has its key."""
        key = row[self.key]
        slot = self.slots.get(key)
        if slot is None:
            slot = self.slots[key] = len(self.rows)
            self.rows.append(row)
            self.live |= 1 << slot
            if not isinstance(key, int):
                self.words = True
            elif key < self.next_key - 1 or self.words:
                self.in_order = False
            if isinstance(key, int):
                self.next_key = max(self.next_key, key + 1)
        else:
            self.rows[slot] = row
        self._written(slot)

    def delete(self, key: Any) -> Row | None:
        """Take a row out and return it."""
        row = self.row(key)
        if row is not None:
            slot = self.slots.pop(key)
            self.rows[slot] = None
            self.live ^= 1 << slot
            self._written(slot)
        return row

    def _written(self, slot: int) -> None:
        self.stirred = True
        self.version = next(_VERSIONS)
        self.matches.clear()
        self.log.append(slot)
        if len(self.log) > _LOG:
            self.start += _LOG // 2
            del self.log[: _LOG // 2]

    def tidy(self) -> None:
        """Bring the slots into order, where late small keys or many free slots disturb it; asked before each search."""
        self.stirred = False
        if self.in_order and (len(self.rows) < 64 or len(self.slots) * 2 > len(self.rows)):
            return
        self.start = self.position + 1  # whatever is remembered by slot is too old now
        self.log.clear()
        self._forget()
        self._fill([row for row in self.rows if row is not None])

    # -- what is remembered --

    def changed_since(self, seen: int) -> set[int] | None:
        """The slots written since a position of the log; None where they are too many, or no longer known."""
        missed = self.position - seen
        if seen < self.start or missed > max(64, len(self.rows) >> 3):
            return None
        return set(self.log[seen - self.start :]) if missed else set()

    def remember_derived(self, key: tuple[Place, tuple[int, ...]], column: Column) -> None:
        """Keep a column that depends on other entities, for one state of these."""
        make_room(self.derived, _DERIVED)
        self.derived[key] = column


def make_room(held: dict[Any, Any], most: int) -> None:
    """Drop the oldest entry of a dictionary that is full."""
    if len(held) >= most:
        del held[next(iter(held))]
