"""Attributes of records: what a type's fields are, and whether given values fit them."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from mockserver.bundle.pointers import join
from mockserver.calls import Site
from mockserver.entities.record_names import STAMPS, RecordType
from mockserver.problems import Violation, did_you_mean
from mockserver.store.model import Entity, Field, Relation, normal

if TYPE_CHECKING:
    from mockserver.store.memory import Store

_STAMPED = frozenset(normal(name) for name in STAMPS)
_HUGE = int(sys.float_info.max)
_ANY: Mapping[str, Any] = {}
_BARE = {kind: {"type": kind} for kind in ("boolean", "integer", "number", "string", "object", "array")}
_WORDS = {"boolean": "Boolean", "integer": "Integer", "number": "Number", "object": "Object", "array": "Array"}


def fields_of(known: RecordType, entity: Entity) -> list[dict[str, Any]]:
    """The fields of a type that clients may write, as the API describes them."""
    if known.row is not None:
        return [_described(field, rank) for rank, field in enumerate(known.row.get("fields") or (), 1)]
    references = _references(entity)
    return [
        {
            "name": name,
            "type": "Reference" if name in references else _type_word(field),
            "required": False,
            "nullable": field.nullable,
            "referencedEntityType": references[name].target if name in references else None,
            "rank": rank,
        }
        for rank, (name, field) in enumerate(writable(entity).items(), 1)
    ]


def writable(entity: Entity) -> dict[str, Field]:
    """The stored fields of an entity that clients may set."""
    return {name: field for name, field in entity.fields.items() if not _read_only(entity, name)}


def required(known: RecordType) -> list[str]:
    """The attributes that a new record of the type has to have; the facts name none for standard types."""
    return [field["name"] for field in (known.row or {}).get("fields") or () if field.get("required")]


class Attributes:
    """Judges and normalises attributes; validators are compiled once per schema."""

    __slots__ = ("_bundle", "_lenient", "_validators")

    def __init__(self, site: Site) -> None:
        self._bundle = site.bundle
        self._lenient = site.settings.get("unknown_fields") == "null"
        self._validators: dict[int, tuple[Any, Any]] = {}

    def judge(
        self, given: Mapping[str, Any], known: RecordType, entity: Entity, store: Store, at: str
    ) -> tuple[dict[str, Any], list[Violation]]:
        """The values by the entity's own names, and what is wrong with them.

        A null for a field whose schema has no null is kept as None: the caller takes it for "no value".
        """
        values: dict[str, Any] = {}
        wrong: list[Violation] = []
        open_to = writable(entity)
        references = _references(entity)
        for name, value in given.items():
            own = entity.spelled(name)
            pointer = at + join([name])
            if own is None or own not in open_to:
                if own is not None or not self._lenient:
                    wrong.append(Violation(pointer, _why_not(entity, known, name, own)))
                continue
            field = open_to[own]
            values[own] = _converted(value, field)
            found = self._problems(values[own], field, pointer)
            if not found and own in references and value is not None:
                found = _dangling(values[own], references[own], store, pointer)
            wrong += found
        return values, wrong

    def _problems(self, value: Any, field: Field, pointer: str) -> list[Violation]:
        if value is None:
            return [] if field.nullable else [Violation(pointer, f"{field.name} must not be null.")]
        if field.values and value not in field.values:
            legal = ", ".join(str(word) for word in field.values if word is not None)
            near = did_you_mean(str(value), [str(word) for word in field.values])
            return [Violation(pointer, f"{field.name} is one of {legal}.{near}")]
        validator = self._validator(field)
        if validator is None or validator.is_valid(value):
            return []
        return [Violation(pointer + join(error.instance_path), error.message) for error in validator.iter_errors(value)]

    def _validator(self, field: Field) -> Any:
        schema = field.schema or _BARE.get(field.type, _ANY)
        found = self._validators.get(id(schema))
        if found is None or found[0] is not schema:
            found = self._validators[id(schema)] = (schema, self._compiled(schema))
        return found[1]

    def _compiled(self, schema: Mapping[str, Any]) -> Any:
        import jsonschema_rs

        whole = {name: part for name, part in schema.items() if not name.startswith("x-")}
        if "'$ref'" in repr(whole):
            whole["components"] = self._bundle.document.get("components", {})
        return jsonschema_rs.Draft202012Validator(whole, validate_formats=True)


def _read_only(entity: Entity, name: str) -> bool:
    return name == entity.key or normal(name) in _STAMPED or bool(entity.fields[name].schema.get("readOnly"))


def _references(entity: Entity) -> dict[str, Relation]:
    return {relation.column: relation for relation in entity.relations.values() if not relation.many}


def _why_not(entity: Entity, known: RecordType, name: str, own: str | None) -> str:
    if own is None:
        return f"{known.name} has no attribute {name}.{did_you_mean(name, writable(entity))}"
    if own in entity.copies:
        relation = entity.relations[entity.copies[own].relation]
        return f"{own} is read-only: it shows {entity.copies[own].source} of {relation.target}; set {relation.column}."
    if own in entity.relations:
        relation = entity.relations[own]
        return f"{own} is read-only: it shows related rows" + (
            f"; set {relation.column}." if not relation.many else "."
        )
    return f"{own} is read-only: the server sets it."


def _dangling(value: Any, relation: Relation, store: Store, pointer: str) -> list[Violation]:
    if isinstance(value, (str, int, float)) and store.get(relation.target, value) is not None:
        return []
    return [Violation(pointer, f"There is no {relation.target.removeprefix('custom:')} {value}.")]


def _converted(value: Any, field: Field) -> Any:
    """Whole floats become integers, numbers beyond 64 bits floats, and local times get the zone of stored times."""
    if field.type == "integer" and isinstance(value, float) and value.is_integer():
        return int(value)
    if field.format == "date-time" and isinstance(value, str):
        return _timed(value)
    return _storable(value)


def _storable(value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool) and not -(2**63) <= value < 2**63:
        return float(max(-_HUGE, min(value, _HUGE)))
    if isinstance(value, Mapping):
        return {name: _storable(each) for name, each in value.items()}
    return [_storable(each) for each in value] if isinstance(value, list) else value


def _timed(value: str) -> str:
    try:
        if len(value) == len("2025-01-31"):
            return f"{date.fromisoformat(value)}T00:00:00Z"
        return value if datetime.fromisoformat(value).tzinfo else f"{value}Z"
    except ValueError:
        return value


def _type_word(field: Field) -> str:
    if field.format == "date":
        return "Date"
    return "DateTime" if field.format == "date-time" else _WORDS.get(field.type, "String")


def _described(field: Mapping[str, Any], rank: int) -> dict[str, Any]:
    usual = {"required": False, "nullable": True, "referencedEntityType": None, "rank": rank}
    return {**usual, **{name: value for name, value in field.items() if value is not None}}
