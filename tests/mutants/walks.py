"""Requests that are right, and the walk through operations in which most faults show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from mockserver.bundle.operations import Operation, Role
from mockserver.store.sampling import sample
from tests.mutants.choose import LISTS, WRITES, kind_of, rows_of
from tests.mutants.hook import Server, Talk, Told

KNOWN = {
    "url": "https://hooks.example.com/aiwyn",
    "entityType": "client",
    "operations": ["CREATE"],
    "name": "Harvest",
    "description": "Written by a test",
}


def path_of(server: Server, operation: Operation, key: Any = None, nth: int = 0) -> str:
    """The path of an operation with a row's key in it: the nth of its entity, or the given one."""
    path = operation.path
    for parameter in operation.parameters:
        if parameter.location == "path":
            value = key if parameter.name == operation.key and key is not None else None
            if value is None and operation.entity in server.model and parameter.name == operation.key:
                value = _named(server, operation, nth)
            if value is None and parameter.schema.get("type") == "integer" and operation.entity in server.model:
                value = _named(server, operation, nth)
            if value is None:
                value = next((n for n in server.model.entities if server.store.count(n) > 3), "x")
            path = path.replace("{" + parameter.name + "}", quote(str(value), safe=""))
    return path


def _named(server: Server, operation: Operation, nth: int) -> Any:
    held = server.store.all(str(operation.entity))
    if not held:
        return None
    row = held[nth % len(held)]
    return row.get(operation.key or "id", row.get(server.model[str(operation.entity)].key))


def body_of(server: Server, operation: Operation, more: str = "") -> Any:
    """A valid JSON body."""
    media = operation.request.body if operation.request is not None else None
    if media is None or media.schema is None:
        return None
    if operation.role in LISTS:
        return {}
    made = sample(media.schema, server.bundle, f"{operation.id} {more}")
    if isinstance(made, dict):
        names = server.bundle.reader.members(server.bundle.reader.at(media.pointer))
        made = {name: value for name, value in made.items() if name in names and value not in (None, [])}
        made |= {name: value for name, value in KNOWN.items() if name in names and "readOnly" not in names[name].node}
    return made


def unknown_key(operation: Operation) -> Any:
    """A key that no row has."""
    key = next((p for p in operation.parameters if p.name == operation.key), None)
    kinds = key.schema.get("type") if key is not None and isinstance(key.schema, Mapping) else None
    return 987654321 if kinds == "integer" else "nobody-has-this"


# -- walks: conversations in which a fault shows --


def tour(talk: Talk, server: Server, operations: Sequence[Operation]) -> None:
    """A walk through operations as anybody would take it: good and bad requests by several actors."""
    for operation in operations[:4]:
        for _ in _steps(talk, server, operation):
            pass


def _steps(talk: Talk, server: Server, operation: Operation) -> Iterator[Told]:
    method, path, body = operation.method, path_of(server, operation), body_of(server, operation)
    if operation.role in LISTS:
        yield from _pages(talk, operation, path, server.store.count(str(operation.entity)))
    elif operation.role is Role.READ:
        for nth in range(8):
            yield talk.send(method, path_of(server, operation, nth=nth))
    yield talk.send(method, path, body)
    for actor in ("", "garbage", "expired", "reader", "other-tenant"):
        yield talk.send(method, path, body, actor=actor)
    if operation.key:
        yield talk.send(method, path_of(server, operation, unknown_key(operation)), body)
        yield talk.send(method, path_of(server, operation, "1x"), body)
    for other in ("HEAD", "OPTIONS", "PATCH", "TRACE"):
        yield talk.send(other, path)
    if body is not None:
        yield talk.send(method, path, body=b'{"broken": ', headers={"content-type": "application/json"})
        yield talk.send(method, path, body=b"<a/>", headers={"content-type": "application/xml"})
        yield talk.send(method, path, ["no object"])
    if operation.role in WRITES:
        yield from _around(talk, server, operation)


def _pages(talk: Talk, operation: Operation, path: str, size: int) -> Iterator[Told]:
    paging = operation.paging
    given: list[dict[str, Any]] = [{}]
    if paging is not None and paging.size:
        given += [{paging.size: size} for size in (1, 3, 12, paging.max_size or 1000, 0, 100_000)]
        if paging.page:
            last = (size - 1) // 4
            numbers = (3, 4, 4 * last) if kind_of(operation) == "offset" else (1, 2, last)
            given += [{paging.size: 4, paging.page: page} for page in (*numbers, 50)]
    for values in given:
        yield ask_list(talk, operation, path, values)


def ask_list(talk: Talk, operation: Operation, path: str, values: Mapping[str, Any]) -> Told:
    """Ask a list, with its inputs where it wants them."""
    if operation.request is not None:
        return talk.send(operation.method, path, dict(values))
    query = "&".join(f"{name}={value}" for name, value in values.items())
    return talk.send(operation.method, f"{path}?{query}" if query else path)


def _around(talk: Talk, server: Server, operation: Operation) -> Iterator[Told]:
    """What was written, as the other operations of the entity show it; then the same once more."""
    family = [o for o in server.operations if o.entity == operation.entity]
    for _ in range(2):
        body = body_of(server, operation, "again")
        told = talk.send(operation.method, path_of(server, operation), body)
        yield told
        made = next(iter(rows_of(operation, told.json)), {}).get("id")
        if operation.role in (Role.UPDATE, Role.REPLACE):
            yield talk.send(operation.method, path_of(server, operation), dict(list((body or {}).items())[:1]))
        for other in family:
            if other.role is Role.READ:
                yield talk.send("GET", path_of(server, other, made if operation.role is Role.CREATE else None))
            elif other.role in LISTS:
                yield talk.send(other.method, path_of(server, other), {} if other.request else None)
