"""What a row points at can be read: no key of a related row leads nowhere.

Budget: at most eight reads per list, each row read once per run.
"""

from __future__ import annotations

from collections.abc import Iterator

from mockserver.bundle.operations import Operation
from mockserver.probes.base import Contract, Fault, Inconclusive, Probe, Scene
from mockserver.probes.pages import cell, entity_of, is_listing, row_members
from mockserver.probes.rows import confirmed, everything, item, readers
from mockserver.probes.searching import spelled

_PER_COLUMN, _MOST = 2, 8
_GONE = (404, 410)


def applies(contract: Contract, operation: Operation) -> bool:
    """Whether rows show keys of related rows."""
    return is_listing(contract, operation) and bool(_columns(contract, operation))


def run(scene: Scene, operation: Operation) -> Iterator[Fault]:
    """Read what the keys of a few rows point at."""
    yield from confirmed(scene, lambda: _observed(scene, operation))


def _observed(scene: Scene, operation: Operation) -> Iterator[Fault]:
    whole, read = everything(scene, operation), 0
    for column, target in _columns(scene.contract, operation):
        reader = next(iter(readers(scene, target)), None)
        keys = list(dict.fromkeys(key for row in whole.rows if isinstance(key := cell(row, column), str | int)))
        for key in keys[:: max(1, len(keys) // _PER_COLUMN)][:_PER_COLUMN] if reader is not None else ():
            if read >= _MOST or reader is None:
                return
            read += 1
            code, _, exchange = item(scene, reader, {reader.key: key})
            if code in _GONE:
                message, detail = f"`{column}` points at a row that cannot be read", f"{column} {key!r}: {code}"
                yield Fault(message, detail, exchanges=(*whole.exchanges, exchange))
                break
    if not read:
        raise Inconclusive("no row points at anything that can be read")


def _columns(contract: Contract, operation: Operation) -> list[tuple[str, str]]:
    """(column as rows show it, the entity whose keys it holds), each column once."""
    entity, shown = entity_of(contract, operation), row_members(contract, operation)
    found: dict[str, str] = {}
    for relation in entity.relations.values() if entity is not None else ():
        column = spelled(relation.column, shown)
        if column is not None and not relation.many and entity is not None and relation.column != entity.key:
            found.setdefault(column, relation.target)
    return list(found.items())


PROBES = (Probe("references", "MS250", "each key of a related row leads to a row that can be read", applies, run),)
