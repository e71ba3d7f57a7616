"""Workers that fail say so; what they were told by others comes through as it was."""

from __future__ import annotations

import os
import pickle

import pytest

from mockserver.checks.cases import Plan
from mockserver.checks.engine import fuzz
from mockserver.checks.sessions import Job
from mockserver.checks.workers import Allowance, apart
from mockserver.environments.client import Client, Limits
from mockserver.problems import MockServerError, UsageError
from tests.checks.library import Opening

JOBS = (Job(("GET /books",), ("coverage",)), Job(("POST /books",), ("coverage",)))


def gone() -> Client:
    """What ends the process it is called in."""
    os._exit(7)


def refused() -> Client:
    """What cannot make a client."""
    raise UsageError("The key is missing.", "Set it.")


def test_a_worker_that_dies_is_said_to_have_died() -> None:
    """Neither a hang nor a run that looks complete."""
    with pytest.raises(MockServerError, match="exit code 7"):
        list(apart(gone, Plan(workers=2), JOBS, Limits()))


def test_a_workers_error_is_the_runs_error() -> None:
    """With its own sentence and way out."""
    with pytest.raises(UsageError, match="The key is missing"):
        list(apart(refused, Plan(workers=2), JOBS, Limits()))


def test_an_allowance_is_spent_once() -> None:
    """Requests and seconds, whichever is used up first."""
    few = Allowance(Limits(requests=2))

    assert [few(), few()] == ["", ""]
    assert few() == "The budget of 2 requests is spent."
    assert Allowance(Limits(seconds=0.0))() == "The budget of 0 s is spent."
    assert Allowance(Limits())() == ""


def test_what_workers_tell_can_be_told_twice(opening: Opening) -> None:
    """Everything of a run is plain data."""
    done = fuzz(opening, opening.contract(), Plan(max_examples=2, phases=("coverage",)))

    assert pickle.loads(pickle.dumps(done)).observations == done.observations
