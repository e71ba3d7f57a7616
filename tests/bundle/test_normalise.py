"""Documents of any version become one kind, and nothing in them can trip what follows."""

from __future__ import annotations

import copy
import time
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from mockserver.bundle.directions import for_replies, for_requests
from mockserver.bundle.loader import load_bundle
from mockserver.bundle.normalise import normalise
from mockserver.findings import Finding


def schemas(version: str = "3.0.3", **parts: Any) -> tuple[dict[str, Any], list[Finding]]:
    """Component schemas, normalised, and what was said of them."""
    document = {"openapi": version, "paths": {}, "components": {"schemas": copy.deepcopy(parts)}}
    findings = normalise(document, version)
    return document["components"]["schemas"], findings


def one(schema: Any, version: str = "3.0.3") -> Any:
    """A schema, normalised without a finding."""
    out, findings = schemas(version, A=schema, B={"type": "string"})
    assert findings == []
    return out["A"]


REF = {"$ref": "#/components/schemas/B"}
NULL = {"type": "null"}


@pytest.mark.parametrize(
    ("schema", "normal"),
    [
        ({"type": "string", "nullable": True}, {"type": ["string", "null"]}),
        ({"type": "string", "nullable": False}, {"type": "string"}),
        ({"nullable": True}, {}),
        ({"type": "string", "enum": ["a"], "nullable": True}, {"type": ["string", "null"], "enum": ["a", None]}),
        ({"type": "string", "enum": ["a", None], "nullable": True}, {"type": ["string", "null"], "enum": ["a", None]}),
        ({"enum": ["a"], "nullable": True}, {"enum": ["a", None]}),
        ({**REF, "nullable": True}, {"anyOf": [REF, NULL]}),
        (
            {"allOf": [REF], "nullable": True, "description": "d", "readOnly": True},
            {"description": "d", "readOnly": True, "anyOf": [{"allOf": [REF]}, NULL]},
        ),
        (
            {"oneOf": [REF, {"type": "integer"}], "nullable": True},
            {"anyOf": [{"oneOf": [REF, {"type": "integer"}]}, NULL]},
        ),
        ({"anyOf": [REF], "nullable": True}, {"anyOf": [REF, NULL]}),
        ({"type": "object", "allOf": [REF], "nullable": True}, {"anyOf": [{"type": "object", "allOf": [REF]}, NULL]}),
    ],
)
def test_nullable_becomes_a_type(schema: dict[str, Any], normal: dict[str, Any]) -> None:
    """`nullable` of OpenAPI 3.0 lets null pass, whatever else the schema says."""
    out = one(schema)

    assert out == normal
    if schema.get("nullable"):
        assert jsonschema_rs.is_valid({**out, "components": {"schemas": {"B": {"type": "string"}}}}, None)


@pytest.mark.parametrize(
    ("schema", "normal"),
    [
        ({"minimum": 1, "exclusiveMinimum": True}, {"exclusiveMinimum": 1}),
        ({"minimum": 1, "exclusiveMinimum": False}, {"minimum": 1}),
        ({"exclusiveMaximum": True, "maximum": 2.5}, {"exclusiveMaximum": 2.5}),
        ({"exclusiveMaximum": True}, {}),
        ({"exclusiveMinimum": 3}, {"exclusiveMinimum": 3}),
    ],
)
def test_exclusive_bounds_become_numbers(schema: dict[str, Any], normal: dict[str, Any]) -> None:
    """The booleans of OpenAPI 3.0 become the numbers of JSON Schema."""
    assert one(schema) == normal


@pytest.mark.parametrize(
    ("schema", "low", "high"),
    [
        ({"type": "integer", "format": "int32"}, -(2**31), 2**31 - 1),
        ({"type": "integer", "format": "int64"}, -(2**63), 2**63 - 1),
        ({"type": ["integer", "null"], "format": "int64"}, -(2**63), 2**63 - 1),
        ({"type": "integer", "format": "int64", "minimum": 1}, 1, 2**63 - 1),
        ({"type": "integer", "format": "int32", "maximum": 2**40}, -(2**31), 2**31 - 1),
        ({"type": "integer", "format": "uint8"}, 0, 255),
        ({"format": "int32"}, -(2**31), 2**31 - 1),
    ],
)
def test_integer_formats_have_bounds(schema: dict[str, Any], low: int, high: int) -> None:
    """int32 and its kin bound the number, unless a tighter bound is declared."""
    out = one(schema, "3.1.0")

    assert (out["minimum"], out["maximum"]) == (low, high)


def test_integer_formats_of_text_have_none() -> None:
    """A string with the format int64 is text."""
    assert one({"type": "string", "format": "int64"}) == {"type": "string", "format": "int64"}


def test_an_exclusive_bound_is_bound_enough() -> None:
    """No bound is added beside a tighter exclusive one."""
    schema = {"type": "integer", "format": "int32", "minimum": 0, "exclusiveMinimum": True}

    assert one(schema) == {"type": "integer", "format": "int32", "exclusiveMinimum": 0, "maximum": 2**31 - 1}


def test_example_joins_examples() -> None:
    """One place for examples: a list in schemas, named ones in media types and parameters, in any version."""
    document: dict[str, Any] = {
        "paths": {
            "/a": {
                "parameters": [{"name": "q", "in": "query", "example": 1, "schema": {"example": 0}}],
                "post": {
                    "requestBody": {
                        "content": {
                            "a/b": {"example": {"x": 1}, "schema": {"example": None, "examples": [3]}},
                            "a/c": {"examples": {"raw": {"x": 1}, "two": {"value": 2}, "text": "t"}},
                            "a/d": {"examples": [1, 2]},
                            "a/e": {"examples": {"new": {"dataValue": 5}}},
                        }
                    }
                },
            }
        }
    }

    normalise(document, "3.1.0")

    item = document["paths"]["/a"]
    assert item["parameters"][0]["examples"] == {"example": {"value": 1}}
    assert item["parameters"][0]["schema"] == {"examples": [0]}
    content = item["post"]["requestBody"]["content"]
    assert content["a/b"] == {"examples": {"example": {"value": {"x": 1}}}, "schema": {"examples": [3]}}
    assert content["a/c"]["examples"] == {"raw": {"value": {"x": 1}}, "two": {"value": 2}, "text": {"value": "t"}}
    assert content["a/d"]["examples"] == {"1": {"value": 1}, "2": {"value": 2}}
    assert content["a/e"]["examples"]["new"]["value"] == 5


def test_data_is_left_alone() -> None:
    """Examples, defaults and enums that look like schemas stay as they are, as do properties named like keywords."""
    looks = {"nullable": True, "type": "x", "example": 1, "$ref": "nowhere"}
    schema = {
        "type": "object",
        "default": looks,
        "enum": [looks],
        "properties": {"nullable": {"type": "boolean"}, "$ref": {"type": "string"}, "type": {"type": "string"}},
        "x-own": looks,
    }

    out = one({**schema, "example": looks})

    assert out == {**schema, "examples": [looks]}


def test_beside_a_reference_only_words_count_in_3_0() -> None:
    """OpenAPI 3.0 ignores what stands beside a `$ref`; 3.1 does not."""
    schema = {**REF, "maxLength": 3, "description": "d", "x-own": 1}

    assert one(schema, "3.0.0") == {**REF, "description": "d", "x-own": 1}
    assert one(schema, "3.1.0") == schema


def test_tuples_become_prefix_items() -> None:
    """`items` as a list is the tuple of older drafts."""
    assert one({"type": "array", "items": [{"nullable": True, "type": "string"}]}) == {
        "type": "array",
        "prefixItems": [{"type": ["string", "null"]}],
    }


@pytest.mark.parametrize(
    ("schema", "left"),
    [
        ({"type": "any"}, {}),
        ({"type": ["string", "file"]}, {}),
        ({"required": True}, {}),
        ({"required": [1]}, {}),
        ({"enum": []}, {}),
        ({"enum": "a"}, {}),
        ({"minLength": "1"}, {}),
        ({"maxLength": -1}, {}),
        ({"minimum": "0"}, {}),
        ({"multipleOf": 0}, {}),
        ({"pattern": 3}, {}),
        ({"format": 3}, {}),
        ({"readOnly": "yes"}, {}),
        ({"allOf": []}, {}),
        ({"oneOf": {"a": 1}}, {}),
        ({"properties": []}, {}),
        ({"properties": {"a": None}}, {"properties": {}}),
        ({"items": "string"}, {}),
        ({"additionalProperties": "no"}, {}),
        ({"examples": 3}, {}),
        ({"discriminator": "type"}, {}),
        ({"$ref": 3}, {}),
        ({"title": 3}, {}),
    ],
)
def test_what_no_validator_takes_is_left_out_and_told(schema: dict[str, Any], left: dict[str, Any]) -> None:
    """A keyword with an impossible value becomes a finding with its place, and the rest compiles."""
    out, findings = schemas("3.1.0", A={**copy.deepcopy(schema), "deprecated": True})

    assert out["A"] == {**left, "deprecated": True}
    assert [f.code for f in findings] == ["MS016"]
    assert findings[0].pointer.startswith("/components/schemas/A/")
    assert findings[0].message.startswith("A")
    jsonschema_rs.Draft202012Validator(out["A"])


@pytest.mark.parametrize(
    ("schema", "normal"),
    [
        ({"required": ["a", "b", "a"]}, {"required": ["a", "b"]}),
        ({"type": ["string", "string"]}, {"type": ["string"]}),
        ({"minLength": 1.0}, {"minLength": 1}),
        ({"examples": {"a": {"value": 1}, "b": 2}}, {"examples": [1, 2]}),
        ({"$schema": "http://json-schema.org/draft-07/schema#", "$id": "a"}, {}),
        ({"additionalProperties": False, "items": True}, {"additionalProperties": False, "items": True}),
    ],
)
def test_what_can_be_mended_is_mended(schema: dict[str, Any], normal: dict[str, Any]) -> None:
    """Small slips are put right without a word."""
    assert one(schema, "3.1.0") == normal


def test_nullable_in_3_1_is_told() -> None:
    """The keyword means nothing there: it is left out, and the finding says what to write."""
    out, findings = schemas("3.1.0", A={"type": "string", "nullable": True})

    assert out["A"] == {"type": "string"}
    assert "write type: [..., 'null']" in findings[0].message


def test_patterns_are_compiled() -> None:
    """What cannot be compiled is left out and told; a loose hyphen is put right; keys of properties count too."""
    out, findings = schemas(
        A={"pattern": "^[a"},
        B={"pattern": r"^[\w-.]+$"},
        C={"pattern": "^a$"},
        D={"patternProperties": {"[": {"type": "string"}, "^x": {"type": "string"}, r"[\d-a]": {"pattern": "^[a"}}},
    )

    assert out["A"] == {}
    assert out["B"] == {"pattern": r"^[\w\-.]+$"}
    assert out["C"] == {"pattern": "^a$"}
    assert out["D"] == {"patternProperties": {"^x": {"type": "string"}, r"[\d\-a]": {}}}
    assert sorted((f.code, f.pointer) for f in findings) == [
        ("MS009", "/components/schemas/A/pattern"),
        ("MS009", "/components/schemas/D/patternProperties/["),
        ("MS009", "/components/schemas/D/patternProperties/[\\d-a]/pattern"),
    ]


def test_references_that_lead_nowhere_are_left_out() -> None:
    """Anything goes in their place; each is an error with its pointer."""
    out, findings = schemas(A={"properties": {"x": {"$ref": "#/components/schemas/Nope", "description": "d"}}})

    assert out["A"]["properties"]["x"] == {"description": "d"}
    assert [(f.code, f.severity, f.pointer) for f in findings] == [
        ("MS010", "error", "/components/schemas/A/properties/x/$ref")
    ]


def test_references_into_a_mended_schema_still_arrive() -> None:
    """A schema that was wrapped for its null is found at its new place."""
    out, findings = schemas(
        A={"nullable": True, "allOf": [{"properties": {"x": {"type": "integer"}}}]},
        B={"$ref": "#/components/schemas/A/allOf/0/properties/x"},
    )

    assert findings == []
    assert out["B"]["$ref"] == "#/components/schemas/A/anyOf/0/allOf/0/properties/x"


def test_what_a_reference_leads_to_is_of_its_kind() -> None:
    """A schema that stands in an unusual place is normalised because it is referred to."""
    document: dict[str, Any] = {
        "paths": {},
        "x-shared": {"Money": {"type": "string", "nullable": True}},
        "components": {"schemas": {"A": {"$ref": "#/x-shared/Money"}}},
    }

    normalise(document, "3.0.0")

    assert document["x-shared"]["Money"] == {"type": ["string", "null"]}


def test_path_items_are_shown_in_their_place() -> None:
    """A path that refers to another path item has its operations, and its own additions."""
    document: dict[str, Any] = {
        "paths": {"/a": {"$ref": "#/components/pathItems/P", "summary": "s"}},
        "components": {"pathItems": {"P": {"$ref": "#/components/pathItems/Q"}, "Q": {"get": {"responses": {}}}}},
    }

    normalise(document, "3.1.0")

    assert document["paths"]["/a"] == {"get": {"responses": {}}, "summary": "s"}


def test_every_place_of_a_schema_is_reached() -> None:
    """Parameters, headers, bodies, replies, callbacks and webhooks hold schemas, however deep."""
    n = {"type": "string", "nullable": True}
    media = {"content": {"a/b": {"schema": n, "encoding": {"x": {"headers": {"H": {"schema": n}}}}}}}
    operation = {
        "parameters": [{"schema": n}, {"content": {"a/b": {"schema": n}}}],
        "requestBody": media,
        "responses": {"default": {**media, "headers": {"H": {"schema": n}}}},
    }
    document: dict[str, Any] = {
        "paths": {
            "/a": {
                "parameters": [{"schema": n}],
                "get": {**operation, "callbacks": {"c": {"{$url}": {"post": operation}}}},
            }
        },
        "webhooks": {"w": {"post": operation}},
        "components": {
            "responses": {"R": media},
            "headers": {"H": {"schema": n}},
            "callbacks": {"c": {"u": {"put": operation}}},
        },
    }
    document = copy.deepcopy(document)
    for nested in ("allOf", "anyOf", "oneOf", "prefixItems"):
        n = {nested: [n]}
    for nested in ("not", "if", "items", "contains", "additionalProperties", "propertyNames"):
        n = {nested: n}
    document["components"]["schemas"] = {
        "Deep": {"properties": {"a": copy.deepcopy(n)}, "$defs": {"d": copy.deepcopy(n)}}
    }

    normalise(document, "3.0.0")

    assert "nullable" not in str(document)


def test_deep_documents_are_no_trouble() -> None:
    """Thousands of levels are walked without recursion."""
    schema: dict[str, Any] = {"type": "string", "nullable": True}
    leaf = schema
    for _ in range(20_000):
        schema = {"items": schema}
    document = {"paths": {}, "components": {"schemas": {"A": schema}}}

    normalise(document, "3.0.0")

    assert leaf == {"type": ["string", "null"]}


def test_time_grows_with_the_size_only() -> None:
    """Ten thousand schemas that refer to each other are done in well under a second."""
    ref = {"$ref": "#/components/schemas/S0"}
    parts = {
        f"S{n}": {"type": "object", "properties": {"a": dict(ref), "b": {"nullable": True, **ref}}}
        for n in range(10_000)
    }

    start = time.perf_counter()
    schemas(**parts)

    assert time.perf_counter() - start < 2


# -- requests and replies


def judged(properties: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A document with one component of these properties, all required."""
    schema = {"type": "object", "required": list(properties), "properties": properties, **more}
    return {"paths": {}, "components": {"schemas": {"A": schema, "Id": {"type": "integer", "readOnly": True}}}}


def test_requests_need_no_read_only_properties() -> None:
    """What the server gives is not asked of a client, and what only a client gives not of the server."""
    document = judged({"id": {"readOnly": True}, "secret": {"writeOnly": True}, "name": {}})

    assert for_requests(document)["components"]["schemas"]["A"]["required"] == ["secret", "name"]
    assert for_replies(document)["components"]["schemas"]["A"]["required"] == ["id", "name"]
    assert document["components"]["schemas"]["A"]["required"] == ["id", "secret", "name"]


@pytest.mark.parametrize(
    "prop",
    [
        {"$ref": "#/components/schemas/Id"},
        {"allOf": [{"$ref": "#/components/schemas/Id"}]},
        {"allOf": [{"type": "integer"}], "readOnly": True},
    ],
)
def test_flags_are_seen_through_references(prop: dict[str, Any]) -> None:
    """A property may be read-only because of what it refers to."""
    document = judged({"id": prop, "name": {}})

    assert for_requests(document)["components"]["schemas"]["A"]["required"] == ["name"]


def test_flags_are_seen_across_all_of() -> None:
    """One part may declare what another requires."""
    base = {"properties": {"id": {"readOnly": True}}}
    document: dict[str, Any] = {
        "paths": {},
        "components": {
            "schemas": {
                "Base": base,
                "A": {"allOf": [{"$ref": "#/components/schemas/Base"}, {"required": ["id", "x"]}]},
                "B": {"allOf": [{"$ref": "#/components/schemas/Base"}], "required": ["id"]},
            }
        },
    }

    out = for_requests(document)["components"]["schemas"]

    assert out["A"]["allOf"][1]["required"] == ["x"]
    assert out["B"]["required"] == []


def test_without_such_properties_nothing_is_copied() -> None:
    """The document itself is given back."""
    document = judged({"id": {}, "readOnly": {"type": "boolean"}})
    document["components"]["schemas"]["A"]["default"] = {"readOnly": True, "required": ["x"], "properties": {}}
    document["components"]["schemas"]["Id"].pop("readOnly")

    assert for_requests(document) is document
    assert for_replies(document) is document


def test_what_does_not_change_is_shared() -> None:
    """Only the way to the changed schema is copied."""
    document = judged({"id": {"readOnly": True}})

    out = for_requests(document)

    assert out is not document
    assert out["components"]["schemas"]["Id"] is document["components"]["schemas"]["Id"]
    assert out["paths"] is document["paths"]


@pytest.mark.parametrize("name", ["box-3.0.json", "openai-3.1.yaml"])
def test_real_bundles_compile(corpus: Path, name: str) -> None:
    """Each component of other vendors' bundles compiles, for requests and for replies."""
    bundle = load_bundle(corpus / name, cache=False)

    for document in {id(d): d for d in (bundle.for_requests, bundle.for_replies)}.values():
        registry = jsonschema_rs.Registry([("urn:bundle", document)], draft=jsonschema_rs.Draft202012)
        for component in document["components"]["schemas"]:
            reference = {"$ref": f"urn:bundle#/components/schemas/{component}"}
            jsonschema_rs.Draft202012Validator(reference, registry=registry, validate_formats=True)


def test_names_are_text() -> None:
    """A name that YAML took for a number is a name; what is no text at all is left out and told."""
    document: dict[str, Any] = {
        "paths": {
            "/a": {
                "get": {
                    "operationId": 12,
                    "summary": [],
                    "tags": ["a", 3, None],
                    "parameters": [{"name": 1, "in": "query"}, {"name": {}, "in": "query"}],
                    "security": [{"Key": None}, {"Key": ["a"]}],
                }
            }
        }
    }

    findings = normalise(document, "3.1.0")

    assert document["paths"]["/a"]["get"] == {
        "operationId": "12",
        "tags": ["a", "3"],
        "parameters": [{"name": "1", "in": "query"}, {"in": "query"}],
        "security": [{"Key": []}, {"Key": ["a"]}],
    }
    assert [f.code for f in findings] == ["MS018"] * 3


def test_a_path_that_refers_to_all_paths_makes_no_circle() -> None:
    """Such a path has nothing of its own."""
    document: dict[str, Any] = {
        "paths": {"/a": {"$ref": "#/paths"}, "/b": {"$ref": "#"}, "/c": {"$ref": "#/paths/~1c"}}
    }

    normalise(document, "3.1.0")

    assert document["paths"] == {"/a": {}, "/b": {}, "/c": {}}
