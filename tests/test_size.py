"""Modules and functions stay small, folders shallow, and each module says in a sentence what it is for."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import mockserver

PACKAGE = Path(mockserver.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))
LONGEST_MODULE = 400
LONGEST_FUNCTION = 60


@pytest.mark.parametrize("file", MODULES, ids=lambda f: str(f.relative_to(PACKAGE)))
def test_a_module_can_be_read_in_one_go(file: Path) -> None:
    """No module passes 400 lines, no function 60, no folder two levels; the first statement is a docstring."""
    text = file.read_text("utf-8")
    tree = ast.parse(text)
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    long = [f.name for f in functions if (f.end_lineno or 0) - f.lineno + 1 > LONGEST_FUNCTION]

    assert len(text.splitlines()) <= LONGEST_MODULE
    assert long == []
    assert len(file.relative_to(PACKAGE).parts) <= 2
    assert ast.get_docstring(tree)


def test_suppressions_are_few_and_have_reasons() -> None:
    """At most three `noqa` or `type: ignore` per thousand lines, each followed by its reason."""
    lines = [line for file in MODULES for line in file.read_text("utf-8").splitlines()]
    suppressed = [line for line in lines if "# noqa" in line or "# type: ignore" in line]
    bare = [line for line in suppressed if not line.rsplit("noqa", 1)[-1].rsplit("ignore", 1)[-1].partition("  ")[2]]

    assert len(suppressed) <= 3 * len(lines) / 1000
    assert bare == []
