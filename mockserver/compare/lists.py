"""Lists: where the rows of an answer are, what names a row, in which order they stand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any, Literal

from mockserver.bundle.operations import Operation
from mockserver.bundle.reading import Reader, Spot
from mockserver.compare.documents import Number
from mockserver.compare.identity import Namer
from mockserver.compare.normal import alike, amount, instant, is_code, scalars
from mockserver.store.model import Entity, Model, normal

_KEYS = ("id", "uuid", "guid", "key", "code", "name", "pointer", "field", "type")
_WORDS = re.compile(r"[\W_]+")
_BELIEVED = 0.6
_STAMPS = frozenset("created updated modified changed deleted synced imported inserted logged accessed seen".split())
_TOLD_BY = 3  # values that rows must have to be recognised as the same


def at(body: Any, path: Sequence[str] | None) -> Any:
    """What stands at a path of names; None where nothing does."""
    if path is None:
        return None
    for name in path:
        if not isinstance(body, dict) or name not in body:
            return None
        body = body[name]
    return body


def rows_of(operation: Operation | None, body: Any) -> list[dict[str, Any]] | None:
    """The rows of a list's answer; None where it is none."""
    if operation is None or operation.shape.rows is None:
        return None
    found = at(body, operation.shape.rows)
    return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else None


def item_of(operation: Operation | None, body: Any) -> dict[str, Any] | None:
    """The one row of an answer; None where there is none."""
    if operation is None or operation.shape.item is None:
        return None
    found = at(body, operation.shape.item)
    return found if isinstance(found, dict) and found else None


def entity_of(operation: Operation | None, model: Model) -> Entity | None:
    """The entity whose rows an operation shows."""
    if operation is None or not operation.entity or operation.entity not in model:
        return None
    return model[operation.entity]


def copies_of(operation: Operation | None, model: Model, row: Mapping[str, Any]) -> frozenset[str]:
    """The properties of a row that show something of another row: its name, or the row itself."""
    entity = entity_of(operation, model)
    if entity is None:
        return frozenset()
    names = {normal(name) for name in (*entity.copies, *(r.name for r in entity.relations.values()))}
    return frozenset(name for name in row if normal(name) in names)


def key_name(row: Mapping[str, Any], entity: Entity | None) -> str | None:
    """The property that holds a row's key: the entity's, in whatever spelling, else `id`."""
    if entity is not None:
        if entity.key in row:
            return entity.key
        wanted = normal(entity.key)
        found = next((name for name in row if normal(name) == wanted), None)
        if found is not None:
            return found
    return "id" if "id" in row else None


def key_of(a: list[Any], b: list[Any], items: Spot | None, reader: Reader, namer: Namer) -> str | None:
    """The property by which elements of two lists are told apart: there in all, and different within each list."""
    if not a or not b or not all(isinstance(row, dict) for row in (*a, *b)):
        return None
    declared = [name for name in reader.members(items) if namer.names_id(name)] if items is not None else []
    for name in dict.fromkeys((*_KEYS, *declared)):
        if all(isinstance(row.get(name), str) for row in (*a, *b)):
            sides = [[str(row[name]) for row in side] for side in (a, b)]
            if all(len(set(side)) == len(side) for side in sides):
                return name
    return None


def correspond(
    a: Mapping[str, Any], b: Mapping[str, Any], namer: Namer, dull: frozenset[str] = frozenset()
) -> bool | None:
    """Whether two rows are the same one, by how many of their telling values agree; None: too few tell anything.

    Truths, words for programs, moments, ids and what is `dull` tell nothing: unrelated rows share them, equal ones may
    not.
    """
    one, other = scalars(a), scalars(b)
    told = [
        pointer for pointer in one
        if pointer in other and pointer not in dull and _tells(pointer, one[pointer], other[pointer], namer)
    ]  # fmt: skip
    if len(told) < _TOLD_BY:
        return None
    agreed = sum(alike(one[pointer], other[pointer]) for pointer in told)
    return agreed >= _BELIEVED * len(told)


def _tells(pointer: str, a: Any, b: Any, namer: Namer) -> bool:
    if a is None or b is None or isinstance(a, bool) or isinstance(b, bool):
        return False
    name = pointer.rpartition("/")[2]
    if namer.names_id(name) or (type(a) is str and instant(a) is not None):
        return False
    if type(a) is Number or type(b) is Number:
        return amount(a) not in (None, Decimal(0), Decimal(1))
    return not is_code(str(a)) and len(str(a)) > 2


@dataclass(frozen=True, slots=True)
class Likeness:
    """How far two rows are one: which of their values agree, by kind, with the pointers from the row on.

    That two rows bear one name does not make them copies: dates and amounts of one environment say nothing of those of
    another unless others in the same row agree.
    """

    texts: Mapping[str, bool]
    amounts: Mapping[str, bool]
    ids: Mapping[str, bool]
    copies: frozenset[str] = frozenset()  # properties that repeat what another row says

    def proves(self, pointer: str, kind: Literal["texts", "amounts", "ids"]) -> bool:
        """Whether the other values of a kind agree so well that a difference at a pointer is none of the data."""
        if pointer.split("/")[1] in self.copies:
            return False
        agreed = [same for other, same in getattr(self, kind).items() if other != pointer]
        least = {"texts": 3, "amounts": 2, "ids": 1}[kind]
        return len(agreed) >= least and sum(agreed) >= (0.8 if kind == "texts" else 1.0) * len(agreed)


def likeness(
    a: Mapping[str, Any], b: Mapping[str, Any], namer: Namer, copies: frozenset[str] = frozenset()
) -> Likeness:
    """The values of two rows that agree and those that do not; stamps of when a row was written are left out.

    `copies` are the properties by which the rows show something of others.
    """
    one, other = scalars(a), scalars(b)
    found: dict[str, dict[str, bool]] = {"texts": {}, "amounts": {}, "ids": {}}
    for pointer in one.keys() & other.keys():
        x, y = one[pointer], other[pointer]
        name = pointer.rpartition("/")[2]
        if namer.is_id(name, x) or namer.is_id(name, y):
            found["ids"][pointer] = x == y
        elif is_stamp(name):
            continue
        elif isinstance(x, Number) or isinstance(y, Number) or instant(x) is not None:
            if amount(x) != 0 or amount(y) != 0:
                found["amounts"][pointer] = alike(x, y)
        elif _tells(pointer, x, y, namer):
            found["texts"][pointer] = alike(x, y)
    return Likeness(found["texts"], found["amounts"], found["ids"], copies)


def is_stamp(name: str) -> bool:
    """Whether a property says when a row was written here, which no two environments share."""
    return bool(set(normal(name).split("_")) & _STAMPS)


# -- order --


def collations(text: str) -> tuple[str, ...]:
    """A text as sort keys of the usual collations: by code point, without case, as dictionaries do."""
    folded = text.casefold()
    return text, folded, _WORDS.sub("", folded)


COLLATIONS = ("by code point", "without case", "as dictionaries do")


def rank(value: Any) -> tuple[str, Any]:
    """A value as (kind, sort key): moments by time, numbers by amount, texts as they are."""
    if type(value) is Number:
        return "number", amount(value)
    if isinstance(value, bool):
        return "boolean", value
    moment = instant(value)
    return ("moment", moment) if moment is not None else ("text", str(value))


def runs(values: Sequence[Any]) -> Iterator[tuple[Any, Any]]:
    """The neighbours of a column, nulls left out."""
    kept = [value for value in values if value is not None]
    yield from pairwise(kept)


def is_sorted(values: Sequence[Any], *, descending: bool = False) -> frozenset[str]:
    """The collations in which a column stands in order (all of them for numbers and moments); empty: in none."""
    good = set(COLLATIONS)
    for one, other in runs(values):
        (kind, low), (other_kind, high) = rank(one), rank(other)
        if kind != other_kind:
            kind, low, high = "text", str(one), str(other)
        pairs = zip(collations(low), collations(high), strict=True) if kind == "text" else [(low, high)] * 3
        for name, (x, y) in zip(COLLATIONS, pairs, strict=True):
            if (x < y) if descending else (x > y):
                good.discard(name)
        if not good:
            break
    return frozenset(good)
