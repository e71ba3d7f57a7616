"""The mock of our own bundle with something between it and the probes that may change what goes in and comes out."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from random import Random
from typing import Any

from mockserver.entities import tokens
from mockserver.environments.client import Client, Forbidden
from mockserver.environments.environment import Environment
from mockserver.exchanges import Reply, Request
from mockserver.probes.base import Contract, Fault, Inconclusive, Probe, Scene
from mockserver.store.relations import infer_model

Ask = Callable[[Request], Awaitable[Reply]]
Change = Callable[[Request, Ask], Awaitable[Reply]]

KEYS = {"default": "demo-admin", "reader": "demo-reader", "other-tenant": "demo-other-tenant"}


async def nothing(request: Request, ask: Ask) -> Reply:
    """The mock as it is."""
    return await ask(request)


class Between:
    """An ASGI application that lets a function answer, which may ask the real one as often as it likes."""

    def __init__(self, app: Any) -> None:
        self.app, self.change = app, nothing

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body = (await receive())["body"]
        query = f"?{scope['query_string'].decode()}" if scope["query_string"] else ""
        headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"])
        reply = await self.change(Request(scope["method"], scope["path"] + query, headers, body), self._asker(scope))
        raw = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in reply.headers]
        await send({"type": "http.response.start", "status": reply.status, "headers": raw})
        await send({"type": "http.response.body", "body": reply.body, "more_body": False})

    def _asker(self, scope: Any) -> Ask:
        async def ask(request: Request) -> Reply:
            sent: list[Any] = []

            async def receive() -> Any:
                return {"type": "http.request", "body": request.body, "more_body": False}

            async def keep(message: Any) -> None:
                sent.append(message)

            lines = [(n.lower(), v) for n, v in request.headers if n.lower() != "content-length"]
            changed = {
                "method": request.method, "path": request.path, "raw_path": request.path.encode(),
                "query_string": request.query.encode(), "headers": [(n.encode(), v.encode()) for n, v in lines],
            }  # fmt: skip
            await self.app({**scope, **changed}, receive, keep)
            told = tuple((n.decode("latin-1"), v.decode("latin-1")) for n, v in sent[0]["headers"])
            return Reply(sent[0]["status"], told, b"".join(m.get("body", b"") for m in sent[1:]))

        return ask


class Office:
    """Asks probes about the mock, as it is or changed."""

    def __init__(self, mock: Any) -> None:
        self.mock = mock
        self.between = Between(mock.app)
        self.contract = Contract(mock.app.bundle, infer_model(mock.app.bundle))
        world = mock.app.pipeline.worlds.main
        found = {actor: tokens.find_key(key, world) for actor, key in KEYS.items()}
        rows = {actor: {**row, "tenant": tenant} for actor, (tenant, row) in found.items()}  # type: ignore[misc]
        self.tokens = {actor: tokens.mint(row, world.clock)[0] for actor, row in rows.items()}
        self.tokens["expired"] = tokens.mint(rows["default"], world.clock, lifetime=-60)[0]
        self.clients = {writable: self._client(writable=writable) for writable in (True, False)}
        self.why: list[str] = []

    def reset(self) -> None:
        """The scenario anew, and nothing changed."""
        self.mock.reset()
        self.between.change = nothing
        self.why = []

    def close(self) -> None:
        for client in self.clients.values():
            client.close()

    def faults(
        self, probe: Probe, label: str = "", change: Change | None = None, *, writable: bool = True
    ) -> list[Fault]:
        """What a probe says of one operation (or of all it applies to) of the mock, changed as told."""
        self.between.change = change or nothing
        facts: dict[str, Any] = {}
        found: list[Fault] = []
        for operation in self.contract.bundle.operations:
            if label in ("", operation.label) and probe.applies(self.contract, operation):
                dice = Random(f"1 {probe.name} {operation.label}")
                scene = Scene(self.contract, self.clients[writable], dice, facts, probe.name)
                try:
                    found += probe.run(scene, operation)
                except (Inconclusive, Forbidden) as reason:
                    self.why.append(str(reason))
        return found

    def said(self, probe: Probe, label: str, change: Change) -> list[str]:
        """Its messages only."""
        return [fault.message for fault in self.faults(probe, label, change)]

    def _client(self, *, writable: bool) -> Client:
        environment = Environment("mock", writable=writable)
        bundle = self.contract.bundle
        return Client(environment, bundle, app=self.between, tokens=self.tokens, allow_writes=writable)


def probe_of(probes: tuple[Probe, ...], name: str) -> Probe:
    """The probe of a name."""
    return next(probe for probe in probes if probe.name == name)


def told(reply: Reply, value: Any) -> Reply:
    """The reply with another JSON body."""
    headers = tuple(pair for pair in reply.headers if pair[0].lower() != "content-length")
    return replace(reply, headers=headers, body=json.dumps(value).encode())


def body_of(request: Request) -> Any:
    """The JSON of a request."""
    return json.loads(request.body) if request.body else None


def asking(request: Request, value: Any) -> Request:
    """The request with another JSON body."""
    return replace(request, body=json.dumps(value).encode())
