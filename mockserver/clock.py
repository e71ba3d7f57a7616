"""The server's clock: real by default; it can be set, stopped and moved for tests."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta


def text_of(time: datetime) -> str:
    """A UTC time as RFC 3339 with milliseconds and `Z`, the form the API prints."""
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Clock:
    """What the mock believes the time is: token lifetimes, timestamps and retries all follow it.

    Times are aware datetimes in UTC.
    """

    __slots__ = ("_frozen", "_shift")

    def __init__(self, frozen: datetime | None = None) -> None:
        self._frozen = frozen
        self._shift = timedelta()

    @property
    def frozen(self) -> bool:
        """Whether it stands still."""
        return self._frozen is not None

    def now(self) -> datetime:
        """The present time, in UTC."""
        now = self._frozen or datetime.now(UTC)
        return now + self._shift if self._shift else now

    def epoch(self) -> int:
        """The present time in whole seconds since 1970 (RFC 7519 NumericDate)."""
        if self._frozen is None:
            return int(time.time() + self._shift.total_seconds()) if self._shift else int(time.time())
        return int(self.now().timestamp())

    def text(self) -> str:
        """The present time in the form the API prints."""
        return text_of(self.now())

    def freeze(self, at: datetime | None = None) -> None:
        """Stop the clock, now or at the given aware time."""
        self._frozen = at or self.now()
        self._shift = timedelta()

    def advance(self, by: timedelta) -> None:
        """Move the clock; it goes on (or stays frozen) from there."""
        self._shift += by

    def resume(self) -> None:
        """Back to the real time."""
        self._frozen = None
        self._shift = timedelta()
