"""The count that a list gives is the number of its rows, on every page and under a filter.

Budget: at most five requests per list, beside those for all its rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mockserver.bundle.operations import Operation
from mockserver.probes.answers import Answer, answer, brief
from mockserver.probes.base import Contract, Fault, Inconclusive, Probe, Scene
from mockserver.probes.pages import is_listing, page
from mockserver.probes.plain_filters import equalities
from mockserver.probes.rows import Rows, confirmed, everything, path_of, sized, turn
from mockserver.probes.searching import operand, search_of, values_of

_FILTERS = 3


def applies(contract: Contract, operation: Operation) -> bool:
    """Whether a list says how many rows there are."""
    return is_listing(contract, operation) and operation.shape.count is not None


def run(scene: Scene, operation: Operation) -> Iterator[Fault]:
    """Count all rows, a page of them, and those that fulfil a filter."""
    whole = everything(scene, operation)
    if all(each.count is None for each in whole.pages):
        raise Inconclusive("its replies give no count")
    filters = _filters(scene, operation, whole)
    yield from confirmed(scene, lambda: _observed(scene, operation, filters))


def _observed(scene: Scene, operation: Operation, filters: list[dict[str, Any]]) -> Iterator[Fault]:
    whole = everything(scene, operation)
    count = whole.pages[0].count
    shown = tuple(each.exchange for each in whole.pages)
    if whole.complete and count is not None and count != len(whole.rows):
        yield Fault("the count is not the number of rows", f"{count}, but {len(whole.rows)} rows", exchanges=shown)
    elif count is not None and count < len(whole.rows):
        yield Fault("the count is less than the rows that came", f"{count}, {len(whole.rows)}", exchanges=shown)
    small = page(scene, operation, {**(turn(operation, None, 0, 0, 1) or {})}, path_of(scene, operation))
    if sized(operation, 1) and small.count is not None and small.count != count:
        detail = f"{small.count} with a page of one row, {count} with a larger one"
        yield Fault("the count depends on the size of the page", detail, exchanges=(small.exchange, *shown[:1]))
    yield from _beyond(scene, operation, whole)
    for inputs in filters:
        found = answer(scene, operation, inputs)
        if found is not None and _wrong(found):
            detail = f"{brief(inputs)}: {found.page.count}, but {len(found.rows)} rows"
            message = "the count is not the number of rows that fulfil the filter"
            yield Fault(message, detail, exchanges=(found.page.exchange,))
            return


def _beyond(scene: Scene, operation: Operation, whole: Rows) -> Iterator[Fault]:
    """Beyond the last row the count is what it was: an empty page does not mean that nothing is there."""
    size, paging = 2, operation.paging
    if paging is None or not (paging.offset or (paging.page and paging.kind)) or paging.cursor or not whole.complete:
        return
    inputs = turn(operation, whole.pages[0], len(whole.rows) + size, len(whole.rows) // size + 2, size)
    try:
        last = page(scene, operation, inputs or {}, path_of(scene, operation))
    except Inconclusive:  # some refuse such a page, which is theirs to decide
        return
    if not last.rows and last.count is not None and last.count != whole.pages[0].count:
        detail = f"{last.count}, {whole.pages[0].count} on the first page"
        yield Fault("the count is another one beyond the last page", detail, exchanges=(last.exchange,))


def _wrong(found: Answer) -> bool:
    """Whether the rows are all there, and not as many as the count says."""
    count = found.page.count
    operation_ended = found.complete or (count is not None and count < len(found.rows))
    return count is not None and operation_ended and count != len(found.rows)


def _filters(scene: Scene, operation: Operation, whole: Rows) -> list[dict[str, Any]]:
    """A few filters that tell some rows from others: conditions of a search, plain inputs of a list."""
    dice = scene.random
    found: list[dict[str, Any]] = []
    search = search_of(scene.contract, operation)
    for column in dice.sample(search.columns, min(len(search.columns), _FILTERS)) if search is not None else ():
        operator = "_lte" if "_lte" in column.operators else "_eq"
        value = operand(scene.contract, column, operator, values_of(whole.rows, column), dice)
        if value is not None and search is not None:
            found.append({search.where: {column.name: {operator: value}}})
    plain = [{name: value} for name, _, value in equalities(scene, operation, whole.rows, dice)]
    return [*found, *plain][:_FILTERS]


PROBES = (Probe("count", "MS235", "the count of a list is the number of its rows, under a filter too", applies, run),)
