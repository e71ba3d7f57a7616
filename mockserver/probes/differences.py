"""Whether a row shows what was written, and what else has changed: values compared as people mean them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from mockserver.bundle.nouns import words
from mockserver.bundle.operations import Operation
from mockserver.probes.base import Contract
from mockserver.probes.pages import Row, row_members
from mockserver.probes.samples import members
from mockserver.store.model import normal
from mockserver.store.sampling import valid

_ABSENT = object()
_STAMPED = frozenset("at on date datetime timestamp time version etag revision sequence seq modified updated".split())
_ONCE = frozenset("create created creation added inserted registered".split())  # these are told once and for all


def same(written: Any, shown: Any) -> bool:
    """Whether a value that was written is what is shown.

    An object shows at least what was written, a list as much; a moment may be shown in another offset, a number as
    5.0 for 5. Nothing else may differ.
    """
    if isinstance(written, Mapping):
        return isinstance(shown, Mapping) and all(same(value, shown.get(key)) for key, value in written.items())
    if isinstance(written, list):
        alike = isinstance(shown, list) and len(shown) == len(written)
        return alike and all(same(one, two) for one, two in zip(written, shown, strict=True))
    if isinstance(written, bool) or isinstance(shown, bool) or type(written) is type(shown) is not str:
        return bool(written is shown or written == shown) and isinstance(written, bool) == isinstance(shown, bool)
    if isinstance(written, str) and isinstance(shown, str):
        return written == shown or (_moment(written) is not None and _moment(written) == _moment(shown))
    return bool(written == shown)


def disagreeing(
    contract: Contract, taking: Operation, showing: Operation, written: Mapping[str, Any], row: Row
) -> Iterator[tuple[str, Any, Any]]:
    """The properties that a row shows otherwise than they were written: name, written and shown value.

    `taking` is the operation that was written by, `showing` the one that shows the row. What the bundle says is never
    shown (`writeOnly`), not taken (`readOnly`) or shown in another form is left out, and so is what is not shown.
    """
    reader = contract.bundle.reader
    taken, declared = members(contract, taking), row_members(contract, showing)
    for name, value in written.items():
        spot, seen = taken.get(name), declared.get(name)
        if spot is not None and (reader.keyword(spot, "writeOnly") or reader.keyword(spot, "readOnly")):
            continue
        if seen is not None and not valid(value, seen.node, contract.bundle):
            continue
        shown = _shown(row, name)
        if shown is not _ABSENT and not same(value, shown):
            yield name, value, shown


def changed(before: Row, after: Row) -> set[str]:
    """The properties that differ between two states of a row."""
    return {name for name in before.keys() | after.keys() if before.get(name, _ABSENT) != after.get(name, _ABSENT)}


def is_stamp(name: str) -> bool:
    """Whether a property counts changes or tells their time: `updatedAt`, `version`; `createdAt` tells no change."""
    found = words(name)
    return bool(found) and (found[-1] in _STAMPED or found[0] in _STAMPED) and not _ONCE & set(found)


def follows(name: str, written: Mapping[str, Any], before: Row, after: Row) -> bool:
    """Whether a property shows what was written under another name: `fullName` after `firstName`, `isActive`."""
    value = after.get(name)
    for key, text in written.items():
        if isinstance(value, str) and isinstance(text, str) and text and text in value:
            return True
        if value == text and before.get(name) == before.get(key):
            return True
        if set(words(key)) & set(words(name)) - {"is", "has", "id"}:
            return True
    return False


def _shown(row: Row, name: str) -> Any:
    if name in row:
        return row[name]
    plain = normal(name)
    return next((value for key, value in row.items() if normal(key) == plain), _ABSENT)


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None
