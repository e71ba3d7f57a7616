"""Clients of two mocks that differ in seed, ids, counts, tenant and clock, and servers before them that misbehave."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx

from mockserver.bundle.loader import Bundle
from mockserver.bundle.operations import Role
from mockserver.compare.program import Program, Template, row
from mockserver.entities import tokens
from mockserver.environments.client import Client, Limits
from mockserver.environments.environment import Environment
from mockserver.probes.base import Contract
from mockserver.store.relations import infer_model
from tests.drifts.corpus import Side

Trouble = Callable[[int], float | int | None]


def mock(side: Side, name: str, *, writes: bool = False, wrap: Any = None, **limits: Any) -> Client:
    """A client of an undrifted mock in process; `wrap` puts something before its application."""
    app = side.mock()
    token = tokens.first_token(app.pipeline.worlds.main)
    return Client(Environment(name, writable=writes), app.bundle, app=wrap(app) if wrap else app,
                  tokens={"default": token}, allow_writes=writes, limits=Limits(**limits))  # fmt: skip


def contract_of(bundle: Bundle) -> Contract:
    """The contract of a bundle."""
    return Contract(bundle, infer_model(bundle))


def reading(contract: Contract, operations: int = 12) -> Program:
    """Lists by default, reads of three rows, a search by a row's name, of the first so many operations."""
    templates = []
    for operation in list(contract.bundle.operations)[5 : 5 + operations]:
        if operation.role is Role.LIST:
            templates.append(Template(operation.label, "as it is", "list", body={}, name=operation.id))
        elif operation.role is Role.SEARCH and operation.entity:
            where = {"where": {"id": {"_eq": row(operation.entity, "id", 1)}}}
            templates.append(Template(operation.label, "by id", "filter", body=where, row=f"{operation.entity}/1"))
        elif operation.role is Role.READ and operation.entity:
            for pick in range(3):
                path = {operation.key: row(operation.entity, contract.model[operation.entity].key, pick)}
                templates.append(Template(operation.label, f"row {pick}", "read", path=path))
    return Program(tuple(templates), 1)


@contextmanager
def troubled(url: str, trouble: Trouble) -> Iterator[str]:
    """A server that hands everything on, and for its n-th request does as `trouble(n)` says.

    A float: seconds to wait; -1: close the connection; another integer: answer with this status (429 asks to wait).
    """
    count, lock = [0], threading.Lock()
    with httpx.Client(base_url=url) as behind:

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def serve(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                with lock:
                    count[0] += 1
                    what = trouble(count[0])
                if what == -1:
                    self.close_connection = True
                    return
                if isinstance(what, int):
                    self._answer(what, {"Retry-After": "0.05", "Content-Type": "application/json"}, b"{}")
                    return
                time.sleep(what or 0.0)
                headers = {name: value for name, value in self.headers.items() if name.lower() != "host"}
                reply = behind.request(self.command, self.path, headers=headers, content=body)
                self._answer(reply.status_code, dict(reply.headers), reply.content)

            def _answer(self, status: int, headers: dict[str, str], content: bytes) -> None:
                self.send_response(status)
                for name, value in headers.items():
                    if name.lower() not in ("content-length", "connection", "date", "server", "transfer-encoding"):
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(b"" if self.command == "HEAD" else content)

            do_GET = do_POST = do_HEAD = do_DELETE = serve  # noqa: N815  names that http.server asks for

            def log_message(self, *_: Any) -> None:
                """Silent."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            server.server_close()
            thread.join()
