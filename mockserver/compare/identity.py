"""Ids and links: which values are ids, where each appeared first, and links by the operation they lead to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from mockserver.bundle.operations import Operation
from mockserver.compare.documents import Number
from mockserver.exchanges import Exchange
from mockserver.store.model import Model, normal
from mockserver.store.pointing import points_at

_FORMS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(pattern, re.ASCII))
    for name, pattern in (
        ("uuid", r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"),
        ("uuid in upper case", r"(?i:[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})"),
        ("ulid", r"[0-7][0-9A-HJKMNP-TV-Z]{25}"),
        ("objectid", r"[0-9a-f]{24}"),
        ("hex", r"(?=.*\d)[0-9a-f]{32,}"),
        ("token", r"eyJ[\w-]+\.[\w-]+\.[\w-]*"),
    )
)
_PREFIXED = re.compile(r"([A-Za-z]{1,10}(?:_(?:live|test))?[_-])(?=\w*\d)[A-Za-z0-9]{5,}", re.ASCII)
_NAMES = frozenset("id uuid guid ulid key cursor token secret nonce etag request_id trace_id correlation_id".split())
_NUMBER = re.compile(r"\d+")


@lru_cache(maxsize=65536)
def unmistakable(text: str) -> str:
    """The form of a text that can only be an id: `uuid`, `ulid`, `prefixed r_`; "" for others."""
    for name, pattern in _FORMS:
        if pattern.fullmatch(text):
            return name
    found = _PREFIXED.fullmatch(text)
    return f"prefixed {found[1]}" if found is not None else ""


def id_form(value: Any) -> str:
    """The form of an id: `integer`, `uuid`, `digits`, `prefixed cus_`, `text`."""
    if type(value) is Number:
        return "integer" if "." not in value else "number"
    if not isinstance(value, str):
        return "none"
    return unmistakable(value) or ("digits" if value.isdigit() else "text")


@dataclass(slots=True)
class Namer:
    """Says of a property whether it holds an id: a key, or a reference to an entity of the model."""

    model: Model
    known: dict[str, bool] = field(default_factory=dict)

    def names_id(self, name: str) -> bool:
        """Whether a property of this name holds ids."""
        if name not in self.known:
            self.known[name] = normal(name) in _NAMES or points_at(self.model, name) is not None
        return self.known[name]

    def is_id(self, name: str, value: Any) -> bool:
        """Whether a value under a name is an id."""
        if type(value) is Number:
            return self.names_id(name) and "." not in value
        return isinstance(value, str) and bool(value) and (self.names_id(name) or bool(unmistakable(value)))


@dataclass(slots=True)
class Names:
    """Where each id of one side appeared first: (step, pointer), the side's own name for it."""

    first: dict[str, tuple[int, str]] = field(default_factory=dict)

    def see(self, value: Any, step: int, pointer: str) -> None:
        """An id was seen; only the first time counts."""
        self.first.setdefault(str(value), (step, pointer))

    def before(self, value: Any, step: int) -> tuple[int, str] | None:
        """Where an id appeared first, if that was in an earlier step."""
        found = self.first.get(str(value))
        return found if found is not None and found[0] < step else None


def ids_in(value: Any, namer: Namer, pointer: str = "", name: str = "", deep: int = 0) -> Iterator[tuple[str, Any]]:
    """The ids of a body with their pointers, of lists the first hundred elements."""
    if isinstance(value, dict):
        for key, part in value.items():
            if deep < 8:
                yield from ids_in(part, namer, f"{pointer}/{key}", key, deep + 1)
    elif isinstance(value, list):
        for index, part in enumerate(value[:100]):
            yield from ids_in(part, namer, f"{pointer}/{index}", name, deep + 1)
    elif namer.is_id(name, value):
        yield pointer, value


@lru_cache(maxsize=4096)
def _template(path: str) -> re.Pattern[str]:
    return re.compile(
        "".join(
            f"(?P<p{i}>[^/]+)" if i % 2 else re.escape(part) for i, part in enumerate(re.split(r"\{([^{}]+)\}", path))
        )
    )


def path_values(operation: Operation | None, path: str) -> dict[str, str]:
    """The values of a path's parameters, as the operation's template reads them; a base path before it is skipped."""
    if operation is None or "{" not in operation.path:
        return {}
    names = re.findall(r"\{([^{}]+)\}", operation.path)
    found = re.search(_template(operation.path).pattern + r"\Z", path)
    return dict(zip(names, (unquote(value) for value in found.groups()), strict=True)) if found is not None else {}


def link_form(text: str, exchange: Exchange) -> str:
    """A link with its ids masked: `own host /clients/{}?cursor`; whose host it names is told, not which."""
    parts = urlsplit(text)
    own = urlsplit(exchange.url)
    host = ""
    if parts.netloc:
        sent = exchange.request.header("host") or own.netloc
        host = "own host " if parts.netloc in (own.netloc, sent) or not own.netloc else "other host "
    path = parts.path
    if own.path and path.startswith(own.path.rstrip("/") + "/"):
        path = path[len(own.path.rstrip("/")) :]
    segments = ["{}" if _NUMBER.search(part) and not re.fullmatch(r"v\d+", part) else part for part in path.split("/")]
    query = ",".join(sorted({name for name, _ in parse_qsl(parts.query, keep_blank_values=True)}))
    return f"{host}{'/'.join(segments)}{'?' + query if query else ''}{'#' if parts.fragment else ''}"


def masked(text: str, request_words: frozenset[str]) -> str:
    """A sentence without what changes from side to side: numbers, ids, quoted texts, words of the request."""
    for word in sorted(request_words, key=len, reverse=True):
        text = text.replace(word, "*")
    text = re.sub(r"(?i:[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})|\b[0-9a-f]{24,}\b", "*", text)
    text = re.sub(r"\d{4}-\d\d-\d\d[T ][\d:.]+(Z|[+-]\d\d:?\d\d)?", "*", text)
    return re.sub(r"\d+(\.\d+)?", "*", text)
