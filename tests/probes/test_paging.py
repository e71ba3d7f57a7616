"""Paging and counting probes find servers whose pages or counts are wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mockserver.findings import Severity
from mockserver.probes import counting, paging
from tests.probes.faulty import Shelf, rows_in, shelf
from tests.probes.reading import Judge, app, contract, judge

__all__ = ["app", "contract", "judge"]
BY = {probe.code: probe for probe in (*paging.PROBES, *counting.PROBES)}
CLIENTS, STAFF = "POST /gql/v1/clients", "POST /gql/v1/staff"


def messages(judged: Any, code: str, label: str = "") -> list[str]:
    return [fault.message for _, fault in judged.faults(BY[code], label)]


def test_a_page_that_is_larger_or_smaller_than_asked(judge: Judge) -> None:
    """One row too many and one too few are both found, each for what it is."""

    def one_more(_path: str, body: Any) -> Any:
        return {**body, "pageSize": body["pageSize"] + 1} if body and body.get("pageSize", 0) in (1, 2) else body

    def one_less(_path: str, body: Any, status: int, reply: Any) -> tuple[int, Any]:
        if body and body.get("pageSize") == 2:
            rows_in(reply).pop()
        return status, reply

    more, less = judge(before=one_more), judge(after=one_less)

    assert messages(more, "MS230", CLIENTS) == ["a page holds more rows than were asked for"]
    assert messages(less, "MS230", CLIENTS) == ["a page holds fewer rows than were asked for although there are more"]


def test_a_default_size_that_is_not_kept(judge: Judge) -> None:
    """Without a size, the declared default is what comes."""
    judged = judge(before=lambda _, body: {"pageSize": 3} if body == {} else body)

    assert messages(judged, "MS230", CLIENTS) == [
        "a page is smaller than the default size although there are more rows"
    ]
    assert messages(judged, "MS230", "POST /gql/v1/clients/search") == ["a page is larger than the default size"]


def test_a_size_beyond_the_maximum(judge: Judge) -> None:
    """A server that breaks on it, or answers more than the maximum, is found; one that cuts the page is not."""

    def breaks(_path: str, body: Any, status: int, reply: Any) -> tuple[int, Any]:
        return (500, {}) if body and body.get("pageSize") == 1001 else (status, reply)

    def answers(_path: str, body: Any, status: int, reply: Any) -> tuple[int, Any]:
        if body and body.get("pageSize") == 1001:
            return 200, {"clients": [{"id": n} for n in range(1001)], "total": {"aggregate": {"count": 1001}}}
        return status, reply

    def cuts(_path: str, body: Any) -> Any:
        return {**body, "pageSize": min(1000, body.get("pageSize", 50))} if body else body

    assert messages(judge(after=breaks), "MS231", CLIENTS) == ["a page size beyond the maximum breaks the server"]
    assert messages(judge(after=answers), "MS231", CLIENTS) == ["a page is larger than the maximum size"]
    assert messages(judge(before=cuts), "MS231", CLIENTS) == []


@pytest.mark.parametrize("label", [CLIENTS, STAFF])
def test_pages_off_by_one(judge: Judge, label: str) -> None:
    """Pages that begin a row too early repeat rows, those that begin too late leave some out; by offset and number."""

    def shifted(by: int) -> Any:
        def before(_path: str, body: Any) -> Any:
            if not body or not body.get("page"):
                return body
            if label == STAFF:  # its `page` is a number: only a page too far or too near can be asked for
                return {**body, "page": body["page"] + by}
            return {**body, "page": max(0, body["page"] + by)}

        return before

    assert messages(judge(before=shifted(-1)), "MS232", label) == ["rows come again on another page"]
    assert messages(judge(before=shifted(1)), "MS233", label) == ["pages leave rows out"]


def test_a_page_beyond_the_end_that_holds_rows(judge: Judge) -> None:
    """A server that clamps the page to the last one never ends for its clients."""

    def clamped(_path: str, body: Any) -> Any:
        return {**body, "page": min(body["page"], 1)} if body and body.get("page") else body

    assert "a page beyond the end holds rows" in messages(judge(before=clamped), "MS232", CLIENTS)


def test_an_order_that_depends_on_the_size(judge: Judge) -> None:
    """The same rows in another order on small pages are found, as a warning."""

    def turned(_path: str, body: Any, status: int, reply: Any) -> tuple[int, Any]:
        if body and body.get("pageSize", 0) < 1000:
            rows_in(reply).reverse()
        return status, reply

    found = judge(after=turned).faults(BY["MS234"], CLIENTS)

    assert [fault.message for _, fault in found] == ["the order of the rows depends on the size of the pages"]
    assert BY["MS234"].severity is Severity.WARNING
    assert found[0][1].exchanges


def test_what_is_seen_once_is_no_fault(judge: Judge) -> None:
    """A row that somebody adds while a probe looks is not reported: a fault must be seen twice."""
    seen: list[int] = []

    def once(_path: str, body: Any, status: int, reply: Any) -> tuple[int, Any]:
        if body and body.get("pageSize") == 2 and not seen:
            seen.append(1)
            rows_in(reply).append({"id": 99999})
        return status, reply

    assert messages(judge(after=once), "MS230", CLIENTS) == []
    assert seen == [1]


@pytest.mark.parametrize(
    ("lies", "code", "said"),
    [
        ("says more", "MS236", "the last page says that more rows follow"),
        ("says no more", "MS236", "a page says that no more rows follow, and more do"),
        ("ignores the cursor", "MS232", "rows come again on another page"),
        ("skips a row", "MS233", "pages leave rows out"),
    ],
)
@pytest.mark.parametrize("turn", ["cursor", "offset"])
def test_a_server_made_by_hand(judge: Judge, tmp_path: Path, turn: str, lies: str, code: str, said: str) -> None:
    """By cursor and by offset, what a server says and leaves out is found."""
    judged = judge(Shelf(turn, lies), shelf(tmp_path, turn))

    if (turn, lies) == ("cursor", "says more"):
        said = "a page says that more rows follow, and gives no cursor to them"

    assert said in messages(judged, code)


def test_wrong_counts(judge: Judge) -> None:
    """A count that is one too high, or of the page, or ignores the filter, is found."""

    def counted(how: Any) -> Any:
        def after(_path: str, body: Any, status: int, reply: Any) -> tuple[int, Any]:
            if status == 200 and "total" in reply:
                reply["total"]["aggregate"]["count"] = how(body, reply["total"]["aggregate"]["count"], rows_in(reply))
            return status, reply

        return after

    off = messages(judge(after=counted(lambda _, count, __: count + 1)), "MS235", CLIENTS)
    low = messages(judge(after=counted(lambda _, count, __: count - 1)), "MS235", CLIENTS)
    of_page = messages(judge(after=counted(lambda _, __, rows: len(rows))), "MS235", CLIENTS)
    unfiltered = messages(
        judge(after=counted(lambda body, count, _: 500 if body and body.get("where") else count)),
        "MS235",
        f"{CLIENTS}/search",
    )

    assert off == low == ["the count is not the number of rows"]
    assert of_page == [
        "the count depends on the size of the page",
        "the count is another one beyond the last page",
    ]
    assert unfiltered == ["the count is not the number of rows that fulfil the filter"]
