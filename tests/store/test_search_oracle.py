"""The store's search against a naive interpreter, on random rows, conditions and orders."""

from __future__ import annotations

from functools import cache
from typing import Any

import hypothesis.strategies as st
from hypothesis import HealthCheck, given, note, settings

from mockserver.store.query import parse_order, parse_where
from tests.store.oracle import Oracle
from tests.store.shop import FIRM, firm

NAMES = ["", "a", "Ab", "aB%", "x_y", "Zoë", "a\\b", "straße", "ab\nab"]
TIMES = [
    "2024-01-01T00:00:00Z",
    "2024-01-01T01:00:00+01:00",
    "2024-01-01T00:00:00.5Z",
    "2024-02-29T23:59:59-05:00",
    "2023-12-31T10:00:00",
]
DAYS = ["2024-01-01", "2024-02-29", "1999-12-31"]
PATTERNS = ["%", "a%", "%b", "%B%", "_", "__", "a_%", "%\\%", "x\\_y", "", "%a%b%", "ab_ab"]
EXPRESSIONS = ["a", "^a", "b$", "[A-Z]", "(a|x).?b", "", "\\w_"]
DIRECTIONS = ["asc", "desc", "asc_nulls_first", "asc_nulls_last", "desc_nulls_first", "desc_nulls_last"]

keys = st.integers(1, 6)
json_values = st.recursive(
    st.sampled_from([1, 1.0, 2, True, "a", "b", None]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=5,
)
PLAIN: dict[str, st.SearchStrategy[Any]] = {
    "string": st.sampled_from(NAMES),
    "integer": keys,
    "number": st.sampled_from([0, 1, 1.5, -2, 2, 1e20, 2**70]),
    "boolean": st.booleans(),
    "string:date-time": st.sampled_from(TIMES),
    "string:date": st.sampled_from(DAYS),
    "array": st.lists(json_values, max_size=3),
    "object": st.dictionaries(st.sampled_from("abc"), json_values, max_size=3),
    "": json_values,
}


def values(type_: Any) -> st.SearchStrategy[Any]:
    """Values of a described type, NULL among them."""
    if isinstance(type_, list):
        return st.none() | st.lists(members(type_[0]), max_size=3)
    return st.none() | (members(type_) if isinstance(type_, dict) else PLAIN[type_])


def members(fields: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Objects of which each field may be missing."""
    return st.fixed_dictionaries({}, optional={name: values(type_) for name, type_ in fields.items()})


@cache
def tables() -> st.SearchStrategy[dict[str, list[dict[str, Any]]]]:
    """Rows of the whole firm, whose references may lead nowhere."""
    each = {}
    for name, told in FIRM.items():
        fields = {key: type_ for key, type_ in told["fields"].items() if key != "id"}
        row = st.builds(lambda key, rest: {"id": key, **rest}, keys, members(fields))
        each[name] = st.lists(row, max_size=6, unique_by=lambda made: made["id"])
    return st.fixed_dictionaries(each)


def comparisons(type_: Any) -> st.SearchStrategy[dict[str, Any]]:
    """Operators that a type takes, with operands."""
    null = st.booleans().map(lambda wanted: {"_is_null": wanted})
    if isinstance(type_, dict):
        inner = [comparisons(part).map(lambda asked, name=name: {name: asked}) for name, part in type_.items()]
        return null | st.one_of(inner)
    if isinstance(type_, list):
        inner = st.fixed_dictionaries({}, optional={name: comparisons(part) for name, part in type_[0].items()})
        return null | inner.filter(bool).filter(lambda asked: len(asked) == 1)
    operand = PLAIN[type_].filter(lambda value: value is not None)
    operators = dict.fromkeys(("_eq", "_neq"), operand)
    operators |= {name: st.lists(operand, max_size=3) for name in ("_in", "_nin")}
    if type_ in ("array", "object", ""):
        names = st.sampled_from("abc")
        operators |= {"_contains": operand, "_contained_in": operand, "_has_key": names}
        operators |= {name: st.lists(names, max_size=2) for name in ("_has_keys_any", "_has_keys_all")}
    else:
        operators |= dict.fromkeys(("_gt", "_gte", "_lt", "_lte"), operand)
    if type_ == "string":
        operators |= {name: st.sampled_from(PATTERNS) for name in ("_like", "_nlike", "_ilike", "_nilike")}
        operators |= {name: st.sampled_from(EXPRESSIONS) for name in ("_regex", "_nregex", "_iregex", "_niregex")}
    single = st.one_of([made.map(lambda value, name=name: {name: value}) for name, made in operators.items()])
    return st.just({}) | null | single | st.builds(lambda one, other: {**one, **other}, single, single)


@cache
def leaves(entity: str, depth: int) -> st.SearchStrategy[dict[str, Any]]:
    """Conditions on one field, copy or relation."""
    told = FIRM[entity]
    types = {**told["fields"], **dict.fromkeys(told["copies"], "string")}
    made = [comparisons(type_).map(lambda asked, name=name: {name: asked}) for name, type_ in types.items()]
    for name, (target, _, many) in told["relations"].items():
        if depth:
            made.append(conditions(target, depth - 1).map(lambda asked, name=name: {name: asked}))
        if many:
            counted = comparisons("integer").map(
                lambda asked, name=name: {f"{name}_aggregate": {"count": {"predicate": asked}}}
            )
            made.append(counted)
    return st.one_of(made)


@cache
def conditions(entity: str, depth: int = 2) -> st.SearchStrategy[dict[str, Any]]:
    """Conditions of any shape on an entity."""

    def wrapped(inner: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
        several = st.lists(inner, max_size=3)
        return st.one_of(
            several.map(lambda parts: {"_and": parts}),
            several.map(lambda parts: {"_or": parts}),
            inner.map(lambda part: {"_not": part}),
            inner.map(lambda part: {"_or": part}),
            st.builds(lambda one, other: {**one, **other}, inner, inner),
        )

    return st.just({}) | st.recursive(leaves(entity, depth), wrapped, max_leaves=4)


@cache
def orders(entity: str, depth: int = 2) -> st.SearchStrategy[dict[str, Any]]:
    """One step of an order."""
    told = FIRM[entity]
    direction = st.sampled_from(DIRECTIONS)
    plain = [
        name
        for name, type_ in told["fields"].items()
        if isinstance(type_, str) and type_ not in ("array", "object", "")
    ]
    made = [direction.map(lambda way, name=name: {name: way}) for name in (*plain, *told["copies"])]
    if entity == "invoice":
        made.append(direction.map(lambda way: {"draft": {"by": {"name": way}}}))
        made.append(direction.map(lambda way: {"draft": {"approvedAt": way}}))
    for name, (target, _, many) in told["relations"].items():
        if many:
            made.append(direction.map(lambda way, name=name: {f"{name}_aggregate": {"count": way}}))
        elif depth:
            made.append(orders(target, depth - 1).map(lambda way, name=name: {name: way}))
    return st.one_of(made)


@st.composite
def searches(draw: st.DrawFn) -> tuple[str, Any, list[dict[str, Any]]]:
    """An entity with a condition and an order."""
    entity = draw(st.sampled_from(sorted(FIRM)))
    return entity, draw(conditions(entity)), draw(st.lists(orders(entity), max_size=3))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(rows=tables(), asked=st.lists(searches(), min_size=1, max_size=4), page=st.integers(1, 4))
def test_a_search_finds_what_a_naive_interpreter_finds(
    rows: dict[str, list[dict[str, Any]]], asked: list[tuple[str, Any, list[dict[str, Any]]]], page: int
) -> None:
    """Rows, order, total and pages agree with an interpretation row by row, whatever is asked."""
    store = firm(**rows)
    oracle = Oracle({name: {row["id"]: row for row in held} for name, held in rows.items()})
    for entity, where, order in asked:
        note(f"{entity} {where} {order}")
        expected = oracle.find(entity, where, order)
        condition, steps = parse_where(where, entity, store.model), parse_order(order, entity, store.model)

        found = store.find(entity, condition, steps)
        pages = [store.find(entity, condition, steps, start, page) for start in range(0, len(expected) + 1, page)]

        assert [row["id"] for row in found.rows] == expected
        assert found.total == len(expected)
        assert [row["id"] for part in pages for row in part.rows] == expected


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(
    rows=tables(), entity_where=st.sampled_from(sorted(FIRM)).flatmap(lambda e: st.tuples(st.just(e), conditions(e)))
)
def test_a_condition_and_its_negation_share_no_row(
    rows: dict[str, list[dict[str, Any]]], entity_where: tuple[str, Any]
) -> None:
    """No row fulfils both, a double negation changes nothing, and the rest are those for which it is unknown."""
    entity, where = entity_where
    store = firm(**rows)
    oracle = Oracle({name: {row["id"]: row for row in held} for name, held in rows.items()})

    def keys_of(asked: Any) -> set[Any]:
        return {row["id"] for row in store.find(entity, parse_where(asked, entity, store.model)).rows}

    yes, no = keys_of(where), keys_of({"_not": where})
    unknown = {row["id"] for row in rows[entity] if oracle.holds(where, entity, row) is None}

    assert not yes & no
    assert keys_of({"_not": {"_not": where}}) == yes
    assert {row["id"] for row in rows[entity]} - yes - no == unknown
