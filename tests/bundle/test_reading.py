"""Schemas read through references and compositions."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver.bundle.pointers import escape, follow
from mockserver.bundle.reading import Reader, Spot

DOCUMENT: dict[str, Any] = {
    "components": {
        "schemas": {
            "Animal": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}},
            "Dog": {
                "allOf": [
                    {"$ref": "#/components/schemas/Animal"},
                    {"required": ["bark"], "properties": {"bark": {"type": "boolean"}}},
                ]
            },
            "Pet": {"oneOf": [{"$ref": "#/components/schemas/Dog"}, {"properties": {"purr": {"type": "integer"}}}]},
            "MaybeDog": {"anyOf": [{"$ref": "#/components/schemas/Dog"}, {"type": "null"}]},
            "Tree": {"properties": {"children": {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}}}},
            "Ring": {"$ref": "#/components/schemas/Gnir"},
            "Gnir": {"$ref": "#/components/schemas/Ring"},
            "Self": {"allOf": [{"$ref": "#/components/schemas/Self"}], "properties": {"id": {"type": "integer"}}},
            "a/b~c": {"type": "string"},
            "Slashed": {"$ref": "#/components/schemas/a~1b~0c"},
            "Percent": {"$ref": "#/components/schemas/a%7E1b%7E0c"},
            "Widened": {"$ref": "#/components/schemas/Animal", "properties": {"age": {"type": "integer"}}},
            "Colour": {"enum": ["red", None]},
            "One": {"const": 1},
            "Listed": {
                "properties": {"id": {"type": "integer"}},
                "patternProperties": {"^(id|name)$": {}, "^(tag|name)$": {"type": "string"}, "^x-": {}},
            },
        }
    }
}


@pytest.fixture
def reader() -> Reader:
    """A reader of the animals."""
    return Reader(DOCUMENT)


def at(reader: Reader, name: str) -> Spot:
    """A component."""
    return reader.at(f"/components/schemas/{name}")


def test_members_of_a_composition(reader: Reader) -> None:
    """An object has the properties of all its parts, each with a pointer to where it is declared."""
    members = reader.members(at(reader, "Dog"))
    assert set(members) == {"name", "bark"}
    assert members["name"].pointer == "/components/schemas/Animal/properties/name"
    assert reader.required(at(reader, "Dog")) == {"name", "bark"}


def test_members_of_alternatives(reader: Reader) -> None:
    """Alternatives show what any of them has, but promise only what all have."""
    assert set(reader.members(at(reader, "Pet"))) == {"name", "bark", "purr"}
    assert reader.required(at(reader, "Pet")) == frozenset()


def test_members_that_a_pattern_lists(reader: Reader) -> None:
    """A pattern that lists names declares them; a name declared twice counts as first declared."""
    members = reader.members(at(reader, "Listed"))
    assert {name: spot.pointer.partition("Listed/")[2] for name, spot in members.items()} == {
        "id": "properties/id",
        "name": "patternProperties/^(id|name)$",
        "tag": "patternProperties/^(tag|name)$",
    }
    assert reader.kind(members["tag"]) == "string"
    assert reader.at(members["tag"].pointer) == members["tag"]


def test_what_stands_beside_a_reference(reader: Reader) -> None:
    """OpenAPI 3.1 lets keywords stand beside `$ref`: both count."""
    assert set(reader.members(at(reader, "Widened"))) == {"name", "age"}


def test_recursion_ends(reader: Reader) -> None:
    """Schemas that contain themselves are normal, references in a ring are harmless."""
    children = reader.members(at(reader, "Tree"))["children"]
    items = reader.items(children)
    assert items is not None
    assert set(reader.members(items)) == {"children"}
    assert reader.members(at(reader, "Ring")) == {}
    assert set(reader.members(at(reader, "Self"))) == {"id"}


@pytest.mark.parametrize("name", ["Slashed", "Percent"])
def test_escaped_references(reader: Reader, name: str) -> None:
    """A `$ref` may be escaped as a JSON pointer and as a URI fragment."""
    assert reader.kind(at(reader, name)) == "string"


def test_null_is_seen(reader: Reader) -> None:
    """Null is legal where a type, an alternative or an enum has it, and where nothing is said."""
    assert reader.nullable(at(reader, "MaybeDog"))
    assert reader.nullable(at(reader, "Colour"))
    assert reader.nullable(Spot({}, "/nothing"))
    assert not reader.nullable(at(reader, "Animal"))


def test_kinds_without_type(reader: Reader) -> None:
    """The JSON type is known from `properties`, `items`, `enum` or `const` as well."""
    assert reader.kind(at(reader, "Tree")) == "object"
    assert reader.kind(at(reader, "One")) == "integer"
    assert reader.kind(at(reader, "Colour")) == "string"
    assert reader.kind(Spot({}, "/nothing")) == ""


def test_identity_sees_through_null(reader: Reader) -> None:
    """A row or null is still that row."""
    assert reader.identity(at(reader, "MaybeDog")) == "/components/schemas/Dog"


def test_walking_down(reader: Reader) -> None:
    """A path of properties is followed through references; a wrong one leads nowhere."""
    assert reader.walk(at(reader, "Dog"), ("name",)) is not None
    assert reader.walk(at(reader, "Dog"), ("name", "first")) is None
    assert reader.at("/components/nothing/here").node == {}
    assert at(reader, "Dog").down("allOf", 7).node == {}


def test_pointers_are_escaped() -> None:
    """A path template becomes one step of a JSON pointer."""
    assert escape("/a~b/{id}") == "~1a~0b~1{id}"


def test_an_index_is_written_in_digits() -> None:
    """RFC 6901 knows no negative index: such a pointer leads nowhere, not to the last element."""
    assert follow({"a": [1, 2]}, "/a/1") == 2
    for token in ("-1", "²", "2", "x"):
        with pytest.raises(KeyError):
            follow({"a": [1, 2]}, f"/a/{token}")
