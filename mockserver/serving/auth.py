"""Auth: who asks, by the security that an operation declares."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from mockserver.calls import Actor
from mockserver.entities import tokens
from mockserver.entities.rights import ROLES
from mockserver.problems import Refusal

if TYPE_CHECKING:
    from mockserver.bundle.loader import Bundle
    from mockserver.bundle.operations import Operation
    from mockserver.serving.world import LiveWorld

Credentials = Mapping[str, Mapping[str, str]]  # {"header"|"query"|"cookie": {name: value}}, header names in lower case
Gate = Callable[[Credentials, "LiveWorld"], Actor]
_CACHE_LIMIT = 10_000


class Doorkeeper:
    """Makes one gate per operation; remembers verified tokens until they expire or their key is revoked.

    `mode`: strict asks for what the bundle declares, any takes whatever credential there is, off asks for none.
    """

    def __init__(self, bundle: Bundle, mode: str) -> None:
        schemes = bundle.document.get("components", {}).get("securitySchemes", {})
        self._schemes: dict[str, Mapping[str, Any]] = {n: bundle.resolve(s)[0] for n, s in schemes.items()}
        self._mode = mode
        self._verified: dict[str, tuple[int, Actor]] = {}

    def gate(self, operation: Operation) -> Gate:
        """Who may call an operation: a function of the credentials that gives the Actor or refuses."""
        if self._mode == "off" or not operation.security or {} in operation.security:
            return self._optional(operation)
        checks = [
            [self._check(self._schemes.get(name, {}), name) for name in alternative]
            for alternative in operation.security
        ]
        roles = frozenset(str(r) for r in operation.hints.get("roles", ()))

        if len(checks) == 1 and len(checks[0]) == 1:
            [[only]] = checks
            return lambda credentials, world: _with_roles(only(credentials, world), roles)

        def gate(credentials: Credentials, world: LiveWorld) -> Actor:
            refused: Refusal | None = None
            for alternative in checks:
                try:
                    actors = [check(credentials, world) for check in alternative]
                except Refusal as refusal:
                    refused = refused or refusal
                    continue
                return _with_roles(actors[0], roles)
            raise refused or Refusal(401, "No credentials.", code="MS103")

        return gate

    def _optional(self, operation: Operation) -> Gate:
        checks = [self._check(self._schemes.get(name, {}), name) for each in operation.security for name in each]
        nobody = not operation.security and self._mode != "off"

        def gate(credentials: Credentials, world: LiveWorld) -> Actor:
            for check in checks:
                try:
                    return check(credentials, world)
                except Refusal:
                    continue
            roles = frozenset() if nobody else frozenset(ROLES)
            return Actor(world.tenants()[0], roles)

        return gate

    def _check(self, scheme: Mapping[str, Any], name: str) -> Gate:
        kind = scheme.get("type")
        if kind == "apiKey":
            return self._api_key(str(scheme.get("in")), str(scheme.get("name", "")))
        if kind == "http" and str(scheme.get("scheme", "")).lower() == "basic":
            return self._basic
        if kind in ("http", "oauth2", "openIdConnect"):
            return self._bearer
        return lambda _credentials, world: Actor(world.tenants()[0], frozenset(ROLES), user=name)

    def _bearer(self, credentials: Credentials, world: LiveWorld) -> Actor:
        header = credentials["header"].get("authorization")
        if header is None:
            raise _unauthorized("The Authorization header is missing; send `Authorization: Bearer <token>`.")
        found = self._verified.get(header)
        if found is not None:
            return self._still_good(header, found, world)
        scheme, _, token = header.partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or not token:
            raise _unauthorized("The Authorization header does not read `Bearer <token>`.", "invalid_request")
        if self._mode == "any":
            return Actor(world.tenants()[0], frozenset(ROLES))
        claims = tokens.verify(token, world.clock)
        found = (int(claims["exp"]), _actor(claims, world))
        if len(self._verified) >= _CACHE_LIMIT:
            self._verified.clear()
        self._verified[header] = found
        return self._still_good(header, found, world)

    def _still_good(self, header: str, found: tuple[int, Actor], world: LiveWorld) -> Actor:
        expires, actor = found
        if world.clock.epoch() >= expires:
            self._verified.pop(header, None)
            raise _unauthorized("The token has expired; exchange the API key for a new one.", "invalid_token")
        if tokens.revoked(actor.claims, world):
            raise _unauthorized("The API key behind this token was revoked.", "invalid_token")
        return actor

    def _api_key(self, place: str, name: str) -> Gate:
        wanted = name.lower() if place == "header" else name

        def check(credentials: Credentials, world: LiveWorld) -> Actor:
            value = credentials.get(place, {}).get(wanted)
            if value is None:
                raise _unauthorized(f"The API key is missing; send it in the {place} parameter {name}.")
            return self._key(value, world)

        return check

    def _basic(self, credentials: Credentials, world: LiveWorld) -> Actor:
        scheme, _, text = credentials["header"].get("authorization", "").partition(" ")
        try:
            user = base64.b64decode(text, validate=True).decode().partition(":")[0]
        except (binascii.Error, UnicodeDecodeError):
            user = ""
        if scheme.lower() != "basic" or not user:
            raise _unauthorized("Send `Authorization: Basic <base64 of user:password>`.", scheme="Basic")
        return self._key(user, world, "Basic")

    def _key(self, value: str, world: LiveWorld, scheme: str = "Bearer") -> Actor:
        if self._mode == "any":
            return Actor(world.tenants()[0], frozenset(ROLES))
        found = tokens.find_key(value, world)
        if found is None:
            raise _unauthorized("The API key is not known, revoked or expired.", scheme=scheme)
        tenant, row = found
        return Actor(tenant, frozenset(row.get("roles") or ()), user=str(row.get("userId", "")))


def credentials(operation: Operation, bundle: Bundle, world: LiveWorld) -> dict[str, dict[str, str]]:
    """What lets a caller in, by the first way that an operation declares: {place: {name: value}} of what is sent."""
    found: dict[str, dict[str, str]] = {}
    schemes = bundle.document.get("components", {}).get("securitySchemes", {})
    for name in operation.security[0] if operation.security else ():
        scheme = bundle.resolve(schemes.get(name, {}))[0]
        kind, how = scheme.get("type"), str(scheme.get("scheme", "")).lower()
        if kind == "apiKey":
            found.setdefault(str(scheme.get("in")), {})[str(scheme.get("name"))] = tokens.first_key(world)
        elif kind == "http" and how == "basic":
            text = base64.b64encode(f"{tokens.first_key(world)}:".encode()).decode()
            found.setdefault("header", {})["Authorization"] = f"Basic {text}"
        elif kind in ("http", "oauth2", "openIdConnect"):
            found.setdefault("header", {})["Authorization"] = f"Bearer {tokens.first_token(world)}"
    return found


def _actor(claims: Mapping[str, Any], world: LiveWorld) -> Actor:
    tenant = str(claims.get("tenant", ""))
    if tenant not in world.tenants():
        raise _unauthorized(f"The token's tenant {tenant!r} does not exist here.", "invalid_token")
    return Actor(tenant, tokens.roles_of(claims), user=str(claims.get("sub", "")), claims=claims)


def _with_roles(actor: Actor, roles: frozenset[str]) -> Actor:
    if roles and not roles & actor.roles:
        wanted = " or ".join(sorted(roles))
        raise Refusal(403, f"This needs the role {wanted}.", code="MS104", reason="FORBIDDEN")
    return actor


def _unauthorized(detail: str, error: str = "", scheme: str = "Bearer") -> Refusal:
    challenge = f'{scheme} realm="mock"' + (f', error="{error}", error_description="{detail}"' if error else "")
    headers = {"WWW-Authenticate": challenge.replace("`", "'")}
    return Refusal(401, detail, code="MS103", reason="UNAUTHORIZED", headers=headers)
