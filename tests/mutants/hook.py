"""The test-only hook that makes a mock faulty: an ASGI wrapper that may change requests, replies and the state.

Nothing of this is in the shipped package. A fault is a function around the mock: it gets what was asked and a way to
ask the real mock, as often as it likes and with other requests, and gives what is told.
"""

from __future__ import annotations

import asyncio
import time
import zlib
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import timedelta
from typing import Any
from urllib.parse import unquote

import orjson

from mockserver.app import App, create_app
from mockserver.bundle.operations import Operation
from mockserver.entities import tokens
from mockserver.entities.kinds import API_KEY
from mockserver.server import MockServer
from mockserver.settings import Settings
from mockserver.store.memory import Store

CLOCK = "2025-06-30T09:00:00Z"
BASE = Settings(access_log=False, mock_headers=False, scenario="small", clock=CLOCK)
Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Message:
    """What a request and a reply have in common; header names are in lower case."""

    headers: Pairs = ()
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """The value of a header."""
        return next((value for key, value in self.headers if key == name.lower()), None)

    @property
    def json(self) -> Any:
        """The decoded body; None where it is no JSON."""
        try:
            return orjson.loads(self.body)
        except ValueError:
            return None

    def with_headers(self, **headers: str | None) -> Any:
        """With headers set (`content_type="text/plain"`), or taken out (None)."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        kept: list[tuple[str, str]] = []
        for key, value in self.headers:
            if key not in named:
                kept.append((key, value))
            elif (wanted := named.pop(key)) is not None:
                kept.append((key, wanted))
        kept += [(key, value) for key, value in named.items() if value is not None]
        return replace(self, headers=tuple(kept))

    def with_body(self, body: bytes) -> Any:
        """With another body, its length told truly."""
        changed = replace(self, body=body)
        return changed.with_headers(content_length=str(len(body))) if self.header("content-length") else changed

    def with_json(self, value: Any) -> Any:
        """With another JSON body, written as the mock writes it."""
        return self.with_body(orjson.dumps(value))


@dataclass(frozen=True, slots=True)
class Asked(Message):
    """A request. `operation` is the bundle's ("HEAD" counts as its GET); None where there is none."""

    method: str = "GET"
    path: str = "/"
    query: str = ""
    operation: Operation | None = None

    @property
    def bearer(self) -> str:
        """The bearer token; empty without one."""
        return (self.header("authorization") or "").partition(" ")[2].strip()


@dataclass(frozen=True, slots=True)
class Told(Message):
    """A reply. `took` is in seconds."""

    status: int = 200
    took: float = field(default=0.0, compare=False)

    @property
    def good(self) -> bool:
        """Whether it tells of a success."""
        return 200 <= self.status < 300


Ask = Callable[[Asked], Awaitable[Told]]
Around = Callable[[Asked, Ask], Awaitable[Told]]


class Server:
    """The mock behind a fault, as the fault may look at it: its bundle, its operations, its rows."""

    def __init__(self, app: App, name: str = "") -> None:
        self.app = app
        self.name = name
        self.bundle = app.bundle
        self.model = app.model
        self.operations = tuple(app.bundle.operations)

    @property
    def world(self) -> Any:
        """The state of those who name no world."""
        return self.app.pipeline.worlds.main

    @property
    def store(self) -> Store:
        """The rows of the first tenant."""
        return self.tenant(self.world.tenants()[0])

    def tenant(self, name: str) -> Store:
        """The rows of a tenant."""
        found: Store = self.world.store(name)
        return found

    def snapshot(self) -> dict[str, Store]:
        """All rows of all tenants as they are now."""
        return {name: store.fork() for name, store in self.world._stores.items()}

    def restore(self, kept: Mapping[str, Store]) -> None:
        """Put rows back."""
        self.world._stores.clear()
        self.world._stores.update({name: store.fork() for name, store in kept.items()})

    def dice(self, sides: int, more: str = "") -> int:
        """A number below `sides` that is always the same for this fault."""
        return zlib.crc32(f"{self.name}{more}".encode()) % sides

    @property
    def tokens(self) -> dict[str, str]:
        """A token for each actor: default, reader, expired, and one of each other tenant (`other-tenant` the first)."""
        return tokens_of(self.app)


def tokens_of(app: App) -> dict[str, str]:
    """Tokens by actor: `default` (every right), `reader` (may not write), `expired`, `other-tenant`."""
    world = app.pipeline.worlds.main
    found = {"default": tokens.first_token(world)}
    for index, tenant in enumerate(world.tenants()):
        rows = [row for row in world.store(tenant).all(API_KEY) if not tokens._expired(row, world.clock)]
        for row in rows:
            named = {**row, "tenant": tenant}
            writes = {"SUPER_ADMIN", "API_ADMIN", "RECORD_W", "CUSTOM_TYPE_W"} & set(row.get("roles") or ())
            if index == 0 and not writes:
                found.setdefault("reader", tokens.mint(named, world.clock)[0])
            if index == 0:
                found.setdefault("expired", tokens.mint(named, world.clock, lifetime=-60)[0])
            if index > 0:
                found.setdefault("other-tenant", tokens.mint(named, world.clock)[0])
    return found


class Faulty:
    """An ASGI application: a mock, and the faults around it, the last one outermost.

    Operations that no fault touches go straight through. `tick` seconds pass on the mock's clock with each request, so
    that time moves and every run is the same.
    """

    def __init__(self, app: App, faults: Sequence[Fault] = (), *, tick: float = 0.0, latency: float = 0.0) -> None:
        self.app = app
        self.tick = timedelta(seconds=tick)
        self.latency = latency
        self.installed = []
        for fault in faults:
            server = Server(app, fault.name)
            touched = fault.operations(server)
            if not touched:
                raise NotApplicable(f"{fault.name} finds no operation to touch in this bundle.")
            self.installed.append((fault.touches(touched), fault.make(server)))

    @property
    def pipeline(self) -> Any:
        """The mock's own, for whoever treats this as a mock (tokens, the journal)."""
        return self.app.pipeline

    @property
    def tokens(self) -> dict[str, str]:
        """Tokens by actor."""
        return tokens_of(self.app)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if self.tick:
            self.app.pipeline.worlds.main.clock.advance(self.tick)
        operation, known = self._operation(scope)
        around = [fault for touches, fault in self.installed if touches(operation, scope["method"], known)]
        if not around and not self.latency:
            await self.app(scope, receive, send)
            return
        ask: Ask = _asker(self.app, scope, self.latency)
        for fault in around:
            ask = _through(fault, ask)
        told = await ask(await _asked(scope, receive, operation))
        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in told.headers]
        await send({"type": "http.response.start", "status": told.status, "headers": headers})
        await send({"type": "http.response.body", "body": told.body})

    def _operation(self, scope: Any) -> tuple[Operation | None, bool]:
        """The operation asked for, and whether the bundle has the path."""
        path = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1").partition("?")[0]
        match = self.app.pipeline.routes.find(path)
        if match is None:
            return None, False
        method = scope["method"]
        found = match.methods.get(method) or (match.methods.get("GET") if method == "HEAD" else None)
        return found or next(iter(match.methods.values())), True


class NotApplicable(Exception):
    """The bundle has nothing that a fault could touch."""


@dataclass(frozen=True)
class Fault:
    """A fault of a server, ready to be put around a mock.

    `on` chooses the operations it touches; `make` gives the function around the mock. `shows` is a conversation in
    which it can be seen (a walk through the touched operations where none is given). `strays`: it shows on methods and
    paths of touched operations that the bundle does not declare.
    """

    name: str
    kind: str
    description: str
    on: Callable[[Server], Sequence[Operation]]
    make: Callable[[Server], Around]
    expects: tuple[str, ...] = ()
    hard: bool = False
    strays: bool = False
    shows: Callable[[Any, Server, Sequence[Operation]], None] | None = None

    def operations(self, server: Server) -> tuple[Operation, ...]:
        """The operations it touches, in the bundle's order."""
        return tuple(self.on(Server(server.app, self.name)))

    def touches(self, operations: Sequence[Operation]) -> Callable[[Operation | None, str, bool], bool]:
        """Whether a request is its business: to a touched operation; with `strays`, by another method too."""
        ids = {operation.id for operation in operations}
        paths = {operation.path for operation in operations}

        def touched(operation: Operation | None, method: str, known: bool) -> bool:
            if operation is None or not known:
                return False
            if method in (operation.method, "HEAD"):
                return operation.id in ids
            return self.strays and operation.path in paths

        return touched

    def app(self, settings: Settings | None = None, *, tick: float = 0.05) -> Faulty:
        """A fresh mock with this fault, as an ASGI application; NotApplicable where its bundle has no place for it."""
        return Faulty(create_app(settings or BASE), [self], tick=tick)

    @contextmanager
    def serve(self, settings: Settings | None = None, *, tick: float = 0.05) -> Iterator[MockServer]:
        """The same on a free port: gives a server with `url`, `token` and `app.tokens` by actor."""
        with serving([self], settings, tick=tick) as server:
            yield server


@contextmanager
def serving(
    faults: Sequence[Fault], settings: Settings | None = None, *, tick: float = 0.05, latency: float = 0.0
) -> Iterator[MockServer]:
    """A mock with faults on a free port."""
    server = MockServer(**{**asdict(settings or BASE), "port": 0})
    server.app = Faulty(server.app, faults, tick=tick, latency=latency)  # type: ignore[assignment]  stands in for it
    with server:
        yield server


class Talk:
    """A conversation with an ASGI application in process; everything said is kept."""

    def __init__(self, app: Any, tokens: Mapping[str, str]) -> None:
        self.app = app
        self.tokens = tokens
        self.said: list[tuple[Asked, Told]] = []
        self._loop = asyncio.new_event_loop()

    def send(self, method: str, target: str, json: Any = None, *, actor: str = "default", **more: Any) -> Told:
        """Send a request as an actor ("": nobody); `headers` and `body` may be given as they shall be."""
        headers = {"host": "mock", "accept": "*/*", **more.get("headers", {})}
        if actor and "authorization" not in headers:
            headers["authorization"] = f"Bearer {self.tokens.get(actor, actor)}"
        body = more.get("body", b"" if json is None else orjson.dumps(json))
        if body:
            headers = {"content-type": "application/json", **headers, "content-length": str(len(body))}
        path, _, query = target.partition("?")
        asked = Asked(tuple(headers.items()), body, method, path, query)
        began = time.perf_counter()
        told = self._loop.run_until_complete(_call(self.app, asked))
        told = replace(told, took=time.perf_counter() - began)
        self.said.append((asked, told))
        return told

    def close(self) -> None:
        """Let go of the loop."""
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()


async def _asked(scope: Any, receive: Any, operation: Operation | None) -> Asked:
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if message["type"] == "http.disconnect" or not message.get("more_body", False):
            break
    headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"])
    path = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1").partition("?")[0]
    return Asked(headers, body, scope["method"], path, scope["query_string"].decode("latin-1"), operation)


def _asker(app: Any, scope: Any, latency: float) -> Ask:
    async def ask(asked: Asked) -> Told:
        began = time.perf_counter()
        if latency:
            await asyncio.sleep(latency)
        told = await _call(app, asked, scope)
        return replace(told, took=time.perf_counter() - began)

    return ask


def _through(fault: Around, ask: Ask) -> Ask:
    async def asking(asked: Asked) -> Told:
        return await fault(asked, ask)

    return asking


async def _call(app: Any, asked: Asked, scope: Mapping[str, Any] | None = None) -> Told:
    base = {
        "type": "http", "http_version": "1.1", "scheme": "http", "root_path": "",
        "client": ("127.0.0.1", 1), "server": ("mock", 80),
    }  # fmt: skip
    sent: list[Any] = []
    body = asked.body

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    call = {
        **(scope or base), "method": asked.method, "path": unquote(asked.path),
        "raw_path": asked.path.encode("latin-1"), "query_string": asked.query.encode("latin-1"),
        "headers": [(name.encode("latin-1"), value.encode("latin-1")) for name, value in asked.headers],
    }  # fmt: skip
    await app(call, receive, send)
    headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in sent[0]["headers"])
    return Told(headers, b"".join(message.get("body", b"") for message in sent[1:]), sent[0]["status"])
