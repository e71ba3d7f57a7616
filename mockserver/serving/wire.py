"""Wire: percent-encoded text, query strings, cookies and bracketed names (`filter[price][gte]=5`)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import unquote_to_bytes

from mockserver.serving.literals import Reading

DELIMITERS = {"form": ",", "spaceDelimited": " ", "pipeDelimited": "|"}  # of arrays in one value, by style
Tree = dict[str, "Tree | list[str]"]

_ESCAPE_BROKEN = re.compile(r"%(?![0-9A-Fa-f]{2})")
_BRACKETED = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])+)\Z")
_KEY = re.compile(r"\[([^\[\]]*)\]")
_NESTING = 32


class WireError(ValueError):
    """A text that cannot be taken apart as its style wants; says why."""


def header_text(value: bytes) -> str:
    """A header's value: UTF-8, or Latin-1 where it is none."""
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")


def cookie_pairs(header: str) -> list[tuple[str, str]]:
    """Names and values (as sent) of a Cookie header, in order; what does not look like a cookie is passed over."""
    pieces = (piece.strip(" \t").partition("=") for piece in header.split(";"))
    return [(name.rstrip(), value.strip(" \t")) for name, equals, value in pieces if equals and name]


def text_of(raw: str, *, plus: bool = False) -> str:
    """The text that a percent-encoded one stands for; with `plus`, `+` is a space as in forms.

    `raw` holds one character per byte. Raises WireError for broken escapes and for what is not UTF-8.
    """
    if plus and "+" in raw:
        raw = raw.replace("+", " ")
    if "%" not in raw and raw.isascii():
        return raw
    if broken := _ESCAPE_BROKEN.search(raw):
        raise WireError(f"has a broken percent escape: {raw[broken.start() : broken.start() + 3]!r}")
    try:
        return unquote_to_bytes(raw.encode("latin-1")).decode("utf-8")
    except UnicodeError:
        raise WireError("is not UTF-8 once its percent escapes are decoded") from None


def pairs(query: bytes) -> list[tuple[str, str]]:
    """Names (decoded) and values (as sent) of a query string or a form, in order."""
    found = []
    for piece in query.decode("latin-1").split("&"):
        if piece:
            name, _, value = piece.partition("=")
            with suppress(WireError):  # no declared name looks like this
                name = text_of(name, plus=True)
            found.append((name, value))
    return found


def grouped(named: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """All values of each name."""
    found: dict[str, list[str]] = {}
    for name, value in named:
        found.setdefault(name, []).append(value)
    return found


def bracketed(name: str) -> tuple[str, list[str]] | None:
    """`f[a][]` as ("f", ["a", ""]); None for a name without (well-formed) brackets."""
    if "[" not in name:
        return None
    match = _BRACKETED.match(name)
    return (match[1], _KEY.findall(match[2])) if match else None


def plant(tree: Tree, path: Iterable[str], values: list[str]) -> None:
    """Put values at a path of keys. Raises WireError where a key is a value and an object at once."""
    *parents, last = path
    if len(parents) >= _NESTING:
        raise WireError(f"is nested more than {_NESTING} levels deep")
    for key in parents:
        below = tree.setdefault(key, {})
        if not isinstance(below, dict):
            raise WireError(f"has both a value and properties at {key!r}")
        tree = below
    leaf = tree.setdefault(last, [])
    if not isinstance(leaf, list):
        raise WireError(f"has both a value and properties at {last!r}")
    leaf.extend(values)


def grown(node: Tree | list[str], reading: Reading) -> Any:
    """The value that a tree of decoded texts means under a schema. Raises WireError for repeated scalars."""
    if isinstance(node, list):
        if len(node) == 1:
            return reading.whole(node[0])
        if not reading.repeatable:
            raise WireError(f"holds a single value that is given {len(node)} times")
        return [reading.element.scalar(text) for text in node]
    numbered = "array" in reading.kinds and all(not key or key.isdecimal() for key in node)
    if numbered or (set(node) == {""} and not reading.declares("")):
        return _list(node, reading.element)
    return {key: grown(below, reading.child(key)) for key, below in node.items()}


def _list(node: Mapping[str, Tree | list[str]], element: Reading) -> list[Any]:
    """`a[]=1&a[]=2` and `a[0]=1&a[1]=2`: items in the order of their index, those without one last."""
    items: list[Any] = []
    for key in sorted(node, key=lambda key: (not key, len(key), key)):
        below = node[key]
        if key or isinstance(below, dict):
            items.append(grown(below, element))
        else:
            items.extend(element.whole(text) for text in below)
    return items
