"""Requests are written as the bundle declares them, so that a server reads the values that were meant."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from mockserver.bundle.loader import Bundle
from mockserver.bundle.operations import Media, Operation, Parameter, Reply, Role, Shape
from mockserver.bundle.operations import Request as Body
from mockserver.environments.requests import ABSENT, build
from mockserver.exchanges import Request
from mockserver.serving.decode import compile_parameters
from mockserver.serving.forms import Upload, multipart, urlencoded
from mockserver.serving.literals import Reading

STYLES = {
    "path": [(style, explode) for style in ("simple", "label", "matrix") for explode in (False, True)],
    "query": [
        ("form", False),
        ("form", True),
        ("spaceDelimited", False),
        ("pipeDelimited", False),
        ("deepObject", True),
    ],
    "header": [("simple", False), ("simple", True)],
    "cookie": [("form", False), ("form", True)],
}
ARRAY = {"type": "array", "items": {"type": "string"}}
NUMBERS = {"type": "array", "items": {"type": "integer"}}
OBJECT = {"type": "object", "properties": {"R": {"type": "integer"}, "G": {"type": "string"}}}


def parameter(name: str, location: Any, style: str, schema: Any, *, explode: bool, media: str = "") -> Parameter:
    """A declared parameter."""
    return Parameter(name, location, location == "path", style, explode, schema, "", media)


def operation(*parameters: Parameter, path: str = "/things", media: str = "", method: str = "GET") -> Operation:
    """An operation with these parameters, and a body of a media type."""
    body = Body(True, (Media(media, None, ""),)) if media else None
    replies = {"200": Reply("200", (Media("application/json", None, ""),))}
    return Operation("x", method, path, Role.OTHER, None, parameters, body, replies, (), Shape(), "")


def read(declared: Parameter, request: Request, template: str) -> tuple[Any, Any]:
    """What a server reads of the request for one parameter, and what it finds wrong."""
    pattern = re.escape(template).replace(r"\{p\}", "(?P<p>[^/]*)")
    match = re.fullmatch(pattern, request.path)
    assert match is not None
    headers = [(n.lower().encode("latin-1"), v.encode("latin-1")) for n, v in request.headers]
    *values, broken = compile_parameters([declared])(match.groupdict(), request.query.encode("latin-1"), headers)
    place = ("path", "query", "header", "cookie").index(declared.location)
    return values[place].get("p", ABSENT), broken


TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=8)
SAFE = st.text("aZ09é€-_~ äß", min_size=1, max_size=8).map(str.strip).filter(bool)


@st.composite
def meant(draw: st.DrawFn) -> tuple[Parameter, Any]:
    """A parameter and a value whose form on the wire has one meaning."""
    location = draw(st.sampled_from(sorted(STYLES)))
    style, explode = draw(st.sampled_from(STYLES[location]))
    compound = style in ("spaceDelimited", "pipeDelimited", "deepObject")
    kind = draw(st.sampled_from(["array", "numbers", "object"] if compound else ["text", "number", "array", "object"]))
    if style == "deepObject":
        kind = "object"
    elif compound and kind == "object":
        kind = "array"
    assume(not (location == "cookie" and kind == "object" and explode))  # OpenAPI 3.0 and 3.1 leave that open
    raw = location == "header" or compound or style == "label"  # no escapes there, or a delimiter that values may hold
    text = SAFE.filter(lambda t: " " not in t) if raw else TEXT
    if location == "path":
        text = text.filter(lambda t: t not in (".", ".."))
    values = {
        "text": (text, {"type": "string"}),
        "number": (st.integers(-(2**40), 2**40), {"type": "integer"}),
        "array": (st.lists(text, min_size=2, max_size=4), ARRAY),
        "numbers": (st.lists(st.integers(), min_size=1, max_size=4), NUMBERS),
        "object": (st.fixed_dictionaries({"R": st.integers(), "G": text}), OBJECT),
    }
    strategy, schema = values[kind]
    return parameter("p", location, style, schema, explode=explode), draw(strategy)


@settings(max_examples=600, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.filter_too_much])
@given(meant())
def test_a_server_reads_what_was_meant(case: tuple[Parameter, Any]) -> None:
    """Every style in every place gives back the value; nothing but visible ASCII is in the target."""
    declared, value = case
    template = "/things/{p}/x" if declared.location == "path" else "/things"
    named = {"path": "path", "query": "query", "header": "headers", "cookie": "cookies"}[declared.location]
    request = build(operation(declared, path=template), **{named: {"p": value}})

    assert re.fullmatch(r"[!-~]+", request.target)
    assert read(declared, request, template) == (value, ())


@pytest.mark.parametrize(
    ("style", "explode", "value", "target"),
    [
        ("simple", False, [3, 4], "/3,4"),
        ("simple", False, {"R": 1, "G": "x"}, "/R,1,G,x"),
        ("simple", True, {"R": 1, "G": "x"}, "/R=1,G=x"),
        ("label", False, [3, 4], "/.3,4"),
        ("label", True, {"R": 1, "G": "x"}, "/.R=1.G=x"),
        ("matrix", False, 5, "/;p=5"),
        ("matrix", True, [3, 4], "/;p=3;p=4"),
        ("matrix", True, {"R": 1}, "/;R=1"),
        ("simple", False, "a/b c?d%", "/a%2Fb%20c%3Fd%25"),
        ("simple", False, True, "/true"),
    ],
)
def test_path_styles(style: str, value: Any, target: str, *, explode: bool) -> None:
    """As RFC 6570 writes them."""
    declared = parameter("p", "path", style, {}, explode=explode)

    assert build(operation(declared, path="/{p}"), path={"p": value}).target == target


@pytest.mark.parametrize(
    ("style", "explode", "value", "query"),
    [
        ("form", True, [3, "a,b"], "p=3&p=a%2Cb"),
        ("form", False, [3, "a,b"], "p=3,a%2Cb"),
        ("form", True, {"R": 1, "G": "x"}, "R=1&G=x"),
        ("form", False, {"R": 1, "G": "x"}, "p=R,1,G,x"),
        ("spaceDelimited", False, [3, 4], "p=3%204"),
        ("pipeDelimited", False, [3, 4], "p=3|4"),
        ("deepObject", True, {"a": {"b": 1}, "c": [1, 2]}, "p%5Ba%5D%5Bb%5D=1&p%5Bc%5D=1&p%5Bc%5D=2"),
        ("form", True, "ä&=+ #", "p=%C3%A4%26%3D%2B%20%23"),
        ("form", True, None, ""),
        ("form", True, 1.5, "p=1.5"),
    ],
)
def test_query_styles(style: str, value: Any, query: str, *, explode: bool) -> None:
    """As OpenAPI's table of styles has them; None is left out."""
    request = build(operation(parameter("p", "query", style, {}, explode=explode)), query={"p": value})

    assert request.query == query


def test_parameters_by_content_are_documents() -> None:
    """A parameter declared by a media type is written in it, wherever it stands."""
    declared = [
        parameter("p", where, "", {}, explode=False, media="application/json")
        for where in ("path", "query", "header", "cookie")
    ]
    value = {"a": [1, "é"]}
    request = build(
        operation(*declared, path="/{p}"),
        path={"p": value}, query={"p": value}, headers={"p": value}, cookies={"p": value},
    )  # fmt: skip

    assert json.loads(unquote(request.path[1:])) == value
    assert json.loads(unquote(request.query.partition("=")[2])) == value
    assert json.loads((request.header("p") or "").encode("latin-1")) == value
    assert json.loads(unquote((request.header("cookie") or "").partition("=")[2])) == value


def test_undeclared_names_are_sent_plainly() -> None:
    """A probe may ask with names that nobody declared."""
    request = build(operation(), query={"x": [1, 2]}, headers={"X-A": "b", "Accept": "text/csv"}, cookies={"c": "d e"})

    assert request.target == "/things?x=1&x=2"
    assert request.headers == (("X-A", "b"), ("Accept", "text/csv"), ("Cookie", "c=d%20e"))


def test_missing_path_values_are_named() -> None:
    """All of them, with the operation."""
    with pytest.raises(ValueError, match=r"GET /\{a\}/\{b\}/\{c\} needs a value for a, c in its path"):
        build(operation(path="/{a}/{b}/{c}"), path={"b": 1, "c": None})


def test_what_is_accepted_is_what_is_declared() -> None:
    """The success's media type comes first, and no body has no Content-Type."""
    request = build(operation(path="/things#variant"))

    assert request.headers == (("Accept", "application/json, */*;q=0.5"),)
    assert (request.target, request.body) == ("/things", b"")


@pytest.mark.parametrize(
    ("media", "body", "kind", "content"),
    [
        ("application/json", {"a": "é"}, "application/json", '{"a":"é"}'.encode()),
        ("application/json", "\ud800", "application/json", b'"\\ud800"'),
        ("application/merge-patch+json", None, "application/merge-patch+json", b"null"),
        ("text/plain; charset=utf-8", "ä", "text/plain; charset=utf-8", "ä".encode()),
        ("text/csv", 5, "text/csv", b"5"),
        ("application/octet-stream", b"\0\1", "application/octet-stream", b"\0\1"),
        ("*/*", {"a": 1}, "application/json", b'{"a":1}'),
        ("*/*", b"\0", "application/octet-stream", b"\0"),
        ("application/json", b"{broken", "application/json", b"{broken"),
        ("", {"a": 1}, "application/json", b'{"a":1}'),
        ("application/x-www-form-urlencoded", {"a": "b c", "l": [1, 2]},
         "application/x-www-form-urlencoded", b"a=b%20c&l=1&l=2"),
    ],
)  # fmt: skip
def test_bodies_by_media_type(media: str, body: Any, kind: str, content: bytes) -> None:
    """JSON, text, forms; bytes go as they are."""
    request = build(operation(media=media, method="POST"), body=body)

    assert (request.header("content-type"), request.body) == (kind, content)


def test_a_body_that_has_no_such_form() -> None:
    """Objects are not silently turned into something else, nor is NaN JSON."""
    with pytest.raises(ValueError, match="no way to write dict as application/xml"):
        build(operation(media="application/xml"), body={"a": 1})
    with pytest.raises(ValueError, match="not JSON compliant"):
        build(operation(), body=float("nan"))


FORM = {
    "type": "object",
    "properties": {
        "name": {"type": "string"}, "tags": ARRAY, "size": {"type": "integer"},
        "deep": {"type": "object", "properties": {"a": {"type": "integer"}}},
    },
}  # fmt: skip


def test_forms_are_read_back() -> None:
    """Nested objects and arrays of a form keep their types; multipart parts keep their bytes, and the same boundary."""
    fields = {"name": 'a "b" é', "tags": ["x", "y"], "size": 3, "deep": {"a": 1}}
    reading = Reading([(FORM, "")], {})
    form = build(operation(media="application/x-www-form-urlencoded"), body=fields)
    files = {**fields, "data": b"\r\n--\0", "none": None}
    parts = build(operation(media="multipart/form-data"), body=files)
    kind, _, boundary = (parts.header("content-type") or "").partition("; boundary=")
    back = multipart(parts.body, boundary, reading)

    assert urlencoded(form.body, reading) == fields
    assert kind == "multipart/form-data"
    assert back.pop("data") == Upload(b"\r\n--\0", "data", "application/octet-stream")
    assert back == fields
    assert build(operation(media="multipart/form-data"), body=files) == parts


def test_the_declared_operations_of_a_bundle_can_be_built(shop: Bundle) -> None:
    """Whatever the bundle declares becomes a request of that method and path."""
    for each in shop.operations:
        request = build(each, path={"id": 7})

        assert (request.method, request.path) == (each.method, each.path.replace("{id}", "7"))
