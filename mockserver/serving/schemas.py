"""Schemas: the document as requests and as replies see it, and without the patterns that no engine compiles."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from mockserver.serving.literals import local

_Tokens = tuple[str | int, ...]


def for_requests(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """The document in which no request has to hold a `readOnly` property."""
    return _without_required(document, "readOnly")


def for_replies(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """The document in which no reply has to hold a `writeOnly` property."""
    return _without_required(document, "writeOnly")


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
            dropped.append((_pointer(tokens), pattern))
        by_pattern = node.get("patternProperties")
        if isinstance(by_pattern, Mapping) and not all(good(pattern) for pattern in by_pattern):
            changed["patternProperties"] = {p: schema for p, schema in by_pattern.items() if good(p)}
            dropped += [(_pointer(tokens), pattern) for pattern in by_pattern if not good(pattern)]
        if changed != node:
            document = _replaced(document, tokens, changed)
    return document, dropped


def _without_required(document: Mapping[str, Any], flag: str) -> Mapping[str, Any]:
    changed = document
    for tokens, node in _objects(document):
        required, properties = node.get("required"), node.get("properties")
        if isinstance(required, list) and isinstance(properties, Mapping):
            kept = [name for name in required if not _flagged(properties.get(name), flag, document)]
            if len(kept) < len(required):
                changed = _replaced(changed, (*tokens, "required"), kept)
    return changed


def _flagged(schema: Any, flag: str, document: Mapping[str, Any]) -> bool:
    if not isinstance(schema, Mapping):
        return False
    if schema.get(flag) is True:
        return True
    target = local(document, schema["$ref"])[0] if isinstance(schema.get("$ref"), str) else None
    return isinstance(target, Mapping) and target.get(flag) is True


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


def _pointer(tokens: _Tokens) -> str:
    return "".join("/" + str(token).replace("~", "~0").replace("/", "~1") for token in tokens)
