"""Two bundles and the traffic of one service: whether the contract moved or the service."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mockserver.bundle.loader import Bundle, load_bundle
from mockserver.compare.bundles import compare_bundles, observations
from mockserver.exchanges import Exchange, Reply, Request


def bundle(file: Path, kind: str) -> Bundle:
    """A bundle of one operation, whose answer has a `size` of a type."""
    schema = {"type": "object", "required": ["size"], "properties": {"size": {"type": kind}}}
    reply = {"description": "a thing", "content": {"application/json": {"schema": schema}}}
    document: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {"title": "Things", "version": "1"},
        "paths": {"/thing": {"get": {"responses": {"200": reply}}}},
    }
    file.write_text(json.dumps(document), "utf-8")
    return load_bundle(file)


def answered(size: Any) -> Exchange:
    """What a service answered."""
    body = json.dumps({"size": size}).encode()
    reply = Reply(200, (("Content-Type", "application/json"),), body)
    return Exchange("live", "http://127.0.0.1", Request("GET", "/thing"), reply, operation="GET /thing")


@pytest.mark.parametrize(
    ("traffic", "verdict", "codes"),
    [([answered(3)], "contract", ["MS353"]), ([answered("3")], "service", ["MS354"]),
     ([answered(None)], "both", ["MS354"]), ([], "unseen", ["MS355"])],
)  # fmt: skip
def test_who_moved(tmp_path: Path, traffic: list[Exchange], verdict: str, codes: list[str]) -> None:
    """The bundle changes a type; what the service answers says whether contract or service moved."""
    old, new = bundle(tmp_path / "old.json", "integer"), bundle(tmp_path / "new.json", "string")
    found = compare_bundles(old, new, traffic)

    assert [moved.verdict for moved in found] == [verdict]
    assert [o.finding.code for o in observations(found, old, new)] == codes


def test_the_same_bundle_says_nothing(tmp_path: Path) -> None:
    """Where nothing changed and the service keeps both, there is nothing to tell."""
    one = bundle(tmp_path / "one.json", "integer")

    assert compare_bundles(one, bundle(tmp_path / "two.json", "integer"), [answered(3)]) == []
