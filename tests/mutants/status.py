"""Mutants of statuses and of what is said when something is wrong."""

# ruff: noqa: ARG005, PLW0108  a fault's functions take what they are given, and may stand below it

from __future__ import annotations

import orjson

from mockserver.bundle.operations import Role
from tests.mutants.choose import (
    all_creates,
    every,
    in_body,
    inputs,
    one,
    paged,
    reads,
    replied,
    role,
    rows,
    rows_of,
    searches,
    secured,
    where,
)
from tests.mutants.hook import Around, Ask, Asked, Server, Told
from tests.mutants.registry import mutant
from tests.mutants.walks import path_of

TRACE = """Traceback (most recent call last):
  File "/srv/app/api/handlers.py", line 212, in dispatch
    return self.repository.load(int(raw))
  File "/srv/app/db/pool.py", line 88, in load
    raise DatabaseError("relation \\"client\\" user=api password=hunter2 host=10.3.0.12")
DatabaseError"""
JAVA = (
    'java.lang.NullPointerException: Cannot invoke "String.length()"\\n\\tat com.acme.api.Json.read(Json.java:118)'
    "\\n\\tat com.acme.api.Front.service(Front.java:57)"
)
HTML = b"<!DOCTYPE html><html><head><title>400 Bad Request</title></head><body><center>nginx</center></body></html>"
STATUS = ("status_code_conformance", "status-declared")


def failed(status: int, body: bytes, media: str = "application/json") -> Told:
    """A reply of a server that went wrong."""
    return Told((("content-type", media), ("content-length", str(len(body)))), body, status)


def other_status(test: object, status: int) -> object:
    """Replies of one status get another one."""
    return replied(lambda a, t: Told(t.headers, t.body, status) if t.status == test else t)


mutant(
    "status-410",
    "status",
    "An unknown id is answered 410, which the bundle does not declare.",
    on=reads,
    expects=STATUS,
    make=other_status(404, 410),
)
mutant(
    "status-422",
    "status",
    "What is invalid is answered 422, which the bundle does not declare.",
    on=where(rows, in_body),
    expects=STATUS,
    make=other_status(400, 422),
)
mutant(
    "status-200-for-201",
    "status",
    "A creation is answered 200 where 201 is declared.",
    on=all_creates,
    expects=STATUS,
    make=other_status(201, 200),
)
mutant(
    "status-202",
    "status",
    "One change is answered 202 although it is done.",
    on=one(role(Role.UPDATE, Role.REPLACE)),
    expects=STATUS,
    make=other_status(200, 202),
)
mutant(
    "status-204-search",
    "status",
    "A search that finds nothing is answered 204 without a body.",
    on=one(searches),
    expects=STATUS,
    hard=True,
    make=replied(lambda a, t: Told((), b"", 204) if t.good and not rows_of(a.operation, t.json) else t),
    shows=lambda talk, server, on: _nothing(talk, server, on),
)
mutant(
    "unknown-id-null",
    "unknown id",
    "An unknown id is answered 200 with `null`.",
    on=reads,
    expects=("unknown-id", "response_schema_conformance"),
    make=replied(lambda a, t: failed(200, b"null") if t.status == 404 else t),
)
mutant(
    "unknown-id-empty",
    "unknown id",
    "On one read, an unknown id is answered 200 with an empty object.",
    on=one(reads),
    expects=("unknown-id",),
    hard=True,
    make=replied(lambda a, t: failed(200, b"{}") if t.status == 404 else t),
)
mutant(
    "unknown-id-500",
    "status",
    "An unknown id is a 500.",
    on=reads,
    expects=("not_a_server_error", "unknown-id"),
    make=replied(lambda a, t: failed(500, t.body) if t.status == 404 else t),
)
mutant(
    "graphql-200",
    "status",
    "What is invalid is answered 200 with `errors`, as GraphQL servers do.",
    on=where(rows, in_body),
    expects=("negative_data_rejection", "response_schema_conformance"),
    make=replied(
        lambda a, t: (
            failed(200, b'{"errors":[{"message":"field not found","extensions":{"code":"validation-failed"}}]}')
            if t.status == 400
            else t
        )
    ),
)
mutant(
    "error-html",
    "media type",
    "What is invalid is answered with the HTML page of a proxy.",
    on=every,
    expects=("content_type_conformance", "reply-media"),
    make=replied(lambda a, t: failed(400, HTML, "text/html") if t.status == 400 else t),
)
mutant(
    "error-empty",
    "schema",
    "A 404 says JSON and has no body.",
    on=reads,
    expects=("response_schema_conformance", "reply-schema"),
    hard=True,
    make=replied(lambda a, t: failed(404, b"") if t.status == 404 else t),
)
mutant(
    "error-other-shape",
    "schema",
    "The errors of one entity have another shape than the declared one.",
    on=one(reads),
    expects=("response_schema_conformance", "reply-schema"),
    hard=True,
    make=replied(
        lambda a, t: (
            failed(t.status, b'{"error":{"status":"%d"},"timestamp":1750000000}' % t.status)
            if t.status in (400, 404)
            else t
        )
    ),
)
mutant(
    "trace-in-500",
    "leak",
    "Broken JSON is a 500 with a stack trace and a password in it.",
    on=where(rows, in_body),
    expects=("not_a_server_error", "leaks"),
    make=replied(
        lambda a, t: failed(500, orjson.dumps({"code": "ERR", "message": TRACE})) if a.body and a.json is None else t
    ),
)
mutant(
    "trace-in-400",
    "leak",
    "The message of a 400 holds a stack trace.",
    on=where(rows, in_body),
    expects=("leaks",),
    hard=True,
    make=replied(
        lambda a, t: t.with_json({**t.json, "message": JAVA}) if t.status == 400 and isinstance(t.json, dict) else t
    ),
)
mutant(
    "sql-in-404",
    "leak",
    "The 404 of one read quotes the SQL that found nothing.",
    on=one(reads),
    expects=("leaks",),
    hard=True,
    make=replied(
        lambda a, t: (
            t.with_json({**t.json, "message": "no rows: SELECT * FROM tenant_17.t_rows WHERE id = $1 LIMIT 1"})
            if t.status == 404
            else t
        )
    ),
)


def breaks_if(rare: object) -> object:
    """A 500 whenever a request has something rare about it."""

    def make(_server: Server) -> Around:
        async def around(asked: Asked, ask: Ask) -> Told:
            told = await ask(asked)
            return (
                failed(500, b'{"code":"INTERNAL","message":"Something went wrong"}')
                if told.good and rare(asked)
                else told
            )  # type: ignore[operator]

        return around

    return make


def _depth(value: object) -> int:
    if isinstance(value, dict):
        return 1 + max((_depth(v) for v in value.values()), default=0)
    return max((_depth(v) for v in value), default=0) if isinstance(value, list) else 0


def _nothing(talk: object, server: Server, on: object) -> None:
    for operation in on:  # type: ignore[attr-defined]
        key = server.model[str(operation.entity)].key
        talk.send(operation.method, path_of(server, operation), {"where": {key: {"_eq": 987654321}}})  # type: ignore[attr-defined]


def _says(values: object) -> object:
    return lambda talk, server, on: [talk.send(o.method, path_of(server, o), values) for o in on]


mutant(
    "rare-500-largest-page",
    "rare 500",
    "The largest legal page size is a 500.",
    on=one(where(rows, paged)),
    expects=("not_a_server_error",),
    hard=True,
    make=breaks_if(lambda a: a.operation.paging.max_size in [inputs(a).get(n) for n in a.operation.paging.sizes]),
)
mutant(
    "rare-500-beyond-end",
    "rare 500",
    "A page beyond the last row is a 500.",
    on=one(where(rows, paged)),
    expects=("not_a_server_error",),
    hard=True,
    make=breaks_if(lambda a: int(inputs(a).get(a.operation.paging.page) or 0) > 40),
)
mutant(
    "rare-500-unicode",
    "rare 500",
    "A search with a letter beyond Latin-1 in it is a 500.",
    on=one(searches),
    expects=("not_a_server_error",),
    hard=True,
    make=breaks_if(lambda a: any(ord(c) > 255 for c in a.body.decode("utf-8", "replace")) or b"\\u" in a.body),
    shows=_says({"where": {"_not": {"_or": []}}, "x": "Ž"}),
)
mutant(
    "rare-500-nested",
    "rare 500",
    "A search that nests its conditions four deep is a 500.",
    on=one(searches),
    expects=("not_a_server_error",),
    hard=True,
    make=breaks_if(lambda a: _depth(inputs(a).get("where")) > 4),
    shows=_says({"where": {"_and": [{"_or": [{"_not": {"_and": [{"id": {"_gt": 999999}}]}}]}]}}),
)
mutant(
    "rare-500-pair",
    "rare 500",
    "A search that both filters by null and sorts is a 500.",
    on=one(searches),
    expects=("not_a_server_error",),
    hard=True,
    make=breaks_if(lambda a: b"_is_null" in a.body and bool(inputs(a).get("orderBy"))),
    shows=_says({"where": {"id": {"_is_null": False}}, "orderBy": [{"id": "asc"}]}),
)


@mutant(
    "intermittent-500",
    "rare 500",
    "Every seventh request is a 500: one of seven workers is broken.",
    on=every,
    expects=("not_a_server_error",),
    hard=True,
)
def _seventh(_server: Server) -> Around:
    asked_so_far = 0

    async def around(asked: Asked, ask: Ask) -> Told:
        nonlocal asked_so_far
        asked_so_far += 1
        return (
            failed(500, b'{"code":"INTERNAL","message":"worker died"}') if asked_so_far % 7 == 0 else await ask(asked)
        )

    return around


mutant(
    "error-echoes-token",
    "leak",
    "A 401 repeats the credentials that it refuses.",
    on=secured,
    expects=("leaks",),
    hard=True,
    make=replied(
        lambda a, t: (
            t.with_json({**t.json, "message": f"invalid token {a.bearer}"})
            if t.status == 401 and isinstance(t.json, dict) and a.bearer
            else t
        )
    ),
)
