"""The judge of refusals wants the declared shape, or RFC 9457's."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver.findings import Severity
from mockserver.probes.error_replies import JUDGES
from tests.probes.judging import ONE, Court

SHAPE = JUDGES[0]
PROBLEM = ("Content-Type", "application/problem+json")


def test_the_declared_shape(court: Court) -> None:
    """An error that keeps to its schema is silent, one that does not is found, with the schema's pointer."""
    assert court.said(SHAPE, ONE, 404, {"code": "NOT_FOUND", "message": "x"}) == []
    (fault,) = court.faults(SHAPE, ONE, 404, {"error": "x"})

    assert fault.message == "404 does not keep to its declared schema"
    assert fault.pointer == "/paths/~1orders~1{id}/get/responses/default/content/application~1json/schema"


def test_undeclared_errors_look_like_the_declared_ones(court: Court) -> None:
    """Where a status is not declared, any of the bundle's shapes will do; HTML will not."""
    html = ("Content-Type", "text/html")
    text = "415 is not declared, and comes in no shape of an error that is"

    assert court.said(SHAPE, "POST /orders", 415, {"code": "X", "message": "x"}) == []
    assert court.said(SHAPE, "POST /orders", 415, {"whatever": 1}) == [text]
    (fault,) = court.faults(SHAPE, "POST /orders", 415, b"<h1>415</h1>", html)
    assert (fault.message, fault.severity) == (text, Severity.WARNING)


@pytest.mark.parametrize(
    ("problem", "message"),
    [
        ({"status": 400}, "the problem's `status` is not that of the reply"),
        ({"title": 5}, "the problem's `title` is no text"),
        ({"type": "no reference"}, "the problem's `type` is no reference"),
        ([], "404 says that it is a problem, but is no object"),
    ],
)
def test_problems(court: Court, problem: Any, message: str) -> None:
    """What says that it is a problem is one."""
    assert court.said(SHAPE, ONE, 404, problem, PROBLEM) == [message]
    assert court.said(SHAPE, ONE, 404, {"type": "about:blank", "title": "x", "status": 404}, PROBLEM) == []


def test_successes_are_not_judged(court: Court) -> None:
    """A success may look as it likes here."""
    assert court.said(SHAPE, ONE, 200, {"error": "x"}) == []
