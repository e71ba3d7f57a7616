"""Plan: one operation, compiled; it answers everything for its operation, refusals included."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from mockserver.bundle.operations import Operation, is_json
from mockserver.calls import Actor, Answer, Call, Handler, Site
from mockserver.problems import Refusal, Violation
from mockserver.serving import bodies, faults, handlers, negotiation, prefer
from mockserver.serving.auth import Doorkeeper, Gate
from mockserver.serving.decode import Decoder, compile_parameters
from mockserver.serving.strict_json import dump
from mockserver.serving.validation import Validators

if TYPE_CHECKING:
    from mockserver.serving.world import LiveWorld

_SEARCHED = ("/where/", "/orderBy/", "/order_by/")
_BODYLESS = frozenset({"GET", "HEAD", "DELETE", "OPTIONS", "TRACE"})


@dataclass(slots=True)
class Incoming:
    """A request as it came: header names in lower case, path values still percent-encoded."""

    method: str
    path: str
    values: Mapping[str, str]
    query: bytes
    raw_headers: list[tuple[bytes, bytes]]
    headers: dict[str, str]
    body: bytes
    base: str


@dataclass(slots=True)
class Outgoing:
    """A reply ready to send. `code` is the `Mock-Code`, `because` the reason of a refusal, for the journal."""

    status: int
    headers: Mapping[str, str]
    media: str
    body: bytes
    code: str = ""
    because: str = ""
    violations: tuple[Violation, ...] = ()


class Plan:
    """What it takes to answer one operation: decoder, validators, gate, handler, media types.

    Made on the first request of its operation, so that starting costs nothing per operation.
    """

    def __init__(self, operation: Operation, site: Site, doorkeeper: Doorkeeper, validators: Validators) -> None:
        self.operation = operation
        self._bundle = site.bundle
        self._gate: Gate = doorkeeper.gate(operation)
        self._decode: Decoder = compile_parameters(operation.parameters, site.bundle.document, validators.accepts)
        self._parameters = tuple(
            (p.location, p.name, p.pointer) for p in operation.parameters if p.pointer and p.schema is not True
        )
        self._validators = validators
        served = handlers.make(operation, site)
        self.handler: Handler = served.handler
        self.level = served.level
        self._check = served.check
        success = operation.success
        self.media = tuple(m.type for m in success.content) if success is not None else ()

    async def answer(self, request: Incoming, world: LiveWorld) -> Answer:
        """The handler's answer to a request, after everything that may refuse it."""
        if self.media:
            negotiation.negotiate(request.headers.get("accept"), self.media)
        path, query, headers, cookies, broken = self._decode(request.values, request.query, request.raw_headers)
        actor = self._actor(request, world)
        wished = request.headers.get("prefer")
        if wished is None:
            return await self._handled(request, actor, world, (path, query, headers, cookies), broken)
        preferred = prefer.parse(wished)
        await faults.wait(preferred)
        if preferred.forced:
            return faults.forced(preferred, self.operation, self._bundle)
        answer = await self._handled(request, actor, world, (path, query, headers, cookies), broken)
        return faults.confirmed(answer, preferred)

    async def _handled(
        self,
        request: Incoming,
        actor: Actor,
        world: LiveWorld,
        decoded: tuple[dict[str, Any], dict[str, Any], dict[str, Any], dict[str, Any]],
        broken: Sequence[Violation],
    ) -> Answer:
        path, query, headers, cookies = decoded
        parts = {"path": path, "query": query, "header": headers, "cookie": cookies}
        violations = list(broken)
        for location, name, pointer in self._parameters:
            values = parts[location]
            if name in values:
                violations.extend(self._validators.violations(pointer, values[name], location, name))
        if violations:
            raise invalid(violations)
        body = self._body(request)
        target = (request.path, request.query)
        call = Call(self.operation, path, query, headers, cookies, body, actor, request.base, request.headers, target)
        return await self.handler(call, world)

    def _actor(self, request: Incoming, world: LiveWorld) -> Actor:
        cookie = request.headers.get("cookie")
        credentials = {
            "header": request.headers,
            "query": negotiation.plain_query(request.query) if request.query else {},
            "cookie": negotiation.plain_cookies(cookie) if cookie else {},
        }
        return self._gate(credentials, world)

    def _body(self, request: Incoming) -> Any:
        declared = self.operation.request
        if declared is None or (request.method in _BODYLESS and not request.body and not declared.required):
            return None
        body = bodies.decode_body(
            request.body,
            request.headers.get("content-type"),
            declared,
            self._bundle.document,
            self._validators.accepts,
            request.headers.get("content-encoding"),
        )
        if body is bodies.ABSENT:
            return None
        pointer = bodies.pointer_for(declared, request.headers.get("content-type"))
        if pointer:
            violations = self._validators.violations(pointer, body, "body")
            if violations and self._check is not None:
                self._check(body)  # the search knows every relation, and names what is wrong better than a schema can
                violations = tuple(v for v in violations if not v.pointer.startswith(_SEARCHED))
            if violations:
                raise invalid(violations)
        return body


def invalid(violations: list[Violation] | tuple[Violation, ...]) -> Refusal:
    """The refusal of a request that breaks the contract; it lists every violation."""
    first = violations[0]
    where = f"{first.part} {first.pointer}".strip()
    more = f" (and {len(violations) - 1} more)" if len(violations) > 1 else ""
    return Refusal(400, f"{where}: {first.detail}{more}", code="MS101", reason="INVALID", violations=violations)


def encoded(answer: Answer) -> bytes:
    """The body of an answer as it goes over the wire."""
    if answer.body is None:
        return b"null" if answer.media and is_json(answer.media) else b""
    if isinstance(answer.body, bytes):
        return answer.body
    try:
        return orjson.dumps(answer.body, option=orjson.OPT_NON_STR_KEYS)
    except TypeError:  # an integer beyond 64 bits, sent by the client and shown again
        return dump(answer.body)
