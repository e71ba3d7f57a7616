"""Invariants: what all rows of one side keep among their own values, and those of the other do not.

Sums and products are found in the rows themselves (`total = subtotal + tax`, `amount = quantity * price`, a total over
the elements of a list), and which of two moments comes first; so are orders in which the lists inside rows stand.
Data decide the values, but not that they stop adding up.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, permutations
from math import lgamma
from typing import Any

from mockserver.compare.difference import Ledger, Step
from mockserver.compare.documents import Number
from mockserver.compare.evidence import unlikely
from mockserver.compare.identity import Namer
from mockserver.compare.lists import is_sorted
from mockserver.compare.normal import instant

_COLUMNS = 10  # of a kind that are held against each other
_ROWS = 200
_TRIED = 3  # rows after which a relation that no row keeps is given up
_CENT = 0.011
_BROKEN = 0.5  # of the rows of a side break what all of the other keep
_SURE = 2  # rows in which a sum is rounded away on one side
_CERTAIN = 14.0  # how many times e stands behind lists being in order by accident

Object = Mapping[str, Any]
Test = Callable[[Object], bool | None]  # None: the row says nothing of it


@dataclass(frozen=True, slots=True)
class _Relation:
    """What may hold among the values of an object: in words, for the property it is about."""

    about: str
    words: str
    test: Test
    rounded: Test | None = None  # whether a row breaks it by no more than rounding to whole units does


def compare_invariants(step: Step, sides: Sequence[Sequence[Any]], pointer: str, namer: Namer, ledger: Ledger) -> None:
    """Hold the rows of one group of answers, and all objects inside them, to what those of the other side keep."""
    found = [_objects(side[: 2 * _ROWS], pointer) for side in sides]
    for place in found[0].keys() & found[1].keys():
        a, b = found[0][place][:_ROWS], found[1][place][:_ROWS]
        for relation in _relations((*a[:20], *b[:20]), namer):
            counts = [_counted(relation.test, rows) for rows in _worth(relation.test, a, b)]
            if len(counts) == 2:
                _judge(step, relation, (counts[0], counts[1]), (a, b), place, ledger)
        for name in _lists_of((*a[:20], *b[:20])):
            _order([_elements(rows, name) for rows in (a, b)], step, f"{place}/{name}", ledger)


def _objects(values: Sequence[Any], pointer: str) -> dict[str, list[Object]]:
    """The objects of rows by where they stand, each once."""
    found: dict[str, dict[str, Object]] = defaultdict(dict)

    def see(value: Any, place: str, deep: int) -> None:
        if isinstance(value, dict) and deep < 4:
            found[place].setdefault(repr(value), value)
            for name, part in value.items():
                if isinstance(part, dict | list):
                    see(part, f"{place}/{name}", deep + 1)
        elif isinstance(value, list):
            for part in value[:_ROWS]:
                see(part, f"{place}/[]", deep)

    for value in values:
        see(value, pointer, 0)
    return {place: list(rows.values()) for place, rows in found.items()}


def _counted(test: Test, rows: Sequence[Object]) -> tuple[int, int]:
    """How many rows keep a relation, and how many break it."""
    said = [kept for row in rows if (kept := test(row)) is not None]
    return sum(said), len(said) - sum(said)


def _worth(test: Test, a: Sequence[Object], b: Sequence[Object]) -> tuple[Sequence[Object], ...]:
    """Both sides, unless the first rows of neither keep the relation."""
    for rows in (a, b):
        said = (kept for row in rows if (kept := test(row)) is not None)
        first = [kept for _, kept in zip(range(_TRIED), said, strict=False)]
        if first and all(first):
            return a, b
    return ()


def _judge(
    step: Step, relation: _Relation, counts: tuple[tuple[int, int], tuple[int, int]],
    sides: tuple[Sequence[Object], Sequence[Object]], place: str, ledger: Ledger,
) -> None:  # fmt: skip
    for at in (0, 1):
        (kept, broken), (broke, whole) = counts[at], (counts[1 - at][1], sum(counts[1 - at]))
        if not kept or broken:
            continue
        if _rounded(relation, kept, broke, (sides[at], sides[1 - at])):
            cls, says, lost = "precision", ("exact", "rounded"), f"rounded away in {broke}"
        elif broke >= _BROKEN * whole and unlikely(broke, whole, kept):
            cls, says, lost = "value", ("kept", "broken"), f"not in {broke} of {whole}"
        else:
            continue
        words = (f"{relation.words} in all of {kept} rows", lost)[:: -1 if at else 1]
        message = f"{relation.words}: {' -> '.join(says[:: -1 if at else 1])}"
        ledger.differ(
            step, cls, "body", message, (words[0], words[1]), f"{place}/{relation.about}", detail="; ".join(words)
        )  # fmt: skip
        return
    if not counts[0][1] and not counts[1][1] and counts[0][0] and counts[1][0]:
        ledger.same(step.label, "value")


def _rounded(relation: _Relation, kept: int, broke: int, sides: tuple[Sequence[Object], Sequence[Object]]) -> bool:
    """Whether the second side has rounded what adds up, with its decimals, on the first; few rows tell it."""
    if relation.rounded is None or min(kept, broke) < _SURE:
        return False
    exact, other = ([said for row in rows if (said := relation.rounded(row)) is not None] for rows in sides)
    return False in exact and all(other)


# -- among the values of an object --


def _relations(rows: Sequence[Object], namer: Namer) -> Iterator[_Relation]:
    numbers = [name for name in _names(rows, _number) if not namer.names_id(name)][:_COLUMNS]
    for one, other, third in permutations(numbers, 3):
        if other < third:
            yield _Relation(one, f"{one} = {other} + {third}", _sum(one, other, third), _whole(one, other, third))
            yield _Relation(one, f"{one} = {other} * {third}", _product(one, other, third))
    for inner in _lists_of(rows):
        members = _names([each for row in rows for each in row.get(inner) or () if isinstance(each, dict)], _number)
        for total in numbers:
            for member in members[:_COLUMNS]:
                if not namer.names_id(member):
                    yield _Relation(total, f"{total} = all {inner}.{member}", _total(total, inner, member))
    for first, last in combinations(_names(rows, instant)[:_COLUMNS], 2):
        yield _Relation(last, f"{first} <= {last}", _before(first, last))
        yield _Relation(first, f"{last} <= {first}", _before(last, first))


def _names(rows: Sequence[Object], read: Callable[[Any], Any]) -> list[str]:
    found = dict.fromkeys(name for row in rows for name, value in row.items() if read(value) is not None)
    return list(found)


def _lists_of(rows: Sequence[Object]) -> list[str]:
    """The properties that hold lists of objects."""
    return list(dict.fromkeys(
        name for row in rows for name, value in row.items()
        if isinstance(value, list) and value and isinstance(value[0], dict)
    ))  # fmt: skip


def _number(value: Any) -> float | None:
    return float(value) if type(value) is Number else None


def _sum(one: str, other: str, third: str) -> Test:
    def test(row: Object) -> bool | None:
        a, b, c = (_number(row.get(name)) for name in (one, other, third))
        if a is None or not b or not c:
            return None
        return abs(a - b - c) <= _CENT

    return test


def _whole(*names: str) -> Test:
    """Whether the values of a sum are whole, and not further apart than each of them being rounded explains."""

    def test(row: Object) -> bool | None:
        numbers = [_number(row.get(name)) for name in names]
        if None in numbers or not all(numbers[1:]):
            return None
        a, b, c = (number or 0.0 for number in numbers)
        return all(number.is_integer() for number in (a, b, c)) and abs(a - b - c) <= 1

    return test


def _product(one: str, other: str, third: str) -> Test:
    def test(row: Object) -> bool | None:
        a, b, c = (_number(row.get(name)) for name in (one, other, third))
        if a is None or b is None or c is None or b in (0, 1) or c in (0, 1):
            return None
        return abs(a - b * c) <= max(_CENT, 1e-9 * abs(a))

    return test


def _total(total: str, inner: str, member: str) -> Test:
    def test(row: Object) -> bool | None:
        said, parts = _number(row.get(total)), row.get(inner)
        listed = parts if isinstance(parts, list) else []
        numbers = [_number(each.get(member)) for each in listed if isinstance(each, dict)]
        if said is None or not numbers or None in numbers or not any(numbers):
            return None
        return abs(said - sum(number or 0.0 for number in numbers)) <= _CENT * len(numbers)

    return test


def _before(first: str, last: str) -> Test:
    def test(row: Object) -> bool | None:
        a, b = instant(row.get(first)), instant(row.get(last))
        return None if a is None or b is None or a == b else a < b

    return test


# -- the order of the lists inside --


def _elements(rows: Sequence[Object], name: str) -> list[list[Object]]:
    lists = [row[name] for row in rows if isinstance(row.get(name), list)]
    return [[each for each in held if isinstance(each, dict)] for held in lists if len(held) > 1]


def _order(sides: Sequence[Sequence[Sequence[Object]]], step: Step, place: str, ledger: Ledger) -> None:
    """An order in which all lists of one side stand, and few of the other do."""
    kept = [_orders(side[:_ROWS]) for side in sides]
    for at in (0, 1):
        firm = [order for order, times in kept[at].items() if times == len(sides[at])]
        few = all(2 * kept[1 - at].get(order, 0) <= len(sides[1 - at]) for order in firm)
        if firm and few and min(_chance(side) for side in sides) > _CERTAIN:
            words = firm[0], "in another order"
            words = words if at == 0 else (words[1], words[0])
            ledger.differ(step, "order", "body", " -> ".join(words), words, f"{place}/[]")
            return


def _chance(lists: Sequence[Sequence[Object]]) -> float:
    """How unlikely it is that so many lists stand in one order by accident, as a power of e."""
    return sum(lgamma(len(each) + 1) for each in lists)


def _orders(lists: Sequence[Sequence[Object]]) -> dict[str, int]:
    """How many lists stand in which order by a property that all of their elements have, each its own."""
    names = dict.fromkeys(name for held in lists[:20] for name, value in held[0].items() if isinstance(value, str))
    found: dict[str, int] = {}
    for name in list(names)[:_COLUMNS]:
        columns = [[each.get(name) for each in held] for held in lists]
        if all(None not in column and len(set(map(str, column))) == len(column) for column in columns):
            for down, words in ((False, f"by {name}"), (True, f"by {name} descending")):
                found[words] = sum(bool(is_sorted(column, descending=down)) for column in columns)
    return found
