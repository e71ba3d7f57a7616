"""`mockserver compare`, as a user meets it: two mocks in process, wrong usage, storage and exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mockserver.cli import run

FEW = ["--operation", "POST /gql/v1/offices", "--operation", "GET /gql/v1/office/*", "--max-requests", "80"]


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)


def test_two_mocks_of_different_seeds_are_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit 0; the seed, the time and where the run is kept are printed; judged again it says the same."""
    assert run(["compare", "mock", "mock?seed=3", *FEW, "--report", "json=run.json"]) == 0
    said = capsys.readouterr()
    kept = sorted((tmp_path / ".mockserver" / "runs").glob("compare-*/*"))
    told = json.loads((tmp_path / "run.json").read_text("utf-8"))

    assert "seed 1" in said.err
    assert f"--from {kept[0].relative_to(tmp_path)}" in said.err
    assert told["kind"] == "compare"
    assert [target["name"] for target in told["targets"]] == ["mock", "mock-seed-3"]
    assert told["observations"] == []
    assert run(["compare", "--from", str(kept[0])]) == 0


def test_an_unused_rule_is_told_and_no_drift(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A rule that never hits is shown, and the exit code stays 0."""
    rule = '[[rule]]\noperation = "GET /x"\nplace = "body"\npointer = "/a"\ntreat = "form"\nreason = "noise"\n'
    Path("rules.toml").write_text(rule, "utf-8")
    assert run(["compare", "mock", "mock?seed=3", *FEW]) == 0
    kept = next((tmp_path / ".mockserver" / "runs").glob("compare-*/*"))

    assert run(["compare", "--from", str(kept), "--rules", "rules.toml"]) == 0
    assert "never hit" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["compare", "mock"], "Say which two to compare"),
        (["compare", "mock", "nowhere"], "no environment 'nowhere'"),
        (["compare", "mock@2020-01-01", "mock"], "no recording of mock at 2020-01-01"),
        (["compare", "mock", "mock@2020-01-01"], "a recording stands first"),
        (["compare", "mock", "mock", "--key", "client"], "--key is ENTITY=FIELD"),
        (["compare", "mock", "mock", "--operation", "GET /nothing"], "No operation of the bundle is like that"),
        (["compare", "--from", "nothing"], "holds no stored comparison"),
        (["compare", "mock", "mock", "--rules", "none.toml"], "There is no file of rules none.toml"),
        (["compare", "mock", "--environment", "mock"], "--bundle OLD NEW --environment E"),
    ],
)
def test_wrong_usage_is_one_sentence(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Wrong usage ends with exit 2 and a sentence that says what is wrong."""
    assert run(arguments) == 2
    assert said in capsys.readouterr().err


def test_a_server_that_is_not_there_is_exit_3(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing was compared where one side does not answer; it never counts as equal."""
    assert run(["compare", "mock", "http://127.0.0.1:9"]) == 3
    assert "127.0.0.1:9" in capsys.readouterr().err


def test_bindings_and_program_are_shown_without_a_request(capsys: pytest.CaptureFixture[str]) -> None:
    """What takes ids from what, and the requests themselves, can be looked at before anything is asked."""
    assert run(["compare", "--show-bindings"]) == 0
    assert "client" in capsys.readouterr().out
    assert run(["compare", "--show-program", *FEW]) == 0
    program = json.loads(capsys.readouterr().out)

    assert {"POST /gql/v1/offices", "GET /gql/v1/office/{id}"} <= {step["operation"] for step in program["steps"]}
