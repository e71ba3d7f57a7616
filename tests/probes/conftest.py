"""What the tests of judges and of writing probes share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.probes.judging import Court
from tests.probes.writing import Office


@pytest.fixture(scope="session")
def court(tmp_path_factory: pytest.TempPathFactory) -> Court:
    """Judges over a small bundle."""
    return Court(tmp_path_factory.mktemp("court"))


@pytest.fixture(scope="session")
def _office(make_mock: Callable[..., Any]) -> Iterator[Office]:
    office = Office(make_mock(scenario="small"))
    yield office
    office.close()


@pytest.fixture
def office(_office: Office) -> Office:
    """The mock of our own bundle, with something between it and the probes; its state fresh, nothing changed."""
    _office.reset()
    return _office
