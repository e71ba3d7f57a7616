"""What a comparison in process says of two sides, and whether that is what a drift may be told as."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from mockserver.compare.program import Program
from mockserver.compare.rules import Rules
from mockserver.compare.runner import Options, program_of, run_compare
from mockserver.environments.client import Client
from mockserver.environments.environment import Environment
from mockserver.environments.ledger import Ledger
from mockserver.probes.base import Contract
from mockserver.runs import Observation
from mockserver.store.relations import infer_model
from tests.drifts.corpus import A, Drift, pair
from tests.mutants.hook import Faulty

STEPS = 6000  # as many as a comparison of two servers of this machine asks
SAME_CLASS = {"null against absent": "null", "search": "filter"}  # classes of drifts that the tool has other words for


@cache
def contract() -> Contract:
    """What both sides promise."""
    bundle = A.mock().bundle
    return Contract(bundle, infer_model(bundle))


def clients(one: Faulty, other: Faulty, *, writes: bool = False) -> tuple[Client, Client]:
    """A client of each side, in process."""
    made = [
        Client(
            Environment(name, writable=writes),
            contract().bundle,
            app=side,
            tokens=dict(side.tokens),
            allow_writes=writes,
        )
        for name, side in (("a", one), ("b", other))
    ]
    return made[0], made[1]


@cache
def program(steps: int, *, writes: bool = False) -> Program:
    """The questions, the same for every pair: they depend on the bundle alone."""
    a, b = clients(*pair(1, 2), writes=writes)
    with a, b:
        return program_of(contract(), Options(steps=steps), (a, b))


def compared(one: Faulty, other: Faulty, *, steps: int = STEPS, writes: bool = False) -> tuple[Observation, ...]:
    """All that is reported between two sides; `writes`: both may be written to."""
    asked = program(steps, writes=writes)
    a, b = clients(one, other, writes=writes)
    with a, b, TemporaryDirectory() as folder:
        ledgers = (Ledger(Path(folder, "a")), Ledger(Path(folder, "b"))) if writes else None
        told = run_compare(a, b, contract(), Options(shrink=False), Rules(), program=asked, ledgers=ledgers)
    return told.judged.observations


def classes(observations: Iterable[Observation]) -> set[str]:
    """The classes of what is reported; its code where it has none."""
    return {str(o.details.get("class", o.finding.code)) for o in observations}


def wanted(drift: Drift) -> set[str]:
    """The classes that a drift may be told as."""
    return {SAME_CLASS.get(each, each) for each in drift.expects_code_class}


def verdict(drift: Drift, told: set[str]) -> str:
    """What became of a drift: `found`, `told` as another class than it may be, or `missed`."""
    if wanted(drift) & told:
        return "found"
    return "told" if told else "missed"
