"""Refusals are told as the operation declares them, and always validly."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.bundle.loader import Bundle, load_bundle
from mockserver.bundle.operations import Operation
from mockserver.calls import Answer
from mockserver.clock import Clock
from mockserver.paths import BUNDLE
from mockserver.problems import Refusal, Violation
from mockserver.serving.errors import PROBLEM, render, status_for
from mockserver.serving.replies import fitted, media_for
from mockserver.serving.validation import Validators

TWO = (Violation("/name", "name is required"), Violation("/limit", "0 is less than 1", "query"))
TEXT: dict[str, Any] = {"type": "string"}
NUMBER: dict[str, Any] = {"type": "integer"}
ITEMS: dict[str, Any] = {"type": "array", "items": {"type": "object", "properties": {"field": TEXT, "message": TEXT}}}


def thing(required: list[str] | None = None, **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": required or [], "properties": properties}


class Made:
    """A bundle of one operation, with the replies given."""

    def __init__(self, folder: Path, replies: Mapping[str, Any], **operation: Any) -> None:
        responses = {"200": {"description": "fine"}}
        for status, schema in replies.items():
            content = (
                schema
                if schema is None or "content" in schema
                else {"content": {"application/json": {"schema": schema}}}
            )
            responses[status] = {"description": "not fine", **(content or {})}
        document = {
            "openapi": "3.1.0",
            "info": {"title": "Made", "version": "1.2.3"},
            "paths": {"/it/{id}": {"get": {"operationId": "getIt", "responses": responses, **operation}}},
        }
        file = folder / "bundle.json"
        file.write_text(json.dumps(document))
        self.bundle: Bundle = load_bundle(file, cache=False)
        self.operation: Operation = self.bundle.operations["getIt"]
        self.validators = Validators(self.bundle)

    def render(self, refusal: Refusal, accept: str | None = None) -> tuple[int, dict[str, str], str, Any]:
        status, headers, media, raw = render(refusal, self.operation, self.bundle, accept, Clock(), "r_7")
        body = json.loads(raw) if "json" in media else raw.decode()
        if self.operation.reply(status) is not None and media != PROBLEM:
            assert self.validators.judge_reply(self.operation, status, headers, media, raw) == ()
        return status, headers, media, body

    def body(self, status: int = 400, detail: str = "It is wrong.", **more: Any) -> Any:
        return self.render(Refusal(status, detail, **more))[3]


@pytest.mark.parametrize(
    ("schema", "told"),
    [
        (thing(message=TEXT), {"message": "It is wrong."}),
        (thing(errorMessage=TEXT, error_code=TEXT), {"errorMessage": "It is wrong.", "error_code": "INVALID"}),
        (thing(error=TEXT), {"error": "It is wrong."}),
        (thing(error=TEXT, message=TEXT), {"error": "Bad Request", "message": "It is wrong."}),
        (thing(error=TEXT, error_description=TEXT), {"error": "invalid", "error_description": "It is wrong."}),
        (thing(code=NUMBER, message=TEXT), {"code": 400, "message": "It is wrong."}),
        (thing(statusCode=NUMBER, status=TEXT), {"statusCode": 400, "status": "400"}),
        (thing(success={"type": "boolean"}, failed={"type": "boolean"}), {"success": False, "failed": True}),
        (thing(success={"const": False}, message=TEXT), {"success": False, "message": "It is wrong."}),
        (thing(data={"type": ["object", "null"]}, message=TEXT), {"data": None, "message": "It is wrong."}),
        (thing(title=TEXT, detail=TEXT), {"title": "Bad Request", "detail": "It is wrong."}),
        (thing(requestId=TEXT, path=TEXT), {"requestId": "r_7", "path": "/it/{id}"}),
        (thing(code={"type": "string", "examples": ["not_found"]}), {"code": "invalid"}),
        (thing(code={"enum": ["ok", "bad_request", "not_found"]}), {"code": "bad_request"}),
        (thing(status={"enum": ["success", "error"]}), {"status": "error"}),
        (thing(code={"enum": [100, 400]}), {"code": 400}),
        (thing(type={"enum": ["error"]}), {"type": "error"}),
        (thing(error=thing(message=TEXT, code=TEXT)), {"error": {"message": "It is wrong.", "code": "INVALID"}}),
        (
            thing(meta=thing(success={"type": "boolean"}, version=TEXT)),
            {"meta": {"success": False, "version": "1.2.3"}},
        ),
        (thing(errors={"type": "array", "items": TEXT}), {"errors": ["It is wrong."]}),
        (thing(errors=ITEMS), {"errors": [{"field": "", "message": "It is wrong."}]}),
        (thing(message=TEXT, errors=ITEMS), {"message": "It is wrong."}),
        (thing(["errors"], message=TEXT, errors=ITEMS), {"message": "It is wrong.", "errors": []}),
        (thing(["reason"], reason=TEXT, unknown=TEXT), {"reason": "INVALID"}),
        ({"type": "array", "items": thing(message=TEXT)}, [{"message": "It is wrong."}]),
        ({"type": "string"}, "It is wrong."),
        ({"allOf": [thing(message=TEXT), thing(code=NUMBER)]}, {"message": "It is wrong.", "code": 400}),
        ({"anyOf": [thing(message=TEXT), {"type": "null"}]}, {"message": "It is wrong."}),
        ({"type": "object"}, {"error": "Bad Request", "message": "It is wrong."}),
        ({}, "It is wrong."),
    ],
)
def test_the_declared_shape_is_filled(tmp_path: Path, schema: Any, told: Any) -> None:
    """Whatever names an error schema uses, it is told what, why and how bad in its own words."""
    assert Made(tmp_path, {"400": schema}).body(reason="INVALID") == told


@pytest.mark.parametrize(
    ("schema", "told"),
    [
        (
            thing(message=TEXT, errors=ITEMS),
            {
                "message": "Two things.",
                "errors": [
                    {"field": "/name", "message": "name is required"},
                    {"field": "/limit", "message": "0 is less than 1"},
                ],
            },
        ),
        (
            thing(detail=TEXT, violations={"type": "array", "items": TEXT}),
            {"detail": "Two things.", "violations": ["body /name: name is required", "query /limit: 0 is less than 1"]},
        ),
        (
            thing(message=TEXT, details={"type": "object"}),
            {"message": "Two things.", "details": {"/name": "name is required", "/limit": "0 is less than 1"}},
        ),
        (
            thing(error=thing(message=TEXT, param={"type": ["string", "null"]})),
            {"error": {"message": "body /name: name is required; query /limit: 0 is less than 1", "param": "/name"}},
        ),
        ({"type": "string"}, "body /name: name is required; query /limit: 0 is less than 1"),
    ],
)
def test_all_violations_are_told(tmp_path: Path, schema: Any, told: Any) -> None:
    """Several violations are all listed: in the list that the schema has for them, else in its text."""
    assert Made(tmp_path, {"400": schema}).body(detail="Two things.", violations=TWO) == told


def test_what_else_is_required_is_made_up(tmp_path: Path) -> None:
    """Required fields that tell nothing of errors are filled so that the body is valid."""
    schema = thing(
        ["message", "mood", "level"], message=TEXT, mood={"enum": ["sad"]}, level={"type": "integer", "minimum": 7}
    )

    body = Made(tmp_path, {"400": schema}).body()

    assert body["message"] == "It is wrong."
    assert body["mood"] == "sad"
    assert body["level"] >= 7


def test_a_text_too_short_for_its_schema_is_still_valid(tmp_path: Path) -> None:
    """Where the schema has no room for the text, validity wins (checked by render's helper)."""
    schema = thing(["message"], message={"type": "string", "maxLength": 5})

    assert len(Made(tmp_path, {"400": schema}).body()["message"]) <= 5


def test_timestamps_are_the_servers_clock(tmp_path: Path) -> None:
    """A timestamp is the mock's own time."""
    body = Made(tmp_path, {"400": thing(timestamp={"type": "string", "format": "date-time"})}).body()

    assert body["timestamp"].endswith("Z")


@pytest.mark.parametrize(
    ("declared", "wanted", "status"),
    [
        (["400"], 400, 400),
        (["422"], 400, 422),
        (["400", "422"], 422, 422),
        (["400", "422"], 400, 400),
        (["400"], 422, 400),
        (["4XX"], 400, 400),
        (["4XX"], 422, 422),
        (["default"], 400, 400),
        (["404"], 404, 404),
        (["410"], 404, 410),
        (["404", "410"], 404, 404),
        (["400"], 404, 400),
        (["422"], 404, 422),
        (["400", "default"], 404, 404),
        (["400"], 409, 400),
        (["409", "400"], 409, 409),
        (["400"], 401, 401),
        (["400", "4XX"], 403, 403),
        (["400"], 405, 405),
        (["400"], 415, 415),
        (["400"], 413, 413),
        (["400"], 429, 429),
        (["400"], 500, 500),
        ([], 400, 400),
        ([], 404, 404),
        (["401", "500"], 400, 400),
    ],
)
def test_the_declared_status_says_it(tmp_path: Path, declared: list[str], wanted: int, status: int) -> None:
    """A contract broken or an id unknown is told by the first declared status that means it; HTTP's own facts stay."""
    made = Made(tmp_path, dict.fromkeys(declared, thing(message=TEXT)))

    assert status_for(Refusal(wanted, "x"), made.operation) == status
    assert made.render(Refusal(wanted, "x"))[0] == status
    assert status_for(Refusal(wanted, "x"), None) == wanted


def test_a_hint_overrules_the_status(tmp_path: Path) -> None:
    """`x-mock-invalid-status` names the status of broken requests, and of nothing else."""
    made = Made(tmp_path, {"400": TEXT, "422": TEXT, "404": TEXT}, **{"x-mock-invalid-status": 422})

    assert made.render(Refusal(400, "x"))[0] == 422
    assert made.render(Refusal(404, "x"))[0] == 404


def test_the_word_stays_when_the_status_changes(tmp_path: Path) -> None:
    """An unknown id told by 400 still says NOT_FOUND."""
    assert Made(tmp_path, {"400": thing(code=TEXT)}).body(404) == {"code": "NOT_FOUND"}


def test_problem_details_where_nothing_is_declared(tmp_path: Path) -> None:
    """Without a declared error body the reply is RFC 9457 problem details with every violation."""
    made = Made(tmp_path, {"400": None})

    status, _, media, body = made.render(Refusal(400, "Two things.", code="MS101", violations=TWO))

    assert (status, media) == (400, "application/problem+json")
    assert body == {
        "type": "/__admin/problems/MS101",
        "title": "Bad Request",
        "status": 400,
        "detail": "Two things.",
        "instance": "/__admin/requests/r_7",
        "errors": [
            {"pointer": "/name", "detail": "name is required", "in": "body"},
            {"pointer": "/limit", "detail": "0 is less than 1", "in": "query"},
        ],
    }
    assert render(Refusal(404, "x"), None, made.bundle, None, Clock())[2] == PROBLEM


def test_declared_problem_details_are_filled(tmp_path: Path) -> None:
    """A declared problem schema gets a type that can be looked up and the request as its instance."""
    schema = thing(type=TEXT, title=TEXT, status=NUMBER, detail=TEXT, instance=TEXT)
    made = Made(tmp_path, {"400": {"content": {PROBLEM: {"schema": schema}}}})

    status, _, media, body = made.render(Refusal(400, "It is wrong.", code="MS101"))

    assert (status, media) == (400, PROBLEM)
    assert body == {
        "type": "/__admin/problems/MS101",
        "title": "Bad Request",
        "status": 400,
        "detail": "It is wrong.",
        "instance": "/__admin/requests/r_7",
    }


def test_an_undeclared_status_borrows_the_vendors_shape(tmp_path: Path) -> None:
    """A 415 of an operation that only declares a 400 looks like the 400, so that clients can read it."""
    made = Made(tmp_path, {"400": thing(message=TEXT), "500": thing(detail=TEXT)})

    assert made.body(415) == {"message": "It is wrong."}
    assert made.body(503) == {"detail": "It is wrong."}


def test_accept_chooses_among_the_declared_types(tmp_path: Path) -> None:
    """The error comes in the declared type that the client likes, in JSON when it likes none."""
    content = {"text/plain": {"schema": TEXT}, "application/json": {"schema": thing(message=TEXT)}}
    made = Made(tmp_path, {"400": {"content": content}})

    assert made.render(Refusal(400, "x"))[2:] == ("application/json", {"message": "x"})
    assert made.render(Refusal(400, "x"), "text/plain")[2:] == ("text/plain", "x")
    assert made.render(Refusal(400, "x"), "image/png")[2] == "application/json"


def test_a_range_of_types_is_answered_in_json(tmp_path: Path) -> None:
    """An error declared as `*/*` comes as JSON."""
    made = Made(tmp_path, {"400": {"content": {"*/*": {"schema": thing(message=TEXT)}}}})

    assert made.render(Refusal(400, "x"))[2:] == ("application/json", {"message": "x"})


def test_headers_of_the_protocol(tmp_path: Path) -> None:
    """401 comes with WWW-Authenticate, 429 and 503 with Retry-After, unless the refusal brings its own."""
    made = Made(tmp_path, {})

    assert made.render(Refusal(401, "x"))[1] == {"WWW-Authenticate": "Bearer"}
    own = {"www-authenticate": 'Bearer error="invalid_token"'}
    assert made.render(Refusal(401, "x", headers=own))[1] == own
    assert made.render(Refusal(429, "x"))[1] == {"Retry-After": "1"}
    assert made.render(Refusal(503, "x", headers={"Retry-After": "9"}))[1] == {"Retry-After": "9"}
    assert made.render(Refusal(405, "x", headers={"Allow": "GET"}))[1] == {"Allow": "GET"}


def test_required_headers_are_sent(tmp_path: Path) -> None:
    """Headers that the declared reply must have are made up; those that exist stay."""
    headers = {
        "X-Count": {"required": True, "schema": {"type": "integer", "minimum": 5}},
        "X-Ids": {"required": True, "schema": {"type": "array", "items": {"type": "integer"}, "minItems": 2}},
        "X-Why": {"required": True, "schema": TEXT},
        "X-Maybe": {"schema": TEXT},
    }
    made = Made(tmp_path, {"400": {"headers": headers, "content": {"application/json": {"schema": TEXT}}}})

    sent = made.render(Refusal(400, "x", headers={"X-WHY": "because"}))[1]

    assert int(sent["X-Count"]) >= 5
    assert len(sent["X-Ids"].split(",")) >= 2
    assert sent["X-WHY"] == "because"
    assert set(sent) == {"X-Count", "X-Ids", "X-WHY"}


@pytest.fixture(scope="module")
def own() -> Bundle:
    return load_bundle(BUNDLE)


def judged(bundle: Bundle) -> list[tuple[str, int, tuple[Violation, ...]]]:
    """Every error reply of a bundle, rendered and judged by the bundle's own schemas."""
    validators = Validators(bundle)
    wrong = []
    for operation in bundle.operations:
        for wanted in (400, 401, 403, 404, 409, 422, 429, 500):
            for violations in ((), TWO):
                refusal = Refusal(wanted, "It is wrong.", violations=violations)
                status, headers, media, body = render(refusal, operation, bundle, None, Clock(), "r_1")
                declared = operation.reply(status)
                if declared is not None and declared.content:
                    found = validators.judge_reply(operation, status, headers, media, body)
                    wrong += [(operation.label, status, found)] if found else []
    return wrong


def test_our_own_errors_are_valid(own: Bundle) -> None:
    """Every declared error of our bundle is filled validly, with and without violations."""
    assert judged(own) == []


@pytest.mark.parametrize("name", ["box-3.0.json", "openai-3.1.yaml"])
def test_errors_of_other_vendors_are_valid(corpus: Path, name: str) -> None:
    """So is every declared error of real bundles of other vendors."""
    assert judged(load_bundle(corpus / name)) == []


schemas = st.recursive(
    st.sampled_from([TEXT, NUMBER, {"type": "boolean"}, {"type": ["string", "null"]}, {"enum": ["a", "error"]}, {}]),
    lambda below: st.one_of(
        st.builds(lambda items: {"type": "array", "items": items}, below),
        st.builds(
            lambda properties, all_of_them: thing(list(properties) if all_of_them else [], **properties),
            st.dictionaries(
                st.sampled_from(
                    ["message", "code", "status", "errors", "details", "data", "meta", "error", "field", "zap"]
                ),
                below,
                max_size=4,
            ),
            st.booleans(),
        ),
    ),
    max_leaves=8,
)


@given(schema=schemas, violations=st.sampled_from([(), TWO[:1], TWO]))
@settings(max_examples=60, deadline=None)
def test_any_error_schema_is_filled_validly(
    tmp_path_factory: pytest.TempPathFactory, schema: Any, violations: tuple[Violation, ...]
) -> None:
    """Whatever schema a vendor declares for errors, the body is valid under it."""
    made = Made(tmp_path_factory.mktemp("any"), {"400": schema})

    assert made.render(Refusal(400, "It is wrong.", violations=violations))[0] == 400


def test_answers_are_completed_to_the_declared_reply(tmp_path: Path) -> None:
    """An answer that a handler made without the schema gets what the reply requires, and keeps what it has."""
    made = Made(tmp_path, {"201": thing(["id", "name"], id=NUMBER, name=TEXT), "204": None})

    answer = fitted(Answer(201, {"id": 5}), made.operation, made.bundle)

    assert answer.body["id"] == 5
    assert isinstance(answer.body["name"], str)
    assert fitted(Answer(204, None), made.operation, made.bundle) == Answer(204, None)


def test_answers_have_the_declared_media_type(tmp_path: Path) -> None:
    """JSON where it is declared, else the first type; JSON too where nothing or a range is declared."""
    replies = {
        "201": {"content": {"text/csv": {}, "application/hal+json": {}}},
        "202": {"content": {"text/csv": {}}},
        "203": {"content": {"*/*": {}}},
        "204": None,
    }
    made = Made(tmp_path, replies)

    found = [media_for(made.operation, status, b"x") for status in (201, 202, 203, 204, 500)]
    assert found == ["application/hal+json", "text/csv", "application/json", "application/json", "application/json"]
    assert media_for(made.operation, 201, b"") == ""
