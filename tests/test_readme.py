"""Each code block of the README runs as it is printed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from mockserver import paths
from mockserver.server import MockServer

README = Path(__file__).resolve().parents[1] / "README.md"
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README.read_text("utf-8"), re.MULTILINE | re.DOTALL)
SHELL = [text for kind, text in BLOCKS if kind == "sh"]
CONSOLE = [line.partition("#")[0].strip() for kind, text in BLOCKS if kind == "console" for line in text.splitlines()]
PYTHON = [text for kind, text in BLOCKS if kind == "python"]


def environment() -> dict[str, str]:
    """The tests' own interpreter and commands first on PATH."""
    return {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}


def test_every_block_is_of_a_kind_that_is_run() -> None:
    """No block can be added that nobody runs."""
    assert {kind for kind, _ in BLOCKS} <= {"sh", "console", "python", "yaml"}
    assert len(SHELL) >= 1
    assert len(PYTHON) >= 2


@pytest.mark.parametrize("block", SHELL)
def test_shell_blocks_work_against_a_running_mock(block: str) -> None:
    """Pasted line by line into a shell while the mock runs, each command succeeds and answers JSON."""
    with MockServer() as mock:
        script = "set -euo pipefail\n" + block.replace("http://127.0.0.1:4020", mock.url)
        script = script.replace("curl -s ", "curl -sf ")
        done = subprocess.run(
            ["bash", "-c", script], capture_output=True, text=True, timeout=60, check=False, env=environment()
        )

    assert done.returncode == 0, done.stderr
    assert '"Acme Corporation"' in done.stdout
    assert '"staff":[' in done.stdout


JUDGING = ("mockserver check", "mockserver compare", "mockserver report")
COMMANDS = [line for line in CONSOLE if line.startswith("mockserver")]


@pytest.mark.parametrize("line", [line for line in COMMANDS if line.startswith(JUDGING)])
def test_judging_commands_work_on_servers_of_these_names(line: str, tmp_path: Path) -> None:
    """With mocks as sandbox and staging, each line runs on one operation and finds nothing."""
    with MockServer() as mock:
        table = f"[tool.mockserver.environments]\nsandbox.url = '{mock.url}'\nstaging.url = '{mock.url}'\n"
        (tmp_path / "pyproject.toml").write_text(table, "utf-8")
        keys = {f"AIWYN_{name}_JWT_API_KEY": "demo-admin" for name in ("SANDBOX", "STAGING")}
        lines = [line.replace("http://127.0.0.1:4020", mock.url)]
        if line.startswith("mockserver report"):
            lines = ["mockserver check sandbox", *lines]
        if "@" in line or "--from" in line:  # what was recorded before is recorded now
            today = f"{datetime.now(UTC):%Y-%m-%d}"
            lines = ["mockserver compare sandbox staging", *(each.replace("2026-11-21", today) for each in lines)]
        for each in lines:
            made = each.startswith("mockserver report") or "--from" in each
            narrow = "" if made else " --operation getClientById"
            done = subprocess.run(
                [*each.split(), *narrow.split()], capture_output=True, text=True, timeout=100, check=False,
                cwd=tmp_path, env={**environment(), **keys},
            )  # fmt: skip

            assert done.returncode == 0, done.stdout + done.stderr
    written = re.findall(r"=(\S+\.\w+)", line)
    assert [file for file in written if not (tmp_path / file).stat().st_size] == []


def test_the_workflow_uses_what_is_there() -> None:
    """The workflow to paste is YAML, and its inputs are those of our action."""
    [workflow] = [yaml.safe_load(text) for kind, text in BLOCKS if kind == "yaml"]
    action = yaml.safe_load((README.parent / ".github/actions/check/action.yml").read_text("utf-8"))
    used = [s for job in workflow["jobs"].values() for s in job["steps"] if "/.github/actions/check@" in s["uses"]]

    assert used
    assert set(used[0]["with"]) <= set(action["inputs"])


@pytest.mark.parametrize("line", [line for line in COMMANDS if not line.startswith(JUDGING)])
def test_commands_exist_and_do_what_they_say(line: str, tmp_path: Path) -> None:
    """Each `mockserver` line runs; servers are asked one question instead of for ever, names stand for files."""
    (tmp_path / "Downloads").mkdir()
    files = {"~/Downloads/aiwyn.json": "Downloads/aiwyn.yaml", "some/other/bundle.yaml": "b.yaml"}
    for file in ("Downloads/aiwyn.yaml", "b.yaml", "old.yaml", "new.yaml", "spec.yaml"):
        (tmp_path / file).write_bytes(paths.BUNDLE.read_bytes())
    for written, real in files.items():
        line = line.replace(written, real)
    if line.startswith("mockserver serve"):
        line += " --auth off --get /gql/v1/client/789"
    if line.startswith("mockserver bundle update"):
        line += " --into spec.yaml"
    done = subprocess.run(
        line.split(), capture_output=True, text=True, timeout=60, check=False, cwd=tmp_path, env=environment()
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout


@pytest.mark.parametrize("target", [line.split()[1] for line in CONSOLE if line.startswith("make")])
def test_make_targets_exist(target: str) -> None:
    """`make serve` and `make test` are in the Makefile; running them here would run these tests again."""
    done = subprocess.run(
        ["make", "-n", target], capture_output=True, text=True, check=False, cwd=README.parent, env=environment()
    )

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("block", PYTHON)
def test_python_blocks_run(block: str, tmp_path: Path) -> None:
    """A block with a test is run by pytest with the installed plugin, another by the interpreter."""
    file = tmp_path / "test_block.py"
    file.write_text(block, "utf-8")
    command = ["-m", "pytest", "-q", "-p", "no:cacheprovider", str(file)] if "def test_" in block else [str(file)]
    done = subprocess.run(
        [sys.executable, *command], capture_output=True, text=True, timeout=60, check=False, cwd=tmp_path
    )

    assert done.returncode == 0, done.stdout + done.stderr
