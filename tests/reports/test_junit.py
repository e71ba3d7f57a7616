"""JUnit: what fails, what is skipped and why, and the rules of the common schemas."""

from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from mockserver.reports import render
from mockserver.runs import Run
from tests.reports.samples import check_run, clean_run, compare_run
from tests.reports.test_html import hostile_run

SUITE = {"name", "tests", "failures", "errors", "skipped", "time", "timestamp", "hostname"}
ORDER = ["properties", "skipped", "error", "failure", "system-out", "system-err"]


def read(run: Run) -> ET.Element:
    return ET.fromstring(render(run, "junit").encode())


def cases(root: ET.Element, name: str) -> dict[str, str]:
    """The cases of a suite by name: failure, skipped, error or passed."""
    suite = root.find(f"testsuite[@name='{name}']")
    assert suite is not None
    ends = ("failure", "skipped", "error")
    return {
        c.get("name", ""): next((e for e in ends if c.find(e) is not None), "passed") for c in suite.iter("testcase")
    }


@pytest.mark.parametrize(
    "run", [check_run(), compare_run(), clean_run(), hostile_run(), replace(clean_run(), started="")]
)
def test_it_keeps_the_rules_of_the_schemas(run: Run) -> None:
    """Attributes, counts, the order of elements and the form of times are those every reader takes."""
    root = read(run)
    assert root.tag == "testsuites"
    for suite in root:
        found = list(suite.iter("testcase"))
        assert suite.tag == "testsuite"
        assert set(suite.keys()) == SUITE
        assert [child.tag for child in suite] == ["properties", *["testcase"] * len(found)]
        assert int(suite.get("tests", "")) == len(found) > 0
        for count, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(suite.get(count, "")) == sum(case.find(tag) is not None for case in found)
        for case in found:
            assert set(case.keys()) == {"name", "classname", "time"}
            places = [ORDER.index(child.tag) for child in case]
            assert places == sorted(places)
            assert len(places) == len(set(places))
        assert re.fullmatch(r"\d+\.\d{3}", suite.get("time", ""))
    assert int(root.get("tests", "")) == sum(int(suite.get("tests", "")) for suite in root)


def test_new_fails_known_is_skipped_gone_passes() -> None:
    """A finding's state decides; a skipped one says why, a failed one where, with the command that repeats it."""
    root = read(check_run())
    clients = cases(root, "GET /clients/{id}")
    skipped = root.find("testsuite[@name='GET /clients/{id}']//skipped")
    failure = root.find("testsuite[@name='GET /clients/{id}']//failure")

    assert [end for name, end in clients.items() if name.startswith("AC203")] == ["failure"]
    assert [end for name, end in clients.items() if name.startswith("ST103")] == ["skipped"]
    assert [end for name, end in cases(root, "GET /clients").items() if name.startswith("AC205")] == ["passed"]
    assert skipped is not None
    assert "the vendor documents it next month" in skipped.get("message", "")
    assert failure is not None
    assert "spec/acme.openapi.yaml:120" in (failure.text or "")


def test_what_the_gate_lets_pass_does_not_fail() -> None:
    """JUnit and the exit code agree: a warning fails only where --fail-on counts warnings."""
    run = check_run()
    warned = replace(run, options={"fail-on": "warning"})
    never = replace(run, options={"fail-on": "never"}, gate=())

    assert "skipped" in [end for name, end in cases(read(run), "POST /invoices").items() if name.startswith("AC221")]
    assert "failure" in [end for name, end in cases(read(warned), "POST /invoices").items() if name.startswith("AC221")]
    assert read(never).get("failures") == "0"


def test_proving_too_little_fails() -> None:
    """A reason of the gate is a failure, a run that was cut short an error, an operation left out is skipped."""
    run = check_run()
    stopped = replace(run, outcome="unreachable", exit_code=3)

    assert list(cases(read(run), "proof").values()) == ["failure", "failure"]
    assert list(cases(read(stopped), "proof").values()) == ["failure", "failure", "error"]
    assert cases(read(run), "DELETE /clients/{id}") == {"reaches a documented success": "skipped"}
    assert "skipped" in cases(read(run), "checks").values()
    assert list(cases(read(clean_run()), "proof").values()) == ["passed"]


def test_seed_and_bundle_are_told() -> None:
    """Each suite names what is needed to repeat it."""
    told = {p.get("name"): p.get("value") for p in read(check_run()).iter("property")}

    assert told["seed"] == "7"
    assert told["bundle"] == "spec/acme.openapi.yaml"
    assert told["again"] == "mockserver check staging --seed 7"
