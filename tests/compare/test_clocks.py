"""`Now` means the same on both sides, whatever their clocks say."""

from __future__ import annotations

from mockserver.compare.clocks import clock_of
from mockserver.compare.difference import Step
from tests.compare.made import differences, made


def answered(said: str, number: int = 1, **more: object) -> Step:
    """An answer with the server's time around its rows."""
    body = {"data": {"types": [], "total": 0}, "error": None, "meta": {"success": True, "timestamp": said}}
    return made("getRecordTypes", body, number=number, **more)  # type: ignore[arg-type]  passed on


def test_a_side_has_its_own_now() -> None:
    """A clock that is a year behind is a clock, as long as it agrees with itself."""
    steps = [answered("2025-03-01T10:00:00.000Z", n) for n in (1, 2, 3)]
    fresh = [answered("2026-03-01T10:00:00.250Z", n) for n in (1, 2, 3)]
    bodies = [step.exchange.reply.json() for step in steps if step.exchange.reply]

    clock = clock_of(steps, bodies, [("data", "types")] * 3)
    assert clock.is_now("2025-03-01T10:01:00Z", steps[0]) is True
    assert clock.is_now("2026-03-01T10:00:00Z", steps[0]) is False
    assert differences(steps, fresh) == []


def test_one_moment_that_is_not_now_is_stale() -> None:
    """Where the others agree with the clock, a cached one does not."""
    fresh = [answered("2026-03-01T10:00:00.250Z", n) for n in (1, 2, 3)]
    stale = [*fresh[:2], answered("2026-02-01T10:00:00.250Z", 3)]

    assert differences(fresh, stale) == ["freshness at body /meta/timestamp: now -> not now"]


def test_nothing_told_is_nothing_known() -> None:
    """Without a moment around rows and without a Date there is no clock."""
    step = made(body={"id": 789})

    assert clock_of([step], [{"id": "789"}], [()]).is_now("2026-03-01T10:00:00Z", step) is None


def test_the_date_header_tells_the_clock_else() -> None:
    """A side whose bodies say nothing is timed by its Date headers."""
    step = made(body={"id": 789}, headers=(("Date", "Sun, 01 Mar 2026 09:00:00 GMT"),))

    assert clock_of([step], [{"id": "789"}], [()]).ahead == -3600.0
