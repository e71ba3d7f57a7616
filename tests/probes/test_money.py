"""Judges of money find too many decimals, binary arithmetic and swapped types."""

from __future__ import annotations

import pytest

from mockserver.probes.money import JUDGES, decimals, is_binary
from tests.probes.judging import ONE, Court, judge_of

CENTS, BINARY, TYPES = (judge_of(JUDGES, code) for code in ("MS210", "MS211", "MS212"))


@pytest.mark.parametrize(
    ("body", "messages"),
    [
        (b'{"amount": 1.005}', ["`amount` has more than 2 decimals"]),
        (b'{"balance": "10.123"}', ["`balance` has more than 2 decimals"]),
        (b'{"amount": 1.50, "unitPrice": 1.2345, "taxRate": 0.08875, "balance": "1.5"}', []),
        (b'{"unitPrice": 1.23456}', ["`unitPrice` has more than 4 decimals"]),
        (b'{"amount": 0.30000000000000004}', []),
        (b'{"amount": null}', []),
    ],
)
def test_decimals(court: Court, body: bytes, messages: list[str]) -> None:
    """Two are allowed, more where an example of the bundle shows them; rates are no money."""
    assert court.said(CENTS, ONE, 200, body) == messages


@pytest.mark.parametrize(
    ("body", "messages"),
    [
        (b'{"amount": 0.30000000000000004}', ["`amount` shows the traces of binary arithmetic"]),
        (b'{"taxRate": 0.07499999999999996}', ["`taxRate` shows the traces of binary arithmetic"]),
        (b'{"amount": 1.5e2}', ["`amount` counts money in exponent form"]),
        (b'{"amount": 150.0, "taxRate": 0.3333333333333333}', []),
        (b'{"taxRate": 1e-7}', []),
    ],
)
def test_binary_arithmetic(court: Court, body: bytes, messages: list[str]) -> None:
    """0.1 + 0.2 is found in any number, a third is none of it, and money has no exponent."""
    assert court.said(BINARY, ONE, 200, body) == messages


def test_numbers_and_texts(court: Court) -> None:
    """A number that comes as text and a text that comes as number are found."""
    assert court.said(TYPES, ONE, 200, {"amount": "12.50", "balance": 12.5}) == [
        "`amount` is declared as a number, but sent as text",
        "`balance` is declared as text, but sent as a number",
    ]
    assert court.said(TYPES, ONE, 200, {"amount": 12.5, "balance": "12.50", "count": "3"}) == []


def test_how_decimals_are_counted() -> None:
    """Exponents count, trailing zeros do not."""
    assert [decimals(text) for text in ("1", "1.50", "1.005", "1e-3", "1.5e2", "x")] == [0, 1, 3, 3, 0, 0]
    assert [is_binary(repr(value), value) for value in (0.1 + 0.2, 1.1 * 3, 1 / 3, 0.3)] == [True, True, False, False]
