"""How a field is written: a declared word is a word, whatever else it looks like."""

from __future__ import annotations

from collections import Counter

import pytest

from mockserver.bundle.reading import Reader
from mockserver.compare.profile import Profiler

CHOICE = {"oneOf": [{"type": "string", "enum": ["none", "auto"]}, {"type": "object"}]}


@pytest.mark.parametrize(("schema", "form"), [(CHOICE, "text"), ({"type": "string"}, "null as text")])
def test_none_is_no_null_where_it_is_declared(schema: dict[str, object], form: str) -> None:
    """`none` as one of the words of an enum, of a branch too, is a text; elsewhere it is a null that became one."""
    reader = Reader({"schema": schema})
    made = Profiler(reader).profile(["none", "none"], reader.at("/schema"))

    assert made.forms["shape"] == Counter({form: 2})
