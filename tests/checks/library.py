"""A library with a bundle of its own (OpenAPI 3.0): an ASGI application, strict by itself, with faults on request."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import jsonschema_rs

from mockserver.bundle.loader import Bundle, load_bundle
from mockserver.environments.client import Client, Limits
from mockserver.environments.environment import Environment

KEY = "the-real-key"
BUNDLE = """
openapi: 3.0.3
info: {title: Library, version: "1"}
security: [{key: []}]
components:
  securitySchemes: {key: {type: apiKey, in: header, name: X-Key}}
  responses: {Refused: {description: no, content: {application/json: {schema: {$ref: "#/components/schemas/Error"}}}}}
  schemas:
    Error: {type: object, required: [code], properties: {code: {type: string}}}
    NewBook:
      type: object
      additionalProperties: false
      required: [title]
      properties: {title: {type: string, minLength: 1, maxLength: 20}, pages: {type: integer, minimum: 1, maximum: 99}}
    Book:
      type: object
      required: [id, title]
      properties: {id: {type: integer}, title: {type: string}, pages: {type: integer, nullable: true}}
paths:
  /books:
    get:
      parameters: [{name: limit, in: query, schema: {type: integer, minimum: 1, maximum: 50}}]
      responses:
        "200":
          description: all
          content: {application/json: {schema: {type: array, items: {$ref: "#/components/schemas/Book"}}}}
        "400": {$ref: "#/components/responses/Refused"}
        "401": {$ref: "#/components/responses/Refused"}
    post:
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: "#/components/schemas/NewBook"}, example: {title: Emma}}}
      responses:
        "201":
          description: made
          headers: {X-Shelf: {required: true, schema: {type: string}}}
          content: {application/json: {schema: {$ref: "#/components/schemas/Book"}}}
          links:
            read: {operationId: readBook, parameters: {id: "$response.body#/id"}}
            remove: {operationId: removeBook, parameters: {id: "$response.body#/id"}}
        "400": {$ref: "#/components/responses/Refused"}
        "401": {$ref: "#/components/responses/Refused"}
        "415": {$ref: "#/components/responses/Refused"}
  /books/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: integer, minimum: 1}}]
    get:
      operationId: readBook
      responses:
        "200": {description: one, content: {application/json: {schema: {$ref: "#/components/schemas/Book"}}}}
        "400": {$ref: "#/components/responses/Refused"}
        "401": {$ref: "#/components/responses/Refused"}
        "404": {$ref: "#/components/responses/Refused"}
    delete:
      operationId: removeBook
      responses:
        "204":
          description: gone
          links: {read: {operationId: readBook, parameters: {id: "$request.path.id"}}}
        "400": {$ref: "#/components/responses/Refused"}
        "401": {$ref: "#/components/responses/Refused"}
        "404": {$ref: "#/components/responses/Refused"}
"""
Answer = tuple[int, Any, dict[str, str]]
_NEW = jsonschema_rs.Draft202012Validator(
    {
        "type": "object",
        "additionalProperties": False,
        "required": ["title"],
        "properties": {
            "title": {"type": "string", "minLength": 1, "maxLength": 20},
            "pages": {"type": "integer", "minimum": 1, "maximum": 99},
        },
    }
)
_METHODS = {"/books": ["GET", "POST"], "/books/{id}": ["GET", "DELETE"]}


@dataclass
class Library:
    """The application. `faults` names what it does wrong; `seen` are (method, path, X-Key) of what came."""

    faults: frozenset[str] = frozenset()
    books: dict[int, dict[str, Any]] = field(default_factory=dict)
    seen: list[tuple[str, str, str]] = field(default_factory=list)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""
        headers = {name.decode(): value.decode("latin-1") for name, value in scope["headers"]}
        body = (await receive())["body"]
        self.seen.append((scope["method"], scope["path"], headers.get("x-key", "")))
        query = scope["query_string"].decode()
        status, value, extra = self.answer(scope["method"], scope["path"], query, headers, body)
        content = b"" if value is None else json.dumps(value).encode()
        extra = {"content-type": "application/json", **extra} if value is not None else extra
        pairs = [(name.encode(), text.encode()) for name, text in extra.items()]
        await send({"type": "http.response.start", "status": status, "headers": pairs})
        await send({"type": "http.response.body", "body": content})

    def answer(self, method: str, path: str, query: str, headers: dict[str, str], body: bytes) -> Answer:
        """What a request gets."""
        template = "/books" if path == "/books" else "/books/{id}"
        allowed = ", ".join(_METHODS[template])
        if method == "OPTIONS":
            return 204, None, {"allow": allowed}
        if method not in _METHODS[template]:
            return 405, {"code": "METHOD"}, {"allow": allowed}
        if headers.get("x-key") != KEY and "open" not in self.faults:
            return 401, {"code": "KEY"}, {}
        if template == "/books":
            return self._listed(query) if method == "GET" else self._made(headers, body)
        return self._one(method, path.removeprefix("/books/"))

    def _listed(self, query: str) -> Answer:
        limits = [value for name, value in parse_qsl(query, keep_blank_values=True) if name == "limit"]
        if any(not re.fullmatch("[1-9][0-9]?", limit) or int(limit) > 50 for limit in limits):
            return 400, {"code": "LIMIT"}, {}
        if "undeclared status" in self.faults:
            return 418, {"code": "TEA"}, {}
        rows = [book for book in self.books.values() if book][: int(limits[0]) if limits else 50]
        if "wrong schema" in self.faults:
            rows = [{"id": 1, "title": 7}]
        return 200, rows, {"content-type": "text/html"} if "wrong media" in self.faults else {}

    def _made(self, headers: dict[str, str], body: bytes) -> Answer:
        if headers.get("content-type") != "application/json":
            return 415, {"code": "MEDIA"}, {}
        try:
            new = json.loads(body)
        except ValueError:
            return 400, {"code": "JSON"}, {}
        if not _NEW.is_valid(new) and ("accepts all" not in self.faults or not isinstance(new, dict)):
            return 400, {"code": "BOOK"}, {}
        if "crash" in self.faults:
            return 500, {"code": "CRASH"}, {}
        if "picky" in self.faults and len(new["title"]) > 1:
            return 400, {"code": "TITLE_TAKEN"}, {}
        book = {"title": "x", **new, "id": len(self.books) + 1}
        if "lost" not in self.faults:
            self.books[book["id"]] = book
        return 201, book, {} if "no header" in self.faults else {"x-shelf": "A"}

    def _one(self, method: str, number: str) -> Answer:
        if "mute" in self.faults and method == "GET":
            raise RuntimeError("lost the thread")
        if not re.fullmatch("[1-9][0-9]*", number):
            return 400, {"code": "ID"}, {}
        book = self.books.get(int(number))
        if book is None:
            return 404, {"code": "NONE"}, {}
        if method == "GET":
            return 200, book, {}
        if "undead" not in self.faults:
            self.books[int(number)] = None  # type: ignore[assignment]  gone, and its number is not given again
        return 204, None, {}


@dataclass(frozen=True)
class Opening:
    """Makes clients of a library; plain data, so that it can be sent to another process."""

    folder: str
    faults: tuple[str, ...] = ()
    writable: bool = True
    limits: Limits | None = None
    bundle: str = BUNDLE
    app: Callable[..., Any] | None = None

    def contract(self) -> Bundle:
        """The library's bundle."""
        file = Path(self.folder) / "library.yaml"
        if not file.exists() or file.read_text("utf-8") != self.bundle:
            file.write_text(self.bundle, "utf-8")
        return load_bundle(file)

    def __call__(self) -> Client:
        """A client of a library that has just opened."""
        app = self.app or Library(frozenset(self.faults))
        return Client(
            Environment("library", writable=self.writable),
            self.contract(),
            app=app,
            tokens={"default": KEY},
            allow_writes=self.writable,
            limits=self.limits,
        )
