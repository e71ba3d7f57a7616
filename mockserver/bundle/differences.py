"""Two schemas held against each other: what a client may no longer send, what it may not have met before."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

from mockserver.bundle.loader import Bundle
from mockserver.bundle.pointers import escape, local, tokens

Direction = Literal["request", "reply"]
Key = tuple[str, str, Direction]

_ALL = frozenset(("array", "boolean", "integer", "null", "number", "object", "string"))
_LOW = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties", "minContains")
_HIGH = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties", "maxContains")
_RULES = ("pattern", "format", "multipleOf", "uniqueItems", "contentEncoding", "contentMediaType")
_FLAGS = ("readOnly", "writeOnly", "deprecated")


class Impact(StrEnum):
    """What a change means for clients: they fail, they need do nothing, or they should look."""

    BREAKING = "breaking"
    NOTE = "note"
    COMPATIBLE = "compatible"


@dataclass(slots=True)
class Unit:
    """What was found in one pair of schemas, and the pairs it refers to."""

    found: list[tuple[Impact, str, str]] = field(default_factory=list)
    uses: set[Key] = field(default_factory=set)
    about: str = ""  # said after each message


@dataclass(slots=True)
class View:
    """A schema with its references followed, `allOf` merged and null taken out of its alternatives."""

    types: frozenset[str] = _ALL
    properties: dict[str, tuple[Any, str]] = field(default_factory=dict)
    required: set[str] = field(default_factory=set)
    choices: list[tuple[Any, str]] = field(default_factory=list)
    words: dict[str, Any] = field(default_factory=dict)
    pointer: str = ""


class Comparison:
    """Compares each pair of schemas once, however often and however recursively it is referred to."""

    def __init__(self, old: Bundle, new: Bundle) -> None:
        self._old = old
        self._new = new
        self.units: dict[Key, Unit] = {}
        self._pending: list[Key] = []

    def compare(self, old: tuple[Any, str], new: tuple[Any, str], direction: Direction, unit: Unit, at: str) -> None:
        """Compare two schemas, each given with its pointer; what is found goes to the unit, under the name `at`."""
        one, two = local(old[0]), local(new[0])
        if one is not None and two is not None:
            key: Key = (self._old.resolve(old[0])[1], self._new.resolve(new[0])[1], direction)
            unit.uses.add(key)
            if key not in self.units:
                self.units[key] = Unit(about=" (requests)" if direction == "request" else " (replies)")
                self._pending.append(key)
            return
        _Pair(self, view(self._old, *old), view(self._new, *new), direction, unit, at).run()

    def finish(self) -> None:
        """Work off the pairs that were referred to."""
        while self._pending:
            key = self._pending.pop()
            one, two, direction = key
            old, new = view(self._old, {"$ref": f"#{one}"}, one), view(self._new, {"$ref": f"#{two}"}, two)
            _Pair(self, old, new, direction, self.units[key], "".join(tokens(two)[-1:])).run()


def view(bundle: Bundle, schema: Any, pointer: str, depth: int = 0) -> View:
    """What a schema says of the value itself."""
    node, target = bundle.resolve(schema)
    pointer = target or pointer
    out = View(pointer=pointer)
    if node is False:
        out.types = frozenset()
    if not isinstance(node, dict) or depth > 12:
        return out
    kinds = node.get("type")
    if kinds is not None:
        out.types = _widened([kinds] if isinstance(kinds, str) else kinds)
    out.words = {key: value for key, value in node.items() if key not in ("allOf", "anyOf", "oneOf", "properties")}
    if "const" in node:
        out.words["enum"] = [node["const"]]
    out.required = set(node.get("required", ()))
    for name, part in node.get("properties", {}).items():
        out.properties[name] = (part, f"{pointer}/properties/{escape(name)}")
    for index, part in enumerate(node.get("allOf", ())):
        _join(out, view(bundle, part, f"{pointer}/allOf/{index}", depth + 1))
    for key in ("anyOf", "oneOf"):
        _choose(bundle, out, node.get(key, ()), f"{pointer}/{key}", depth)
    return out


def _choose(bundle: Bundle, out: View, parts: Any, pointer: str, depth: int) -> None:
    """Alternatives: those of null and one other are that other, or null."""
    others = [(part, f"{pointer}/{i}") for i, part in enumerate(parts) if part != {"type": "null"}]
    null = len(others) < len(parts)
    if len(others) == 1:
        inner = view(bundle, *others[0], depth + 1)
        inner.types |= {"null"} if null else set()
        if null and isinstance(enum := inner.words.get("enum"), list) and None not in enum:
            inner.words["enum"] = [*enum, None]
        _join(out, inner)
    elif others:
        out.choices += others
        if null and out.types is _ALL:
            out.words["x-null"] = True


def _join(out: View, part: View) -> None:
    out.types &= part.types
    out.required |= part.required
    for name, found in part.properties.items():
        out.properties.setdefault(name, found)
    for key, value in part.words.items():
        out.words.setdefault(key, value)
    out.choices += part.choices


def _widened(kinds: Any) -> frozenset[str]:
    return frozenset(kinds) | ({"integer"} if "number" in kinds else set())


def _words(kinds: frozenset[str]) -> str:
    shown = sorted(kinds - ({"integer"} if "number" in kinds else set()) - {"null"})
    return " or ".join(shown) if kinds != _ALL else "anything"


class _Pair:
    """One comparison of two views."""

    def __init__(self, whole: Comparison, old: View, new: View, direction: Direction, unit: Unit, at: str) -> None:
        self.whole = whole
        self.old = old
        self.new = new
        self.direction: Direction = direction
        self.unit = unit
        self.at = at

    def run(self) -> None:
        self.types()
        self.enum()
        self.members()
        self.bounds()
        self.rules()
        self.choices()
        self.inner("items", "[]")
        self.additional()

    def tell(self, impact: Impact, message: str, pointer: str = "") -> None:
        text = (f"{self.at}: {message}" if self.at else message) + self.unit.about
        self.unit.found.append((impact, text, pointer or self.new.pointer))

    def narrower(self, message: str, pointer: str = "") -> None:
        """Fewer values than before: what a client sends may be refused."""
        self.tell(Impact.BREAKING if self.direction == "request" else Impact.COMPATIBLE, message, pointer)

    def wider(self, message: str, pointer: str = "") -> None:
        """More values than before: a client may be given what it does not know."""
        self.tell(Impact.BREAKING if self.direction == "reply" else Impact.COMPATIBLE, message, pointer)

    def types(self) -> None:
        old, new = self.old.types - {"null"}, self.new.types - {"null"}
        if old != new:
            message = f"{_words(self.old.types)} became {_words(self.new.types)}"
            if old - new and new - old:
                self.tell(Impact.BREAKING, message)
            elif old - new:
                self.narrower(message)
            else:
                self.wider(message)
        null, nullable = "null" in self.old.types, "null" in self.new.types
        if null != nullable and _ALL not in (self.old.types, self.new.types):
            (self.wider if nullable else self.narrower)("may be null now" if nullable else "may not be null any more")

    def enum(self) -> None:
        old, new = self.old.words.get("enum"), self.new.words.get("enum")
        if old is None and new is None:
            return
        if old is None or new is None:
            (self.wider if new is None else self.narrower)(
                "any value goes now" if new is None else f"only {_listed(new)} now"
            )
            return
        before, after = {_json(value): value for value in old}, {_json(value): value for value in new}
        gone = [value for key, value in before.items() if key not in after and value is not None]
        added = [value for key, value in after.items() if key not in before and value is not None]
        if gone:
            self.narrower(f"{_listed(gone)} no longer among the values")
        if added:
            self.wider(f"{_listed(added)} new among the values")

    def members(self) -> None:
        old, new = self.old, self.new
        for name in old.properties.keys() | new.properties.keys():
            path = f"{self.at}.{name}" if self.at else name
            if name not in new.properties:
                self.removed(name)
            elif name not in old.properties:
                if name in new.required and self.direction == "request":
                    self.tell(Impact.BREAKING, f"{name} is new and required", new.properties[name][1])
                else:
                    self.tell(Impact.COMPATIBLE, f"{name} is new", new.properties[name][1])
                continue
            else:
                self.whole.compare(old.properties[name], new.properties[name], self.direction, self.unit, path)
        known = old.properties.keys()
        for name in sorted((new.required - old.required) & known):
            self.narrower(f"{name} is always there now" if self.direction == "reply" else f"{name} is required now")
        for name in sorted((old.required - new.required) & new.properties.keys()):
            self.wider(f"{name} may be missing now" if self.direction == "reply" else f"{name} is optional now")

    def removed(self, name: str) -> None:
        closed = self.new.words.get("additionalProperties") is False
        breaks = self.direction == "reply" or closed
        self.tell(Impact.BREAKING if breaks else Impact.NOTE, f"{name} was removed", self.old.properties[name][1])

    def bounds(self) -> None:
        for key in (*_LOW, *_HIGH):
            old, new = self.old.words.get(key), self.new.words.get(key)
            if old == new:
                continue
            tighter = old is None or (new is not None and (new > old if key in _LOW else new < old))
            (self.narrower if tighter else self.wider)(f"{key} {_shown(old)} became {_shown(new)}")

    def rules(self) -> None:
        for key in _RULES:
            old, new = self.old.words.get(key) or None, self.new.words.get(key) or None
            if old != new:
                message = f"{key} {_shown(old)} became {_shown(new)}"
                if old is None:
                    self.narrower(message)
                elif new is None:
                    self.wider(message)
                else:
                    self.tell(Impact.BREAKING if self.direction == "request" else Impact.NOTE, message)
        for key in _FLAGS:
            if bool(self.old.words.get(key)) != bool(self.new.words.get(key)):
                self.tell(Impact.NOTE, f"is {'' if self.new.words.get(key) else 'no longer '}{key}")
        if self.old.words.get("default") != self.new.words.get("default"):
            before, after = self.old.words.get("default"), self.new.words.get("default")
            self.tell(Impact.NOTE, f"default {_shown(before)} became {_shown(after)}")

    def choices(self) -> None:
        old, new = list(self.old.choices), list(self.new.choices)
        if not old or not new:
            if old or new:
                self.tell(Impact.NOTE, "its alternatives were rearranged")
            return
        for how in (_json, _named, _kind):  # first those that are the same, then by name, then by type in order
            for part in list(new):
                known = how(part[0])
                before = next((other for other in old if known and how(other[0]) == known), None)
                if before is not None:
                    old.remove(before)
                    new.remove(part)
                    self.whole.compare(before, part, self.direction, self.unit, self.at)
        for part in old:
            self.narrower(f"{_title(part[0])} is no longer an alternative")
        for part in new:
            self.wider(f"{_title(part[0])} is a new alternative", part[1])

    def inner(self, key: str, suffix: str) -> None:
        old, new = self.old.words.get(key), self.new.words.get(key)
        if old is not None and new is not None:
            one, two = (old, f"{self.old.pointer}/{key}"), (new, f"{self.new.pointer}/{key}")
            self.whole.compare(one, two, self.direction, self.unit, self.at + suffix)

    def additional(self) -> None:
        old = self.old.words.get("additionalProperties", True)
        new = self.new.words.get("additionalProperties", True)
        if (old is False) != (new is False):
            if new is False:
                self.narrower("takes no other properties any more")
            else:
                self.tell(Impact.NOTE, "may have other properties now")
        elif isinstance(old, dict) and isinstance(new, dict):
            self.inner("additionalProperties", ".*")


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def _shown(value: Any) -> str:
    return "none" if value is None else _json(value)


def _listed(values: list[Any]) -> str:
    return ", ".join(_json(value) for value in values[:5]) + (", ..." if len(values) > 5 else "")


def _named(schema: Any) -> str:
    """What an alternative is known by from one release to the next."""
    return str(schema.get("$ref") or schema.get("title") or "") if isinstance(schema, dict) else ""


def _kind(schema: Any) -> str:
    return _json(schema.get("type")) if isinstance(schema, dict) else ""


def _title(schema: Any) -> str:
    named = _named(schema).rpartition("/")[2]
    kind = schema.get("type") if isinstance(schema, dict) else None
    return named or (f"a schema of type {kind}" if isinstance(kind, str) else "a schema without a name")
