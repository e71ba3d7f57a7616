"""The defaults that make a stock framework fail schemathesis, each as the raw request that shows it.

Every request travels over a real socket as the bytes below; `HTTP/1.1`, Host and Connection are added.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mockserver.server import MockServer

BUNDLE = Path(__file__).parent / "hardening.yaml"


@pytest.fixture(scope="module")
def server() -> Iterator[MockServer]:
    with MockServer(bundle=str(BUNDLE), scenario="empty", check_replies="fail", auth="strict") as running:
        yield running


def raw(
    server: MockServer, request: str | bytes, body: bytes = b"", *headers: str
) -> tuple[int, dict[str, str], bytes]:
    """Send bytes, read the whole answer: status, headers in lower case, body."""
    line = request.encode() if isinstance(request, str) else request
    host, _, port = server.url.removeprefix("http://").partition(":")
    head = [
        line + b" HTTP/1.1",
        f"Host: {host}".encode(),
        b"Connection: close",
        *(h.encode("latin-1") for h in headers),
    ]
    if body:
        head.append(b"Content-Length: %d" % len(body))
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(b"\r\n".join(head) + b"\r\n\r\n" + body)
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
    top, _, content = received.partition(b"\r\n\r\n")
    status, *lines = top.decode("latin-1").split("\r\n")
    fields = {name.lower(): value.strip() for name, _, value in (entry.partition(":") for entry in lines)}
    return int(status.split()[1]), fields, content


JSON = "Content-Type: application/json"


@pytest.mark.parametrize(
    ("row", "request_line", "body", "headers", "expected"),
    [
        ("1 invalid UTF-8", "POST /items", b'{"name": "\xff"}', [JSON], 400),
        ("3 header integer", "GET /typed", b"", ["X-Count: 0"], 200),
        ("3 header not an integer", "GET /typed", b"", ["X-Count: zero"], 400),
        ("3 header boolean", "GET /typed", b"", ["X-Flag: true"], 200),
        ("3 cookie integer", "GET /typed", b"", ["Cookie: visits=3"], 200),
        ("3 cookie not an integer", "GET /typed", b"", ["Cookie: visits=x"], 400),
        ("5 date", "GET /typed?day=2024-02-30", b"", [], 400),
        ("5 date-time", "GET /typed?at=2024-01-01T12:99:00Z", b"", [], 400),
        ("5 uuid", "GET /typed?key=not-a-uuid", b"", [], 400),
        ("5 good formats", "GET /typed?day=2024-02-29&at=2024-01-01T12:59:00Z", b"", [], 200),
        ("6 int32", "GET /typed?small=2147483648", b"", [], 400),
        ("6 int64", "GET /typed?big=9223372036854775808", b"", [], 400),
        ("6 int64 in range", "GET /typed?big=9223372036854775807", b"", [], 200),
        ("7 empty array", "GET /typed?ids=", b"", [], 200),
        ("8 optional body absent", "POST /optional", b"", [], 200),
        ("8 optional body null", "POST /optional", b"null", [JSON], 400),
        ("9 required text absent", "POST /text", b"", [], 400),
        ("9 required form absent", "POST /form", b"", [], 400),
        ("10 no content type", "POST /items", b'{"name": "a"}', [], 415),
        (
            "11 malformed multipart",
            "POST /form",
            b"--x\r\nbroken",
            ["Content-Type: multipart/form-data; boundary=x"],
            400,
        ),
        ("11 no boundary", "POST /form", b"--x", ["Content-Type: multipart/form-data"], 400),
        ("12 malformed cookie", "GET /typed", b"", ['Cookie: =; ;;a"b=c; @@'], 200),
        ("13 nullable by allOf", "POST /items", b'{"name": "a", "owner": null}', [JSON], 201),
        ("14 deepObject under a scalar", "GET /typed?f[gte][x]=1", b"", [], 400),
        ("14 deepObject", "GET /typed?f[gte]=1", b"", [], 200),
        ("15 newline in a path", "GET /items/%0A", b"", [], 400),
        ("16 recursive schema", "POST /tree", b'{"children": [{"children": []}]}', [JSON], 200),
        ("trap: underscore digits", "GET /typed?small=1_0", b"", [], 400),
        ("trap: plus sign", "GET /typed?small=%2B1", b"", [], 400),
        ("trap: repeated scalar", "GET /typed?small=1&small=2", b"", [], 400),
        ("trap: NaN", "POST /items", b'{"name": "a", "price": NaN}', [JSON], 400),
        ("trap: Infinity", "POST /items", b'{"name": "a", "price": -Infinity}', [JSON], 400),
        ("trap: duplicate keys", "POST /items", b'{"name": "a", "name": "b"}', [JSON], 400),
        ("trap: 10,000 levels", "POST /tree", b'{"children": [' * 10_000, [JSON], 400),
        ("trap: 10,000 closed levels", "POST /tree", b'{"children":[' * 10_000 + b"]}" * 10_000, [JSON], 400),
        ("trap: broken escape", "GET /items/%zz", b"", [], 400),
        ("trap: wrong charset", "POST /items", b'{"name": "a"}', [f"{JSON}; charset=klingon"], 415),
        ("trap: wrong media type", "POST /items", b"<a/>", ["Content-Type: application/xml"], 415),
        ("trap: Accept", "GET /typed", b"", ["Accept: application/xml"], 406),
        ("trap: Accept with q=0", "GET /typed", b"", ["Accept: application/json;q=0"], 406),
    ],
)
def test_the_request_is_answered_as_the_contract_says(
    server: MockServer, row: str, request_line: str, body: bytes, headers: list[str], expected: int
) -> None:
    """Neither a 500, nor a refusal of what is valid, nor a success for what is not."""
    status, _, content = raw(server, request_line, body, f"Authorization: Bearer {server.token}", *headers)

    assert status == expected, (row, content[:300])


def test_errors_are_in_the_declared_shape_and_say_where(server: MockServer) -> None:
    """Row 2: with several reply media types the error comes in the declared one, with a pointer."""
    status, fields, content = raw(server, "POST /items", b'{"name": 3}', f"Authorization: Bearer {server.token}", JSON)

    assert status == 400
    assert fields["content-type"] == "application/problem+json"
    assert "/name" in content.decode()


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE"])
def test_a_method_that_is_not_there_is_answered_with_the_whole_allow(server: MockServer, method: str) -> None:
    """Row 4: Allow names every method of the path, HEAD and OPTIONS too."""
    status, fields, _ = raw(server, f"{method} /items")

    assert status == 405
    assert fields["allow"] == "GET, HEAD, POST, OPTIONS"


def test_options_needs_no_credentials(server: MockServer) -> None:
    """OPTIONS answers 204 with the same Allow."""
    status, fields, content = raw(server, "OPTIONS /items")

    assert (status, fields["allow"], content) == (204, "GET, HEAD, POST, OPTIONS", b"")


def test_head_is_get_without_the_body(server: MockServer) -> None:
    """HEAD has the headers of GET, the length too, and no body."""
    auth = f"Authorization: Bearer {server.token}"
    _, got, content = raw(server, "GET /typed", b"", auth)
    status, fields, nothing = raw(server, "HEAD /typed", b"", auth)

    assert status == 200
    assert nothing == b""
    assert fields["content-length"] == got["content-length"] == str(len(content))


def test_a_stranger_is_told_so_before_anything_else(server: MockServer) -> None:
    """401 comes before 400, with WWW-Authenticate."""
    status, fields, _ = raw(server, "POST /items", b"{broken", JSON)

    assert status == 401
    assert fields["www-authenticate"].startswith("Bearer")


def test_a_body_of_ten_megabytes_is_refused_and_the_server_goes_on(server: MockServer) -> None:
    """413, and the next request is served."""
    auth = f"Authorization: Bearer {server.token}"
    status, _, _ = raw(server, "POST /items", b'{"name": "' + b"a" * 10_000_001 + b'"}', auth, JSON)
    again, _, content = raw(server, "POST /items", json.dumps({"name": "fine"}).encode(), auth, JSON)

    assert status == 413
    assert again == 201, content


def test_chunked_bodies_are_read(server: MockServer) -> None:
    """A body without a length is a body."""
    chunked = b'10\r\n{"name": "abcde"\r\n1\r\n}\r\n0\r\n\r\n'
    host, _, port = server.url.removeprefix("http://").partition(":")
    head = f"POST /items HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n{JSON}\r\n"
    head += f"Authorization: Bearer {server.token}\r\n\r\n"
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(head.encode() + chunked)
        answer = connection.recv(65536)

    assert answer.startswith(b"HTTP/1.1 201")


def test_the_bundle_is_served_although_it_is_recursive(server: MockServer) -> None:
    """Row 16: the interface description for people can be fetched."""
    status, _, content = raw(server, "GET /__admin/ui/")

    assert status == 200
    assert b"swagger" in content.lower()


def test_duplicate_ids_do_not_mix_up_operations(server: MockServer) -> None:
    """Two operations of one operationId keep their own security and schema."""
    auth = f"Authorization: Bearer {server.token}"
    first: Any = raw(server, "GET /twin-one", b"", auth)
    second = raw(server, "GET /twin-two?n=x", b"", auth)

    assert first[0] == 200
    assert second[0] == 400
