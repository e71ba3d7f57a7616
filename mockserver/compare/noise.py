"""Noise: what differs when one environment is asked twice becomes rules; what no rule may excuse stops a run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from mockserver.compare.codes import UNCLEAN
from mockserver.compare.difference import Difference, Side
from mockserver.compare.judgement import compare
from mockserver.compare.rules import TREATMENTS, Rule, Rules
from mockserver.findings import Finding, Severity
from mockserver.probes.base import Contract

_BY_CLASS = {
    "order": "set",
    "latency": "unsteady",
    "paging": "unsteady",
    "count": "unsteady",
    "default": "ignore-value",
    "enum value": "ignore-value",
    "number form": "ignore-value",
    "key order": "ignore-value",
    "encoding": "ignore-value",
}


def learn(first: Side, second: Side, contract: Contract, *, date: str = "") -> Rules:
    """Rules for what differed between two executions against the same environment, with their evidence.

    `date` is an ISO date for the rules (today in UTC where empty). What no rule may excuse is left to `unclean`.
    """
    return rules_for(compare(first, second, contract, twice=True).differences, first, date=date)


def rules_for(found: Sequence[Difference], first: Side, *, date: str = "") -> Rules:
    """Rules for differences that were found between two executions against the same environment."""
    today = date or datetime.now(UTC).date().isoformat()
    asked = Counter(step.label for step in first)
    rules = []
    for difference in found:
        treat = _BY_CLASS.get(difference.cls, "form")
        if difference.cls in TREATMENTS[treat]:
            evidence = f"differed {difference.count} times over {asked[difference.operation]} exchanges asked twice"
            rules.append(
                Rule(
                    difference.operation,
                    difference.place,
                    difference.pointer,
                    treat,
                    f"{difference.cls}: one environment asked twice",
                    today,
                    evidence,
                )
            )
    unique = {(r.operation, r.place, r.pointer, r.treat): r for r in rules}
    return Rules(tuple(unique.values()))


def unclean(first: Side, second: Side, contract: Contract, rules: Rules) -> tuple[Difference, ...]:
    """What still differs between two executions against one environment when the rules have been applied."""
    return compare(first, second, contract, rules, twice=True).differences


def findings(left: tuple[Difference, ...], environment: str) -> Iterator[Finding]:
    """What `unclean` left, as findings that say why the run stops."""
    for difference in left:
        message = f"{environment} differs from itself: {difference.message}"
        yield Finding(
            Severity.ERROR,
            UNCLEAN,
            message,
            difference.operation,
            difference.pointer,
            evidence=f"{difference.a} | {difference.b}",
        )
