"""Unseen drifts of creations, changes and deletions, which only show where something is written."""

# ruff: noqa: ARG005  a drift's functions take what they are given

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import orjson

from mockserver.bundle.operations import Role
from tests.mutants.choose import (
    LISTS,
    all_creates,
    anything,
    at,
    body_changed,
    body_otherwise,
    columns,
    put,
    replied,
    rows_of,
    where,
)
from tests.mutants.hook import Around, Ask, Asked, Server, Told
from tests.mutants.status import failed, other_status
from tests.unseen.changes import TIME, all_deletes, all_updates, everywhere, in_rows, inputs_named, key_in, refused
from tests.unseen.registry import writing

META = {"success": True, "message": "exists", "timestamp": "2026-01-12T07:30:00.000Z", "version": "v1"}


def _only_id(asked: Asked, body: Any) -> Any:
    place = asked.operation.shape.item
    row = at(body, place)
    return put(body, place, {"id": row.get("id")}) if isinstance(row, dict) else None


# -- status --
writing(
    "st-created-200",
    "status",
    "visible",
    "Creations are answered 200 instead of 201.",
    on=all_creates,
    make=other_status(201, 200),
)
writing(
    "st-delete-204",
    "status",
    "breaking",
    "Deletions of a single row are answered 204 without a body instead of 200 with the row.",
    on=where(all_deletes, lambda s, o: bool(o.key)),
    expects=("media type", "property missing", "header missing"),
    make=replied(lambda a, t: Told((), b"", 204) if t.status == 200 else t),
)
writing(
    "st-update-202",
    "status",
    "visible",
    "Changes go through a queue: 202 instead of 200.",
    on=all_updates,
    make=other_status(200, 202),
)

# -- header extra --
writing(
    "hx-created-location",
    "header extra",
    "cosmetic",
    "A creation tells the new row's place in Location.",
    on=all_creates,
    make=replied(
        lambda a, t: (
            t.with_headers(location=f"{a.path}/{next(iter(rows_of(a.operation, t.json)), {}).get('id')}")
            if t.status == 201
            else t
        )
    ),
)

# -- property missing --
writing(
    "pm-echo-id-only",
    "property missing",
    "breaking",
    "Creations echo nothing but the new row's id.",
    on=all_creates,
    make=body_changed(_only_id),
)

# -- type --
writing(
    "ty-created-id-text",
    "type",
    "breaking",
    "Creations tell the new id as text.",
    on=all_creates,
    make=in_rows(lambda s, o, row: row.update(id=str(row["id"])) if isinstance(row.get("id"), int) else None),
)

# -- precision --
writing(
    "pr-written-micros",
    "precision",
    "cosmetic",
    "Times of rows that were just written have microseconds instead of milliseconds.",
    on=anything(all_creates, all_updates),
    hard=True,
    expects=("format",),
    make=everywhere(
        lambda k, v: re.sub(r"\.(\d{3})Z$", r".\g<1>000Z", v) if isinstance(v, str) and TIME.match(v) else v
    ),
)

# -- length --
writing(
    "ln-written-trim",
    "length",
    "visible",
    "Texts are trimmed when a row is created.",
    on=all_creates,
    expects=("referential", "acceptance"),
    make=body_otherwise(lambda s, a, b: {n: v.strip() if isinstance(v, str) else v for n, v in b.items()}),
)

# -- default --
writing(
    "df-created-inactive",
    "default",
    "breaking",
    "A new row for which nothing is said about `active` is inactive.",
    on=where(all_creates, lambda s, o: "active" in inputs_named(s, o)),
    make=body_otherwise(lambda s, a, b: {**b, "active": False} if "active" not in b else None),
)
writing(
    "df-put-clears",
    "default",
    "breaking",
    "PUT replaces: a description that is not said is gone, where it stayed before.",
    on=where(all_updates, lambda s, o: "description" in inputs_named(s, o)),
    expects=("referential", "null against absent"),
    make=body_otherwise(lambda s, a, b: {"description": None, **b} if "description" not in b else None),
)

# -- acceptance --
writing(
    "ac-optional-required",
    "acceptance",
    "breaking",
    "Creations that may carry `expiresAt` (API keys) or `description` (types, subscriptions) are refused without it.",
    on=all_creates,
    expects=("status class", "status"),
    make=refused(
        lambda s, a: (
            isinstance(a.json, dict)
            and any(n in inputs_named(s, a.operation) and n not in a.json for n in ("expiresAt", "description"))
        )
    ),
)
writing(
    "ac-duplicate-taken",
    "acceptance",
    "breaking",
    "Creating what exists already answers as if it were created, instead of refusing it.",
    on=all_creates,
    hard=True,
    expects=("status class", "status"),
    make=replied(
        lambda a, t: (
            failed(201, orjson.dumps({"data": {"id": 1, **(a.json or {})}, "error": None, "meta": META}))
            if t.status == 400 and b"is taken" in t.body
            else t
        )
    ),
)


# -- referential --
@writing(
    "rf-update-time-stays",
    "referential",
    "visible",
    "A change does not move updatedAt.",
    on=where(all_updates, lambda s, o: "updatedAt" in columns(s, o)),
    hard=True,
    expects=("precision",),
)
def _time_stays(server: Server) -> Around:
    async def around(asked: Asked, ask: Ask) -> Told:
        entity = str(asked.operation.entity)
        before = server.store.get(entity, key_in(asked))
        told = await ask(asked)
        after = server.store.get(entity, key_in(asked))
        if told.good and before and after and "updatedAt" in before:
            server.store.put(entity, {**after, "updatedAt": before["updatedAt"]})
            body = told.json
            for row in rows_of(asked.operation, body):
                row["updatedAt"] = before["updatedAt"]
            return told.with_json(body)
        return told

    return around


@writing(
    "rf-list-behind",
    "referential",
    "breaking",
    "The first list after a write does not know of it yet: it reads from a replica.",
    on=lambda s: [
        o
        for o in s.operations
        if o.entity in [c.entity for c in all_creates(s)]
        and (o.role in (Role.CREATE, Role.UPDATE, Role.REPLACE, Role.DELETE) or (o.role in LISTS and "{" not in o.path))
    ],
    expects=("count", "property missing"),
)
def _late(server: Server) -> Around:
    """Lists show the state before the last write: the replica is behind by one request of a list."""
    last: dict[str, Any] = {}

    async def around(asked: Asked, ask: Ask) -> Told:
        o = asked.operation
        if o.role in (Role.CREATE, Role.UPDATE, Role.REPLACE, Role.DELETE, Role.UPSERT):
            kept = server.snapshot()
            told = await ask(asked)
            if told.good:
                last["kept"] = kept
            return told
        if "kept" not in last:
            return await ask(asked)
        now = server.snapshot()
        server.restore(last.pop("kept"))
        told = await ask(asked)
        server.restore(now)
        return told

    return around


@writing(
    "rf-read-cached",
    "referential",
    "breaking",
    "Reads of what can be changed come from a cache that no change empties.",
    on=lambda s: [
        o for o in s.operations if o.role is Role.READ and o.key and o.entity in [u.entity for u in all_updates(s)]
    ],
    expects=("precision",),
)
def _cached(server: Server) -> Around:
    kept: dict[tuple[str, str], Told] = {}

    async def around(asked: Asked, ask: Ask) -> Told:
        place = (asked.path, asked.bearer)
        if asked.method != "GET":
            return await ask(asked)
        if place in kept:
            return kept[place]
        told = await ask(asked)
        if told.good:
            kept[place] = told
        return told

    return around


@writing(
    "rf-create-once",
    "referential",
    "visible",
    "The very same creation again makes nothing: it answers 200 and the first row.",
    on=all_creates,
    hard=True,
    expects=("status", "status class", "count"),
)
def _once(server: Server) -> Around:
    made: dict[tuple[str, bytes], Told] = {}

    async def around(asked: Asked, ask: Ask) -> Told:
        place = (asked.path, asked.body)
        if place in made:
            return replace(made[place], status=200)
        told = await ask(asked)
        if told.status == 201:
            made[place] = told
        return told

    return around


# -- status class --
@writing(
    "sc-deleted-is-gone",
    "status class",
    "breaking",
    "What was deleted or deactivated is gone: its read and a second deletion are 404 instead of 200.",
    on=lambda s: [
        o
        for o in s.operations
        if o.key
        and "{" in o.path
        and o.entity in [d.entity for d in all_deletes(s) if d.key]
        and o.role in (Role.READ, Role.DELETE)
    ],
    expects=("status", "error shape", "referential"),
)
def _erased(server: Server) -> Around:
    gone: set[str] = set()

    async def around(asked: Asked, ask: Ask) -> Told:
        o = asked.operation
        if o.role is Role.DELETE:
            if asked.path in gone:
                return failed(404, b'{"code":"NOT_FOUND","message":"It is gone."}')
            told = await ask(asked)
            if told.good:
                gone.add(asked.path)
            return told
        told = await ask(asked)
        return (
            failed(404, b'{"code":"NOT_FOUND","message":"It is gone."}') if told.good and asked.path in gone else told
        )

    return around


# -- format --
writing(
    "fm-name-folded",
    "format",
    "breaking",
    "Names of created rows are stored in lower case.",
    on=all_creates,
    hard=True,
    expects=("referential", "enum value"),
    make=body_otherwise(lambda s, a, b: {**b, "name": b["name"].lower()} if isinstance(b.get("name"), str) else None),
)
