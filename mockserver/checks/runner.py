"""A whole check of an environment: probes, fuzzing, judges, clean-up, verdict and gate, in this order."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any

from mockserver.bundle.loader import Bundle
from mockserver.bundle.operations import Operation
from mockserver.checks.asking import Asked, Beside, Questions, ask
from mockserver.checks.engine import CHECKS, PHASES, Fuzzed, Plan, fuzz, validate_exchange
from mockserver.checks.gate import Excuse, gate
from mockserver.checks.probing import Progress, merged
from mockserver.checks.tallies import Tally
from mockserver.checks.verdict import Voice
from mockserver.environments.client import Client, Limits
from mockserver.environments.guard import reads
from mockserver.environments.ledger import Ledger, clean_up, watch
from mockserver.probes.base import Contract
from mockserver.probes.registry import judges, probes
from mockserver.problems import UsageError, did_you_mean
from mockserver.runs import CheckTally, Observation, OperationTally
from mockserver.store.relations import infer_model

MakeClient = Callable[[], Client]
_WRITES = "it writes, and this environment is only read"
_STOPPED = "the run ended before: "


@dataclass(frozen=True, slots=True)
class Options:
    """What a run is asked: which operations (globs of label or id, tags), which checks (names or codes), how much.

    `excuses` are the documented statuses that need not be seen. `workers` are processes, for environments that each
    of them can have for itself.
    """

    seed: int = 1
    max_examples: int = 50
    phases: tuple[str, ...] = PHASES
    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    operations: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    workers: int = 1
    excuses: tuple[Excuse, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether all is run, so that the gate may ask for every check and every documented status."""
        narrowed = self.only or self.skip or self.operations or self.tags
        return not narrowed and set(self.phases) == set(PHASES)

    def shown(self) -> dict[str, Any]:
        """What a report says of them."""
        names = ("max_examples", "phases", "only", "skip", "operations", "tags", "workers")
        return {name.replace("_", "-"): getattr(self, name) for name in names if getattr(self, name)}

    def wants(self, name: str, code: str) -> bool:
        """Whether a check is asked for."""
        return (not self.only or bool({name, code} & set(self.only))) and not {name, code} & set(self.skip)


@dataclass(frozen=True, slots=True)
class Checked:
    """What a run saw, before baselines and redaction: `gate` says why it proves too little, `stopped` what ended it."""

    bundle: Bundle
    observations: tuple[Observation, ...]
    operations: tuple[OperationTally, ...]
    checks: tuple[CheckTally, ...]
    gate: tuple[str, ...] = ()
    dropped: tuple[Mapping[str, Any], ...] = ()
    notes: tuple[str, ...] = ()
    stopped: str = ""
    secrets: frozenset[str] = frozenset()


def in_scope(bundle: Bundle, globs: Sequence[str], tags: Sequence[str]) -> tuple[Operation, ...]:
    """The operations that are meant; UsageError for a glob or a tag that means none."""
    chosen = []
    for operation in bundle.operations:
        named = not globs or any(fnmatchcase(operation.label, g) or fnmatchcase(operation.id, g) for g in globs)
        if named and (not tags or set(tags) & set(operation.tags)):
            chosen.append(operation)
    if not chosen:
        known = [*(o.label for o in bundle.operations), *(o.id for o in bundle.operations)]
        known = sorted({t for o in bundle.operations for t in o.tags}) if tags and not globs else known
        asked = ", ".join([*globs, *tags])
        raise UsageError(f"No operation of {bundle.source} is meant by {asked}.{did_you_mean(asked, known)}")
    return tuple(chosen)


def known_checks() -> tuple[tuple[str, str], ...]:
    """Every check there is, as (name, code)."""
    judging = [(judge.name, judge.code) for judge in judges()]
    return (*CHECKS, *judging, *((probe.name, probe.code) for probe in probes()))


def run_checks(
    make_client: MakeClient,
    options: Options,
    *,
    ledger: Ledger | None = None,
    against: tuple[MakeClient, bool] | None = None,
    on_progress: Progress | None = None,
) -> Checked:
    """Check the environment that `make_client` gives clients of; raises what its preflight raises.

    `against` makes clients of the second server that findings are tried on, and says whether that is the mock.
    """
    _refuse_unknown(options)
    watched = Watched(make_client, ledger)
    with watched() as client:
        return _Session(client, watched, options, ledger, on_progress).run(against)


@dataclass(frozen=True, slots=True)
class Watched:
    """Makes clients that write down in the ledger what they make, in whatever process: nothing is forgotten."""

    make_client: MakeClient
    ledger: Ledger | None = None

    def __call__(self) -> Client:
        """A client."""
        client = self.make_client()
        if self.ledger is not None and client.writes:
            watch(client, self.ledger)
        return client


class _Session:
    def __init__(
        self,
        client: Client,
        make_client: MakeClient,
        options: Options,
        ledger: Ledger | None,
        on_progress: Progress | None,
    ) -> None:
        self.client = client
        self.make_client = make_client
        self.options = options
        self.ledger = ledger
        self.on_progress = on_progress
        self.bundle = client.bundle
        self.contract = Contract(self.bundle, infer_model(self.bundle))
        self.judges = [judge for judge in judges() if options.wants(judge.name, judge.code)]
        self.probes = [probe for probe in probes() if options.wants(probe.name, probe.code)]
        self.tally = Tally()
        self.began = time.monotonic()
        self.notes: list[str] = []
        self.stopped = ""

    def run(self, against: tuple[MakeClient, bool] | None) -> Checked:
        client = self.client
        client.preflight()
        scope = in_scope(self.bundle, self.options.operations, self.options.tags)
        may = [operation for operation in scope if client.writes or reads(operation)]
        left_out = {operation.label: _WRITES for operation in scope if operation not in may}
        chosen = frozenset(name for name, code in known_checks() if self.options.wants(name, code))
        questions = Questions(self.options.seed, chosen, tuple(operation.label for operation in may))
        fuzzed, asked = Fuzzed(), Asked()
        try:
            if self.options.workers > 1 and not client.environment.url:
                with Beside(self.make_client, questions) as beside:
                    fuzzed = self._fuzz(may)
                    asked = asked if self.stopped else beside.result()
            else:
                asked = ask(client, questions, self.on_progress)
                self.stopped = asked.stopped
                fuzzed = fuzzed if self.stopped else self._fuzz(may)
        except KeyboardInterrupt:
            self.stopped = "interrupted"
        finally:
            self._clean_up()
        for part in (asked.tally, fuzzed.tally):
            self.tally.add(part)
        for label in fuzzed.not_reached if not self.stopped else [o.label for o in may]:
            left_out.setdefault(label, f"{_STOPPED}{self.stopped}")
        operations = self.tally.operations(scope, left_out, self.options.excuses)
        checks = self._check_tallies(asked.why_not)
        return Checked(
            self.bundle,
            self._judged(merged([*asked.observations, *fuzzed.observations]), against),
            operations,
            checks,
            self._gate(operations, checks, may),
            fuzzed.dropped,
            tuple(self.notes),
            self.stopped,
            client.secrets,
        )

    def _fuzz(self, operations: Sequence[Operation]) -> Fuzzed:
        options = self.options
        plan = Plan(
            options.seed,
            options.max_examples,
            options.phases,
            only=options.only,
            skip=options.skip,
            operations=tuple(operation.label for operation in operations),
            workers=options.workers,
        )
        fuzzed = fuzz(
            self.make_client,
            self.bundle,
            plan,
            judges=self.judges,
            limits=self._left(),
            on_progress=self.on_progress,
        )
        self.stopped = fuzzed.stopped
        return fuzzed

    def _left(self) -> Limits:
        """What is left of the run's budget for the fuzzing, where both share one."""
        limits = self.client.limits
        requests = None if limits.requests is None else max(0, limits.requests - self.client.requests)
        spent = time.monotonic() - self.began
        return replace(limits, requests=requests, seconds=limits.seconds and max(0.1, limits.seconds - spent))

    def _clean_up(self) -> None:
        if self.ledger is None or not self.client.writes:
            return
        with self.make_client() as client:  # a fresh one: the other's budget may be spent
            left = clean_up(client, self.ledger, self.bundle)
        self.notes += [f"left over on {self.client.environment.name}: {what}" for what in left]

    def _check_tallies(self, why_not: Mapping[str, str]) -> tuple[CheckTally, ...]:
        known = [check for check in known_checks() if self.options.wants(*check)]
        return self.tally.checks(known, dict(why_not))

    def _gate(
        self, operations: Sequence[OperationTally], checks: Sequence[CheckTally], may: Sequence[Operation]
    ) -> tuple[str, ...]:
        needs = any(operation.security and {} not in operation.security for operation in may)
        return gate(
            operations,
            checks,
            actors=self.client.actors,
            needs_actor=needs,
            whole=self.options.whole,
            reach=not self.options.only,
        )

    def _judged(self, found: Sequence[Observation], against: tuple[MakeClient, bool] | None) -> tuple[Observation, ...]:
        if against is None or not found:
            return tuple(found)
        make, is_mock = against
        with make() as client:
            voice = Voice(
                client,
                self.contract,
                mock=is_mock,
                judges=self.judges,
                probes=self.probes,
                seed=self.options.seed,
                validate=lambda exchange: validate_exchange(self.bundle, exchange),
            )
            return tuple(voice.on(observation) for observation in found)


def _refuse_unknown(options: Options) -> None:
    known = known_checks()
    names = {name for check in known for name in check}
    for asked in (*options.only, *options.skip):
        if asked not in names:
            raise UsageError(f"There is no check {asked!r}.{did_you_mean(asked, sorted(names))}")
    for phase in options.phases:
        if phase not in PHASES:
            raise UsageError(f"There is no phase {phase!r}; there are {', '.join(PHASES)}.")
