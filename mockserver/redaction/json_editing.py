"""JSON editing: changes single values in a JSON text and leaves every other byte as it is.

Reading and writing it again would lose what comparisons look at: 1.0 against 1, duplicate keys, their order, escapes,
spaces. Texts that are cut off, broken, or hold several documents are edited as far as they can be read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass

_TOKEN = re.compile(
    r'(?P<string>"[^"\\]*+(?:\\.[^"\\]*+)*+")|(?P<open>[{\[])|(?P<close>[}\]])|(?P<colon>:)|(?P<comma>,)'
    r"|(?P<number>-?\d[\d.eE+-]*)|(?P<word>true|false|null)|(?P<space>[ \t\r\n]+)|(?P<other>[^\s\"{}\[\]:,]+|.)",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands: the names of the properties around it, the nearest last; array indices do not count."""

    names: tuple[str, ...]
    is_key: bool = False


def looks_like_json(text: str) -> bool:
    """Whether a text can be meant as a JSON object, array or string."""
    return text.lstrip(" \t\r\n\ufeff")[:1] in ("{", "[", '"')


def edited(text: str, of_text: Callable[[str, Place], str], of_number: Callable[[str, Place], str]) -> str:
    """The JSON text with each string (property names too) and each number changed; what comes back equal stays.

    `of_number` gets and gives the number as written. What is no JSON goes through `of_text`, as it stands.
    """
    made: list[str] = []
    walk = _Walk()
    for match in _TOKEN.finditer(text):
        kind, token = match.lastgroup, match[0]
        if kind == "string":
            value = _value(token)
            is_key = walk.expects_key
            given = of_text(value, Place(walk.names, is_key))
            made.append(token if given == value else _written(given, token))
            walk.after_string(value)
        elif kind == "number":
            made.append(of_number(token, Place(walk.names)))
        elif kind == "other":
            made.append(of_text(token, Place(walk.names)))
        else:
            made.append(token)
            walk.step(token)
    return "".join(made)


class _Walk:
    """Which property the next value belongs to."""

    def __init__(self) -> None:
        self._open: list[tuple[str, int]] = []  # the bracket, and how many names stood around it
        self._names: list[str] = []
        self._key = ""
        self.expects_key = False

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._names)

    def after_string(self, value: str) -> None:
        if self.expects_key:
            self._key = value
            self.expects_key = False

    def step(self, sign: str) -> None:
        if sign in "{[":
            self._open.append((sign, len(self._names)))
            self.expects_key = sign == "{"
        elif sign in "}]" and self._open:
            _, depth = self._open.pop()
            del self._names[depth:]
            self.expects_key = False
        elif sign == ":" and self._open:
            del self._names[self._open[-1][1] :]
            self._names.append(self._key)
        elif sign == "," and self._open:
            del self._names[self._open[-1][1] :]
            self.expects_key = self._open[-1][0] == "{"


def _value(token: str) -> str:
    if "\\" not in token:
        return token[1:-1]
    try:
        return str(json.loads(token, strict=False))
    except ValueError:
        return token[1:-1]


def _written(value: str, original: str) -> str:
    """A string in JSON, escaped as the one it replaces was."""
    halves = any("\ud800" <= char <= "\udfff" for char in value)  # of pairs: no encoding has them by themselves
    plain = json.dumps(value, ensure_ascii=original.isascii() or halves)
    return plain.replace("/", "\\/") if "\\/" in original else plain
