"""The generic verbs: every operation of every bundle is answered here unless the vendor has rules of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from mockserver.bundle.operations import Media, Operation, Reply, Role
from mockserver.bundle.shapes import row_pointer
from mockserver.calls import Answer, Call, Event, Handler, Site, World
from mockserver.entities import MAKERS
from mockserver.entities.base import followers, rules_for
from mockserver.problems import Refusal
from mockserver.serving.lists import listing
from mockserver.store.addresses import names_of, own_address, parents_of
from mockserver.store.model import Entity, Row
from mockserver.store.sampling import sample
from mockserver.store.views import View

_WRITERS = frozenset({"SUPER_ADMIN", "API_ADMIN", "RECORD_W"})
_STAMPS = {"created": ("createdAt", "created_at"), "updated": ("updatedAt", "updated_at")}


@dataclass(frozen=True, slots=True)
class Served:
    """How an operation is served. `level`: L1 generated, L2 stateful, L3 by the vendor's own rules.

    `check` judges a body in the words of the search (raises Refusal), where the operation is one.
    """

    handler: Handler
    level: str
    check: Callable[[Any], None] | None = None


def make(operation: Operation, site: Site) -> Served:
    """The handler of an operation: the vendor's own rules first, then the generic verb, then a generated answer."""
    for maker in MAKERS:
        handler = maker(operation, site)
        if handler is not None:
            return Served(handler, "L3")
    if operation.role in (Role.LIST, Role.SEARCH):
        lister = listing(operation, site)
        if lister is not None:
            return Served(lister.answer, "L2", lister.check if operation.role is Role.SEARCH else None)
    generic = _generic(operation, site)
    return Served(generic, "L2") if generic is not None else Served(_Sampler(operation, site).answer, "L1")


def _generic(operation: Operation, site: Site) -> Handler | None:
    if operation.entity is None or operation.entity not in site.model:
        return None
    resource = _Resource(operation, site)
    match operation.role:
        case Role.READ if (resource.shown.view or operation.method == "HEAD") and resource.address:
            return resource.read
        case Role.CREATE:
            return resource.create
        case Role.REPLACE | Role.UPDATE if resource.address:
            return resource.update
        case Role.UPSERT if not resource.address:
            return resource.upsert
        case Role.DELETE if resource.address:
            return resource.delete
        case Role.ACTION if resource.shown.view and resource.address:
            return resource.read
        case _:
            return None


class _Resource:
    """Read, create, update and delete of one entity by one operation."""

    def __init__(self, operation: Operation, site: Site) -> None:
        self.operation = operation
        self.name = operation.entity or ""
        self.entity: Entity = site.model[self.name]
        self.site = site
        self.address = own_address(operation, site.model)
        changed, created = _successes(operation)
        self.shown = _showing(changed, operation, site, self.name)
        self.created = _showing(created, operation, site, self.name) if created is not None else None
        self.parents = parents_of(operation, site.model)
        self.names = names_of(self.entity, site.bundle.operations)
        self._replaced = self._sayable() if operation.role is Role.REPLACE else frozenset()

    def _sayable(self) -> frozenset[str]:
        """The fields that the body can hold: what a PUT leaves out of these is gone afterwards."""
        request = self.operation.request
        media = request.body if request is not None else None
        if media is None or not media.is_json or not media.pointer:
            return frozenset()
        reader = self.site.bundle.reader
        names = reader.members(reader.at(media.pointer))
        return frozenset(own for name in names if (own := self.entity.spelled(name)) in self.entity.fields)

    async def read(self, call: Call, world: World) -> Answer:
        """One row, bare or in the reply's envelope."""
        store = world.store(call.actor.tenant)
        row = self._row(call, store)
        return self._shown(store, row)

    async def create(self, call: Call, world: World) -> Answer:
        """A new row out of the body; the answer shows it as the reply's schema says."""
        self._may_write(call)
        store = world.store(call.actor.tenant)
        row = self._given(self._unwrapped(call.body), keyed=True)
        key = row.get(self.entity.key)
        if key is not None and store.get(self.name, key) is not None:
            raise Refusal(409, f"There is a {self.name} {key!r} already.", code="MS109", reason="CONFLICT")
        made, events = self._made(row, call, world)
        return self._shown(store, made, *events)

    async def upsert(self, call: Call, world: World) -> Answer:
        """Each row of a batch changes the one that has its key, or is made; the answer shows them in that order."""
        self._may_write(call)
        store = world.store(call.actor.tenant)
        rows: list[Row] = []
        events: list[Event] = []
        for value in _batch(call.body):
            row = self._given(value, keyed=True)
            key = row.get(self.entity.key)
            old = store.get(self.name, key) if key is not None else None
            if old is None:
                made, told = self._made(row, call, world)
            else:
                row = {**old, **row}
                self._stamp(row, world, "updated")
                made, told = self._put("UPDATE", row, store, old)
            rows.append(made)
            events += told
        view, media = self.shown.view, self.shown.media
        if view is None or media is None or self.operation.shape.rows is None:
            return replace(await _Sampler(self.operation, self.site).answer(call, world), events=tuple(events))
        body: Any = [view.show(store, row) for row in rows]
        for name in reversed(self.operation.shape.rows):
            body = {name: body}
        return Answer(self.shown.status, body, media=media.type, events=tuple(events), fit=True)

    def _made(self, row: dict[str, Any], call: Call, world: World) -> tuple[Row, list[Event]]:
        """A new row, below the rows that the path names."""
        store = world.store(call.actor.tenant)
        for parent in self.parents:
            row.setdefault(parent.column, parent.key(call.path, store))
        for name in self.names:  # how the next request will name it: the server's own to give
            if row.get(name) is None and self.entity.fields[name].type == "integer":
                row[name] = (store.total(self.name, None, name, "max") or 0) + 1
        self._stamp(row, world, "created", "updated")
        return self._put("CREATE", row, store)

    def _put(self, kind: str, row: dict[str, Any], store: Any, *old: Row) -> tuple[Row, list[Event]]:
        """Store a row; the events tell of it and of the rows whose sums follow from it."""
        made: Row = store.put(self.name, self._finished(row, store))
        event = Event(self.name, kind, made[self.entity.key], made)
        return made, [event, *followers(store, self.name, made, *old)]

    async def update(self, call: Call, world: World) -> Answer:
        """PUT replaces what the body can say, PATCH changes what it says; both keep what only the server knows.

        A PUT that may answer 201 makes the row that its path names.
        """
        self._may_write(call)
        store = world.store(call.actor.tenant)
        if self.created is not None and self.address is not None and self.address.row(call.path, store) is None:
            row = {**self._given(self._unwrapped(call.body)), **self.address.given(call.path)}
            made, events = self._made(row, call, world)
            return self._shown(store, made, *events, reply=self.created)
        old = self._row(call, store)
        kept = {k: v for k, v in old.items() if k not in self._replaced}
        row = {**kept, **self._given(self._unwrapped(call.body)), self.entity.key: old[self.entity.key]}
        self._stamp(row, world, "updated")
        made, events = self._put("UPDATE", row, store, old)
        return self._shown(store, made, *events)

    async def delete(self, call: Call, world: World) -> Answer:
        """The row is gone; the answer shows it where the reply declares a body."""
        self._may_write(call)
        store = world.store(call.actor.tenant)
        row = self._row(call, store)
        answer = self._shown(store, row, Event(self.name, "DELETE", row[self.entity.key], row))
        store.delete(self.name, row[self.entity.key])
        return replace(answer, events=(*answer.events, *followers(store, self.name, row)))

    def _row(self, call: Call, store: Any) -> Row:
        row = self.address.row(call.path, store) if self.address is not None else None
        above = ((parent.column, parent.key(call.path, store)) for parent in self.parents if parent.refuses)
        if row is None or any(row.get(column) not in (None, key) for column, key in above):
            key = call.path.get(self.operation.key)
            raise Refusal(404, f"There is no {self.name} {key!r}.", code="MS108", reason="NOT_FOUND")
        return row

    def _unwrapped(self, body: Any) -> Mapping[str, Any]:
        """The row in a body, which may be wrapped as the reply is: `{"data": {...}}`."""
        row: Mapping[str, Any] = body if isinstance(body, Mapping) else {}
        for name in self.operation.shape.item or ():
            row = row[name] if set(row) == {name} and isinstance(row[name], Mapping) else row
        return row

    def _given(self, body: Mapping[str, Any], *, keyed: bool = False) -> dict[str, Any]:
        """The columns that a body gives; its key only where clients may choose one."""
        keyed = keyed and not self.entity.fields[self.entity.key].schema.get("readOnly")
        row = {}
        for name, value in body.items():
            own = self.entity.spelled(name)
            if own != self.entity.key or (keyed and value is not None):
                row[own if own in self.entity.fields else name] = value
        return row

    def _finished(self, row: dict[str, Any], store: Any) -> dict[str, Any]:
        rules = rules_for(self.name)
        if rules is not None:
            row = dict(rules.computed(row, store))
            violations = rules.check(row, store)
            if violations:
                raise Refusal(400, violations[0].detail, code="MS109", violations=violations)
        return row

    def _stamp(self, row: dict[str, Any], world: World, *kinds: str) -> None:
        for kind in kinds:
            for name in _STAMPS[kind]:
                field = self.entity.fields.get(name)
                if field is not None:
                    row[name] = world.clock.epoch() if field.type == "integer" else world.clock.text()

    def _may_write(self, call: Call) -> None:
        if self.operation.security and not call.actor.roles & _WRITERS:
            raise Refusal(403, "This key may only read.", code="MS104", reason="FORBIDDEN")

    def _shown(self, store: Any, row: Row, *events: Event, reply: _Showing | None = None) -> Answer:
        reply = reply or self.shown
        if reply.media is None:
            return Answer(reply.status, None, events=events)
        if reply.view is None:  # the reply is about something else than the row
            body = sample(reply.media.schema or True, self.site.bundle, f"{self.operation.id}:{row[self.entity.key]}")
            return Answer(reply.status, body, media=reply.media.type, events=events)
        path = self.operation.shape.item
        if path == ():
            return Answer(reply.status, reply.view.encoded(store, row), media=reply.media.type, events=events)
        body = reply.view.show(store, row)
        for name in reversed(path or ()):
            body = {name: body}
        return Answer(reply.status, body, media=reply.media.type, events=events, fit=True)


class _Sampler:
    """L1: an answer that is valid by the schema, the same for the same request."""

    def __init__(self, operation: Operation, site: Site) -> None:
        self.operation = operation
        self.site = site
        self.reply = operation.success

    async def answer(self, call: Call, world: World) -> Answer:
        """The declared success reply, generated from the seed and the path."""
        if self.reply is None:
            return Answer(200 if self.operation.method == "GET" else 204)
        status, media = self.reply.code, self.reply.body
        if media is None or status in (204, 304):
            return Answer(status)
        key = f"{world.seed}:{self.operation.id}:{sorted(call.path.items())}"
        if not media.is_json:
            return Answer(status, _plain(media, key), media=_concrete(media.type))
        if media.schema is None:
            return Answer(status, {}, media=media.type)
        return Answer(status, sample(media.schema, self.site.bundle, key), media=media.type)


def _batch(body: Any) -> list[Mapping[str, Any]]:
    """The rows of a batch: the body itself, or the first array of objects in it."""
    arrays = [body] if isinstance(body, list) else list(body.values()) if isinstance(body, Mapping) else []
    rows = ([value for value in array if isinstance(value, Mapping)] for array in arrays if isinstance(array, list))
    return next((batch for batch in rows if batch), [])


@dataclass(frozen=True, slots=True)
class _Showing:
    """A declared reply, and the view that shows a row in it; without `media` it has no body."""

    status: int
    media: Media | None = None
    view: View | None = None


def _successes(operation: Operation) -> tuple[Reply | None, Reply | None]:
    """The reply to a success, and for a PUT that may make a row the one to that."""
    created = operation.replies.get("201")
    if operation.method != "PUT":
        return (created if operation.role is Role.CREATE and created else operation.success), None
    others = (operation.replies[status] for status in sorted(operation.replies) if status[:1] == "2")
    return next((reply for reply in others if reply is not created), operation.success), created


def _showing(reply: Reply | None, operation: Operation, site: Site, entity: str) -> _Showing:
    if reply is None:
        return _Showing(204 if operation.role is Role.DELETE else 200)
    media = reply.json
    if media is None or media.schema is None:
        return _Showing(reply.code)
    pointer = row_pointer(site.bundle, operation, media)
    return _Showing(reply.code, media, View(site.bundle, site.model, entity, pointer) if pointer else None)


def _concrete(media: str) -> str:
    return "application/octet-stream" if "*" in media else media


def _plain(media: Media, key: str) -> bytes:
    if media.examples:
        first = next(iter(media.examples.values()))
        if isinstance(first, str):
            return first.encode()
    return f"mock content of {key}\n".encode()
