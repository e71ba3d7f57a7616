"""Preflight: a few harmless requests that tell whether an environment can be worked with at all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from mockserver.bundle.operations import Operation, Role
from mockserver.environments.guard import reads
from mockserver.environments.limits import Stopped
from mockserver.exchanges import Exchange, Request
from mockserver.problems import Unreachable, UsageError

if TYPE_CHECKING:
    from mockserver.environments.client import Client

_TRIES = 3  # operations that are asked for before a server counts as another one
_HTML = frozenset({"text/html", "application/xhtml+xml"})


def preflight(client: Client) -> None:
    """Ask for what needs no knowledge of rows until something of this API answers.

    Raises Unreachable (no server, no such API) or UsageError (credentials refused), each with one sentence.
    """
    unknown = []
    for operation, request in _harmless(client):
        try:
            exchange = client.send(request, operation=operation, purpose="preflight")
        except Stopped:
            return
        if _knows(exchange, operation):
            return
        unknown.append(operation.label)
    if unknown:
        where = f"{client.environment.name} ({client.url})"
        tried = ", ".join(unknown)
        raise Unreachable(f"{where} knows none of {tried}: it is another API, or its base-path is wrong.")


def _harmless(client: Client) -> Iterator[tuple[Operation, Request]]:
    """Reading operations without anything that has to be known, the plainest first; where there are none, OPTIONS."""
    found = [each for each in client.bundle.operations if reads(each) and _asks_nothing(each)]
    found.sort(key=lambda each: (each.method != "GET", each.role is not Role.LIST))
    asked = [(each, _plain(each)) for each in found[: _TRIES * 2]]
    asked = [(each, request) for each, request in asked if not client.refusal(request)][:_TRIES]
    if not asked:
        first = next(iter(client.bundle.operations), None)
        asked = [(first, Request("OPTIONS", "/"))] if first is not None else []
    yield from asked


def _asks_nothing(operation: Operation) -> bool:
    body = operation.request.body if operation.request is not None else None
    open_body = body is None or body.is_json
    return "{" not in operation.path and open_body and not any(p.required for p in operation.parameters)


def _plain(operation: Operation) -> Request:
    body = operation.request.body if operation.request is not None and operation.method != "GET" else None
    headers = (("Accept", "application/json, */*;q=0.5"),)
    if body is None:
        return Request(operation.method, operation.path, headers)
    return Request(operation.method, operation.path, (*headers, ("Content-Type", body.type)), b"{}")


def _knows(exchange: Exchange, operation: Operation) -> bool:
    """Whether an exchange shows a server of this API; False where it does not know the path."""
    name = exchange.environment
    if exchange.reply is None:
        raise Unreachable(f"{name} ({exchange.url}) cannot be used: {exchange.failure}.")
    reply = exchange.reply
    if 300 <= reply.status < 400 and reply.status != 304:
        there = reply.header("location") or "elsewhere"
        raise Unreachable(f"{name} ({exchange.url}) redirects to {there[:200]}; redirects are not followed.")
    if reply.status == 401 and exchange.actor:
        raise UsageError(
            f"{name} refuses the credentials of {exchange.actor}: {operation.label} answered 401.",
            "Check that the key or token belongs to this environment and has not expired.",
        )
    declared = operation.reply(reply.status) or operation.success
    promised = [media.type for media in declared.content] if declared is not None else []
    if reply.media in _HTML and not any(kind.startswith(tuple(_HTML)) for kind in promised):
        raise Unreachable(f"{name} ({exchange.url}) is no such API: {operation.label} is answered with a web page.")
    return exchange.request.method == "OPTIONS" or reply.status not in (404, 405, 501)
