"""Call, Answer, Handler, World: what every handler speaks, generic or vendor's own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import parse_qsl, quote, urlencode

if TYPE_CHECKING:
    from mockserver.bundle.loader import Bundle
    from mockserver.bundle.operations import Operation
    from mockserver.clock import Clock
    from mockserver.store.memory import Store
    from mockserver.store.model import Model


_IN_PATHS = "/:@!$&'()*+,;=-._~"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks: `tenant` decides which rows exist, `roles` (without the tenant's prefix) what may be done."""

    tenant: str
    roles: frozenset[str]
    user: str = ""
    claims: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a row: what webhooks are made of. `kind` is CREATE, UPDATE or DELETE."""

    entity: str
    kind: str
    key: Any
    row: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """A valid request: decoded values by name (`headers` and `cookies` only those declared)."""

    operation: Operation
    path: Mapping[str, Any]
    query: Mapping[str, Any]
    headers: Mapping[str, Any]
    cookies: Mapping[str, Any]
    body: Any
    actor: Actor
    base: str = ""  # scheme and authority the client used: for absolute URLs in answers
    raw: Mapping[str, str] = field(default_factory=dict)  # all request headers, lower-case names
    target: tuple[str, bytes] = ("", b"")  # path and query string as they came

    def link(self, changed: Mapping[str, Any]) -> str:
        """The URL of the same request with other values of some query parameters; None takes one out."""
        path, query = self.target
        kept = [(name, value) for name, value in parse_qsl(query.decode("latin-1"), True) if name not in changed]
        given = [(name, str(value)) for name, value in changed.items() if value is not None]
        return f"{self.base}{quote(path, safe=_IN_PATHS)}?{urlencode(kept + given)}"


@dataclass(frozen=True, slots=True)
class Answer:
    """What to send. `body` is a JSON value (parts may be `orjson.Fragment`), or ready `bytes` with `media` set.

    `fit`: the body was made without the reply's schema; what that requires beyond it is filled in before sending.
    """

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    media: str = ""
    events: tuple[Event, ...] = ()
    fit: bool = False


class World(Protocol):
    """The state behind the requests: one store per tenant, one clock."""

    clock: Clock
    seed: int

    def store(self, tenant: str) -> Store:
        """The rows that a tenant sees."""

    def tenants(self) -> tuple[str, ...]:
        """Every tenant there is."""


Handler = Callable[[Call, World], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Site:
    """What a handler may look at while it is made, once per operation at start."""

    bundle: Bundle
    model: Model
    settings: Mapping[str, Any] = field(default_factory=dict)


Maker = Callable[["Operation", Site], "Handler | None"]
