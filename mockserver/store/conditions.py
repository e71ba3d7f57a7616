"""Conditions and orders: what a search asks of the store, checked and with every name resolved."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from mockserver.store.operators import Operator
from mockserver.store.values import Kind


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value is found, seen from a row: over to-one relations (`hops`), a field or copy, inside its JSON.

    `count`: the number of rows related by `name` instead. `touches`: the other entities that the value depends on.
    """

    name: str
    kind: Kind
    inner: tuple[str, ...] = ()
    hops: tuple[str, ...] = ()
    count: bool = False
    touches: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Compare:
    """A comparison of one value; `at` is the JSON pointer of its operator."""

    place: Place
    operator: Operator
    operand: Any
    at: str


@dataclass(frozen=True, slots=True)
class Exists:
    """A related row fulfils a condition."""

    relation: str
    part: Node


@dataclass(frozen=True, slots=True)
class Every:
    """All parts hold; without parts: true."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Some:
    """One of the parts holds; without parts: false."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold; unknown stays unknown."""

    part: Node


Node = Compare | Exists | Every | Some | Not


@dataclass(frozen=True, slots=True, eq=False)
class Condition:
    """A `where` that fits an entity; `touches`: the other entities it depends on.

    Equal by identity: the same request gets the same object, whose matches are remembered.
    """

    node: Node
    touches: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Order:
    """One step of `orderBy`."""

    place: Place
    descending: bool = False
    nulls_first: bool = False


@lru_cache(maxsize=512)
def both(one: Condition | None, other: Condition | None) -> Condition | None:
    """The condition that two conditions hold."""
    if one is None or other is None:
        return one or other
    return Condition(Every((one.node, other.node)), tuple(sorted({*one.touches, *other.touches})))
