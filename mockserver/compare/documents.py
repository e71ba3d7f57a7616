"""Bodies read without loss: numbers keep their text, doubled keys, broken bytes and the byte order mark are told."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from mockserver.bundle.operations import is_json
from mockserver.exchanges import Reply

_CHARSET = re.compile(r"charset\s*=\s*\"?([\w.:-]+)", re.IGNORECASE)
_LAYOUT = re.compile(r'[{,\[](\s*)"(?:[^"\\]|\\.){0,200}"(\s*):(\s*)')
_ESCAPED = re.compile(r"\\u(?!d[89a-f])(?!00[01])[0-9a-f]{4}", re.IGNORECASE)
_WIDE = re.compile(r"[^\x00-\x7f]")
_KINDS = {str: "string", bool: "boolean", type(None): "null", dict: "object", list: "array"}


class Number(str):
    """A number of JSON by its text: `1`, `1.0`, `1e0` and `-0` are four."""

    __slots__ = ()


class Constant(str):
    """`NaN`, `Infinity` or `-Infinity`, which are no JSON."""

    __slots__ = ()


class Doubled(dict[str, Any]):
    """An object in which a key stands twice; the last one counts. `keys_twice` names them."""

    keys_twice: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """A body. `kind`: `empty`, `json`, `broken` (said to be JSON, but is none) or `bytes`.

    `value` holds the JSON, its numbers as Number. `flaws` are the faults and habits of its text as words.
    """

    kind: str
    value: Any = None
    flaws: frozenset[str] = frozenset()
    layout: str = ""


def kind_of(value: Any) -> str:
    """The JSON type; `integer` or `number` for numbers by how they are written."""
    if type(value) is Number:
        return "number" if any(c in value for c in ".eE") else "integer"
    return _KINDS.get(type(value), "not JSON" if type(value) is Constant else "object")


def shown(value: Any, longest: int = 120) -> str:
    """A value as JSON text, numbers as they were written, cut short."""
    text = _text(value)
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _text(value: Any, deep: int = 0) -> str:
    if isinstance(value, Number | Constant):
        return str(value)
    if isinstance(value, dict) and deep < 4:
        return "{" + ", ".join(f"{json.dumps(k)}: {_text(v, deep + 1)}" for k, v in list(value.items())[:8]) + "}"
    if isinstance(value, list) and deep < 4:
        return "[" + ", ".join(_text(v, deep + 1) for v in value[:4]) + "]"
    return json.dumps(value, ensure_ascii=False, default=str) if not isinstance(value, dict | list) else "…"


def read(reply: Reply) -> Document:
    """The body of a reply, in time linear to its length. Equal bodies are one document: nobody may change it."""
    return _read(reply.body, reply.media, reply.header("content-type") or "")


@lru_cache(maxsize=4096)  # most answers of a comparison are those of an earlier round once more
def _read(body: bytes, media: str, content_type: str) -> Document:
    if not body:
        return Document("empty")
    looks = not media and body.lstrip()[:1] in (b"{", b"[")
    if not is_json(media) and not looks:
        return Document("bytes")
    flaws = set()
    if body.startswith(b"\xef\xbb\xbf"):
        flaws.add("byte order mark")
        body = body[3:]
    text, flaw = _decoded(body, content_type)
    flaws |= flaw
    try:
        value = _parsed(text, strict=True)
    except ValueError:
        try:  # letters such as a bare line feed within a text: most parsers refuse them, some do not
            value = _parsed(text, strict=False)
            flaws.add("bare control characters")
        except ValueError:
            return Document("broken", flaws=frozenset(flaws))
    except RecursionError:
        return Document("broken", flaws=frozenset({*flaws, "nested too deeply"}))
    if _ESCAPED.search(text):
        flaws.add("escaped letters")
    if _WIDE.search(text):
        flaws.add("letters as they are")
    return Document("json", value, frozenset(flaws), _layout(text))


def _parsed(text: str, *, strict: bool) -> Any:
    return json.loads(
        text, parse_int=Number, parse_float=Number, parse_constant=Constant, object_pairs_hook=_object, strict=strict
    )


def _decoded(body: bytes, content_type: str) -> tuple[str, set[str]]:
    said = _CHARSET.search(content_type)
    name = said[1].lower() if said else "utf-8"
    unsaid = b"\x00" in body[:4]
    if unsaid:
        name = json.detect_encoding(body)
    try:
        return body.decode(name), {f"charset {name}"} if unsaid else set()
    except (UnicodeDecodeError, LookupError):
        return body.decode("utf-8", "surrogateescape"), {f"not {name}"}


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) == len(pairs):
        return made
    doubled = Doubled(made)
    times = Counter(name for name, _ in pairs)
    doubled.keys_twice = tuple(name for name, often in times.items() if often > 1)
    return doubled


def _layout(text: str) -> str:
    found = _LAYOUT.search(text[:1000])
    if found is None:
        return ""
    return "indented" if "\n" in found[1] else "spaced" if found[3] else "compact"


def plain(value: Any) -> Any:
    """A value with Python's own numbers."""
    if type(value) is Number:
        return float(value) if any(c in value for c in ".eE") else int(value)
    if isinstance(value, dict):
        return {name: plain(part) for name, part in value.items()}
    return [plain(part) for part in value] if isinstance(value, list) else value
