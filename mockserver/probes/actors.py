"""Speaking for others: scenes in which another actor asks, and requests with credentials that must not do."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from urllib.parse import quote

from mockserver.bundle.operations import Operation, Role
from mockserver.environments.client import Forbidden
from mockserver.exchanges import Exchange, Request
from mockserver.probes.base import Inconclusive, Scene
from mockserver.probes.pages import status
from mockserver.probes.samples import accepted, bodies, is_reading, request_for, spoilt, unknown_key
from mockserver.problems import UsageError

REFUSED = (401, 403, 404, 407)
_GARBAGE = "not-a-credential"


@dataclass(slots=True)
class Speaking(Scene):
    """A scene in which everything is asked as one other actor, with a memory of its own."""

    actor: str = ""

    def send(self, request: Request, operation: Operation | None = None, actor: str = "default") -> Exchange:
        """Send a request as the scene's actor, unless another one is named."""
        who = self.actor if actor == "default" else actor
        return self.client.send(request, operation=operation, actor=who, purpose=f"probe {self.probe}".strip())


def speaking(scene: Scene, actor: str) -> Speaking:
    """The scene as another actor sees it."""
    facts = scene.facts.setdefault(f"as {actor}", {})
    return Speaking(scene.contract, scene.client, scene.random, facts, scene.probe, actor)


def sent(scene: Scene, request: Request, operation: Operation, actor: str = "") -> Exchange:
    """Send as an actor; Inconclusive where the environment does not allow it or the actor has no credentials."""
    try:
        return scene.send(request, operation, actor)
    except (Forbidden, UsageError) as error:
        raise Inconclusive(str(error)) from None


def harmless(scene: Scene, operation: Operation) -> tuple[Request, bool]:
    """A request that changes nothing even where it is not refused as it should be, and whether it is a good one.

    A reading operation is asked as usual. A writing one names a row that does not exist, or has a body that the schema
    does not allow, so that only what is checked first can be learnt from it.
    """
    if is_reading(scene.contract, operation):
        return accepted(scene, operation).request, True
    if operation.key:
        names = [parameter.name for parameter in operation.parameters if parameter.location == "path"]
        path = {name: unknown_key(scene, replace(operation, key=name)) for name in names}
        return request_for(scene, operation, path), False
    body = next((b for b in bodies(scene, operation) if isinstance(b, dict)), None)
    wrong = next((made for _, made in spoilt(scene.contract, operation, body)), None) if body is not None else None
    if wrong is None:
        raise Inconclusive("no request is known that would change nothing")
    return request_for(scene, operation, None, wrong), False


def without(request: Request, placed: Mapping[str, Mapping[str, str]]) -> Request:
    """The request as it was before credentials were added."""
    names = {name.lower() for name in placed.get("header", {})} | {"authorization"}
    headers = tuple(pair for pair in request.headers if pair[0].lower() not in names)
    query = {quote(name) for name in placed.get("query", {})}
    pieces = [piece for piece in request.query.split("&") if piece and piece.partition("=")[0] not in query]
    if placed.get("cookie"):
        headers = tuple(pair for pair in headers if pair[0].lower() != "cookie")
    return replace(request, target="?".join(filter(None, (request.path, "&".join(pieces)))), headers=headers)


def forged(request: Request, placed: Mapping[str, Mapping[str, str]]) -> Iterator[tuple[str, Request]]:
    """The request with credentials that look right and are not: what they are in words, and the request."""
    plain = without(request, placed)
    for place, values in placed.items():
        for name, value in values.items():
            for what, wrong in _wrong(value):
                yield what, _put(plain, place, name, wrong)


def _wrong(value: str) -> Iterator[tuple[str, str]]:
    scheme, blank, secret = value.rpartition(" ")
    head = scheme + blank
    yield "a credential that was tampered with", head + _tampered(secret)
    yield "a credential that was made up", head + _GARBAGE
    if head:
        yield "a scheme without a credential", scheme
    unsigned = _unsigned(secret)
    if unsigned:
        yield "a token without a signature", head + unsigned


def _tampered(secret: str) -> str:
    """Another letter in the middle of its last part: the last one may hold bits that mean nothing."""
    start = secret.rfind(".") + 1
    at = start + (len(secret) - start) // 2
    return f"{secret[:at]}{'A' if secret[at : at + 1] != 'A' else 'B'}{secret[at + 1 :]}"


def _unsigned(token: str) -> str:
    """A JWT that says of itself that it needs no signature (RFC 8725 2.1)."""
    parts = token.split(".")
    if len(parts) != 3 or not token.startswith("eyJ"):
        return ""
    header = base64.urlsafe_b64encode(json.dumps({"alg": "none", "typ": "JWT"}).encode()).rstrip(b"=").decode()
    return f"{header}.{parts[1]}."


def _put(request: Request, place: str, name: str, value: str) -> Request:
    if place == "query":
        piece = f"{quote(name, safe='')}={quote(value, safe='')}"
        return replace(request, target=f"{request.target}{'&' if '?' in request.target else '?'}{piece}")
    if place == "cookie":
        return replace(request, headers=(*request.headers, ("Cookie", f"{name}={value}")))
    return replace(request, headers=(*request.headers, (name, value)))


def succeeded(exchange: Exchange) -> bool:
    """Whether a request was granted: a success or a redirect."""
    return 200 <= status(exchange) < 400


def writes_one(operation: Operation) -> bool:
    """Whether an operation changes, replaces or deletes the one row that its path names."""
    return bool(operation.key) and operation.role in (Role.UPDATE, Role.REPLACE, Role.DELETE)
