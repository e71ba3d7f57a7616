"""Two executions of one program: nothing is reported where only data differs, and each drift is found by its class."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from functools import lru_cache

import pytest

from mockserver.compare.codes import CLASSES
from mockserver.compare.difference import Step
from mockserver.compare.judgement import compare
from mockserver.findings import Severity
from tests.compare.drifts import DRIFTS
from tests.compare.program import Execution, post

MANNERS = (
    {},
    {"clock": "2025-03-01T10:00:00Z"},
    {"count": ("client=30", "invoice=700", "staff=15")},
    {"count": ("*=12",)},
    {"scenario": "small"},
    {"count": ("*=3", "client=9")},
)
ALWAYS = ("POST /gql/v1/clients", "POST /gql/v1/contacts")  # whose names other rows repeat


@lru_cache(maxsize=3)
def execution(seed: int) -> Execution:
    """A mock of a seed in one of the manners."""
    return Execution(seed=seed, **MANNERS[seed % len(MANNERS)])


@lru_cache(maxsize=3)
def side(seed: int) -> tuple[Step, ...]:
    """A whole execution by a seed."""
    return tuple(execution(seed).run())


@pytest.mark.parametrize("seed", range(2, 12))
def test_other_data_is_no_drift(seed: int) -> None:
    """Seed, row counts, scenario and clock differ, behaviour does not: not one difference."""
    part = (seed % 5, 5)
    found = compare(execution(1).run(part=part), execution(seed).run(part=part), execution(1).contract)

    assert [difference.message for difference in found.differences] == []
    assert sum(share.compared for share in found.compared.values()) > 300


def test_another_tenant_is_no_drift() -> None:
    """Another firm has other rows, and the server treats it alike."""
    one, other = execution(1).run(part=(1, 4)), execution(5).run(key="demo-other-tenant", part=(1, 4))

    assert compare(one, other, execution(1).contract).differences == ()


@pytest.mark.parametrize("name", DRIFTS)
def test_drifts_are_found_by_their_class(name: str) -> None:
    """Whatever changes on one side is found, in the operation that it changes, and called by its class."""
    cls, change = DRIFTS[name]
    one, other = side(1), side(2)
    drifted = [replace(step, exchange=change(step.exchange)) for step in other]
    changed = {b.label for b, now in zip(other, drifted, strict=True) if b.exchange != now.exchange}
    kept = changed | {label for label in ALWAYS if cls == "referential"}
    kept |= {step.label for step in one if cls == "value" and "event-subscriptions" in step.label}

    found = compare(
        [step for step in one if step.label in kept],
        [step for step in drifted if step.label in kept],
        execution(1).contract,
    )

    assert changed
    assert cls in {difference.cls for difference in found.differences}
    assert {d.operation for d in found.differences if d.cls == cls} & changed


def test_a_difference_says_what_differs_where_and_how_badly() -> None:
    """Class, code, place, pointer, forms and count are told; the message holds no value of a row."""
    change = DRIFTS["ids as texts"][1]
    drifted = [
        replace(step, exchange=change(step.exchange)) for step in side(2) if step.label == "POST /gql/v1/payments"
    ]
    one = [step for step in side(1) if step.label == "POST /gql/v1/payments"]

    [found] = compare(one, drifted, execution(1).contract).differences

    assert (found.cls, found.code, found.impact, found.severity) == ("type", "MS309", "breaking", Severity.ERROR)
    assert (found.place, found.pointer) == ("body", "/payments/[]/clientId")
    assert found.message == "type at body /payments/[]/clientId: number -> string"
    assert found.a.isdigit()
    assert found.b.strip('"').isdigit()
    assert found.group.endswith("/clientId")


def test_differences_of_one_schema_have_one_group() -> None:
    """What a list and a search show of one schema differs once for people, and per operation for numbers."""
    change = DRIFTS["emails in capitals"][1]
    one, other = ([step for step in side(seed) if "/staff" in step.label] for seed in (1, 2))
    drifted = [replace(step, exchange=change(step.exchange)) for step in other]
    found = compare(one, drifted, execution(1).contract)

    operations = {d.operation for d in found.differences}
    assert len(operations) == len(found.differences) == 3
    assert len({d.group for d in found.differences if d.operation.startswith("POST")}) == 1
    assert len(found.groups()) < 3


def test_what_was_not_answered_is_not_compared() -> None:
    """A step without a reply is never equal: it is listed with its reason."""
    one, other = list(side(1)[:4]), list(side(2)[:4])
    other[1] = replace(other[1], exchange=replace(other[1].exchange, reply=None, failure="timed out"))

    found = compare(one, other, execution(1).contract)

    assert found.not_compared == ((2, "timed out"),)
    assert found.differences == ()


def test_one_step_asked_too_often_is_not_compared() -> None:
    """A 429 says nothing of the request: no drift, and no agreement."""
    one, other = list(side(1)[:1]), list(side(2)[:1])
    assert other[0].exchange.reply is not None
    busy = replace(other[0].exchange.reply, status=429)
    other[0] = replace(other[0], exchange=replace(other[0].exchange, reply=busy))

    found = compare(one, other, execution(1).contract)

    assert [number for number, _ in found.not_compared] == [1]
    assert found.differences == ()


def test_sides_of_different_programs_are_refused() -> None:
    """Steps that do not match are no comparison."""
    with pytest.raises(ValueError, match="different steps"):
        compare(side(1)[:3], side(2)[:4], execution(1).contract)


def test_every_class_has_a_code_and_an_impact() -> None:
    """Codes lie between MS300 and MS339, each once."""
    codes = [cls.code for cls in CLASSES.values()]

    assert len(set(codes)) == len(codes)
    assert all("MS300" <= code < "MS340" for code in codes)


def test_the_same_row_is_compared_by_value() -> None:
    """Where the rows asked for correspond, another value is a difference; elsewhere it is data."""
    step = next(s for s in side(1) if s.about == "the documented client")
    assert step.exchange.reply is not None
    other = step.exchange.reply.body.replace(b"info@acme.com", b"other@acme.com")
    exchange = replace(step.exchange, reply=replace(step.exchange.reply, body=other))
    sides = [
        [replace(step, same_row=known) for step in (step, replace(step, exchange=exchange))] for known in (True, None)
    ]

    known, unknown = (compare([pair[0]], [pair[1]], execution(1).contract) for pair in sides)

    assert [(d.cls, d.pointer) for d in known.differences] == [("value", "/email")]
    assert unknown.differences == ()


def test_rows_that_only_claim_to_correspond_are_compared_by_form() -> None:
    """Two rows that agree in nothing are two rows, whatever the key said."""
    one, other = (
        next(replace(s, same_row=True) for s in side(seed) if s.label == "GET /gql/v1/office/{id}") for seed in (1, 2)
    )

    assert compare([one], [replace(other, number=one.number)], execution(1).contract).differences == ()


def test_ten_thousand_rows_a_side_take_seconds() -> None:
    """The time is linear: lists of 10,000 rows are compared while one waits."""
    operation = execution(1).app.bundle.operations["getInvoices"]
    sides = []
    for seed in (1, 2):
        [page] = execution(seed).ask(operation, [post("/gql/v1/invoices", {"pageSize": 400})])
        assert page.reply is not None
        text = page.reply.body.decode()
        steps = []
        for number in range(1, 26):
            body = re.sub(r'"id":', f'"id":{number}', text.replace('"count":', '"count":10')).encode()
            steps.append(Step(number, operation, replace(page, reply=replace(page.reply, body=body))))
        sides.append(steps)

    began = time.process_time()
    found = compare(sides[0], sides[1], execution(1).contract)
    took = time.process_time() - began

    assert {difference.cls for difference in found.differences} == set()
    assert took < 4, f"took {took:.1f} s of CPU"  # 1.4 s where it was made; other machines are slower
