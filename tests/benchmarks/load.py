"""The load: keep-alive connections that send prepared requests in turn and count what comes back.

Runs as a process of its own: `load.py PORT SECONDS CONNECTIONS FILE`; FILE holds a JSON array of requests, each
`{"head": "GET / HTTP/1.1\\r\\n...", "body": "..."}`. Prints one JSON object.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import Counter
from itertools import cycle
from pathlib import Path
from typing import Any

HOST = "127.0.0.1"
DRAIN = 10.0


class Load:
    """What all connections share: the requests, the deadline, the tally."""

    def __init__(self, port: int, requests: list[bytes], seconds: float) -> None:
        self.port = port
        self.requests = cycle(requests)
        self.end = time.perf_counter() + seconds
        self.statuses: Counter[int] = Counter()
        self.latencies: list[float] = []
        self.bytes = 0
        self.lost = 0
        self.sample = ""

    async def run(self, connections: int) -> dict[str, Any]:
        """Send until the deadline, let what is under way finish, and tell."""
        loop = asyncio.get_running_loop()
        began = time.perf_counter()
        clients = [Connection(self, loop) for _ in range(connections)]
        for client in clients:
            await client.connect()
        await asyncio.wait_for(asyncio.gather(*(c.done for c in clients)), self.end - began + DRAIN)
        seconds = time.perf_counter() - began
        times = sorted(self.latencies)
        return {
            "answers": sum(self.statuses.values()),
            "statuses": {str(status): n for status, n in sorted(self.statuses.items())},
            "lost": self.lost,
            "sample": self.sample,
            "seconds": seconds,
            "bytes": self.bytes,
            "p50_ms": times[len(times) // 2] * 1000 if times else None,
            "p99_ms": times[int(len(times) * 0.99)] * 1000 if times else None,
        }


class Connection(asyncio.Protocol):
    """One connection: a request, its whole answer, the next request."""

    def __init__(self, load: Load, loop: asyncio.AbstractEventLoop) -> None:
        self.load = load
        self.loop = loop
        self.done: asyncio.Future[None] = loop.create_future()
        self.buffer = b""
        self.sent = 0.0
        self.waiting = False

    async def connect(self) -> None:
        """Connect, or connect again where the server closed between two answers."""
        await self.loop.create_connection(lambda: self, HOST, self.load.port)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport
        self.buffer = b""
        self._next()

    def data_received(self, data: bytes) -> None:
        self.buffer = data = self.buffer + data if self.buffer else data
        size = answer_size(data)
        if not size or len(data) < size:
            return
        now = time.perf_counter()
        load = self.load
        status = int(data[9:12])
        load.statuses[status] += 1
        load.latencies.append(now - self.sent)
        load.bytes += size
        if not 200 <= status < 300 and not load.sample:
            load.sample = data[:2000].decode("utf-8", "replace")
        self.buffer = b""
        self.waiting = False
        self._next()

    def connection_lost(self, _exc: Exception | None) -> None:
        self.load.lost += self.waiting
        if self.done.done():
            return
        if self.waiting or time.perf_counter() >= self.load.end:
            self.done.set_result(None)
        else:
            self.again = self.loop.create_task(self.connect())

    def _next(self) -> None:
        now = time.perf_counter()
        if now >= self.load.end:
            if not self.done.done():
                self.done.set_result(None)
            self.transport.close()
            return
        self.sent = now
        self.waiting = True
        self.transport.write(next(self.load.requests))


def answer_size(data: bytes) -> int:
    """Bytes of the answer that begins `data`, with its head; 0 while that cannot be told yet."""
    end = data.find(b"\r\n\r\n")
    if end < 0:
        return 0
    head = data[:end].lower()
    at = head.find(b"\r\ncontent-length:")
    if at >= 0:
        return end + 4 + int(head[at + 17 :].split(b"\r\n", 1)[0])
    if b"transfer-encoding: chunked" in head:
        return len(data) if data.endswith(b"\r\n0\r\n\r\n") else 0
    return end + 4


def encode(request: dict[str, str]) -> bytes:
    """The bytes of one request."""
    body = request.get("body", "").encode()
    length = f"Content-Length: {len(body)}\r\n" if body else ""
    return f"{request['head']}{length}\r\n".encode() + body


def main(port: str, seconds: str, connections: str, file: str) -> None:
    """Run the load and print its tally."""
    requests = [encode(r) for r in json.loads(Path(file).read_text("utf-8"))]
    load = Load(int(port), requests, float(seconds))
    try:
        import uvloop
    except ImportError:
        tally = asyncio.run(load.run(int(connections)))
    else:
        tally = uvloop.run(load.run(int(connections)))
    json.dump(tally, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
