"""Probes of HTTP itself: HEAD, OPTIONS, undeclared methods, media types asked for and sent, bodies that are no JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from mockserver.bundle.operations import Operation
from mockserver.environments.client import Forbidden
from mockserver.exchanges import Exchange, Headers, Request
from mockserver.findings import Severity
from mockserver.probes.actors import succeeded
from mockserver.probes.base import Contract, Fault, Inconclusive, Probe, Scene
from mockserver.probes.bodies import matches, on_wire
from mockserver.probes.headers import declared_methods
from mockserver.probes.pages import status
from mockserver.probes.samples import accepted, is_reading, json_body, path_for, request_for

Look = Callable[[Exchange], Iterator[Fault]]

# Headers that are a property of the answer, so that HEAD tells the same as GET.
_SAME = ("content-type", "content-length", "etag", "last-modified", "content-language", "accept-ranges")
_STRANGE = "application/vnd.nothing-like-it"
_TEXT = "text/plain"
_GARBAGE = b"} trailing [garbage"
_TRIED = ("PATCH", "PUT", "DELETE", "POST", "GET")  # undeclared ones, the least likely to be there first
_NO_SUCH = (405, 501)
_NOT_TOLD = (401, 403, 404)


def _head(scene: Scene, operation: Operation) -> Iterator[Fault]:
    got = accepted(scene, operation)
    yield from _twice(scene, operation, replace(got.request, method="HEAD"), lambda head: _differs(scene, got, head))


def _differs(scene: Scene, got: Exchange, head: Exchange) -> Iterator[Fault]:
    if got.reply is None or head.reply is None:
        return
    if head.reply.status != got.reply.status:
        again = scene.client.send(got.request, actor="", purpose="probe head")
        if status(again) == got.reply.status:
            text = "HEAD is answered with another status than GET"
            yield Fault(text, f"{head.reply.status}, not {got.reply.status}", exchanges=(got, head))
        return
    for name in _SAME:
        one, two = got.reply.header(name), head.reply.header(name)
        if one != two and two is not None:
            again = scene.client.send(got.request, actor="", purpose="probe head")
            if again.reply is not None and again.reply.header(name) == one:
                yield Fault(f"HEAD has another `{name}` than GET", f"{two}, not {one}", exchanges=(got, head))


def _options(scene: Scene, operation: Operation) -> Iterator[Fault]:
    request = Request("OPTIONS", request_for(scene, operation, path_for(scene, operation)).path)
    yield from _twice(scene, operation, request, lambda told: _allows(scene, operation, told), actor="")


def _allows(scene: Scene, operation: Operation, told: Exchange) -> Iterator[Fault]:
    if told.reply is None or not succeeded(told):
        return  # refused or not known: a 405 is judged by its own Allow
    said = told.reply.header("allow")
    if said is None:
        if told.reply.header("access-control-allow-methods") is None:
            yield Fault("OPTIONS is answered without Allow", exchanges=(told,))
        return
    listed = {method.strip().upper() for method in said.split(",")} - {""}
    further = listed - _declared(scene.contract, operation) - {"OPTIONS", "HEAD"}
    further -= _elsewhere(scene.contract, operation, told.request)
    missing = set(declared_methods(scene.contract, on_wire(operation))) - listed
    if missing:
        yield Fault(
            f"Allow does not list {', '.join(sorted(missing))}", said, exchanges=(told,), severity=Severity.ERROR
        )
    if further:
        yield Fault(f"Allow lists {', '.join(sorted(further))}, not declared", said, exchanges=(told,))


def _method(scene: Scene, operation: Operation) -> Iterator[Fault]:
    """An undeclared method: where nothing may be written, the guard refuses all but looking ones."""
    request = request_for(scene, operation, path_for(scene, operation))
    taken = _declared(scene.contract, operation) | _elsewhere(scene.contract, operation, request)
    method = next((each for each in _TRIED if each not in taken), None)
    if method is None:
        raise Inconclusive("all methods are declared")
    asked = Request(method, request.path, _without_body(request.headers))
    try:
        yield from _twice(scene, operation, asked, _not_refused, actor="default")
    except Forbidden as refused:
        raise Inconclusive(str(refused)) from None


def _not_refused(exchange: Exchange) -> Iterator[Fault]:
    method, code = exchange.request.method, status(exchange)
    if code in _NO_SUCH or code >= 500:
        return
    severity = Severity.WARNING if code in _NOT_TOLD else None
    text = f"{method} is not declared, and is not refused with 405"
    yield Fault(text, f"{code}", exchanges=(exchange,), severity=severity)


def _accept(scene: Scene, operation: Operation) -> Iterator[Fault]:
    request = accepted(scene, operation).request
    headers = tuple(pair for pair in request.headers if pair[0].lower() != "accept")
    asked = replace(request, headers=(*headers, ("Accept", _STRANGE)))
    severity = None if "406" in operation.replies else Severity.INFO  # one may disregard Accept (RFC 9110 12.5.1)

    def ignored(exchange: Exchange) -> Iterator[Fault]:
        reply = exchange.reply
        if reply is not None and succeeded(exchange) and reply.body and not matches(_STRANGE, reply.media):
            text = "it answers something else than what alone is acceptable"
            detail = f"{status(exchange)} {reply.media}, where 406 is due"
            yield Fault(text, detail, exchanges=(exchange,), severity=severity)

    yield from _twice(scene, operation, asked, ignored)


def _media(scene: Scene, operation: Operation) -> Iterator[Fault]:
    request = accepted(scene, operation).request
    if not request.body:
        raise Inconclusive("its request has no body")
    asked = replace(request, headers=(*_without_body(request.headers), ("Content-Type", _TEXT)))

    def taken(exchange: Exchange) -> Iterator[Fault]:
        if succeeded(exchange):
            text = f"it takes a body of {_TEXT}, which is not declared"
            yield Fault(text, f"{status(exchange)}, where 415 is due", exchanges=(exchange,))

    yield from _twice(scene, operation, asked, taken)


def _charset(scene: Scene, operation: Operation) -> Iterator[Fault]:
    request = accepted(scene, operation).request
    if not request.body:
        raise Inconclusive("its request has no body")
    media = f"{request.header('content-type') or 'application/json'}; charset=utf-8"
    asked = replace(request, headers=(*_without_body(request.headers), ("Content-Type", media)))

    def refused(exchange: Exchange) -> Iterator[Fault]:
        if 400 <= status(exchange) < 500 and status(exchange) != 429:
            text = "it refuses `charset=utf-8`, which changes nothing"
            yield Fault(text, f"{status(exchange)}, where the same body without it is taken", exchanges=(exchange,))

    yield from _twice(scene, operation, asked, refused)


def _trailing(scene: Scene, operation: Operation) -> Iterator[Fault]:
    request = accepted(scene, operation).request
    if not request.body:
        raise Inconclusive("its request has no body")

    def taken(exchange: Exchange) -> Iterator[Fault]:
        if succeeded(exchange):
            text = "it takes a body with garbage behind the JSON"
            yield Fault(text, f"{status(exchange)}, where 400 is due", exchanges=(exchange,))

    yield from _twice(scene, operation, replace(request, body=request.body + _GARBAGE), taken)


def _twice(scene: Scene, operation: Operation, request: Request, look: Look, *, actor: str = "") -> Iterator[Fault]:
    """Send a request, and once more where there is something to say: only what both replies show is said."""
    first = list(look(scene.send(request, operation, actor)))
    if first:
        again = {fault.message: fault for fault in look(scene.send(request, operation, actor))}
        yield from (again[fault.message] for fault in first if fault.message in again)


def _declared(contract: Contract, operation: Operation) -> set[str]:
    path = on_wire(operation)
    return {each.method for each in contract.bundle.operations if on_wire(each) == path}


def _elsewhere(contract: Contract, operation: Operation, request: Request) -> set[str]:
    """The methods of other paths that match the same request: `/records/{type}` beside `/records/types`."""
    steps = request.path.split("/")
    return {
        each.method for each in contract.bundle.operations
        if len(each.path.split("/")) == len(steps) and each.path != operation.path
        and all(a == b or "{" in a for a, b in zip(on_wire(each).split("/"), steps, strict=False))
    }  # fmt: skip


def _without_body(headers: Headers) -> Headers:
    return tuple(pair for pair in headers if pair[0].lower() not in ("content-type", "content-length"))


def _is_get(contract: Contract, operation: Operation) -> bool:
    reading = operation.method == "GET" and is_reading(contract, operation)
    return reading and "HEAD" not in _declared(contract, operation)


def _is_first(contract: Contract, operation: Operation) -> bool:
    """One question for each path: the first operation of it asks."""
    path = on_wire(operation)
    first = next(each for each in contract.bundle.operations if on_wire(each) == path)
    return first is operation and "OPTIONS" not in _declared(contract, operation)


def _is_json_only(contract: Contract, operation: Operation) -> bool:
    success = operation.success
    return (
        is_reading(contract, operation) and success is not None and bool(success.content)
        and all(media.is_json for media in success.content)
    )  # fmt: skip


def _takes_json(contract: Contract, operation: Operation) -> bool:
    """Whether it reads, and its body is JSON and nothing else."""
    declared = operation.request.content if operation.request is not None else ()
    return is_reading(contract, operation) and json_body(operation) is not None and all(m.is_json for m in declared)


PROBES = (
    Probe("head", "MS267", "HEAD answers as GET does", _is_get, _head, severity=Severity.WARNING),
    Probe("options", "MS268", "OPTIONS tells the declared methods", _is_first, _options, severity=Severity.WARNING),
    Probe("undeclared-method", "MS269", "undeclared methods are refused with 405", _is_first, _method),
    Probe("acceptable", "MS270", "Accept is heeded", _is_json_only, _accept, severity=Severity.WARNING),
    Probe("media-sent", "MS271", "bodies of undeclared media types are refused", _takes_json, _media),
    Probe("charset", "MS296", "a charset of UTF-8 is no other media type", _takes_json, _charset),
    Probe("trailing-garbage", "MS272", "a body is one JSON text and nothing else", _takes_json, _trailing),
)
