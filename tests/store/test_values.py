"""Dates, numbers and JSON in the form in which they are compared."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from mockserver.store.query import parse_where
from mockserver.store.values import Kind, comparable, json_key, kind_of, moment, operand, shown
from tests.store.shop import firm

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
zones = st.integers(-23 * 60 - 59, 23 * 60 + 59).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(st.datetimes(timezones=zones))
def test_a_moment_is_what_the_calendar_says(time: datetime) -> None:
    """Days as written and microseconds in UTC agree with the standard library, for requests and stored values."""
    text = time.isoformat()
    gone = time - EPOCH
    microseconds = (gone.days * 86_400 + gone.seconds) * 1_000_000 + gone.microseconds
    days = time.date().toordinal() - EPOCH.toordinal()

    assert moment(text) == (days, microseconds)
    assert comparable(Kind.TIMESTAMP)(text) == operand(Kind.TIMESTAMP, text) == microseconds
    assert comparable(Kind.DATE)(text) == operand(Kind.DATE, text) == days


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01t00:00:01z", 1),
        ("1970-01-01 00:00:01Z", 1),
        ("1970-01-01T00:00:01", 1),
        ("1970-01-01T00:01", 60),
        ("1970-01-01", 0),
        ("1970-01-01T01:00:00+01:00", 0),
        ("1970-01-01T00:00:00-00:30", 1800),
        ("1970-01-01T00:00:00+0030", -1800),
        ("1970-01-01T02:00:00+02", 0),
        ("1970-01-01T00:00:00.25Z", 0.25),
        ("1970-01-01T00:00:00,5Z", 0.5),
        ("1970-01-01T00:00:00.1234569Z", 0.123456),
        ("1972-06-30T23:59:60Z", 78_796_800),
        ("1969-12-31T23:59:60Z", 0),
        ("0000-01-01T00:00:00Z", -62_167_219_200),
        ("0000-02-29", -62_162_121_600),
        ("0001-01-01T00:00:00+23:59", -62_135_596_800 - 86_340),
        ("9999-12-31T23:59:59Z", 253_402_300_799),
        ("2000-02-29T00:00:00Z", 951_782_400),
    ],
)
def test_every_form_of_a_time_is_understood(text: str, seconds: float) -> None:
    """RFC 3339 with its leap seconds, small letters and year 0000, local times, plain dates."""
    assert operand(Kind.TIMESTAMP, text) == comparable(Kind.TIMESTAMP)(text) == round(seconds * 1_000_000)


@pytest.mark.parametrize(
    "text",
    ["", "x", "2024", "2024-1-1", "2024-13-01", "2024-00-10", "2024-04-31", "2023-02-29", "1900-02-29", "2024-01-00",
     "2024-01-01T24:00:00Z", "2024-01-01T10:60:00Z", "2024-01-01T10:00:61Z", "2024-01-01T10:00:00+24:00",
     "2024-01-01T10:00:00.Z", "2024-01-01Z", "20240101", "2024-W01-1", "2024-01-01\n", "٢٠٢٤-01-01", "-2024-01-01"],
)  # fmt: skip
def test_what_is_no_time_is_refused(text: str) -> None:
    """Days that do not exist, other calendars and notations are no operands."""
    assert moment(text) is None
    for kind in (Kind.DATE, Kind.TIMESTAMP):
        with pytest.raises(ValueError, match="takes a date"):
            operand(kind, text)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"dueDate": {"_eq": "2024-01-31T23:00:00-05:00"}}, [1]),
        ({"dueDate": {"_gt": "2024-01-31T00:00:00Z"}}, [2]),
        ({"dueDate": {"_in": ["2024-01-31", "1999-01-01"]}}, [1]),
        ({"sentAt": {"_gte": "2024-01-31"}}, [1, 2]),
        ({"sentAt": {"_lt": "2024-02-01"}}, [1]),
        ({"sentAt": {"_eq": "2024-01-31T10:00:00"}}, [1]),
        ({"sentAt": {"_eq": "2024-01-31T11:00:00.000+01:00"}}, [1]),
        ({"sentAt": {"_eq": "2024-02-01"}}, [2]),
    ],
)
def test_dates_and_times_compare_with_each_other(asked: Any, expected: list[int]) -> None:
    """A column of dates takes the date of a time as written; a column of times takes a date as its midnight in UTC."""
    store = firm(
        invoice=[
            {"id": 1, "dueDate": "2024-01-31", "sentAt": "2024-01-31T10:00:00Z"},
            {"id": 2, "dueDate": "2024-02-01T00:00:00Z", "sentAt": "2024-02-01"},
            {"id": 3, "dueDate": "soon", "sentAt": "soon"},
        ]
    )

    found = store.find("invoice", parse_where(asked, "invoice", store.model)).rows
    assert [row["id"] for row in found] == expected


@pytest.mark.parametrize(
    ("type_", "format_", "kind"),
    [("string", "", Kind.TEXT), ("string", "uuid", Kind.TEXT), ("string", "date", Kind.DATE),
     ("string", "date-time", Kind.TIMESTAMP), ("integer", "int64", Kind.INTEGER), ("number", "decimal", Kind.NUMBER),
     ("boolean", "", Kind.BOOLEAN), ("object", "", Kind.JSON), ("array", "", Kind.JSON), ("", "", Kind.ANY),
     ("null", "", Kind.ANY)],
)  # fmt: skip
def test_the_schema_decides_the_kind(type_: str, format_: str, kind: Kind) -> None:
    """JSON type and format say how a column compares; an unknown type compares as JSON does."""
    assert kind_of(type_, format_) is kind


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [(Kind.NUMBER, Decimal("1.5"), 1.5), (Kind.NUMBER, float("nan"), None), (Kind.NUMBER, float("inf"), None),
     (Kind.INTEGER, True, None), (Kind.INTEGER, 1.5, 1.5), (Kind.TEXT, 5, "5"), (Kind.TEXT, ["a"], '["a"]'),
     (Kind.BOOLEAN, 0, None), (Kind.TIMESTAMP, 5, None), (Kind.DATE, 5, None), (Kind.JSON, None, None)],
)  # fmt: skip
def test_stored_values_are_never_refused(kind: Kind, value: Any, expected: Any) -> None:
    """What a column cannot hold compares like NULL; other values in a column of texts compare by their JSON."""
    assert comparable(kind)(value) == expected


def test_json_sorts_by_type_then_by_value() -> None:
    """Null, texts, numbers, booleans, lists by length, objects by size: the order of jsonb."""
    values: list[Any] = [{"a": 1, "b": 1}, {"a": 2}, {"a": 1}, [1, 2], [3], True, False, 2, 1.5, "b", "a", None]

    assert sorted(values, key=json_key) == values[::-1]
    assert json_key(1) == json_key(1.0) == json_key(Decimal(1)) != json_key(True)
    assert json_key(UTC) == (1, "UTC")


def test_values_are_shown_short() -> None:
    """Messages show values as JSON, cut where they are long, and describe what JSON cannot say."""
    assert shown("x") == '"x"'
    assert shown([1, None]) == "[1,null]"
    assert len(shown("x" * 500)) == 60
    assert shown(2**80) == "that value"
