"""Names shown beside a key agree with the row that the key points at: `clientName` is the name of client `clientId`.

Which names are such copies is read off the bundle (the model's copies). Budget: four rows of a read, at
most eight reads of what they point at, each row read once per run.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mockserver.bundle.operations import Operation, Role
from mockserver.exchanges import Exchange
from mockserver.probes.base import Contract, Fault, Inconclusive, Probe, Scene
from mockserver.probes.pages import Row, cell, entity_of, is_listing, row_members
from mockserver.probes.rows import confirmed, everything, item, known, path_of, readers
from mockserver.probes.searching import spelled
from mockserver.store.model import Copy

_PER_COPY, _MOST, _READ = 3, 8, 4


def applies(contract: Contract, operation: Operation) -> bool:
    """Whether rows show a name of a related row beside its key."""
    shows = is_listing(contract, operation) or operation.role is Role.READ
    return shows and bool(_copies(contract, operation))


def run(scene: Scene, operation: Operation) -> Iterator[Fault]:
    """Read what the keys of a few rows point at, and compare."""
    yield from confirmed(scene, lambda: _observed(scene, operation))


def _observed(scene: Scene, operation: Operation) -> Iterator[Fault]:
    rows, shown_by, read = *_shown(scene, operation), 0
    for copy, shown, column, target in _copies(scene.contract, operation):
        found = next(iter(readers(scene, target)), None)
        told: dict[Any, tuple[Row, Any]] = {}
        for row in rows:
            if cell(row, column) is not None and cell(row, shown) is not None:
                told.setdefault(cell(row, column), (row, cell(row, shown)))
        for key, (_, name) in list(told.items())[:_PER_COPY] if found is not None else ():
            if read >= _MOST or found is None:
                return
            read += 1
            _, related, exchange = item(scene, found, {found.key: key})
            own = named(related, copy.source) if related is not None else None
            if own is not None and own != name:
                message = f"`{shown}` is not the name of what `{column}` points at"
                detail = f"{name!r} beside {column} {key!r}, which is named {own!r}"
                yield Fault(message, detail, exchanges=(*shown_by, exchange))
                break
    if not read:
        raise Inconclusive("no row shows such a name beside a key that can be read")


def _shown(scene: Scene, operation: Operation) -> tuple[list[Row], tuple[Exchange, ...]]:
    """The rows that an operation shows: all of a list, a few that are read one by one."""
    if operation.role is not Role.READ:
        listed = everything(scene, operation)
        return listed.rows, listed.exchanges
    try:
        paths = [path for path, _ in known(scene, operation, _READ)]
    except Inconclusive:  # no list shows them: other rows may point at some
        paths = _pointed_at(scene, operation) or [path_of(scene, operation)]
    reads = [item(scene, operation, path) for path in paths]
    return [row for _, row, _ in reads if row is not None], tuple(exchange for _, _, exchange in reads)


def _pointed_at(scene: Scene, operation: Operation) -> list[dict[str, Any]]:
    """Paths of rows of this operation's entity that rows of other lists point at."""
    keys: dict[Any, None] = {}
    for listing in scene.contract.bundle.operations:
        entity = entity_of(scene.contract, listing) if is_listing(scene.contract, listing) else None
        columns = (
            [r.column for r in entity.relations.values() if r.target == operation.entity and not r.many]
            if entity
            else []
        )
        if columns and len(keys) < _READ:
            rows = everything(scene, listing).rows
            found = (cell(row, column) for row in rows for column in columns)
            keys |= dict.fromkeys(key for key in found if key is not None)
    return [{operation.key: key} for key in list(keys)[:_READ]] if operation.key else []


def named(row: Row, source: str) -> Any:
    """What a copy of this row shows: one of its columns, or several joined by blanks; None where it shows none."""
    parts = [cell(row, column) for column in source.split()]
    if len(parts) == 1:
        return parts[0]
    return " ".join(str(part) for part in parts if part) or None


def _copies(contract: Contract, operation: Operation) -> list[tuple[Copy, str, str, str]]:
    """(copy, its name in rows, the key column's name in rows, the entity it points at)."""
    entity, shown = entity_of(contract, operation), row_members(contract, operation)
    found = []
    for copy in entity.copies.values() if entity is not None else ():
        relation = entity.relations.get(copy.relation) if entity is not None else None
        name, column = spelled(copy.name, shown), spelled(relation.column, shown) if relation is not None else None
        if name is not None and column is not None and relation is not None and not relation.many:
            found.append((copy, name, column, relation.target))
    return found


PROBES = (
    Probe("denormalised names", "MS247", "a name beside a key is the name of what the key points at", applies, run),
)
