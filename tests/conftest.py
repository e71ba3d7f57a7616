"""Shared fixtures: the application in process, behind an ordinary httpx client."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

if TYPE_CHECKING:
    from mockserver.app import App


class InProcess(httpx.BaseTransport):
    """Hands each request of a synchronous httpx client to an ASGI application, with the path as it was written."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.loop = asyncio.new_event_loop()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        body = request.read()
        sent: list[dict[str, Any]] = []
        raw, _, query = request.url.raw_path.partition(b"?")
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": request.method,
            "scheme": request.url.scheme,
            "path": request.url.path,
            "raw_path": raw,
            "query_string": query,
            "root_path": "",
            "headers": [(k.lower(), v) for k, v in request.headers.raw],
            "client": ("127.0.0.1", 1),
            "server": (request.url.host, 80),
        }

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        self.loop.run_until_complete(self.app(scope, receive, send))
        content = b"".join(message.get("body", b"") for message in sent[1:])
        return httpx.Response(sent[0]["status"], headers=sent[0]["headers"], content=content)

    def close(self) -> None:
        self.loop.run_until_complete(self.loop.shutdown_default_executor())
        self.loop.close()


class Mock(httpx.Client):
    """A client of a mock in process; `as_(key name)` speaks with the token of one of the scenario's keys."""

    def __init__(self, app: App) -> None:
        from mockserver.entities import tokens

        super().__init__(transport=InProcess(app), base_url="http://mock")
        self.app = app
        self.headers["Authorization"] = f"Bearer {tokens.first_token(app.pipeline.worlds.main)}"

    def token(self, key: str) -> str:
        """A token exchanged for the key of a name, through the API itself."""
        reply = self.post("/v1/auth/token", json={"jwtApiKey": key})
        assert reply.status_code == 200, reply.text
        return str(reply.json()["access_token"])

    def as_(self, key: str) -> dict[str, str]:
        """The header that speaks for a key."""
        return {"Authorization": f"Bearer {self.token(key)}"}

    def reset(self) -> None:
        """Back to the scenario."""
        self.app.pipeline.worlds.reset_all()
        self.app.pipeline.journal.clear()


@pytest.fixture(scope="session")
def make_mock() -> Iterator[Callable[..., Mock]]:
    """A mock with given settings; its own answers are judged by the bundle, and a wrong one is a 500."""
    from mockserver.app import create_app
    from mockserver.settings import Settings

    made: list[Mock] = []

    def make(**settings: Any) -> Mock:
        mock = Mock(create_app(Settings(**{"check_replies": "fail", "access_log": False, **settings})))
        made.append(mock)
        return mock

    yield make
    for mock in made:
        mock.close()


@pytest.fixture(scope="session")
def _shared_mock(make_mock: Callable[..., Mock]) -> Mock:
    return make_mock()


@pytest.fixture
def mock(_shared_mock: Mock) -> Mock:
    """The mock of our own bundle with the default scenario, its state fresh."""
    _shared_mock.reset()
    return _shared_mock


@pytest.fixture(scope="session")
def corpus() -> Path:
    """Real bundles of other vendors, where this machine has them."""
    checkout = Path(__file__).resolve().parents[1]
    folder = Path(os.environ.get("MOCKSERVER_CORPUS", checkout.parent / "shared" / "corpus"))
    if not folder.is_dir():
        pytest.skip(f"the corpus of other vendors' bundles is not at {folder}; set MOCKSERVER_CORPUS")
    return folder
