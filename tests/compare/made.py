"""Steps made by hand: one answer of one operation of our bundle, without a server."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from mockserver.compare.difference import Comparison, Step
from mockserver.compare.judgement import compare
from mockserver.exchanges import Exchange, Headers, Reply, Request
from mockserver.probes.base import Contract
from tests.compare.program import Execution

AT = "2026-03-01T10:00:00.000Z"
JSON = (("Content-Type", "application/json"),)


@lru_cache(maxsize=1)
def contract() -> Contract:
    """Our own bundle and its entities."""
    return Execution(scenario="empty").contract


def made(
    operation: str = "getClientById",
    body: Any = None,
    *,
    status: int = 200,
    headers: Headers = (),
    target: str = "",
    sent: Any = None,
    number: int = 1,
    **more: Any,
) -> Step:
    """A step; `body` and `sent` are JSON, or bytes as they are."""
    meant = contract().bundle.operations[operation]
    wire = body if isinstance(body, bytes) else json.dumps(body).encode()
    kept = headers if any(name.lower() == "content-type" for name, _ in headers) else (*JSON, *headers)
    asked = Request(
        meant.method, target or meant.path.replace("{id}", "789"), JSON, json.dumps(sent).encode() if sent else b""
    )
    same_row = more.pop("same_row", None)
    exchange = Exchange("x", "http://a.example", asked, Reply(status, kept, wire), "", meant.label, at=AT, **more)
    return Step(number, meant, exchange, same_row=same_row)


def differences(a: Step | list[Step], b: Step | list[Step]) -> list[str]:
    """The messages of a comparison."""
    return [found.message for found in compared(a, b).differences]


def compared(a: Step | list[Step], b: Step | list[Step]) -> Comparison:
    """Two sides, of one step each where no lists are given."""
    sides = [side if isinstance(side, list) else [side] for side in (a, b)]
    return compare(sides[0], sides[1], contract())
