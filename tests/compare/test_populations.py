"""Which rows a list without conditions shows, and where references lead, on each side by its own rows."""

from __future__ import annotations

from typing import Any

from mockserver.compare.difference import Step
from tests.compare.made import differences, made

LIST, READ, SEARCH = "filterClientsDynamic", "getClientById", "searchClientsDynamic"


def clients(first: int, many: int = 12) -> list[dict[str, Any]]:
    """Clients of which every third one is not active."""
    return [{"id": first + n, "name": f"Client {first} {n}", "active": n % 3 != 0} for n in range(many)]


def answer(rows: list[dict[str, Any]], number: int = 1, operation: str = LIST) -> Step:
    """A list that says it shows all."""
    body = {"clients": rows, "total": {"aggregate": {"count": len(rows)}}}
    return made(operation, body, number=number, sent={"pageSize": 50}, actor="default")


def side(listed: list[dict[str, Any]], all_: list[dict[str, Any]]) -> list[Step]:
    """A list, and reads of all rows."""
    reads = [
        made(READ, row, number=n, target=f"/gql/v1/client/{row['id']}", actor="default")
        for n, row in enumerate(all_, 2)
    ]
    return [answer(listed), *reads]


def test_rows_that_a_list_leaves_out() -> None:
    """What the rows that are missing have in common is told."""
    a, b = clients(1), clients(500)
    found = differences(side(a, a), side([row for row in b if row["active"]], b))

    says = "a list without conditions: shows all rows -> leaves out rows whose active is false"
    assert f"default at body /clients/[]: {says}" in found


def test_rows_that_only_one_side_has_to_leave_out() -> None:
    """Where the other side has no such rows at all, nobody knows what it would do with them."""
    a, b = [{**row, "active": True} for row in clients(1)], clients(500)
    found = differences(side(a, a), side([row for row in b if row["active"]], b))

    assert [said for said in found if said.startswith("default")] == []


def projects(first: int, owner: Any) -> list[Step]:
    """A list of clients and one of projects that point at them."""
    rows = [{"id": first + n, "name": f"Project {n}", "clientId": owner(first + n)} for n in range(8)]
    body = {"projects": rows, "total": {"aggregate": {"count": len(rows)}}}
    return [
        answer(clients(first)),
        made("filterProjectsDynamic", body, number=2, sent={"pageSize": 50}, actor="default"),
    ]


def test_references_that_lead_nowhere() -> None:
    """Where all rows of the other entity are known, references lead to one of them."""
    good, bad = projects(1, lambda key: key), projects(500, lambda key: key + 700_000)

    assert differences(good, projects(500, lambda key: key)) == []
    assert "referential at body /projects/[]/clientId: references lead to rows -> they lead nowhere" in differences(
        good, bad
    )
