"""The columns of an entity: the union of all schemas that show, take, search or sort its rows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from mockserver.bundle.operations import Operation, Role
from mockserver.bundle.reading import Reader, Spot
from mockserver.bundle.shapes import json_media, row_spot, spot_of
from mockserver.store.model import Field, normal

CONDITIONS = ("where", "filter", "filters", "criteria", "conditions")
ORDERS = ("order_by", "orderby", "sort", "sort_by", "order")
_TEXT_SEARCHES = frozenset({"search", "q", "query", "keyword", "text", "term", "expand", "include", "fields", "select"})
_BOUNDS = "start|end|from|to|since|until|before|after|min|max"
_RANGE = re.compile(rf"\A({_BOUNDS})(_|\Z)|_({_BOUNDS}|[gl]te?)\Z")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_WRITES = (Role.CREATE, Role.REPLACE, Role.UPDATE)
_SHOWING = frozenset({"x-seen-values", "examples", "x-inferred-values", "example", "const"})
_DEEP = 3
_SEEN = 24


class Columns:
    """Collects the fields of one entity, under one spelling each."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self.fields: dict[str, Field] = {}  # by normal spelling
        self.conditions: list[Spot] = []  # the `where` schemas
        self._named: set[str] = set()  # those that a detail shows: their spelling stays

    def collect(self, operations: Iterable[Operation]) -> None:
        """Take in all operations of the entity: what reads show first, then lists, bodies, searches, examples."""
        order = {Role.READ: 0, Role.CREATE: 1, Role.REPLACE: 1, Role.UPDATE: 1}
        ranked = sorted(operations, key=lambda operation: order.get(operation.role, 2))
        for operation in ranked:
            if operation.role in (Role.READ, Role.LIST, Role.SEARCH, *_WRITES):
                self._rows(row_spot(self._reader, operation), shown=True)
            if operation.role is Role.READ:
                self._named |= self.fields.keys()
        for operation in ranked:
            body = spot_of(json_media(operation.request.content)) if operation.request else None
            if body is not None and operation.role in _WRITES:
                self._rows(_unwrapped(self._reader, body, operation), shown=False)
            elif body is not None and operation.role in (Role.LIST, Role.SEARCH):
                self._asked(operation, self._reader.members(body), plain=True)
            if operation.role in (Role.LIST, Role.SEARCH):
                query = {p.name: Spot(p.schema, p.pointer) for p in operation.parameters
                         if p.location == "query" and isinstance(p.schema, Mapping)}  # fmt: skip
                self._asked(operation, query, plain=False)
        for operation in ranked:
            self._examples(operation)

    def add(self, name: str, found: Field) -> None:
        """Take in one column, or what a further mention of it says."""
        key = normal(name)
        known = self.fields.get(key)
        if known is None:
            self.fields[key] = replace(found, name=name)
        else:
            kept = known.name if key in self._named or not _camel(known.name, name) else name
            self.fields[key] = _merged(known, kept, found)

    def _rows(self, spot: Spot | None, *, shown: bool) -> None:
        for name, member in self._reader.members(spot).items() if spot is not None else ():
            self.add(name, field_of(self._reader, name, member, shown=shown))

    def _asked(self, operation: Operation, inputs: Mapping[str, Spot], *, plain: bool) -> None:
        """Columns that a list is filtered or sorted by; those in the query only where their name is a column's."""
        paging = operation.paging
        taken = (
            {paging.page, paging.offset, paging.cursor, paging.before, *paging.sizes} if paging is not None else set()
        )
        for name, spot in inputs.items():
            key = normal(name)
            if key in CONDITIONS and self._reader.kind(spot) in ("object", ""):
                self.ask(spot)
            elif key in ORDERS:
                self._orders(spot)
            elif name in taken or key in _TEXT_SEARCHES or self._reader.kind(spot) in ("object", "array"):
                continue
            elif key in self.fields or ((plain or key.endswith("_id")) and not _RANGE.search(key)):
                made = field_of(self._reader, name, spot, shown=False)
                self.add(name, replace(made, values=(), seen=made.values + made.seen))

    def related(self) -> Iterator[tuple[str, Spot]]:
        """The relations that `where` schemas name, each with the condition on the related rows."""
        for where in self.conditions:
            for name, spot in self._reader.members(where).items():
                if not name.startswith("_") and (is_condition(self._reader, spot) or is_glimpse(self._reader, spot)):
                    yield name, spot

    def ask(self, spot: Spot) -> None:
        """Take in a `where` schema."""
        self.conditions.append(spot)
        for name, member in self._reader.members(spot).items():
            if not name.startswith("_") and is_comparison(self._reader, member):
                self.add(name, _compared(self._reader, name, member))

    def _orders(self, spot: Spot) -> None:
        items = self._reader.items(spot) or spot
        for name, member in self._reader.members(items).items():
            if normal(name) not in self.fields and self._reader.kind(member) == "string":
                self.add(name, _guessed(name, None))

    def _examples(self, operation: Operation) -> None:
        """What example requests filter and sort by."""
        for media in operation.request.content if operation.request else ():
            schema = media.schema if isinstance(media.schema, Mapping) else {}
            for example in (*media.examples.values(), *schema.get("examples", ())):
                for key, value in example.items() if isinstance(example, Mapping) else ():
                    if normal(key) in CONDITIONS:
                        for name, operand in _operands(value):
                            self.add(name, _guessed(name, operand))
                    elif normal(key) in ORDERS:
                        for part in value if isinstance(value, list) else [value]:
                            for name in part if isinstance(part, Mapping) else ():
                                if normal(name) not in self.fields:
                                    self.add(name, _guessed(name, None))


def field_of(reader: Reader, name: str, spot: Spot, *, shown: bool = True, depth: int = 0) -> Field:
    """The column that a property's schema declares."""
    kind = reader.kind(spot)
    values = reader.keyword(spot, "enum")
    holder = reader.items(spot) if kind == "array" else spot
    inner: dict[str, Field] = {}
    if kind in ("object", "array") and holder is not None and depth < _DEEP:
        inner = _inner(reader, reader.follow(holder), shown, depth + 1)
    return Field(
        name=name,
        type=kind or "string",
        format=str(reader.keyword(spot, "format") or ""),
        nullable=reader.nullable(spot),
        values=tuple(value for value in values if value is not None) if isinstance(values, list) else (),
        seen=_seen(reader, spot) if kind not in ("object", "array") else (),
        schema=reader.follow(spot).node,
        inner=inner,
        shown=shown,
    )


def _inner(reader: Reader, holder: Spot, shown: bool, depth: int) -> dict[str, Field]:
    known: dict[str, Field] | None = reader.memo.get((holder.pointer, shown, depth))
    if known is None:
        members = reader.members(holder).items()
        known = {name: field_of(reader, name, member, shown=shown, depth=depth) for name, member in members}
        reader.memo[holder.pointer, shown, depth] = known
    return known


def is_comparison(reader: Reader, spot: Spot) -> bool:
    """Whether a schema takes operators and operands (`{_eq: ...}`)."""
    members = reader.members(spot)
    return bool(members) and all(name.startswith("_") for name in members) and "_and" not in members


def is_condition(reader: Reader, spot: Spot) -> bool:
    """Whether a schema takes a whole condition on rows (`{_and: [...], name: {...}}`)."""
    members = reader.members(spot)
    return "_and" in members or "_or" in members or "_not" in members


def is_glimpse(reader: Reader, spot: Spot) -> bool:
    """Whether a schema takes conditions on a few columns of related rows, and no logic (`{id: {_eq: 1}}`)."""
    members = reader.members(spot)
    return bool(members) and all(
        not name.startswith("_") and is_comparison(reader, member) for name, member in members.items()
    )


def _unwrapped(reader: Reader, body: Spot, operation: Operation) -> Spot:
    """The row inside `{client: {...}}`."""
    members = reader.members(body)
    if len(members) == 1:
        name, spot = next(iter(members.items()))
        if normal(name) in (operation.entity, operation.noun, "data") and reader.kind(spot) == "object":
            return spot
    return body


def _merged(known: Field, name: str, found: Field) -> Field:
    both = known.shown and found.shown
    values = known.values or (found.values if found.shown or not known.shown else ())
    if both and known.values and found.values:
        values = tuple(value for value in known.values if value in found.values) or known.values
    formats = {known.format, found.format} - {""}
    seen = tuple(dict.fromkeys((*map(_hashable, known.seen), *map(_hashable, found.seen))))[:_SEEN]
    return replace(
        known,
        name=name,
        format="date-time" if formats == {"date", "date-time"} else known.format or found.format,
        nullable=known.nullable and found.nullable if both else known.nullable if known.shown else found.nullable,
        values=values,
        seen=seen,
        inner=known.inner or found.inner,
        shown=known.shown or found.shown,
    )


def _camel(known: str, name: str) -> bool:
    """Whether the newcomer is the camelCase spelling of a snake_case name."""
    return "_" in known and "_" not in name and name.lower() != name


def _hashable(value: Any) -> Any:
    return value if isinstance(value, str | int | float | bool) else str(value)


def _seen(reader: Reader, spot: Spot) -> tuple[Any, ...]:
    """The values that a schema shows, those surely seen before those that are likely."""
    found: dict[str, Any] = {}
    for part in (spot, *reader.branches(spot)):
        for word in _SHOWING & part.node.keys():
            found.setdefault(word, part.node[word])
    if not found:
        return ()
    seen: list[Any] = []
    for word in ("x-seen-values", "examples", "x-inferred-values"):
        seen += found[word] if isinstance(found.get(word), list) else ()
    seen += (found[word] for word in ("example", "const") if word in found)
    return tuple(dict.fromkeys(value for value in seen if isinstance(value, str | int | float | bool)))


def _compared(reader: Reader, name: str, spot: Spot) -> Field:
    """The column behind a comparison: its type is that of the operands."""
    members = reader.members(spot)
    if "_contains" in members or "_has_key" in members:
        return Field(name, "object", shown=False)
    operand = members.get("_eq") or members.get("_neq") or members.get("_gt") or members.get("_like")
    if operand is None and "_in" in members:
        operand = reader.items(members["_in"])
    if operand is None:
        return Field(name, "boolean" if "_is" in members else "string", shown=False)
    formats = {branch.node.get("format") for branch in reader.branches(operand)}
    form = "date-time" if "date-time" in formats else str(reader.keyword(operand, "format") or "")
    values = reader.keyword(operand, "enum")
    seen = tuple(values) if isinstance(values, list) else ()
    return Field(name, reader.kind(operand) or "string", form, seen=seen, shown=False)


def _operands(where: Any) -> Iterator[tuple[str, Any]]:
    """Column and operand of each comparison in an example condition; those on related rows are left out."""
    for key, value in where.items() if isinstance(where, Mapping) else ():
        if key.startswith("_"):
            for part in value if isinstance(value, list) else [value]:
                yield from _operands(part)
        elif isinstance(value, Mapping) and value and all(operator.startswith("_") for operator in value):
            for operator, operand in value.items():
                if operator not in ("_and", "_or", "_not", "_is_null", "_is"):
                    yield key, (operand, operator in ("_eq", "_in"))


def _guessed(name: str, operand: Any) -> Field:
    """The column behind an example's comparison, or (without operand) behind a name alone."""
    value, equal = operand if operand is not None else (None, False)
    several = value if isinstance(value, list) else [value]
    first = several[0] if several else None
    if isinstance(first, bool):
        return Field(name, "boolean", shown=False)
    if isinstance(first, int | float):
        return Field(name, "integer" if isinstance(first, int) else "number", shown=False)
    if isinstance(first, str) and not _DATE.match(first):
        return Field(name, "string", seen=tuple(several) if equal else (), shown=False)
    dated = isinstance(first, str) or normal(name).endswith(("_at", "date", "_time"))
    return Field(name, "string", "date-time" if dated else "", shown=False)
