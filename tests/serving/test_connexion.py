"""Connexion's own routing over the generated skeleton and our trie agree."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest


@pytest.fixture(scope="module")
def both(make_mock: Any) -> Iterator[tuple[Any, httpx.Client]]:
    """One application, asked directly and through connexion's router."""
    mock = make_mock(scenario="small", mock_headers=False)
    behind = type(mock._transport)(mock.app.connexion())
    with httpx.Client(transport=behind, base_url="http://mock", headers=mock.headers) as client:
        yield mock, client


REQUESTS: list[tuple[str, str, Any]] = [
    ("GET", "/gql/v1/client/789", None),
    ("GET", "/gql/v1/client/0", None),
    ("GET", "/gql/v1/client/x", None),
    ("GET", "/gql/v1/client/99999999", None),
    ("POST", "/gql/v1/clients", {"pageSize": 3}),
    ("POST", "/gql/v1/clients/search", {"where": {"name": {"_ilike": "a%"}}, "pageSize": 4}),
    ("POST", "/gql/v1/clients/search", {"where": {"nmae": {"_eq": 1}}}),
    ("POST", "/gql/v1/staff/search", {"limit": 2}),
    ("GET", "/api/v1/records/types", None),
    ("GET", "/api/v1/records/custom", None),
    ("GET", "/api/v1/event-subscriptions/catalog", None),
    ("GET", "/gql/v1/clinet/789", None),
    ("DELETE", "/gql/v1/client/789", None),
    ("OPTIONS", "/gql/v1/client/789", None),
]


@pytest.mark.parametrize(("method", "path", "body"), REQUESTS, ids=lambda v: str(v)[:40])
def test_both_ways_give_the_same_answer(both: Any, method: str, path: str, body: Any) -> None:
    """Status, body and headers do not depend on who found the operation."""
    direct, connexion = both
    options = {} if body is None else {"json": body}

    one = direct.request(method, path, **options)
    two = connexion.request(method, path, **options)

    assert one.status_code == two.status_code
    ignored = {"timestamp"}
    assert _without(one, ignored) == _without(two, ignored)
    assert one.headers.get("content-type") == two.headers.get("content-type")
    assert one.headers.get("allow") == two.headers.get("allow")


def test_every_operation_is_known_to_connexion(both: Any) -> None:
    """The skeleton loses no operation: each is reached by connexion's router too."""
    direct, connexion = both
    unknown = []
    for operation in direct.app.bundle.operations:
        path = operation.path.replace("{id}", "1").replace("{name}", "x").replace("{type}", "client")
        reply = connexion.request(operation.method, path)
        if reply.status_code == 404 and "has no path" in reply.text:
            unknown.append(operation.label)

    assert unknown == []


def test_swagger_ui_is_served(both: Any) -> None:
    """People can read and try the bundle in a browser."""
    direct, _ = both

    page = direct.get("/__admin/ui/")

    assert page.status_code == 200
    assert "swagger" in page.text.lower()


def _without(reply: httpx.Response, names: set[str]) -> Any:
    try:
        value = reply.json()
    except ValueError:
        return reply.content
    for name in names:
        if isinstance(value, dict):
            value.pop(name, None)
            if isinstance(value.get("meta"), dict):
                value["meta"].pop(name, None)
    return value
