"""Retry-After is understood in both of its forms."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mockserver.environments.waiting import asked_wait
from mockserver.exchanges import Reply

NOW = datetime(2026, 1, 31, 9, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "headers", "seconds"),
    [
        (429, (("Retry-After", "3"),), 3.0),
        (503, (("retry-after", " 0 "),), 0.0),
        (429, (("Retry-After", "Sat, 31 Jan 2026 09:00:05 GMT"),), 5.0),
        (429, (("Retry-After", "Sat, 31 Jan 2026 08:00:00 GMT"),), 0.0),
        (503, (("Retry-After", "Sat, 31 Jan 2026 09:00:05 GMT"), ("Date", "Sat, 31 Jan 2026 08:59:55 GMT")), 10.0),
        (429, (("Retry-After", "soon"),), 1.0),
        (429, (), 1.0),
        (503, (), None),
        (500, (("Retry-After", "3"),), None),
        (200, (("Retry-After", "3"),), None),
    ],
)
def test_what_is_asked(status: int, headers: tuple[tuple[str, str], ...], seconds: float | None) -> None:
    """Seconds, or a date by the server's own clock; a 429 that says nothing sensible is given a second."""
    assert asked_wait(Reply(status, headers), NOW) == seconds
