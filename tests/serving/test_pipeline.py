"""What holds for every request: listeners hear of changes, our own answers can be judged, worlds are apart."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

Make = Callable[..., Any]
CLIENT = "/gql/v1/client/789"


@pytest.fixture(scope="module")
def impossible(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle that promises a text which is a number."""
    schema = {"allOf": [{"type": "integer"}, {"type": "string"}]}
    replies = {"200": {"description": "", "content": {"application/json": {"schema": schema}}}}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "T", "version": "1"},
        "paths": {"/a": {"get": {"responses": replies}}},
    }
    file = tmp_path_factory.mktemp("impossible") / "impossible.yaml"
    file.write_text(yaml.safe_dump(document), "utf-8")
    return file


def test_our_own_answers_are_judged_when_asked_for(
    make_mock: Make, impossible: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`check_replies`: fail makes a wrong answer of ours a 500, log sends it and says so, off sends it."""
    replies = {how: make_mock(bundle=str(impossible), check_replies=how).get("/a") for how in ("fail", "log", "off")}

    assert {how: reply.status_code for how, reply in replies.items()} == {"fail": 500, "log": 200, "off": 200}
    assert replies["fail"].headers["mock-code"] == "MS198"
    assert capsys.readouterr().err.count("MS198 GET /a") == 1


def test_listeners_hear_of_each_change(mock: Any) -> None:
    """Who listens is told entity, kind, key and row of everything that a request changed, and its world."""
    heard: list[tuple[str, str, Any, str]] = []
    mock.app.pipeline.listeners.append(
        lambda event, world: heard.append((event.entity, event.kind, event.key, world.name))
    )
    record = {"type": "client", "systemRef": {"system": "PMS", "id": "789"}, "attributes": {"phone": "+1-555-0100"}}
    try:
        mock.put("/api/v1/records", json={"records": [record]}, headers={"Mock-World": "side"})
        mock.get(CLIENT)
    finally:
        mock.app.pipeline.listeners.pop()

    assert [(entity, kind, world) for entity, kind, _, world in heard] == [("client", "UPDATE", "side")]


def test_headers_of_one_name_are_one_list(mock: Any) -> None:
    """Two Prefer headers count as one (RFC 9110, 5.3)."""
    reply = mock.get(CLIENT, headers=[("Prefer", "code=500"), ("Prefer", "delay=0"), *mock.headers.items()])

    assert (reply.status_code, reply.headers["preference-applied"]) == (500, "code=500")


def test_a_world_has_a_name_of_some_length(mock: Any) -> None:
    """A name that nobody would write is refused before a world is made for it."""
    reply = mock.get(CLIENT, headers={"Mock-World": "w" * 201})

    assert (reply.status_code, reply.headers["mock-code"]) == (400, "MS107")
    assert mock.app.pipeline.worlds.names() == ()


def test_worlds_keep_the_clock_they_were_made_under(make_mock: Make) -> None:
    """With a clock that stands still, it does so in every world, and moves in one alone."""
    worlds = make_mock(clock="2026-01-31T09:00:00Z").app.pipeline.worlds
    side = worlds.get("side")
    side.clock.resume()

    assert worlds.main.clock.now() == worlds.get("other").clock.now() == datetime(2026, 1, 31, 9, tzinfo=UTC)
    assert abs((side.clock.now() - datetime.now(UTC)).total_seconds()) < 5
    with pytest.raises(KeyError):
        side.store("nobody's firm")
