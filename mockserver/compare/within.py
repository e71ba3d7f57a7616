"""Each list and search judged within its own side: pages, count, order, filter, rows only once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from mockserver.compare.difference import Step
from mockserver.compare.facts import Fact, verdict
from mockserver.compare.ordering import judge_order
from mockserver.compare.paging import judge_beyond, judge_count, judge_counts, judge_pages, judge_size
from mockserver.compare.searches import Known, judge_filter
from mockserver.compare.seen import Seen, lists_of
from mockserver.probes.base import Contract


def judge(side: Sequence[Step], bodies: Sequence[Any], contract: Contract) -> Iterator[Fact]:
    """All that a side's lists say of themselves."""
    lists = lists_of(side, bodies, contract)
    known = _pool(lists, contract)
    for seen in lists:
        yield from judge_size(seen)
        yield from judge_count(seen)
        if seen.keys:
            once = max(Counter(seen.keys).values()) == 1
            yield verdict(seen.step, "referential", "rows of a page", once, ("each row once", "a row twice"))
        yield from judge_order(seen)
        yield from judge_filter(seen, known)
    yield from judge_beyond(lists)
    yield from judge_counts(lists)
    yield from judge_pages(lists)


def _pool(lists: Sequence[Seen], contract: Contract) -> Known:
    """All rows that a side's lists showed, by operation's entity and key."""
    known = Known()
    known.entities = contract.model.entities
    for seen in lists:
        if seen.keys and seen.operation.entity:
            known.setdefault(seen.operation.entity, {}).update(zip(seen.keys, seen.rows, strict=True))
    return known
