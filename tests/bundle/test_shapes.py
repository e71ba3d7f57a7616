"""Where replies keep rows and counts, and how lists are paged."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mockserver.bundle.loader import Bundle, load_bundle
from mockserver.bundle.operations import Operation, Paging, Shape
from mockserver.bundle.shapes import row_pointer, rows_pointer

Json = dict[str, Any]
INTEGER: Json = {"type": "integer"}
TEXT: Json = {"type": "string"}
ROWS: Json = {"type": "array", "items": {"type": "object", "properties": {"id": INTEGER, "name": TEXT}}}


def an_object(**properties: Json) -> Json:
    """An object schema."""
    return {"type": "object", "properties": properties}


def bundle_of(folder: Path, paths: Json) -> Bundle:
    """A bundle of the given paths."""
    file = folder / "bundle.json"
    file.write_text(json.dumps({"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "paths": paths}))
    return load_bundle(file, cache=False)


def reply(schema: Json, status: str = "200") -> Json:
    """The `responses` of an operation that answers JSON."""
    return {status: {"description": "-", "content": {"application/json": {"schema": schema}}}}


def listed(folder: Path, schema: Json, **inputs: Any) -> Operation:
    """`GET /widgets` with a reply."""
    (operation,) = bundle_of(folder, {"/widgets": {"get": {"responses": reply(schema), **inputs}}}).operations
    return operation


@pytest.mark.parametrize(
    ("schema", "shape"),
    [
        pytest.param(ROWS, Shape(rows=()), id="plain array"),
        pytest.param(an_object(widgets=ROWS), Shape(rows=("widgets",)), id="under its own name"),
        pytest.param(
            an_object(
                widgets=ROWS,
                gadgets=ROWS,
                total=an_object(aggregate=an_object(count=INTEGER, sum=an_object(v=INTEGER))),
            ),
            Shape(rows=("widgets",), count=("total", "aggregate", "count")),
            id="Hasura's aggregate",
        ),
        pytest.param(
            an_object(entries=ROWS, total_count=INTEGER), Shape(rows=("entries",), count=("total_count",)), id="entries"
        ),
        pytest.param(
            an_object(object=TEXT, data=ROWS, has_more={"type": "boolean"}),
            Shape(rows=("data",), more=("has_more",)),
            id="has_more",
        ),
        pytest.param(
            an_object(
                data=an_object(widgets=ROWS, total=INTEGER), error={"type": ["object", "null"]}, meta=an_object(x=TEXT)
            ),
            Shape(rows=("data", "widgets"), count=("data", "total")),
            id="envelope",
        ),
        pytest.param(
            an_object(data=ROWS, meta=an_object(pagination=an_object(total=INTEGER, hasNext={"type": "boolean"}))),
            Shape(rows=("data",), count=("meta", "pagination", "total"), more=None),
            id="count beside an envelope",
        ),
        pytest.param(
            an_object(_embedded=an_object(widgets=ROWS), page=an_object(totalElements=INTEGER)),
            Shape(rows=("_embedded", "widgets"), count=("page", "totalElements")),
            id="HAL",
        ),
        pytest.param(
            an_object(oddlyNamed=ROWS, total=INTEGER), Shape(rows=("oddlyNamed",), count=("total",)), id="only array"
        ),
    ],
)
def test_where_the_rows_are(tmp_path: Path, schema: Json, shape: Shape) -> None:
    """Rows and their count are found in the usual shapes of a page."""
    assert listed(tmp_path, schema).shape == shape


@pytest.mark.parametrize(
    ("schema", "item"),
    [
        pytest.param(an_object(id=INTEGER, name=TEXT), (), id="bare"),
        pytest.param(an_object(name=TEXT, colour=TEXT), (), id="bare without id"),
        pytest.param(
            an_object(data=an_object(id=INTEGER), error=an_object(), meta=an_object()), ("data",), id="envelope"
        ),
        pytest.param(an_object(widget=an_object(id=INTEGER)), ("widget",), id="under its name"),
        pytest.param(an_object(data=an_object(widget=an_object(id=INTEGER))), ("data", "widget"), id="both"),
        pytest.param(an_object(id=INTEGER, data=an_object(x=TEXT)), (), id="a row with a property called data"),
        pytest.param(an_object(data=an_object(x=TEXT), colour=TEXT), (), id="data among other columns"),
    ],
)
def test_where_the_item_is(tmp_path: Path, schema: Json, item: tuple[str, ...]) -> None:
    """One row is found bare or in its envelope."""
    path = {"parameters": [{"name": "id", "in": "path", "required": True, "schema": INTEGER}]}
    bundle = bundle_of(tmp_path, {"/widgets/{id}": {**path, "get": {"responses": reply(schema)}}})
    (operation,) = bundle.operations
    assert operation.shape == Shape(item=item)


def test_rows_inside_an_item_are_not_a_list(tmp_path: Path) -> None:
    """An order with its items is one order."""
    paths = {"/orders/{id}": {"get": {"responses": reply(an_object(id=INTEGER, items=ROWS))}}}
    (operation,) = bundle_of(tmp_path, paths).operations
    assert (operation.shape.rows, operation.shape.item) == (None, ())


def test_pointer_of_a_row(tmp_path: Path) -> None:
    """The schema of one row is found for lists and for single rows, through components as well."""
    paths = {
        "/widgets": {"get": {"responses": reply({"$ref": "#/components/schemas/Page"})}},
        "/widgets/{id}": {"get": {"responses": reply({"$ref": "#/components/schemas/Widget"})}},
        "/ping": {"get": {"responses": {"204": {"description": "-"}}}},
    }
    schemas = {
        "Widget": an_object(id=INTEGER),
        "Page": an_object(widgets={"type": "array", "items": {"$ref": "#/components/schemas/Widget"}}),
    }
    file = tmp_path / "b.json"
    document = {
        "openapi": "3.1.0",
        "info": {"title": "T", "version": "1"},
        "paths": paths,
        "components": {"schemas": schemas},
    }
    file.write_text(json.dumps(document))
    bundle = load_bundle(file, cache=False)
    listing, reading, ping = bundle.operations
    assert row_pointer(bundle, listing) == "/components/schemas/Page/properties/widgets/items"
    assert row_pointer(bundle, reading) == "/paths/~1widgets~1{id}/get/responses/200/content/application~1json/schema"
    assert row_pointer(bundle, ping) is None
    assert rows_pointer(bundle, "/components/schemas/Page", ("widgets",)) == row_pointer(bundle, listing)


def query(**schemas: Json) -> list[Json]:
    """Query parameters; `text` in a schema is the parameter's own description."""
    return [
        {"name": name, "in": "query", "description": schema.pop("text", ""), "schema": schema}
        for name, schema in schemas.items()
    ]


@pytest.mark.parametrize(
    ("schema", "kind"),
    [
        ({**INTEGER, "description": "Number of records to skip."}, "offset"),
        ({**INTEGER, "description": "The offset of the first row"}, "offset"),
        ({**INTEGER, "text": "How many rows are skipped", "minimum": 1}, "offset"),
        ({**INTEGER, "description": "Zero-based page number"}, "number"),
        ({**INTEGER, "description": "Zero-based page number, not a number of records to skip"}, "number"),
        ({**INTEGER, "description": "Pages start at 0"}, "number"),
        ({**INTEGER, "description": "Page number, starts at 1"}, "number-from-1"),
        ({**INTEGER, "text": "1-based page"}, "number-from-1"),
        ({**INTEGER, "minimum": 1}, "number-from-1"),
        ({**INTEGER, "default": 1}, "number-from-1"),
        ({**INTEGER, "minimum": 0, "default": 0}, "number"),
        ({**INTEGER, "description": "Page number"}, "number"),
    ],
)
def test_how_a_page_counts(tmp_path: Path, schema: Json, kind: str) -> None:
    """What `page` means is read off its text first, then off its bounds."""
    operation = listed(tmp_path, ROWS, parameters=query(page=dict(schema), limit=INTEGER))
    assert operation.page == kind
    assert operation.paging is not None
    assert operation.paging.kind == kind


@pytest.mark.parametrize("kind", ["offset", "number", "number-from-1"])
def test_an_overlay_turns_a_page_round(tmp_path: Path, kind: str) -> None:
    """`x-mock-page` overrules what the text says; a word it does not know is no word."""
    said: Json = {"parameters": query(page={**INTEGER, "description": "Rows to skip"})}
    assert listed(tmp_path, ROWS, **said, **{"x-mock-page": kind}).page == kind
    assert listed(tmp_path, ROWS, **said, **{"x-mock-page": "sideways"}).page == "offset"


@pytest.mark.parametrize(
    ("names", "paging"),
    [
        ({"page": INTEGER, "pageSize": {**INTEGER, "default": 50, "maximum": 1000}},
         Paging(page="page", size="pageSize", kind="number", default_size=50, max_size=1000, sizes=("pageSize",))),
        ({"offset": INTEGER, "limit": INTEGER}, Paging(offset="offset", size="limit", sizes=("limit",))),
        ({"skip": INTEGER, "take": INTEGER}, Paging(offset="skip", size="take", sizes=("take",))),
        ({"start": INTEGER, "count": INTEGER}, Paging(offset="start", size="count", sizes=("count",))),
        ({"after": TEXT, "first": INTEGER}, Paging(cursor="after", size="first", sizes=("first",))),
        ({"after": TEXT, "before": TEXT, "limit": INTEGER},
         Paging(cursor="after", size="limit", sizes=("limit",), before="before")),
        ({"after": {**TEXT, "format": "date-time"}, "before": {**TEXT, "format": "date"}}, None),
        ({"page_token": TEXT, "per_page": INTEGER}, Paging(cursor="page_token", size="per_page", sizes=("per_page",))),
        ({"page": TEXT, "limit": INTEGER}, Paging(cursor="page", size="limit", sizes=("limit",))),
        ({"limit": {**INTEGER, "maximum": 9}, "pageSize": {**INTEGER, "default": 1}},
         Paging(size="pageSize", sizes=("pageSize", "limit"), default_size=1, max_size=9)),
        ({"size": TEXT, "colour": TEXT}, None),
        ({"count": INTEGER}, None),
    ],
)  # fmt: skip
def test_names_of_paging_inputs(tmp_path: Path, names: Json, paging: Paging | None) -> None:
    """The usual names are known; a word that can mean something else counts only beside a page or an offset."""
    operation = listed(tmp_path, ROWS, parameters=query(**{name: dict(schema) for name, schema in names.items()}))
    assert operation.paging == paging


def test_paging_in_the_body(tmp_path: Path) -> None:
    """Lists by POST are paged by their body."""
    body = {"content": {"application/json": {"schema": an_object(pageSize=INTEGER, page={**INTEGER, "minimum": 0})}}}
    paths = {"/widgets": {"post": {"requestBody": body, "responses": reply(an_object(widgets=ROWS))}}}
    (operation,) = bundle_of(tmp_path, paths).operations
    assert operation.paging == Paging(page="page", size="pageSize", kind="number", where="body", sizes=("pageSize",))
