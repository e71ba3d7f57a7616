"""Seeded drifts between two copies of the mock: how many are found, and that nothing is found without one.

By default some of each class, several at once; MOCKSERVER_ALL_DRIFTS=1 takes each alone, and 20 pairs without drift.
"""

from __future__ import annotations

import os
from collections import Counter

import pytest

from tests.drifts import comparing
from tests.drifts.comparing import classes, compared, verdict, wanted
from tests.drifts.corpus import DRIFTS, Drift, pair

ALL = bool(os.environ.get("MOCKSERVER_ALL_DRIFTS"))
STEPS = comparing.STEPS if ALL else 900
# Drifts that do not hide one another, put on one side together.
TOGETHER = (
    ("number-exponent", "enum-new", "status-unprocessable", "type-flag-number", "header-missing-challenge",
     "auth-anonymous", "count-page", "format-offset"),
    ("error-no-details", "type-number-text", "header-extra-rate", "refuses-without-where", "status-class-unknown-id",
     "null-for-absent", "property-extra", "length-cut"),
    ("media-problem", "format-space", "number-count-float", "accepts-text-number", "refuses-unicode",
     "property-renamed", "redirect-moved", "reference-unreadable"),
)  # fmt: skip


def found(seeds: tuple[int, int], *drifts: Drift) -> set[str]:
    """The classes of all that is reported between two sides."""
    return classes(compared(*pair(*seeds, *drifts), steps=STEPS))


@pytest.mark.parametrize("seed", range(20 if ALL else 1))
def test_nothing_is_found_without_drift(seed: int) -> None:
    """Two sides with data of their own are the same."""
    assert found((seed + 1, seed + 101)) == set()


@pytest.mark.skipif(not ALL, reason="takes an hour; MOCKSERVER_ALL_DRIFTS=1 runs it")
def test_the_table_of_all_drifts() -> None:
    """Of all seeded drifts most are told; the table says which. What needs writes is missed."""
    of, hits = Counter[str](), Counter[str]()
    for drift in DRIFTS:
        told = found((11, 12), drift)
        of[drift.kind] += 1
        hits[drift.kind] += bool(told)
        print(f"{verdict(drift, told):<7}{drift.name:<28}{drift.kind:<20}{', '.join(sorted(told))}")
    for kind, number in sorted(of.items()):
        print(f"{kind:<20}{hits[kind]:>4} of {number}")
    print(f"{hits.total()} of {of.total()} are told")
    assert hits.total() > 0.7 * of.total()


@pytest.mark.skipif(ALL, reason="the table has all of them")
@pytest.mark.parametrize("names", TOGETHER, ids=lambda names: names[0])
def test_several_drifts_are_told_apart(names: tuple[str, ...]) -> None:
    """Drifts that stand together are found, each as what it is."""
    drifts = [drift for drift in DRIFTS if drift.name in names]
    told = found((11, 12), *drifts)
    missed = [drift.name for drift in drifts if not wanted(drift) & told]
    print(f"{len(drifts) - len(missed)} of {len(drifts)} are found; missed: {', '.join(missed) or 'none'}")

    assert missed == []
