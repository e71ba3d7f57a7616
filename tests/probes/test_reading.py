"""The reading probes have nothing to say of a server that keeps its bundle."""

from __future__ import annotations

from pathlib import Path

import pytest

from mockserver.app import create_app
from mockserver.findings import CODES
from mockserver.probes import codes, registry
from mockserver.settings import Settings
from tests.probes.faulty import Judged, Shelf, contract_of, shelf
from tests.probes.reading import Judge, app, contract, judge

__all__ = ["app", "contract", "judge"]
READING = [probe for probe in registry.probes() if "MS230" <= probe.code <= "MS259"]


@pytest.mark.parametrize("scenario", ["default", "small", "empty"])
def test_our_mock_keeps_its_bundle(scenario: str) -> None:
    """No reading probe finds a fault in the mock; all operators are asked, and none where there are no rows."""
    made = create_app(Settings(access_log=False, admin=False, auth="off", scenario=scenario))
    judged = Judged(made, contract_of(made.bundle))

    found = [(probe.name, label, fault.message) for probe in READING for label, fault in judged.faults(probe)]
    judged.close()

    assert found == []
    if scenario == "empty":
        assert "there are no rows to judge by" in judged.reasons
        assert "who asked" not in judged.facts
    else:
        assert set(judged.facts["who asked"]) >= {"_eq", "_nin", "_ilike", "_niregex", "_has_key", "_contains"}


@pytest.mark.parametrize("turn", ["cursor", "offset"])
def test_a_library_keeps_its_bundle(judge: Judge, tmp_path: Path, turn: str) -> None:
    """No reading probe finds a fault in another server of another style: plain filters, has_more, cursors."""
    judged = judge(Shelf(turn), shelf(tmp_path, turn))

    found = [(probe.name, label, fault.message) for probe in READING for label, fault in judged.faults(probe)]

    assert found == []


@pytest.mark.parametrize("file", ["box-3.0.json", "openai-3.1.yaml"])
def test_real_bundles_give_no_false_alarm(corpus: Path, file: str) -> None:
    """No reading probe finds a fault in the mock of other vendors' bundles either."""
    made = create_app(Settings(access_log=False, admin=False, auth="off", bundle=str(corpus / file)))
    judged = Judged(made, contract_of(made.bundle))

    found = [(probe.name, label, fault.message) for probe in READING for label, fault in judged.faults(probe)]
    judged.close()

    assert found == []


def test_a_probe_is_found_by_being_a_file() -> None:
    """The registry has every probe and judge, by code, each with its texts."""
    every = (*registry.probes(), *registry.judges())

    assert codes
    assert [probe.code for probe in registry.probes()] == sorted(probe.code for probe in registry.probes())
    assert {each.code for each in every} <= set(CODES)
    assert len({each.name for each in every}) == len(every)
    assert len(READING) > 15
