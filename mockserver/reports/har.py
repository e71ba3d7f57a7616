"""HAR: the exchanges of a run as an HTTP Archive 1.2, which browsers' and other tools open.

What HAR has no words for stands in `_mockserver` and `_encoding`, as the format allows for names with an underscore.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote_plus

from mockserver.exchanges import Exchange, Headers, Reply, Request
from mockserver.runs import Run

_LOCAL = "http://127.0.0.1:4020"  # where the mock in process would listen
_BEGINNING = "1970-01-01T00:00:00Z"  # of exchanges whose time nobody noted


def har(source: Run | Iterable[Exchange], tool: str = "") -> str:
    """The exchanges of a run's observations (each once), or any exchanges, as the text of a HAR file.

    `tool` is name and version of what made them; a run knows its own. The bodies are those of the exchanges: what is
    not to be seen was redacted before.
    """
    if isinstance(source, Run):
        tool = source.tool or tool
        exchanges: Iterable[Exchange] = dict.fromkeys(e for o in source.observations for e in o.exchanges)
    else:
        exchanges = source
    name, _, version = tool.rpartition(" ") if " " in tool else (tool or "aiwyn-mockserver", "", "0")
    entries = [_entry(exchange) for exchange in exchanges]
    log = {"version": "1.2", "creator": {"name": name, "version": version}, "entries": entries}
    return json.dumps({"log": log}, indent=1, ensure_ascii=False) + "\n"


def _entry(exchange: Exchange) -> dict[str, Any]:
    took = round(exchange.took * 1000, 3)
    more = {
        name: getattr(exchange, name) for name in ("environment", "url", "operation", "actor", "purpose", "failure")
    }
    return {
        "startedDateTime": exchange.at or _BEGINNING,
        "time": took,
        "request": _request(exchange.request, exchange.url or _LOCAL),
        "response": _response(exchange.reply, exchange.failure),
        "cache": {},
        "timings": {"send": 0, "wait": took, "receive": 0},
        "_mockserver": more,
    }


def _request(request: Request, url: str) -> dict[str, Any]:
    made: dict[str, Any] = {
        "method": request.method,
        "url": url + request.target,
        "httpVersion": "HTTP/1.1",
        "cookies": [c for name, value in request.headers if name.lower() == "cookie" for c in _cookies(value)],
        "headers": _headers(request.headers),
        "queryString": [_pair(pair) for pair in request.query.split("&") if pair],
        "headersSize": -1,
        "bodySize": len(request.body),
    }
    if request.body:
        text, encoding = _text(request.body)
        made["postData"] = {"mimeType": request.header("content-type") or "", "text": text}
        if encoding:
            made["postData"]["_encoding"] = encoding
    return made


def _response(reply: Reply | None, failure: str) -> dict[str, Any]:
    if reply is None:
        reply = Reply(0)
    text, encoding = _text(reply.body)
    content: dict[str, Any] = {"size": len(reply.body), "mimeType": reply.header("content-type") or "", "text": text}
    if encoding:
        content["encoding"] = encoding
    known = reply.status in HTTPStatus.__members__.values()
    return {
        "status": reply.status,
        "statusText": HTTPStatus(reply.status).phrase if known else "",
        "httpVersion": "HTTP/1.1" if reply.status else "",
        "cookies": [c for name, v in reply.headers if name.lower() == "set-cookie" for c in _cookies(v.split(";")[0])],
        "headers": _headers(reply.headers),
        "content": content,
        "redirectURL": reply.header("location") or "",
        "headersSize": -1,
        "bodySize": len(reply.body) if reply.status else -1,
        **({"_error": failure} if failure else {}),
    }


def _headers(headers: Headers) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in headers]


def _cookies(text: str) -> list[dict[str, str]]:
    pairs = [part.strip().partition("=") for part in re.split(";", text) if part.strip()]
    return [{"name": name, "value": value} for name, _, value in pairs]


def _pair(pair: str) -> dict[str, str]:
    name, _, value = pair.partition("=")
    return {"name": unquote_plus(name), "value": unquote_plus(value)}


def _text(body: bytes) -> tuple[str, str]:
    """A body as text, and its encoding where it is none."""
    try:
        return body.decode("utf-8"), ""
    except UnicodeDecodeError:
        return base64.b64encode(body).decode("ascii"), "base64"
