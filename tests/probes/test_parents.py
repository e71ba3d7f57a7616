"""Probes of children find rows below parents that are not theirs, on a small server made by hand."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest

from mockserver.bundle.loader import load_bundle
from mockserver.environments.client import Client
from mockserver.environments.environment import Environment
from mockserver.probes.base import Contract, Scene
from mockserver.probes.parents import PROBES
from mockserver.store.relations import infer_model

BUNDLE = """
openapi: 3.0.3
info: {title: Library, version: '1'}
components:
  schemas:
    Shelf: {type: object, properties: {id: {type: integer}, name: {type: string}}}
    Book: {type: object, required: [title], properties: {id: {type: integer}, title: {type: string}}}
    Shelves: {type: array, items: {$ref: '#/components/schemas/Shelf'}}
    Books: {type: array, items: {$ref: '#/components/schemas/Book'}}
paths:
  /shelves:
    get:
      responses:
        '200': {description: x, content: {application/json: {schema: {$ref: '#/components/schemas/Shelves'}}}}
  /shelves/{shelf_id}/books:
    parameters: [{name: shelf_id, in: path, required: true, schema: {type: integer}}]
    get:
      responses:
        '200': {description: x, content: {application/json: {schema: {$ref: '#/components/schemas/Books'}}}}
    post:
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Book'}}}}
      responses:
        '201': {description: x, content: {application/json: {schema: {$ref: '#/components/schemas/Book'}}}}
        '404': {description: No shelf}
  /shelves/{shelf_id}/books/{book_id}:
    parameters:
      - {name: shelf_id, in: path, required: true, schema: {type: integer}}
      - {name: book_id, in: path, required: true, schema: {type: integer}}
    get:
      responses:
        '200': {description: x, content: {application/json: {schema: {$ref: '#/components/schemas/Book'}}}}
        '404': {description: None}
    delete:
      responses: {'204': {description: Gone}, '404': {description: None}}
"""


class Library:
    """Two shelves of books; `careless` about which shelf is meant."""

    def __init__(self, *, careless: bool) -> None:
        self.careless = careless
        self.shelves = {1: {11: "A", 12: "B"}, 2: {21: "C"}}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body = (await receive())["body"]
        status, reply = self.answer(scope["method"], scope["path"].strip("/").split("/"), json.loads(body or b"{}"))
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(reply).encode(), "more_body": False})

    def answer(self, method: str, path: list[str], body: Any) -> tuple[int, Any]:
        if len(path) == 1:
            return 200, [{"id": key, "name": f"Shelf {key}"} for key in self.shelves]
        books = self.shelves.get(int(path[1]))
        if self.careless and (books is None or len(path) > 3):
            books = {key: title for shelf in self.shelves.values() for key, title in shelf.items()}
        if books is None or (len(path) > 3 and int(path[3]) not in books):
            return 404, {}
        if method == "POST":
            books[99] = body["title"]
            return 201, {"id": 99, "title": body["title"]}
        if method == "DELETE":
            return 204, {}
        rows = [{"id": key, "title": title} for key, title in books.items()]
        return 200, rows if len(path) == 3 else next(row for row in rows if row["id"] == int(path[3]))


@pytest.mark.parametrize("careless", [True, False])
def test_the_parents_are_asked_for(tmp_path: Path, careless: bool) -> None:
    """A book found on, or put on, a shelf that is not its own is found; a careful library is left in peace."""
    file = tmp_path / "library.yaml"
    file.write_text(BUNDLE, "utf-8")
    bundle = load_bundle(file, cache=False)
    contract = Contract(bundle, infer_model(bundle))
    environment = Environment("library", writable=True)
    said: dict[str, list[str]] = {}
    with Client(environment, bundle, app=Library(careless=careless), allow_writes=True) as client:
        for probe in PROBES:
            for operation in bundle.operations:
                if probe.applies(contract, operation):
                    faults = probe.run(Scene(contract, client, Random(1), {}, probe.name), operation)
                    said.setdefault(f"{probe.code} {operation.label}", []).extend(fault.message for fault in faults)

    assert said == {
        "MS283 GET /shelves/{shelf_id}/books/{book_id}": ["a row is found below a parent that is not its own"]
        * careless,
        "MS284 POST /shelves/{shelf_id}/books": ["a row is made below a parent that does not exist"] * careless,
    }
