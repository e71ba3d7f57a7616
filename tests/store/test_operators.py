"""Each operator by examples: what it finds, what it takes, and that no pattern hangs the server."""

from __future__ import annotations

import time
from typing import Any

import pytest

from mockserver.problems import Refusal
from mockserver.store.index import Column, TooSlow
from mockserver.store.memory import Store
from mockserver.store.operators import OPERATORS, legal
from mockserver.store.query import parse_where
from mockserver.store.values import Kind
from tests.store.shop import firm

NAMES = ["Acme", "acme corp", "ACME_1", "50% off", "a\\b", "", "Zoë", "two\nlines", "ZOË"]
DOCUMENTS: list[Any] = [
    {"a": 1, "b": [1, 2, {"c": "x"}]},
    {"a": 1.0},
    ["a", "b", ["a"]],
    "a",
    1,
    True,
    [],
    {},
    None,
]


def texts(*names: str | None) -> Store:
    """Offices by these names, their keys counting from 0."""
    return firm(office=[{"id": key, "name": name} for key, name in enumerate(names)])


OFFICES = texts(*NAMES, None)
INVOICES = firm(invoice=[{"id": key, "anything": value} for key, value in enumerate(DOCUMENTS)])


def find(store: Store, entity: str, where: Any) -> list[Any]:
    """The keys of the rows for which a condition is true."""
    return [row["id"] for row in store.find(entity, parse_where(where, entity, store.model)).rows]


def named(**asked: Any) -> list[str]:
    """The names that fulfil operators."""
    return [NAMES[key] for key in find(OFFICES, "office", {"name": asked})]


def refusal(where: Any, entity: str = "office") -> tuple[str, str]:
    """Code and text of a refused condition."""
    with pytest.raises(Refusal) as caught:
        find(OFFICES, entity, where)
    return caught.value.code, caught.value.violations[0].detail


# -- text --


@pytest.mark.parametrize(
    ("pattern", "like", "ilike"),
    [
        ("Acme", ["Acme"], ["Acme"]),
        ("acme%", ["acme corp"], ["Acme", "acme corp", "ACME_1"]),
        ("%E", [], ["Acme"]),
        ("%me%", ["Acme", "acme corp"], ["Acme", "acme corp", "ACME_1"]),
        ("%c%e%", ["Acme", "acme corp"], ["Acme", "acme corp", "ACME_1"]),
        ("a%c%p", ["acme corp"], ["acme corp"]),
        ("____", ["Acme"], ["Acme"]),
        ("A__e", ["Acme"], ["Acme"]),
        ("%\\_%", ["ACME_1"], ["ACME_1"]),
        ("%\\%%", ["50% off"], ["50% off"]),
        ("a\\\\b", ["a\\b"], ["a\\b"]),
        ("a\\b", [], []),
        ("\\acm_ %", ["acme corp"], ["acme corp"]),
        ("", [""], [""]),
        ("%", NAMES, NAMES),
        ("%%", NAMES, NAMES),
        ("two%lines", ["two\nlines"], ["two\nlines"]),
        ("two_lines", ["two\nlines"], ["two\nlines"]),
        ("zo%ë", [], ["Zoë", "ZOË"]),
        ("%.%", [], []),
        ("A%A", [], []),
    ],
)
def test_like_takes_wildcards_and_escapes(pattern: str, like: list[str], ilike: list[str]) -> None:
    """`%` is any text, `_` one character, a backslash takes the next one literally; `_nlike` finds the others."""
    assert named(_like=pattern) == like
    assert named(_ilike=pattern) == ilike
    assert named(_nlike=pattern) == [name for name in NAMES if name not in like]
    assert named(_nilike=pattern) == [name for name in NAMES if name not in ilike]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("Acme", ["Acme"]),
        ("cme", []),
        ("(Acme|acme)%", ["Acme", "acme corp"]),
        ("[Aa]cme", ["Acme"]),
        ("[A-Z_]+[0-9]", ["ACME_1"]),
        ("[^A-Za-z]%", ["50% off"]),
        ("%\\_1", ["ACME_1"]),
        ("_{4}", ["Acme"]),
        ("A.me", []),
        ("%(me|ff)", ["Acme", "50% off"]),
        ("^Acme$", []),
    ],
)
def test_similar_is_that_of_sql(pattern: str, expected: list[str]) -> None:
    """The whole text has to match; `%` and `_` are wildcards, `.`, `^` and `$` are not."""
    assert named(_similar=pattern) == expected
    assert named(_nsimilar=pattern) == [name for name in NAMES if name not in expected]


@pytest.mark.parametrize(
    ("pattern", "regex", "iregex"),
    [
        ("cm", ["Acme", "acme corp"], ["Acme", "acme corp", "ACME_1"]),
        ("^a.*p$", ["acme corp"], ["acme corp"]),
        ("[[:digit:]]", ["ACME_1", "50% off"], ["ACME_1", "50% off"]),
        ("o.l", ["two\nlines"], ["two\nlines"]),
        ("^$", [""], [""]),
    ],
)
def test_regular_expressions_search_anywhere(pattern: str, regex: list[str], iregex: list[str]) -> None:
    """A match anywhere counts, POSIX classes are known, and the dot matches line ends, as in Postgres."""
    assert named(_regex=pattern) == regex
    assert named(_iregex=pattern) == iregex
    assert named(_nregex=pattern) == [name for name in NAMES if name not in regex]
    assert named(_niregex=pattern) == [name for name in NAMES if name not in iregex]


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"_regex": "("}, "_regex is not a regular expression: "),
        ({"_iregex": "a{2,1}"}, "_iregex is not a regular expression: "),
        ({"_nregex": "(" * 499 + ")" * 499}, "_nregex is not a regular expression: "),
        ({"_similar": "[a"}, "_similar is not a regular expression: "),
        ({"_like": "a\\"}, "_like ends with a lone \\"),
        ({"_similar": "a\\"}, "_similar ends with a lone \\"),
        ({"_regex": "((a{200}){200}){200}"}, "_regex repeats too much"),
        ({"_regex": "a" * 1001}, "_regex is a pattern of 1001 characters; 1000 are the most"),
    ],
)
def test_bad_patterns_are_refused(asked: Any, words: str) -> None:
    """What cannot be compiled, or would take too much to compile, is refused with the reason."""
    code, detail = refusal({"name": asked})

    assert code == "MS113"
    assert detail.startswith(words)


@pytest.mark.parametrize("asked", [{"_regex": r"(a|aa|b)+(a|aa)+\1c$"}, {"_nsimilar": "((a|aa)+(a|aa)+)+c"}])
def test_a_slow_expression_is_stopped(asked: Any) -> None:
    """A search that would take for ever ends after a second of work at most, with the pointer of the operator."""
    store = texts(*("a" * 60 + "!" * number for number in range(50)))
    many = {"_or": [{"name": asked}, {"name": {**asked, "_neq": "x"}}, {"_not": {"name": asked}}]}
    started = time.thread_time()
    with pytest.raises(Refusal) as caught:
        find(store, "office", many)

    assert time.thread_time() - started < 3
    assert (caught.value.status, caught.value.code) == (400, "MS114")
    assert caught.value.violations[0].pointer == f"/where/_or/0/name/{next(iter(asked))}"
    assert "takes too long" in caught.value.detail


def test_a_busy_machine_refuses_nothing() -> None:
    """It is the work of a search that is limited: while others have the processor, no time of it passes."""
    held = Column(["a", "b", "c"], None, 0)

    def waiting(_value: str) -> bool:
        time.sleep(0.05)
        return True

    def working(_value: str) -> bool:
        until = time.thread_time() + 0.05
        while time.thread_time() < until:
            pass
        return True

    assert held.satisfying(waiting, 0.04) == 0b111
    with pytest.raises(TooSlow):
        held.satisfying(working, 0.04)


def test_a_search_of_very_many_parts_is_stopped() -> None:
    """A condition whose parts are each harmless, but too many together, is refused with the place it came to."""
    store = firm(
        client=[{"id": key} for key in range(1, 2001)],
        invoice=[{"id": key, "clientId": key % 2000, "amount": key} for key in range(1, 20_001)],
    )
    where = {"_or": [{"invoices": {"client": {"id": {"_gt": -key}}}} for key in range(2400)]}
    started = time.thread_time()
    with pytest.raises(Refusal) as caught:
        find(store, "client", where)

    assert time.thread_time() - started < 4
    assert caught.value.code == "MS114"
    assert caught.value.violations[0].pointer.startswith("/where/_or/")


def test_like_is_linear() -> None:
    """A pattern of many wildcards against long texts of near misses is answered at once."""
    store = texts("a" * 5000 + "c", "a" * 5000)
    started = time.monotonic()

    assert find(store, "office", {"name": {"_like": "%a" * 50 + "%b"}}) == []
    assert find(store, "office", {"name": {"_like": "%a_%" * 20 + "a"}}) == [1]
    assert time.monotonic() - started < 0.5


# -- comparison --


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"_eq": 2}, [2]),
        ({"_eq": 2.0}, [2]),
        ({"_neq": 2}, [0, 1, 3, 4]),
        ({"_gt": 1}, [2, 3, 4]),
        ({"_gte": 1}, [1, 2, 3, 4]),
        ({"_lt": 1}, [0]),
        ({"_lte": 1}, [0, 1]),
        ({"_in": [1, 2, 2, 9]}, [1, 2]),
        ({"_nin": [1, 2]}, [0, 3, 4]),
        ({"_gt": 2**70}, []),
        ({"_gt": 2**53}, [4]),
        ({"_gt": -(2**70), "_lt": 2**53 + 1}, [0, 1, 2, 3]),
    ],
)
def test_whole_numbers_compare_exactly(asked: Any, expected: list[int]) -> None:
    """Numbers of any size compare as numbers, 2.0 as 2, also beyond what a float can tell apart."""
    values = [-5, 1, 2, 2**53, 2**53 + 1]
    store = firm(client=[{"id": key, "officeId": value} for key, value in enumerate(values)])

    assert find(store, "client", {"officeId": asked}) == expected


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"_gt": "Acme"}, ["acme corp", "a\\b", "Zoë", "two\nlines", "ZOË"]),
        ({"_lte": "ACME_1"}, ["ACME_1", "50% off", ""]),
        ({"_in": ["", "Zoë"]}, ["", "Zoë"]),
        ({"_eq": "acme"}, []),
    ],
)
def test_texts_compare_by_code_point(asked: Any, expected: list[str]) -> None:
    """Capitals come before small letters, and equality minds the case."""
    assert named(**asked) == expected


def test_booleans_compare_like_others() -> None:
    """False comes before true; NULL is neither."""
    store = firm(client=[{"id": 1, "active": True}, {"id": 2, "active": False}, {"id": 3}])

    assert find(store, "client", {"active": {"_gt": False}}) == [1]
    assert find(store, "client", {"active": {"_neq": True}}) == [2]
    assert find(store, "client", {"active": {"_in": [True, False]}}) == [1, 2]


@pytest.mark.parametrize("value", ["x", [1], {"a": 1}, True])
def test_values_that_do_not_fit_their_column_match_nothing(value: Any) -> None:
    """A word in a column of numbers (written by who knows whom) is like NULL, and breaks no search."""
    store = firm(invoice=[{"id": 1, "amount": value, "dueDate": value, "paid": 5}, {"id": 2, "amount": 3}])

    assert find(store, "invoice", {"amount": {"_gte": 0}}) == [2]
    assert find(store, "invoice", {"dueDate": {"_neq": "2024-01-01"}}) == []
    assert find(store, "invoice", {"paid": {"_is_null": True}}) == [1, 2]


def test_ranges_hold_over_many_values_and_writes() -> None:
    """Ranges over thousands of distinct values are exact, before and after values come, go and crowd."""
    store = firm(invoice=[{"id": key, "amount": key % 1500} for key in range(1, 3001)])
    for round_ in range(3):
        for key in range(1, 2200):
            if round_:
                store.put("invoice", {"id": key, "amount": key * round_ % 1777 / 2})
        rows = store.all("invoice")
        for low, high in ((0, 10), (700.5, 701), (10, 1400), (1499, 9999), (-5, 0)):
            expected = [row["id"] for row in rows if low <= row["amount"] < high]
            assert find(store, "invoice", {"amount": {"_gte": low, "_lt": high}}) == expected


# -- JSON --


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"_eq": {"a": 1}}, [1]),
        ({"_neq": {"a": 1}}, [0, 2, 3, 4, 5, 6, 7]),
        ({"_eq": 1}, [4]),
        ({"_eq": True}, [5]),
        ({"_in": [[], {}]}, [6, 7]),
        ({"_gt": 0}, [4]),
        ({"_lte": "b"}, [3]),
        ({"_contains": {"a": 1}}, [0, 1]),
        ({"_contains": {"b": [2]}}, [0]),
        ({"_contains": {"b": [{"c": "x"}]}}, [0]),
        ({"_contains": ["a"]}, [2]),
        ({"_contains": "a"}, [2, 3]),
        ({"_contains": ["a", ["a"]]}, [2]),
        ({"_contains": {}}, [0, 1, 7]),
        ({"_contained_in": {"a": 1, "z": 2}}, [1, 7]),
        ({"_contained_in": ["a", "b", "c", ["a"]]}, [2, 3, 6]),
        ({"_has_key": "a"}, [0, 1, 2, 3]),
        ({"_has_keys_any": ["b", "z"]}, [0, 2]),
        ({"_has_keys_all": ["a", "b"]}, [0, 2]),
        ({"_has_keys_any": []}, []),
        ({"_has_keys_all": []}, [0, 1, 2, 3, 4, 5, 6, 7]),
        ({"_like": "a%"}, [3]),
        ({"_is_null": True}, [8]),
    ],
)
def test_json_compares_as_jsonb(asked: Any, expected: list[int]) -> None:
    """Containment, keys and equality are those of jsonb: 1 is 1.0 but not true; order stays within one type."""
    assert find(INVOICES, "invoice", {"anything": asked}) == expected


def test_json_of_absurd_depth_breaks_nothing() -> None:
    """A stored value of any depth can be searched and sorted."""
    deep: Any = 1
    for _ in range(5000):
        deep = [deep]
    store = firm(invoice=[{"id": 1, "extra": {"a": deep}}, {"id": 2, "extra": {"a": 1}}])

    assert find(store, "invoice", {"extra": {"_contains": {"a": 1}}}) == [2]
    assert find(store, "invoice", {"extra": {"_has_key": "a"}}) == [1, 2]


# -- the registry --


def test_each_kind_of_column_takes_its_operators() -> None:
    """Comparison is for all, patterns for texts, containment for JSON."""
    everywhere = ["_eq", "_neq", "_gt", "_gte", "_lt", "_lte", "_in", "_nin", "_is_null"]
    patterns = ["_like", "_nlike", "_ilike", "_nilike", "_similar", "_nsimilar"]
    patterns += ["_regex", "_nregex", "_iregex", "_niregex"]
    inside = ["_contains", "_contained_in", "_has_key", "_has_keys_any", "_has_keys_all"]

    assert sorted(legal(Kind.INTEGER)) == sorted(everywhere)
    assert sorted(legal(Kind.TEXT)) == sorted(everywhere + patterns)
    assert sorted(legal(Kind.JSON)) == sorted(everywhere + inside)
    assert sorted(legal(Kind.ANY)) == sorted(OPERATORS) == sorted(everywhere + patterns + inside)
    assert all(legal(kind) for kind in Kind)


@pytest.mark.parametrize("name", OPERATORS)
def test_each_operator_says_when_it_holds(name: str) -> None:
    """Its text is a phrase that continues "a row counts where the field ..."."""
    operator = OPERATORS[name]

    assert operator.name == name
    assert operator.text
    assert operator.text[0] == "(" or operator.text[0].islower()
    assert not operator.text.endswith(".")
