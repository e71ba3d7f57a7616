"""How a field says that there is nothing is a habit of a side; which rows have nothing is data."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver.compare.difference import Step
from tests.compare.made import differences, made

GONE = object()


def side(
    first: int, nothing: Any, *, often: int = 5, name: str = "notes", full: Any = "Met at the fair", last: Any = None
) -> list[Step]:
    """A list of ten clients, of which so many have nothing in a field; the last one may have something else in it."""
    values = [nothing] * often + [full] * (10 - often)
    values[-1] = full if last is None else last
    rows = [
        {"id": first + n, "name": f"Client {first + n}", name: each, "active": True} for n, each in enumerate(values)
    ]
    rows = [{key: value for key, value in row.items() if value is not GONE} for row in rows]
    return [made("filterClientsDynamic", {"clients": rows, "total": {"aggregate": {"count": 10}}})]


@pytest.mark.parametrize(
    ("one", "other", "said"),
    [
        (None, GONE, "null -> absent"),
        (None, "", "null -> an empty text"),
        (GONE, "", "absent -> an empty text"),
    ],
)
def test_another_word_for_nothing_is_told(one: Any, other: Any, said: str) -> None:
    """Null, an empty text, left out: a side that says it otherwise than the other drifted."""
    assert differences(side(1, one), side(500, other)) == [f"null at body /clients/[]/notes: {said}"]


@pytest.mark.parametrize(("nothing", "full", "word"), [(False, True, "false"), (0, 7, "zero")])
def test_false_and_zero_left_out_are_told(nothing: Any, full: Any, word: str) -> None:
    """As of serializers that omit what is empty: one side never shows the value, and lacks the property instead."""
    one, other = (side(first, value, name="vip", full=full) for first, value in ((1, nothing), (500, GONE)))

    assert differences(one, other) == [f"null at body /clients/[]/vip: {word} -> absent"]


def statuses(first: int, *words: tuple[str, int]) -> list[Step]:
    """A list of clients that have so many of each status."""
    each = [word for word, times in words for _ in range(times)]
    rows = [{"id": first + n, "name": f"Client {first + n}", "status": word} for n, word in enumerate(each)]
    return [made("filterClientsDynamic", {"clients": rows, "total": {"aggregate": {"count": len(each)}}})]


def test_a_word_that_has_another_name_is_told() -> None:
    """Where all other words are the same, neither side has to use it in most of its rows."""
    words = ("PROSPECT", 5), ("INACTIVE", 4)
    one, other = statuses(1, ("ACTIVE", 13), *words), statuses(500, ("IN_FORCE", 26), *words)
    few = statuses(500, ("IN_FORCE", 3), *words)

    assert differences(one, other) == ["enum value at body /clients/[]/status: words -> other words"]
    assert differences(one, few) == []


def sites(first: int, end: str) -> list[Step]:
    """A list of clients whose web sites end so."""
    rows = [{"id": first + n, "name": f"Client {n}", "website": f"https://c{first + n}.example{end}"} for n in range(9)]
    return [made("filterClientsDynamic", {"clients": rows, "total": {"aggregate": {"count": 9}}})]


def test_addresses_that_end_with_a_slash() -> None:
    """Of addresses without a path; how paths end is data."""
    says = "format at body /clients/[]/website: no slash at the end -> a slash at the end"

    assert differences(sites(1, ""), sites(500, "/")) == [says]
    assert differences(sites(1, ""), sites(500, "/us/")) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (side(1, None, often=2), side(500, "", often=2)),  # too few to be a habit
        (side(1, None), side(500, "Met", often=4)),  # one side has nothing to say nothing of
        (side(1, False, name="vip", full=True), side(500, None, name="vip", full=True)),  # two things, not two words
        (side(1, False, name="vip", full=True), side(500, GONE, name="vip", full=True, last=False)),  # it says false
        (side(1, 0, name="visits", full=7), side(500, 3, name="visits", full=7)),
    ],
)
def test_what_data_explains_is_no_drift(one: list[Step], other: list[Step]) -> None:
    """Few rows, and rows that happen to have something, prove nothing."""
    assert differences(one, other) == []
