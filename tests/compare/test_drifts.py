"""Seeded drifts between two copies of the mock: how many are found, and that nothing is found without one.

By default a few of each; MOCKSERVER_ALL_DRIFTS=1 runs all of them and 20 pairs without drift, and prints the table.
"""

from __future__ import annotations

import os

import pytest

from mockserver.compare.rules import Rules
from mockserver.compare.runner import Options, run_compare
from mockserver.environments.client import Client
from mockserver.environments.environment import Environment
from mockserver.probes.base import Contract
from mockserver.store.relations import infer_model
from tests.drifts.corpus import DRIFTS, Drift, pair

ALL = bool(os.environ.get("MOCKSERVER_ALL_DRIFTS"))
FEW = ("number-exponent", "enum-new", "status-unprocessable", "type-flag-number", "header-missing-challenge")
SAME_CLASS = {"null against absent": "null", "search": "filter"}
CHOSEN = [drift for drift in DRIFTS if ALL or drift.name in FEW]


def found(seeds: tuple[int, int], *drifts: Drift) -> list[str]:
    """The classes of all that is reported between two sides."""
    one, other = pair(*seeds, *drifts)
    contract = Contract(one.app.bundle, infer_model(one.app.bundle))
    options = Options(steps=1600 if ALL else None, shrink=False)
    with (
        Client(Environment("a"), contract.bundle, app=one, tokens=dict(one.tokens)) as a,
        Client(Environment("b"), contract.bundle, app=other, tokens=dict(other.tokens)) as b,
    ):
        told = run_compare(a, b, contract, options, Rules())
    return sorted({str(o.details.get("class", o.finding.code)) for o in told.judged.observations})


@pytest.mark.parametrize("seed", range(20 if ALL else 1))
def test_nothing_is_found_without_drift(seed: int) -> None:
    """Two sides with data of their own are the same."""
    assert found((seed + 1, seed + 101)) == []


@pytest.mark.skipif(not ALL, reason="takes half an hour; MOCKSERVER_ALL_DRIFTS=1 runs it")
def test_the_table_of_all_drifts() -> None:
    """Every seeded drift that only reading can show is looked for; the table says which are found as what."""
    missed = []
    for drift in CHOSEN:
        told = found((11, 12), drift)
        wanted = {SAME_CLASS.get(each, each) for each in drift.expects_code_class}
        print(f"{'found' if wanted & set(told) else 'missed':<7}{drift.name:<28}{drift.kind:<20}{', '.join(told)}")
        missed += [] if told else [drift.name]
    print(f"{len(CHOSEN) - len(missed)} of {len(CHOSEN)} are told")
    assert len(missed) < len(CHOSEN) / 2


@pytest.mark.skipif(ALL, reason="the table has all of them")
def test_several_drifts_are_told_apart() -> None:
    """Five drifts at once are found, each as what it is."""
    told = found((11, 12), *CHOSEN)

    assert {"number form", "enum value", "status", "type", "header missing"} <= set(told)
