"""Guard: why a request may not leave; reading is known from roles, and in doubt a request stays here."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from urllib.parse import unquote_plus, urlsplit

from mockserver.bundle.loader import Bundle
from mockserver.bundle.operations import Operation, Role, is_json
from mockserver.bundle.servers import base_paths
from mockserver.environments.environment import Environment
from mockserver.environments.paths import Paths, escapes, trouble
from mockserver.exchanges import Request

_READING = frozenset({Role.LIST, Role.SEARCH, Role.READ})
_LOOKING = frozenset({"HEAD", "OPTIONS", "TRACE"})
_WAY_OUT = "Only reading is allowed; to write, set `writable = true` for the environment and give --allow-writes."
_METHOD = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+\Z")
# Servers that know one of these take another method, path or body than the one that was judged.
_OVERRIDES = frozenset(
    "x-http-method-override x-http-method x-method-override x-original-method x-original-url x-rewrite-url "
    "x-forwarded-method x-forwarded-uri upgrade http2-settings transfer-encoding".split()
)
_OVERRIDE_NAMES = _OVERRIDES | {"_method", "$httpmethod", "_httpmethod", "http_method_override"}


def reads(operation: Operation) -> bool:
    """Whether an operation only reads: lists, searches and reads by role, others by GET and HEAD."""
    return operation.role in _READING or (operation.role is Role.OTHER and operation.method in ("GET", "HEAD"))


class Guard:
    """Judges requests to one environment by one bundle."""

    def __init__(self, environment: Environment, bundle: Bundle) -> None:
        bases = base_paths(bundle.document.get("servers"))
        self._environment = environment
        self.paths = Paths(bundle.operations, [*bases, environment.base_path or ""])
        own = urlsplit(environment.url)
        self._hosts = frozenset(host.lower() for host in environment.hosts or (own.hostname or "", own.netloc))

    def refusal(self, request: Request, *, writes: bool) -> str:
        """Why a request may not leave, and what would let it; "" where it may."""
        reason = self._never(request)
        if not reason and not writes:
            unsafe = self._unsafe(request)
            reason = f"{unsafe} {_WAY_OUT}" if unsafe else ""
        if not reason:
            return ""
        return f"{request.method} {request.target[:200]} is not sent to {self._environment.name}: {reason}"

    def reading(self, request: Request) -> bool:
        """Whether a request only reads, on whatever environment."""
        return not self._never(request) and not self._unsafe(request)

    def _never(self, request: Request) -> str:
        if not _METHOD.match(request.method):
            return "its method is no HTTP method."
        if request.target[:1] != "/" or request.target[:2] == "//":
            return "its target is not a path of this server; targets begin with one slash."
        if any(letter <= " " or letter == "\x7f" for letter in request.target):
            return "its target has spaces or control characters; percent-encode them."
        if escapes(request.path):
            return "its path leads out of the API; leave out `..`."
        for name, value in request.headers:
            if any(letter in "\r\n\0" for letter in name + value):
                return f"its header {name!r} would break into two."
            if name.lower() == "host" and self._environment.url and not self._known(value):
                return f"its Host header names {value}; add it to `hosts` of the environment to allow that."
        return ""

    def _known(self, host: str) -> bool:
        name = host.strip().lower()
        return name in self._hosts or re.sub(r":\d+\Z", "", name) in self._hosts

    def _unsafe(self, request: Request) -> str:
        override = next(_overrides(request), "")
        if override:
            return f"{override} may turn it into another request."
        meant = self.paths.find(request.method, request.path)
        matrix = any(p.style == "matrix" for operation in meant for p in operation.parameters)
        odd = trouble(request.path, matrix=matrix)
        if odd:
            return f"{odd}, so that servers may take it for another request."
        if request.method in _LOOKING and not meant:
            return self._looking(request)
        if not meant:
            return "the bundle has no such operation, so nobody knows what it does."
        return _first_writing(self.paths.readings(request.method, request.path))

    def _looking(self, request: Request) -> str:
        """HEAD is GET to many servers, and so may TRACE be to some: neither may name a GET that acts."""
        if request.method == "OPTIONS":
            return ""
        return _first_writing(self.paths.readings("GET", request.path))


def _first_writing(operations: Sequence[Operation]) -> str:
    writing = next((operation for operation in operations if not reads(operation)), None)
    if writing is None:
        return ""
    return f"{writing.label} may change something ({writing.role})."


def _overrides(request: Request) -> Iterator[str]:
    for name, _ in request.headers:
        if name.lower().replace("_", "-") in _OVERRIDES:
            yield f"the header {name}"
    yield from (f"`{name}` in its query" for name in _names(request.query))
    if not request.body:
        return
    kind = (request.header("content-type") or "").partition(";")[0].strip().lower()
    if kind == "application/x-www-form-urlencoded":
        yield from (f"`{name}` in its form" for name in _names(request.body.decode("latin-1")))
    elif kind.startswith("multipart/"):
        names = re.findall(rb"name\s*=\s*\"?([^\";\r\n]+)", request.body, re.IGNORECASE)
        yield from (f"`{n.decode('latin-1')}` in its form" for n in names if _overriding(n.decode("latin-1")))
    elif is_json(kind) or not kind:
        yield from _json_overrides(request.body)


def _json_overrides(body: bytes) -> Iterator[str]:
    if b"ethod" not in body.lower() and b"\\u" not in body:
        return
    try:
        read = json.loads(body)
    except (ValueError, RecursionError):
        read = {}
    if isinstance(read, dict):
        yield from (f"`{name}` in its body" for name in read if _overriding(name))


def _names(query: str) -> Iterator[str]:
    for piece in re.split(r"[&;]", query):
        name = unquote_plus(piece.partition("=")[0])
        if _overriding(name):
            yield name


def _overriding(name: str) -> bool:
    return name.strip().lower() in _OVERRIDE_NAMES
