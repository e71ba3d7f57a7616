"""Headers are judged by what each kind of header has to have in common."""

from __future__ import annotations

import pytest

from tests.compare.made import compared, differences, made

ROW = {"id": 789, "name": "Acme"}


def step(*headers: tuple[str, str], status: int = 200) -> object:
    """An answer with these headers."""
    return made(body=ROW, headers=headers, status=status)


@pytest.mark.parametrize(
    ("name", "a", "b"),
    [
        ("Date", "Sun, 01 Mar 2026 10:00:00 GMT", "Mon, 02 Mar 2026 11:00:00 GMT"),
        ("Content-Length", "10", "2000"),
        ("X-Request-Id", "123e4567-e89b-12d3-a456-426614174000", "00000000-e89b-12d3-a456-426614174999"),
        ("ETag", '"abc1"', '"xyz2"'),
        ("Last-Modified", "Sun, 01 Mar 2026 10:00:00 GMT", "Mon, 02 Mar 2025 11:00:00 GMT"),
        ("X-RateLimit-Remaining", "99", "3"),
        ("X-Total-Count", "400", "17"),
        ("Cache-Control", "no-store, private", "private,no-store"),
        ("Allow", "GET, POST", "POST,GET"),
        ("WWW-Authenticate", 'Bearer realm="one"', 'bearer realm="two"'),
        ("Set-Cookie", "sid=abc; Path=/; HttpOnly", "sid=xyz; HttpOnly; Path=/"),
        ("Location", "http://a.example/gql/v1/client/7", "http://a.example/gql/v1/client/99"),
        ("Content-Type", "application/json;charset=UTF-8", 'application/json; charset="utf-8"'),
        ("Mock-Operation", "one", "two"),
        ("Link", '<http://a.example/x?page=2>; rel="next"', '<http://a.example/x?page=9>; rel="prev"'),
    ],
)
def test_what_is_fresh_or_said_otherwise_is_no_difference(name: str, a: str, b: str) -> None:
    """Moments, ids, counts and another way to write the same are noise by design."""
    assert differences(step((name, a)), step((name, b))) == []  # type: ignore[arg-type]  steps


@pytest.mark.parametrize(
    ("name", "a", "b", "cls"),
    [
        ("X-Request-Id", "123e4567-e89b-12d3-a456-426614174000", "17", "header value"),
        ("Cache-Control", "no-store", "max-age=60", "header value"),
        ("X-RateLimit-Limit", "100", "10", "header value"),
        ("WWW-Authenticate", "Bearer", "Basic", "auth"),
        ("Set-Cookie", "sid=abc; HttpOnly; Secure", "sid=abc; HttpOnly", "header value"),
        ("Location", "http://a.example/client/7", "http://elsewhere.example/client/7", "header value"),
        ("Content-Type", "application/json", "application/problem+json", "media type"),
        ("Content-Type", "application/json", "application/json; charset=iso-8859-1", "encoding"),
        ("Strict-Transport-Security", "max-age=600", "max-age=0", "header value"),
        ("Access-Control-Allow-Origin", "*", "https://app.example", "header value"),
    ],
)
def test_what_clients_act_on_is_a_difference(name: str, a: str, b: str, cls: str) -> None:
    """Forms of ids, directives, limits, schemes, attributes, hosts and media types are compared."""
    found = compared(step((name, a)), step((name, b))).differences  # type: ignore[arg-type]  steps

    assert [difference.cls for difference in found] == [cls]
    assert found[0].place.lower() == f"header:{name.lower()}"


def test_missing_and_extra_headers_are_told_by_what_they_are_for() -> None:
    """A challenge that is gone breaks clients, another gateway's mark is cosmetic."""
    gone = compared(step(("WWW-Authenticate", "Bearer"), status=401), step(status=401)).differences  # type: ignore[arg-type]  steps
    new = compared(step(), step(("X-Powered-By", "Express"))).differences  # type: ignore[arg-type]  steps

    assert [(d.cls, d.impact, d.place) for d in gone] == [("header missing", "breaking", "header:WWW-Authenticate")]
    assert [(d.cls, d.impact) for d in new] == [("header extra", "cosmetic")]
