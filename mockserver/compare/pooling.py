"""Rows held together over operations: what few rows of one operation do not prove, those of all may."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from mockserver.bundle.reading import Reader, Spot
from mockserver.compare.contrast import Contrast
from mockserver.compare.difference import ABSENT, Ledger, Step
from mockserver.compare.documents import Document
from mockserver.compare.identity import Namer
from mockserver.compare.lists import entity_of, item_of, key_name, rows_of
from mockserver.compare.profile import Profiler, distinct
from mockserver.store.model import Model

Pair = tuple[Step, Step]
Entry = tuple[Pair, tuple[Document, Document]]
Row = dict[str, Any]
_MOST = 4000  # rows of a side beyond which each operation proves enough by itself
_SURE = 2  # rows that an operation shows without a property that another shows of them


def shown_rows(step: Step, body: Any) -> list[Row]:
    """The rows that an answer shows: of a list, or the one of a read."""
    rows = rows_of(step.operation, body)
    item = item_of(step.operation, body)
    return rows if rows is not None else [item] if item is not None else []


def listed_keys(answers: Sequence[tuple[Step, Any]], model: Model) -> frozenset[tuple[str, str]]:
    """The rows that a side's lists showed, as (entity, key)."""
    found = set()
    for step, body in answers:
        entity = entity_of(step.operation, model)
        for row in (rows_of(step.operation, body) or ()) if entity is not None else ():
            key = key_name(row, entity)
            if entity is not None and key is not None:
                found.add((entity.name, str(row[key])))
    return frozenset(found)


def compare_pools(entries: Sequence[tuple[Entry, Spot | None]], reader: Reader, namer: Namer, ledger: Ledger) -> None:
    """Profiles of all rows of one schema, whichever operation showed them; what is known by operation stays out."""
    pools: dict[str, list[tuple[Entry, Spot]]] = defaultdict(list)
    for entry, spot in entries:
        if spot is not None:
            pools[reader.identity(spot)].append((entry, spot))
    for pool in pools.values():
        if len({pair[0].label for (pair, _), _ in pool}) < 2:
            continue
        sides = [list(distinct(_rows(pool, side))) for side in (0, 1)]
        if not all(sides) or max(map(len, sides)) > _MOST:
            continue
        profiler, scratch = Profiler(reader), Ledger()
        profiles = [profiler.profile(side, pool[0][1]) for side in sides]
        Contrast(reader, namer, scratch, pool[0][0][0][0], ()).compare(
            profiles[0], profiles[1], _pointer(pool[0][0][0][0])
        )
        known = {(found.cls, _cause(found.group, found.pointer)) for found in ledger.differences}
        for found in scratch.differences:
            if (found.cls, _cause(found.group, found.pointer)) not in known:
                ledger.adopt(found)


def _rows(pool: Sequence[tuple[Entry, Spot]], side: int) -> Iterator[Row]:
    for (pair, documents), _ in pool:
        yield from shown_rows(pair[side], documents[side].value)


def _cause(group: str, pointer: str) -> str:
    return group or pointer.rpartition("/")[2]


def _pointer(step: Step) -> str:
    """Where the rows of an answer are."""
    if step.operation is None:
        return ""
    if step.operation.shape.rows is not None:
        return "".join(f"/{name}" for name in (*step.operation.shape.rows, "[]"))
    return "".join(f"/{name}" for name in step.operation.shape.item or ())


def compare_views(entries: Sequence[Entry], model: Model, ledger: Ledger) -> None:
    """A property that one operation leaves out of rows of which another shows it, on one side only."""
    sides = [_views([(pair[side], documents[side].value) for pair, documents in entries], model) for side in (0, 1)]
    for place in sides[0].keys() & sides[1].keys():
        (shows_a, hides_a), (shows_b, hides_b) = sides[0][place], sides[1][place]
        gone = shows_a >= _SURE and not hides_a and hides_b >= _SURE and not shows_b
        new = shows_b >= _SURE and not hides_b and hides_a >= _SURE and not shows_a
        if gone or new:
            step = next(pair[0] for pair, _ in entries if pair[0].label == place[0])
            cls, says = ("property missing", "present -> absent") if gone else ("property extra", "absent -> present")
            ledger.differ(
                step,
                cls,
                "body",
                says,
                ("shown", ABSENT) if gone else (ABSENT, "shown"),
                f"{_pointer(step)}/{place[1]}",
                detail="another operation shows it of the same rows",
            )


def _views(answers: Sequence[tuple[Step, Any]], model: Model) -> dict[tuple[str, str], list[int]]:
    """How many rows each operation shows with a property, and without it though another shows it of them."""
    rows: dict[tuple[str, str], dict[str, Row]] = defaultdict(dict)
    for step, body in answers:
        entity = entity_of(step.operation, model)
        for row in shown_rows(step, body) if entity is not None else ():
            key = key_name(row, entity)
            if entity is not None and key is not None:
                rows[entity.name, str(row[key])].setdefault(step.label, row)
    found: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for views in rows.values():
        for label, row in views.items() if len(views) > 1 else ():
            others = {
                name for other, view in views.items() if other != label for name in view if view[name] is not None
            }
            for name in others:
                found[label, name][0 if name in row else 1] += 1
    return found
