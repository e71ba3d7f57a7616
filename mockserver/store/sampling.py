"""Samples: a value that any JSON Schema of a bundle accepts, the same for the same key."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from mockserver.bundle.directions import for_replies
from mockserver.bundle.operations import Schema
from mockserver.bundle.pointers import follow
from mockserver.bundle.reading import Documented
from mockserver.store.chance import Chance
from mockserver.store.merging import absolute, join
from mockserver.store.texts import number_for, string_for

_DEEP = 3  # from here on only what is required
_HOPELESS = 40
_TRIES = 6
_URN = "urn:mockserver:bundle"
_IMPLIED = {
    word: kind
    for kind, words in (
        ("object", "properties additionalProperties required minProperties patternProperties"),
        ("array", "items prefixItems minItems contains"),
        ("string", "pattern minLength maxLength"),
        ("number", "minimum maximum exclusiveMinimum exclusiveMaximum multipleOf"),
    )
    for word in words.split()
}
_UNCERTAIN = frozenset(
    "not if oneOf dependentSchemas dependentRequired unevaluatedProperties unevaluatedItems pattern contains "
    "propertyNames uniqueItems patternProperties anyOf allOf format examples default".split()
)


class Impossible(Exception):
    """Nothing fits this schema at this depth."""


def sample(schema: Schema, bundle: Documented, key: str) -> Any:
    """A value of a reply for a schema of the bundle, by the key alone; it validates wherever that can be had."""
    return _sampler(bundle).sample(schema, key)


def fit(value: Any, schema: Schema, bundle: Documented, key: str) -> Any:
    """The value with what the schema requires beyond it filled in; what is there stays, unless it cannot."""
    sampler = _sampler(bundle)
    if sampler.valid(schema, value):
        return value
    for strict in (False, True):
        try:
            fitted = sampler.fitted(value, schema, Chance(key, "fit"), 0, strict=strict)
        except Impossible:
            continue
        if strict or sampler.valid(schema, fitted):
            return fitted
    return value


def valid(value: Any, schema: Schema, bundle: Documented) -> bool:
    """Whether the value satisfies the schema (Draft 2020-12, formats on)."""
    return _sampler(bundle).valid(schema, value)


_SAMPLERS: dict[int, Sampler] = {}  # by id of the document, which its sampler keeps alive
_KEPT = 8


def _sampler(bundle: Documented) -> Sampler:
    found = _SAMPLERS.get(id(bundle.document))
    if found is None:
        while len(_SAMPLERS) >= _KEPT:
            del _SAMPLERS[next(iter(_SAMPLERS))]
        found = _SAMPLERS[id(bundle.document)] = Sampler(bundle.document)
    return found


class Sampler:
    """Samples the schemas of one document as they hold for replies, remembering what it made of them."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._written = document  # kept alive: its parts are known by their ids
        self._turned: dict[int, Any] = {}
        self._document: Mapping[str, Any] = for_replies(cast("dict[str, Any]", document), self._turned)
        self._registry: Any = None
        self._flat: dict[int, tuple[Any, dict[str, Any]]] = {}  # by id; holds the schema, so the id stays its own
        self._validators: dict[int, tuple[Any, Any]] = {}

    def sample(self, schema: Schema, key: str) -> Any:
        """A value for a schema; see `mockserver.store.sampling.sample`."""
        made: Any = None
        for attempt in range(_TRIES):
            try:
                made = self._value(schema, Chance(key, attempt), 0, ())
            except Impossible:
                made = None
            if self.valid(schema, made):
                return made
        return made

    def valid(self, schema: Schema, value: Any) -> bool:
        """Whether a value satisfies a schema of the document."""
        if isinstance(schema, bool):
            return schema
        schema = self._of_replies(schema)
        known = self._validators.get(id(schema))
        if known is None:
            known = self._validators[id(schema)] = (schema, self._validator(schema))
        return known[1] is None or bool(known[1].is_valid(value))

    def flat(self, schema: Schema) -> dict[str, Any]:
        """The schema with `$ref` followed and `allOf` merged, at its own level."""
        if isinstance(schema, bool):
            return {} if schema else {"not": {}}
        schema = self._of_replies(schema)
        known = self._flat.get(id(schema))
        if known is None:
            known = self._flat[id(schema)] = (schema, self._merged(schema, ()))
        return known[1]

    def _of_replies(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        """A schema as it holds for replies, which need not say what is only written."""
        turned: Mapping[str, Any] = self._turned.get(id(schema), schema)
        return turned

    def fitted(self, value: Any, schema: Schema, chance: Chance, depth: int, *, strict: bool = False) -> Any:
        """The value completed; `strict` also replaces parts that are wrong."""
        flat = self.flat(schema)
        if "oneOf" in flat or "anyOf" in flat:
            branches = [self._joined(flat, branch) for branch in self._branches(flat)]
            for branch in branches:
                made = self.fitted(value, branch, Chance(chance.below(1 << 30)), depth, strict=strict)
                if self.valid(schema, made):
                    return made
        if isinstance(value, dict) and (self._type(flat) in ("object", "")):
            made = dict(value)
            properties = flat.get("properties", {})
            for name in (*value, *(n for n in flat.get("required", ()) if n not in value)):
                part = properties.get(name, flat.get("additionalProperties", True))
                if name not in value:
                    made[name] = self._value(part, chance, depth + 1, ())
                elif part is False:  # nothing fits; it may still be that the whole does
                    made = {kept: v for kept, v in made.items() if not strict or kept != name}
                elif not self.valid(part, value[name]):
                    made[name] = self.fitted(value[name], part, chance, depth + 1, strict=strict)
                    if strict and not self.valid(part, made[name]):  # else all that stands beside it had to go
                        made[name] = self._value(part, chance, depth + 1, ())
            return made
        if isinstance(value, list) and isinstance(flat.get("items"), Mapping):
            return [self.fitted(item, flat["items"], chance, depth + 1, strict=strict) for item in value]
        if self.valid(schema, value) or not (strict or depth):
            return value
        return self._value(schema, chance, depth, ())

    # -- making ------------------------------------------------------------------------------------------------------

    def _value(self, schema: Schema, chance: Chance, depth: int, trail: tuple[str, ...]) -> Any:
        if depth > _HOPELESS:
            raise Impossible
        ref = schema.get("$ref") if isinstance(schema, Mapping) else None
        if ref is not None:
            if trail.count(ref) > 2:
                raise Impossible
            trail = (*trail, ref)
        flat = self.flat(schema)
        if "const" in flat:
            return flat["const"]
        if "enum" in flat:
            options = [v for v in flat["enum"] if v is not None] or flat["enum"]
            return chance.pick(options)
        for shown in (
            *flat.get("examples", ()),
            *((flat["default"],) if flat.get("default") is not None else ()),
        ):
            if shown is not None and self.valid(flat, shown):
                return shown
        if "oneOf" in flat or "anyOf" in flat:
            return self._branch(flat, chance, depth, trail)
        return self._made(flat, chance, depth, trail)

    def _made(self, flat: Mapping[str, Any], chance: Chance, depth: int, trail: tuple[str, ...]) -> Any:
        kind = self._type(flat)
        if "not" in flat and flat["not"] in ({}, True):
            raise Impossible
        if kind == "object":
            return self._object(flat, chance, depth, trail)
        if kind == "array":
            return self._array(flat, chance, depth, trail)
        if kind in ("number", "integer"):
            return number_for(flat, chance, whole=kind == "integer")
        if kind == "boolean":
            return chance.below(2) == 1
        return None if kind == "null" else string_for(flat, chance)

    def _type(self, flat: Mapping[str, Any]) -> str:
        declared = flat.get("type")
        if isinstance(declared, list):
            real = [kind for kind in declared if kind != "null"]
            return real[0] if real else "null"
        if declared:
            return str(declared)
        return next((kind for word, kind in _IMPLIED.items() if word in flat), "string")

    def _branches(self, flat: Mapping[str, Any]) -> list[Schema]:
        """The alternatives, those that mean null last."""
        found: list[Schema] = [*flat.get("oneOf", ()), *flat.get("anyOf", ())]
        return sorted(found, key=lambda branch: isinstance(branch, Mapping) and branch.get("type") == "null")

    def _branch(self, flat: Mapping[str, Any], chance: Chance, depth: int, trail: tuple[str, ...]) -> Any:
        branches = self._branches(flat)
        if depth > _DEEP:  # straight ahead first, so that recursions end
            branches.sort(key=lambda b: isinstance(b, Mapping) and b.get("$ref") in trail)
        usable: list[Any] = []
        for branch in branches:
            if isinstance(branch, Mapping) and (ref := branch.get("$ref")) is not None and trail.count(ref) > 1:
                continue
            inner = (*trail, str(branch["$ref"])) if isinstance(branch, Mapping) and "$ref" in branch else trail
            joined = self._joined(flat, branch)
            for attempt in range(2):
                try:
                    made = self._value(joined, Chance(chance.below(1 << 40), attempt), depth + 1, inner)
                except Impossible:
                    break
                if self.valid(flat, made):
                    return made
                usable.append(made)
        if not usable:
            raise Impossible
        return usable[0]

    def _object(self, flat: Mapping[str, Any], chance: Chance, depth: int, trail: tuple[str, ...]) -> dict[str, Any]:
        properties: Mapping[str, Schema] = flat.get("properties", {})
        required = set(flat.get("required", ()))
        least, most = flat.get("minProperties", 0), flat.get("maxProperties", math.inf)
        made: dict[str, Any] = {}
        for name, part in properties.items():
            wanted = name in required
            if not wanted and (part is False or depth >= _DEEP or len(made) >= most or _write_only(part)):
                continue
            if not wanted and isinstance(part, Mapping) and part.get("$ref") in trail:
                continue
            try:
                made[name] = self._value(part, chance, depth + 1, trail)
            except Impossible:
                if wanted:
                    raise
        for name in sorted(required - set(made)):
            made[name] = self._value(self._other(flat, name), chance, depth + 1, trail)
        for name, further in flat.get("dependentRequired", {}).items():
            for needed in further if name in made else ():
                if needed not in made:
                    made[needed] = self._value(properties.get(needed, True), chance, depth + 1, trail)
        number = 0
        while len(made) < least and number < least + 20:
            number += 1
            name = self._name(flat, chance, number)
            made.setdefault(name, self._value(self._other(flat, name), chance, depth + 1, trail))
        return made

    def _name(self, flat: Mapping[str, Any], chance: Chance, number: int) -> str:
        """A name for a further property."""
        patterns = list(flat.get("patternProperties", ()))
        if patterns:
            return string_for({"pattern": patterns[0]}, chance)
        named = self.flat(flat.get("propertyNames", True))
        if "enum" in named:
            return str(named["enum"][(number - 1) % len(named["enum"])])
        return string_for(named, chance) if named else f"key{number}"

    def _other(self, flat: Mapping[str, Any], name: str) -> Schema:
        """The schema of a property that is not declared by name."""
        import regex

        for pattern, part in flat.get("patternProperties", {}).items():
            if regex.search(pattern, name):
                return part  # type: ignore[no-any-return]  # the document is untyped
        declared: Schema = flat.get("additionalProperties", True)
        return True if declared is False else declared

    def _array(self, flat: Mapping[str, Any], chance: Chance, depth: int, trail: tuple[str, ...]) -> list[Any]:
        least, most = int(flat.get("minItems", 0)), int(flat.get("maxItems", 1 << 30))
        first: Sequence[Schema] = flat.get("prefixItems", ())
        items: Schema = flat.get("items", True)
        wanted = min(most, max(least, len(first), 1 if depth < _DEEP + 1 and items is not True else 0))
        made: list[Any] = []
        if "contains" in flat:
            made += [self._value(flat["contains"], chance, depth + 1, trail) for _ in range(flat.get("minContains", 1))]
        for number in range(wanted + 8 * wanted * bool(flat.get("uniqueItems"))):
            if len(made) >= wanted:
                break
            part = first[number] if number < len(first) else items
            try:
                value = self._item(part, chance, depth + 1, trail, number)
            except Impossible:
                if least == 0:
                    return made
                raise
            if not flat.get("uniqueItems") or value not in made:
                made.append(value)
        return made

    def _item(self, part: Schema, chance: Chance, depth: int, trail: tuple[str, ...], number: int) -> Any:
        """One item; those after the first do not take the example again."""
        if number and isinstance(part, Mapping):
            flat = self.flat(part)
            if "enum" in flat:
                return flat["enum"][number % len(flat["enum"])]
            if flat.get("examples") or flat.get("default") is not None:
                part = {k: v for k, v in flat.items() if k not in ("examples", "default")}
        return self._value(part, chance, depth, trail)

    # -- reading -----------------------------------------------------------------------------------------------------

    def _follow(self, ref: str) -> Schema:
        if not ref.startswith("#"):
            return True
        try:
            node = follow(self._document, ref)
        except KeyError:
            return True
        return node if isinstance(node, (Mapping, bool)) else True

    def _merged(self, schema: Mapping[str, Any], trail: tuple[int, ...]) -> dict[str, Any]:
        if id(schema) in trail:
            return {}
        trail = (*trail, id(schema))
        flat = {word: value for word, value in schema.items() if word not in ("$ref", "allOf")}
        parts: list[Schema] = [*schema.get("allOf", ())]
        if isinstance(schema.get("$ref"), str):
            parts.append(self._follow(schema["$ref"]))
        for part in parts:
            below = ({} if part else {"not": {}}) if isinstance(part, bool) else self._merged(part, trail)
            flat = join(flat, below)
        return flat

    def _joined(self, flat: Mapping[str, Any], branch: Schema) -> dict[str, Any]:
        """The schema narrowed to one of its alternatives (remembered, so that its validators are made once)."""
        known = self._flat.get(-id(flat) ^ id(branch))
        if known is None or known[0][0] is not flat or known[0][1] is not branch:
            rest = {
                word: value for word, value in flat.items() if word not in ("oneOf", "anyOf", "examples", "default")
            }
            joined = join(self.flat(branch), rest)
            known = self._flat[-id(flat) ^ id(branch)] = ((flat, branch), joined)
        return known[1]

    def _validator(self, schema: Mapping[str, Any]) -> Any:
        import jsonschema_rs

        if self._registry is None:
            self._registry = jsonschema_rs.Registry([(_URN, dict(self._document))], draft=jsonschema_rs.Draft202012)
        try:
            return jsonschema_rs.Draft202012Validator(
                absolute(schema, _URN), registry=self._registry, validate_formats=True, offline=True
            )
        except (ValueError, jsonschema_rs.ReferencingError):
            return None  # the bundle's own mistake; its lint reports it


def _write_only(part: Schema) -> bool:
    return isinstance(part, Mapping) and part.get("writeOnly") is True


def needs_care(schema: Iterable[str]) -> bool:
    """Whether the schema says more than a plain type does."""
    return not _UNCERTAIN.isdisjoint(schema)
