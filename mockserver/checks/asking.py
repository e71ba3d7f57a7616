"""Asking: the probes' part of a run, here or in a process beside the fuzzing; what it saw is plain data."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from mockserver.checks.probing import Judging, Probing, Progress, merged
from mockserver.checks.tallies import Tally
from mockserver.environments.client import Client, Stopped
from mockserver.exchanges import Exchange
from mockserver.probes.base import Contract
from mockserver.probes.registry import judges, probes
from mockserver.problems import MockServerError
from mockserver.runs import Observation
from mockserver.store.relations import infer_model

MakeClient = Callable[[], Client]


@dataclass(frozen=True, slots=True)
class Questions:
    """What is asked: the dice's seed, the checks by name, the operations by label."""

    seed: int
    checks: frozenset[str]
    operations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """What probes and judges saw; `why_not` says by probe why it asked nothing, `stopped` what ended it early."""

    observations: tuple[Observation, ...] = ()
    tally: Tally = field(default_factory=Tally)
    why_not: Mapping[str, str] = field(default_factory=dict)
    stopped: str = ""


def ask(client: Client, questions: Questions, on_progress: Progress | None = None) -> Asked:
    """Let every probe ask its questions of every operation; the judges look at all that is answered."""
    contract = Contract(client.bundle, infer_model(client.bundle))
    operations = [operation for operation in client.bundle.operations if operation.label in questions.operations]
    by_label = {operation.label: operation for operation in operations}
    judging = Judging(contract, [judge for judge in judges() if judge.name in questions.checks])
    probing = Probing(client, contract, [probe for probe in probes() if probe.name in questions.checks], questions.seed)
    found: list[Observation] = []
    stopped = ""

    def see(exchange: Exchange) -> None:
        probing.tally.see(exchange)
        if exchange.operation in by_label:
            found.extend(judging(by_label[exchange.operation], exchange))

    client.on_exchange = see
    try:
        found += probing.run(operations, on_progress)
    except Stopped as stop:
        stopped = str(stop)
    except KeyboardInterrupt:
        stopped = "interrupted"
    finally:
        client.on_exchange = None
    probing.tally.add(judging.tally)
    return Asked(merged(found), probing.tally, probing.why_not, stopped)


class Beside:
    """The same in a process of its own, for an environment that each process can have for itself."""

    def __init__(self, make_client: MakeClient, questions: Questions) -> None:
        context = multiprocessing.get_context("spawn")
        self._news, there = context.Pipe(duplex=False)
        self._process = context.Process(target=_work, args=(make_client, questions, there), daemon=True)
        self._process.start()
        there.close()

    def result(self) -> Asked:
        """What it saw, once it has ended; raises what it raised."""
        try:
            told: Any = self._news.recv()
        except EOFError:
            raise MockServerError("The process that asked the probes' questions ended without a word.") from None
        if isinstance(told, BaseException):
            raise told
        return told if isinstance(told, Asked) else Asked()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.is_alive():
            self._process.terminate()
        self._process.join()
        self._news.close()


def _work(make_client: MakeClient, questions: Questions, there: Any) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent gets it too, and ends this process
    try:
        with make_client() as client:
            there.send(ask(client, questions))
    except MockServerError as error:
        there.send(error)
    finally:
        there.close()
