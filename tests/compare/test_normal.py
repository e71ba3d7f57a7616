"""The form of a value is told, whatever it says."""

from __future__ import annotations

import pytest

from mockserver.compare.documents import Number
from mockserver.compare.normal import alike, composition, flaws, fraction, letter_case, number_form, shape


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("2024-01-31T09:30:00Z", "date-time T Z"),
        ("2024-01-31T09:30:00.123+02:00", "date-time T +hh:mm"),
        ("2024-01-31 09:30:00", "date-time blank without zone"),
        ("2024-01-31T09:30:00+0200", "date-time T +hhmm"),
        ("2024-01-31", "date"),
        ("01/31/2024", "date with slashes"),
        ("Wed, 31 Jan 2024 09:30:00 GMT", "HTTP date"),
        ("PT1H30M", "duration"),
        ("123e4567-e89b-12d3-a456-426614174000", "uuid"),
        ("123E4567-E89B-12D3-A456-426614174000", "uuid in upper case"),
        ("true", "truth as text"),
        ("null", "null as text"),
        ("00123", "digits"),
        ("12.50", "decimal as text"),
        ("1,234.50", "decimal with separators"),
        ("$12.50", "amount with currency"),
        ("a@b.example", "email"),
        ("https://a.example/x", "url"),
        ("REF-52000", "A-9"),
        ("", "empty"),
        ("Acme Corporation", "text"),
    ],
)
def test_texts_have_a_shape(text: str, form: str) -> None:
    """What programs parse is named; other words are looks or just text."""
    assert shape(text) == form


@pytest.mark.parametrize(
    ("number", "form"),
    [("1", "integer"), ("1.0", "with .0"), ("1.00", "with .00"), ("1.5", "decimal"), ("1e3", "exponent"),
     ("-0", "minus zero"), ("-0.0", "minus zero"), ("9007199254740993", "beyond 2^53")],
)  # fmt: skip
def test_numbers_have_a_form(number: str, form: str) -> None:
    """The same amount written otherwise is another form."""
    assert number_form(Number(number)) == form


def test_fractions_of_seconds_are_counted() -> None:
    """Digits of a second, none for what is no moment."""
    texts = ("2024-01-31T09:30:00Z", "2024-01-31T09:30:00.120Z", "2024-01-31T09:30:00.123456Z", "x")

    assert [fraction(text) for text in texts] == [0, 3, 6, None]


@pytest.mark.parametrize(
    ("text", "flaw"),
    [
        (" Acme", "blanks at an end"),
        ("Tom &amp; Co", "escaped for HTML"),
        ("Acme%20Co", "escaped for URLs"),
        ("CafÃ©", "UTF-8 read as Latin-1"),
        ("Caf\ufffd", "letters lost"),
        ("Caf?s", "letters lost"),
        ("Cafe\u0301", "decomposed letters"),
        ("a\x01b", "control characters"),
    ],
)
def test_flaws_of_letters_are_told(text: str, flaw: str) -> None:
    """What went wrong with letters has a name."""
    assert flaw in [name for _, name in flaws(text)]
    assert flaws("Café & Co, really?") == ()


def test_composition_and_case() -> None:
    """NFC and NFD are told apart where there is something to tell; so are cases."""
    assert [composition(text) for text in ("Café", "Cafe\u0301", "Cafe", "日本")] == [
        "composed letters",
        "decomposed letters",
        "",
        "",
    ]
    assert [letter_case(text) for text in ("ABC", "abc", "Abc", "1")] == ["upper", "lower", "mixed", ""]


def test_values_that_mean_the_same_are_alike() -> None:
    """However they are written; others are not."""
    same = [
        ("A ", "a"),
        ("1.0", "1"),
        (Number("12.50"), "12.5"),
        ("2024-01-31", "2024-01-31T00:00:00Z"),
        (True, "true"),
        (Number("152.49"), Number("152")),
        (Number("150.30000000000001"), Number("150.3")),
    ]
    others = [
        ("A", "B"), (Number("1"), Number("7")), (None, "x"), (True, False),
        (Number("15211"), Number("15262")), (Number("150.25"), Number("150.27")),
    ]  # fmt: skip

    assert all(alike(a, b) for a, b in same)
    assert not any(alike(a, b) for a, b in others)
