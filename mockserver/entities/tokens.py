"""Tokens: an API key is exchanged for a signed JWT with the documented claims."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from mockserver.calls import Answer, Call, Handler, Site, World
from mockserver.clock import Clock
from mockserver.entities.declared import Replies, pick
from mockserver.entities.kinds import API_KEY
from mockserver.entities.recognise import KEY_INPUTS, duty
from mockserver.entities.rights import ADMIN, ROLES
from mockserver.problems import Refusal, UsageError
from mockserver.store.model import Row

if TYPE_CHECKING:
    from mockserver.bundle.operations import Operation

LIFETIME = 3600
HASURA = "https://hasura.io/jwt/claims"
_ALLOWED = "x-hasura-allowed-roles"
_DEFAULT = "x-hasura-default-role"
_DEFAULT_ROLES = ("API_ADMIN", "API_USER", ADMIN)  # the documented token has the first of these it may have
_AUDIENCE = "aiwyn-mockserver"
_ISSUER = f"https://securetoken.google.com/{_AUDIENCE}"
_ALGORITHM = "HS256"
_SECRET_VARIABLE = "MOCKSERVER_JWT_SECRET"  # noqa: S105  the variable's name
_DEVELOPMENT_SECRET = "aiwyn-mockserver: development only, worth nothing"  # noqa: S105  public on purpose
_SHORTEST_SECRET = 32  # bytes; RFC 7518 §3.2
_WANTED = ("exp", "iat", "sub", "tenant")


def maker(operation: Operation, site: Site) -> Handler | None:
    """The handler of the token exchange."""
    found = duty(operation, site.bundle)
    if found is None or found.kind != "token":
        return None
    replies = Replies(operation, site.bundle)

    async def exchange(call: Call, world: World) -> Answer:
        tenant, row = _key_given(call, world)
        seen = world.store(tenant).put(API_KEY, {**row, "lastUsedAt": world.clock.text()})
        token, _claims = mint({**seen, "tenant": tenant}, world.clock)
        values = {"access_token": token, "token": token, "token_type": "Bearer", "expires_in": LIFETIME}
        return replies.one({**values, "id_token": token}, "Token issued", world.clock)

    return exchange


def find_key(value: str, world: World) -> tuple[str, Row] | None:
    """The tenant and row of an API key that may be used now; None for an unknown, revoked or expired one."""
    for tenant in world.tenants():
        for row in world.store(tenant).by(API_KEY, "jwtApiKey", value):
            if row.get("active", True) and not _expired(row, world.clock):
                return tenant, row
    return None


def mint(row: Row, clock: Clock, *, lifetime: int = LIFETIME) -> tuple[str, dict[str, Any]]:
    """A token for an API key row (`tenant` and `roles` suffice), with the claims in it."""
    import jwt

    tenant, now = str(row.get("tenant") or ""), clock.epoch()
    roles = _roles(row)
    main = next((role for role in _DEFAULT_ROLES if role in roles), roles[0] if roles else "API_USER")
    user = str(row.get("userId") or _user(tenant, row.get("id")))
    claims: dict[str, Any] = {
        HASURA: {_ALLOWED: [f"{tenant}_{role}" for role in roles], _DEFAULT: f"{tenant}_{main}"},
        "staffId": row.get("staffId"),
        "tenant": tenant,
        "roles": [*([ADMIN] if ADMIN in roles else []), *([f"{tenant}_{main}"] if main != ADMIN else [])],
        "email": row.get("email") or f"{user[:8].lower()}@{tenant or 'mock'}.example",
        "authKeyId": row.get("id"),
        "iss": _ISSUER,
        "aud": _AUDIENCE,
        "auth_time": now,
        "user_id": user,
        "sub": user,
        "iat": now,
        "exp": now + lifetime,
        "email_verified": True,
        "firebase": {},
    }
    return jwt.encode(claims, signing_secret(), algorithm=_ALGORITHM), claims


def first_token(world: World) -> str:
    """A token to start with: of the first tenant's most powerful API key, or for every role where it has none."""
    return mint({**(_best(world) or {"roles": ROLES}), "tenant": world.tenants()[0]}, world.clock)[0]


def first_key(world: World) -> str:
    """The API key to start with, the first tenant's most powerful one; "" where there is none."""
    return str((_best(world) or {}).get("jwtApiKey") or "")


def _best(world: World) -> Row | None:
    rows = world.store(world.tenants()[0]).all(API_KEY)
    good = (row for row in rows if row.get("active", True) and not _expired(row, world.clock))
    return max(good, key=lambda row: (ADMIN in _roles(row), len(_roles(row))), default=None)


def verify(token: str, clock: Clock) -> dict[str, Any]:
    """The claims of a token; Refusal 401 when it is malformed, wrongly signed, expired or lacks a claim.

    Times are judged by the given clock, not by the machine's.
    """
    import jwt

    options: Any = {"verify_exp": False, "verify_iat": False, "verify_nbf": False, "verify_aud": False}
    try:
        claims = jwt.decode(token, signing_secret(), algorithms=[_ALGORITHM], options=options)
    except jwt.InvalidAlgorithmError:
        raise _refused(f"The token is not signed with {_ALGORITHM}.") from None
    except jwt.InvalidSignatureError:
        raise _refused("The signature of the token does not match.") from None
    except (jwt.InvalidTokenError, UnicodeError, RecursionError):
        raise _refused("The token is not a JWT.") from None
    missing = [name for name in _WANTED if claims.get(name) is None]
    if missing or not isinstance(claims.get(HASURA), Mapping):
        raise _refused(f"The token lacks the claim {(missing or [HASURA])[0]}.")
    if not all(_is_time(claims.get(name, 0)) for name in ("exp", "iat", "nbf")):
        raise _refused("The token's exp, iat and nbf are not all numbers.")
    if claims["exp"] <= clock.epoch():
        raise _refused("The token has expired; exchange the API key for a new one.")
    if claims.get("nbf", 0) > clock.epoch():
        raise _refused("The token is not valid yet.")
    return dict(claims)


def revoked(claims: Mapping[str, Any], world: World) -> bool:
    """Whether the API key that a token was made from has been revoked since."""
    key, tenant = claims.get("authKeyId"), claims.get("tenant")
    if key is None or tenant not in world.tenants():
        return False
    row = world.store(str(tenant)).get(API_KEY, key)
    return row is not None and not row.get("active", True)


def roles_of(claims: Mapping[str, Any]) -> frozenset[str]:
    """The roles of a token without the tenant's prefix, from both places that the claims have for them."""
    prefix = f"{claims.get('tenant', '')}_"
    allowed = claims.get(HASURA, {}).get(_ALLOWED) or ()
    named = [*allowed, *(claims.get("roles") or ())]
    return frozenset(role.removeprefix(prefix) for role in named if isinstance(role, str))


def signing_secret() -> str:
    """What tokens are signed with: MOCKSERVER_JWT_SECRET, else a fixed one, so that any process can mint them."""
    secret = os.environ.get(_SECRET_VARIABLE) or _DEVELOPMENT_SECRET
    if len(secret.encode()) < _SHORTEST_SECRET:
        raise UsageError(
            f"{_SECRET_VARIABLE} is too short to sign tokens with: {len(secret.encode())} bytes.",
            f"Give it at least {_SHORTEST_SECRET} bytes, or unset it for the development default.",
        )
    return secret


def _key_given(call: Call, world: World) -> tuple[str, Row]:
    places = (call.body, call.headers, call.query, call.raw)
    value = next((found for place in places if (found := pick(place, *KEY_INPUTS))), None)
    found = find_key(value, world) if isinstance(value, str) else None
    if found is None:
        what = "is not known, revoked or expired" if value else "is missing"
        raise Refusal(401, f"The API key {what}.", code="MS120", reason="UNAUTHORIZED", headers=_challenge())
    return found


def _expired(row: Row, clock: Clock) -> bool:
    ends = row.get("expiresAt")
    if not isinstance(ends, str):
        return False
    end = datetime.fromisoformat(ends)
    return (end if end.tzinfo else end.replace(tzinfo=UTC)) <= clock.now()


def _roles(row: Row) -> list[str]:
    return [str(role) for role in row.get("roles") or ()]


def _user(tenant: str, key: Any) -> str:
    return hashlib.sha256(f"{tenant}:{key}".encode()).hexdigest()[:28]


def _is_time(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _refused(why: str) -> Refusal:
    challenge = f'error="invalid_token", error_description="{why}"'
    return Refusal(401, why, code="MS121", reason="UNAUTHORIZED", headers=_challenge(challenge))


def _challenge(more: str = "") -> dict[str, str]:
    return {"WWW-Authenticate": f"Bearer {more}" if more else "Bearer"}
