"""QUIET: pairs of sides that differ in data and circumstances only, between which nothing may be found."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.drifts.sides import A, B, Side

Pair = tuple[str, Side, Side]
_EMPTY = ("invoice=0", "payment=0", "wip=0", "draft_invoice_history=0")
_SINGLE = ("client=1", "contact=1", "project=1", "office=1", "department=1")


def _documented(seed: int, **more: Any) -> Side:
    """A side with the rows of the vendor's examples."""
    return replace(A, seed=seed, **more)


def _own(seed: int, **more: Any) -> Side:
    """A side with a firm of its own."""
    return replace(B, seed=seed, **more)


def _pair(name: str, one: Side, other: Side) -> Pair:
    return name, replace(one, name="a"), replace(other, name="b")


QUIET: tuple[Pair, ...] = (
    _pair("only the seed", _documented(301), _documented(302)),
    _pair("the documented examples against a firm of its own", _documented(303), _own(304)),
    _pair("both the firm of its own, other seeds and ids", _own(305, first_id=2_001), _own(306, first_id=900_001)),
    _pair("default against small", _documented(307, scenario="default"), _documented(308)),
    _pair(
        "a handful of invoices against thousands",
        _documented(309, counts=("invoice=5", "payment=4")),
        _documented(310, counts=("invoice=2500", "payment=1200")),
    ),
    _pair(
        "large-ish clients and contacts against few",
        _documented(311, counts=("client=1500", "contact=2200", "project=600")),
        _own(312, counts=("client=9", "contact=11")),
    ),
    _pair("no rows of some entities on one side", _own(313), _own(314, counts=_EMPTY)),
    _pair(
        "other clocks: leap day against New Year's Eve",
        _documented(315, clock="2024-02-29T23:59:30Z"),
        _documented(316, clock="2025-12-31T12:00:00Z"),
    ),
    _pair(
        "same seed, other clocks and ids",
        _documented(317, clock="2025-03-30T01:59:59Z", first_id=1001),
        _documented(317, clock="2026-03-29T02:30:00Z", first_id=70_001),
    ),
    _pair("ids that overlap", _documented(318, first_id=1001), _documented(319, first_id=1011)),
    _pair("ids beyond 32 bits on one side", _own(320, first_id=1_001), _own(321, first_id=5_000_000_001)),
    _pair("latency of all operations alike on one side", _documented(322), _documented(323, latency=0.004)),
    _pair("another tick, and latency of 2 ms", _documented(324, tick=0.01), _own(325, tick=0.25, latency=0.002)),
    _pair("the very same side twice", _documented(326), _documented(326)),
    _pair("one row of many entities", _own(327, counts=_SINGLE), _own(328)),
    _pair(
        "exactly the default page against one more",
        _documented(329, counts=("client=50", "wip=50")),
        _documented(330, counts=("client=51", "wip=101")),
    ),
)
