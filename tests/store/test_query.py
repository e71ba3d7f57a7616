"""`where` and `orderBy`: what they mean, and how each fault is named."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver.problems import Refusal
from mockserver.store.memory import Store
from mockserver.store.model import Field
from mockserver.store.query import both, parse_order, parse_where
from tests.store.shop import firm, firm_model, small_firm

STORE = small_firm()


def found(where: Any, entity: str = "invoice", store: Store = STORE, **how: Any) -> list[Any]:
    """The keys of the rows for which a condition is true."""
    return [row["id"] for row in store.find(entity, parse_where(where, entity, store.model, **how)).rows]


def ordered(order: Any, entity: str = "invoice", store: Store = STORE, **how: Any) -> list[Any]:
    """The keys of all rows in an order."""
    return [row["id"] for row in store.find(entity, None, parse_order(order, entity, store.model, **how)).rows]


def faults(where: Any, entity: str = "invoice", **how: Any) -> list[tuple[str, str]]:
    """Pointer and text of everything that is wrong with a condition."""
    with pytest.raises(Refusal) as caught:
        parse_where(where, entity, firm_model(), **how)
    assert caught.value.status == 400
    return [(violation.pointer, violation.detail) for violation in caught.value.violations]


def refused(order: Any, entity: str = "invoice", **how: Any) -> list[tuple[str, str]]:
    """Pointer and text of everything that is wrong with an order."""
    with pytest.raises(Refusal) as caught:
        parse_order(order, entity, firm_model(), **how)
    return [(violation.pointer, violation.detail) for violation in caught.value.violations]


# -- what conditions mean --


@pytest.mark.parametrize(("form", "most"), [("int64", 2**63 - 1), ("int32", 2**31 - 1), ("", 10**30)])
def test_numbers_stay_within_the_format_of_their_column(form: str, most: int) -> None:
    """A whole number that no column of the format holds is refused, alone or in a list; without a format, none is."""
    model = firm_model()
    model["invoice"].fields["id"] = Field("id", "integer", form)
    legal = {"id": {"_lte": most, "_gt": -most - 1, "_in": [0, most], "_is_null": False}}
    assert parse_where(legal, "invoice", model) is not None
    for operators in ({"_eq": most + 1}, {"_nin": [1, -most - 2]}) if form else ():
        with pytest.raises(Refusal, match=f"a number of the format {form}, from {-most - 1} to {most}"):
            parse_where({"id": operators}, "invoice", model)


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (None, [1, 2, 3, 4, 5]),
        ({}, [1, 2, 3, 4, 5]),
        ({"status": {}}, [1, 2, 3, 4, 5]),
        ({"status": {"_eq": "OPEN"}}, [2, 3]),
        ({"status": {"_eq": "OPEN"}, "amount": {"_gt": 1}}, [2]),
        ({"amount": {"_gte": 7, "_lt": 20}}, [1, 5]),
        ({"_and": []}, [1, 2, 3, 4, 5]),
        ({"_or": []}, []),
        ({"_and": {"status": {"_eq": "PAID"}}}, [1]),
        ({"_or": [{"status": {"_eq": "PAID"}}, {"amount": {"_eq": 5}}]}, [1, 4]),
        ({"_or": [{}, {"amount": {"_eq": 5}}]}, [1, 2, 3, 4, 5]),
        ({"_not": {}}, []),
        ({"_not": {"_or": []}}, [1, 2, 3, 4, 5]),
    ],
)
def test_conditions_join_as_in_hasura(where: Any, expected: list[int]) -> None:
    """Several keys mean AND, an empty object is true, an empty AND is true and an empty OR false."""
    assert found(where) == expected


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ({"status": {"_neq": "OPEN"}}, [1, 5]),
        ({"_not": {"status": {"_eq": "OPEN"}}}, [1, 5]),
        ({"_not": {"_not": {"status": {"_eq": "OPEN"}}}}, [2, 3]),
        ({"_or": [{"status": {"_eq": "OPEN"}}, {"status": {"_neq": "OPEN"}}]}, [1, 2, 3, 5]),
        ({"_not": {"_and": [{"status": {"_eq": "x"}}, {"amount": {"_gt": 100}}]}}, [1, 2, 3, 4, 5]),
        ({"_not": {"_and": [{"status": {"_neq": "x"}}, {"amount": {"_lt": 100}}]}}, []),
        ({"status": {"_in": []}}, []),
        ({"status": {"_nin": []}}, [1, 2, 3, 4, 5]),
        ({"status": {"_nin": ["OPEN"]}}, [1, 5]),
        ({"status": {"_is_null": True}}, [4]),
        ({"status": {"_is_null": False}}, [1, 2, 3, 5]),
        ({"_not": {"status": {"_is_null": True}}}, [1, 2, 3, 5]),
        ({"status": {"_is_null": True, "_eq": "OPEN"}}, []),
        ({"paid": {"_is_null": True}}, [3, 4, 5]),
    ],
)
def test_null_is_neither_equal_nor_different(where: Any, expected: list[int]) -> None:
    """A comparison with NULL is unknown, and so is its negation; a missing field is NULL."""
    assert found(where) == expected


@pytest.mark.parametrize(
    ("entity", "where", "expected"),
    [
        ("invoice", {"client": {"name": {"_eq": "Acme"}}}, [1, 2]),
        ("invoice", {"client": {}}, [1, 2, 3]),
        ("invoice", {"_not": {"client": {}}}, [4, 5]),
        ("invoice", {"_not": {"client": {"name": {"_eq": "Acme"}}}}, [3, 4, 5]),
        ("invoice", {"client": {"_not": {"name": {"_eq": "Acme"}}}}, [3]),
        ("invoice", {"client": {"manager": {"boss": {"firstName": {"_eq": "Ann"}}}}}, [3]),
        ("client", {"invoices": {}}, [10, 20]),
        ("client", {"invoices": {"status": {"_eq": "OPEN"}, "amount": {"_gt": 1}}}, [10]),
        ("client", {"invoices": {"client": {"invoices": {"status": {"_eq": "PAID"}}}}}, [10]),
        ("client", {"_not": {"invoices": {"paid": {"_eq": True}}}}, [20, 30]),
        ("client", {"invoices_aggregate": {"count": {"predicate": {"_gte": 2}}}}, [10]),
        ("client", {"invoicesAggregate": {"count": {"predicate": {"_eq": 0}}}}, [30]),
        ("staff", {"reports": {"lastName": {"_is_null": True}}}, [1]),
    ],
)
def test_relations_are_asked_whether_a_row_exists(entity: str, where: Any, expected: list[int]) -> None:
    """A relation holds when some related row fulfils its condition; a negated one is never unknown."""
    assert found(where, entity) == expected


@pytest.mark.parametrize(
    ("entity", "where", "expected"),
    [
        ("invoice", {"clientName": {"_eq": "Acme"}}, [1, 2]),
        ("invoice", {"clientOffice": {"_neq": "Berlin"}}, [3]),
        ("client", {"managerName": {"_in": ["Ann Lee", "Bob"]}}, [10, 20]),
        ("client", {"managerName": {"_is_null": True}}, [30]),
        ("staff", {"bossName": {"_like": "Ann%"}}, [2, 3]),
    ],
)
def test_copies_are_searched_like_fields(entity: str, where: Any, expected: list[int]) -> None:
    """A field that shows a related row's field is compared by what it shows."""
    assert found(where, entity) == expected


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ({"draft": {"approvedAt": {"_gte": "2024-05-01"}}}, [4]),
        ({"draft": {"approved_at": {"_lt": "2024-05-01"}}}, []),
        ({"draft": {"_not": {"level": {"_eq": 1}}}}, [4]),
        ({"draft": {"_or": [{"level": {"_eq": 2}}, {"by": {"name": {"_eq": "x"}}}]}}, [4]),
        ({"draft": {"level": {"_is_null": True}}}, [1, 2, 3, 5]),
        ({"draft": {"_is_null": False, "by": {"name": {"_is_null": True}}}}, [4]),
        ({"lines": {"sku": {"_eq": "a"}, "amount": {"_eq": 6}}}, []),
        ({"lines": {"_or": [{"sku": {"_eq": "a"}}, {"amount": {"_eq": 99}}]}}, [5]),
        ({"_not": {"lines": {"sku": {"_eq": "a"}}}}, [1, 2, 3, 4]),
        ({"lines": {"_is_null": False, "amount": {"_gt": 5}}}, [5]),
        ({"extra": {"any": {"thing": {"_eq": 1}}}}, []),
    ],
)
def test_conditions_reach_into_json(where: Any, expected: list[int]) -> None:
    """Fields of stored objects are compared by their own types; of a list, one element has to fulfil all."""
    assert found(where) == expected


@pytest.mark.parametrize("name", ["created_at", "createdAt", "CreatedAt", "created_At"])
def test_names_are_known_in_any_case_style(name: str) -> None:
    """Columns are asked for in the writing of rows or of `where`, whichever the API uses."""
    assert found({name: {"_gt": "2024-01-15"}}, "client") == [20]
    assert ordered([{name: "desc_nulls_last"}], "client") == [20, 10, 30]


# -- orders --


@pytest.mark.parametrize(
    ("direction", "expected"),
    [
        ("asc", [4, 5, 1, 2, 3]),
        ("asc_nulls_last", [4, 5, 1, 2, 3]),
        ("asc_nulls_first", [3, 4, 5, 1, 2]),
        ("desc", [3, 2, 1, 5, 4]),
        ("desc_nulls_first", [3, 2, 1, 5, 4]),
        ("desc_nulls_last", [2, 1, 5, 4, 3]),
    ],
)
def test_null_sorts_as_in_postgres(direction: str, expected: list[int]) -> None:
    """NULL counts as the greatest value unless the direction says where it goes."""
    assert ordered([{"amount": direction}]) == expected


@pytest.mark.parametrize(
    ("entity", "order", "expected"),
    [
        ("invoice", None, [1, 2, 3, 4, 5]),
        ("invoice", {"status": "asc", "amount": "desc"}, [3, 2, 1, 5, 4]),
        ("invoice", [{"status": "asc", "amount": "asc"}], [2, 3, 1, 5, 4]),
        ("invoice", [{"paid": "desc_nulls_last"}, {"id": "desc"}], [1, 2, 5, 4, 3]),
        ("invoice", [{"client": {"name": "desc_nulls_last"}}], [3, 1, 2, 4, 5]),
        ("invoice", [{"client": {"office": {"name": "desc_nulls_last"}}}, {"id": "desc"}], [3, 2, 1, 5, 4]),
        ("invoice", [{"clientName": "asc"}], [1, 2, 3, 4, 5]),
        ("invoice", [{"draft": {"level": "asc"}}], [4, 1, 2, 3, 5]),
        ("client", [{"invoices_aggregate": {"count": "desc"}}], [10, 20, 30]),
        ("invoice", [{"client": {"invoicesAggregate": {"count": "desc_nulls_last"}}}], [1, 2, 3, 4, 5]),
        ("client", [{"name": "asc"}], [10, 20, 30]),
        ("client", [{"name": "desc_nulls_last"}], [20, 10, 30]),
    ],
)
def test_orders_reach_as_far_as_conditions(entity: str, order: Any, expected: list[int]) -> None:
    """Earlier steps win, ties go by key; relations, copies, counts and JSON order too; texts by code point."""
    assert ordered(order, entity) == expected


# -- faults --


@pytest.mark.parametrize(
    ("where", "pointer", "words"),
    [
        ({"statsu": {"_eq": 1}}, "/where/statsu", ["invoice has no field 'statsu'", "Did you mean status"]),
        ({"_nor": []}, "/where/_nor", ["no field '_nor'", "Did you mean _or, _not?"]),
        ({"a/b~c": {}}, "/where/a~1b~0c", ["no field 'a/b~c'", "It has amount,"]),
        ({"client": {"nam": {}}}, "/where/client/nam", ["client has no field 'nam'", "Did you mean name"]),
        ({"draft": {"lvl": {}}}, "/where/draft/lvl", ["draft has no field 'lvl'", "Did you mean level?"]),
        ({"lines": {"skuu": {}}}, "/where/lines/skuu", ["lines has no field 'skuu'", "Did you mean sku?"]),
        ({"client_aggregate": {}}, "/where/client_aggregate", ["no field 'client_aggregate'"]),
        ({"clientName": {"a": {}}}, "/where/clientName/a", ["no operator 'a'"]),
    ],
)
def test_unknown_fields_are_named_with_the_legal_ones(where: Any, pointer: str, words: list[str]) -> None:
    """The pointer leads to the name, the text says what there is and what may have been meant."""
    ((place, detail),) = faults(where)

    assert place == pointer
    assert all(word in detail for word in words), detail


@pytest.mark.parametrize(
    ("where", "pointer", "words"),
    [
        (
            {"status": {"_ilik": "x"}},
            "/where/status/_ilik",
            ["no operator '_ilik'", "_similar", "Did you mean _ilike?"],
        ),
        ({"status": {"eq": "x"}}, "/where/status/eq", ["no operator 'eq'", "Did you mean _eq?"]),
        ({"amount": {"_like": "x"}}, "/where/amount/_like", ["_like is not for columns of number", "amount takes _eq"]),
        ({"status": {"_has_key": "x"}}, "/where/status/_has_key", ["is not for columns of text"]),
        ({"draft": {"_ilike": "x"}}, "/where/draft/_ilike", ["is not for columns of json", "_contains"]),
        ({"status": {"_and": []}}, "/where/status/_and", ["no operator '_and'"]),
        ({"draft": {"_xor": []}}, "/where/draft/_xor", ["no operator '_xor'", "_or"]),
    ],
)
def test_unknown_operators_are_named_with_the_legal_ones(where: Any, pointer: str, words: list[str]) -> None:
    """An operator that does not exist, or not for this type of column, is refused with those that do."""
    ((place, detail),) = faults(where)

    assert place == pointer
    assert all(word in detail for word in words), detail


@pytest.mark.parametrize(
    ("where", "pointer", "detail"),
    [
        ([], "/where", "an object of fields is wanted, not []"),
        ("x", "/where", 'an object of fields is wanted, not "x"'),
        ({"_and": 1}, "/where/_and", "an object of fields is wanted, not 1"),
        ({"_and": [1]}, "/where/_and/0", "an object of fields is wanted, not 1"),
        ({"_or": None}, "/where/_or", "an object of fields is wanted, not null"),
        ({"_not": [{}]}, "/where/_not", "an object of fields is wanted, not [{}]"),
        ({"status": "OPEN"}, "/where/status", 'an object of operators such as {"_eq": ...} is wanted, not "OPEN"'),
        ({"status": None}, "/where/status", 'an object of operators such as {"_eq": ...} is wanted, not null'),
        ({"client": 1}, "/where/client", "an object of fields is wanted, not 1"),
        ({"status": {"_eq": None}}, "/where/status/_eq",
         '_eq of status cannot be compared with null; ask for null with {"_is_null": true}'),
        ({"status": {"_eq": 1}}, "/where/status/_eq", "_eq of status takes a text, not 1"),
        ({"status": {"_like": 1}}, "/where/status/_like", "_like of status takes a text, not 1"),
        ({"id": {"_eq": "1"}}, "/where/id/_eq", '_eq of id takes a whole number, not "1"'),
        ({"id": {"_eq": 1.5}}, "/where/id/_eq", "_eq of id takes a whole number, not 1.5"),
        ({"id": {"_eq": True}}, "/where/id/_eq", "_eq of id takes a whole number, not true"),
        ({"amount": {"_gt": "x" * 99}}, "/where/amount/_gt", f'_gt of amount takes a number, not "{"x" * 58}…'),
        ({"paid": {"_eq": 1}}, "/where/paid/_eq", "_eq of paid takes true or false, not 1"),
        ({"paid": {"_is_null": "no"}}, "/where/paid/_is_null", '_is_null of paid takes true or false, not "no"'),
        ({"dueDate": {"_eq": "2024-02-30"}}, "/where/dueDate/_eq",
         '_eq of dueDate takes a date such as 2024-01-31, or a date-time, not "2024-02-30"'),
        ({"sentAt": {"_lt": 5}}, "/where/sentAt/_lt",
         "_lt of sentAt takes a date-time such as 2024-01-31T09:30:00Z, or a date, not 5"),
        ({"status": {"_in": "OPEN"}}, "/where/status/_in", '_in of status takes a list, not "OPEN"'),
        ({"status": {"_nin": ["a", 1]}}, "/where/status/_nin", "_nin of status takes a text, not 1"),
        ({"tags": {"_has_keys_any": "a"}}, "/where/tags/_has_keys_any",
         '_has_keys_any of tags takes a list of texts, not "a"'),
        ({"draft": {"level": {"_eq": []}}}, "/where/draft/level/_eq",
         "_eq of draft.level takes a whole number, not []"),
    ],
)  # fmt: skip
def test_wrong_types_are_named(where: Any, pointer: str, detail: str) -> None:
    """What stands where something else is wanted is shown beside what is wanted."""
    assert faults(where) == [(pointer, detail)]


@pytest.mark.parametrize(
    ("where", "code"),
    [({"x": {}}, "MS110"), ({"id": {"_x": 1}}, "MS111"), ({"id": {"_eq": "x"}}, "MS112"),
     ({"status": {"_regex": "("}}, "MS113"), ({"status": {"_like": "a\\"}}, "MS113")],
)  # fmt: skip
def test_each_kind_of_fault_has_its_code(where: Any, code: str) -> None:
    """The code of the first fault is the refusal's, whose text begins with the place."""
    with pytest.raises(Refusal) as caught:
        parse_where(where, "invoice", firm_model())

    assert caught.value.code == code
    assert caught.value.detail.startswith("/where/")


def test_all_faults_are_told_at_once() -> None:
    """One refusal names every place, so that one correction is enough."""
    where = {"_or": [{"x": {}}, {"client": {"y": {}}}], "id": {"_eq": "1", "_foo": 2}, "status": {"_regex": "["}}

    assert [place for place, _ in faults(where)] == [
        *("/where/_or/0/x", "/where/_or/1/client/y", "/where/id/_eq", "/where/id/_foo", "/where/status/_regex")
    ]
    assert len(faults({"_or": [{"x": {}}] * 200})) == 50


@pytest.mark.parametrize(
    ("order", "pointer", "words"),
    [
        ([{"x": "asc"}], "/orderBy/0/x", ["invoice has no field 'x'"]),
        ({"statuss": "asc"}, "/orderBy/statuss", ["Did you mean status"]),
        ([{"status": "ASC"}], "/orderBy/0/status", ['"ASC" is no direction', "Did you mean asc"]),
        ([{"status": None}], "/orderBy/0/status", ["null is no direction", "desc_nulls_last"]),
        ([{"status": {"a": "asc"}}], "/orderBy/0/status", ["is no direction"]),
        (["status"], "/orderBy/0", ["an object of fields is wanted"]),
        ("status", "/orderBy", ["an object of fields is wanted"]),
        ([{"client": {"x": "asc"}}], "/orderBy/0/client/x", ["client has no field 'x'"]),
        ([{"client": {"invoices": {"id": "asc"}}}], "/orderBy/0/client/invoices", ["order by invoices_aggregate"]),
        ([{"client": "asc"}], "/orderBy/0/client", ["no field 'client'"]),
        ([{"draft": {"x": "asc"}}], "/orderBy/0/draft/x", ["draft has no field 'x'"]),
    ],
)
def test_faults_of_orders_are_named(order: Any, pointer: str, words: list[str]) -> None:
    """Orders are refused as conditions are: the place, what is wrong, what is legal."""
    ((place, detail),) = refused(order)

    assert place == pointer
    assert all(word in detail for word in words), detail


@pytest.mark.parametrize(
    ("where", "pointer"),
    [({"invoices_aggregate": {"sum": {}}}, "/where/invoices_aggregate/sum"),
     ({"invoices_aggregate": {"count": {"filter": {}}}}, "/where/invoices_aggregate/count/filter")],
)  # fmt: skip
def test_only_counts_are_aggregated(where: Any, pointer: str) -> None:
    """Other aggregates are refused by name."""
    assert [place for place, _ in faults(where, "client")] == [pointer]
    assert [place for place, _ in refused([{"invoices_aggregate": {"max": "asc"}}], "client")] == [
        "/orderBy/0/invoices_aggregate/max"
    ]


# -- unknown fields as NULL columns --


def test_unknown_fields_may_pass_as_null_columns() -> None:
    """With that setting they are NULL in every row that does not hold them, at any depth, and order nothing."""
    store = firm(invoice=[{"id": 1, "clientId": 1}, {"id": 2, "secret": "x"}], client=[{"id": 1}])

    def passed(where: Any) -> list[int]:
        return found(where, store=store, unknown="null")

    assert passed({"nope": {"_eq": 1}}) == []
    assert passed({"_not": {"nope": {"_eq": 1}}}) == []
    assert passed({"nope": {"_is_null": True}}) == [1, 2]
    assert passed({"nope": {"inner": {"_like": "%"}}}) == []
    assert passed({"client": {"nope": {"_is_null": True}}}) == [1]
    assert passed({"draft": {"nope": {"_is_null": True}}}) == [1, 2]
    assert passed({"secret": {"_ilike": "X"}}) == [2]
    assert ordered([{"nope": "asc"}, {"id": "desc"}], store=store, unknown="null") == [2, 1]


def test_unknown_operators_never_pass() -> None:
    """Whatever fields may be unknown, an operator has to exist and a direction has to be one."""
    assert [place for place, _ in faults({"nope": {"_x": 1}, "_y": {}}, unknown="null")] == [
        "/where/nope/_x",
        "/where/_y",
    ]
    assert [place for place, _ in refused([{"nope": "up"}], unknown="null")] == ["/orderBy/0/nope"]


# -- limits --


def nested(levels: int) -> Any:
    """A condition so many negations deep."""
    where: Any = {"status": {"_eq": "OPEN"}}
    for _ in range(levels):
        where = {"_not": where}
    return where


def test_depth_has_a_limit_and_no_recursion_error() -> None:
    """What is allowed is also answered; what is deeper is refused, however deep."""
    assert found(nested(196)) == [2, 3]
    assert found(nested(197)) == [1, 5]
    for levels in (250, 20_000):
        assert faults(nested(levels)) == [("/where", "where may be at most 200 levels deep")]
    deep: Any = 1
    for _ in range(190):
        deep = [deep]
    assert found({"extra": {"_contains": deep}}) == []


def test_size_has_a_limit() -> None:
    """Ten thousand parts are the most, in orders too; a long `_in` is one of them."""
    assert faults({"_or": [{"id": {}}] * 6000}) == [("/where", "where may be at most 10000 objects and lists large")]
    assert refused([{"id": "asc"}] * 20_000)[0][0] == "/orderBy"
    assert found({"id": {"_in": list(range(2, 50_000))}}) == [2, 3, 4, 5]


def test_pointers_start_where_the_caller_says() -> None:
    """The same condition elsewhere in a body is refused there."""
    assert [place for place, _ in faults({"x": {}}, pointer="/filter")] == ["/filter/x"]
    assert [place for place, _ in refused([{"x": 1}], pointer="/sort")] == ["/sort/0/x"]


def test_equal_requests_share_one_condition() -> None:
    """The same text gives the same object, so that its matches are remembered; another model has its own."""
    model = firm_model()
    first = parse_where({"status": {"_eq": "OPEN"}}, "invoice", model)

    assert parse_where({"status": {"_eq": "OPEN"}}, "invoice", model) is first
    assert parse_where({"status": {"_eq": "OPEN"}}, "invoice", firm_model()) is not first
    assert parse_where({"status": {"_eq": "PAID"}}, "invoice", model) is not first
    assert parse_where({"id": {"_eq": 2**70}}, "invoice", model) is not None


def test_many_different_requests_are_answered_alike() -> None:
    """What is remembered has bounds, and forgetting changes no answer."""
    for number in range(3000):
        where = {"_or": [{"id": {"_eq": 2}}, {"amount": {"_eq": number + 100}}]}
        assert found(where) == [2]


def test_two_conditions_become_one() -> None:
    """`both` holds where both hold; None is no condition."""
    model = STORE.model
    one, other = (parse_where(where, "invoice", model) for where in ({"paid": {"_eq": True}}, {"client": {}}))

    assert both(one, None) is one
    assert both(None, other) is other
    assert [row["id"] for row in STORE.find("invoice", both(one, other)).rows] == [1]
