"""Patterns that are plain lists of names."""

from __future__ import annotations

import re

import pytest

from mockserver.bundle.enumerated import names_of


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("^name$", ["name"]),
        ("^(name|legalName|status)$", ["name", "legalName", "status"]),
        ("^(?:start_dt|end_dt)$", ["start_dt", "end_dt"]),
        ("^_(eq|neq)$", ["_eq", "_neq"]),
        ("^_n?in$", ["_nin", "_in"]),
        ("^_n?i?regex$", ["_niregex", "_nregex", "_iregex", "_regex"]),
        ("^_has_keys_(any|all)$", ["_has_keys_any", "_has_keys_all"]),
        (r"^a\.b$", ["a.b"]),
        ("^(a|b)?-(x|y)$", ["a-x", "a-y", "b-x", "b-y", "-x", "-y"]),
    ],
)
def test_a_list_is_read_out(pattern: str, names: list[str]) -> None:
    """Every name comes once, in the pattern's order, and matches it."""
    assert names_of(pattern) == tuple(names)
    assert all(re.search(pattern, name) for name in names)


@pytest.mark.parametrize(
    "pattern",
    [
        *("", "^$", "name", "^x-", "^name", "name$", "^.*$", "^[a-z]+$", r"^\w$", r"^\d$", "^a|b$"),
        *("^(a|(b))$", "^a+$", "^a{3}$", "^()$", "^(a$", "^" + "(a|b)" * 12 + "$"),
    ],
)
def test_anything_else_lists_nothing(pattern: str) -> None:
    """A pattern with open ends, repetitions, classes or too many names is no list."""
    assert names_of(pattern) == ()
