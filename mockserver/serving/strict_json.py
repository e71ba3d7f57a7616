"""JSON read strictly: no duplicate keys, no NaN, every digit, bounded depth; fast where it can be."""

from __future__ import annotations

import json
import math
import re
from typing import Any, NoReturn

import orjson

MAX_DEPTH = 200
_WRITTEN_DEPTH = 254  # what orjson can write; a reply wraps what was sent in a few levels more

_BOM = b"\xef\xbb\xbf"
_DIGITS = bytes(0x30 if chr(byte).isdigit() else 0x20 for byte in range(128)) + b" " * 128
_LONG = b"0" * 19  # orjson turns integers beyond 64 bits into floats
# Never fails once it has begun, so it stays linear whatever is sent.
_STRINGS = re.compile(r'"(?:[^"\\]++|\\.|\\\Z)*+"?', re.DOTALL)
_LONE = re.compile("[\ud800-\udfff]")


class JsonError(ValueError):
    """Text that is not strict JSON; says why and, where known, in which line and column."""


def parse(raw: bytes) -> Any:
    """The value of a JSON text in UTF-8; a byte order mark at its start is skipped.

    Raises JsonError. Integers keep all digits.
    """
    if raw.startswith(_BOM):
        raw = raw[3:]
    try:
        value = orjson.loads(raw)
        many = raw.count(b"[") + raw.count(b"{") > MAX_DEPTH
        again = orjson.dumps(_deeper(value) if many else value)
        # A duplicate key takes its colon with it when the value is written again; escapes could hide colons.
        if raw.count(b":") == again.count(b":") and b"\\u" not in raw and _LONG not in raw.translate(_DIGITS):
            return value
    except (ValueError, TypeError):
        pass  # the slow way finds the words
    return _parse_slowly(raw)


def dump(value: Any) -> bytes:
    """JSON bytes of a value; integers beyond 64 bits included."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _parse_slowly(raw: bytes) -> Any:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as problem:
        byte = raw[problem.start]
        raise JsonError(f"byte {problem.start} (0x{byte:02x}) is not valid UTF-8") from None
    if not text.strip(" \t\r\n"):
        raise JsonError("the text is empty")
    if (depth := _depth(text)) > MAX_DEPTH:
        raise JsonError(f"it is nested {depth} levels deep; {MAX_DEPTH} is the limit")
    try:
        value = json.loads(
            text, object_pairs_hook=_unique, parse_constant=_constant, parse_float=_finite, parse_int=_integer
        )
    except json.JSONDecodeError as problem:
        found = f"{text[problem.pos]!r}" if problem.pos < len(text) else "the end"
        where = f"line {problem.lineno}, column {problem.colno}"
        raise JsonError(f"{_lowered(problem.msg)} at {where}, where {found} is") from None
    if "\\u" in text and _has_lone_surrogate(value):
        raise JsonError("a \\u escape stands for half a surrogate pair")
    return value


def _deeper(value: Any) -> Any:
    """The value inside so many lists that orjson refuses to write it when it is too deep by itself."""
    for _ in range(_WRITTEN_DEPTH - MAX_DEPTH):
        value = [value]
    return value


def _depth(text: str) -> int:
    """How deep brackets nest outside of strings."""
    deepest = level = 0
    for bracket in re.findall(r"[\[\]{}]", _STRINGS.sub("", text)):
        if bracket in "[{":
            level += 1
            deepest = max(deepest, level)
        else:
            level -= 1
    return deepest


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise JsonError(f'the key "{key[:80]}" occurs twice in one object')
            seen.add(key)
    return found


def _constant(text: str) -> NoReturn:
    raise JsonError(f"{text} is not JSON; write null or a number")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise JsonError(f"the number {text[:40]} is too large")
    return number


def _integer(text: str) -> int:
    try:
        return int(text)
    except ValueError:  # Python's limit on digits, against quadratic time
        raise JsonError(f"an integer of {len(text)} digits is too long") from None


def _has_lone_surrogate(value: Any) -> bool:
    return _LONE.search(json.dumps(value, ensure_ascii=False)) is not None


def _lowered(message: str) -> str:
    return message[:1].lower() + message[1:]
