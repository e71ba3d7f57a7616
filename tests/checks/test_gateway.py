"""What schemathesis makes becomes a request byte by byte, apart from what is random or not meant for the server."""

from __future__ import annotations

import pytest
import requests

from mockserver.checks.gateway import plain, settled
from mockserver.exchanges import Request


def prepared(url: str, **more: object) -> requests.PreparedRequest:
    """A request as schemathesis prepares it."""
    return requests.Request(url=url, **{"method": "POST", **more}).prepare()  # type: ignore[arg-type]  as given


@pytest.mark.parametrize(
    ("url", "base", "target"),
    [
        ("http://mock/a%2Fb/%C3%A9?x=%20&y=+", "", "/a%2Fb/%C3%A9?x=%20&y=+"),
        ("http://mock", "", "/"),
        ("http://mock/api/v1/a?b", "/api/v1", "/a?b"),
        ("http://mock/api/v1", "/api/v1", "/"),
        ("http://mock/api/v1?b", "/api/v1", "/?b"),
        ("http://mock/api/v10/a", "/api/v1", "/api/v10/a"),
    ],
)
def test_the_target_is_below_the_base_path(url: str, base: str, target: str) -> None:
    """Percent-encoding as it was, the base path gone, so that the same request can go elsewhere."""
    assert plain(prepared(url), base).target == target


def test_headers_and_bodies_are_kept() -> None:
    """Values as they are; what the transport says for itself and the case's random number are not passed on."""
    headers = {"X-A": "é", "X-Schemathesis-TestCaseId": "aB3", "Connection": "keep-alive", "X-B": b"\xff"}
    request = plain(prepared("http://mock/", headers=headers, data=b"\x00\xff"), "")

    assert request.headers == (("X-A", "é"), ("X-B", "\xff"))
    assert request.body == b"\x00\xff"
    assert plain(prepared("http://mock/", data="é=1"), "").body == "é=1".encode()
    assert plain(prepared("http://mock/", method="GET"), "").body == b""
    assert plain(prepared("http://mock/", headers={"X-A": "日"}), "").header("x-a") == "日".encode().decode("latin-1")


def test_boundaries_follow_from_the_content() -> None:
    """Two encodings of the same fields are one request; other fields have another boundary."""

    def form(text: str) -> Request:
        return plain(prepared("http://mock/", files={"file": ("n", text), "other": ("m", "x")}), "")

    one, same, other = form("abc"), form("abc"), form("abd")

    assert one == same
    assert one.header("content-type") != other.header("content-type")
    boundary = (one.header("content-type") or "").partition("boundary=")[2]
    assert one.body.startswith(f"--{boundary}\r\n".encode())
    assert one.body.endswith(f"--{boundary}--\r\n".encode())


def test_a_boundary_that_the_header_does_not_name_is_settled_too() -> None:
    """As in the test of a Content-Type without one; other bodies are left alone."""
    body = b"--0123456789abcdef0123456789abcdef\r\nx"
    bare = Request("POST", "/", (("Content-Type", "multipart/form-data"),), body)
    other = Request("POST", "/", (("Content-Type", "text/plain"),), body)

    assert settled(bare) == settled(Request("POST", "/", bare.headers, body.replace(b"0", b"9")))
    assert settled(bare).body != body
    assert settled(other) == other
