"""`mockserver compare` from end to end: the real command, real servers, and what is on the disk afterwards."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from mockserver.cli import run
from tests.library.pair import BOOKS, RULES, behaving, classes, files, found, kept, libraries, told
from tests.library.server import BUNDLE, KEY

FEW = ["--operation", "POST /gql/v1/offices", "--operation", "GET /gql/v1/office/*", "--max-requests", "80"]
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


def test_two_mocks_of_different_seeds_are_the_same(command: Command) -> None:
    """Exit 0; the seed, the time and where the run is kept are printed; judged again it says the same."""
    code, said = command("mock", "mock?seed=3", *FEW, "--report", "json=run.json")
    folder = next(Path(".mockserver/runs").glob("compare-*/*"))
    run_json = json.loads(Path("run.json").read_text("utf-8"))

    assert code == 0, said
    assert "seed 1" in said
    assert f"--from {folder}" in said
    assert run_json["kind"] == "compare"
    assert run_json["options"]["command"].endswith(
        "--max-requests 80 --operation 'POST /gql/v1/offices' --operation 'GET /gql/v1/office/*' --seed 1"
    )
    assert [target["name"] for target in run_json["targets"]] == ["mock", "mock-seed-3"]
    assert run_json["observations"] == []
    assert command("--from", str(folder))[0] == 0


def test_an_unused_rule_is_told_and_no_drift(command: Command) -> None:
    """A rule that never hits is shown, and the exit code stays 0."""
    rule = '[[rule]]\noperation = "GET /x"\nplace = "body"\npointer = "/a"\ntreat = "form"\nreason = "noise"\n'
    Path("rules.toml").write_text(rule, "utf-8")
    assert command("mock", "mock?seed=3", *FEW)[0] == 0
    folder = next(Path(".mockserver/runs").glob("compare-*/*"))
    code, said = command("--from", str(folder), "--rules", "rules.toml")

    assert (code, "never hit" in said) == (0, True), said


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["mock"], "Say which two to compare"),
        (["mock", "nowhere"], "no environment 'nowhere'"),
        (["sandbx", "mock"], "Did you mean sandbox?"),
        (["mock@2020-01-01", "mock"], "no recording of mock at 2020-01-01"),
        (["mock", "mock@2020-01-01"], "a recording stands first"),
        (["mock", "mock", "--key", "client"], "--key is ENTITY=FIELD"),
        (["mock", "mock", "--operation", "GET /nothing"], "No operation of the bundle is like that"),
        (["--from", "nothing"], "holds no stored comparison"),
        (["mock", "mock", "--rules", "none.toml"], "There is no file of rules none.toml"),
        (["mock", "--environment", "mock"], "--bundle OLD NEW --environment E"),
        (["mock", "mock", "--accept", "known"], "Give --owner NAME"),
        (["mock", "mock", "--baseline", "none.json"], "There is no baseline none.json"),
        (["mock", "mock", "--budget", "soon"], "A budget reads"),
        (["mock", "mock", "--scenario", "none.yaml"], "none.yaml"),
        (["mock", "mock", "--har", "none.har"], "none.har"),
        (["mock", "mock", "--source", "readng"], "Did you mean reading?"),
    ],
)
def test_wrong_usage_is_one_sentence(command: Command, arguments: list[str], sentence: str) -> None:
    """Wrong usage ends with exit 2 and a sentence that says what is wrong, before anything is asked or written."""
    code, said = command(*arguments)

    assert (code, sentence in said) == (2, True), said
    assert "Traceback" not in said
    assert list(files()) == []


def test_a_server_that_is_not_there_is_exit_3(command: Command) -> None:
    """Nothing was compared where one side does not answer; it never counts as equal."""
    code, said = command("mock", "http://127.0.0.1:9")

    assert (code, "127.0.0.1:9" in said, "Traceback" in said) == (3, True, False), said


def test_wrong_credentials(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment whose credentials are refused is named; nothing was compared."""
    monkeypatch.setenv("SANDBOX_KEY", "wrong")
    with libraries():
        code, said = command("staging", "sandbox", *BOOKS)

    assert (code in (2, 3), "sandbox" in said, "Traceback" in said) == (True, True, False), said


def test_bindings_and_program_are_shown_without_a_request(command: Command) -> None:
    """What takes ids from what, and the requests themselves, can be looked at before anything is asked."""
    code, said = command("--show-bindings")
    assert (code, "client" in said) == (0, True)
    code, said = command("--show-program", *FEW)
    operations = {step["operation"] for step in json.loads(said[: said.rindex("}") + 1])["steps"]}

    assert {"POST /gql/v1/offices", "GET /gql/v1/office/{id}"} <= operations
    assert code == 0


def test_the_program_for_two_sides_is_shown(command: Command) -> None:
    """With two sides it is the program that they would be asked, their rights counted in; nothing is compared."""
    with libraries(writable=True):
        code, said = command("staging", "sandbox", *BOOKS, "--show-program")
        reading = json.loads(said[said.index("{") : said.rindex("}") + 1])["steps"]
        code, said = command("staging", "sandbox", *BOOKS, "--show-program", "--allow-writes")
        writing = json.loads(said[said.index("{") : said.rindex("}") + 1])["steps"]

    assert code == 0
    assert "DELETE /books/{book_id}" not in {step["operation"] for step in reading}
    assert "DELETE /books/{book_id}" in {step["operation"] for step in writing}
    assert not Path(".mockserver/runs").exists()


def test_judged_again_it_says_the_same(command: Command) -> None:
    """`--from` gives the verdict of the live run without a request; reports of it are made later."""
    with libraries("copies-as-text", "missing-is-500") as (a, b):
        code, said = command("staging", "sandbox", *BOOKS)
        asked, live = len(a.asked) + len(b.asked), told()
        again, said_again = command("--from", str(kept()), "--bundle", str(BUNDLE), "--report", "json=again.json")

        assert len(a.asked) + len(b.asked) == asked
    assert (code, again) == (1, 1), said + said_again
    assert {"type", "status class"} <= classes()
    assert found(json.loads(Path("again.json").read_text("utf-8"))) == found(live)
    assert {o["verdict"] for o in live["observations"] if o["details"]["class"] == "type"} == {"B"}


def test_what_is_accepted_is_known(command: Command) -> None:
    """What is accepted fails no run until something new comes; --fail-on says from which impact on."""
    with libraries("undeclared-property"):
        assert command("staging", "sandbox", *BOOKS)[0] == 1
        assert command("staging", "sandbox", *BOOKS, "--fail-on", "never")[0] == 0
        code, said = command("staging", "sandbox", *BOOKS, "--accept", "The vendor knows", "--owner", "api-team")
        assert code == 0, said
        assert Path("fixtures/baselines/compare-staging-sandbox.json").is_file()
        code, said = command("staging", "sandbox", *BOOKS)
        assert (code, "The vendor knows" in said) == (0, True), said
    with libraries("undeclared-property", "missing-is-500"):
        assert command("staging", "sandbox", *BOOKS)[0] == 1


def test_rules_are_learnt_and_used(command: Command) -> None:
    """--learn writes what a side differs in from itself; the next run uses it; once nothing needs it, it is told."""
    numbers = count()

    def moody(answer: Any, _: str, target: str) -> Any:
        return (200, {**answer[1], "closes": f"{next(numbers) % 24:02}:00"}, {}) if "hours" in target else answer

    with libraries() as sides:
        for served in sides:
            behaving(served, moody)
        code, said = command("staging", "sandbox", *BOOKS, "--learn")
        assert (code, RULES.is_file()) == (0, True), said
        assert 'pointer = "/closes"' in RULES.read_text("utf-8")
        assert 'reason = "' in RULES.read_text("utf-8")
        code, said = command("staging", "sandbox", *BOOKS)
        assert (code, "never hit" in said) == (0, False), said
        assert any(rule["hits"] for rule in told()["details"]["rules"])
    with libraries():
        code, said = command("staging", "sandbox", *BOOKS)

    assert (code, "never hit" in said) == (0, True), said


SCENARIO = """
name: a book
steps:
  - operation: listBooks
    query: {per_page: 3}
    save: {number: /books/0/id}
  - operation: GET /books/{book_id}
    path: {book_id: "${number}"}
    about: the first book of the list
"""
ARAZZO = """
arazzo: 1.0.1
info: {title: A book, version: "1"}
sourceDescriptions: [{name: library, url: bundle.yaml, type: openapi}]
workflows:
  - workflowId: one
    steps:
      - stepId: first
        operationId: listBooks
        parameters: [{name: per_page, in: query, value: 3}]
        outputs: {number: $response.body#/books/0/id}
      - stepId: second
        operationId: getBook
        parameters: [{name: book_id, in: path, value: $steps.first.outputs.number}]
"""


@pytest.mark.parametrize(("name", "text"), [("book.yaml", SCENARIO), ("book.arazzo.yaml", ARAZZO)])
def test_steps_by_hand(command: Command, name: str, text: str) -> None:
    """What one side answers is fed forward on that side: each is asked for its own first book."""
    Path(name).write_text(text, "utf-8")
    with libraries("copies-as-text") as (a, b):
        part = ("--operation", "GET /hours", "--scenario", name)
        code, said = command("staging", "sandbox", *BOOKS, *part)

        assert (code, "copies" in said) == (1, True), said
        assert "GET /library/v2/books/1" in a.asked
        assert "GET /library/v2/books/401" in b.asked


def test_recorded_traffic_is_asked(command: Command) -> None:
    """The requests of a HAR go to both sides."""
    with libraries() as (a, b):
        asked = {"method": "GET", "url": f"{a.url}/library/v2/books?author=Author%203&per_page=2", "headers": []}
        reply = {"status": 200, "statusText": "", "headers": [], "content": {"mimeType": "application/json"}}
        entry = {"startedDateTime": "2026-01-01T00:00:00Z", "time": 1, "request": asked, "response": reply}
        Path("seen.har").write_text(json.dumps({"log": {"version": "1.2", "entries": [entry]}}), "utf-8")
        seen: list[str] = []
        for served in (a, b):
            behaving(served, lambda answer, _, target: (seen.append(target), answer)[1])
        code, said = command("staging", "sandbox", *BOOKS, "--operation", "GET /hours", "--har", "seen.har")

    assert code == 0, said
    assert seen.count("/library/v2/books?author=Author%203&per_page=2") == 4


def test_today_against_a_recording(command: Command) -> None:
    """NAME@DATE is what an environment answered then: alike until it moves, and then what moved."""
    with libraries() as (_, b):
        assert command("staging", "sandbox", *BOOKS)[0] == 0
        date = kept().name[:10]
        code, said = command(f"sandbox@{date}", "sandbox", *BOOKS)
        assert code == 0, said
        b.faults = frozenset({"copies-as-text"})
        code, said = command(f"sandbox@{date}", "sandbox", *BOOKS)

    assert (code, "copies" in said) == (1, True), said


def test_contract_or_service(command: Command) -> None:
    """With two bundles and one environment it is told which of them moved."""
    text = BUNDLE.read_text("utf-8")
    Path("new.yaml").write_text(text.replace("copies: {type: integer, minimum: 0,", "copies: {type: string,"), "utf-8")
    with libraries("copies-as-text"):
        old = ("--bundle", str(BUNDLE), "new.yaml", "--max-requests", "120")
        code, said = command(*old, "--environment", "sandbox")
        assert (code, "contract" in said) == (1, True), said
        same = ("--bundle", str(BUNDLE), str(BUNDLE), "--max-requests", "120")
        assert command(*same, "--environment", "staging")[0] == 0
