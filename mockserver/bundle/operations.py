"""Operation: one operation of the bundle, with everything the server needs to know of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Any, Literal

Schema = Mapping[str, Any] | bool
Path = tuple[str, ...]


class Role(StrEnum):
    """What an operation does to its entity."""

    LIST = "list"
    SEARCH = "search"
    READ = "read"
    CREATE = "create"
    UPSERT = "upsert"
    REPLACE = "replace"
    UPDATE = "update"
    DELETE = "delete"
    ACTION = "action"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter as OpenAPI declares it, defaults filled in; `pointer` leads to its schema in the document."""

    name: str
    location: Literal["path", "query", "header", "cookie"]
    required: bool
    style: str
    explode: bool
    schema: Schema
    pointer: str
    media: str = ""  # the media type when declared by `content`


@lru_cache(maxsize=1024)
def is_json(media: str) -> bool:
    """Whether a media type is JSON or built on it: `application/problem+json; charset=utf-8`."""
    return media.partition(";")[0].strip().lower().endswith(("/json", "+json"))


@dataclass(frozen=True, slots=True)
class Media:
    """One media type of a body; `pointer` leads to its schema in the document ("" without one)."""

    type: str
    schema: Schema | None
    pointer: str
    examples: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_json(self) -> bool:
        """Whether the body is JSON."""
        return is_json(self.type)


def _json(content: Iterable[Media]) -> Media | None:
    return next((media for media in content if media.is_json), None)


@dataclass(frozen=True, slots=True)
class Request:
    """The declared request body."""

    required: bool
    content: tuple[Media, ...]

    @property
    def body(self) -> Media | None:
        """The body as it is usually sent: the JSON one where there are several."""
        return _json(self.content) or next(iter(self.content), None)


@dataclass(frozen=True, slots=True)
class Reply:
    """One declared reply; `status` as printed ("200", "4XX", "default"), headers as (required, schema, pointer)."""

    status: str
    content: tuple[Media, ...]
    headers: Mapping[str, tuple[bool, Schema, str]] = field(default_factory=dict)
    links: Mapping[str, Any] = field(default_factory=dict)

    @property
    def code(self) -> int:
        """The status to send: 200 where a range or `default` leaves it open."""
        return int(self.status) if self.status.isdigit() else 200

    @property
    def json(self) -> Media | None:
        """The JSON body, if there is one."""
        return _json(self.content)

    @property
    def body(self) -> Media | None:
        """The body: the JSON one where there are several."""
        return self.json or next(iter(self.content), None)


@dataclass(frozen=True, slots=True)
class Shape:
    """Where the success answer keeps things, as property paths from its root.

    `rows`: the array of rows; `item`: the object of one row (`()` = the body itself); `count`: the number of all
    matches; `more`: the boolean that says whether further rows follow. None: there is no such place.
    """

    rows: Path | None = None
    item: Path | None = None
    count: Path | None = None
    more: Path | None = None


@dataclass(frozen=True, slots=True)
class Paging:
    """The inputs by which a list is cut into pages, by their names in the body or the query.

    `page` counts as `kind` says; `offset` always counts rows. `sizes` are all names for the page size (`size` is the
    first), for operations that know two. `cursor` reads on from a row or a place, `before` backwards from it.
    """

    page: str | None = None
    size: str | None = None
    offset: str | None = None
    cursor: str | None = None
    kind: Literal["offset", "number", "number-from-1"] | None = None
    default_size: int | None = None
    max_size: int | None = None
    where: Literal["body", "query"] = "query"
    sizes: tuple[str, ...] = ()
    before: str | None = None


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation. `id` is the operationId, or `get /clients/{id}` where there is none or it is not unique.

    `security` is OpenAPI's: alternatives, each a mapping of scheme to scopes; empty: nobody needs to say who they are.
    `page` says how a `page` input counts: rows to skip or zero/one-based page number. `hints` holds the `x-mock-*`
    extensions without their prefix; `because` says in words why role and entity are what they are. `noun` is the
    path's own word for its entity, whatever an overlay says; `parents` are the entities that path parameters before
    the last noun point at, as (parameter, entity). `key` is the path parameter that names one row of the entity (""
    where none does); `beside` holds, for it and for the parents' parameters, those right before them in the path:
    `/repos/{owner}/{repo}` names a repo by both.
    """

    id: str
    method: str
    path: str
    role: Role
    entity: str | None
    parameters: tuple[Parameter, ...]
    request: Request | None
    replies: Mapping[str, Reply]
    security: tuple[Mapping[str, tuple[str, ...]], ...]
    shape: Shape
    pointer: str
    tags: tuple[str, ...] = ()
    summary: str = ""
    provenance: str = ""
    page: Literal["offset", "number", "number-from-1"] | None = None
    hints: Mapping[str, Any] = field(default_factory=dict)
    because: str = ""
    noun: str = ""
    parents: tuple[tuple[str, str], ...] = ()
    paging: Paging | None = None
    key: str = ""
    beside: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """`GET /clients/{id}`: how people name it."""
        return f"{self.method} {self.path}"

    @property
    def success(self) -> Reply | None:
        """The first declared 2xx reply (or `2XX`); where there is none, the first redirect, else `default`."""
        statuses = sorted(status for status in self.replies if status[:1] in ("2", "3") and status != "304")
        return self.replies.get(statuses[0] if statuses else "default")

    def reply(self, status: int) -> Reply | None:
        """What is declared for a status: exactly, by its class (`4XX`), or by `default`."""
        found = self.replies.get(str(status)) or self.replies.get(f"{status // 100}XX")
        return found or self.replies.get("default")


class Operations:
    """All operations of a bundle, in the bundle's order; by id, and by method and path."""

    __slots__ = ("_by_id", "_by_place")

    def __init__(self, operations: Iterator[Operation] | tuple[Operation, ...]) -> None:
        self._by_id: dict[str, Operation] = {}
        self._by_place: dict[tuple[str, str], Operation] = {}
        for operation in operations:
            self._by_id[operation.id] = operation
            self._by_place[operation.method, operation.path] = operation

    def __iter__(self) -> Iterator[Operation]:
        return iter(self._by_id.values())

    def __len__(self) -> int:
        return len(self._by_id)

    def __getitem__(self, id: str) -> Operation:  # noqa: A002  the bundle's own word
        return self._by_id[id]

    def get(self, id: str) -> Operation | None:  # noqa: A002  the bundle's own word
        """The operation of an id, if there is one."""
        return self._by_id.get(id)

    def at(self, method: str, path: str) -> Operation | None:
        """The operation of a method and a path template."""
        return self._by_place.get((method, path))
