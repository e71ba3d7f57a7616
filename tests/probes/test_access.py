"""Probes of authentication and authorisation find servers that let the wrong people in."""

from __future__ import annotations

import base64
import json
from dataclasses import replace

import pytest

from mockserver.exchanges import Reply, Request
from mockserver.findings import Severity
from mockserver.probes import authentication, authorisation, revoked
from tests.probes.writing import Ask, Change, Office

READ, LIST = "GET /gql/v1/client/{id}", "GET /api/v1/event-subscriptions"
CREATE, CHANGE = "POST /api/v1/event-subscriptions", "PUT /api/v1/event-subscriptions/{id}"
NOBODY, WRONG, EXPIRED, SCHEME = authentication.PROBES
READER, ROWS, LISTS, CHANGES = authorisation.PROBES


def let_in(office: Office, *, when: str) -> Change:
    """A server that takes some requests for the administrator's: those without, with any or with expired tokens."""
    good = office.tokens["default"]

    async def change(request: Request, ask: Ask) -> Reply:
        said = (request.header("authorization") or "").partition(" ")[2]
        wrong = {
            "none": not said,
            "tampered": bool(said) and said not in office.tokens.values() and "." in said and said.split(".")[2] != "",
            "unsigned": said.endswith("."),
            "expired": said == office.tokens["expired"],
            "reader": said == office.tokens["reader"],
            "other-tenant": said == office.tokens["other-tenant"],
        }
        if wrong[when]:
            kept = tuple(pair for pair in request.headers if pair[0].lower() != "authorization")
            request = replace(request, headers=(*kept, ("Authorization", f"Bearer {good}")))
        return await ask(request)

    return change


def test_without_credentials(office: Office) -> None:
    """Reading and creating by nobody are found, each of its operation."""
    for label in (READ, CREATE):
        (fault,) = office.faults(NOBODY, label, let_in(office, when="none"))

        assert fault.message == "it is carried out without credentials"
        assert fault.exchanges[0].request.header("authorization") is None
        assert fault.exchanges[0].actor == ""


def test_refused_but_not_as_unauthorised(office: Office) -> None:
    """A server that answers 422 to nobody has not looked at the credentials first."""

    async def odd(request: Request, ask: Ask) -> Reply:
        reply = await ask(request)
        return replace(reply, status=422) if reply.status == 401 else reply

    (fault,) = office.faults(NOBODY, READ, odd)

    assert fault.message == "it is refused without credentials, but not as unauthorised"
    assert fault.severity is Severity.WARNING


@pytest.mark.parametrize(("when", "what"), [("tampered", "tampered with"), ("unsigned", "without a signature")])
def test_wrong_credentials(office: Office, when: str, what: str) -> None:
    """A signature that nobody checks is found, and a token that says it needs none."""
    said = [fault.message for fault in office.faults(WRONG, "", let_in(office, when=when))]

    assert any(what in message for message in said)
    assert all(message.startswith("it is carried out with a ") for message in said)


def test_the_unsigned_token_is_a_token(office: Office) -> None:
    """It has the payload of the good one, and a header that names no algorithm."""
    seen: list[str] = []

    async def note(request: Request, ask: Ask) -> Reply:
        seen.append((request.header("authorization") or "").partition(" ")[2])
        return await ask(request)

    office.faults(WRONG, "", note)
    unsigned = next(token for token in seen if token.endswith("."))
    header, payload, _ = unsigned.split(".")

    assert json.loads(base64.urlsafe_b64decode(header + "=="))["alg"] == "none"
    assert payload == office.tokens["default"].split(".")[1]


def test_expired_credentials(office: Office) -> None:
    """A token whose time is over still opens the door."""
    (fault,) = office.faults(EXPIRED, READ, let_in(office, when="expired"))

    assert fault.message == "it is carried out with a credential that has expired"
    assert fault.exchanges[0].actor == "expired"


def test_the_scheme_in_another_case(office: Office) -> None:
    """A server that knows `Bearer` but not `bearer` is found."""

    async def literal(request: Request, ask: Ask) -> Reply:
        reply = await ask(request)
        return replace(reply, status=401) if (request.header("authorization") or "").startswith("bearer") else reply

    assert office.said(SCHEME, READ, literal) == ["the scheme Bearer is refused when written `bearer`"]


def test_a_token_of_a_revoked_key(office: Office) -> None:
    """It is found where it stays good; the probe makes the key itself."""
    good = office.tokens["default"]

    async def lenient(request: Request, ask: Ask) -> Reply:
        reply = await ask(request)
        if reply.status == 401:
            kept = tuple(pair for pair in request.headers if pair[0].lower() != "authorization")
            reply = await ask(replace(request, headers=(*kept, ("Authorization", f"Bearer {good}"))))
        return reply

    (fault,) = office.faults(revoked.PROBES[0], "", lenient)

    assert fault.message == "a token is good although its key was revoked"
    assert [exchange.request.method for exchange in fault.exchanges] == ["DELETE", "GET"]
    assert office.faults(revoked.PROBES[0]) == []


@pytest.mark.parametrize("label", [CREATE, CHANGE, "DELETE /api/v1/event-subscriptions/{id}", "POST /api/v1/records"])
def test_a_reader_that_writes(office: Office, label: str) -> None:
    """Creating, changing, deleting and batches by who may only read are found."""
    (fault,) = office.faults(READER, label, let_in(office, when="reader"))

    assert fault.message == "who may only read is allowed to write"
    assert fault.exchanges[0].actor == "reader"
    assert fault.severity is None


def test_another_tenants_row(office: Office) -> None:
    """A read that does not ask whose row it is (BOLA) is found; lists that keep tenants apart give it away."""
    careless = let_in(office, when="other-tenant")

    async def bola(request: Request, ask: Ask) -> Reply:
        return await (careless(request, ask) if request.method == "GET" else ask(request))

    (fault,) = office.faults(ROWS, READ, bola)

    assert fault.message == "it shows another tenant's row"
    assert fault.exchanges[0].actor == "other-tenant"


def test_tenants_that_are_not_told_apart(office: Office) -> None:
    """Where the other tenant sees all and only what this one sees, each list and each row is a fault."""
    careless = let_in(office, when="other-tenant")

    assert office.said(LISTS, LIST, careless) == ["another tenant sees just the same rows"]
    assert office.said(ROWS, READ, careless) == ["another tenant sees just the same rows"]


def test_one_list_that_does_not_tell_tenants_apart(office: Office) -> None:
    """Rows that the other tenant is shown but may not read are found; lists that all may see are none."""
    careless = let_in(office, when="other-tenant")

    async def one(request: Request, ask: Ask) -> Reply:
        return await (careless(request, ask) if request.path == "/gql/v1/clients" else ask(request))

    said = [fault.message for fault in office.faults(LISTS, "", one)]
    assert said == ["another tenant's list shows rows that it may not read"]


def test_another_tenants_change(office: Office) -> None:
    """A change or deletion across tenants is found, and said to be done or really done."""
    for label in (CHANGE, "DELETE /api/v1/event-subscriptions/{id}"):
        said = office.said(CHANGES, label, let_in(office, when="other-tenant"))

        assert said == ["another tenant changes the row"]

    async def pretending(request: Request, ask: Ask) -> Reply:
        reply = await ask(request)
        other = office.tokens["other-tenant"] in (request.header("authorization") or "")
        return replace(reply, status=200) if other and request.method == "PUT" else reply

    assert office.said(CHANGES, CHANGE, pretending) == ["another tenant's change is said to be done"]


def test_nothing_that_writes_leaves_where_only_reading_is_allowed(office: Office) -> None:
    """On an environment that is only read, no writing operation is asked, whatever the credentials."""
    seen: list[str] = []

    async def note(request: Request, ask: Ask) -> Reply:
        seen.append(f"{request.method} {request.path}")
        return await ask(request)

    for probe in (NOBODY, WRONG, EXPIRED, ROWS, LISTS):
        assert office.faults(probe, "", note, writable=False) == []
    writing = [line for line in seen if line.startswith(("PUT", "DELETE", "PATCH")) or "POST /api" in line]

    assert len(seen) > 300
    assert writing == []
    assert any("Only reading is allowed" in reason for reason in office.why)
