"""The judge of refusals: an error is told in the declared shape, or as application/problem+json (RFC 9457)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mockserver.bundle.operations import Media, Operation
from mockserver.exchanges import Exchange, Reply
from mockserver.findings import Severity
from mockserver.probes.base import Contract, Fault, Judge
from mockserver.probes.bodies import answers, body_of, declared, media_of
from mockserver.probes.wellformed import is_reference
from mockserver.store.sampling import valid

_PROBLEM = "application/problem+json"
_TEXTS = ("type", "title", "detail", "instance")
_REFERENCES = ("type", "instance")
_MEMO = "probes: error shapes"


def _shape(contract: Contract, operation: Operation, exchange: Exchange) -> Iterator[Fault]:
    reply = answers(contract, operation, exchange)
    if reply is None or reply.status < 400 or exchange.request.method == "HEAD" or not reply.body:
        return
    if reply.media == _PROBLEM:
        yield from _problem(reply)
        return
    said = declared(operation, reply)
    if said is not None and not said.content:
        return
    media = media_of(operation, reply)
    if said is not None and media is None:
        return  # its media type is judged apart
    body = body_of(reply)
    if media is not None:
        if body.read and media.is_json and not _keeps(contract, media, body.value):
            yield Fault(f"{reply.status} does not keep to its declared schema", _excerpt(reply), media.pointer)
        return
    shapes = _shapes(contract)
    if not shapes:
        return
    if not body.read:
        text = f"{reply.status} is not declared, and comes in no shape of an error that is"
        yield Fault(text, f"{reply.media or 'no media type'}: {_excerpt(reply)}", severity=Severity.WARNING)
    elif not any(_keeps(contract, shape, body.value) for shape in shapes):
        text = f"{reply.status} is not declared, and comes in no shape of an error that is"
        yield Fault(text, _excerpt(reply), severity=Severity.WARNING)


def _problem(reply: Reply) -> Iterator[Fault]:
    """What RFC 9457 asks of a problem: texts are texts, references references, `status` the reply's own."""
    body = body_of(reply)
    if not body.read:
        return
    problem = body.value
    if not isinstance(problem, dict):
        yield Fault(f"{reply.status} says that it is a problem, but is no object", _excerpt(reply))
        return
    for name in _TEXTS:
        value = problem.get(name, "")
        if not isinstance(value, str):
            yield Fault(f"the problem's `{name}` is no text", _excerpt(reply))
        elif name in _REFERENCES and not is_reference(value):
            yield Fault(f"the problem's `{name}` is no reference", value[:120])
    if "status" in problem and problem["status"] != reply.status:
        yield Fault("the problem's `status` is not that of the reply", f"{problem['status']!r}, not {reply.status}")


def _shapes(contract: Contract) -> list[Media]:
    """The different schemas of errors that the bundle declares anywhere."""
    memo = contract.bundle.reader.memo
    found: list[Media] | None = memo.get(_MEMO)
    if found is None:
        by_pointer: dict[str, Media] = {}
        for operation in contract.bundle.operations:
            for status, reply in operation.replies.items():
                media = reply.json
                if status[:1] in ("4", "5", "d") and media is not None and isinstance(media.schema, Mapping):
                    _, target = contract.bundle.resolve(media.schema)
                    by_pointer.setdefault(target or media.pointer, media)
        found = memo[_MEMO] = list(by_pointer.values())
    return found


def _keeps(contract: Contract, media: Media, value: Any) -> bool:
    return media.schema is None or valid(value, media.schema, contract.bundle)


def _excerpt(reply: Reply) -> str:
    return " ".join(reply.body[:200].decode("utf-8", "replace").split())


JUDGES = (Judge("error-shape", "MS219", "errors come in a declared shape", _shape),)
