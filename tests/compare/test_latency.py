"""Times are held against each other pair by pair, beyond how much slower a side is altogether."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from mockserver.compare.difference import Step
from mockserver.compare.latency import slower
from tests.compare.made import differences, made

READS = ("getClientById", "getInvoiceById", "getProjectById")


def side(took: Callable[[int, int], float]) -> list[Step]:
    """Twenty reads of each of three operations; `took(operation, n)` is how many seconds the n-th one takes."""
    steps = []
    for at, name in enumerate(READS):
        for n in range(20):
            step = made(name, {"id": 7}, number=100 * at + n)
            steps.append(replace(step, exchange=replace(step.exchange, took=took(at, n))))
    return steps


def always(seconds: float) -> Callable[[int, int], float]:
    """All requests take as long."""
    return lambda _at, _n: seconds


QUICK = side(always(0.002))


@pytest.mark.parametrize(
    "took",
    [
        lambda at, _n: 0.03 if at == 1 else 0.002,
        lambda at, n: 0.09 if at == 1 and n % 5 == 4 else 0.002,
        lambda at, n: 0.002 + 0.004 * n if at == 1 else 0.002,
    ],
    ids=["always", "every fifth", "the longer the list"],
)
def test_an_operation_that_takes_longer(took: Callable[[int, int], float]) -> None:
    """One operation is slower on one side: always, now and then, or the more there is to show."""
    assert differences(QUICK, side(took)) == ["latency at took: faster -> slower"]
    assert differences(side(took), QUICK) == ["latency at took: slower -> faster"]


def test_a_side_that_is_slower_altogether() -> None:
    """A slow line delays every operation: that is said once, and is no drift of any operation."""
    slow = side(always(0.05))

    assert differences(QUICK, slow) == []
    assert slower(list(zip(QUICK, slow, strict=True)), ("a", "b")) == "b takes 25 times as long as a for most"
    assert slower(list(zip(QUICK, QUICK, strict=True)), ("a", "b")) == ""


def test_pauses_of_both_sides() -> None:
    """A busy machine stops either side now and then."""
    a = side(lambda _at, n: 0.2 if n % 7 == 1 else 0.002)
    b = side(lambda _at, n: 0.2 if n % 7 == 3 else 0.002)

    assert differences(a, b) == []


def test_a_single_pause() -> None:
    """One slow answer of twenty is an accident."""
    assert differences(QUICK, side(lambda _at, n: 3.0 if n == 11 else 0.002)) == []
