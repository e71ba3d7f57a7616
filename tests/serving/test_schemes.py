"""Every kind of security that OpenAPI knows: keys in three places, Basic, alternatives, nothing at all."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

Make = Callable[..., Any]
SCHEMES = {
    "header": {"type": "apiKey", "in": "header", "name": "X-Api-Key"},
    "query": {"type": "apiKey", "in": "query", "name": "api_key"},
    "cookie": {"type": "apiKey", "in": "cookie", "name": "session"},
    "basic": {"type": "http", "scheme": "Basic"},
    "bearer": {"type": "http", "scheme": "bearer"},
    "certificate": {"type": "mutualTLS"},
}


def operation(*alternatives: list[str], **more: Any) -> dict[str, Any]:
    """An operation that answers nothing, under alternatives of security schemes."""
    return {
        "get": {
            "security": [{name: [] for name in names} for names in alternatives],
            "responses": {"200": {"description": "", "content": {"application/json": {"schema": {}}}}},
            **more,
        }
    }


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle with an operation for each scheme, and for what can be made of several."""
    paths = {f"/{name}": operation([name]) for name in SCHEMES}
    paths["/either"] = operation(["header"], ["basic"])
    paths["/both"] = operation(["header", "query"])
    paths["/optional"] = operation(["header"], [])
    paths["/open"] = operation()
    paths["/unknown"] = operation(["nobody-declared-it"])
    paths["/writers"] = operation(["header"], **{"x-mock-roles": ["RECORD_W"]})
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Doors", "version": "1"},
        "paths": paths,
        "components": {"securitySchemes": SCHEMES},
    }
    file = tmp_path_factory.mktemp("doors") / "doors.yaml"
    file.write_text(yaml.safe_dump(document), "utf-8")
    return file


@pytest.fixture(scope="module")
def doors(make_mock: Make, file: Path) -> Any:
    """A mock of that bundle whose client says nothing of itself."""
    mock = make_mock(bundle=str(file))
    del mock.headers["Authorization"]
    return mock


def basic(user: str) -> str:
    """A Basic header for a user whose password is no matter."""
    return "Basic " + base64.b64encode(f"{user}:whatever".encode()).decode()


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("/header", {"headers": {"x-api-key": "demo-admin"}}),
        ("/query", {"params": {"api_key": "demo-admin"}}),
        ("/cookie", {"headers": {"Cookie": "a=b; session=demo-admin"}}),
        ("/basic", {"headers": {"Authorization": basic("demo-admin")}}),
        ("/either", {"headers": {"Authorization": basic("demo-admin")}}),
        ("/either", {"headers": {"X-Api-Key": "demo-admin"}}),
        ("/both", {"headers": {"X-Api-Key": "demo-admin"}, "params": {"api_key": "demo-reader"}}),
        ("/optional", {}),
        ("/optional", {"headers": {"X-Api-Key": "demo-admin"}}),
        ("/optional", {"headers": {"X-Api-Key": "nobody"}}),
        ("/open", {}),
        ("/certificate", {}),
        ("/unknown", {}),
        ("/writers", {"headers": {"X-Api-Key": "demo-admin"}}),
    ],
)
def test_a_key_of_the_scenario_opens_each_kind_of_door(doors: Any, path: str, sent: dict[str, Any]) -> None:
    """A key is taken where its scheme has it, one of several alternatives is enough, and what is open is open."""
    assert doors.get(path, **sent).status_code == 200


@pytest.mark.parametrize(
    ("path", "sent", "told"),
    [
        ("/header", {}, "header parameter X-Api-Key"),
        ("/header", {"headers": {"X-Api-Key": "nobody"}}, "not known"),
        ("/header", {"headers": {"X-Api-Key": "demo-expired"}}, "expired"),
        ("/query", {"headers": {"X-Api-Key": "demo-admin"}}, "query parameter api_key"),
        ("/cookie", {"params": {"session": "demo-admin"}}, "cookie parameter session"),
        ("/basic", {}, "Basic"),
        ("/basic", {"headers": {"Authorization": "Basic !!!"}}, "Basic"),
        ("/basic", {"headers": {"Authorization": basic("nobody")}}, "not known"),
        ("/either", {}, "X-Api-Key"),
        ("/both", {"headers": {"X-Api-Key": "demo-admin"}}, "api_key"),
    ],
)
def test_without_the_right_key_the_door_stays_shut(doors: Any, path: str, sent: dict[str, Any], told: str) -> None:
    """401 with a challenge of the right scheme, and what to send."""
    reply = doors.get(path, **sent)

    assert reply.status_code == 401
    assert reply.headers["www-authenticate"].startswith("Basic" if path == "/basic" else "Bearer")
    assert told in reply.json()["detail"]


def test_an_overlay_may_ask_for_a_role(doors: Any) -> None:
    """`x-mock-roles` refuses who has none of them, naming the role."""
    reply = doors.get("/writers", headers={"X-Api-Key": "demo-reader"})

    assert (reply.status_code, reply.headers["mock-code"]) == (403, "MS104")
    assert "RECORD_W" in reply.json()["detail"]


def test_any_credential_will_do_when_asked_for(make_mock: Make, file: Path) -> None:
    """With `auth=any` every key and token counts, but one must be sent; with `off` none need be."""
    anyone, nobody = make_mock(bundle=str(file), auth="any"), make_mock(bundle=str(file), auth="off")
    for mock in (anyone, nobody):
        del mock.headers["Authorization"]

    assert anyone.get("/header", headers={"X-Api-Key": "made up"}).status_code == 200
    assert anyone.get("/bearer", headers={"Authorization": "Bearer made.up"}).status_code == 200
    assert anyone.get("/header").status_code == 401
    assert nobody.get("/header").status_code == 200
    assert nobody.get("/both").status_code == 200
