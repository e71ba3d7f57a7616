"""The operators of `where`: each is one function that makes a test of its operand, under the name clients use.

A further operator is a further decorated function. A test is asked for each distinct value of a column; `find`,
where an operator has one, answers from the column's indexes instead.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from mockserver.store.index import Column, Test, TooSlow
from mockserver.store.values import Kind, operand, shown

SCALAR = frozenset({Kind.TEXT, Kind.INTEGER, Kind.NUMBER, Kind.BOOLEAN, Kind.TIMESTAMP, Kind.DATE})
EVERY = SCALAR | {Kind.JSON, Kind.ANY}
TEXTS = frozenset({Kind.TEXT, Kind.ANY})
DOCUMENTS = frozenset({Kind.JSON, Kind.ANY})

_LONGEST_PATTERN = 1000
_LARGEST_PATTERN = 50_000
_TOKEN = re.compile(r"\{(\d+)(?:,(\d*))?\}|\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|.", re.DOTALL)
_SECONDS_A_VALUE = 0.05

Read = Callable[[Kind, Any], Any]
Find = Callable[[Column, Any], int]


class BadPattern(ValueError):
    """A pattern that cannot be compiled."""


@dataclass(frozen=True, slots=True)
class Operator:
    """One operator. `text` says in words when it holds; `kinds` are the columns it is legal for.

    `read` turns the operand of a request into the one for `test` (ValueError: it is not a legal one). `negates` marks
    the operators that are true where `test` is false; for NULL both are unknown. `nulls`: the test is asked of NULL
    too.
    """

    name: str
    text: str
    kinds: frozenset[Kind]
    read: Read
    test: Callable[[Any], Test]
    find: Find | None = None
    negates: bool = False
    nulls: bool = False


OPERATORS: dict[str, Operator] = {}


def operator(
    name: str,
    text: str,
    kinds: frozenset[Kind],
    read: Read = operand,
    *,
    find: Find | None = None,
    nay: tuple[str, str] = ("", ""),
    nulls: bool = False,
) -> Callable[[Callable[[Any], Test]], Callable[[Any], Test]]:
    """Register a function as the operator `name`; `nay` is name and text of its negation, where clients have one."""

    def register(test: Callable[[Any], Test]) -> Callable[[Any], Test]:
        OPERATORS[name] = Operator(name, text, kinds, read, test, find, nulls=nulls)
        if nay[0]:
            OPERATORS[nay[0]] = Operator(*nay, kinds, read, test, find, negates=True)
        return test

    return register


def legal(kind: Kind) -> list[str]:
    """The names of the operators that a column of a kind takes."""
    return [name for name, known in OPERATORS.items() if kind in known.kinds]


# -- operands --


def listed(kind: Kind, value: Any) -> tuple[Any, ...]:
    """The operand of `_in`: a list of values that the column can be compared with."""
    if isinstance(value, list | tuple):
        return tuple(operand(kind, part) for part in value)
    raise ValueError(f"takes a list, not {shown(value)}")


def truth(_kind: Kind, value: Any) -> bool:
    """The operand of `_is_null`, whatever the column."""
    return bool(operand(Kind.BOOLEAN, value))


def pattern(_kind: Kind, value: Any) -> str:
    """A text, whatever the column: the operand of the text operators."""
    text = str(operand(Kind.TEXT, value))
    if len(text) > _LONGEST_PATTERN:
        raise BadPattern(f"is a pattern of {len(text)} characters; {_LONGEST_PATTERN} are the most")
    return text


def like_pattern(kind: Kind, value: Any) -> str:
    """A LIKE pattern."""
    text = pattern(kind, value)
    if (len(text) - len(text.rstrip("\\"))) % 2:
        raise BadPattern(r"ends with a lone \; write \\ for the character itself")
    return text


def expression(translate: Callable[[str], str], *, ignore_case: bool = False) -> Read:
    """A reader of regular expressions that refuses those that do not compile."""

    def read(kind: Kind, value: Any) -> str:
        text = like_pattern(kind, value)
        compiled(translate(text), ignore_case)
        return text

    return read


def names(kind: Kind, value: Any) -> tuple[str, ...]:
    """The operand of `_has_keys_any` and `_has_keys_all`: a list of texts."""
    if isinstance(value, list | tuple):
        return tuple(pattern(kind, part) for part in value)
    raise ValueError(f"takes a list of texts, not {shown(value)}")


def _size(text: str) -> int:
    """How many parts an expression has once its repetitions are written out, which the compiler does."""
    sizes, last = [0], 0
    for token in _TOKEN.finditer(text):
        if token[1]:  # {least,most}
            times = max(int(number or 1) for number in (token[1], token[2]))
            sizes[-1] += last * (times - 1)
            last *= times
        elif token[0] == "(":
            sizes.append(0)
        elif token[0] == ")" and len(sizes) > 1:
            last = sizes.pop()
            sizes[-1] += last
        else:
            last = 1
            sizes[-1] += 1
    return sum(sizes)


@lru_cache(maxsize=256)
def compiled(text: str, ignore_case: bool) -> Any:
    """A pattern of the `regex` package, which can stop a search that takes too long; BadPattern where it is none."""
    import regex

    if _size(text) > _LARGEST_PATTERN:
        raise BadPattern("repeats too much; lower the numbers in {}")
    try:
        return regex.compile(text, regex.DOTALL | (regex.IGNORECASE if ignore_case else 0))
    except (regex.error, RecursionError, OverflowError, MemoryError) as error:
        raise BadPattern(f"is not a regular expression: {error}") from error


# -- comparison --


def _alike(one: Any, other: Any) -> bool:
    """Whether two comparable values are of one JSON type; only columns of JSON mix them."""
    return not isinstance(one, tuple) or bool(one[0] == other[0])


def _below(column: Column, value: Any, *, inclusive: bool) -> int:
    found = column.below(value, inclusive=inclusive)
    return found & ~column.below((value[0],), inclusive=False) if isinstance(value, tuple) else found


def _above(column: Column, value: Any, *, inclusive: bool) -> int:
    top = column.below((value[0] + 1,), inclusive=False) if isinstance(value, tuple) else column.known
    return top & ~column.below(value, inclusive=inclusive)


@operator("_eq", "equals the value", EVERY, find=Column.equal, nay=("_neq", "differs from the value"))
def _eq(value: Any) -> Test:
    return lambda held: bool(held == value)


@operator("_gt", "is more than the value", EVERY, find=lambda c, v: _above(c, v, inclusive=True))
def _gt(value: Any) -> Test:
    return lambda held: _alike(held, value) and bool(held > value)


@operator("_gte", "is at least the value", EVERY, find=lambda c, v: _above(c, v, inclusive=False))
def _gte(value: Any) -> Test:
    return lambda held: _alike(held, value) and bool(held >= value)


@operator("_lt", "is less than the value", EVERY, find=lambda c, v: _below(c, v, inclusive=False))
def _lt(value: Any) -> Test:
    return lambda held: _alike(held, value) and bool(held < value)


@operator("_lte", "is at most the value", EVERY, find=lambda c, v: _below(c, v, inclusive=True))
def _lte(value: Any) -> Test:
    return lambda held: _alike(held, value) and bool(held <= value)


@operator(
    "_in",
    "is one of the values; of none: never",
    EVERY,
    listed,
    find=lambda c, v: c.among(dict.fromkeys(v)),
    nay=("_nin", "is none of the values; of none: always"),
)
def _in(values: Collection[Any]) -> Test:
    return frozenset(values).__contains__


@operator(
    "_is_null", "is null (`true`), or is not (`false`)", EVERY, truth, find=lambda c, v: 0 if v else c.known, nulls=True
)
def _is_null(wanted: bool) -> Test:
    return lambda held: (held is None) == wanted


# -- text --


def _wildcards(text: str) -> list[list[str]]:
    """A LIKE pattern as the runs between its `%`; a run is a list of characters, "" standing for any one."""
    runs: list[list[str]] = [[]]
    characters = iter(text)
    for character in characters:
        if character == "%":
            runs.append([])
        else:
            runs[-1].append("" if character == "_" else next(characters) if character == "\\" else character)
    return runs


def like(text: str) -> Test:
    """Whether a text matches a LIKE pattern; linear in its length, whatever the pattern."""
    runs = _wildcards(text)
    if all(all(run) for run in runs):
        first, *rest = ("".join(run) for run in runs)
        if not rest:
            return first.__eq__
        if len(rest) == 1:
            last, least = rest[0], len(first) + len(rest[0])
            return lambda held: len(held) >= least and held.startswith(first) and held.endswith(last)
        if len(rest) == 2 and not first and not rest[1]:
            part = rest[0]
            return lambda held: part in held
    first, *rest = ("".join(re.escape(character) if character else "." for character in run) for run in runs)
    # the leftmost place of each run is the best one: atomic groups never look for another
    middle = "".join(f"(?>.*?{run})" for run in rest[:-1])
    whole = re.compile(first + middle + (f".*{rest[-1]}" if rest else ""), re.DOTALL)
    return lambda held: whole.fullmatch(held) is not None


@operator(
    "_like",
    "matches the pattern: `%` is any text, `_` any character, `\\` takes the next one as it is",
    TEXTS,
    like_pattern,
    nay=("_nlike", "does not match the pattern"),
)
def _like(text: str) -> Test:
    return like(text)


@operator(
    "_ilike",
    "matches the pattern in any case",
    TEXTS,
    like_pattern,
    nay=("_nilike", "does not match the pattern in any case"),
)
def _ilike(text: str) -> Test:
    test = like(text.lower())
    return lambda held: test(held.lower())


def similar(text: str) -> str:
    """A pattern of SIMILAR TO as a regular expression."""
    out: list[str] = []
    listing = False  # inside [...]
    characters = iter(text)
    for character in characters:
        if character == "\\":
            out.append(re.escape(next(characters)))
        elif listing:
            listing = character != "]"
            out.append(r"\[" if character == "[" else character)
        elif character == "[":
            listing = True
            out.append(character)
        else:
            out.append({"%": ".*", "_": ".", ".": r"\.", "^": r"\^", "$": r"\$", "(": "(?:"}.get(character, character))
    return f"^(?:{''.join(out)})\\Z"


def _search(text: str, *, ignore_case: bool = False) -> Test:
    search = compiled(text, ignore_case).search

    def test(held: str) -> bool:
        try:
            return search(held, timeout=_SECONDS_A_VALUE) is not None
        except TimeoutError:
            raise TooSlow from None

    return test


@operator(
    "_similar",
    "is similar to the pattern, as SQL's SIMILAR TO",
    TEXTS,
    expression(similar),
    nay=("_nsimilar", "is not similar to the pattern"),
)
def _similar(text: str) -> Test:
    return _search(similar(text))


@operator(
    "_regex",
    "contains a match of the regular expression",
    TEXTS,
    expression(str),
    nay=("_nregex", "contains no match of the expression"),
)
def _regex(text: str) -> Test:
    return _search(text)


@operator(
    "_iregex",
    "contains a match of the expression in any case",
    TEXTS,
    expression(str, ignore_case=True),
    nay=("_niregex", "contains no match in any case"),
)
def _iregex(text: str) -> Test:
    return _search(text, ignore_case=True)


# -- JSON --
# Values are those of `json_key`: (rank, ...), with 1 for texts, 4 for lists and 5 for objects.


def contains(whole: tuple[Any, ...], part: tuple[Any, ...], top: bool = True) -> bool:
    """Whether a JSON value contains another as jsonb's `@>` has it."""
    if whole[0] == 5 and part[0] == 5:
        held = dict(whole[2])
        return all(name in held and contains(held[name], value, top=False) for name, value in part[2])
    if whole[0] == 4 and part[0] == 4:
        return all(any(contains(held, value, top=False) for held in whole[2]) for value in part[2])
    return whole == part or (top and whole[0] == 4 and part[0] < 4 and part in whole[2])


def has(held: tuple[Any, ...], name: str) -> bool:
    """Whether a text is a key of an object, an element of a list, or the value itself (jsonb's `?`)."""
    if held[0] == 5:
        return any(key == name for key, _ in held[2])
    return (1, name) in held[2] if held[0] == 4 else held == (1, name)


@operator("_contains", "(JSON) contains the value: each of its keys and elements", DOCUMENTS)
def _contains(part: tuple[Any, ...]) -> Test:
    return lambda held: contains(held, part)


@operator("_contained_in", "(JSON) is contained in the value", DOCUMENTS)
def _contained_in(whole: tuple[Any, ...]) -> Test:
    return lambda held: contains(whole, held)


@operator("_has_key", "(JSON) has the key, or the text among its elements", DOCUMENTS, pattern)
def _has_key(name: str) -> Test:
    return lambda held: has(held, name)


@operator("_has_keys_any", "(JSON) has one of the keys", DOCUMENTS, names)
def _has_keys_any(wanted: tuple[str, ...]) -> Test:
    return lambda held: any(has(held, name) for name in wanted)


@operator("_has_keys_all", "(JSON) has all of the keys", DOCUMENTS, names)
def _has_keys_all(wanted: tuple[str, ...]) -> Test:
    return lambda held: all(has(held, name) for name in wanted)
