"""Servers with known faults: the mock with something changed on the way in or out, and a small one made by hand."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import parse_qs, urlsplit

from mockserver.bundle.loader import Bundle, load_bundle
from mockserver.environments.client import Asgi, Client
from mockserver.environments.environment import Environment
from mockserver.probes.base import Contract, Fault, Inconclusive, Probe, Scene
from mockserver.store.relations import infer_model

Before = Callable[[str, Any], Any]  # (path, body) -> the body that the server gets instead
After = Callable[[str, Any, int, Any], tuple[int, Any]]  # (path, body sent, status, reply) -> status and reply instead


class Faulty:
    """An ASGI application whose requests and replies are changed; bodies are JSON, those of GET are None."""

    def __init__(self, app: Asgi, *, before: Before | None = None, after: After | None = None) -> None:
        self.app, self.before, self.after = app, before, after

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        asked = (await receive())["body"] if scope["type"] == "http" else b""
        body = json.loads(asked) if asked else None
        path = scope["path"] + (f"?{scope['query_string'].decode()}" if scope["query_string"] else "")
        changed = self.before(path, json.loads(asked) if asked else None) if self.before else body

        async def receive_changed() -> Any:
            data = json.dumps(changed).encode() if changed is not None else asked
            return {"type": "http.request", "body": data, "more_body": False}

        sent: list[Any] = []

        async def keep(message: Any) -> None:
            sent.append(message)

        headers = [(name, value) for name, value in scope["headers"] if name != b"content-length"]
        await self.app({**scope, "headers": headers}, receive_changed, keep)
        data, status = b"".join(m.get("body", b"") for m in sent[1:]), sent[0]["status"]
        if self.after is not None and data:
            status, reply = self.after(path, body, status, json.loads(data))
            data = json.dumps(reply).encode()
        plain = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": status, "headers": plain})
        await send({"type": "http.response.body", "body": data, "more_body": False})


class Judged:
    """Runs single probes against an application, as a check does."""

    def __init__(self, app: Asgi, contract: Contract, seed: int = 1) -> None:
        self.contract, self.seed = contract, seed
        self.client = Client(Environment("mock"), contract.bundle, app=app, tokens={"default": "any"})
        self.facts: dict[str, Any] = {}
        self.reasons: list[str] = []

    def faults(self, probe: Probe, label: str = "") -> list[tuple[str, Fault]]:
        """What a probe has to say, with the operation it says it of (of one operation, or of all it applies to)."""
        found = []
        for operation in self.contract.bundle.operations:
            if label not in ("", operation.label) or not probe.applies(self.contract, operation):
                continue
            dice = Random(f"{self.seed} {probe.name} {operation.label}")
            scene = Scene(self.contract, self.client, dice, self.facts, probe.name)
            try:
                found += [(operation.label, fault) for fault in probe.run(scene, operation)]
            except Inconclusive as reason:
                self.reasons.append(str(reason))
        return found

    def close(self) -> None:
        self.client.close()


def contract_of(bundle: Bundle) -> Contract:
    """The contract of a bundle."""
    return Contract(bundle, infer_model(bundle))


def rows_in(reply: Any) -> list[Any]:
    """The rows of one of our lists: the only array at the top."""
    return next((value for value in reply.values() if isinstance(value, list)), [])


SHELF = """
openapi: 3.1.0
info: {title: Library, version: '1'}
paths:
  /books:
    get:
      parameters:
        - {name: limit, in: query, schema: {type: integer, minimum: 1, maximum: 50, default: 10}}
        - {name: %(turn)s, in: query, schema: {type: %(type)s}}
        - {name: shelf, in: query, schema: {type: string}}
        - {name: printed_after, in: query, schema: {type: string, format: date}}
      responses:
        '200':
          description: A page
          content:
            application/json:
              schema:
                type: object
                required: [books, has_more]
                properties:
                  books: {type: array, items: {$ref: '#/components/schemas/Book'}}
                  has_more: {type: boolean}
                  next_cursor: {type: [string, 'null']}
  /books/{id}:
    get:
      parameters: [{name: id, in: path, required: true, schema: {type: string, format: uuid}}]
      responses:
        '200': {description: One, content: {application/json: {schema: {$ref: '#/components/schemas/Book'}}}}
        '404': {description: None}
components:
  schemas:
    Book:
      type: object
      required: [id, shelf]
      properties:
        id: {type: string, format: uuid}
        shelf: {type: string}
        printed: {type: string, format: date}
"""


class Shelf:
    """A server made by hand: books in pages by cursor or offset. `lies` names what it does wrong."""

    def __init__(self, turn: str = "cursor", lies: str = "", books: int = 23) -> None:
        self.turn, self.lies = turn, lies
        self.books = [
            {"id": f"00000000-0000-4000-8000-{n:012d}", "shelf": "abc"[n % 3], "printed": f"19{10 + n}-01-01"}
            for n in range(books)
        ]

    async def __call__(self, scope: Any, _receive: Any, send: Any) -> None:
        query = {name: values[0] for name, values in parse_qs(scope["query_string"].decode()).items()}
        status, reply = self.one(urlsplit(scope["path"]).path) if scope["path"] != "/books" else (200, self.page(query))
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(reply).encode(), "more_body": False})

    def one(self, path: str) -> tuple[int, Any]:
        key = path.rpartition("/")[2]
        found = next((book for book in self.books if book["id"] == key), None)
        return (200, found) if found is not None else (404, {})

    def page(self, query: Mapping[str, str]) -> Any:
        books = [book for book in self.books if query.get("shelf", book["shelf"]) == book["shelf"]]
        if "ignores ranges" not in self.lies:
            books = [book for book in books if book["printed"] > query.get("printed_after", "")]
        size, start = int(query.get("limit", 10)), int(query.get(self.turn, 0))
        start = 0 if self.lies == "ignores the cursor" else start
        books = books[:start] + books[start + 1 :] if self.lies == "skips a row" and start else books
        more = start + size < len(books)
        flag = {"says more": True, "says no more": False}.get(self.lies, more)
        following = str(start + size) if more else None
        return {"books": books[start : start + size], "has_more": flag, "next_cursor": following}


def shelf(folder: Path, turn: str = "cursor") -> Contract:
    """The contract of the library."""
    file = folder / f"{turn}.yaml"
    file.write_text(SHELF % {"turn": turn, "type": "string" if turn == "cursor" else "integer"}, "utf-8")
    return contract_of(load_bundle(file, cache=False))
