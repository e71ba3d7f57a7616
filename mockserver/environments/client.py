"""Client: the one way to an environment; whatever is sent passes its guard, its budget and its recorder."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Self

from mockserver.bundle.loader import Bundle
from mockserver.bundle.operations import Operation
from mockserver.environments.environment import Environment
from mockserver.exchanges import Exchange, Reply, Request
from mockserver.problems import MockServerError

Scope = MutableMapping[str, Any]
Asgi = Callable[[Any, Any, Any], Awaitable[None]]


class Forbidden(MockServerError):
    """A request that must not leave: it could write, or it is for another host."""


class Stopped(MockServerError):
    """No further request is sent in this run: the budget is spent, the credentials are lost, the server is down."""

    exit_code = 3


@dataclass(frozen=True, slots=True)
class Limits:
    """When to stop: requests, seconds (None: no limit), server errors or failures in a row."""

    requests: int | None = None
    seconds: float | None = None
    errors_in_a_row: int = 25


class Client:
    """Sends requests to one environment.

    `app` is the mock for an environment without a URL; `secrets` are ready header values or tokens by actor, for an
    environment whose credentials the caller made himself (the mock in process).
    """

    def __init__(
        self,
        environment: Environment,
        bundle: Bundle,
        *,
        app: Asgi | None = None,
        tokens: Mapping[str, str] | None = None,
        allow_writes: bool = False,
        limits: Limits = Limits(),
        on_exchange: Callable[[Exchange], None] | None = None,
    ) -> None:
        self.environment = environment
        self.bundle = bundle
        self.app = app
        self.allow_writes = allow_writes
        self.limits = limits
        self.on_exchange = on_exchange
        self._tokens = dict(tokens or {})
        self._loop = asyncio.new_event_loop()

    @property
    def actors(self) -> tuple[str, ...]:
        """Who may be spoken for: `default` first."""
        return tuple(self._tokens)

    @property
    def writes(self) -> bool:
        """Whether writing requests may leave: the environment is writable and the caller allows it."""
        return self.environment.writable and self.allow_writes

    def refusal(self, request: Request) -> str:
        """Why a request may not leave; empty where it may."""
        raise NotImplementedError

    def send(
        self, request: Request, *, operation: Operation | None = None, actor: str = "default", purpose: str = ""
    ) -> Exchange:
        """Send one request as an actor ("" : nobody; the request's own credentials stay as they are).

        Forbidden and Stopped say why nothing was sent. A server that does not answer gives an Exchange without reply.
        """
        label = operation.label if operation is not None else ""
        sent = self._authorised(request, actor) if actor else request
        began = time.perf_counter()
        at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        reply = self._loop.run_until_complete(self._in_process(sent))
        exchange = Exchange(
            self.environment.name, self.environment.url, sent, reply, "", label, actor, at,
            time.perf_counter() - began, purpose,
        )  # fmt: skip
        if self.on_exchange is not None:
            self.on_exchange(exchange)
        return exchange

    def close(self) -> None:
        """Let go of connections."""
        self._loop.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _authorised(self, request: Request, actor: str) -> Request:
        return replace(request, headers=(*request.headers, ("Authorization", f"Bearer {self._tokens[actor]}")))

    async def _in_process(self, request: Request) -> Reply:
        if self.app is None:
            raise NotImplementedError
        sent: list[Any] = []
        scope = {
            "type": "http", "http_version": "1.1", "method": request.method, "scheme": "http", "root_path": "",
            "path": request.path, "raw_path": request.path.encode("latin-1"),
            "query_string": request.query.encode("latin-1"),
            "headers": [(n.lower().encode("latin-1"), v.encode("latin-1")) for n, v in request.headers],
            "client": ("127.0.0.1", 1), "server": ("mock", 80),
        }  # fmt: skip

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": request.body, "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        await self.app(scope, receive, send)
        headers = tuple((n.decode("latin-1"), v.decode("latin-1")) for n, v in sent[0]["headers"])
        return Reply(sent[0]["status"], headers, b"".join(m.get("body", b"") for m in sent[1:]))
