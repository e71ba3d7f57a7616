"""Rows of both sides are picked together: the same ones where that is proved, else rows that are alike."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from mockserver.compare.difference import Step
from mockserver.compare.pools import Pool
from mockserver.compare.rows import NEITHER, Pairs, Pick
from mockserver.exchanges import Exchange, Reply, Request
from mockserver.probes.base import Contract
from tests.compare.sides import contract_of

JSON = (("Content-Type", "application/json"),)


@pytest.fixture(scope="module")
def contract(make_mock: Callable[..., Any]) -> Contract:
    """The contract of our bundle."""
    return contract_of(make_mock().app.bundle)


def office(id_: int, ref: str, name: str, city: str, **more: Any) -> dict[str, Any]:
    """An office as it is answered."""
    return {"id": id_, "pmsRef": ref, "name": name, "phone": f"+1 {ref} 55 {name[:3]}", "active": True,
            "address": {"city": city, "street": f"{name} Road {ref}"}, "createdAt": "2024-01-02T03:04:05Z",
            **more}  # fmt: skip


def pool(contract: Contract, *rows: dict[str, Any], label: str = "POST /gql/v1/offices") -> Pool:
    """A pool that saw one list."""
    method, _, path = label.partition(" ")
    operation = contract.bundle.operations.at(method, path)
    assert operation is not None
    found = Pool(contract)
    body = json.dumps({(operation.shape.rows or ("",))[-1]: rows}).encode()
    exchange = Exchange("x", "", Request(method, path), Reply(200, JSON, body))
    found.see(Step(0, operation, exchange))
    return found


def picked(pairs: Pairs, number: int = 0, needs: frozenset[str] = frozenset(), entity: str = "office") -> Pick:
    """A pick that must be there."""
    found = pairs.pick(entity, number, needs)
    assert isinstance(found, Pick), found
    return found


PARIS, OSLO, ROME = ("P-1", "Paris Hall", "Paris"), ("P-2", "Oslo Yard", "Oslo"), ("P-3", "Rome Gate", "Rome")


def test_a_stable_key_finds_the_same_row(contract: Contract) -> None:
    """Rows with the same `pmsRef` and content are one row, whatever their ids and order."""
    a = pool(contract, office(1, *PARIS), office(2, *OSLO))
    b = pool(contract, office(71, *ROME), office(72, *OSLO))
    found = picked(Pairs(a, b, contract))
    assert (found.a["id"], found.b["id"], found.same, found.why) == ("2", "72", True, "pmsRef")
    assert picked(Pairs(a, b, contract), 1).same is False


def test_numbers_handed_out_in_order_prove_nothing(contract: Contract) -> None:
    """`P-1` of both sides, and equal ids, are no proof where all else is different; nor is a word of a vocabulary."""
    a = pool(contract, office(1, "P-1", "Paris Hall", "Paris"))
    b = pool(contract, office(1, "P-1", "Rome Gate", "Rome"))
    assert picked(Pairs(a, b, contract)).same is False
    tax = [office(1, "P-1", "Tax", "Paris"), office(9, "P-8", "Tax", "Paris", createdAt="2021-05-05T05:05:05Z")]
    assert picked(Pairs(pool(contract, tax[0]), pool(contract, tax[1]), contract)).same is False


def test_equal_ids_count_where_the_rest_agrees(contract: Contract) -> None:
    """A documented row that both sides have is known by its id, though it has no other key in common."""
    rows = [office(7, *OSLO), office(7, *OSLO)]
    rows[1]["name"] = "OSLO YARD"
    found = picked(Pairs(pool(contract, rows[0]), pool(contract, rows[1]), contract, {}))
    assert found.same is True


def test_what_all_rows_share_bears_no_id_out(contract: Contract) -> None:
    """Ids handed out in order meet on both sides; that both rows are of one kind, as all others, proves nothing."""
    same = {"kind": "an office", "country": "Norwegian", "street": "Main Street"}
    sides = [[{"id": n, "address": {**same, "city": f"{city} {n}"}} for n in range(5)] for city in ("Oslo", "Rome")]
    found = picked(Pairs(pool(contract, *sides[0]), pool(contract, *sides[1]), contract))
    assert found.same is False


def test_a_key_that_is_told_is_believed(contract: Contract) -> None:
    """`--key office=/address/city` joins rows that share nothing else."""
    a, b = pool(contract, office(1, *PARIS)), pool(contract, office(2, "Z-9", "Elsewhere", "Paris"))
    assert picked(Pairs(a, b, contract)).same is False
    assert picked(Pairs(a, b, contract, {"office": "/address/city"})).same is True


def test_rows_alike_in_form_are_preferred(contract: Contract) -> None:
    """Where nothing corresponds, an active row stands against an active one, a null against a null."""
    a = pool(contract, office(1, *PARIS, active=False), office(2, *OSLO, phone=None))
    b = pool(contract, office(3, "Q-1", "Bonn", "Bonn", phone=None), office(4, "Q-2", "Bern", "Bern", active=False))
    pairs = Pairs(a, b, contract)
    assert [(picked(pairs, n).a["id"], picked(pairs, n).b["id"]) for n in (0, 1)] == [("1", "4"), ("2", "3")]


def test_rows_that_lack_something_are_picked_first(contract: Contract) -> None:
    """After a usual row come those that show what no pick before them lacked, on either side."""
    usual = [office(n, f"P-{n}", f"Hall {n}", "Paris") for n in range(9)]
    others = [office(n, f"Q-{n}", f"Gate {n}", "Rome") for n in range(50, 59)]
    usual[5]["phone"], others[7]["createdAt"] = None, ""
    del usual[7]["address"], others[6]["address"]
    pairs = Pairs(pool(contract, *usual), pool(contract, *others), contract)
    first = [picked(pairs, number) for number in range(4)]
    gaps = [{name for row in (each.a, each.b) for name in ("phone", "createdAt", "address") if not row.get(name)}
            for each in first]  # fmt: skip
    assert gaps[0] == set()
    assert set().union(*gaps) == {"phone", "createdAt", "address"}


def test_picks_stay_and_stand_in_for_each_other(contract: Contract) -> None:
    """A pick does not change with later rows; where it lacks a value another stands in; numbers begin anew."""
    a, b = (
        pool(contract, office(1, *PARIS, phone=None), office(2, *OSLO)),
        pool(contract, office(3, *PARIS, phone=None)),
    )
    pairs = Pairs(a, b, contract)
    first = picked(pairs)
    b.see(_answer(contract, office(4, *OSLO)))
    assert picked(pairs) is first
    fresh = Pairs(a, b, contract)
    assert picked(fresh, 0, frozenset({"phone"})).a["id"] == "2"
    assert picked(fresh, 2) == picked(fresh, 0)
    missing = fresh.pick("office", 0, frozenset({"fax"}))
    assert isinstance(missing, str)
    assert missing.startswith(NEITHER)


def test_a_side_without_rows_is_named(contract: Contract) -> None:
    """Rows on one side only cannot be picked, and it is said which side has none."""
    pairs = Pairs(pool(contract, office(1, *PARIS)), Pool(contract), contract)
    assert pairs.pick("office") == "B shows no office"
    assert pairs.pick("client") == f"{NEITHER} client"


def test_rows_that_are_only_pointed_at(contract: Contract) -> None:
    """Ids of related rows are known from the rows that name them, until the rows themselves are seen."""
    found = pool(contract, {"id": 5, "clientId": 12, "contactId": 9}, label="POST /gql/v1/contact_clients")
    assert found.rows("client") == [{"id": "12"}]
    assert found.rows("contact_client")[0]["id"] == "5"


def _answer(contract: Contract, *rows: dict[str, Any]) -> Step:
    operation = contract.bundle.operations.at("POST", "/gql/v1/offices")
    body = json.dumps({"offices": rows}).encode()
    return Step(1, operation, Exchange("x", "", Request("POST", "/gql/v1/offices"), Reply(200, JSON, body)))
