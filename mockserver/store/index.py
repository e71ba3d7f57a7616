"""Bitmaps as Python ints (one bit a slot), and columns that answer with them."""

from __future__ import annotations

import time
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Collection, Hashable, Iterable
from itertools import compress
from typing import Any

Test = Callable[[Any], bool]

_FLAGS = bytes.maketrans(b"01", b"\0\1")
_MARKS = 64
_LEAVES = 512
_BATCH = 16


class TooSlow(Exception):
    """A scan took longer than it may."""


def bits_of(slots: Collection[int]) -> int:
    """The bitmap of some slots."""
    if len(slots) < 16:
        bits = 0
        for slot in slots:
            bits |= 1 << slot
        return bits
    digits = bytearray(b"0") * (max(slots) + 1)
    for slot in slots:
        digits[slot] = 49
    digits.reverse()
    return int(digits, 2)


def flags_of(bits: int, size: int) -> bytes:
    """A bitmap as one byte a slot, 0 or 1: indexable, and a selector for `itertools.compress`."""
    return bin(bits)[:1:-1].encode().translate(_FLAGS).ljust(size, b"\0")


def slots_of(bits: int, size: int) -> list[int]:
    """The slots of a bitmap, ascending."""
    count = bits.bit_count()
    if count * 8 >= size:
        return list(compress(range(size), flags_of(bits, size)))
    found: list[int] = []
    digits = bin(bits)[:1:-1]
    at = digits.find("1")
    while at >= 0:
        found.append(at)
        at = digits.find("1", at + 1)
    return found


class Column:
    """The comparable values of one column by slot, and indexes over them that grow with use and follow writes.

    `cells` holds None for NULL and for free slots; `known` is the bitmap of the others. `seen` is the position in the
    table's log up to which writes are in, `owner` the table that may change this object (others copy it first).
    """

    __slots__ = (
        *("cells", "known", "owner", "seen"),
        *("bounds", "few", "leaves", "many", "marks", "spread", "distinct"),
    )

    def __init__(self, cells: list[Any], owner: object, seen: int) -> None:
        self.cells = cells
        self.owner = owner
        self.seen = seen
        self.known = bits_of([slot for slot, value in enumerate(cells) if value is not None])
        self.few: dict[Any, tuple[int, ...]] | None = None  # slots of rare values
        self.many: dict[Any, int] = {}  # bitmaps of frequent ones
        self.distinct: list[Any] | None = None  # distinct, sorted
        self.bounds: list[Any] = []  # some of the values ...
        self.marks: list[int] = []  # ... and the slots below each of them
        self.spread = 0  # how many values there were when these were chosen
        self.leaves: dict[Hashable, tuple[Test, int]] = {}

    def copy(self, owner: object) -> Column:
        """The same column for another owner."""
        twin = Column.__new__(Column)
        twin.cells, twin.known, twin.owner, twin.seen = self.cells.copy(), self.known, owner, self.seen
        twin.few = None if self.few is None else self.few.copy()
        twin.many = self.many.copy()
        twin.distinct = None if self.distinct is None else self.distinct.copy()
        twin.bounds, twin.marks = self.bounds.copy(), self.marks.copy()
        twin.spread, twin.leaves = self.spread, self.leaves.copy()
        return twin

    # -- asking --

    def slots(self, value: Any) -> list[int]:
        """The slots that hold a value, ascending."""
        few = self._postings()
        if value in self.many:
            return slots_of(self.many[value], len(self.cells))
        return sorted(few.get(value, ()))

    def equal(self, value: Any) -> int:
        """Slots that hold a value."""
        few = self._postings()
        dense = self.many.get(value)
        return bits_of(few.get(value, ())) if dense is None else dense

    def among(self, values: Iterable[Any]) -> int:
        """Slots that hold one of the values."""
        few = self._postings()
        many, bits = self.many, 0
        loose: list[int] = []
        for value in values:
            if value in many:
                bits |= many[value]
            else:
                loose += few.get(value, ())
        return bits | bits_of(loose)

    def below(self, bound: Any, *, inclusive: bool) -> int:
        """Slots whose value is less than a bound, or equal to it where that is included."""
        values = self._sorted()
        end = bisect_right(values, bound) if inclusive else bisect_left(values, bound)
        mark = bisect_right(self.bounds, bound) - 1
        if mark < 0:
            return self.among(values[:end])
        return self.marks[mark] | self.among(values[bisect_left(values, self.bounds[mark]) : end])

    def satisfying(self, test: Test, seconds: float) -> int:
        """Slots whose value passes a test, which is asked once for each distinct value.

        TooSlow after so many seconds of the processor.
        """
        few = self._postings()
        deadline = time.thread_time() + seconds
        passed: list[Any] = []
        for values in (list(self.many), list(few)):
            for start in range(0, len(values), _BATCH):
                passed += [value for value in values[start : start + _BATCH] if test(value)]
                if time.thread_time() > deadline:
                    raise TooSlow
        return self.among(passed)

    def remember(self, key: Hashable, test: Test, bits: int) -> None:
        """Keep the slots whose values pass a test; `leaves` has them from now on, and `put` keeps them right."""
        if len(self.leaves) >= _LEAVES:
            del self.leaves[next(iter(self.leaves))]
        self.leaves[key] = (test, bits)

    # -- following writes --

    def put(self, slot: int, value: Any) -> None:
        """Set one cell."""
        cells = self.cells
        if slot >= len(cells):
            cells.extend([None] * (slot + 1 - len(cells)))
        old = cells[slot]
        if old == value:  # 1 and 1.0 are one value to every index
            return
        cells[slot] = value
        bit = 1 << slot
        if (old is None) != (value is None):
            self.known ^= bit
        if self.few is not None:
            self._post(slot, bit, old, value)
        for key, (test, bits) in self.leaves.items():
            if (value is not None and test(value)) != bool(bits & bit):
                self.leaves[key] = (test, bits ^ bit)

    def _post(self, slot: int, bit: int, old: Any, value: Any) -> None:
        few, many = self._postings(), self.many
        if old is not None:
            if old in many:
                many[old] ^= bit
                gone = not many[old]
            else:
                few[old] = tuple(other for other in few[old] if other != slot)
                gone = not few[old]
            if gone:
                many.pop(old, None) if old in many else few.pop(old)
                if self.distinct is not None:
                    del self.distinct[bisect_left(self.distinct, old)]
        if value is not None:
            if value in many:
                many[value] |= bit
            else:
                if self.distinct is not None and value not in few:
                    insort(self.distinct, value)
                few[value] = (*few.get(value, ()), slot)
                self._promote(value)
        for at, bound in enumerate(self.bounds):
            if (old is not None and old < bound) != (value is not None and value < bound):
                self.marks[at] ^= bit

    def _promote(self, value: Any) -> None:
        """Rare values keep their slots, frequent ones a bitmap: each where it is the smaller of the two."""
        few = self._postings()
        if len(few[value]) > max(8, len(self.cells) >> 7):
            self.many[value] = bits_of(few.pop(value))

    # -- built on first use --

    def _postings(self) -> dict[Any, tuple[int, ...]]:
        if self.few is None:
            groups: dict[Any, list[int]] = {}
            for slot, value in enumerate(self.cells):
                if value is not None:
                    groups.setdefault(value, []).append(slot)
            limit = max(8, len(self.cells) >> 7)
            self.many = {value: bits_of(slots) for value, slots in groups.items() if len(slots) > limit}
            self.few = {value: tuple(slots) for value, slots in groups.items() if len(slots) <= limit}
        return self.few

    def _sorted(self) -> list[Any]:
        if self.distinct is None:
            self.distinct = sorted([*self._postings(), *self.many])
        if len(self.distinct) > 2 * self.spread + _MARKS:
            self.spread = len(self.distinct)
            self._mark(self.distinct, max(1, len(self.distinct) // _MARKS))
        return self.distinct

    def _mark(self, values: list[Any], step: int) -> None:
        """Remember the slots below every so-many-th value, so that a range gathers few values."""
        below = 0
        self.bounds, self.marks = [], []
        for start in range(0, len(values) - step, step):
            below |= self.among(values[start : start + step])
            self.bounds.append(values[start + step])
            self.marks.append(below)
