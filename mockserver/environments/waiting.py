"""Waiting: how long a server asks to be left alone (`Retry-After`, RFC 9110 10.2.3)."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from mockserver.exchanges import Reply

_UNSAID = 1.0  # seconds where a 429 names none


def asked_wait(reply: Reply, now: datetime | None = None) -> float | None:
    """Seconds that a 429 or 503 asks to wait; None where it does not ask. A date counts from the reply's own Date."""
    if reply.status not in (429, 503):
        return None
    said = (reply.header("retry-after") or "").strip()
    if not said:
        return _UNSAID if reply.status == 429 else None
    if said.isascii() and said.isdecimal():
        return float(said[:9])
    then = _time(said)
    if then is None:
        return _UNSAID
    since = _time(reply.header("date") or "") or now or datetime.now(UTC)
    return max(0.0, (then - since).total_seconds())


def _time(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
