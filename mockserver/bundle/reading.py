"""Reading schemas: `$ref` followed, `allOf`/`anyOf`/`oneOf` seen through, each part with its JSON pointer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, Protocol
from urllib.parse import unquote

from mockserver.bundle.enumerated import names_of
from mockserver.bundle.operations import Path
from mockserver.bundle.pointers import follow, join

_NOTHING: Mapping[str, Any] = {}
_IMPLIED = {
    "properties": "object",
    "patternProperties": "object",
    "additionalProperties": "object",
    "items": "array",
    "prefixItems": "array",
}
_BESIDE = frozenset({"properties", "patternProperties", "allOf", "anyOf", "oneOf", "type", "enum", "const", "items"})
_NAMES = {str: "string", bool: "boolean", int: "integer", float: "number", dict: "object", list: "array"}


class Documented(Protocol):
    """What is asked of a bundle here: its normalised document."""

    @property
    def document(self) -> Mapping[str, Any]:
        """The OpenAPI document."""


class Spot(NamedTuple):
    """A node of the document and the JSON pointer that leads to it."""

    node: Mapping[str, Any]
    pointer: str

    def down(self, *steps: str | int) -> Spot:
        """A node below this one; an empty one where there is none."""
        node: Any = self.node
        for step in steps:
            if isinstance(node, dict):
                node = node.get(str(step))
            elif isinstance(node, list) and isinstance(step, int) and step < len(node):
                node = node[step]
            else:
                node = None
        return Spot(node if isinstance(node, dict) else _NOTHING, self.pointer + join(steps))


class Reader:
    """Reads one document; answers about a schema are remembered by its pointer."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = document
        self.memo: dict[Any, Any] = {}  # for what others read off schemas, by pointer
        self._members: dict[str, dict[str, Spot]] = {}
        self._kinds: dict[str, frozenset[str]] = {}
        self._parts: dict[str, tuple[Spot, ...]] = {}

    def at(self, pointer: str) -> Spot:
        """The node at a JSON pointer; an empty one where it leads nowhere."""
        try:
            node = follow(self.document, pointer)
        except KeyError:
            node = None
        return Spot(node if isinstance(node, dict) else _NOTHING, pointer)

    def follow(self, spot: Spot) -> Spot:
        """Where a chain of local `$ref` ends; a ring of them ends in an empty node."""
        seen = set()
        while isinstance(ref := spot.node.get("$ref"), str):
            if not ref.startswith("#") or ref in seen:
                return Spot(_NOTHING, spot.pointer)
            seen.add(ref)
            spot = self.at(unquote(ref[1:]) if "%" in ref else ref[1:])
        return spot

    def branches(self, spot: Spot) -> tuple[Spot, ...]:
        """The schema itself and all it is made of, those beside and behind a `$ref` included."""
        spot = self._behind(spot)
        known = self._parts.get(spot.pointer)
        if known is None:
            known = self._parts[spot.pointer] = tuple(self._made_of(spot, frozenset()))
        return known

    def _made_of(self, spot: Spot, seen: frozenset[str]) -> Iterator[Spot]:
        if spot.pointer in seen:
            return
        seen |= {spot.pointer}
        if "$ref" in spot.node:
            if _BESIDE & spot.node.keys():
                yield spot
            yield from self._made_of(self.follow(spot), seen)
        else:
            yield spot
        for word in ("allOf", "anyOf", "oneOf"):
            if word in spot.node:
                for index in range(len(spot.node[word] or ())):
                    yield from self._made_of(spot.down(word, index), seen)

    def _behind(self, spot: Spot) -> Spot:
        """Where a `$ref` that stands alone leads: answers about that are remembered once."""
        return self.follow(spot) if "$ref" in spot.node and not _BESIDE & spot.node.keys() else spot

    def members(self, spot: Spot) -> dict[str, Spot]:
        """The properties of an object by name, those that a pattern lists included, of all its branches together."""
        spot = self._behind(spot)
        known = self._members.get(spot.pointer)
        if known is None:
            known = self._members[spot.pointer] = {}
            for branch in self.branches(spot):
                for name in branch.node.get("properties") or ():
                    known.setdefault(name, branch.down("properties", name))
                for pattern in branch.node.get("patternProperties") or ():
                    for name in names_of(pattern):
                        known.setdefault(name, branch.down("patternProperties", pattern))
        return known

    def required(self, spot: Spot) -> frozenset[str]:
        """The properties that are always there (alternatives do not count)."""
        spot = self.follow(spot)
        names = frozenset(name for name in spot.node.get("required") or () if isinstance(name, str))
        for index in range(len(spot.node.get("allOf") or ())):
            names |= self.required(spot.down("allOf", index))
        return names

    def kinds(self, spot: Spot) -> frozenset[str]:
        """The JSON types it may have; empty when the schema does not say."""
        spot = self._behind(spot)
        known = self._kinds.get(spot.pointer)
        if known is None:
            self._kinds[spot.pointer] = frozenset()
            known = frozenset(kind for branch in self.branches(spot) for kind in _own_kinds(branch.node))
            self._kinds[spot.pointer] = known
        return known

    def kind(self, spot: Spot) -> str:
        """The first JSON type other than null: "" when the schema does not say."""
        kinds = self.kinds(spot) - {"null"}
        return next(
            (kind for kind in ("object", "array", "number", "integer", "boolean", "string") if kind in kinds),
            "",
        )

    def nullable(self, spot: Spot) -> bool:
        """Whether null is a legal value."""
        kinds = self.kinds(spot)
        return not kinds or "null" in kinds

    def items(self, spot: Spot) -> Spot | None:
        """The schema of an array's items; None where it is no array or says nothing of them."""
        for branch in self.branches(spot):
            if isinstance(branch.node.get("items"), Mapping):
                return branch.down("items")
        return None

    def keyword(self, spot: Spot, word: str) -> Any:
        """The value of the first branch that has the keyword (beside a `$ref` first); else None."""
        if word in spot.node:
            return spot.node[word]
        for branch in self.branches(spot):
            if word in branch.node:
                return branch.node[word]
        return None

    def walk(self, spot: Spot, path: Path) -> Spot | None:
        """The property at a path of names."""
        for name in path:
            below = self.members(spot).get(name)
            if below is None:
                return None
            spot = below
        return spot

    def identity(self, spot: Spot) -> str:
        """The pointer of what is meant: two uses of a component agree; seen through `allOf` of one and null."""
        spot = self.follow(spot)
        for word in ("allOf", "anyOf", "oneOf"):
            parts = [spot.down(word, index) for index in range(len(spot.node.get(word) or ()))]
            parts = [part for part in parts if part.node.get("type") != "null"]
            if len(parts) == 1 and "properties" not in spot.node:
                return self.identity(parts[0])
        return spot.pointer


def _own_kinds(node: Mapping[str, Any]) -> Iterator[str]:
    declared = node.get("type")
    if isinstance(declared, str):
        yield declared
    elif isinstance(declared, list):
        yield from declared
    elif "const" in node or "enum" in node:
        values = node["enum"] if "enum" in node else [node["const"]]
        yield from (_NAMES.get(type(value), "null") for value in values)
    else:
        yield from (kind for word, kind in _IMPLIED.items() if word in node)
