"""The engine finds what a server does wrong, and nothing where it does nothing wrong; the same each time."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from mockserver.checks.engine import CHECKS, Fuzzed, Plan, fuzz
from mockserver.environments.client import Limits
from mockserver.exchanges import Exchange
from mockserver.probes.base import Contract, Fault, Judge
from tests.checks.library import BUNDLE, KEY, Library, Opening

PLAN = Plan(seed=3, max_examples=10)
READ, MAKE = "GET /books/{id}", "POST /books"


def run(opening: Opening, plan: Plan = PLAN) -> Fuzzed:
    """A run with what is to be told of it."""
    return fuzz(opening, opening.contract(), plan)


def sent(opening: Opening, plan: Plan) -> list[str]:
    """Every request of a run as it went out."""
    found: list[str] = []
    fuzz(opening, opening.contract(), plan, on_exchange=lambda e: found.append(f"{e.operation} {e.request}"))
    return found


def test_a_server_that_keeps_its_bundle_is_clean(opening: Opening) -> None:
    """No finding, each operation succeeds, and the checks that could judge something did."""
    done = run(opening)

    assert done.observations == ()
    assert (done.stopped, done.not_reached, done.untested) == ("", (), {})
    assert all(any(s.startswith("2") for s in done.tally.statuses[label]) for label in (READ, MAKE, "GET /books"))
    assert done.cases == sum(done.tally.cases.values()) > 100
    idle = {name for name, _ in CHECKS if not done.tally.ran[name]}
    assert idle <= {"use_after_free", "missing_required_header"}  # a walk may not come to it; no header is required
    assert not any(done.tally.failed.values())


@pytest.mark.parametrize(
    ("fault", "code", "operation", "said"),
    [
        ("crash", "ST101", MAKE, "a server error: 500"),
        ("undeclared status", "ST103", "GET /books", "the status 418 is not documented"),
        ("wrong media", "ST105", "GET /books", "the media type text/html is not documented for 200"),
        ("no header", "ST107", MAKE, "the reply 201 lacks the header X-Shelf"),
        ("accepts all", "ST201", MAKE, "data that break the schema in the body are accepted with 201"),
        ("picky", "ST202", MAKE, "data that keep the schema are refused with 400"),
        ("open", "ST401", "GET /books", "it answers without credentials"),
        ("lost", "ST302", MAKE, "what was created is not there"),
        ("undead", "ST301", "DELETE /books/{id}", "what was deleted is still there"),
        ("mute", "MS290", READ, "the server does not answer"),
    ],
)
def test_each_fault_is_found_by_its_check(opening: Opening, fault: str, code: str, operation: str, said: str) -> None:
    """The finding has the check's own code, words without values, its place in the bundle and the evidence."""
    walk = ("stateful",) if code in ("ST301", "ST302") else ("examples", "coverage", "fuzzing")
    plan = replace(PLAN, max_examples=30 if walk == ("stateful",) else 5, phases=walk)
    done = run(replace(opening, faults=(fault,)), plan)

    found = {(o.finding.code, o.finding.operation): o for o in done.observations}
    one = found[code, operation]
    assert one.finding.message == said
    assert one.finding.line == next(n for n, line in enumerate(BUNDLE.splitlines(), 1) if _starts(operation, n, line))
    assert one.count >= 1
    assert done.tally.failed[one.check] >= 1
    assert one.exchanges[-1].request.method in ("GET", "POST")
    assert len({o.key for o in done.observations}) == len(done.observations)


def _starts(operation: str, number: int, line: str) -> bool:
    method, path = operation.split(" ")
    start = next(n for n, text in enumerate(BUNDLE.splitlines(), 1) if text == f"  {path}:")
    return number > start and line == f"    {method.lower()}:"


def test_a_broken_reply_is_shown_with_the_place_of_its_schema(opening: Opening) -> None:
    """The pointer leads to the very property that the reply breaks, though it stands behind a reference."""
    done = run(replace(opening, faults=("wrong schema",)), replace(PLAN, phases=("examples", "coverage")))

    (one,) = [o for o in done.observations if o.finding.code == "ST108"]
    assert one.finding.message == "the body of 200: `type` does not hold at [].title"
    assert one.finding.pointer == "/components/schemas/Book/properties/title/type"
    assert one.count > 1
    assert len(one.exchanges) == 1


def test_a_walk_is_shown_in_its_order(opening: Opening) -> None:
    """What was deleted and is still there takes a creation, a deletion and a look, in this order."""
    done = run(replace(opening, faults=("undead",)), replace(PLAN, max_examples=30, phases=("stateful",)))

    (one,) = [o for o in done.observations if o.finding.code == "ST301"]
    methods = [e.request.method for e in one.exchanges]
    assert methods[0] == "POST"
    assert methods.index("DELETE") < len(methods) - 1
    assert methods[-1] == "GET"
    assert one.exchanges[methods.index("DELETE")].request.path == one.exchanges[-1].request.path
    assert one.exchanges[-1].reply is not None
    assert one.exchanges[-1].reply.status == 200


def test_the_same_seed_sends_the_same_requests_by_however_many(opening: Opening) -> None:
    """Byte by byte, from one process or from two; another seed sends others."""
    plan = replace(PLAN, max_examples=3)
    once = sent(opening, plan)

    assert sent(opening, plan) == once
    assert Counter(sent(opening, replace(plan, workers=2))) == Counter(once)
    assert sent(opening, replace(plan, seed=4)) != once


def test_only_reading_leaves_a_read_only_environment(opening: Opening) -> None:
    """Nothing gets round the guard: neither phases nor links nor methods that are not declared."""
    library = Library()
    done = run(replace(opening, writable=False, app=library))

    assert {method for method, _, _ in library.seen} <= {"GET", "OPTIONS", "TRACE"}
    assert {label for label in done.tally.statuses if done.tally.statuses[label]} == {"GET /books", READ}
    assert done.observations == ()


def test_the_real_credentials_go_out_and_no_stand_in_does(opening: Opening) -> None:
    """The server sees the real key, none, or one made up; what stands for it towards the generator stays here."""
    library = Library()
    run(replace(opening, app=library), replace(PLAN, phases=("examples", "coverage")))

    keys = {key for _, _, key in library.seen}
    assert {KEY, ""} < keys
    assert not any("stand-in" in key for key in keys)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_budget_ends_the_run_at_once(opening: Opening, workers: int) -> None:
    """No request more than allowed, what was seen is kept, and what was not reached is said."""
    done = run(replace(opening, limits=Limits(requests=40)), replace(PLAN, workers=workers))

    assert done.stopped == "The budget of 40 requests is spent."
    assert 0 < done.cases <= 40
    assert done.not_reached


def test_errors_in_a_row_end_the_run(opening: Opening) -> None:
    """A server that fails and fails is left alone; the finding stays."""
    opening = replace(opening, faults=("mute",), limits=Limits(errors_in_a_row=6))
    done = run(opening, replace(PLAN, operations=(READ,)))

    assert "6 requests in a row" in done.stopped
    assert [o.finding.code for o in done.observations] == ["MS290"]
    assert done.not_reached == (READ,)


@pytest.mark.parametrize("workers", [1, 2])
def test_an_interrupted_run_keeps_what_it_saw(opening: Opening, workers: int) -> None:
    """Ctrl-C gives the counts and findings so far."""

    def interrupt(_label: str, cases: int) -> None:
        if cases > 20:
            raise KeyboardInterrupt

    plan = replace(PLAN, workers=workers)
    faulty = replace(opening, faults=("no header", "crash"))
    done = fuzz(faulty, faulty.contract(), plan, on_progress=interrupt)

    assert done.stopped == "interrupted"
    assert done.cases > 20
    assert done.not_reached


def test_stated_refusals_are_no_failures(tmp_path: Path) -> None:
    """Valid data may be refused in words that the bundle allows, and in no others; how often is counted."""
    allowing = BUNDLE.replace("    post:\n", "    post:\n      x-mock-refusals: {'400': [TITLE_TAKEN]}\n")
    other = allowing.replace("TITLE_TAKEN", "SOMETHING_ELSE")
    plan = replace(PLAN, phases=("coverage",))
    picky = Opening(str(tmp_path), ("picky",), bundle=allowing)

    allowed, refused = run(picky, plan), run(replace(picky, bundle=other), plan)

    assert "ST202" not in {o.finding.code for o in allowed.observations}
    assert [d["what"] for d in allowed.dropped] == ["ST202 positive_data_acceptance"]
    assert "ST202" in {o.finding.code for o in refused.observations}
    given = replace(plan, refusals={MAKE: frozenset({"TITLE_TAKEN"})})
    assert "ST202" not in {o.finding.code for o in run(replace(picky, bundle=other), given).observations}


def test_only_and_skip_take_names_and_codes(opening: Opening) -> None:
    """What was not asked for is neither judged nor counted; names of other checks mean nothing here."""
    faulty = replace(opening, faults=("no header", "undeclared status"))
    plan = replace(PLAN, phases=("coverage",))

    only = run(faulty, replace(plan, only=("ST103", "some_probe")))
    skip = run(faulty, replace(plan, skip=("status_code_conformance",)))

    assert {o.finding.code for o in only.observations} == {"ST103"}
    assert not only.tally.ran["response_headers_conformance"]
    assert "ST107" in {o.finding.code for o in skip.observations}
    assert "ST103" not in {o.finding.code for o in skip.observations}
    assert run(faulty, replace(plan, only=("some_probe",))).cases == 0


def test_judges_see_every_exchange(opening: Opening) -> None:
    """A judge of one's own is asked about each reply, and what it finds is one finding with its count."""

    def look(_contract: Contract, _operation: object, exchange: Exchange) -> object:
        if exchange.reply is not None and exchange.reply.status == 404:
            yield Fault("it was not there")

    judge = Judge("found", "MS299", "looks for 404", look)  # type: ignore[arg-type]  a generator of faults
    plan = replace(PLAN, phases=("coverage",), operations=(READ,))
    done = fuzz(opening, opening.contract(), plan, judges=(judge,))

    (one,) = done.observations
    assert one.count == done.tally.failed["found"] == done.tally.statuses[READ]["404"]
    assert done.tally.ran["found"] == done.cases


def test_nothing_is_written_where_one_stands(opening: Opening, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither hypothesis nor schemathesis leaves a folder behind."""
    place = tmp_path / "here"
    place.mkdir()
    monkeypatch.chdir(place)
    run(opening, replace(PLAN, max_examples=3))

    assert list(place.iterdir()) == []
