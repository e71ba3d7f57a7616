"""`make check`: the mock checked in process, then over HTTP, as any server is; prints the time of each operation."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from mockserver import MockServer
from mockserver.cli import run

REPORTS = Path(".mockserver")


def main(arguments: list[str]) -> int:
    """The worse of both exit codes."""
    codes = []
    with MockServer(scenario="default") as mock:
        for name, target in (("in process", "mock"), ("over HTTP", mock.url)):
            began = time.monotonic()
            page = REPORTS / f"check-{'mock' if target == 'mock' else 'http'}.html"
            writes = [] if target == "mock" else ["--allow-writes"]
            print(f"The mock, {name}", flush=True)
            codes.append(
                run(["check", target, "--verbose", "--report", "text", "--report", f"html={page}", *writes, *arguments])
            )
            print(f"{name}: {time.monotonic() - began:.1f} s, exit {codes[-1]}\n", flush=True)
    return max(codes)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
