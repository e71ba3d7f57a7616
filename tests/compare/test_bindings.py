"""Who gives and who takes is read off any bundle: names, conditions, whole objects, links, Location headers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from mockserver.bundle.loader import load_bundle
from mockserver.compare.bindings import Bindings, bindings, render
from tests.compare.sides import contract_of

LIBRARY = Path(__file__).parents[1] / "bundle" / "data" / "library.yaml"

LINKED = {
    "openapi": "3.1.0",
    "info": {"title": "Shop", "version": "1"},
    "paths": {
        "/orders": {
            "get": {
                "operationId": "listOrders",
                "parameters": [{"name": "customerId", "in": "query", "schema": {"type": "integer"}}],
                "responses": {"200": {"description": "", "content": {"application/json": {"schema": {
                    "type": "array", "items": {"$ref": "#/components/schemas/Order"}}}}}},
            },
            "post": {
                "operationId": "createOrder",
                "requestBody": {"content": {"application/json": {"schema": {
                    "$ref": "#/components/schemas/Order"}}}},
                "responses": {"201": {
                    "description": "", "headers": {"Location": {"schema": {"type": "string"}}},
                    "links": {"receipt": {"operationId": "receipt", "parameters": {"path.no": "$response.body#/id"}}},
                }},
            },
        },
        "/orders/{id}": {"get": {
            "operationId": "getOrder",
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}],
            "responses": {"200": {"description": "", "content": {"application/json": {"schema": {
                "$ref": "#/components/schemas/Order"}}}}},
        }},
        "/customers": {"get": {"responses": {"200": {"description": "", "content": {"application/json": {"schema": {
            "type": "array", "items": {"type": "object", "properties": {
                "id": {"type": "integer"}, "name": {"type": "string"}}}}}}}}}},
        "/receipts/{no}": {"get": {
            "operationId": "receipt",
            "parameters": [{"name": "no", "in": "path", "required": True, "schema": {"type": "integer"}}],
            "responses": {"200": {"description": ""}},
        }},
    },
    "components": {"schemas": {"Order": {"type": "object", "properties": {
        "id": {"type": "integer"}, "customerId": {"type": "integer"}, "sort": {"type": "string"},
        "origin": {"type": "object", "properties": {"system": {"type": "string"}, "key": {"type": "string"}}},
    }}}},
}  # fmt: skip


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Bindings:
    """The bindings of a small shop."""
    file = tmp_path_factory.mktemp("bindings") / "shop.yaml"
    file.write_text(yaml.safe_dump(LINKED), "utf-8")
    return bindings(contract_of(load_bundle(file)))


def test_rows_of_lists_feed_paths_and_filters(shop: Bindings) -> None:
    """What a list gives is what paths, queries and bodies of others take."""
    assert shop.source("GET /orders/{id}", "path", "id") == ("order", "id")
    assert shop.source("GET /orders", "query", "customerId") == ("customer", "id")
    assert shop.source("POST /orders", "body", "/customerId") == ("customer", "id")
    assert shop.source("GET /orders", "query", "nothing") is None
    assert "/[]/id" in {each.pointer for each in shop.producers("order", "id")}
    assert [each.whole for each in shop.producers("customer", "id")] == [True, False, False]


def test_objects_links_and_locations(shop: Bindings) -> None:
    """An object that rows have is taken whole; declared links and Location headers are seen."""
    taken = {(each.name, each.how) for each in shop.consumers("POST /orders", place="body")}
    assert ("/origin", "object") in taken
    assert ("/sort", "value") in taken
    assert "header:Location" in {each.pointer for each in shop.producers("order")}
    links = [each for each in shop.consumers("GET /receipts/{no}") if each.how == "link"]
    assert [(each.source, each.name, each.field) for each in links] == [("POST /orders", "no", "$response.body#/id")]


def test_conditions_take_ids_and_orders_do_not(make_mock: Callable[..., Any]) -> None:
    """`where.clientId` takes ids of clients, `orderBy.clientId` a direction; a systemRef is taken as it was given."""
    found = bindings(contract_of(make_mock().app.bundle))
    assert found.source("POST /gql/v1/invoices/search", "body", "/where/clientId") == ("client", "id")
    assert not [each for each in found.consumers(place="body") if "orderBy" in each.name and each.how == "reference"]
    assert found.source("DELETE /api/v1/records", "body", "/records/[]/systemRef") == ("record", "systemRef")


def test_other_keys_than_ids_and_the_table_for_people() -> None:
    """Paths that name rows by an `isbn` take that; the table says where all values come from."""
    found = bindings(contract_of(load_bundle(LIBRARY)))
    assert found.source("GET /api/v2/books/{isbn}", "path", "isbn") == ("book", "isbn")
    shown = render(found)
    assert "  to   GET /api/v2/books  query author_id  (id)\n" in shown
    assert shown == render(bindings(contract_of(load_bundle(LIBRARY))))
