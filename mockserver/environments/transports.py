"""Transports: how a request gets to a server, over HTTP or into an application of this process."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Awaitable, Callable, Coroutine, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

import httpx

from mockserver.environments.environment import Environment
from mockserver.environments.failures import Failure, failure
from mockserver.exchanges import Reply, Request
from mockserver.problems import UsageError

Asgi = Callable[[Any, Any, Any], Awaitable[None]]
_LARGEST = 100_000_000  # bytes of a reply's body; more is no answer to a check
_HOP = frozenset({"content-length", "transfer-encoding", "connection"})  # ours to say, or two requests in one
_AGENT = (b"User-Agent", b"aiwyn-mockserver")
_CODINGS = (b"Accept-Encoding", b"gzip, deflate")


class Transport(Protocol):
    """One request out, one reply in; Failure where there is none. Follows no redirect, retries nothing."""

    def send(self, request: Request) -> Reply:
        """Send a request whose target has its base path."""

    def close(self) -> None:
        """Let go of connections and threads."""


class Http:
    """HTTP/1.1 to one origin: the target goes out byte by byte as it is, headers in their order."""

    def __init__(self, environment: Environment) -> None:
        parts = urlsplit(environment.url)
        self._origin = httpx.URL(f"{parts.scheme}://{parts.netloc}/")
        self._seconds = environment.timeout
        default = 443 if parts.scheme == "https" else 80
        self._host = f"{parts.hostname}:{parts.port or default}"
        self._http = httpx.HTTPTransport(
            verify=_tls(environment, parts.scheme),
            proxy=httpx.Proxy(environment.proxy) if environment.proxy else None,
        )

    def send(self, request: Request) -> Reply:
        """Send it and read the whole reply, its content coding undone."""
        deadline = time.monotonic() + self._seconds
        try:
            response = self._http.handle_request(self._written(request))
            try:
                body = self._read(response, deadline)
            finally:
                response.close()
        except (httpx.HTTPError, UnicodeEncodeError) as error:
            raise failure(error, self._host, self._seconds) from error
        headers = tuple((n.decode("latin-1"), v.decode("latin-1")) for n, v in response.headers.raw)
        return Reply(response.status_code, headers, body)

    def _read(self, response: httpx.Response, deadline: float) -> bytes:
        body = bytearray()
        for chunk in response.iter_bytes():
            body += chunk
            if time.monotonic() > deadline:
                raise Failure(f"{self._host} had not sent its whole reply after {self._seconds:g} s")
            if len(body) > _LARGEST:
                raise Failure(f"{self._host} sent more than {_LARGEST // 1_000_000} MB")
        return bytes(body)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _written(self, request: Request) -> httpx.Request:
        headers = [(n.encode("latin-1"), v.encode("latin-1")) for n, v in request.headers if n.lower() not in _HOP]
        given = {name.lower() for name, _ in headers}
        headers += [pair for pair in (_AGENT, _CODINGS) if pair[0].lower() not in given]
        if request.body or request.method in ("POST", "PUT", "PATCH"):
            headers.append((b"Content-Length", str(len(request.body)).encode()))
        seconds = dict.fromkeys(("connect", "read", "write", "pool"), self._seconds)
        written = httpx.Request(
            request.method,
            self._origin,
            headers=headers,
            content=request.body or None,
            extensions={"timeout": seconds},
        )
        written.url = _Url(self._origin, request.target.encode("latin-1"))
        return written


class _Url(httpx.URL):
    """A URL whose path and query are not put in order: httpx's `target` extension would break proxies."""

    def __init__(self, url: httpx.URL, target: bytes) -> None:
        super().__init__(url)
        self._target = target

    @property
    def raw_path(self) -> bytes:
        """Path and query as they are sent."""
        return self._target


def _tls(environment: Environment, scheme: str) -> ssl.SSLContext:
    if scheme != "https":
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # never used, and much cheaper than one with roots
    try:
        if isinstance(environment.verify, str):
            context = ssl.create_default_context(cafile=environment.verify)
        else:
            context = httpx.create_ssl_context(verify=environment.verify)
        if environment.certificate:
            context.load_cert_chain(environment.certificate)
    except (OSError, ssl.SSLError) as error:
        file = environment.verify if isinstance(environment.verify, str) else ""
        if environment.certificate and (not file or Path(file).is_file()):
            file = environment.certificate
        reason = getattr(error, "strerror", "") or str(error)
        raise UsageError(f"{environment.name}: the certificate file {file} cannot be used: {reason}.") from error
    return context


class InProcess:
    """An ASGI application, called on a private loop; in a private thread where the caller is on a loop himself."""

    def __init__(self, app: Asgi) -> None:
        self._app = app
        self._loop = asyncio.new_event_loop()
        self._aside: ThreadPoolExecutor | None = None

    def send(self, request: Request) -> Reply:
        """Call the application; what it raises is a Failure, as a server that falls over would be."""
        sent: list[MutableMapping[str, Any]] = []
        try:
            self._run(self._call(request, sent))
        except Exception as error:
            raise Failure(f"the application raised {type(error).__name__}: {error}") from error
        if not sent:
            raise Failure("the application ended without a reply")
        headers = tuple((n.decode("latin-1"), v.decode("latin-1")) for n, v in sent[0]["headers"])
        return Reply(sent[0]["status"], headers, b"".join(message.get("body", b"") for message in sent[1:]))

    def close(self) -> None:
        """End the loop, and the threads that the application started on it."""
        if not self._loop.is_closed():
            self._run(self._loop.shutdown_default_executor())
            self._loop.close()
        if self._aside is not None:
            self._aside.shutdown()

    def _run(self, call: Coroutine[Any, Any, None]) -> None:
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            self._loop.run_until_complete(call)
            return
        if self._aside is None:
            self._aside = ThreadPoolExecutor(1)
        self._aside.submit(self._loop.run_until_complete, call).result()

    async def _call(self, request: Request, sent: list[MutableMapping[str, Any]]) -> None:
        raw = request.path.encode("latin-1")
        headers = [(n.lower().encode("latin-1"), v.encode("latin-1")) for n, v in request.headers]
        given = {name for name, _ in headers}
        if b"host" not in given:
            headers.append((b"host", b"mock"))
        if request.body and b"content-length" not in given:
            headers.append((b"content-length", str(len(request.body)).encode()))
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": request.method,
            "scheme": "http", "root_path": "", "path": unquote(request.path), "raw_path": raw,
            "query_string": request.query.encode("latin-1"), "headers": headers,
            "client": ("127.0.0.1", 1), "server": ("mock", 80),
        }  # fmt: skip

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": request.body, "more_body": False}

        async def send(message: MutableMapping[str, Any]) -> None:
            sent.append(message)

        await self._app(scope, receive, send)
