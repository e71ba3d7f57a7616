"""Judges of leaks find traces, SQL errors, file paths and secrets, and nothing in honest replies."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver.probes.leaks import JUDGES
from tests.probes.judging import ONE, Court, judge_of

TRACES, SECRETS = (judge_of(JUDGES, code) for code in ("MS215", "MS216"))
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJlLW9mLWl0"
HASH = "$2b$12$" + "a" * 53


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("Traceback (most recent call last):\n  ...", "a Python trace"),
        ('File "/srv/a.py", line 12, in f', "a Python trace"),
        ("at com.shop.Order.save(Order.java:42)", "a Java trace"),
        ("java.lang.NullPointerException: x", "a Java exception"),
        ("at Shop.Order.Save(Int32 id) in C:\\src\\Order.cs:line 12", "a .NET trace"),
        ("System.NullReferenceException: Object", "a .NET exception"),
        ("Error: x\n    at save (/app/order.js:10:5)", "a Node.js trace"),
        ("app/models/order.rb:10:in `save'", "a Ruby trace"),
        ("goroutine 1 [running]:", "a Go trace"),
        ("thread 'main' panicked at src/main.rs", "a Rust panic"),
        ("Fatal error: Uncaught Error in /var/www/a.php on line 3", "a PHP error"),
        ("SQLSTATE[42S02]: Base table", "an SQL error"),
        ("ORA-00942: table or view", "an SQL error"),
        ('relation "orders" does not exist', "an SQL error"),
        ("You have an error in your SQL syntax", "an SQL error"),
        ("duplicate key value violates unique constraint", "an SQL error"),
    ],
)
def test_traces_of_the_usual_platforms(court: Court, text: str, what: str) -> None:
    """Each is named by its platform, wherever it stands in the reply."""
    assert court.said(TRACES, ONE, 500, {"code": "X", "message": text}) == [f"the reply shows {what}"]


def test_paths_are_looked_for_in_refusals_only(court: Court) -> None:
    """A path of the server in an error is a leak; in a row it is data, in a quoted request an echo."""
    body = {"code": "X", "message": "cannot open /srv/shop/orders/config.yaml"}

    assert court.said(TRACES, ONE, 400, body) == ["the error reply shows a path of the server's files"]
    assert court.said(TRACES, ONE, 200, {"id": 1, "note": "/srv/shop/orders/config.yaml"}) == []
    assert court.said(TRACES, ONE, 400, body, body=b"/srv/shop/orders/config.yaml") == []
    assert court.said(TRACES, ONE, 404, {"code": "X", "message": "see https://a.example/var/x.html"}) == []


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"id": 1, "note": f"token {JWT}"}, "`note` shows a JWT"),
        ({"id": 1, "note": HASH}, "`note` shows a password hash"),
        ({"id": 1, "note": "-----BEGIN RSA PRIVATE KEY-----"}, "`note` shows a private key"),
        ({"id": 1, "userPassword": "x"}, "`userPassword` is not declared, and is named like a secret"),
    ],
)
def test_secrets_where_none_are_declared(court: Court, body: Any, message: str) -> None:
    """They are named by their place and kind; the secret itself is never repeated."""
    (fault,) = court.faults(SECRETS, ONE, 200, body)

    assert fault.message == message
    assert JWT not in fault.detail


def test_declared_secrets_are_meant(court: Court) -> None:
    """A token in a property that is declared and named for it is what the operation is for."""
    assert court.said(SECRETS, ONE, 200, {"id": 1, "accessToken": JWT}) == []


def test_the_credential_of_the_request_does_not_come_back(court: Court) -> None:
    """An error that quotes the Authorization header ends in logs."""
    headers = (("Authorization", "Bearer abcdefghijklmnop"),)

    assert court.said(SECRETS, ONE, 401, {"code": "X", "message": "bad: abcdefghijklmnop"}, headers=headers) == [
        "`message` shows the credential of the request"
    ]
    assert court.said(SECRETS, ONE, 401, {"code": "X", "message": "bad"}, headers=headers) == []


def test_bytes_are_not_searched(court: Court) -> None:
    """A file that holds a trace is a file."""
    kind = ("Content-Type", "application/octet-stream")

    assert court.said(TRACES, ONE, 200, b"Traceback (most recent call last)", kind) == []
