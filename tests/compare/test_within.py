"""Lists and searches are judged within their own side, and the judgements are compared."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver.compare.difference import Step
from tests.compare.made import differences, made


def listed(names: list[str], *, count: int | None = None, first: int = 1, **sent: Any) -> Step:
    """A list of clients by these names, with keys from `first` on."""
    rows = [{"id": first + i, "name": name, "active": True} for i, name in enumerate(names)]
    body = {"clients": rows, "total": {"aggregate": {"count": len(rows) if count is None else count}}}
    return made("filterClientsDynamic", body, sent=sent)


def test_other_rows_that_keep_the_promises_are_no_difference() -> None:
    """Another filter result, another count, another full page."""
    a = listed(["Abel", "Adam", "Aron"], pageSize=5, where={"name": {"_like": "A%"}}, orderBy=[{"name": "asc"}])
    b = listed(["Acme"], first=70, pageSize=5, where={"name": {"_like": "A%"}}, orderBy=[{"name": "asc"}])

    assert differences(a, b) == []


@pytest.mark.parametrize(
    ("b", "words"),
    [
        (listed(["Aron", "Abel", "Adam"], pageSize=5, where={"name": {"_like": "A%"}}, orderBy=[{"name": "asc"}]),
         "order at body: the order asked for: kept -> not kept"),
        (listed(["Abel", "Bill"], pageSize=5, where={"name": {"_like": "A%"}}, orderBy=[{"name": "asc"}]),
         "filter at body: the filter: holds for all rows -> does not hold for all rows"),
        (listed(["A"] * 7, pageSize=5, where={"name": {"_like": "A%"}}, orderBy=[{"name": "asc"}]),
         "paging at body: the page size asked for: kept -> more rows than asked for"),
        (listed(["Abel", "Adam"], count=9, pageSize=5, where={"name": {"_like": "A%"}}, orderBy=[{"name": "asc"}]),
         "count at body /total/aggregate/count: the count: agrees with the rows -> does not agree with the rows"),
    ],
)  # fmt: skip
def test_a_broken_promise_is_a_difference(b: Step, words: str) -> None:
    """Order, filter, page size and count are checked on each side's own rows."""
    a = listed(["Abel", "Adam", "Aron"], pageSize=5, where={"name": {"_like": "A%"}}, orderBy=[{"name": "asc"}])

    assert words in differences(a, b)


def test_promises_that_both_break_are_no_difference() -> None:
    """What neither side keeps is a matter for the check of one environment."""
    a = listed(["Zoe", "Abel"], pageSize=5, orderBy=[{"name": "asc"}])
    b = listed(["Yves", "Carl", "Xena"], pageSize=5, orderBy=[{"name": "asc"}])

    assert differences(a, b) == []


def test_collations_are_told_apart() -> None:
    """By code point or without case: a cosmetic difference of order."""
    a = listed(["Abel", "Zoe", "bill", "carl"], pageSize=5, orderBy=[{"name": "asc"}])
    b = listed(["abel", "Bill", "carl", "Zoe"], pageSize=5, orderBy=[{"name": "asc"}])

    [found] = differences(a, b)
    assert found.startswith("order at body: how texts are ordered: by code point -> ")


def test_nulls_first_and_last_are_told_apart() -> None:
    """Where rows without a value stand is part of the order."""
    sides = []
    for names in ([None, "Abel", "Bill"], ["Abel", "Bill", None]):
        rows = [{"id": i, "name": name} for i, name in enumerate(names)]
        body = {"clients": rows, "total": {"aggregate": {"count": 3}}}
        sides.append(made("filterClientsDynamic", body, sent={"pageSize": 5, "orderBy": [{"name": "asc"}]}))

    assert "order at body: rows without the value: first -> last" in differences(*sides)


def test_rows_that_a_search_misses_are_found_in_other_lists() -> None:
    """A search that knows all its rows but leaves one out that another list showed misses it."""
    everything = listed(["Abel", "adam", "Bill"], pageSize=5)
    where = {"name": {"_ilike": "a%"}}
    good = listed(["Abel", "adam"], pageSize=5, where=where)
    bad = listed(["Abel"], pageSize=5, where=where)
    sides = [[everything, Step(2, found.operation, found.exchange)] for found in (good, bad)]

    assert "filter at body: the rows found: finds all that match -> misses rows that match" in differences(*sides)
