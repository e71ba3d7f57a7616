"""Values are found in requests, and put into replies, by what the bundle calls them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from mockserver.bundle.operations import Media, Operation, Reply, Role, Shape
from mockserver.bundle.reading import Reader
from mockserver.calls import Answer
from mockserver.clock import Clock
from mockserver.entities.declared import Form, Replies, Verbatim, named, pick

PARTS = {
    "a": {"type": "object", "properties": {"id": {"type": "integer"}}},
    "loop": {"properties": {"child": {"$ref": "#/loop"}, "name": {"type": "string"}}},
}


class Documents:
    """As much of a bundle as replies look at: PARTS, and the schema of the reply."""

    release = "3.2.1"

    def __init__(self, schema: Any) -> None:
        self.reader = Reader({**PARTS, "schema": schema})


def replies(schema: Any, status: str = "200", path: str = "/api/v1/things", media: str = "application/json") -> Replies:
    """Answers of an operation whose success reply has a schema."""
    content = (Media(media, schema, "/schema"),) if schema is not None else ()
    reply = Reply(status, content)
    operation = Operation("x", "GET", path, Role.READ, None, (), None, {status: reply}, (), Shape(), "")
    bundle: Any = Documents(schema)
    return Replies(operation, bundle)


def form_of(schema: Any) -> Form:
    """The form that a schema is."""
    reader = Documents(schema).reader
    return Form(reader.at("/schema"), reader)


def obj(**parts: Any) -> dict[str, Any]:
    """An object schema."""
    return {"type": "object", "properties": parts}


def one(schema: Any, values: Mapping[str, Any], **more: Any) -> Answer:
    """The answer for one object."""
    return replies(schema, **more).one(values, "done", Clock())


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#/a"},
        {"allOf": [{"$ref": "#/a"}, {"type": "object"}]},
        {"anyOf": [{"type": "null"}, {"$ref": "#/a"}]},
        {"oneOf": [{"$ref": "#/a"}]},
    ],
)
def test_properties_are_seen_through_references_and_parts(schema: Any) -> None:
    """A property counts as declared wherever in the schema it stands."""
    assert one(schema, {"Id": 1, "x": 2}).body == {"id": 1}


def test_items_are_seen_through_parts() -> None:
    """A nullable array is an array; what is none has no items."""
    array = {"anyOf": [{"type": "null"}, {"type": "array", "items": obj(id={})}]}

    assert replies(array).many([{"id": 1, "x": 2}], 1, "", Clock()).body == [{"id": 1}]
    assert replies({"type": "object"}).many([{"id": 1}], 1, "", Clock()).body == {"items": [{"id": 1}], "total": 1}
    assert replies(True).many([{"id": 1}], 1, "", Clock()).body == {"items": [{"id": 1}], "total": 1}


def test_names_meet_in_any_case_style() -> None:
    """The first wanted name that is there wins, however it is written."""
    assert named(["system_ref", "Type"], "systemRef", "type") == "system_ref"
    assert named(["other"], "systemRef") is None
    assert pick({"jwt_api_key": 1}, "jwtApiKey") == 1
    assert pick({"jwtApiKey": 1, "key": 2}, "key", "jwtApiKey") == 2
    assert pick(None, "x") is None
    assert pick({}, "x") is None


def test_form_takes_what_it_has_a_name_for() -> None:
    """Values go under the declared names, others are left out, in objects and lists all the way down."""
    form = form_of(obj(access_token={}, owner=obj(id={}), rows={"type": "array", "items": obj(Name={})}))
    given = {"accessToken": "t", "token": "t", "owner": {"id": 1, "x": 2}, "rows": [{"name": "a", "y": 1}]}
    assert form.fill(given) == {"access_token": "t", "owner": {"id": 1}, "rows": [{"Name": "a"}]}


def test_form_without_names_takes_everything() -> None:
    """A free object shows the values as they are, and so does one that names none of them."""
    assert form_of({"type": "object"}).fill({"a": 1}) == {"a": 1}
    assert form_of(obj(b={})).fill({"a": 1}) == {"a": 1}
    assert form_of(obj(b={})).fill(5) == 5


def test_what_the_client_sent_is_shown_as_it_was() -> None:
    """A Verbatim object keeps what the schema does not name."""
    form = form_of(obj(ref=obj(id={})))
    assert form.fill({"ref": Verbatim(id=1, more=2)}) == {"ref": {"id": 1, "more": 2}}


def test_recursive_schemas_end() -> None:
    """A schema that contains itself is a form of some depth."""
    value: Any = {"name": "a", "child": {"name": "b", "child": {"name": "c"}}}
    assert form_of({"$ref": "#/loop"}).fill(value) == value


def test_envelope_where_declared() -> None:
    """data, error and meta appear where the reply declares them, with the version of the path."""
    body = one(obj(data=obj(id={}), error={}, meta={}), {"id": 1}).body
    assert (body["data"], body["error"]) == ({"id": 1}, None)
    assert {"success": True, "message": "done", "version": "v1"}.items() <= body["meta"].items()
    assert one(obj(id={}), {"id": 1}).body == {"id": 1}


def test_version_is_the_bundles_where_the_path_has_none() -> None:
    """Without a version in the path the release of the bundle is told."""
    assert one(obj(data={}, meta={}), {}, path="/things").body["meta"]["version"] == "3.2.1"


@pytest.mark.parametrize(
    ("schema", "body"),
    [
        ({"type": "array", "items": obj(id={})}, [{"id": 1}]),
        (obj(things={"type": "array", "items": obj(id={})}, totalCount={}), {"things": [{"id": 1}], "totalCount": 9}),
        (obj(things={"type": "array", "items": {}}, page={}), {"things": [{"id": 1, "x": 2}], "page": 3}),
        (None, {"items": [{"id": 1, "x": 2}], "total": 9, "page": 3}),
    ],
)
def test_rows_go_where_the_reply_has_its_array(schema: Any, body: Any) -> None:
    """Rows, their count and the page find their places, bare or beside each other."""
    assert replies(schema).many([{"id": 1, "x": 2}], 9, "", Clock(), page=3).body == body


def test_status_and_media_type_are_the_declared_ones() -> None:
    """201 stays 201, 204 has no body, and a JSON dialect is named as such."""
    assert one(obj(id={}), {"id": 1}, status="201").status == 201
    assert one(obj(id={}), {"id": 1}, media="application/vnd.api+json").media == "application/vnd.api+json"
    gone = one(None, {"id": 1}, status="204")
    assert (gone.status, gone.body) == (204, None)
