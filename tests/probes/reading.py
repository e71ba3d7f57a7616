"""Fixtures of the tests of reading probes: our mock, whole or with a fault, judged by single probes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from mockserver.app import App, create_app
from mockserver.probes.base import Contract
from mockserver.settings import Settings
from tests.probes.faulty import After, Before, Faulty, Judged, contract_of

Judge = Callable[..., Judged]


@pytest.fixture(scope="session")
def app() -> App:
    """Our mock: nothing here writes, so one is enough."""
    return create_app(Settings(access_log=False, admin=False, auth="off"))


@pytest.fixture(scope="session")
def contract(app: App) -> Contract:
    """What our bundle promises."""
    return contract_of(app.bundle)


@pytest.fixture
def judge(app: App, contract: Contract) -> Iterator[Judge]:
    """Judges our mock, or the mock with a fault, or another application by another contract."""
    made: list[Judged] = []

    def make(
        other: Any = None, by: Contract | None = None, *, before: Before | None = None, after: After | None = None
    ) -> Judged:
        judged = Judged(Faulty(other or app, before=before, after=after), by or contract)
        made.append(judged)
        return judged

    yield make
    for judged in made:
        judged.close()
