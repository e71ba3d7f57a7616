"""The vendor's rules hold for a bundle that says the same in other words, and leave other vendors' bundles alone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mockserver.bundle.loader import load_bundle
from mockserver.calls import Actor, Answer, Call, Site
from mockserver.clock import Clock
from mockserver.entities import MAKERS, complete
from mockserver.entities.recognise import families
from mockserver.problems import Refusal
from mockserver.serving.world import LiveWorld
from mockserver.store.memory import Store
from mockserver.store.relations import infer_model

OTHER_WORDS = """
openapi: 3.0.3
info: {title: Other words, version: 2.1.0}
paths:
  /oauth/token:
    post:
      security: []
      parameters: [{name: X-Api-Key, in: header, required: true, schema: {type: string}}]
      responses: {'200': {description: t, content: {application/json: {schema: {$ref: '#/components/schemas/T'}}}}}
  /auth/api-keys:
    post:
      requestBody: {content: {application/json: {schema: {type: object, properties: {name: {type: string}}}}}}
      responses: {'200': {description: k, content: {application/json: {schema: {$ref: '#/components/schemas/K'}}}}}
    get:
      responses:
        '200':
          description: k
          content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/K'}}}}
  /auth/api-keys/{keyId}/revoke:
    post:
      parameters: [{name: keyId, in: path, required: true, schema: {type: integer}}]
      responses: {'204': {description: gone}}
  /people:
    get:
      responses:
        '200':
          description: p
          content:
            application/json:
              schema: {type: object, properties: {people: {type: array, items: {$ref: '#/components/schemas/Person'}}}}
  /people/{id}:
    get:
      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
      responses: {'200': {description: p, content: {application/json: {schema: {$ref: '#/components/schemas/Person'}}}}}
  /data-records:
    post:
      requestBody:
        content:
          application/json:
            schema:
              allOf:
                - type: object
                  properties:
                    items:
                      type: array
                      items:
                        type: object
                        properties:
                          record_type: {type: string}
                          system_ref: {type: object}
                          values: {type: object}
      responses:
        '200':
          description: r
          content:
            application/json:
              schema:
                type: object
                properties:
                  data:
                    type: object
                    properties:
                      results:
                        type: array
                        items: {type: object, properties: {id: {type: integer}, status: {type: string}}}
                  meta: {type: object}
  /event-subscriptions:
    post:
      requestBody:
        content:
          application/json:
            schema:
              type: object
              properties:
                endpointUrl: {type: string}
                entity: {type: string}
                events: {type: array, items: {type: string}}
      responses: {'201': {description: s, content: {application/json: {schema: {$ref: '#/components/schemas/S'}}}}}
  /event-subscriptions/{id}:
    patch:
      parameters: [{name: id, in: path, required: true, schema: {type: string, format: uuid}}]
      requestBody: {content: {application/json: {schema: {type: object, properties: {endpointUrl: {type: string}}}}}}
      responses: {'200': {description: s, content: {application/json: {schema: {$ref: '#/components/schemas/S'}}}}}
components:
  schemas:
    T: {type: object, properties: {accessToken: {type: string}, expiresIn: {type: integer}}}
    K: {type: object, properties: {id: {type: integer}, name: {type: string}, jwt_api_key: {type: string}}}
    Person: {type: object, properties: {id: {type: integer}, full_name: {type: string}}}
    S:
      type: object
      required: [id]
      properties:
        id: {type: string, format: uuid}
        endpointUrl: {type: string}
        entityType: {type: string}
        operations: {type: array, items: {type: string}}
"""
KEYS = [{"id": 1, "name": "Admin", "jwtApiKey": "k", "roles": ["SUPER_ADMIN"], "active": True}]
Do = Callable[..., Answer]


class _Rows:
    """Nothing but a key."""

    def rows(self, entity: str) -> list[dict[str, Any]]:
        return [dict(row) for row in KEYS] if entity == "api_key" else []


@pytest.fixture
def do(tmp_path: Path) -> Do:
    """Call an operation of the bundle in other words."""
    file = tmp_path / "bundle.yaml"
    file.write_text(OTHER_WORDS, "utf-8")
    bundle = load_bundle(file, cache=False)
    model = infer_model(bundle)
    complete(model)
    site = Site(bundle, model)
    world = LiveWorld("", Clock(), 1, ("t",), lambda _tenant: Store(model, _Rows()))

    def do(label: str, body: Any = None, headers: dict[str, str] | None = None, **path: Any) -> Answer:
        operation = bundle.operations.at(*label.split())
        assert operation is not None
        handler = next(made for maker in MAKERS if (made := maker(operation, site)))
        actor = Actor("t", frozenset({"SUPER_ADMIN"}))
        return asyncio.run(handler(Call(operation, path, {}, headers or {}, {}, body, actor), world))

    return do


def test_token_by_header_in_camel_case(do: Do) -> None:
    """A key in a declared header is exchanged, and the reply uses the bundle's names only."""
    body = do("POST /oauth/token", headers={"X-Api-Key": "k"}).body
    assert (set(body), body["expiresIn"]) == ({"accessToken", "expiresIn"}, 3600)


def test_keys_in_a_bare_list(do: Do) -> None:
    """A list without envelope is answered as one; a revocation by POST may answer nothing."""
    made = do("POST /auth/api-keys", {"name": "n"})
    assert (made.status, made.body["jwt_api_key"][:3]) == (200, "ak_")
    assert do("GET /auth/api-keys").body == [{"id": 1, "name": "Admin"}, {"id": 2, "name": "n"}]
    gone = do("POST /auth/api-keys/{keyId}/revoke", keyId=2)
    assert (gone.status, gone.body) == (204, None)
    with pytest.raises(Refusal):
        do("POST /oauth/token", headers={"X-Api-Key": made.body["jwt_api_key"]})


def test_records_in_other_words(do: Do) -> None:
    """Batch, type, reference, attributes and results go by the bundle's names."""
    record = {"record_type": "people", "system_ref": {"n": 1}, "values": {"fullName": "Ada"}}
    wrong = {"record_type": "person", "values": {"ful_name": "x"}}
    body = do("POST /data-records", {"items": [record, record, wrong]}).body
    assert [result["status"] for result in body["data"]["results"]] == ["CREATED", "UPDATED", "FAILED"]
    assert body["meta"]["version"] == "2.1.0"


def test_subscriptions_in_other_words(do: Do) -> None:
    """Address, type and operations are found by meaning; ids are text where the bundle says so."""
    made = do("POST /event-subscriptions", {"endpointUrl": "http://a/", "entity": "Person", "events": ["CREATE"]}).body
    assert made == {"id": made["id"], "endpointUrl": "http://a/", "entityType": "person", "operations": ["CREATE"]}
    assert len(made["id"]) == 36
    changed = do("PATCH /event-subscriptions/{id}", {"endpointUrl": "http://b/"}, id=made["id"]).body
    assert changed == {**made, "endpointUrl": "http://b/"}


@pytest.mark.parametrize("name", ["box-3.0.json", "openai-3.1.yaml"])
def test_other_vendors_are_left_alone(corpus: Path, name: str) -> None:
    """Tokens, webhooks, keys and records of other vendors are not taken for this one's."""
    assert list(families(load_bundle(corpus / name))) == []
