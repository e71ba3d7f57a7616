"""Replies: the media type of an answer, and bodies completed to what the declared reply requires."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from mockserver.bundle.operations import Media, Operation
from mockserver.calls import Answer
from mockserver.serving.strict_json import dump

if TYPE_CHECKING:
    from mockserver.bundle.loader import Bundle

_JSON = "application/json"


def media_for(operation: Operation, status: int, payload: bytes) -> str:
    """The media type that a reply is sent as: JSON where that is declared, else the first; "" without a body."""
    if not payload:
        return ""
    media = _declared(operation, status)
    return media.type if media is not None and "*" not in media.type else _JSON


def fitted(answer: Answer, operation: Operation, bundle: Bundle) -> Answer:
    """The answer with everything that the declared reply requires beyond what its handler knew."""
    media = _declared(operation, answer.status)
    if media is None or media.schema is None or not media.is_json:
        return answer
    from mockserver.store.sampling import fit

    body = fit(answer.body, media.schema, bundle, f"reply {operation.id} {answer.status}")
    return replace(answer, body=body)


def _declared(operation: Operation, status: int) -> Media | None:
    reply = operation.reply(status)
    return reply.body if reply is not None else None


def required_headers(operation: Operation, status: int, present: Mapping[str, str], bundle: Bundle) -> dict[str, str]:
    """Values for the headers that the declared reply must have."""
    declared = operation.reply(status)
    if declared is None:
        return {}
    from mockserver.store.sampling import sample

    known = {name.lower() for name in present} | {"content-type"}
    make = partial(sample, bundle=bundle)
    return {
        name: _header_text(make(schema, key=f"header {operation.id} {name}"))
        for name, (required, schema, _) in declared.headers.items()
        if required and name.lower() not in known
    }


def _header_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return ",".join(_header_text(item) for item in value)
    return dump(value).decode()
