"""A run's exchanges as a HAR file that other tools take."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mockserver.exchanges import Exchange, Reply, Request
from mockserver.findings import Finding, Severity
from mockserver.reports.har import har
from mockserver.runs import Contract, Observation, Run

NAMED = {"type": "array", "items": {"type": "object", "required": ["name", "value"]}}
# What the format's description (HAR 1.2) requires.
SCHEMA: dict[str, Any] = {
    "type": "object", "required": ["log"],
    "properties": {"log": {
        "type": "object", "required": ["version", "creator", "entries"],
        "properties": {
            "version": {"const": "1.2"},
            "creator": {
                "type": "object", "required": ["name", "version"],
                "additionalProperties": {"type": "string", "minLength": 1},
            },
            "entries": {"type": "array", "items": {
                "type": "object", "required": ["startedDateTime", "time", "request", "response", "cache", "timings"],
                "properties": {
                    "startedDateTime": {"type": "string", "format": "date-time"},
                    "time": {"type": "number", "minimum": 0},
                    "request": {
                        "type": "object",
                        "required": "method url httpVersion cookies headers queryString headersSize bodySize".split(),
                        "properties": {
                            "url": {"type": "string", "format": "uri"},
                            "cookies": NAMED, "headers": NAMED, "queryString": NAMED,
                            "postData": {"type": "object", "required": ["mimeType", "text"]},
                        },
                    },
                    "response": {
                        "type": "object",
                        "required": "status statusText httpVersion cookies headers content redirectURL headersSize "
                        "bodySize".split(),
                        "properties": {
                            "status": {"type": "integer"}, "cookies": NAMED, "headers": NAMED,
                            "content": {"type": "object", "required": ["size", "mimeType"]},
                        },
                    },
                    "timings": {"type": "object", "required": ["send", "wait", "receive"]},
                },
            }},
        },
    }},
}  # fmt: skip

EXCHANGES = (
    Exchange(
        "sandbox", "https://api.example/v2",
        Request("POST", "/x?a=1&b&a=%20c", (("Cookie", "s=1; t=2"), ("Content-Type", "text/plain")), b"\xff\x00"),
        Reply(302, (("Location", "/y"), ("Set-Cookie", "a=1; Path=/"), ("Content-Type", "image/png")), b"\x89PNG\xff"),
        at="2026-11-22T10:00:00.000Z", took=0.5,
    ),
    Exchange("mock", "", Request("GET", "/y"), None, "no answer within 30 s"),
    Exchange("mock", "", Request("PATCH", "/z", (), "ä".encode()), Reply(299, (), b"{}")),
)  # fmt: skip


def test_it_is_valid() -> None:
    """Every part that HAR 1.2 requires is there, whatever the exchange."""
    import jsonschema_rs

    validator = jsonschema_rs.validator_for(SCHEMA, validate_formats=True)
    assert [str(error) for error in validator.iter_errors(json.loads(har(EXCHANGES)))] == []


def test_what_it_says() -> None:
    """Addresses whole, queries and cookies taken apart, bytes in base64, times in milliseconds."""
    first, second, third = json.loads(har(EXCHANGES, "mockserver 2.0"))["log"]["entries"]
    assert first["request"]["url"] == "https://api.example/v2/x?a=1&b&a=%20c"
    assert first["request"]["queryString"] == [
        {"name": "a", "value": "1"}, {"name": "b", "value": ""}, {"name": "a", "value": " c"},
    ]  # fmt: skip
    assert [c["name"] for c in first["request"]["cookies"] + first["response"]["cookies"]] == ["s", "t", "a"]
    assert first["request"]["postData"] == {"mimeType": "text/plain", "text": "/wA=", "_encoding": "base64"}
    content = first["response"]["content"]
    assert (content["size"], content["text"], content["encoding"]) == (5, "iVBOR/8=", "base64")
    assert (first["time"], first["timings"]["wait"], first["response"]["redirectURL"]) == (500.0, 500.0, "/y")
    assert (second["response"]["status"], second["response"]["_error"]) == (0, "no answer within 30 s")
    assert (third["response"]["status"], third["response"]["statusText"]) == (299, "")
    assert third["request"]["postData"]["text"] == "ä"


@pytest.mark.parametrize(
    ("tool", "creator"), [("mockserver 2.0", ("mockserver", "2.0")), ("", ("aiwyn-mockserver", "0"))]
)
def test_a_run(tool: str, creator: tuple[str, str]) -> None:
    """Each exchange of its observations once, in their order, and who made it."""
    finding = Finding(Severity.ERROR, "MS201", "wrong")
    observations = tuple(Observation(finding, exchanges=part) for part in (EXCHANGES[:2], EXCHANGES[1:]))
    run = Run("check", 1, Contract("f", "s"), (), observations=observations, tool=tool)
    log = json.loads(har(run))["log"]
    assert (log["creator"]["name"], log["creator"]["version"]) == creator
    assert [entry["request"]["method"] for entry in log["entries"]] == ["POST", "GET", "PATCH"]
