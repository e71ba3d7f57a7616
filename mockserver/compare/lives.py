"""Lives: what happens to a row from before it is created until after it is deleted, and what is looked at meanwhile."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from mockserver.bundle.operations import Operation, Role
from mockserver.bundle.reading import Spot
from mockserver.bundle.shapes import spot_of, success_media
from mockserver.compare.boundaries import Admission
from mockserver.compare.makings import Body, Makings, Numbers, renewed_marks
from mockserver.compare.program import Template
from mockserver.compare.questions import least, path_of, pointer
from mockserver.environments.removing import removal
from mockserver.probes.base import Contract
from mockserver.probes.pages import is_listing
from mockserver.probes.rows import sized
from mockserver.probes.samples import members, required
from mockserver.probes.searching import search_of
from mockserver.store.addresses import own_address
from mockserver.store.model import normal

_CHANGING = (Role.UPDATE, Role.REPLACE)
_MOST_ROWS = 200
_PROPERTIES = 4  # that are changed one by one
_UNKNOWN = "noSuchProperty"
BASIC, USUAL, FURTHER, LAST = range(4)

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Act:
    """A step of a sequence; the lower its level, the sooner it is asked where there is not room for all."""

    template: Template
    level: int


@dataclass(slots=True)
class Life:
    """The sequence of an operation that creates one row; `actors` may ask beside the one who may write."""

    contract: Contract
    create: Operation
    admission: Admission
    numbers: Numbers
    actors: Sequence[str] = ()
    refused: Sequence[Template] = ()

    def acts(self) -> Iterator[Act]:
        """All acts, in order."""
        makings = Makings(self.contract, self.create, self.admission, self.numbers)
        stays = removal(self.create, self.contract.bundle.operations) is None  # then as few rows as can be
        yield from self._listed("before", level=USUAL)
        yield from self._in_vain(makings)
        if not stays:
            yield from self._least(makings)
        whole = [makings.named(body) for body in makings.whole()]
        if not whole:
            return
        name = f"{self.create.label} whole"
        yield from self._create(makings, "create it whole", whole, name, BASIC)
        row = self._row(name)
        yield from self._looked(row, whole[0], "after it is created")
        if not stays:
            yield from self._again(name)
            yield from self._variants(makings, whole)
        yield from self._changed(row, whole[0])
        yield from self._deleted(row, name)

    # -- creating --

    def _in_vain(self, makings: Makings) -> Iterator[Act]:
        """Creations that must be refused, and leave nothing behind."""
        for each in (each for each in self.refused if each.operation == self.create.label):
            yield Act(replace(each, about=f"refused: {each.about}", kind="write"), FURTHER)
        for body in makings.whole()[:1]:
            for actor in ("", *self.actors):
                about = f"create it as {actor or 'nobody'}"
                yield self._act(self.create, about, makings.finished(makings.named(body)), actor=actor, level=USUAL)
        yield from self._listed("after refusals", level=FURTHER)

    def _least(self, makings: Makings) -> Iterator[Act]:
        bodies = [makings.named(body) for body in makings.least()]
        name = f"{self.create.label} least"
        yield from self._create(makings, "create one with as little as it takes", bodies, name, USUAL)
        row = self._row(name)
        yield from self._read(row, "with as little as it takes", level=USUAL)
        yield from self._delete(row, "the one with as little as it takes", level=USUAL)

    def _create(self, makings: Makings, about: str, bodies: Sequence[Body], name: str, level: int) -> Iterator[Act]:
        """A creation; where the sides do not both take the first body, the others are tried."""
        for at, body in enumerate(bodies):
            told = about if at == 0 else f"{about}, another body ({at})"
            yield self._act(self.create, told, makings.finished(body), name=name, otherwise=at > 0, level=level)

    def _again(self, before: str) -> Iterator[Act]:
        """The same once more: a conflict, or another row."""
        name = f"{self.create.label} twice"
        yield self._act(self.create, "create the same once more", _sent(before), name=name, level=USUAL)
        yield from self._listed("after the same once more", level=LAST)
        yield from self._delete(self._row(name), "the same once more", level=USUAL)

    def _variants(self, makings: Makings, whole: Sequence[Body]) -> Iterator[Act]:
        """Values that are often stored otherwise than they were sent."""
        for about, bodies in makings.variants(whole[:2]):
            name = f"{self.create.label} with {about}"
            fresh = [renewed_marks(each, self.numbers) for each in bodies]
            yield from self._create(makings, f"create one with {about}", fresh, name, FURTHER)
            row = self._row(name)
            yield from self._read(row, f"with {about}", level=FURTHER)
            yield from self._delete(row, f"the one with {about}", level=FURTHER)

    # -- changing --

    def _changed(self, row: Row, created: Body) -> Iterator[Act]:
        for change in (each for role in _CHANGING for each in self._of_role(role)):
            makings = Makings(self.contract, change, self.admission, self.numbers)
            for body in makings.whole()[:1]:
                usual = {name: True for name, value in body.items() if isinstance(value, bool)}
                told = {name: value for name, value in {**usual, **created}.items() if name in body}
                yield from self._changes(change, makings, {**makings.named(body), **told}, row)

    def _changes(self, change: Operation, makings: Makings, whole: Body, row: Row) -> Iterator[Act]:
        """One property after the other, all together, the same again, and what must not change anything."""
        needed, own = required(self.contract, change), self._address(change)
        whole = {name: value for name, value in whole.items() if name not in own or name in needed}
        base = whole if change.role is Role.REPLACE else {n: v for n, v in whole.items() if n in needed}
        others = [(name, value) for name, value in makings.others(whole, _PROPERTIES) if name not in own]
        steps = [(f"change {name} alone", {**base, name: value}, USUAL) for name, value in others]
        everything = {**base, **dict(_sure(makings, whole, others))}
        steps += [("change all", everything, BASIC), ("change all again, alike", everything, BASIC)]
        for about, found in makings.variants([whole]):
            changed = {name: value for name, value in found[0].items() if value != whole[name]}
            steps.append((f"change it to have {about}", {**base, **changed}, FURTHER))
        steps += [("an unknown property", {**base, _UNKNOWN: 1}, FURTHER), ("change nothing", base, FURTHER)]
        path = self._path(change, row)
        for about, body, level in steps:
            yield self._act(change, about, makings.finished(body), path=path, level=level)
            yield from self._read(row, f"after: {about}", level=level)
        for actor in ("", *self.actors):
            about = f"change it as {actor or 'nobody'}"
            yield self._act(change, about, makings.finished(everything), path=path, actor=actor, level=USUAL)
        yield from self._wrong(change, row)
        yield from self._read(row, "after changes in vain", level=LAST)
        yield from self._listed("after it is changed", row, level=FURTHER)

    def _wrong(self, operation: Operation, row: Row) -> Iterator[Act]:
        """Requests about the row that must be refused."""
        own = self._path(operation, row)
        for each in (each for each in self.refused if each.operation == operation.label):
            path = {name: own[name] if "$row" in json.dumps(value) else value for name, value in each.path.items()}
            yield Act(replace(each, about=f"refused: {each.about}", kind="write", path=path), LAST)

    # -- deleting --

    def _deleted(self, row: Row, before: str) -> Iterator[Act]:
        for delete in self._of_role(Role.DELETE)[:1]:
            for actor in ("", *self.actors):
                yield self._without_body(delete, f"delete it as {actor or 'nobody'}", row, actor=actor, level=USUAL)
            yield from self._wrong(delete, row)
            yield self._without_body(delete, "delete it", row, level=BASIC)
            yield from self._read(row, "after it is deleted", level=BASIC)
            yield from self._listed("after it is deleted", row, level=USUAL)
            yield self._without_body(delete, "delete it again", row, level=BASIC)
            for change in (each for role in _CHANGING for each in self._of_role(role)[:1]):
                path = self._path(change, row)
                for body in self._gone(change):
                    yield self._act(change, "change it after it is deleted", body, path=path, level=USUAL)
            yield from self._read(row, "after all", level=FURTHER)
            name = f"{self.create.label} once more"
            yield self._act(self.create, "create it once more", _sent(before), name=name, level=USUAL)
            again = self._row(name)
            yield from self._read(again, "once more", level=FURTHER)
            yield from self._delete(again, "the one that came once more", level=USUAL)
            yield from self._listed("after all", level=LAST)

    def _gone(self, change: Operation) -> Iterator[Any]:
        """A change that is taken where the row is there."""
        makings = Makings(self.contract, change, self.admission, self.numbers)
        for whole in makings.whole()[:1]:
            body, needed = makings.named(whole), required(self.contract, change)
            sure = list(_sure(makings, body, list(makings.others(body, _PROPERTIES))))[:1]
            base = body if change.role is Role.REPLACE else {n: v for n, v in body.items() if n in needed}
            yield makings.finished({**base, **dict(sure)})

    def _delete(self, row: Row, about: str, level: int) -> Iterator[Act]:
        for delete in self._of_role(Role.DELETE)[:1]:
            yield self._without_body(delete, f"delete {about}", row, level=level)

    def _without_body(self, delete: Operation, about: str, row: Row, *, level: int, actor: str = "default") -> Act:
        return self._act(delete, about, least(self.contract, delete).body, path=self._path(delete, row), actor=actor,
                         level=level)  # fmt: skip

    # -- looking --

    def _looked(self, row: Row, body: Body, when: str) -> Iterator[Act]:
        yield from self._read(row, when, level=BASIC)
        yield from self._listed(when, row, level=BASIC)
        yield from self._filtered(row, body, when)

    def _read(self, row: Row, when: str, *, level: int) -> Iterator[Act]:
        for read in self._of_role(Role.READ):
            template = least(self.contract, read)
            made = replace(template, about=f"read it {when}", kind="write", path=self._path(read, row))
            yield Act(made, level)

    def _listed(self, when: str, row: Row | None = None, *, level: int) -> Iterator[Act]:
        """The lists of the entity; with a row searches ask for its key alone."""
        yield from (Act(each, level) for each in listed(self.contract, self.create.entity, when, row))

    def _filtered(self, row: Row, body: Body, when: str) -> Iterator[Act]:
        """Lists and searches that ask for the row by what was written."""
        told = [name for name, value in body.items() if isinstance(value, str) and name in row]
        for listing in _listings(self.contract, self.create.entity):
            template, search = least(self.contract, listing), search_of(self.contract, listing)
            known = {normal(name): name for name in told}
            for parameter in listing.parameters:
                if parameter.location == "query" and normal(parameter.name) in known:
                    query = {**template.query, parameter.name: row[known[normal(parameter.name)]]}
                    yield Act(replace(template, about=f"list by {parameter.name} {when}", kind="write", query=query),
                              USUAL)  # fmt: skip
            columns = {column.name for column in search.columns} if search is not None else set()
            for name in [name for name in told if name in columns][:1]:
                if search is not None and isinstance(template.body, dict):
                    where = {**template.body, search.where: {name: {"_eq": row[name]}}}
                    yield Act(replace(template, about=f"search by {name} {when}", kind="write", body=where), USUAL)

    # -- inside --

    def _act(
        self, operation: Operation, about: str, body: Any, *, path: dict[str, Any] | None = None, name: str = "",
        actor: str = "default", otherwise: bool = False, level: int,
    ) -> Act:  # fmt: skip
        template = least(self.contract, operation)
        made = replace(template, about=about, kind="write", body=body, name=name, actor=actor, otherwise=otherwise,
                       path=template.path if path is None else path)  # fmt: skip
        return Act(made, level)

    def _row(self, name: str) -> Row:
        """Where the fields of a new row are: in the answer, else the key in its Location."""
        reader, create = self.contract.bundle.reader, self.create
        spot = spot_of(success_media(create.replies))
        item = create.shape.item or ()
        inside: Spot | None = reader.walk(spot, item) if spot is not None else None
        fields = reader.members(inside) if inside is not None else {}
        found: Row = {each: {"$from": {"step": name, "pointer": pointer(*item, each)}} for each in fields}
        known = create.entity is not None and create.entity in self.contract.model
        key = self.contract.model[create.entity or ""].key if known else "id"
        if key not in found:
            found[key] = {"$from": {"step": name, "header": "Location"}}
        return found

    def _address(self, operation: Operation) -> set[str]:
        """The properties by which the operation's path names a row: they stay as they are."""
        address = own_address(operation, self.contract.model)
        columns = {column for _, column in address.parts} if address is not None else set()
        return {name for name in members(self.contract, operation) if normal(name) in {normal(c) for c in columns}}

    def _path(self, operation: Operation, row: Row) -> dict[str, Any]:
        return path_to(self.contract, operation, row)

    def _of_role(self, role: Role) -> list[Operation]:
        return [
            each for each in self.contract.bundle.operations
            if each.role is role and each.entity == self.create.entity
            and own_address(each, self.contract.model) is not None
        ]  # fmt: skip


def _sent(name: str) -> dict[str, Any]:
    """The body that an earlier step sent, whichever of several both sides took."""
    return {"$from": {"step": name, "sent": ""}}


def _sure(makings: Makings, body: Body, others: Sequence[tuple[str, Any]]) -> Iterator[tuple[str, Any]]:
    """Those of other values that a server can hardly refuse: no words for programs, nothing that has parts."""
    prose = {leaf.path[0] for leaf in makings.leaves(body) if len(leaf.path) == 1 and makings.is_prose(leaf)}
    for name, value in others:
        parts = value if isinstance(value, list) else [value]
        if not any(isinstance(part, dict | list) for part in parts) and (not isinstance(value, str) or name in prose):
            yield name, value


def path_to(contract: Contract, operation: Operation, row: Row) -> dict[str, Any]:
    """The path of an operation about a new row."""
    path = path_of(contract, operation)
    address = own_address(operation, contract.model)
    for parameter, column in address.parts if address is not None else ():
        if column in row:
            path[parameter] = row[column]
    return path


def listed(contract: Contract, entity: str | None, when: str, row: Row | None = None) -> Iterator[Template]:
    """The lists of an entity, each with as many rows as it shows at once; searches for a row by its key."""
    for listing in _listings(contract, entity):
        template, paging, search = least(contract, listing), listing.paging, search_of(contract, listing)
        inputs = sized(listing, min(_MOST_ROWS, paging.max_size or _MOST_ROWS) if paging is not None else None)
        key = contract.model[listing.entity].key if listing.entity else ""
        if search is not None and row is not None and any(column.name == key for column in search.columns):
            if "header" in json.dumps(row.get(key)):
                continue
            inputs = {**inputs, search.where: {key: {"_eq": row[key]}}}
        if paging is not None and paging.where == "query":
            template = replace(template, query={**template.query, **inputs})
        elif isinstance(template.body, dict):
            template = replace(template, body={**template.body, **inputs})
        yield replace(template, about=f"list {when}", kind="write")


def _listings(contract: Contract, entity: str | None) -> Iterator[Operation]:
    known = entity is not None and entity in contract.model
    yield from (each for each in contract.bundle.operations
                if known and each.entity == entity and is_listing(contract, each))  # fmt: skip
