"""Noise: what differs when one environment is asked twice becomes rules; what no rule may excuse stops a run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from mockserver.compare.codes import UNCLEAN
from mockserver.compare.difference import Difference, Side
from mockserver.compare.judgement import Memory, compare
from mockserver.compare.program import Program
from mockserver.compare.rules import TREATMENTS, Rule, Rules
from mockserver.environments.guard import reads
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
    "precision": "ignore-value",
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


def own_noise(
    rounds: tuple[Side, Side], contract: Contract, program: Program, memory: Memory
) -> tuple[Difference, ...]:
    """What one environment differed in from itself, in what only reads and in sequences that write.

    What sequences show of rows of their own is held against each other as that of two environments is: each round made
    its own rows. Of it only what a rule may excuse is noise; what none may is no fault of the environment.
    """
    templates = program.templates
    writes = {s.number for s in rounds[0] if s.operation is not None and not reads(s.operation)}
    sequences = {templates[number].sequence for number in writes if number < len(templates)} - {""}
    apart = {number for number, each in enumerate(templates) if each.sequence in sequences}
    still = [[s for s in side if s.number not in writes | apart] for side in rounds]
    found = list(compare(still[0], still[1], contract, twice=True, memory=memory).differences)
    own = [[s for s in side if s.number in apart] for side in rounds]
    for each in compare(own[0], own[1], contract, memory=memory).differences:
        if each.cls in TREATMENTS[_BY_CLASS.get(each.cls, "form")] and each.key not in {one.key for one in found}:
            found.append(each)
    return tuple(found)


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
