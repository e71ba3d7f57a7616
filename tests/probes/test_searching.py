"""Probes of searches find servers whose operators, logic, orders or refusals are wrong."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver.probes import complement, operators, ordering, plain_filters, refusals
from tests.probes.faulty import Shelf, rows_in, shelf
from tests.probes.reading import Judge, app, contract, judge

__all__ = ["app", "contract", "judge"]
MODULES = (complement, operators, ordering, plain_filters, refusals)
BY = {probe.code: probe for module in MODULES for probe in module.PROBES}
STAFF, DRAFTS, INVOICES = "POST /gql/v1/staff/search", "POST /gql/v1/jobs/search", "POST /gql/v1/invoices"


def messages(judged: Any, code: str, label: str = STAFF) -> list[str]:
    return [fault.message for _, fault in judged.faults(BY[code], label)]


def rewritten(change: Any) -> Any:
    """A server that reads comparisons as others: `change(column, operator, operand)` gives a `where`, or None."""

    def walk(where: Any) -> Any:
        parts = []
        for name, part in where.items():
            if name in ("_and", "_or"):
                parts.append({name: [walk(one) for one in part]})
            elif name == "_not":
                parts.append({"_not": walk(part)})
            else:
                made = [(each, change(name, *each)) for each in part.items()]
                parts += [{name: dict([each])} if other is None else other for each, other in made]
        return {"_and": parts}

    def before(_path: str, body: Any) -> Any:
        return {**body, "where": walk(body["where"])} if body and body.get("where") else body

    return before


def renamed(wrong: str, right: str) -> Any:
    """A server that takes one operator for another."""
    return rewritten(lambda column, operator, operand: {column: {right: operand}} if operator == wrong else None)


def with_nulls(column: str, operator: str, operand: Any) -> Any:
    """As in a language where null differs from everything."""
    if operator != "_neq":
        return None
    return {"_or": [{column: {operator: operand}}, {column: {"_is_null": True}}]}


@pytest.mark.parametrize(
    ("before", "said"),
    [
        (rewritten(with_nulls), "`_neq` gives rows where the column is null"),
        (renamed("_gt", "_gte"), "`_gt` gives rows for which the condition is not true"),
        (renamed("_lte", "_lt"), "`_lte` leaves out rows for which the condition is true"),
        (renamed("_like", "_nlike"), "`_like` gives rows for which the condition is not true"),
        (renamed("_niregex", "_nregex"), "`_niregex` gives rows for which the condition is not true"),
        (rewritten(lambda c, o, v: {c: {"_in": v[:1]}} if o == "_in" else None), "`_in` leaves out rows"),
        (rewritten(lambda _, o, v: {} if o == "_in" and not v else None), "`_in` of an empty list gives rows"),
        (rewritten(lambda c, o, _: {c: {"_in": []}} if o == "_nin" else None), "`_nin` of an empty list leaves out"),
        (rewritten(lambda _, o, __: {} if o == "_is_null" else None), "`_is_null` gives rows"),
        (rewritten(lambda c, o, v: {c: {"_ilike": v}} if o == "_eq" and isinstance(v, str) and "-" not in v else None),
         "`_eq` in another case gives rows"),
        (lambda _, body: {**body, "where": {}} if body else body, "`_eq` gives rows for which the condition is not"),
    ],
)  # fmt: skip
def test_an_operator_that_means_something_else(judge: Judge, before: Any, said: str) -> None:
    """Each wrong operator is found by name, on a search whose rows tell the difference."""
    judged = judge(before=before)

    found = [fault for _, fault in judged.faults(BY["MS240"], STAFF)]
    if not any(fault.message.startswith(said) for fault in found):
        found += [fault for _, fault in judged.faults(BY["MS240"], DRAFTS)]

    assert any(fault.message.startswith(said) for fault in found), [fault.message for fault in found]
    assert all(fault.exchanges and fault.detail for fault in found)


def test_a_relation_that_is_not_followed(judge: Judge) -> None:
    """A condition on related rows that is ignored is found."""

    def before(_path: str, body: Any) -> Any:
        where = (body or {}).get("where") or {}
        related = any(isinstance(part, dict) and not next(iter(part), "_").startswith("_") for part in where.values())
        return {**body, "where": {}} if related else body

    found = messages(judge(before=before), "MS240", "POST /gql/v1/invoices/search")

    assert any("through `" in message and "gives rows for which" in message for message in found)


def test_an_operator_that_is_refused_or_breaks_the_server(judge: Judge) -> None:
    """Declared operators are to work: a refusal is a fault, and so is a 500."""

    def after(_path: str, body: Any, status: int, reply: Any) -> tuple[int, Any]:
        text = str((body or {}).get("where"))
        return (400, {}) if "'_nlike'" in text else (500, {}) if "'_iregex'" in text else (status, reply)

    assert sorted(messages(judge(after=after), "MS240")) == ["`_iregex` breaks the server", "`_nlike` is refused"]


def test_a_negation_that_is_no_complement(judge: Judge) -> None:
    """`_not` that is ignored, and `_not` that is true of nulls, are found."""

    def negated(change: Any) -> Any:
        def before(_path: str, body: Any) -> Any:
            where = (body or {}).get("where") or {}
            return {**body, "where": change(where["_not"])} if "_not" in where else body

        return before

    def true_of_nulls(where: Any) -> Any:
        column = next(iter(where))
        return {"_or": [{"_not": where}, {column: {"_is_null": True}}]}

    ignored = messages(judge(before=negated(lambda where: where)), "MS241")
    nulls = messages(judge(before=negated(true_of_nulls)), "MS241")
    nothing = messages(judge(before=negated(lambda _: {"id": {"_in": []}})), "MS241")

    assert "a row fulfils a condition and its `_not`" in ignored
    assert nulls == ["`_not` gives rows where the column is null"]
    assert nothing == ["`_not` leaves out rows that do not fulfil the condition"]


def test_logic_that_does_not_combine(judge: Judge) -> None:
    """`_or` read as `_and`, `_and` as `_or`, several keys as OR, and `{}` as nothing are found."""

    def swapped(wrong: str, right: str) -> Any:
        def before(_path: str, body: Any) -> Any:
            where = (body or {}).get("where") or {}
            return {**body, "where": {right: where[wrong]}} if wrong in where else body

        return before

    def keys_as_or(_path: str, body: Any) -> Any:
        where = (body or {}).get("where") or {}
        return {**body, "where": {"_or": [{n: p} for n, p in where.items()]}} if len(where) > 1 else body

    def nothing(_path: str, body: Any) -> Any:
        return {**body, "where": {"id": {"_in": []}}} if (body or {}).get("where") == {} else body

    labels = (STAFF, DRAFTS, f"{INVOICES}/search")
    found = {
        name: [m for label in labels for m in messages(judge(before=before), "MS242", label)]
        for name, before in {
            "or": swapped("_or", "_and"), "and": swapped("_and", "_or"), "keys": keys_as_or, "{}": nothing
        }.items()
    }  # fmt: skip

    assert set(found["or"]) == {"`_or` is not the union of its parts"}
    assert set(found["and"]) == {"`_and` is not the intersection of its parts"}
    assert set(found["keys"]) == {"several keys beside each other do not mean AND"}
    assert set(found["{}"]) == {"`{}` is not everything"}


def test_a_plain_filter_that_is_ignored(judge: Judge) -> None:
    """An input that changes nothing is found, be it an equality or one end of a range of dates."""

    def without(*names: str) -> Any:
        return lambda _, body: {n: v for n, v in body.items() if n not in names} if body else body

    assert messages(judge(before=without("clientId")), "MS243", INVOICES) == [
        "`clientId` gives rows that have another value"
    ]
    assert messages(judge(before=without("startDate")), "MS243", INVOICES) == [
        "`startDate` gives rows though it excludes every date"
    ]
    assert messages(judge(before=without("endDate")), "MS243", INVOICES) == [
        "`endDate` gives rows though it excludes every date"
    ]


def test_a_plain_filter_that_hides_rows(judge: Judge) -> None:
    """A filter that leaves out one of its rows is found."""

    def after(_path: str, body: Any, status: int, reply: Any) -> tuple[int, Any]:
        if body and "clientId" in body:
            rows_in(reply)[:1] = []
        return status, reply

    assert messages(judge(after=after), "MS243", INVOICES) == ["`clientId` leaves out rows that have the value"]


def test_a_query_filter_of_another_server(judge: Judge, tmp_path: Any) -> None:
    """Ranges named by a suffix are understood in any bundle."""
    judged = judge(Shelf("offset", "ignores ranges"), shelf(tmp_path, "offset"))

    assert [fault.message for _, fault in judged.faults(BY["MS243"])] == [
        "`printed_after` gives rows though it excludes every date"
    ]


def test_orders_that_are_wrong(judge: Judge) -> None:
    """A direction turned round, a second key ignored, nulls at the wrong end and rows lost are found."""
    other = {"asc": "desc", "desc": "asc"}

    def ordered(change: Any) -> Any:
        return lambda _, body: {**body, "orderBy": change(body["orderBy"])} if body and body.get("orderBy") else body

    def nulls(order: Any) -> Any:
        end = {"asc": "asc_nulls_first", "desc": "desc_nulls_last"}
        return [{name: end.get(way, way) for name, way in part.items()} for part in order]

    def loses(_path: str, body: Any, status: int, reply: Any) -> tuple[int, Any]:
        if body and body.get("orderBy"):
            rows_in(reply).pop()
        return status, reply

    turned = ordered(lambda order: [{n: other.get(way, way) for n, way in part.items()} for part in order])
    first = ordered(lambda order: [part if at == 0 else {"id": "asc"} for at, part in enumerate(order)])

    assert {"rows are not sorted by `asc`", "rows are not sorted by `desc`"} <= set(
        messages(judge(before=turned), "MS244", DRAFTS)
    )
    assert messages(judge(before=first), "MS244", DRAFTS) == ["rows are not sorted by several keys"]
    assert "sorting by `asc` puts nulls at the wrong end" in messages(judge(before=ordered(nulls)), "MS244", DRAFTS)
    assert messages(judge(after=loses), "MS244") == ["a sorted search gives other rows than an unsorted one"]


def test_a_declared_order_that_is_not_kept(judge: Judge) -> None:
    """A list whose overlay says how it is sorted is held to it."""

    def after(_path: str, body: Any, status: int, reply: Any) -> tuple[int, Any]:
        rows_in(reply).sort(key=lambda row: -row["id"])
        return status, reply

    assert messages(judge(after=after), "MS245", "POST /gql/v1/clients") == [
        "its rows do not come in the declared order"
    ]


def test_what_is_not_understood_and_not_refused(judge: Judge) -> None:
    """Unknown fields, operators, sort keys and wrong operands that are ignored, or break the server, are found."""

    def after(code: int) -> Any:
        def change(_path: str, _body: Any, status: int, reply: Any) -> tuple[int, Any]:
            empty = {"staff": [], "total": {"aggregate": {"count": 0}}}
            return (code, empty) if status == 400 else (status, reply)

        return change

    ignoring, breaking, undeclared = judge(after=after(200)), judge(after=after(500)), judge(after=after(422))

    assert messages(ignoring, "MS251") == ["an unknown field is not refused", "an unknown operator is not refused"]
    assert messages(ignoring, "MS252") == ["an operand of the wrong type is not refused"]
    assert messages(ignoring, "MS253") == ["sorting by an unknown field is not refused"]
    assert messages(breaking, "MS252") == ["an operand of the wrong type breaks the server"]
    assert messages(undeclared, "MS253") == [
        "sorting by an unknown field is refused with a status that is not declared"
    ]
