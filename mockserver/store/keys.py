"""Keys: how rows are numbered, and named where the bundle says what a key looks like."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import ChainMap
from collections.abc import Container, Mapping
from typing import Any
from uuid import UUID

from mockserver.store.chance import Chance, digest
from mockserver.store.model import Entity, Field
from mockserver.store.texts import has_look, string_for, uuid_of

_FIRST = 1001
_ROOM = 100_000  # a key that has to be smaller than this starts at its least value
_TRIES = 50


class Keys:
    """Keys of one entity's seeded rows: numbers from 1001 on, or texts, always beside those that the scenario gives.

    Texts are numbers behind the prefix of an example, unless the key's schema wants another look: `^\\d{13}$`, an enum.
    """

    def __init__(self, entity: Entity, written: list[Mapping[str, Any]], seed: str) -> None:
        self._name = entity.name
        self.column = entity.key
        self._seed = seed
        field = entity.fields.get(entity.key)
        self._text = field is not None and field.type == "string"
        self._uuid = field is not None and (field.format == "uuid" or "uuid" in str(field.schema.get("pattern", "")))
        shown = [str(v) for v in (field.schema.get("examples") or () if field is not None else ())]
        self._prefix = _prefix(shown[0]) if shown else ""
        self._first = _first(field)
        self._given = {row.get(entity.key): slot for slot, row in enumerate(written)}
        self._taken = sorted(k for k in self._given if isinstance(k, int) and k >= self._first)
        self._written = len(written)
        self._odd = field.schema if field is not None and _is_odd(field, f"{self._prefix}{_FIRST}") else None
        self._made: dict[Any, int] = {}  # odd keys and their numbers, in their order
        self._order: list[str] = []
        self._known = ChainMap(self._given, self._made)

    def of(self, number: int, slot: int) -> Any:
        """The key of the number-th generated row."""
        if self._odd is not None:
            return self._oddly(number) if number >= 0 else self._apart(slot)
        if self._uuid:
            bits = digest(self._seed, self._name, slot)
            return uuid_of(bits << 64 | digest(bits))
        key = self._first + number
        if not self._taken:
            return f"{self._prefix}{key}" if self._text else key
        above = 0
        while (now := bisect_right(self._taken, key + above)) != above:
            above = now
        return f"{self._prefix}{key + above}" if self._text else key + above

    def find(self, key: Any, size: int) -> int | None:
        """The slot of a key among so many rows."""
        if key in self._given:
            return self._given[key]
        if self._odd is not None:
            self._oddly(size - self._written - 1)
            number = self._made.get(key) if isinstance(key, str) else None
            slot = None if number is None else self._written + number
        else:
            slot = self._counted(key)
        return slot if slot is not None and slot < size else None

    def _counted(self, key: Any) -> int | None:
        text = key.removeprefix(self._prefix) if isinstance(key, str) else ""
        number = int(text) if text.isdigit() else key
        if not isinstance(number, int) or number < self._first:
            return None
        return self._written + number - self._first - bisect_right(self._taken, number)

    def _oddly(self, number: int) -> str:
        """The key of a number, with all before it: none comes twice."""
        while len(self._order) <= number:
            key = _look(self._odd or {}, self._known, self._seed, self._name, len(self._order))
            self._made[key] = len(self._order)
            self._order.append(key)
        return self._order[number] if number >= 0 else ""

    def _apart(self, slot: int) -> str:
        """The key of a row that the scenario writes without one."""
        known = next((key for key, place in self._given.items() if place == slot and key is not None), None)
        if known is None:
            known = _look(self._odd or {}, self._known, self._seed, self._name, "written", slot)
            self._given[known] = slot
        return str(known)


def new_key(entity: Entity, number: int, taken: Container[Any]) -> Any:
    """The key of a new row, made of a number that no row has: as the key's schema wants it; None where it is taken."""
    field = entity.fields.get(entity.key)
    if field is None or field.type != "string":
        return number
    if field.format == "uuid":
        key = str(UUID(int=number, version=4))
    else:
        key = _look(field.schema, taken, "new", entity.name, number) if _is_odd(field, str(number)) else str(number)
    return None if key in taken else key


def _look(schema: Mapping[str, Any], taken: Container[Any], *seed: Any) -> str:
    """A text as a key's schema wants it that is not taken; a plain number where there is none left."""
    values = (value for value in schema.get("enum", ()) if isinstance(value, str))
    made = (string_for(schema, Chance(*seed, attempt)) for attempt in range(_TRIES))
    options = values if "enum" in schema else made
    return next((text for text in options if text not in taken), str(_FIRST + int(seed[-1])))


def _is_odd(field: Field, plain: str) -> bool:
    """Whether a text key must look otherwise than a plain one."""
    schema = field.schema
    if field.type != "string" or field.format == "uuid":
        return False
    if "enum" in schema:
        return plain not in schema["enum"]
    if not int(schema.get("minLength", 0)) <= len(plain) <= int(schema.get("maxLength", len(plain))):
        return True
    if has_look(field.format):
        return True
    try:
        return "pattern" in schema and re.search(schema["pattern"], plain) is None
    except re.error:
        return False


def _first(field: Field | None) -> int:
    most = field.schema.get("maximum") if field is not None else None
    return max(1, int(field.schema.get("minimum", 1))) if field and isinstance(most, int) and most < _ROOM else _FIRST


def _prefix(example: str) -> str:
    """`asst_` of `asst_abc123`; nothing where the example is a bare number."""
    head, mark, tail = example.rpartition("_")
    if not mark:
        head, mark, tail = example.rpartition("-")
    return head + mark if mark and head.replace("_", "").replace("-", "").isalpha() and tail else ""
