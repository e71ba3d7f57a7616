"""A server under measurement: started, asked, weighed (CPU seconds and memory of its process tree), stopped."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import load
from workloads import Workload

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PROC = Path("/proc")
_TICK = os.sysconf("SC_CLK_TCK")
_START_LIMIT = 180.0


class BenchError(Exception):
    """A measurement that must not count; the text says why."""


class ConnectionsLost(BenchError):
    """The server closed connections that waited for an answer."""


@dataclass(slots=True)
class Server:
    """One process tree that listens on a port of this machine."""

    name: str
    command: Sequence[str]
    port: int
    token: str
    log: Path
    env: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    def start(self, request: Mapping[str, str]) -> float:
        """Start it; seconds from process start until `request` is answered with 2xx."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        raw = load.encode(dict(request))
        with self.log.open("wb") as log:
            began = time.perf_counter()
            self.process = subprocess.Popen(
                list(self.command),
                cwd=ROOT,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                env={**os.environ, **self.env},
            )
        while (status := _try(self.port, raw)) is None:
            if self.process.poll() is not None:
                raise BenchError(f"{self.name} ended with {self.process.returncode}: {self._last_words()}")
            if time.perf_counter() - began > _START_LIMIT:
                raise BenchError(f"{self.name} did not answer within {_START_LIMIT:.0f} s")
            time.sleep(0.001)
        took = time.perf_counter() - began
        if not 200 <= status < 300:
            raise BenchError(f"{self.name} answers {status} to its first request")
        return took

    def stop(self) -> None:
        """End it, and only it."""
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    def ask(self, request: Mapping[str, str]) -> tuple[int, Any]:
        """Status and decoded body of one request."""
        status, body = _exchange(self.port, load.encode(dict(request)), 120)
        return status, json.loads(body) if body else None

    def check(self, workload: Workload, most: int = 200) -> list[Any]:
        """Send each variant once; the decoded answers. BenchError where one is refused."""
        answers = []
        for request in workload.requests[:most]:
            status, body = self.ask(request)
            if not 200 <= status < 300:
                raise BenchError(f"answers {status} to {workload.name}: {json.dumps(body)[:160]}")
            answers.append(body)
        return answers

    def warm(self, workload: Workload, seconds: float, connections: int) -> None:
        """Load that is not counted, until one passes without a lost connection.

        Prism compiles for seconds when a search first comes on several connections, and drops them meanwhile.
        """
        for attempt in range(5):
            try:
                self.put_under(workload, seconds, connections)
            except ConnectionsLost:
                if attempt == 4:
                    raise
            else:
                return

    def put_under(self, workload: Workload, seconds: float, connections: int) -> dict[str, Any]:
        """The load's tally, with `cpu_us` per answer and `rps`. BenchError on any answer but 2xx."""
        with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
            json.dump(workload.requests, file)
            file.flush()
            command = [sys.executable, str(HERE / "load.py"), str(self.port), str(seconds), str(connections), file.name]
            before = self.cpu()
            ran = subprocess.run(command, capture_output=True, text=True, check=False)
            used = self.cpu() - before
        if ran.returncode:
            raise BenchError(f"the load on {self.name} failed: {ran.stderr.strip()[-300:]}")
        tally: dict[str, Any] = json.loads(ran.stdout)
        refused = [s for s in tally["statuses"] if not s.startswith("2")]
        if refused:
            raise BenchError(f"{self.name}, {workload.name}: {tally['statuses']}. {tally['sample'][:600]}")
        if tally["lost"] or not tally["answers"]:
            raise ConnectionsLost(f"{self.name}, {workload.name}: {tally['lost']} connections lost under load")
        tally["cpu_us"] = used / tally["answers"] * 1e6
        tally["rps"] = tally["answers"] / tally["seconds"]
        return tally

    def cpu(self) -> float:
        """User and system seconds that the process tree has used, children that ended included."""
        return sum(sum(map(int, _stat(pid)[11:15])) for pid in self._tree()) / _TICK

    def memory(self) -> float:
        """Resident megabytes (10^6 bytes) of the process tree."""
        pages = 0
        for pid in self._tree():
            with suppress(OSError):
                pages += int((PROC / str(pid) / "statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6

    def _tree(self) -> list[int]:
        assert self.process is not None
        parents = {pid: int(stat[1]) for pid in _pids() if (stat := _stat(pid))}
        tree = [self.process.pid]
        for pid in tree:
            tree += [child for child, parent in parents.items() if parent == pid]
        return tree

    def _last_words(self) -> str:
        return " | ".join(self.log.read_text("utf-8", "replace").strip().splitlines()[-3:])[-400:]


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((load.HOST, 0))
        return int(probe.getsockname()[1])


def _pids() -> list[int]:
    return [int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit()]


def _stat(pid: int) -> list[str]:
    # After the name, which may hold blanks: state, parent, ..., utime, stime, cutime, cstime (11th to 14th).
    try:
        return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _try(port: int, raw: bytes) -> int | None:
    try:
        return _exchange(port, raw, 120)[0]
    except (ConnectionError, BenchError):
        return None


def _exchange(port: int, raw: bytes, limit: float) -> tuple[int, bytes]:
    with socket.create_connection((load.HOST, port), limit) as link:
        link.sendall(raw)
        data = b""
        while not (size := load.answer_size(data)) or len(data) < size:
            piece = link.recv(1 << 16)
            if not piece:
                raise BenchError("the connection ended before the answer")
            data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    if b"transfer-encoding: chunked" in head.lower():
        body = _unchunk(body)
    return int(head[9:12]), body


def _unchunk(body: bytes) -> bytes:
    whole = b""
    while body:
        size, _, rest = body.partition(b"\r\n")
        length = int(size, 16)
        whole += rest[:length]
        body = rest[length + 2 :] if length else b""
    return whole
