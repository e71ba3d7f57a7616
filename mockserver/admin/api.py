"""The control API of a running server: a table of routes, then small functions."""

from __future__ import annotations

import hmac
import os
import re
from collections.abc import Callable, Mapping
from ipaddress import ip_address
from typing import Any
from urllib.parse import parse_qs

import orjson

from mockserver import __version__
from mockserver.findings import CODES
from mockserver.problems import Refusal, did_you_mean
from mockserver.serving import bodies
from mockserver.serving.journal import Entry
from mockserver.serving.pipeline import Pipeline
from mockserver.serving.routing import Receive, Scope, Send
from mockserver.settings import Settings

PREFIX = "/__admin"
_BODY_LIMIT = 1_000_000
_HOST = re.compile(r"\A(?:\[([^\]]*)\]|([^:]*))(?::\d*)?\Z")  # a name or address, and a port that does not matter
_FILTERS = {"status": r"(?i)\d{3}|\dxx", "limit": r"\d{1,9}", "operation": ".*", "code": ".*", "world": ".*"}

Reply = tuple[int, Any]
Action = Callable[["Admin", Mapping[str, str], Any], Reply]


class Admin:
    """Answers `/__admin/...` for loopback clients, or for those with `MOCKSERVER_ADMIN_TOKEN` where that is set."""

    def __init__(self, pipeline: Pipeline, settings: Settings) -> None:
        self.pipeline = pipeline
        self.settings = settings
        self._token = os.environ.get("MOCKSERVER_ADMIN_TOKEN", "")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request to the control API; every answer is JSON."""
        status, body, headers = await self._answer(scope, receive)
        payload = orjson.dumps(body, option=orjson.OPT_INDENT_2) + b"\n"
        media = b"application/problem+json" if status >= 400 else b"application/json"
        length = b"%d" % len(payload)
        headers = [(b"content-type", media), (b"content-length", length), *headers]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else payload})

    async def _answer(self, scope: Scope, receive: Receive) -> tuple[int, Any, list[tuple[bytes, bytes]]]:
        refused = self._guard(scope)
        if refused is not None:
            return *refused, []
        path, _, code = (scope["path"].rstrip("/") or PREFIX).partition("/problems/")
        path += "/problems" if code else ""
        methods = ROUTES.get(path)
        if methods is None:
            return *_problem(404, f"There is no {path}; there are {', '.join(ROUTES)}."), []
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        action = methods.get(method)
        if action is None:
            allow = ", ".join(methods)
            return *_problem(405, f"{path} answers {allow}."), [(b"allow", allow.encode())]
        query = {k: v[-1] for k, v in parse_qs(scope["query_string"].decode("latin-1")).items()}
        query |= {"code": code} if code else {}
        try:
            raw = await bodies.read(receive, scope["headers"], _BODY_LIMIT)
        except Refusal as refusal:
            return *_problem(refusal.status, refusal.detail), []
        try:
            given = orjson.loads(raw) if raw.strip() else {}
        except orjson.JSONDecodeError as error:
            return *_problem(400, f"The body is not JSON: {error}."), []
        if not isinstance(given, dict):
            return *_problem(400, "The body is a JSON object."), []
        return *action(self, query, given), []

    def _guard(self, scope: Scope) -> Reply | None:
        headers = {k: v.decode("latin-1") for k, v in scope["headers"]}
        if self._token:
            scheme, _, given = headers.get(b"authorization", "").partition(" ")
            if scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), self._token.encode()):
                return None
            return _problem(401, "The control API wants `Authorization: Bearer <MOCKSERVER_ADMIN_TOKEN>`.")
        client = (scope.get("client") or ("127.0.0.1", 0))[0]
        host = _HOST.sub(r"\1\2", headers.get(b"host", "localhost"))
        if _is_loopback(client) and (_is_loopback(host) or host in ("mock", self.settings.host)):
            return None
        return _problem(
            403,
            "The control API answers loopback only; set MOCKSERVER_ADMIN_TOKEN to reach it from elsewhere.",
        )

    def index(self, _query: Mapping[str, str], _given: Any) -> Reply:
        """What there is."""
        return 200, {"paths": {path: sorted(methods) for path, methods in ROUTES.items()}}

    def health(self, _query: Mapping[str, str], _given: Any) -> Reply:
        """Whether the server is ready, and what it serves."""
        bundle = self.pipeline.bundle
        return 200, {
            "status": "ok",
            "version": __version__,
            "bundle": {"title": bundle.title, "release": bundle.release, "sha256": bundle.sha256},
            "operations": len(bundle.operations),
            "seed": self.pipeline.worlds.main.seed,
            "worlds": list(self.pipeline.worlds.names()),
            "requests": self.pipeline.journal.total,
        }

    def bundle(self, _query: Mapping[str, str], _given: Any) -> Reply:
        """The bundle with overlays, served by this mock: what Swagger UI shows, which reads OpenAPI 3.0 only."""
        return 200, {**self.pipeline.bundle.document, "openapi": "3.0.3", "servers": [{"url": "/"}]}

    def reset(self, query: Mapping[str, str], given: Any) -> Reply:
        """Back to the scenario: one world (`{"world": "name"}`), or all; the journal is emptied likewise."""
        unknown = [name for name in (*given, *query) if name != "world"]
        if unknown:
            return _problem(400, f"Reset takes `world`, not {unknown[0]!r}.{did_you_mean(unknown[0], ['world'])}")
        world = given.get("world", query.get("world"))
        if world is None:
            self.pipeline.worlds.reset_all()
            self.pipeline.journal.clear()
        else:
            self.pipeline.worlds.reset(str(world))
            self.pipeline.journal.clear(str(world))
        return 200, {"reset": "all" if world is None else world}

    def requests(self, query: Mapping[str, str], _given: Any) -> Reply:
        """The journal, newest last; `status=4xx`, `operation=`, `code=`, `world=`, `limit=` narrow it."""
        for name, value in query.items():
            wanted = _FILTERS.get(name)
            if wanted is None:
                return _problem(400, f"There is no filter {name!r}.{did_you_mean(name, _FILTERS)}")
            if not re.fullmatch(wanted, value):
                return _problem(400, f"{name}={value} is not understood; write status=404, status=4xx or limit=10.")
        journal = self.pipeline.journal
        entries = [entry for entry in journal if _matches(entry, query)]
        if "limit" in query:
            entries = entries[max(len(entries) - int(query["limit"]), 0) :]
        return 200, {
            "count": len(entries),
            "dropped": journal.dropped,
            "requests": [self._told(entry) for entry in entries],
        }

    def problems(self, query: Mapping[str, str], _given: Any) -> Reply:
        """What a code means: where the `type` of a problem leads; all codes when none is named."""
        import mockserver.bundle.codes
        import mockserver.entities.codes
        import mockserver.serving.codes  # noqa: F401  importing a table of codes defines them

        code = query.get("code", "").upper()
        if not code:
            return 200, {known: entry.title for known, entry in sorted(CODES.items())}
        entry = CODES.get(code)
        if entry is None:
            return _problem(404, f"There is no code {code}.{did_you_mean(code, CODES)}")
        return 200, {"code": code, "title": entry.title, "why": entry.why, "fix": entry.fix}

    def _told(self, entry: Entry) -> dict[str, Any]:
        """An entry with what its operation is taken for."""
        operation = self.pipeline.bundle.operations.get(entry.operation)
        taken = f"{operation.role.value} of {operation.entity or 'no entity'}" if operation is not None else None
        return {**entry.as_json(), "taken_for": taken}

    def forget(self, query: Mapping[str, str], _given: Any) -> Reply:
        """Empty the journal."""
        self.pipeline.journal.clear(query.get("world"))
        return 200, {"count": len(self.pipeline.journal)}


ROUTES: dict[str, dict[str, Action]] = {
    PREFIX: {"GET": Admin.index},
    f"{PREFIX}/health": {"GET": Admin.health},
    f"{PREFIX}/bundle.json": {"GET": Admin.bundle},
    f"{PREFIX}/reset": {"POST": Admin.reset},
    f"{PREFIX}/problems": {"GET": Admin.problems},
    f"{PREFIX}/requests": {"GET": Admin.requests, "DELETE": Admin.forget},
}


def _is_loopback(host: str) -> bool:
    """Whether a name or address means this machine itself; `127.0.0.1.evil.example` does not."""
    try:
        address = ip_address(host)
    except ValueError:
        return host in ("localhost", "testclient")
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def _matches(entry: Entry, query: Mapping[str, str]) -> bool:
    status = query.get("status", "").lower()
    if status and status not in (str(entry.status), f"{entry.status // 100}xx"):
        return False
    names = [name for name in ("operation", "code", "world") if name in query]
    return all(getattr(entry, name) == query[name] for name in names)


def _problem(status: int, detail: str) -> Reply:
    return status, {
        "type": "about:blank",
        "title": detail.split(";", maxsplit=1)[0],
        "status": status,
        "detail": detail,
    }
