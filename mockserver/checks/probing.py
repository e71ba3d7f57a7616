"""Probing: the checks of our own, asked operation by operation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from random import Random

from mockserver.bundle.operations import Operation
from mockserver.checks.gate import NOT_APPLICABLE, READ_ONLY
from mockserver.checks.tallies import Tally
from mockserver.environments.client import Client, Forbidden
from mockserver.exchanges import Exchange, Reply
from mockserver.findings import Finding
from mockserver.probes.base import Contract, Fault, Inconclusive, Judge, Probe, Scene
from mockserver.runs import Observation

Progress = Callable[[str, int], None]


class Probing:
    """Asks each probe's questions; `why_not` keeps, by probe, why it found nothing to ask."""

    def __init__(self, client: Client, contract: Contract, probes: Sequence[Probe], seed: int) -> None:
        self.client = client
        self.contract = contract
        self.probes = probes
        self.tally = Tally()
        self.why_not: dict[str, str] = {}
        self._seed = seed
        self._facts: dict[str, object] = {}

    def run(self, operations: Sequence[Operation], on_progress: Progress | None = None) -> tuple[Observation, ...]:
        """What the probes found; those that write come last, so that the others meet the rows as they are."""
        found: list[Observation] = []
        for probe in sorted(self.probes, key=lambda p: (p.writes, p.code, p.name)):
            self.why_not[probe.name] = self._unable(probe) or NOT_APPLICABLE
            if self._unable(probe):
                continue
            for operation in operations:
                if probe.applies(self.contract, operation):
                    found += self.ask(probe, operation)
            if on_progress is not None:
                on_progress(probe.name, self.tally.ran[probe.name])
        return merged(found)

    def ask(self, probe: Probe, operation: Operation) -> list[Observation]:
        """One probe on one operation; its dice depend on both, not on what was asked before."""
        dice = Random(f"{self._seed} {probe.name} {operation.label}")  # noqa: S311  reproducible on purpose
        scene = Scene(self.contract, self.client, dice, self._facts, probe.name)
        found: list[Observation] = []
        try:
            found.extend(observation(self.contract, probe, operation, fault) for fault in probe.run(scene, operation))
        except Inconclusive as reason:
            self.why_not[probe.name] = str(reason)
            return found
        except Forbidden as refused:
            self.why_not[probe.name] = str(refused) if self.client.writes else READ_ONLY
            return found
        self.tally.ran[probe.name] += 1
        self.tally.failed[probe.name] += bool(found)
        return found

    def _unable(self, probe: Probe) -> str:
        if probe.writes and not self.client.writes:
            return READ_ONLY
        missing = [actor for actor in probe.actors if actor not in self.client.actors]
        return f"no credentials of {', '.join(missing)}" if missing else ""


_FRESH = frozenset({"date", "age", "mock-request-id", "x-request-id", "request-id"})  # another with each reply
_REMEMBERED = 50_000


class Judging:
    """Asks each judge about exchanges, whoever made them; a reply that was clean once is not looked at again."""

    def __init__(self, contract: Contract, judges: Sequence[Judge]) -> None:
        self.contract = contract
        self.judges = judges
        self.tally = Tally()
        self._clean: set[int] = set()

    def __call__(self, operation: Operation, exchange: Exchange) -> Iterable[Observation]:
        """What the judges say of one exchange."""
        if exchange.reply is None:
            return ()
        seen = _same(operation, exchange, exchange.reply)
        known = seen in self._clean
        found = []
        for judge in self.judges:
            faults = list(judge.run(self.contract, operation, exchange)) if judge.timed or not known else []
            self.tally.ran[judge.name] += 1
            self.tally.failed[judge.name] += bool(faults)
            found += [observation(self.contract, judge, operation, fault, exchange) for fault in faults]
        if not found and len(self._clean) < _REMEMBERED:
            self._clean.add(seen)
        return found


def _same(operation: Operation, exchange: Exchange, reply: Reply) -> int:
    headers = tuple(pair for pair in reply.headers if pair[0].lower() not in _FRESH)
    return hash((operation.label, exchange.request.method, reply.status, headers, reply.body))


def observation(
    contract: Contract, check: Judge | Probe, operation: Operation, fault: Fault, exchange: Exchange | None = None
) -> Observation:
    """A fault as a finding with its place in the bundle; nothing is redacted yet."""
    bundle = contract.bundle
    pointer = fault.pointer or operation.pointer
    finding = Finding(
        fault.severity or check.severity,
        check.code,
        fault.message,
        operation.label,
        pointer,
        str(bundle.source),
        bundle.line(pointer),
        fault.detail,
    )
    shown = tuple(sorted(fault.exchanges, key=lambda each: each.at)) or ((exchange,) if exchange is not None else ())
    overlay = {"action": dict(fault.overlay)} if fault.overlay else {}
    return Observation(finding, check.name, exchanges=shown, details=overlay)


def merged(found: Iterable[Observation]) -> tuple[Observation, ...]:
    """Each finding once, with the count of its sightings and its smallest evidence."""
    by_key: dict[str, list[Observation]] = defaultdict(list)
    for one in found:
        by_key[one.key].append(one)
    kept = []
    for same in by_key.values():
        smallest = min(same, key=_size)
        kept.append(_counted(smallest, sum(one.count for one in same)))
    return tuple(kept)


def _size(one: Observation) -> int:
    return sum(
        len(e.request.body) + len(e.request.target) + (len(e.reply.body) if e.reply else 0) for e in one.exchanges
    )


def _counted(one: Observation, count: int) -> Observation:
    return replace(one, count=count)
