"""The benchmark's own measuring is right."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import sys
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
HEAD = "GET /x HTTP/1.1\r\nHost: x\r\n"
FINE = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
REFUSED = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"


def module(name: str) -> Any:
    """A script of this folder, which is no package."""
    spec = importlib.util.spec_from_file_location(f"bench_{name}", HERE / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = made
    spec.loader.exec_module(made)
    return made


async def tally(folder: Path, answer: bytes, *, pieces: int = 1, answers: int = 10**9) -> tuple[dict[str, Any], int]:
    """What `load.py` tells of a server that gives `answer`, and how many requests that server saw."""
    seen = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal seen
        given = 0
        while given < answers and await reader.readline():
            await reader.readuntil(b"\r\n\r\n")
            seen += 1
            given += 1
            step = -(-len(answer) // pieces)
            for start in range(0, len(answer), step):
                writer.write(answer[start : start + step])
                await writer.drain()
                await asyncio.sleep(0)
        writer.close()

    file = folder / "requests.json"
    file.write_text(json.dumps([{"head": HEAD}]), "utf-8")
    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        command = (sys.executable, str(HERE / "load.py"), str(port), "0.3", "4", str(file))
        ran = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
        out, _ = await ran.communicate()
    assert ran.returncode == 0
    return json.loads(out), seen


@pytest.mark.parametrize(("answer", "pieces"), [(FINE, 1), (FINE, 3), (CHUNKED, 1), (CHUNKED, 4)])
def test_each_request_is_counted_once(tmp_path: Path, answer: bytes, pieces: int) -> None:
    """Answers are counted whole, in however many pieces they come."""
    told, seen = asyncio.run(tally(tmp_path, answer, pieces=pieces))

    assert told["answers"] == seen > 0
    assert told["statuses"] == {"200": seen}
    assert told["lost"] == 0


def test_refusals_are_told_with_a_sample(tmp_path: Path) -> None:
    """Whoever measures refusals hears of it."""
    told, _ = asyncio.run(tally(tmp_path, REFUSED))

    assert set(told["statuses"]) == {"404"}
    assert told["sample"].startswith("HTTP/1.1 404")


def test_a_connection_that_ends_unanswered_is_lost(tmp_path: Path) -> None:
    """Half an answer is none."""
    told, _ = asyncio.run(tally(tmp_path, FINE[:-1], answers=1))

    assert told["lost"] == 4
    assert told["answers"] == 0


def test_what_is_wanted_is_told_apart() -> None:
    """A figure is reached, missed or not measured."""
    report = module("report")
    fast, slow = {"cpu_us": 50.0, "rps": 1.0}, {"cpu_us": 500.0, "rps": 1.0}
    results = {
        "start": {"warm": 0.4, "cold": 1.2, "memory_all": 70.0},
        "servers": {
            "ours": {"workloads": {report.GET: fast, report.SEARCH: fast}},
            "prism": {"workloads": {report.GET: slow}},
        },
    }

    lines = [wanted.line().split(":")[0] for wanted in report.wanted(results, "ours")]

    assert lines == [
        "  MISSED   GET, CPU of Prism to ours",
        "  ?        GET, CPU of Scalar to ours",
        "  ?        search, CPU of Prism to ours",
        "  reached  first answer, cache warm",
        "  MISSED   first answer, cache cold",
        "  reached  memory, default scenario, all entities read",
    ]
