"""The journal: what came, what it was taken for, what was answered and why."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mockserver.clock import text_of

_SECRET_HEADERS = {"authorization", "cookie", "proxy-authorization", "set-cookie"}
_SECRET_WORDS = ("key", "token", "secret", "password")
_BODY_LIMIT = 16_384
_OVERHEAD = 2000  # bytes an entry takes beside its body, its headers and token among them


@dataclass(slots=True)
class Entry:
    """One request. `because` says why it was refused, or is empty; `took` is in microseconds."""

    id: str
    time: datetime
    method: str
    path: str
    query: str
    headers: list[tuple[bytes, bytes]]
    body: bytes
    world: str
    operation: str = ""
    status: int = 0
    code: str = ""
    because: str = ""
    took: int = 0
    violations: tuple[Any, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The entry as JSON, with credentials replaced by `[hidden]`."""
        return {
            "id": self.id,
            "time": text_of(self.time),
            "method": self.method,
            "path": self.path,
            "query": _hide_query(self.query),
            "headers": {k.decode("latin-1"): _hide_header(k, v) for k, v in self.headers},
            "body": _hide_body(self.body),
            "world": self.world,
            "operation": self.operation or None,
            "status": self.status,
            "code": self.code or None,
            "because": self.because or None,
            "violations": [{"part": v.part, "pointer": v.pointer, "detail": v.detail} for v in self.violations],
            "took_us": self.took,
        }


class Journal:
    """The last requests, bounded in bytes; `dropped` counts what had to go, so that nobody counts on a hole."""

    __slots__ = ("_entries", "_limit", "_size", "dropped", "total")

    def __init__(self, limit: int) -> None:
        self._entries: deque[Entry] = deque()
        self._limit = limit
        self._size = 0
        self.dropped = 0
        self.total = 0

    def add(self, entry: Entry) -> None:
        """Remember a request; the oldest go when the limit is passed."""
        if len(entry.body) > _BODY_LIMIT:
            entry.body = entry.body[:_BODY_LIMIT]
        self.total += 1
        self._entries.append(entry)
        self._size += _OVERHEAD + len(entry.body)
        while self._size > self._limit and self._entries:
            old = self._entries.popleft()
            self._size -= _OVERHEAD + len(old.body)
            self.dropped += 1

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def clear(self, world: str | None = None) -> None:
        """Forget all, or the requests of one world."""
        kept = [] if world is None else [e for e in self._entries if e.world != world]
        self._entries = deque(kept)
        self._size = sum(_OVERHEAD + len(e.body) for e in kept)


def _is_secret(text: str) -> bool:
    """Whether a name (or an unreadable body) speaks of credentials."""
    lower = text.lower()
    return any(word in lower for word in _SECRET_WORDS)


def _hide_header(name: bytes, value: bytes) -> str:
    text = name.decode("latin-1")
    hidden = text.lower() in _SECRET_HEADERS or _is_secret(text)
    return "[hidden]" if hidden else value.decode("latin-1")


def _hide_query(query: str) -> str:
    parts = []
    for part in query.split("&"):
        name, eq, _ = part.partition("=")
        parts.append(f"{name}{eq}[hidden]" if eq and _is_secret(name) else part)
    return "&".join(parts)


def _hide_body(body: bytes) -> Any:
    import orjson

    if not body:
        return None
    try:
        return _hide(orjson.loads(body))
    except orjson.JSONDecodeError:
        text = body.decode("utf-8", "replace")
        return "[hidden]" if _is_secret(text) else text


def _hide(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: "[hidden]" if isinstance(v, str) and _is_secret(k) else _hide(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_hide(v) for v in value]
    return value
