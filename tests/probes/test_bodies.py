"""The judge of JSON finds what not every parser reads alike."""

from __future__ import annotations

import pytest

from mockserver.probes.bodies import JUDGES, Decimal, body_of
from tests.probes.judging import ONE, Court


@pytest.mark.parametrize(
    ("body", "what", "detail"),
    [
        (b'{"id": 1, "id": 2}', "a key that stands twice", "`id`"),
        (b'{"id": NaN}', "NaN or Infinity", "NaN"),
        (b'{"id": -Infinity}', "NaN or Infinity", "-Infinity"),
        (b'\xef\xbb\xbf{"id": 1}', "a byte order mark", ""),
        (b'{"note": "\xff"}', "bytes that are no UTF-8", "at byte 10"),
        (b'{"id": 1', "a text that is no JSON", ""),
    ],
)
def test_odd_json(court: Court, body: bytes, what: str, detail: str) -> None:
    """Each oddity is named, with its place where there is one."""
    (fault,) = court.faults(JUDGES[0], ONE, 200, body)

    assert fault.message == f"the reply holds {what}"
    assert detail in fault.detail


def test_plain_json_and_other_media(court: Court) -> None:
    """Good JSON is silent, and what is no JSON is not read as such."""
    assert court.said(JUDGES[0], ONE, 200, {"id": 1, "amount": 1.5}) == []
    assert court.said(JUDGES[0], ONE, 200, b"{", ("Content-Type", "text/plain")) == []


def test_numbers_remember_how_they_were_written(court: Court) -> None:
    """A number with a fraction or an exponent knows its own text."""
    reply = court.exchange(ONE, 200, b'{"amount": 1.50, "count": 12e0}').reply
    assert reply is not None
    value = body_of(reply).value

    assert (type(value["amount"]), value["amount"].text, value["count"].text) == (Decimal, "1.50", "12e0")
