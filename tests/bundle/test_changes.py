"""Two releases of a bundle held against each other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mockserver.bundle.changes import Change, changes, render
from mockserver.bundle.differences import Impact
from mockserver.bundle.loader import Bundle, load_bundle

B, N, C = Impact.BREAKING, Impact.NOTE, Impact.COMPATIBLE


def bundle(folder: Path, paths: dict[str, Any], schemas: dict[str, Any] | None = None, **more: Any) -> Bundle:
    """A bundle of these paths and components."""
    document = {"openapi": "3.1.0", "info": {"title": "Zoo", "version": "1"}, "paths": paths, **more}
    document["components"] = {"schemas": schemas or {}, "securitySchemes": {"Key": {"type": "http", "scheme": "basic"}}}
    file = folder / "zoo.json"
    file.write_text(json.dumps(document))
    return load_bundle(file, cache=False)


def found(old: Bundle, new: Bundle) -> list[tuple[Impact, str]]:
    """What changed, in short."""
    return [(change.kind, change.message) for change in changes(old, new)]


def media(schema: Any) -> dict[str, Any]:
    """JSON of a schema."""
    return {"content": {"application/json": {"schema": schema}}}


def operation(**parts: Any) -> dict[str, Any]:
    """An operation that answers 200, and what else it has."""
    return {"operationId": "op", "responses": {"200": {"description": "ok"}}, **parts}


def differ(folder: Path, old: dict[str, Any], new: dict[str, Any]) -> list[tuple[Impact, str]]:
    """What changed between two forms of one operation."""
    one = bundle(folder, {"/a/{id}": {"post": operation(**old)}})
    return found(one, bundle(folder, {"/a/{id}": {"post": operation(**new)}}))


def test_operations_come_and_go(tmp_path: Path) -> None:
    """One that is gone breaks its clients; a new one does not. What a parameter of the path is called is no matter."""
    old = bundle(tmp_path, {"/a/{id}": {"get": operation()}, "/b": {"get": operation(operationId="b")}})
    new = bundle(tmp_path, {"/a/{key}": {"get": operation()}, "/b": {"put": operation(operationId="b")}})

    out = changes(old, new)

    assert [(c.kind, c.operations, c.message) for c in out] == [
        (B, ("GET /b",), "was removed"),
        (C, ("PUT /b",), "is new"),
    ]


def parameter(name: str = "q", **parts: Any) -> dict[str, Any]:
    """A query parameter."""
    return {"name": name, "in": "query", "schema": {"type": "string"}, **parts}


@pytest.mark.parametrize(
    ("old", "new", "change"),
    [
        ([], [parameter()], (C, "query parameter q is new")),
        ([], [parameter(required=True)], (B, "query parameter q is new and required")),
        ([parameter()], [], (N, "query parameter q was removed")),
        ([parameter()], [parameter(required=True)], (B, "query parameter q is required now")),
        ([parameter(required=True)], [parameter()], (C, "query parameter q is optional now")),
        ([parameter()], [parameter(explode=False)], (B, "query parameter q is written in another style")),
        ([parameter()], [parameter(schema={"type": "integer"})], (B, "query parameter q: string became integer")),
    ],
)
def test_parameters(tmp_path: Path, old: list[Any], new: list[Any], change: tuple[Impact, str]) -> None:
    """What more a client must send breaks it; what more it may send does not."""
    assert differ(tmp_path, {"parameters": old}, {"parameters": new}) == [change]


BODY = {"requestBody": media({"type": "object"})}
MUST = {"requestBody": {"required": True, **media({"type": "object"})}}


@pytest.mark.parametrize(
    ("old", "new", "change"),
    [
        ({}, BODY, (C, "takes a body now")),
        ({}, MUST, (B, "takes a body now, and requires it")),
        (BODY, {}, (N, "takes no body any more")),
        (MUST, {}, (B, "takes no body any more")),
        (BODY, MUST, (B, "the body is required now")),
        (MUST, BODY, (C, "the body is optional now")),
        ({"responses": {"200": {}, "404": {}}}, {"responses": {"200": {}}}, (N, "no longer answers 404")),
        ({"responses": {"200": {}, "201": {}}}, {"responses": {"200": {}}}, (B, "no longer answers 201")),
        ({"responses": {"200": {}}}, {"responses": {"200": {}, "409": {}}}, (C, "may answer 409 now")),
        ({"responses": {"200": {}}}, {"responses": {"200": {}, "202": {}}}, (N, "may answer 202 now")),
        ({}, {"operationId": "other"}, (N, "operationId op became other")),
        ({}, {"security": [{"Key": []}]}, (B, "a client without credentials no longer gets in")),
        ({"security": [{"Key": []}]}, {}, (C, "needs no credentials any more")),
        ({"security": [{"Key": []}, {}]}, {"security": [{}, {"Key": ["write"]}]}, None),
        ({"security": [{"Key": ["a"]}]}, {"security": [{"Key": ["a", "b"]}]}, (B, "Key no longer gets in")),
    ],
)
def test_bodies_replies_and_credentials(
    tmp_path: Path, old: dict[str, Any], new: dict[str, Any], change: tuple[Impact, str] | None
) -> None:
    """Each change of an operation has its meaning."""
    assert differ(tmp_path, old, new) == ([change] if change else [])


def test_media_types_and_headers(tmp_path: Path) -> None:
    """A media type or a promised header that is gone breaks clients."""
    header = {"schema": {"type": "string"}}
    old = {"200": {"content": {"a/b": {}, "a/c": {"schema": {"type": "string"}}}, "headers": {"X": header}}}
    new = {"200": {"content": {"a/c": {}, "a/d": {}}}}

    out = differ(tmp_path, {"responses": old}, {"responses": new})

    assert out == [
        (B, "reply 200: a/b was removed"),
        (N, "reply 200: a/c is no longer described"),
        (N, "reply 200: header X was removed"),
        (C, "reply 200: a/d is new"),
    ]


OBJECT = {"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}, "b": {"type": "integer"}}}


def without(*names: str) -> dict[str, Any]:
    """The object without some of its properties."""
    return {**OBJECT, "properties": {k: v for k, v in OBJECT["properties"].items() if k not in names}}


@pytest.mark.parametrize(
    ("old", "new", "message", "request_", "reply"),
    [
        ({"type": "string"}, {"type": "integer"}, "string became integer", B, B),
        ({"type": "number"}, {"type": "integer"}, "number became integer", B, C),
        ({"type": "integer"}, {"type": "number"}, "integer became number", C, B),
        ({}, {"type": "string"}, "anything became string", B, C),
        ({"type": "string"}, {"type": ["string", "null"]}, "may be null now", C, B),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, {"type": "string"}, "may not be null any more", B, C),
        ({"enum": ["a", "b"]}, {"enum": ["a"]}, '"b" no longer among the values', B, C),
        ({"enum": ["a"]}, {"enum": ["a", "b"]}, '"b" new among the values', C, B),
        ({"type": "string"}, {"type": "string", "enum": ["a"]}, 'only "a" now', B, C),
        ({"enum": ["a"]}, {}, "any value goes now", C, B),
        ({"const": 1}, {"const": 1, "enum": [1]}, "", C, C),
        (OBJECT, {**OBJECT, "required": ["a", "b"]}, "b is", B, C),
        (OBJECT, {**OBJECT, "required": []}, "a ", C, B),
        (without("b"), OBJECT, "b is new", C, C),
        (OBJECT, without("b"), "b was removed", N, B),
        (without("a"), {**OBJECT, "required": ["a"]}, "a is new", B, C),
        ({"maxLength": 9}, {"maxLength": 5}, "maxLength 9 became 5", B, C),
        ({"maxLength": 9}, {}, "maxLength 9 became none", C, B),
        ({"minimum": 1}, {"minimum": 0}, "minimum 1 became 0", C, B),
        ({}, {"minItems": 1}, "minItems none became 1", B, C),
        ({}, {"pattern": "^a"}, 'pattern none became "^a"', B, C),
        ({"format": "date"}, {"format": "date-time"}, 'format "date" became "date-time"', B, N),
        ({"pattern": "^a"}, {}, 'pattern "^a" became none', C, B),
        ({}, {"deprecated": True}, "is deprecated", N, N),
        ({"default": 1}, {"default": 2}, "default 1 became 2", N, N),
        ({"items": {"type": "string"}}, {"items": {"type": "integer"}}, "[]: string became integer", B, B),
        ({}, {"additionalProperties": False}, "takes no other properties any more", B, C),
        ({"additionalProperties": False}, {}, "may have other properties now", N, N),
        (
            {"additionalProperties": {"type": "string"}},
            {"additionalProperties": {"type": "integer"}},
            ".*: string became integer",
            B,
            B,
        ),
        (
            {"oneOf": [{"title": "A"}, {"title": "B"}]},
            {"oneOf": [{"title": "B"}, {"title": "A"}, {"type": "string"}]},
            "a schema of type string is a new alternative",
            C,
            B,
        ),
        ({"oneOf": [{"title": "A"}, {"title": "B"}, {}]}, {"oneOf": [{"title": "B"}, {}]}, "A is no longer", B, C),
        ({"oneOf": [{"title": "A"}, {"title": "B"}]}, {}, "its alternatives were rearranged", N, N),
    ],
)
def test_schemas(
    tmp_path: Path, old: dict[str, Any], new: dict[str, Any], message: str, request_: Impact, reply: Impact
) -> None:
    """A request that must meet more, or a reply that promises less, is breaking."""
    sent = differ(tmp_path, {"requestBody": media(old)}, {"requestBody": media(new)})
    given = differ(tmp_path, {"responses": {"200": media(old)}}, {"responses": {"200": media(new)}})

    if not message:
        assert sent == given == []
        return
    assert [(kind, message in text) for kind, text in sent] == [(request_, True)]
    assert [(kind, message in text) for kind, text in given] == [(reply, True)]


def test_all_of_is_looked_through(tmp_path: Path) -> None:
    """Parts may be split and joined without a change."""
    joined = {"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}}
    split = {"allOf": [{"type": "object"}, {"required": ["a"], "properties": {"a": {"type": "string"}}}]}

    assert differ(tmp_path, {"requestBody": media(joined)}, {"requestBody": media(split)}) == []


TREE = {"type": "object", "properties": {"name": {"type": "string"}, "next": {"$ref": "#/components/schemas/Tree"}}}
OTHER = {"type": "object", "properties": {"name": {"type": "integer"}, "next": {"$ref": "#/components/schemas/Tree"}}}


def test_a_change_of_a_component_is_told_once(tmp_path: Path) -> None:
    """With all operations that show it, however recursive it is; requests and replies apart."""
    ref = media({"$ref": "#/components/schemas/Tree"})
    paths = {
        "/a": {"get": {"operationId": "a", "responses": {"200": ref}}},
        "/b": {
            "get": {
                "operationId": "b",
                "responses": {"200": media({"type": "array", "items": TREE["properties"]["next"]})},
            }
        },
        "/c": {"post": {"operationId": "c", "requestBody": ref, "responses": {}}},
        "/d": {"get": {"operationId": "d", "responses": {}}},
    }

    out = changes(bundle(tmp_path, paths, {"Tree": TREE}), bundle(tmp_path, paths, {"Tree": OTHER}))

    assert [(c.kind, c.message, c.operations, c.pointer) for c in out] == [
        (
            B,
            "Tree.name: string became integer (replies)",
            ("GET /a", "GET /b"),
            "/components/schemas/Tree/properties/name",
        ),
        (B, "Tree.name: string became integer (requests)", ("POST /c",), "/components/schemas/Tree/properties/name"),
    ]


def test_a_reference_may_take_the_place_of_a_schema(tmp_path: Path) -> None:
    """What a schema is called is no matter."""
    inline = media(
        {"type": "object", "properties": {"name": {"type": "string"}, "next": {"$ref": "#/components/schemas/Tree"}}}
    )
    ref = media({"$ref": "#/components/schemas/Tree"})
    one = bundle(tmp_path, {"/a": {"post": operation(requestBody=inline)}}, {"Tree": TREE})
    two = bundle(tmp_path, {"/a": {"post": operation(requestBody=ref)}}, {"Tree": TREE})

    assert found(one, two) == found(two, one) == []


def test_servers_are_a_note(tmp_path: Path) -> None:
    """Another address is to be looked at."""
    one, two = (bundle(tmp_path, {}, servers=[{"url": url}]) for url in ("https://a.test/v1", "https://a.test/v2"))

    assert found(one, two) == [(N, "servers https://a.test/v1 became https://a.test/v2")]


def test_breaking_changes_come_first() -> None:
    """The text has a line for each change, and counts them."""
    text = render(
        [
            Change(B, "was removed", "/x", ("GET /a",)),
            Change(N, "Tree: is deprecated", "/y", ("GET /a", "GET /b")),
            Change(N, "servers a became b", "/servers"),
        ]
    )

    assert text.splitlines() == [
        "breaking  GET /a        was removed",
        "note      2 operations  Tree: is deprecated",
        "note      the bundle    servers a became b",
        "3 changes: 1 breaking, 2 notes.",
    ]
    assert render([]) == "No changes."


@pytest.mark.parametrize("name", ["box-3.0.json", "openai-3.1.yaml"])
def test_a_real_bundle_does_not_differ_from_itself(corpus: Path, name: str) -> None:
    """Whatever a schema is made of, it is equal to itself."""
    one = load_bundle(corpus / name)

    assert changes(one, load_bundle(corpus / name)) == []
