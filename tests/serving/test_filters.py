"""Filters by ranges: inputs that name a column and one end of a range of its values."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

TIME, NUMBER = {"type": "string", "format": "date-time"}, {"type": "number"}
SCHEMA = {
    "type": "object",
    "required": ["id", "amount", "created_at", "paid_at", "weight"],
    "properties": {
        "id": {"type": "integer"},
        "amount": {"type": "number", "minimum": 0, "maximum": 500},
        "weight": {"type": "integer", "minimum": 1, "maximum": 90},
        "created_at": TIME,
        "paid_at": TIME,
        "shipped": {"type": "object", "properties": {"by": {"type": "string"}}},
    },
}
INPUTS = {
    **dict.fromkeys(("created_after", "created_before", "paid_since", "createdAtUntil", "shipped_before"), TIME),
    **dict.fromkeys(("min_amount", "maxAmount", "amount_gt", "amount[lt]", "max_weight", "weight_from"), NUMBER),
    "weight_min": {"type": "integer"},
    "reply_to": {"type": "string"},
}


@pytest.fixture(scope="module")
def parcels(tmp_path_factory: pytest.TempPathFactory, make_mock: Callable[..., Any]) -> Any:
    """A mock of a bundle that lists parcels by ranges."""
    reply = {"type": "object", "required": ["data"], "properties": {"data": {"type": "array", "items": SCHEMA}}}
    responses = {"200": {"description": "-", "content": {"application/json": {"schema": reply}}}}
    parameters = [{"name": name, "in": "query", "schema": schema} for name, schema in INPUTS.items()]
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Parcels", "version": "1"},
        "paths": {"/parcels": {"get": {"parameters": parameters, "responses": responses}}},
    }
    file = tmp_path_factory.mktemp("parcels") / "bundle.json"
    file.write_text(json.dumps(document), "utf-8")
    return make_mock(bundle=str(file), auth="off")


def rows(mock: Any, **query: Any) -> list[dict[str, Any]]:
    """The rows that a list gives."""
    reply = mock.get("/parcels", params=query)
    assert reply.status_code == 200, reply.text
    found: list[dict[str, Any]] = reply.json()["data"]
    return found


@pytest.mark.parametrize(
    ("name", "column", "within"),
    [
        ("created_after", "created_at", lambda value, bound: value >= bound),
        ("created_before", "created_at", lambda value, bound: value <= bound),
        ("createdAtUntil", "created_at", lambda value, bound: value <= bound),
        ("paid_since", "paid_at", lambda value, bound: value >= bound),
        ("min_amount", "amount", lambda value, bound: value >= bound),
        ("maxAmount", "amount", lambda value, bound: value <= bound),
        ("amount_gt", "amount", lambda value, bound: value > bound),
        ("amount[lt]", "amount", lambda value, bound: value < bound),
        ("weight_min", "weight", lambda value, bound: value >= bound),
        ("max_weight", "weight", lambda value, bound: value <= bound),
    ],
)
def test_a_bound_filters_by_the_column_that_it_names(
    parcels: Any, name: str, column: str, within: Callable[[Any, Any], bool]
) -> None:
    """Both the word before or behind the column's name and its short form (`created` for `created_at`) are known."""
    everything = rows(parcels)
    middle = sorted(row[column] for row in everything)[len(everything) // 2]

    found = rows(parcels, **{name: middle})

    assert found == [row for row in everything if within(row[column], middle)]
    assert 0 < len(found) < len(everything)


def test_a_fraction_bounds_whole_numbers(parcels: Any) -> None:
    """The bound need not be a value that the column can hold."""
    everything = rows(parcels)

    assert rows(parcels, max_weight=40.5) == [row for row in everything if row["weight"] <= 40.5]
    assert rows(parcels, weight_from=40.5) == [row for row in everything if row["weight"] >= 40.5]


@pytest.mark.parametrize("name", ["shipped_before", "reply_to"])
def test_what_names_no_column_is_no_filter(parcels: Any, name: str) -> None:
    """An input that no column of dates or numbers belongs to changes nothing."""
    assert rows(parcels, **{name: "2020-01-01T00:00:00Z"}) == rows(parcels)


@pytest.mark.parametrize("several", [False, True])
def test_a_plain_range_means_the_only_date_there_is(
    tmp_path: Path, make_mock: Callable[..., Any], several: bool
) -> None:
    """`since` filters by the one column of dates, whatever its name; among several, none can be chosen."""
    properties = {"id": {"type": "integer"}, "ripeness_on": TIME, **({"rot_on": TIME} if several else {})}
    row = {"type": "object", "required": [*properties], "properties": properties}
    parameters = [{"name": "since", "in": "query", "schema": TIME}]
    content = {"application/json": {"schema": {"type": "array", "items": row}}}
    listed = {"get": {"parameters": parameters, "responses": {"200": {"description": "-", "content": content}}}}
    file = tmp_path / "fruit.json"
    document = {"openapi": "3.1.0", "info": {"title": "Fruit", "version": "1"}, "paths": {"/fruits": listed}}
    file.write_text(json.dumps(document), "utf-8")
    mock = make_mock(bundle=str(file), auth="off")
    everything = mock.get("/fruits").json()
    middle = sorted(each["ripeness_on"] for each in everything)[len(everything) // 2]

    found = mock.get("/fruits", params={"since": middle}).json()

    assert found == [each for each in everything if several or each["ripeness_on"] >= middle]
    assert several == (len(found) == len(everything))
