"""The command line, as a user meets it: what it prints, where, and with which exit code."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from mockserver import paths


def run(*arguments: str, cwd: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    """One command line in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "mockserver", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=cwd,
        env={**os.environ, "PYTHONWARNINGS": "error", **environment},
    )


@contextmanager
def serving(*arguments: str, cwd: Path | None = None) -> Iterator[tuple[str, str, subprocess.Popen[str]]]:
    """A server in a process of its own: its URL, what it printed when it was ready, the process."""
    process = subprocess.Popen(
        [sys.executable, "-m", "mockserver", "serve", "--port", "0", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=cwd,
    )
    assert process.stdout is not None
    printed = ""
    try:
        while "Press Ctrl-C" not in printed:
            line = process.stdout.readline()
            assert line, process.stderr.read() if process.stderr else ""
            printed += line
        url = re.search(r"API\s+(http://\S+)", printed)
        assert url is not None
        yield url[1], printed, process
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.communicate(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def test_help_is_instant() -> None:
    """`--help` answers in well under the time that people notice; measured as the best of three."""

    def once() -> float:
        began = time.perf_counter()
        assert run("--help").returncode == 0
        return time.perf_counter() - began

    assert min(once() for _ in range(3)) < 0.6  # 0.07 s on an idle machine; CI shares its cores


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["srve"], "Did you mean 'serve'"),
        (["serve", "--prot", "1"], "--port"),
        (["serve", "spec/aiwyn.openapi.yml"], "aiwyn.openapi.yaml"),
        (["serve", "--scenario", "defualt"], "default"),
        (["serve", "--count", "cleint=3"], "client"),
        (["serve", "--count", "client"], "client"),
        (["serve", "--check-replies", "maybe"], "check-replies is one of off, log, fail"),
        (["serve", "--clock", "noon"], "2026-01-31"),
        (["serve", "--host", "203.0.113.7"], "203.0.113.7"),
        (["token", "--key", "demo-admn"], "demo-admin"),
        (["token", "--expires-in", "soon"], "15m"),
        (["explain", "MS999"], "MS999"),
        (["explain", "getClientByIdd"], "getClientById"),
        (["explain"], "--list"),
        (["bundle", "update", "http://127.0.0.1:1/x.yaml"], "file"),
        (["bundle", "changes", "a.yaml", "b.yaml"], "a.yaml"),
    ],
    ids=lambda v: " ".join(v) if isinstance(v, list) else "",
)
def test_wrong_usage_is_one_clear_sentence(arguments: list[str], told: str) -> None:
    """Exit 2, nothing on stdout, the reason and the way out on stderr, never a traceback."""
    done = run(*arguments, cwd=paths.SPEC.parent)

    assert done.returncode in (2, 3)
    assert done.stdout == ""
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_serve_prints_what_is_needed_and_a_curl_line_that_works() -> None:
    """The banner names bundle, data, seed and addresses; its curl line works as pasted."""
    with serving("--scenario", "small", "--seed", "5") as (url, printed, process):
        line = re.search(r"Try\s+(curl .*)", printed)
        assert line is not None
        answer = subprocess.run([*shlex.split(line[1]), "-s"], capture_output=True, text=True, check=True)
        httpx.get(f"{url}/gql/v1/clinet/1")
        log = process.stdout.readline() + process.stdout.readline() if process.stdout else ""

        assert "Mock of Aiwyn API 1.0.0" in printed
        assert 'scenario "small", seed 5' in printed
        assert json.loads(answer.stdout)["id"] == 789
        assert re.search(r"GET\s+/gql/v1/client/789\s+200\s+[\d.]+ ms\s+getClientById", log)
        assert "MS105" in log


def test_a_taken_port_says_so() -> None:
    """The way out is named."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = str(holder.getsockname()[1])
        done = run("serve", "--port", port)

    assert done.returncode == 2
    assert "--port 0" in done.stderr


def test_get_answers_once() -> None:
    """Body on stdout, status on stderr, exit code 1 for an error."""
    found = run("serve", "--get", "/gql/v1/client/789")
    missing = run("serve", "--get", "/gql/v1/client/999999999")

    assert (found.returncode, found.stderr.strip()) == (0, "200")
    assert json.loads(found.stdout)["name"] == "Acme Corporation"
    assert (missing.returncode, missing.stderr.strip()) == (1, "404")


@pytest.mark.parametrize(
    "scheme",
    [
        {"type": "apiKey", "in": "query", "name": "api_key"},
        {"type": "apiKey", "in": "cookie", "name": "sid"},
        {"type": "apiKey", "in": "header", "name": "X-Key"},
        {"type": "http", "scheme": "basic"},
        {"type": "oauth2", "flows": {}},
    ],
    ids=lambda scheme: "-".join(v for v in scheme.values() if isinstance(v, str)),
)
def test_get_lets_itself_in_whatever_the_scheme(scheme: dict[str, Any], tmp_path: Path) -> None:
    """One answer needs no thought about keys: what the bundle declares is sent along."""
    rows = {"type": "array", "items": {"type": "object", "properties": {"id": {"type": "integer"}}}}
    reply = {"200": {"description": "All", "content": {"application/json": {"schema": rows}}}}
    file = tmp_path / "bundle.json"
    document = {
        "openapi": "3.0.0",
        "info": {"title": "T", "version": "1"},
        "security": [{"Key": []}],
        "paths": {"/birds": {"get": {"responses": reply}}},
        "components": {"securitySchemes": {"Key": scheme}},
    }
    file.write_text(json.dumps(document), "utf-8")

    found = run("serve", str(file), "--get", "/birds")

    assert (found.returncode, found.stderr.strip()) == (0, "200")
    assert json.loads(found.stdout)


def test_tokens_are_minted_for_another_process() -> None:
    """`mockserver token` gives what a running mock accepts; expired ones and roles can be asked for."""
    token, expired = run("token").stdout.strip(), run("token", "--expires-in", "-1s").stdout.strip()
    reader = run("token", "--role", "aiwynsb_RECORD_R").stdout.strip()
    with serving("--scenario", "small") as (url, _, _process):

        def status(given: str, path: str = "/gql/v1/client/789", method: str = "GET") -> int:
            batch = {"records": [{"type": "client", "systemRef": {"id": "1"}, "attributes": {"name": "x"}}]}
            body = {"json": batch} if method == "POST" else {}
            return httpx.request(method, url + path, headers={"Authorization": f"Bearer {given}"}, **body).status_code

        assert status(token) == 200
        assert status(expired) == 401
        assert status(reader) == 200
        assert status(reader, "/api/v1/records/client") == 200
        assert status(reader, "/api/v1/records", "POST") == 403


def test_bundle_commands_say_what_they_found() -> None:
    """lint is clean on our bundle, operations explains itself, overlay prints the corrected bundle."""
    lint, listed, overlaid = run("bundle", "lint"), run("bundle", "operations"), run("bundle", "overlay")
    as_json = json.loads(run("bundle", "operations", "--format", "json").stdout)

    assert lint.returncode == 0, lint.stdout
    assert re.search(r"L2\s+GET /gql/v1/client/\{id\}\s+read client", listed.stdout)
    assert "L1" not in {row["level"] for row in as_json}
    assert all(row["because"] for row in as_json)
    assert "x-mock-entity: project" in overlaid.stdout


def test_changes_are_classed_and_breaking_ones_fail(tmp_path: Path) -> None:
    """A removed operation breaks clients: exit 1; the same file: exit 0."""
    old = paths.BUNDLE
    new = tmp_path / "new.yaml"
    new.write_text(old.read_text("utf-8").replace("  /gql/v1/offices/search:", "  /gql/v1/offices/find:"), "utf-8")

    broken, same = run("bundle", "changes", str(old), str(new)), run("bundle", "changes", str(old), str(old))

    assert broken.returncode == 1
    assert "/gql/v1/offices/search" in broken.stdout
    assert same.returncode == 0


def test_update_puts_a_bundle_in_place(tmp_path: Path) -> None:
    """The file is replaced, its checksum written beside it, and what changed is told."""
    place = tmp_path / "spec" / "aiwyn.openapi.yaml"
    place.parent.mkdir()
    place.write_bytes(paths.BUNDLE.read_bytes())
    download = tmp_path / "download.yaml"
    download.write_text(paths.BUNDLE.read_text("utf-8").replace("/gql/v1/offices:", "/gql/v1/bureaus:"), "utf-8")

    done = run("bundle", "update", str(download), "--into", str(place))

    assert done.returncode == 0, done.stderr
    assert place.read_bytes() == download.read_bytes()
    assert "offices" in done.stdout
    assert any("SHA256" in file.name for file in place.parent.iterdir())


def test_explain_knows_codes_and_operations() -> None:
    """A code has why and fix; an operation has how it is served and where it stands in the bundle."""
    code, operation = run("explain", "ms101"), run("explain", "getClientById")
    by_label = run("explain", "GET /gql/v1/client/{id}")
    as_called, by_path = run("explain", "get /gql/v1/client/789?x=1"), run("explain", "/api/v1/records/types")

    assert "Why" in code.stdout
    assert "Fix" in code.stdout
    assert re.search(r"aiwyn\.openapi\.yaml:\d+", operation.stdout)
    assert operation.stdout == by_label.stdout == as_called.stdout
    assert by_path.stdout.startswith("GET /api/v1/records/types  ")


def test_settings_show_their_origin(tmp_path: Path) -> None:
    """Value and source of each setting."""
    (tmp_path / "pyproject.toml").write_text("[tool.mockserver]\nport = 4444\n", "utf-8")

    shown = json.loads(run("settings", "--format", "json", cwd=tmp_path, MOCKSERVER_SEED="9").stdout)

    assert shown["port"]["value"] == 4444
    assert shown["port"]["from"].endswith("pyproject.toml")
    assert shown["seed"] == {"value": 9, "from": "MOCKSERVER_SEED"}


def test_reload_takes_a_changed_bundle_and_survives_a_broken_one(tmp_path: Path) -> None:
    """A changed bundle is served at once; a broken save is reported and the last good one goes on."""
    file = tmp_path / "bundle.yaml"
    text = paths.BUNDLE.read_text("utf-8")
    file.write_text(text, "utf-8")
    with serving(str(file), "--auth", "off", "--scenario", "small", "--reload") as (url, _, _process):
        assert httpx.post(f"{url}/gql/v1/offices").status_code == 200

        file.write_text(text.replace("  /gql/v1/offices:", "  /gql/v1/bureaus:"), "utf-8")
        assert eventually(lambda: httpx.post(f"{url}/gql/v1/bureaus").status_code == 200)

        file.write_text("openapi: [", "utf-8")
        time.sleep(1.5)
        assert httpx.post(f"{url}/gql/v1/bureaus").status_code == 200


def eventually(true: object, limit: float = 15.0) -> bool:
    """Whether something becomes true in time."""
    until = time.monotonic() + limit
    while time.monotonic() < until:
        if true():  # type: ignore[operator]  # a function of the test
            return True
        time.sleep(0.1)
    return False


def test_ctrl_c_ends_it_cleanly() -> None:
    """No traceback, and the port is free again."""
    with serving("--scenario", "empty") as (_, _printed, process):
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=10)

    assert "Traceback" not in errors
    assert process.returncode in (0, 130, -signal.SIGINT)
