"""Schemas: a document without the patterns that the regular expression engine does not compile."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from mockserver.bundle.pointers import join

_Tokens = tuple[str | int, ...]


def mended(
    document: Mapping[str, Any], compiles: Callable[[str], bool]
) -> tuple[Mapping[str, Any], list[tuple[str, str]]]:
    """The document without the patterns that do not compile; each with the pointer of its schema."""
    dropped: list[tuple[str, str]] = []
    known: dict[str, bool] = {}

    def good(pattern: str) -> bool:
        if pattern not in known:
            known[pattern] = compiles(pattern)
        return known[pattern]

    for tokens, node in list(_objects(document)):
        changed = dict(node)
        pattern = node.get("pattern")
        if isinstance(pattern, str) and not good(pattern):
            del changed["pattern"]
            dropped.append((join(tokens), pattern))
        by_pattern = node.get("patternProperties")
        if isinstance(by_pattern, Mapping) and not all(good(pattern) for pattern in by_pattern):
            changed["patternProperties"] = {p: schema for p, schema in by_pattern.items() if good(p)}
            dropped += [(join(tokens), pattern) for pattern in by_pattern if not good(pattern)]
        if changed != node:
            document = _replaced(document, tokens, changed)
    return document, dropped


def _objects(document: Mapping[str, Any]) -> Iterator[tuple[_Tokens, Mapping[str, Any]]]:
    """Every object of the document and how to get there; examples are passed over."""
    stack: list[tuple[_Tokens, Any]] = [((), document)]
    while stack:
        tokens, node = stack.pop()
        if isinstance(node, Mapping):
            yield tokens, node
            for key, below in node.items():
                if isinstance(below, (Mapping, list)) and key not in ("example", "examples", "default"):
                    stack.append(((*tokens, key), below))
        else:
            stack.extend(
                ((*tokens, index), below) for index, below in enumerate(node) if isinstance(below, (Mapping, list))
            )


def _replaced(node: Any, tokens: _Tokens, value: Any) -> Any:
    """The node with another value at a place; everything beside the way there is shared."""
    if not tokens:
        return value
    copy: Any = list(node) if isinstance(node, list) else dict(node)
    copy[tokens[0]] = _replaced(node[tokens[0]], tokens[1:], value)
    return copy
