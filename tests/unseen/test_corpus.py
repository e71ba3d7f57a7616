"""The unseen corpus is what it says: each drift changes an answer, the quiet pairs differ in nothing but their data."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

from mockserver.app import App
from tests.drifts.comparing import verdict
from tests.drifts.corpus import DRIFTS, B, Drift
from tests.drifts.sides import Side
from tests.mutants.choose import at, lists
from tests.mutants.hook import Server, Talk
from tests.mutants.table import updated
from tests.mutants.witness import witness
from tests.unseen.corpus import NEED_WRITES, QUIET, UNSEEN
from tests.unseen.measure import cases, main, part_of
from tests.unseen.table import README

CLASSES = {drift.kind for drift in DRIFTS} - {"search"}  # here they are counts: what a search leaves out, it miscounts


@pytest.fixture(scope="module")
def app() -> App:
    """The undrifted copy that all drifts of this module are put around."""
    return B.mock()


@pytest.mark.parametrize("drift", UNSEEN, ids=lambda d: d.name)
def test_a_drift_answers_otherwise(drift: Drift, app: App) -> None:
    """Each drift answers some request otherwise than the copy with the same settings and no drift."""
    assert witness(drift, app, tick=B.tick) is not None
    assert drift.severity in ("breaking", "visible", "cosmetic")
    assert drift.expects_code_class[0] == drift.drift_class


def test_every_class_of_drift_is_there() -> None:
    """The corpus has every class, easy and subtle ones, and names that no other drift has."""
    assert {drift.drift_class for drift in UNSEEN} == CLASSES
    assert len({drift.name for drift in (*UNSEEN, *DRIFTS)}) == len(UNSEEN) + len(DRIFTS)
    assert {drift.severity for drift in UNSEEN} == {"breaking", "visible", "cosmetic"}
    assert 0.3 < sum(drift.hard for drift in UNSEEN) / len(UNSEEN) < 0.7
    assert {drift.name for drift in UNSEEN} > NEED_WRITES


@pytest.mark.parametrize(("_name", "one", "other"), QUIET, ids=[name for name, _, _ in QUIET])
def test_a_quiet_pair_answers_a_list(_name: str, one: Side, other: Side) -> None:
    """Both sides of a quiet pair can be made, and each lists rows."""
    for side in (one, other):
        made = side.app()
        talk = Talk(made, made.tokens)
        listed = next(o for o in lists(Server(made.app)) if o.request is not None and "{" not in o.path)
        told = talk.send(listed.method, listed.path, {})
        talk.close()

        assert told.status == 200
        assert at(told.json, listed.shape.rows)


def test_the_work_of_measuring_is_parted() -> None:
    """What needs writing is measured by itself, and the parts of the work are all of it."""
    reading, writing = cases("unseen"), cases("unseen", writes=True)

    assert {case.name for case in writing} == NEED_WRITES
    assert len(reading) + len(writing) == len(UNSEEN)
    assert [case.name for case in cases("unseen", names=["st-created-200"])] == ["st-created-200"]
    assert [len(cases(corpus)) for corpus in ("drifts", "quiet", "seeds")] == [len(DRIFTS), len(QUIET), 20]
    assert sorted(drift.name for two in cases("pairs") for drift in two.drifts) == sorted(d.name for d in DRIFTS)
    assert part_of("1/2") == (1, 2)
    for wrong in ("2/2", "1", "a/b", "-1/2"):
        with pytest.raises(argparse.ArgumentTypeError):
            part_of(wrong)


def test_measuring_knows_its_names(capsys: pytest.CaptureFixture[str]) -> None:
    """A name that a corpus has not is refused."""
    with pytest.raises(SystemExit):
        main(["no-such-drift"])

    assert "unseen has no no-such-drift" in capsys.readouterr().err


def test_what_was_kept_is_one_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of a drift what was told with or without writing; a comparison that broke found nothing, or is an alarm."""
    said = [("x", "count", "found"), ("y", "count", "told"), ("z", "auth", "broken"), ("1 101", "", "clean")]
    entries = [{"name": name, "class": kind, "word": word} for name, kind, word in [*said, ("x", "count", "missed")]]
    (tmp_path / "a.jsonl").write_text("".join(f"{json.dumps(each)}\n" for each in entries[:3]), "utf-8")
    (tmp_path / "b.jsonl").write_text("".join(f"{json.dumps(each)}\n" for each in entries[3:]), "utf-8")

    assert main(["--read", str(tmp_path / "a.jsonl"), str(tmp_path / "b.jsonl")]) == 0
    assert capsys.readouterr().out.splitlines()[2:] == [
        "| auth | 1 | 0 | 0 | 1 |",
        "| count | 2 | 1 | 1 | 0 |",
        "| all | 3 | 1 | 1 | 1 |",
        "False alarms: 0 of 1 pairs without drift.",
    ]


def test_what_may_be_told_of_a_search() -> None:
    """A drift of what a search finds may be told as a drift of filters; one of the count alone may not."""
    by_name = {drift.name: drift for drift in UNSEEN}

    assert verdict(by_name["fl-escape"], {"filter"}) == "found"
    assert verdict(by_name["ct-of-page"], {"filter"}) == "told"
    assert verdict(by_name["na-null-dropped"], {"null"}) == "found"
    assert verdict(by_name["ct-of-page"], set()) == "missed"


def test_the_readme_is_up_to_date() -> None:
    """The table in the README is that of the corpus: `python -m tests.unseen.table`."""
    assert updated(README, UNSEEN) == README.read_text("utf-8")
