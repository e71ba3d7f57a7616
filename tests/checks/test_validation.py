"""Recorded replies are judged by the same checks, with the same codes, as those that fuzzing gets."""

from __future__ import annotations

import pytest

from mockserver.checks.validation import validate_exchange
from mockserver.exchanges import Exchange, Headers, Reply, Request
from tests.checks.library import Opening

JSON: Headers = (("Content-Type", "application/json"),)
BOOK = b'{"id": 1, "title": "Emma"}'


def recorded(label: str, reply: Reply | None) -> Exchange:
    """An exchange as a recording has it."""
    method, _, path = label.partition(" ")
    request = Request(method, path.replace("{id}", "1"))
    return Exchange("recording", "", request, reply, "" if reply else "the line broke", label)


@pytest.mark.parametrize(
    ("label", "reply", "codes"),
    [
        ("GET /books/{id}", Reply(200, JSON, BOOK), []),
        ("DELETE /books/{id}", Reply(204), []),
        ("GET /books/{id}", Reply(200, JSON, b'{"id": "1"}'), ["ST108", "ST108"]),
        ("GET /books/{id}", Reply(200, JSON, b"{"), ["ST109"]),
        ("GET /books/{id}", Reply(200, (("content-type", "text/html"),), b"<p>"), ["ST105"]),
        ("GET /books/{id}", Reply(200, (), BOOK), ["ST104"]),
        ("GET /books/{id}", Reply(418, JSON, b"{}"), ["ST103"]),
        ("GET /books/{id}", Reply(500, JSON, b"{}"), ["ST101", "ST103"]),
        ("POST /books", Reply(201, JSON, BOOK), ["ST107"]),
        ("POST /books", Reply(201, (*JSON, ("X-Shelf", "A")), BOOK), []),
        ("POST /books", None, ["MS290"]),
        ("GET /elsewhere", Reply(500), []),
        ("", Reply(500), []),
    ],
)
def test_replies_are_judged(opening: Opening, label: str, reply: Reply | None, codes: list[str]) -> None:
    """Status, media type, headers and body; nothing where the bundle says nothing."""
    exchange = recorded(label, reply)
    found = validate_exchange(opening.contract(), exchange)

    assert sorted(o.finding.code for o in found) == codes
    assert all(o.finding.operation == label and o.exchanges == (exchange,) for o in found)


def test_findings_name_their_check_and_place(opening: Opening) -> None:
    """The check's name, the keyword's pointer and its line."""
    (wrong,) = validate_exchange(
        opening.contract(), recorded("GET /books", Reply(200, JSON, b'[{"id": 1, "title": "Emma", "pages": "many"}]'))
    )

    assert wrong.check == "response_schema_conformance"
    assert wrong.finding.message == "the body of 200: `type` does not hold at [].pages"
    assert wrong.finding.pointer.startswith("/components/schemas/Book/properties/pages")
    assert wrong.finding.line > 0
    assert "many" in wrong.finding.evidence
