"""Call and Answer: a valid request on its way to a handler, and what comes back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mockserver.bundle.operations import Operation
    from mockserver.serving.world import World


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


@dataclass(frozen=True, slots=True)
class Answer:
    """What to send. `body` is a JSON value (parts may be `orjson.Fragment`), or ready `bytes` with `media` set."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    media: str = ""
    events: tuple[Event, ...] = ()


Handler = Callable[[Call, "World"], Awaitable[Answer]]
