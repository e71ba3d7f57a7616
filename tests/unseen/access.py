"""Unseen drifts of who is let in, and of where answers send a client."""

# ruff: noqa: ARG005  a drift's functions take what they are given

from __future__ import annotations

import re

from tests.mutants.auth import as_admin, claims
from tests.mutants.choose import (
    LISTS,
    asked_otherwise,
    in_body,
    lists,
    one,
    one_entity,
    reads,
    replied,
    rows,
    secured,
    where,
)
from tests.mutants.hook import Around, Ask, Asked, Server, Told
from tests.mutants.status import failed
from tests.mutants.walks import path_of
from tests.mutants.wire import downloads
from tests.unseen.changes import SHOWN, moved
from tests.unseen.registry import drift
from tests.unseen.talks import reading

# -- redirect --
drift(
    "rd-download",
    "redirect",
    "breaking",
    "Downloads are redirected (302) to a signed address of the file store.",
    on=downloads,
    expects=("status class", "status", "media type", "header missing", "header extra"),
    make=moved(302, lambda a: f"https://files.aiwyn.example{a.path}?signature=9f8e7d6c"),
    shows=reading(),
)
drift(
    "rd-entity-v2",
    "redirect",
    "breaking",
    "The reads of one entity have moved for good (308) to /v2.",
    on=one_entity(reads),
    expects=("status class", "status", "media type"),
    make=moved(308, lambda a: re.sub(r"/v1/", "/v2/", a.path)),
)
drift(
    "rd-head-302",
    "redirect",
    "cosmetic",
    "HEAD of a read is redirected (302) to a health page; GET is not.",
    on=reads,
    hard=True,
    expects=("status class", "status"),
    make=moved(302, lambda a: "/health", lambda a, t: a.method == "HEAD" and t.good),
)
drift(
    "rd-login",
    "redirect",
    "breaking",
    "Requests without credentials are redirected (303) to a login page, on all lists.",
    on=lists,
    expects=("status class", "status", "auth", "header missing", "media type", "error shape"),
    make=moved(
        303, lambda a: "https://login.aiwyn.example/", lambda a, t: t.status == 401 and not a.header("authorization")
    ),
)
drift(
    "rd-reads-slash",
    "redirect",
    "breaking",
    "All reads are redirected (301) to the same path with a slash at its end.",
    on=where(reads, lambda s, o: bool(o.key)),
    expects=("status class", "status", "media type"),
    make=moved(301, lambda a: f"{a.path}/"),
)

# -- auth --
drift(
    "au-lower-scheme",
    "auth",
    "breaking",
    "The scheme is matched exactly: `bearer` in lower case is refused with 401.",
    on=secured,
    hard=True,
    expects=("status class", "status", "acceptance"),
    make=asked_otherwise(
        lambda s, a: (
            a.with_headers(authorization=None) if (a.header("authorization") or "").startswith("bearer ") else a
        )
    ),
    shows=lambda t, s, on: [
        t.send(
            o.method,
            path_of(s, o),
            {} if o.request else None,
            headers={"authorization": f"bearer {t.tokens['default']}"},
        )
        for o in on[:12]
        if o.role in LISTS
    ],
)
drift(
    "au-one-open",
    "auth",
    "breaking",
    "One read was deployed without its guard: strangers are answered.",
    on=one(where(reads, lambda s, o: o in secured(s))),
    expects=("status class", "status"),
    make=asked_otherwise(lambda s, a: a if a.header("authorization") else as_admin(s, a)),
)
drift(
    "au-garbage-taken",
    "auth",
    "breaking",
    "The lists and searches of one entity take any bearer token that is no JWT.",
    on=one_entity(where(rows, lambda s, o: o in secured(s))),
    expects=("status class", "status"),
    make=asked_otherwise(lambda s, a: as_admin(s, a) if a.bearer and claims(a.bearer) is None else a),
)


@drift(
    "au-validated-first",
    "auth",
    "visible",
    "The body is judged before the credentials: a stranger's invalid request is 400 instead of 401.",
    on=where(rows, in_body),
    hard=True,
    expects=("status", "error shape", "header missing"),
    shows=lambda t, s, on: [t.send(o.method, path_of(s, o), {"pageSize": 0}, actor="") for o in on[:3]],
)
def _judged_first(server: Server) -> Around:
    async def around(asked: Asked, ask: Ask) -> Told:
        told = await ask(asked)
        if told.status != 401:
            return told
        other = await ask(as_admin(server, asked))
        return other if other.status == 400 else told

    return around


drift(
    "au-hidden-404",
    "auth",
    "visible",
    "One entity hides from strangers: 404 instead of 401.",
    on=one_entity(where(SHOWN, lambda s, o: o in secured(s))),
    expects=("status", "error shape", "header missing"),
    make=replied(lambda a, t: failed(404, b'{"code":"NOT_FOUND","message":"Not found."}') if t.status == 401 else t),
)


@drift(
    "au-expired-grace",
    "auth",
    "breaking",
    "Tokens that have expired are still taken by all reads.",
    on=where(reads, lambda s, o: o in secured(s)),
    hard=True,
    expects=("status class", "status"),
)
def _grace(server: Server) -> Around:
    async def around(asked: Asked, ask: Ask) -> Told:
        told = await ask(asked)
        if told.status == 401 and b"expired" in told.body:
            return await ask(as_admin(server, asked))
        return told

    return around


drift(
    "au-lists-open",
    "auth",
    "breaking",
    "Lists and searches answer strangers: the guard was left out of their router.",
    on=where(rows, lambda s, o: o in secured(s)),
    expects=("status class", "status"),
    make=asked_otherwise(lambda s, a: a if a.header("authorization") else as_admin(s, a)),
)
