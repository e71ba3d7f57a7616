"""The control API: health, reset, requests, and who may ask."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


def test_health_says_what_is_served(mock: Any) -> None:
    """Health names the bundle, its checksum, and the seed that reproduces the data."""
    health = mock.get("/__admin/health").json()

    assert health["status"] == "ok"
    assert health["bundle"]["title"] == "Aiwyn API"
    assert len(health["bundle"]["sha256"]) == 64
    assert health["operations"] == len(mock.app.bundle.operations)
    assert health["seed"] == mock.app.scenario.seed


def test_reset_brings_the_scenario_back(mock: Any) -> None:
    """What was written is gone after a reset, and the journal is empty."""
    record = {"type": "client", "systemRef": {"id": "new"}, "attributes": {"name": "Fleeting"}}
    mock.post("/api/v1/records", json={"records": [record]})
    where = {"where": {"name": {"_eq": "Fleeting"}}}
    assert mock.post("/gql/v1/clients/search", json=where).json()["total"]["aggregate"]["count"] == 1

    assert mock.post("/__admin/reset").json() == {"reset": "all"}

    assert mock.get("/__admin/requests").json()["count"] == 0
    assert mock.post("/gql/v1/clients/search", json=where).json()["total"]["aggregate"]["count"] == 0


def test_worlds_do_not_see_each_other(mock: Any) -> None:
    """Each value of Mock-World has a state of its own, and can be reset alone."""
    record = {"type": "client", "systemRef": {"id": "new"}, "attributes": {"name": "Only in A"}}
    where = {"where": {"name": {"_eq": "Only in A"}}}

    def count(world: str) -> int:
        headers = {"Mock-World": world} if world else {}
        reply = mock.post("/gql/v1/clients/search", json=where, headers=headers)
        return int(reply.json()["total"]["aggregate"]["count"])

    mock.post("/api/v1/records", json={"records": [record]}, headers={"Mock-World": "a"})
    assert (count("a"), count("b"), count("")) == (1, 0, 0)

    mock.post("/__admin/reset", json={"world": "a"})
    assert (count("a"), count("b"), count("")) == (0, 0, 0)


def test_requests_say_what_came_and_why_it_was_refused(mock: Any) -> None:
    """The journal has the operation, the status, the code and the reason; credentials are hidden."""
    mock.get("/gql/v1/client/789")
    mock.post("/gql/v1/clients/search", json={"where": {"nmae": {"_eq": "x"}}})
    mock.post("/v1/auth/token", json={"jwtApiKey": "demo-admin"})

    journal = mock.get("/__admin/requests").json()
    first, second, third = journal["requests"]

    assert (journal["count"], journal["dropped"]) == (3, 0)
    assert (first["operation"], first["status"], first["because"]) == ("getClientById", 200, None)
    assert first["taken_for"] == "read of client"
    assert first["headers"]["authorization"] == "[hidden]"
    assert second["status"] == 400
    assert "nmae" in second["because"]
    assert second["violations"][0]["pointer"] == "/where/nmae"
    assert third["body"] == {"jwtApiKey": "[hidden]"}
    assert "demo-admin" not in str(journal)


def test_requests_can_be_narrowed(mock: Any) -> None:
    """By status class, operation and number."""
    for path in ("/gql/v1/client/789", "/gql/v1/client/0", "/gql/v1/contact/23456"):
        mock.get(path)

    def paths(query: str) -> list[str]:
        return [entry["path"] for entry in mock.get(f"/__admin/requests?{query}").json()["requests"]]

    assert paths("status=4xx") == ["/gql/v1/client/0"]
    assert paths("operation=getClientById") == ["/gql/v1/client/789", "/gql/v1/client/0"]
    assert paths("limit=1") == ["/gql/v1/contact/23456"]
    assert mock.delete("/__admin/requests").json()["count"] == 0


def test_the_journal_is_bounded_and_says_what_it_dropped(make_mock: Callable[..., Any]) -> None:
    """A journal with room for three keeps the newest requests and counts the others."""
    mock = make_mock(scenario="empty", journal=6000)
    for _ in range(5):
        mock.get("/gql/v1/client/1")

    journal = mock.get("/__admin/requests").json()

    assert journal["count"] == 3
    assert journal["dropped"] == 2


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/__admin/nowhere", 404), ("PUT", "/__admin/reset", 405), ("GET", "/__admin", 200)],
)
def test_the_control_api_explains_itself(mock: Any, method: str, path: str, status: int) -> None:
    """Unknown paths name the known ones, wrong methods the right ones."""
    reply = mock.request(method, path)

    assert reply.status_code == status
    assert "/__admin/" in reply.text


def test_the_type_of_a_problem_leads_somewhere(mock: Any) -> None:
    """The `type` of a problem is a path that says what the code means and what to do; without a code, all of them."""
    told = mock.get(mock.get("/nowhere").json()["type"])

    assert (told.status_code, told.json()["code"]) == (200, "MS105")
    assert set(told.json()) == {"code", "title", "why", "fix"}
    assert {"MS001", "MS105", "MS123"} <= set(mock.get("/__admin/problems").json())
    assert mock.get("/__admin/problems/MS10x").status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "told"),
    [
        ("POST", "/__admin/reset?wrld=one", "Did you mean world?"),
        ("GET", "/__admin/requests?stauts=404", "Did you mean status?"),
        ("GET", "/__admin/requests?status=bad", "status=4xx"),
        ("GET", "/__admin/requests?limit=few", "limit=10"),
    ],
)
def test_what_the_control_api_does_not_know_is_refused(mock: Any, method: str, path: str, told: str) -> None:
    """A misspelt name must not reset every world, nor show every request."""
    reply = mock.request(method, path)

    assert reply.status_code == 400
    assert told in reply.json()["detail"]


def test_a_broken_body_is_refused(mock: Any) -> None:
    """The control API refuses what is no JSON object."""
    assert mock.post("/__admin/reset", content=b"{").status_code == 400
    assert mock.post("/__admin/reset", content=b"[]").status_code == 400


def test_a_body_that_is_too_long_is_refused(mock: Any) -> None:
    """Not a crash: 413, and the control API goes on."""
    reply = mock.post("/__admin/reset", content=b"{" + b" " * 1_000_001 + b"}")

    assert reply.status_code == 413
    assert mock.get("/__admin/health").status_code == 200


@pytest.mark.parametrize("host", ["127.0.0.1:4020", "localhost:4020", "[::1]:4020", "[::ffff:127.0.0.1]"])
def test_this_machine_has_several_names(mock: Any, host: str) -> None:
    """Loopback addresses and localhost are let in."""
    assert mock.get("/__admin/health", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example"])
def test_strangers_are_kept_out(mock: Any, host: str) -> None:
    """A foreign Host header (DNS rebinding) is refused, however it begins."""
    reply = mock.get("/__admin/health", headers={"Host": host})

    assert reply.status_code == 403
    assert "MOCKSERVER_ADMIN_TOKEN" in reply.text


def test_a_token_opens_the_control_api_to_others(
    make_mock: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With MOCKSERVER_ADMIN_TOKEN set, it alone decides."""
    monkeypatch.setenv("MOCKSERVER_ADMIN_TOKEN", "open sesame")
    mock = make_mock(scenario="empty")

    assert mock.get("/__admin/health", headers={"Authorization": "Bearer wrong"}).status_code == 401
    reply = mock.get("/__admin/health", headers={"Authorization": "Bearer open sesame", "Host": "elsewhere.example"})
    assert reply.status_code == 200


def test_it_can_be_left_out(make_mock: Callable[..., Any]) -> None:
    """`--no-admin` leaves nothing under /__admin but a 404."""
    assert make_mock(scenario="empty", admin=False).get("/__admin/health").status_code == 404
