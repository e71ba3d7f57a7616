"""What the documents say is what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mockserver import paths
from mockserver.admin.api import ROUTES
from mockserver.explanations import CODES
from mockserver.inspection import coverage_table, site_of
from tests.docs import FOLDERS, README, modules_of, updated, updated_folder

ROOT = Path(__file__).resolve().parents[1]


def test_the_tables_of_the_readme_are_up_to_date() -> None:
    """Settings and operators in the README are those of the code; `make docs` brings them up to date."""
    text = README.read_text("utf-8")

    assert updated(text) == text


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_each_module_is_in_the_readme_of_its_folder(folder: Path) -> None:
    """Who enters a folder finds every module once, with the sentence it begins with; `make docs` writes these."""
    modules = {file.stem for file in folder.glob("*.py")} - {"__init__"}

    assert sorted(modules_of(folder)) == sorted(modules)
    assert updated_folder(folder) == (folder / "README.md").read_text("utf-8")


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_links_of_the_folders_readmes_lead_somewhere(folder: Path) -> None:
    """A file that a README of the package links to, or names as a place to add a thing, exists."""
    text = (folder / "README.md").read_text("utf-8")
    named = set(re.findall(r"`((?:tests/|fixtures/)?[\w/]+\.(?:py|md|yaml))`", text))

    assert [link for link in re.findall(r"\]\(([^)]+)\)", text) if not (folder / link).is_file()] == []
    assert [name for name in named if not any((place / name).is_file() for place in (folder, ROOT, *FOLDERS))] == []


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
    used = set(re.findall(r'"(MS\d{3})"', sources))

    assert empty == []
    own = {code for code in CODES if code.startswith("MS")}

    assert used - own == set()
    assert own - used == set()


def test_each_code_of_schemathesis_is_explained() -> None:
    """Whatever failure schemathesis can report has a text of ours."""
    from schemathesis.failure_codes import FAILURE_CLASSES

    assert {kind.code for kind in FAILURE_CLASSES} == {code for code in CODES if code.startswith("ST")}
