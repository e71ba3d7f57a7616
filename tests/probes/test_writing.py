"""Probes of writing find servers that lose, change, double or keep what they should not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from mockserver.exchanges import Reply, Request
from mockserver.probes import batches, deleted, failed_create, idempotent, updated, written
from tests.probes.writing import Ask, Change, Office, asking, body_of, probe_of, told

HOOKS = "/api/v1/event-subscriptions"
CREATE, CHANGE, DELETE = f"POST {HOOKS}", f"PUT {HOOKS}/{{id}}", f"DELETE {HOOKS}/{{id}}"
KEYS, BATCH = "POST /v1/auth/keys", "POST /api/v1/records"
READ_BACK, LISTED, ECHO, ONCE = (
    probe_of(written.PROBES, name) for name in ("read-back", "listed", "echo", "created-once")
)
CHANGED, ELSE, UNKNOWN = (probe_of(updated.PROBES, name) for name in ("changed", "nothing-else", "unknown-row"))
GONE, AGAIN = (probe_of(deleted.PROBES, name) for name in ("deleted", "deleted-again"))
TWICE, FAILED = idempotent.PROBES[0], failed_create.PROBES[0]
ALL = (*written.PROBES, *updated.PROBES, *idempotent.PROBES, *failed_create.PROBES, *deleted.PROBES, *batches.PROBES)

Where = Callable[[Request], bool]


def is_one(request: Request) -> bool:
    """Whether a request is about one webhook."""
    return request.path.startswith(f"{HOOKS}/") and request.path.rpartition("/")[2].isdigit()


def showing(method: str, spoil: Callable[[dict[str, Any]], None], *, path: Where = is_one) -> Change:
    """A server whose replies to a method show the row otherwise."""

    async def change(request: Request, ask: Ask) -> Reply:
        reply = await ask(request)
        if request.method == method and path(request) and reply.status < 300:
            body = reply.json()
            spoil(body["data"])
            return told(reply, body)
        return reply

    return change


def losing(method: str, name: str) -> Change:
    """A server that ignores one property of what is sent with a method."""

    async def change(request: Request, ask: Ask) -> Reply:
        body = body_of(request)
        if request.method == method and HOOKS in request.path and isinstance(body, dict):
            request = asking(request, {key: value for key, value in body.items() if key != name})
        return await ask(request)

    return change


@pytest.mark.parametrize("probe", ALL, ids=lambda probe: probe.name)
def test_the_mock_as_it_is(office: Office, probe: Any) -> None:
    """Nothing is found where nothing is wrong, of no operation."""
    assert office.faults(probe) == []


@pytest.mark.parametrize("probe", ALL, ids=lambda probe: probe.name)
def test_what_was_made_is_deleted_or_switched_off(office: Office, probe: Any) -> None:
    """After a probe no webhook of its making is active."""
    before = office.mock.get(HOOKS).json()["data"]["subscriptions"]
    office.faults(probe)
    after = office.mock.get(HOOKS).json()["data"]["subscriptions"]

    assert [row for row in after if row["active"]] == [row for row in before if row["active"]]


def test_what_was_written_is_lost(office: Office) -> None:
    """A value that is not stored, and a row that is not there, are found by reading."""
    said = office.said(READ_BACK, CREATE, showing("GET", lambda row: row.update(name="another")))
    assert said == ["`name` is not read back as it was written"]

    async def lost(request: Request, ask: Ask) -> Reply:
        return (
            replace(await ask(request), status=404)
            if request.method == "GET" and is_one(request)
            else await ask(request)
        )

    assert office.said(READ_BACK, CREATE, lost) == ["what was created cannot be read"]


def test_the_echo_disagrees(office: Office) -> None:
    """The answer to a create shows another value than was sent."""
    change = showing("POST", lambda row: row.update(url="https://other.example"), path=lambda r: r.path == HOOKS)

    assert office.said(ECHO, CREATE, change) == ["the answer shows `url` otherwise than it was written"]


def test_what_was_created_is_not_listed(office: Office) -> None:
    """A list that never shows the newest row is found."""

    async def hiding(request: Request, ask: Ask) -> Reply:
        reply = await ask(request)
        if request.method == "GET" and request.path == "/v1/auth/keys":
            rows = reply.json()["keys"]
            return told(reply, {"keys": [row for row in rows if row["id"] < 15]})
        return reply

    (fault,) = office.faults(LISTED, KEYS, hiding)
    assert fault.message == "GET /v1/auth/keys does not show what was created"
    assert [exchange.request.method for exchange in fault.exchanges] == ["POST", "GET"]


def test_an_update_that_changes_nothing(office: Office) -> None:
    """The property that is ignored is named."""
    assert office.said(CHANGED, CHANGE, losing("PUT", "name")) == ["`name` is not changed as it was said"]


def test_an_update_that_changes_more(office: Office) -> None:
    """Another property that changes with it is named; the time of the change is not."""

    async def more(request: Request, ask: Ask) -> Reply:
        body = body_of(request)
        if request.method == "PUT" and is_one(request) and isinstance(body, dict) and "name" in body:
            request = asking(request, {**body, "active": False})
        return await ask(request)

    assert office.said(ELSE, CHANGE, more) == ["`active` changes, though nothing was said of it"]


def test_an_update_that_moves_the_time_of_creation(office: Office) -> None:
    """What tells when the row was made does not change with it."""
    times = iter(range(10, 60))
    change = showing("GET", lambda row: row.update(createdAt=f"2024-01-01T00:00:{next(times)}Z"))

    assert "`createdAt` changes, though nothing was said of it" in office.said(ELSE, CHANGE, change)


def test_an_update_that_hits_a_neighbour(office: Office) -> None:
    """A change that is made to another row as well is found in the list."""

    async def wide(request: Request, ask: Ask) -> Reply:
        if request.method == "PUT" and is_one(request):
            await ask(replace(request, target=f"{HOOKS}/31"))
        return await ask(request)

    (fault,) = office.faults(ELSE, CHANGE, wide)
    assert (fault.message, fault.detail) == ("the update of one row changes another one", "name")


def test_only_rows_of_its_own_are_deleted(office: Office) -> None:
    """A create that answers with nothing, or with a row that was there, leads to no deletion at all."""
    asked: list[str] = []

    def answering(body: Any) -> Change:
        async def change(request: Request, ask: Ask) -> Reply:
            asked.append(f"{request.method} {request.path}")
            reply = await ask(request)
            return told(reply, body) if request.method == "POST" and request.path == HOOKS else reply

        return change

    for body in ({"data": None}, {"data": {"id": 31}}):
        for probe in ALL:
            if probe not in batches.PROBES:
                for label in (CREATE, CHANGE, DELETE):
                    office.faults(probe, label, answering(body))

    assert f"POST {HOOKS}" in asked
    assert [line for line in asked if line.startswith(("DELETE", "PUT"))] == []
    assert any("a row that was there before" in reason for reason in office.why)


def test_a_create_that_makes_two(office: Office) -> None:
    """A creation that is delivered twice is found by counting."""

    async def twice(request: Request, ask: Ask) -> Reply:
        if request.method == "POST" and request.path == HOOKS:
            await ask(request)
        return await ask(request)

    assert office.said(ONCE, CREATE, twice) == ["one create makes several rows"]


@pytest.mark.parametrize(("label", "what"), [(CHANGE, "a change"), (DELETE, "a deletion")])
def test_a_row_that_does_not_exist(office: Office, label: str, what: str) -> None:
    """A change or deletion of nothing that is granted is found."""

    async def granting(request: Request, ask: Ask) -> Reply:
        reply = await ask(request)
        return replace(reply, status=200) if reply.status == 404 and request.method in ("PUT", "DELETE") else reply

    assert office.said(UNKNOWN, label, granting) == [f"{what} of a row that does not exist is granted"]


def test_put_twice(office: Office) -> None:
    """A second equal PUT that is refused, changes the row or makes another is found, each for what it is."""
    seen: list[str] = []

    async def counting(request: Request, ask: Ask) -> Reply:
        if request.method == "PUT" and is_one(request):
            seen.append(request.path)
        body = body_of(request)
        if request.method == "PUT" and len(seen) > 1:
            request = asking(request, {**body, "description": f"written {len(seen)} times"})
        return await ask(request)

    async def refusing(request: Request, ask: Ask) -> Reply:
        reply = await ask(request)
        if request.method == "PUT":
            seen.append(request.path)
        return replace(reply, status=409) if request.method == "PUT" and len(seen) > 1 else reply

    async def doubling(request: Request, ask: Ask) -> Reply:
        reply = await ask(request)
        if request.method == "PUT" and is_one(request):
            row = {key: reply.json()["data"][key] for key in ("url", "entityType", "operations")}
            await ask(asking(replace(request, method="POST", target=HOOKS), row))
        return reply

    assert office.said(TWICE, CHANGE, counting) == ["`description` changes with the second of two equal PUTs"]
    seen.clear()
    assert office.said(TWICE, CHANGE, refusing) == ["the second of two equal PUTs is refused"]
    assert office.said(TWICE, CHANGE, doubling) == ["the second of two equal PUTs makes another row"]


def test_a_refused_create_that_leaves_a_row(office: Office) -> None:
    """What the server stores before it refuses is found by counting."""
    good: list[Any] = []

    async def leaving(request: Request, ask: Ask) -> Reply:
        reply = await ask(request)
        if request.method == "POST" and request.path == HOOKS:
            good.append(body_of(request))
            if reply.status == 400:
                await ask(asking(request, good[0]))
        return reply

    said = office.said(FAILED, CREATE, leaving)
    assert "a create that is refused for `url` leaves a row" in said


def test_what_was_deleted_is_still_there(office: Office) -> None:
    """A deletion that does nothing is found; one that marks the row as inactive is none."""

    async def keeping(request: Request, ask: Ask) -> Reply:
        return await ask(replace(request, method="GET") if request.method == "DELETE" and is_one(request) else request)

    assert office.said(GONE, DELETE, keeping) == ["what was deleted can still be read, and looks as before"]


def test_what_was_deleted_is_still_listed(office: Office) -> None:
    """A row that cannot be read any more, but is listed, is found."""
    gone: set[str] = set()

    async def half(request: Request, ask: Ask) -> Reply:
        reply = await ask(request)
        if request.method == "DELETE":
            gone.add(request.path)
        return replace(reply, status=404) if request.method == "GET" and request.path in gone else reply

    assert office.said(GONE, DELETE, half) == [f"GET {HOOKS} still shows what was deleted"]


def test_deleting_again(office: Office) -> None:
    """A second deletion that breaks the server or is answered with an undeclared status is found."""
    for status in (500, 409):
        seen: list[str] = []

        async def breaking(request: Request, ask: Ask, seen: list[str] = seen, status: int = status) -> Reply:
            reply = await ask(request)
            if request.method == "DELETE" and is_one(request):
                seen.append(request.path)
            return replace(reply, status=status) if request.method == "DELETE" and len(seen) > 1 else reply

        assert office.said(AGAIN, DELETE, breaking) == [f"deleting again is answered with {status}"]


def batch(office: Office, name: str, label: str, change: Change) -> list[str]:
    return office.said(probe_of(batches.PROBES, name), label, change)


def spoiling(method: str, spoil: Callable[[dict[str, Any]], None]) -> Change:
    """A server that stores each record of a batch otherwise than it was sent."""

    async def change(request: Request, ask: Ask) -> Reply:
        body = body_of(request)
        if request.method == method and request.path == "/api/v1/records":
            for record in body["records"]:
                spoil(record)
            request = asking(request, body)
        return await ask(request)

    return change


def test_batches(office: Office) -> None:
    """A value that is lost, an update that is none, a row made twice and one that stays are found."""
    again = "`name` is not changed as it was said"
    lost = spoiling("POST", lambda record: record["attributes"].update(name="another"))
    assert batch(office, "batch-read-back", BATCH, lost) == ["`name` is not read back as it was written"]
    unchanged = spoiling("PUT", lambda record: record["attributes"].pop("name"))
    assert batch(office, "batch-changed", "PUT /api/v1/records", unchanged) == [again]
    numbers = iter(range(1000))
    doubled = spoiling("POST", lambda record: record["systemRef"].update(id=f"n{next(numbers)}"))
    assert batch(office, "batch-once", BATCH, doubled) == ["the same item makes another row"]
    kept = spoiling("DELETE", lambda record: record["systemRef"].update(id="nobody"))
    assert batch(office, "batch-deleted", BATCH, kept) == ["what was deleted can still be read, and looks as before"]
