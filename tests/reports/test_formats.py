"""All formats by name, files of them, and run.json as its published schema describes it."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from mockserver import exchanges, findings, paths, runs
from mockserver.problems import UsageError
from mockserver.reports import FILES, FORMATS, render, write
from mockserver.runs import Run, load_run
from tests.reports.samples import GOLDEN, check_run, clean_run, compare_run
from tests.reports.test_html import hostile_run

SCHEMA: dict[str, Any] = json.loads((paths.SPEC / "run.schema.json").read_text("utf-8"))
RUNS = {"check": check_run(), "compare": compare_run(), "clean": clean_run(), "hostile": hostile_run()}


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)
def test_every_format_takes_every_run(run: Run, name: str, tmp_path: Path) -> None:
    """Each format makes a file in UTF-8 of each run, twice the same, and leaves nothing else behind."""
    file = tmp_path / "a" / FILES[name]
    write(run, name, file)

    assert file.read_bytes().decode("utf-8") == render(run, name).encode("utf-8", "backslashreplace").decode()
    assert list(file.parent.iterdir()) == [file]


@pytest.mark.parametrize("name", ["check", "compare"])
def test_a_report_can_be_made_later(name: str) -> None:
    """Every report of a saved run is the report of the run itself."""
    saved = load_run(GOLDEN / f"run-{name}.json")

    assert saved == RUNS[name]
    assert {form: render(saved, form) for form in FORMATS} == {form: render(RUNS[name], form) for form in FORMATS}


@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)
def test_run_json_keeps_its_schema(run: Run, tmp_path: Path) -> None:
    """What is saved, and what the format json makes, is valid under spec/run.schema.json."""
    jsonschema_rs.meta.validate(SCHEMA)
    validator = jsonschema_rs.validator_for(SCHEMA)
    run.save(tmp_path / "run.json")
    write(run, "json", tmp_path / "other.json")

    saved = (tmp_path / "run.json").read_text("utf-8")
    validator.validate(json.loads(saved.replace("\\ud800", "")))  # half a pair is JSON, but not for every library
    assert (tmp_path / "run.json").read_bytes() == (tmp_path / "other.json").read_bytes()


def test_a_real_run_keeps_the_schema(tmp_path: Path) -> None:
    """What `mockserver check` saves is valid, can be read again, and every report can be made of it."""
    flags = "check mock --phases examples --max-examples 1 --workers 1 --report json=real.json --operation"
    command = [sys.executable, "-m", "mockserver", *flags.split(), "GET *client*"]
    done = subprocess.run(command, check=False, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode in (0, 1), done.stderr
    jsonschema_rs.validator_for(SCHEMA).validate(json.loads((tmp_path / "real.json").read_text("utf-8")))
    run = load_run(tmp_path / "real.json")

    assert run.requests > 0
    assert all(render(run, form) for form in FORMATS if form != "github")


@pytest.mark.parametrize(
    ("name", "kind", "besides"),
    [
        ("", runs.Run, {"version"}), ("contract", runs.Contract, set()), ("target", runs.Target, set()),
        ("operation", runs.OperationTally, set()), ("check", runs.CheckTally, set()),
        ("observation", runs.Observation, {"key"}), ("finding", findings.Finding, set()),
        ("exchange", exchanges.Exchange, set()), ("request", exchanges.Request, {"base64"}),
        ("reply", exchanges.Reply, {"base64"}),
    ],
)  # fmt: skip
def test_the_schema_knows_every_field(name: str, kind: Any, besides: set[str]) -> None:
    """A field that is added to a run must be described for its readers."""
    described = SCHEMA["$defs"][name] if name else SCHEMA

    assert set(described["properties"]) == {field.name for field in fields(kind)} | besides


@pytest.mark.parametrize(
    ("place", "value"),
    [(("version",), 2), (("kind",), "lint"), (("observations", 0, "state"), "old"), (("seconds",), -1),
     (("observations", 0, "finding", "severity"), "fatal"), (("observations", 0, "key"), "x")],
)  # fmt: skip
def test_the_schema_refuses_what_is_no_run(place: tuple[Any, ...], value: Any) -> None:
    """The schema is no formality: a wrong value is found."""
    data = check_run().to_json()
    inner = data
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = value

    assert not jsonschema_rs.validator_for(SCHEMA).is_valid(data)


def test_an_unknown_format_is_refused() -> None:
    """The refusal names the format that was probably meant, and all there are."""
    with pytest.raises(UsageError, match="Did you mean html") as refused:
        render(check_run(), "htm")

    assert "sarif" in refused.value.hint


def test_a_report_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    """A file in the way of a folder is told in a sentence."""
    (tmp_path / "taken").write_text("", "utf-8")

    with pytest.raises(UsageError, match="cannot be written"):
        write(check_run(), "text", tmp_path / "taken" / "report.txt")
