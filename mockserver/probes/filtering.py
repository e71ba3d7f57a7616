"""A naive interpreter of `where`, row by row in SQL's three-valued logic, that a server's answers are compared with.

It shares nothing with the mock's search, so that a mistake there is not repeated here. None is SQL's unknown; Doubt is
raised where two databases may rightly disagree: texts are ordered by a collation nobody declares, moments are shown
with fewer digits than they have.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Literal

Truth = bool | None
Kind = Literal["text", "number", "boolean", "moment", "day", "json"]
Row = Mapping[str, Any]
Related = Callable[[str, Row], "Sequence[Row] | None"]

_CUT = re.compile(r"\.\d{3}(?!\d)")  # milliseconds, as JavaScript shows a moment that may have more digits
_WILD = {"%": ".*", "_": "."}
_NOT_SIMILAR = {".": r"\.", "^": r"\^", "$": r"\$"}


class Doubt(Exception):
    """Whether the condition holds for this row cannot be told from what the row shows."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What conditions are read by: the kind of each column, where a row shows it, and how to come to related rows.

    `related` gives None where the related rows are not known (then conditions on them are in Doubt).
    """

    kinds: Mapping[str, Kind]
    shown: Mapping[str, str] = field(default_factory=dict)
    related: Related = lambda _name, _row: None
    beyond: Mapping[str, Rules] = field(default_factory=dict)

    def value(self, column: str, row: Row) -> Any:
        """What a row shows in a column; null where it shows nothing."""
        return row.get(self.shown.get(column, column))


def holds(where: Any, row: Row, rules: Rules) -> Truth:
    """Whether a condition holds for a row; Doubt where that cannot be told."""
    return both(_entry(name, part, row, rules) for name, part in where.items())


def both(parts: Iterable[Truth]) -> Truth:
    """AND: false where one is, else unknown where one is."""
    known = list(parts)
    return False if False in known else None if None in known else True


def either(parts: Iterable[Truth]) -> Truth:
    """OR: true where one is, else unknown where one is."""
    known = list(parts)
    return True if True in known else None if None in known else False


def negated(part: Truth) -> Truth:
    """NOT: unknown stays unknown."""
    return None if part is None else not part


def _entry(name: str, part: Any, row: Row, rules: Rules) -> Truth:
    if name == "_not":
        return negated(holds(part, row, rules))
    if name in ("_and", "_or"):
        parts = [holds(one, row, rules) for one in (part if isinstance(part, list) else [part])]
        return both(parts) if name == "_and" else either(parts)
    if name in rules.beyond:
        related = rules.related(name, row)
        if related is None:
            raise Doubt
        return any(holds(part, other, rules.beyond[name]) is True for other in related)
    if name not in rules.kinds:
        raise Doubt
    value = rules.value(name, row)
    return both(compare(operator, operand, value, rules.kinds[name]) for operator, operand in part.items())


def compare(operator: str, operand: Any, value: Any, kind: Kind) -> Truth:
    """Whether one operator holds between a value and its operand."""
    if operator == "_is_null":
        return (value is None) is operand
    if operator in ("_in", "_nin") and not operand:
        return operator == "_nin"
    if value is None:
        return None
    if operator in _NEGATIONS:
        return negated(_OPERATORS[_NEGATIONS[operator]](value, operand, kind))
    if operator not in _OPERATORS:
        raise Doubt
    return _OPERATORS[operator](value, operand, kind)


# -- values --


def moment(value: Any) -> datetime:
    """A date or date-time as a moment in UTC (a local one is taken as UTC); Doubt where it is none."""
    if not isinstance(value, str):
        raise Doubt
    try:
        read = datetime.fromisoformat(value)
    except ValueError:
        raise Doubt from None
    return read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)


def day(value: Any) -> date:
    """The calendar day that a date or date-time is written with; Doubt where it is none."""
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        raise Doubt from None


def plain(value: Any, kind: Kind) -> Any:
    """A value as one that compares as its column does; Doubt where it cannot be one of the column's."""
    if kind == "moment":
        return moment(value)
    if kind == "day":
        return day(value)
    if kind == "number":
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise Doubt
        return value
    if kind == "boolean" and not isinstance(value, bool):
        raise Doubt
    return value


def collations(text: str) -> tuple[Any, ...]:
    """The text as sort keys of the usual collations: by code point, without case, and as dictionaries do."""
    folded = text.casefold()
    return text, folded, re.sub(r"[\W_]+", "", folded)


# -- operators --


def _equal(value: Any, operand: Any, kind: Kind) -> bool:
    if kind == "moment":
        _not_cut(value, operand)
    if kind == "json":
        return _same(value, operand)
    return bool(plain(value, kind) == plain(operand, kind))


def _not_cut(value: Any, operand: Any) -> None:
    """Doubt whether two moments are equal that may have been shown with fewer digits than they have."""
    apart = abs((moment(value) - moment(operand)).total_seconds())
    if apart < 0.001 and (_CUT.search(str(value)) or _CUT.search(str(operand))):
        raise Doubt


def _same(one: Any, other: Any) -> bool:
    """Equality of JSON: true is not 1."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other)


def _more(value: Any, operand: Any, kind: Kind) -> bool:
    if kind == "json":
        raise Doubt
    if kind == "text":
        if value == operand:
            return False
        verdicts = {a > b for a, b in zip(collations(str(value)), collations(str(operand)), strict=True)}
        if len(verdicts) > 1:
            raise Doubt
        return True in verdicts
    if kind == "moment":
        _not_cut(value, operand)
    return bool(plain(value, kind) > plain(operand, kind))


def _like(value: Any, pattern: Any, flags: int = 0) -> bool:
    out, characters = [], iter(pattern)
    for character in characters:
        literal = next(characters, "") if character == "\\" else character
        out.append(re.escape(literal) if character == "\\" else _WILD.get(character, re.escape(character)))
    return re.fullmatch("".join(out), str(value), re.DOTALL | flags) is not None


def _similar(value: Any, pattern: Any) -> bool:
    translated = "".join({**_WILD, **_NOT_SIMILAR}.get(character, character) for character in pattern)
    return re.fullmatch(translated, str(value), re.DOTALL) is not None


def _regex(value: Any, pattern: Any, flags: int = 0) -> bool:
    return re.search(pattern, str(value), re.DOTALL | flags) is not None


def _contains(whole: Any, part: Any, top: bool = True) -> bool:
    """PostgreSQL's `@>`: objects by key, lists by element, and a list contains its scalar elements."""
    if isinstance(whole, dict) and isinstance(part, dict):
        return all(name in whole and _contains(whole[name], inner, top=False) for name, inner in part.items())
    if isinstance(whole, list) and isinstance(part, list):
        return all(any(_contains(held, inner, top=False) for held in whole) for inner in part)
    if isinstance(whole, list) and top and not isinstance(part, dict):
        return any(_same(held, part) for held in whole)
    return _same(whole, part)


def _has_key(value: Any, name: Any) -> bool:
    """PostgreSQL's `?`: a key of an object, a text among a list's elements, or the text itself."""
    return name in value if isinstance(value, dict | list) else value == name


_OPERATORS: Mapping[str, Callable[[Any, Any, Kind], bool]] = {
    "_eq": _equal,
    "_gt": _more,
    "_lt": lambda value, operand, kind: _more(operand, value, kind),
    "_in": lambda value, operand, kind: any(_equal(value, one, kind) for one in operand),
    "_like": lambda value, operand, _: _like(value, operand),
    "_ilike": lambda value, operand, _: _like(value, operand, re.IGNORECASE),
    "_similar": lambda value, operand, _: _similar(value, operand),
    "_regex": lambda value, operand, _: _regex(value, operand),
    "_iregex": lambda value, operand, _: _regex(value, operand, re.IGNORECASE),
    "_contains": lambda value, operand, _: _contains(value, operand),
    "_contained_in": lambda value, operand, _: _contains(operand, value),
    "_has_key": lambda value, operand, _: _has_key(value, operand),
    "_has_keys_any": lambda value, operand, _: any(_has_key(value, name) for name in operand),
    "_has_keys_all": lambda value, operand, _: all(_has_key(value, name) for name in operand),
}
_NEGATIONS: Mapping[str, str] = {
    "_neq": "_eq", "_lte": "_gt", "_gte": "_lt", "_nin": "_in", "_nlike": "_like", "_nilike": "_ilike",
    "_nsimilar": "_similar", "_nregex": "_regex", "_niregex": "_iregex",
}  # fmt: skip
UNDERSTOOD = frozenset({*_OPERATORS, *_NEGATIONS, "_is_null"})
