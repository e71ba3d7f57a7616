"""What unseen drifts are made of: changes of values, rows, lists and errors, and what is chosen to be changed."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import orjson

from mockserver.bundle.operations import Operation, Role
from mockserver.store.values import Kind, kind_of
from tests.drifts.registry import Make
from tests.mutants.choose import (
    Test,
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
