"""Rules of noise excuse values, never presence, type or format; they are kept in a file and counted."""

from __future__ import annotations

from pathlib import Path

import pytest

from mockserver.compare.judgement import compare
from mockserver.compare.rules import Rule, Rules, load_rules, stale
from mockserver.problems import UsageError
from tests.compare.made import contract, made

EMAIL = Rule("GET /gql/v1/client/*", "body", "/email", "form", "Masked in the sandbox.", "2026-03-01", "3 of 3")
ROW = {"id": 789, "name": "Acme Corporation", "legalName": "Acme Inc.", "taxId": "12-3456789", "phone": "+1-555-0123"}


def test_rules_survive_their_file(tmp_path: Path) -> None:
    """Quotes, line ends and letters of any kind come back as they were; no file means no rules."""
    rules = Rules((EMAIL, Rule("*", "header:X", "/rows/[]/a", "set", 'Says "é"\n\\ and more', "", "")))
    file = tmp_path / "baselines" / "compare-a-b.toml"
    rules.save(file)

    assert load_rules(file).rules == rules.rules
    assert load_rules(tmp_path / "none.toml").rules == ()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x = ", "is not TOML"),
        ("[[rule]]\noperation = '*'", "rule 1 lacks place, treat, reason"),
        ("[[rule]]\noperaton = '*'", "operation"),
        ("[[rule]]\noperation='*'\nplace='*'\ntreat='ignore'\nreason='x'", "rule 1 treats as 'ignore'"),
        ("other = 1", "something else"),
    ],
)
def test_wrong_files_are_refused_with_the_way_out(tmp_path: Path, text: str, words: str) -> None:
    """The message names the file, the rule and what is wrong."""
    file = tmp_path / "rules.toml"
    file.write_text(text)

    with pytest.raises(UsageError, match=words):
        load_rules(file)


def test_a_rule_excuses_the_value_and_is_counted() -> None:
    """The rule's hits are counted; another one that never hits is a finding."""
    a, b = (made(body={**ROW, "email": email}, same_row=True) for email in ("a@acme.example", "b@acme.example"))
    unused = Rule("*", "header:Server", "*", "form", "Two gateways.")
    rules = Rules((EMAIL, unused), "rules.toml")

    found = compare([a], [b], contract(), rules)

    assert len(compare([a], [b], contract()).differences) == 1
    assert found.differences == ()
    assert found.hits == {0: 1, 1: 0}
    assert [finding.code for finding in stale(rules, found)] == ["MS340"]


@pytest.mark.parametrize("change", [{"email": 7}, {}])
def test_a_rule_never_excuses_type_or_presence(change: dict[str, object]) -> None:
    """What is volatile still has to be there, and of its type."""
    a, b = made(body={**ROW, "email": "a@acme.example"}, same_row=True), made(body={**ROW, **change}, same_row=True)

    for treat in ("form", "ignore-value", "set", "unsteady"):
        rule = Rule("*", "*", "*", treat, "All is noise.")
        assert compare([a], [b], contract(), Rules((rule,))).differences != ()


def test_precision_is_excused_only_where_it_was_seen() -> None:
    """That a moment is another each time says nothing of its fraction."""
    sides = [[made(body={"id": 789, "at": f"2024-05-06T07:08:0{n}{end}"}, number=n) for n in range(6)]
             for end in (".123Z", "Z")]  # fmt: skip
    rules = [Rules((Rule("*", "body", "/at", treat, "Volatile."),)) for treat in ("form", "ignore-value")]

    found = [{each.cls for each in compare(*sides, contract(), rule).differences} for rule in rules]
    assert found == [{"precision"}, set()]


def test_brackets_of_pointers_are_no_globs() -> None:
    """`/rows/[]/id` means the elements of the list."""
    rules = Rules((Rule("*", "body", "/clients/[]/*", "set", "x"),))

    assert rules.joined(rules).rules == rules.rules
    assert rules.rules[0].pointer in rules.to_toml()
