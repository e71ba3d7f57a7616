"""The client brings a request there as it is, and says in words why nothing came back."""

from __future__ import annotations

import asyncio
import gzip
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from mockserver.bundle.loader import Bundle
from mockserver.environments.client import Client, Limits, Stopped
from mockserver.environments.environment import Environment
from mockserver.exchanges import Exchange, Request
from mockserver.problems import UsageError

THINGS = Request("GET", "/things")


def client(bundle: Bundle, url: str, limits: Limits | None = None, **settings: Any) -> Client:
    """A client with a ready token."""
    return Client(Environment("live", url, **settings), bundle, tokens={"default": "t0ken"}, limits=limits)


def reply(status: int, **headers: str) -> tuple[int, dict[str, str], bytes]:
    """An answer in JSON."""
    return status, {"Content-Type": "application/json", **{k.replace("_", "-"): v for k, v in headers.items()}}, b"[]"


@pytest.fixture
def talking() -> Iterator[Callable[[bytes], str]]:
    """A server that says the same bytes to everybody and hangs up; gives its URL."""
    sockets = []

    def start(words: bytes, pause: float = 0.0) -> str:
        listening = socket.create_server(("127.0.0.1", 0))
        sockets.append(listening)

        def serve() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(65_536)
                    connection.sendall(words[:20])
                    time.sleep(pause)
                    connection.sendall(words[20:])

        threading.Thread(target=serve, daemon=True).start()
        return f"http://127.0.0.1:{listening.getsockname()[1]}"

    yield start
    for listening in sockets:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()


def test_the_target_goes_out_as_it_is(shop: Bundle, stand_in: Callable[..., Any]) -> None:
    """No escape, space or bracket of path and query is rewritten on the way; the base path stands before it."""
    server = stand_in()
    target = "/things/a%2cb%20C%c3%a9~!$'?q=%7B1%7d&x=[a]|b+c&&empty=&é".replace("é", "%E9")
    with client(shop, server.url, base_path="/base") as live:
        exchange = live.send(Request("GET", target))

    assert server.requests == [f"GET /base{target}"]
    assert exchange.request.target == target
    assert exchange.url == f"{server.url}/base"


def test_an_exchange_tells_what_was_sent_and_by_whom(shop: Bundle, stand_in: Callable[..., Any]) -> None:
    """Request with credentials, reply, operation, actor and purpose; the recorder gets the same."""
    server, heard = stand_in(), []
    environment = Environment("live", server.url, headers={"X-Client": "checks"})
    with Client(environment, shop, tokens={"default": "t0ken"}, on_exchange=heard.append) as live:
        operation = shop.operations.at("GET", "/things")
        exchange = live.send(THINGS, operation=operation, purpose="probe")
        nobody = live.send(THINGS, actor="")

    assert heard == [exchange, nobody]
    assert exchange.request.header("authorization") == server.seen[0].headers["authorization"] == "Bearer t0ken"
    assert server.seen[0].headers["x-client"] == "checks"
    assert (exchange.operation, exchange.actor, exchange.purpose) == ("GET /things", "default", "probe")
    assert exchange.at.endswith("Z")
    assert exchange.took > 0
    assert (nobody.actor, nobody.request.header("authorization")) == ("", None)
    assert Exchange.from_json(exchange.to_json()).request == exchange.request


def test_trace_carries_no_secret(shop: Bundle, stand_in: Callable[..., Any]) -> None:
    """Servers answer TRACE with the request itself, so neither credentials nor configured headers go with it."""
    server = stand_in()
    environment = Environment("live", server.url, headers={"X-Gateway-Key": "s3cret"})
    with Client(environment, shop, tokens={"default": "t0ken"}) as live:
        sent = live.send(Request("TRACE", "/things"))

    assert sent.actor == ""
    assert not {"authorization", "x-gateway-key"} & set(server.seen[0].headers)


def test_a_body_comes_decoded(shop: Bundle, stand_in: Callable[..., Any]) -> None:
    """Content codings are undone; what is not coded as it says is a failure."""
    answers = iter([gzip.compress(b'{"a": 1}'), b"plain"])
    server = stand_in(lambda _: (200, {"Content-Encoding": "gzip"}, next(answers)))
    with client(shop, server.url) as live:
        good, bad = live.send(THINGS), live.send(THINGS)

    assert good.reply is not None
    assert good.reply.json() == {"a": 1}
    assert bad.reply is None
    assert "not coded as its Content-Encoding says" in bad.failure


def test_in_process_is_quick_and_works_on_a_loop(make_mock: Callable[..., Any]) -> None:
    """The mock in this process answers synchronous code, wherever it is called from, in well under a millisecond."""
    app = make_mock(check_replies="off").app

    with Client(Environment("mock"), app.bundle, app=app) as mock:
        read = Request("GET", "/gql/v1/client/789")

        async def on_a_loop() -> list[Exchange]:
            return [mock.send(read), mock.send(Request("GET", "/gql/v1/client/1?x=%20"))]

        first, (second, third) = mock.send(read), asyncio.run(on_a_loop())
        took = min(mock.send(read).took for _ in range(200))

    assert first.reply is not None
    assert first.reply.json()["name"] == "Acme Corporation"
    assert second.reply is not None
    assert second.reply.body == first.reply.body
    assert third.reply is not None
    assert took < 0.001


def test_an_application_that_falls_over_is_a_failure(shop: Bundle) -> None:
    """What an application raises is told as a server's failure; one that says nothing, too."""

    async def falls(*_: Any) -> None:
        raise RuntimeError("out of paper")

    async def silent(*_: Any) -> None:
        return

    said = []
    for app in (falls, silent):
        with Client(Environment("mock"), shop, app=app, tokens={"default": "t"}) as mock:
            said.append(mock.send(THINGS).failure)

    assert said == ["the application raised RuntimeError: out of paper", "the application ended without a reply"]


def test_an_environment_without_url_needs_an_application(shop: Bundle) -> None:
    """The message names the environment and the key that is missing."""
    with pytest.raises(UsageError, match="mine has no url"):
        Client(Environment("mine"), shop)


def free_port() -> int:
    """A port where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def test_a_header_that_is_none(shop: Bundle, stand_in: Callable[..., Any]) -> None:
    """What cannot be written as HTTP does not leave, and says why."""
    server = stand_in()
    with client(shop, server.url) as live:
        told = [live.send(Request("GET", "/things", (pair,))).failure for pair in (("a b", "c"), ("X-A", "\u20ac"))]

    assert [each.partition(":")[0] for each in told] == ["the request cannot be written as HTTP"] * 2
    assert server.seen == []


def test_a_reply_that_trickles(shop: Bundle) -> None:
    """The time-out holds for the whole of a reply, however steadily it comes."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            connection, _ = listening.accept()
            with connection, suppress(OSError):
                connection.recv(65_536)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n")
                for _ in range(999):
                    connection.sendall(b" ")
                    time.sleep(0.05)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        with client(shop, f"http://127.0.0.1:{listening.getsockname()[1]}", timeout=0.2) as live:
            exchange = live.send(THINGS)
        thread.join()

    assert exchange.failure.endswith("had not sent its whole reply after 0.2 s")


def test_nobody_listens(shop: Bundle) -> None:
    """A refused connection is tried three times, because servers restart, and then told."""
    with client(shop, f"http://127.0.0.1:{free_port()}") as live:
        exchange = live.send(THINGS)

    assert exchange.reply is None
    assert "refuses connections" in exchange.failure
    assert (live.requests, live.retries) == (3, 2)


def test_a_name_that_does_not_resolve(shop: Bundle) -> None:
    """DNS is named as the reason."""
    with client(shop, "http://shop.invalid") as live:
        assert live.send(THINGS).failure == "the name shop.invalid cannot be resolved"


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 that nobody signed but itself, with its key."""
    folder = tmp_path_factory.mktemp("tls")
    key, cert, both = folder / "key.pem", folder / "cert.pem", folder / "both.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command += ["-keyout", str(key), "-out", str(cert), "-days", "2", "-subj", "/CN=127.0.0.1"]
    command += ["-addext", "subjectAltName=IP:127.0.0.1"]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("openssl is not installed")
    both.write_text(cert.read_text() + key.read_text())
    return both


def test_tls_is_checked_and_can_be_trusted(shop: Bundle, stand_in: Callable[..., Any], certificate: Path) -> None:
    """A self-signed certificate is refused with the reason; named by `verify`, or with `verify = false`, it passes."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server = stand_in(tls=context)
    outcomes = []
    for verify in (True, str(certificate), False):
        with client(shop, server.url, verify=verify) as live:
            outcomes.append(live.send(THINGS))

    assert outcomes[0].reply is None
    assert "is not trusted: self-signed certificate" in outcomes[0].failure
    assert [o.reply.status for o in outcomes[1:] if o.reply] == [200, 200]
    assert len(server.seen) == 2


def test_a_client_certificate_is_shown(shop: Bundle, stand_in: Callable[..., Any], certificate: Path) -> None:
    """A server that wants the client's certificate gets it; without, the TLS failure is told."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.load_verify_locations(certificate)
    context.verify_mode = ssl.CERT_REQUIRED
    server = stand_in(tls=context)
    with client(shop, server.url, verify=str(certificate), certificate=str(certificate)) as live:
        known = live.send(THINGS)
    with client(shop, server.url, verify=str(certificate)) as live:
        unknown = live.send(THINGS)

    assert known.reply is not None
    assert unknown.reply is None
    assert unknown.failure
    assert len(server.seen) == 1


def test_a_proxy_is_used_where_one_is_named(shop: Bundle, stand_in: Callable[..., Any]) -> None:
    """The request goes to the proxy, with the whole address in its target."""
    proxy = stand_in()
    with client(shop, "http://shop.invalid", proxy=proxy.url) as live:
        exchange = live.send(Request("GET", "/things/%2c"))

        tunnel = Client(Environment("live", "https://shop.invalid", proxy=proxy.url), shop, tokens={"default": "t"})
        proxy.answer = lambda _: reply(403)
        with tunnel:
            refused = tunnel.send(THINGS)

    assert exchange.reply is not None
    assert proxy.requests == ["GET http://shop.invalid/things/%2c", "CONNECT shop.invalid:443"]
    assert refused.failure.startswith("the proxy on the way to shop.invalid:443 refused: 403")


def test_http_where_tls_is_meant(shop: Bundle, stand_in: Callable[..., Any]) -> None:
    """A server without TLS under an https URL is told as such."""
    server = stand_in()
    with client(shop, server.url.replace("http:", "https:")) as live:
        assert "TLS with 127.0.0.1" in live.send(THINGS).failure


@pytest.mark.parametrize("setting", ["verify", "certificate"])
def test_a_certificate_file_that_is_not_there(shop: Bundle, setting: str) -> None:
    """The file is named, and nothing is sent."""
    with pytest.raises(UsageError, match=r"the certificate file /no/such\.pem cannot be used: No such file"):
        client(shop, "https://127.0.0.1:9", **{setting: "/no/such.pem"})


def test_a_slow_server(shop: Bundle, talking: Callable[..., str]) -> None:
    """Who does not go on within the time-out has not answered."""
    url = talking(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]", pause=0.6)
    with client(shop, url, timeout=0.2) as live:
        assert live.send(THINGS).failure.endswith("did not answer within 0.2 s")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (b"", "closed the connection before the reply was complete"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n[]", "closed the connection before the reply was complete"),
        (b"220 mail.example ESMTP ready\r\n\r\n", "does not speak HTTP"),
    ],
    ids=["silent", "cut off", "another protocol"],
)
def test_a_server_that_breaks_off(shop: Bundle, talking: Callable[..., str], words: bytes, told: str) -> None:
    """What came instead of a reply is said in words."""
    with client(shop, talking(words)) as live:
        exchange = live.send(THINGS)

    assert exchange.reply is None
    assert told in exchange.failure


def test_a_lost_connection_is_tried_again_for_reading_only(shop: Bundle, stand_in: Callable[..., Any]) -> None:
    """A read is repeated after a hang-up; a write is not, for it may have been done."""
    server = stand_in()
    server.answer = lambda _: None if len(server.seen) == 1 else reply(200)
    with client(shop, server.url) as live:
        assert live.send(THINGS).reply is not None
    server.seen.clear()
    environment = Environment("live", server.url, writable=True)
    with Client(environment, shop, tokens={"default": "t"}, allow_writes=True) as live:
        written = live.send(Request("POST", "/things", body=b"{}"))

    assert written.reply is None
    assert server.requests == ["POST /things"]


def test_retry_after_is_honoured(shop: Bundle, stand_in: Callable[..., Any]) -> None:
    """A 429 is waited out, counted, and the request repeated."""
    server = stand_in()
    server.answer = lambda _: reply(429, Retry_After="1") if len(server.seen) == 1 else reply(200)
    began = time.monotonic()
    with client(shop, server.url) as live:
        exchange = live.send(THINGS)

    assert exchange.reply is not None
    assert exchange.reply.status == 200
    assert time.monotonic() - began >= 1
    assert live.waited == 1
    assert server.requests == ["GET /things"] * 2


@pytest.mark.parametrize(("after", "limits"), [("5", Limits(seconds=0.5)), ("3600", None)])
def test_a_wait_that_is_too_long_is_not_waited(
    shop: Bundle, stand_in: Callable[..., Any], after: str, limits: Limits | None
) -> None:
    """Neither beyond the budget nor beyond a minute; the 429 itself is the answer then."""
    server = stand_in(lambda _: reply(429, Retry_After=after))
    began = time.monotonic()
    with client(shop, server.url, limits) as live:
        exchange = live.send(THINGS)

    assert exchange.reply is not None
    assert exchange.reply.status == 429
    assert time.monotonic() - began < 0.5


def test_a_busy_server_is_asked_again_for_reading_only(shop: Bundle, stand_in: Callable[..., Any]) -> None:
    """A 503 may come after the deed, so that a write is not repeated."""
    server = stand_in(lambda _: reply(503, Retry_After="0"))
    environment = Environment("live", server.url, writable=True)
    with Client(environment, shop, tokens={"default": "t"}, allow_writes=True) as live:
        live.send(Request("POST", "/things", body=b"{}"))
        live.send(THINGS)

    assert server.requests == ["POST /things"] + ["GET /things"] * 4


def test_the_rate_is_kept(shop: Bundle, stand_in: Callable[..., Any]) -> None:
    """Twenty a second take a twentieth of a second each."""
    server = stand_in()
    with client(shop, server.url, rate=20) as live:
        began = time.monotonic()
        for _ in range(5):
            live.send(THINGS)

    assert time.monotonic() - began >= 0.19


def test_the_budget_of_requests_ends_the_run(shop: Bundle, stand_in: Callable[..., Any]) -> None:
    """Not one request more leaves, and the reason is said."""
    server = stand_in()
    with client(shop, server.url, Limits(requests=3)) as live:
        for _ in range(3):
            live.send(THINGS)
        with pytest.raises(Stopped, match="budget of 3 requests is spent"):
            live.send(THINGS)

        assert live.stopped
    assert len(server.seen) == 3


def test_the_budget_of_time_ends_the_run(shop: Bundle, stand_in: Callable[..., Any]) -> None:
    """It runs from the first request on."""
    with client(shop, stand_in().url, Limits(seconds=0.05)) as live:
        time.sleep(0.06)
        live.send(THINGS)
        time.sleep(0.06)
        with pytest.raises(Stopped, match=r"budget of 0\.05 s is spent"):
            live.send(THINGS)


def test_errors_in_a_row_end_the_run(shop: Bundle, stand_in: Callable[..., Any]) -> None:
    """A server that only fails is left alone; errors that were asked for, and those between answers, do not count."""
    server = stand_in(lambda came: reply(200 if came.target == "/open" else 500))
    with client(shop, server.url, Limits(errors_in_a_row=3)) as live:
        for _ in range(4):
            live.send(Request("GET", "/things", (("Prefer", "code=500"),)))
        for _ in range(2):
            live.send(THINGS)
        live.send(Request("GET", "/open"))
        for _ in range(3):
            live.send(THINGS)
        with pytest.raises(Stopped, match="3 requests in a row failed"):
            live.send(THINGS)


def test_lost_credentials_end_the_run(shop: Bundle, stand_in: Callable[..., Any]) -> None:
    """Credentials that were good and are refused time and again are lost; ones that never were good are not."""
    server = stand_in(lambda came: reply(401 if came.target == "/things/7" or len(server.seen) > 10 else 200))
    with client(shop, server.url) as live:
        for _ in range(8):
            live.send(Request("GET", "/things/7"))
        live.send(THINGS)
        live.send(THINGS)
        for _ in range(5):
            live.send(THINGS)
        with pytest.raises(Stopped, match="The credentials of default were good"):
            live.send(THINGS)


def test_other_refusals_say_nothing_of_credentials(shop: Bundle, stand_in: Callable[..., Any]) -> None:
    """Many servers refuse an invalid request before they look at credentials: it neither saves nor loses them."""
    bad = Request("GET", "/things", (("X-Bad", "1"),))
    server = stand_in(lambda came: reply(400 if "x-bad" in came.headers else 401 if len(server.seen) > 1 else 200))
    with client(shop, server.url) as live:
        live.send(THINGS)
        for _ in range(5):
            live.send(bad)
            live.send(THINGS)
        with pytest.raises(Stopped, match="5 times in a row"):
            live.send(bad)
