"""`make check`: the mock checked in process, then over HTTP as any server is; prints the time of each operation."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mockserver.app import create_app
from mockserver.checking import tokens_of
from mockserver.cli import run
from mockserver.settings import Settings

PAGES = Path(".mockserver").resolve()


def main(arguments: list[str]) -> int:
    """The worse of both exit codes."""
    codes = [timed("in process", "mock", [], arguments)]
    with served() as folder:
        os.chdir(folder)
        codes.append(timed("over HTTP", "local", ["--allow-writes", "--workers", "2"], arguments))
    return max(codes)


def timed(name: str, environment: str, more: list[str], arguments: list[str]) -> int:
    """One check; its page goes to .mockserver/."""
    print(f"The mock, {name}", flush=True)
    began = time.monotonic()
    page = f"html={PAGES / f'check-{environment}.html'}"
    code = run(["check", environment, "--verbose", "--report", "text", "--report", page, *more, *arguments])
    print(f"The mock, {name}: {time.monotonic() - began:.1f} s, exit {code}\n", flush=True)
    return code


@contextmanager
def served() -> Iterator[str]:
    """A mock in a process of its own, and a folder whose pyproject.toml names it `local`, with all of its actors."""
    tokens = tokens_of(create_app(Settings()))
    lines = ["[tool.mockserver.environments.local]", "writable = true"]
    command = [sys.executable, "-m", "mockserver", "serve", "--port", "0", "--no-access-log"]
    with tempfile.TemporaryDirectory() as folder, subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as mock:
        assert mock.stdout is not None
        found = next(match for line in mock.stdout if (match := re.search(r"API +(http://\S+)", line)))
        lines.append(f'url = "{found[1]}"')
        for actor, token in tokens.items():
            variable = f"LOCAL_{actor.upper().replace('-', '_')}"
            os.environ[variable] = token
            lines += [f"[tool.mockserver.environments.local.actors.{actor}]", f'token-variable = "{variable}"']
        Path(folder, "pyproject.toml").write_text("\n".join(lines) + "\n", "utf-8")
        try:
            yield folder
        finally:
            mock.terminate()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
