"""Credentials: each actor's secret, found where the environment says, put where an operation wants it."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote_plus, urlsplit

from mockserver.bundle.loader import Bundle
from mockserver.bundle.operations import Operation
from mockserver.environments.environment import Credential, Environment
from mockserver.environments.exchanging import Token, find_exchange
from mockserver.environments.failures import Failure
from mockserver.exchanges import Reply, Request
from mockserver.problems import UsageError

Placed = Mapping[str, Mapping[str, str]]
# The keys of our own demonstration scenario: public, and tried on this machine only.
_DEMO = {
    "default": "demo-admin",
    "reader": "demo-reader",
    "expired": "demo-expired",
    "other-tenant": "demo-other-tenant",
}
LOOPBACK = frozenset({"", "localhost", "127.0.0.1", "::1"})


class Wallet:
    """The credentials of one environment. `tokens` overrule what it names; `exchange` sends a token request."""

    def __init__(
        self,
        environment: Environment,
        bundle: Bundle,
        tokens: Mapping[str, str],
        exchange: Callable[[Request], Reply],
    ) -> None:
        self._environment = environment
        self._bundle = bundle
        self._send = exchange
        self._exchange = find_exchange(bundle)
        self._given = dict(tokens)
        self._tokens: dict[str, Token] = {}
        self._seen: set[str] = set(tokens.values())
        self._admitted: set[str] = set()
        schemes = bundle.document.get("components", {}).get("securitySchemes", {})
        self._schemes: dict[str, Mapping[str, Any]] = {name: bundle.resolve(node)[0] for name, node in schemes.items()}
        local = (urlsplit(environment.url).hostname or "") in LOOPBACK
        self._demo = dict(_DEMO) if local and self._exchange and not tokens and not environment.actors else {}

    @property
    def secrets(self) -> frozenset[str]:
        """Every secret value that was used so far, keys and tokens."""
        return frozenset(secret for secret in self._seen if secret)

    @property
    def actors(self) -> tuple[str, ...]:
        """Who can be spoken for: those whose secret is there, `default` first."""
        for actor in [*self._demo]:
            try:
                self._secret(actor)
            except UsageError:
                self._demo.pop(actor, None)
            except Failure:
                return ()
        named = [name for name, where in self._environment.actors.items() if _read(where) is not None]
        known = dict.fromkeys([*self._given, *named, *self._demo])
        return tuple(sorted(known, key=lambda name: name != "default"))

    def knows(self, actor: str) -> bool:
        """Whether there is, or ought to be, a secret of this actor."""
        return actor in self._given or actor in self._environment.actors or actor in self._demo

    def admitted(self, actor: str) -> bool:
        """Whether the actor's key was taken before."""
        return actor in self._admitted

    def renew(self, actor: str) -> bool:
        """Forget an exchanged token, so that the next use fetches another; False where there is nothing to renew."""
        return actor not in self._given and self._tokens.pop(actor, None) is not None

    def placed(self, operation: Operation | None, actor: str) -> dict[str, dict[str, str]]:
        """What lets an actor in: {"header" | "query" | "cookie": {name: value}}; empty where nobody needs to say.

        Without an operation, as most of the bundle's operations want it. UsageError where the secret is missing.
        """
        found: dict[str, dict[str, str]] = {}
        names = self._wanted(operation, actor)
        if names:
            secret = self._secret(actor)
            for name in names:
                self._put(found, self._schemes.get(name, {}), secret)
        return found

    def _wanted(self, operation: Operation | None, actor: str) -> tuple[str, ...]:
        """The security schemes to satisfy."""
        security = operation.security if operation is not None else self._usual()
        only = self._environment.actors[actor].scheme if actor in self._environment.actors else ""
        if only:
            return (only,) if any(only in alternative for alternative in security) else ()
        alternatives = [alternative for alternative in security if alternative]
        fewest = min(alternatives, key=len, default={})
        return tuple(fewest)

    def _usual(self) -> tuple[Mapping[str, tuple[str, ...]], ...]:
        return next((operation.security for operation in self._bundle.operations if operation.security), ())

    @staticmethod
    def _put(found: dict[str, dict[str, str]], scheme: Mapping[str, Any], secret: str) -> None:
        kind, how = scheme.get("type"), str(scheme.get("scheme", "bearer"))
        if kind == "apiKey":
            found.setdefault(str(scheme.get("in", "header")), {})[str(scheme.get("name", ""))] = secret
        elif kind in ("http", "oauth2", "openIdConnect"):
            found.setdefault("header", {})["Authorization"] = _authorization(how, secret)

    def _secret(self, actor: str) -> str:
        if actor in self._given:
            return self._given[actor]
        if actor in self._demo:
            return self._exchanged(actor, self._demo[actor], f"the demonstration key {self._demo[actor]}")
        where = self._environment.actors.get(actor)
        if where is None:
            raise UsageError(
                f"{self._environment.name} has no credentials for {actor}.",
                f"Name them under actors.{actor} of the environment, with token-variable or key-variable.",
            )
        secret = _read(where)
        if secret is None:
            place = f"variable {where.variable} is not set" if where.variable else f"file {where.file} cannot be read"
            raise UsageError(
                f"The credentials of {self._environment.name} for {actor} are missing: the {place} or is empty.",
                "Set it to the key or token that the server's owner gave you.",
            )
        self._seen.add(secret)
        if where.kind == "key" and self._exchange is not None:
            return self._exchanged(actor, secret, f"the key in {where.variable or where.file}")
        return secret

    def _exchanged(self, actor: str, key: str, named: str) -> str:
        held = self._tokens.get(actor)
        if held is not None and not held.stale:
            return held.text
        assert self._exchange is not None  # noqa: S101  whoever calls knows
        self._seen.add(key)
        reply = self._send(self._exchange.request(key))
        token = self._exchange.token(reply) if reply.status < 300 else None
        if token is None:
            told = f"{self._exchange.operation.label} answered {reply.status}"
            if reply.status >= 500 or reply.status in (404, 405) or reply.media == "text/html":
                raise Failure(f"no token is to be had, for {told}")
            hint = (
                f"Name a key of this server's under actors.{actor} of the environment, or set MOCKSERVER_KEY for a URL."
            )
            raise UsageError(f"{self._environment.name} does not take {named}: {told}, without a token.", hint)
        self._seen.add(token.text)
        self._tokens[actor] = token
        self._admitted.add(actor)
        return token.text


def dressed(request: Request, placed: Placed) -> Request:
    """A request with credentials in it, in place of what it had there; itself where there are none."""
    if not placed:
        return request
    headers, target = list(request.headers), request.target
    for name, value in placed.get("header", {}).items():
        headers = [pair for pair in headers if pair[0].lower() != name.lower()] + [(name, value)]
    for name, value in placed.get("query", {}).items():
        path, _, query = target.partition("?")
        pieces = [p for p in query.split("&") if p and unquote_plus(p.partition("=")[0]) != name]
        pieces.append(f"{quote(name, safe='')}={quote(value, safe='')}")
        target = f"{path}?{'&'.join(pieces)}"
    cookies = placed.get("cookie", {})
    if cookies:
        lines = [value for name, value in headers if name.lower() == "cookie"]
        kept = [c.strip() for line in lines for c in line.split(";") if c.strip()]
        kept = [c for c in kept if c.partition("=")[0] not in cookies] + [f"{n}={v}" for n, v in cookies.items()]
        headers = [pair for pair in headers if pair[0].lower() != "cookie"] + [("Cookie", "; ".join(kept))]
    return replace(request, target=target, headers=tuple(headers))


def _authorization(how: str, secret: str) -> str:
    if secret.lower().startswith(f"{how.lower()} "):
        return secret
    if how.lower() == "basic":
        pair = secret if ":" in secret else f"{secret}:"
        return f"Basic {base64.b64encode(pair.encode()).decode()}"
    return f"{how.capitalize()} {secret}"


def _read(where: Credential) -> str | None:
    if where.variable:
        return os.environ.get(where.variable, "").strip() or None
    try:
        return Path(where.file).expanduser().read_text("utf-8").strip() or None
    except (OSError, UnicodeDecodeError):
        return None
