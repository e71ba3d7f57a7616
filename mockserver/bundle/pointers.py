"""JSON pointers (RFC 6901) and local `$ref`s: how parts of a bundle are named and found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import unquote

# below these the keys are names, not keywords; and what stands at those is data, in which `$ref` means nothing
NAMED = frozenset(("properties", "patternProperties", "$defs", "definitions", "dependentSchemas", "schemas", "paths"))
NAMED |= {"parameters", "responses", "requestBodies", "headers", "callbacks", "links", "pathItems", "webhooks"}
VALUES = frozenset(("example", "default", "enum", "const", "value"))
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")


def escape(token: str) -> str:
    """One reference token as it stands in a pointer."""
    return token.replace("~", "~0").replace("/", "~1") if "~" in token or "/" in token else token


def join(tokens: Iterable[object]) -> str:
    """The pointer of a path of keys and indices."""
    return "".join(f"/{escape(str(token))}" for token in tokens)


def tokens(pointer: str) -> list[str]:
    """The keys and indices a pointer names; a leading `#` (then percent-encoded) is understood."""
    if pointer.startswith("#"):
        pointer = unquote(pointer[1:])
    return [t.replace("~1", "/").replace("~0", "~") for t in pointer.split("/")[1:]]


def follow(document: Any, pointer: str) -> Any:
    """The value a pointer leads to; KeyError (naming the pointer) where there is none."""
    node = document
    for token in tokens(pointer):
        try:
            node = node[_index(token)] if isinstance(node, list) else node[token]
        except (KeyError, IndexError, TypeError):
            raise KeyError(pointer) from None
    return node


def _index(token: str) -> int:
    """An index as RFC 6901 writes it: `-1` is none, whatever Python thinks."""
    if not (token.isascii() and token.isdigit()):
        raise KeyError(token)
    return int(token)


def local(node: Any) -> str | None:
    """The pointer of a local `$ref` (without `#`), or None when the node is no such reference."""
    ref = node.get("$ref") if isinstance(node, dict) else None
    if isinstance(ref, str) and ref.startswith("#") and (len(ref) == 1 or ref[1] == "/"):
        return unquote(ref[1:]) if "%" in ref else ref[1:]
    return None


def label(pointer: str) -> str:
    """`GET /clients/{id}` for a pointer into an operation, "" for any other."""
    path = tokens(pointer)
    return operation_label(path)


def where(pointer: str) -> str:
    """How people name the place: `GET /clients/{id}`, `Client/properties/name` for a component, or the pointer."""
    path = tokens(pointer)
    return operation_label(path) or ("/".join(path[2:]) if path[:1] == ["components"] and len(path) > 2 else pointer)


def operation_label(path: Sequence[str | int]) -> str:
    """As `label`, for the tokens of a pointer."""
    if len(path) >= 3 and path[0] == "paths" and path[2] in METHODS:
        return f"{str(path[2]).upper()} {path[1]}"
    return ""
