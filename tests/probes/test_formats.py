"""Judges of formats read dates, times, UUIDs, addresses and integers strictly."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver.findings import Severity
from mockserver.probes.formats import JUDGES
from mockserver.probes.wellformed import TEXTS
from tests.probes.judging import ONE, Court, judge_of

FORMATS, NEVER, INTEGERS = (judge_of(JUDGES, code) for code in ("MS207", "MS208", "MS209"))


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("date", "2024-02-29 0000-01-01", "2023-02-29 2024-1-01 2024-01-01T00:00:00Z 24-01-01 ٢٠٢٤-01-01"),
        ("time", "10:00:00Z 10:00:00.5+02:00 23:59:60Z 00:59:60+01:00", "10:00Z 10:00:00 24:00:00Z 10:00:60Z"),
        ("date-time", "2024-01-01T10:00:00Z 2024-01-01t10:00:00z", "2024-01-01T10:00:00 2024-01-01 2024-13-01T1:0:0Z"),
        ("uuid", "3fa85f64-5717-4562-b3fc-2c963f66afa6", "3fa85f64571745 {3fa85f64-5717-4562-b3fc-2c963f66afa6}"),
        ("email", "a@b.example a.b+c@localhost", "a a@ @b a@b@c a..b@c.example a@-b.example"),
        ("uri", "https://a.example/x?y#z urn:isbn:1 mailto:a@b.c", "/x a.example/ü https://a.example/%zz ://x"),
        ("uri-reference", "/x ?y #z https://a.example", "/ü \\x <a>"),
        ("hostname", "a.example xn--a localhost", "-a a_b a..b"),
        ("ipv4", "1.2.3.4", "1.2.3 01.2.3.4 256.1.1.1"),
        ("ipv6", "::1 2001:db8::1", "::g 1.2.3.4 fe80::1%eth0"),
        ("byte", "aGk= aGkh", "aGk a-k= a"),
        ("duration", "P1D PT1H30M P3W P1Y2M PT0.5S", "P 1D PT P1H"),
        ("decimal", "0 -1.50 12", "1. .5 01 1e3 +1 1,5"),
    ],
)  # fmt: skip
def test_the_formats(name: str, good: str, bad: str) -> None:
    """Each format takes what its standard writes, and nothing else."""
    assert [text for text in good.split(" ") if not TEXTS[name](text)] == []
    assert [text for text in bad.split(" ") if TEXTS[name](text)] == []


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"day": "31.12.2024"}, "`day` is not of the format date"),
        ({"placedAt": "2024-01-01 10:00:00"}, "`placedAt` is not of the format date-time"),
        ({"placedAt": 1704103200000}, "`placedAt` is a number, not a date-time"),
        ({"key": "abc"}, "`key` is not of the format uuid"),
        ({"email": "a b@c"}, "`email` is not of the format email"),
        ({"link": "no link"}, "`link` is not of the format uri"),
        ({"balance": "1e3"}, "`balance` is not of the format decimal"),
        ({"extra": {"any": "soon"}}, "`extra.{}` is not of the format date"),
        ({"party": {"kind": "person", "born": "1970"}}, "`party.born` is not of the format date"),
    ],
)
def test_values_keep_to_their_formats(court: Court, body: Any, message: str) -> None:
    """The message names the property, never the value; the detail has both."""
    (fault,) = court.faults(FORMATS, ONE, 200, {"id": 1, **body})

    assert fault.message == message
    assert fault.detail.startswith("/")


def test_null_and_other_alternatives_are_no_matter_of_format(court: Court) -> None:
    """Null is for the schema to judge, and a format of one alternative does not hold for the other."""
    assert court.said(FORMATS, ONE, 200, {"id": 1, "placedAt": None, "party": {"kind": "firm", "born": "1970"}}) == []


def test_a_date_that_nobody_declared(court: Court) -> None:
    """A property named like a date that holds something like one, but is none, is a hint."""
    (fault,) = court.faults(FORMATS, ONE, 200, {"id": 1, "seenOn": "12/31/2024"})

    assert (fault.message, fault.severity) == (
        "`seenOn` looks like a date, but is none by RFC 3339", Severity.WARNING,
    )  # fmt: skip
    assert court.said(FORMATS, ONE, 200, {"id": 1, "seenOn": "2024-12-31", "note": "12/31/2024"}) == []
    assert court.said(FORMATS, ONE, 200, {"id": 1, "seenOn": "last week"}) == []


@pytest.mark.parametrize("day", ["0000-01-01", "0001-01-01", "9999-12-31"])
def test_dates_that_cannot_be_meant(court: Court, day: str) -> None:
    """The first and the last years stand for `none`."""
    assert court.said(NEVER, ONE, 200, {"id": 1, "day": day}) == ["`day` is a date that cannot be meant"]
    assert court.said(NEVER, ONE, 200, {"id": 1, "day": "1970-01-01", "note": day}) == []


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"id": 2147483648}', "`id` does not fit into int32"),
        (b'{"big": 9223372036854775808}', "`big` does not fit into int64"),
        (b'{"count": 5.0}', "`count` is declared as an integer, but written with a fraction or an exponent"),
        (b'{"count": 1e3}', "`count` is declared as an integer, but written with a fraction or an exponent"),
    ],
)
def test_integers_keep_to_their_bounds(court: Court, body: bytes, message: str) -> None:
    """int32 and int64 are bounds, and an integer is written as one."""
    assert court.said(INTEGERS, ONE, 200, body) == [message]


def test_integers_at_their_bounds(court: Court) -> None:
    """The largest and the smallest fit."""
    assert court.said(INTEGERS, ONE, 200, {"id": -(2**31), "big": 2**63 - 1, "count": 0, "amount": 1.5}) == []
