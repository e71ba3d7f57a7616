"""Conditions and orders: what a search asks of the store, checked and with every name resolved."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from mockserver.store.model import Copy, Entity, Field, Model, normal
from mockserver.store.operators import Operator
from mockserver.store.values import Kind, kind_of


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """Where a value is found, seen from a row: over to-one relations (`hops`), a field or copy, inside its JSON.

    `count`: the number of rows related by `name` instead. `touches`: the other entities that the value depends on.
    Made by `place`, which gives one object for equal ones: comparing by identity is what makes look-ups quick.
    """

    name: str
    kind: Kind
    inner: tuple[str, ...] = ()
    hops: tuple[str, ...] = ()
    count: bool = False
    touches: tuple[str, ...] = ()


@lru_cache(maxsize=8192)
def place(
    name: str,
    kind: Kind,
    inner: tuple[str, ...] = (),
    hops: tuple[str, ...] = (),
    *,
    count: bool = False,
    touches: tuple[str, ...] = (),
) -> Place:
    """The Place of these properties (two objects for equal ones only cost a second index)."""
    return Place(name, kind, inner, hops, count, touches)


def place_of(name: str, entity: Entity, model: Model) -> Place:
    """Where an entity's own field or copy is found; a name it does not know is a NULL column."""
    if name in entity.copies:
        touches: set[str] = set()
        kind = _copied(entity.copies[name], entity, model, touches)
        return place(name, kind, touches=tuple(sorted(touches)))
    known = entity.fields.get(name)
    return place(name, kind_of(known.type, known.format) if known else Kind.ANY)


def _copied(copy: Copy, entity: Entity, model: Model, touches: set[str], deep: int = 0) -> Kind:
    """The kind of a copy; adds the entities that it is taken from."""
    relation = entity.relations.get(copy.relation)
    if relation is None or relation.target not in model or deep > 8:
        return Kind.TEXT
    touches.add(relation.target)
    target = model[relation.target]
    kinds = []
    for name in copy.source.split():
        if name in target.copies:
            kinds.append(_copied(target.copies[name], target, model, touches, deep + 1))
        elif name in target.fields:
            kinds.append(kind_of(target.fields[name].type, target.fields[name].format))
    return kinds[0] if len(kinds) == 1 else Kind.TEXT


def element_of(field: Field) -> Entity:
    """The objects of a JSON list, described as an entity."""
    return Entity(field.name, "", dict(field.inner), spellings={normal(name): name for name in field.inner})


@dataclass(frozen=True, slots=True)
class Compare:
    """A comparison of one value; `at` is the JSON pointer of its operator."""

    place: Place
    operator: Operator
    operand: Any
    at: str


@dataclass(frozen=True, slots=True)
class Exists:
    """A related row fulfils a condition; `at` is the JSON pointer of the relation."""

    relation: str
    part: Node
    at: str


@dataclass(frozen=True, slots=True)
class Holds:
    """An element of a JSON list fulfils a condition; `element` describes the elements as if they were rows."""

    place: Place
    element: Entity
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


Node = Compare | Exists | Holds | Every | Some | Not


@dataclass(frozen=True, slots=True, eq=False)
class Condition:
    """A `where` that fits an entity; `touches`: the other entities it depends on.

    Equal by identity: the same request gets the same object, whose matches are remembered.
    """

    node: Node
    touches: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Order:
    """One step of `orderBy`, made by `step`: equal ones are one object."""

    place: Place
    descending: bool = False
    nulls_first: bool = False


@lru_cache(maxsize=8192)
def step(place: Place, descending: bool = False, nulls_first: bool = False) -> Order:
    """The Order of these properties."""
    return Order(place, descending, nulls_first)


@lru_cache(maxsize=512)
def both(one: Condition | None, other: Condition | None) -> Condition | None:
    """The condition that two conditions hold."""
    if one is None or other is None:
        return one or other
    return Condition(Every((one.node, other.node)), tuple(sorted({*one.touches, *other.touches})))
