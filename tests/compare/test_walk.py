"""The same row, or the same refusal, on both sides is compared value by value."""

from __future__ import annotations

from typing import Any

import pytest

from tests.compare.made import compared, differences, made

ROW = {
    "id": 789, "name": "Acme Corporation", "legalName": "Acme Corporation, Inc.", "taxId": "12-3456789",
    "website": "https://www.acme.com", "phone": "+1-555-0123", "active": True, "status": "ACTIVE", "notes": None,
    "createdAt": "2024-11-20T14:30:00Z", "financialSummary": {"totalRevenue": 15000.5, "outstandingBalance": 250.25},
}  # fmt: skip


def same(**changes: Any) -> list[tuple[str, str]]:
    """(class, pointer) of what differs when the same row is shown with changes."""
    b = {name: value for name, value in {**ROW, **changes}.items() if value is not ...}
    found = compared(made(body=ROW, same_row=True), made(body=b, same_row=True))
    return [(difference.cls, difference.pointer) for difference in found.differences]


@pytest.mark.parametrize(
    ("name", "value", "cls"),
    [
        ("name", "Acme Corporation ", "format"),
        ("name", "ACME CORPORATION", "format"),
        ("legalName", "Acme Corporation", "length"),
        ("phone", "+1-999-0000", "value"),
        ("status", "active", "enum value"),
        ("active", False, "value"),
        ("active", 1, "type"),
        ("active", "true", "type"),
        ("taxId", None, "value"),
        ("website", ..., "property missing"),
        ("notes", ..., "null"),
        ("extra", 1, "property extra"),
        ("createdAt", "2024-11-20T14:30:00+00:00", "format"),
        ("createdAt", "2024-11-20T14:30:00.000Z", "precision"),
        ("id", 789.0, "number form"),
    ],
)
def test_a_value_of_the_same_row(name: str, value: Any, cls: str) -> None:
    """Each way in which a value may differ has its class."""
    assert (cls, f"/{name}") in same(**{name: value})


def test_amounts_that_round() -> None:
    """Fewer digits of the same amount are another precision."""
    found = same(financialSummary={"totalRevenue": 15000.5, "outstandingBalance": 250.3})

    assert found == [("precision", "/financialSummary/outstandingBalance")]


def test_amounts_without_witnesses_are_data() -> None:
    """Where no other amount of the row agrees, another amount is just another environment's."""
    assert same(financialSummary={"totalRevenue": 7, "outstandingBalance": 9}) == []


def test_stamps_of_writing_are_data() -> None:
    """No two environments write a row in the same second."""
    assert same(createdAt="2021-01-01T00:00:00Z") == []


def test_unicode_forms() -> None:
    """The same letters composed otherwise."""
    one, other = (
        made(body={**ROW, "name": name}, same_row=True) for name in ("Café & Söhne", "Cafe\u0301 & So\u0308hne")
    )

    assert differences(one, other) == ["unicode form at body /name: letters composed otherwise"]


def error(**changes: Any) -> Any:
    """A refusal."""
    body = {"code": "NOT_FOUND", "message": "There is no client 789.", "details": [{"pointer": "/id", "message": "x"}]}
    return made(body={**body, **changes}, status=404)


@pytest.mark.parametrize(
    ("changes", "cls", "pointer"),
    [
        ({"message": "Nothing there."}, "error text", "/message"),
        ({"message": {"text": "x"}}, "error shape", "/message"),
        ({"code": "MISSING"}, "error shape", "/code"),
        ({"code": 404}, "error shape", "/code"),
        ({"details": []}, "error shape", "/details"),
        ({"details": [{"pointer": "#/id", "message": "x"}]}, "error shape", "/details/[]/pointer"),
    ],
)
def test_refusals_are_compared_by_shape_and_words(changes: dict[str, Any], cls: str, pointer: str) -> None:
    """Clients read codes and shapes, people read words."""
    found = compared(error(), error(**changes)).differences

    assert (cls, pointer) in [(difference.cls, difference.pointer) for difference in found]


def test_numbers_in_the_words_of_a_refusal_are_no_difference() -> None:
    """The id that was not found is another one on each side."""
    assert differences(error(), error(message="There is no client 12.")) == []


def test_advice_after_an_error_is_data() -> None:
    """What a refusal says is compared; what it suggests beyond its first sentence is made of rows."""
    texts = (
        "There is no type Z. There are Vehicle, Boat.",
        "There is no type Z. There is none yet.",
        "No such type. Ask.",
    )
    one, other, third = (made(body={"code": "NOT_FOUND", "message": text}, status=404) for text in texts)

    assert differences(one, other) == []
    assert differences(one, third) == ["error text at body /message: words -> other words"]
