"""Pages by cursor: the next one follows, the last one says so, and cursors that no list gave are refused."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

TEXT, INTEGER = {"type": "string"}, {"type": "integer"}
NULLABLE = {"type": ["string", "null"]}
ROW = {
    "type": "object",
    "required": ["id", "title"],
    "properties": {"id": {"type": "string"}, "title": {"type": "string"}},
}


def bundle(inputs: dict[str, Any], beside: dict[str, Any], required: tuple[str, ...] = ()) -> dict[str, Any]:
    """A shop that lists orders, with these inputs of the list and these parts of its reply beside the rows."""
    reply = {
        "type": "object",
        "required": ["data", *required],
        "properties": {"data": {"type": "array", "items": {"$ref": "#/components/schemas/Order"}}, **beside},
    }
    parameters = [
        {"name": name, "in": "query", "schema": schema} for name, schema in {"limit": INTEGER, **inputs}.items()
    ]
    answers = {"200": {"description": "-", "content": {"application/json": {"schema": reply}}}, "400": _REFUSAL}
    one = {"200": {"description": "-", "content": {"application/json": {"schema": ROW}}}}
    key = [{"name": "orderId", "in": "path", "required": True, "schema": TEXT}]
    return copy.deepcopy({
        "openapi": "3.1.0",
        "info": {"title": "Shop", "version": "1"},
        "components": {"schemas": {"Order": ROW}},
        "paths": {
            "/orders": {"get": {"parameters": parameters, "responses": answers}},
            "/orders/{orderId}": {
                "get": {"parameters": key, "responses": one},
                "delete": {"parameters": key, "responses": {"204": {"description": "-"}}},
            },
        },
    })  # fmt: skip


_REFUSAL = {"description": "-", "content": {"application/problem+json": {"schema": {"type": "object"}}}}


@pytest.fixture
def shop(tmp_path: Path, make_mock: Callable[..., Any]) -> Callable[..., Any]:
    """A mock of a shop's bundle; its replies are held against the bundle."""

    def make(inputs: dict[str, Any], beside: dict[str, Any], required: tuple[str, ...] = ()) -> Any:
        file = tmp_path / "shop.json"
        file.write_text(json.dumps(bundle(inputs, beside, required)), "utf-8")
        return make_mock(bundle=str(file), auth="off", scenario="small")

    return make


def asked(mock: Any, **query: Any) -> dict[str, Any]:
    """The page of some inputs."""
    reply = mock.get("/orders", params=query)
    assert reply.status_code == 200, reply.text
    page: dict[str, Any] = reply.json()
    return page


def walked(mock: Any, name: str, cursor: Callable[[dict[str, Any]], Any], size: int = 2) -> list[dict[str, Any]]:
    """All pages, each asked for by the cursor of the one before."""
    pages = [asked(mock, limit=size)]
    while (following := cursor(pages[-1])) not in (None, ""):
        pages.append(asked(mock, limit=size, **{name: following}))
        assert len(pages) < 100
    return pages


@pytest.mark.parametrize(
    ("name", "schema", "shown"),
    [
        ("cursor", TEXT, {"next_cursor": NULLABLE}),
        ("marker", TEXT, {"next_marker": TEXT}),  # its end is an empty text, since null is not legal
        ("page_token", TEXT, {"nextPageToken": NULLABLE}),
        ("page", TEXT, {"next_page": NULLABLE}),
        ("after", TEXT, {"next": NULLABLE}),
        ("after", TEXT, {"paging": {"type": "object", "properties": {
            "cursors": {"type": "object", "properties": {"after": NULLABLE, "before": NULLABLE}}}}}),
        ("cursor", INTEGER, {"next_cursor": {"type": ["integer", "null"]}}),
    ],
)  # fmt: skip
def test_the_shown_cursor_leads_to_the_next_page(
    shop: Callable[..., Any], name: str, schema: dict[str, Any], shown: dict[str, Any]
) -> None:
    """Whatever it is called and wherever it stands, following it meets every row once, in order, and ends."""
    mock = shop({name: schema}, shown)
    (top,) = shown

    def cursor(page: dict[str, Any]) -> Any:
        return page[top]["cursors"]["after"] if top == "paging" else page[top]

    everything = asked(mock, limit=1000)["data"]
    pages = walked(mock, name, cursor)

    assert [row for page in pages for row in page["data"]] == everything
    assert len(pages) == -(-len(everything) // 2) > 2
    if schema is TEXT:  # of plain numbers any may be a place: far ones hold nothing
        refused = mock.get("/orders", params={name: "2-of-nowhere"})
        assert (refused.status_code, refused.headers["mock-code"]) == (400, "MS118")


@pytest.mark.parametrize("name", ["after", "starting_after"])
def test_the_key_of_the_last_row_is_a_cursor(shop: Callable[..., Any], name: str) -> None:
    """Where an input reads on after a row, `last_id` and `has_more` say how and whether to go on."""
    mock = shop({name: TEXT}, {"has_more": {"type": "boolean"}, "first_id": NULLABLE, "last_id": NULLABLE})
    everything = asked(mock, limit=1000)["data"]
    pages = walked(mock, name, lambda page: page["last_id"] if page["has_more"] else None, 3)

    assert [row for page in pages for row in page["data"]] == everything
    assert [page["has_more"] for page in pages] == [True] * (len(pages) - 1) + [False]
    assert all((p["first_id"], p["last_id"]) == (p["data"][0]["id"], p["data"][-1]["id"]) for p in pages)
    beyond = asked(mock, **{name: everything[-1]["id"]})
    assert (beyond["data"], beyond["has_more"], beyond["first_id"]) == ([], False, None)


@pytest.mark.parametrize(("forth", "back"), [("after", "before"), ("starting_after", "ending_before")])
def test_a_list_can_be_read_backwards(shop: Callable[..., Any], forth: str, back: str) -> None:
    """`before` gives the page right before a row; `has_more` then tells of what lies before that."""
    mock = shop({forth: TEXT, back: TEXT}, {"has_more": {"type": "boolean"}})
    rows = asked(mock, limit=1000)["data"]

    near = asked(mock, limit=2, **{back: rows[3]["id"]})
    first = asked(mock, limit=5, **{back: rows[3]["id"]})

    assert (near["data"], near["has_more"]) == (rows[1:3], True)
    assert (first["data"], first["has_more"]) == (rows[:3], False)


def test_rows_that_go_meanwhile_do_not_shift_pages_by_key(shop: Callable[..., Any]) -> None:
    """After a row means after that row, however many are left before it; a deleted row is no cursor."""
    mock = shop({"after": TEXT}, {"has_more": {"type": "boolean"}})
    rows = asked(mock, limit=1000)["data"]

    mock.delete(f"/orders/{rows[0]['id']}")

    assert asked(mock, limit=2, after=rows[2]["id"])["data"] == rows[3:5]
    refused = mock.get("/orders", params={"after": rows[0]["id"]})
    assert refused.status_code == 400
    assert "/after" in refused.text
    assert rows[0]["id"] in refused.text


@pytest.mark.parametrize(
    ("inputs", "links"),
    [
        ({"cursor": TEXT}, {"links": {"type": "object", "required": ["self", "next"], "properties": {
            "self": TEXT, "next": {"type": ["string", "null"], "format": "uri"}, "prev": NULLABLE}}}),
        ({"offset": INTEGER}, {"links": {"type": "object", "properties": {"next": NULLABLE, "prev": NULLABLE}}}),
        ({"page": {"type": "integer", "minimum": 1}}, {"links": {"type": "object", "properties": {
            "next": NULLABLE, "previous": NULLABLE}}}),
    ],
)  # fmt: skip
def test_links_lead_to_the_neighbours(shop: Callable[..., Any], inputs: dict[str, Any], links: dict[str, Any]) -> None:
    """A link is the request itself with another place in it: it can be followed as it is, there and back."""
    mock = shop({**inputs, "title": TEXT}, links, ("links",))
    everything = asked(mock, limit=1000)["data"]
    first = asked(mock, limit=2)
    second = mock.get(first["links"]["next"]).json()
    back = next(value for name, value in second["links"].items() if name.startswith("prev"))

    rows, page = list(first["data"]), first
    while page["links"]["next"]:
        assert parse_qs(urlsplit(page["links"]["next"]).query)["limit"] == ["2"]
        page = mock.get(page["links"]["next"]).json()
        rows += page["data"]

    assert rows == everything
    assert len(everything) > 4
    assert mock.get(back).json()["data"] == first["data"]


def test_cursors_are_those_of_one_list_and_of_its_filter(shop: Callable[..., Any]) -> None:
    """Pages of a filtered list hold what the filter gives, and a token that was tampered with is refused."""
    mock = shop({"cursor": TEXT, "title": TEXT}, {"next_cursor": NULLABLE})
    page = asked(mock, limit=1)
    title = page["data"][0]["title"]
    token = page["next_cursor"]

    rows = [row for row in asked(mock, limit=1000)["data"] if row["title"] == title]
    assert asked(mock, title=title, cursor=token)["data"] == rows[1:]
    assert mock.get("/orders", params={"cursor": token[:-3] + "AAA"}).status_code == 400


def test_a_documented_cursor_reads_from_the_beginning(shop: Callable[..., Any]) -> None:
    """What the bundle itself gives as an example is a good request; an empty cursor is none."""
    mock = shop({"cursor": {"type": "string", "examples": ["bGlzdA=="]}}, {"next_cursor": NULLABLE})

    assert asked(mock, cursor="bGlzdA==") == asked(mock) == asked(mock, cursor="")


def test_a_stream_always_says_where_it_goes_on(shop: Callable[..., Any]) -> None:
    """The place after the last event is shown, and nothing follows it until something happens."""
    mock = shop({"stream_position": TEXT}, {"next_stream_position": TEXT})
    end = asked(mock, limit=1000)["next_stream_position"]

    assert asked(mock, stream_position=end) == {"data": [], "next_stream_position": end}
    assert asked(mock, stream_position="now") == {"data": [], "next_stream_position": end}


def test_a_search_is_turned_in_its_own_order(tmp_path: Path, make_mock: Callable[..., Any]) -> None:
    """After a row means after it in the order asked for, under the condition asked for, by the body as well."""
    asks = {"type": "object", "properties": {
        "where": {"type": "object"}, "orderBy": {"type": "array", "items": {"type": "object"}},
        "limit": INTEGER, "after": TEXT, "before": TEXT,
    }}  # fmt: skip
    document = bundle({}, {"last_id": NULLABLE})
    search = document["paths"]["/orders/search"] = {"post": document["paths"]["/orders"]["get"]}
    search["post"] = {
        "responses": search["post"]["responses"],
        "requestBody": {"content": {"application/json": {"schema": asks}}},
    }
    file = tmp_path / "shop.json"
    file.write_text(json.dumps(document), "utf-8")
    mock = make_mock(bundle=str(file), auth="off", scenario="small")

    def page(**body: Any) -> list[dict[str, Any]]:
        reply = mock.post("/orders/search", json={"orderBy": [{"title": "desc"}], **body})
        assert reply.status_code == 200, reply.text
        rows: list[dict[str, Any]] = reply.json()["data"]
        return rows

    everything = page(limit=1000)
    walked = page(limit=2)
    while rows := page(limit=2, after=walked[-1]["id"]):
        walked += rows
    refused = mock.post("/orders/search", json={"after": "nobody"})

    assert walked == everything
    assert [row["title"] for row in walked] == sorted((row["title"] for row in walked), reverse=True)
    assert page(limit=2, before=everything[3]["id"]) == everything[1:3]
    others = {"id": {"_neq": everything[0]["id"]}}
    assert page(limit=2, where=others, after=everything[0]["id"]) == everything[1:3]
    assert refused.status_code == 400
    assert "body /after" in refused.text
