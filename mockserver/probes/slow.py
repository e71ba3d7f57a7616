"""The judge of time: what takes longer than a limit, or far longer than the operation usually takes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from statistics import median
from urllib.parse import urlsplit

from mockserver.bundle.operations import Operation
from mockserver.exchanges import Exchange
from mockserver.findings import Severity
from mockserver.probes.base import Contract, Fault, Judge

_ENOUGH = 20  # exchanges after which a median means something
_KEPT = 200
_TIMES = 50.0  # the usual time, and then
_AT_LEAST = 2.0  # seconds
_HERE = frozenset(("", "localhost", "127.0.0.1", "::1"))


def slower(limit: float | None = None) -> Judge:
    """A judge of time. With a `limit` in seconds each exchange is held to it.

    Without one an exchange is slow when it takes two seconds and fifty times its operation's median of the last 200;
    that is asked of servers on this machine only, as a network is slow for reasons of its own.
    """
    taken: dict[str, list[float]] = defaultdict(list)

    def judge(_contract: Contract, operation: Operation, exchange: Exchange) -> Iterator[Fault]:
        if exchange.reply is None:
            return
        if limit is not None:
            if exchange.took > limit:
                yield Fault(f"the answer takes longer than {limit:g} s", f"{exchange.took:.2f} s")
            return
        if (urlsplit(exchange.url).hostname or "") not in _HERE:
            return
        times = taken[operation.label]
        if len(times) >= _ENOUGH and exchange.took >= _AT_LEAST and exchange.took > _TIMES * median(times):
            detail = f"{exchange.took:.2f} s, usually {median(times):.3f} s"
            yield Fault("the answer takes far longer than usual", detail)
        times.append(exchange.took)
        del times[:-_KEPT]

    return Judge("slow", "MS217", "answers come in time", judge, Severity.WARNING)


JUDGES = (slower(),)
