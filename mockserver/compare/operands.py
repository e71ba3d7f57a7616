"""Operands: a value of a row turned into what is asked for: in another case, its beginning, the day of a moment."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from mockserver.environments.bodies import as_text

_WORD = re.compile(r"[^\W\d_]{3,}", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def turned(value: Any, way: str) -> Any:
    """The value of a row in one of the ways of `WAYS`; KeyError where there is no such way."""
    return WAYS[way](value)


def _other_case(value: Any) -> Any:
    return value.swapcase() if isinstance(value, str) else value


def _word(value: Any) -> str:
    """A word of a text that means nothing else in patterns and expressions."""
    found = _WORD.search(as_text(value))
    return found[0] if found is not None else as_text(value)[:1]


def _holed(value: Any) -> str:
    """The text as a pattern, any letter in the place of its second one."""
    text = as_text(value)
    return f"{_escaped(text[:1])}_{_escaped(text[2:])}"


def _escaped(text: str) -> str:
    return re.sub(r"([\\%_])", r"\\\1", text)


def _day(value: Any) -> Any:
    found = _DAY.match(value) if isinstance(value, str) else None
    return found[0] if found is not None else value


def _next(value: Any) -> Any:
    return value + 1 if isinstance(value, int | float) and not isinstance(value, bool) else value


WAYS: Mapping[str, Callable[[Any], Any]] = {
    "other case": _other_case,
    "word": _word,
    "word in another case": lambda value: _word(value).swapcase(),
    "holed": _holed,
    "escaped": lambda value: _escaped(as_text(value)),
    "beginning": lambda value: _escaped(as_text(value)[:3]),
    "end": lambda value: _escaped(as_text(value)[-3:]),
    "day": _day,
    "next": _next,
    "text": as_text,
}
