"""Who may call: tokens, keys, roles, tenants."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import jwt
import pytest

from mockserver.entities import tokens

CLIENT = "/gql/v1/client/789"


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def claims_of(token: str) -> dict[str, Any]:
    found: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return found


def unsigned(token: str) -> str:
    """The same claims under `alg: none`."""
    head = base64.urlsafe_b64encode(json.dumps({"alg": "none", "typ": "JWT"}).encode()).rstrip(b"=").decode()
    return f"{head}.{token.split('.')[1]}."


def test_the_exchange_gives_a_token_with_the_documented_claims(mock: Any) -> None:
    """The token of the admin's key carries the claims of the reference and lives an hour of the server's clock."""
    reply = mock.post("/v1/auth/token", json={"jwtApiKey": "demo-admin"}).json()
    claims = claims_of(reply["access_token"])

    assert reply["expires_in"] == 3600
    assert reply["token_type"] == "Bearer"
    assert claims["exp"] - claims["iat"] == 3600
    assert claims["auth_time"] == claims["iat"]
    assert claims["user_id"] == claims["sub"] == "ocGkQDCe0MgLudgrjR18h5oKuVE2"
    assert (claims["tenant"], claims["staffId"], claims["authKeyId"]) == ("aiwynsb", 420, 11)
    assert claims["roles"] == ["SUPER_ADMIN", "aiwynsb_API_ADMIN"]
    assert claims["email"] == "user@aiwyn.ai"
    assert claims["email_verified"] is True
    assert claims["firebase"] == {}
    hasura = claims["https://hasura.io/jwt/claims"]
    assert hasura["x-hasura-default-role"] == "aiwynsb_API_ADMIN"
    assert len(hasura["x-hasura-allowed-roles"]) == 7


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "BeArEr"])
def test_the_scheme_is_matched_in_any_case(mock: Any, scheme: str) -> None:
    """The reference's curl samples write it in lower case (RFC 9110 wants no difference)."""
    token = mock.token("demo-admin")

    assert mock.get(CLIENT, headers={"Authorization": f"{scheme} {token}"}).status_code == 200


def test_what_is_no_valid_token_is_refused_with_a_challenge(mock: Any) -> None:
    """Missing, malformed, wrongly signed, unsigned: 401 with WWW-Authenticate, and a reason."""
    good = mock.token("demo-admin")
    foreign = jwt.encode(claims_of(good), "x" * 40, algorithm="HS256")
    bad = {
        "malformed": "abc",
        "cut": good[:-4],
        "foreign": foreign,
        "none": unsigned(good),
        "none with a signature": unsigned(good) + good.split(".")[2],
    }
    headers = [{"Authorization": ""}, {"Authorization": "Bearer"}, {"Authorization": f"Basic {good}"}]
    headers += [bearer(token) for token in bad.values()]

    for given in headers:
        reply = mock.get(CLIENT, headers=given)
        assert reply.status_code == 401, given
        assert reply.headers["www-authenticate"].startswith("Bearer")
        assert reply.json()["message"]


def test_no_header_at_all_is_401(mock: Any) -> None:
    """Nobody is let in for saying nothing."""
    request = mock.build_request("GET", CLIENT)
    del request.headers["Authorization"]

    assert mock.send(request).status_code == 401


def test_tokens_expire_by_the_clock_of_the_server(mock: Any) -> None:
    """A token is good for an hour of the mock's time, not of the machine's."""
    clock = mock.app.pipeline.worlds.main.clock
    token = mock.token("demo-admin")
    clock.advance(timedelta(seconds=3590))
    assert mock.get(CLIENT, headers=bearer(token)).status_code == 200

    clock.advance(timedelta(seconds=20))
    reply = mock.get(CLIENT, headers=bearer(token))

    assert reply.status_code == 401
    assert 'error="invalid_token"' in reply.headers["www-authenticate"]


def test_keys_that_may_not_be_exchanged_are_refused(mock: Any) -> None:
    """An expired key and an unknown one get 401, a missing one 400."""
    assert mock.post("/v1/auth/token", json={"jwtApiKey": "demo-expired"}).status_code == 401
    assert mock.post("/v1/auth/token", json={"jwtApiKey": "nobody"}).status_code == 401
    assert mock.post("/v1/auth/token", json={}).status_code == 400


def test_revoking_a_key_ends_its_tokens(mock: Any) -> None:
    """A revoked key can neither be exchanged nor are its tokens good any more."""
    made = mock.post("/v1/auth/keys", json={"name": "short-lived", "roles": ["API_USER"]}).json()
    token = mock.post("/v1/auth/token", json={"jwtApiKey": made["jwtApiKey"]}).json()["access_token"]
    assert mock.get(CLIENT, headers=bearer(token)).status_code == 200

    assert mock.delete(f"/v1/auth/keys/{made['id']}").status_code == 200

    assert mock.get(CLIENT, headers=bearer(token)).status_code == 401
    assert mock.post("/v1/auth/token", json={"jwtApiKey": made["jwtApiKey"]}).status_code == 401


def test_rights_are_those_of_the_key(mock: Any) -> None:
    """A reader reads and may not write; who lacks the custom type rights may not touch types: 403."""
    record = {"records": [{"type": "client", "systemRef": {"id": "x"}, "attributes": {"name": "X"}}]}
    reader, limited = mock.as_("demo-reader"), mock.as_("demo-no-custom-types")

    assert mock.get(CLIENT, headers=reader).status_code == 200
    assert mock.get("/api/v1/records/types", headers=reader).status_code == 200
    refused = mock.post("/api/v1/records", json=record, headers=reader)
    assert refused.status_code == 403
    assert refused.json()["meta"]["success"] is False
    assert mock.post("/api/v1/records", json=record, headers=limited).status_code == 200
    assert mock.get("/api/v1/records/custom", headers=limited).status_code == 403
    assert mock.get("/v1/auth/keys", headers=reader).status_code == 403


def test_tenants_do_not_see_each_other(mock: Any) -> None:
    """The same request of two tenants answers each with its own rows; writes stay where they were made."""
    other = mock.as_("demo-other-tenant")
    record = {"records": [{"type": "client", "systemRef": {"id": "t"}, "attributes": {"name": "Only ours"}}]}
    where = {"where": {"name": {"_eq": "Only ours"}}}

    assert mock.get(CLIENT, headers=other).json() != mock.get(CLIENT).json()
    assert mock.post("/api/v1/records", json=record).json()["data"]["records"][0]["error"] is None
    ours = mock.post("/gql/v1/clients/search", json=where).json()["total"]["aggregate"]["count"]
    theirs = mock.post("/gql/v1/clients/search", json=where, headers=other).json()["total"]["aggregate"]["count"]

    assert (ours, theirs) == (1, 0)


def test_a_token_of_a_tenant_that_does_not_exist_is_refused(mock: Any) -> None:
    """A well-signed token cannot name its way into another firm."""
    world = mock.app.pipeline.worlds.main
    token, _ = tokens.mint({"tenant": "nowhere", "roles": ["SUPER_ADMIN"]}, world.clock)

    assert mock.get(CLIENT, headers=bearer(token)).status_code == 401


def test_any_takes_whatever_there_is_and_off_asks_for_nothing(make_mock: Callable[..., Any]) -> None:
    """`--auth any` wants a credential of the right kind, `--auth off` none at all."""
    lax, open_ = make_mock(scenario="small", auth="any"), make_mock(scenario="small", auth="off")

    assert lax.get(CLIENT, headers=bearer("whatever")).status_code == 200
    assert lax.get(CLIENT, headers={"Authorization": ""}).status_code == 401
    assert open_.get(CLIENT, headers={"Authorization": ""}).status_code == 200
