"""Filters: the typed inputs of a list (`clientId`, `status`, `startDate`) as conditions on its rows."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mockserver.bundle.loader import Bundle
from mockserver.bundle.operations import Operation
from mockserver.bundle.reading import Spot
from mockserver.calls import Site
from mockserver.store.addresses import as_type
from mockserver.store.model import Entity, normal

# The date that a plain "from ... to ..." means: the day of the business event, else the day the row was made.
_EVENT_DATES = (
    "issueDate",
    "loggedDate",
    "date",
    "paymentDate",
    "confirmationDate",
    "transactionDate",
    "createdAt",
)
_FROM = {"start_date", "from", "from_date", "date_from", "since", "after", "start", "start_time"}
_TO = {"end_date", "to", "to_date", "date_to", "until", "before", "end", "end_time"}
_BOUNDS = {
    **dict.fromkeys(("after", "since", "from", "start", "min", "minimum", "gte", "ge"), "_gte"),
    **dict.fromkeys(("before", "until", "to", "end", "max", "maximum", "lte", "le"), "_lte"),
    "gt": "_gt",
    "lt": "_lt",
}  # words beside the name of a column that make an input one end of a range of its values, itself included
_LEADING = {"min", "minimum", "max", "maximum", "after", "before", "since", "until", "from", "to"}
_OF_TIME = {"after", "before", "since", "until"}
_TIMES = re.compile(r"(_at|_on|date|time|timestamp)\Z")
_TEXT = {"search", "q", "query", "search_text", "search_term", "keyword", "term"}
_NOT_FILTERS = {
    "where",
    "order_by",
    "sort",
    "sort_by",
    "order",
    "direction",
    "fields",
    "include",
    "expand",
    "embed",
}


@dataclass(frozen=True, slots=True)
class Filter:
    """One input and what it asks of a row. `columns`: several mean that any of them may match.

    `kind` is the type of what is compared; a value that cannot be of it is no row's.
    """

    name: str
    columns: tuple[str, ...]
    operator: str
    kind: str = ""

    def condition(self, given: Mapping[str, Any]) -> dict[str, Any] | None:
        """The where clause of this input as given, or None when it was not given."""
        value = given.get(self.name)
        if value is None or value in ("", []) or isinstance(value, Mapping):
            return None
        operator = "_in" if isinstance(value, list) else self.operator
        operand = f"%{_escape(str(value))}%" if operator == "_ilike" else value
        if self.operator == "_eq":
            several = [as_type(each, self.kind) for each in (value if operator == "_in" else [value])]
            known = [each for each in several if each is not None]
            operator, operand = ("_eq", known[0]) if len(several) == len(known) == 1 else ("_in", known)
        elif self.kind == "integer" and isinstance(operand, float) and math.isfinite(operand):
            operand = (math.ceil if operator in ("_gte", "_lt") else math.floor)(operand)
        clauses: list[dict[str, Any]] = [{column: {operator: operand}} for column in self.columns]
        return clauses[0] if len(clauses) == 1 else {"_or": clauses}


def filters_of(operation: Operation, site: Site) -> tuple[Filter, ...]:
    """The filters that an operation's inputs amount to; inputs that name no column of the entity are none."""
    if operation.entity is None:
        return ()
    entity = site.model[operation.entity]
    inputs = _inputs(operation, site.bundle)
    return tuple(f for name, location, kinds in inputs if (f := _filter(name, location, kinds, entity, operation)))


def _inputs(operation: Operation, bundle: Bundle) -> list[tuple[str, str, frozenset[str]]]:
    """The inputs that do not turn pages: (name, where it is, the JSON types that it takes)."""
    reader = bundle.reader
    found = {(p.name, "query"): Spot({}, "") if isinstance(p.schema, bool) else Spot(p.schema, p.pointer)
             for p in operation.parameters if p.location == "query"}  # fmt: skip
    for media in operation.request.content if operation.request is not None else ():
        for name, spot in reader.members(reader.at(media.pointer)).items():
            found.setdefault((name, "body"), spot)
    paging = operation.paging
    taken = set() if paging is None else {paging.page, paging.offset, paging.cursor, paging.before, *paging.sizes}
    return [(name, where, reader.kinds(spot)) for (name, where), spot in found.items() if name not in taken]


def _filter(name: str, location: str, kinds: frozenset[str], entity: Entity, operation: Operation) -> Filter | None:
    plain = normal(name)
    if plain in _NOT_FILTERS:
        return None
    own = entity.spelled(name)
    if plain in _FROM or plain in _TO:
        return _range(name, own, plain in _FROM, entity, operation)
    bound = _bound(name, kinds, entity) if own is None else None
    if bound is not None:
        return bound
    if own is not None and (own in entity.fields or own in entity.copies):
        kind = entity.fields[own].type if own in entity.fields else "string"
        return None if kind in ("object", "array") else Filter(name, (own,), "_eq", kind)
    if plain in _TEXT and location == "query":
        columns = tuple(n for n, f in entity.fields.items() if f.type == "string" and not f.format and not f.values)
        return Filter(name, columns, "_ilike") if columns else None
    return None


def _range(name: str, own: str | None, start: bool, entity: Entity, operation: Operation) -> Filter | None:
    column = operation.hints.get("date-field") or own
    if column is None or column not in entity.fields or (own and not _is_date(entity, own)):
        dates = [name for name, field in entity.fields.items() if field.shown and _is_date(entity, name)]
        only = dates[0] if len(dates) == 1 else None
        column = next((c for c in _EVENT_DATES if c in entity.fields and _is_date(entity, c)), only)
    elif operation.hints.get("date-field") is None:
        events = (c for c in _EVENT_DATES[:-1] if c in entity.fields and _is_date(entity, c))
        column = next(events, column)
    return Filter(name, (column,), "_gte" if start else "_lte") if column else None


def _bound(name: str, kinds: frozenset[str], entity: Entity) -> Filter | None:
    """One end of a range that an input names together with its column: `created_after`, `min_amount`, `price_lt`."""
    plain = normal(name)
    for word, operator in _BOUNDS.items():
        stem = ""
        if plain.endswith(f"_{word}"):
            stem = plain.removesuffix(f"_{word}")
        elif word in _LEADING and plain.startswith(f"{word}_"):
            stem = plain.removeprefix(f"{word}_")
        column = _measured(stem, kinds, entity, numbers=word not in _OF_TIME) if stem else None
        if column is not None:
            return Filter(name, (column,), operator, entity.fields[column].type)
    return None


def _measured(stem: str, kinds: frozenset[str], entity: Entity, *, numbers: bool) -> str | None:
    """The column of dates or numbers that a stem means (`created`: `createdAt`), if its type is that of the input."""
    for ending in ("", "_at", "_date", "_on", "_time", "_datetime", "_amount"):
        column = entity.spelled(stem + ending)
        field = entity.fields.get(column or "")
        if column is None or field is None:
            continue
        numeric = field.type in ("integer", "number")
        if numeric and kinds <= {"integer", "number", "null"} and (numbers or ending or _TIMES.search(stem)):
            return column
        if field.format in ("date", "date-time") and "string" in kinds:
            return column
    return None


def _is_date(entity: Entity, column: str) -> bool:
    return entity.fields[column].format in ("date", "date-time")


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
