"""The judge of time holds exchanges to a limit, or to what is usual."""

from __future__ import annotations

import pytest

from mockserver.probes.slow import slower
from tests.probes.judging import ONE, Court


@pytest.fixture(autouse=True)
def _forgotten(court: Court) -> None:
    """What was usual in another test is forgotten."""
    court.contract.bundle.reader.memo.pop("probes: times", None)


def test_a_limit(court: Court) -> None:
    """With a limit each exchange is held to it, wherever the server is."""
    judge = slower(1.0)

    assert court.said(judge, ONE, 200, {}, took=1.5, url="https://orders.example") == [
        "the answer takes longer than 1 s"
    ]
    assert court.said(judge, ONE, 200, {}, took=0.5) == []


def told(court: Court, label: str, *took: float) -> list[str]:
    """What the judge says of answers that took so long, one after the other."""
    return [text for seconds in took for text in court.said(slower(), label, 200, {}, took=seconds)]


def test_slow_again_and_again_among_quick_ones(court: Court) -> None:
    """Four slow answers of one operation, each right after a quick one, are a finding; three are none."""
    assert told(court, "GET /orders", *[0.01] * 30) == []
    assert told(court, ONE, *[0.01, 1.2] * 3) == []
    assert told(court, ONE, 0.01, 1.2) == ["answers take far longer than those of the other operations"]


def test_a_busy_machine_is_no_finding(court: Court) -> None:
    """When the machine hangs, answers in a row are slow, or all operations are now and then."""
    told(court, "GET /orders", *[0.01] * 30)
    assert told(court, ONE, *[3.0] * 30) == []
    assert told(court, ONE, *[0.01] * 60) == []

    assert told(court, "GET /orders", *[0.01, 2.0] * 20) == []


def test_without_others_to_compare_with_nothing_is_said(court: Court) -> None:
    """A few answers tell nothing of what is usual."""
    assert told(court, ONE, *[0.01, 1.5] * 6) == []
