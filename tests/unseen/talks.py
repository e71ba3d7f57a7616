"""Conversations in which unseen drifts show: reads, lists, and everything that can be written, once through."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from mockserver.bundle.operations import Operation, Role
from tests.mutants.choose import LISTS, all_creates, rows_of
from tests.mutants.hook import Server, Talk
from tests.mutants.search import search
from tests.mutants.walks import ask_list, body_of, path_of
from tests.unseen.changes import inputs_named, many_related

Shows = Callable[[Talk, Server, Sequence[Operation]], None]
_FIELD = {"name": "plate", "type": "String", "required": False, "nullable": True, "rank": 1}
_SYSTEM = "ELSEWHERE"


def say(*bodies: Any, **more: Any) -> Shows:
    """Send these bodies to each operation."""

    def shows(talk: Talk, server: Server, on: Sequence[Operation]) -> None:
        for o in on[:6]:
            for body in bodies:
                talk.send(o.method, path_of(server, o), body, **more)

    return shows


def reading(**more: Any) -> Shows:
    """Read a dozen rows by each operation."""

    def shows(talk: Talk, server: Server, on: Sequence[Operation]) -> None:
        for o in on[:8]:
            for nth in range(12):
                talk.send("GET", path_of(server, o, nth=nth), **more)

    return shows


def full_lists(talk: Talk, server: Server, on: Sequence[Operation]) -> None:
    """Ask each list for all its rows, and read twenty rows by each other operation."""
    for o in on[:60]:
        if o.role in LISTS:
            ask_list(talk, o, path_of(server, o), {o.paging.size: 200} if o.paging and o.paging.size else {})
        else:
            for nth in range(20):
                talk.send(o.method, path_of(server, o, nth=nth))


def written_walk(talk: Talk, server: Server, _on: Sequence[Operation] = ()) -> None:
    """Write everything that can be written, once through: creations, changes, deletions, batches, and their traces."""
    for create in _first_creations(server):
        _life(talk, server, create)
    for post in server.operations:
        if post.role is Role.UPSERT and post.method == "POST":
            _batches(talk, server, post)


def _first_creations(server: Server) -> list[Operation]:
    found: dict[str | None, Operation] = {}
    for operation in server.operations:
        if operation.role is Role.CREATE:
            found.setdefault(operation.entity, operation)
    return list(found.values())


def _life(talk: Talk, server: Server, create: Operation) -> None:
    """Rows of one entity: made, made again and with little, changed, removed twice."""
    family = [o for o in server.operations if o.entity == create.entity]
    body = _good_body(server, create)
    told = talk.send("POST", create.path, body)
    key = _key_of(family, next(iter(rows_of(create, told.json)), {}))
    _trace(talk, server, family, key)
    for other in (body, _least(server, create), {**body, "name": "  Padded  "}, {**body, "name": "MixedCase"}):
        talk.send("POST", create.path, other)
    _trace(talk, server, family, key)
    for o in family:
        if o.role in (Role.UPDATE, Role.REPLACE):
            talk.send(o.method, path_of(server, o, key), {"description": "Changed"})
            talk.send(o.method, path_of(server, o, key), {})
            _trace(talk, server, family, key)
    for o in family:
        if o.role is Role.DELETE and o.key:
            talk.send(o.method, path_of(server, o, key))
            _trace(talk, server, family, key)
            talk.send(o.method, path_of(server, o, key))


def _key_of(family: Sequence[Operation], row: dict[str, Any]) -> Any:
    keyed = next((o for o in family if o.key), None)
    if keyed is None or next(p for p in keyed.parameters if p.name == keyed.key).schema.get("type") == "integer":
        return row.get("id")
    return row.get(str(keyed.key))


def _trace(talk: Talk, server: Server, family: Sequence[Operation], key: Any) -> None:
    for o in family:
        if o.role is Role.READ and key is not None:
            talk.send("GET", path_of(server, o, key))
        elif o.role in LISTS and "{" not in o.path:
            talk.send(o.method, o.path, {} if o.request else None)


def _good_body(server: Server, create: Operation) -> Any:
    body = body_of(server, create)
    if isinstance(body, dict):
        for field in body.get("fields") or ():
            if isinstance(field, dict):
                field.update(type="String", name="plate")
                field.pop("referencedEntityType", None)
        if "fields" in inputs_named(server, create):
            body.setdefault("fields", [dict(_FIELD)])
            body.pop("active", None)
    return body


def _least(server: Server, create: Operation) -> dict[str, Any]:
    """Only what is required."""
    reader = server.bundle.reader
    schema = reader.follow(reader.at(create.request.body.pointer)).node
    return {name: value for name, value in _good_body(server, create).items() if name in schema.get("required", ())}


def _batches(talk: Talk, server: Server, post: Operation) -> None:
    """Batches of records by one path: made, changed, half bad, many, unknown, removed twice."""
    methods = {o.method for o in server.operations if o.path == post.path}
    lists = [o for o in server.operations if o.entity == "client" and o.role in LISTS]
    good = _record("1", name="Batch One")
    bad = {**_record("9"), "type": "no-such-type"}
    many = [{"type": "client", "attributes": {"name": f"n{i}"}} for i in range(60)]
    for records in ([good], [_record("1", phone="+1-201-555-0100")], [_record("2", name="Batch One"), bad], many):
        talk.send("POST", post.path, {"records": records})
    _all_rows(talk, lists)
    if "PUT" in methods:
        records = [_record("1", name="Batch Renamed"), _record("404", name="Batch One")]
        talk.send("PUT", post.path, {"records": records})
    if "DELETE" in methods:
        for _ in range(2):
            talk.send("DELETE", post.path, {"records": [{"type": "client", "systemRef": good["systemRef"]}]})
    _all_rows(talk, lists)


def _record(key: str, **attributes: str) -> dict[str, Any]:
    return {"type": "client", "systemRef": {"system": _SYSTEM, "id": key}, "attributes": attributes}


def _all_rows(talk: Talk, lists: Sequence[Operation]) -> None:
    for o in lists:
        talk.send(o.method, o.path, {o.paging.size: 200})


def through_many(talk: Talk, server: Server, on: Sequence[Operation]) -> None:
    """Search for rows by one of their many related rows."""
    for o in on:
        for name, target in many_related(server, o)[:3]:
            for row in server.store.all(target)[:12]:
                search(talk, server, o, where={name: {"id": {"_eq": row["id"]}}})


def changing(*bodies: dict[str, Any]) -> Shows:
    """Make a row of each entity that can be made, and change it."""

    def shows(talk: Talk, server: Server, on: Sequence[Operation]) -> None:
        for o in [o for o in on if o.method == "PUT"]:
            create = next(c for c in all_creates(server) if c.entity == o.entity)
            talk.send("POST", create.path, body_of(server, create))
            for body in bodies:
                talk.send("PUT", path_of(server, o), body)

    return shows


def mixed_batch(talk: Talk, _server: Server, on: Sequence[Operation]) -> None:
    """Send a batch of which the first record fails."""
    records = [{**_record(kind, name="Batch One"), "type": kind} for kind in ("no-such-type", "client")]
    for o in on:
        talk.send(o.method, o.path, {"records": records})
