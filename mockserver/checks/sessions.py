"""Sessions: schemathesis run on a few operations and phases; what each of its scenarios saw, as plain data."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Collection, Generator, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Any

from schemathesis.config import InferenceAlgorithm
from schemathesis.core import SpecificationFeature
from schemathesis.core.failures import Failure
from schemathesis.engine import Status, events
from schemathesis.engine.context import EngineContext
from schemathesis.engine.core import Engine, ExecutionPlan
from schemathesis.engine.observations import Observations
from schemathesis.engine.recorder import CheckNode, ScenarioRecorder
from schemathesis.engine.run import PhaseName

from mockserver.checks.ambiguity import Ambiguity
from mockserver.checks.bearing import bears
from mockserver.checks.cases import Plan, rare_collections, repeatable, schema_of, wanted
from mockserver.checks.failures import SILENCE, UNANSWERED, Flaw, both, flaw_of, unanswered
from mockserver.checks.gateway import Gateway
from mockserver.environments.client import Client
from mockserver.exchanges import Exchange

_PHASES = {
    "examples": PhaseName.EXAMPLES,
    "coverage": PhaseName.COVERAGE,
    "fuzzing": PhaseName.FUZZING,
    "stateful": PhaseName.STATEFUL_TESTING,
}
Drop = tuple[str, str]  # what was dropped, and why


@dataclass(frozen=True, slots=True)
class Job:
    """A part of a run that depends on no other: operations by label, and the phases they go through together."""

    labels: tuple[str, ...]
    phases: tuple[str, ...]


@dataclass(slots=True)
class Seen:
    """What one scenario saw: an operation in a phase, or a walk from operation to operation.

    `label` is the operation's ("" for a walk), `seconds` the time it took with everything. `ran` and `failed` count by
    check, `dropped` the alarms that were proved false; `troubles` are the operations (or "") that could not be tested,
    and why.
    """

    label: str = ""
    phase: str = ""
    seconds: float = 0.0
    exchanges: list[Exchange] = field(default_factory=list)
    ran: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    flaws: dict[str, Flaw] = field(default_factory=dict)
    dropped: Counter[Drop] = field(default_factory=Counter)
    troubles: dict[str, str] = field(default_factory=dict)

    def found(self, flaw: Flaw) -> None:
        """Keep a flaw, or count it where it is known; the smallest evidence stays."""
        known = self.flaws.get(flaw.key)
        self.flaws[flaw.key] = flaw if known is None else both(known, flaw)


class Session:
    """One job, run on one client. `halted` says afterwards why it ended before its time."""

    def __init__(self, client: Client, plan: Plan, job: Job, pause: Callable[[], str] = lambda: "") -> None:
        self._client = client
        self._plan = replace(plan, phases=job.phases)
        self._job = job
        self._pause = pause
        self._decide = wanted(plan)
        self._ambiguity = Ambiguity(client.bundle, plan.refusals or {})
        self.halted = ""

    def run(self) -> Iterator[Seen]:
        """What each scenario saw, as soon as it is over."""
        with repeatable(), rare_collections():
            schema, gateway = schema_of(self._client, self._plan, self._job.labels, self._pause)
            stop = threading.Event()
            with closing(_stream(schema, self._plan.phases, stop)) as stream:
                try:
                    for event in stream:
                        seen = self._seen(event, gateway)
                        if seen is not None:
                            yield seen
                        if isinstance(event, events.Interrupted) and not gateway.halted:
                            gateway.halted = "interrupted"
                except (KeyboardInterrupt, GeneratorExit):
                    gateway.halted = gateway.halted or "interrupted"
                    raise
                finally:
                    stop.set()
                    self.halted = gateway.halted

    def _seen(self, event: Any, gateway: Gateway) -> Seen | None:
        if isinstance(event, events.NonFatalError):
            label = event.label if event.related_to_operation else ""
            return Seen(troubles={label: _first_line(f"{event.info.title}: {event.value}")})
        if not isinstance(event, events.ScenarioFinished):
            return None
        recorder: ScenarioRecorder = event.recorder
        walk = event.phase is PhaseName.STATEFUL_TESTING
        label = "" if walk else event.label or ""
        seen = Seen(label, event.phase.value, event.elapsed_time)
        sent: dict[str, Exchange] = {}
        for identity in recorder.cases:
            if identity in gateway.refused:
                gateway.refused.pop(identity)
                seen.dropped["request", "it may not leave"] += 1
            elif identity in gateway.exchanges:
                sent[identity] = exchange = gateway.exchanges.pop(identity)
                seen.exchanges.append(exchange)
                seen.ran[UNANSWERED] += 1
                if exchange.reply is None and self._decide(UNANSWERED, SILENCE):
                    seen.failed[UNANSWERED] += 1
                    seen.found(unanswered(self._client.bundle, exchange))
        for identity, nodes in recorder.checks.items():
            if identity in sent and sent[identity].reply is not None:
                self._judge(seen, recorder, identity, nodes, sent)
        return seen

    def _judge(
        self,
        seen: Seen,
        recorder: ScenarioRecorder,
        identity: str,
        nodes: list[CheckNode],
        sent: Mapping[str, Exchange],
    ) -> None:
        case, exchange = recorder.cases[identity].value, sent[identity]
        operation = self._client.bundle.operations.at(*case.operation.label.split(" ", 1))
        before = () if seen.label else tuple(sent.values())[: list(sent).index(identity)]
        for node in nodes:
            failure = node.failure_info.failure if node.failure_info is not None else None
            seen.ran[node.name] += failure is not None or bears(node.name, case, operation, exchange, before)
            if node.status is not Status.FAILURE or failure is None or not self._decide(node.name, failure.code):
                continue
            chain = tuple(sent[case.id] for case in _chain(recorder, identity, failure) if case.id in sent)
            reason = self._ambiguity.reason(failure.code, case.operation.label, exchange, chain)
            if reason:
                seen.dropped[f"{failure.code} {node.name}", reason] += 1
                continue
            seen.failed[node.name] += 1
            seen.found(flaw_of(self._client.bundle, node.name, failure, case, chain))


def _chain(recorder: ScenarioRecorder, identity: str, failure: Failure) -> list[Any]:
    return list(recorder.iter_chain_cases(case_id=identity, related_case_ids=failure.related_case_ids()))


def _stream(schema: Any, phases: Collection[str], stop: threading.Event) -> Generator[Any]:
    """Schemathesis' events of these phases, and of no other: it also knows some that send requests of their own."""
    inferred = schema.config.phases.stateful.inference.is_algorithm_enabled(InferenceAlgorithm.LOCATION_HEADERS)
    observations = Observations() if "stateful" in phases and inferred else None
    context = EngineContext(schema=schema, stop_event=stop, observations=observations)
    engine = Engine(schema=schema)
    links = schema.specification.supports_feature(SpecificationFeature.STATEFUL_TESTING)
    steps = [
        engine.get_phase_config(
            name, is_supported=links or name is not PhaseName.STATEFUL_TESTING,
            requires_transitions=name is PhaseName.STATEFUL_TESTING,
        )
        for name in _PHASES.values()
    ]  # fmt: skip
    yield from ExecutionPlan(steps).execute(context)


def _first_line(text: str) -> str:
    return " ".join(text.partition("\n\n")[0].split())[:300]
