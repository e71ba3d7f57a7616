"""What HEAD says of a file, held against the file itself: within one side, for the files of two sides are others.

RFC 9110 9.3.2: a server should send the header fields that it would have sent to GET, and so the same Content-Length.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mockserver.bundle.operations import is_json
from mockserver.compare.difference import Step
from mockserver.compare.facts import Fact, verdict
from mockserver.exchanges import Exchange, Reply


def judge(side: Sequence[Step]) -> Iterator[Fact]:
    """Whether the lengths that HEAD tells are those of what GET gives; of files alone: JSON may tell the time."""
    given: dict[tuple[str, str], Reply] = {}
    for step in side:
        request, reply = step.exchange.request, step.exchange.reply
        if request.method == "GET" and reply is not None and _is_whole(reply):
            given.setdefault((request.target, step.exchange.actor), reply)
    for step in side:
        length, reply = told(step.exchange), step.exchange.reply
        whole = given.get((step.exchange.request.target, step.exchange.actor))
        if length.isdecimal() and whole is not None and reply is not None and _is_whole(reply):
            words = ("that of GET", "another than that of GET")
            good = (length.lstrip("0") or "0") == str(len(whole.body))
            yield verdict(step, "length", "the length that HEAD tells", good, words, place="header:Content-Length")


def told(exchange: Exchange) -> str:
    """The length that an answer to HEAD tells; "" where it tells none, and for all other methods."""
    if exchange.request.method != "HEAD" or exchange.reply is None:
        return ""
    return exchange.reply.header("content-length") or ""


def _is_whole(reply: Reply) -> bool:
    """Whether a reply is about a file as it is, neither a part of it nor packed."""
    return reply.status == 200 and not is_json(reply.media) and not reply.header("content-encoding")
