"""Bodies of replies: what is declared for one, and its JSON read strictly, with what not every parser would take."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from mockserver.bundle.operations import Media, Operation, is_json
from mockserver.bundle.operations import Reply as Declared
from mockserver.exchanges import Exchange, Reply
from mockserver.probes.base import Contract, Fault, Judge

_MEMO = "probes: shared paths"
_BOM = b"\xef\xbb\xbf"


class Decimal(float):
    """A number with a fraction or an exponent, and how it was written."""

    __slots__ = ("text",)
    text: str


@dataclass(frozen=True, slots=True)
class Body:
    """A reply's JSON. `value` is None where there is none to read (`read` tells); `oddities` are (what, detail)."""

    value: Any = None
    read: bool = False
    oddities: tuple[tuple[str, str], ...] = ()


def answers(contract: Contract, operation: Operation, exchange: Exchange) -> Reply | None:
    """The reply, where it is surely the operation's own.

    It is not, when another method was tried on its path, or when several operations share its method and its path on
    the wire (`/items#folders`), as some bundles write what one request may mean.
    """
    method = exchange.request.method
    own = method == operation.method or (method == "HEAD" and operation.method == "GET")
    return exchange.reply if own and (operation.method, on_wire(operation)) not in _shared(contract) else None


def on_wire(operation: Operation) -> str:
    """The operation's path as a request can name it: no fragment, no query."""
    return operation.path.partition("#")[0].partition("?")[0]


def _shared(contract: Contract) -> frozenset[tuple[str, str]]:
    memo = contract.bundle.reader.memo
    found: frozenset[tuple[str, str]] | None = memo.get(_MEMO)
    if found is None:
        places = Counter((operation.method, on_wire(operation)) for operation in contract.bundle.operations)
        found = memo[_MEMO] = frozenset(place for place, times in places.items() if times > 1)
    return found


def declared(operation: Operation, reply: Reply) -> Declared | None:
    """What the bundle says of a reply of this status."""
    return operation.reply(reply.status)


def media_of(operation: Operation, reply: Reply) -> Media | None:
    """The declared media type that a reply's own matches: exactly, by suffix-free name, or by a range."""
    said = declared(operation, reply)
    for media in said.content if said is not None else ():
        if matches(media.type, reply.media):
            return media
    return None


@lru_cache(maxsize=1024)
def matches(offered: str, sent: str) -> bool:
    """Whether a media type is one that a declared type or range (`text/*`) allows; parameters do not count."""
    kind = offered.partition(";")[0].strip().lower()
    return kind in (sent, "*/*", f"{sent.partition('/')[0]}/*")


@lru_cache(maxsize=64)
def body_of(reply: Reply) -> Body:
    """A reply's body as JSON, if it says that it is; the last few are remembered, as many judges ask for one."""
    if not is_json(reply.media) or not reply.body:
        return Body()
    oddities: list[tuple[str, str]] = []
    data = reply.body
    if data.startswith(_BOM):
        oddities.append(("a byte order mark", ""))
        data = data[len(_BOM) :]
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        oddities.append(("bytes that are no UTF-8", f"at byte {error.start}"))
        text = data.decode("utf-8", "replace")
    try:
        value = _loads(text, oddities)
    except (ValueError, RecursionError) as error:
        return Body(oddities=(*oddities, ("a text that is no JSON", str(error)[:120])))
    return Body(value, read=True, oddities=tuple(dict.fromkeys(oddities)))


def _loads(text: str, oddities: list[tuple[str, str]]) -> Any:
    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(found)
        if len(made) < len(found):
            names = [name for name, _ in found]
            twice = next(name for name in names if names.count(name) > 1)
            oddities.append(("a key that stands twice", f"`{twice}`"))
        return made

    def constant(word: str) -> float:
        oddities.append(("NaN or Infinity", word))
        return float(word.replace("Infinity", "inf"))

    def number(written: str) -> Decimal:
        made = Decimal(written)
        made.text = written
        return made

    return json.loads(text, object_pairs_hook=pairs, parse_constant=constant, parse_float=number)


def _strict(contract: Contract, operation: Operation, exchange: Exchange) -> Iterator[Fault]:
    reply = answers(contract, operation, exchange)
    for what, detail in body_of(reply).oddities if reply is not None else ():
        yield Fault(f"the reply holds {what}", detail)


JUDGES = (Judge("strict-json", "MS213", "replies are JSON that every parser reads alike", _strict),)
