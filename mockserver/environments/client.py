"""Client: the one way to an environment; whatever is sent passes its guard, its budget and its recorder."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Self, cast
from urllib.parse import urlsplit

from mockserver.bundle.loader import Bundle
from mockserver.bundle.operations import Operation
from mockserver.bundle.servers import base_paths
from mockserver.environments.credentials import Placed, Wallet, dressed
from mockserver.environments.environment import Environment
from mockserver.environments.failures import Failure
from mockserver.environments.guard import Guard
from mockserver.environments.limits import Budget, Limits, Stopped
from mockserver.environments.transports import Asgi, Http, InProcess, Transport
from mockserver.environments.waiting import asked_wait
from mockserver.exchanges import Exchange, Reply, Request
from mockserver.problems import MockServerError, Unreachable, UsageError

__all__ = ["Asgi", "Client", "Forbidden", "Limits", "Stopped"]

# Told before a request leaves that does not only read; what it gives is told the exchange, None where nothing left.
OnWrite = Callable[[Request, Operation | None], Callable[[Exchange | None], None]]

_RETRIES = 2  # further tries of a reading request whose connection failed
_ROUNDS = 3  # times a server may ask to wait for one request
_LONGEST = 60.0  # seconds that are waited at a server's wish


class Forbidden(MockServerError):
    """A request that must not leave: it could write, or it is for another host."""


class Client:
    """Sends requests to one environment; it belongs to one thread.

    `app` is the mock for an environment without a URL; `tokens` are ready tokens by actor, for an environment whose
    credentials the caller made himself. Token exchanges count as requests, but are not given to `on_exchange`.
    `requests` counts what left, `retries` the second tries, `waited` the seconds spent at a server's wish.
    """

    def __init__(
        self,
        environment: Environment,
        bundle: Bundle,
        *,
        app: Asgi | None = None,
        tokens: Mapping[str, str] | None = None,
        allow_writes: bool = False,
        limits: Limits | None = None,
        on_exchange: Callable[[Exchange], None] | None = None,
    ) -> None:
        if not environment.url and app is None:
            raise UsageError(f"{environment.name} has no url.", "Set `url` for it, or name another environment.")
        self.environment = environment
        self.bundle = bundle
        self.allow_writes = allow_writes
        self.limits = limits or Limits()
        self.on_exchange = on_exchange
        self.on_write: OnWrite | None = None
        self.retries = 0
        self._idle = 0.0  # seconds of a request that we waited ourselves before asking again
        self.base_path = base_of(environment, bundle)
        self.url = origin(environment.url) + self.base_path if environment.url else ""
        self._guard = Guard(environment, bundle)
        self._budget = Budget(self.limits, environment.rate)
        self._wallet = Wallet(environment, bundle, tokens or {}, self._exchange_key)
        self._headers = tuple(environment.headers.items())
        self._transport: Transport = Http(environment) if environment.url else InProcess(cast("Asgi", app))

    @property
    def actors(self) -> tuple[str, ...]:
        """Who may be spoken for: those whose secret is there, `default` first."""
        return self._wallet.actors

    @property
    def secrets(self) -> frozenset[str]:
        """Every secret value used so far, for whoever writes exchanges down."""
        return self._wallet.secrets

    @property
    def writes(self) -> bool:
        """Whether writing requests may leave: the environment is writable and the caller allows it."""
        return self.environment.writable and self.allow_writes

    @property
    def requests(self) -> int:
        """How many requests have left so far."""
        return self._budget.requests

    @property
    def waited(self) -> float:
        """Seconds waited because the server asked for it."""
        return self._budget.waited

    @property
    def stopped(self) -> str:
        """Why no further request will leave; "" while they do."""
        return self._budget.reason

    def refusal(self, request: Request) -> str:
        """Why a request may not leave; empty where it may."""
        return self._guard.refusal(request, writes=self.writes)

    def placed(self, operation: Operation | None, actor: str = "default") -> Placed:
        """The credentials of an actor as an operation wants them: {"header" | "query" | "cookie": {name: value}}.

        UsageError where the secret is missing or refused, Unreachable where a key cannot be exchanged just now.
        """
        try:
            return self._credentials(operation, actor) if self._speaks_for(actor) else {}
        except Failure as failure:
            raise Unreachable(f"{self.environment.name} ({self.url}): {failure}.") from failure

    def send(
        self, request: Request, *, operation: Operation | None = None, actor: str = "default", purpose: str = ""
    ) -> Exchange:
        """Send one request as an actor ("" : nobody; the request's own credentials stay as they are).

        Forbidden and Stopped say why nothing was sent. A server that does not answer gives an Exchange without reply.
        Where the environment names no credentials at all, `default` is nobody; TRACE never carries any.
        """
        given = {name.lower() for name, _ in request.headers}
        mirrored = request.method == "TRACE"  # whatever goes out comes back in the body (RFC 9110, 9.3.8)
        extra = tuple(pair for pair in self._headers if pair[0].lower() not in given and not mirrored)
        request = replace(request, headers=(*request.headers, *extra)) if extra else request
        refused = self.refusal(request)
        if refused:
            raise Forbidden(refused)
        actor = actor if self._speaks_for(actor) and not mirrored else ""
        meant = operation or next(iter(self._guard.paths.find(request.method, request.path)), None)
        noted = self.on_write(request, meant) if self.on_write and not self._guard.reading(request) else None
        self._idle = 0.0
        began, at = time.perf_counter(), datetime.now(UTC).isoformat(timespec="milliseconds")
        try:
            sent, reply, failed = self._delivered(request, meant, actor)
        except Stopped:
            if noted is not None:
                noted(None)
            raise
        exchange = Exchange(
            self.environment.name, self.url, sent, reply, failed, operation.label if operation is not None else "",
            actor, at.replace("+00:00", "Z"), time.perf_counter() - began - self._idle, purpose,
        )  # fmt: skip
        if noted is not None:
            noted(exchange)
        asked_for = request.header("prefer") is not None  # a mock that is asked to fail has not failed
        label = meant.label if meant is not None else ""
        self._budget.note(reply.status if reply else None, label, actor, counts=not asked_for)
        if self.on_exchange is not None:
            self.on_exchange(exchange)
        return exchange

    def preflight(self) -> None:
        """Find out with a few harmless requests whether the environment can be worked with at all.

        Unreachable says what is wrong with the server or the way to it, UsageError what with the credentials.
        """
        from mockserver.environments.preflight import preflight

        preflight(self)

    def close(self) -> None:
        """Let go of connections."""
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _speaks_for(self, actor: str) -> bool:
        """Whether credentials are to be sent; only `default` may do without."""
        return actor != "" and (actor != "default" or self._wallet.knows(actor))

    def _delivered(self, request: Request, meant: Operation | None, actor: str) -> tuple[Request, Reply | None, str]:
        """The request as it went out and what came back; a refused token is renewed once."""
        sent = request
        try:
            sent = dressed(request, self._credentials(meant, actor))
            reply = self._patiently(sent)
            if reply.status == 401 and sent is not request and self._wallet.renew(actor):
                sent = dressed(request, self._credentials(meant, actor))
                reply = self._patiently(sent)
        except Failure as failure:
            return sent, None, str(failure)
        return sent, reply, ""

    def _credentials(self, meant: Operation | None, actor: str) -> Placed:
        try:
            return self._wallet.placed(meant, actor) if actor else {}
        except UsageError as error:
            if not self._wallet.admitted(actor):
                raise
            self._budget.reason = f"The credentials of {actor} are lost: {error}"
            raise Stopped(self._budget.reason) from error

    def _patiently(self, request: Request) -> Reply:
        """One reply, after waiting as long as the server asks and the budget allows."""
        reply = self._bravely(request)
        for _ in range(_ROUNDS):
            wait = asked_wait(reply)
            if wait is None or not self.environment.url or wait > _LONGEST or request.header("prefer") is not None:
                break
            if reply.status == 503 and not self._guard.reading(request):
                break
            if not self._budget.wait(wait):
                break
            self._idle += wait
            reply = self._bravely(request)
        return reply

    def _bravely(self, request: Request) -> Reply:
        """One reply; a reading request whose connection failed is tried again."""
        wired = replace(request, target=self.base_path + request.target) if self.base_path else request
        for tries in range(_RETRIES + 1):
            self._budget.spend()
            try:
                return self._transport.send(wired)
            except Failure as failure:
                if not failure.again or tries == _RETRIES or not self._guard.reading(request):
                    raise
                self.retries += 1
                time.sleep(pause := 0.1 * 2**tries)
                self._idle += pause
        raise AssertionError  # the last try returns or raises

    def _exchange_key(self, request: Request) -> Reply:
        """The one request beside reading that credentials need."""
        return self._patiently(replace(request, headers=(*request.headers, *self._headers)))


def origin(url: str) -> str:
    """Scheme and authority of a URL."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def base_of(environment: Environment, bundle: Bundle) -> str:
    """What stands before every path: the environment's word, its URL's path, else the bundle's first server's."""
    if environment.base_path is not None:
        base = environment.base_path
    elif environment.url:
        base = urlsplit(environment.url).path.strip("/") or next(iter(base_paths(bundle.document.get("servers"))), "")
    else:
        base = ""
    return f"/{base.strip('/')}" if base.strip("/") else ""
