"""Judges of a reply's frame: status, media type, body or none, server errors."""

from __future__ import annotations

from mockserver.findings import Severity
from mockserver.probes.statuses import JUDGES
from tests.probes.judging import ONE, Court, judge_of

STATUS, MEDIA, EMPTY, BODILESS, BROKEN = (
    judge_of(JUDGES, code) for code in ("MS203", "MS204", "MS205", "MS206", "MS214")
)


def test_an_undeclared_status(court: Court) -> None:
    """Exact statuses, classes and `default` are declarations; HTTP's own statuses and implied 401s need none."""
    assert court.said(STATUS, "POST /orders", 202, {}) == ["202 is not declared"]
    assert court.said(STATUS, "POST /orders", 409, {}) == ["409 is not declared"]
    for label, status in [
        ("POST /orders", 201), ("GET /orders", 418), (ONE, 418), ("POST /orders", 415), ("GET /orders", 401),
        ("DELETE /orders/{id}", 404),
    ]:  # fmt: skip
        assert court.said(STATUS, label, status, {}) == []


def test_another_method_on_the_path_is_not_judged(court: Court) -> None:
    """What a server says to an undeclared method is not the operation's reply."""
    assert court.said(STATUS, "POST /orders", 202, {}, method="PATCH") == []


def test_an_undeclared_media_type(court: Court) -> None:
    """HTML where JSON is declared is found; problem+json is a matter of error shapes."""
    html, problem = ("Content-Type", "text/html; charset=utf-8"), ("Content-Type", "application/problem+json")

    assert court.said(MEDIA, ONE, 200, b"<p>", html) == ["200 comes as text/html"]
    assert court.said(MEDIA, ONE, 404, {"title": "x"}, problem) == []
    assert court.said(MEDIA, ONE, 200, {"id": 1}) == []


def test_an_empty_body(court: Court) -> None:
    """Where JSON is declared there must be some; HEAD, 204 and replies without content are excused."""
    assert court.said(EMPTY, ONE, 200, None) == ["200 comes with an empty body"]
    assert court.said(EMPTY, ONE, 200, None, method="HEAD") == []
    assert court.said(EMPTY, "GET /ping", 200, None) == []
    assert court.said(EMPTY, "DELETE /orders/{id}", 204, None) == []


def test_a_body_where_there_must_be_none(court: Court) -> None:
    """A 204 with a body and a HEAD with one are found."""
    assert court.said(BODILESS, "DELETE /orders/{id}", 204, {"a": 1}) == ["204 comes with a body"]
    assert court.said(BODILESS, ONE, 200, {"id": 1}, method="HEAD") == ["the reply to HEAD has a body"]
    assert court.said(BODILESS, ONE, 200, {"id": 1}) == []


def test_a_server_error(court: Court) -> None:
    """Any 5xx is one, a busy server a lesser one; an error that was asked for is none."""
    (broken,), (busy,) = court.faults(BROKEN, ONE, 500, {}), court.faults(BROKEN, ONE, 503, {})

    assert (broken.message, broken.severity) == ("the server answers 500", None)
    assert busy.severity is Severity.WARNING
    assert court.said(BROKEN, ONE, 500, {}, headers=(("Prefer", "code=500"),)) == []
    assert court.said(BROKEN, ONE, 501, {}, method="PATCH") == []
