"""API keys: listed, read, created and revoked; the key itself is shown once, when it is made."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from mockserver.calls import Answer, Call, Handler, Site, World
from mockserver.entities.declared import Replies, pick
from mockserver.entities.kinds import API_KEY, named_by
from mockserver.entities.recognise import duty
from mockserver.entities.rights import ADMIN, ROLES, need
from mockserver.problems import Refusal, Violation, did_you_mean
from mockserver.store.model import Row

if TYPE_CHECKING:
    from mockserver.bundle.operations import Operation

_HIDDEN = ("jwtApiKey", "tenant")
_INHERITED = ("email", "staffId")  # a key speaks for the person who made it


def maker(operation: Operation, site: Site) -> Handler | None:
    """The handler of an operation on API keys."""
    found = duty(operation, site.bundle)
    if found is None or found.kind != API_KEY:
        return None
    acts = {"list": _list, "read": _read, "create": _create, "end": _revoke}
    act = acts.get(found.act)
    if act is None:
        return None
    replies = Replies(operation, site.bundle)

    async def handler(call: Call, world: World) -> Answer:
        need(call, "API_ADMIN")
        return act(call, world, replies)

    return handler


def secret(seed: int, tenant: str, number: Any) -> str:
    """The API key of a row made at run time: the same for the same seed, tenant and id."""
    return "ak_" + hashlib.sha256(f"api key:{seed}:{tenant}:{number}".encode()).hexdigest()[:32]


def _list(call: Call, world: World, replies: Replies) -> Answer:
    rows = [_shown(row) for row in world.store(call.actor.tenant).all(API_KEY)]
    return replies.many(rows, len(rows), f"{len(rows)} API keys", world.clock)


def _read(call: Call, world: World, replies: Replies) -> Answer:
    return replies.one(_shown(named_by(call, world, API_KEY)), "API key", world.clock)


def _create(call: Call, world: World, replies: Replies) -> Answer:
    tenant, store = call.actor.tenant, world.store(call.actor.tenant)
    roles = _roles(call)
    claims = call.actor.claims
    inherited = {name: claims[name] for name in _INHERITED if claims.get(name) is not None}
    row = store.put(
        API_KEY,
        {
            "name": pick(call.body, "name") or "",
            "tenant": tenant,
            "roles": roles,
            "active": True,
            "expiresAt": pick(call.body, "expiresAt", "expires"),
            "createdAt": world.clock.text(),
            "lastUsedAt": None,
            "userId": call.actor.user or None,
            **inherited,
        },
    )
    row = store.put(API_KEY, {**row, "jwtApiKey": secret(world.seed, tenant, row["id"])})
    shown = {**_shown(row), "jwtApiKey": row["jwtApiKey"], "key": row["jwtApiKey"]}
    return replies.one(shown, "API key created; it is shown only this once", world.clock)


def _revoke(call: Call, world: World, replies: Replies) -> Answer:
    row = named_by(call, world, API_KEY)
    if row.get("active", True):
        changed = {**row, "active": False, "revokedAt": world.clock.text()}
        row = world.store(call.actor.tenant).put(API_KEY, changed)
    return replies.one(_shown(row), "API key revoked, and the tokens made from it", world.clock)


def _shown(row: Row) -> dict[str, Any]:
    shown = {name: value for name, value in row.items() if name not in _HIDDEN}
    return {"revokedAt": None, "expiresAt": None, "lastUsedAt": None, **shown}


def _roles(call: Call) -> list[str]:
    """The roles wished for, without the tenant's prefix; the caller's own right to give them is checked."""
    prefix = f"{call.actor.tenant}_"
    wished = pick(call.body, "roles", "role")
    wished = [wished] if isinstance(wished, str) else wished if wished is not None else ["API_USER"]
    wished = [str(role).removeprefix(prefix) for role in wished]
    for index, role in enumerate(wished):
        at = f"/roles/{index}"
        if role not in ROLES:
            raise _refusal(400, f"There is no role {role!r}.{did_you_mean(role, ROLES)}", at)
        if role not in call.actor.roles and ADMIN not in call.actor.roles:
            raise _refusal(403, f"A key without the role {role} cannot give it to another.", at)
    return list(dict.fromkeys(wished))


def _refusal(status: int, detail: str, pointer: str) -> Refusal:
    reason = "FORBIDDEN" if status == 403 else "INVALID_REQUEST"
    return Refusal(status, detail, code="MS128", reason=reason, violations=[Violation(pointer, detail)])
