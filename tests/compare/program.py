"""A program of requests over our own bundle, and two mocks that execute it, each with its own bindings."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from mockserver.app import App, create_app
from mockserver.bundle.operations import Operation, Role
from mockserver.compare.difference import Step
from mockserver.entities import tokens
from mockserver.environments.client import Client
from mockserver.environments.environment import Environment
from mockserver.exchanges import Exchange, Reply, Request
from mockserver.probes.base import Contract
from mockserver.settings import Settings
from mockserver.store.relations import infer_model

JSON = (("Content-Type", "application/json"),)
Bound = dict[str, Any]
Change = Callable[[Exchange], Exchange]


@dataclass(frozen=True)
class Asked:
    """One step of the program; `make` builds its request of what the side bound, `keep` binds what it answered."""

    operation: str
    make: Callable[[Bound], Request]
    about: str
    actor: str = "default"
    needs: str = ""
    same_row: bool | None = None
    keep: Callable[[Bound, Any], None] | None = None


def post(path: str, body: Any) -> Request:
    """A POST of JSON."""
    return Request("POST", path, JSON, json.dumps(body).encode())


def lists(app: App) -> Iterator[Asked]:
    """Lists and searches of every entity, reads of the rows that they gave."""
    for operation in app.bundle.operations:
        if operation.role is Role.LIST and operation.method == "POST" and operation.paging:
            yield from _list(operation.id, operation.path, operation.shape.rows or (), operation.entity or "")
        elif operation.role is Role.SEARCH:
            yield from _search(operation.id, operation.path)
        elif operation.role is Role.READ and operation.path.startswith("/gql"):
            yield from _read(operation.id, operation.path, operation.entity or "")


def _list(name: str, path: str, rows: Sequence[str], entity: str) -> Iterator[Asked]:
    def keep(bound: Bound, body: Any) -> None:
        for part in rows:
            body = body[part]
        bound[entity] = [row["id"] for row in body if "id" in row]

    yield Asked(name, lambda _: post(path, {"pageSize": 60}), f"list {name}", keep=keep)
    yield Asked(name, lambda _: post(path, {}), f"list {name} by default")
    yield Asked(name, lambda _: post(path, {"pageSize": 4, "page": 1}), f"the second page of {name}")
    yield Asked(name, lambda _: post(path, {"pageSize": 3}), f"three of {name}")
    yield Asked(name, lambda _: post(path, {"pageSize": 0}), f"no page of {name}")
    yield Asked(name, lambda _: post(path, {"pageSize": 3}), f"{name} without token", actor="")


def _search(name: str, path: str) -> Iterator[Asked]:
    asked: list[dict[str, Any]] = [
        {"pageSize": 50, "orderBy": [{"id": "desc"}]},
        {"pageSize": 20, "where": {"id": {"_gt": 1000}}, "orderBy": [{"id": "asc"}]},
        {"where": {"id": {"_gt": 1000}}},
        {"pageSize": 5, "where": {"noSuchField": {"_eq": 1}}},
    ]
    for number, body in enumerate(asked):
        yield Asked(name, lambda _, body=body: post(path, body), f"{name} {number}")  # type: ignore[misc]
    if "client" in path or "project" in path:
        for number, where in enumerate(({"name": {"_ilike": "a%"}}, {"name": {"_gt": "M"}})):
            body = {"pageSize": 40, "where": where, "orderBy": [{"name": "asc"}]}
            yield Asked(name, lambda _, body=body: post(path, body), f"{name} by name {number}")  # type: ignore[misc]


def _read(name: str, path: str, entity: str) -> Iterator[Asked]:
    for index in range(6):
        yield Asked(
            name,
            lambda bound, index=index: Request(  # type: ignore[misc]
                "GET", path.replace("{id}", str(bound[entity][index % len(bound[entity])]))
            ),
            f"read {name} {index}",
            needs=entity,
        )
    for wrong in ("99999999", "abc"):
        yield Asked(name, lambda _, wrong=wrong: Request("GET", path.replace("{id}", wrong)), f"{name} {wrong}")  # type: ignore[misc]


def others() -> Iterator[Asked]:
    """Documented rows, records, keys, subscriptions and files: reads, writes and refusals."""
    get = lambda path: lambda _: Request("GET", path)  # noqa: E731  a table of requests
    yield Asked("getClientById", get("/gql/v1/client/789"), "the documented client")
    yield Asked("getAuthToken", lambda _: post("/v1/auth/token", {"jwtApiKey": "demo-admin"}), "token", actor="")
    yield Asked("getAuthToken", lambda _: post("/v1/auth/token", {"jwtApiKey": "wrong"}), "wrong key", actor="")
    yield Asked("getApiKeys", get("/v1/auth/keys"), "keys")
    yield Asked("getRecordTypes", get("/api/v1/records/types"), "types")
    for kind in ("client", "invoice", "nothing"):
        yield Asked("getRecordsByType", get(f"/api/v1/records/{kind}?pageSize=30"), f"records of {kind}")
    yield Asked("getEventSubscriptionCatalog", get("/api/v1/event-subscriptions/catalog"), "catalog")
    yield Asked("getEventSubscriptions", get("/api/v1/event-subscriptions"), "subscriptions")

    def keep(bound: Bound, body: Any) -> None:
        bound["made"] = body["data"]["id"]

    new = {"name": "Ours", "url": "https://ours.example/hook", "entityType": "client", "operations": ["CREATE"]}
    path = "/api/v1/event-subscriptions"
    yield Asked("createEventSubscription", lambda _: post(path, new), "create", keep=keep)
    yield Asked("getEventSubscriptionById", lambda b: Request("GET", f"{path}/{b['made']}"), "read it")
    yield Asked("getSubscriptionSecret", lambda b: Request("GET", f"{path}/{b['made']}/secret"), "its secret")
    change = json.dumps({"name": "Ours, changed", "active": False}).encode()
    yield Asked("updateEventSubscription", lambda b: Request("PUT", f"{path}/{b['made']}", JSON, change), "change")
    yield Asked("getEventSubscriptionById", lambda b: Request("GET", f"{path}/{b['made']}"), "read it again")
    yield Asked("createEventSubscription", lambda _: post(path, {"name": "Ours"}), "create too little")
    yield Asked("deactivateEventSubscription", lambda b: Request("DELETE", f"{path}/{b['made']}"), "delete")
    yield Asked("getEventSubscriptionById", lambda b: Request("GET", f"{path}/{b['made']}"), "read the deleted")
    rows = {"records": [{"type": "client", "systemRef": {"system": "X", "id": "n-1"}, "attributes": {"name": "New"}}]}
    yield Asked("createOrUpdateRecords", lambda _: post("/api/v1/records", rows), "write a record")
    yield Asked("downloadFile", get("/api/v1/files/1/download"), "no file")


class Execution:
    """A mock of our bundle that runs the program."""

    def __init__(self, **settings: Any) -> None:
        self.app = create_app(Settings(**{"access_log": False, "mock_headers": True, **settings}))
        self.contract = Contract(self.app.bundle, infer_model(self.app.bundle))

    def _client(self, token: str) -> Client:
        environment = Environment("mock", writable=True)
        return Client(environment, self.app.bundle, app=self.app, tokens={"default": token}, allow_writes=True)

    def _token(self, key: str) -> str:
        operation = self.app.bundle.operations["getAuthToken"]
        with self._client("") as client:
            reply = client.send(post("/v1/auth/token", {"jwtApiKey": key}), operation=operation, actor="").reply
        assert reply is not None
        return str(reply.json()["access_token"])

    def ask(self, operation: Operation, requests: Sequence[Request]) -> list[Exchange]:
        """The answers to requests of one operation."""
        with self._client(tokens.first_token(self.app.pipeline.worlds.main)) as client:
            return [client.send(request, operation=operation) for request in requests]

    def run(self, *, key: str = "", part: tuple[int, int] = (0, 1)) -> list[Step]:
        """The program executed on fresh state, or the third of ten parts of it by entity: `(3, 10)`.

        `key` speaks for another tenant.
        """
        self.app.pipeline.worlds.reset_all()
        operations = self.app.bundle.operations
        entities = list(dict.fromkeys(operation.entity for operation in operations))
        token = self._token(key) if key else tokens.first_token(self.app.pipeline.worlds.main)
        steps: list[Step] = []
        bound: Bound = {}
        with self._client(token) as client:
            for number, asked in enumerate([*lists(self.app), *others()], 1):
                operation = operations[asked.operation]
                if entities.index(operation.entity) % part[1] != part[0]:
                    continue
                if asked.needs and not bound.get(asked.needs):
                    none = Exchange("mock", "", Request("GET", "/"), None, "there is no row to ask for")
                    steps.append(Step(number, operation, none, asked.about))
                    continue
                exchange = client.send(asked.make(bound), operation=operation, actor=asked.actor)
                if asked.keep is not None and exchange.reply is not None and exchange.reply.status < 300:
                    asked.keep(bound, exchange.reply.json())
                steps.append(Step(number, operation, exchange, asked.about, asked.same_row))
        return steps


def with_reply(exchange: Exchange, **changes: Any) -> Exchange:
    """The exchange with another reply."""
    assert exchange.reply is not None
    return replace(exchange, reply=replace(exchange.reply, **changes))


def with_body(exchange: Exchange, body: Any) -> Exchange:
    """The exchange with another JSON body."""
    return with_reply(exchange, body=json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode())


__all__ = ["Asked", "Execution", "Reply", "Step", "post", "with_body", "with_reply"]
