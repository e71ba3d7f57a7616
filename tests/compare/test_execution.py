"""A program is put to both sides step by step, twice, and whatever cannot be asked is told."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mockserver.compare.execution import Executed, Execution, NotAsked
from mockserver.compare.judgement import compare
from mockserver.compare.lagging import Patience
from mockserver.compare.program import Program, Template, row
from mockserver.environments.client import Client, Limits
from mockserver.environments.environment import Environment
from mockserver.environments.ledger import Ledger
from mockserver.probes.base import Contract
from mockserver.server import MockServer
from tests.compare.sides import contract_of, mock, reading, troubled
from tests.drifts.corpus import A, B, serve_pair

SUBSCRIPTIONS = "/api/v1/event-subscriptions"
NEW = {"name": "Ours", "url": "https://ours.example/hook", "entityType": "client", "operations": ["CREATE"]}
MADE = {"id": {"$from": {"step": "made", "pointer": "/data/id"}}}


@pytest.fixture(scope="module")
def _sides() -> Iterator[tuple[Client, Client]]:
    with mock(A, "sandbox") as a, mock(B, "staging") as b:
        yield a, b


@pytest.fixture
def sides(_sides: tuple[Client, Client]) -> tuple[Client, Client]:
    """Clients of two mocks in process with different data."""
    for client in _sides:
        client.on_exchange = None
    return _sides


@pytest.fixture
def contract(sides: tuple[Client, Client]) -> Contract:
    """The contract of our bundle."""
    return contract_of(sides[0].bundle)


def watched(clients: tuple[Client, Client]) -> list[str]:
    """What left, in order, as `sandbox GET /path`; discovery is left out."""
    sent: list[str] = []
    for client in clients:
        client.on_exchange = lambda e: (
            sent.append(f"{e.environment} {e.request.method} {e.request.target}") if "compare" in e.purpose else None
        )
    return sent


def outcome(executed: Executed, number: int) -> tuple[int, int]:
    """The statuses of a step in the first round."""
    pairs = zip(executed.a1, executed.b1, strict=True)
    found = next((a, b) for a, b in pairs if a.number == number)
    return tuple(step.exchange.reply.status if step.exchange.reply else 0 for step in found)  # type: ignore[return-value]


def test_each_side_is_asked_for_its_own_rows(sides: tuple[Client, Client], contract: Contract) -> None:
    """Reads of picked rows are found on both sides, though no id is the same; all four executions have all steps."""
    program = reading(contract)
    executed = Execution(*sides, contract, program).run()

    assert executed.not_compared == ()
    assert [s.number for s in executed.a1] == list(range(len(program.templates)))
    assert all(len(side) == len(program.templates) for side in (executed.b1, executed.a2, executed.b2))
    statuses = {s.exchange.reply.status for side in (executed.a1, executed.b1) for s in side if s.exchange.reply}
    assert statuses == {200}
    reads = [(a, b) for a, b in zip(executed.a1, executed.b1, strict=True) if "{id}" in a.label]
    assert reads
    assert all(a.exchange.request.target != b.exchange.request.target for a, b in reads)
    assert compare(executed.a1, executed.a2, contract, twice=True).differences == ()


def test_sides_take_turns_and_swap(sides: tuple[Client, Client], contract: Contract) -> None:
    """A goes first in the first round, B in the second; the second round asks the same."""
    sent = watched(sides)
    Execution(*sides, contract, reading(contract, 3)).run()

    half = len(sent) // 2
    assert [each.split()[0] for each in sent[:4]] == ["sandbox", "staging"] * 2
    assert [each.split()[0] for each in sent[half : half + 4]] == ["staging", "sandbox"] * 2
    assert sorted(sent[:half]) == sorted(sent[half:])


def test_what_a_side_lacks_is_asked_of_neither(sides: tuple[Client, Client], contract: Contract) -> None:
    """Holes without a value, unknown actors and operations, and writes to read-only sides: all told, nothing sent."""
    sent = watched(sides)
    program = Program((
        Template("GET /api/v1/records/custom/{name}", "none", "read", path={"name": row("record_custom", "name")}),
        Template("GET /gql/v1/client/{id}", "other", "auth", path={"id": 1}, actor="other-tenant"),
        Template("GET /nothing", "unknown", "read"),
        Template(f"POST {SUBSCRIPTIONS}", "create", "write", body=NEW, name="made"),
        Template(f"GET {SUBSCRIPTIONS}/{{id}}", "read it", "read", path=MADE),
    ))  # fmt: skip
    executed = Execution(*sides, contract, program).run()

    reasons = dict(executed.not_compared)
    assert sent == []
    assert executed.idle == {0}
    assert reasons[1] == "sandbox has no credentials of other-tenant"
    assert "no operation" in reasons[2]
    assert "Only reading is allowed" in reasons[3]
    assert "gave no answer to step made" in reasons[4]


def writing(tmp_path: Path, wrap: Any = None) -> tuple[Client, Client, tuple[Ledger, Ledger]]:
    """Two mocks that may be written to, the second behind something."""
    ledgers = Ledger(tmp_path / "a.jsonl"), Ledger(tmp_path / "b.jsonl")
    return mock(A, "sandbox", writes=True), mock(B, "staging", writes=True, wrap=wrap), ledgers


MAKING = Program((
    Template(f"POST {SUBSCRIPTIONS}", "create", "write", body=NEW, name="made"),
    Template(f"GET {SUBSCRIPTIONS}/{{id}}", "read it", "write", path=MADE),
    Template(f"POST {SUBSCRIPTIONS}", "create another", "write", body={**NEW, "name": "Left"}),
    Template(f"DELETE {SUBSCRIPTIONS}/{{id}}", "delete", "write", path=MADE),
    Template(f"GET {SUBSCRIPTIONS}/{{id}}", "read the deleted", "write", path=MADE),
))  # fmt: skip


def test_what_is_made_is_removed_on_both_sides(tmp_path: Path) -> None:
    """A sequence uses the ids of its own round, and what it leaves is taken away after each round."""
    a, b, ledgers = writing(tmp_path)
    with a, b:
        contract = contract_of(a.bundle)
        executed = Execution(a, b, contract, MAKING, ledgers=ledgers).run()
        after = Execution(a, b, contract, Program((Template(f"GET {SUBSCRIPTIONS}", "all", "list"),))).run()

    assert [outcome(executed, number) for number in range(5)] == [(201, 201), (200, 200), (201, 201), (200, 200),
                                                                  (200, 200)]  # fmt: skip
    assert executed.a1[1].same_row is True
    assert executed.a1[1].exchange.request.target != executed.a2[1].exchange.request.target
    assert executed.left_over == ()
    for side, ledger in zip((after.a1, after.b1), ledgers, strict=True):
        assert ledger.open_entries() == []
        assert side[0].exchange.reply is not None
        rows = side[0].exchange.reply.json()["data"]["subscriptions"]
        assert [row for row in rows if row["name"] in ("Ours", "Left") and row["active"]] == []


class Lagging:
    """Shows what was made only when it is asked for the third time."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.asked: dict[str, int] = {}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        path = scope.get("path", "")
        if scope.get("method") == "GET" and path.startswith(f"{SUBSCRIPTIONS}/"):
            self.asked[path] = self.asked.get(path, 0) + 1
            if self.asked[path] < 3:
                scope = {**scope, "path": f"{path}000", "raw_path": f"{path}000".encode()}
        await self.app(scope, receive, send)


def test_lag_is_no_drift(tmp_path: Path) -> None:
    """A side that shows late what was written is asked again for a while; then its answer counts."""
    a, b, ledgers = writing(tmp_path, Lagging)
    with a, b:
        contract = contract_of(a.bundle)
        patient = Execution(a, b, contract, Program(MAKING.templates[:2]), ledgers=ledgers).run()
        hasty = Execution(a, b, contract, Program(MAKING.templates[:2]), ledgers=ledgers, patience=Patience(0)).run()

    assert outcome(patient, 1) == (200, 200)
    assert patient.asked_again >= 2
    assert outcome(hasty, 1) == (200, 404)


def test_a_budget_is_shared(contract: Contract) -> None:
    """Both rounds fit into the budget, each side is asked the same steps, and it is said how far it went."""
    with mock(A, "sandbox", requests=40) as a, mock(B, "staging") as b:
        executed = Execution(a, b, contract, reading(contract, 30)).run()

        assert a.requests <= 40
    assert "shared out" in executed.stopped
    assert len(executed.a1) > 5
    assert [s.number for s in executed.a1] == [s.number for s in executed.b1]
    assert [s.number for s in executed.a2] == [s.number for s in executed.a1]


def test_an_interruption_keeps_what_was_seen(sides: tuple[Client, Client], contract: Contract) -> None:
    """Whatever was answered until then is there, the same steps on both sides."""

    def stop(done: int, _whole: int) -> None:
        if done == 7:
            raise KeyboardInterrupt

    executed = Execution(*sides, contract, reading(contract)).run(stop)
    assert executed.interrupted
    assert [s.number for s in executed.a1] == [s.number for s in executed.b1] == list(range(7))
    assert executed.twice().a1 == ()


def test_a_further_question_and_a_further_program(sides: tuple[Client, Client], contract: Contract) -> None:
    """Single questions go out as the program's step did, in either order; a shorter program with the same rows."""
    program = reading(contract)
    execution = Execution(*sides, contract, program)
    executed = execution.run()
    number = next(step.number for step in executed.a1 if "{id}" in step.label)
    sent = watched(sides)
    a, b = execution.ask(program.templates[number], ("b", "a"), number=number)

    known = {step.number: step.exchange.request for step in executed.a1}
    assert a.exchange.request.target == known[number].target
    assert [each.split()[0] for each in sent] == ["staging", "sandbox"]
    assert (a.exchange.environment, b.exchange.environment) == ("sandbox", "staging")
    with pytest.raises(NotAsked, match="no operation"):
        execution.ask(Template("GET /nothing", "", "read"))
    again = execution.once(Program((program.templates[number],)))
    assert again.side(0)[0].exchange.request.target == known[number].target


def over_http(urls: tuple[str, str], tokens: tuple[str, str], **settings: Any) -> tuple[Client, Client, Contract]:
    """Clients of two servers."""
    bundle = A.mock().bundle
    made = [
        Client(Environment(name, url, **settings), bundle, tokens={"default": token}, limits=Limits(seconds=60))
        for name, url, token in zip(("sandbox", "staging"), urls, tokens, strict=True)
    ]
    return made[0], made[1], contract_of(bundle)


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[MockServer, MockServer]]:
    """The two mocks as real servers."""
    with serve_pair(A.seed, B.seed) as pair:
        yield pair


@pytest.mark.parametrize(
    ("name", "trouble"),
    [
        ("slow", lambda n: 0.02 if n % 5 == 0 else None),
        ("flaky", lambda n: -1 if n % 6 == 0 else None),
        ("busy", lambda n: 429 if n in (5, 40) else None),
    ],
)
def test_trouble_on_the_way_is_no_drift(
    served: tuple[MockServer, MockServer], name: str, trouble: Callable[[int], Any]
) -> None:  # fmt: skip
    """Over HTTP, behind slow, breaking and rate-limiting servers: every step is answered, and nothing differs by it."""
    began = time.monotonic()
    one, other = served
    with troubled(one.url, trouble) as a_url, troubled(other.url, lambda n: trouble(n + 2)) as b_url:
        a, b, contract = over_http((a_url, b_url), (one.token, other.token))
        with a, b:
            executed = Execution(a, b, contract, reading(contract, 6)).run()

    assert executed.stopped == ""
    assert executed.not_compared == ()
    silent = [s for side in (executed.a1, executed.b1, executed.a2, executed.b2) for s in side if not s.exchange.reply]
    assert silent == []
    assert {s.exchange.reply.status for s in executed.a1 if s.exchange.reply} == {200}
    again = compare(executed.a1, executed.a2, contract, twice=True)
    assert [d for d in again.differences if d.cls != "latency"] == [], name
    assert time.monotonic() - began < 20


def test_a_side_that_goes_away_is_no_agreement(sides: tuple[Client, Client], contract: Contract) -> None:
    """Where one server is down, each step is kept without an answer, and the run stops by itself."""
    gone = Client(Environment("gone", "http://127.0.0.1:9", timeout=0.5), sides[0].bundle,
                  tokens={"default": "t"}, limits=Limits(errors_in_a_row=4))  # fmt: skip
    with gone:
        program = replace(reading(contract), templates=(Template("POST /gql/v1/clients", "", "list", body={}),) * 9)
        executed = Execution(sides[0], gone, contract, program).run()

    assert "in a row" in executed.stopped
    assert executed.b1
    assert all(step.exchange.reply is None and step.exchange.failure for step in executed.b1)
    assert len(executed.a1) == len(executed.b1) < 9
