"""Noise is learnt from asking one environment twice."""

from __future__ import annotations

from mockserver.compare.noise import findings, learn, unclean
from mockserver.compare.rules import Rules
from tests.compare.made import contract, made
from tests.compare.program import Execution


def test_a_steady_environment_has_no_noise() -> None:
    """Our mock, started anew, answers twice the same but for what is fresh by design."""
    whole = Execution(seed=5, scenario="small")
    one, other = whole.run(part=(0, 3)), whole.run(part=(0, 3))

    assert learn(one, other, whole.contract).rules == ()
    assert unclean(one, other, whole.contract, Rules()) == ()


def test_what_changes_becomes_a_rule_with_its_evidence() -> None:
    """A value that changes from answer to answer is a rule; after it, both executions agree."""
    one, other = ([made(body={"id": 789, "name": name}, number=n) for n in (1, 2)] for name in ("Acme", "Bolt"))

    rules = learn(one, other, contract(), date="2026-03-01")

    [rule] = rules.rules
    assert (rule.operation, rule.place, rule.pointer, rule.treat) == (
        "GET /gql/v1/client/{id}",
        "body",
        "/name",
        "form",
    )
    assert (rule.date, rule.evidence) == ("2026-03-01", "differed 2 times over 2 exchanges asked twice")
    assert unclean(one, other, contract(), rules) == ()


def test_what_no_rule_may_excuse_is_left() -> None:
    """A type that comes and goes is told as a finding that stops the run."""
    one, other = made(body={"id": 789, "name": "Acme"}), made(body={"id": 789, "name": 7})
    rules = learn([one], [other], contract())

    left = unclean([one], [other], contract(), rules)

    assert rules.rules == ()
    assert [(f.code, f.operation) for f in findings(left, "sandbox")] == [("MS341", "GET /gql/v1/client/{id}")]
