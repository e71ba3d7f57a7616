"""What a document asks of requests, and what of replies: `readOnly` and `writeOnly` properties told apart."""

from __future__ import annotations

from typing import Any

from mockserver.bundle.places import Node, Trail, path_of
from mockserver.bundle.pointers import NAMED, VALUES, follow, local

_FLAGS = ("readOnly", "writeOnly")
_KEPT = 4
_Demanding = list[tuple[Node, Trail, tuple[Node, ...]]]
_SCANS: dict[int, tuple[Node, frozenset[str], _Demanding]] = {}  # by id of the document, which is kept alive


def for_requests(document: Node) -> Node:
    """The document as it holds for requests: what is `readOnly` is not required. The same object if nothing is."""
    return _relaxed(document, "readOnly")


def for_replies(document: Node, copies: dict[int, Any] | None = None) -> Node:
    """The document as it holds for replies: what is `writeOnly` is not required. The same object if nothing is.

    `copies` takes in, by the id of each part of the document that is another one for replies, what it became.
    """
    return _relaxed(document, "writeOnly", copies)


def _relaxed(document: Node, flag: str, copies: dict[int, Any] | None = None) -> Node:
    """A copy that shares all but the schemas whose `required` shrinks, and what leads to them."""
    flags, demanding = _scanned(document)
    if flag not in flags:
        return document
    copies = {} if copies is None else copies
    out: Node = document
    for node, trail, around in demanding:
        free = {name for name in node["required"] if any(_says(document, s, name, flag) for s in around)}
        if free:
            out = _copied(document, trail, copies)
            target = copies[id(node)]
            target["required"] = [name for name in node["required"] if name not in free]
    return out


def _scanned(document: Node) -> tuple[frozenset[str], _Demanding]:
    """Which flags a document has, and its schemas that require something; a document is walked once for both sides."""
    known = _SCANS.get(id(document))
    if known is not None:
        return known[1:]
    flags: set[str] = set()
    demanding: _Demanding = []
    stack: list[tuple[Any, Trail, tuple[Node, ...]]] = [(document, (), ())]
    while stack:
        node, trail, around = stack.pop()
        if type(node) is list:
            whole = around if trail and trail[1] == "allOf" else ()
            stack += [(v, (trail, i), whole) for i, v in enumerate(node) if type(v) in (dict, list)]
            continue
        flags |= {flag for flag in _FLAGS if node.get(flag) is True}
        if type(node.get("required")) is list and ("properties" in node or "allOf" in node or around):
            demanding.append((node, trail, (node, *around)))
        named = bool(trail) and trail[1] in NAMED
        for key, value in node.items():
            if type(value) in (dict, list) and (key not in VALUES or named):
                stack.append((value, (trail, key), (node, *around) if key == "allOf" else ()))
    while len(_SCANS) >= _KEPT:
        del _SCANS[next(iter(_SCANS))]
    _SCANS[id(document)] = document, frozenset(flags), demanding
    return frozenset(flags), demanding


def _says(document: Node, schema: Any, name: str, flag: str, depth: int = 0) -> bool:
    """Whether a schema (or a part of its allOf) gives a property the flag."""
    schema = _deref(document, schema)
    if not isinstance(schema, dict) or depth > 8:
        return False
    prop = schema.get("properties", {}).get(name) if isinstance(schema.get("properties"), dict) else None
    if isinstance(prop, dict):
        parts = [prop, _deref(document, prop)]
        parts += [_deref(document, part) for part in prop.get("allOf", ()) if isinstance(part, dict)]
        if any(isinstance(part, dict) and part.get(flag) is True for part in parts):
            return True
    return any(_says(document, part, name, flag, depth + 1) for part in schema.get("allOf", ()))


def _deref(document: Node, node: Any) -> Any:
    for _hop in range(20):
        pointer = local(node)
        if pointer is None:
            return node
        node = follow(document, pointer)
    return node


def _copied(document: Node, trail: Trail, copies: dict[int, Any]) -> Node:
    """Copy the containers from the root to the end of the trail, each once."""
    node: Any = document
    root: Node = copies.setdefault(id(document), dict(document))
    copy: Any = root
    for token in path_of(trail):
        node = node[token]
        if id(node) not in copies:
            copies[id(node)] = list(node) if type(node) is list else dict(node)
        copy[token] = copies[id(node)]
        copy = copies[id(node)]
    return root
