"""Sequences that write: what they ask of any bundle, that both sides are left as they were, and what they find."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from mockserver.bundle.loader import load_bundle
from mockserver.compare.boundaries import Admission
from mockserver.compare.makings import Makings, Numbers
from mockserver.compare.program import Program, holes
from mockserver.compare.rules import Rules
from mockserver.compare.runner import Compared, Options, run_compare
from mockserver.compare.sources import program
from mockserver.compare.writing import MOST, writing
from mockserver.environments.client import Client
from mockserver.environments.environment import Environment
from mockserver.environments.guard import reads
from mockserver.environments.ledger import Ledger
from mockserver.probes.base import Contract
from mockserver.store.relations import infer_model
from tests.drifts.comparing import verdict
from tests.drifts.corpus import DRIFTS, A, B, pair
from tests.library.server import BUNDLE
from tests.mutants.hook import Faulty

ACTORS = ("default", "expired", "other-tenant", "reader")
WRITES = (
    "refuses-long-text write-trims auth-reader-writes default-created clock-stale reference-created status-created-ok "
    "idempotency empty-for-null"
).split()


@pytest.fixture(scope="module")
def contract() -> Contract:
    """The contract of our bundle."""
    bundle = A.mock().bundle
    return Contract(bundle, infer_model(bundle))


@dataclass
class Written:
    """A comparison of nothing but sequences, and the rows of both sides before and after it."""

    found: Compared
    before: list[Counter[str]]
    after: list[Counter[str]]

    @property
    def classes(self) -> set[str]:
        """The classes of what was found."""
        return {str(each.details.get("class")) for each in self.found.judged.observations}


def compared(
    contract: Contract, tmp_path: Path, names: Sequence[str] = (), seeds: tuple[int, int] = (3, 4), latency: float = 0.0
) -> Written:
    """Two mocks of our bundle, the second with drifts, asked the sequences alone."""
    drifts = [drift for drift in DRIFTS if drift.name in names]
    sides = pair(*seeds, *drifts, a=replace(A, latency=latency), b=replace(B, latency=latency))
    before = [rows(side) for side in sides]
    clients = [
        Client(Environment(name, writable=True), contract.bundle, app=side, tokens=dict(side.tokens), allow_writes=True)
        for name, side in zip("ab", sides, strict=True)
    ]
    ledgers = Ledger(tmp_path / "a"), Ledger(tmp_path / "b")
    made = writing(contract, 1, ACTORS)
    with clients[0], clients[1]:
        found = run_compare(clients[0], clients[1], contract, Options(), Rules(), program=made, ledgers=ledgers)
    return Written(found, before, [rows(side) for side in sides])


def rows(side: Faulty) -> Counter[str]:
    """How many rows of each entity a mock shows as active; what only its inside knows is left out."""
    world = side.app.pipeline.worlds.main
    store = world.store(world.tenants()[0])
    shown = [name for name in side.app.model.entities if name != "system_ref"]
    return Counter({name: sum(row.get("active") is not False for row in store.all(name)) for name in shown})


def asked(made: Program) -> list[str]:
    """What a program asks, in words."""
    return [f"{each.operation}: {each.about}" for each in made.templates]


def test_two_mocks_alike_are_alike_and_left_as_they_were(contract: Contract, tmp_path: Path) -> None:
    """Nothing is said of sides with other rows and ids, every sequence gets through, and no row of it stays active."""
    done = compared(contract, tmp_path)
    steps = {step.about: step.exchange.reply for step in done.found.record.steps("a1")}

    assert done.found.judged.observations == ()
    assert [note for note in done.found.record.notes if note.startswith("left over")] == []
    assert done.before == done.after
    created = [step for step in done.found.record.steps("a1") if step.about.startswith("create it whole")]
    assert {step.label for step in created if step.exchange.reply and step.exchange.reply.status == 201} == {
        "POST /v1/auth/keys", "POST /api/v1/records/custom", "POST /api/v1/event-subscriptions",
    }  # fmt: skip
    told = [steps[about] for about in ("a batch of one", "a deletion", "change all", "delete it again")]
    assert [reply.status for reply in told if reply is not None] == [200, 200, 200, 200]


@pytest.mark.parametrize("name", WRITES)
def test_drifts_of_writing_are_found(contract: Contract, tmp_path: Path, name: str) -> None:
    """Each drift that only writing shows is told as what it is, with the few steps that show it."""
    drift = next(each for each in DRIFTS if each.name == name)
    latency = 0.004 if name == "clock-stale" else 0.0  # a time needs some time to move in
    done = compared(contract, tmp_path, (name,), latency=latency)

    assert verdict(drift, done.classes) == "found"
    assert min(len(each.exchanges) for each in done.found.judged.observations) <= 6


def test_the_same_program_for_a_seed_within_its_bounds(contract: Contract) -> None:
    """The same seed gives the same steps in the same order, of each sequence something, never more than is allowed."""
    one, two = (writing(contract, 7, ACTORS).to_json() for _ in range(2))
    few = writing(contract, 7, ACTORS, most=80)

    assert json.dumps(one) == json.dumps(two)
    assert len(one["steps"]) <= MOST
    assert len(few.templates) <= 80
    assert {each.sequence for each in few.templates} == {each["sequence"] for each in one["steps"]}
    names = {each.name for each in few.templates}
    taken = {hole["step"] for each in few.templates for kind, hole in holes(each.path) if kind == "$from"}
    assert taken <= names


def test_any_bundle_profits() -> None:
    """A bundle by hand, of another trade: a book lives through creation, lists, changes, deletion and what follows."""
    bundle = load_bundle(BUNDLE)
    told = asked(writing(Contract(bundle, infer_model(bundle)), 1))

    for wanted in (
        "GET /books: list before", "POST /books: create it as nobody",
        "POST /books: create one with as little as it takes", "GET /books: list by author after it is created",
        "POST /books: create the same once more", "POST /books: create one with blanks around texts",
        "PUT /books/{book_id}: change copies alone", "PUT /books/{book_id}: change all again, alike",
        "PUT /books/{book_id}: an unknown property", "DELETE /books/{book_id}: delete it again",
        "GET /books/{book_id}: read it after it is deleted", "PUT /books/{book_id}: change it after it is deleted",
        "POST /books: create it once more",
    ):  # fmt: skip
        assert wanted in told


def test_rows_of_others_are_not_put_at_risk(contract: Contract) -> None:
    """What would change a row of the environment, were it taken, is asked of rows of the run's own alone."""
    changing = {each.label for each in contract.bundle.operations if not reads(each) and each.role.name != "CREATE"}
    made = [*program(contract, 1, 3000, writes=True).templates, *writing(contract, 1, ACTORS).templates]

    asked_of = [each for each in made if each.operation in changing]
    assert len(asked_of) > 100
    assert [each.about for each in asked_of if any(kind == "$row" for kind, _ in holes(each.path))] == []


def test_bodies_are_allowed_and_their_own(contract: Contract) -> None:
    """Bodies keep the bundle, whole ones have more than the least, and each has a name that no other has."""
    for label in ("POST /v1/auth/keys", "POST /api/v1/records/custom", "POST /api/v1/event-subscriptions"):
        operation = contract.bundle.operations.at(*label.split(" "))
        assert operation is not None
        makings = Makings(contract, operation, Admission(contract), Numbers())
        whole, least = makings.whole(), makings.least()
        variants = dict(makings.variants(whole[:2]))

        assert all(makings.takes(body) for body in (*whole, *least, *(b for v in variants.values() for b in v)))
        assert len(whole[0]) > len(least[0])
        assert {"blanks around texts", "letters beyond ASCII", "long texts"} <= set(variants)
        one, other = (makings.finished(makings.named(whole[0])) for _ in range(2))
        assert one["name"] != other["name"]
        assert [kind for kind, _ in holes(one["name"])] == ["$fresh"]
