"""Judges of a reply's frame: its status, its media type, whether a body belongs to it, and server errors."""

from __future__ import annotations

from collections.abc import Iterator

from mockserver.bundle.operations import Operation
from mockserver.exchanges import Exchange
from mockserver.findings import Severity
from mockserver.probes.base import Contract, Fault, Judge
from mockserver.probes.bodies import answers, declared, media_of

# Statuses of HTTP itself, which servers and what stands before them may answer to any request (RFC 9110, 6585).
_HTTPS_OWN = frozenset(
    (100, 101, 103, 304, 405, 406, 407, 408, 411, 412, 413, 414, 415, 416, 417, 421, 426, 428, 429, 431, 502, 503, 504)
)
_OWN_TEXTS = frozenset(map(str, _HTTPS_OWN))
_BODILESS = (204, 205, 304)


def _status(contract: Contract, operation: Operation, exchange: Exchange) -> Iterator[Fault]:
    reply = answers(contract, operation, exchange)
    if reply is None or declared(operation, reply) is not None or reply.status in _HTTPS_OWN:
        return
    if reply.status == 401 and operation.security:
        return  # what wants credentials may refuse them
    refusals = any(status[:1] == "4" and status not in _OWN_TEXTS for status in operation.replies)
    if 400 <= reply.status < 500 and not refusals:
        return  # none is declared at all: the lint says so once (MS011), not each refusal again
    listed = ", ".join(operation.replies) or "none"
    yield Fault(f"{reply.status} is not declared", f"declared: {listed}", f"{operation.pointer}/responses")


def _media(contract: Contract, operation: Operation, exchange: Exchange) -> Iterator[Fault]:
    reply = answers(contract, operation, exchange)
    said = declared(operation, reply) if reply is not None else None
    if reply is None or said is None or not said.content or not reply.body or reply.status in _BODILESS:
        return
    partial = reply.status == 206 and reply.media == "multipart/byteranges"
    problem = reply.status >= 400 and reply.media == "application/problem+json"  # the shape of errors is judged apart
    if partial or problem or media_of(operation, reply) is not None:
        return
    there = reply.media or "no media type"
    listed = ", ".join(media.type for media in said.content)
    yield Fault(f"{reply.status} comes as {there}", f"declared: {listed}", f"{operation.pointer}/responses")


def _empty(contract: Contract, operation: Operation, exchange: Exchange) -> Iterator[Fault]:
    reply = answers(contract, operation, exchange)
    said = declared(operation, reply) if reply is not None else None
    if reply is None or said is None or reply.body or exchange.request.method == "HEAD" or reply.status in _BODILESS:
        return
    if said.json is not None and said.json.schema is not None:
        where = said.json.pointer or f"{operation.pointer}/responses"
        yield Fault(f"{reply.status} comes with an empty body", f"declared: {said.json.type}", where)


def _bodiless(_contract: Contract, _operation: Operation, exchange: Exchange) -> Iterator[Fault]:
    reply = exchange.reply
    if reply is None or not reply.body:
        return
    if exchange.request.method == "HEAD":
        yield Fault("the reply to HEAD has a body", f"{len(reply.body)} bytes")
    elif reply.status in _BODILESS:
        yield Fault(f"{reply.status} comes with a body", f"{len(reply.body)} bytes")


def _server_error(_contract: Contract, operation: Operation, exchange: Exchange) -> Iterator[Fault]:
    reply = exchange.reply
    if reply is None or reply.status < 500 or "code=5" in (exchange.request.header("prefer") or ""):
        return
    if reply.status == 501 and exchange.request.method not in (operation.method, "HEAD"):
        return  # a method that the server does not know at all (RFC 9110 15.6.2)
    busy = reply.status in (502, 503, 504)
    text = " ".join(reply.body[:200].decode("utf-8", "replace").split())
    yield Fault(f"the server answers {reply.status}", text, severity=Severity.WARNING if busy else None)


JUDGES = (
    Judge("undeclared-status", "MS203", "statuses are declared ones", _status),
    Judge("undeclared-media", "MS204", "media types are declared ones", _media),
    Judge("empty-body", "MS205", "where a body is declared, there is one", _empty),
    Judge("bodiless", "MS206", "where no body may be, there is none", _bodiless),
    Judge("server-error", "MS214", "the server does not fail", _server_error),
)
