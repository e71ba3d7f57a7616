"""A small firm with real parts: the bundle in spec/, its model, a store, and the handlers of the vendor's rules."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

import jsonschema_rs
import pytest

from mockserver import paths
from mockserver.bundle.loader import Bundle, load_bundle
from mockserver.calls import Actor, Answer, Call, Handler, Site
from mockserver.clock import Clock
from mockserver.entities import MAKERS, complete
from mockserver.serving.world import LiveWorld
from mockserver.store.memory import Store
from mockserver.store.relations import infer_model

NOW = datetime(2025, 6, 30, 12, 0, tzinfo=UTC)
ROLES = frozenset(("SUPER_ADMIN", "API_USER", "API_ADMIN", "RECORD_R", "RECORD_W", "CUSTOM_TYPE_R", "CUSTOM_TYPE_W"))
THEN = "2025-01-15T10:25:00Z"
ROWS: dict[str, list[dict[str, Any]]] = {
    "client": [
        {"id": 789, "name": "Acme Corporation", "pmsRef": "1155", "active": True, "status": "ACTIVE",
         "updatedAt": THEN},
        {"id": 790, "name": "Beta GmbH", "pmsRef": "1156", "active": True, "status": "ACTIVE", "updatedAt": THEN},
    ],
    "contact": [{"id": 23456, "firstName": "John", "lastName": "Smith", "clientId": 789}],
    "staff": [{"id": 53, "firstName": "Jane", "lastName": "Doe", "active": True}],
    "industry": [{"id": 1, "name": "Retail"}, {"id": 2, "name": "Mining"}],
    "file": [
        {"id": 501, "name": "Zürich Ärger.pdf", "mediaType": "application/pdf", "size": 24576},
        {"id": 502, "name": "plan.csv", "mediaType": "text/csv", "size": 4096, "recordType": "client", "recordId": 789},
        {"id": 503, "name": "logo.png", "mediaType": "image/png"},
    ],
    "api_key": [
        {"id": 11, "name": "Admin", "jwtApiKey": "demo-admin", "roles": sorted(ROLES), "active": True,
         "email": "user@aiwyn.ai", "staffId": 420, "userId": "ocGk", "expiresAt": None, "createdAt": THEN},
        {"id": 12, "name": "Reader", "jwtApiKey": "demo-reader", "roles": ["API_USER", "RECORD_R"], "active": True,
         "expiresAt": None, "createdAt": THEN},
        {"id": 13, "name": "Old", "jwtApiKey": "demo-expired", "roles": ["API_USER"], "active": True,
         "expiresAt": "2024-12-31T23:59:59Z", "createdAt": THEN},
        {"id": 14, "name": "Gone", "jwtApiKey": "demo-revoked", "roles": ["API_USER"], "active": False,
         "expiresAt": None, "createdAt": THEN},
    ],
}  # fmt: skip
OTHER = {"api_key": [{"id": 1, "name": "Other", "jwtApiKey": "demo-other", "roles": ["SUPER_ADMIN"], "active": True}]}


class _Rows:
    """The rows of one tenant."""

    def __init__(self, rows: dict[str, list[dict[str, Any]]]) -> None:
        self._rows = rows

    def rows(self, entity: str) -> Iterable[dict[str, Any]]:
        return [dict(row) for row in self._rows.get(entity, ())]


@pytest.fixture(scope="session")
def site() -> Site:
    """What handlers are made from: the bundle in spec/ and its model."""
    bundle = load_bundle(paths.BUNDLE)
    model = infer_model(bundle)
    complete(model)
    return Site(bundle, model)


@pytest.fixture
def make_world(site: Site) -> Callable[[], LiveWorld]:
    """A maker of worlds with two tenants, and a clock that stands at noon."""
    tenants = {"aiwynsb": ROWS, "otherfirm": OTHER}

    def store(tenant: str) -> Store:
        return Store(site.model, _Rows(tenants[tenant]))

    return lambda: LiveWorld("", Clock(NOW), 7, tuple(tenants), store)


@pytest.fixture
def world(make_world: Callable[[], LiveWorld]) -> LiveWorld:
    """The world of a test."""
    return make_world()


Ask = Callable[..., Answer]


@pytest.fixture
def ask(site: Site, world: LiveWorld) -> Ask:
    """Call an operation as someone with all roles (or those given); every JSON answer is held to its schema."""

    def ask(
        label: str,
        body: Any = None,
        *,
        roles: Iterable[str] = ROLES,
        tenant: str = "aiwynsb",
        raw: dict[str, str] | None = None,
        query: dict[str, Any] | None = None,
        claims: dict[str, Any] | None = None,
        world: LiveWorld = world,
        site: Site = site,
        handler: Handler | None = None,
        **path: Any,
    ) -> Answer:
        method, template = label.split()
        operation = site.bundle.operations.at(method, template)
        assert operation is not None, f"the bundle has no {label}"
        handler = handler or next(made for maker in MAKERS if (made := maker(operation, site)))
        actor = Actor(tenant, frozenset(roles), "someone", claims or {})
        call = Call(operation, path, query or {}, {}, {}, body, actor, "http://mock.test", raw or {})
        answer = asyncio.run(handler(call, world))
        _judge(answer, operation.reply(answer.status), site.bundle)
        return answer

    return ask


def _judge(answer: Answer, reply: Any, bundle: Bundle) -> None:
    assert reply is not None, f"status {answer.status} is not declared"
    media = next((m for m in reply.content if m.type == answer.media), None)
    if media is not None and "json" in media.type:
        schema = {**media.schema, "components": bundle.document["components"]}
        jsonschema_rs.Draft202012Validator(schema, validate_formats=True).validate(answer.body)
