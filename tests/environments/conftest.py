"""Stand-ins: real HTTP servers that count what reaches them, and a small bundle of another trade."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from mockserver.bundle.loader import Bundle, load_bundle

Answered = tuple[int, dict[str, str], bytes]

SHOP = """
openapi: 3.0.3
info: {title: Shop, version: "1"}
security: [{bearer: []}]
components:
  securitySchemes:
    bearer: {type: http, scheme: bearer}
    basic: {type: http, scheme: basic}
    header_key: {type: apiKey, in: header, name: X-Api-Key}
    query_key: {type: apiKey, in: query, name: api_key}
    cookie_key: {type: apiKey, in: cookie, name: session}
  schemas:
    Thing: {type: object, required: [id], properties: {id: {type: integer}, name: {type: string}}}
    Things: {type: array, items: {$ref: "#/components/schemas/Thing"}}
paths:
  /auth/token:
    post:
      security: []
      requestBody:
        content: {application/json: {schema: {type: object, required: [apiKey], properties: {apiKey: {type: string}}}}}
      responses:
        "200":
          description: ok
          content:
            application/json:
              schema: {type: object, properties: {access_token: {type: string}, expires_in: {type: integer}}}
  /things:
    get: &list
      responses:
        "200": {description: ok, content: {application/json: {schema: {$ref: "#/components/schemas/Things"}}}}
    post: &write
      requestBody: {content: {application/json: {schema: {$ref: "#/components/schemas/Thing"}}}}
      responses:
        "201": {description: ok, content: {application/json: {schema: {$ref: "#/components/schemas/Thing"}}}}
  /things/search:
    post:
      requestBody: {content: {application/json: {schema: {type: object, properties: {where: {type: object}}}}}}
      responses:
        "200": {description: ok, content: {application/json: {schema: {$ref: "#/components/schemas/Things"}}}}
  /things/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get: &read
      responses:
        "200": {description: ok, content: {application/json: {schema: {$ref: "#/components/schemas/Thing"}}}}
        "404": {description: none}
    post: *write
    put: *write
    delete: {responses: {"204": {description: gone}}}
  /things/{id}/cancel:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get: {x-mock-role: action, responses: {"204": {description: done}}}
  /things/purge:
    get: {x-mock-role: action, responses: {"204": {description: done}}}
  /open: {get: {security: [], responses: {"200": {description: ok, content: {application/json: {schema: {}}}}}}}
  /with/basic: {get: {security: [{basic: []}], responses: {"200": {description: ok}}}}
  /with/header: {get: {security: [{header_key: []}], responses: {"200": {description: ok}}}}
  /with/query: {get: {security: [{query_key: []}], responses: {"200": {description: ok}}}}
  /with/cookie: {get: {security: [{cookie_key: []}], responses: {"200": {description: ok}}}}
  /with/either: {get: {security: [{}, {header_key: []}, {bearer: []}], responses: {"200": {description: ok}}}}
"""


@dataclass(frozen=True)
class Came:
    """What reached a stand-in."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


@dataclass
class StandIn:
    """A server in a thread; `answer` may be exchanged while it runs. None as an answer closes the connection."""

    answer: Callable[[Came], Answered | None]
    url: str = ""
    seen: list[Came] = field(default_factory=list)
    server: Any = None

    @property
    def requests(self) -> list[str]:
        """What came, as `GET /things`."""
        return [f"{came.method} {came.target}" for came in self.seen]


def reply(status: int, body: Any = None, **headers: str) -> Answered:
    """A JSON answer."""
    content = b"" if body is None else json.dumps(body).encode()
    return status, {"Content-Type": "application/json", **{k.replace("_", "-"): v for k, v in headers.items()}}, content


def _handler(stand_in: StandIn) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def __getattr__(self, name: str) -> Any:
            if name.startswith("do_"):
                return self.serve
            raise AttributeError(name)

        def serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            came = Came(self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, body)
            stand_in.seen.append(came)
            answered = stand_in.answer(came)
            if answered is None:
                self.close_connection = True
                return
            status, headers, content = answered
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(b"" if self.command == "HEAD" else content)

        def log_message(self, *_: Any) -> None:
            """Silent."""

    return Handler


@pytest.fixture
def stand_in() -> Iterator[Callable[..., StandIn]]:
    """Starts a stand-in that answers as a function says; with a TLS context it speaks TLS."""
    running = []

    def start(answer: Callable[[Came], Answered | None] = lambda _: reply(200, []), tls: Any = None) -> StandIn:
        made = StandIn(answer)
        made.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(made))
        made.server.daemon_threads = True
        made.server.handle_error = lambda *_: None
        if tls is not None:
            made.server.socket = tls.wrap_socket(made.server.socket, server_side=True)
        made.url = f"{'https' if tls else 'http'}://127.0.0.1:{made.server.server_port}"
        thread = threading.Thread(target=made.server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        running.append((made, thread))
        return made

    yield start
    for made, thread in running:
        made.server.shutdown()
        made.server.server_close()
        thread.join()


@pytest.fixture(scope="session")
def make_bundle(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Bundle]:
    """A bundle from YAML text, or from a mapping."""

    def make(text: str | dict[str, Any]) -> Bundle:
        file: Path = tmp_path_factory.mktemp("bundle") / "bundle.yaml"
        file.write_text(text if isinstance(text, str) else yaml.safe_dump(text, sort_keys=False), "utf-8")
        return load_bundle(file, cache=False)

    return make


@pytest.fixture(scope="session")
def shop(make_bundle: Callable[..., Bundle]) -> Bundle:
    """The bundle of a shop: things are listed, searched, read and written; keys are exchanged for tokens."""
    return make_bundle(SHOP)
