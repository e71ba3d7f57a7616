"""Requests and replies are judged by the bundle's own schemas, in words that say place, reason and way out."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.bundle.directions import for_replies, for_requests
from mockserver.bundle.operations import Media, Operation, Reply, Role, Shape
from mockserver.problems import Violation
from mockserver.serving.forms import Upload
from mockserver.serving.validation import Validators
from mockserver.serving.wording import LIMIT

CLIENT = {
    "type": "object",
    "required": ["name", "id", "secret"],
    "additionalProperties": False,
    "properties": {
        "id": {"type": "integer", "readOnly": True},
        "secret": {"type": "string", "writeOnly": True},
        "name": {"type": "string", "minLength": 2, "maxLength": 5},
        "status": {"enum": ["ACTIVE", "INACTIVE"]},
        "kind": {"const": "client"},
        "size": {"type": ["integer", "null"], "minimum": 1, "exclusiveMaximum": 10},
        "born": {"type": "string", "format": "date"},
        "code": {"type": "string", "pattern": "^[A-Z]+$"},
        "tags": {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 2, "uniqueItems": True},
        "rate": {"type": "number", "multipleOf": 0.5, "maximum": 3},
        "parent": {"$ref": "#/components/schemas/Client"},
        "extra": {"type": "object", "maxProperties": 1, "propertyNames": {"pattern": "^x"}, "minProperties": 1},
        "never": False,
        "other": {"not": {"const": 1}},
    },
}
SCHEMAS = {
    "Client": CLIENT,
    "When": {
        "anyOf": [
            {"type": "string", "format": "date-time"},
            {"type": "string", "format": "date"},
            {"type": "string", "pattern": "^now$"},
        ]
    },
    "Maybe": {"anyOf": [{"$ref": "#/components/schemas/Client"}, {"type": "null"}]},
    "Shape": {
        "oneOf": [
            {"required": ["kind", "radius"], "properties": {"kind": {"const": "circle"}, "radius": {"type": "number"}}},
            {"required": ["kind", "edge"], "properties": {"kind": {"const": "square"}, "edge": {"type": "number"}}},
        ]
    },
    "Pair": {"oneOf": [{"type": "integer"}, {"type": "number"}]},
    "Loose": {
        "anyOf": [
            {"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}}},
            {"type": "object", "required": ["b", "c"]},
        ]
    },
    "Dashed": {"type": "string", "pattern": "(?<bad"},
    "Odd": {"type": "object", "patternProperties": {"[": {"type": "string"}, "^n": {"type": "integer"}}},
    "Broken": {"type": "nonsense"},
    "UsesBroken": {"properties": {"a": {"$ref": "#/components/schemas/Broken"}}},
    "Long": {"type": "array", "items": {"type": "integer"}},
    "Open": {"type": "object", "additionalProperties": False},
    "Many": {"enum": [f"value{number}" for number in range(40)]},
    "Listed": {
        "additionalProperties": False,
        "patternProperties": {"^(first|last)$": {}, "^x-": {}},
        "properties": {"a": {}},
    },
    "Sealed": {"allOf": [{"properties": {"alpha": {}}}], "unevaluatedProperties": False},
}
DOCUMENT: dict[str, Any] = {
    "components": {"schemas": SCHEMAS},
    "paths": {"/a b/{id}": {"get": {"parameters": [{"schema": {"type": "integer"}}]}}},
}


DATE = "a date such as 2025-01-31"
DATE_TIME = "a date-time with time zone such as 2025-01-31T12:00:00Z"


def bundle(document: dict[str, Any] = DOCUMENT) -> Any:
    return SimpleNamespace(document=document, for_requests=for_requests(document), for_replies=for_replies(document))


@pytest.fixture(scope="module")
def validators() -> Validators:
    return Validators(bundle())


def faults(validators: Validators, name: str, value: Any) -> list[tuple[str, str]]:
    found = validators.violations(f"/components/schemas/{name}", value)
    assert all(each.part == "body" for each in found)
    return [(each.pointer, each.detail) for each in found]


@pytest.mark.parametrize(
    ("change", "pointer", "detail"),
    [
        ({"name": 5}, "/name", "5 is not a string"),
        ({"name": "a"}, "/name", '"a" is shorter than 2 characters'),
        ({"name": "abcdef"}, "/name", '"abcdef" is longer than 5 characters'),
        ({"status": "ACTVE"}, "/status", '"ACTVE" is not one of "ACTIVE", "INACTIVE". Did you mean ACTIVE?'),
        ({"status": 7}, "/status", '7 is not one of "ACTIVE", "INACTIVE"'),
        ({"kind": "x"}, "/kind", '"x" is not "client"'),
        ({"size": "x"}, "/size", '"x" is not an integer or null'),
        ({"size": 0}, "/size", "0 is less than 1"),
        ({"size": 10}, "/size", "10 is not less than 10"),
        ({"born": "2025-02-30"}, "/born", '"2025-02-30" is not a date such as 2025-01-31'),
        ({"code": "abc"}, "/code", '"abc" is not text that matches ^[A-Z]+$'),
        ({"tags": []}, "/tags", "has 0 items; at least 1 wanted"),
        ({"tags": ["a", "b", "c"]}, "/tags", "has 3 items; at most 2 allowed"),
        ({"tags": ["a", "a"]}, "/tags", "holds the same item twice"),
        ({"tags": ["a", 1]}, "/tags/1", "1 is not a string"),
        ({"rate": 0.3}, "/rate", "0.3 is not a multiple of 0.5"),
        ({"rate": 4}, "/rate", "4 is more than 3"),
        (
            {"parent": {"name": "ab", "secret": "s", "born": "x"}},
            "/parent/born",
            '"x" is not a date such as 2025-01-31',
        ),
        ({"extra": {"x": 1, "xy": 2}}, "/extra", "has 2 properties; at most 1 allowed"),
        ({"extra": {}}, "/extra", "has 0 properties; at least 1 wanted"),
        ({"extra": {"y": 1}}, "/extra", 'the property name "y" is not text that matches ^x'),
        ({"never": 1}, "/never", "nothing is allowed here"),
        ({"other": 1}, "/other", "1 is what the schema excludes"),
        ({"naem": 1}, "/naem", 'unknown property "naem". Did you mean name?'),
        ({"a/b~c": 1}, "/a~1b~0c", None),
    ],
)
def test_each_keyword_has_its_words(
    validators: Validators, change: dict[str, Any], pointer: str, detail: str | None
) -> None:
    """Every common keyword is told in plain words, at the JSON pointer of the value that is wrong."""
    (found,) = faults(validators, "Client", {"name": "abc", "secret": "s", **change})

    assert found[0] == pointer
    assert detail is None or found[1] == detail


def test_what_is_valid_has_no_violations(validators: Validators) -> None:
    """A valid value gives nothing at all; neither does a place without schema."""
    assert faults(validators, "Client", {"name": "abc", "secret": "s", "size": None}) == []
    assert validators.violations("", {"anything": 1}) == ()
    assert validators.accepts("", object())
    assert validators.fits("", object())


def test_each_direction_requires_its_own(validators: Validators) -> None:
    """Requests need not hold readOnly properties, replies not writeOnly ones."""
    assert faults(validators, "Client", {}) == [("/name", "name is required"), ("/secret", "secret is required")]
    assert validators.fits("/components/schemas/Client", {"name": "abc", "id": 1})
    assert not validators.fits("/components/schemas/Client", {"name": "abc", "secret": "s"})
    assert not validators.accepts("/components/schemas/Client", {"name": "abc", "id": 1})


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("When", "soon", [("", f'"soon" is not {DATE_TIME}, {DATE} or text that matches ^now$')]),
        ("When", 5, [("", "5 is not a string")]),
        ("Maybe", {"name": "abc", "secret": 5}, [("/secret", "5 is not a string")]),
        ("Maybe", "x", [("", '"x" is not an object or null')]),
        (
            "Shape",
            {"kind": "circle", "radius": "x"},
            [("/radius", '"x" is not a number (in the nearest of 2 alternatives)')],
        ),
        ("Shape", {"kind": "cube"}, [("/kind", '"cube" is not "circle" or "square"')]),
        ("Pair", 5, [("", "5 fits several alternatives; only one may fit")]),
        ("Loose", {"a": "x"}, [("/a", '"x" is not an integer (in the nearest of 2 alternatives)')]),
        ("Open", {"a": 1}, [("", "no property is allowed here, but one holds 1")]),
        ("Listed", {"frist": 1}, [("/frist", 'unknown property "frist". Did you mean first?')]),
        ("Listed", {"zzz": 1}, [("/zzz", 'unknown property "zzz"; known are a, first, last')]),
        ("Sealed", {"alpha": 1, "beta": 2}, [("/beta", 'unknown property "beta"')]),
    ],
)
def test_alternatives_name_the_nearest(
    validators: Validators, name: str, value: Any, expected: list[tuple[str, str]]
) -> None:
    """Under anyOf and oneOf the wishes are joined, or the violations are those of the branch that nearly fits."""
    assert faults(validators, name, value) == expected


def test_long_things_are_cut(validators: Validators) -> None:
    """At most twenty violations are listed; long values and enumerations end with an ellipsis."""
    assert len(faults(validators, "Long", ["x"] * 500)) == LIMIT
    ((_, detail),) = faults(validators, "Many", "y" * 500)
    assert detail.count("value") == 12
    assert detail.endswith("…")
    assert len(detail) < 300


def test_parameters_are_named(validators: Validators) -> None:
    """A parameter's violation has its part and its name in the pointer; pointers with odd characters are found."""
    pointer = "/paths/~1a b~1{id}/get/parameters/0/schema"

    assert validators.violations(pointer, "x", "query", "a/b") == (
        Violation("/a~1b", '"x" is not an integer', "query"),
    )


def test_a_pattern_that_no_engine_knows_is_left_out(validators: Validators) -> None:
    """Where a pattern does not compile, everything beside it is still checked, and a finding says which."""
    assert faults(validators, "Dashed", "anything") == []
    assert faults(validators, "Dashed", 5) == [("", "5 is not a string")]
    assert faults(validators, "Odd", {"n": "x"}) == [("/n", '"x" is not an integer')]
    found = {(each.code, each.pointer) for each in validators.findings if each.code == "MS192"}
    assert found == {("MS192", "/components/schemas/Dashed"), ("MS192", "/components/schemas/Odd")}


def test_a_schema_that_cannot_be_compiled_accepts_everything() -> None:
    """A broken schema, or a pointer that leads nowhere, refuses nobody; each is one finding."""
    validators = Validators(bundle())

    for _ in range(2):
        assert validators.accepts("/components/schemas/Broken", 5)
        assert validators.violations("/components/schemas/UsesBroken", 5) == ()
        assert validators.violations("/components/schemas/Missing", 5) == ()
    pointers = [each.pointer.rpartition("/")[2] for each in validators.findings if each.code == "MS191"]
    assert pointers == ["Broken", "UsesBroken", "Missing"]


@pytest.mark.parametrize("value", [b"x", {"name": Upload(b"abcdef", "", "")}, "\ud800", ["\udfff"], {"\ud800": b""}])
def test_what_is_no_json_is_judged_as_text(validators: Validators, value: Any) -> None:
    """Bytes, files of forms and half surrogate pairs are judged by their characters, not by a crash."""
    assert faults(validators, "Client", value)
    assert not validators.accepts("/components/schemas/Client", value)


def test_a_file_has_the_length_of_its_bytes(validators: Validators) -> None:
    """maxLength counts the bytes of a file."""
    value = {"name": Upload(b"\xff\xfe", "x.bin", "image/png"), "secret": "s"}

    assert faults(validators, "Client", value) == []


def test_long_integers_are_judged_exactly(validators: Validators) -> None:
    """Bounds hold for integers beyond 64 bits."""
    assert faults(validators, "Client", {"name": "abc", "secret": "s", "size": -(2**80)}) == [
        ("/size", f"{-(2**80)} is less than 1")
    ]


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(st.characters(codec="utf-8"), max_size=5),
    lambda below: (
        st.lists(below, max_size=3) | st.dictionaries(st.sampled_from([*CLIENT["properties"], "x"]), below, max_size=4)
    ),  # type: ignore[misc]  a dict
    max_leaves=8,
)


@given(st.sampled_from([name for name in SCHEMAS if "roken" not in name]), json_values)
@settings(max_examples=300, deadline=None)
def test_every_refused_value_has_a_reason(name: str, value: Any) -> None:
    """A value is accepted, or at least one violation says where and why; never neither, never both."""
    pointer = f"/components/schemas/{name}"
    found = SHARED.violations(pointer, value)

    assert SHARED.accepts(pointer, value) == (not found)
    assert all(each.detail and (each.pointer == "" or each.pointer.startswith("/")) for each in found)


SHARED = Validators(bundle())


# -- replies ---------------------------------------------------------------------------------------------------------


def operation(**replies: Reply) -> Operation:
    declared = {key.removeprefix("_"): reply for key, reply in replies.items()}
    return Operation("getIt", "GET", "/it", Role.READ, None, (), None, declared, (), Shape(), "/paths/~1it/get")


CLIENT_REPLY = Reply(
    "200",
    (Media("application/json; charset=utf-8", CLIENT, "/components/schemas/Client"), Media("text/*", None, "")),
    {
        "X-Count": (True, {"type": "integer"}, "/paths/~1a b~1{id}/get/parameters/0/schema"),
        "X-Note": (False, {}, ""),
        "Content-Type": (True, {}, ""),
    },
)
READ = operation(_200=CLIENT_REPLY, _204=Reply("204", ()), _4XX=Reply("4XX", (Media("*/*", None, ""),)))
GOOD = b'{"name": "abc", "id": 1}'


@pytest.mark.parametrize(
    ("status", "headers", "media", "payload", "part", "detail"),
    [
        (500, {}, "application/json", GOOD, "status", "the status 500 is not declared; declared are 200, 204, 4XX"),
        (200, {}, "application/json", GOOD, "header", "the header X-Count is missing"),
        (200, {"x-count": "many"}, "application/json", GOOD, "header", '"many" is not an integer'),
        (200, {"X-Count": "1"}, "image/png", b"x", "media", "image/png is not declared for 200"),
        (200, {"X-Count": "1"}, "", b"", "media", "no body is not declared for 200"),
        (200, {"X-Count": "1"}, "application/json", b'{"name": "abc"}', "body", "id is required"),
        (200, {"X-Count": "1"}, "application/json", b"{", "body", "the body is not JSON"),
        (204, {}, "application/json", GOOD, "body", "the bundle declares no body for 204"),
    ],
)
def test_a_reply_that_breaks_the_contract_is_named(
    status: int, headers: dict[str, str], media: str, payload: bytes, part: str, detail: str
) -> None:
    """Status, headers, media type and body of a reply are each held to what the operation declares."""
    (found,) = Validators(bundle()).judge_reply(READ, status, headers, media, payload)

    assert found.part == part
    assert detail in found.detail


@pytest.mark.parametrize(
    ("status", "media", "payload"),
    [
        (200, "application/json", GOOD),
        (200, "application/json", {"name": "abc", "id": 1}),
        (200, "application/json; charset=utf-8", GOOD),
        (200, "text/csv", b"a,b"),
        (204, "", b""),
        (404, "application/problem+json", b"{}"),
    ],
)
def test_a_faithful_reply_has_no_violations(validators: Validators, status: int, media: str, payload: Any) -> None:
    """What is declared passes, by exact status or class, by exact media type or range, as bytes or as value."""
    assert validators.judge_reply(READ, status, {"X-Count": "5", "X-Note": "n"}, media, payload) == ()
