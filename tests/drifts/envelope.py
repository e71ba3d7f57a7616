"""Drifts around the body: statuses, headers, media types, errors, redirects, methods, rights, time."""

# ruff: noqa: ARG005, PLW0108  a fault's functions take what they are given, and may stand below it

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from mockserver.bundle.operations import Role
from tests.drifts.registry import drift
from tests.mutants.auth import as_admin, claims
from tests.mutants.choose import (
    all_creates,
    anything,
    asked_otherwise,
    in_body,
    json_reply,
    one,
    one_entity,
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
from tests.mutants.status import failed, other_status
from tests.mutants.walks import path_of
from tests.mutants.wire import downloads

ALL = anything(reads, rows)


def errors(change: Callable[[Told, dict[str, Any]], Told]) -> Callable[[Server], Around]:
    """A drift of refusals that are told in a JSON object."""
    return replied(lambda a, t: change(t, t.json) if t.status >= 400 and isinstance(t.json, dict) else t)


# -- status --
drift(
    "status-class-unknown-id",
    "status class",
    "breaking",
    "An unknown id is 200 with null instead of 404.",
    on=one(reads),
    make=replied(lambda a, t: failed(200, b"null") if t.status == 404 else t),
)
drift(
    "status-class-invalid",
    "status class",
    "breaking",
    "A search that cannot be understood is a 500 instead of a 400.",
    on=one_entity(searches),
    make=other_status(400, 500),
)
drift(
    "status-class-empty",
    "status class",
    "breaking",
    "A search that finds nothing is a 404 instead of an empty list.",
    on=one(searches),
    hard=True,
    make=replied(
        lambda a, t: (
            failed(404, b'{"code":"NOT_FOUND","message":"no rows"}')
            if t.good and not rows_of(a.operation, t.json)
            else t
        )
    ),
    shows=lambda talk, server, on: [
        talk.send(o.method, path_of(server, o), {"where": {"id": {"_eq": 987654321}}}) for o in on
    ],
)
drift(
    "status-gone",
    "status",
    "visible",
    "An unknown id is 410 instead of 404.",
    on=one_entity(reads),
    make=other_status(404, 410),
)
drift(
    "status-unprocessable",
    "status",
    "visible",
    "Invalid input is 422 instead of 400.",
    on=one_entity(where(rows, in_body)),
    make=other_status(400, 422),
)
drift(
    "status-created-ok",
    "status",
    "visible",
    "A creation is 200 instead of 201.",
    on=one(all_creates),
    make=other_status(201, 200),
)

# -- media type --
drift(
    "media-problem",
    "media type",
    "breaking",
    "Errors are application/problem+json instead of application/json.",
    on=one_entity(ALL),
    expects=("header value",),
    make=errors(lambda t, b: t.with_headers(content_type="application/problem+json")),
)
drift(
    "media-vendor",
    "media type",
    "breaking",
    "Successes are a vendor's own JSON type.",
    on=one(where(reads, json_reply)),
    expects=("header value",),
    make=replied(lambda a, t: t.with_headers(content_type="application/vnd.aiwyn.v2+json") if t.good else t),
)
drift(
    "charset-said",
    "media type",
    "cosmetic",
    "JSON says `; charset=utf-8` behind its type.",
    on=one_entity(ALL),
    hard=True,
    expects=("header value",),
    make=replied(lambda a, t: t.with_headers(content_type="application/json; charset=utf-8") if t.good else t),
)

# -- headers --
drift(
    "header-missing-file",
    "header missing",
    "breaking",
    "A download does not say its file's name.",
    on=downloads,
    make=replied(lambda a, t: t.with_headers(content_disposition=None)),
)
drift(
    "header-missing-challenge",
    "header missing",
    "visible",
    "A 401 lacks WWW-Authenticate.",
    on=one_entity(secured),
    make=replied(lambda a, t: t.with_headers(www_authenticate=None) if t.status == 401 else t),
)
drift(
    "header-extra-rate",
    "header extra",
    "visible",
    "Replies carry rate-limit headers.",
    on=one_entity(ALL),
    make=replied(lambda a, t: t.with_headers(x_ratelimit_limit="100", x_ratelimit_remaining="99")),
)
drift(
    "header-extra-sunset",
    "header extra",
    "visible",
    "One operation announces its end by Deprecation and Sunset.",
    on=one(ALL),
    hard=True,
    make=replied(lambda a, t: t.with_headers(deprecation="true", sunset="Wed, 31 Dec 2025 23:59:59 GMT")),
)
drift(
    "header-value-inline",
    "header value",
    "visible",
    "A download is `inline` instead of `attachment`.",
    on=downloads,
    make=replied(
        lambda a, t: (
            t.with_headers(content_disposition=(t.header("content-disposition") or "").replace("attachment", "inline"))
            if t.good
            else t
        )
    ),
)
drift(
    "header-value-ranges",
    "header value",
    "visible",
    "Downloads say `Accept-Ranges: none`.",
    on=downloads,
    hard=True,
    make=replied(lambda a, t: t.with_headers(accept_ranges="none") if t.header("accept-ranges") else t),
)
drift(
    "header-value-weak-etag",
    "header value",
    "cosmetic",
    "The ETag of a download is weak.",
    on=downloads,
    hard=True,
    make=replied(lambda a, t: t.with_headers(etag=f"W/{t.header('etag')}") if t.header("etag") else t),
)
drift(
    "header-value-challenge",
    "header value",
    "visible",
    "The challenge of a 401 is for Basic instead of Bearer.",
    on=one_entity(secured),
    expects=("auth",),
    make=replied(lambda a, t: t.with_headers(www_authenticate='Basic realm="api"') if t.status == 401 else t),
)
drift(
    "file-bytes",
    "length",
    "breaking",
    "The bytes of a download end with one more newline.",
    on=downloads,
    hard=True,
    expects=("header value", "format"),
    make=replied(lambda a, t: t.with_body(t.body + b"\n") if t.good and a.method == "GET" else t),
)

# -- error shape --
drift(
    "error-nested",
    "error shape",
    "breaking",
    "Errors stand inside `error` instead of at the top.",
    on=one_entity(ALL),
    expects=("property missing",),
    make=errors(lambda t, b: t.with_json({"error": b})),
)
drift(
    "error-words",
    "error shape",
    "breaking",
    "Errors have other code words.",
    on=one_entity(ALL),
    expects=("enum value",),
    make=errors(lambda t, b: t.with_json({**b, "code": f"ERR_{t.status}"} if "code" in b else b)),
)
drift(
    "error-text",
    "error shape",
    "breaking",
    "Errors are plain text.",
    on=one_entity(ALL),
    expects=("media type",),
    make=errors(lambda t, b: t.with_body(str(b.get("message", b)).encode()).with_headers(content_type="text/plain")),
)
drift(
    "error-no-details",
    "error shape",
    "visible",
    "Errors do not list what was wrong where.",
    on=one_entity(where(rows, in_body)),
    hard=True,
    expects=("property missing",),
    make=errors(lambda t, b: t.with_json({n: v for n, v in b.items() if n != "details"})),
)
drift(
    "error-extra",
    "error shape",
    "visible",
    "Errors also carry a number of the incident.",
    on=one(reads),
    hard=True,
    expects=("property extra",),
    make=errors(lambda t, b: t.with_json({**b, "incident": 0})),
)

# -- methods --
drift(
    "head-refused",
    "status class",
    "visible",
    "HEAD is 405 on a read.",
    on=one(reads),
    expects=("acceptance",),
    hard=True,
    make=replied(
        lambda a, t: Told((("allow", "GET, OPTIONS"), ("content-length", "0")), b"", 405) if a.method == "HEAD" else t
    ),
)
drift(
    "allow-shorter",
    "header value",
    "visible",
    "A 405 names fewer methods.",
    on=one_entity(reads),
    strays=True,
    hard=True,
    make=replied(lambda a, t: t.with_headers(allow="GET") if t.status == 405 else t),
)
drift(
    "options-with-body",
    "status",
    "cosmetic",
    "OPTIONS is 200 with a body instead of 204.",
    on=one_entity(rows),
    strays=True,
    hard=True,
    make=replied(
        lambda a, t: (
            replace(t.with_headers(content_length="2", content_type="application/json"), status=200, body=b"{}")
            if a.method == "OPTIONS"
            else t
        )
    ),
)

# -- redirect --


def _redirected(status: int) -> Callable[[Server], Around]:
    def make(_server: Server) -> Around:
        async def around(asked: Asked, ask: Ask) -> Told:
            if "canonical=1" in asked.query or asked.method not in ("GET", "HEAD"):
                return await ask(asked)
            return Told((("location", f"{asked.path}?canonical=1"), ("content-length", "0")), b"", status)

        return around

    return make


drift(
    "redirect-moved",
    "redirect",
    "breaking",
    "A read is answered 301 to another address of the same row.",
    on=one(reads),
    expects=("status class",),
    make=_redirected(301),
)
drift(
    "redirect-file",
    "redirect",
    "visible",
    "A download is answered 302 to where the file lies.",
    on=downloads,
    expects=("status class",),
    make=_redirected(302),
)

# -- auth --
drift(
    "auth-anonymous",
    "auth",
    "breaking",
    "One operation answers strangers.",
    on=one(reads),
    expects=("status class", "acceptance"),
    make=asked_otherwise(lambda s, a: a if a.header("authorization") else as_admin(s, a)),
)
drift(
    "auth-forbidden",
    "auth",
    "visible",
    "Strangers get 403 instead of 401.",
    on=one_entity(rows),
    expects=("status",),
    make=other_status(401, 403),
)
drift(
    "auth-reader-refused",
    "auth",
    "breaking",
    "Who may only read is refused by a list.",
    on=one(rows),
    hard=True,
    expects=("status class", "acceptance"),
    make=lambda s: _admins_only(s),
)
drift(
    "auth-reader-writes",
    "auth",
    "breaking",
    "Who may only read may write.",
    on=one_entity(role(Role.CREATE, Role.UPDATE)),
    hard=True,
    expects=("status class", "acceptance"),
    make=lambda s: _anybody(s),
)


def _admins_only(server: Server) -> Around:
    async def around(asked: Asked, ask: Ask) -> Told:
        said = str(claims(asked.bearer) or "")
        told = await ask(asked)
        refused = told.good and "_R" in said and "_W" not in said and "ADMIN" not in said
        return failed(403, b'{"code":"FORBIDDEN","message":"not allowed"}') if refused else told

    return around


def _anybody(server: Server) -> Around:
    async def around(asked: Asked, ask: Ask) -> Told:
        told = await ask(asked)
        return await ask(as_admin(server, asked)) if told.status == 403 else told

    return around


# -- time --


def _slower(seconds: Callable[[Asked, Told], float]) -> Callable[[Server], Around]:
    def make(_server: Server) -> Around:
        async def around(asked: Asked, ask: Ask) -> Told:
            told = await ask(asked)
            await asyncio.sleep(seconds(asked, told))
            return told

        return around

    return make


drift(
    "latency-triple",
    "latency",
    "visible",
    "One operation takes at least three times as long.",
    on=one(reads),
    make=_slower(lambda a, t: max(2.2 * t.took, 0.03)),
    shows=lambda talk, server, on: [talk.send("GET", path_of(server, o)) for o in on for _ in range(3)],
)
drift(
    "latency-by-rows",
    "latency",
    "visible",
    "A list takes 4 ms a row more.",
    on=one(where(rows, in_body)),
    hard=True,
    make=_slower(lambda a, t: 0.004 * len(rows_of(a.operation, t.json))),
    shows=lambda talk, server, on: [
        talk.send(o.method, path_of(server, o), {o.paging.size: 50}) for o in on for _ in range(2)
    ],
)
drift(
    "latency-tail",
    "latency",
    "visible",
    "Every fifth request of one operation takes 80 ms more.",
    on=one(rows),
    hard=True,
    make=lambda s: _fifth(),
)


def _fifth() -> Around:
    asked_so_far = 0

    async def around(asked: Asked, ask: Ask) -> Told:
        nonlocal asked_so_far
        asked_so_far += 1
        if asked_so_far % 5 == 0:
            await asyncio.sleep(0.08)
        return await ask(asked)

    return around
