"""Unseen drifts of headers and media types."""

# ruff: noqa: ARG005  a drift's functions take what they are given

from __future__ import annotations

import gzip

from tests.mutants.choose import (
    every,
    in_body,
    json_reply,
    one,
    one_entity,
    reads,
    replied,
    rows,
    searches,
    secured,
    where,
)
from tests.mutants.hook import Around, Ask, Asked, Server, Told
from tests.mutants.status import failed
from tests.mutants.wire import downloads
from tests.unseen.changes import SHOWN
from tests.unseen.registry import drift
from tests.unseen.talks import reading, say


def _gzipped(asked: Asked, told: Told) -> Told:
    if not told.good or not told.body or "gzip" not in (asked.header("accept-encoding") or ""):
        return told
    packed = told.with_body(gzip.compress(told.body, mtime=0))
    return packed.with_headers(content_encoding="gzip", vary="Accept-Encoding")


async def _no_ranges(asked: Asked, ask: Ask) -> Told:
    told = await ask(asked.with_headers(range=None))
    return told.with_headers(accept_ranges=None) if told.good else told


# -- media type --
drift(
    "mt-vendor-json",
    "media type",
    "visible",
    "One entity answers `application/vnd.api.v2+json`.",
    on=one_entity(SHOWN),
    make=replied(
        lambda a, t: (
            t.with_headers(content_type="application/vnd.api.v2+json") if t.good and t.header("content-type") else t
        )
    ),
)
drift(
    "mt-problem-errors",
    "media type",
    "cosmetic",
    "Errors are labelled `application/problem+json`; their bodies are the same.",
    on=every,
    make=replied(lambda a, t: t.with_headers(content_type="application/problem+json") if t.status >= 400 else t),
)
drift(
    "mt-broken-json-text",
    "media type",
    "visible",
    "Broken JSON is refused by the body parser with a line of text/plain, no JSON.",
    on=where(every, in_body),
    hard=True,
    expects=("error shape",),
    make=replied(
        lambda a, t: (
            failed(400, b"Bad Request: malformed JSON", "text/plain")
            if t.status == 400 and a.body and a.json is None and a.body != b"null"
            else t
        )
    ),
)
drift(
    "mt-download-octets",
    "media type",
    "visible",
    "Every downloaded file is application/octet-stream, whatever it is.",
    on=downloads,
    expects=("header value",),
    make=replied(lambda a, t: t.with_headers(content_type="application/octet-stream") if t.good else t),
)
drift(
    "mt-charset",
    "media type",
    "cosmetic",
    "JSON says `charset=utf-8` everywhere.",
    on=every,
    expects=("header value",),
    make=replied(
        lambda a, t: (
            t.with_headers(content_type="application/json; charset=utf-8")
            if t.header("content-type") == "application/json"
            else t
        )
    ),
)

# -- header missing --
drift(
    "hm-challenge",
    "header missing",
    "visible",
    "401 comes without WWW-Authenticate.",
    on=secured,
    make=replied(lambda a, t: t.with_headers(www_authenticate=None) if t.status == 401 else t),
)
drift(
    "hm-allow-405",
    "header missing",
    "cosmetic",
    "405 no longer says in Allow what would be allowed, on all lists and searches.",
    on=rows,
    hard=True,
    strays=True,
    make=replied(lambda a, t: t.with_headers(allow=None) if t.status == 405 else t),
)
drift(
    "hm-disposition",
    "header missing",
    "visible",
    "Downloads come without Content-Disposition: no file name.",
    on=downloads,
    make=replied(lambda a, t: t.with_headers(content_disposition=None) if t.good else t),
    shows=reading(),
)
drift(
    "hm-ranges",
    "header missing",
    "visible",
    "Downloads no longer offer ranges: no Accept-Ranges, and a Range is answered 200 with the whole file.",
    on=downloads,
    expects=("status", "header value"),
    make=lambda s: _no_ranges,
    shows=reading(),
)


# -- header extra --
@drift(
    "hx-rate-limit",
    "header extra",
    "cosmetic",
    "Every answer carries RateLimit-Limit, RateLimit-Remaining and RateLimit-Reset.",
    on=every,
)
def _limits(server: Server) -> Around:
    left = 5000

    async def around(asked: Asked, ask: Ask) -> Told:
        nonlocal left
        left -= 1
        told = await ask(asked)
        return told.with_headers(ratelimit_limit="5000", ratelimit_remaining=str(left), ratelimit_reset="3600")

    return around


drift(
    "hx-no-store",
    "header extra",
    "cosmetic",
    "The caching proxy adds Cache-Control and Vary to one entity's answers.",
    on=one_entity(SHOWN),
    make=replied(
        lambda a, t: (
            t.with_headers(cache_control="private, max-age=60", vary="Authorization, Accept-Encoding") if t.good else t
        )
    ),
)
drift(
    "hx-sunset",
    "header extra",
    "visible",
    "One search is deprecated: Deprecation, Sunset and Link on its answers.",
    on=one(searches),
    make=replied(
        lambda a, t: t.with_headers(
            deprecation="@1767225600", sunset="Thu, 01 Jan 2026 00:00:00 GMT", link='</v2>; rel="successor-version"'
        )
    ),
)
drift(
    "hx-options-cors",
    "header extra",
    "cosmetic",
    "OPTIONS answers with CORS headers.",
    on=SHOWN,
    hard=True,
    strays=True,
    make=replied(
        lambda a, t: (
            t.with_headers(
                access_control_allow_origin="*", access_control_allow_methods="GET, POST", access_control_max_age="600"
            )
            if a.method == "OPTIONS"
            else t
        )
    ),
)
drift(
    "hx-read-etag",
    "header extra",
    "cosmetic",
    "The reads of one entity have an ETag and Last-Modified.",
    on=one_entity(reads),
    make=replied(
        lambda a, t: (
            t.with_headers(etag=f'W/"{len(t.body):x}"', last_modified="Mon, 02 Jun 2025 10:00:00 GMT")
            if t.status == 200
            else t
        )
    ),
)
drift(
    "hx-gzip",
    "header extra",
    "cosmetic",
    "Lists and searches are compressed for whoever says Accept-Encoding: gzip: Content-Encoding and Vary.",
    on=where(rows, json_reply),
    expects=("header value",),
    make=replied(_gzipped),
    shows=say({}, headers={"accept-encoding": "gzip, deflate"}),
)

# -- header value --
drift(
    "hv-basic-challenge",
    "header value",
    "visible",
    '401 challenges with `Basic realm="Restricted"` instead of Bearer.',
    on=secured,
    expects=("auth",),
    make=replied(lambda a, t: t.with_headers(www_authenticate='Basic realm="Restricted"') if t.status == 401 else t),
)
drift(
    "hv-inline",
    "header value",
    "visible",
    "Downloads say `inline` instead of `attachment`.",
    on=downloads,
    make=replied(
        lambda a, t: (
            t.with_headers(content_disposition=(t.header("content-disposition") or "").replace("attachment", "inline"))
            if t.good and t.header("content-disposition")
            else t
        )
    ),
    shows=reading(),
)
drift(
    "hv-allow-more",
    "header value",
    "cosmetic",
    "Allow also names PATCH on the paths of all reads.",
    on=reads,
    hard=True,
    strays=True,
    make=replied(lambda a, t: t.with_headers(allow=f"{t.header('allow')}, PATCH") if t.header("allow") else t),
)
drift(
    "hv-weak-etag",
    "header value",
    "cosmetic",
    "The ETags of downloads became weak ones.",
    on=downloads,
    hard=True,
    expects=("format",),
    make=replied(lambda a, t: t.with_headers(etag=f"W/{t.header('etag')}") if t.header("etag") else t),
    shows=reading(),
)
drift(
    "hv-head-length-0",
    "header value",
    "cosmetic",
    "HEAD of a read says Content-Length: 0.",
    on=reads,
    hard=True,
    expects=("length",),
    make=replied(lambda a, t: t.with_headers(content_length="0") if a.method == "HEAD" and t.good else t),
)
