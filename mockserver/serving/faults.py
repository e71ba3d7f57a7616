"""Faults on request: the reply, the delay or the example that a `Prefer` header asks for."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from mockserver.bundle.loader import Bundle
from mockserver.bundle.operations import Media, Operation, Reply
from mockserver.calls import Answer
from mockserver.problems import Refusal, did_you_mean
from mockserver.serving.prefer import Prefer

_RETRY_AFTER = {429: "1", 503: "5"}


async def wait(preferred: Prefer) -> None:
    """Take the time that was asked for."""
    if preferred.delay:
        await asyncio.sleep(preferred.delay)


def forced(preferred: Prefer, operation: Operation, bundle: Bundle) -> Answer:
    """The declared reply of the wished status, with the wished example or else the first one, or a sample.

    A status that is not declared is answered as an error of that status; an unknown example is refused by name.
    """
    reply = operation.success if preferred.code is None else operation.reply(preferred.code)
    if reply is None:
        status = preferred.code or 200
        if status < 400:
            declared = ", ".join(operation.replies)
            raise Refusal(400, f"{operation.label} declares {declared}, not {status}.", code="MS116")
        raise _asked(status, preferred)
    status = preferred.code or reply.code
    media = _media(reply, preferred.example)
    if preferred.example and (media is None or preferred.example not in media.examples):
        names = [name for m in reply.content for name in m.examples]
        hint = did_you_mean(preferred.example, names) or (f" It has {', '.join(names)}." if names else "")
        raise Refusal(400, f"The {reply.status} reply has no example {preferred.example!r}.{hint}", code="MS116")
    if status >= 400 and not preferred.example:
        raise _asked(status, preferred)
    headers = {"Preference-Applied": preferred.applied, **_headers(status)}
    if media is None:
        return Answer(status, headers=headers)
    return Answer(status, _body(media, preferred, operation, bundle), headers=headers, media=media.type)


def confirmed(answer: Answer, preferred: Prefer) -> Answer:
    """The handler's own answer, saying which preferences were heeded (RFC 7240)."""
    if not preferred.applied:
        return answer
    return replace(answer, headers={**answer.headers, "Preference-Applied": preferred.applied})


def _asked(status: int, preferred: Prefer) -> Refusal:
    headers = {"Preference-Applied": preferred.applied, **_headers(status)}
    return Refusal(status, f"The client asked for {status} by Prefer.", code="MS117", headers=headers)


def _headers(status: int) -> dict[str, str]:
    return {"Retry-After": _RETRY_AFTER[status]} if status in _RETRY_AFTER else {}


def _media(reply: Reply, example: str) -> Media | None:
    named = next((m for m in reply.content if example and example in m.examples), None)
    return named or reply.body


def _body(media: Media, preferred: Prefer, operation: Operation, bundle: Bundle) -> Any:
    from mockserver.store.sampling import sample

    if media.examples:
        example = media.examples[preferred.example or next(iter(media.examples))]
        return example.encode() if isinstance(example, str) and not media.is_json else example
    return sample(media.schema, bundle, f"{operation.id}:forced") if media.schema is not None else None
