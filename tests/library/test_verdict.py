"""Who is wrong, server, mock or bundle: a live library is checked, and the mock of its bundle is asked too."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from mockserver.bundle.loader import load_bundle
from mockserver.checking import Maker
from mockserver.checks.runner import Checked, Options, run_checks
from mockserver.environments.client import Client
from mockserver.environments.environment import Environment
from mockserver.runs import Observation
from tests.library.server import BUNDLE, KEY, library


def checked(bundle: Path, *faults: str, overlays: tuple[str, ...] = (), only: tuple[str, ...] = ()) -> Checked:
    """The library checked by a bundle, each finding tried on the mock of the same bundle."""
    loaded = load_bundle(bundle, [Path(file) for file in overlays])
    with library(*faults) as served:
        environment = Environment("library", served.url, writable=True, hosts=("127.0.0.1",))

        def make() -> Client:
            return Client(environment, loaded, tokens={"default": KEY}, allow_writes=True)

        mock = Maker(Environment("mock"), str(bundle), overlays)
        return run_checks(make, Options(1, 5, ("coverage",), only=only), against=(mock, True))


def of(run: Checked, code: str) -> list[Observation]:
    """The observations of a code."""
    return [one for one in run.observations if one.finding.code == code]


@pytest.mark.parametrize(
    ("fault", "code"),
    [("made-is-200", "ST103"), ("copies-as-text", "ST108"), ("count-of-page", "MS235"), ("trace-on-missing", "MS215")],
)
def test_only_the_server_fails(fault: str, code: str) -> None:
    """The mock keeps the bundle in the same case: the server, or what the bundle says of it, is wrong."""
    found = of(checked(BUNDLE, fault, only=(code,)), code)

    assert "server or bundle" in {one.verdict for one in found}
    assert {one.verdict for one in found} <= {"server or bundle", ""}  # a row that only the server has tells nothing


def test_both_fail_where_the_bundle_is_wrong(tmp_path: Path) -> None:
    """A bundle that knows no refusal: both have to fail, and the drafted overlays make the findings go away."""
    document = yaml.safe_load(BUNDLE.read_text("utf-8"))
    for method in ("get", "delete"):
        replies = document["paths"]["/books/{book_id}"][method]["responses"]
        for status in ("400", "401", "404"):
            del replies[status]
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(yaml.safe_dump(document, sort_keys=False), "utf-8")
    found = [one for one in of(checked(wrong, only=("ST103",)), "ST103") if "404" in one.finding.message]

    assert {one.finding.operation for one in found} >= {"GET /books/{book_id}", "DELETE /books/{book_id}"}
    assert {one.verdict for one in found} == {"bundle"}
    drafts = []
    for number, one in enumerate(found):
        file = tmp_path / f"{number}.overlay.yaml"
        file.write_text(one.overlay, "utf-8")
        drafts.append(str(file))
    again = checked(wrong, overlays=tuple(drafts), only=("ST103",))

    assert [one for one in of(again, "ST103") if "404" in one.finding.message] == []


def test_only_the_mock_fails() -> None:
    """What is checked is called the mock where findings are tried on a live server instead."""
    bundle = load_bundle(BUNDLE)
    with library("count-of-page") as wrong, library() as right:

        def client(url: str) -> Client:
            environment = Environment("library", url, writable=True, hosts=("127.0.0.1",))
            return Client(environment, bundle, tokens={"default": KEY}, allow_writes=True)

        run = run_checks(
            lambda: client(wrong.url),
            Options(1, 5, phases=(), only=("MS235",)),
            against=(lambda: client(right.url), False),
        )

    assert {one.verdict for one in of(run, "MS235")} == {"mock"}
