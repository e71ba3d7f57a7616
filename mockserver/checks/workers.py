"""Workers: jobs shared among processes, each with clients of its own; what they saw comes back as plain data."""

from __future__ import annotations

import contextlib
import multiprocessing
import queue
import signal
import time
import traceback
from collections.abc import Callable, Generator, Sequence
from typing import Any

from mockserver.checks.cases import Plan
from mockserver.checks.sessions import Job, Seen, Session
from mockserver.environments.client import Client, Limits
from mockserver.problems import MockServerError

MakeClient = Callable[[], Client]
News = tuple[int, Seen | str]  # the number of a job, and what it saw, or why it ended before its time
_TURN = 0.2  # seconds between looks at whether the workers live
_PATIENCE = 35.0  # seconds for a request that is under way, which takes 30 at most unless its environment says more


class Allowance:
    """What all clients of a run may spend together; asked before each request, it says why there is none."""

    def __init__(self, limits: Limits, count: Any = None, ended: Any = None) -> None:
        self._limits = limits
        self._began = time.monotonic()  # the same clock in all processes of a machine
        self._count = count
        self._ended = ended
        self._spent = 0

    def __call__(self) -> str:
        """One request more; a reason where that is too much."""
        if self._ended is not None and self._ended.is_set():
            return "The run has ended."
        if self._count is None:
            self._spent += 1
            spent = self._spent
        else:
            with self._count.get_lock():
                self._count.value += 1
                spent = self._count.value
        if self._limits.requests is not None and spent > self._limits.requests:
            return f"The budget of {self._limits.requests} requests is spent."
        if self._limits.seconds is not None and time.monotonic() - self._began >= self._limits.seconds:
            return f"The budget of {self._limits.seconds:g} s is spent."
        return ""


class Bench:
    """Does jobs one after the other. The mock in process is made anew for each, so that no job depends on another."""

    def __init__(self, make_client: MakeClient, plan: Plan, allowance: Callable[[], str]) -> None:
        self._make_client = make_client
        self._plan = plan
        self._allowance = allowance
        self._client: Client | None = None

    def do(self, number: int, job: Job) -> Generator[News]:
        """What a job saw; last of all, why it ended before its time, where it did."""
        if self._client is not None and not self._client.environment.url:
            self.close()
        if self._client is None:
            self._client = self._make_client()
        session = Session(self._client, self._plan, job, self._allowance)
        for seen in session.run():
            yield number, seen
        if session.halted:
            yield number, session.halted

    def close(self) -> None:
        """Let go of the client."""
        if self._client is not None:
            self._client.close()
        self._client = None


def here(make_client: MakeClient, plan: Plan, jobs: Sequence[Job], limits: Limits) -> Generator[News]:
    """The jobs' news, all done in this process; the first job that is halted is the last."""
    bench = Bench(make_client, plan, Allowance(limits))
    try:
        for number, job in enumerate(jobs):
            for news in bench.do(number, job):
                yield news
                if isinstance(news[1], str):
                    return
    finally:
        bench.close()


def apart(make_client: MakeClient, plan: Plan, jobs: Sequence[Job], limits: Limits) -> Generator[News]:
    """The jobs' news as they come, done by `plan.workers` processes; once one job is halted all are.

    `make_client` must be something that can be pickled: the processes are started anew, not forked.
    """
    context = multiprocessing.get_context("spawn")
    ended, waiting, news = context.Event(), context.Queue(), context.Queue()
    allowance = (limits, context.Value("q", 0), ended)
    for number in sorted(range(len(jobs)), key=lambda n: ("stateful" not in jobs[n].phases, -len(jobs[n].labels))):
        waiting.put((number, jobs[number]))
    processes = [
        context.Process(target=_work, args=(make_client, plan, waiting, news, allowance), daemon=True)
        for _ in range(min(plan.workers, len(jobs)))
    ]
    for process in processes:
        waiting.put(None)
        process.start()
    try:
        yield from _gathered(processes, news, ended)
    finally:
        ended.set()
        _dismiss(processes, news)
        for channel in (waiting, news):
            channel.cancel_join_thread()
            channel.close()


def _dismiss(processes: Sequence[Any], news: Any) -> None:
    """Let the workers end; they cannot as long as nobody reads what they have to tell."""
    until = time.monotonic() + _PATIENCE
    while any(process.is_alive() for process in processes) and time.monotonic() < until:
        with contextlib.suppress(queue.Empty):
            news.get(timeout=0.05)
    for process in processes:
        if process.is_alive():
            process.terminate()
        process.join()


def _gathered(processes: Sequence[Any], news: Any, ended: Any) -> Generator[News]:
    working = len(processes)
    while working:
        try:
            told = news.get(timeout=_TURN)
        except queue.Empty:
            dead = [process.exitcode for process in processes if process.exitcode]
            if dead and news.empty():
                raise MockServerError(f"A worker process ended by itself, with exit code {dead[0]}.") from None
            continue
        if told is None:
            working -= 1
        elif isinstance(told, BaseException):
            raise told
        else:
            if isinstance(told[1], str):
                ended.set()
            yield told


def _work(make_client: MakeClient, plan: Plan, waiting: Any, news: Any, allowance: tuple[Any, ...]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent gets it too, and says what to do
    bench = Bench(make_client, plan, Allowance(*allowance))
    try:
        while not allowance[2].is_set():
            task = waiting.get()
            if task is None:
                break
            for told in bench.do(*task):
                news.put(told)
    except MockServerError as error:
        news.put(error)
    except Exception:  # noqa: BLE001  whatever it was, the parent is to tell it
        news.put(RuntimeError(f"a worker failed:\n{traceback.format_exc()}"))
    finally:
        bench.close()
        news.put(None)
