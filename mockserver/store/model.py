"""The model: which entities there are, their fields, and how they hang together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from mockserver.bundle.nouns import words

Row = Mapping[str, Any]

_SHORT = {
    "dt": "date",
    "dttm": "datetime",
    "amt": "amount",
    "num": "number",
    "desc": "description",
    "dept": "department",
}


_PYTHON: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "object": (dict,),
    "array": (list,),
}


def fits(kind: str, value: Any) -> bool:
    """Whether a value is of a JSON type, or that is not told (true is no number); null is for the asker to judge."""
    return kind not in _PYTHON or (
        isinstance(value, _PYTHON[kind]) and (kind == "boolean" or not isinstance(value, bool))
    )


@lru_cache(maxsize=16384)
def normal(name: str) -> str:
    """One spelling for `start_dt`, `startDate` and `StartDate`: two names are the same field when this agrees."""
    return "_".join(_SHORT.get(word, word) for word in words(name))


@dataclass(frozen=True, slots=True)
class Field:
    """One column of an entity. `type` is JSON's; `format` JSON Schema's; objects and arrays are stored as JSON.

    `values`: the legal values (enum). `seen`: values that examples show, without being complete.
    `schema` is the first schema that declares it, resolved at its own level. `inner`: the fields inside an object,
    or inside the objects of an array. `shown`: whether any answer shows it (else it is only searched or written by).
    """

    name: str
    type: str
    format: str = ""
    nullable: bool = True
    values: tuple[Any, ...] = ()
    seen: tuple[Any, ...] = ()
    schema: Mapping[str, Any] = field(default_factory=dict)
    inner: Mapping[str, Field] = field(default_factory=dict)
    shown: bool = True


@dataclass(frozen=True, slots=True)
class Relation:
    """A way from a row to related rows.

    To one: `column` of this entity holds the target's key. To many: `column` of the target holds this entity's key.
    """

    name: str
    target: str
    column: str
    many: bool = False


@dataclass(frozen=True, slots=True)
class Copy:
    """A field that shows a field of a related row (`clientName` shows `name` of the row `clientId` points at).

    `source` may be several fields with a blank between ("firstName lastName"): their values joined by a blank.
    """

    name: str
    relation: str
    source: str


@dataclass(slots=True)
class Entity:
    """One kind of row: `key` names the identifying column, `fields` the stored ones in order of discovery."""

    name: str
    key: str = "id"
    fields: dict[str, Field] = field(default_factory=dict)
    relations: dict[str, Relation] = field(default_factory=dict)
    copies: dict[str, Copy] = field(default_factory=dict)
    spellings: dict[str, str] = field(default_factory=dict)  # normal(name) -> name, over all three

    def spelled(self, name: str) -> str | None:
        """The entity's own name of a field, relation or copy, whatever case style the asker uses."""
        if name in self.fields or name in self.relations or name in self.copies:
            return name
        return self.spellings.get(normal(name))

    def inner(self, name: str) -> Mapping[str, Field]:
        """The fields inside an object (or the objects of an array) stored as JSON; none for a plain field."""
        found = self.fields.get(self.spelled(name) or "")
        return found.inner if found is not None else {}


@dataclass(slots=True)
class Model:
    """All entities; `aliases` holds further names by which one is known (job -> project).

    `people` is the entity that person words (reviewer, manager, ...) point at; "" when there is none.
    """

    entities: dict[str, Entity] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    people: str = ""

    def __getitem__(self, name: str) -> Entity:
        return self.entities[self.aliases.get(name, name)]

    def __contains__(self, name: str) -> bool:
        return self.aliases.get(name, name) in self.entities
