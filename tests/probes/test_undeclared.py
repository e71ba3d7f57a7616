"""Judges find what nobody declared, and let pass what is open."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mockserver.findings import Severity
from mockserver.probes.undeclared import JUDGES
from tests.probes.judging import ONE, Court, judge_of

PROPERTIES, HEADERS, VALUES, HIDDEN = (judge_of(JUDGES, code) for code in ("MS200", "MS201", "MS202", "MS225"))


def test_an_undeclared_property_is_found_at_any_depth(court: Court) -> None:
    """It is named by its way, with the schema that lacks it, and a draft that would declare it."""
    body = {"orders": [{"id": 1}, {"id": 2, "parts": [{"id": 3, "secretive": True}]}]}
    (fault,) = court.faults(PROPERTIES, "GET /orders", 200, body)

    assert PROPERTIES.severity is Severity.WARNING
    assert fault.message == "`orders[].parts[].secretive` is not declared"
    assert fault.detail == "/orders/1/parts/0/secretive: boolean"
    assert fault.pointer.startswith("/components/schemas/")


@pytest.mark.parametrize(
    "body",
    [
        {"id": 1, "key": "x", "state": "open"},  # both parts of an allOf
        {"id": 1, "labels": {"x-a": "1"}},
        {"id": 1, "extra": {"whatever": "2024-01-01"}},
        {"id": 1, "free": {"a": {"b": 1}}},
        {"id": 1, "party": {"kind": "firm", "vat": "1"}},
        {"id": 1, "parts": None},
    ],
)
def test_what_is_declared_somewhere_or_open_is_none(court: Court, body: Any) -> None:
    """allOf, patterns, additionalProperties, objects without properties and alternatives are seen through."""
    assert court.said(PROPERTIES, ONE, 200, body) == []


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"id": 1, "labels": {"y": "1"}}, "`labels.y` is not declared"),
        ({"id": 1, "party": {"kind": "firm", "weight": 1}}, "`party.weight` is not declared"),
    ],
)
def test_closed_maps_and_alternatives_are_seen_through(court: Court, body: Any, message: str) -> None:
    """A name that no pattern and no alternative knows is undeclared."""
    assert court.said(PROPERTIES, ONE, 200, body) == [message]


def test_names_that_the_request_brought_are_none(court: Court) -> None:
    """What a caller made up and gets back, in body or query, is no property of the server's."""
    body = {"id": 1, "mine": 1, "also": 2, "secretive": True}
    sent = {"body": json.dumps({"deep": [{"mine": 1}]}).encode(), "target": f"{ONE.split()[1]}?also=2"}

    assert court.said(PROPERTIES, ONE, 200, body, **sent) == ["`secretive` is not declared"]


def test_many_undeclared_names_of_one_object_are_one_finding(court: Court) -> None:
    """Keys of a map that nobody declared as one are told together."""
    body = {"id": 1, **{f"key{number}": number for number in range(20)}}

    assert court.said(PROPERTIES, ONE, 200, body) == ["the body has many properties that are not declared"]


def test_one_of_several_operations_on_one_path_is_not_judged(court: Court) -> None:
    """Which of `/things#big` and `/things#small` was meant cannot be told from the wire."""
    assert court.said(PROPERTIES, "GET /things#big", 200, {"vat": "1", "odd": 1}) == []


def test_an_undeclared_header(court: Court) -> None:
    """Headers of HTTP, of proxies and of the mock need no declaration; the vendor's own do."""
    headers = [("X-Total", "1"), ("ETag", "x"), ("CF-Ray", "x"), ("Mock-Code", "x"), ("X-Debug", "1")]

    assert court.said(HEADERS, "GET /orders", 200, {"orders": []}, *headers) == [
        "the header `x-debug` is not declared for 200"
    ]


def test_cookies(court: Court) -> None:
    """A session that the server begins is undeclared; the cookie of a balancer before it is not its own."""
    mine, edge = ("Set-Cookie", "sid=1; Path=/"), ("Set-Cookie", "AWSALB=abc; Path=/")

    assert court.said(HEADERS, ONE, 200, {"id": 1}, mine) == ["the header `set-cookie` is not declared for 200"]
    assert court.said(HEADERS, ONE, 200, {"id": 1}, edge) == []


def test_a_value_outside_of_its_enumeration(court: Court) -> None:
    """A closed list is a fault, an open one a hint, one beside an open alternative nothing."""
    body = {"id": 1, "state": "lost", "channel": "fax", "mood": "bad"}
    closed, open_ = court.faults(VALUES, ONE, 200, body)

    assert (closed.message, closed.severity) == ("`state` has a value that its enumeration does not list", None)
    assert closed.detail == "/state: 'lost'"
    assert (open_.message, open_.severity) == (
        "`channel` has a value that its x-extensible-enum does not list", Severity.INFO,
    )  # fmt: skip
    assert court.said(VALUES, ONE, 200, {"id": 1, "state": "open", "channel": "web", "mood": "bad"}) == []


def test_what_is_write_only_does_not_come_back(court: Court) -> None:
    """A password that the bundle declares for requests is found in a reply."""
    assert court.said(HIDDEN, ONE, 200, {"id": 1, "password": "x"}) == ["`password` is declared as write-only"]
    assert court.said(HIDDEN, ONE, 200, {"id": 1}) == []
