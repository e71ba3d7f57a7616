"""`mockserver check` from end to end: the real command, real servers, and what is on the disk afterwards."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mockserver.checking import Maker
from mockserver.checks.runner import Options, run_checks
from mockserver.cli import run
from mockserver.environments.client import Client
from mockserver.environments.environment import Environment
from mockserver.environments.ledger import Ledger, watch
from mockserver.exchanges import Request
from mockserver.explanations import CODES
from mockserver.inspection import load
from tests.library.server import BUNDLE, KEY, Library, library

OFFICES = ("--operation", "POST /gql/v1/offices*", "--operation", "GET /gql/v1/office/*", "--max-examples", "3")
QUICK = ("--bundle", str(BUNDLE), "--max-examples", "2", "--phases", "examples,coverage")
RUN = Path(".mockserver", "runs", "check-lib.json")


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every command runs in an empty folder, without credentials and without the wishes of this very run."""
    monkeypatch.chdir(tmp_path)
    for name in ("MOCKSERVER_TOKEN", "MOCKSERVER_KEY", "GITHUB_STEP_SUMMARY", "LIB_KEY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    """Runs `mockserver ...`; gives the exit code and all that was printed."""

    def call(*arguments: str) -> tuple[int, str]:
        code = run(arguments)
        said = capsys.readouterr()
        return code, said.out + said.err

    return call


@pytest.fixture
def named(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Writes a pyproject.toml in which a library is the environment `lib`, its key in a variable."""

    def write(served: Library, key: str = KEY, **more: Any) -> None:
        lines = [f"{name} = {json.dumps(value)}" for name, value in {"url": served.url, **more}.items()]
        actors = '[tool.mockserver.environments.lib.actors.default]\ntoken-variable = "LIB_KEY"'
        text = "\n".join(["[tool.mockserver.environments.lib]", *lines, actors, ""])
        Path("pyproject.toml").write_text(text, "utf-8")
        monkeypatch.setenv("LIB_KEY", key)

    return write


def saved() -> dict[str, Any]:
    """The run.json of the last check of `lib`."""
    loaded: dict[str, Any] = json.loads(RUN.read_text("utf-8"))
    return loaded


def files() -> Iterator[Path]:
    """Every file below the folder that the command ran in."""
    return (file for file in Path().rglob("*") if file.is_file())


def test_a_part_of_our_own_bundle_is_clean(command: Any) -> None:
    """The mock in process keeps its contract; all that is written is below .mockserver."""
    code, said = command("check", "mock", *OFFICES, "--workers", "1")

    assert (code, "No new findings." in said) == (0, True), said
    assert "seed 1" in said
    assert {file.parts[0] for file in files()} == {".mockserver"}


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (("sandbx",), 2, "There is no environment 'sandbx'. Did you mean sandbox?"),
        (("http://no-such-host.invalid",), 3, "cannot be used"),
        (("mock", "--bundle", "none.yaml"), 2, "none.yaml"),
        (("mock", "--only", "where operator"), 2, "There is no check 'where operator'"),
        (("mock", "--operation", "GET /nothing"), 2, "No operation of"),
        (("mock", "--budget", "soon"), 2, "A budget reads"),
        (("mock", "--baseline", "none.json"), 2, "There is no baseline none.json"),
        (("mock", "--har", "none.har"), 2, "none.har"),
    ],
)
def test_wrong_words_end_in_one_sentence(command: Any, arguments: Any, code: int, sentence: str) -> None:
    """Exit 2 or 3, a sentence that names the place, no traceback, and nothing written."""
    ended, said = command("check", *arguments, *(OFFICES if "--operation" not in arguments else ()))

    assert (ended, sentence in said) == (code, True), said
    assert "Traceback" not in said
    assert list(files()) == []


def test_a_bundle_that_does_not_load(command: Any) -> None:
    """A file that is no OpenAPI is named."""
    Path("broken.yaml").write_text("openapi: 3.0.3\npaths: [", "utf-8")
    code, said = command("check", "mock", "--bundle", "broken.yaml")

    assert (code, "broken.yaml" in said, "Traceback" in said) == (2, True, False), said


def test_wrong_credentials(command: Any, named: Any) -> None:
    """The environment and the actor whose credentials it refuses are named."""
    with library() as served:
        named(served, "wrong")
        code, said = command("check", "lib", *QUICK, "--operation", "* /books*")

    assert code in (1, 2), said
    assert "credentials" in said
    assert "No new findings." not in said


def test_without_credentials_nothing_is_green(command: Any) -> None:
    """The run says that it could prove nothing, and fails."""
    with library() as served:
        code, said = command("check", served.url, *QUICK)

    assert code == 1
    assert "there were no credentials" in said


def test_no_tls_and_no_api(command: Any, named: Any) -> None:
    """A server without TLS, one of HTML and one that nobody runs are told apart, with exit code 3."""
    with library() as served:
        code, said = command("check", served.url.replace("http:", "https:"), *QUICK)
        assert (code, "TLS" in said or "SSL" in said) == (3, True), said
        served.answer = lambda *_: (200, "<html>", {"Content-Type": "text/html"})  # type: ignore[method-assign]
        code, said = command("check", served.url, *QUICK)
        assert (code, "a web page" in said) == (3, True), said
    code, said = command("check", served.url, *QUICK)
    assert (code, "cannot be used" in said) == (3, True), said


def test_a_read_only_run_only_reads(command: Any, named: Any) -> None:
    """Over a whole run, no phase and no probe sends anything that could write."""
    with library() as served:
        named(served)
        before = dict(served.books)
        code, said = command("check", "lib", "--bundle", str(BUNDLE), "--max-examples", "5", "--allow-writes")

        assert len(served.asked) > 100, said
        assert {asked.split()[0] for asked in served.asked} <= {"GET", "HEAD", "OPTIONS", "TRACE"}
        assert served.books == before
    assert all("only read" in o["left_out"] for o in saved()["operations"] if o["operation"].split()[0] != "GET")
    assert code == 1  # no credentials of a reader, an expired one, another tenant: said, and not green
    assert "no credentials of" in said


def test_what_is_written_is_removed(command: Any, named: Any) -> None:
    """With `writable` and --allow-writes it writes, and leaves the rows as they were."""
    with library() as served:
        named(served, writable=True)
        before = set(served.books)
        command("check", "lib", *QUICK, "--allow-writes")

        assert any(asked.startswith("POST") for asked in served.asked)
        assert set(served.books) <= before
    assert Ledger(Path(".mockserver/ledger/lib.jsonl")).open_entries() == []


def test_cleanup_later(command: Any, named: Any) -> None:
    """What a killed run left is removed by --cleanup."""
    with library() as served:
        named(served, writable=True)
        environment = Environment("lib", served.url, writable=True, hosts=("127.0.0.1",))
        bundle = load(str(BUNDLE), ())
        with Client(environment, bundle, tokens={"default": KEY}, allow_writes=True) as client:
            watch(client, Ledger(Path(".mockserver/ledger/lib.jsonl")))
            making = bundle.operations.at("POST", "/books")
            body = json.dumps({"title": "Left over", "author": "Nobody"}).encode()
            client.send(Request("POST", "/books", (("Content-Type", "application/json"),), body), operation=making)
        assert any(book["title"] == "Left over" for book in served.books.values())
        code, said = command("check", "lib", *QUICK[:2], "--allow-writes", "--cleanup")

        assert (code, "Nothing is left over." in said) == (0, True), said
        assert not any(book["title"] == "Left over" for book in served.books.values())


def test_a_budget_ends_the_run(command: Any, named: Any) -> None:
    """It keeps to the number of requests, fails, and lists what was not reached."""
    with library() as served:
        named(served)
        code, said = command("check", "lib", *QUICK, "--budget", "30 requests")

        assert len(served.asked) <= 32
    assert (code, saved()["outcome"]) == (1, "stopped")
    assert "the run ended before" in said


def test_new_known_and_gone(command: Any, named: Any) -> None:
    """A finding fails the run, is known once it is accepted, and is gone when the server is mended."""
    asked = ("check", "lib", *QUICK, "--only", "MS200")
    with library("undeclared-property") as served:
        named(served)
        code, said = command(*asked, "--fail-on", "warning")
        assert (code, "`books[].purchase_price` is not declared" in said) == (1, True), said
        assert command(*asked, "--fail-on", "never")[0] == 0
        code, said = command(*asked, "--fail-on", "warning", "--accept", "The vendor knows", "--owner", "api-team")
        assert code == 0, said
        assert Path("fixtures/baselines/check-lib.json").is_file()
        code, said = command(*asked, "--fail-on", "warning")
        assert (code, "The vendor knows" in said) == (0, True), said
    with library() as served:
        named(served)
        code, said = command(*asked, "--fail-on", "warning")
        assert (code, "not seen any more" in said) == (0, True), said


def test_a_baseline_of_another_bundle(command: Any, named: Any) -> None:
    """It is refused with the titles of both."""
    with library("undeclared-property") as served:
        named(served)
        command("check", "lib", *QUICK, "--only", "MS200", "--accept", "known", "--owner", "me", "--baseline", "b.json")
    code, said = command("check", "mock", *OFFICES, "--only", "MS200", "--baseline", "b.json")

    assert (code, "Lending library" in said) == (2, True), said


def test_reports_later_are_the_same(command: Any, named: Any) -> None:
    """Whatever the run writes itself, `mockserver report` makes of its run.json byte by byte."""
    forms = ("html", "junit", "sarif", "har", "github", "json", "text")
    with library("copies-as-text", "trace-on-missing") as served:
        named(served)
        command("check", "lib", *QUICK, *(word for form in forms for word in ("--report", f"{form}=now.{form}")))
    command("report", str(RUN), *(word for form in forms for word in ("--to", f"{form}=later.{form}")))

    assert saved()["observations"]
    for form in forms:
        assert Path(f"now.{form}").read_bytes() == Path(f"later.{form}").read_bytes(), form


def test_secrets_and_people_stay_out_of_all_files(command: Any, named: Any) -> None:
    """Neither the key nor a person's address is in any file, and only the named files and .mockserver are written."""
    with library("copies-as-text", "trace-on-missing") as served:
        for book in served.books.values():
            book["author"] = "mildred.harkness@quillfeather.example"
        named(served)
        command("check", "lib", *QUICK, "--report", "html=check.html", "--report", "har=check.har", "--report", "text")
    written = {file.as_posix() for file in files()}
    found = [file for file in files() for secret in (KEY, "mildred.harkness") if secret in file.read_text("utf-8")]

    assert saved()["observations"]
    assert found == []
    assert {name for name in written if not name.startswith(".mockserver/")} == {
        "pyproject.toml", "check.html", "check.har",
    }  # fmt: skip


def test_three_environments_side_by_side(command: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each by its own address, with its own key, which no other gets to see."""
    keys = {"first": "lib-first-5512", "second": "lib-second-9034", "third": "lib-third-7741"}
    with library(key=keys["first"]) as a, library(key=keys["second"]) as b, library(key=keys["third"]) as c:
        tables = [
            f'[tool.mockserver.environments.{name}]\nurl = "{served.url}"\n'
            f'[tool.mockserver.environments.{name}.actors.default]\ntoken-variable = "KEY_{name}"\n'
            for name, served in zip(keys, (a, b, c), strict=True)
        ]
        Path("pyproject.toml").write_text("\n".join(tables), "utf-8")
        for name, key in keys.items():
            monkeypatch.setenv(f"KEY_{name}", key)
        for name in keys:
            code, said = command("check", name, *QUICK, "--only", "ST108")
            assert code == 0, said

        assert all(served.asked for served in (a, b, c))


def test_recorded_traffic_is_judged(command: Any, named: Any) -> None:
    """A HAR is held against the bundle by the same checks, and what it covers is said."""
    with library("copies-as-text") as served:
        named(served)
        command("check", "lib", *QUICK, "--only", "ST108", "--report", "har=seen.har")
    code, said = command("check", "lib", "--bundle", str(BUNDLE), "--har", "seen.har")

    assert (code, "ST108" in said) == (1, True), said
    assert "exchanges cover" in said


def test_ctrl_c_keeps_what_was_seen(named: Any) -> None:
    """SIGINT ends the run with exit code 130; its run.json says that it was interrupted."""
    with library() as served:
        named(served)
        arguments = [sys.executable, "-m", "mockserver", "check", "lib", "--bundle", str(BUNDLE)]
        process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        deadline = time.monotonic() + 60
        while len(served.asked) < 120 and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=60)[0]

    assert process.returncode == 130, said
    assert (saved()["outcome"], "Traceback" in said) == ("interrupted", False), said


def test_the_same_seed_sends_the_same_bytes() -> None:
    """Two runs on the mock send the same requests in the same order, probes included; another seed sends others."""

    def sent(seed: int) -> list[tuple[str, bytes, bytes, bytes]]:
        seen: list[tuple[str, bytes, bytes, bytes]] = []
        maker = Maker(Environment("mock"))

        def make() -> Client:
            client = maker()
            inner = client._transport._app  # type: ignore[attr-defined]

            async def recording(scope: Any, receive: Any, send: Any) -> None:
                message = await receive()
                seen.append((scope["method"], scope["raw_path"], scope["query_string"], message.get("body", b"")))

                async def again() -> Any:
                    return message

                await inner(scope, again, send)

            client._transport._app = recording  # type: ignore[attr-defined]
            return client

        globs = ("POST /gql/v1/offices", "GET /gql/v1/office/*", "* /api/v1/event-subscriptions*")
        run_checks(make, Options(seed, 5, operations=globs))
        return seen

    first = sent(3)
    assert len(first) > 300
    assert sent(3) == first
    assert sent(4) != first


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_code_is_explained(command: Any, code: str) -> None:
    """`mockserver explain` knows each code that a report can name."""
    ended, said = command("explain", code)

    assert ended == 0
    assert "Why" in said
    assert "Fix" in said
