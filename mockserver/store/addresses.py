"""Addresses: which row the parameters of a path name: `/orgs/{org}`, `/repos/{owner}/{repo}`, `/teams/{team_slug}`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from mockserver.bundle.operations import Operation
from mockserver.problems import Refusal
from mockserver.store.memory import Store
from mockserver.store.model import Entity, Field, Model, Row, normal

_ID = re.compile(r"(\A|_)(id|ids|uuid|guid)\Z")
_WHOLE = re.compile(r"-?\d{1,18}\Z")
# What people call a row by, where a path names it by a text that is no id.
_NATURAL = ("slug", "login", "username", "user_name", "handle", "code", "key", "name", "title")


@dataclass(frozen=True, slots=True)
class Address:
    """How path parameters name one row of an entity: by `column`, and `beside` it by what tells namesakes apart.

    `key` is the entity's key, by which a row is known as well.
    """

    entity: str
    key: Field
    parameter: str
    column: str
    beside: tuple[tuple[str, str], ...] = ()

    def row(self, path: Mapping[str, Any], store: Store) -> Row | None:
        """The row that a path names; None where there is none."""
        value = path[self.parameter]
        if self.column != self.key.name:
            for row in store.by(self.entity, self.column, value):
                if self._agrees(row, path):
                    return row
        found = store.get(self.entity, as_type(value, self.key.type))
        return found if found is not None and self._agrees(found, path) else None

    @property
    def parts(self) -> tuple[tuple[str, str], ...]:
        """All of them: (parameter, column)."""
        return ((self.parameter, self.column), *self.beside)

    def given(self, path: Mapping[str, Any]) -> dict[str, Any]:
        """What the path says of the row that it names."""
        return {column: path[parameter] for parameter, column in self.parts}

    def _agrees(self, row: Row, path: Mapping[str, Any]) -> bool:
        return all(str(row.get(column)) == str(path[name]) for name, column in self.beside)


@dataclass(frozen=True, slots=True)
class Parent:
    """A row in whose path others live: these hold its key in `column`, a field of type `kind`."""

    parameter: str
    column: str
    kind: str
    address: Address | None

    entity: str
    refuses: bool

    def key(self, path: Mapping[str, Any], store: Store) -> Any:
        """What the column of its children holds; None where there is no such row.

        Refusal(404) instead where the operation declares one.
        """
        value = path[self.parameter]
        if self.address is not None:
            row = self.address.row(path, store)
            value = row[self.address.key.name] if row is not None else None
        held = as_type(value, self.kind)
        if held is None and self.refuses:
            name = path[self.parameter]
            raise Refusal(404, f"There is no {self.entity} {name!r}.", code="MS108", reason="NOT_FOUND")
        return held


def own_address(operation: Operation, model: Model) -> Address | None:
    """The address of the row that an operation is about; None where its path names none."""
    if operation.entity is None or operation.entity not in model or not operation.key:
        return None
    return _address(operation, operation.key, model[operation.entity])


def parents_of(operation: Operation, model: Model) -> tuple[Parent, ...]:
    """The parents that the path of an operation names, where the entity has a column for them."""
    if operation.entity is None or operation.entity not in model:
        return ()
    entity = model[operation.entity]
    found = []
    for parameter, parent in operation.parents:
        column = entity.spelled(f"{parent}Id") or entity.spelled(parameter)
        if column in entity.fields and parameter != operation.key:
            address = _address(operation, parameter, model[parent]) if parent in model else None
            refuses = operation.reply(404) is not None
            found.append(Parent(parameter, column, entity.fields[column].type, address, parent, refuses))
    return tuple(found)


def names_of(entity: Entity, operations: Iterable[Operation]) -> tuple[str, ...]:
    """The columns besides the key by which paths name rows of an entity."""
    own = (_address(each, each.key, entity) for each in operations if each.entity == entity.name and each.key)
    return tuple(dict.fromkeys(address.column for address in own if address.column != entity.key))


def as_type(value: Any, kind: str) -> Any:
    """A value of a path as a column of a type holds it; None where it cannot."""
    if kind in ("integer", "number") and isinstance(value, str):
        return int(value) if _WHOLE.match(value) else None
    return str(value) if kind == "string" and isinstance(value, int) and not isinstance(value, bool) else value


def _address(operation: Operation, parameter: str, entity: Entity) -> Address:
    kinds = {p.name: p.schema.get("type") for p in operation.parameters if isinstance(p.schema, Mapping)}
    kind = kinds.get(parameter)
    column = _column(entity, parameter, kind if isinstance(kind, str) else "")
    beside = (
        (name, own)
        for name in operation.beside.get(parameter, ())
        if (own := entity.spelled(name)) in entity.fields and own != column and is_plain(entity.fields[own])
    )
    return Address(entity.name, entity.fields[entity.key], parameter, column, tuple(beside))


def _column(entity: Entity, parameter: str, kind: str) -> str:
    """The column that a parameter names: the key by its name, or what people call a row by."""
    key = entity.fields[entity.key]
    if normal(parameter) == normal(key.name) or (key.shown and _ID.search(normal(parameter))):
        return key.name
    by_name = column_named({normal(name): field for name, field in entity.fields.items()}, parameter, entity.name, kind)
    if by_name and (normal(parameter) != entity.name or not (key.shown and _fits(key, kind))):
        return entity.spelled(by_name) or key.name
    return key.name


def column_named(fields: Mapping[str, Field], parameter: str, entity: str, kind: str) -> str:
    """The column (by its normal name) that a path parameter other than an id names; "" where none does.

    That of its own name or what is left of it without the entity's (`team_slug` is the `slug` of a team), else where
    the parameter is a text the one by which people call a row: `slug`, `login`, ..., `name`.
    """
    plain = normal(parameter)
    if _ID.search(plain):
        return ""
    words = entity.split("_")
    heads = ["_".join(words[at:]) + "_" for at in range(len(words))]
    names = [plain, *(plain[len(head) :] for head in heads if plain.startswith(head))]
    for name in names:
        if name in fields and _fits(fields[name], kind):
            return name
    if kind not in ("", "string"):
        return ""
    return next((n for n in _NATURAL if n in fields and _fits(fields[n], "string") and not fields[n].values), "")


def is_plain(field: Field | None) -> bool:
    """Whether a column holds single values."""
    return field is not None and field.type in ("string", "integer", "number", "boolean")


def _fits(field: Field, kind: str) -> bool:
    return is_plain(field) and (not kind or kind == field.type or {kind, field.type} == {"integer", "number"})
