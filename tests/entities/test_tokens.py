"""The token exchange, and what a token is worth."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import Any

import jwt
import pytest

from mockserver.clock import Clock
from mockserver.entities import tokens
from mockserver.problems import Refusal, UsageError

EXCHANGE = "POST /v1/auth/token"
HASURA = "https://hasura.io/jwt/claims"


@pytest.fixture
def token(ask: Any) -> str:
    """A token of the admin's key."""
    return str(ask(EXCHANGE, {"jwtApiKey": "demo-admin"}).body["access_token"])


def refusal(token: str, clock: Clock) -> Refusal:
    """How a token is refused."""
    with pytest.raises(Refusal) as caught:
        tokens.verify(token, clock)
    return caught.value


def signed(claims: dict[str, Any], secret: str | None = None) -> str:
    """A token with exactly these claims."""
    return jwt.encode(claims, secret or tokens.signing_secret(), algorithm="HS256")


def test_exchange_answers_a_bearer_token(ask: Any) -> None:
    """The reply holds the token under both names, its type and its lifetime."""
    body = ask(EXCHANGE, {"jwtApiKey": "demo-admin"}, roles=()).body
    assert body["access_token"] == body["token"]
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 3600)


def test_claims_are_the_documented_ones(token: str, world: Any) -> None:
    """A token of the documented user has the claims of the documented example, times apart."""
    claims = tokens.verify(token, world.clock)
    assert set(claims) == {
        HASURA, "staffId", "tenant", "roles", "email", "authKeyId", "iss", "aud", "auth_time", "user_id", "sub",
        "iat", "exp", "email_verified", "firebase",
    }  # fmt: skip
    assert claims["roles"] == ["SUPER_ADMIN", "aiwynsb_API_ADMIN"]
    assert claims[HASURA]["x-hasura-default-role"] == "aiwynsb_API_ADMIN"
    assert "aiwynsb_RECORD_W" in claims[HASURA]["x-hasura-allowed-roles"]
    assert (claims["tenant"], claims["staffId"], claims["authKeyId"]) == ("aiwynsb", 420, 11)
    assert (claims["email"], claims["firebase"], claims["email_verified"]) == ("user@aiwyn.ai", {}, True)
    assert claims["user_id"] == claims["sub"] == "ocGk"
    assert claims["auth_time"] == claims["iat"] == world.clock.epoch()
    assert claims["exp"] - claims["iat"] == 3600


def test_roles_come_without_prefix(token: str, world: Any) -> None:
    """The roles of a token are read from both claims, the tenant's prefix taken off."""
    claims = tokens.verify(token, world.clock)
    assert tokens.roles_of(claims) >= {"SUPER_ADMIN", "API_ADMIN", "RECORD_R", "CUSTOM_TYPE_W"}


@pytest.mark.parametrize("key", ["demo-expired", "demo-revoked", "nobody", ""])
def test_bad_keys_get_no_token(ask: Any, key: str) -> None:
    """An expired, revoked, unknown or empty key is refused with 401 and a challenge."""
    with pytest.raises(Refusal) as caught:
        ask(EXCHANGE, {"jwtApiKey": key})
    assert (caught.value.status, caught.value.code) == (401, "MS120")
    assert caught.value.headers["WWW-Authenticate"] == "Bearer"


def test_key_may_come_in_a_header(ask: Any) -> None:
    """The place of the key is not documented: a header with its name does too."""
    assert ask(EXCHANGE, {}, raw={"x-api-key": "demo-reader"}).body["token"]


def test_keys_are_found_in_every_tenant(ask: Any, world: Any) -> None:
    """A key of another tenant gives a token of that tenant."""
    token = ask(EXCHANGE, {"jwtApiKey": "demo-other"}).body["token"]
    assert tokens.verify(token, world.clock)["tenant"] == "otherfirm"


def test_use_of_a_key_is_noted(ask: Any, world: Any, token: str) -> None:
    """The exchange moves lastUsedAt of the key."""
    assert ask("GET /v1/auth/keys/{id}", id=11).body["lastUsedAt"] == world.clock.text()


def test_token_expires_by_the_servers_clock(token: str, world: Any) -> None:
    """A token is good until the server's clock, not the machine's, has moved by its lifetime."""
    world.clock.advance(timedelta(seconds=3599))
    assert tokens.verify(token, world.clock)["sub"]
    world.clock.advance(timedelta(seconds=1))
    assert "expired" in refusal(token, world.clock).detail


def test_other_lifetimes_can_be_minted(world: Any) -> None:
    """`mint` gives tokens of any lifetime, one in the past too."""
    row = {"tenant": "aiwynsb", "roles": ["API_USER"]}
    token, claims = tokens.mint(row, world.clock, lifetime=-5)
    assert claims["exp"] == world.clock.epoch() - 5
    assert refusal(token, world.clock).status == 401


@pytest.mark.parametrize("token", ["", "a", "a.b", "a.b.c", "é.é.é", "." * 3, "e30.e30.e30", "\ud800.a.b"])
def test_malformed_tokens_are_refused(token: str, world: Any) -> None:
    """Whatever is no JWT is refused with 401 and a challenge that says so."""
    found = refusal(token, world.clock)
    assert (found.status, found.code) == (401, "MS121")
    assert 'error="invalid_token"' in found.headers["WWW-Authenticate"]


def test_unsigned_token_is_refused(token: str, world: Any) -> None:
    """`alg: none` does not get in, with or without a signature."""
    head = base64.urlsafe_b64encode(json.dumps({"alg": "none", "typ": "JWT"}).encode()).decode().rstrip("=")
    _, claims, signature = token.split(".")
    assert refusal(f"{head}.{claims}.", world.clock).status == 401
    assert refusal(f"{head}.{claims}.{signature}", world.clock).status == 401


def test_other_signatures_are_refused(token: str, world: Any) -> None:
    """A changed claim or another secret breaks the signature."""
    head, claims, signature = token.split(".")
    changed = f"{head}.{claims[:-2]}xx.{signature}"
    assert refusal(changed, world.clock).status == 401
    claims = tokens.verify(token, world.clock)
    assert "signature" in refusal(signed(claims, "another secret of at least 32 bytes!"), world.clock).detail


@pytest.mark.parametrize("name", ["exp", "iat", "sub", "tenant", HASURA])
def test_missing_claims_are_named(token: str, world: Any, name: str) -> None:
    """A well-signed token without a needed claim is refused, and the claim named."""
    claims = tokens.verify(token, world.clock)
    del claims[name]
    assert name in refusal(signed(claims), world.clock).detail


@pytest.mark.parametrize("change", [{"exp": "soon"}, {"iat": True}, {"nbf": 4_000_000_000}, {HASURA: "all"}])
def test_senseless_claims_are_refused(token: str, world: Any, change: dict[str, Any]) -> None:
    """Times that are no numbers, a token of the future and roles that are no object do not pass."""
    claims = {**tokens.verify(token, world.clock), **change}
    assert refusal(signed(claims), world.clock).status == 401


def test_revoking_a_key_revokes_its_tokens(ask: Any, world: Any, token: str) -> None:
    """Once its key is revoked, a token counts as revoked, and no other does."""
    claims = tokens.verify(token, world.clock)
    assert not tokens.revoked(claims, world)
    ask("DELETE /v1/auth/keys/{id}", id=11)
    assert tokens.revoked(claims, world)
    assert not tokens.revoked({**claims, "authKeyId": 12}, world)
    assert not tokens.revoked({**claims, "authKeyId": None}, world)


def test_secret_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch, world: Any, token: str) -> None:
    """MOCKSERVER_JWT_SECRET replaces the development secret; a short one is refused with the way out."""
    monkeypatch.setenv("MOCKSERVER_JWT_SECRET", "x" * 40)
    assert tokens.signing_secret() == "x" * 40
    assert refusal(token, world.clock).status == 401
    monkeypatch.setenv("MOCKSERVER_JWT_SECRET", "short")
    with pytest.raises(UsageError, match="too short") as caught:
        tokens.signing_secret()
    assert "32 bytes" in caught.value.hint


def test_first_token_is_the_mightiest(world: Any) -> None:
    """The token to start with belongs to the first tenant's admin."""
    claims = tokens.verify(tokens.first_token(world), world.clock)
    assert (claims["tenant"], claims["authKeyId"]) == ("aiwynsb", 11)
