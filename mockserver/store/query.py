"""`where` and `orderBy` of a request, checked against the model, become a Condition and Orders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson

from mockserver.store.conditions import Condition, Order, both, place_of
from mockserver.store.model import Model
from mockserver.store.parsing import Parser, Unknown

__all__ = ["Condition", "Order", "both", "parse_order", "parse_where", "place_of"]

_CACHED = 1024
_LONGEST_CACHED = 8192


def parse_where(
    where: Any, entity: str, model: Model, *, unknown: Unknown = "refuse", pointer: str = "/where"
) -> Condition | None:
    """The condition of a decoded `where`; None where it asks for nothing (null, or an empty object).

    `unknown="null"` takes fields that the model does not know for columns that are NULL in every row.
    Refusal(400), naming every fault with its JSON pointer: MS110 unknown field, MS111 unknown operator, MS112 wrong
    type, MS113 bad pattern, MS114 too deep or too large.
    """
    if where is None or where == {}:
        return None
    key = _cache_key("where", where, entity, model, unknown, pointer)
    if (held := _CACHE.get(key)) is not None:
        return held.condition
    parser = Parser(model, unknown, "where")
    node = parser.guarded(where, pointer) or parser.where(where, model[entity], pointer)
    parser.finish()
    condition = Condition(node, tuple(sorted(parser.touches)))
    _remember(key, _Parsed(model, condition=condition))
    return condition


def parse_order(
    order: Any, entity: str, model: Model, *, unknown: Unknown = "refuse", pointer: str = "/orderBy"
) -> tuple[Order, ...]:
    """The steps of a decoded `orderBy`: a list of objects, or one object; several keys of one count in their order.

    Texts sort by code point: capitals before small letters, whatever the language.
    Faults are refused as by `parse_where`; with `unknown="null"`, fields that the model does not know order nothing.
    """
    if order is None or order in ([], {}):
        return ()
    key = _cache_key("order", order, entity, model, unknown, pointer)
    if (held := _CACHE.get(key)) is not None:
        return held.order
    parser = Parser(model, unknown, "orderBy")
    steps: list[Order] = []
    if parser.guarded(order, pointer) is None:
        for at, part in parser.each("orderBy", order, pointer):
            steps += parser.order(part, model[entity], at)
    parser.finish()
    _remember(key, _Parsed(model, order=tuple(steps)))
    return tuple(steps)


# -- remembering --


@dataclass(frozen=True, slots=True)
class _Parsed:
    """A result; it holds the model, whose id is part of the key, so that the id is not given away meanwhile."""

    model: Model
    condition: Condition | None = None
    order: tuple[Order, ...] = ()


_CACHE: dict[Any, _Parsed] = {}


def _cache_key(what: str, value: Any, entity: str, model: Model, unknown: str, pointer: str) -> Any:
    try:
        text = orjson.dumps(value)
    except (TypeError, ValueError):  # numbers beyond 64 bits, or nested too deeply
        return None
    return (what, text, entity, id(model), unknown, pointer) if len(text) <= _LONGEST_CACHED else None


def _remember(key: Any, parsed: _Parsed) -> None:
    if key is not None:
        if len(_CACHE) >= _CACHED:
            del _CACHE[next(iter(_CACHE))]
        _CACHE[key] = parsed
