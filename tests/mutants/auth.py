"""Mutants of who may do what: credentials that nobody looks at, rights that nobody asks for, other people's rows."""

# ruff: noqa: ARG005  a fault's functions take what they are given, and may stand below it

from __future__ import annotations

import base64
import json

from mockserver.bundle.operations import Role
from tests.mutants.choose import (
    asked_otherwise,
    one,
    one_entity,
    reads,
    replied,
    role,
    rows,
    secured,
    where,
    writes,
)
from tests.mutants.hook import Around, Ask, Asked, Server, Told
from tests.mutants.registry import mutant
from tests.mutants.walks import path_of

EXPIRED, TENANT = ("auth-expired", "ignored_auth"), ("auth-tenant",)


def claims(token: str) -> dict[str, object] | None:
    """What a token says, without asking whether it is true; None where it says nothing."""
    try:
        found = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    except (IndexError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def as_admin(server: Server, asked: Asked) -> Asked:
    """The request as the one who has every right."""
    changed: Asked = asked.with_headers(authorization=f"Bearer {server.tokens['default']}")
    return changed


mutant(
    "auth-none-needed",
    "auth",
    "No operation asks for credentials: a request without any is answered like the admin's.",
    on=secured,
    expects=("auth-none", "ignored_auth"),
    make=asked_otherwise(lambda s, a: a if a.header("authorization") else as_admin(s, a)),
)
mutant(
    "auth-any-token",
    "auth",
    "Any bearer token will do, were it `garbage`; only its absence is refused.",
    on=secured,
    expects=("auth-malformed", "ignored_auth"),
    make=asked_otherwise(lambda s, a: as_admin(s, a) if a.bearer and claims(a.bearer) is None else a),
)
mutant(
    "auth-one-forgot",
    "auth",
    "One reading operation was deployed without its guard: strangers are answered.",
    on=one(where(reads, lambda s, o: o in secured(s))),
    expects=("auth-none", "ignored_auth"),
    hard=True,
    make=asked_otherwise(lambda s, a: a if a.header("authorization") else as_admin(s, a)),
)
mutant(
    "auth-search-forgot",
    "auth",
    "One list answers strangers when the request says nothing about who asks.",
    on=one(rows),
    expects=("auth-none", "ignored_auth"),
    hard=True,
    make=asked_otherwise(lambda s, a: a if a.header("authorization") else as_admin(s, a)),
)


@mutant(
    "auth-expired-taken",
    "auth",
    "Tokens are good for ever: `exp` is not looked at.",
    on=secured,
    expects=EXPIRED,
    hard=True,
)
def _expired(server: Server) -> Around:
    async def around(asked: Asked, ask: Ask) -> Told:
        told = await ask(asked)
        old = (claims(asked.bearer) or {}).get("exp")
        if told.status == 401 and isinstance(old, int) and old <= server.world.clock.epoch():
            return await ask(as_admin(server, asked))
        return told

    return around


@mutant(
    "auth-signature-unread",
    "auth",
    "The signature of a token is not verified: whoever writes the claims is believed.",
    on=secured,
    expects=("auth-malformed",),
    hard=True,
    shows=lambda talk, server, on: [
        talk.send(o.method, path_of(server, o), actor=f"{server.tokens['default'][:-6]}AAAAAA") for o in on[4:8]
    ],
)
def _signature(server: Server) -> Around:
    async def around(asked: Asked, ask: Ask) -> Told:
        told = await ask(asked)
        said = claims(asked.bearer) or {}
        end = said.get("exp")
        if told.status == 401 and "tenant" in said and isinstance(end, int) and end > server.world.clock.epoch():
            return await ask(as_admin(server, asked))
        return told

    return around


@mutant(
    "auth-reader-writes",
    "auth",
    "Who may only read may write too: the role is not asked for.",
    on=writes,
    expects=("auth-role",),
)
def _roles(server: Server) -> Around:
    async def around(asked: Asked, ask: Ask) -> Told:
        told = await ask(asked)
        return await ask(as_admin(server, asked)) if told.status == 403 else told

    return around


@mutant(
    "auth-reader-deletes",
    "auth",
    "One changing operation forgot to ask for the role.",
    on=one(role(Role.DELETE, Role.UPDATE, plain=False)),
    expects=("auth-role",),
    hard=True,
)
def _one_role(server: Server) -> Around:
    return _roles(server)


def _other_tenants(server: Server, *, lists: bool = False) -> Around:
    """Whoever is of another tenant is answered as the owner of the row."""

    async def around(asked: Asked, ask: Ask) -> Told:
        told = await ask(asked)
        said = claims(asked.bearer)
        foreign = told.status in (404, 200 if lists else 404) and said is not None
        if not foreign or said is None or said.get("exp", 0) <= server.world.clock.epoch():  # type: ignore[operator]  a number
            return told
        owner = server.tokens["other-tenant" if said.get("tenant") == server.world.tenants()[0] else "default"]
        other = await ask(asked.with_headers(authorization=f"Bearer {owner}"))
        return other if other.good else told

    return around


mutant(
    "bola-read",
    "other tenant",
    "The rows of another firm are read by their id.",
    on=reads,
    expects=TENANT,
    make=_other_tenants,
)
mutant(
    "bola-read-one",
    "other tenant",
    "One read looks a row up by its id alone, whosever it is.",
    on=one(reads),
    expects=TENANT,
    hard=True,
    make=_other_tenants,
)
mutant(
    "bola-write",
    "other tenant",
    "The rows of another firm are changed and deleted by their id.",
    on=role(Role.UPDATE, Role.REPLACE, Role.DELETE),
    expects=TENANT,
    hard=True,
    make=_other_tenants,
)


@mutant(
    "bola-list",
    "other tenant",
    "The lists of one entity show the main firm's rows to every other firm.",
    on=one_entity(rows),
    expects=TENANT,
)
def _lists(server: Server) -> Around:
    async def around(asked: Asked, ask: Ask) -> Told:
        said = claims(asked.bearer) or {}
        foreign = said.get("tenant") in server.world.tenants()[1:]
        return await ask(as_admin(server, asked) if foreign else asked)

    return around


@mutant(
    "auth-revoked-key",
    "auth",
    "A revoked API key's tokens go on working until they expire.",
    on=secured,
    expects=("auth-expired",),
    hard=True,
    shows=lambda talk, server, on: _revoke(talk, server),
)
def _revoked(server: Server) -> Around:
    async def around(asked: Asked, ask: Ask) -> Told:
        told = await ask(asked)
        return await ask(as_admin(server, asked)) if told.status == 401 and "revoked" in str(told.json) else told

    return around


def _revoke(talk: object, server: Server) -> None:
    from mockserver.entities.kinds import API_KEY

    readers = [r for r in server.store.all(API_KEY) if "SUPER_ADMIN" not in r["roles"]]
    gone = [o for o in server.operations if o.role is Role.DELETE and o.path.endswith("/{id}")]
    read = reads(server)[0]
    send = talk.send  # type: ignore[attr-defined]  a Talk
    for operation in gone:
        send(operation.method, path_of(server, operation, readers[0]["id"]))
    send("GET", path_of(server, read), actor="reader")


mutant(
    "auth-401-mute",
    "headers",
    "A 401 does not say how to identify: WWW-Authenticate is missing.",
    on=secured,
    expects=("response_headers_conformance", "reply-headers"),
    make=replied(lambda a, t: t.with_headers(www_authenticate=None) if t.status == 401 else t),
)
mutant(
    "auth-403-for-401",
    "status",
    "A request without credentials is answered 403 instead of 401.",
    on=rows,
    expects=("status_code_conformance", "auth-none"),
    make=replied(
        lambda a, t: (
            Told(t.with_headers(www_authenticate=None).headers, t.body, 403) if t.status == 401 and not a.bearer else t
        )
    ),
)
mutant(
    "auth-scheme-case",
    "auth",
    "The scheme is only understood as `Bearer`; `bearer`, which is the same, is refused.",
    on=secured,
    expects=("auth-scheme",),
    hard=True,
    make=asked_otherwise(
        lambda s, a: (
            a.with_headers(authorization=None) if (a.header("authorization") or "").startswith("bearer ") else a
        )
    ),
    shows=lambda talk, server, on: [
        talk.send(o.method, path_of(server, o), headers={"authorization": f"bearer {server.tokens['default']}"})
        for o in on[4:8]
    ],
)
