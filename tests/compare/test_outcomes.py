"""Statuses are told apart by what they mean for a client; data explains what it can explain."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mockserver.compare.outcomes import class_of
from tests.compare.made import compared, differences, made


@pytest.mark.parametrize(
    ("one", "other", "cls"),
    [
        (200, 500, "status class"),
        (200, 422, "acceptance"),
        (400, 201, "acceptance"),
        (401, 403, "auth"),
        (200, 401, "auth"),
        (200, 302, "redirect"),
        (301, 308, "redirect"),
        (400, 422, "status"),
        (200, 201, "status"),
        (404, 200, "status class"),
    ],
)
def test_statuses_have_classes(one: int, other: int, cls: str) -> None:
    """Who refuses, who lets in, who sends elsewhere."""
    assert class_of(one, other) == cls


def test_a_row_that_one_side_has_is_data() -> None:
    """The same literal id, found on one side only: not compared."""
    found = compared(made(body={"id": 789, "name": "Acme"}), made(body={"code": "NOT_FOUND"}, status=404))

    assert found.differences == ()
    assert found.not_compared == ((1, "the row asked for is there on one side only"),)


def test_no_row_behind_a_success_is_drift() -> None:
    """Where a 404 becomes a success without the row, the server changed; so it did where rows correspond."""
    missing = made(body={"code": "NOT_FOUND"}, status=404)
    here = [made(body={"id": 789}, same_row=True), made(body={"code": "NOT_FOUND"}, status=404, same_row=True)]

    assert differences(missing, made(body=b"null")) == ["status class at status: 404 -> 200"]
    assert differences(here[0], here[1]) == ["status class at status: 200 -> 404"]


def test_a_row_that_the_own_list_shows_is_there() -> None:
    """A side that lists a row and does not find it differs from one that does both."""
    rows = {"clients": [{"id": 789, "name": "Acme"}], "total": {"aggregate": {"count": 1}}}
    listed = made("getClients", rows, sent={"pageSize": 5})
    found = [listed, made(body={"id": 789, "name": "Acme"}, number=2)]
    lost = [listed, made(body={"code": "NOT_FOUND"}, status=404, number=2)]

    assert differences(found, lost) == ["status class at status: 200 -> 404"]


def test_slowness_needs_many_samples() -> None:
    """A ratio of medians counts when the bulk lies apart; one slow answer does not."""
    quick = [made(body={"id": 789}, number=n, took=0.01) for n in range(1, 9)]
    slow = [made(body={"id": 789}, number=n, took=0.30) for n in range(1, 9)]
    once = [*quick[:-1], slow[-1]]

    assert differences(quick, slow) == ["latency at took: faster -> slower"]
    assert differences(quick, once) == []
    assert differences(quick[:2], slow[:2]) == []


def test_silence_is_told_when_it_is_the_rule() -> None:
    """Three unanswered requests where the other side answers are drift in transport; one is an accident."""
    good = [made(body={"id": 789}, number=n) for n in range(1, 4)]
    silent = [replace(s, exchange=replace(s.exchange, reply=None, failure="closed")) for s in good]

    assert [d.cls for d in compared(good, silent).differences] == ["transport"]
    assert compared(good[:1], silent[:1]).differences == ()
