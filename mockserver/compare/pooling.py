"""Rows held together over operations: what few rows of one operation do not prove, those of all may."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

from mockserver.bundle.reading import Reader, Spot
from mockserver.compare.contrast import Contrast
from mockserver.compare.difference import ABSENT, Ledger, Step
from mockserver.compare.documents import Document
from mockserver.compare.identity import Namer
from mockserver.compare.lists import entity_of, item_of, key_name, rows_of
from mockserver.compare.profile import Profiler, distinct
from mockserver.environments.guard import reads
from mockserver.store.model import Model, normal

Pair = tuple[Step, Step]
Entry = tuple[Pair, tuple[Document, Document]]
Row = dict[str, Any]
Views = Mapping[tuple[str, str], Mapping[str, Row]]  # each row, by (entity, key), as each operation showed it
_MOST = 4000  # rows of a side beyond which each operation proves enough by itself
NOTHING: tuple[object, ...] = (None, "", [], {})  # what says that a row has nothing there
_SURE = 2  # rows that an operation shows without a property that another shows of them


def nothing(row: Row, name: str) -> str:
    """How a row says that it has nothing there: absent, null or empty; "" where it has something."""
    if name not in row:
        return "absent"
    return "null" if row[name] is None else "empty" if row[name] in NOTHING else ""


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
            profiles[0], profiles[1], pointer_of(pool[0][0][0][0])
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


def pointer_of(step: Step) -> str:
    """Where the rows of an answer are."""
    if step.operation is None:
        return ""
    if step.operation.shape.rows is not None:
        return "".join(f"/{name}" for name in (*step.operation.shape.rows, "[]"))
    return "".join(f"/{name}" for name in step.operation.shape.item or ())


def compare_views(entries: Sequence[Entry], shown: Sequence[Views], ledger: Ledger) -> None:
    """A property that one operation leaves out of rows of which another shows it, on one side only.

    A name that operations spell in their own ways (`created_at`, `createdAt`) is one property.
    """
    told: set[tuple[str, str]] = set()
    for spell in (str, normal):
        sides = [_views(each, spell) for each in shown]
        for label, name in sorted(sides[0].keys() & sides[1].keys()):
            (shows_a, hides_a), (shows_b, hides_b) = sides[0][label, name], sides[1][label, name]
            gone = shows_a >= _SURE and not hides_a and hides_b >= _SURE and not shows_b
            new = shows_b >= _SURE and not hides_b and hides_a >= _SURE and not shows_a
            if not (gone or new) or (label, normal(name)) in told:
                continue
            told.add((label, normal(name)))
            step = next(pair[0] for pair, _ in entries if pair[0].label == label)
            cls, says = ("property missing", "present -> absent") if gone else ("property extra", "absent -> present")
            seen = ("shown", ABSENT) if gone else (ABSENT, "shown")
            rows = (views.get(label, {}) for side in shown for views in side.values())
            pointer = f"{pointer_of(step)}/{next(each for row in rows for each in row if spell(each) == name)}"
            ledger.differ(
                step, cls, "body", says, seen, pointer, detail="another operation shows it of the same rows"
            )  # fmt: skip


def compare_nulls(entries: Sequence[Entry], views: Sequence[Views], ledger: Ledger) -> None:
    """How operations tell that a row has nothing (null, absent, empty), where they disagree on one side only.

    Data decides which rows have nothing to tell, but not that two operations tell the same nothing each in its way: it
    is the writer of the answer that decides, so one row on each side tells.
    """
    names: dict[tuple[str, str], set[str]] = defaultdict(set)
    for (entity, _), shown in (entry for side in views for entry in side.items()):
        for label, row in shown.items():
            names[entity, label].update(row)
    sides = [_nothings(each, names) for each in views]
    told: set[tuple[str, str]] = set()
    for place in sorted(sides[0].keys() & sides[1].keys()):
        label, other, name = place
        alike = [sum(times for (one, two), times in side[place].items() if one == two) for side in sides]
        odd = 0 if alike[1] else 1
        found = sides[odd][place].most_common(1)[0][0]
        steady = alike[1 - odd] == sides[1 - odd][place].total()
        if alike[odd] or not steady or told & {(label, name), (other, name)}:
            continue
        told |= {(label, name), (other, name)}
        step = next(pair[0] for pair, _ in entries if pair[0].label == label)
        words = "the same here and elsewhere", f"{found[0]} here, {found[1]} elsewhere"
        words = words if odd else (words[1], words[0])
        ledger.differ(step, "null", "body", " -> ".join(words), words, f"{pointer_of(step)}/{name}",
                      detail=f"the same rows by {other}")  # fmt: skip


def rows_by_view(answers: Sequence[tuple[Step, Any]], model: Model) -> Views:
    """Each row, by (entity, key), as each operation that reads showed it first."""
    rows: dict[tuple[str, str], dict[str, Row]] = defaultdict(dict)
    for step, body in answers:
        entity = entity_of(step.operation, model)
        if step.operation is None or not reads(step.operation):
            continue
        for row in shown_rows(step, body) if entity is not None else ():
            key = key_name(row, entity)
            if entity is not None and key is not None:
                rows[entity.name, str(row[key])].setdefault(step.label, row)
    return rows


def _nothings(
    views: Mapping[tuple[str, str], Mapping[str, Row]], names: Mapping[tuple[str, str], set[str]]
) -> dict[tuple[str, str, str], Counter[tuple[str, str]]]:
    """By operation, another one, and property: how both tell of the same rows that there is nothing."""
    found: dict[tuple[str, str, str], Counter[tuple[str, str]]] = defaultdict(Counter)
    for (entity, _), shown in views.items():
        for (one, here), (other, there) in combinations(sorted(shown.items()), 2):
            for name in names[entity, one] & names[entity, other]:
                if (told := nothing(here, name)) and (elsewhere := nothing(there, name)):
                    found[one, other, name][told, elsewhere] += 1
    return found


def _views(rows: Views, spell: Callable[[str], str]) -> dict[tuple[str, str], list[int]]:
    """How many rows each operation shows with a property, and without it though another shows it of them."""
    found: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for views in rows.values():
        if len(views) < 2:
            continue
        names = {label: {spell(name) for name in row} for label, row in views.items()}
        there = {label: {spell(name) for name in row if row[name] is not None} for label, row in views.items()}
        for label in views:
            others = set[str]().union(*(told for other, told in there.items() if other != label))
            for name in others:
                found[label, name][0 if name in names[label] else 1] += 1
    return found
