"""Unseen drifts of statuses and of the time that an answer takes."""

# ruff: noqa: ARG005  a drift's functions take what they are given

from __future__ import annotations

from dataclasses import replace

import orjson

from tests.mutants.choose import (
    LISTS,
    asked_otherwise,
    every,
    in_body,
    lists,
    one,
    one_entity,
    paged,
    reads,
    replied,
    rows,
    rows_of,
    searches,
    secured,
    where,
)
from tests.mutants.hook import Around, Ask, Asked, Server, Told
from tests.mutants.search import search
from tests.mutants.status import failed, other_status
from tests.mutants.walks import path_of
from tests.unseen.changes import SHOWN, key_in, slow
from tests.unseen.registry import drift
from tests.unseen.talks import reading, say


# -- status class --
@drift(
    "sc-unknown-column-500",
    "status class",
    "breaking",
    "On one entity's searches a `where` on a column that does not exist breaks the new ORM: 500 instead of 400.",
    on=one_entity(searches),
    expects=("status", "error shape"),
    shows=lambda t, s, on: [search(t, s, o, where={"noSuchColumn": {"_eq": 1}}) for o in on],
)
def _bad_where_500(server: Server) -> Around:
    async def around(asked: Asked, ask: Ask) -> Told:
        told = await ask(asked)
        if told.status == 400 and b"has no field" in told.body:
            return failed(500, b'{"code":"INTERNAL_ERROR","message":"Something went wrong"}')
        return told

    return around


drift(
    "sc-graphql-200-errors",
    "status class",
    "breaking",
    "The GraphQL gateway answers every invalid list or search with 200 and `errors`.",
    on=where(rows, in_body),
    expects=("status", "error shape"),
    make=replied(
        lambda a, t: (
            failed(200, orjson.dumps({"data": None, "errors": [{"message": str((t.json or {}).get("message"))}]}))
            if t.status == 400
            else t
        )
    ),
    shows=say({"pageSize": 0}),
)
drift(
    "sc-int4-overflow-500",
    "status class",
    "breaking",
    "Ids went into 32-bit columns: an unknown id beyond 2147483647 is a 500 where smaller unknown ids stay 404.",
    on=where(reads, lambda s, o: bool(o.key)),
    hard=True,
    expects=("status", "error shape"),
    make=replied(
        lambda a, t: (
            failed(500, b'{"code":"INTERNAL_ERROR","message":"integer out of range"}')
            if t.status == 404 and key_in(a) > 2**31 - 1
            else t
        )
    ),
    shows=lambda t, s, on: [
        t.send("GET", path_of(s, o, k)) for o in on[:3] for k in (987654321, 3000000000, 99999999999)
    ],
)
drift(
    "sc-nothing-found-404",
    "status class",
    "breaking",
    "One entity's searches answer 404 when nothing matches, instead of an empty list.",
    on=one_entity(searches),
    expects=("status", "count"),
    make=replied(
        lambda a, t: (
            failed(404, b'{"code":"NOT_FOUND","message":"No rows match."}')
            if t.good and not rows_of(a.operation, t.json)
            else t
        )
    ),
    shows=lambda t, s, on: [search(t, s, o, where={"id": {"_in": []}}) for o in on],
)
drift(
    "sc-id-text-404",
    "status class",
    "visible",
    "A path id that is no number is answered 404 by the new router's pattern instead of 400.",
    on=where(reads, lambda s, o: bool(o.key)),
    hard=True,
    expects=("status", "error shape"),
    make=replied(lambda a, t: failed(404, b'{"code":"NOT_FOUND","message":"No route."}') if t.status == 400 else t),
)


@drift(
    "sc-rate-limited",
    "status class",
    "breaking",
    "One entity's lists and searches are limited: each twelfth request is a 429 with Retry-After.",
    on=one_entity(rows),
    expects=("status", "error shape", "header extra"),
    shows=say(*[{}] * 13),
)
def _every_twelfth(server: Server) -> Around:
    seen = 0

    async def around(asked: Asked, ask: Ask) -> Told:
        nonlocal seen
        seen += 1
        if seen % 12 == 0:
            return failed(429, b'{"code":"TOO_MANY_REQUESTS","message":"Slow down."}').with_headers(retry_after="0")
        return await ask(asked)

    return around


# -- status --
drift(
    "st-401-as-403",
    "status",
    "breaking",
    "The new gateway answers requests without credentials 403 instead of 401, everywhere.",
    on=secured,
    expects=("auth",),
    make=replied(lambda a, t: replace(t, status=403) if t.status == 401 and not a.header("authorization") else t),
)
drift(
    "st-validation-422",
    "status",
    "breaking",
    "The new framework's validation answers 422 where 400 was answered, on every operation.",
    on=every,
    make=other_status(400, 422),
    shows=lambda t, s, on: [t.send(o.method, path_of(s, o), {"pageSize": 0}) for o in on if o.role in LISTS][:3],
)
drift(
    "st-media-400",
    "status",
    "visible",
    "A body of another media type is a plain 400 instead of 415.",
    on=where(rows, in_body),
    hard=True,
    expects=("header missing",),
    make=other_status(415, 400),
)
drift(
    "st-method-404",
    "status",
    "visible",
    "On one entity a method that a path does not have is 404 instead of 405.",
    on=one_entity(SHOWN),
    strays=True,
    expects=("error shape", "header missing"),
    make=other_status(405, 404),
)
drift(
    "st-accept-ignored",
    "status",
    "visible",
    "An Accept header that nothing satisfies is ignored: 200 instead of 406, on all reads.",
    on=reads,
    hard=True,
    expects=("acceptance", "status class"),
    make=asked_otherwise(lambda s, a: a.with_headers(accept="*/*") if a.header("accept") else a),
    shows=reading(headers={"accept": "application/xml"}),
)

# -- latency --
drift(
    "lt-entity",
    "latency",
    "visible",
    "Reads of one entity take a quarter of a second longer.",
    on=one_entity(reads),
    make=slow(lambda a, t: 0.25),
    shows=lambda t, s, on: [t.send("GET", path_of(s, o)) for o in on],
)
drift(
    "lt-per-row",
    "latency",
    "visible",
    "One list asks once more for each row: 20 ms a row.",
    on=one(where(lists, lambda s, o: paged(s, o) and in_body(s, o))),
    make=slow(lambda a, t: 0.02 * len(rows_of(a.operation, t.json))),
    shows=lambda t, s, on: [t.send(o.method, path_of(s, o), {o.paging.size: 10}) for o in on],
)
drift(
    "lt-where",
    "latency",
    "visible",
    "One entity's searches with a condition have lost their index: 300 ms longer.",
    on=one_entity(searches),
    make=slow(lambda a, t: 0.3 if b'"where"' in a.body else 0.0),
    shows=lambda t, s, on: [search(t, s, o, where={"id": {"_gt": 0}}) for o in on],
)
