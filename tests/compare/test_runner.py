"""Two environments compared from the program to the finding: no false alarm, an owner, storage, replay."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from mockserver.compare.difference import Difference
from mockserver.compare.noise import rules_for
from mockserver.compare.observing import judged
from mockserver.compare.replay import compare_recorded
from mockserver.compare.rules import Rule, Rules
from mockserver.compare.runner import Compared, Options, program_of, run_compare
from mockserver.compare.storage import load, recorded, save
from mockserver.environments.client import Client
from mockserver.environments.environment import Environment
from mockserver.exchanges import Exchange
from mockserver.probes.base import Contract
from mockserver.redaction import Redactor
from mockserver.store.relations import infer_model
from tests.drifts.corpus import DRIFTS, pair
from tests.mutants.hook import Faulty

FEW = Options(operations=("GET /gql/v1/client/*", "POST /gql/v1/services", "POST /gql/v1/clients"), steps=260)


@contextmanager
def clients(*names: str) -> Iterator[tuple[Client, Client, Contract]]:
    """Two mocks with data of their own in process; drifts of these names are on the second."""
    one, other = pair(1, 2, *[drift for drift in DRIFTS if drift.name in names])
    with client("staging", one) as a, client("sandbox", other) as b:
        yield a, b, Contract(a.bundle, infer_model(a.bundle))


def client(name: str, app: Faulty) -> Client:
    """A client that only reads."""
    return Client(Environment(name), app.app.bundle, app=app, tokens=dict(app.tokens))


def compared(*names: str, options: Options = FEW) -> tuple[Compared, Contract]:
    """What a comparison finds."""
    with clients(*names) as (a, b, contract):
        return run_compare(a, b, contract, options, Rules()), contract


def classes(found: Compared) -> set[str]:
    """The classes of drift that were found."""
    return {difference.cls for difference in found.judged.drift}


def test_two_sides_without_drift_are_the_same() -> None:
    """Seeds, ids, counts, tenants and clocks differ; not one difference is reported, and the run proves enough."""
    found, _ = compared()

    assert [o.finding.message for o in found.judged.observations] == []
    assert found.judged.gate == found.judged.unclean == ()
    assert sum(share.compared for share in found.judged.compared.values()) > 500


def test_a_drift_has_a_class_an_owner_and_both_answers(tmp_path: Path) -> None:
    """A status that the bundle does not know is B's, with both exchanges; stored and judged again it stays the same."""
    found, contract = compared("status-gone")
    gone = [o for o in found.judged.observations if o.finding.code == "MS301"]

    assert gone
    assert {o.verdict for o in gone} == {"B"}
    assert [e.environment for e in gone[0].exchanges] == ["staging", "sandbox"]
    assert (gone[0].details["a"], gone[0].details["b"]) == ("404", "410")

    folder = save(found.record, found.judged.rules, tmp_path, Redactor(found.secrets, b"k" * 32))
    again = judged(load(folder, contract.bundle), Rules(), contract.bundle, part=True)
    assert [o.key for o in again.observations] == [o.key for o in found.judged.observations]
    assert all(secret not in file.read_text("utf-8") for file in folder.iterdir() for secret in found.secrets)


def test_rules_are_applied_to_what_was_stored() -> None:
    """A new rule takes a difference of a record away; a rule that is not needed is a finding."""
    found, contract = compared("number-exponent")
    forms = [d for d in found.judged.drift if d.cls == "number form"]
    rules = Rules(
        (*(Rule(d.operation, d.place, d.pointer, "ignore-value", "exponents are fine") for d in forms),
         Rule("GET /nothing", "body", "/x", "form", "never needed"))
    )  # fmt: skip
    again = judged(found.record, rules, contract.bundle)

    assert forms
    assert "number form" not in {d.cls for d in again.drift}
    assert [o.finding.code for o in again.observations if o.finding.operation == "GET /nothing"] == ["MS340"]


def test_a_side_that_differs_from_itself_is_told() -> None:
    """What one environment answers otherwise when asked twice, and no rule may excuse, is said with its place."""
    found, contract = compared()
    typed = Difference(0, "GET /x", "type", "breaking", "body", "/a", "1", '"1"', "type at body /a: integer -> string")
    record = replace(found.record, noise=((), (typed,)))
    again = judged(record, Rules(), contract.bundle, part=True)

    assert rules_for([typed], record.steps("b1")).rules == ()
    assert again.unclean == (f"sandbox differs from itself: GET /x: {typed.message}",)


def test_a_recording_is_held_against_today(tmp_path: Path) -> None:
    """Yesterday's answers of an environment are compared with today's; a drift since then is found."""
    found, contract = compared()
    redactor = Redactor(found.secrets, b"k" * 32)
    save(found.record, found.judged.rules, tmp_path, redactor)
    date = found.record.started[:10]
    results: list[set[str]] = []
    for names in ((), ("status-gone",)):
        with clients(*names) as (_, today, _contract):
            record, side = recorded(tmp_path, "sandbox", date, contract.bundle)
            name = f"sandbox@{date}"
            then = compare_recorded((record, side, name), today, contract, FEW, Rules(), redactor)
            results.append(classes(then))
            assert {e.environment for e in _exchanges(then)} <= {name, "sandbox"}

    assert results == [set(), {"status"}]


def _exchanges(found: Compared) -> Sequence[Exchange]:
    return [exchange for o in found.judged.observations for exchange in o.exchanges]


def test_the_program_is_the_same_for_the_same_seed() -> None:
    """Operations asked for are in the program with what they take ids from, and a seed always gives the same one."""
    with clients() as (a, b, contract):
        one, two = (program_of(contract, FEW, (a, b)).to_json() for _ in range(2))

    assert one == two
    asked = {"GET /gql/v1/client/{id}", "POST /gql/v1/services", "POST /gql/v1/clients"}
    assert asked <= {step["operation"] for step in one["steps"]} <= {*asked, "POST /gql/v1/clients/search"}
