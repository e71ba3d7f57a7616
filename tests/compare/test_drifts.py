"""Seeded drifts between two copies of the mock: how many are found, and that nothing is found without one.

By default some of each class, several at once; MOCKSERVER_ALL_DRIFTS=1 takes each alone, and 20 pairs without drift.
"""

from __future__ import annotations

import os
from collections import Counter
from functools import cache

import pytest

from mockserver.compare.program import Program
from mockserver.compare.rules import Rules
from mockserver.compare.runner import Options, program_of, run_compare
from mockserver.environments.client import Client
from mockserver.environments.environment import Environment
from mockserver.probes.base import Contract
from mockserver.store.relations import infer_model
from tests.drifts.corpus import DRIFTS, A, Drift, pair
from tests.mutants.hook import Faulty

ALL = bool(os.environ.get("MOCKSERVER_ALL_DRIFTS"))
STEPS = 3600 if ALL else 900
SAME_CLASS = {"null against absent": "null", "search": "filter"}
# Drifts that do not hide one another, put on one side together.
TOGETHER = (
    ("number-exponent", "enum-new", "status-unprocessable", "type-flag-number", "header-missing-challenge",
     "auth-anonymous", "count-page", "format-offset"),
    ("error-no-details", "type-number-text", "header-extra-rate", "refuses-without-where", "status-class-unknown-id",
     "null-for-absent", "property-extra", "length-cut"),
    ("media-problem", "format-space", "number-count-float", "accepts-text-number", "refuses-unicode",
     "property-renamed", "redirect-moved", "reference-unreadable"),
)  # fmt: skip


@cache
def contract() -> Contract:
    """What both sides promise."""
    bundle = A.mock().bundle
    return Contract(bundle, infer_model(bundle))


def clients(one: Faulty, other: Faulty) -> tuple[Client, Client]:
    """A client of each side, in process."""
    bundle = contract().bundle
    made = [
        Client(Environment(n), bundle, app=side, tokens=dict(side.tokens)) for n, side in (("a", one), ("b", other))
    ]
    return made[0], made[1]


@cache
def program() -> Program:
    """The questions, the same for every pair: they depend on the bundle alone."""
    a, b = clients(*pair(1, 2))
    with a, b:
        return program_of(contract(), Options(steps=STEPS), (a, b))


def found(seeds: tuple[int, int], *drifts: Drift) -> set[str]:
    """The classes of all that is reported between two sides."""
    a, b = clients(*pair(*seeds, *drifts))
    with a, b:
        told = run_compare(a, b, contract(), Options(shrink=False), Rules(), program=program())
    return {str(o.details.get("class", o.finding.code)) for o in told.judged.observations}


def wanted(drift: Drift) -> set[str]:
    """The classes that a drift may be told as."""
    return {SAME_CLASS.get(each, each) for each in drift.expects_code_class}


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
        word = "found" if wanted(drift) & told else "told" if told else "missed"
        print(f"{word:<7}{drift.name:<28}{drift.kind:<20}{', '.join(sorted(told))}")
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
