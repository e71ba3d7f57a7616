"""The judge of time holds exchanges to a limit, or to what is usual."""

from __future__ import annotations

from mockserver.probes.slow import slower
from tests.probes.judging import ONE, Court


def test_a_limit(court: Court) -> None:
    """With a limit each exchange is held to it, wherever the server is."""
    judge = slower(1.0)

    assert court.said(judge, ONE, 200, {}, took=1.5, url="https://orders.example") == [
        "the answer takes longer than 1 s"
    ]
    assert court.said(judge, ONE, 200, {}, took=0.5) == []


def test_far_from_the_median(court: Court) -> None:
    """Without a limit, one that takes far longer than the others of its operation is found, on this machine only."""
    judge = slower()
    usual = [court.said(judge, ONE, 200, {}, took=0.01) for _ in range(20)]

    assert usual == [[]] * 20
    assert court.said(judge, ONE, 200, {}, took=1.9) == []
    assert court.said(judge, ONE, 200, {}, took=3.0) == ["the answer takes far longer than usual"]
    assert court.said(judge, ONE, 200, {}, took=3.0, url="https://orders.example") == []
    assert court.said(judge, "GET /orders", 200, {}, took=3.0) == []
