"""What two operations of one side say of the same rows is held against how well those of the other side agree."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver.compare.difference import Step
from tests.compare.made import differences, made

LIST, READ = "filterClientsDynamic", "getClientById"


def rows(first: int, **more: Any) -> list[dict[str, Any]]:
    """Four clients with keys from `first` on, and names and budgets of their own."""
    return [
        {"id": first + n, "name": f"Client {chr(65 + n)}{first}", "creditLimit": 100.25 + n + first,
         "parent": {"id": first + n + 1, "tags": ["b", "a", "c"]}, "seen": f"2024-05-06T07:08:{n + 11}Z",
         "motto": f"Bed & breakfast {n}", **more}
        for n in range(4)
    ]  # fmt: skip


def side(listed: list[dict[str, Any]], read: list[dict[str, Any]]) -> list[Step]:
    """A list of rows, and each of them read."""
    body = {"clients": listed, "total": {"aggregate": {"count": len(listed)}}}
    reads = [made(READ, row, number=2 + n, target=f"/gql/v1/client/{row['id']}") for n, row in enumerate(read)]
    return [made(LIST, body, sent={"pageSize": 50}), *reads]


def otherwise(**changes: Any) -> list[Step]:
    """A side of which single reads show something otherwise than the list."""
    listed = rows(500)
    return side(listed, [{**row, **{name: make(row) for name, make in changes.items()}} for row in listed])


def test_sides_whose_operations_agree_are_the_same() -> None:
    """Other rows that lists and reads show alike are no difference."""
    assert differences(side(rows(1), rows(1)), side(rows(500), rows(500))) == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": lambda row: row["name"].upper()}, "format at body /name"),
        ({"name": lambda row: f" {row['name']}"}, "format at body /name"),
        ({"name": lambda row: row["name"][:6]}, "length at body /name"),
        ({"name": lambda row: f"{row['name'][:6]}…"}, "length at body /name"),
        ({"seen": lambda row: row["seen"][:17] + "00Z"}, "precision at body /seen"),
        ({"motto": lambda row: row["motto"].replace("&", "&amp;")}, "format at body /motto"),
        ({"parent": lambda row: {**row["parent"], "tags": row["parent"]["tags"][:1]}}, "length at body /parent"),
        ({"creditLimit": lambda row: str(row["creditLimit"])}, "type at body /creditLimit"),
        ({"creditLimit": lambda row: round(row["creditLimit"], 1)}, "precision at body /creditLimit"),
        ({"creditLimit": lambda row: 2 * row["creditLimit"]}, "value at body /creditLimit"),
        ({"parent": lambda row: {**row["parent"], "tags": row["parent"]["tags"][::-1]}}, "order at body /parent"),
        ({"parent": lambda row: {**row["parent"], "id": 7}}, "referential at body /parent"),
    ],
)
def test_one_operation_that_shows_rows_otherwise_is_told(changes: dict[str, Any], said: str) -> None:
    """Though no row is on both sides, the class of the drift and the property are told."""
    found = differences(side(rows(1), rows(1)), otherwise(**changes))

    assert [message for message in found if message.startswith(f"{said}:")] != [], found


def test_what_both_sides_show_otherwise_is_none() -> None:
    """A read that is known to show less than its list does so on both sides."""
    one = side(rows(1), [{**row, "name": row["name"].upper()} for row in rows(1)])

    assert [said for said in differences(one, otherwise(name=lambda row: row["name"].upper())) if "/name" in said] == []


def test_one_odd_row_is_no_drift() -> None:
    """A row that was changed between two answers proves nothing."""
    listed = rows(500)
    odd = side(listed, [{**listed[0], "name": "Renamed meanwhile"}, *listed[1:]])

    assert differences(side(rows(1), rows(1)), odd) == []


def test_how_nothing_is_told_is_the_same_everywhere() -> None:
    """Null in the list and left out in the read: one row on each side tells."""
    nothing = rows(1, notes=None)
    other = side(rows(500, notes=None), [{k: v for k, v in row.items() if k != "notes"} for row in rows(500, notes="")])

    assert any(said.startswith("null at body") for said in differences(side(nothing, nothing), other))


def test_a_property_under_two_spellings_is_one() -> None:
    """What the list calls `created_at` is `createdAt` in the read; a read that never shows it has lost it."""
    day = "2024-05-06T07:08:09Z"
    spelled = side(rows(1, created_at=day), rows(1, createdAt=day))
    some = side([*rows(1, created_at=day)[:3], *rows(1)[3:]], [*rows(1, createdAt=day)[:3], *rows(1)[3:]])
    lost = side(rows(500, created_at=day), rows(500))

    for whole in (spelled, some):
        found = [said for said in differences(whole, lost) if "reated" in said]
        assert found == ["property missing at body /createdAt: present -> absent"]
    assert [said for said in differences(lost, lost) if "reated" in said] == []
