"""MockServer: a running mock, in a thread or in the foreground."""

from __future__ import annotations

import asyncio
import errno
import socket
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from mockserver.app import App, create_app
from mockserver.entities import tokens
from mockserver.problems import Unreachable, UsageError
from mockserver.serving.journal import Entry
from mockserver.settings import load_settings

_START_LIMIT = 15.0


class MockServer:
    """A mock that runs in a thread of this process, for tests and scripts.

    `with MockServer(scenario="small") as mock:` gives `mock.url` and `mock.token`; any setting may be a keyword.
    The port is free-chosen unless given. Leaving the block stops it.
    """

    def __init__(self, **settings: Any) -> None:
        self.settings, _ = load_settings({"port": 0, "access_log": False, **settings})
        self.app: App = create_app(self.settings)
        self._socket: socket.socket | None = None
        self._server: Any = None
        self._thread: threading.Thread | None = None
        self.url = ""

    def start(self) -> Self:
        """Listen and serve; returns when the first request can be answered."""
        self._socket = bind(self.settings.host, self.settings.port)
        self.url = address(self._socket, self.settings.host)
        self._server = uvicorn_server(self.app)
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), daemon=True)
        self._thread.start()
        limit = time.monotonic() + _START_LIMIT
        while not self._server.started:
            if time.monotonic() > limit or not self._thread.is_alive():
                raise Unreachable(f"The mock did not start on {self.url}.")
            time.sleep(0.002)
        return self

    def stop(self) -> None:
        """Stop listening and end the thread."""
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join(_START_LIMIT)
        if self._socket is not None:
            self._socket.close()
        self._server = self._thread = self._socket = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _tb: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def token(self) -> str:
        """A fresh bearer token of the scenario's first key (the admin's)."""
        return tokens.first_token(self.app.pipeline.worlds.main)

    def reset(self) -> None:
        """Back to the scenario: every row, every world, the clock and the journal."""
        self.app.pipeline.worlds.reset_all()
        self.app.pipeline.journal.clear()

    def requests(self, operation: str = "") -> list[Entry]:
        """What came so far, oldest first; of one operation where its id is given."""
        return [e for e in list(self.app.pipeline.journal) if not operation or e.operation == operation]


def bind(host: str, port: int) -> socket.socket:
    """A listening socket; UsageError where the port is taken or the address is not this machine's."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        if error.errno == errno.EADDRINUSE:
            hint = "Use --port 0 for any free port, or stop what listens there."
            raise UsageError(f"Port {port} of {host} is taken.", hint) from error
        raise UsageError(f"Cannot listen on {host}:{port}: {error.strerror or error}.") from error
    except (OverflowError, UnicodeError) as error:
        listening.close()
        raise UsageError(f"Cannot listen on {host}:{port}: {error}.") from error
    listening.listen(2048)
    return listening


def address(listening: socket.socket, host: str) -> str:
    """The URL of a listening socket, as a client on this machine would write it."""
    port = listening.getsockname()[1]
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104  shown, not bound
    return f"http://{shown}:{port}"


class _Joining:
    """A transport whose writes wait for the end of the loop's present step.

    Uvicorn writes the head and the body of an answer one by one: two system calls, two packets, a fifth of a GET.
    """

    __slots__ = ("_held", "_loop", "_transport", "get_extra_info", "is_closing", "pause_reading", "resume_reading")

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._held: list[bytes] = []
        self.get_extra_info = transport.get_extra_info
        self.is_closing = transport.is_closing
        self.pause_reading = transport.pause_reading
        self.resume_reading = transport.resume_reading

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Send, together with what else is written in this step."""
        if not self._held:
            self._loop.call_soon(self._flush)
        self._held.append(data)

    def close(self) -> None:
        """Send what waits, then close."""
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        if self._held:
            held, self._held = self._held, []
            if not self._transport.is_closing():
                self._transport.write(b"".join(held))


def uvicorn_server(app: App, started: Callable[[], None] | None = None) -> Any:
    """Uvicorn over the app, silent: what there is to say, the app's own log says."""
    import uvicorn
    from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

    class Joined(HttpToolsProtocol):
        def connection_made(self, transport: Any) -> None:
            super().connection_made(_Joining(transport, self.loop))  # type: ignore[arg-type]  # it has all that is used

    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="off",
        ws="none",
        proxy_headers=False,
        http=Joined,
        server_header=False,
        timeout_graceful_shutdown=3,
    )
    if started is None:
        return uvicorn.Server(config)
    announce = started

    class Announcing(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            announce()

    return Announcing(config)
