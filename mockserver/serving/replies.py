"""Replies: the media type of an answer, and bodies completed to what the declared reply requires."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mockserver.bundle.operations import Media, Operation
from mockserver.calls import Answer
from mockserver.serving.fields import media_type

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
    if media is None or media.schema is None or not media_type(media.type).is_json:
        return answer
    from mockserver.store.sampling import fit

    body = fit(answer.body, media.schema, bundle, f"reply {operation.id} {answer.status}")
    return replace(answer, body=body)


def _declared(operation: Operation, status: int) -> Media | None:
    reply = operation.reply(status)
    if reply is None or not reply.content:
        return None
    return next((media for media in reply.content if media_type(media.type).is_json), reply.content[0])
