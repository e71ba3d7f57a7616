"""Ways to come by a shown value: a column, a name of a related row, the related rows themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from mockserver.store.model import Relation, Row

if TYPE_CHECKING:
    from mockserver.store.memory import Store

Show = Callable[["Store", Row], Any]  # a value to show, or MISSING
ShowRow = Callable[["Store", Row], Mapping[str, Any]]
Change = Callable[["Store", Any], Any]  # a stored value as it is to be shown

MISSING: Any = object()


def always(value: Any) -> Change:
    """The same whatever is stored."""
    return lambda *_: value


def stored(column: str, change: Change | None) -> Show:
    """A column of the row itself."""

    def show(store: Store, row: Row) -> Any:
        value = row.get(column, MISSING)
        if change is None or value is None or value is MISSING:
            return value
        return change(store, value)

    return show


def joined(columns: list[str]) -> Show:
    """One column, or several with a blank between."""
    if len(columns) == 1:
        (column,) = columns
        return lambda _, row: row.get(column, MISSING)

    def show(_: Store, row: Row) -> Any:
        return " ".join([str(row[column]) for column in columns if row.get(column)]) or MISSING

    return show


def to_one(name: str, relation: Relation, show_row: ShowRow, change: Change | None) -> Show:
    """The related row, or the object stored in its stead."""
    target, column = relation.target, relation.column

    def show(store: Store, row: Row) -> Any:
        key = row.get(column)
        related = store.get(target, key) if key is not None else None
        if related is not None:
            return show_row(store, related)
        kept = row.get(name, None if column in row else MISSING)
        return change(store, kept) if change is not None and isinstance(kept, Mapping) else kept

    return show


def to_many(name: str, relation: Relation, show_row: ShowRow, own_key: str, target_key: str, shown_key: str) -> Show:
    """Related rows; an entry stored in the row stays where it is, and is brought up to date when it is related.

    A stored entry that is a bare key instead of an object keeps that row from being shown.
    """
    target, column = relation.target, relation.column

    def show(store: Store, row: Row) -> Any:
        related = store.by(target, column, row.get(own_key))
        kept = row.get(name)
        if not isinstance(kept, list):
            return [show_row(store, each) for each in related]
        fresh = {each.get(target_key): each for each in related}
        shown = []
        for entry in kept:
            if not isinstance(entry, Mapping):
                fresh.pop(entry, None)
                continue
            live = fresh.pop(entry.get(shown_key), None)
            shown.append(dict(entry) if live is None else {**entry, **_only(show_row(store, live), entry)})
        return shown + [show_row(store, each) for each in fresh.values()]

    return show


def _only(shown: Mapping[str, Any], names: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in shown.items() if name in names}


def as_date(_: Store, value: Any) -> Any:
    """The day of a time."""
    return value[:10] if isinstance(value, str) and len(value) > 10 else value


def as_time(_: Store, value: Any) -> Any:
    """A date becomes its first moment, a local time is taken for UTC."""
    if not isinstance(value, str) or value[-1:] == "Z" or len(value) < 10:
        return value
    if len(value) == 10:
        return value + "T00:00:00Z"
    return value if "+" in value[19:] or "-" in value[19:] else value + "Z"
