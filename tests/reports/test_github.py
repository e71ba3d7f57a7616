"""GitHub: annotations that its runner reads as they are meant, and a summary that shows no stranger's markup."""

from __future__ import annotations

import re
from dataclasses import replace

from mockserver.findings import Finding, Severity
from mockserver.reports import render
from mockserver.reports.github import LARGEST, job_summary
from mockserver.runs import Observation
from tests.reports.samples import check_run, clean_run, compare_run
from tests.reports.test_html import hostile_run


def unescaped(text: str) -> str:
    for escape, character in (("%2C", ","), ("%3A", ":"), ("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
        text = text.replace(escape, character)
    return text


def test_a_command_is_read_back_as_it_was_meant() -> None:
    """Percent signs, colons, commas and line ends reach the annotation and end no property."""
    finding = Finding(Severity.WARNING, "AC1", "50% of a:b, c\nover", "GET /x,y", file="spec/a,b:c.yaml", line=3)
    run = replace(check_run(), observations=(Observation(finding, check="half, or: so"),), gate=())
    text = render(run, "github")
    found = re.fullmatch(r"::(\w+) file=([^:,]*),line=(\d+),title=([^:,]*)::(.*)\n", text)

    assert found is not None
    assert found[1] == "warning"
    assert [unescaped(found[n]) for n in (2, 3, 4)] == ["spec/a,b:c.yaml", "3", "AC1 half, or: so"]
    assert unescaped(found[5]) == "GET /x,y: 50% of a:b, c\nover"


def test_no_line_of_a_stranger_becomes_a_command() -> None:
    """A text with line ends and commands in it stays within its one command."""
    evil = "x\n::add-mask::y\r\n::set-output name=a::b"
    finding = Finding(Severity.ERROR, "AC1", evil, evil, evidence=evil)
    text = render(replace(check_run(), observations=(Observation(finding, evil, curl=evil),), gate=(evil,)), "github")

    assert len(text.splitlines()) == 2
    assert all(line.startswith(("::error title=", "::error file=")) for line in text.splitlines())


def test_only_what_is_new_is_annotated() -> None:
    """Known and gone findings annotate nothing; a clean run says nothing at all."""
    text = render(check_run(), "github")

    assert "ST103" not in text
    assert "AC205" not in text
    assert render(clean_run(), "github") == ""


def test_the_summary_tells_the_run() -> None:
    """Conclusion, table of findings, what was not reached and how to repeat are in it."""
    summary = job_summary(check_run())

    for part in ("4 new findings", "| AC203 | GET /clients/{id} |", "it writes, and staging is not writable",
                 "1 known finding, 1 gone one", "mockserver check staging --seed 7"):  # fmt: skip
        assert part in summary
    assert "| GET /clients/{id} |  | 12 | 12 |" in job_summary(compare_run())


def test_the_summary_shows_no_markup_of_strangers() -> None:
    """Neither HTML nor Markdown, mentions nor table cells come out of a server's answers."""
    summary = job_summary(hostile_run())
    rows = [line for line in summary.splitlines() if line.startswith("|")]

    told, _, command = summary.rpartition("\n\nAgain: ")  # the command is a code span, where nothing is markup
    assert "<script" not in told
    assert "<img" not in told
    assert re.fullmatch("(`+) .* \\1\n", command)
    assert not re.search("[\x00-\x09\x0b-\x1f\u202a-\u202e]", summary)
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} <= {3, 6}


def test_the_summary_fits() -> None:
    """A run with more findings than GitHub takes is cut with a word about it."""
    finding = Finding(Severity.ERROR, "AC1", "x" * 300, "GET /x")
    many = tuple(Observation(replace(finding, pointer=f"/{n}")) for n in range(5_000))
    run = replace(check_run(), observations=many, gate=("y" * 300,) * 6_000)

    assert "4,800 more" in job_summary(replace(run, gate=()))
    assert len(job_summary(run).encode()) < LARGEST + 100
    assert "cut here" in job_summary(run)
