"""What was found can be repeated by anybody, with a shell or with pytest."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from mockserver.exchanges import Exchange, Reply, Request
from mockserver.redaction import Redactor
from mockserver.reproduction import curl, pytest_code, statuses, without
from mockserver.server import MockServer

Got = list[tuple[str, str, dict[str, str], bytes]]


@pytest.fixture
def recorder() -> Iterator[tuple[str, Got]]:
    """A server that writes down what it gets."""
    got: Got = []

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            got.append((self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            self.send_response(204)
            self.end_headers()

        do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = do_OPTIONS = answer  # noqa: N815

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", got
    server.shutdown()
    thread.join()
    server.server_close()


def run(command: str, **variables: str) -> str:
    """What a shell makes of a command."""
    done = subprocess.run(
        ["/bin/bash", "-s"], input=command, capture_output=True, text=True, timeout=20, check=True,
        env={**os.environ, **variables},
    )  # fmt: skip
    return done.stdout


REQUESTS = [
    Request("GET", "/a%2Fb/%41?x=1&y=%27a%20b%27&z=*"),
    Request("GET", "/list?ids[]=1&ids[]={2}"),
    Request("GET", "/a/../b/./%2e%2e/c"),
    Request("HEAD", "/a"),
    Request("DELETE", "/a", (("X-Empty", ""), ("X-Quote", 'it\'s "$HOME" `id` \\ !x'))),
    Request("POST", "/a", (("Content-Type", "application/json"),), '{"a": "it\'s $HOME `id` \\\\ ä\\n@x"}'.encode()),
    Request("POST", "/a", (("Content-Type", "text/plain"),), b"@/etc/passwd\r\nline\n"),
    Request("POST", "/a", (("Content-Type", "application/octet-stream"),), bytes(range(256))),
    Request("PUT", "/a", (), b"no type"),
    Request("PATCH", "/a", (("Content-Type", "text/plain"),), b"long " * 30_000),
    Request("GET", "/a", (("Content-Type", "application/json"), ("Content-Length", "7")), b'{"a":1}'),
    Request("OPTIONS", "/a", (("X-Latin", "gr\xfc\xdf"),)),
    Request("POST", "/a"),
]


@pytest.mark.parametrize("request_", REQUESTS, ids=range(len(REQUESTS)))
def test_curl_sends_the_same_bytes(recorder: tuple[str, Got], request_: Request) -> None:
    """Method, target, headers and body, whatever is in them."""
    url, got = recorder
    run(curl(Exchange("e", url, request_, None)))
    _same(got, request_)


@pytest.mark.parametrize("request_", REQUESTS, ids=range(len(REQUESTS)))
def test_pytest_sends_the_same_bytes(recorder: tuple[str, Got], request_: Request, tmp_path: Path) -> None:
    """The module that is made runs by itself and sends what was sent."""
    url, got = recorder
    code = pytest_code([Exchange("e", url, request_, None)], statuses(["2XX"]))
    space: dict[str, Any] = {}
    exec(compile(code, "made.py", "exec"), space)
    space["test_what_was_found"]()
    _same(got, request_)


def _same(got: Got, sent: Request) -> None:
    [(method, path, headers, body)] = got
    assert (method, path, body) == (sent.method, sent.target, sent.body)
    for name, value in sent.headers:
        assert headers[name.lower()] == (value if name != "Content-Length" else str(len(sent.body)))
    if sent.header("content-type") is None:
        assert "content-type" not in headers


LOGIN = Request(
    "POST",
    "/login?api_key=k-123456&x=1",
    (
        ("Authorization", "Bearer t-123456"),
        ("Cookie", "sid=c-123456"),
        ("X-Api-Key", "k-123456"),
        ("Content-Type", "application/json"),
    ),
    b'{"user": "me", "jwtApiKey": "k-123456", "password": "p\'123456"}',
)


@pytest.mark.parametrize("before", [False, True])
def test_credentials_are_variables(recorder: tuple[str, Got], before: bool) -> None:
    """Whether it was redacted before or not, no credential stands in it, and the shell puts each in its place."""
    url, got = recorder
    exchange = Exchange("e", url, LOGIN, None)
    if before:
        exchange = Redactor(key=b"k", personal=False).exchange(exchange)
    command, code = curl(exchange, "MY_TOKEN"), pytest_code([exchange], "reply.status_code == 204", "MY_TOKEN")
    assert "123456" not in command + code
    values = {"MY_TOKEN": "T'1", "MOCKSERVER_API_KEY": 'K"2', "MOCKSERVER_PASSWORD": "P3"}
    run(command, **values)
    space: dict[str, Any] = {}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**values, "MOCKSERVER_API_KEY": "K2"}.items():
            patch.setenv(name, value)
        exec(code, space)
        space["test_what_was_found"]()
    for key, (_, path, headers, body) in zip(('K"2', "K2"), got, strict=True):
        assert path == f"/login?api_key={key}&x=1"
        assert (headers["authorization"], headers["cookie"], headers["x-api-key"]) == ("Bearer T'1", "sid=T'1", "T'1")
        assert body.decode() == f'{{"user": "me", "jwtApiKey": "{key}", "password": "P3"}}'


def test_against_the_mock(tmp_path: Path) -> None:
    """A sequence found on a server is repeated there, by curl and by pytest in a process of its own."""
    with MockServer(access_log=False) as mock:
        token = (("Authorization", f"Bearer {mock.token}"),)
        read = Exchange("e", mock.url, Request("GET", "/gql/v1/client/789", token), Reply(200))
        body = json.dumps({"pageSize": 2, "where": {"name": {"_ilike": "acme%"}}}).encode()
        search = Request("POST", "/gql/v1/clients/search", (*token, ("Content-Type", "application/json")), body)
        assert "Acme Corporation" in run(curl(read), MOCKSERVER_TOKEN=mock.token)
        made = tmp_path / "test_made.py"
        for expectation, code in ((statuses([200, "4XX"]), 0), (without("/clients/0/name"), 1)):
            made.write_text(pytest_code([read, Exchange("e", mock.url, search, None)], expectation))
            done = subprocess.run(
                [sys.executable, "-m", "pytest", "-q", "-p", "no:mockserver", "-p", "no:cacheprovider", str(made)],
                capture_output=True, text=True, timeout=60, check=False, cwd=tmp_path,
                env={**os.environ, "MOCKSERVER_TOKEN": mock.token, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
            )  # fmt: skip
            assert done.returncode == code, done.stdout


@pytest.mark.parametrize(
    ("expected", "expression"),
    [
        ([200, "404"], "reply.status_code in (200, 404)"),
        (["2XX"], "reply.status_code // 100 in (2,)"),
        ([400, "5xx"], "reply.status_code in (400,) or reply.status_code // 100 in (5,)"),
        (["200", "default"], "reply.status_code"),
    ],
)
def test_expected_statuses(expected: list[Any], expression: str) -> None:
    """As a bundle declares them."""
    assert statuses(expected) == expression


def test_a_property_that_should_not_be_there() -> None:
    """Its pointer becomes an expression; the whole body has none."""
    assert without("/a~1b/0/x") == "'x' not in reply.json()['a/b'][0]"
    assert without("") == "not reply.content"


@pytest.mark.parametrize(
    ("reply", "line"),
    [
        (None, "assert reply.status_code,"),
        (Reply(500), "assert reply.status_code < 500,"),
        (Reply(200, (), b"<p>"), "assert reply.status_code != 200,"),
        (
            Reply(200, (), b'{"a": [1, "x"]}'),
            "assert (reply.status_code, shape(reply.json())) != (200, {'a': ['int', 'str']}),",
        ),
    ],
)
def test_a_sentence_is_no_expectation(reply: Reply | None, line: str) -> None:
    """Of a finding's message a test is made that fails as long as the reply is what it was."""
    code = pytest_code([Exchange("e", "", Request("GET", "/x"), reply)], 'The "count" is wrong \\ by one')
    compile(code, "made.py", "exec")
    assert line in code
    assert "The 'count' is wrong" in code
    assert ("def shape" in code) == ("shape(" in line)
