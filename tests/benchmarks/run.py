"""`make bench`: our server beside Prism, Scalar's mock server and plain connexion; prints one table."""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, Self

import report
import workloads
import yaml
from peers import PEERS, Place
from servers import PROC, ROOT, BenchError, Server, free_port
from workloads import Workload

BUNDLE = ROOT / "spec/aiwyn.openapi.yaml"
OURS = "mockserver"
STARTS = 5


def main() -> int:
    """Measure as the flags say. 1 when an answer was not 2xx, which makes all figures worthless."""
    options = _options()
    if not PROC.joinpath("self/stat").is_file():
        print("The benchmark reads CPU times from /proc, so it needs Linux.", file=sys.stderr)
        return 2
    place = Place(options.folder, BUNDLE)
    try:
        results = _measure(place, options)
    except BenchError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    if options.json:
        options.json.write_text(json.dumps(results, indent=2) + "\n", "utf-8")
    print(report.text(results, OURS))
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="run.py", description=__doc__)
    parser.add_argument("--peers", default=",".join(PEERS), help="of %(default)s; or none")
    parser.add_argument("--seconds", type=float, default=3.0, help="load per server, workload and round")
    parser.add_argument("--rounds", type=int, default=3, help="rounds; the median counts")
    parser.add_argument("--rows", type=int, default=10_000, help="rows of the entity")
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there")
    parser.add_argument(
        "--folder", type=Path, default=ROOT / ".mockserver/bench", help="where peers are installed: %(default)s"
    )
    options = parser.parse_args()
    options.peers = [name for name in options.peers.split(",") if name not in ("", "none")]
    unknown = set(options.peers) - set(PEERS)
    if unknown:
        parser.error(f"no such peer: {', '.join(sorted(unknown))}; there are {', '.join(PEERS)}")
    return options


def _measure(place: Place, options: argparse.Namespace) -> dict[str, Any]:
    token = _token()
    results: dict[str, Any] = {
        "machine": f"{os.cpu_count()} x {_processor()}, Python {platform.python_version()}",
        "settings": {k: getattr(options, k) for k in ("rows", "rounds", "seconds", "connections")},
        "start": _starts(place, token),
        "servers": {},
        "left_out": {},
    }
    with _Field(place, token, options, results) as field_:
        for name in options.peers:
            field_.add_peer(name)
        field_.add_ours()
        field_.run()
    return results


@dataclass(slots=True)
class _Field:
    """All servers of a run, up at the same time so that rounds interleave; idle ones use no CPU."""

    place: Place
    token: str
    options: argparse.Namespace
    results: dict[str, Any]
    running: dict[str, Server] = field(default_factory=dict)
    tasks: dict[str, list[Workload]] = field(default_factory=dict)
    ids: list[int] = field(default_factory=list)
    words: workloads.Words | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        for server in self.running.values():
            server.stop()

    def add_peer(self, name: str) -> None:
        """Install and start a peer; one that cannot be had is left out by name."""
        port = free_port()
        try:
            command = self.place.command(name, port)
            self._start(Server(name, command, port, "any", self.place.folder / f"logs/{name}.log"))
        except BenchError as error:
            self.results["left_out"][name] = str(error)
            self.results["servers"].pop(name, None)
            if server := self.running.pop(name, None):
                server.stop()
            _say(f"{name} left out: {error}")

    def add_ours(self) -> None:
        """Start ours over the wanted number of rows, and learn the ids that are read."""
        count = f"{workloads.ENTITY}={self.options.rows}"
        ours = _ours(self.place, self.token, "load", "--count", count)
        self._start(ours)
        status, page = ours.ask(workloads.list_request(self.token, workloads.LIST, 1000))
        rows = next((value for value in page.values() if isinstance(value, list)), [])
        if status != 200 or len(rows) < min(1000, self.options.rows):
            raise BenchError(f"the list of {workloads.ENTITY} answers {status} with {len(rows)} rows")
        self.ids = [row["id"] for row in rows]
        self.words = workloads.Words.of(rows)
        self._know_searches(ours, self.words)

    def run(self) -> None:
        """Warm each server, then the rounds: every server in turn, workload by workload."""
        assert self.words is not None, "ours comes first: it knows the rows"
        shared = [workloads.reads(self.token, self.ids), workloads.searches(self.token, self.words)]
        for name, server in list(self.running.items()):
            self.tasks[name] = list(shared)
            if name == OURS:
                self.tasks[name].append(workloads.new_searches(self.token, self.words))
            for workload in list(self.tasks[name]):
                self._prepare(name, server, workload)
        for number in range(self.options.rounds):
            _say(f"round {number + 1} of {self.options.rounds}")
            for position in range(3):
                for name, server in self.running.items():
                    if position < len(self.tasks[name]):
                        self._one(name, server, self.tasks[name][position])
        for name, server in self.running.items():
            self.results["servers"][name]["memory_after_load"] = server.memory()
        for entry in self.results["servers"].values():
            for figures in entry["workloads"].values():
                figures |= {key: median(r[key] for r in figures["rounds"]) for key in report.FIGURES}

    def _start(self, server: Server) -> None:
        _say(f"starting {server.name}")
        first = workloads.read_request(server.token, workloads.DOCUMENTED)
        self.running[server.name] = server
        took = server.start(first)
        self.results["servers"][server.name] = {"start": took, "memory_started": server.memory(), "workloads": {}}

    def _know_searches(self, ours: Server, words: workloads.Words) -> None:
        pages = ours.check(workloads.searches(self.token, words))
        totals = [page["total"]["aggregate"]["count"] for page in pages]
        sizes = [len(next(v for v in page.values() if isinstance(v, list))) for page in pages]
        self.results["searches"] = {
            "distinct": len(pages),
            "total_median": median(totals),
            "total_min": min(totals),
            "page_mean": sum(sizes) / len(sizes),
        }

    def _prepare(self, name: str, server: Server, workload: Workload) -> None:
        try:
            server.check(workload)
            server.warm(workload, min(1.5, self.options.seconds), self.options.connections)
        except BenchError as error:
            if name == OURS:
                raise
            self.results["left_out"][f"{name}, {workload.name}"] = str(error)
            self.tasks[name].remove(workload)
            _say(f"{name} left out: {error}")

    def _one(self, name: str, server: Server, workload: Workload) -> None:
        tally = server.put_under(workload, self.options.seconds, self.options.connections)
        figures = self.results["servers"][name]["workloads"].setdefault(workload.name, {"rounds": []})
        figures["rounds"].append({key: tally[key] for key in (*report.FIGURES, "answers", "bytes")})


def _starts(place: Place, token: str) -> dict[str, Any]:
    """Seconds from process start to the first answer, and memory, with the default scenario."""
    figures: dict[str, Any] = {"cold": [], "warm": [], "memory_started": [], "memory_all": []}
    first = workloads.read_request(token, workloads.DOCUMENTED)
    lists = Workload("the lists", tuple(workloads.list_request(token, path, 50) for path in _lists()))
    for _ in range(STARTS):
        with tempfile.TemporaryDirectory() as cache:
            for kind in ("cold", "warm"):
                server = _ours(place, token, "start", MOCKSERVER_CACHE=cache)
                with _stopped(server):
                    figures[kind].append(server.start(first))
                    if kind == "warm":
                        figures["memory_started"].append(server.memory())
                        server.check(lists)
                        figures["memory_all"].append(server.memory())
    return {kind: median(values) for kind, values in figures.items()} | {"each": figures}


@contextmanager
def _stopped(server: Server) -> Iterator[None]:
    try:
        yield
    finally:
        server.stop()


def _ours(place: Place, token: str, log: str, *flags: str, **env: str) -> Server:
    port = free_port()
    command = [sys.executable, "-m", "mockserver", "serve", "--port", str(port), "--no-access-log", *flags]
    return Server(OURS, command, port, token, place.folder / f"logs/{OURS}-{log}.log", env)


def _token() -> str:
    command = [sys.executable, "-m", "mockserver", "token", "--expires-in", "8h"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    if ran.returncode:
        raise BenchError(f"no token: {ran.stderr.strip()[-300:]}")
    return ran.stdout.strip()


def _lists() -> list[str]:
    paths = yaml.load(BUNDLE.read_text("utf-8"), yaml.CSafeLoader)["paths"]
    return [
        path for path, item in paths.items() if "post" in item and path.startswith("/gql/") and path.count("/") == 3
    ]


def _processor() -> str:
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.machine()


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
