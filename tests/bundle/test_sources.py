"""YAML and JSON are read alike."""

from __future__ import annotations

import pytest

from mockserver.bundle.sources import parse
from mockserver.problems import BundleError


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2024-01-31", "2024-01-31"),
        ("2024-01-31T10:00:00Z", "2024-01-31T10:00:00Z"),
        ("yes", "yes"),
        ("on", "on"),
        ("No", "No"),
        ("12:30", "12:30"),
        ("010", 10),
        ("0o10", 8),
        ("0x1F", 31),
        ("1_000", "1_000"),
        ("true", True),
        ("False", False),
        ("~", None),
        ("null", None),
        ("", None),
        ("1.5", 1.5),
        (".5", 0.5),
        ("-1e3", -1000.0),
        ("+7", 7),
        ("1e999", "1e999"),
        (".inf", ".inf"),
        (".nan", ".nan"),
        ("99999999999999999999", 99999999999999999999),
        ("1" * 5000, "1" * 5000),
        ("'12'", "12"),
        ("!!str 12", "12"),
        ("!!int '12'", 12),
        ("!Custom thing", "thing"),
        ("{{ template }}", {"{template}": None}),
    ],
)
def test_plain_values_are_those_of_yaml_1_2(text: str, value: object) -> None:
    """A plain scalar becomes what JSON can say; dates, words and clock times stay text."""
    if text.startswith("{{"):
        with pytest.raises(BundleError, match=r"x\.yaml:1"):
            parse(f"v: {text}".encode(), "x.yaml")
        return

    read = parse(f"v: {text}".encode(), "x.yaml")[0]["v"]

    assert read == value
    assert type(read) is type(value)


def test_keys_are_text() -> None:
    """Statuses, booleans and numbers as keys are what is written."""
    assert parse(b"200: a\ntrue: b\n1.0: c\n~: d", "x.yaml")[0] == {"200": "a", "true": "b", "1.0": "c", "~": "d"}


def test_merge_keys_fill_in_what_is_missing() -> None:
    """`<<` takes one mapping or several; what is written itself wins."""
    text = b"base: &a {x: 1, y: 2}\nmore: &b {y: 3, z: 4}\none: {<<: *a, x: 9}\ntwo: {<<: [*a, *b]}"

    value = parse(text, "x.yaml")[0]

    assert value["one"] == {"x": 9, "y": 2}
    assert value["two"] == {"x": 1, "y": 2, "z": 4}


def test_aliases_are_copies() -> None:
    """What an alias repeats can be changed at one place without the other."""
    value = parse(b"a: &a {list: [1]}\nb: *a", "x.yaml")[0]
    value["a"]["list"].append(2)

    assert value["b"] == {"list": [1]}


def test_a_key_that_stands_twice_is_told() -> None:
    """The last of two equal keys counts; pointer and line of it are given."""
    value, twice = parse(b"a:\n  - {}\n  - b/c: 1\n    b/c: 2\n", "x.yaml")

    assert value == {"a": [{}, {"b/c": 2}]}
    assert [(t.pointer, t.line) for t in twice] == [("/a/1/b~1c", 4)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [1, 2", "x.yaml:1: not YAML"),
        ("a: 1\n b: 2", "x.yaml:2: not YAML"),
        ("a: *none", "x.yaml:1: the alias \\*none"),
        ("a: &a [*a]", "stands inside it"),
        ("? [a, b]\n: 1", "x.yaml:1: a key must be plain text"),
        ("a: 1\n<<: 3", "`<<` takes mappings only"),
        ("[" * 3000, "x.yaml"),
        ("a: \x07", "x.yaml"),
    ],
)
def test_broken_yaml_names_the_line(text: str, message: str) -> None:
    """What is no YAML is refused with file, line and reason."""
    with pytest.raises(BundleError, match=message):
        parse(text.encode(), "x.yaml")


def test_an_alias_bomb_is_refused() -> None:
    """Aliases of aliases that unfold into billions of values stop early."""
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    bomb += "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 10))

    with pytest.raises(BundleError, match="more than a million values"):
        parse(bomb.encode(), "x.yaml")


def test_bytes_that_are_no_text_are_refused() -> None:
    """A file in another encoding is refused, not guessed at."""
    with pytest.raises(BundleError, match=r"x\.yaml: not UTF-8"):
        parse(b"a: \xff\xfe\xfa", "x.yaml")


def test_big_integers_are_exact() -> None:
    """Integers beyond 64 bits keep each digit, in JSON as in YAML."""
    text = b'{"a": 123456789012345678901234567890, "b": 9223372036854775807}'

    for name in ("x.json", "x.yaml"):
        assert parse(text, name)[0] == {"a": 123456789012345678901234567890, "b": 9223372036854775807}


def test_a_byte_order_mark_is_no_matter() -> None:
    """Windows editors' marks are read over."""
    assert parse(b'\xef\xbb\xbf{"a": 1}', "x.json")[0] == {"a": 1}
    assert parse(b"\xef\xbb\xbfa: 1", "x.yaml")[0] == {"a": 1}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{\n"a": 1,\n}', r"x\.json:3: not JSON"),
        ('{"a": NaN}', "NaN is no JSON number"),
        ("[" * 200_000, r"x\.json"),
    ],
)
def test_broken_json_names_the_line(text: str, message: str) -> None:
    """What is no JSON is refused with file, line and reason."""
    with pytest.raises(BundleError, match=message):
        parse(text.encode(), "x.json")


def test_yaml_may_look_like_json() -> None:
    """Flow style in a YAML file need not be JSON."""
    assert parse(b"{a: 1, b: [x, y]}", "x.yaml")[0] == {"a": 1, "b": ["x", "y"]}


def test_an_empty_stream_is_nothing() -> None:
    """A file of comments holds None."""
    assert parse(b"# nothing\n", "x.yaml") == (None, [])
