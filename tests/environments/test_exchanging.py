"""The token operation of a bundle is found by its shape, whatever it is called."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mockserver import paths
from mockserver.bundle.loader import Bundle, load_bundle
from mockserver.environments.exchanging import find_exchange
from mockserver.exchanges import Reply

ANSWER = {"accessToken": {"type": "string"}}


def bundle_of(make: Callable[..., Bundle], inputs: dict[str, Any], outputs: dict[str, Any], **more: Any) -> Bundle:
    """A bundle with one POST."""

    def body(properties: dict[str, Any], required: list[str]) -> Any:
        return {more.get("media", "application/json"): {"schema": {"properties": properties, "required": required}}}

    operation = {
        "requestBody": {"content": body(inputs, more.get("required", []))},
        "responses": {
            "200": {"description": "ok", "content": {"application/json": {"schema": {"properties": outputs}}}}
        },
    }
    if "security" in more:
        operation["security"] = more["security"]
    return make(
        {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {"/session": {"post": operation}}}
    )


def test_our_own_bundle_has_one() -> None:
    """The vendor's exchange takes a `jwtApiKey`."""
    found = find_exchange(load_bundle(paths.BUNDLE))

    assert found is not None
    assert (found.operation.label, found.property) == ("POST /v1/auth/token", "jwtApiKey")
    assert found.request("k").body == b'{"jwtApiKey": "k"}'


def test_others_are_found_by_their_shape(make_bundle: Callable[..., Bundle]) -> None:
    """One text in (or one key among several), a token out, also in an envelope and as a form."""
    text = {"type": "string"}
    one = find_exchange(bundle_of(make_bundle, {"secret": text}, ANSWER))
    key = find_exchange(bundle_of(make_bundle, {"client_key": text, "locale": text}, {"data": {"properties": ANSWER}}))
    form = find_exchange(bundle_of(make_bundle, {"api_key": text}, ANSWER, media="application/x-www-form-urlencoded"))

    assert one is not None
    assert one.property == "secret"
    assert key is not None
    assert key.property == "client_key"
    assert form is not None
    assert form.request("a b&c").body == b"api_key=a+b%26c"


@pytest.mark.parametrize(
    ("inputs", "outputs", "more"),
    [
        ({"user": {"type": "string"}, "password": {"type": "string"}}, ANSWER, {}),
        ({"key": {"type": "string"}, "user": {"type": "string"}}, ANSWER, {"required": ["key", "user"]}),
        ({"key": {"type": "integer"}}, ANSWER, {}),
        ({"key": {"type": "string"}}, {"name": {"type": "string"}}, {}),
        ({"key": {"type": "string"}}, ANSWER, {"security": [{"b": []}]}),
    ],
    ids=["a login", "more than a key", "no text", "no token", "not open"],
)
def test_what_is_none(make_bundle: Callable[..., Bundle], inputs: Any, outputs: Any, more: Any) -> None:
    """A key is never sent to an operation that merely looks similar."""
    assert find_exchange(bundle_of(make_bundle, inputs, outputs, **more)) is None


@pytest.mark.parametrize(
    ("body", "token"),
    [
        (b'{"access_token": "a", "token": "b"}', "a"),
        (b'{"data": {"token": "b"}}', "b"),
        (b'{"access_token": ""}', None),
        (b'["a"]', None),
        (b"<html>", None),
    ],
)
def test_the_token_of_a_reply(make_bundle: Callable[..., Bundle], body: bytes, token: str | None) -> None:
    """It stands in the body or its envelope; without one there is none."""
    exchange = find_exchange(bundle_of(make_bundle, {"key": {"type": "string"}}, ANSWER))
    assert exchange is not None
    found = exchange.token(Reply(200, (), body))

    assert (found.text if found else None) == token
