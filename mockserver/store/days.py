"""Days: dates as small numbers, so that rows can be put in order before anything is written as text."""

from __future__ import annotations

from datetime import date
from functools import cache

_FIRST = date(2000, 1, 1)
_LAST = (date(2099, 12, 31) - _FIRST).days
_ORDINAL = _FIRST.toordinal()
EPOCH = (_FIRST - date(1970, 1, 1)).days  # the first day in days since 1970


def number(day: date | str) -> int:
    """A day (or the day that an ISO text begins with) as days since 2000."""
    return ((date.fromisoformat(day[:10]) if isinstance(day, str) else day) - _FIRST).days


def given(written: object, else_: int) -> int:
    """The day that a text begins with; the other one where there is no text."""
    return number(written) if isinstance(written, str) else else_


@cache
def text(day: int) -> str:
    """A day as ISO 8601; 1970 and 2099 are as far as it goes."""
    return date.fromordinal(_ORDINAL + min(max(day, -EPOCH), _LAST)).isoformat()


def start(day: int) -> str:
    """The first moment of a day."""
    return f"{text(day)}T00:00:00Z"


def end(day: int) -> str:
    """The last second of a day."""
    return f"{text(day)}T23:59:59Z"


def moment(day: int, minute: int) -> str:
    """A minute of a day."""
    return f"{text(day)}T{minute // 60:02}:{minute % 60:02}:00Z"
