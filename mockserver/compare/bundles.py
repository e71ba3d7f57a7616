"""Bundles: two bundles and one service, to tell whether the contract moved or the service did."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from mockserver.bundle.changes import Change, changes
from mockserver.bundle.loader import Bundle
from mockserver.checks.validation import validate_exchange
from mockserver.compare.codes import CONTRACT_MOVED, SERVICE_MOVED, UNSEEN_CHANGE
from mockserver.compare.difference import Step
from mockserver.compare.filling import SideState, Unfilled, fill
from mockserver.compare.pools import Pool
from mockserver.compare.program import Program
from mockserver.compare.rows import Pairs
from mockserver.environments.client import Client, Forbidden, Stopped
from mockserver.environments.recordings import attach
from mockserver.exchanges import Exchange
from mockserver.findings import Finding, Severity
from mockserver.probes.base import Contract
from mockserver.problems import UsageError
from mockserver.runs import Observation, OperationTally

Verdict = Literal["contract", "service", "both", "neither", "unseen"]
WORDS: dict[Verdict, str] = {
    "contract": "the contract moved, the service did not: it keeps the old bundle",
    "service": "the service moved: it keeps the new bundle and breaks the old one",
    "both": "contract and service moved, and not together: the service breaks both bundles",
    "neither": "the change does not touch what the service does: it keeps both bundles",
    "unseen": "the contract changed; no traffic shows whether the service did",
}
_CODES: dict[Verdict, tuple[str, Severity]] = {
    "contract": (CONTRACT_MOVED, Severity.ERROR), "service": (SERVICE_MOVED, Severity.ERROR),
    "both": (SERVICE_MOVED, Severity.ERROR), "unseen": (UNSEEN_CHANGE, Severity.INFO),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Moved:
    """What became of one operation: the changes of its contract, and what traffic breaks in either bundle.

    `old` and `new` count exchanges that break a bundle, by what is wrong; `seen` counts all exchanges.
    """

    operation: str
    verdict: Verdict
    changes: tuple[Change, ...]
    seen: int
    old: tuple[tuple[str, int], ...] = ()
    new: tuple[tuple[str, int], ...] = ()
    exchanges: tuple[Exchange, ...] = ()


def compare_bundles(old: Bundle, new: Bundle, traffic: Sequence[Exchange]) -> list[Moved]:
    """What moved, for each operation that changed or that traffic shows to break one of the bundles."""
    changed: dict[str, list[Change]] = defaultdict(list)
    for change in changes(old, new):
        for label in change.operations:
            changed[label].append(change)
    broken: dict[str, tuple[Counter[str], Counter[str]]] = defaultdict(lambda: (Counter(), Counter()))
    seen: Counter[str] = Counter()
    shown: dict[str, list[Exchange]] = defaultdict(list)
    sides = [attach(list(traffic), bundle, "") for bundle in (old, new)]
    for pair in zip(*sides, strict=True):
        label = next((exchange.operation for exchange in pair if exchange.operation), "")
        if not label:
            continue
        seen[label] += 1
        flaws = [set(_flaws(bundle, exchange)) for bundle, exchange in zip((old, new), pair, strict=True)]
        for at in (0, 1):
            broken[label][at].update(flaws[at])
        if flaws[0] != flaws[1]:
            shown[label].append(pair[0])
    labels = dict.fromkeys((*changed, *(label for label, found in broken.items() if found[0] != found[1])))
    return [
        Moved(
            label, _verdict(broken[label], seen[label]), tuple(changed[label]), seen[label],
            tuple(broken[label][0].most_common()), tuple(broken[label][1].most_common()), tuple(shown[label][:2]),
        )
        for label in labels
    ]  # fmt: skip


def ask(client: Client, contract: Contract, program: Program) -> Iterator[Exchange]:
    """Traffic of one environment: the program asked once, its holes filled with what the environment shows."""
    pool = Pool(contract)
    state = SideState(0, client.environment.name, Pairs(pool, pool, contract))
    for number, template in enumerate(program.templates):
        operation = contract.bundle.operations.at(*template.operation.split(" ", 1))
        if operation is None or template.actor not in ("", "default", *client.actors):
            continue
        request = fill(template, operation, state)
        if isinstance(request, Unfilled):
            continue
        try:
            exchange = client.send(request, operation=operation, actor=template.actor, purpose="compare bundles")
        except (Forbidden, UsageError):
            continue
        except Stopped:
            return
        step = Step(number, operation, exchange, template.about)
        state.steps[number] = step
        if template.name:
            state.steps[template.name] = step
        pool.see(step)
        yield exchange


def observations(found: Sequence[Moved], old: Bundle, new: Bundle) -> list[Observation]:
    """The findings of two bundles: one for each operation that moved."""
    made = []
    for moved in found:
        if moved.verdict == "neither":
            continue
        code, severity = _CODES[moved.verdict]
        bundle = new if any(o.label == moved.operation for o in new.operations) else old
        operation = next((o for o in bundle.operations if o.label == moved.operation), None)
        pointer = operation.pointer if operation is not None else ""
        finding = Finding(severity, code, WORDS[moved.verdict], moved.operation, pointer, str(bundle.source),
                          bundle.line(pointer) or 0 if pointer else 0, evidence=_evidence(moved))  # fmt: skip
        made.append(Observation(finding, check="bundles", count=max(1, moved.seen), exchanges=moved.exchanges,
                                details={"class": moved.verdict}))  # fmt: skip
    return made


def tallies(found: Sequence[Moved], traffic: Sequence[Exchange]) -> tuple[OperationTally, ...]:
    """How often each operation was asked, and what it answered."""
    statuses: dict[str, Counter[str]] = defaultdict(Counter)
    for exchange in traffic:
        statuses[exchange.operation][str(exchange.reply.status) if exchange.reply is not None else "none"] += 1
    labels = dict.fromkeys((*(moved.operation for moved in found), *statuses))
    return tuple(
        OperationTally(label, statuses[label].total(), dict(statuses[label]),
                       reached=any(status.startswith("2") for status in statuses[label]))
        for label in labels if label
    )  # fmt: skip


def _verdict(broken: tuple[Counter[str], Counter[str]], seen: int) -> Verdict:
    if not seen:
        return "unseen"
    old, new = broken[0] - broken[1], broken[1] - broken[0]
    if old and new:
        return "both"
    if old:
        return "service"
    if new:
        return "contract"
    return "both" if broken[0] else "neither"


def _flaws(bundle: Bundle, exchange: Exchange) -> Iterator[str]:
    """What is wrong with an exchange by a bundle; a bundle without the operation says nothing of it."""
    if exchange.operation:
        for observation in validate_exchange(bundle, exchange):
            yield observation.finding.message


def _evidence(moved: Moved) -> str:
    lines = [f"{change.kind.value}: {change.message}" for change in moved.changes[:6]]
    for name, flaws in (("old", moved.old), ("new", moved.new)):
        lines += [f"breaks the {name} bundle {times} times: {text}" for text, times in flaws[:4]]
    return "\n".join(lines)
