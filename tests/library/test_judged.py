"""A server by hand, of another trade: nothing is said of it when it is right, and each of its faults is found."""

from __future__ import annotations

import pytest

from mockserver.bundle.loader import load_bundle
from mockserver.checks.runner import Checked, Options, run_checks
from mockserver.environments.client import Client
from mockserver.environments.environment import Environment
from mockserver.findings import Severity
from tests.library.server import BUNDLE, FAULTS, KEY, library


def checked(*faults: str, fuzzing: bool = True) -> Checked:
    """The library checked with writing allowed; our own checks need no fuzzing to find something."""
    bundle = load_bundle(BUNDLE)
    with library(*faults) as served:
        environment = Environment("library", served.url, writable=True, hosts=("127.0.0.1",))

        def make() -> Client:
            return Client(environment, bundle, tokens={"default": KEY}, allow_writes=True)

        return run_checks(make, Options(1, 10, ("examples", "coverage", "fuzzing") if fuzzing else ()))


def codes(run: Checked) -> set[str]:
    """What was found, notes left out."""
    return {one.finding.code for one in run.observations if one.finding.severity is not Severity.INFO}


def test_a_right_server_is_clean() -> None:
    """No finding, every operation reached, and nothing ended the run."""
    run = checked()

    assert codes(run) == set()
    assert all(tally.reached and not tally.unseen for tally in run.operations)
    assert run.stopped == ""


@pytest.mark.parametrize(("fault", "code"), FAULTS.items())
def test_each_fault_is_found(fault: str, code: str) -> None:
    """By the check that is for it."""
    assert code in codes(checked(fault, fuzzing=code.startswith("ST")))
