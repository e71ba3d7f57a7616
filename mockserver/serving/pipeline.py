"""The pipeline: an HTTP request in, its operation's plan asked, the reply out and into the journal."""

from __future__ import annotations

import itertools
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mockserver.bundle.loader import Bundle
from mockserver.bundle.operations import Operation, is_json
from mockserver.bundle.servers import base_paths
from mockserver.calls import Answer, Event, Site
from mockserver.problems import Refusal
from mockserver.serving import bodies, errors, negotiation, replies
from mockserver.serving.auth import Doorkeeper
from mockserver.serving.journal import Entry, Journal
from mockserver.serving.plan import Incoming, Outgoing, Plan, encoded
from mockserver.serving.routing import Match, Receive, Routes, Scope, Send
from mockserver.serving.validation import Validators
from mockserver.serving.world import WORLD_HEADER, LiveWorld, Worlds
from mockserver.settings import Settings

_DRAIN = 8  # times the largest body are read of one that is too long

_HEADS = 1024
Listener = Callable[[Event, LiveWorld], None]


@dataclass(slots=True)
class _Asked:
    """One request on its way, for the journal."""

    scope: Scope
    body: bytes
    started: float
    number: int


class Pipeline:
    """Answers every request to the bundle's paths. `listeners` hear of each change (webhooks are one)."""

    def __init__(self, bundle: Bundle, site: Site, worlds: Worlds, settings: Settings) -> None:
        self.bundle = bundle
        self.worlds = worlds
        self.journal = Journal(settings.journal)
        self.listeners: list[Listener] = []
        self.on_entry: Callable[[Entry], None] | None = None
        self._site = site
        self._settings = settings
        self._doorkeeper = Doorkeeper(bundle, settings.auth)
        self._validators = Validators(bundle)
        self._heads: dict[Any, list[tuple[bytes, bytes]]] = {}
        self._plans: dict[str, Plan] = {}
        self._numbers = itertools.count(1)
        self.routes: Routes[Operation] = Routes(base_paths(bundle.document.get("servers")), aliases=settings.aliases)
        for operation in bundle.operations:
            self.routes.add(operation.method, operation.path, operation)

    def plan(self, operation: Operation) -> Plan:
        """The compiled operation, made on first use."""
        found = self._plans.get(operation.id)
        if found is None:
            found = Plan(operation, self._site, self._doorkeeper, self._validators)
            self._plans[operation.id] = found
        return found

    async def serve(self, match: Match[Operation], scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request whose path exists."""
        method = scope["method"]
        operation = match.methods.get(method)
        if operation is None and method == "HEAD":
            operation = match.methods.get("GET")
        started = time.perf_counter()
        body = b""
        outgoing: Outgoing
        try:
            body = await bodies.read(receive, scope["headers"], self._settings.max_body)
            outgoing = await self._answer(operation, match, scope, body)
        except Refusal as refusal:
            speaker = operation or next(iter(match.methods.values()))  # a 405 is told as its neighbours tell errors
            outgoing = self._refused(refusal, speaker, scope)
        except Exception as error:  # noqa: BLE001  the last line: a fault of ours is a 500 in the vendor's shape
            where = traceback.extract_tb(error.__traceback__)[-1]
            place = f"{type(error).__name__}: {error} ({where.filename}:{where.lineno})"
            print(f"MS199 {method} {scope['path']} {place}", file=sys.stderr)  # noqa: T201  the server's own log
            fault = Refusal(500, "The mock itself failed; its log says where. Please report it.", code="MS199")
            outgoing = self._refused(fault, operation, scope)
        if outgoing.status == 413:
            await _drain(receive, _DRAIN * self._settings.max_body)
        await self._send(outgoing, operation, _Asked(scope, body, started, next(self._numbers)), send)

    async def unknown(self, scope: Scope, send: Send) -> None:
        """Answer a path that the bundle does not have."""
        started = time.perf_counter()
        path = scope["path"]
        near = self.routes.nearest(path)
        hint = f" Did you mean {', '.join(near)}?" if near else ""
        refusal = Refusal(404, f"The bundle has no path {path}.{hint}", code="MS105", reason="NOT_FOUND")
        outgoing = self._refused(refusal, None, scope)
        await self._send(outgoing, None, _Asked(scope, b"", started, next(self._numbers)), send)

    async def _answer(
        self, operation: Operation | None, match: Match[Operation], scope: Scope, body: bytes
    ) -> Outgoing:
        if operation is None:
            allow = negotiation.allow(match.methods)
            if scope["method"] == "OPTIONS":
                return Outgoing(204, {"Allow": allow}, "", b"")
            detail = f"{match.path} does not answer {scope['method']}; it answers {allow}."
            raise Refusal(405, detail, code="MS106", headers={"Allow": allow})
        headers = _by_name(scope["headers"])
        world = self.worlds.get(headers.get(WORLD_HEADER, ""))
        scheme, host = scope.get("scheme", "http"), headers.get("host", "localhost")
        request = Incoming(
            method=scope["method"],
            path=scope["path"],
            values=match.values(operation.method),
            query=scope["query_string"],
            raw_headers=scope["headers"],
            headers=headers,
            body=body,
            base=f"{scheme}://{host}",
        )
        plan = self.plan(operation)
        answer = await plan.answer(request, world)
        for event in answer.events:
            for listener in self.listeners:
                listener(event, world)
        return self._finished(answer, operation, headers)

    def _finished(self, answer: Answer, operation: Operation, headers: Mapping[str, str]) -> Outgoing:
        if answer.fit:
            answer = replies.fitted(answer, operation, self.bundle)
        payload = encoded(answer)
        media = answer.media or replies.media_for(operation, answer.status, payload)
        status, extra = answer.status, dict(answer.headers)
        declared = operation.reply(status)
        if declared is not None and declared.headers:
            extra |= replies.required_headers(operation, status, extra, self.bundle)
        if self._settings.check_replies != "off":
            violations = self._validators.judge_reply(operation, status, extra, media, payload)
            if violations:
                first = f"{violations[0].pointer}: {violations[0].detail}"
                if self._settings.check_replies == "fail":
                    raise Refusal(500, f"The mock's own answer breaks the bundle: {first}", code="MS198")
                print(f"MS198 {operation.label} {first}", file=sys.stderr)  # noqa: T201  `--check-replies log`
        whole = headers.get("if-range", extra.get("ETag")) != extra.get("ETag")  # RFC 9110, 13.1.5: it is another now
        if "range" in headers and not whole and isinstance(answer.body, bytes) and not is_json(media):
            status, ranged, part = negotiation.slice_bytes(payload, headers["range"], media)
            if status == 416:
                detail = f"No byte of {headers['range'][:100]!r} is within the file's {len(payload)}."
                raise Refusal(416, detail, code="MS119", reason="RANGE_NOT_SATISFIABLE", headers=ranged)
            payload = part
            media = ranged.pop("Content-Type", media)
            extra |= ranged
        return Outgoing(status, extra, media, payload)

    def _refused(self, refusal: Refusal, operation: Operation | None, scope: Scope) -> Outgoing:
        accept = next((v.decode("latin-1") for k, v in scope["headers"] if k == b"accept"), None)
        clock = self.worlds.main.clock
        status, headers, media, body = errors.render(refusal, operation, self.bundle, accept, clock)
        return Outgoing(status, headers, media, body, refusal.code, refusal.detail, refusal.violations)

    async def _send(self, out: Outgoing, operation: Operation | None, asked: _Asked, send: Send) -> None:
        identity = f"r_{asked.number:06x}"
        kind = (operation.id if operation is not None else "", out.media, out.status, out.code)
        head = self._heads.get(kind)
        if head is None:
            if len(self._heads) >= _HEADS:  # media types of files are up to clients
                self._heads.clear()
            head = self._heads[kind] = self._head(*kind)
        headers = head.copy()
        if out.headers:
            headers += [(n.lower().encode("latin-1"), v.encode("latin-1", "replace")) for n, v in out.headers.items()]
        if out.status != 204:
            headers.append((b"content-length", b"%d" % len(out.body)))
        if self._settings.mock_headers:
            headers.append((b"mock-request-id", identity.encode()))
        payload = b"" if asked.scope["method"] == "HEAD" or out.status in (204, 304) else out.body
        await send({"type": "http.response.start", "status": out.status, "headers": headers})
        await send({"type": "http.response.body", "body": payload})
        self._remember(out, operation, asked, identity)

    def _head(self, operation: str, media: str, status: int, code: str) -> list[tuple[bytes, bytes]]:
        head = []
        if media and status not in (204, 304):
            head.append((b"content-type", media.encode("latin-1")))
        if self._settings.mock_headers:
            if operation:
                head.append((b"mock-operation", operation.encode("ascii", "replace")))
            if code:
                head.append((b"mock-code", code.encode()))
        return head

    def _remember(self, out: Outgoing, operation: Operation | None, asked: _Asked, identity: str) -> None:
        scope = asked.scope
        world = ""
        for name, value in scope["headers"]:
            if name == b"mock-world":
                world = value.decode("latin-1")
        query = scope["query_string"]
        entry = Entry(
            identity,
            self.worlds.main.clock.now(),
            scope["method"],
            scope["path"],
            query.decode("latin-1") if query else "",
            scope["headers"],
            asked.body,
            world,
            operation.id if operation is not None else "",
            out.status,
            out.code,
            out.because,
            int((time.perf_counter() - asked.started) * 1e6),
            out.violations,
        )
        self.journal.add(entry)
        if self.on_entry is not None:
            self.on_entry(entry)


def _by_name(pairs: list[tuple[bytes, bytes]]) -> dict[str, str]:
    """Headers by lower-case name; several of one name are one list (RFC 9110 section 5.3)."""
    found = {name.decode("latin-1"): value.decode("latin-1") for name, value in pairs}
    if len(found) != len(pairs):
        for name in found:
            separator = "; " if name == "cookie" else ", "
            values = [value.decode("latin-1") for key, value in pairs if key.decode("latin-1") == name]
            found[name] = separator.join(values)
    return found


async def _drain(receive: Receive, limit: int) -> None:
    """Read on to the end of a body that is too long, so that the client hears the answer instead of a reset."""
    read = 0
    while read < limit:
        message = await receive()
        read += len(message.get("body", b""))
        if message["type"] == "http.disconnect" or not message.get("more_body", False):
            return
