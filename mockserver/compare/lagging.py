"""Lagging: a side that shows late what was written is asked again, so that lag is not taken for drift."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from mockserver.compare.difference import Step
from mockserver.compare.documents import read
from mockserver.compare.lists import at
from mockserver.compare.pooling import shown_rows

_FIRST = 0.1  # seconds; each further wait is twice as long
_VAIN = 3  # questions of an operation that waited in vain: a lag would have ended


@dataclass(frozen=True, slots=True)
class Patience:
    """How often, and for how many seconds in all, a question is repeated because a side may lag behind."""

    times: int = 4
    seconds: float = 2.0

    def waits(self) -> Iterator[float]:
        """The seconds to wait before each further question."""
        left, wait = self.seconds, _FIRST
        for _ in range(self.times):
            if left <= 0:
                return
            yield min(wait, left)
            left, wait = left - wait, wait * 2


@dataclass(slots=True)
class Hope:
    """Waits less where waiting was in vain: a side that differs for good is no side that lags."""

    patience: Patience
    vain: Counter[str] = field(default_factory=Counter)

    def waits(self, label: str) -> Iterator[float]:
        """The seconds to wait before each further question of an operation; told by `came` that it was worth it."""
        if self.vain[label] >= _VAIN:
            return
        self.vain[label] += 1
        yield from self.patience.waits()

    def came(self, label: str) -> None:
        """The sides agree after all, or at once."""
        self.vain[label] = 0


def disagree(a: Step, b: Step, *, counts: bool) -> bool:
    """Whether two answers differ as they do while one side lags: in status; with `counts`, in how many rows."""
    one, other = a.exchange.reply, b.exchange.reply
    if one is None or other is None or one.status != other.status:
        return True
    if not counts or one.status >= 300 or a.operation is None:
        return False
    return _size(a) != _size(b)


def _size(step: Step) -> tuple[int, str]:
    """How many rows an answer shows, and how many it says there are."""
    body = read(step.exchange.reply).value if step.exchange.reply is not None else None
    count = at(body, step.operation.shape.count) if step.operation is not None else None
    return len(shown_rows(step, body)), str(count)
