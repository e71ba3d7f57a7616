"""The preflight says in one sentence why an environment cannot be worked with."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import pytest

from mockserver.bundle.loader import Bundle
from mockserver.environments.client import Client
from mockserver.environments.environment import Environment
from mockserver.problems import Unreachable, UsageError
from mockserver.server import MockServer

JSON = {"Content-Type": "application/json"}
HTML = {"Content-Type": "text/html; charset=utf-8"}


def client(bundle: Bundle, url: str) -> Client:
    """A client with a ready token."""
    return Client(Environment("live", url), bundle, tokens={"default": "t"})


def test_a_good_server_costs_one_request(shop: Bundle, stand_in: Callable[..., Any]) -> None:
    """A list without any input is asked for, and that is all."""
    server = stand_in()
    with client(shop, server.url) as live:
        live.preflight()

    assert server.requests == ["GET /things"]


def test_the_mock_passes() -> None:
    """Our own server under our own bundle, over HTTP."""
    with MockServer(scenario="small") as mock, Client(Environment("mock", mock.url), mock.app.bundle) as live:
        live.preflight()


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ((200, HTML, b"<html>"), "is no such API: GET /things is answered with a web page"),
        ((404, HTML, b"<html>"), "is no such API: GET /things is answered with a web page"),
        (
            (404, JSON, b"{}"),
            "knows none of GET /things, GET /open, GET /with/basic: it is another API",
        ),
        ((301, {"Location": "https://www.example.com/"}, b""), "redirects to https://www.example.com/"),
        (None, "cannot be used: 127.0.0.1"),
    ],
    ids=["web page", "web page for an error", "other API", "moved", "hangs up"],
)
def test_what_is_no_such_server(shop: Bundle, stand_in: Callable[..., Any], answer: Any, told: str) -> None:
    """Exit code 3, the environment's name and address, and the reason."""
    server = stand_in(lambda _: answer)
    with client(shop, server.url) as live, pytest.raises(Unreachable) as caught:
        live.preflight()

    assert str(caught.value).startswith(f"live ({server.url}) ")
    assert told in str(caught.value)
    assert caught.value.exit_code == 3


def test_nobody_there(shop: Bundle) -> None:
    """A name without address and a port without server are told apart."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    with client(shop, "http://shop.invalid") as live, pytest.raises(Unreachable, match="cannot be resolved"):
        live.preflight()
    with client(shop, f"http://127.0.0.1:{port}") as live, pytest.raises(Unreachable, match="refuses connections"):
        live.preflight()


def test_wrong_credentials(shop: Bundle, stand_in: Callable[..., Any]) -> None:
    """A token that is refused at once is a matter of usage: exit code 2."""
    server = stand_in(lambda _: (401, JSON, b"{}"))
    with client(shop, server.url) as live, pytest.raises(UsageError, match="live refuses the credentials of default"):
        live.preflight()


def test_a_bundle_without_plain_reading(make_bundle: Callable[..., Bundle], stand_in: Callable[..., Any]) -> None:
    """Where every operation needs something, OPTIONS shows at least that somebody is there."""
    bundle = make_bundle(
        {
            "openapi": "3.0.3",
            "info": {"title": "t", "version": "1"},
            "paths": {"/things/{id}": {"delete": {"responses": {"204": {"description": "gone"}}}}},
        }
    )
    server = stand_in(lambda _: (204, {}, b""))
    with client(bundle, server.url) as live:
        live.preflight()

    assert server.requests == ["OPTIONS /"]
