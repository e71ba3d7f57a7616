"""The guard holds: whatever is tried, only reading requests leave, and only to the environment's own host."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import pytest

from mockserver.bundle.loader import Bundle
from mockserver.environments.client import Client, Forbidden
from mockserver.environments.environment import Environment
from mockserver.exchanges import Request

READING = [
    ("GET", "/things"),
    ("GET", "/things?page=2&name=%2Fx"),
    ("POST", "/things/search"),
    ("GET", "/things/7"),
    ("GET", "/things/a%20b"),
    ("GET", "/open"),
    ("HEAD", "/things"),
    ("OPTIONS", "/things/7"),
    ("OPTIONS", "/nowhere"),
    ("HEAD", "/nowhere"),
    ("TRACE", "/things"),
    ("TRACE", "/nowhere"),
]
WRITING = [
    ("POST", "/things"),
    ("PUT", "/things/7"),
    ("DELETE", "/things/7"),
    ("PATCH", "/things/7"),
    ("TRACE", "/things/7/cancel"),
    ("QUERY", "/things"),
    ("get", "/things"),
    ("POST", "/auth/token"),
    ("GET", "/things/7/cancel"),
    ("HEAD", "/things/7/cancel"),
    ("HEAD", "/things/7/cancel/"),
    ("GET", "/things/purge"),
    ("HEAD", "/things/purge"),
    ("GET", "/nowhere"),
    ("POST", "/things/7"),
]
# Each is read by some servers as an operation that writes.
TRICKS = [
    ("POST", "/things/%73earch"),  # `{id}` to a server that routes before it decodes
    ("POST", "/things/SEARCH"),
    ("POST", "/things/search/"),
    ("POST", "//things/search"),
    ("POST", "/things//search"),
    ("POST", "/things/search;x=1"),
    ("POST", "/things/search/.."),
    ("POST", "/things/search/%2e%2e"),
    ("POST", "/things/search/%252e%252e/"),
    ("POST", "/./things"),
    ("POST", "/things/search%2F.."),
    ("POST", "/things/search%00"),
    ("POST", "/things/search#"),
    ("GET", "/things/purg%65"),
    ("GET", "/things/PURGE"),
    ("GET", "/things/purge/"),
    ("GET", "/things/purge.json"),
    ("GET", "/things/purge;v=1"),
    ("GET", "/things/purge%20"),
    ("GET", "/things/%EF%BD%90urge"),  # a fullwidth p
    ("GET", "/things/%2570urge"),
    ("GET", "/things/7%2Fcancel"),
    ("GET", "/things/7%5Ccancel"),
    ("GET", "/things/7%EF%BC%8Fcancel"),  # a fullwidth slash
    ("GET", "/things/7\\cancel"),
    ("HEAD", "/things/7/CANCEL"),
    ("GET", "/things/%zz"),
    ("GET", "/things/7?_method=DELETE"),
    ("GET", "/things/7?a=1&%5Fmethod=DELETE"),
    ("GET", "/things/7?a=1;_METHOD=DELETE"),
]
OVERRIDES = [
    ("X-HTTP-Method-Override", "DELETE"),
    ("x-method-override", "DELETE"),
    ("X-HTTP-Method", "DELETE"),
    ("X_HTTP_Method_Override", "DELETE"),
    ("X-Original-URL", "/things/7/cancel"),
    ("Transfer-Encoding", "chunked"),
    ("Upgrade", "h2c"),
]
BODIES = [
    ("application/x-www-form-urlencoded", b"a=1&_method=DELETE"),
    ("application/json", b'{"where": {}, "_method": "DELETE"}'),
    ("application/json", b'{"\\u005fmethod": "DELETE"}'),
    (
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="_method"\r\n\r\nDELETE\r\n--x--',
    ),
]


def client(bundle: Bundle, url: str = "http://127.0.0.1:9", **settings: Any) -> Client:
    """A client that may write only where it is told so."""
    allow = settings.pop("allow_writes", False)
    return Client(Environment("live", url, **settings), bundle, tokens={"default": "t"}, allow_writes=allow)


@pytest.mark.parametrize(("method", "target"), READING)
def test_reading_is_known_from_roles(shop: Bundle, method: str, target: str) -> None:
    """Searches by POST pass like reads by GET; HEAD, OPTIONS and TRACE pass wherever they cannot act."""
    with client(shop) as live:
        assert live.refusal(Request(method, target)) == ""


@pytest.mark.parametrize(("method", "target"), WRITING + TRICKS)
def test_what_might_write_stays(shop: Bundle, method: str, target: str) -> None:
    """Each is refused with a text that names the request and the way out."""
    with client(shop) as live:
        refusal = live.refusal(Request(method, target))

    assert f"{method} {target} is not sent to live" in refusal
    assert "`writable = true`" in refusal or "path of this server" in refusal or "leads out" in refusal


def test_a_word_that_only_looks_like_an_override_is_none(shop: Bundle) -> None:
    """A search for `payment_method` is a search."""
    body = b'{"where": {"payment_method": {"_eq": "_method"}}}'
    with client(shop) as live:
        assert live.refusal(Request("POST", "/things/search", (("Content-Type", "application/json"),), body)) == ""


def test_nothing_that_writes_leaves(shop: Bundle, stand_in: Callable[..., Any]) -> None:
    """A counting server sees the reading requests and no other, whatever header, form or spelling is tried."""
    server = stand_in()
    attempts = [Request(m, t) for m, t in READING + WRITING + TRICKS]
    attempts += [Request(m, t, (pair,)) for (m, t), pair in product(READING, OVERRIDES)]
    attempts += [Request("POST", "/things/search", (("Content-Type", kind),), body) for kind, body in BODIES]
    methods = ("POST", "PUT", "PATCH", "DELETE", "CONNECT", "QUERY", "MERGE", "LOCK", "PROPFIND")
    attempts += [Request(m, t) for m, t in product(methods, ["/things", "/things/7", "/x", "*", "/auth/token"])]
    refused = 0
    with client(shop, server.url) as live:
        for attempt, actor in product(attempts, ("", "default")):
            try:
                live.send(attempt, actor=actor)
            except Forbidden:
                refused += 1

    assert server.requests == [f"{m} {t}" for m, t in READING for _ in range(2)]
    assert refused == 2 * (len(attempts) - len(READING))


@pytest.mark.parametrize(("writable", "allowed"), [(True, False), (False, True)])
def test_writing_takes_both_consents(shop: Bundle, *, writable: bool, allowed: bool) -> None:
    """The environment and the caller must both allow it."""
    with client(shop, writable=writable, allow_writes=allowed) as live:
        assert live.refusal(Request("DELETE", "/things/7"))
    with client(shop, writable=True, allow_writes=True) as live:
        assert live.refusal(Request("DELETE", "/things/7")) == ""


@pytest.mark.parametrize(
    "request_",
    [
        Request("GET", "http://elsewhere.example/things"),
        Request("GET", "//elsewhere.example/things"),
        Request("OPTIONS", "*"),
        Request("GET", "/../other/api"),
        Request("GET", "/%2e%2e/other/api"),
        Request("GET", "/things/..\\..\\other"),
        Request("GET", "/things", (("Host", "elsewhere.example"),)),
        Request("GET", "/things", (("X-A", "1\r\nDELETE /things/7 HTTP/1.1"),)),
        Request("GET", "/things /x"),
        Request("GE T", "/things"),
    ],
    ids=lambda request: f"{request.method} {request.target}",
)
def test_other_hosts_and_broken_lines_are_refused_even_to_who_may_write(shop: Bundle, request_: Request) -> None:
    """Consent to writing is none to leaving the environment."""
    with client(shop, writable=True, allow_writes=True) as live:
        assert "is not sent to live" in live.refusal(request_)


def test_a_host_of_the_list_may_be_named(shop: Bundle) -> None:
    """`hosts` says under which names the server may be addressed."""
    named = Request("GET", "/things", (("Host", "api.example:8443"),))
    with client(shop, hosts=("127.0.0.1", "api.example")) as live:
        assert live.refusal(named) == ""


def test_redirects_are_answers(shop: Bundle, stand_in: Callable[..., Any]) -> None:
    """A redirect to a place that acts is reported, not followed."""
    server = stand_in(lambda _: (302, {"Location": "/things/7/cancel"}, b""))
    with client(shop, server.url) as live:
        exchange = live.send(Request("GET", "/things"))

    assert exchange.reply is not None
    assert exchange.reply.status == 302
    assert server.requests == ["GET /things"]


def test_a_server_may_take_base_paths_off(make_bundle: Callable[..., Bundle], stand_in: Callable[..., Any]) -> None:
    """A value that looks like the base path must not turn a read into an action behind it."""
    bundle = make_bundle(
        {
            "openapi": "3.0.3",
            "info": {"title": "t", "version": "1"},
            "servers": [{"url": "https://x.example/api"}],
            "paths": {
                "/{a}/{b}": {"get": {"responses": {"200": {"description": "ok"}}}},
                "/purge": {"get": {"x-mock-role": "action", "responses": {"200": {"description": "ok"}}}},
            },
        }
    )
    with client(bundle) as live:
        assert "GET /purge may change something" in live.refusal(Request("GET", "/api/purge"))
        assert live.refusal(Request("GET", "/apis/purge")) == ""


def test_an_environments_own_headers_pass_the_guard_too(shop: Bundle) -> None:
    """A header set for every request is judged like any other."""
    with client(shop, headers={"X-HTTP-Method-Override": "DELETE"}) as live, pytest.raises(Forbidden, match="Override"):
        live.send(Request("GET", "/things/7"))
