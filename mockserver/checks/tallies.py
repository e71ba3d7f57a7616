"""Tallies: what was sent to each operation, what came back, how often each check judged."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from mockserver.bundle.operations import Operation
from mockserver.checks.gate import Excuse, reached, unseen
from mockserver.exchanges import Exchange
from mockserver.runs import CheckTally, OperationTally


@dataclass(slots=True)
class Tally:
    """Counts of a run; a run in several processes has one each, added up at the end."""

    statuses: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    seconds: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    cases: Counter[str] = field(default_factory=Counter)
    ran: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)

    def see(self, exchange: Exchange) -> None:
        """Count an exchange; probes with a method that is not the operation's own count as cases, not as statuses."""
        label = exchange.operation
        if not label:
            return
        self.cases[label] += 1
        self.seconds[label] += exchange.took
        if exchange.reply is not None and exchange.request.method == label.partition(" ")[0]:
            self.statuses[label][str(exchange.reply.status)] += 1

    def add(self, other: Tally) -> None:
        """Count what another tally counted as well."""
        for label, seen in other.statuses.items():
            self.statuses[label].update(seen)
        for label, seconds in other.seconds.items():
            self.seconds[label] += seconds
        for mine, theirs in ((self.cases, other.cases), (self.ran, other.ran), (self.failed, other.failed)):
            mine.update(theirs)

    def operations(
        self, operations: Iterable[Operation], left_out: dict[str, str], excuses: Sequence[Excuse] = ()
    ) -> tuple[OperationTally, ...]:
        """The tally of each operation in scope; `left_out` says by label why one was not (fully) tested."""
        return tuple(
            OperationTally(
                operation.label,
                self.cases[operation.label],
                dict(sorted(self.statuses[operation.label].items())),
                round(self.seconds[operation.label], 3),
                reached(operation, self.statuses[operation.label]),
                left_out.get(operation.label, ""),
                unseen(operation, self.statuses[operation.label], excuses),
            )
            for operation in operations
        )

    def checks(self, known: Iterable[tuple[str, str]], why_not: dict[str, str]) -> tuple[CheckTally, ...]:
        """The tally of each check, given as (name, code); `why_not` says by name why one did not run."""
        return tuple(
            CheckTally(name, code, self.ran[name], self.failed[name], "" if self.ran[name] else why_not.get(name, ""))
            for name, code in known
        )
