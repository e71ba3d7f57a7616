"""Names that a server only gives back: properties that callers made up are no properties of the server's own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

from mockserver.bundle.operations import Operation, Role
from mockserver.exchanges import Exchange, Request
from mockserver.probes.base import Contract

_STORING = frozenset((Role.CREATE, Role.UPSERT, Role.REPLACE, Role.UPDATE))
_KNOWN, _STORED = "probes: names of the bundle", "probes: names stored"


def made_up(contract: Contract, operation: Operation, exchange: Exchange) -> frozenset[str]:
    """Names of properties that come from callers: those in this request, and those that earlier ones had stored.

    Of what is stored, only names that the bundle has nowhere count: a property that a caller may set, but that no
    reply declares, is told once somebody else's request is answered with it.
    """
    return names_sent(exchange.request) | frozenset(_stored(contract, operation))


def remember(contract: Contract, operation: Operation, exchange: Exchange) -> None:
    """Keep the made-up names that a request has stored, for the replies of the same entity's operations."""
    if operation.role in _STORING and exchange.reply is not None and exchange.reply.status < 300:
        _stored(contract, operation).update(names_sent(exchange.request) - _names_of(contract))


def names_sent(request: Request) -> frozenset[str]:
    """All names in a request's query and body, at any depth; none where the body is neither JSON nor a form."""
    names = [name for name, _ in parse_qsl(request.query, keep_blank_values=True)]
    try:
        names += _keys(json.loads(request.body)) if request.body else ()
    except (ValueError, RecursionError):
        names += [name for name, _ in parse_qsl(request.body.decode("latin-1"))]
    return frozenset(names)


def _keys(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _keys(inner)


def _stored(contract: Contract, operation: Operation) -> set[str]:
    by_noun: dict[str, set[str]] = contract.bundle.reader.memo.setdefault(_STORED, {})
    return by_noun.setdefault(operation.entity or operation.noun or "", set())


def _names_of(contract: Contract) -> frozenset[str]:
    memo = contract.bundle.reader.memo
    found: frozenset[str] | None = memo.get(_KNOWN)
    if found is None:
        found = memo[_KNOWN] = frozenset(_keys(contract.bundle.document))
    return found
