"""Writing: sequences that create a row, look at it everywhere, change it, delete it, and ask for it once more.

They are sent only where both sides may be written to. Each begins with requests that must be refused and ends with the
row deleted, where the bundle has an operation for that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from random import Random
from typing import Any

from mockserver.bundle.operations import Operation, Role
from mockserver.bundle.reading import Spot
from mockserver.bundle.shapes import spot_of, success_media
from mockserver.compare.examples import with_holes
from mockserver.compare.inputs import questions as input_questions
from mockserver.compare.program import ABSENT, Program, Template
from mockserver.compare.questions import json_body, least, path_of, pointer, token_operation
from mockserver.probes.base import Contract
from mockserver.probes.pages import is_listing
from mockserver.probes.rows import sized
from mockserver.probes.samples import distinct, thinned
from mockserver.probes.searching import search_of
from mockserver.store.addresses import own_address
from mockserver.store.sampling import sample, valid

_CHANGING = (Role.UPDATE, Role.REPLACE)
_REFUSED = 4  # failed creates of each entity
_MOST_ROWS = 50


def writing(contract: Contract, seed: int) -> Program:
    """A sequence for each operation that creates rows: the same program for the same bundle and seed.

    Batches that create or change at once (role upsert) are sent twice with rows of their own and read back.
    """
    giving = token_operation(contract)
    made: list[Template] = []
    refused = [each for each in input_questions(contract, seed, writes=True) if each.valid is False]
    for operation in contract.bundle.operations:
        if operation is giving or operation.role not in (Role.CREATE, Role.UPSERT):
            continue
        dice = Random(f"{seed} {operation.id}")  # noqa: S311  texts that differ, no secret
        bad = [each.template for each in refused if each.template.operation == operation.label and each.template.actor]
        chosen = dice.sample(bad, min(_REFUSED, len(bad)))
        made += [replace(each, kind="write", about=f"refused: {each.about}") for each in chosen]
        made += (
            _sequence(contract, operation, dice) if operation.role is Role.CREATE else _batch(contract, operation, dice)
        )
    return Program(tuple(made), seed)


def _sequence(contract: Contract, create: Operation, dice: Random) -> Iterator[Template]:
    name = f"create {create.label}"
    yield _written(contract, create, "create", _body(contract, create, dice), name)
    row = _made(contract, create, name)
    reads = _of_role(contract, create, Role.READ)
    yield from _looked(contract, create, row, reads, "after it is created")
    for change in (each for role in _CHANGING for each in _of_role(contract, create, role)):
        body = _body(contract, change, dice)
        for about in ("change it", "change it again, alike"):
            yield _written(contract, change, about, body, path=_path(contract, change, row))
            yield from _read(contract, reads, row, f"after: {about}")
    for delete in _of_role(contract, create, Role.DELETE):
        body = _body(contract, delete, dice)
        yield _written(contract, delete, "delete it", body, path=_path(contract, delete, row))
        yield from _looked(contract, create, row, reads, "after it is deleted")
        yield _written(contract, delete, "delete it again", body, path=_path(contract, delete, row))
        break


def _batch(contract: Contract, upsert: Operation, dice: Random) -> Iterator[Template]:
    body = _body(contract, upsert, dice)
    for about in ("a batch", "the same batch again"):
        yield _written(contract, upsert, about, body)
        yield from _listed(contract, upsert, f"after: {about}")


def _written(
    contract: Contract, operation: Operation, about: str, body: Any, name: str = "", path: dict[str, Any] | None = None
) -> Template:
    template = least(contract, operation)
    return replace(
        template, about=about, kind="write", body=body, name=name, path=template.path if path is None else path
    )


def _body(contract: Contract, operation: Operation, dice: Random) -> Any:
    """A body that is taken: the bundle's example first; texts that name the row are this seed's own."""
    media = json_body(operation)
    if media is None or media.schema is None:
        return ABSENT
    shown = [value for value in media.examples.values() if valid(value, media.schema, contract.bundle)]
    body, spot = shown[0] if shown else sample(media.schema, contract.bundle, f"write {operation.id}"), spot_of(media)
    if not isinstance(body, dict):
        return body
    if not shown and spot is not None and operation.role is not Role.UPSERT:
        needed = thinned(contract.bundle.reader, spot, body)  # of parts that are made up some contradict each other
        plain = {name: value for name, value in body.items() if not isinstance(value, dict | list)}
        body = {**plain, **needed} if operation.role in _CHANGING else needed
    if operation.role is Role.UPSERT:
        return _own(body, dice.randrange(10**6, 10**7))
    return with_holes(contract, distinct(contract, media, body, dice))


def _own(value: Any, number: int, name: str = "") -> Any:
    """A batch whose rows are new: each id and reference in it is this seed's own."""
    if isinstance(value, dict):
        return {key: _own(inner, number, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [_own(inner, number + at, name) for at, inner in enumerate(value)]
    if isinstance(value, str) and re.search(r"(\A|_)(id|ref)\Z|Id\Z|Ref\Z", name):
        return f"{value}-{number}"
    return value


def _made(contract: Contract, create: Operation, name: str) -> dict[str, Any]:
    """Where the fields of the new row are: in the answer, else the key in its Location."""
    reader = contract.bundle.reader
    spot = spot_of(success_media(create.replies))
    item = create.shape.item or ()
    inside: Spot | None = reader.walk(spot, item) if spot is not None else None
    fields = reader.members(inside) if inside is not None else {}
    found: dict[str, Any] = {each: {"$from": {"step": name, "pointer": pointer(*item, each)}} for each in fields}
    key = contract.model[create.entity].key if create.entity and create.entity in contract.model else "id"
    if key not in found:
        found[key] = {"$from": {"step": name, "header": "Location"}}
    return found


def _path(contract: Contract, operation: Operation, row: dict[str, Any]) -> dict[str, Any]:
    """The path of an operation about the new row."""
    path = path_of(contract, operation)
    address = own_address(operation, contract.model)
    for parameter, column in address.parts if address is not None else ():
        if column in row:
            path[parameter] = row[column]
    return path


def _of_role(contract: Contract, create: Operation, role: Role) -> list[Operation]:
    return [
        each for each in contract.bundle.operations
        if each.role is role and each.entity == create.entity and own_address(each, contract.model) is not None
    ]  # fmt: skip


def _looked(
    contract: Contract, create: Operation, row: dict[str, Any], reads: list[Operation], when: str
) -> Iterator[Template]:
    yield from _read(contract, reads, row, when)
    yield from _listed(contract, create, when, row)


def _read(contract: Contract, reads: list[Operation], row: dict[str, Any], when: str) -> Iterator[Template]:
    for read in reads:
        template = least(contract, read)
        yield replace(template, about=f"read it {when}", kind="write", path=_path(contract, read, row))


def _listed(contract: Contract, create: Operation, when: str, row: dict[str, Any] | None = None) -> Iterator[Template]:
    """The lists of the entity, and a search for the row by its key."""
    for listing in contract.bundle.operations:
        if listing.entity != create.entity or not is_listing(contract, listing):
            continue
        template, paging, search = least(contract, listing), listing.paging, search_of(contract, listing)
        inputs = sized(listing, min(_MOST_ROWS, paging.max_size or _MOST_ROWS) if paging is not None else None)
        key = contract.model[listing.entity].key if listing.entity else ""
        if search is not None and row is not None and any(column.name == key for column in search.columns):
            inputs = {**inputs, search.where: {key: {"_eq": row[key]}}}
        if paging is not None and paging.where == "query":
            template = replace(template, query={**template.query, **inputs})
        elif isinstance(template.body, dict):
            template = replace(template, body={**template.body, **inputs})
        yield replace(template, about=f"list {when}", kind="write")
