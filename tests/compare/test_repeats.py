"""Differences count when repeats show them again; what comes and goes is told apart."""

from __future__ import annotations

from collections.abc import Collection

from mockserver.compare.difference import Comparison, Difference, Side, Step
from mockserver.compare.repeats import ROUNDS, Confirmed, confirm
from mockserver.exchanges import Exchange, Request

STEP = Step(0, None, Exchange("a", "", Request("GET", "/"), None, operation="GET /x"))


def difference(cls: str = "value") -> Difference:
    """A difference of a class."""
    return Difference(0, "GET /x", cls, "visible", "body", "/a", "1", "2", f"{cls} at body /a")


def rounds(*seen: bool, cls: str = "value") -> tuple[list[Comparison], list[bool], Confirmed]:
    """Comparisons that show a difference or not; later ones come from a judge."""
    shown = [Comparison((difference(cls),) if each else (), {}) for each in seen]
    orders: list[bool] = []

    def again(numbers: Collection[int], swapped: bool) -> tuple[Side, Side]:
        orders.append(swapped)
        return [], []

    later = iter(shown[2:])
    found = confirm(shown[:2], again, lambda _a, _b: next(later), ([STEP], [STEP]))
    return shown, orders, found


def test_what_both_rounds_show_is_not_asked_again() -> None:
    """A difference of both rounds is believed without a further request."""
    _, orders, found = rounds(True, True)

    assert orders == []
    assert [d.cls for d in found.stable] == ["value"]


def test_what_comes_back_is_confirmed_with_the_sides_swapped() -> None:
    """Seen in three of four rounds it counts; the sides take turns in being asked first."""
    _, orders, found = rounds(True, False, True, True)

    assert orders == [False, True]
    assert [d.cls for d in found.stable] == ["value"]
    assert found.seen == {difference().key: (3, ROUNDS)}


def test_what_comes_and_goes_is_unstable() -> None:
    """Seen just once it is no drift, but told as unstable."""
    _, _, found = rounds(False, True, False, False)

    assert found.stable == ()
    assert [d.cls for d in found.unstable] == ["value"]


def test_a_time_has_to_stay_in_every_round() -> None:
    """A slower answer that is not slower every time is dropped: the machine was busy."""
    _, orders, found = rounds(True, True, True, False, cls="latency")

    assert len(orders) == 2
    assert found.stable == found.unstable == ()
    assert [d.cls for d in found.dropped] == ["latency"]
