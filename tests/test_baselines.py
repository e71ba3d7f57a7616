"""What was accepted stays accepted until its day, and no longer."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from mockserver.baselines import Baseline, load_baseline
from mockserver.findings import Finding, Severity
from mockserver.problems import UsageError
from mockserver.runs import Contract, Observation

TODAY = date(2026, 11, 22)
GET = "GET /things"


def seen(message: str = "wrong", operation: str = GET, **more: Any) -> Observation:
    """An observation."""
    return Observation(Finding(Severity.ERROR, "MS201", message, operation, "/paths/~1things"), **more)


def accepted(*observations: Observation, expires: date | None = date(2026, 12, 1)) -> Baseline:
    """A baseline that accepts them."""
    return Baseline("Shop", "abc").updated(observations, "vendor knows", "pat", date(2026, 11, 1), expires)


def test_new_known_and_gone() -> None:
    """Each observation says where it stands; an entry that was not seen comes back as gone, with its key."""
    baseline = accepted(seen("old"), seen("fixed"))
    known, new, gone = baseline.apply([seen("old", details={"a": 1}), seen("fresh")], TODAY)
    assert (known.state, known.details) == ("known", {"a": 1})
    assert known.accepted == {
        "reason": "vendor knows", "owner": "pat", "first_seen": "2026-11-01", "expires": "2026-12-01",
    }  # fmt: skip
    assert (new.state, new.accepted) == ("new", {})
    assert (gone.state, gone.key, gone.count) == ("gone", seen("fixed").key, 0)


@pytest.mark.parametrize(("tested", "states"), [(None, ["gone"]), ([GET], ["gone"]), (["GET /others"], []), ([], [])])
def test_gone_only_where_it_was_tested(tested: list[str] | None, states: list[str]) -> None:
    """Of an operation that was not tested nothing is gone, and without any test nothing at all."""
    assert [o.state for o in accepted(seen()).apply([], TODAY, tested)] == states
    general = accepted(seen(operation=""))
    assert [o.state for o in general.apply([], TODAY, tested)] == ([] if tested == [] else ["gone"])


@pytest.mark.parametrize(("today", "state"), [(date(2026, 12, 1), "known"), (date(2026, 12, 2), "new")])
def test_an_entry_holds_until_its_last_day(today: date, state: str) -> None:
    """From the day after it is new again, and says so; without a day it never ends."""
    [observation] = accepted(seen()).apply([seen()], today)
    assert observation.state == state
    assert ("which is over" in str(observation.details.get("baseline"))) == (state == "new")
    [forever] = accepted(seen(), expires=None).apply([seen()], date(2100, 1, 1))
    assert forever.state == "known"


def test_accepting_again_keeps_what_is_accepted() -> None:
    """Reason, owner and first day of an entry stay; one that is over is renewed, its first day kept."""
    later = accepted(seen("a")).updated([seen("a"), seen("b")], "second", "kim", TODAY, date(2027, 1, 1))
    assert [(e.message, e.reason, e.first_seen) for e in later.entries] == [
        ("a", "vendor knows", "2026-11-01"), ("b", "second", "2026-11-22"),
    ]  # fmt: skip
    [renewed] = accepted(seen("a")).updated([seen("a")], "third", "kim", date(2027, 1, 1)).entries
    assert (renewed.reason, renewed.owner, renewed.first_seen, renewed.expires) == ("third", "kim", "2026-11-01", "")


def test_pruning_takes_out_what_is_gone() -> None:
    """Only those that a run gave back as gone."""
    baseline = accepted(seen("stays"), seen("fixed"))
    assert [e.message for e in baseline.pruned(baseline.apply([seen("stays")], TODAY)).entries] == ["stays"]


@pytest.mark.parametrize(
    ("reason", "owner", "expires"), [(" ", "pat", None), ("why", "", None), ("why", "pat", date(2026, 11, 21))]
)
def test_accepting_needs_a_reason_an_owner_and_a_day_to_come(reason: str, owner: str, expires: date | None) -> None:
    """Otherwise nothing is accepted."""
    with pytest.raises(UsageError):
        Baseline().updated([seen()], reason, owner, TODAY, expires)


def test_the_file(tmp_path: Path) -> None:
    """Written and read it is the same; the order of findings does not matter; nothing is left beside it."""
    file = tmp_path / "baselines" / "check-sandbox.json"
    baseline = accepted(seen("ä"), seen("b", "DELETE /things")).of(Contract("f.yaml", "new", "Shop"))
    baseline.save(file)
    first = file.read_bytes()
    assert load_baseline(file, "Shop").sha256 == "new"
    assert set(load_baseline(file).entries) == set(baseline.entries)
    accepted(seen("b", "DELETE /things"), seen("ä")).of(Contract("f.yaml", "new", "Shop")).save(file)
    assert file.read_bytes() == first
    assert "ä" in first.decode()
    assert list(file.parent.iterdir()) == [file]


ENTRY = {"key": "k", "code": "MS201", "message": "m", "reason": "r", "owner": "o", "first_seen": "2026-11-01"}


def whole(entries: Any = (), **more: Any) -> str:
    """The text of a baseline file."""
    return json.dumps({"version": 1, "bundle": {"title": "Shop"}, "entries": list(entries), **more})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "is not JSON"),
        ("\xff", "is not JSON"),
        ("[]", "no baseline of version 1"),
        ('{"version": 2}', "no baseline of version 1"),
        (whole(colour=1), "'colour' is not known"),
        (whole(bundle={"titel": "Shop"}), "Did you mean title"),
        (whole(bundle=None), "lacks `bundle`"),
        (whole([3]), "entry 1: an entry is an object"),
        (whole([{**ENTRY, "expirse": ""}]), "entry 1: 'expirse' is not known. Did you mean expires"),
        (whole([ENTRY, {**ENTRY, "reason": " "}]), "entry 2: reason is missing"),
        (whole([{**ENTRY, "expires": "soon"}]), "entry 1: expires is 'soon'"),
        (whole([ENTRY, ENTRY]), "accepts k twice"),
        (whole(bundle={"title": "Zoo"}), "is for the bundle 'Zoo', not for 'Shop'"),
    ],
)
def test_files_that_are_none(tmp_path: Path, text: str, says: str) -> None:
    """Each is refused with its place and the way out."""
    file = tmp_path / "b.json"
    file.write_bytes(text.encode("latin-1"))
    with pytest.raises(UsageError) as refused:
        load_baseline(file, "Shop")
    assert says in str(refused.value)
    assert str(file) in str(refused.value)
    assert refused.value.hint


def test_files_that_are_not_there(tmp_path: Path) -> None:
    """Reading and writing say what is in the way."""
    with pytest.raises(UsageError, match="cannot be read: No such file"):
        load_baseline(tmp_path / "none.json")
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot be written"):
        Baseline().save(tmp_path / "file" / "b.json")


def test_a_run_by_another_bundle_is_refused() -> None:
    """The title of the bundle decides, not its version."""
    with pytest.raises(UsageError, match="for the bundle 'Shop', not for 'Zoo'"):
        accepted(seen()).apply([], TODAY, contract=Contract("f", "x", "Zoo"))
    assert accepted(seen()).apply([seen()], TODAY, contract=Contract("f", "other", "Shop"))[0].state == "known"
