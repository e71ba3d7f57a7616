"""Pages: no larger than asked, disjoint, together complete, in one order, and truthful about whether more follow.

One walk per list serves all these probes. Budget: at most 14 requests per list, beside those for all its rows: the
default page, sizes 1, 2 and beyond the maximum, seven pages of a walk, one beyond the end.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from mockserver.bundle.operations import Operation
from mockserver.exchanges import Exchange
from mockserver.findings import Severity
from mockserver.probes.answers import need_rows
from mockserver.probes.base import Contract, Fault, Inconclusive, Probe, Scene
from mockserver.probes.pages import Page, ask, identity, is_listing, page, read, status
from mockserver.probes.rows import (
    Rows,
    confirmed,
    everything,
    largest,
    path_of,
    remembered,
    sized,
    turn,
    walk,
)

_PAGES = 7
_LARGE = 25  # the page size by which the beginning of a large list is walked


@dataclass(frozen=True, slots=True)
class _Walk:
    """A list in small pages of `size`, beside the same in pages as large as can be."""

    small: Rows
    whole: Rows
    size: int | None

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        return tuple(each.exchange for each in (*self.small.pages, *self.whole.pages[:1]))

    def ids(self, contract: Contract, operation: Operation, rows: Rows) -> list[Hashable]:
        return [identity(contract, operation, row) for row in rows.rows]


def _paged(contract: Contract, operation: Operation) -> bool:
    paging = operation.paging
    return (
        is_listing(contract, operation) and paging is not None and bool(paging.page or paging.offset or paging.cursor)
    )


def _sized(contract: Contract, operation: Operation) -> bool:
    return is_listing(contract, operation) and operation.paging is not None and operation.paging.size is not None


def _flagged(contract: Contract, operation: Operation) -> bool:
    return _paged(contract, operation) and operation.shape.more is not None


# -- sizes --


def size(scene: Scene, operation: Operation) -> Iterator[Fault]:
    """No page holds more rows than were asked for, and none fewer while there are more."""
    need_rows(everything(scene, operation))
    yield from confirmed(scene, lambda: _sizes(scene, operation))


def _sizes(scene: Scene, operation: Operation) -> Iterator[Fault]:
    whole, path, paging = everything(scene, operation), path_of(scene, operation), operation.paging
    known = len(whole.rows)
    if paging is None:
        return
    if paging.default_size is not None:
        plain = page(scene, operation, {}, path)
        if len(plain.rows) > paging.default_size:
            detail = f"{len(plain.rows)} rows, the default is {paging.default_size}"
            yield Fault("a page is larger than the default size", detail, exchanges=(plain.exchange,))
        elif len(plain.rows) < min(known, paging.default_size) and paging.cursor is None:
            detail = f"{len(plain.rows)} of {known} rows, the default is {paging.default_size}"
            yield Fault("a page is smaller than the default size although there are more rows", detail,
                        exchanges=(plain.exchange, *whole.exchanges))  # fmt: skip
    for wanted in (1, 2):
        found = page(scene, operation, sized(operation, wanted), path)
        detail = f"{wanted} asked for, {len(found.rows)} came, {known} there are"
        if len(found.rows) > wanted:
            yield Fault("a page holds more rows than were asked for", detail, exchanges=(found.exchange,))
        elif len(found.rows) < min(known, wanted) and paging.cursor is None:
            yield Fault("a page holds fewer rows than were asked for although there are more", detail,
                        exchanges=(found.exchange, *whole.exchanges))  # fmt: skip


def beyond(scene: Scene, operation: Operation) -> Iterator[Fault]:
    """A page size beyond the maximum is refused with a client error, or cut to the maximum."""
    most = operation.paging.max_size if operation.paging is not None else None
    if most is not None:
        yield from confirmed(scene, lambda: _too_large(scene, operation, most))


def _too_large(scene: Scene, operation: Operation, most: int) -> Iterator[Fault]:
    exchange = ask(scene, operation, sized(operation, most + 1), path_of(scene, operation))
    if status(exchange) >= 500:
        yield Fault("a page size beyond the maximum breaks the server", f"{status(exchange)}", exchanges=(exchange,))
    elif 200 <= status(exchange) < 300:
        found = read(scene.contract, operation, exchange)
        if len(found.rows) > most:
            detail = f"{len(found.rows)} rows, the maximum is {most}"
            yield Fault("a page is larger than the maximum size", detail, exchanges=(exchange,))


# -- the walk --


def _walk(scene: Scene, operation: Operation) -> _Walk:
    found: _Walk = remembered(scene, "walk", operation.id, lambda: _walked(scene, operation))
    return found


def _walked(scene: Scene, operation: Operation) -> _Walk:
    whole = everything(scene, operation)
    known = len(need_rows(whole, 2))
    most = largest(operation.paging)
    wanted = None
    if most is not None:
        wanted = min(most, -(-known // (_PAGES - 3)), known if whole.complete else _LARGE)
    small = walk(scene, operation, path_of(scene, operation), wanted, _PAGES, trusting=False)
    if len(small.pages) < 2 and wanted is not None and wanted < known and operation.paging and operation.paging.cursor:
        raise Inconclusive("its replies give no cursor to a second page")
    return _Walk(small, whole, wanted)


def _repeated(scene: Scene, operation: Operation) -> Iterator[Fault]:
    walked, contract = _walk(scene, operation), scene.contract
    here = Counter(walked.ids(contract, operation, walked.small))
    there = Counter(walked.ids(contract, operation, walked.whole))
    twice = [each for each, times in here.items() if times > max(1, there[each])]
    if twice:
        detail = f"{len(twice)} of {len(here)} rows, in pages of {walked.size}"
        yield Fault("rows come again on another page", detail, exchanges=walked.exchanges)


def _left_out(scene: Scene, operation: Operation) -> Iterator[Fault]:
    walked, contract = _walk(scene, operation), scene.contract
    small, whole = walked.ids(contract, operation, walked.small), walked.ids(contract, operation, walked.whole)
    if walked.small.complete and walked.whole.complete:
        missing, strange = set(whole) - set(small), set(small) - set(whole)
    else:  # both began at the beginning
        missing, strange = set(whole[: len(set(small))]) - set(small), set()
    if missing:
        detail = f"{len(missing)} of {len(whole)} rows are on no page of {walked.size}"
        yield Fault("pages leave rows out", detail, exchanges=walked.exchanges)
    if strange:
        detail = f"{len(strange)} rows come on pages of {walked.size} only"
        yield Fault("small pages show rows that large ones do not", detail, exchanges=walked.exchanges)


def _unordered(scene: Scene, operation: Operation) -> Iterator[Fault]:
    walked, contract = _walk(scene, operation), scene.contract
    small, whole = walked.ids(contract, operation, walked.small), walked.ids(contract, operation, walked.whole)
    least = min(len(small), len(whole))
    if set(small[:least]) == set(whole[:least]) and small[:least] != whole[:least]:
        detail = f"pages of {walked.size} beside larger ones"
        yield Fault("the order of the rows depends on the size of the pages", detail, exchanges=walked.exchanges)


def _beyond_the_end(scene: Scene, operation: Operation) -> Iterator[Fault]:
    """Past the last row there are none: that is how clients notice the end."""
    whole, paging = everything(scene, operation), operation.paging
    if paging is None or not whole.complete or not (paging.offset or paging.page):
        return
    few, far = Page(whole.pages[0].exchange, []), len(whole.rows) + 10
    inputs: dict[str, Any] = turn(operation, few, far, far, 2) or {}
    exchange = ask(scene, operation, inputs, path_of(scene, operation))
    if status(exchange) >= 500:
        yield Fault("a page beyond the end breaks the server", exchanges=(exchange,))
    elif 200 <= status(exchange) < 300 and read(scene.contract, operation, exchange).rows:
        yield Fault("a page beyond the end holds rows", exchanges=(exchange,))


def disjoint(scene: Scene, operation: Operation) -> Iterator[Fault]:
    """No row comes on two pages, and none beyond the end."""
    need_rows(everything(scene, operation))
    yield from confirmed(scene, lambda: _beyond_the_end(scene, operation))
    _walk(scene, operation)
    yield from confirmed(scene, lambda: _repeated(scene, operation))


def complete(scene: Scene, operation: Operation) -> Iterator[Fault]:
    """The pages together are all rows."""
    _walk(scene, operation)
    yield from confirmed(scene, lambda: _left_out(scene, operation))


def stable(scene: Scene, operation: Operation) -> Iterator[Fault]:
    """The pages, one after the other, have the order of one large page."""
    _walk(scene, operation)
    yield from confirmed(scene, lambda: _unordered(scene, operation))


def flag(scene: Scene, operation: Operation) -> Iterator[Fault]:
    """The flag that says whether more rows follow agrees with what follows."""
    _walk(scene, operation)
    yield from confirmed(scene, lambda: _flags(scene, operation))


def _flags(scene: Scene, operation: Operation) -> Iterator[Fault]:
    walked = _walk(scene, operation)
    pages = walked.small.pages
    for before, after in pairwise(pages):
        shown = (before.exchange, after.exchange)
        if before.more is False and after.rows:
            yield Fault("a page says that no more rows follow, and more do", exchanges=shown)
            return
        if before.more is True and not after.rows:
            yield Fault("a page says that more rows follow, and none do", exchanges=shown)
            return
    if len(pages) > 1 and pages[-1].more is True and pages[0].next is not None and pages[-1].next is None:
        message = "a page says that more rows follow, and gives no cursor to them"
        yield Fault(message, exchanges=(pages[-1].exchange,))
    elif walked.whole.complete and walked.small.complete and pages[-1].more is True:
        yield Fault("the last page says that more rows follow", exchanges=(pages[-1].exchange,))


PROBES = (
    Probe("page size", "MS230", "a page holds as many rows as were asked for", _sized, size),
    Probe("largest page", "MS231", "a page size beyond the maximum is refused or cut", _sized, beyond),
    Probe("disjoint pages", "MS232", "no row comes on two pages", _paged, disjoint),
    Probe("complete pages", "MS233", "the pages together are all rows", _paged, complete),
    Probe("stable order", "MS234", "pages of any size have the same order", _paged, stable, severity=Severity.WARNING),
    Probe("more flag", "MS236", "the flag for further rows is right", _flagged, flag),
)
