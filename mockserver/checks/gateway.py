"""Gateway: the only way out for schemathesis; whatever it sends becomes a Request and goes through the Client."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

import requests
from requests.structures import CaseInsensitiveDict
from requests.utils import get_encoding_from_headers
from schemathesis.core.transport import Response
from schemathesis.transport.requests import REQUESTS_TRANSPORT, RequestsTransport

from mockserver.bundle.operations import Operation
from mockserver.environments.client import Client, Forbidden, Stopped
from mockserver.exchanges import Exchange, Reply, Request

if TYPE_CHECKING:
    from schemathesis.generation.case import Case

# What the transport says for itself, and a random number that schemathesis adds for its own reports.
_NOT_SENT = frozenset({"content-length", "connection", "transfer-encoding", "x-schemathesis-testcaseid"})
_BOUNDARY = re.compile(rb"boundary=\"?([0-9a-f]{32})|\A--([0-9a-f]{32})(?:\r\n|--)")
_REFUSED = Reply(403)
_SILENCE = Reply(503)


class Halt(KeyboardInterrupt):
    """Ends a run of schemathesis at once: no other exception gets through all of its layers."""


@dataclass(frozen=True, slots=True)
class Sentinel:
    """What stands for a credential towards schemathesis, which must not see the real one: its place, name and text."""

    place: str  # header, query or cookie
    name: str
    value: str


class Gateway(RequestsTransport):
    """A transport that serializes as schemathesis does, and sends nothing itself.

    `exchanges` keeps by case what was sent, until somebody takes it; `refused` why a case was not sent. A request that
    the guard refuses or nobody answers gets an empty reply that no check may judge: one that schemathesis learns
    nothing from. `halted` says why the run ended before its time.
    """

    def __init__(
        self,
        client: Client,
        operations: Mapping[str, Operation],
        sentinels: tuple[Sentinel, ...] = (),
        pause: Callable[[], str] = lambda: "",
    ) -> None:
        super().__init__()
        self._copy_serializers_from(REQUESTS_TRANSPORT)
        self.exchanges: dict[str, Exchange] = {}
        self.refused: dict[str, str] = {}
        self.halted = ""
        self._client = client
        self._operations = operations
        self._sentinels = sentinels
        self._pause = pause

    def send(self, case: Case[Any], **kwargs: Any) -> Response:
        """Send a case through the client; Halt where nothing more may be sent."""
        kwargs.pop("session", None)  # nothing of it is wanted: no cookies, no proxies, no .netrc
        prepared = self._prepared(case, kwargs)
        request = plain(prepared, self._client.base_path)
        self.halted = self.halted or self._pause()
        if self.halted:
            raise Halt(self.halted)
        request, vouched = self._vouched(request)
        operation = self._operations.get(case.operation.label)
        try:
            exchange = self._client.send(
                request, operation=operation, actor="default" if vouched else "", purpose="fuzzing"
            )
        except Forbidden as refusal:
            self.refused[case.id] = str(refusal)
            return response(_REFUSED, prepared, 0.0)
        except Stopped as reason:
            self.halted = str(reason)
            raise Halt(self.halted) from reason
        self.exchanges[case.id] = exchange
        return response(exchange.reply or _SILENCE, prepared, exchange.took)

    def _prepared(self, case: Case[Any], kwargs: Mapping[str, Any]) -> requests.PreparedRequest:
        """What `requests` would send."""
        data = self.serialize_case(case, **kwargs)
        for name in ("auth", "data", "json", "files"):
            if kwargs.get(name) is not None:
                data[name] = kwargs[name]
        return requests.Request(**data).prepare()

    def _vouched(self, request: Request) -> tuple[Request, bool]:
        """The request without sentinels, and whether it had one: then the actor's credentials belong there."""
        for sentinel in self._sentinels:
            without = _without(request, sentinel)
            if without is not None:
                rest, _ = self._vouched(without)
                return rest, True
        return request, False


def plain(prepared: requests.PreparedRequest, base: str) -> Request:
    """A prepared request as it is kept here: its target below the base path, its boundary a matter of its content."""
    body: Any = prepared.body if prepared.body is not None else b""
    content = body.encode("utf-8") if isinstance(body, str) else bytes(body)
    headers = tuple((name, _text(value)) for name, value in prepared.headers.items() if name.lower() not in _NOT_SENT)
    target = prepared.path_url
    if base and re.match(rf"{re.escape(base)}(?=[/?]|\Z)", target):
        target = target[len(base) :]
    return settled(
        Request(prepared.method or "GET", target if target.startswith("/") else f"/{target}", headers, content)
    )


def settled(request: Request) -> Request:
    """A request whose multipart boundaries, random where they come from, follow from its content."""
    kind = request.header("content-type") or ""
    if "multipart/" not in kind.lower():
        return request
    body, headers = request.body, request.headers
    found = [a or b for a, b in _BOUNDARY.findall(kind.encode("latin-1", "replace") + b"\n" + body)]
    found += [b for _, b in _BOUNDARY.findall(body)]
    for number, boundary in enumerate(dict.fromkeys(found)):
        own = hashlib.sha256(b"%d" % number + body.replace(boundary, b"")).hexdigest()[:32]
        body = body.replace(boundary, own.encode())
        headers = tuple((name, value.replace(boundary.decode(), own)) for name, value in headers)
    return replace(request, headers=headers, body=body)


def response(reply: Reply, prepared: requests.PreparedRequest, took: float) -> Response:
    """A reply as schemathesis reads one."""
    headers: dict[str, list[str]] = {}
    for name, value in reply.headers:
        headers.setdefault(name.lower(), []).append(value)
    kind = CaseInsensitiveDict({"content-type": headers.get("content-type", [""])[0]})
    return Response(
        reply.status, headers, reply.body, prepared, took, verify=True, message=_phrase(reply.status),
        encoding=get_encoding_from_headers(kind),
    )  # fmt: skip


def _without(request: Request, sentinel: Sentinel) -> Request | None:
    """The request without an untouched sentinel; None where it has none."""
    if sentinel.place == "header":
        pair = next((p for p in request.headers if p[0].lower() == sentinel.name.lower()), None)
        if pair is None or pair[1] != sentinel.value:
            return None
        return replace(request, headers=tuple(p for p in request.headers if p is not pair))
    if sentinel.place == "query":
        pieces = request.query.split("&")
        kept = [p for p in pieces if tuple(map(unquote_plus, p.split("=", 1))) != (sentinel.name, sentinel.value)]
        if len(kept) == len(pieces):
            return None
        return replace(request, target="?".join(part for part in (request.path, "&".join(kept)) if part))
    cookies = [c.strip() for c in (request.header("cookie") or "").split(";") if c.strip()]
    kept = [c for c in cookies if c != f"{sentinel.name}={sentinel.value}"]
    if len(kept) == len(cookies):
        return None
    others = tuple(p for p in request.headers if p[0].lower() != "cookie")
    return replace(request, headers=(*others, ("Cookie", "; ".join(kept))) if kept else others)


def _text(value: str | bytes) -> str:
    if isinstance(value, bytes):
        return value.decode("latin-1")
    try:
        value.encode("latin-1")
    except UnicodeEncodeError:
        return value.encode("utf-8").decode("latin-1")
    return value


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
