"""Mutants of the wire: headers, media types, methods, the bytes of JSON, and time."""

# ruff: noqa: ARG005  a fault's functions take what they are given, and may stand below it

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

from tests.mutants.choose import (
    anything,
    every,
    in_body,
    json_reply,
    one,
    one_entity,
    reads,
    replied,
    rows,
    rows_of,
    where,
)
from tests.mutants.hook import Around, Ask, Asked, Server, Told
from tests.mutants.registry import mutant
from tests.mutants.status import failed
from tests.mutants.walks import path_of

HEADERS = ("response_headers_conformance", "reply-headers")
MEDIA = ("content_type_conformance", "reply-media")
WIRE = ("json-wire",)
METHODS = ("methods", "unsupported_method")
ALL = anything(reads, rows)


def declared_headers(server: Server) -> list[object]:
    """The operations whose success declares headers."""
    return [o for o in server.operations if o.success is not None and o.success.headers]


def _drop_first(asked: Asked, told: Told) -> Told:
    names = asked.operation.success.headers if asked.operation and asked.operation.success else {}
    first = next(iter(names), "").lower()
    return replace(told, headers=tuple(pair for pair in told.headers if pair[0] != first)) if told.good else told


mutant(
    "header-missing",
    "headers",
    "A header that the success declares is not sent.",
    on=declared_headers,
    expects=HEADERS,
    make=replied(_drop_first),
)
mutant(
    "header-undeclared",
    "headers",
    "Replies name the machine and the version that made them.",
    on=one_entity(ALL),
    expects=("undeclared-header",),
    make=replied(lambda a, t: t.with_headers(x_powered_by="Express 4.1", x_internal_host="api-7.prod.local")),
)
mutant(
    "header-cookie",
    "headers",
    "Reads set a session cookie.",
    on=one(reads),
    expects=("undeclared-header", "leaks"),
    hard=True,
    make=replied(lambda a, t: t.with_headers(set_cookie="sid=9f86d081884c7d65; Path=/")),
)
mutant(
    "media-text",
    "media type",
    "JSON is sent as text/plain.",
    on=one_entity(where(ALL, json_reply)),
    expects=MEDIA,
    make=replied(lambda a, t: t.with_headers(content_type="text/plain; charset=utf-8") if t.good else t),
)
mutant(
    "media-none",
    "media type",
    "A reply does not say what it is.",
    on=one(where(reads, json_reply)),
    expects=MEDIA,
    make=replied(lambda a, t: t.with_headers(content_type=None) if t.good else t),
)
mutant(
    "media-html-login",
    "media type",
    "A list answers the HTML of a login page, with status 200.",
    on=one(rows),
    expects=MEDIA,
    make=replied(lambda a, t: failed(200, b"<html><body><form action=/login>", "text/html") if t.good else t),
)


def rewritten(change: Callable[[bytes], bytes], *, honest: bool = True) -> Callable[[Server], Around]:
    """A fault of the bytes of a JSON reply; unless `honest` the length is that of before."""

    def changed(_asked: Asked, told: Told) -> Told:
        if not told.good or told.json is None:
            return told
        body = change(told.body)
        made: Told = told.with_body(body) if honest else replace(told, body=body)
        return made

    return replied(changed)


def twice(body: bytes) -> bytes:
    """An object whose first property stands in it twice, the first time with another value."""
    name = body[1 : body.index(b":")]
    return b"{" + name + b":null," + body[1:] if body[:1] == b"{" and body[1:2] == b'"' else body


def bad_letter(body: bytes) -> bytes:
    """The body with the first text value's letter in Latin-1."""
    place = body.find(b':"')
    return body[: place + 2] + b"\xe9" + body[place + 3 :] if place > 0 else body


mutant(
    "json-duplicate-keys",
    "wire",
    "An object names its first property twice, with different values.",
    on=one(where(ALL, json_reply)),
    expects=WIRE,
    hard=True,
    make=rewritten(twice),
)
mutant(
    "json-latin-1",
    "wire",
    "Texts are sent in Latin-1, which is no UTF-8.",
    on=one(where(ALL, json_reply)),
    expects=WIRE,
    make=rewritten(bad_letter),
)
mutant(
    "json-cut",
    "wire",
    "The body breaks off in the middle.",
    on=one(where(rows, json_reply)),
    expects=WIRE,
    make=rewritten(lambda b: b[: len(b) // 2]),
)
mutant(
    "json-nan",
    "wire",
    "An amount is `NaN`, which is no JSON.",
    on=one(where(reads, json_reply)),
    expects=WIRE,
    make=rewritten(lambda b: b[:-1] + b',"ratio":NaN}'),
)
mutant(
    "json-bom",
    "wire",
    "The body begins with a byte order mark.",
    on=one(where(ALL, json_reply)),
    expects=WIRE,
    hard=True,
    make=rewritten(lambda b: b"\xef\xbb\xbf" + b),
)
mutant(
    "json-twice",
    "wire",
    "The body is sent as a text that holds JSON.",
    on=one(where(reads, json_reply)),
    expects=("response_schema_conformance", *WIRE),
    make=replied(lambda a, t: t.with_json(t.body.decode()) if t.good else t),
)
mutant(
    "length-too-long",
    "wire",
    "Content-Length promises more bytes than come: the connection breaks.",
    on=one(where(reads, json_reply)),
    expects=WIRE,
    make=rewritten(lambda b: b[:-7], honest=False),
)


def only(*methods: str) -> Callable[[Asked], bool]:
    """Whether a request has one of these methods."""
    return lambda asked: asked.method in methods


mutant(
    "head-500",
    "methods",
    "HEAD is a 500 where GET is fine.",
    on=reads,
    expects=METHODS,
    make=replied(lambda a, t: failed(500, b"") if a.method == "HEAD" else t),
)
mutant(
    "head-not-found",
    "methods",
    "HEAD is 404 where GET finds the row.",
    on=one(reads),
    expects=METHODS,
    hard=True,
    make=replied(lambda a, t: failed(404, b"") if a.method == "HEAD" else t),
)


@mutant(
    "head-with-body",
    "methods",
    "HEAD is answered with the body (seen in process: HTTP servers cut it off).",
    on=reads,
    expects=METHODS,
    hard=True,
)
def _head(_server: Server) -> Around:
    async def around(asked: Asked, ask: Ask) -> Told:
        return await ask(replace(asked, method="GET") if asked.method == "HEAD" else asked)

    return around


mutant(
    "405-without-allow",
    "methods",
    "A 405 does not say what would be allowed.",
    on=every,
    strays=True,
    expects=METHODS,
    make=replied(lambda a, t: t.with_headers(allow=None) if t.status == 405 else t),
)
mutant(
    "options-500",
    "methods",
    "OPTIONS is a 500.",
    on=every,
    strays=True,
    expects=METHODS,
    make=replied(lambda a, t: failed(500, b"") if a.method == "OPTIONS" else t),
)
mutant(
    "method-taken",
    "methods",
    "Whatever the method, the path answers as GET does.",
    on=reads,
    strays=True,
    expects=METHODS,
    make=lambda s: _as_get,
)
mutant(
    "method-500",
    "methods",
    "A method that the path does not have is a 500.",
    on=rows,
    strays=True,
    expects=METHODS,
    make=replied(lambda a, t: failed(500, b"{}") if t.status == 405 else t),
)


async def _as_get(asked: Asked, ask: Ask) -> Told:
    told = await ask(asked)
    return await ask(replace(asked, method="GET", body=b"")) if told.status == 405 else told


def downloads(server: Server) -> list[object]:
    """The operations that answer bytes."""
    return [
        o for o in server.operations if o.method == "GET" and o.success and o.success.content and not o.success.json
    ]


mutant(
    "range-ignored",
    "headers",
    "A part of a file is asked for, 206 is said, and all of it is sent.",
    on=downloads,
    expects=("range", *HEADERS),
    hard=True,
    make=lambda s: _whole_file,
    shows=lambda talk, server, on: [
        talk.send("GET", path_of(server, o), headers={"range": "bytes=0-9", "accept": "*/*"}) for o in on
    ],
)


async def _whole_file(asked: Asked, ask: Ask) -> Told:
    told = await ask(asked)
    full = await ask(asked.with_headers(range=None))
    made: Told = told.with_body(full.body) if told.status == 206 else told
    return made


def slow(seconds: Callable[[Asked, Told], float]) -> Callable[[Server], Around]:
    """A fault of time."""

    def make(_server: Server) -> Around:
        async def around(asked: Asked, ask: Ask) -> Told:
            told = await ask(asked)
            await asyncio.sleep(seconds(asked, told))
            return told

        return around

    return make


mutant(
    "slow-operation",
    "slow",
    "One operation takes a second and a half.",
    on=one(reads),
    expects=("max_response_time", "latency"),
    make=slow(lambda a, t: 1.5),
    shows=lambda talk, server, on: [talk.send("GET", path_of(server, o)) for o in on],
)
mutant(
    "slow-by-rows",
    "slow",
    "One list asks the database once for each row: 60 ms a row.",
    on=one(where(rows, in_body)),
    expects=("max_response_time", "latency"),
    hard=True,
    make=slow(lambda a, t: 0.06 * len(rows_of(a.operation, t.json))),
    shows=lambda talk, server, on: [talk.send(o.method, path_of(server, o), {o.paging.size: 10}) for o in on],
)
