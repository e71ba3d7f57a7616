"""Engine: a fuzzing run of schemathesis on an environment, from the plan to findings and counts."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from mockserver.bundle.loader import Bundle
from mockserver.bundle.operations import Operation
from mockserver.checks.cases import PHASES, Plan, known_checks, open_operations, wanted
from mockserver.checks.failures import Flaw, both, observation
from mockserver.checks.probing import Judging, merged
from mockserver.checks.sessions import Drop, Job, Seen
from mockserver.checks.tallies import Tally
from mockserver.checks.validation import validate_exchange
from mockserver.checks.workers import MakeClient, apart, here
from mockserver.environments.limits import Limits
from mockserver.exchanges import Exchange
from mockserver.probes.base import Contract, Judge
from mockserver.runs import Observation
from mockserver.store.relations import infer_model

__all__ = ["CHECKS", "PHASES", "Fuzzed", "Plan", "fuzz", "validate_exchange"]

CHECKS: tuple[tuple[str, str], ...] = tuple((name, codes[0]) for name, codes in known_checks().items())
_MOST_JOBS = 16


@dataclass(frozen=True, slots=True)
class Fuzzed:
    """What a fuzzing run saw. `seconds` is by operation, generation and judging included ("" : walks over several).

    `dropped` are alarms proved false and requests that were not sent, as what, why and count. `stopped` says why the
    run ended before its time; `not_reached` are the operations that were not, or not fully, tested then.
    `untested` says of operations for which no requests could be made why not.
    """

    cases: int = 0
    tally: Tally = field(default_factory=Tally)
    seconds: Mapping[str, float] = field(default_factory=dict)
    observations: tuple[Observation, ...] = ()
    dropped: tuple[Mapping[str, Any], ...] = ()
    stopped: str = ""
    not_reached: tuple[str, ...] = ()
    untested: Mapping[str, str] = field(default_factory=dict)


def fuzz(
    make_client: MakeClient,
    bundle: Bundle,
    plan: Plan,
    *,
    judges: Sequence[Judge] = (),
    limits: Limits | None = None,
    on_progress: Callable[[str, int], None] | None = None,
    on_exchange: Callable[[Exchange], None] | None = None,
) -> Fuzzed:
    """Send what schemathesis makes of the bundle, and judge what comes back.

    `make_client` gives clients of the environment, for the mock in process a fresh one each time; with more than one
    worker it has to be something that can be pickled. `limits` are for all of it (the client's, unless given).
    `on_progress` is told what was tested and how many cases there were so far, `on_exchange` every exchange, in this
    process. Ctrl-C and Stopped end the run, and leave what it saw.
    """
    decide = wanted(plan)
    if not judges and not any(decide(name, code) for name, codes in known_checks().items() for code in codes):
        return Fuzzed()
    with make_client() as client:
        chosen = [o for o in client.bundle.operations if plan.operations is None or o.label in plan.operations]
        operations = open_operations(client, chosen)
        limits, rated = limits or client.limits, client.environment.rate > 0
    jobs = jobs_of(operations, plan)
    journal = _Journal(bundle, judges, on_exchange)
    run = apart if plan.workers > 1 and len(jobs) > 1 and not rated else here  # a rate is one client's to keep
    stopped = ""
    try:
        with closing(run(make_client, plan, jobs, limits)) as news:
            for number, told in news:
                if isinstance(told, str):
                    stopped = stopped or told
                    continue
                journal.note(number, told)
                if on_progress is not None:
                    on_progress(told.label or told.phase, journal.cases)
    except KeyboardInterrupt:
        stopped = "interrupted"
    return journal.fuzzed(jobs, stopped)


def jobs_of(operations: Sequence[Operation], plan: Plan) -> tuple[Job, ...]:
    """The jobs of a run: operations on the same noun stay together, and walks over all of them are one job.

    What a job sends depends on its own replies only, so the jobs must not depend on the number of workers. Those that
    delete come last: on a server of its own state they may take away what the others need.
    """
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for operation in operations:
        groups[operation.noun or operation.entity or ""].append(operation.label)
    alone = tuple(phase for phase in PHASES if phase in plan.phases and phase != "stateful")
    size = max(1, len(operations) // _MOST_JOBS)
    jobs: list[Job] = []
    labels: list[str] = []
    for group in groups.values():
        labels += group
        if len(labels) >= size:
            jobs.append(Job(tuple(labels), alone))
            labels = []
    if labels:
        jobs.append(Job(tuple(labels), alone))
    jobs.sort(key=lambda job: any(label.startswith("DELETE ") for label in job.labels))
    walks = [Job(tuple(o.label for o in operations), ("stateful",))] if "stateful" in plan.phases and operations else []
    return (*(jobs if alone else ()), *walks)


class _Journal:
    """What the jobs saw, put together in the jobs' order, whichever was done first."""

    def __init__(self, bundle: Bundle, judges: Sequence[Judge], on_exchange: Callable[[Exchange], None] | None) -> None:
        self._bundle = bundle
        self._on_exchange = on_exchange
        self._judging = Judging(Contract(bundle, infer_model(bundle)), judges) if judges else None
        self._flaws: defaultdict[int, dict[str, Flaw]] = defaultdict(dict)
        self._judged: defaultdict[int, list[Observation]] = defaultdict(list)
        self._dropped: Counter[Drop] = Counter()
        self._untested: dict[str, str] = {}
        self._seconds: defaultdict[str, float] = defaultdict(float)
        self._phases: defaultdict[str, set[str]] = defaultdict(set)
        self._done: Counter[int] = Counter()
        self._tally = Tally()
        self.cases = 0

    def note(self, number: int, seen: Seen) -> None:
        """Take down what a scenario of a job saw."""
        self.cases += len(seen.exchanges)
        self._seconds[seen.label] += seen.seconds
        self._phases[seen.label].add(seen.phase)
        self._tally.ran.update(seen.ran)
        self._tally.failed.update(seen.failed)
        self._dropped.update(seen.dropped)
        self._untested.update(seen.troubles)
        for key, flaw in seen.flaws.items():
            known = self._flaws[number].get(key)
            self._flaws[number][key] = flaw if known is None else both(known, flaw)
        for exchange in seen.exchanges:
            self._tally.see(exchange)
            if self._on_exchange is not None:
                self._on_exchange(exchange)
            operation = self._bundle.operations.at(*exchange.operation.split(" ", 1)) if exchange.operation else None
            if self._judging is not None and operation is not None:
                found = self._judging(operation, exchange)
                self._judged[number] = list(merged([*self._judged[number], *found])) if found else self._judged[number]

    def fuzzed(self, jobs: Sequence[Job], stopped: str) -> Fuzzed:
        """All of it."""
        raised = [observation(self._bundle, f) for n in range(len(jobs)) for f in self._flaws[n].values()]
        judged = [one for number in range(len(jobs)) for one in self._judged[number]]
        if self._judging is not None:
            self._tally.add(self._judging.tally)
        dropped = tuple({"what": w, "why": y, "count": n} for (w, y), n in sorted(self._dropped.items()))
        return Fuzzed(
            self.cases, self._tally, {label: round(s, 3) for label, s in self._seconds.items()},
            merged([*raised, *judged]), dropped, stopped, self._missing(jobs) if stopped else (), self._untested,
        )  # fmt: skip

    def _missing(self, jobs: Sequence[Job]) -> tuple[str, ...]:
        """The operations that did not go through all of their phases."""
        asked: defaultdict[str, set[str]] = defaultdict(set)
        for job in jobs:
            for label in job.labels:
                asked[label].update(set(job.phases) - {"stateful"})
        return tuple(label for label, phases in asked.items() if phases - self._phases[label])
