"""The judge of time: an operation that is slow again and again, while the others answer quickly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from mockserver.bundle.operations import Operation
from mockserver.exchanges import Exchange
from mockserver.findings import Severity
from mockserver.probes.base import Contract, Fault, Judge

_SLOW = 1.0  # seconds
_TIMES = 10.0  # what came just before took at most a tenth of it, so that the machine was not busy
_AGAIN = 4
_OFTENER = 5.0  # the share of slow answers, compared with the other answers of the run
_ENOUGH = 20  # other answers to compare with
_MEMO = "probes: times"


@dataclass(slots=True)
class _Times:
    """Answers and slow ones by operation, and how often a slow one came right after a quick one."""

    all: Counter[str] = field(default_factory=Counter)
    slow: Counter[str] = field(default_factory=Counter)
    sudden: Counter[str] = field(default_factory=Counter)
    last: float = 0.0


def slower(limit: float | None = None) -> Judge:
    """A judge of time. With a `limit` in seconds each exchange is held to it.

    Without one an operation is slow when four of its answers took a second and ten times what came just before them,
    and slow answers are five times as frequent as among the other answers of the run. A busy machine slows down what
    follows each other, and all operations alike; neither is a finding.
    """

    def judge(contract: Contract, operation: Operation, exchange: Exchange) -> Iterator[Fault]:
        if exchange.reply is None:
            return
        if limit is not None:
            if exchange.took > limit:
                yield Fault(f"the answer takes longer than {limit:g} s", f"{exchange.took:.2f} s")
            return
        times: _Times = contract.bundle.reader.memo.setdefault(_MEMO, _Times())
        label, took, before = operation.label, exchange.took, times.last
        times.last = took
        times.all[label] += 1
        if took < _SLOW:
            return
        times.slow[label] += 1
        times.sudden[label] += took > _TIMES * before
        if times.sudden[label] >= _AGAIN and _oftener(times, label):
            detail = f"{took:.1f} s; {times.slow[label]} of {times.all[label]} answers take {_SLOW:g} s or more"
            yield Fault("answers take far longer than those of the other operations", detail)

    return Judge("slow", "MS217", "answers come in time", judge, Severity.WARNING, timed=True)


def _oftener(times: _Times, label: str) -> bool:
    """Whether slow answers are more frequent here than elsewhere; quick ones of its own count as elsewhere too."""
    own, slow = times.all[label], times.slow[label]
    others = times.all.total() - own
    elsewhere = times.slow.total() - slow
    if others + own - slow < _ENOUGH:
        return False
    return others == 0 or slow / own >= _OFTENER * elsewhere / others


JUDGES = (slower(),)
