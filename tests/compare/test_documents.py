"""Bodies are read without loss."""

from __future__ import annotations

import json

import pytest

from mockserver.compare.documents import Document, kind_of, plain, read, shown
from mockserver.exchanges import Reply


def document(body: bytes, media: str = "application/json") -> Document:
    """The document of a body."""
    return read(Reply(200, (("Content-Type", media),), body))


def test_six_things_that_look_alike_are_six() -> None:
    """1, 1.0, "1", true, null and absent are told apart."""
    value = document(b'{"a":1,"b":1.0,"c":"1","d":true,"e":null}').value

    assert [kind_of(value[name]) for name in "abcde"] == ["integer", "number", "string", "boolean", "null"]
    assert "f" not in value
    assert len({shown(value[name]) for name in "abcde"}) == 5


@pytest.mark.parametrize("text", ["-0", "1e3", "1E+3", "0.10", "9007199254740993", "123456789012345678901234567890"])
def test_numbers_keep_their_text(text: str) -> None:
    """No digit is lost, however large or odd a number is."""
    assert shown(document(f'{{"n":{text}}}'.encode()).value["n"]) == text


def test_python_gets_ordinary_numbers() -> None:
    """A value can be had with Python's own numbers."""
    assert plain(document(b'{"a":[1,2.5,{"b":-0.0}],"c":"x"}').value) == {"a": [1, 2.5, {"b": -0.0}], "c": "x"}


def test_doubled_keys_are_told() -> None:
    """The last one counts, as in most parsers, and the object says which stood twice."""
    inner = document(b'{"x":{"a":1,"b":2,"a":3}}').value["x"]

    assert inner == {"a": "3", "b": "2"}
    assert inner.keys_twice == ("a",)


@pytest.mark.parametrize(
    ("body", "flaw"),
    [
        (b"\xef\xbb\xbf{}", "byte order mark"),
        (b'{"a":"\xe9"}', "not utf-8"),
        (b'{"a":"x\ny"}', "bare control characters"),
        (b'{"a":"\\u00e9"}', "escaped letters"),
        ('{"a":"é"}'.encode(), "letters as they are"),
        (json.dumps({"a": 1}).encode("utf-16"), "charset utf-16"),
    ],
)
def test_flaws_of_the_text_are_told(body: bytes, flaw: str) -> None:
    """Faults and habits of encoding are words that two sides can be compared by."""
    found = document(body)

    assert found.kind == "json"
    assert flaw in found.flaws


def test_what_is_no_json_is_told_apart() -> None:
    """Nothing, broken JSON and other bytes are three things; NaN is no JSON."""
    assert document(b"").kind == "empty"
    assert document(b"<html>").kind == "broken"
    assert document(b"[" * 100_000).kind == "broken"
    assert document(b"%PDF-1.7", "application/pdf").kind == "bytes"
    assert kind_of(document(b'{"a":NaN}').value["a"]) == "not JSON"


def test_layouts_are_told() -> None:
    """Whether a text is compact, spaced or indented."""
    layouts = [document(text).layout for text in (b'{"a":1}', b'{"a": 1}', b'{\n "a": 1}', b"[]")]

    assert layouts == ["compact", "spaced", "indented", ""]
