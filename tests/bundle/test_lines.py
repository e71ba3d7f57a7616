"""Each value of a file is found on its line, in YAML and in JSON."""

from __future__ import annotations

import json

import pytest

from mockserver.bundle.lines import Lines
from mockserver.bundle.sources import parse

YAML = """a:
  b: 1
  c/d:
    - x
    - e: {f: 2}
"""


@pytest.mark.parametrize(
    ("pointer", "line"),
    [("", 1), ("/a", 1), ("/a/b", 2), ("/a/c~1d", 3), ("/a/c~1d/0", 4), ("/a/c~1d/1/e/f", 5), ("/a/c~1d/1/x", 5)],
)
def test_lines_of_yaml_and_json_agree(pointer: str, line: int) -> None:
    """A pointer leads to the line of the key, or of the nearest value around what is not there."""
    as_json = '{"a": {\n"b": 1,\n"c/d": [\n"x",\n{"e": {"f": 2}}]}}'

    assert json.loads(as_json) == parse(YAML.encode(), "x.yaml")[0]
    assert Lines(YAML.encode()).line(pointer) == line
    assert Lines(as_json.encode()).line(pointer) == line


def test_lines_survive_what_strings_hold() -> None:
    """Brackets, quotes and line breaks inside strings are no structure."""
    text = b'{\n"a": "} ] \\" { [ , :",\n"b": [[], {}, "\\\\"],\n"c": null\n}'

    assert [Lines(text).line(p) for p in ("/a", "/b", "/b/2", "/c", "/nope", "/b/9")] == [2, 3, 3, 4, 1, 3]


def test_lines_tell_doubled_keys_of_json() -> None:
    """No JSON parser tells them; the lines do."""
    lines = Lines(b'{"a": {"x": 1,\n"x": 2}, "b": [{"y": 1, "y": 2}]}')
    lines.line("")

    assert [(t.pointer, t.line) for t in lines.twice] == [("/a/x", 2), ("/b/0/y", 2)]


def test_lines_of_flow_yaml() -> None:
    """A YAML file that begins as JSON does has lines all the same."""
    assert Lines(b"{a: 1,\n b: {c: 2}}").line("/b/c") == 2
