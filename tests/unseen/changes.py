"""What unseen drifts are made of: changes of values, rows, lists and errors, and what is chosen to be changed."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import orjson

from mockserver.bundle.operations import Operation, Role
from mockserver.bundle.shapes import row_spot
from mockserver.store.values import Kind, kind_of
from tests.drifts.registry import Make
from tests.mutants.choose import (
    Test,
    all_creates,
    anything,
    at,
    body_changed,
    body_otherwise,
    column_changed,
    columns,
    put,
    reads,
    replied,
    role,
    rows,
    rows_of,
    sized,
    whole,
)
from tests.mutants.hook import Around, Ask, Asked, Server, Told
from tests.mutants.status import failed

SHOWN = anything(reads, rows)  # whatever shows rows
TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$")
all_updates = role(Role.UPDATE, Role.REPLACE, plain=False)
all_deletes = role(Role.DELETE, plain=False)
upserts = role(Role.UPSERT, plain=False)
_NUMBER = re.compile(rb'"@@NUM:([^@"]+)@@"')
_INVALID = orjson.dumps({"code": "VALIDATION_FAILED", "message": "The request is not valid."})


# -- what is chosen --


def enveloped(server: Server) -> list[Operation]:
    """The operations whose rows lie under `data`."""
    return [o for o in server.operations if "data" in (o.shape.item or ()) or "data" in (o.shape.rows or ())]


def inputs_named(server: Server, operation: Operation) -> set[str]:
    """The names of the request body's properties."""
    media = operation.request.body if operation.request else None
    if media is None or not media.is_json:
        return set()
    return set(server.bundle.reader.members(server.bundle.reader.at(media.pointer)))


def text_names(server: Server) -> set[str]:
    """The columns that are free text wherever they occur."""
    kinds: dict[str, set[Kind]] = {}
    for entity in server.model.entities.values():
        for name, field in entity.fields.items():
            kinds.setdefault(name, set()).add(kind_of(field.type, field.format))
    return {name for name, found in kinds.items() if found == {Kind.TEXT}}


def stored(server: Server, operation: Operation, name: str, test: Callable[[Any], bool]) -> bool:
    """Whether some stored rows of the entity, and not all, pass a test on a column."""
    held = [row for row in server.store.all(str(operation.entity)) if name in row]
    return 0 < sum(test(row[name]) for row in held) < len(held)


def more_than(size: int) -> Callable[[Server, Operation], bool]:
    """Whether a list has more rows than so many."""
    return lambda server, o: server.store.count(str(o.entity)) > size and o.shape.rows is not None


def joined(server: Server, operation: Operation) -> bool:
    """Whether rows show the name of a row that they point at."""
    names = columns(server, operation)
    return any(n.endswith("Name") and f"{n[:-4]}Id" in names for n in names)


def key_in(asked: Asked) -> int:
    """The whole number at the end of a path; 0 where there is none."""
    last = asked.path.rstrip("/").rpartition("/")[2]
    return int(last) if last.isdigit() else 0


# -- values and rows --


def deep(value: Any, change: Callable[[str, Any], Any], key: str = "") -> Any:
    """A body in which each plain value was given to `change`, with the name of its property."""
    if isinstance(value, dict):
        return {name: deep(part, change, name) for name, part in value.items()}
    if isinstance(value, list):
        return [deep(part, change, key) for part in value]
    return change(key, value)


def everywhere(change: Callable[[str, Any], Any]) -> Make:
    """A drift of every plain value of a success."""
    return body_changed(lambda _asked, body: deep(body, change))


def in_rows(change: Callable[[Server, Operation, dict[str, Any]], object]) -> Make:
    """A drift of each row, which is changed in place."""

    def make(server: Server) -> Around:
        def changed(asked: Asked, body: Any) -> Any:
            found = rows_of(asked.operation, body)
            for row in found:
                change(server, asked.operation, row)
            return body if found else None

        return body_changed(changed)(server)

    return make


def all_columns(test: Test, change: Callable[[Any], Any]) -> Make:
    """A drift of all columns that pass a test, in every row."""
    return column_changed(test, change, all_of_them=True)


def written(spell: Callable[[str, Any], str | None]) -> Make:
    """A drift of how numbers are written: `spell` gives the text of one, or None."""

    def change(key: str, value: Any) -> Any:
        text = spell(key, value) if isinstance(value, int | float) and not isinstance(value, bool) else None
        return value if text is None else f"@@NUM:{text}@@"

    def changed(_asked: Asked, told: Told) -> Told:
        body = told.json
        if not told.good or body is None:
            return told
        respelled: Told = told.with_body(_NUMBER.sub(rb"\1", orjson.dumps(deep(body, change))))
        return respelled

    return replied(changed)


# -- lists --


def relist(change: Callable[[list[Any]], list[Any]], *, count: bool = True) -> Make:
    """A drift of all rows of a list, which is then cut into pages, and counted."""

    async def around(asked: Asked, ask: Ask) -> Told:
        told = await ask(asked)
        shape = asked.operation.shape
        if not told.good or shape.rows is None:
            return told
        everything = await whole(asked, ask)
        found = at(everything.json, shape.rows)
        if not everything.good or not isinstance(found, list):
            return told
        size, skip = sized(asked)
        made = change(found)
        body = put(told.json, shape.rows, made[skip : skip + size])
        if count and shape.count:
            body = put(body, shape.count, len(made))
        return told.with_json(body)

    return lambda _server: around


def directions(change: Callable[[str], str]) -> Make:
    """A drift of the directions in `orderBy`."""

    def changed(step: Any) -> Any:
        if not isinstance(step, dict):
            return step
        return {name: change(way) if isinstance(way, str) else way for name, way in step.items()}

    def ordered(_server: Server, _asked: Asked, body: dict[str, Any]) -> Any:
        steps = body.get("orderBy")
        return {**body, "orderBy": [changed(step) for step in steps]} if isinstance(steps, list) else None

    return body_otherwise(ordered)


# -- refusals, redirects, time --


def errors(change: Callable[[Asked, dict[str, Any]], Any], *statuses: int) -> Make:
    """A drift of the decoded body of an error, of some statuses or any; None leaves it."""

    def changed(asked: Asked, told: Told) -> Told:
        body = told.json
        if told.status < 400 or not isinstance(body, dict) or (statuses and told.status not in statuses):
            return told
        made = change(asked, body)
        return told if made is None else told.with_json(made)

    return replied(changed)


def error_object(body: Mapping[str, Any]) -> Any:
    """The object that has the code and message of an error, within an envelope or without."""
    inner = body.get("error")
    return inner if isinstance(inner, dict) else body


def amended(body: dict[str, Any], **values: Any) -> dict[str, Any]:
    """An error's body in which its object has other values."""
    error_object(body).update(values)
    return body


def refused(test: Callable[[Server, Asked], bool]) -> Make:
    """A drift that refuses what passes a test, where it was answered before; credentials go first."""

    def make(server: Server) -> Around:
        async def around(asked: Asked, ask: Ask) -> Told:
            told = await ask(asked)
            return failed(400, _INVALID) if told.good and test(server, asked) else told

        return around

    return make


def moved(
    status: int, to: Callable[[Asked], str], when: Callable[[Asked, Told], bool] = lambda _asked, told: told.good
) -> Make:
    """A drift that redirects to another place."""
    return replied(
        lambda asked, told: (
            replace(told, headers=(("location", to(asked)), ("content-length", "0")), body=b"", status=status)
            if when(asked, told)
            else told
        )
    )


def slow(seconds: Callable[[Asked, Told], float]) -> Make:
    """A drift that takes more time."""

    async def around(asked: Asked, ask: Ask) -> Told:
        told = await ask(asked)
        await asyncio.sleep(seconds(asked, told))
        return told

    return lambda _server: around


# -- of the later ones --


def operation_of(asked: Asked) -> Operation:
    """The operation that is asked; a drift is only around those that it touches."""
    assert asked.operation is not None
    return asked.operation


def nested_rows(server: Server, operation: Operation) -> list[str]:
    """The properties of a row that are the related rows themselves."""
    reader, success = server.bundle.reader, operation.success
    spot = row_spot(reader, operation, success.json) if success is not None and success.json is not None else None
    known = server.model[str(operation.entity)].relations
    return [n for n in (reader.members(spot) if spot is not None else ()) if n in known and not known[n].many]


def bare(asked: Asked) -> str:
    """What stands in Authorization, if it is one word."""
    said = asked.header("authorization") or ""
    return "" if " " in said else said


def nesting(node: Any) -> int:
    """How deep `_and`, `_or` and `_not` stand in one another."""
    if isinstance(node, list):
        return max((nesting(part) for part in node), default=0)
    if not isinstance(node, dict):
        return 0
    return max((nesting(part) + (name in ("_and", "_or", "_not")) for name, part in node.items()), default=0)


def all_of(server: Server, entity: str, node: Any) -> Any:
    """A condition in which all of many related rows must pass what is asked of one of them."""
    if isinstance(node, list):
        return [all_of(server, entity, part) for part in node]
    if not isinstance(node, dict):
        return node
    made = {n: all_of(server, entity, v) if n in ("_and", "_or", "_not") else v for n, v in node.items()}
    known = server.model[entity].relations
    many = [n for n, v in node.items() if n in known and known[n].many and isinstance(v, dict)]
    return {"_and": [made, *({"_not": {n: {"_not": node[n]}}} for n in many)]} if many else made


def many_related(server: Server, operation: Operation) -> list[tuple[str, str]]:
    """The relations to many rows of which some row may have several, with their targets."""
    found = server.model[str(operation.entity)].relations.items()
    return [(n, r.target) for n, r in found if r.many and server.store.count(r.target) > 5]


def loose_reference(server: Server, operation: Operation) -> str:
    """A reference that is NULL in some rows of the entity, and not in all."""
    names = (n for n in server.model[str(operation.entity)].fields if n.endswith("Id"))
    return next((n for n in names if stored(server, operation, n, lambda v: v is None)), "")


def shifted_names(asked: Asked, body: Any) -> Any:
    """A page on which each row shows the joined names of the row before it."""
    found = rows_of(asked.operation, body)
    for name in [n for n in (found[0] if found else ()) if n.endswith("Name") and f"{n[:-4]}Id" in found[0]]:
        for row, other in zip(found, [found[-1].get(name), *(r.get(name) for r in found[:-1])], strict=True):
            row[name] = other
    return body if found else None


def by_id_only(_server: Server, _operation: Operation, row: dict[str, Any]) -> None:
    """Put the reference of each related row inside a row in its place."""
    for name in [n for n, v in row.items() if isinstance(v, dict) and "id" in v]:
        row[f"{name}Id"] = row.pop(name)["id"]


def numbered_status(server: Server, operation: Operation, row: dict[str, Any]) -> None:
    """Tell the status of a row as a number."""
    words = sorted({str(r["status"]) for r in server.store.all(str(operation.entity)) if r.get("status")})
    if row.get("status") in words:
        row["status"] = words.index(row["status"]) + 1


def located(_asked: Asked, body: dict[str, Any]) -> dict[str, Any] | None:
    """The details of an error, with `loc` and `msg`."""
    told = error_object(body)
    if not isinstance(told.get("details"), list):
        return None
    told["details"] = [
        {"loc": ["body", *d["pointer"].strip("/").split("/")], "msg": d["message"], "type": "value_error"}
        for d in told["details"]
    ]
    return body


def star_name(_asked: Asked, told: Told) -> Told:
    """A download that tells its name by `filename*` alone."""
    found = re.search(r'filename="([^"]*)"', told.header("content-disposition") or "")
    if not found:
        return told
    starred: Told = told.with_headers(content_disposition=f"attachment; filename*=UTF-8''{quote(found[1])}")
    return starred


def failed_last(asked: Asked, body: Any) -> Any:
    """The answer to a batch in which the records that failed come last."""
    found = sorted(rows_of(asked.operation, body), key=lambda row: row.get("status") == "FAILED")
    return put(body, operation_of(asked).shape.rows or (), found)


def whole_seconds(_asked: Asked, body: Any) -> Any:
    """An envelope whose time has no fraction."""
    stamp = at(body, ("meta", "timestamp"))
    return put(body, ("meta", "timestamp"), re.sub(r"\.\d+Z$", "Z", stamp)) if isinstance(stamp, str) else None


def needed(server: Server, operation: Operation) -> set[str]:
    """What the creation of the entity requires, of what a change may say too."""
    reader = server.bundle.reader
    media = next((o.request.body for o in all_creates(server) if o.entity == operation.entity and o.request), None)
    schema = reader.follow(reader.at(media.pointer)).node if media is not None else {}
    return set(schema.get("required", ())) & inputs_named(server, operation)


def withheld(status: int, body: bytes, test: Callable[[Server, Asked], bool]) -> Make:
    """A drift that refuses a write that was taken before, and leaves all rows as they were."""

    def make(server: Server) -> Around:
        async def around(asked: Asked, ask: Ask) -> Told:
            kept = server.snapshot()
            told = await ask(asked)
            if not told.good or not test(server, asked):
                return told
            server.restore(kept)
            return failed(status, body)

        return around

    return make


def inner_joined(server: Server) -> Around:
    """A drift of a list that leaves out the rows whose reference is NULL."""

    async def around(asked: Asked, ask: Ask) -> Told:
        entity, name = str(operation_of(asked).entity), loose_reference(server, operation_of(asked))
        loose = {row["id"] for row in server.store.all(entity) if row.get(name) is None}
        return await relist(lambda found: [r for r in found if r.get("id") not in loose])(server)(asked, ask)

    return around
