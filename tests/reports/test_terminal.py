"""The terminal report is a contract: golden files, and no colour or control character where none belongs."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import pytest

from mockserver.reports import render, terminal
from mockserver.runs import Run
from tests.reports.samples import GOLDEN, check_run, clean_run, compare_run, golden
from tests.reports.test_html import hostile_run


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _plain_surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "CI", "TERM", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("name", list(golden()))
def test_reports_are_those_of_the_golden_files(name: str) -> None:
    """What is printed changes only on purpose: `python -m tests.reports.samples` writes the golden files anew."""
    assert golden()[name] == (GOLDEN / name).read_text("utf-8")


@pytest.mark.parametrize("run", [check_run(), compare_run(), clean_run()])
def test_the_last_line_says_all(run: Run) -> None:
    """Conclusion, exit code with its meaning, seed and how to repeat stand in the last line."""
    last = terminal.text(run).splitlines()[-1]

    assert f"Exit {run.exit_code}: " in last
    assert f"Seed {run.seed}; again: mockserver {run.kind}" in last


def test_plain_text_has_no_control_characters() -> None:
    """Whatever a server sent, the text neither drives the terminal nor turns the order of reading round."""
    text = terminal.text(hostile_run(), verbose=True)

    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", text)
    assert max(map(len, text.splitlines())) < 3_000


@pytest.mark.parametrize(
    ("variables", "coloured"),
    [({}, True), ({"NO_COLOR": "1"}, False), ({"CI": "true"}, False), ({"TERM": "dumb"}, False),
     ({"CI": "true", "FORCE_COLOR": "1"}, True)],
)  # fmt: skip
def test_colours_are_for_terminals(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], coloured: bool) -> None:
    """A terminal gets colours and drawn tables, unless the surroundings forbid it; then it gets the plain text."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    stream = Terminal()
    terminal.show(compare_run(), verbose=True, file=stream)

    assert ("\x1b[" in stream.getvalue()) is coloured
    assert (stream.getvalue() == terminal.text(compare_run(), verbose=True)) is not coloured
    assert "GET /clients/{id}" in stream.getvalue()


def test_a_pipe_gets_plain_text() -> None:
    """What is no terminal gets what the golden files hold."""
    stream = io.StringIO()
    terminal.show(check_run(), file=stream)

    assert stream.getvalue() == terminal.text(check_run())


def test_an_old_console_does_not_break_it() -> None:
    """Where the stream's encoding lacks a character, it is written as an escape."""
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii", newline="\n")
    terminal.show(compare_run(), file=stream)
    stream.flush()

    assert b"\\xb7" in raw.getvalue()


def test_many_known_findings_are_counted_not_listed() -> None:
    """Known findings take three lines of an operation at most, unless everything is asked for."""
    known = check_run().observations[1]
    run = replace(check_run(), observations=(known,) * 20)

    assert "17 more known" in terminal.text(run)
    assert terminal.text(run, verbose=True).count("known   ST103") == 20
    assert render(run, "text", verbose=True) == terminal.text(run, verbose=True)


def test_many_classes_do_not_make_a_table_nobody_can_read() -> None:
    """Beyond nine classes each operation tells its own in one cell."""
    counts = {f"class {n}": n for n in range(1, 15)}
    text = terminal.text(replace(compare_run(), details={"matrix": {"GET /x": counts}}))

    assert "class 1 1, class 2 2" in text


def test_a_comparison_without_a_table_counts_its_own() -> None:
    """Details may be absent: the table is then made of the differences."""
    run = compare_run()
    row = r"GET /clients/\{id\}\s+·\s+12\s+12\s+·\s+·"

    assert re.search(row, terminal.text(replace(run, details={})))
    assert "gone" in terminal.text(replace(run, details={}, observations=()))
