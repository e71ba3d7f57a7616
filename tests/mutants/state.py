"""Mutants of what stays: writes that are lost, half done or done twice, deletions that are none, stale reads."""

# ruff: noqa: ARG005, PLW0108  a fault's functions take what they are given, and may stand below it

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from mockserver.bundle.operations import Role
from tests.mutants.choose import (
    all_creates,
    creates,
    deletes,
    one,
    one_entity,
    role,
    rows,
    rows_of,
    updates,
    where,
)
from tests.mutants.hook import Around, Ask, Asked, Server, Told
from tests.mutants.registry import mutant
from tests.mutants.status import failed

READ_BACK = ("read-back", "ensure_resource_availability")
UPDATED = ("update-only-what-said",)


def forgotten(when: Callable[[int], bool] = lambda _nth: True) -> Callable[[Server], Around]:
    """The write is answered as done, and undone."""

    def make(server: Server) -> Around:
        done = 0

        async def around(asked: Asked, ask: Ask) -> Told:
            nonlocal done
            kept = server.snapshot()
            told = await ask(asked)
            if told.good:
                done += 1
                if when(done):
                    server.restore(kept)
            return told

        return around

    return make


Then = Callable[[Server, Asked, Told, dict[str, Any]], None]


def afterwards(then: Then) -> Callable[[Server], Around]:
    """Something more happens to the store after a successful write of one row; `then` gets the row as stored."""

    def make(server: Server) -> Around:
        async def around(asked: Asked, ask: Ask) -> Told:
            told = await ask(asked)
            row = _stored(server, asked, told) if told.good else None
            if row is not None:
                then(server, asked, told, dict(row))
            return told

        return around

    return make


def _stored(server: Server, asked: Asked, told: Told) -> Any:
    entity = str(asked.operation.entity) if asked.operation else ""
    if entity not in server.model:
        return None
    shown = next(iter(rows_of(asked.operation, told.json)), {})
    found = server.store.get(entity, shown.get(server.model[entity].key))
    return found or next((row for row in server.store.all(entity) if row.get("name") == shown.get("name")), None)


def store(server: Server, asked: Asked, row: dict[str, Any]) -> None:
    """Put a row as it is."""
    if asked.operation is not None:
        server.store.put(str(asked.operation.entity), row)


def own_texts(row: dict[str, Any], *not_these: str) -> list[str]:
    """The columns of a row that hold free text."""
    fixed = {"url", "entityType", "id", *not_these}
    return [n for n, v in row.items() if isinstance(v, str) and n not in fixed and not n.endswith("At")]


mutant(
    "create-lost",
    "lost write",
    "A creation is answered 201, and nothing is stored.",
    on=all_creates,
    expects=READ_BACK,
    make=forgotten(),
)
mutant(
    "create-lost-sometimes",
    "lost write",
    "Every second creation is answered 201 and lost.",
    on=one_entity(creates),
    expects=READ_BACK,
    hard=True,
    make=forgotten(lambda nth: nth % 2 == 0),
)
mutant(
    "update-lost",
    "lost write",
    "A change is answered with the changed row, which is not stored.",
    on=updates,
    expects=("read-back",),
    make=forgotten(),
)
mutant(
    "upsert-lost",
    "lost write",
    "A batch of records is reported as stored, and is not.",
    on=role(Role.UPSERT, plain=False),
    expects=("read-back",),
    hard=True,
    make=forgotten(),
    shows=lambda talk, server, on: _batch(talk, server),
)
mutant(
    "delete-lost",
    "delete",
    "A deletion is answered as done; the row goes on as before.",
    on=role(Role.DELETE, plain=False),
    expects=("delete", "use_after_free"),
    make=forgotten(),
)


def _batch(talk: Any, server: Server) -> None:
    for operation in server.operations:
        if operation.role is Role.UPSERT and operation.method == "POST":
            told = talk.send("POST", operation.path, {"records": [{"type": "client", "attributes": {"name": "Batch"}}]})
            records = rows_of(operation, told.json)
            for other in server.operations:
                if other.role is Role.READ and other.entity == "client" and records:
                    talk.send("GET", other.path.replace("{" + other.key + "}", str(records[0].get("id"))))


@mutant(
    "ghost-row",
    "delete",
    "What was deleted or deactivated is still shown by the lists as it was; only its read knows better.",
    on=lambda s: [
        o
        for o in s.operations
        if (o.role is Role.DELETE or o in rows(s))
        and o.entity in [d.entity for d in s.operations if d.role is Role.DELETE]
    ],
    expects=("delete", "listed"),
    hard=True,
    shows=lambda talk, server, on: _deleted(talk, server, on),
)
def _ghost(server: Server) -> Around:
    before: dict[str, Any] = {}

    async def around(asked: Asked, ask: Ask) -> Told:
        if asked.operation is not None and asked.operation.role is Role.DELETE:
            before.update(server.snapshot())
            return await ask(asked)
        if not before:
            return await ask(asked)
        now = server.snapshot()
        server.restore(before)
        told = await ask(asked)
        server.restore(now)
        return told

    return around


def _deleted(talk: Any, server: Server, on: Any) -> None:
    from tests.mutants.walks import path_of

    for operation in on:
        if operation.role is Role.DELETE:
            talk.send(operation.method, path_of(server, operation))
    for operation in on:
        if operation.role is not Role.DELETE:
            talk.send(operation.method, path_of(server, operation), {} if operation.request else None)


@mutant(
    "list-stale",
    "stale read",
    "Lists and searches answer from an index that is never brought up to date.",
    on=rows,
    expects=("listed",),
    shows=lambda talk, server, on: _made(talk, server),
)
def _stale(server: Server) -> Around:
    first: dict[str, Any] = {}

    async def around(asked: Asked, ask: Ask) -> Told:
        if not first:
            for tenant in server.world.tenants():
                server.tenant(tenant)
            first.update(_pristine(server))
        now = server.snapshot()
        server.restore(first)
        told = await ask(asked)
        server.restore(now)
        return told

    return around


def _pristine(server: Server) -> dict[str, Any]:
    worlds = server.app.pipeline.worlds
    return {tenant: worlds._pristine[tenant].fork() for tenant in server.world.tenants()}


def _made(talk: Any, server: Server) -> None:
    from tests.mutants.walks import tour

    tour(talk, server, [o for o in server.operations if o in creates(server)])


def _resets(server: Server, asked: Asked, told: Told, row: dict[str, Any]) -> None:
    said = asked.json or {}
    for name in own_texts(row, *said):
        store(server, asked, {**row, name: ""})
        return
    flags = [n for n, v in row.items() if isinstance(v, bool) and n not in said]
    store(server, asked, {**row, **{n: not row[n] for n in flags[:1]}})


mutant(
    "update-resets-another",
    "update",
    "A change also empties a text that the request did not speak of.",
    on=updates,
    expects=UPDATED,
    make=afterwards(_resets),
)
mutant(
    "update-moves-created",
    "update",
    "A change also moves the time of creation.",
    on=updates,
    expects=UPDATED,
    hard=True,
    make=afterwards(lambda s, a, t, row: store(s, a, {**row, "createdAt": s.world.clock.text()})),
)


def _neighbours(server: Server, asked: Asked, told: Told, row: dict[str, Any]) -> None:
    key = server.model[str(asked.operation.entity)].key  # type: ignore[union-attr]  it has one
    said = {name: value for name, value in (asked.json or {}).items() if name in row and name != key}
    others = [other for other in server.store.all(str(asked.operation.entity)) if other[key] != row[key]]  # type: ignore[union-attr]
    if others and said:
        store(server, asked, {**others[0], **said})


mutant(
    "update-hits-neighbour",
    "update",
    "A change is also made to another row: its WHERE is too wide.",
    on=updates,
    expects=UPDATED,
    hard=True,
    make=afterwards(_neighbours),
)


@mutant(
    "put-appends",
    "idempotency",
    "The same PUT once more changes the row again: texts grow.",
    on=updates,
    expects=("put-idempotent",),
    hard=True,
)
def _appends(server: Server) -> Around:
    seen: dict[str, int] = {}

    async def around(asked: Asked, ask: Ask) -> Told:
        told = await ask(asked)
        row = _stored(server, asked, told) if told.good else None
        seen[asked.path] = seen.get(asked.path, 0) + (1 if told.good else 0)
        for name in own_texts(dict(row)) if row is not None and seen[asked.path] > 1 else ():
            if name in (asked.json or {}):
                store(server, asked, {**row, name: f"{row[name]} ({seen[asked.path]})"})
                return told
        return told

    return around


@mutant(
    "put-conflict",
    "idempotency",
    "The same PUT once more is refused with 400: nothing to change.",
    on=updates,
    expects=("put-idempotent",),
    hard=True,
)
def _conflict(_server: Server) -> Around:
    seen: dict[str, bytes] = {}

    async def around(asked: Asked, ask: Ask) -> Told:
        told = await ask(asked)
        if told.good and seen.get(asked.path) == asked.body:
            return failed(400, b'{"code":"INVALID","message":"nothing to change"}')
        if told.good:
            seen[asked.path] = asked.body
        return told

    return around


@mutant(
    "failed-create-stores",
    "failed create",
    "A refused creation leaves a row behind all the same.",
    on=creates,
    expects=("failed-create",),
    hard=True,
)
def _leaves(server: Server) -> Around:
    async def around(asked: Asked, ask: Ask) -> Told:
        told = await ask(asked)
        entity = str(asked.operation.entity) if asked.operation else ""
        if (
            told.status == 400
            and asked.method == "POST"
            and isinstance(asked.json, dict | list)
            and entity in server.model
        ):
            old = server.store.all(entity)
            if old:
                key = server.model[entity].key
                server.store.put(entity, {name: value for name, value in old[-1].items() if name != key})
        return told

    return around


@mutant(
    "create-twice",
    "create",
    "A creation stores two rows: the queue delivered it twice.",
    on=one_entity(creates),
    expects=("listed", "count"),
    hard=True,
)
def _twice(server: Server) -> Around:
    async def around(asked: Asked, ask: Ask) -> Told:
        told = await ask(asked)
        row = _stored(server, asked, told) if told.good else None
        if row is not None and asked.operation is not None:
            entity = server.model[str(asked.operation.entity)]
            server.store.put(entity.name, {name: value for name, value in row.items() if name != entity.key})
        return told

    return around


mutant(
    "create-cuts-text",
    "create",
    "Stored texts are cut after six letters; the answer to the creation still shows all.",
    on=creates,
    expects=("read-back",),
    hard=True,
    make=afterwards(
        lambda s, a, t, row: store(s, a, {**row, **{n: row[n][:6] for n in own_texts(row) if n in (a.json or {})}})
    ),
)
mutant(
    "create-drops-field",
    "create",
    "One of the properties that a creation gives is not stored.",
    on=creates,
    expects=("read-back",),
    make=afterwards(
        lambda s, a, t, row: store(
            s, a, {**row, **dict.fromkeys([n for n in own_texts(row) if n in (a.json or {})][-1:], "")}
        )
    ),
)


@mutant(
    "create-not-listed",
    "create",
    "A new row is found by its id, but no list shows it.",
    on=lambda s: [o for o in rows(s) if o.entity in [c.entity for c in creates(s)]],
    expects=("listed",),
    shows=lambda talk, server, on: _made(talk, server),
)
def _unlisted(server: Server) -> Around:
    return _stale(server)


@mutant(
    "update-changes-time-only",
    "update",
    "A change moves updatedAt and nothing else.",
    on=where(updates, lambda s, o: o.request is not None),
    expects=("read-back",),
    hard=True,
)
def _only_time(server: Server) -> Around:
    async def around(asked: Asked, ask: Ask) -> Told:
        kept = server.snapshot()
        told = await ask(asked)
        if told.good:
            server.restore(kept)
            row = _stored(server, asked, told)
            if row is not None:
                store(server, asked, {**row, "updatedAt": server.world.clock.text()})
        return told

    return around


mutant(
    "delete-500-second",
    "delete",
    "Deleting once more what is deleted is a 500.",
    on=one(deletes),
    expects=("not_a_server_error",),
    hard=True,
    make=lambda s: _once(),
)


def _once() -> Around:
    gone: set[str] = set()

    async def around(asked: Asked, ask: Ask) -> Told:
        told = await ask(asked)
        if told.good and asked.path in gone:
            return replace(told, status=500)
        if told.good:
            gone.add(asked.path)
        return told

    return around
