"""Bindings: which operations give the values that others take, inferred from the bundle: who produces, who consumes.

Told by names and schemas (`/clients/{id}` takes what `clients[].id` gives, `clientId` in a query, a body or a condition
takes ids of clients, an object such as `systemRef` is taken whole), by declared links, and by `Location` headers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import unquote

from mockserver.bundle.operations import Operation, Parameter, Role
from mockserver.bundle.reading import Reader, Spot
from mockserver.bundle.shapes import json_media, row_spot, spot_of
from mockserver.environments.guard import reads
from mockserver.probes.base import Contract
from mockserver.store.addresses import own_address, parents_of
from mockserver.store.columns import is_comparison
from mockserver.store.model import Entity, Model
from mockserver.store.pointing import own_name, target_of

Place = Literal["path", "query", "header", "cookie", "body"]
How = Literal["key", "reference", "object", "value", "link"]
_LOCATED = frozenset({Role.CREATE, Role.UPSERT, Role.ACTION})
_DEEP = 5


@dataclass(frozen=True, slots=True)
class Producer:
    """A place of an answer that gives a field of an entity: `/clients/[]/id`, or `header:Location`.

    `whole`: the row is shown there itself; else it is only pointed at, or shown within another.
    """

    operation: str
    entity: str
    field: str
    pointer: str
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Consumer:
    """A value that a request takes: `name` is the parameter's, or a pointer into the body (`/where/clientId`).

    `how`: the key of a row that the path names, a reference to a row, a whole object of a row, the value of one of its
    fields, or what a declared link says (`entity` is "" and `field` its expression, `source` the operation it is of).
    """

    operation: str
    place: Place
    name: str
    entity: str
    field: str
    how: How
    source: str = ""


@dataclass(frozen=True, slots=True)
class Bindings:
    """All producers and consumers of a bundle, in the bundle's order."""

    produced: tuple[Producer, ...]
    consumed: tuple[Consumer, ...]
    aliases: Mapping[str, str]

    def producers(self, entity: str, field: str = "") -> tuple[Producer, ...]:
        """Where fields of an entity come from; rows shown by themselves first."""
        name = self.aliases.get(entity, entity)
        found = [each for each in self.produced if each.entity == name and field in ("", each.field)]
        return tuple(sorted(found, key=lambda each: not each.whole))

    def consumers(self, operation: str = "", *, entity: str = "", place: str = "") -> tuple[Consumer, ...]:
        """What requests take: of one operation (its label), of one entity's rows, in one place."""
        name = self.aliases.get(entity, entity)
        return tuple(
            each for each in self.consumed
            if operation in ("", each.operation) and name in ("", each.entity) and place in ("", each.place)
        )  # fmt: skip

    def source(self, operation: str, place: str, name: str) -> tuple[str, str] | None:
        """The (entity, field) that a parameter or a place of the body takes; None where nothing is known."""
        for each in self.consumers(operation, place=place):
            if each.name == name and each.entity:
                return each.entity, each.field
        return None


def bindings(contract: Contract) -> Bindings:
    """Everything that the bundle tells of who gives what to whom."""
    produced: list[Producer] = []
    consumed: list[Consumer] = []
    for operation in contract.bundle.operations:
        produced += _produced(contract, operation)
        consumed += _consumed(contract, operation)
        consumed += _linked(contract, operation)
    return Bindings(tuple(dict.fromkeys(produced)), tuple(dict.fromkeys(consumed)), contract.model.aliases)


def render(found: Bindings) -> str:
    """The bindings for people: by entity, what gives what is taken, and what takes it; then the declared links."""
    lines: list[str] = []
    for entity in dict.fromkeys(each.entity for each in found.consumed if each.how not in ("value", "link")):
        takers = [each for each in found.consumers(entity=entity) if each.how != "value"]
        fields = {each.field for each in takers}
        givers = [each for each in found.producers(entity) if each.field in fields]
        whole = [each for each in givers if each.whole]
        lines.append(entity)
        lines += [f"  from {each.operation}  {each.pointer}" for each in whole]
        if len(givers) > len(whole):
            lines.append(f"  from {len(givers) - len(whole)} places where rows of others point at it")
        lines += [f"  to   {each.operation}  {each.place} {each.name}  ({each.field})" for each in takers]
        if not givers:
            lines.append("  nothing gives it: values have to be named")
    links = [each for each in found.consumed if each.how == "link"]
    lines += ["links"] if links else []
    lines += [f"  {each.source} -> {each.operation}  {each.place} {each.name} = {each.field}" for each in links]
    return "\n".join(lines) + "\n"


# -- producers --


def _produced(contract: Contract, operation: Operation) -> Iterator[Producer]:
    model = contract.model
    if operation.entity is None or operation.entity not in model:
        return
    entity, reader = model[operation.entity], contract.bundle.reader
    spot = row_spot(reader, operation)
    if spot is not None and operation.role not in (Role.DELETE, Role.OTHER):
        rows = operation.shape.rows
        base = "".join(f"/{name}" for name in (rows if rows is not None else operation.shape.item) or ())
        yield from _of_row(model, entity, reader, spot, (operation.label, base + ("/[]" if rows is not None else "")))
    if operation.role in _LOCATED and not reads(operation) and _has_location(operation):
        yield Producer(operation.label, entity.name, entity.key, "header:Location")


def _of_row(
    model: Model, entity: Entity, reader: Reader, spot: Spot, where: tuple[str, str], deep: int = 0
) -> Iterator[Producer]:
    """What a row shows: its own fields, the keys of the rows it points at, the rows it shows within itself."""
    label, base = where
    for name, below in reader.members(spot).items():
        own = entity.spelled(name)
        relation = entity.relations.get(own or "")
        if relation is not None and relation.target in model and deep == 0:
            inner = reader.items(below) if relation.many else below
            if inner is not None:
                place = f"{base}/{name}{'/[]' if relation.many else ''}"
                yield from _of_row(model, model[relation.target], reader, inner, (label, place), deep + 1)
            continue
        if own in entity.fields:
            yield Producer(label, entity.name, str(own), f"{base}/{name}", whole=deep == 0)
        found = _pointed(model, entity, name)
        if found is not None and (found != entity.name or own != entity.key):
            yield Producer(label, found, model[found].key, f"{base}/{name}", whole=False)


def _pointed(model: Model, entity: Entity | None, name: str) -> str | None:
    """The entity whose keys a property holds: as the entity's relations say, else by its name."""
    own = entity.spelled(name) if entity is not None else None
    for relation in entity.relations.values() if entity is not None else ():
        if relation.column == own and not relation.many and relation.target in model:
            return own_name(model, relation.target)
    target = target_of(model, name)
    return target[0] if target is not None else None


def _has_location(operation: Operation) -> bool:
    declared = [name.lower() for reply in operation.replies.values() for name in reply.headers]
    made = operation.replies.get("201")
    return "location" in declared or (made is not None and made.body is None)


# -- consumers --


def _consumed(contract: Contract, operation: Operation) -> Iterator[Consumer]:
    yield from _in_path(contract, operation)
    known = operation.entity is not None and operation.entity in contract.model
    entity = contract.model[operation.entity or ""] if known else None
    for parameter in operation.parameters:
        if parameter.location != "path":
            place = operation.label, parameter.location, parameter.name
            yield from _named(contract, entity, place, _spot(parameter))
    body = spot_of(json_media(operation.request.content)) if operation.request is not None else None
    if body is not None:
        yield from _in_body(contract, operation, entity, body)


def _spot(parameter: Parameter) -> Spot:
    return Spot(parameter.schema if isinstance(parameter.schema, Mapping) else {}, parameter.pointer)


def _in_path(contract: Contract, operation: Operation) -> Iterator[Consumer]:
    model = contract.model
    own = own_address(operation, model)
    taken: set[str] = set()
    addresses = [own, *(parent.address for parent in parents_of(operation, model))]
    for address in addresses:
        for parameter, column in address.parts if address is not None else ():
            if parameter not in taken and address is not None:
                taken.add(parameter)
                yield Consumer(operation.label, "path", parameter, address.entity, column, "key")
    for parameter, parent in operation.parents:
        if parameter not in taken and parent in model:
            taken.add(parameter)
            yield Consumer(operation.label, "path", parameter, own_name(model, parent), model[parent].key, "key")
    for each in operation.parameters:
        if each.location == "path" and each.name not in taken:
            yield from _named(contract, None, (operation.label, "path", each.name), _spot(each))


def _in_body(contract: Contract, operation: Operation, entity: Entity | None, body: Spot) -> Iterator[Consumer]:
    """The references, whole objects and fields in a body; conditions by the property that they are about."""
    reader, model = contract.bundle.reader, contract.model

    def below(spot: Spot, pointer: str, owner: Entity | None, seen: frozenset[str]) -> Iterator[Consumer]:
        identity = reader.identity(spot)
        if identity in seen or len(seen) >= _DEEP:
            return
        for name, member in reader.members(spot).items():
            place = operation.label, "body", f"{pointer}/{name}"
            named = list(_named(contract, owner, place, member))
            yield from named
            if is_comparison(reader, member) or any(each.how == "object" for each in named):
                continue
            inner = reader.items(member) if reader.kind(member) == "array" else member
            relation = owner.relations.get(owner.spelled(name) or "") if owner is not None else None
            heir = model[relation.target] if relation is not None and relation.target in model else owner
            if inner is not None:
                mark = "/[]" if inner is not member else ""
                yield from below(inner, f"{pointer}/{name}{mark}", heir, seen | {identity})

    yield from below(body, "", entity, frozenset())


def _named(
    contract: Contract, owner: Entity | None, place: tuple[str, Any, str], spot: Spot
) -> Iterator[Consumer]:  # fmt: skip
    """What a name takes: a reference to a row, a whole object of the owner's rows, a value of one of their fields."""
    label, location, shown = place
    model, reader = contract.model, contract.bundle.reader
    name, kind = shown.rpartition("/")[2], reader.kind(spot)
    compared = is_comparison(reader, spot)
    found = _pointed(model, owner, name)
    if found is not None:
        key = model[found].fields[model[found].key]
        if compared or (kind in ("", key.type) and reader.keyword(spot, "enum") is None):
            yield Consumer(label, location, shown, found, key.name, "reference")
        return
    own = owner.spelled(name) if owner is not None else None
    if owner is None or own not in owner.fields:
        return
    column = owner.fields[str(own)]
    if column.type == kind == "object" and column.inner and not compared:
        yield Consumer(label, location, shown, owner.name, column.name, "object")
    elif column.type not in ("object", "array") and (compared or kind in ("", column.type)):
        yield Consumer(label, location, shown, owner.name, column.name, "value")


def _linked(contract: Contract, operation: Operation) -> Iterator[Consumer]:
    """What declared links hand on (OpenAPI 3.1, Link Object)."""
    declared = [link for reply in operation.replies.values() for link in reply.links.values()]
    for given in declared:
        link = contract.bundle.reader.follow(Spot(given, "")).node if isinstance(given, Mapping) else {}
        target = _target(contract, link)
        if target is None:
            continue
        for name, expression in (link.get("parameters") or {}).items():
            place, _, plain = name.rpartition(".")
            where: Any = place or next((each.location for each in target.parameters if each.name == plain), "query")
            yield Consumer(target.label, where, plain, "", str(expression), "link", operation.label)
        if "requestBody" in link:
            yield Consumer(target.label, "body", "", "", str(link["requestBody"]), "link", operation.label)


def _target(contract: Contract, link: Mapping[str, Any]) -> Operation | None:
    operations = contract.bundle.operations
    if isinstance(link.get("operationId"), str):
        return operations.get(link["operationId"])
    reference = str(link.get("operationRef", ""))
    parts = [unquote(part).replace("~1", "/").replace("~0", "~") for part in reference.partition("#")[2].split("/")]
    if len(parts) == 4 and parts[1] == "paths":
        return operations.at(parts[3].upper(), parts[2])
    return None
