"""Recordings: traffic that somebody else recorded, as exchanges: HAR files and cassettes of VCR and its relatives."""

from __future__ import annotations

import base64
import json
import re
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlencode, urlsplit

import yaml

from mockserver.bundle.loader import Bundle
from mockserver.bundle.servers import base_paths
from mockserver.environments.paths import Paths
from mockserver.exchanges import Exchange, Headers, Reply, Request, header
from mockserver.problems import UsageError

_NO_REPLY = "no reply was recorded"
_LARGEST = 100_000_000  # bytes of a body after decompression


def read_recording(file: Path) -> list[Exchange]:
    """The exchanges of a HAR file or a cassette, told apart by what is in it. UsageError says what is wrong where."""
    data = _loaded(file)
    return _har(data, file) if "log" in data else _cassette(data, file)


def read_har(file: Path) -> list[Exchange]:
    """The exchanges of a HAR 1.2 file, in its order."""
    return _har(_loaded(file), file)


def read_cassette(file: Path) -> list[Exchange]:
    """The exchanges of a cassette, YAML or JSON, as vcrpy, VCR, Betamax and schemathesis write them."""
    return _cassette(_loaded(file), file)


def attach(exchanges: Sequence[Exchange], bundle: Bundle, base: str | None = None) -> list[Exchange]:
    """The exchanges with their operations' labels, their targets relative to the base path; "" where none is meant.

    The base path of each server is the one (of the bundle's servers, or of the recorded paths) under which most paths
    are operations; `base` overrules that.
    """
    paths = Paths(bundle.operations)
    bases = {} if base is not None else _bases(exchanges, bundle, paths)
    attached = []
    for exchange in exchanges:
        under = (base if base is not None else bases[exchange.url]).rstrip("/")
        request = exchange.request
        if not f"{request.path}/".startswith(f"{under}/"):
            attached.append(replace(exchange, operation=""))
            continue
        request = replace(request, target=request.target[len(under) :] or "/")
        operation = next(iter(paths.find(request.method, request.path)), None)
        label = operation.label if operation is not None else ""
        attached.append(replace(exchange, url=exchange.url + under, request=request, operation=label))
    return attached


def _bases(exchanges: Sequence[Exchange], bundle: Bundle, paths: Paths) -> dict[str, str]:
    """The base path of each recorded server."""
    found = {}
    declared = ["", *base_paths(bundle.document.get("servers"))]
    for url in {exchange.url for exchange in exchanges}:
        asked = {(e.request.method, e.request.path) for e in exchanges if e.url == url}
        prefixes = {path[:end] for _, path in list(asked)[:50] for end in _ends(path)}
        ways = dict.fromkeys([*declared, *sorted(prefixes, key=lambda p: (len(p), p))])
        found[url] = max(ways, key=lambda way: _hits(way, asked, paths))  # of equals, the first: the declared
    return found


def _ends(path: str) -> list[int]:
    return [match.start() for match in re.finditer("/", path)][1:6]


def _hits(base: str, asked: set[tuple[str, str]], paths: Paths) -> int:
    under = [(method, path[len(base) :]) for method, path in asked if path.startswith(f"{base}/")]
    return sum(bool(paths.find(method, path)) for method, path in under)


# -- files --


def _loaded(file: Path) -> dict[str, Any]:
    try:
        content = file.read_bytes()
    except OSError as error:
        raise UsageError(f"The recording {file} cannot be read: {error.strerror or error}.") from error
    data: Any = None
    text = content.decode("utf-8-sig", "replace")
    if text.lstrip()[:1] == "{":
        try:
            data = json.loads(text)
        except ValueError as error:
            raise UsageError(f"The recording {file} is not whole JSON: {error}.", "Record it again.") from error
    else:
        try:
            data = yaml.load(text, Loader=_LOADER)  # noqa: S506  it is the safe one, or its twin in C
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            place = getattr(error, "problem_mark", None)
            line = f", line {place.line + 1}" if place is not None else ""
            raise UsageError(
                f"The recording {file}{line} is neither JSON nor plain YAML: {getattr(error, 'problem', error)}.",
                "HAR files, and cassettes of VCR, vcrpy, Betamax or schemathesis are understood.",
            ) from error
    if not isinstance(data, dict):
        raise UsageError(
            f"{file} is no recording: it holds no mapping.", "Give a HAR file or a cassette (YAML or JSON)."
        )
    return data


_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _each(entries: Any, file: Path, read: Callable[[Mapping[str, Any]], Exchange]) -> list[Exchange]:
    if not isinstance(entries, list):
        raise UsageError(f"{file} is no recording: its entries are no list.", "Give a HAR file or a cassette.")
    exchanges = []
    for index, entry in enumerate(entries):
        try:
            exchanges.append(read(entry))
        except KeyError as error:
            raise UsageError(f"{file}, entry {index}: {error.args[0]} is missing.", "Record it again.") from error
        except (TypeError, ValueError, AttributeError, LookupError, zlib.error) as error:
            raise UsageError(f"{file}, entry {index} cannot be understood: {error}.", "Record it again.") from error
    return exchanges


# -- HAR --


def _har(data: Mapping[str, Any], file: Path) -> list[Exchange]:
    log = data.get("log")
    if not isinstance(log, dict):
        raise UsageError(f"{file} is no HAR file: it has no `log`.", "Give a HAR file or a cassette.")
    return _each(log.get("entries"), file, _har_entry)


def _har_entry(entry: Mapping[str, Any]) -> Exchange:
    sent, came, more = entry["request"], entry.get("response") or {}, entry.get("_mockserver") or {}
    origin, target = _split(sent["url"])
    base = str(more.get("url", ""))
    if base and sent["url"].startswith(base):
        origin, target = base, sent["url"][len(base) :]
    request = Request(str(sent["method"]), target, _har_headers(sent), _posted(sent.get("postData") or {}))
    reply, failure = _answered(came)
    return Exchange(
        str(more.get("environment", "recording")), origin if not more or base else "", request, reply,
        str(more.get("failure", "")) or failure, str(more.get("operation", "")), str(more.get("actor", "")),
        str(entry.get("startedDateTime", "")), max(0.0, float(entry.get("time") or 0) / 1000),
        str(more.get("purpose", "recorded")),
    )  # fmt: skip


def _har_headers(part: Mapping[str, Any]) -> Headers:
    headers = part.get("headers") or ()
    return tuple((str(h["name"]), str(h["value"])) for h in headers if not str(h["name"]).startswith(":"))


def _posted(data: Mapping[str, Any]) -> bytes:
    text = data.get("text")
    if data.get("_encoding") == "base64" or data.get("encoding") == "base64":
        return base64.b64decode(str(text), validate=True)
    if not text and data.get("params"):
        return urlencode([(p["name"], p.get("value", "")) for p in data["params"]]).encode("ascii")
    return str(text or "").encode("utf-8", "surrogatepass")


def _answered(came: Mapping[str, Any]) -> tuple[Reply | None, str]:
    status = int(came.get("status") or 0)
    if status < 100:
        return None, str(came.get("_error") or _NO_REPLY)
    content, headers = came.get("content") or {}, _har_headers(came)
    text = content.get("text")
    if text is None and int(content.get("size") or 0) > 0:
        return None, "the recording does not keep the body of this reply"
    plain = str(text or "")
    coded = content.get("encoding") == "base64"
    body = base64.b64decode(plain, validate=True) if coded else plain.encode("utf-8", "surrogatepass")
    return _decoded(Reply(status, headers, body))


# -- cassettes --


def _cassette(data: Mapping[str, Any], file: Path) -> list[Exchange]:
    for name in ("interactions", "http_interactions"):
        if name in data:
            return _each(data[name] or [], file, _interaction)
    raise UsageError(f"{file} is no recording that is known: it has neither `log` nor `interactions`.",
                     "HAR files, and cassettes of VCR, vcrpy, Betamax or schemathesis are understood.")  # fmt: skip


def _interaction(entry: Mapping[str, Any]) -> Exchange:
    sent, came = entry["request"], entry.get("response")
    origin, target = _split(sent["uri"])
    request = Request(str(sent["method"]).upper(), target, _listed(sent.get("headers")), _kept(sent.get("body")))
    reply, failure = None, _NO_REPLY
    if isinstance(came, dict):
        status = came["status"]
        code = int(status["code"] if isinstance(status, dict) else status)
        body = came.get("body", came.get("content"))
        reply, failure = _decoded(Reply(code, _listed(came.get("headers")), _kept(body)))
        if came.get("truncated_from"):
            reply, failure = None, "the recording keeps only a part of this reply's body"
    at = entry.get("recorded_at", "")
    took = str(came.get("elapsed", "")) if isinstance(came, dict) else ""
    return Exchange(
        "recording", origin, request, reply, failure,
        at=at.isoformat() if isinstance(at, datetime) else str(at or ""),
        took=float(took) if re.fullmatch(r"\d+(\.\d+)?", took) else 0.0, purpose="recorded",
    )  # fmt: skip


def _listed(headers: Any) -> Headers:
    lists = {str(name): held if isinstance(held, list) else [held] for name, held in (headers or {}).items()}
    return tuple((name, _told(value)) for name, values in lists.items() for value in values)


def _told(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _kept(body: Any) -> bytes:
    encoding = "utf-8"
    if isinstance(body, dict):
        encoding = str(body.get("encoding") or "utf-8")
        if body.get("base64_string") is not None:
            return base64.b64decode(str(body["base64_string"]))
        body = body.get("string")
    if body is None or isinstance(body, bytes):
        return body or b""
    try:
        return str(body).encode(encoding)
    except (LookupError, UnicodeError):
        return str(body).encode("utf-8", "surrogatepass")


# -- both --


def _split(url: Any) -> tuple[str, str]:
    """Scheme and authority, and the target as it was sent."""
    parts = urlsplit(str(url))
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise ValueError(f"{unquote(str(url))[:80]!r} is no address of HTTP")
    origin = f"{parts.scheme}://{parts.netloc}"
    target = str(url).partition("#")[0][len(origin) :]
    return origin, target if target.startswith("/") else f"/{target}"


def _decoded(reply: Reply) -> tuple[Reply | None, str]:
    """A reply whose body some recorders keep as it was on the wire: compressed."""
    coding = (header(reply.headers, "content-encoding") or "").lower().strip()
    if coding in ("gzip", "x-gzip") and reply.body[:2] == b"\x1f\x8b":
        return replace(reply, body=zlib.decompressobj(31).decompress(reply.body, _LARGEST)), ""
    if coding == "deflate" and reply.body[:1] == b"\x78":
        return replace(reply, body=zlib.decompressobj().decompress(reply.body, _LARGEST)), ""
    if coding in ("br", "zstd") and reply.body:
        try:
            reply.body.decode("utf-8")
        except UnicodeDecodeError:
            return None, f"the body of this reply is kept compressed ({coding}), which is not read here"
    return reply, ""
