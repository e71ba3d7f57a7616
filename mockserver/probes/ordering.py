"""`orderBy` sorts by each key and by several, drops no row, and puts nulls where it says; a declared order is kept.

Texts are judged by every usual collation (code point, without case, as dictionaries do): one that fits is enough.
Budget: at most 14 requests per search, beside those for all its rows; none for a list with a declared order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise, product
from random import Random
from typing import Any

from mockserver.bundle.operations import Operation, Role
from mockserver.exchanges import Exchange
from mockserver.probes.answers import answer, brief, ids, need_rows
from mockserver.probes.base import Contract, Fault, Inconclusive, Probe, Scene
from mockserver.probes.filtering import Doubt, Kind, collations, moment, plain
from mockserver.probes.pages import Row, cell, is_listing
from mockserver.probes.rows import confirmed, everything, sized
from mockserver.probes.searching import Column, Search, search_of, shown_columns, values_of

_KEYS, _PAIRS, _SHORT = 8, 2, 3
_COLLATIONS = len(collations(""))
Step = tuple[Column, str]


def applies(contract: Contract, operation: Operation) -> bool:
    """Whether a search sorts by columns that its rows show."""
    search = search_of(contract, operation) if is_listing(contract, operation) else None
    return search is not None and bool(search.keys)


def has_order(contract: Contract, operation: Operation) -> bool:
    """Whether a list has a declared order."""
    return is_listing(contract, operation) and operation.role is Role.LIST and bool(operation.hints.get("order"))


def run(scene: Scene, operation: Operation) -> Iterator[Fault]:
    """Sort by keys and pairs of keys that the dice choose."""
    search = search_of(scene.contract, operation)
    if search is None:
        return
    rows = need_rows(everything(scene, operation), 2)
    dice = scene.random
    questions = list(_questions(search, rows, dice))
    if not questions:
        raise Inconclusive("no column that it sorts by has two values")

    def observe() -> Iterator[Fault]:
        for steps in questions:
            yield from _asked(scene, operation, search, steps)

    yield from confirmed(scene, observe)


def default_order(scene: Scene, operation: Operation) -> Iterator[Fault]:
    """A list comes in the order that is declared for it."""
    columns = shown_columns(scene.contract, operation)
    declared = operation.hints["order"]
    steps = [(columns[name], str(way)) for part in declared for name, way in part.items() if name in columns]
    if len(steps) < sum(len(part) for part in declared):
        raise Inconclusive("its rows do not show all columns of the declared order")
    need_rows(everything(scene, operation), 2)

    def observe() -> Iterator[Fault]:
        whole = everything(scene, operation)
        pages = [page.rows for page in whole.pages]
        rows = whole.rows if whole.once else pages[0]
        if not is_sorted(rows, steps):
            yield Fault("its rows do not come in the declared order", brief(declared), exchanges=whole.exchanges)

    yield from confirmed(scene, observe)


def _questions(search: Search, rows: Sequence[Row], dice: Random) -> Iterator[list[Step]]:
    keys = [column for column in search.keys if len({str(value) for value in values_of(rows, column)}) > 1]
    dice.shuffle(keys)
    keys.sort(key=lambda column: all(value is not None for value in values_of(rows, column)))
    chosen = keys[: _KEYS // 2] + dice.sample(keys[_KEYS // 2 :], min(_KEYS // 2, len(keys[_KEYS // 2 :])))
    first = dice.randrange(2)
    ways = search.directions
    for number, column in enumerate(chosen):
        yield [(column, ("asc", "desc")[(number + first) % 2])]
    for column in chosen[:1]:
        yield [(column, ("desc", "asc")[first])]
        explicit = [way for way in ways if way not in ("asc", "desc")]
        if explicit:
            yield [(column, dice.choice(explicit))]
    coarse = sorted(chosen, key=lambda column: len({str(value) for value in values_of(rows, column)}))
    for one, other in list(pairwise(coarse))[:_PAIRS]:
        yield [(one, dice.choice(("asc", "desc"))), (other, dice.choice(("asc", "desc")))]


def _asked(scene: Scene, operation: Operation, search: Search, steps: Sequence[Step]) -> Iterator[Fault]:
    contract, whole = scene.contract, everything(scene, operation)
    inputs = {search.order: search.sorting(*((column.name, way) for column, way in steps))}
    refusals: list[Fault] = []
    found = answer(scene, operation, inputs, refusals)
    what = "several keys" if len(steps) > 1 else f"`{steps[0][1]}`"
    if found is None:
        if all(column.declared for column, _ in steps) or any("breaks" in each.message for each in refusals):
            yield Fault(f"sorting by {what} {refusals[0].message}", refusals[0].detail, exchanges=refusals[0].exchanges)
        return
    shown: tuple[Exchange, ...] = (found.page.exchange, *whole.exchanges)
    if not is_sorted(found.rows, steps, nulls=False):
        yield Fault(f"rows are not sorted by {what}", brief(inputs), exchanges=shown)
    elif not is_sorted(found.rows, steps):
        yield Fault(f"sorting by {what} puts nulls at the wrong end", brief(inputs), exchanges=shown)
    elif found.complete and len(steps) == 1:
        yield from _first_page(scene, operation, found.rows, inputs, steps[0][0])
    if (
        found.complete
        and whole.complete
        and ids(contract, operation, found.rows) != ids(contract, operation, whole.rows)
    ):
        yield Fault("a sorted search gives other rows than an unsorted one", brief(inputs), exchanges=shown)


def _first_page(
    scene: Scene, operation: Operation, rows: Sequence[Row], inputs: dict[str, Any], column: Column
) -> Iterator[Fault]:
    """A short first page begins as the long one does: all rows are sorted, not only those of the page."""
    size = sized(operation, _SHORT)
    found = answer(scene, operation, {**inputs, **size}) if size and len(rows) > _SHORT else None
    if found is None or len(found.page.rows) != _SHORT:
        return
    if values_of(found.page.rows, column) != values_of(rows[:_SHORT], column):
        shown = (found.page.exchange,)
        yield Fault("a shorter page begins with other rows than a longer one", brief(inputs), exchanges=shown)


def is_sorted(rows: Sequence[Row], steps: Sequence[Step], *, nulls: bool = True) -> bool:
    """Whether rows are sorted in some usual collation; without `nulls`, these may stand at either end."""
    ends = product(*([None] if nulls else ["first", "last"] for _ in steps))
    return any(_sorted(rows, steps, collation, places) for places in ends for collation in range(_COLLATIONS))


def _sorted(rows: Sequence[Row], steps: Sequence[Step], collation: int, nulls: Sequence[str | None]) -> bool:
    compare = [_comparison(*step, collation, place) for step, place in zip(steps, nulls, strict=True)]
    for before, after in pairwise(rows):
        verdict = next((verdict for each in compare if (verdict := each(before, after)) != 0), 0)
        if verdict > 0:
            return False
    return True


def _comparison(column: Column, way: str, collation: int, nulls: str | None) -> Callable[[Row, Row], int]:
    """Below zero where the first row rightly stands before the second, zero where they are equal in this column.

    Where nothing is said, nulls count as the greatest value, as PostgreSQL has it.
    """
    falling = way.startswith("desc")
    first = nulls == "first" or (nulls is None and (way.endswith("nulls_first") or way == "desc"))

    def compare(before: Row, after: Row) -> int:
        one, other = cell(before, column.shown), cell(after, column.shown)
        if one is None or other is None:
            if one is None and other is None:
                return 0
            return -1 if (one is None) is first else 1
        try:
            left, right = _key(one, column.kind, collation), _key(other, column.kind, collation)
        except Doubt:
            return 0
        return 0 if left == right else -1 if (left > right) is falling else 1

    return compare


def _key(value: Any, kind: Kind, collation: int) -> Any:
    if kind == "text":
        return collations(str(value))[collation]
    return moment(value).replace(microsecond=0) if kind == "moment" else plain(value, kind)


PROBES = (
    Probe("order by", "MS244", "`orderBy` sorts, by one key and by several", applies, run),
    Probe("declared order", "MS245", "a list comes in the order that is declared for it", has_order, default_order),
)
