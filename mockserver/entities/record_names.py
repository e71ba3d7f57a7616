"""Record types by name: the entities of the model under any spelling, and the tenant's custom types."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mockserver.bundle.nouns import noun, words
from mockserver.calls import Site
from mockserver.entities.kinds import FILE, OWN, RECORD_TYPE
from mockserver.entities.recognise import families
from mockserver.problems import did_you_mean
from mockserver.store.model import Entity, Field, Relation, Row, normal

if TYPE_CHECKING:
    from mockserver.store.memory import Store

CUSTOM = "custom:"  # what entities of custom types are called in a store, before the type's name
WHOLE = {"type": "integer", "format": "int64", "minimum": -(2**63), "maximum": 2**63 - 1}
FIELD_TYPES: Mapping[str, Mapping[str, Any]] = {
    "Boolean": {"type": "boolean"},
    "Integer": WHOLE,
    "Number": {"type": "number"},
    "String": {"type": "string"},
    "Date": {"type": "string", "format": "date"},
    "DateTime": {"type": "string", "format": "date-time"},
    "Reference": WHOLE,
}
STAMPS = ("createdAt", "updatedAt")


@dataclass(frozen=True, slots=True)
class RecordType:
    """A type of records: `name` as clients write it, `entity` as the store does; `row` of a custom type."""

    name: str
    entity: str
    number: int
    row: Row | None = None

    @property
    def active(self) -> bool:
        """Whether records of it may be written."""
        return self.row is None or bool(self.row.get("active", True))

    @property
    def label(self) -> str:
        """The name for people."""
        return str(self.row.get("displayName") or title(self.name)) if self.row else title(self.name)


class Types:
    """All record types that a store knows."""

    __slots__ = ("_internal",)

    def __init__(self, site: Site) -> None:
        own = {operation.entity for operation, _duty in families(site.bundle) if operation.entity}
        self._internal = frozenset(OWN | (own - {FILE}))

    def standard(self, store: Store) -> list[RecordType]:
        """The entities of the bundle that hold business rows."""
        names = [name for name in store.model.entities if self._is_standard(name)]
        return [RecordType(name, name, number) for number, name in enumerate(names, 1)]

    def custom(self, store: Store) -> list[RecordType]:
        """The custom types, deactivated ones too."""
        return [_custom(row) for row in store.all(RECORD_TYPE)]

    def find(self, store: Store, name: str) -> RecordType | None:
        """The type of a name: a custom one by its name in any case, a standard one in any case style and number."""
        plain = name.casefold()
        for row in store.by(RECORD_TYPE, "name", name) or store.all(RECORD_TYPE):
            if str(row.get("name", "")).casefold() == plain:
                return _custom(row)
        entity = store.model.aliases.get(noun(name), noun(name))
        return next((known for known in self.standard(store) if known.entity == entity), None)

    def suggest(self, store: Store, name: str, *, custom: bool = False) -> str:
        """' Did you mean ...?' for a name that is none of all types, or of the custom ones."""
        standard = [] if custom else self.standard(store)
        names = [known.name for known in (*standard, *self.custom(store)) if known.active or custom]
        there = f" There are {_some(names)}." if names else " There is none yet."
        return did_you_mean(noun(name), names) or did_you_mean(name, names) or there

    def open(self, store: Store, known: RecordType) -> Entity:
        """The entity of a type; that of a custom type is made on first use."""
        if known.entity not in store.model:
            self.define(store, known)
        return store.model[known.entity]

    def open_all(self, store: Store) -> None:
        """Make the entities of all custom types, so that references from them are seen."""
        for known in self.custom(store):
            self.open(store, known)

    def define(self, store: Store, known: RecordType) -> None:
        """Make (anew) the entity of a custom type from the fields of its row."""
        columns = {"id": Field("id", "integer", nullable=False)}
        relations = {}
        for field in (known.row or {}).get("fields") or ():
            name, schema = field["name"], FIELD_TYPES[field["type"]]
            target = self.find(store, field.get("referencedEntityType") or "")
            if field["type"] == "Reference" and target is not None:
                schema = _key_schema(store, target)
                relations[f"{name}Record"] = Relation(f"{name}Record", target.entity, name)
            kind, form = schema.get("type", ""), schema.get("format", "")
            columns[name] = Field(name, kind, form, bool(field.get("nullable", True)), schema=schema)
        for name in STAMPS:
            columns[name] = Field(name, "string", "date-time", schema=FIELD_TYPES["DateTime"])
        spellings = {normal(name): name for name in (*relations, *columns)}
        store.define(Entity(known.entity, "id", columns, relations, {}, spellings))

    def _is_standard(self, name: str) -> bool:
        return name not in self._internal and not name.startswith(CUSTOM)


def title(name: str) -> str:
    """`client_rating` -> `Client Rating`: the name for people where none is given."""
    return " ".join(word.capitalize() for word in words(name)) or name


def _custom(row: Row) -> RecordType:
    return RecordType(str(row["name"]), f"{CUSTOM}{row['name']}", int(row["id"]), row)


def _key_schema(store: Store, target: RecordType) -> Mapping[str, Any]:
    entity = store.model.entities.get(target.entity)  # absent: a custom type that is not made yet has integer ids
    key = entity.fields.get(entity.key) if entity else None
    return {"type": "string"} if key is not None and key.type == "string" else WHOLE


def _some(names: Iterable[str], limit: int = 8) -> str:
    known = list(names)
    return ", ".join(known[:limit]) + (f" and {len(known) - limit} more" if len(known) > limit else "")
