"""Differences of sequences shrink to the fewest steps that still show them, on real servers and on paper."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mockserver.bundle.loader import load_bundle
from mockserver.compare.program import Program, Template
from mockserver.compare.rules import Rules
from mockserver.compare.runner import Compared, Options, run_compare
from mockserver.compare.sequences import Shortening, as_sequence, needed
from mockserver.environments.client import Client, Limits
from mockserver.environments.environment import Environment
from mockserver.environments.ledger import Ledger
from mockserver.probes.base import Contract
from mockserver.store.relations import infer_model
from tests.library.pair import behaving
from tests.library.server import BUNDLE, KEY, Library, library

BOOK = {"title": "Ours", "author": "Nobody"}
MADE = {"book_id": {"$from": {"step": "made", "pointer": "/id"}}}


def a_long_story() -> Program:
    """Twelve steps around a book, as a person would write them down."""
    other = {"book_id": {"$from": {"step": "other", "pointer": "/id"}}}
    steps = [
        Template("GET /books", "the books", "scenario"),
        Template("POST /books", "another book", "scenario", body={**BOOK, "title": "Other"}, name="other"),
        Template("GET /books/{book_id}", "read the other", "scenario", path=other),
        Template("POST /books", "a book", "scenario", body=BOOK, name="made"),
        Template("GET /books", "the books with it", "scenario"),
        Template("GET /books/{book_id}", "read it", "scenario", path=MADE),
        Template("GET /hours", "the hours", "scenario"),
        Template("PUT /books/{book_id}", "change the other", "scenario", path=other, body={**BOOK, "copies": 2}),
        Template("PUT /books/{book_id}", "change it", "scenario", path=MADE, body={**BOOK, "copies": 3}),
        Template("DELETE /books/{book_id}", "delete the other", "scenario", path=other),
        Template("GET /books", "the books without the other", "scenario"),
        Template("GET /books/{book_id}", "read it at last", "scenario", path=MADE),
    ]
    return as_sequence(Program(tuple(steps)), "story.yaml")


def forgetful(served: Library) -> None:
    """A library that tells of the copies of a book as a text, once the book has been changed."""
    changed: set[str] = set()

    def answer(told: Any, method: str, target: str) -> Any:
        status, body, headers = told
        one = re.search(r"/books/(\d+)", target)
        if one and method == "PUT" and status == 200:
            changed.add(one[1])
        elif one and method == "GET" and one[1] in changed:
            body = {**body, "copies": str(body["copies"])}
        return status, body, headers

    behaving(served, answer)


def told(tmp_path: Path, spoil: Callable[[Library], None], program: Program, **limits: Any) -> tuple[Compared, Library]:
    """Two libraries over HTTP, the second spoilt, asked a program with writes."""
    bundle = load_bundle(BUNDLE)
    contract = Contract(bundle, infer_model(bundle))
    with library() as a, library() as b:
        spoil(b)
        clients = [
            Client(Environment(name, served.url, writable=True, rate=0), bundle, tokens={"default": KEY},
                   allow_writes=True, limits=Limits(**limits))
            for name, served in (("a", a), ("b", b))
        ]  # fmt: skip
        ledgers = Ledger(tmp_path / "a"), Ledger(tmp_path / "b")
        with clients[0], clients[1]:
            found = run_compare(clients[0], clients[1], contract, Options(), Rules(), program=program, ledgers=ledgers)
        assert set(a.books) == set(b.books) == set(range(1, 24))
    return found, b


def test_twelve_steps_shrink_to_three(tmp_path: Path) -> None:
    """Of twelve steps three are left: the book is made, changed and read; their exchanges are those of the report."""
    found, _ = told(tmp_path, forgetful, a_long_story())
    seen = found.judged.observations[0]

    assert {each.details["asked"] for each in found.judged.observations} == {"read it at last"}
    assert (seen.details["class"], seen.details["pointer"]) == ("type", "/copies")
    assert seen.details["smallest request"] == "3 of 12 steps: POST /books; PUT /books/{book_id}; GET /books/{book_id}"
    assert [exchange.environment for exchange in seen.exchanges] == ["a"] * 3 + ["b"] * 3
    assert [exchange.request.method for exchange in seen.exchanges[3:]] == ["POST", "PUT", "GET"]
    assert json.loads(seen.exchanges[-1].reply.body)["copies"] == "3" if seen.exchanges[-1].reply else False


def test_generated_sequences_shrink_too(tmp_path: Path) -> None:
    """A fault in the midst of the life of a row is told with two steps: the row is made, then it is changed."""
    from mockserver.compare.writing import writing

    bundle = load_bundle(BUNDLE)
    made = writing(Contract(bundle, infer_model(bundle)), 1)

    def moving(served: Library) -> None:
        served.faults = frozenset({"update-moves-date"})

    found, _ = told(tmp_path, moving, made)
    [seen] = found.judged.observations

    assert (seen.details["class"], seen.details["pointer"]) == ("freshness", "/added_at")
    assert re.fullmatch(r"2 of \d\d steps: POST /books; PUT /books/{book_id}", seen.details["smallest request"])


def test_without_a_budget_nothing_is_shrunk(tmp_path: Path) -> None:
    """Where the clients may send no more, the sequence is that of the run: what the step takes from, and itself."""
    found, b = told(tmp_path, forgetful, a_long_story(), requests=45)
    seen = found.judged.observations[0]

    assert "smallest request" not in seen.details
    assert [exchange.request.method for exchange in seen.exchanges] == ["POST", "GET"] * 2
    assert len(b.asked) <= 45


def shortening(size: int, wanted: set[int], takes: dict[int, int] | None = None) -> tuple[Shortening, list[list[str]]]:
    """A sequence of steps on paper that shows a difference where it has the wanted ones; and what was tried."""
    tried: list[list[str]] = []
    templates = []
    for number in range(size):
        source = (takes or {}).get(number)
        path = {} if source is None else {"id": {"$from": {"step": f"s{source}", "pointer": "/id"}}}
        templates.append(Template("GET /x", str(number), "write", path=path, name=f"s{number}", sequence="s"))

    def shows(program: Program) -> bool:
        tried.append([each.about for each in program.templates])
        return wanted <= {int(each.about) for each in program.templates}

    return Shortening(Program(tuple(templates)), shows), tried


@pytest.mark.parametrize("wanted", [{3}, {3, 11}, {0, 19}, {2, 9, 16}])
def test_what_is_not_needed_is_left_out(wanted: set[int]) -> None:
    """Whichever steps matter, they alone are left, in their order and within the tries."""
    search, tried = shortening(24, wanted)
    search.most = 80
    found = search.run(23)

    assert found is not None
    assert found.numbers == (*sorted(wanted), 23)
    assert (found.of, found.tries) == (24, len(tried))


def test_what_gives_ids_stays() -> None:
    """A step from which a kept one takes something is kept; nothing is ever asked without what it takes."""
    search, tried = shortening(10, {6}, {6: 2, 2: 0})
    found = search.run(9)

    assert found is not None
    assert found.numbers == (0, 2, 6, 9)
    for each in tried:
        assert "6" not in each or "2" in each
        assert "2" not in each or "0" in each
    assert needed(search.program, [6], range(6)) == [0, 2]


def test_what_does_not_show_again_is_not_told() -> None:
    """A difference that not even the whole sequence shows again has no shortest sequence."""
    search, tried = shortening(6, {99})

    assert search.run(5) is None
    assert len(tried) <= 6
