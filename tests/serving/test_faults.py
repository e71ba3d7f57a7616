"""Faults on request: a client asks by `Prefer` for one of the replies that the bundle declares."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import yaml


@pytest.fixture(scope="module")
def stage(make_mock: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A mock of a bundle whose operation declares little: a reply without a body, one of its own schema, examples."""
    replies = {
        "200": {"description": "", "content": {"text/csv": {"examples": {"short": {"value": "a,b"}}}}},
        "202": {"description": "", "content": {"application/json": {"schema": {"type": "integer", "minimum": 7}}}},
        "203": {"description": "", "content": {"application/json": {"examples": {"one": {"value": 1}}}}},
        "204": {"description": ""},
        "206": {"description": "", "content": {"application/json": {}}},
    }
    document = {
        "openapi": "3.1.0",
        "info": {"title": "T", "version": "1"},
        "paths": {"/a": {"get": {"responses": replies}}},
    }
    file = tmp_path_factory.mktemp("stage") / "stage.yaml"
    file.write_text(yaml.safe_dump(document), "utf-8")
    return make_mock(bundle=str(file), check_replies="off")


@pytest.mark.parametrize(
    ("prefer", "status", "body"),
    [
        ("example=short", 200, "a,b"),
        ("code=203", 203, "1"),
        ("code=203, example=one", 203, "1"),
        ("code=204", 204, ""),
        ("code=206", 206, "null"),
    ],
)
def test_a_declared_reply_is_given(stage: Any, prefer: str, status: int, body: str) -> None:
    """The reply that was asked for, with its example, or as empty as it is declared."""
    reply = stage.get("/a", headers={"Prefer": prefer})

    assert (reply.status_code, reply.text) == (status, body)
    assert reply.headers["preference-applied"] == prefer


def test_a_reply_without_examples_is_sampled(stage: Any) -> None:
    """Its schema is told by a value of it."""
    assert stage.get("/a", headers={"Prefer": "code=202"}).json() >= 7


@pytest.mark.parametrize(
    ("prefer", "told"),
    [
        ("code=201", "declares 200, 202, 203, 204, 206, not 201"),
        ("example=shrt", "Did you mean short"),
        ("code=203, example=nothing-like-it", "one"),
        ("code=204, example=x", "no example 'x'"),
    ],
)
def test_what_is_not_declared_is_refused_by_name(stage: Any, prefer: str, told: str) -> None:
    """A success or an example that the bundle does not have is a 400 that says what there is."""
    reply = stage.get("/a", headers={"Prefer": prefer})

    assert (reply.status_code, reply.headers["mock-code"]) == (400, "MS116")
    assert told in reply.json()["detail"]


def test_an_error_that_is_not_declared_can_be_asked_for(stage: Any) -> None:
    """Clients meet statuses that no bundle declares: they are told as problem details, with when to come again."""
    reply = stage.get("/a", headers={"Prefer": "code=503"})

    assert (reply.status_code, reply.headers["retry-after"]) == (503, "5")
    assert reply.headers["content-type"] == "application/problem+json"
