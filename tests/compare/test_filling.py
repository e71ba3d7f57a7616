"""Templates are filled with what one side has shown; what is missing is said."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from mockserver.compare.difference import Step
from mockserver.compare.filling import SideState, Unfilled, fill, needed, sources
from mockserver.compare.pools import Pool
from mockserver.compare.program import Template, row
from mockserver.compare.rows import Pairs
from mockserver.exchanges import Exchange, Reply, Request
from mockserver.probes.base import Contract
from tests.compare.sides import contract_of

READ, SEARCH = "GET /gql/v1/client/{id}", "POST /gql/v1/clients/search"
JSON = (("Content-Type", "application/json"),)


@pytest.fixture(scope="module")
def contract(make_mock: Callable[..., Any]) -> Contract:
    """The contract of our bundle."""
    return contract_of(make_mock().app.bundle)


@pytest.fixture
def states(contract: Contract) -> tuple[SideState, SideState]:
    """Two sides that have one client each, and answered step 0, called `made`."""
    pools = Pool(contract), Pool(contract)
    listing = contract.bundle.operations.at("POST", "/gql/v1/clients")
    for at, each in enumerate(pools):
        body = json.dumps({"clients": [{"id": 10 + at, "name": f"Name {at}", "size": 1.5, "website": None}]}).encode()
        each.see(Step(0, listing, Exchange("x", "", Request("POST", "/"), Reply(200, JSON, body))))
    pairs = Pairs(*pools, contract)
    made = tuple(SideState(at, "AB"[at], pairs, {"run": f"r{at}"}) for at in (0, 1))
    for state in made:
        headers = (*JSON, ("Location", f"https://x.example/v1/things/new%20{state.at}?a=b"))
        reply = Reply(201, headers, json.dumps({"data": [{"id": 900 + state.at}]}).encode())
        step = Step(0, listing, Exchange("x", "", Request("POST", "/"), reply))
        state.steps |= {0: step, "made": step}
    return made[0], made[1]


def filled(contract: Contract, template: Template, state: SideState) -> Request:
    """The request of a template that can be filled."""
    method, _, path = template.operation.partition(" ")
    operation = contract.bundle.operations.at(method, path)
    assert operation is not None
    request = fill(template, operation, state)
    assert isinstance(request, Request), request
    return request


def test_holes_take_this_sides_values(contract: Contract, states: tuple[SideState, SideState]) -> None:
    """Rows, earlier answers and inputs come from the side that is asked; their types stay."""
    body = {"where": {"name": {"_eq": row("client", "name")}, "id": {"_in": [row("client", "id"), 7]},
                      "size": {"_gt": row("client", "size")}, "code": {"_eq": {"$input": "run"}}}}  # fmt: skip
    template = Template(SEARCH, "", "filter", body=body)
    for at, state in enumerate(states):
        where = json.loads(filled(contract, template, state).body)["where"]
        assert where == {"name": {"_eq": f"Name {at}"}, "id": {"_in": [10 + at, 7]}, "size": {"_gt": 1.5},
                         "code": {"_eq": f"r{at}"}}  # fmt: skip
    assert needed(template) == {("client", 0): frozenset({"name", "id", "size"})}


def test_earlier_answers(contract: Contract, states: tuple[SideState, SideState]) -> None:
    """A pointer, a header, and the last segment of a Location where a path wants an id."""
    by = {"pointer": {"step": 0, "pointer": "/data/0/id"}, "header": {"step": "made", "header": "Location"}}
    one = Template(READ, "", "read", path={"id": {"$from": by["pointer"]}})
    two = Template(READ, "", "read", path={"id": {"$from": by["header"]}})
    assert filled(contract, one, states[1]).target == "/gql/v1/client/901"
    assert filled(contract, two, states[1]).target == "/gql/v1/client/new%201"
    assert sources(one) == [0]
    assert sources(two) == ["made"]


@pytest.mark.parametrize(
    ("hole", "says"),
    [
        (row("client", "website"), "neither side shows a client with website"),
        (row("invoice", "id"), "neither side shows a invoice"),
        ({"$from": {"step": 4, "pointer": "/id"}}, "A gave no answer to step 4"),
        ({"$from": {"step": 0, "pointer": "/data/1/id"}}, "has nothing at /data/1/id"),
        ({"$from": {"step": 0, "header": "ETag"}}, "has no ETag"),
        ({"$input": "secret"}, "no input 'secret' is given for A"),
    ],
)
def test_what_is_missing_is_said(contract: Contract, states: Any, hole: Any, says: str) -> None:
    """A hole for which there is nothing leaves the template unfilled, with the reason."""
    operation = contract.bundle.operations.at("GET", "/gql/v1/client/{id}")
    assert operation is not None
    found = fill(Template(READ, "", "read", path={"id": hole}), operation, states[0])
    assert isinstance(found, Unfilled)
    assert says in found.reason


def test_raw_parts_replace_what_is_built(contract: Contract, states: tuple[SideState, SideState]) -> None:
    """Method, target, headers (null: none) and the bytes of the body as they are written down."""
    raw = {"method": "HEAD", "target": "/gql/v1//client/{id}/?x=%zz", "headers": {"accept": None, "X-A": "1"}}
    request = filled(contract, Template(READ, "", "method", path={"id": row("client", "id")}, raw=raw), states[0])
    assert (request.method, request.target) == ("HEAD", "/gql/v1//client/10/?x=%zz")
    assert request.headers == (("X-A", "1"),)
    broken = filled(contract, Template(SEARCH, "", "invalid", raw={"body": '{"a":'}), states[0])
    assert broken.body == b'{"a":'
    assert broken.header("content-type") == "application/json"
    doubled = {"headers": [["Accept", "a/b"], ["Accept", "c/d"]], "body": {"base64": "/w=="}}
    twice = filled(contract, Template(SEARCH, "", "invalid", raw=doubled), states[0])
    assert twice.header("accept") == "a/b, c/d"
    assert twice.body == b"\xff"
