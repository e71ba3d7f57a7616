"""systemRef: how a record is found again by the name that another system has for it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mockserver.entities.declared import Verbatim, pick
from mockserver.entities.kinds import SYSTEM_REF
from mockserver.store.model import Entity, Row, normal

if TYPE_CHECKING:
    from mockserver.store.memory import Store

_HOUSE = "PMS"  # the system that rows are taken to come from, whose own names are in the column pmsRef
_COLUMN = "pmsRef"
_LONGEST = 20  # digits of an id


def matched(store: Store, entity: Entity, ref: Mapping[str, Any]) -> Row | None:
    """The row that a systemRef means; None where there is none.

    A row written with a systemRef is found by the whole object, whatever is in it. A row that never had one (it was
    seeded, or created without) is found by `{"system": "PMS", "id": <pmsRef or id>}`, and by an object with one single
    value that is its pmsRef or id. The vendor prints none of this. Refs of any other system are only ever found by the
    whole object: what they number 1001 is hardly our row 1001.
    """
    known = store.get(SYSTEM_REF, _identity(entity, ref))
    if known is not None:
        return store.get(entity.name, known["key"])
    value, by_id_first = _inner(ref)
    found = [*_by_column(store, entity, value), *_by_key(store, entity, value)]
    for row in reversed(found) if by_id_first else found:
        if not store.by(SYSTEM_REF, "target", _target(entity, row[entity.key])):
            return row
    return None


def remember(store: Store, entity: Entity, ref: Mapping[str, Any], key: Any) -> None:
    """From now on the systemRef means the row of this key."""
    target = _target(entity, key)
    store.put(SYSTEM_REF, {"id": _identity(entity, ref), "target": target, "key": key, "ref": dict(ref)})


def forget(store: Store, entity: Entity, key: Any) -> None:
    """The row is gone, and so is every systemRef that meant it."""
    for known in list(store.by(SYSTEM_REF, "target", _target(entity, key))):
        store.delete(SYSTEM_REF, known["id"])


def shown(store: Store, entity: Entity, row: Row) -> Verbatim:
    """The systemRef of a row: its own, else the one it is taken to have."""
    for known in store.by(SYSTEM_REF, "target", _target(entity, row[entity.key])):
        return Verbatim(known["ref"])
    column = entity.spelled(_COLUMN)
    value = row.get(column) if column else None
    return Verbatim(system=_HOUSE, id=str(row[entity.key] if value is None else value))


def _inner(ref: Mapping[str, Any]) -> tuple[Any, bool]:
    """The value that may be a row's own name, and whether it is rather the id than the pmsRef."""
    if len(ref) == 1:
        name, value = next(iter(ref.items()))
        return value, normal(name) == "id"
    ours = len(ref) == 2 and str(pick(ref, "system")).upper() == _HOUSE
    return (pick(ref, "id") if ours else None), False


def _by_column(store: Store, entity: Entity, value: Any) -> list[Row]:
    column = entity.spelled(_COLUMN)
    if column not in entity.fields or isinstance(value, bool) or not isinstance(value, (str, int)):
        return []
    return store.by(entity.name, column, str(value) if entity.fields[column].type == "string" else value)


def _by_key(store: Store, entity: Entity, value: Any) -> list[Row]:
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return []
    digits = isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < _LONGEST
    keys = (value, int(value)) if digits else (value,)
    return [row for key in keys if (row := store.get(entity.name, key)) is not None]


def _target(entity: Entity, key: Any) -> str:
    return f"{entity.name}:{key}"


def _identity(entity: Entity, ref: Mapping[str, Any]) -> str:
    return f"{entity.name} {json.dumps(ref, sort_keys=True, separators=(',', ':'))}"
