"""JSON is read strictly, and the fast way never differs from the slow one."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.serving.strict_json import MAX_DEPTH, JsonError, dump, parse


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b'{"a": [1, 2.5, null, true, "x"]}', {"a": [1, 2.5, None, True, "x"]}),
        (b"\xef\xbb\xbf1", 1),
        (b' \t\r\n"x" ', "x"),
        (b"18446744073709551616", 2**64),
        (b"-9223372036854775809", -(2**63) - 1),
        (b'{"a": 123456789012345678901234567890}', {"a": 123456789012345678901234567890}),
        (b"1" + b"0" * 400, 10**400),
        (b'"\\ud83d\\ude00"', "😀"),
        (b'"\\u003a:\\u0022"', '::"'),
        (b'{"\\u0061": 1, "b": ":"}', {"a": 1, "b": ":"}),
        (b'{"a": {"a": 1}, "b": [{"a": 1}, {"a": 2}]}', {"a": {"a": 1}, "b": [{"a": 1}, {"a": 2}]}),
        (b"[" * MAX_DEPTH + b"]" * MAX_DEPTH, None),
        (b"[" + b",".join([b"[[]]"] * 500) + b"]", [[[]]] * 500),
    ],
)
def test_what_is_json_is_read(text: bytes, expected: Any) -> None:
    """Every JSON text is read: a byte order mark, long integers, escapes and deep nesting included."""
    found = parse(text)

    assert expected is None or found == expected


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (b"", "the text is empty"),
        (b" \n", "the text is empty"),
        (b'{"a": 1', "line 1, column 8, where the end is"),
        (b'{\n  "a": x}', "line 2, column 8, where 'x' is"),
        (b"[1,]", "line 1, column 4"),
        (b"{'a': 1}", "line 1, column 2"),
        (b"01", "line 1, column 2"),
        (b"NaN", "NaN is not JSON"),
        (b"[-Infinity]", "-Infinity is not JSON"),
        (b"1e999", "the number 1e999 is too large"),
        (b'{"a": 1, "b": 2, "a": 3}', 'the key "a" occurs twice'),
        (b'[{"x": {"a": 1, "a": 1}}]', 'the key "a" occurs twice'),
        (b'{"a": 1, "\\u0061": 2}', 'the key "a" occurs twice'),
        (b'{"a": 1, "a": "\\u003a"}', 'the key "a" occurs twice'),
        (b'{"": 1, "": 2}', 'the key "" occurs twice'),
        (b'"\xff"', "byte 1 (0xff) is not valid UTF-8"),
        ("[1]".encode("utf-16"), "not valid UTF-8"),
        (b'"\\ud800"', "half a surrogate pair"),
        (b'{"\\udfff": 1}', "half a surrogate pair"),
        (b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1), f"{MAX_DEPTH + 1} levels deep"),
        (b"[" * 10_000, "10000 levels deep"),
        (b'{"a":' * 10_000, "10000 levels deep"),
        (b"9" * 5_000, "an integer of 5000 digits"),
        (b'"\x01"', "column 2"),
        (b"1 2", "column 3"),
    ],
)
def test_what_is_not_is_refused_with_its_place(text: bytes, wanted: str) -> None:
    """Everything that is no strict JSON is refused, saying what and where."""
    assert wanted in fault(text)


@pytest.mark.parametrize(
    "text", [b'"' + b'\\"' * 200_000, b'"' * 200_000 + b"\\", b"[" * 200_000 + b'"', b"{" * 200_000]
)
def test_hostile_texts_take_linear_time(text: bytes) -> None:
    """Half a megabyte of quotes, escapes or brackets is refused at once (a quadratic scan would take minutes)."""
    with pytest.raises(JsonError):
        parse(text)


def test_brackets_in_strings_are_no_depth() -> None:
    """Only brackets outside of strings count as nesting."""
    text = json.dumps(["[{" * 400, 'a"[' * 400, "\\[" * 400, 2**70])

    assert parse(text.encode()) == json.loads(text)


def fault(text: bytes) -> str:
    """Why a text is refused; empty when it is read."""
    try:
        parse(text)
    except JsonError as error:
        return str(error) or "no reason"
    return ""


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8")),
    lambda below: (
        st.lists(below, max_size=4) | st.dictionaries(st.text(st.characters(codec="utf-8")), below, max_size=4)
    ),
    max_leaves=12,
)


@given(values, st.booleans(), st.sampled_from([None, 1]))
@settings(max_examples=300, deadline=None)
def test_whatever_was_written_is_read(value: Any, ascii_only: bool, indent: int | None) -> None:
    """Any value, written in any usual way, is read as it was; writing it again gives the same."""
    text = json.dumps(value, ensure_ascii=ascii_only, indent=indent).encode()

    assert parse(text) == value
    assert parse(dump(value)) == value


@given(
    st.lists(st.tuples(st.sampled_from(["a", "b", ":", "a:", "\\u0061", "\\u003a"]), values), min_size=2, max_size=4)
)
@settings(max_examples=200, deadline=None)
def test_duplicates_are_found_however_they_hide(pairs: list[tuple[str, Any]]) -> None:
    """A key that occurs twice is never overlooked, whatever colons and escapes keys and values hold."""
    text = "{" + ",".join(f'"{key}":{json.dumps(value)}' for key, value in pairs) + "}"
    twice = len({json.loads(f'"{key}"') for key, _ in pairs}) < len(pairs)

    assert twice == ("occurs twice" in fault(text.encode()))


@given(st.binary(max_size=60) | st.text('{}[]",:\\u0aeE+-.1 \n', max_size=40).map(str.encode))
@settings(max_examples=400, deadline=None)
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    """No bytes make the reader raise anything but JsonError; what it accepts, Python's own reader does too."""
    if not fault(data):
        value = parse(data)
        assert json.loads(data.decode("utf-8-sig")) == value
        assert not (isinstance(value, float) and math.isinf(value))


def test_long_integers_are_written() -> None:
    """Integers beyond 64 bits are written too, which orjson alone refuses."""
    assert dump({"a": [2**70, "ä"]}) == '{"a":[1180591620717411303424,"ä"]}'.encode()
