"""The order of rows judged within its own side: the one asked for, the declared one, one that nobody declared."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from mockserver.compare.facts import Fact, property_named, verdict
from mockserver.compare.lists import COLLATIONS, is_sorted
from mockserver.compare.seen import Seen, names_of
from mockserver.store.model import normal

_ORDERS = frozenset({"order_by", "orderby", "sort", "sort_by", "sortby", "order", "ordering"})
_ENOUGH = 8  # different values by which an order nobody declared is recognised


def asked_order(seen: Seen) -> list[tuple[str, bool]] | None:
    """The order asked for, or declared as the usual one, as (column, descending); None: nothing is said."""
    found = next((value for name, value in seen.given.items() if normal(name) in _ORDERS), None)
    way = next(
        (value for name, value in seen.given.items() if normal(name) in ("order", "direction", "sort_order")), ""
    )
    if found in (None, "", []):
        found = seen.operation.hints.get("order")
    if isinstance(found, str) and found.lower() not in ("asc", "desc"):
        words = [word.strip() for word in found.split(",") if word.strip()]
        down = str(way).lower() == "desc"
        return [
            (w.lstrip("+-").split(":")[0].split(" ")[0], w.startswith("-") or w.lower().endswith("desc") or down)
            for w in words
        ]
    parts = found if isinstance(found, list) else [found]
    pairs = [pair for part in parts if isinstance(part, dict) for pair in part.items()]
    return [(name, str(way).startswith("desc")) for name, way in pairs] or None


def judge_order(seen: Seen) -> Iterator[Fact]:
    wanted = asked_order(seen)
    if len(seen.rows) < 2:
        return
    if wanted is None:
        yield from _unasked(seen)
        return
    name, descending = wanted[0]
    column = property_named(name, names_of(seen.rows))
    if column is None:
        return
    values = [row.get(column) for row in seen.rows]
    if any(isinstance(value, dict | list) for value in values) or len({v for v in values if v is not None}) < 2:
        return
    good = is_sorted(values, descending=descending)
    aspect = "the order asked for" if len(wanted) == 1 else "the order"
    yield verdict(
        seen.step,
        "order",
        aspect,
        bool(good),
        ("kept", "not kept"),
        detail=f"by {name} {'descending' if descending else 'ascending'}",
    )
    if good and good != frozenset(COLLATIONS):
        yield Fact(
            seen.step.number,
            seen.step.label,
            "order",
            "how texts are ordered",
            good,
            " or ".join(sorted(good)),
            impact="cosmetic",
        )
    if len(wanted) > 1 and good:
        yield from _ties(seen, values, wanted[1])
    nulls = [value is None for value in values]
    if any(nulls) and not all(nulls) and nulls in (sorted(nulls), sorted(nulls, reverse=True)):
        first = "first" if nulls[0] else "last"
        yield Fact(seen.step.number, seen.step.label, "order", "rows without the value", frozenset({first}), first)


def _ties(seen: Seen, values: list[Any], second: tuple[str, bool]) -> Iterator[Fact]:
    """Rows that agree in the first column stand in the order of the second."""
    column = property_named(second[0], names_of(seen.rows))
    if column is None:
        return
    groups: dict[str, list[Any]] = defaultdict(list)
    for value, row in zip(values, seen.rows, strict=True):
        groups[str(value)].append(row.get(column))
    told = [group for group in groups.values() if len({str(v) for v in group if v is not None}) > 1]
    if told and not any(isinstance(v, dict | list) for group in told for v in group):
        good = all(is_sorted(group, descending=second[1]) for group in told)
        yield verdict(seen.step, "order", "the order of equal rows", good, ("kept", "not kept"))


def _unasked(seen: Seen) -> Iterator[Fact]:
    """An order that nobody declared but the rows stand in: by key, by a moment, by a name."""
    found = set()
    for name in names_of(seen.rows):
        values = [row.get(name) for row in seen.rows]
        if any(isinstance(value, dict | list | bool) for value in values):
            continue
        if len({str(value) for value in values if value is not None}) >= _ENOUGH and None not in values:
            found |= {f"by {name}"} if is_sorted(values) else set()
            found |= {f"by {name} descending"} if is_sorted(values, descending=True) else set()
    if len(seen.rows) >= _ENOUGH:
        words = f"{min(found)}" if found else "none"
        yield Fact(
            seen.step.number,
            seen.step.label,
            "order",
            "the order by default",
            frozenset(found or {"none"}),
            words,
            bool(found),
        )
