"""Samples and fits: valid for any schema, the same for the same key."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.bundle.loader import load_bundle
from mockserver.paths import BUNDLE
from mockserver.store.chance import Chance
from mockserver.store.patterns import Unreadable, text_for
from mockserver.store.sampling import fit, sample, valid
from mockserver.store.texts import number_for, string_for, uuid_of

NODE = {"type": "object", "required": ["name"], "properties": {
    "name": {"type": "string"}, "children": {"type": "array", "items": {"$ref": "#/$defs/Node"}},
    "parent": {"$ref": "#/$defs/Node"}}}  # fmt: skip
LIST = {"type": "object", "required": ["value", "next"], "properties": {
    "value": {"type": "integer"}, "next": {"anyOf": [{"$ref": "#/$defs/List"}, {"type": "null"}]}}}  # fmt: skip
CAT = {
    "type": "object",
    "required": ["kind", "lives"],
    "properties": {"kind": {"const": "cat"}, "lives": {"type": "integer"}},
}
DOG = {"type": "object", "required": ["kind"], "properties": {"kind": {"const": "dog"}, "barks": {"type": "boolean"}}}
BUNDLE_ = SimpleNamespace(document={"$defs": {"Node": NODE, "List": LIST, "Cat": CAT, "Dog": DOG,
                                             "Ring": {"$ref": "#/$defs/Ring"}}})  # fmt: skip

SCHEMAS: dict[str, Any] = {
    "anything": True,
    "empty": {},
    "null": {"type": "null"},
    "nullable": {"type": ["string", "null"], "maxLength": 3},
    "constant": {"const": {"a": [1, None]}},
    "enum": {"enum": [None, "b", "c"]},
    "only null": {"enum": [None]},
    "boolean": {"type": "boolean"},
    "no type": {"properties": {"a": {"minimum": 3}}, "required": ["a"]},
    "integer in bounds": {"type": "integer", "minimum": 5, "maximum": 6},
    "integer over 64 bits": {"type": "integer", "minimum": 2**70},
    "negative": {"type": "integer", "maximum": -5},
    "exclusive": {"type": "integer", "exclusiveMinimum": 1, "exclusiveMaximum": 3},
    "exclusive numbers": {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 0.001},
    "multiple": {"type": "integer", "multipleOf": 7, "minimum": 50, "maximum": 60},
    "multiple of a fraction": {"type": "number", "multipleOf": 0.25, "minimum": 1.1},
    "whole multiple of a fraction": {"type": "integer", "multipleOf": 2.5},
    "point": {"type": "number", "minimum": 1.23456, "maximum": 1.23456},
    "short": {"type": "string", "maxLength": 1},
    "long": {"type": "string", "minLength": 80, "maxLength": 81},
    "empty text": {"type": "string", "maxLength": 0},
    "pattern": {"type": "string", "pattern": "^[A-Z]{3}-\\d{4}$"},
    "pattern and length": {"type": "string", "pattern": "^[a-z]+$", "minLength": 20, "maxLength": 20},
    "pattern unanchored": {"type": "string", "pattern": "\\d", "maxLength": 2},
    "unicode": {"type": "string", "pattern": "^\\p{L}{2,5}$"},
    "object": {"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}, "b": {"type": "string"}}},
    "required but not declared": {"type": "object", "required": ["x", "y"]},
    "open": {"type": "object", "minProperties": 3, "additionalProperties": {"type": "integer"}},
    "named": {"type": "object", "minProperties": 2, "propertyNames": {"pattern": "^k[0-9]{4}$"}},
    "named from a list": {"type": "object", "minProperties": 2, "propertyNames": {"enum": ["a", "b"]}},
    "patterned": {"type": "object", "minProperties": 2, "patternProperties": {"^x-[a-z]{3}$": {"type": "boolean"}},
                  "additionalProperties": False},
    "closed": {"type": "object", "properties": {"a": True}, "additionalProperties": False, "required": ["a"]},
    "few": {"type": "object", "properties": {"a": True, "b": True, "c": True}, "maxProperties": 2},
    "dependent": {"type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}},
                  "dependentRequired": {"a": ["b", "c"]}},
    "forbidden property": {"type": "object", "properties": {"a": False, "b": True}},
    "array": {"type": "array", "items": {"type": "integer"}, "minItems": 3, "maxItems": 3},
    "unique": {"type": "array", "items": {"enum": [1, 2, 3]}, "minItems": 3, "uniqueItems": True},
    "unique numbers": {"type": "array", "items": {"type": "integer"}, "minItems": 5, "uniqueItems": True},
    "tuple": {"type": "array", "prefixItems": [{"const": 1}, {"type": "string"}], "items": False, "minItems": 2},
    "containing": {"type": "array", "contains": {"const": 5}, "minContains": 2},
    "none": {"type": "array", "maxItems": 0, "items": {"type": "string"}},
    "one of": {"oneOf": [{"$ref": "#/$defs/Cat"}, {"$ref": "#/$defs/Dog"}]},
    "one of, overlapping": {"oneOf": [{"type": "string"}, {"type": "string", "maxLength": 3}]},
    "any of, null first": {"anyOf": [{"type": "null"}, {"type": "string"}]},
    "all of": {"allOf": [{"$ref": "#/$defs/Dog"}, {"required": ["barks"], "properties": {"barks": {"const": True}}}]},
    "all of with siblings": {"allOf": [{"type": "string", "minLength": 3}], "maxLength": 3},
    "all of numbers": {"allOf": [{"type": "number"}, {"type": "integer"}, {"minimum": 5}, {"maximum": 9}]},
    "reference with siblings": {"$ref": "#/$defs/Cat", "properties": {"lives": {"minimum": 9, "maximum": 9}}},
    "not": {"type": "string", "not": {"const": "amber birch"}},
    "if": {"type": "object", "required": ["kind"], "properties": {"kind": {"const": "a"}},
           "if": {"properties": {"kind": {"const": "a"}}}, "then": {"required": ["extra"]}},
    "tree": {"$ref": "#/$defs/Node"},
    "list without end": {"$ref": "#/$defs/List"},
    "ring": {"$ref": "#/$defs/Ring"},
    "dead reference": {"$ref": "#/$defs/Nothing"},
    "read only": {"type": "object", "properties": {"a": {"type": "string", "writeOnly": True}, "b": {"const": 1}}},
}  # fmt: skip
NOT_REACHED = {"if"}  # `then` asks for what no keyword beside it announces: fit fills it in where it can


def judge(schema: Any) -> Any:
    """A validator of a schema beside the definitions above."""
    schema = schema if isinstance(schema, bool) else {**schema, "$defs": BUNDLE_.document["$defs"]}
    return jsonschema_rs.Draft202012Validator(schema, validate_formats=True)


@pytest.mark.parametrize("name", [name for name in SCHEMAS if name not in NOT_REACHED | {"ring", "dead reference"}])
def test_a_sample_is_valid(name: str) -> None:
    """Whatever keywords a schema has, ten samples of it validate."""
    for key in map(str, range(10)):
        value = sample(SCHEMAS[name], BUNDLE_, key)
        assert judge(SCHEMAS[name]).is_valid(value), value


@pytest.mark.parametrize("name", ["ring", "dead reference", "if"])
def test_schemas_that_cannot_be_met_end(name: str) -> None:
    """A ring of references or a dead one gives some value instead of running on."""
    sample(SCHEMAS[name], BUNDLE_, "x")


def test_a_false_schema_gives_null() -> None:
    """Nothing satisfies `false`; the sample is null and does not claim to be valid."""
    assert sample(False, BUNDLE_, "x") is None
    assert not valid(None, False, BUNDLE_)


@pytest.mark.parametrize(
    "form",
    "date-time date time duration email hostname ipv4 ipv6 uri uri-reference iri uri-template uuid json-pointer "
    "relative-json-pointer regex byte int64 decimal".split(),
)
def test_each_format_is_met(form: str) -> None:
    """Texts of the usual formats satisfy a validator that checks formats."""
    checker = judge({"type": "string", "format": form})
    for number in range(20):
        assert checker.is_valid(string_for({"format": form}, Chance(form, number)))


def test_the_same_key_gives_the_same_sample() -> None:
    """Samples depend on the key and on nothing that was asked before."""
    first = [sample(schema, BUNDLE_, "k") for schema in SCHEMAS.values()]
    again = [sample(schema, BUNDLE_, "k") for schema in reversed(SCHEMAS.values())]

    assert first == again[::-1]


def test_different_keys_give_different_samples() -> None:
    """A list of samples is not the same thing over and over."""
    assert len({sample({"type": "integer"}, BUNDLE_, str(key)) for key in range(50)}) > 30


def test_examples_come_first_where_they_are_valid() -> None:
    """What the vendor shows is better than what we make up, unless it breaks the vendor's own schema."""
    assert sample({"type": "string", "examples": ["Acme"]}, BUNDLE_, "k") == "Acme"
    assert sample({"type": "integer", "default": 50}, BUNDLE_, "k") == 50
    assert sample({"type": "string", "examples": [3, "Beta"]}, BUNDLE_, "k") == "Beta"
    assert isinstance(sample({"type": "string", "examples": [3], "default": None}, BUNDLE_, "k"), str)


def test_deep_objects_become_plain() -> None:
    """Far from the root only what is required is there, so that recursive schemas end soon."""
    tree = sample({"$ref": "#/$defs/Node"}, BUNDLE_, "k")

    def depth(node: dict[str, Any]) -> int:
        return 1 + max((depth(child) for child in node.get("children", [])), default=0)

    assert depth(tree) < 6


def test_what_only_clients_send_is_not_shown() -> None:
    """writeOnly properties have no place in a reply."""
    assert sample(SCHEMAS["read only"], BUNDLE_, "k") == {"b": 1}


@pytest.mark.parametrize(
    ("value", "schema"),
    [
        ({"lives": 3}, {"$ref": "#/$defs/Cat"}),
        ({}, {"$ref": "#/$defs/List"}),
        ({"kind": "dog"}, {"oneOf": [{"$ref": "#/$defs/Cat"}, {"$ref": "#/$defs/Dog"}]}),
        ([{}, {"name": "x"}], {"type": "array", "items": {"$ref": "#/$defs/Node"}}),
        ({"a": {"b": {}}}, {"properties": {"a": {"properties": {"b": {"required": ["c"]}}}}}),
        ({"kept": "text", "bad": "text"}, {"properties": {"bad": {"type": "integer"}}}),
        ({"extra": 1}, {"type": "object", "properties": {"a": {"const": 1}}, "required": ["a"]}),
    ],
)
def test_fit_completes_what_lacks(value: Any, schema: Any) -> None:
    """What the schema requires is filled in; what was there and is right stays."""
    fitted = fit(value, schema, BUNDLE_, "k")

    assert judge(schema).is_valid(fitted)
    for name, kept in value.items() if isinstance(value, dict) else ():
        if name in ("kept", "extra", "lives", "kind"):
            assert fitted[name] == kept


def test_what_cannot_be_mended_takes_nothing_else_along() -> None:
    """A part that is of two alternatives where only one is legal is replaced; what stands beside it is kept."""
    part = {"type": "object", "oneOf": [{"required": ["a"]}, {"required": ["b"]}]}
    schema = {"type": "object", "properties": {"kept": {"enum": ["here", "there"]}, "part": part}}

    for kept in ("here", "there"):
        fitted = fit({"kept": kept, "part": {"a": 1, "b": 2}}, schema, BUNDLE_, "k")
        assert judge(schema).is_valid(fitted)
        assert fitted["kept"] == kept


def test_fit_leaves_what_is_right() -> None:
    """A valid value comes back as the very same object."""
    value = {"name": "x"}
    assert fit(value, {"$ref": "#/$defs/Node"}, BUNDLE_, "k") is value


def test_fit_does_not_change_its_argument() -> None:
    """The value that was given is not touched."""
    value: dict[str, Any] = {"a": {}}
    fit(value, {"properties": {"a": {"required": ["b"]}}}, BUNDLE_, "k")
    assert value == {"a": {}}


def replies(bundle: Any) -> Any:
    """(operation, schema) of every success reply of a bundle."""
    for operation in bundle.operations:
        for reply in operation.replies.values():
            if reply.status[:1] == "2":
                yield from ((operation.label, media.schema) for media in reply.content if media.schema is not None)


def judged(source: Path) -> tuple[int, list[str]]:
    """How many success replies a bundle has, and those of which the sample is not valid."""
    bundle = load_bundle(source)
    registry = jsonschema_rs.Registry([("urn:b", bundle.document)], draft=jsonschema_rs.Draft202012)

    def absolute(node: Any) -> Any:
        if isinstance(node, dict):
            return {k: "urn:b" + v if k == "$ref" and str(v)[:1] == "#" else absolute(v) for k, v in node.items()}
        return [absolute(item) for item in node] if isinstance(node, list) else node

    wrong, count = [], 0
    for label, schema in replies(bundle):
        count += 1
        checker = jsonschema_rs.Draft202012Validator(absolute(schema), registry=registry, validate_formats=True)
        if not checker.is_valid(sample(schema, bundle, label)):
            wrong.append(label)
    return count, wrong


def test_every_reply_of_our_bundle_can_be_sampled() -> None:
    """A sample of each declared success reply validates."""
    count, wrong = judged(BUNDLE)
    assert count >= 80
    assert wrong == []


@pytest.mark.parametrize(("name", "least"), [("box-3.0.json", 240), ("openai-3.1.yaml", 280)])
def test_every_reply_of_real_bundles_can_be_sampled(corpus: Path, name: str, least: int) -> None:
    """The same for bundles of other vendors, thousands of schemas with every keyword there is."""
    count, wrong = judged(corpus / name)
    assert count >= least
    assert wrong == []


@pytest.mark.parametrize(
    "pattern",
    [
        r"^\d{3}-\d{2}$", r"^(?:red|green)+$", r"^[^a-z]{4}$", r"^[\w.+-]+@[\w-]+\.[a-z]{2,}$", r"^\S+$", r"^.{3,5}$",
        r"^[A-Za-z][A-Za-z0-9_]*(?:[ -][A-Za-z0-9_]+)*$", r"^(?P<y>\d{4})-(?:0[1-9]|1[0-2])$",
        r"^(ab|c)\1$", r"^\x41\u0042$",
        r"^https?://[A-Za-z0-9.-]+(?::[1-9][0-9]{0,4})?(?:/[!-~]*)?$", r"^[-a]$", r"^[a\-z]$", r"^[]x]$",
        r"^\D\W$", r"^$",
        r"^a{2}b{2,}c{0,1}$", r"^a+?b*?$", r"^[\d\s]{3}$", r"^\t\n$", r"^a\b", r"(?i)^abc$",
    ],
)  # fmt: skip
def test_texts_match_their_pattern(pattern: str) -> None:
    """What is written for an expression is matched by it."""
    for key in range(10):
        assert re.search(pattern, text_for(pattern, Chance(key))), pattern


@pytest.mark.parametrize("pattern", ["(", "[a", "a)", "\\"])
def test_broken_patterns_are_unreadable(pattern: str) -> None:
    """What is no expression is refused here, and any text is taken instead."""
    with pytest.raises((Unreadable, ValueError)):
        text_for(pattern, Chance(1))
    assert isinstance(string_for({"pattern": pattern}, Chance(1)), str)


@given(st.integers(-(10**6), 10**6), st.integers(0, 10**6), st.integers(1, 50), st.booleans())
def test_numbers_lie_within_their_bounds(low: int, width: int, step: int, whole: bool) -> None:
    """Whatever bounds and step there are, a number between them is found where there is one."""
    schema = {"minimum": low, "maximum": low + width, "multipleOf": step}
    value = number_for(schema, Chance(low, width), whole=whole)

    assert low <= value <= low + width
    if (low + width) // step * step >= low:
        assert value % step == 0


@given(st.integers(0, 2**96))
def test_uuids_are_of_version_4(bits: int) -> None:
    """Any bits give a UUID that its own library takes for a random one."""
    import uuid

    assert uuid.UUID(uuid_of(bits)).version == 4
    assert uuid.UUID(uuid_of(bits)).variant == uuid.RFC_4122
