"""The clock of a side: how far it is from ours, told by its own answers, so that `now` means the same on both."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from statistics import median
from typing import Any

from mockserver.compare.difference import Step
from mockserver.compare.normal import instant

NEAR = 300.0  # seconds that still count as now
_AGREE = 0.6


@dataclass(frozen=True, slots=True)
class Clock:
    """A side's clock: `ahead` seconds before ours; None where nothing tells."""

    ahead: float | None

    def is_now(self, value: Any, step: Step) -> bool | None:
        """Whether a moment is that of the exchange by this clock; None where that cannot be told."""
        said, at = instant(value), instant(step.exchange.at)
        if said is None or at is None or self.ahead is None:
            return None
        return abs(said - at - self.ahead) <= NEAR


def clock_of(side: Sequence[Step], bodies: Sequence[Any], rows: Sequence[tuple[str, ...] | None]) -> Clock:
    """The clock by which a side stamps its answers.

    What stands around the rows (`meta.timestamp`) tells it where most of it agrees: a mock's clock may stand still.
    Else the `Date` headers do.
    """
    told = [
        seconds for step, body, where in zip(side, bodies, rows, strict=True) for seconds in _around(step, body, where)
    ]
    middle = _agreed(told)
    if middle is not None:
        return Clock(middle)
    return Clock(_agreed([seconds for step in side for seconds in _date(step)]))


def _agreed(told: list[float]) -> float | None:
    if not told:
        return None
    middle = median(told)
    near = sum(abs(seconds - middle) <= NEAR for seconds in told)
    return middle if near >= _AGREE * len(told) else None


def _around(step: Step, body: Any, rows: tuple[str, ...] | None) -> Iterator[float]:
    """How far ahead the moments around the rows are; of a body that is one row, none."""
    at = instant(step.exchange.at)
    if at is None or rows == () or not isinstance(body, dict):
        return
    for name, part in body.items():
        if rows and name == rows[0]:
            continue
        for value in (part, *(part.values() if isinstance(part, dict) else ())):
            said = instant(value) if isinstance(value, str) and len(value) > 10 else None
            if said is not None:
                yield said - at


def _date(step: Step) -> Iterator[float]:
    text = step.exchange.reply.header("date") if step.exchange.reply is not None else None
    at = instant(step.exchange.at)
    if text is None or at is None:
        return
    try:
        said: datetime = parsedate_to_datetime(text)
    except ValueError:
        return
    yield (said if said.tzinfo else said.replace(tzinfo=UTC)).timestamp() - at
