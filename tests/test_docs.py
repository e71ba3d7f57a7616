"""What the documents say is what the code does."""

from __future__ import annotations

from pathlib import Path

import pytest

from mockserver import paths
from mockserver.admin.api import ROUTES
from mockserver.explanations import CODES
from mockserver.inspection import coverage_table, site_of
from tests.docs import README, updated

ROOT = Path(__file__).resolve().parents[1]


def test_the_tables_of_the_readme_are_up_to_date() -> None:
    """Settings and operators in the README are those of the code; `make docs` brings them up to date."""
    text = README.read_text("utf-8")

    assert updated(text) == text


def test_the_coverage_table_is_up_to_date() -> None:
    """spec/COVERAGE.md is what `mockserver bundle coverage` writes."""
    assert coverage_table(site_of(None, ())) == (paths.SPEC / "COVERAGE.md").read_text("utf-8")


@pytest.mark.parametrize("path", [p for p in ROUTES if p != "/__admin"])
def test_each_path_of_the_control_api_is_in_the_readme(path: str) -> None:
    """A control path that nobody can find is of no use."""
    assert path in README.read_text("utf-8")


def test_each_code_says_why_and_how_to_go_on() -> None:
    """Every code has a title, a reason and a way out, and each in the source is explained."""
    empty = [code for code, entry in CODES.items() if not (entry.title and entry.why and entry.fix)]
    sources = "\n".join(file.read_text("utf-8") for file in (ROOT / "mockserver").rglob("*.py"))
    import re

    used = set(re.findall(r'"(MS\d{3})"', sources))

    assert empty == []
    assert used - set(CODES) == set()
    assert set(CODES) - used == set()
