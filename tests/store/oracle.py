"""A naive interpreter of `where` and `orderBy`: row by row, in SQL's three-valued logic, without any index.

It shares nothing with the store but the description of the firm. None is SQL's unknown.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import cmp_to_key
from typing import Any

from tests.store.shop import FIRM

Rows = dict[str, dict[Any, dict[str, Any]]]  # entity -> key -> row
Truth = bool | None


def all_of(parts: Iterable[Truth]) -> Truth:
    """AND: false where one is, else unknown where one is."""
    known = list(parts)
    return False if False in known else None if None in known else True


def any_of(parts: Iterable[Truth]) -> Truth:
    """OR: true where one is, else unknown where one is."""
    known = list(parts)
    return True if True in known else None if None in known else False


def negated(part: Truth) -> Truth:
    """NOT: unknown stays."""
    return None if part is None else not part


class Oracle:
    """The firm's rows, asked naively."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows

    def find(self, entity: str, where: Any, order: list[dict[str, Any]]) -> list[Any]:
        """The keys of all rows for which `where` is true, in order, ties by key."""
        rows = [row for _, row in sorted(self.rows[entity].items()) if self.holds(where, entity, row) is True]
        for step in reversed([(name, way) for part in order for name, way in part.items()]):
            rows = self._sorted(rows, entity, *step)
        return [row["id"] for row in rows]

    # -- where --

    def holds(self, where: Any, entity: str, row: dict[str, Any]) -> Truth:
        """Whether a condition holds for a row."""
        return all_of(self._entry(name, part, entity, row) for name, part in where.items())

    def _entry(self, name: str, part: Any, entity: str, row: dict[str, Any]) -> Truth:
        told = FIRM[entity]
        if name == "_not":
            return negated(self.holds(part, entity, row))
        if name in ("_and", "_or"):
            parts = [self.holds(one, entity, row) for one in (part if isinstance(part, list) else [part])]
            return all_of(parts) if name == "_and" else any_of(parts)
        if name.endswith("_aggregate"):
            number = len(self._related(name.removesuffix("_aggregate"), entity, row))
            return compare(number, "integer", part["count"]["predicate"])
        if name in told["relations"]:
            target = told["relations"][name][0]
            return any(self.holds(part, target, other) is True for other in self._related(name, entity, row))
        return inside(self._value(name, entity, row), self._type(name, entity), part)

    def _related(self, name: str, entity: str, row: dict[str, Any]) -> list[dict[str, Any]]:
        target, column, many = FIRM[entity]["relations"][name]
        if many:
            return [other for _, other in sorted(self.rows[target].items()) if other.get(column) == row["id"]]
        other = self.rows[target].get(row.get(column))
        return [] if other is None else [other]

    def _type(self, name: str, entity: str) -> Any:
        return FIRM[entity]["fields"].get(name, "string")

    def _value(self, name: str, entity: str, row: dict[str, Any]) -> Any:
        copy = FIRM[entity]["copies"].get(name)
        if copy is None:
            return row.get(name)
        relation, source = copy
        for other in self._related(relation, entity, row):
            target = FIRM[entity]["relations"][relation][0]
            parts = [self._value(part, target, other) for part in source.split()]
            if len(parts) == 1:
                return parts[0]
            return " ".join(part for part in parts if part) or None
        return None

    # -- orderBy --

    def _sorted(self, rows: list[dict[str, Any]], entity: str, name: str, way: Any) -> list[dict[str, Any]]:
        cells = [self._ordering(name, way, entity, row) for row in rows]
        direction = way
        while not isinstance(direction, str):
            direction = next(iter(direction.values()))
        falling = direction.startswith("desc")
        first = direction.endswith("nulls_first") or direction == "desc"

        def compared(one: int, other: int) -> int:
            left, right = cells[one], cells[other]
            if left is None or right is None:
                sign = (left is not None) - (right is not None)
                return sign if first else -sign
            sign = (left > right) - (left < right)
            return -sign if falling else sign

        return [rows[index] for index in sorted(range(len(rows)), key=cmp_to_key(compared))]

    def _ordering(self, name: str, way: Any, entity: str, row: dict[str, Any]) -> Any:
        if name.endswith("_aggregate"):
            return len(self._related(name.removesuffix("_aggregate"), entity, row))
        if name in FIRM[entity]["relations"]:
            (inner, further), target = next(iter(way.items())), FIRM[entity]["relations"][name][0]
            return next((self._ordering(inner, further, target, it) for it in self._related(name, entity, row)), None)
        value, type_ = self._value(name, entity, row), self._type(name, entity)
        while not isinstance(way, str):
            inner, way = next(iter(way.items()))
            value, type_ = (value or {}).get(inner), type_[inner]
        return plain(value, type_)


def inside(value: Any, type_: Any, asked: dict[str, Any]) -> Truth:
    """A condition on a value: operators, and inside JSON further names."""
    parts: list[Truth] = []
    for name, part in asked.items():
        if name.startswith("_"):
            parts.append(compare(value, type_, {name: part}))
        elif isinstance(type_, list):
            elements = value if isinstance(value, list) else []
            parts.append(any(inside(element.get(name), type_[0][name], part) is True for element in elements))
        else:
            parts.append(inside(value.get(name) if isinstance(value, dict) else None, type_[name], part))
    return all_of(parts)


def plain(value: Any, type_: Any) -> Any:
    """A value in a form that Python compares as Postgres would."""
    if value is None or not isinstance(type_, str):
        return value
    if type_ == "string:date-time":
        moment = datetime.fromisoformat(value)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return datetime.fromisoformat(value).date() if type_ == "string:date" else value


def glob(pattern: str, text: str) -> bool:
    """LIKE, by trying everything."""
    if not pattern:
        return not text
    if pattern[0] == "%":
        return any(glob(pattern[1:], text[start:]) for start in range(len(text) + 1))
    if pattern[0] == "\\":
        return text[:1] == pattern[1] and glob(pattern[2:], text[1:])
    return bool(text) and pattern[0] in ("_", text[0]) and glob(pattern[1:], text[1:])


def contained(part: Any, whole: Any, top: bool = True) -> bool:
    """`whole @> part` of jsonb."""
    if isinstance(whole, dict) and isinstance(part, dict):
        return all(key in whole and contained(value, whole[key], False) for key, value in part.items())
    if isinstance(whole, list) and isinstance(part, list):
        return all(any(contained(value, held, False) for held in whole) for value in part)
    if top and isinstance(whole, list) and not isinstance(part, dict | list):
        return any(same(part, held) for held in whole)
    return same(part, whole)


def same(one: Any, other: Any) -> bool:
    """Equality of JSON, in which true is not 1."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def has(value: Any, name: str) -> bool:
    """`value ? name` of jsonb."""
    return value == name if isinstance(value, str) else isinstance(value, dict | list) and name in value


_SIMPLE: dict[str, Callable[[Any, Any], bool]] = {
    "_eq": same,
    "_gt": lambda held, value: held > value,
    "_gte": lambda held, value: held >= value,
    "_lt": lambda held, value: held < value,
    "_lte": lambda held, value: held <= value,
    "_like": lambda held, value: glob(value, held),
    "_ilike": lambda held, value: glob(value.lower(), held.lower()),
    "_regex": lambda held, value: re.search(value, held) is not None,
    "_iregex": lambda held, value: re.search(value, held, re.IGNORECASE) is not None,
    "_contains": lambda held, value: contained(value, held),
    "_contained_in": contained,
    "_has_key": has,
    "_has_keys_any": lambda held, value: any(has(held, name) for name in value),
    "_has_keys_all": lambda held, value: all(has(held, name) for name in value),
}
_OPPOSITES = {"_neq": "_eq", "_nlike": "_like", "_nilike": "_ilike", "_nregex": "_regex", "_niregex": "_iregex"}


def compare(value: Any, type_: Any, asked: dict[str, Any]) -> Truth:
    """A value against operators."""
    held = plain(value, type_)

    def one(name: str, operand: Any) -> Truth:
        if name == "_is_null":
            return (held is None) == operand
        if name == "_in":
            return any_of(one("_eq", part) for part in operand)
        if name == "_nin":
            return negated(one("_in", operand))
        if name in _OPPOSITES:
            return negated(one(_OPPOSITES[name], operand))
        return None if held is None else _SIMPLE[name](held, plain(operand, type_))

    return all_of(one(name, operand) for name, operand in asked.items())
