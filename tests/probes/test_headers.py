"""Judges of headers find what the bundle requires and HTTP demands."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver.findings import Severity
from mockserver.probes.headers import JUDGES
from tests.probes.judging import ONE, Court, judge_of

REQUIRED, CHALLENGE, RETRY, ALLOW, LOCATION, CONTENT = (
    judge_of(JUDGES, code) for code in ("MS218", "MS220", "MS221", "MS222", "MS223", "MS224")
)


def test_a_required_header(court: Court) -> None:
    """It is missed where it is declared as required."""
    assert court.said(REQUIRED, "GET /orders", 200, {"orders": []}) == [
        "the header `X-Total` is required for 200, but missing"
    ]
    assert court.said(REQUIRED, "GET /orders", 200, {"orders": []}, ("x-total", "0")) == []


def test_a_declared_header_that_is_not_required(court: Court) -> None:
    """It may be left out; that it is gets a hint, no more."""
    (fault,) = court.faults(REQUIRED, "GET /ping", 200, None)

    assert fault.message == "the header `X-Load` is declared for 200, but not sent"
    assert fault.severity is Severity.INFO
    assert court.said(REQUIRED, "GET /ping", 200, None, ("X-Load", "1")) == []


def test_a_challenge(court: Court) -> None:
    """401 names a scheme."""
    assert court.said(CHALLENGE, ONE, 401, {}) == ["401 comes without WWW-Authenticate"]
    assert court.said(CHALLENGE, ONE, 401, {}, ("WWW-Authenticate", '="x"')) == [
        "401 comes with a WWW-Authenticate that names no scheme"
    ]
    for good in ("Bearer", 'Bearer realm="a", error="invalid_token"', "Basic, Bearer"):
        assert court.said(CHALLENGE, ONE, 401, {}, ("WWW-Authenticate", good)) == []


def test_retry_after(court: Court) -> None:
    """429 and 503 say in seconds or by a date when to come back."""
    assert court.said(RETRY, ONE, 429, {}) == ["429 comes without Retry-After"]
    assert court.said(RETRY, ONE, 503, {}, ("Retry-After", "soon")) == [
        "503 comes with a Retry-After that is neither seconds nor a date"
    ]
    for good in ("120", "Fri, 31 Dec 2027 23:59:59 GMT"):
        assert court.said(RETRY, ONE, 429, {}, ("Retry-After", good)) == []


@pytest.mark.parametrize(
    ("allow", "message"),
    [
        ("", "405 comes without Allow"),
        ("GET", "the Allow of a 405 does not list DELETE"),
        ("GET, DELETE, PATCH", "405 refuses PATCH, and Allow lists it"),
    ],
)
def test_allow(court: Court, allow: str, message: str) -> None:
    """405 lists all that the bundle declares for the path, and not what it refuses."""
    headers = [("Allow", allow)] if allow else []

    assert court.said(ALLOW, ONE, 405, {}, *headers, method="PATCH") == [message]
    assert court.said(ALLOW, ONE, 405, {}, ("allow", "get, delete, head"), method="PATCH") == []


def test_location(court: Court) -> None:
    """What was created can be read where Location says: below the base path, absolute or relative."""
    made: dict[str, Any] = {"id": 7}
    for good in ("/orders/7", "/api/orders/7", "https://orders.example/api/orders/7", "orders/7"):
        assert court.said(LOCATION, "POST /orders", 201, made, ("Location", good)) == []
    assert court.said(LOCATION, "POST /orders", 201, made, ("Location", "/ordres/7")) == [
        "Location leads to no path of the bundle that can be read"
    ]
    other = ("Location", "https://other.example/orders/7")
    assert court.said(LOCATION, "POST /orders", 201, made, other, url="https://orders.example/api") == [
        "Location leads to another host"
    ]


@pytest.mark.parametrize(
    ("kind", "body", "message"),
    [
        ("application/json; charset=latin-1", b"{}", "JSON is said to be in another character set than UTF-8"),
        ("text/plain; charset=utf-99", b"x", "Content-Type names a character set that does not exist"),
        ("text/plain; charset=utf-8", b"\xff", "the body is not in the character set that Content-Type says"),
        ("text/html", b'{"id": 1}', "what looks like JSON is said to be HTML"),
    ],
)
def test_content_type(court: Court, kind: str, body: bytes, message: str) -> None:
    """It says what the body is."""
    assert court.said(CONTENT, ONE, 200, body, ("Content-Type", kind)) == [message]


def test_content_type_of_honest_replies(court: Court) -> None:
    """JSON in UTF-8 says nothing, or says so; a body without a type is found."""
    for kind in ("application/json", 'application/json; charset="UTF-8"', "text/html; charset=iso-8859-1"):
        assert court.said(CONTENT, ONE, 200, b"[]" if "json" in kind else b"\xe4", ("Content-Type", kind)) == []
    nothing = court.exchange(ONE, 200, b"x", ("Content-Type", ""))
    assert [f.message for f in CONTENT.run(court.contract, court.operations[ONE], nothing)] == [
        "a body comes without Content-Type"
    ]
