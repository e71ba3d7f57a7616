"""`mockserver compare` with servers that are written to, are slow, break off or refuse, and what is left of it all."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from mockserver.cli import run
from mockserver.environments.ledger import Ledger
from tests.library.pair import BOOKS, RULES, behaving, classes, files, kept, libraries, told
from tests.library.server import BUNDLE, KEY

Command = Callable[..., tuple[int, str]]


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every command runs in an empty folder, without credentials and without the wishes of this very run."""
    monkeypatch.chdir(tmp_path)
    for name in ("MOCKSERVER_TOKEN", "MOCKSERVER_KEY", "GITHUB_STEP_SUMMARY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("STAGING_KEY", KEY)
    monkeypatch.setenv("SANDBOX_KEY", KEY)


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs `mockserver compare ...`; gives the exit code and all that was printed."""

    def call(*arguments: str) -> tuple[int, str]:
        code = run(["compare", *arguments])
        said = capsys.readouterr()
        return code, said.out + said.err

    return call


def test_it_only_reads(command: Command) -> None:
    """Alike libraries with ids of their own are alike; --allow-writes does nothing where nobody is `writable`."""
    with libraries() as (a, b):
        before = dict(a.books), dict(b.books)
        code, said = command("staging", "sandbox", *BOOKS, "--allow-writes")

        assert code == 0, said
        assert min(len(a.asked), len(b.asked)) > 60
        assert {asked.split()[0] for asked in (*a.asked, *b.asked)} <= {"GET", "HEAD", "OPTIONS", "TRACE"}
        assert (a.books, b.books) == before
    assert {file.parts[0] for file in files()} == {".mockserver", "pyproject.toml"}


def test_what_is_written_is_removed_on_both_sides(command: Command) -> None:
    """Where both are `writable` and --allow-writes is given, both are written to, and both are left as they were."""
    with libraries(writable=True) as (a, b):
        before = set(a.books), set(b.books)
        code, said = command("staging", "sandbox", *BOOKS, "--allow-writes")

        assert code == 0, said
        for served in (a, b):
            assert {"POST", "PUT", "DELETE"} <= {asked.split()[0] for asked in served.asked}
        assert (set(a.books), set(b.books)) == before
    for name in ("staging", "sandbox"):
        assert Ledger(Path(f".mockserver/ledger/{name}.jsonl")).open_entries() == []


def test_a_drift_of_writing(command: Command) -> None:
    """What a creation answers differs: it is found, and the rows are removed all the same."""
    with libraries("made-is-200", writable=True) as (a, b):
        before = set(a.books), set(b.books)
        code, said = command("staging", "sandbox", *BOOKS, "--allow-writes")

        assert (code, "201" in said) == (1, True), said
        assert (set(a.books), set(b.books)) == before


def test_a_spent_budget_is_no_agreement(command: Command) -> None:
    """Where the budget ends before enough was compared, the run says so and does not end with 0."""
    with libraries() as (a, b):
        code, said = command("staging", "sandbox", "--bundle", str(BUNDLE), "--budget", "40 requests")

        assert max(len(a.asked), len(b.asked)) <= 40
    assert (code, "budget" in said) == (3, True), said


def test_a_slow_side(command: Command) -> None:
    """A side that takes its time behaves alike, but for the time."""
    with libraries() as (_, b):
        behaving(b, lambda answer, *_: (time.sleep(0.02), answer)[1])
        code, said = command("staging", "sandbox", *BOOKS, "--max-requests", "100")

    assert classes() <= {"latency"}, said
    assert code in (0, 1)


def test_a_side_that_drops_connections(command: Command) -> None:
    """Every ninth connection is closed without a word: it is asked again, and no result is lost."""
    numbers = count()

    def closing(answer: Any, *_: str) -> Any:
        if next(numbers) % 9 == 8:
            raise TimeoutError  # the handler closes the connection without a word
        return answer

    with libraries("copies-as-text") as (_, b):
        behaving(b, closing)
        code, said = command("staging", "sandbox", *BOOKS, "--max-requests", "160")

    assert (code, classes()) == (1, {"type"}), said


def test_a_side_that_is_gone_after_a_while(command: Command) -> None:
    """Requests without an answer are never taken for agreement: exit 3, and which operations it concerns."""
    numbers = count()

    def closing(answer: Any, *_: str) -> Any:
        if next(numbers) > 40:
            raise TimeoutError
        return answer

    with libraries() as (_, b):
        behaving(b, closing)
        began = time.monotonic()
        code, said = command("staging", "sandbox", *BOOKS, "--max-requests", "80")

    assert (code, "Proves too little" in said) == (3, True), said
    assert time.monotonic() - began < 40


def test_a_side_that_limits_its_rate(command: Command) -> None:
    """A 429 with Retry-After is waited for; what it kept back is neither lost nor a drift."""
    numbers = count()

    def limiting(answer: Any, *_: str) -> Any:
        if next(numbers) % 30 == 29:
            return 429, {"problem": "Slowly, please."}, {"Retry-After": "1"}
        return answer

    with libraries() as (_, b):
        behaving(b, limiting)
        code, said = command("staging", "sandbox", *BOOKS, "--max-requests", "90")

    assert (code, classes()) == (0, set()), said
    assert "sandbox limits how often it is asked: it made us wait" in said
    assert "staging limits" not in said


def test_secrets_and_people_stay_out_of_all_files(command: Command) -> None:
    """Neither the key nor a person's address is in any file, and only the named files and .mockserver are written."""
    with libraries("copies-as-text") as sides:
        for served in sides:
            for book in served.books.values():
                book["author"] = "mildred.harkness@quillfeather.example"
        reports = (f"--report={form}=out.{form}" for form in ("html", "har", "json", "junit", "sarif", "github"))
        code, said = command("staging", "sandbox", *BOOKS, "--learn", *reports)
    text = {file.as_posix(): file.read_text("utf-8") for file in files()}

    assert code == 1, said
    assert [(name, secret) for name in text for secret in (KEY, "mildred.harkness") if secret in text[name]] == []
    assert {name for name in text if not name.startswith((".mockserver/", "out."))} == {
        "pyproject.toml", RULES.as_posix(),
    }  # fmt: skip


def test_ctrl_c_keeps_what_was_seen() -> None:
    """SIGINT ends the run with exit code 130; what was seen until then is kept and can be judged."""
    with libraries("copies-as-text") as (a, b):
        behaving(b, lambda answer, *_: (time.sleep(0.01), answer)[1])
        arguments = [sys.executable, "-m", "mockserver", "compare", "staging", "sandbox", *BOOKS]
        process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        deadline = time.monotonic() + 60
        while len(a.asked) < 70 and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=60)[0]

    assert process.returncode == 130, said
    assert "Traceback" not in said
    assert told()["outcome"] == "interrupted"
    assert re.search(r"Saved \S+", said)
    assert run(["compare", "--from", str(kept()), "--bundle", str(BUNDLE)]) == 130
