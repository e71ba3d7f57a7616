"""Exchanges: a request and what came back, as data; what checks judge, comparisons compare and recordings keep."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Headers = tuple[tuple[str, str], ...]


def header(headers: Headers, name: str) -> str | None:
    """The value of a header, whatever its case; several lines are joined by `, ` (RFC 9110 5.3)."""
    found = [value for key, value in headers if key.lower() == name.lower()]
    return ", ".join(found) if found else None


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it goes on the wire.

    `target` is path and query, percent-encoded as sent, relative to the environment's base path, so that the same
    request can go to another environment. Header values are what latin-1 can hold.
    """

    method: str
    target: str
    headers: Headers = ()
    body: bytes = b""

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        """The raw query, without the question mark."""
        return self.target.partition("?")[2]

    def header(self, name: str) -> str | None:
        """The value of a header, if it is there."""
        return header(self.headers, name)

    def to_json(self) -> dict[str, Any]:
        """As plain JSON; a body that is no UTF-8 is kept in base64."""
        return {"method": self.method, "target": self.target, "headers": _list(self.headers), **_body(self.body)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Request:
        """The request that `to_json` wrote."""
        return cls(data["method"], data["target"], _pairs(data["headers"]), _bytes(data))


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server answered, its body as it came after transfer and content codings are undone."""

    status: int
    headers: Headers = ()
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """The value of a header, if it is there."""
        return header(self.headers, name)

    @property
    def media(self) -> str:
        """The media type in lower case, without parameters; empty where none is said."""
        return (self.header("content-type") or "").partition(";")[0].strip().lower()

    def json(self) -> Any:
        """The body as JSON; ValueError where it is none. Floats keep being floats, integers of any size integers."""
        return json.loads(self.body)

    def to_json(self) -> dict[str, Any]:
        """As plain JSON; a body that is no UTF-8 is kept in base64."""
        return {"status": self.status, "headers": _list(self.headers), **_body(self.body)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Reply:
        """The reply that `to_json` wrote."""
        return cls(data["status"], _pairs(data["headers"]), _bytes(data))


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request to one environment and its outcome.

    `reply` is None where nothing came back; `failure` then says why, in words. `url` is the environment's (with its
    base path), `operation` the label of the bundle's operation ("" where none is meant), `actor` the credentials used
    ("" without any), `at` RFC 3339 in UTC, `took` seconds. `purpose` says who asked: `fuzzing`, `probe paging`.
    """

    environment: str
    url: str
    request: Request
    reply: Reply | None
    failure: str = ""
    operation: str = ""
    actor: str = ""
    at: str = ""
    took: float = 0.0
    purpose: str = ""

    def to_json(self) -> dict[str, Any]:
        """As plain JSON."""
        return {
            "environment": self.environment, "url": self.url, "operation": self.operation, "actor": self.actor,
            "at": self.at, "took": round(self.took, 6), "purpose": self.purpose, "failure": self.failure,
            "request": self.request.to_json(), "reply": self.reply.to_json() if self.reply else None,
        }  # fmt: skip

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Exchange:
        """The exchange that `to_json` wrote."""
        plain = {
            key: data[key] for key in ("environment", "url", "operation", "actor", "at", "took", "purpose", "failure")
        }
        reply = Reply.from_json(data["reply"]) if data["reply"] is not None else None
        return cls(request=Request.from_json(data["request"]), reply=reply, **plain)


def _list(headers: Headers) -> list[list[str]]:
    return [[name, value] for name, value in headers]


def _pairs(headers: Any) -> Headers:
    return tuple((str(name), str(value)) for name, value in headers)


def _body(body: bytes) -> dict[str, str]:
    try:
        return {"body": body.decode("utf-8")}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(body).decode("ascii")}


def _bytes(data: Mapping[str, Any]) -> bytes:
    if "base64" in data:
        return base64.b64decode(data["base64"])
    return str(data.get("body", "")).encode("utf-8")
