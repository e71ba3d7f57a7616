"""The gate: a run that proved too little is never green, and says why."""

from __future__ import annotations

from pathlib import Path

import pytest

from mockserver.bundle.loader import load_bundle
from mockserver.checks.gate import Excuse, gate, load_excuses, reached, unseen
from mockserver.problems import UsageError
from mockserver.runs import CheckTally, OperationTally

GOOD = OperationTally("GET /a", 3, {"200": 3}, reached=True)
RAN = CheckTally("paging", "MS230", ran=4)
BUNDLE = """
openapi: 3.1.0
info: {title: t, version: '1'}
paths:
  /a:
    get:
      responses:
        '200': {description: ok}
        '404': {description: none}
        '4XX': {description: other}
        '500': {description: broken}
  /b: {get: {responses: {'302': {description: there}}}}
"""


def said(*operations: OperationTally, checks: tuple[CheckTally, ...] = (RAN,), **more: object) -> tuple[str, ...]:
    """The gate's reasons for tallies, with credentials unless said otherwise."""
    given = {"actors": ("default",), "needs_actor": True, "whole": True, **more}
    return gate(operations, checks, **given)  # type: ignore[arg-type]


def test_a_run_that_tested_all_has_nothing_against_it() -> None:
    """Every operation reached, every check ran: no reason."""
    assert said(GOOD) == ()


@pytest.mark.parametrize(
    ("operation", "more", "reason"),
    [
        (GOOD, {"actors": ()}, "there were no credentials"),
        (OperationTally("GET /a"), {}, "no request was sent"),
        (OperationTally("GET /a", 9, {"401": 9}), {}, "1 of 1 operations never answered a documented success: GET /a"),
        (OperationTally("GET /a", 9, {"200": 9}, reached=True, unseen=("404",)), {}, "never seen: GET /a 404"),
        (GOOD, {"checks": (RAN, CheckTally("count", "MS235", why_not="no rows"))}, "judged anything: count (no rows)"),
    ],
)  # fmt: skip
def test_each_gap_is_named(operation: OperationTally, more: dict[str, object], reason: str) -> None:
    """Credentials, requests, successes, statuses, checks: what is missing is said in a sentence."""
    assert any(reason in each for each in said(operation, **more))


def test_a_narrowed_run_is_asked_for_less() -> None:
    """Where only some checks were asked for, statuses and successes need not be seen."""
    unreached = OperationTally("GET /a", 9, {"404": 9}, unseen=("200",))

    assert said(unreached, whole=False, reach=False) == ()
    assert len(said(unreached, whole=False)) == 1


def test_statuses_are_seen_by_number_or_class(tmp_path: Path) -> None:
    """`4XX` is seen by any 4xx; a 500 is excused always, others by an excuse that names them."""
    (tmp_path / "b.yaml").write_text(BUNDLE, "utf-8")
    first, second = load_bundle(tmp_path / "b.yaml").operations

    assert unseen(first, {"200": 1, "418": 1}, ()) == ("404",)
    assert unseen(first, {"200": 1, "418": 1}, (Excuse("GET /*", "404", "no ids"),)) == ()
    assert reached(first, {"200": 1})
    assert not reached(first, {"404": 1, "500": 2})
    assert reached(second, {"302": 1})


@pytest.mark.parametrize("text", ["[[unseen]]\noperation='x'\nstatus='404'", "[[unseen]]\nreason=' '", "x = "])
def test_an_excuse_has_a_reason(tmp_path: Path, text: str) -> None:
    """A file of excuses that lacks one, or is no TOML, is refused by its name."""
    file = tmp_path / "unseen.toml"
    file.write_text(text, "utf-8")

    with pytest.raises(UsageError, match=r"unseen\.toml"):
        load_excuses(file)
