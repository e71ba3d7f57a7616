"""The naive interpreter means what SQL means, and says where it cannot know."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver.probes.filtering import Doubt, Kind, Rules, compare, holds


@pytest.mark.parametrize(
    ("operator", "operand", "value", "kind", "wanted"),
    [
        ("_eq", 1, 1.0, "number", True),
        ("_neq", 1, None, "number", None),
        ("_nin", [], None, "number", True),
        ("_in", [], None, "number", False),
        ("_is_null", True, None, "text", True),
        ("_gt", "2024-01-01T00:00:00+02:00", "2023-12-31T22:30:00Z", "moment", True),
        ("_eq", "2024-01-01", "2024-01-01T00:00:00Z", "moment", True),
        ("_lte", "2024-01-01T10:00:00Z", "2024-01-01", "day", True),
        ("_like", "a%_\\%", "abcd%", "text", True),
        ("_like", "A%", "abc", "text", False),
        ("_nilike", "A%", "abc", "text", False),
        ("_similar", "%(b|x).%", "ab.c", "text", True),
        ("_similar", "a", "ab", "text", False),
        ("_regex", "^b", "ab", "text", False),
        ("_niregex", "B$", "ab", "text", False),
        ("_contains", {"a": 1}, {"a": 1, "b": [2]}, "json", True),
        ("_contains", {"b": [3]}, {"a": 1, "b": [2]}, "json", False),
        ("_contains", 2, [1, 2], "json", True),
        ("_contained_in", {"a": 1, "b": 2}, {"a": 1}, "json", True),
        ("_has_key", "a", {"a": None}, "json", True),
        ("_has_keys_all", ["a", "b"], {"a": None}, "json", False),
        ("_has_keys_any", ["a", "b"], ["b"], "json", True),
        ("_eq", 1, True, "json", False),
    ],
)
def test_an_operator(operator: str, operand: Any, value: Any, kind: Kind, wanted: bool | None) -> None:
    """Each operator with a value, its operand and what SQL says."""
    assert compare(operator, operand, value, kind) is wanted


@pytest.mark.parametrize(
    ("operator", "operand", "value", "kind"),
    [
        ("_gt", "apple", "Banana", "text"),  # by code point it is less, in a dictionary more
        ("_eq", "2024-01-01T00:00:00.123Z", "2024-01-01T00:00:00.123Z", "moment"),  # maybe .123456
        ("_eq", "soon", "2024-01-01", "moment"),
        ("_resembles", "a", "a", "text"),
        ("_gt", "one", 2, "number"),
    ],
)
def test_where_databases_differ_nothing_is_claimed(operator: str, operand: Any, value: Any, kind: Kind) -> None:
    """A verdict that rests on a collation, on digits that are not shown, or on a type that does not fit is none."""
    with pytest.raises(Doubt):
        compare(operator, operand, value, kind)


def test_unknown_stays_unknown() -> None:
    """NOT of unknown is unknown; AND with false is false, OR with true is true, whatever the rest."""
    rules, row = Rules({"a": "number", "b": "number"}), {"a": None, "b": 1}
    unknown, true, false = {"a": {"_eq": 1}}, {"b": {"_eq": 1}}, {"b": {"_eq": 2}}

    assert holds({"_not": unknown}, row, rules) is None
    assert holds({"_and": [unknown, false]}, row, rules) is False
    assert holds({"_or": [unknown, true]}, row, rules) is True
    assert holds({**unknown, **true}, row, rules) is None
    assert holds({}, row, rules) is True


def test_related_rows() -> None:
    """A condition on related rows holds where one of them fulfils it; where they are not known, nothing is claimed."""
    beyond = {"tags": Rules({"name": "text"})}
    wanted = {"tags": {"name": {"_eq": "x"}}}

    assert holds(wanted, {}, Rules({}, related=lambda _, __: [{"name": "y"}, {"name": "x"}], beyond=beyond)) is True
    assert holds(wanted, {}, Rules({}, related=lambda _, __: [{"name": None}], beyond=beyond)) is False
    with pytest.raises(Doubt):
        holds(wanted, {}, Rules({}, beyond=beyond))
