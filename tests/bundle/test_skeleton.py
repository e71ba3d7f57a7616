"""The routing skeleton: connexion takes it, whatever the bundle."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mockserver import paths
from mockserver.bundle.loader import load_bundle
from mockserver.bundle.skeleton import order, routing_skeleton

BUNDLE = """
openapi: 3.1.0
info: {title: Zoo}
paths:
  /animals/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
    get:
      operationId: readAnimal
      responses: {'200': {description: ok, content: {application/json: {schema: {type: [object, 'null']}}}}}
    query: {responses: {}}
  /animals/{kind}.{form}:
    get: {responses: {'2XX': {description: ok}, x-own: {}}}
  /animals/search:
    post:
      tags: [Animals]
      summary: Search
      parameters: [{name: page, in: query, required: true, schema: {default: null, type: integer}}]
      requestBody: {required: true, content: {application/json: {schema: {const: 1}}, text/csv: {}}}
      responses: {}
"""


@pytest.fixture
def skeleton(tmp_path: Path) -> dict[str, Any]:
    """The skeleton of a small bundle."""
    file = tmp_path / "zoo.yaml"
    file.write_text(BUNDLE)
    bundle = load_bundle(file, cache=False)
    return routing_skeleton(bundle.operations, bundle.document)


def test_concrete_paths_come_first(skeleton: dict[str, Any]) -> None:
    """A router that takes the first match finds the right one."""
    assert list(skeleton["paths"]) == ["/animals/search", "/animals/{kind}.{form}", "/animals/{id}"]


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ("/a/b", "/a/{x}"),
        ("/a/b/{y}", "/a/{x}/c"),
        ("/a/{x}/c", "/a/{x}/{y}"),
        ("/a/v{x}", "/a/{x}"),
    ],
)
def test_order_goes_segment_by_segment(first: str, then: str) -> None:
    """The first segment that differs decides, the more concrete before the less."""
    assert order(first) < order(then)


def test_operations_keep_what_routing_needs(skeleton: dict[str, Any]) -> None:
    """Ids, parameters, media types and statuses are there; schemas are not."""
    search = skeleton["paths"]["/animals/search"]["post"]

    assert search["requestBody"] == {"required": True, "content": {"application/json": {}, "text/csv": {}}}
    assert search["parameters"] == [{"name": "page", "in": "query", "required": False, "schema": {}}]
    assert search["responses"] == {"default": {"description": ""}}
    assert (search["tags"], search["summary"]) == (["Animals"], "Search")
    read = skeleton["paths"]["/animals/{id}"]
    assert set(read) == {"get"}
    assert read["get"]["operationId"] == "readAnimal"
    assert read["get"]["responses"] == {"200": {"description": "", "content": {"application/json": {}}}}
    assert "components" not in skeleton


def test_path_parameters_are_text_and_all_declared(skeleton: dict[str, Any]) -> None:
    """A number in a path that is none must reach us, and a name in braces without a parameter is no error."""
    read = skeleton["paths"]["/animals/{id}"]["get"]["parameters"]
    other = skeleton["paths"]["/animals/{kind}.{form}"]["get"]["parameters"]

    assert read == [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}]
    assert [parameter["name"] for parameter in other] == ["form", "kind"]


# connexion uses what jsonschema has deprecated, as soon as it is imported
connexions_own = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def taken(file: Path) -> int:
    """How many operations connexion routes of a bundle."""
    import connexion
    from connexion.resolver import Resolver

    bundle = load_bundle(file, cache=False)
    skeleton = routing_skeleton(bundle.operations, bundle.document)
    json.dumps(skeleton)

    async def handler() -> None: ...

    app = connexion.AsyncApp(__name__)
    app.add_api(skeleton, resolver=Resolver(lambda _: handler))
    app.middleware._build_middleware_stack()
    return sum(len(item) for item in skeleton["paths"].values())


@connexions_own
def test_connexion_takes_our_bundle() -> None:
    """All operations of our bundle are routed."""
    assert taken(paths.BUNDLE) == len(load_bundle(paths.BUNDLE).operations)


@connexions_own
@pytest.mark.parametrize(("name", "count"), [("box-3.0.json", 296), ("openai-3.1.yaml", 288)])
def test_connexion_takes_real_bundles(corpus: Path, name: str, count: int) -> None:
    """All operations of other vendors' bundles are routed, 3.1 and fragments in paths included."""
    assert taken(corpus / name) == count
