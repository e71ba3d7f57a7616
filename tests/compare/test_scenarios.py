"""Scenarios and recordings as programs: outputs fed forward, ids as holes, bad files refused with place and way out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mockserver.bundle.loader import load_bundle
from mockserver.compare.generated import as_template, generated
from mockserver.compare.program import ABSENT
from mockserver.compare.recorded import recorded, recording
from mockserver.compare.scenarios import read_scenario
from mockserver.exchanges import Exchange, Reply, Request
from mockserver.probes.base import Contract
from mockserver.problems import UsageError
from mockserver.store.relations import infer_model

BUNDLE = {
    "openapi": "3.1.0",
    "info": {"title": "Shop", "version": "1"},
    "components": {"securitySchemes": {"key": {"type": "apiKey", "in": "query", "name": "secretKey"}}},
    "paths": {
        "/shops": {
            "get": {
                "operationId": "listShops",
                "parameters": [
                    {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 5}}
                ],
                "responses": {"200": {"description": "", "content": {"application/json": {"schema": {
                    "type": "object", "properties": {"shops": {"type": "array", "items": {
                        "$ref": "#/components/schemas/Shop"}}}}}}}},
            },
            "post": {
                "operationId": "createShop",
                "requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}},
                "responses": {"201": {"description": "", "content": {"application/json": {"schema": {
                    "$ref": "#/components/schemas/Shop"}}}}},
            },
        },
        "/shops/{id}": {
            "get": {
                "operationId": "getShop",
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}],
                "responses": {"200": {"description": "", "content": {"application/json": {"schema": {
                    "$ref": "#/components/schemas/Shop"}}}}},
            }
        },
    },
}  # fmt: skip
BUNDLE["components"]["schemas"] = {  # type: ignore[index]  a plain document
    "Shop": {"type": "object", "properties": {"id": {"type": "integer"}, "name": {"type": "string"}}}
}


@pytest.fixture
def shop(tmp_path: Path) -> Contract:
    """The contract of a small bundle."""
    file = tmp_path / "shop.json"
    file.write_text(json.dumps(BUNDLE))
    bundle = load_bundle(file, cache=False)
    return Contract(bundle, infer_model(bundle))


def written(tmp_path: Path, text: str) -> Path:
    """A file with a text."""
    file = tmp_path / "scenario.yaml"
    file.write_text(text)
    return file


def test_saved_values_are_fed_forward(shop: Contract, tmp_path: Path) -> None:
    """`save` makes a hole of a part of an answer; what no step saved is an input; operations go by id or label."""
    text = """
    name: A shop is made
    steps:
      - operation: createShop
        name: made
        body: {name: "${shopName}", since: 2024-01-31}
        save: {shopId: /id, place: {header: Location}}
      - operation: GET /shops/{id}
        path: {id: "${shopId}"}
        headers: {X-From: "${place}"}
    """
    scenario = read_scenario(shop, written(tmp_path, text))
    assert scenario.name == "A shop is made"
    first, second = scenario.program.templates
    assert first.body == {"name": {"$input": "shopName"}, "since": "2024-01-31"}
    assert second.operation == "GET /shops/{id}"
    assert second.path == {"id": {"$from": {"step": "made", "pointer": "/id"}}}
    assert second.headers == {"X-From": {"$from": {"step": "made", "header": "Location"}}}
    assert second.body is ABSENT


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("steps: [{operation: getShops}]", r"step 1: the bundle has no operation 'getShops'.*getShop", "operationId"),
        ("steps: [{operation: getShop, pth: {id: 1}}]", "step 1: unknown keys pth", "path"),
        ("steps: [{operation: getShop, path: 1}]", "step 1: `path` is no mapping", "name"),
        ("steps: [{operation: getShop, path: {id: 'a-${x}'}}]", "stands inside a text", "whole"),
        ("steps: [{operation: getShop, save: {id: id}}]", "'id' is no place in an answer", "pointer"),
        (
            "steps: [{operation: getShop, path: {id: {$from: {step: later}}}}]",
            "from 'later', which no earlier",
            "before",
        ),
        ("steps: []", "has no `steps`", "list of"),
        ("steps: [", "line [12].*no plain YAML", ""),
        ("- 1", "holds no mapping", "steps"),
    ],
)
def test_bad_scenarios(shop: Contract, tmp_path: Path, text: str, message: str, hint: str) -> None:
    """A bad file is refused naming file, step and reason, with the way out."""
    with pytest.raises(UsageError, match=message) as raised:
        read_scenario(shop, written(tmp_path, text))
    assert "scenario.yaml" in str(raised.value)
    assert hint in raised.value.hint


ARAZZO: dict[str, Any] = {
    "arazzo": "1.0.1",
    "info": {"title": "Shops", "version": "1"},
    "sourceDescriptions": [{"name": "shop", "url": "shop.json", "type": "openapi"}],
    "workflows": [
        {
            "workflowId": "look",
            "dependsOn": ["make"],
            "steps": [
                {
                    "stepId": "read",
                    "operationPath": "{$sourceDescriptions.shop.url}#/paths/~1shops~1{id}/get",
                    "parameters": [{"name": "id", "in": "path", "value": "$workflows.make.outputs.shop"}],
                }
            ],
        },
        {
            "workflowId": "make",
            "parameters": [{"reference": "$components.parameters.trace"}],
            "steps": [
                {
                    "stepId": "new",
                    "operationId": "$sourceDescriptions.shop.createShop",
                    "requestBody": {
                        "contentType": "application/json",
                        "payload": {"name": "{$inputs.name}", "size": 1},
                        "replacements": [{"target": "/size", "value": 2}],
                    },
                    "successCriteria": [{"condition": "$statusCode == 201"}],
                    "outputs": {"id": "$response.body#/id", "place": "$response.header.Location"},
                },
                {
                    "stepId": "list",
                    "operationId": "listShops",
                    "parameters": [{"name": "limit", "in": "query", "value": "$steps.new.outputs.id"}],
                },
            ],
            "outputs": {"shop": "$steps.new.outputs.id"},
        },
    ],
    "components": {"parameters": {"trace": {"name": "X-Trace", "in": "header", "value": "1"}}},
}


def test_arazzo(shop: Contract, tmp_path: Path) -> None:
    """Workflows come after those they depend on, outputs become holes, what means nothing here is noted."""
    scenario = read_scenario(shop, written(tmp_path, json.dumps(ARAZZO)))
    new, listed, read = scenario.program.templates
    made = {"$from": {"step": "make.new", "pointer": "/id"}}
    assert (new.operation, new.body, new.headers) == (
        "POST /shops", {"name": {"$input": "name"}, "size": 2}, {"X-Trace": "1"},
    )  # fmt: skip
    assert (listed.query, read.operation, read.path) == ({"limit": made}, "GET /shops/{id}", {"id": made})
    assert len(scenario.notes) == 1
    assert "successCriteria" in scenario.notes[0]


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("workflows", 0, "dependsOn"), ["nothing"], "no workflow 'nothing'"),
        (("workflows", 1, "dependsOn"), ["look"], "depend on each other"),
        (("workflows", 1, "steps", 0, "operationId"), "makeShop", "step new: the bundle has no operation"),
        (("workflows", 1, "steps", 1, "parameters", 0, "value"), "$steps.new.outputs.no", "has no output 'no'"),
        (("workflows", 1, "steps", 1, "parameters", 0, "value"), "a{$inputs.b}", "inside a text"),
        (("workflows", 1, "steps", 1, "parameters", 0, "in"), "form", "a parameter needs"),
        (("workflows", 1, "steps", 0, "requestBody", "replacements", 0, "target"), "/a/b", "not in the payload"),
        (("workflows", 1, "parameters", 0, "reference"), "$components.parameters.no", "leads nowhere"),
        (("arazzo",), "2.0", "Arazzo 2.0"),
    ],
)
def test_bad_arazzo(shop: Contract, tmp_path: Path, path: tuple[Any, ...], value: Any, message: str) -> None:
    """A bad workflow is refused naming file, step and reason."""
    document: Any = json.loads(json.dumps(ARAZZO))
    holder = document
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = value
    with pytest.raises(UsageError, match=message) as raised:
        read_scenario(shop, written(tmp_path, json.dumps(document)))
    assert "scenario.yaml" in str(raised.value)


def exchange(
    method: str, target: str, operation: str, body: Any = None, status: int = 200, asked: Any = None
) -> Exchange:
    """A recorded exchange."""
    content = json.dumps(asked).encode() if asked is not None else b""
    headers = (("Authorization", "Bearer secret"), ("Accept", "application/json"), ("User-Agent", "x"))
    reply = Reply(status, (), json.dumps(body).encode())
    return Exchange("rec", "http://x", Request(method, target, headers, content), reply, operation=operation)


def test_recorded_ids_become_holes(shop: Contract) -> None:
    """An id that an answer gave is taken from there, another one from a row; credentials are not kept."""
    program = recorded(shop, [
        exchange("GET", "/shops?limit=2&secretKey=abc", "GET /shops", {"shops": [{"id": 5}, {"id": 12}]}),
        exchange("GET", "/shops/12", "GET /shops/{id}", {"id": 12}),
        exchange("GET", "/shops/77", "GET /shops/{id}", {"id": 77}),
        exchange("GET", "/other", ""),
        exchange("POST", "/shops", "POST /shops", {}, 401, asked={"ownerId": 77, "size": 12}),
    ])  # fmt: skip
    listed, one, other, made = program.templates
    assert listed.query == {"limit": "2"}
    assert listed.headers == {"Accept": "application/json"}
    assert one.path == {"id": {"$from": {"step": "recorded 0", "pointer": "/shops/1/id"}}}
    assert other.path == {"id": {"$row": {"entity": "shop", "field": "id", "pick": 0}}}
    assert made.body == {"ownerId": {"$from": {"step": "recorded 2", "pointer": "/id"}}, "size": 12}
    assert made.actor == ""
    assert "secret" not in json.dumps(program.to_json())


def test_recording_file(shop: Contract, tmp_path: Path) -> None:
    """A HAR file is read, its base path found, and its requests made steps."""
    entry = {
        "request": {"method": "GET", "url": "https://api.example.com/v3/shops?limit=1", "headers": []},
        "response": {"status": 200, "headers": [], "content": {"text": '{"shops": []}'}},
    }
    file = tmp_path / "traffic.har"
    file.write_text(json.dumps({"log": {"entries": [entry]}}))
    (template,) = recording(shop, file).templates
    assert (template.operation, template.query) == ("GET /shops", {"limit": "1"})


def test_generated(shop: Contract) -> None:
    """Generated requests are the same for the same seed, only read, and leave ids of valid ones to rows."""
    program = generated(shop, 3)
    assert json.dumps(program.to_json()) == json.dumps(generated(shop, 3).to_json())
    assert {each.operation for each in program.templates} == {"GET /shops", "GET /shops/{id}"}
    valid = [each for each in program.templates if " valid" in each.about and each.operation == "GET /shops/{id}"]
    assert valid
    assert all(each.raw["target"].startswith("/shops/{id}") and each.path for each in valid)


def test_as_template_keeps_bytes(shop: Contract) -> None:
    """A request becomes a template that sends the same target, headers and bytes."""
    operation = shop.bundle.operations["createShop"]
    request = Request("POST", "/shops?a=1", (("Content-Type", "text/plain"),), b"\xff\x00")
    template = as_template(shop, operation, request, "odd", "generated", holes=False)
    assert template.raw == {
        "method": "POST", "target": "/shops?a=1", "headers": [["Content-Type", "text/plain"]],
        "body": {"base64": "/wA="},
    }  # fmt: skip
