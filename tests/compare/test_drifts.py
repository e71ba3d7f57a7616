"""Seeded drifts between two copies of the mock: those that stand together are found, and nothing without one.

`python -m tests.unseen.measure --corpus drifts` takes each alone, `--corpus seeds` 20 pairs without drift.
"""

from __future__ import annotations

import pytest

from tests.drifts.comparing import classes, compared, wanted
from tests.drifts.corpus import DRIFTS, Drift, pair

STEPS = 1200  # a fifth of what a comparison of two servers of this machine asks
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


def test_nothing_is_found_without_drift() -> None:
    """Two sides with data of their own are the same."""
    assert found((1, 101)) == set()


@pytest.mark.parametrize("names", TOGETHER, ids=lambda names: names[0])
def test_several_drifts_are_told_apart(names: tuple[str, ...]) -> None:
    """Drifts that stand together are found, each as what it is."""
    drifts = [drift for drift in DRIFTS if drift.name in names]
    told = found((11, 12), *drifts)
    missed = [drift.name for drift in drifts if not wanted(drift) & told]
    print(f"{len(drifts) - len(missed)} of {len(drifts)} are found; missed: {', '.join(missed) or 'none'}")

    assert missed == []
