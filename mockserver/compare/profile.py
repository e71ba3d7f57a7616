"""Profiles: how a field is written in all rows that a side showed of it, column by column, guided by the schema."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain, combinations
from typing import Any

from mockserver.bundle.reading import Reader, Spot
from mockserver.compare.documents import Constant, Doubled, Number
from mockserver.compare.identity import unmistakable
from mockserver.compare.normal import (
    PARSED,
    composition,
    decimals,
    flaws,
    fraction,
    letter_case,
    number_form,
    shape,
    time_of_day,
)

_SAMPLE = 600  # different values of a column whose form is looked at; types and presence are counted over all
_DEEPEST = 12
_MANY_KEYS = 150
_DATA_KEY = re.compile(r"\d+|\d{4}-\d\d(-\d\d.*)?|[^\s@]+@[^\s@]+|.*\s.*|https?://.*", re.ASCII)
_NUMBERED = re.compile(r"\S*\d{3,}")  # numbered one after the other: as long as the number is
_ROOT = re.compile(r"[^:/?#]+://[^/?#]+/?")  # an address without a path: it may end with a slash
_TIME = re.compile(r"(?i)(at|date|time|timestamp|expires|created|updated|exp|iat|since|until)$")
_PLAIN = {Number: "number", str: "string", bool: "boolean", type(None): "null", list: "array", Constant: "not JSON"}


@dataclass(slots=True)
class Profile:
    """One field on one side. `parents`: objects it could stand in; `present`: those it stood in.

    `forms` counts per aspect (`shape`, `case`, `whole`, ...) how values are written; `members` and `items` go deeper.
    `before` holds which key stood before which.
    """

    spot: Spot | None = None
    name: str = ""
    parents: int = 0
    present: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    forms: dict[str, Counter[Any]] = field(default_factory=dict)
    flaws: Counter[tuple[str, str]] = field(default_factory=Counter)
    words: Counter[str] = field(default_factory=Counter)
    examples: dict[tuple[str, Any], Any] = field(default_factory=dict)
    members: dict[str, Profile] = field(default_factory=dict)
    items: Profile | None = None
    objects: int = 0
    twice: set[str] = field(default_factory=set)
    before: set[tuple[str, str]] = field(default_factory=set)

    def note(self, aspect: str, form: Any, times: int, example: Any) -> None:
        """So many values are written in a form."""
        if aspect not in self.forms:
            self.forms[aspect] = Counter()
        self.forms[aspect][form] += times
        self.examples.setdefault((aspect, form), example)


class Profiler:
    """Makes profiles; the reader knows the schemas."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def profile(self, values: Sequence[Any], spot: Spot | None, name: str = "", *, parents: int = 0) -> Profile:
        """The profile of the values of one field (absent ones left out)."""
        made = Profile(spot, name, parents or len(values), len(values))
        self._fill(made, values, 0)
        return made

    def _fill(self, made: Profile, values: Sequence[Any], deep: int) -> None:
        types = Counter(map(type, values))
        for kind, times in types.items():
            word = _PLAIN.get(kind, "object")
            made.kinds[word] += times
        for word in made.kinds:
            example = next((v for v in values if _PLAIN.get(type(v), "object") == word), None)
            made.examples["kind", word] = example
        if types[str]:
            _texts(made, Counter(v for v in values if type(v) is str), self._declared)
        if types[bool] and False in values:
            made.note("least", "false", sum(value is False for value in values), False)
        if types[Number]:
            _numbers(made, Counter(v for v in values if type(v) is Number))
        if deep < _DEEPEST and made.kinds["object"]:
            self._objects(made, [v for v in values if isinstance(v, dict)], deep)
        if deep < _DEEPEST and types[list]:
            self._lists(made, [v for v in values if type(v) is list], deep)

    def _declared(self, spot: Spot | None) -> list[Any]:
        """The words that a schema and its branches list."""
        branches = self._reader.branches(spot) if spot is not None else ()
        return [word for each in branches for word in (*each.node.get("enum", ()), each.node.get("const"))]

    def _objects(self, made: Profile, objects: list[dict[str, Any]], deep: int) -> None:
        made.objects = len(objects)
        for thing in objects:
            if type(thing) is Doubled:
                made.twice.update(thing.keys_twice)
        for thing in objects[:12]:
            made.before.update(combinations(list(thing)[:60], 2))
        declared = self._reader.members(made.spot) if made.spot is not None else {}
        names = dict.fromkeys(chain.from_iterable(objects))
        free = [name for name in names if name not in declared and is_data(name)]
        if len(names) - len(declared) > _MANY_KEYS:
            free = [name for name in names if name not in declared]
        apart = set(free)
        for name in names:
            if name not in apart:
                column = [thing[name] for thing in objects if name in thing]
                self._member(made, name, declared.get(name), column, deep)
        if free:
            column = [thing[name] for thing in objects for name in free if name in thing]
            self._member(made, "{}", None, column, deep)

    def _member(self, made: Profile, name: str, spot: Spot | None, column: list[Any], deep: int) -> None:
        child = made.members[name] = Profile(spot, name, made.objects, len(column))
        self._fill(child, column, deep + 1)

    def _lists(self, made: Profile, lists: list[list[Any]], deep: int) -> None:
        spot = self._reader.items(made.spot) if made.spot is not None else None
        found = list(chain.from_iterable(lists))
        if len(lists) > 1 and found and isinstance(found[0], dict):
            found = list(distinct(found))
        made.items = Profile(spot, made.name, len(found), len(found))
        empty = sum(not each for each in lists)
        if empty:
            made.note("nothing", "an empty list", empty, None)
        self._fill(made.items, found, deep + 1)


def distinct(values: Iterable[Any], key: Callable[[Any], Any] = repr) -> Iterable[Any]:
    """Values that say the same count once, so that a row asked for ten times is no tenfold evidence."""
    return {key(value): value for value in values}.values()


def is_data(name: str) -> bool:
    """Whether a key is data (an id, a date) rather than a property's name."""
    return bool(_DATA_KEY.fullmatch(name)) or bool(unmistakable(name))


def _texts(made: Profile, found: Counter[str], declared: Callable[[Spot | None], list[Any]]) -> None:
    if len(found) <= 60:
        made.words = found
    for text, times in list(found.items())[:_SAMPLE]:
        form = shape(text)
        if form == "null as text" and text in declared(made.spot):
            form = "text"
        made.note("shape", form, times, text)
        if form.startswith("date-time"):
            made.note("fraction", fraction(text), times, text)
            made.note("time of day", time_of_day(text), times, text)
        elif form == "url":
            made.note("scheme", text.partition(":")[0], times, text)
            if _ROOT.fullmatch(text):
                made.note("root", "a slash at the end" if text.endswith("/") else "no slash at the end", times, text)
        if form in ("text", "email", "url") or len(found) <= 12:
            case = letter_case(text) if form != "date" else ""
            if case:
                made.note("case", case, times, text)
        letters = composition(text)
        if letters:
            made.note("composition", letters, times, text)
        for flaw in flaws(text):
            made.flaws[flaw] += times
            made.examples.setdefault(("flaw", flaw), text)
        if form not in PARSED and not form.startswith("date-time") and not _NUMBERED.fullmatch(text):
            made.note("length", len(text), 1, text)


def _numbers(made: Profile, found: Counter[Any]) -> None:
    timely = bool(_TIME.search(made.name))
    for number, times in list(found.items())[:_SAMPLE]:
        form = number_form(number)
        if form == "decimal":
            made.note("decimals", decimals(number), 1, number)  # a sum is repeated around each page
            made.note("zeros", "padded with zeros" if number.endswith("0") else "shortest", times, number)
        else:
            made.note("whole", form, times, number)
        if number.strip("-0.eE+"):
            made.note("sign", "negative" if number.startswith("-") else "positive", 1, number)
            made.note("share", "with decimals" if form == "decimal" else "whole", 1, number)
        else:
            made.note("least", "zero", times, number)
        if timely and form == "integer":
            made.note("epoch", _epoch(len(number)), times, number)


def _epoch(digits: int) -> str:
    return {10: "seconds", 13: "milliseconds", 16: "microseconds", 19: "nanoseconds"}.get(digits, "no moment")
