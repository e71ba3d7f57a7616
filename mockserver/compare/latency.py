"""Latency: which operations take one side much longer than the other, beyond how much slower that side is altogether.

The same request was sent to both sides, so their times are held against each other pair by pair: what happens to every
fifth request, or to long lists alone, shows as well. A busy machine delays both sides alike.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from statistics import median

from mockserver.compare.difference import Ledger, Step
from mockserver.compare.outcomes import status

Pair = tuple[Step, Step]
_SLOWER = 3.0
_SECONDS = 0.015
_FEWEST, _FEW = 3, 5  # with the fewest samples, only what is far apart counts
_FAR = 0.2  # seconds
_OPERATIONS = 3  # that tell how much slower a side is altogether
_SHARE = 0.15  # of the requests to an operation
_ONE_SIDED = 10  # times as often as the other way round


def pace(pairs: Sequence[Pair]) -> float:
    """How many times as long as A most operations take B; 1.0 where there are too few of them to tell."""
    ratios: dict[str, list[float]] = defaultdict(list)
    for a, b in _timed(pairs):
        if a.exchange.took > 0 < b.exchange.took:
            ratios[a.label].append(b.exchange.took / a.exchange.took)
    return median(median(each) for each in ratios.values()) if len(ratios) >= _OPERATIONS else 1.0


def slower(pairs: Sequence[Pair], names: tuple[str, str]) -> str:
    """In words, which side is slower altogether; "" where none is by much."""
    ratio, timed = pace(pairs), _timed(pairs)
    if not timed or max(ratio, 1 / ratio) < _SLOWER:
        return ""
    apart = abs(median(b.exchange.took for _, b in timed) - median(a.exchange.took for a, _ in timed))
    slow, fast = names[::-1] if ratio > 1 else names
    return f"{slow} takes {max(ratio, 1 / ratio):.0f} times as long as {fast} for most" if apart >= _SECONDS else ""


def compare_latency(pairs: Sequence[Pair], ledger: Ledger) -> None:
    """Operations that take one side at least three times as long as the other, in a good part of the requests.

    A side in this process has no network to wait for: it is not held against one that has.
    """
    ratio, grouped = pace(pairs), defaultdict(list)
    for a, b in _timed(pairs):
        grouped[a.label, status(a)].append((a, b))
    for group in grouped.values():
        if len(group) < _FEWEST:
            continue
        times = [_delayed(group, at, ratio) for at in (0, 1)]
        at = 0 if times[0] > times[1] else 1
        enough = times[at] >= max(_FEWEST, _SHARE * len(group)) and times[at] >= _ONE_SIDED * times[1 - at]
        sides = [sorted(pair[side].exchange.took for pair in group) for side in (0, 1)]
        if len(group) < _FEW:
            enough = times[at] == len(group) and sides[at][0] - sides[1 - at][-1] >= _FAR
        if enough:
            texts = f"{median(sides[0]):.3f}", f"{median(sides[1]):.3f}"
            detail = f"medians in seconds; {times[at]} of {len(group)} requests take much longer"
            words = ("slower -> faster", "faster -> slower")[at]
            ledger.differ(group[0][0], "latency", "took", words, texts, detail=detail, count=1)
        else:
            ledger.same(group[0][0].label, "latency")


def _timed(pairs: Sequence[Pair]) -> list[Pair]:
    """The pairs whose times may be held against each other."""
    return [(a, b) for a, b in pairs if status(a) == status(b) and bool(a.exchange.url) == bool(b.exchange.url)]


def _delayed(group: Sequence[Pair], at: int, ratio: float) -> int:
    """How many requests take a side much longer than is usual for it."""
    usual = max(1.0, ratio if at else 1 / ratio)
    times = [(pair[at].exchange.took, usual * pair[1 - at].exchange.took) for pair in group]
    return sum(took >= _SLOWER * other and took - other >= _SECONDS for took, other in times)
