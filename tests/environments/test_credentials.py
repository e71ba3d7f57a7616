"""Credentials come from variables and files, go where an operation wants them, and are renewed in time."""

from __future__ import annotations

import base64
import json
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mockserver.bundle.loader import Bundle
from mockserver.environments.client import Client, Forbidden, Stopped
from mockserver.environments.config import environment_of
from mockserver.environments.environment import Credential, Environment
from mockserver.exchanges import Request
from mockserver.problems import Unreachable, UsageError
from mockserver.server import MockServer

THINGS = Request("GET", "/things")


def jwt(number: int, seconds: float) -> str:
    """A token that ends some seconds after it began, by a clock that is a day off."""
    began = time.time() - 86_400

    def part(value: Any) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    return f"{part({'alg': 'none'})}.{part({'iat': began, 'exp': began + seconds, 'n': number})}.x"


class Bank:
    """A stand-in that exchanges one key for tokens and lets in whoever has the latest one."""

    def __init__(self, start: Callable[..., Any], *, key: str = "s3cret-key", life: float = 3600, field: str = "jwt"):
        self.server = start(self.answer)
        self.key, self.life, self.field = key, life, field
        self.tokens: list[str] = []

    def answer(self, came: Any) -> Any:
        if came.target == "/auth/token":
            if json.loads(came.body) != {"apiKey": self.key}:
                return 401, {"Content-Type": "application/json"}, b"{}"
            number = len(self.tokens)
            self.tokens.append(jwt(number, self.life) if self.field == "jwt" else f"opaque-{number}")
            body = {"access_token": self.tokens[-1], **({} if self.field == "jwt" else {"expires_in": self.life})}
            return 200, {"Content-Type": "application/json"}, json.dumps(body).encode()
        good = self.tokens and came.headers.get("authorization") == f"Bearer {self.tokens[-1]}"
        return (200 if good else 401), {"Content-Type": "application/json"}, b"[]"

    def client(self, bundle: Bundle, **credential: str) -> Client:
        actors = {"default": Credential("key", **credential)}
        return Client(Environment("bank", self.server.url, actors=actors), bundle)


def test_a_key_is_exchanged_once(
    shop: Bundle, stand_in: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """By the bundle's own operation, found by its shape; key and token are then known as secrets."""
    bank = Bank(stand_in)
    monkeypatch.setenv("BANK_KEY", "s3cret-key")
    (tmp_path / "key").write_text("s3cret-key\n")
    for credential in ({"variable": "BANK_KEY"}, {"file": str(tmp_path / "key")}):
        bank.server.seen.clear()
        with bank.client(shop, **credential) as live:
            assert live.actors == ("default",)
            assert [live.send(THINGS).reply.status for _ in range(3)] == [200] * 3  # type: ignore[union-attr]
            assert live.secrets == {"s3cret-key", bank.tokens[-1]}

        assert bank.server.requests == ["POST /auth/token"] + ["GET /things"] * 3


@pytest.mark.parametrize("field", ["jwt", "expires_in"])
def test_a_token_is_renewed_before_it_ends(
    shop: Bundle, stand_in: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, field: str
) -> None:
    """By the JWT's own span, whatever the clocks say, or by `expires_in`."""
    bank = Bank(stand_in, life=0.2, field=field)
    monkeypatch.setenv("BANK_KEY", "s3cret-key")
    with bank.client(shop, variable="BANK_KEY") as live:
        live.send(THINGS)
        live.send(THINGS)
        time.sleep(0.2)
        live.send(THINGS)

    assert bank.server.requests == ["POST /auth/token", "GET /things", "GET /things", "POST /auth/token", "GET /things"]


def test_a_refused_token_is_renewed_once(
    shop: Bundle, stand_in: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A 401 fetches another token and repeats the request; a second 401 is the answer."""
    bank = Bank(stand_in)
    monkeypatch.setenv("BANK_KEY", "s3cret-key")
    with bank.client(shop, variable="BANK_KEY") as live:
        live.send(THINGS)
        bank.tokens.append("revoked meanwhile")
        renewed = live.send(THINGS)
        bank.server.answer = lambda came: bank.answer(came) if came.target == "/auth/token" else (401, {}, b"")
        refused = live.send(THINGS)

    assert renewed.reply is not None
    assert renewed.reply.status == 200
    assert renewed.request.header("authorization") == f"Bearer {bank.tokens[2]}"
    assert refused.reply is not None
    assert refused.reply.status == 401
    assert bank.server.requests[2:5] == ["GET /things", "POST /auth/token", "GET /things"]
    assert bank.server.requests[5:] == ["GET /things", "POST /auth/token", "GET /things"]


def test_a_key_that_is_refused(shop: Bundle, stand_in: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """The message names environment, variable and operation, but not the key."""
    monkeypatch.setenv("BANK_KEY", "wr0ng-key")
    with Bank(stand_in).client(shop, variable="BANK_KEY") as live, pytest.raises(UsageError) as caught:
        live.send(THINGS)

    assert str(caught.value) == (
        "bank does not take the key in BANK_KEY: POST /auth/token answered 401, without a token."
    )


def test_a_key_that_is_revoked_during_a_run_stops_it(
    shop: Bundle, stand_in: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was good and is refused now is lost: nothing more is sent."""
    bank = Bank(stand_in)
    monkeypatch.setenv("BANK_KEY", "s3cret-key")
    with bank.client(shop, variable="BANK_KEY") as live:
        live.send(THINGS)
        bank.key = "another"
        bank.tokens.append("revoked meanwhile")
        for _ in range(2):
            with pytest.raises(Stopped, match="The credentials of default are lost: bank does not take the key"):
                live.send(THINGS)

    assert bank.server.requests[2:] == ["GET /things", "POST /auth/token"]


@pytest.mark.parametrize("answer", [(503, {}, b""), (404, {}, b""), (200, {"Content-Type": "text/html"}, b"<html>")])
def test_a_token_operation_that_is_not_there_is_the_servers_fault(
    shop: Bundle, stand_in: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, answer: Any
) -> None:
    """The key is not to blame where the server does not get as far as looking at it."""
    monkeypatch.setenv("BANK_KEY", "s3cret-key")
    bank = Bank(stand_in)
    bank.server.answer = lambda _: answer
    with bank.client(shop, variable="BANK_KEY") as live:
        assert live.send(THINGS).failure == f"no token is to be had, for POST /auth/token answered {answer[0]}"
        with pytest.raises(Unreachable, match="no token is to be had"):
            live.preflight()
        with pytest.raises(Unreachable, match="no token is to be had"):
            live.placed(None)


def test_a_missing_secret_is_missed_when_it_is_needed(
    shop: Bundle, stand_in: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An open operation goes without; an actor whose variable is unset is not among the actors."""
    monkeypatch.delenv("NO_SUCH_KEY", raising=False)
    monkeypatch.setenv("READER_TOKEN", "r")
    actors = {
        "reader": Credential(variable="READER_TOKEN"),
        "default": Credential("key", variable="NO_SUCH_KEY"),
        "expired": Credential(file="/no/such/file"),
    }
    with Client(Environment("bank", stand_in().url, actors=actors), shop) as live:
        assert live.actors == ("reader",)
        assert live.send(Request("GET", "/open")).reply is not None
        with pytest.raises(UsageError, match="for default are missing: the variable NO_SUCH_KEY is not set"):
            live.send(THINGS)
        with pytest.raises(UsageError, match="for expired are missing: the file /no/such/file cannot be read"):
            live.send(THINGS, actor="expired")
        with pytest.raises(UsageError, match="bank has no credentials for other-tenant"):
            live.send(THINGS, actor="other-tenant")
        assert live.send(THINGS, actor="reader").request.header("authorization") == "Bearer r"


def test_without_any_credentials_default_is_nobody(make_bundle: Callable[..., Bundle], stand_in: Any) -> None:
    """An API whose environment names none is spoken to without, and the exchange says so."""
    bundle = make_bundle(
        {
            "openapi": "3.0.3",
            "info": {"title": "t", "version": "1"},
            "components": {"securitySchemes": {"b": {"type": "http", "scheme": "bearer"}}},
            "security": [{"b": []}],
            "paths": {"/things": {"get": {"responses": {"200": {"description": "ok"}}}}},
        }
    )
    with Client(Environment("bank", stand_in().url), bundle) as live:
        exchange = live.send(THINGS)

        assert (live.actors, exchange.actor, live.placed(None)) == ((), "", {})


@pytest.mark.parametrize(
    ("path", "placed"),
    [
        ("/things", {"header": {"Authorization": "Bearer u:p"}}),
        ("/with/basic", {"header": {"Authorization": "Basic dTpw"}}),
        ("/with/header", {"header": {"X-Api-Key": "u:p"}}),
        ("/with/query", {"query": {"api_key": "u:p"}}),
        ("/with/cookie", {"cookie": {"session": "u:p"}}),
        ("/with/either", {"header": {"X-Api-Key": "u:p"}}),
        ("/open", {}),
    ],
)
def test_a_secret_goes_where_the_operation_wants_it(shop: Bundle, path: str, placed: Any) -> None:
    """Bearer, basic, or an API key in header, query or cookie; nothing where nobody asks."""
    with Client(Environment("x", "http://127.0.0.1:9"), shop, tokens={"default": "u:p"}) as live:
        assert live.placed(shop.operations.at("GET", path)) == placed


def test_credentials_take_the_place_of_those_in_the_request(shop: Bundle, stand_in: Callable[..., Any]) -> None:
    """One value each goes out, beside what else the request has; nobody's request stays as it is."""
    server = stand_in()
    with Client(Environment("x", server.url), shop, tokens={"default": "a&b"}) as live:
        live.send(Request("GET", "/with/query?x=1&api_key=old&y=%20"))
        live.send(Request("GET", "/with/cookie", (("Cookie", "a=1; session=old"), ("cookie", "b=2"))))
        live.send(Request("GET", "/things", (("authorization", "Bearer old"),)))
        live.send(Request("GET", "/things", (("Authorization", "Bearer mine"),)), actor="")

    assert server.seen[0].target == "/with/query?x=1&y=%20&api_key=a%26b"
    assert server.seen[1].headers["cookie"] == "a=1; b=2; session=a&b"
    assert server.seen[2].headers["authorization"] == "Bearer a&b"
    assert server.seen[3].headers["authorization"] == "Bearer mine"


def test_a_credential_may_be_for_one_scheme(shop: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    """Operations that do not know the scheme get nothing; an alternative that does is chosen."""
    monkeypatch.setenv("THE_TOKEN", "t")
    actors = {"default": Credential(variable="THE_TOKEN", scheme="bearer")}
    with Client(Environment("x", "http://127.0.0.1:9", actors=actors), shop) as live:
        either, key = (shop.operations.at("GET", f"/with/{name}") for name in ("either", "header"))

        assert live.placed(either) == {"header": {"Authorization": "Bearer t"}}
        assert live.placed(key) == {}


def test_the_token_operation_is_for_credentials_only(
    shop: Bundle, stand_in: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever asks for it by hand is refused as for any POST that is no reading."""
    monkeypatch.setenv("BANK_KEY", "s3cret-key")
    with Bank(stand_in).client(shop, variable="BANK_KEY") as live, pytest.raises(Forbidden):
        live.send(Request("POST", "/auth/token", body=b'{"apiKey": "s3cret-key"}'), actor="")


def test_the_demonstration_keys_open_a_mock_on_this_machine() -> None:
    """Our own scenario's public keys are tried on loopback, so that a mock needs no setting up."""
    with MockServer(scenario="small") as mock, Client(Environment("mock", mock.url), mock.app.bundle) as live:
        assert live.actors[0] == "default"
        assert {"reader", "other-tenant"} <= set(live.actors)
        exchange = live.send(Request("GET", "/gql/v1/client/789"), actor="reader")

    assert exchange.reply is not None
    assert exchange.reply.status == 200


def test_the_demonstration_keys_go_nowhere_else(shop: Bundle) -> None:
    """A server elsewhere never sees them."""
    with Client(Environment("live", "http://shop.invalid"), shop) as live:
        assert live.actors == ()
        assert live.requests == 0


def test_a_silent_machine_has_no_actors(shop: Bundle) -> None:
    """Nobody listens on loopback: the demonstration keys open nothing, and asking is no error."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    with Client(Environment("mock", f"http://127.0.0.1:{port}"), shop) as live:
        assert live.actors == ()


def test_each_environment_has_its_own_server_and_key(
    shop: Bundle, stand_in: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Stand-ins for the shipped environments: each gets its own key and token, none sees the other's."""
    banks = {name: Bank(stand_in, key=f"key-of-{name}") for name in ("sandbox", "staging")}
    lines = []
    for name, bank in banks.items():
        monkeypatch.setenv(f"AIWYN_{name.upper()}_JWT_API_KEY", bank.key)
        lines.append(f'[tool.mockserver.environments.{name}]\nurl = "{bank.server.url}"\nrate = 0\n')
    (tmp_path / "pyproject.toml").write_text("".join(lines))
    for name, bank in banks.items():
        with Client(environment_of(name, tmp_path), shop) as live:
            live.preflight()
            assert live.send(Request("POST", "/things/search", body=b"{}")).reply is not None
            with pytest.raises(Forbidden):
                live.send(Request("POST", "/things", body=b"{}"))

        assert bank.server.requests == ["POST /auth/token", "GET /things", "POST /things/search"]
        assert json.loads(bank.server.seen[0].body) == {"apiKey": f"key-of-{name}"}
        assert {came.headers.get("authorization") for came in bank.server.seen[1:]} == {f"Bearer {bank.tokens[0]}"}
