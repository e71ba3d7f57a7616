"""Checks find the faults that they are for: a mutant of each class is killed, the clean mock is not."""

from __future__ import annotations

import pytest

from tests.mutants import kill
from tests.mutants.corpus import MUTANTS
from tests.mutants.kill import Kill, as_markdown, as_text

CLASSES = sorted({mutant.fault_class for mutant in MUTANTS})


@pytest.fixture(scope="module")
def known() -> set[str]:
    """What the mock without a fault is found guilty of, in the same settings."""
    return {one.key for one in kill.check(None, most=6)}


def test_the_clean_mock_is_clean(known: set[str]) -> None:
    """The checks that kill the mutants say nothing of the mock itself."""
    assert known == set()


@pytest.mark.parametrize("fault_class", CLASSES)
def test_a_mutant_of_each_class_is_killed(fault_class: str, known: set[str]) -> None:
    """By a finding that the clean mock does not have."""
    mutant = next(m for m in MUTANTS if m.fault_class == fault_class)
    (killed,) = kill.kills([mutant], known, thorough=False)

    assert killed.by


def test_the_table_marks_survivors() -> None:
    """A survivor is named in both tables, and not counted."""
    kills = [Kill(MUTANTS[0], (("MS240", "where operators"),), 1.0), Kill(MUTANTS[1], (), 1.0)]

    assert f"`{MUTANTS[1].name}` | {MUTANTS[1].fault_class} | **survived**" in as_text(kills)
    assert f"MS240 | `{MUTANTS[1].name}` |" in as_markdown(kills)
    assert as_markdown(kills).endswith("1 of 2 killed.")
