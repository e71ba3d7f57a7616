"""Lists and searches are judged within their own side, and the judgements are compared."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from mockserver.compare.difference import Step
from mockserver.compare.documents import read
from mockserver.compare.seen import lists_of, questions
from tests.compare.made import contract, differences, made


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


def page(first: int, number: int, rows: int, count: int = 12) -> Step:
    """The page of this number, of three rows at most, of a list of clients."""
    made_rows = [{"id": first + n, "name": f"Client {n}"} for n in range(rows)]
    body = {"clients": made_rows, "total": {"aggregate": {"count": count}}}
    return made("filterClientsDynamic", body, number=number, sent={"pageSize": 3, "page": 1000 * (number - 1)})


def test_a_page_beyond_the_end() -> None:
    """A page whose number is above that of all rows is empty, however pages are counted."""
    a, b = [page(1, 1, 3), page(1, 2, 0)], [page(500, 1, 3), page(500, 2, 3)]

    assert "paging at body: a page beyond the end: empty -> has rows" in differences(a, b)
    assert differences(a, [page(500, 1, 3), page(500, 2, 0)]) == []


def people(first: int) -> list[Step]:
    """All clients of a side, two of them of one name."""
    clients = [{"id": first + n, "name": "Acme" if n < 2 else f"Other {n}", "active": True} for n in range(6)]
    everything = {"clients": clients, "total": {"aggregate": {"count": 6}}}
    return [made("filterClientsDynamic", everything, sent={"pageSize": 50})]


def found(first: int, owners: list[int], number: int = 2) -> Step:
    """Projects of these clients, found by the name of the client."""
    rows = [{"id": first + 100 + n, "name": f"P {n}", "clientId": first + owner} for n, owner in enumerate(owners)]
    body = {"projects": rows, "total": {"aggregate": {"count": len(rows)}}}
    where = {"client": {"name": {"_eq": "Acme"}}}
    return made("filterProjectsDynamic", body, number=number, sent={"pageSize": 50, "where": where})


def test_conditions_on_related_rows() -> None:
    """A condition on the row that another points at is judged by that row, as it was shown elsewhere."""
    good, bad = [*people(1), found(1, [0, 1, 1])], [*people(500), found(500, [0, 1, 5])]

    assert differences(good, [*people(500), found(500, [1, 0])]) == []
    assert "filter at body: the filter: holds for all rows -> does not hold for all rows" in differences(good, bad)


def of_projects(first: int, owners: list[int], found: list[int]) -> list[Step]:
    """Projects of these clients, open but for the first, and the clients that are found through an open one."""
    rows = [{"id": first + 100 + n, "name": f"P {n}", "clientId": first + owner, "status": "OPEN" if n else "DONE"}
            for n, owner in enumerate(owners)]  # fmt: skip
    projects = {"projects": rows, "total": {"aggregate": {"count": len(rows)}}}
    clients = [{"id": first + n, "name": f"Client {n}", "active": True} for n in found]
    body = {"clients": clients, "total": {"aggregate": {"count": len(clients)}}}
    where = {"projects": {"status": {"_eq": "OPEN"}}}
    return [
        *people(first),
        made("filterProjectsDynamic", projects, number=2, sent={"pageSize": 50}),
        made("filterClientsDynamic", body, number=3, sent={"pageSize": 50, "where": where}),
    ]


def test_conditions_on_many_related_rows() -> None:
    """One of the rows that point at it is enough for a row to be found; rows that nobody showed prove nothing."""
    says = "filter at body: the rows found through projects: finds all that match -> misses rows that match"
    owners = [0, 0, 1]

    assert says in differences(of_projects(1, owners, [0, 1]), of_projects(500, owners, [1]))
    assert differences(of_projects(1, owners, [0, 1]), of_projects(500, owners, [0, 1, 4])) == []


def counted(first: int, count: int) -> list[Step]:
    """Twelve clients, and the first three of a search without a condition."""
    rows = [{"id": first + n, "name": f"Client {n}", "active": True} for n in range(12)]
    whole = {"clients": rows, "total": {"aggregate": {"count": 12}}}
    part = {"clients": rows[:3], "total": {"aggregate": {"count": count}}}
    return [
        made("filterClientsDynamic", whole, sent={"pageSize": 50}),
        made("filterClientsDynamic", part, number=2, sent={"pageSize": 3, "where": {"active": {"_eq": True}}}),
    ]


def test_the_count_of_a_full_page() -> None:
    """Rows that are known to match are counted, though the page has no room for them."""
    said = "count at body: the count of what matches: counts all that match -> counts too few"

    assert said in differences(counted(1, 12), counted(500, 3))
    assert differences(counted(1, 12), counted(500, 12)) == []


def test_the_rows_whose_values_are_asked_for() -> None:
    """A row of the side's own whose value is asked for is found on both sides, or on neither."""
    sides = []
    for first, names in ((1, ["Abel"]), (500, [])):
        step = listed(names, first=first, pageSize=5, name=["Abel"])
        sides.append(replace(step, of=frozenset({str(first)})))

    assert "filter at body: the rows whose values are asked for: all found -> none found" in differences(*sides)


@pytest.mark.parametrize("sent", [{"active": False}, {"where": {"active": {"_eq": False}}}])
def test_rows_that_do_not_say_why_they_were_found(sent: dict[str, Any]) -> None:
    """Rows that are found because something is false say so, or leave it out; one row alone proves nothing."""

    def found(first: int, many: int, **more: Any) -> Step:
        rows = [{"id": first + n, "name": f"Client {n}", **more} for n in range(many)]
        body = {"clients": rows, "total": {"aggregate": {"count": many}}}
        return made("filterClientsDynamic", body, sent={"pageSize": 20, **sent})

    says = "null at body: active of rows for which it is false: told -> left out"
    assert says in differences(found(1, 2, active=False), found(500, 3))
    assert says not in differences(found(1, 2, active=False), found(500, 1))
    assert says not in differences(found(1, 2), found(500, 3))


def test_pages_of_another_state_are_another_list() -> None:
    """A list that was asked before something was written is not held against what it shows afterwards."""
    sides = []
    for first in (1, 500):
        written = made("createEventSubscription", {"data": {"id": first}}, number=2, status=201)
        sides.append([page(first, 1, 3, count=12), written, replace(page(first, 1, 3, count=13), number=3)])
    lists = [lists_of(side, [read(step.exchange.reply).value for step in side], contract()) for side in sides]

    assert [[seen.state for seen in each] for each in lists] == [[0, 1], [0, 1]]
    assert [len(questions(each)) for each in lists] == [2, 2]
