"""systemRef: how a record is found again by the name that another system has for it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mockserver.entities.declared import Verbatim, pick
from mockserver.entities.kinds import SYSTEM_REF
from mockserver.store.model import Entity, Row

if TYPE_CHECKING:
    from mockserver.store.memory import Store

_HOUSE = "PMS"  # the system that rows are taken to come from, whose own names are in the column pmsRef
_COLUMN = "pmsRef"


def matched(store: Store, entity: Entity, ref: Mapping[str, Any]) -> Row | None:
    """The row that a systemRef means; None where there is none.

    A row written with a systemRef is found by the whole object, whatever is in it. A row that never had one (it was
    seeded, or created without) is found by `{"system": "PMS", "id": <pmsRef or id>}`, by an object with one single
    value that is its pmsRef or id, and by any object whose `id` is its pmsRef. The vendor prints none of this.
    """
    known = store.get(SYSTEM_REF, _identity(entity, ref))
    if known is not None:
        return store.get(entity.name, known["key"])
    value, ours = _inner(ref)
    for candidate in _candidates(value):
        for row in _by_column(store, entity, candidate):
            if not _own(store, entity, row):
                return row
        found = store.get(entity.name, candidate) if ours else None
        if found is not None and not _own(store, entity, found):
            return found
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
    """The value that may be a row's own name, and whether the ref may speak of our ids."""
    if len(ref) == 1:
        return next(iter(ref.values())), True
    return pick(ref, "id"), len(ref) == 2 and str(pick(ref, "system")).upper() == _HOUSE


def _candidates(value: Any) -> list[Any]:
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return []
    if isinstance(value, int):
        return [value, str(value)]
    return [value, int(value)] if value.isascii() and value.isdigit() and len(value) < 20 else [value]


def _by_column(store: Store, entity: Entity, value: Any) -> list[Row]:
    column = entity.spelled(_COLUMN)
    return store.by(entity.name, column, value) if column in entity.fields else []


def _own(store: Store, entity: Entity, row: Row) -> bool:
    return bool(store.by(SYSTEM_REF, "target", _target(entity, row[entity.key])))


def _target(entity: Entity, key: Any) -> str:
    return f"{entity.name}:{key}"


def _identity(entity: Entity, ref: Mapping[str, Any]) -> str:
    return f"{entity.name} {json.dumps(ref, sort_keys=True, separators=(',', ':'))}"
