"""Reading: how text on the wire is read under a schema, strictly; text that fits no other type stays text."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import unquote

from mockserver.bundle.operations import Schema
from mockserver.bundle.pointers import follow, join
from mockserver.serving.strict_json import JsonError, parse

Accepts = Callable[[str, Any], bool]  # (pointer of a schema, value) -> whether the value is valid there

_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*)\Z")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?\Z")
_LITERALS = {"true": True, "false": False}
SCALARS = frozenset({"boolean", "integer", "null", "number", "string"})
_ALL = SCALARS | {"array", "object"}
_OBJECT_WORDS = ("properties", "additionalProperties", "patternProperties", "minProperties", "maxProperties")
_ARRAY_WORDS = ("items", "prefixItems", "minItems", "maxItems", "uniqueItems", "contains")
_NUMBER_WORDS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")


class Reading:
    """How text is read under one schema: which JSON types it may become, and how its parts are read.

    `places` are the schemas that describe the same value, each with its JSON pointer in the document.
    Children are made on first use, so recursive schemas are no matter. With `accepts`, text that can be read
    in several ways ("5" under `anyOf` integer and string) becomes what the schema accepts.
    """

    __slots__ = (
        "_accepts",
        "_children",
        "_document",
        "_elements",
        "compound",
        "kinds",
        "places",
        "plain",
        "repeatable",
    )

    def __init__(
        self,
        places: Sequence[tuple[Schema, str]],
        document: Mapping[str, Any],
        accepts: Accepts | None = None,
    ) -> None:
        self.places = tuple(places)
        self._document = document
        self._accepts = accepts
        self._children: dict[str, Reading] = {}
        self._elements: Reading | None = None
        kinds: set[str] = set()
        for schema, _ in self.places:
            kinds |= _kinds(schema, document, frozenset())
        self.kinds = frozenset(kinds) if kinds and kinds != _ALL else frozenset({"string"})
        self.plain = self.kinds == {"string"}
        self.repeatable = "array" in self.kinds or not self.places  # nothing says that there is only one
        self.compound = not self.kinds.isdisjoint(("array", "object"))

    def child(self, name: str) -> Reading:
        """How the property of an object is read."""
        found = self._children.get(name)
        if found is None:
            places = [place for node, at in self._nodes() for place in _property(node, at, name)]
            found = self._children[name] = Reading(places, self._document, self._accepts)
        return found

    @property
    def element(self) -> Reading:
        """How an item of an array is read."""
        if self._elements is None:
            places = [
                (node["items"], f"{at}/items") for node, at in self._nodes() if isinstance(node.get("items"), Mapping)
            ]
            self._elements = Reading(places, self._document, self._accepts)
        return self._elements

    def declares(self, name: str) -> bool:
        """Whether the schema names this property."""
        return any(name in node.get("properties", ()) for node, _ in self._nodes())

    def properties(self) -> dict[str, bool]:
        """Every property that the schema names, and whether it is required."""
        nodes = [node for node, _ in self._nodes()]
        required = {name for node in nodes for name in node.get("required", ())}
        return {name: name in required for node in nodes for name in node.get("properties", ())}

    def keyword(self, name: str) -> Any:
        """The first value that the schema, or one that it is combined of, gives a keyword; None without."""
        return next((node[name] for node, _ in self._nodes() if name in node), None)

    def scalar(self, text: str) -> Any:
        """What a text means as a value without parts."""
        if self.plain:
            return text
        readings = _scalars(text, self.kinds)
        return readings[0] if len(readings) == 1 else self.choose(readings)

    def whole(self, text: str) -> Any:
        """What a text without delimiters means: a value without parts, a list of one, or JSON text."""
        if not self.compound:
            return self.scalar(text)
        readings = _scalars(text, self.kinds) if self.kinds & SCALARS else []
        if text[:1] in ("{", "[") and "string" not in self.kinds:
            with suppress(JsonError):
                readings.insert(0, parse(text.encode()))
        if "array" in self.kinds:
            readings.append([self.element.scalar(text)] if text else [])
        elif not text:
            readings.append({})
        return self.choose(readings or [text])

    def choose(self, readings: Sequence[Any]) -> Any:
        """The first of several readings that the schema accepts; the first one when it accepts none."""
        if self._accepts is not None and len(readings) > 1:
            for value in readings:
                if any(self._accepts(pointer, value) for _, pointer in self.places):
                    return value
        return readings[0]

    def _nodes(self) -> Iterator[tuple[Mapping[str, Any], str]]:
        for schema, pointer in self.places:
            yield from _branches(schema, pointer, self._document, set())


def local(document: Mapping[str, Any], reference: str) -> tuple[Any, str]:
    """What a local `$ref` ("#/components/...") leads to, with its pointer; (True, "") when nowhere."""
    if not reference.startswith("#"):
        return True, ""
    pointer = unquote(reference[1:])
    try:
        return follow(document, pointer), pointer
    except KeyError:
        return True, ""


def _branches(
    schema: Schema, pointer: str, document: Mapping[str, Any], seen: set[str]
) -> Iterator[tuple[Mapping[str, Any], str]]:
    """The schema and everything that it is combined of, each with its pointer, each reference once."""
    if not isinstance(schema, Mapping):
        return
    yield schema, pointer
    reference = schema.get("$ref")
    if reference is not None and reference not in seen:
        seen.add(reference)
        yield from _branches(*local(document, reference), document, seen)
    for word in ("allOf", "anyOf", "oneOf"):
        for index, branch in enumerate(schema.get(word, ())):
            yield from _branches(branch, f"{pointer}/{word}/{index}", document, seen)


def _property(node: Mapping[str, Any], pointer: str, name: str) -> Iterator[tuple[Schema, str]]:
    properties = node.get("properties", {})
    if name in properties:
        yield properties[name], pointer + join(["properties", name])
    elif isinstance(node.get("additionalProperties"), Mapping):
        yield node["additionalProperties"], f"{pointer}/additionalProperties"


def _kinds(schema: Schema, document: Mapping[str, Any], seen: frozenset[str]) -> frozenset[str]:
    """The JSON types that a schema may allow; keywords that only bind one type hint at it."""
    if not isinstance(schema, Mapping):
        return _ALL
    kinds = _hinted(schema)
    if "type" in schema:
        types = schema["type"]
        kinds = frozenset({types} if isinstance(types, str) else types) & _ALL
        if "number" in kinds:
            kinds |= {"integer"}
    for values in (schema.get("enum"), [schema["const"]] if "const" in schema else None):
        if values:
            kinds &= {kind for value in values for kind in _kinds_of(value)}
    reference = schema.get("$ref")
    if reference is not None and reference not in seen:
        seen |= {reference}
        kinds &= _kinds(local(document, reference)[0], document, seen)
    for branch in schema.get("allOf", ()):
        kinds &= _kinds(branch, document, seen)
    for word in ("anyOf", "oneOf"):
        # A way that leads back to where it came from adds nothing.
        ways = [way for way in schema.get(word, ()) if not (isinstance(way, Mapping) and way.get("$ref") in seen)]
        if ways:
            kinds &= frozenset().union(*(_kinds(way, document, seen) for way in ways))
    return kinds


def _hinted(schema: Mapping[str, Any]) -> frozenset[str]:
    for words, kinds in (
        (_OBJECT_WORDS, {"object", "string"}),
        (_ARRAY_WORDS, {"array", "string"}),
        (_NUMBER_WORDS, {"integer", "number", "string"}),
    ):
        if any(word in schema for word in words):
            return frozenset(kinds)
    return _ALL


def _kinds_of(value: Any) -> tuple[str, ...]:
    if isinstance(value, bool):
        return ("boolean",)
    if isinstance(value, int):
        return ("integer", "number")
    names = {float: "number", str: "string", type(None): "null", list: "array", dict: "object"}
    return (names.get(type(value), "string"),)


def _scalars(text: str, kinds: frozenset[str]) -> list[Any]:
    """Every reading of a text under these types, the most specific first; never empty."""
    readings: list[Any] = []
    if ("integer" in kinds or "number" in kinds) and _NUMBER.match(text):
        number = _number(text)
        if isinstance(number, int) or (number is not None and "number" in kinds):
            readings.append(number)
        elif number is not None and number.is_integer():
            readings.append(int(number))  # JSON Schema counts 1e3 as an integer
    if "boolean" in kinds and text in _LITERALS:
        readings.append(_LITERALS[text])
    if "string" in kinds:
        readings.append(text)
    if "null" in kinds and text == "null":
        readings.append(None)
    return readings or [text]


def _number(text: str) -> int | float | None:
    """The number that a JSON literal stands for; None when it is too large to be one here."""
    try:
        if _INTEGER.match(text):
            return int(text)
        number = float(text)
    except ValueError:  # more digits than Python converts
        return None
    return number if math.isfinite(number) else None
