"""Senses: what the schemas of a reply say of each of its values, `$ref`, `allOf`, `anyOf` and `oneOf` seen through."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import regex

from mockserver.bundle.operations import Operation
from mockserver.bundle.reading import Reader, Spot
from mockserver.exchanges import Reply
from mockserver.probes.base import Contract
from mockserver.probes.bodies import body_of, media_of

_MOST = 64  # alternatives of one schema; what has more is taken as saying nothing
_MEMO = "probes: senses"
_CLOSING = frozenset({"properties", "patternProperties"})
_OPENING = ("additionalProperties", "unevaluatedProperties")
_SIDE = ("then", "else")  # their properties are declared, though under a condition
_NAMES = {str: "string", bool: "boolean", int: "integer", dict: "object", list: "array", type(None): "null"}
Trail = tuple[Any, str | int] | None  # the way to a value: (the way before, key)


@dataclass(eq=False, slots=True)
class Meaning:
    """One reading of a schema: all that holds at once, with each alternative decided.

    `kinds` is None where any type fits. `open`: properties beyond the declared ones are welcome. `tags`: the texts
    that a property may have, by which alternatives are told apart.
    """

    spots: tuple[Spot, ...]
    kinds: frozenset[str] | None = None
    properties: dict[str, list[Spot]] = field(default_factory=dict)
    patterns: list[tuple[Any, Spot]] = field(default_factory=list)
    open: bool = True
    extra: list[Spot] = field(default_factory=list)
    items: list[Spot] = field(default_factory=list)
    first: list[list[Spot]] = field(default_factory=list)
    required: frozenset[str] = frozenset()
    tags: dict[str, frozenset[Any]] = field(default_factory=dict)
    values: frozenset[Any] | None = None

    def fits(self, value: Any, kind: str) -> bool:
        """Whether a value may be meant by it, as far as a glance tells."""
        if self.kinds is not None and kind not in self.kinds and not (kind == "integer" and "number" in self.kinds):
            return False
        if type(value) is dict:
            return self.required <= value.keys() and all(
                name not in value or not isinstance(value[name], str) or value[name] in texts
                for name, texts in self.tags.items()
            )
        return self.values is None or kind in ("array", "object") or value in self.values

    def keyword(self, word: str) -> Iterator[tuple[Any, str]]:
        """Each value of a keyword and the pointer of the schema that has it."""
        return ((spot.node[word], spot.pointer) for spot in self.spots if word in spot.node)


@dataclass(eq=False, slots=True)
class Sense:
    """What may be meant by a value: one of several readings. `children` remembers where properties lead."""

    meanings: tuple[Meaning, ...]
    children: dict[Any, Any] = field(default_factory=dict)
    memo: dict[str, Any] = field(default_factory=dict)

    @property
    def pointer(self) -> str:
        """Where the schema stands."""
        return self.meanings[0].spots[0].pointer if self.meanings else ""


@dataclass(frozen=True, slots=True)
class Found:
    """What a walk over a reply's body found.

    `leaves`: the scalar values with their ways, by (sense, property name). `undeclared`: (way of the property, value,
    pointer of the schema that does not declare it). `hidden`: (way, pointer) of what is `writeOnly` and yet there.
    """

    leaves: dict[tuple[Sense, str], list[tuple[Any, Trail]]]
    undeclared: list[tuple[Trail, Any, str]]
    hidden: list[tuple[Trail, str]]


_NOTHING = Found({}, [], [])


def found_in(contract: Contract, operation: Operation, reply: Reply) -> Found:
    """The values of a reply's JSON body and what the bundle says of them; nothing where it says nothing."""
    media = media_of(operation, reply)
    if media is None or not isinstance(media.schema, Mapping):
        return _NOTHING
    memo = contract.bundle.reader.memo
    senses = memo.get(_MEMO)
    if senses is None:
        senses = memo[_MEMO] = Senses(Reader(contract.bundle.for_replies))
    found: Found = senses.found(media.pointer, reply)
    return found


def dotted(trail: Trail) -> str:
    """A way in words, the same for all rows: `clients[].address.city`; `{}` stands for a key of a map."""
    parts: list[str] = []
    while trail is not None:
        trail, key = trail
        parts.append("[]" if type(key) is int else f".{key}")
    return "".join(reversed(parts)).lstrip(".") or "the body"


def pointer(trail: Trail) -> str:
    """A way as the JSON pointer of the value."""
    parts: list[str] = []
    while trail is not None:
        trail, key = trail
        parts.append(f"/{key}")
    return "".join(reversed(parts))


def kind_of(value: Any) -> str:
    """The JSON type of a value."""
    return _NAMES.get(type(value), "number")


class Senses:
    """Reads one document: senses are made once, when a reply first needs them."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._senses: dict[Any, Sense] = {}
        self._meanings: dict[tuple[str, ...], Meaning] = {}
        self._last: tuple[str, Reply, Found] | None = None

    def found(self, pointer: str, reply: Reply) -> Found:
        """What is in a reply that the schema at a pointer describes."""
        last = self._last
        if last is not None and last[0] == pointer and (last[1] is reply or last[1] == reply):
            return last[2]
        body = body_of(reply)
        found = _NOTHING
        if body.read:
            found = Found({}, [], [])
            self._walk(body.value, self.sense((self._reader.at(pointer),)), None, "", found)
        self._last = (pointer, reply, found)
        return found

    def sense(self, spots: tuple[Spot, ...]) -> Sense:
        """What several schemas that hold at once say of a value."""
        key = tuple(dict.fromkeys(spot.pointer for spot in spots))
        known = self._senses.get(key)
        if known is None:
            known = self._senses[key] = self._of(self._expanded(spots))
        return known

    # -- walking -----------------------------------------------------------------------------------------------------

    def _walk(self, value: Any, sense: Sense, trail: Trail, name: str, found: Found) -> None:
        wide = sense
        if len(sense.meanings) > 1:
            sense = self._narrowed(sense, value)
        if type(value) is dict:
            self._members(value, sense, wide, trail, found)
        elif type(value) is list:
            items = sense.children.get(_ITEMS)
            if items is None:
                items = sense.children[_ITEMS] = self._items(sense)
            for index, inner in enumerate(value):
                self._walk(inner, items[min(index, len(items) - 1)], (trail, index), name, found)
        elif sense.meanings:
            leaf = found.leaves.get((sense, name))
            if leaf is None:
                found.leaves[sense, name] = [(value, trail)]
            else:
                leaf.append((value, trail))

    def _members(self, value: Mapping[str, Any], sense: Sense, wide: Sense, trail: Trail, found: Found) -> None:
        """An object's properties; what only another alternative declares is not undeclared either."""
        children = sense.children
        for key, inner in value.items():
            below = children.get(key)
            if below is None:
                below = self._property(sense, key)
                below = children[key] = self._property(wide, key) if below is _UNDECLARED else below
            if below is _UNDECLARED:
                found.undeclared.append(((trail, key), inner, sense.pointer))
            elif below is not _FREE:
                narrow, shown, hidden = below
                if hidden:
                    found.hidden.append(((trail, key), narrow.pointer))
                self._walk(inner, narrow, (trail, shown), key, found)

    def _narrowed(self, sense: Sense, value: Any) -> Sense:
        kind = kind_of(value)
        fitting = tuple(index for index, meaning in enumerate(sense.meanings) if meaning.fits(value, kind))
        if not fitting or len(fitting) == len(sense.meanings):
            return sense
        narrow = sense.children.get(fitting)
        if narrow is None:
            narrow = sense.children[fitting] = self._of([sense.meanings[index] for index in fitting])
        return cast("Sense", narrow)

    def _property(self, sense: Sense, name: str) -> Any:
        """(the property's sense, its name or `{}` in a map, whether it is write-only); or free, or undeclared."""
        meanings: list[Meaning] = []
        declared = free = False
        shown = name
        for meaning in sense.meanings:
            spots = list(meaning.properties.get(name, ()))
            spots += [spot for pattern, spot in meaning.patterns if pattern.search(name)]
            if not spots and meaning.open:
                free = True
                spots = meaning.extra
                shown = "{}"
            if spots:
                declared = True
                meanings += self._expanded(tuple(spots))
        if declared:
            hidden = bool(meanings) and all(any(said for said, _ in m.keyword("writeOnly")) for m in meanings)
            return self._of(meanings), shown, hidden
        return _FREE if free or not sense.meanings else _UNDECLARED

    def _items(self, sense: Sense) -> list[Sense]:
        first = max((len(meaning.first) for meaning in sense.meanings), default=0)
        made = []
        for index in range(first + 1):
            meanings: list[Meaning] = []
            for meaning in sense.meanings:
                spots = meaning.first[index] if index < len(meaning.first) else meaning.items
                meanings += self._expanded(tuple(spots)) if spots else []
            made.append(self._of(meanings))
        return made

    # -- reading -----------------------------------------------------------------------------------------------------

    def _of(self, meanings: list[Meaning]) -> Sense:
        unique = tuple(dict.fromkeys(meanings))
        key = (_OF, *map(id, unique))
        known = self._senses.get(key)
        if known is None:
            known = self._senses[key] = Sense(unique if len(unique) <= _MOST else ())
        return known

    def _expanded(self, spots: tuple[Spot, ...]) -> list[Meaning]:
        """The readings of schemas that hold at once; none where there are too many."""
        combined: list[tuple[Spot, ...]] = [()]
        for spot in spots:
            combined = _product(combined, self._readings(spot, frozenset()))
        return [self._meaning(reading) for reading in combined] if len(combined) <= _MOST else []

    def _readings(self, spot: Spot, seen: frozenset[str]) -> list[tuple[Spot, ...]]:
        if spot.pointer in seen or not spot.node:
            return [(spot,)]
        seen |= {spot.pointer}
        made: list[tuple[Spot, ...]] = [(spot,)]
        if "$ref" in spot.node:
            made = _product(made, self._readings(self._reader.follow(spot), seen))
        for index in range(len(spot.node.get("allOf") or ())):
            made = _product(made, self._readings(spot.down("allOf", index), seen))
        for word in ("anyOf", "oneOf"):
            branches = [spot.down(word, index) for index in range(len(spot.node.get(word) or ()))]
            readings = [_tagged(spot, branch, one) for branch in branches for one in self._readings(branch, seen)]
            made = _product(made, readings) if readings else made
            if len(made) > _MOST:
                return made[: _MOST + 1]
        return made

    def _meaning(self, spots: tuple[Spot, ...]) -> Meaning:
        key = tuple(dict.fromkeys(spot.pointer for spot in spots))
        known = self._meanings.get(key)
        if known is None:
            known = self._meanings[key] = _made(
                tuple(dict(zip((s.pointer for s in spots), spots, strict=True)).values())
            )
            known.tags |= _tags(self._reader, known)
        return known


_FREE, _UNDECLARED, _ITEMS, _OF = "free", "undeclared", ("items",), "of"


def _product(left: list[tuple[Spot, ...]], right: list[tuple[Spot, ...]]) -> list[tuple[Spot, ...]]:
    return [one + two for one in left for two in right][: _MOST + 1]


def _tagged(spot: Spot, branch: Spot, reading: tuple[Spot, ...]) -> tuple[Spot, ...]:
    """A branch's reading, with the value of the discriminator that stands for it (OpenAPI 4.8.25)."""
    discriminator = spot.node.get("discriminator")
    if not isinstance(discriminator, Mapping) or not isinstance(discriminator.get("mapping"), Mapping):
        return reading
    target = branch.node.get("$ref")
    texts = [text for text, ref in discriminator["mapping"].items() if ref == target]
    tag = {"x-tag": {str(discriminator.get("propertyName")): texts}} if texts else {}
    return (*reading, Spot(tag, f"{branch.pointer}#tag")) if tag else reading


def _made(spots: tuple[Spot, ...]) -> Meaning:
    meaning = Meaning(spots)
    nodes = [spot.node for spot in spots]
    for spot in spots:
        _collect(meaning, spot)
    closing = any(_CLOSING & node.keys() for node in nodes)
    opening = any(node.get(word) not in (None, False) for node in nodes for word in _OPENING)
    meaning.open = opening or not closing or any("$dynamicRef" in node for node in nodes)
    if any(node.get("additionalProperties") is False for node in nodes):
        meaning.open = False
    return meaning


def _collect(meaning: Meaning, spot: Spot) -> None:
    node = spot.node
    kinds = node.get("type")
    if kinds:
        declared = frozenset([kinds] if isinstance(kinds, str) else kinds)
        meaning.kinds = declared if meaning.kinds is None else meaning.kinds & declared
    for name in node.get("properties") or ():
        meaning.properties.setdefault(name, []).append(spot.down("properties", name))
    for pattern in node.get("patternProperties") or ():
        try:
            compiled = regex.compile(pattern)
        except regex.error:
            compiled = re.compile("")  # the lint reports it; here it stands for any name
        meaning.patterns.append((compiled, spot.down("patternProperties", pattern)))
    for word in _SIDE:
        for name in spot.down(word).node.get("properties") or ():
            meaning.properties.setdefault(name, []).append(spot.down(word, "properties", name))
    for name in node.get("dependentSchemas") or ():
        for inner in spot.down("dependentSchemas", name).node.get("properties") or ():
            meaning.properties.setdefault(inner, [])
    meaning.extra += [spot.down(word) for word in _OPENING if isinstance(node.get(word), Mapping)]
    if isinstance(node.get("items"), Mapping):
        meaning.items.append(spot.down("items"))
    meaning.first = meaning.first or [[spot.down("prefixItems", i)] for i in range(len(node.get("prefixItems") or ()))]
    meaning.required |= {name for name in node.get("required") or () if isinstance(name, str)}
    listed = node["enum"] if "enum" in node else [node["const"]] if "const" in node else None
    if listed is not None:
        plain = frozenset(value for value in listed if not isinstance(value, (dict, list)))
        meaning.values = plain if meaning.values is None else meaning.values & plain
    for name, texts in (node.get("x-tag") or {}).items():
        meaning.tags[name] = frozenset(texts)


def _tags(reader: Reader, meaning: Meaning) -> dict[str, frozenset[Any]]:
    """The properties whose texts are listed, read at a glance."""
    found = {}
    for name, spots in meaning.properties.items():
        for spot in spots:
            node = reader.follow(spot).node
            listed = node["enum"] if "enum" in node else [node["const"]] if "const" in node else None
            if listed and all(isinstance(value, str) for value in listed) and name not in meaning.tags:
                found[name] = frozenset(listed)
    return found
