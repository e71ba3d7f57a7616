"""API keys: listed without their secret, made once, revoked for good."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver.problems import Refusal

LIST, CREATE, READ, REVOKE = (
    "GET /v1/auth/keys", "POST /v1/auth/keys", "GET /v1/auth/keys/{id}", "DELETE /v1/auth/keys/{id}"
)  # fmt: skip


def refused(ask: Any, *args: Any, **more: Any) -> Refusal:
    """How a call is refused."""
    with pytest.raises(Refusal) as caught:
        ask(*args, **more)
    return caught.value


def test_list_shows_no_secret(ask: Any) -> None:
    """Every key of the tenant is listed, none with its secret, none of another tenant."""
    keys = ask(LIST).body["keys"]
    assert [key["id"] for key in keys] == [11, 12, 13, 14]
    assert "demo-" not in str(keys)


def test_read_shows_one(ask: Any) -> None:
    """A key is read by its id, without its secret."""
    body = ask(READ, id=12).body
    assert (body["name"], body["roles"], body["active"]) == ("Reader", ["API_USER", "RECORD_R"], True)
    assert "jwtApiKey" not in body


def test_new_key_is_shown_once_and_works(ask: Any) -> None:
    """The answer to a creation shows the key; the exchange takes it; later reads hide it."""
    answer = ask(CREATE, {"name": "Sync", "roles": ["RECORD_R", "RECORD_W"]})
    key = answer.body["jwtApiKey"]
    assert answer.status == 201
    assert key.startswith("ak_")
    assert len(key) == 35
    assert ask("POST /v1/auth/token", {"jwtApiKey": key}).body["token"]
    assert "jwtApiKey" not in ask(READ, id=answer.body["id"]).body


def test_new_keys_are_the_same_for_the_same_seed(ask: Any, make_world: Any) -> None:
    """Keys differ from each other, but not between two runs of one scenario."""
    first, second = (ask(CREATE, {"name": "k"}).body["jwtApiKey"] for _ in range(2))
    assert first != second
    assert ask(CREATE, {"name": "k"}, world=make_world()).body["jwtApiKey"] == first


def test_revoked_key_stays_listed_but_is_dead(ask: Any) -> None:
    """Revoking answers the key as inactive; it stays in the list and gives no more tokens."""
    assert ask(REVOKE, id=12).body["active"] is False
    assert [key["id"] for key in ask(LIST).body["keys"] if not key["active"]] == [12, 14]
    assert refused(ask, "POST /v1/auth/token", {"jwtApiKey": "demo-reader"}).status == 401


def test_revoking_twice_changes_nothing(ask: Any, world: Any) -> None:
    """The second revocation keeps the time of the first."""
    first = ask(REVOKE, id=12).body
    world.clock.freeze(world.clock.now().replace(hour=18))
    assert ask(REVOKE, id=12).body == first


@pytest.mark.parametrize("label", [READ, REVOKE])
def test_unknown_key_is_404(ask: Any, label: str) -> None:
    """An id that no key has, or only one of another tenant, is not found."""
    assert refused(ask, label, id=1).status == 404


@pytest.mark.parametrize("label", [LIST, CREATE, READ, REVOKE])
def test_keys_are_for_admins(ask: Any, label: str) -> None:
    """Without API_ADMIN or SUPER_ADMIN every operation on keys is refused with 403."""
    found = refused(ask, label, {"name": "k"}, roles=("API_USER", "RECORD_W"), id=11)
    assert (found.status, found.code) == (403, "MS122")
    assert "insufficient_scope" in found.headers["WWW-Authenticate"]


def test_nobody_gives_what_he_has_not(ask: Any) -> None:
    """A key cannot be given a role that its maker lacks; SUPER_ADMIN may give any."""
    found = refused(ask, CREATE, {"name": "k", "roles": ["API_ADMIN", "RECORD_W"]}, roles=("API_ADMIN",))
    assert (found.status, found.violations[0].pointer) == (403, "/roles/1")
    assert ask(CREATE, {"name": "k", "roles": ["RECORD_W"]}, roles=("SUPER_ADMIN",)).status == 201


def test_unknown_role_names_the_legal_one(ask: Any) -> None:
    """A misspelt role is refused with its place and the word that was meant."""
    found = refused(ask, CREATE, {"name": "k", "roles": ["RECORDS_R"]})
    assert (found.status, found.violations[0].pointer) == (400, "/roles/0")
    assert "RECORD_R" in found.detail


def test_roles_may_carry_the_tenant(ask: Any) -> None:
    """Roles with the tenant in front are the same roles, and doubles are dropped."""
    body = ask(CREATE, {"name": "k", "roles": ["aiwynsb_RECORD_R", "RECORD_R"]}).body
    assert body["roles"] == ["RECORD_R"]


def test_a_key_may_be_made_expired(ask: Any) -> None:
    """An expiry in the past is taken as it is: the key is listed and gives no token."""
    key = ask(CREATE, {"name": "k", "expiresAt": "2025-06-30T12:00:00Z"}).body["jwtApiKey"]
    assert refused(ask, "POST /v1/auth/token", {"jwtApiKey": key}).code == "MS120"


def test_expiring_key_dies_with_the_clock(ask: Any, world: Any) -> None:
    """A key works until the server's clock reaches its expiry."""
    key = ask(CREATE, {"name": "k", "expiresAt": "2025-06-30T13:00:00Z"}).body["jwtApiKey"]
    assert ask("POST /v1/auth/token", {"jwtApiKey": key}).body["token"]
    world.clock.freeze(world.clock.now().replace(hour=13))
    assert refused(ask, "POST /v1/auth/token", {"jwtApiKey": key}).code == "MS120"
