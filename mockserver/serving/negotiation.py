"""Negotiation: which media type is answered, which methods a path has, which bytes of a file are wanted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from urllib.parse import unquote

from mockserver.problems import Refusal
from mockserver.serving.fields import media_type, parameters, split, unquoted
from mockserver.serving.wire import WireError, cookie_pairs, pairs, text_of

_BOUNDARY = "mockserver-range"
_WEIGHT = re.compile(r"(?:0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)\Z")
_RANGE = re.compile(r"([0-9]*)-([0-9]*)\Z")
_MAX_RANGES = 20
_ORDER = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")


def negotiate(accept: str | None, offered: Sequence[str]) -> str:
    """The offered media type that an Accept header likes best; the first one when there is no header.

    Raises Refusal 406, naming what there is, when none is acceptable.
    """
    if not offered:
        return ""
    if accept is None or not accept.strip() or accept == "*/*" or accept == offered[0]:
        return offered[0]
    best = preferred(accept, tuple(offered))
    if best is None:
        there = ", ".join(offered)
        detail = f"Nothing here is acceptable to `Accept: {accept[:120]}`; there is {there}."
        raise Refusal(406, detail, code="MS152", reason="NOT_ACCEPTABLE")
    return best


@lru_cache(maxsize=512)
def preferred(accept: str, offered: tuple[str, ...]) -> str | None:
    """The best of the offered media types under an Accept header, or None (RFC 9110 section 12.5.1)."""
    ranges = [_accepted(piece) for piece in split(accept, ",")]
    ranked = [(_quality(media_type(media).type, media, ranges), -index) for index, media in enumerate(offered)]
    quality, index = max(ranked)
    return offered[-index] if quality > 0 else None


def allow(methods: Iterable[str]) -> str:
    """The Allow header of a path: HEAD comes with GET, OPTIONS always."""
    found = {method.upper() for method in methods} | {"OPTIONS"}
    if "GET" in found:
        found.add("HEAD")
    return ", ".join(sorted(found, key=lambda m: (_ORDER.index(m) if m in _ORDER else len(_ORDER), m)))


def slice_bytes(data: bytes, header: str, media: str = "application/octet-stream") -> tuple[int, dict[str, str], bytes]:
    """Status, headers and bytes that answer a `Range` header over a file's content.

    206 with the part (several: as `multipart/byteranges`, whose Content-Type is among the headers), 416 when no range
    lies within the file, 200 with everything when the header is not one of byte ranges.
    """
    size = len(data)
    unit, equals, spec = header.partition("=")
    wanted = [_range(piece, size) for piece in split(spec, ",")]
    if not equals or unit.strip().lower() != "bytes" or not wanted or None in wanted or len(wanted) > _MAX_RANGES:
        return 200, {"Accept-Ranges": "bytes"}, data
    parts = [(start, stop) for start, stop in (w for w in wanted if w is not None) if start < stop]
    if not parts:
        return 416, {"Accept-Ranges": "bytes", "Content-Range": f"bytes */{size}"}, b""
    if len(parts) == 1:
        start, stop = parts[0]
        headers = {"Accept-Ranges": "bytes", "Content-Range": f"bytes {start}-{stop - 1}/{size}"}
        return 206, headers, data[start:stop]
    chunks = [
        f"--{_BOUNDARY}\r\nContent-Type: {media}\r\nContent-Range: bytes {start}-{stop - 1}/{size}\r\n\r\n".encode()
        + data[start:stop]
        + b"\r\n"
        for start, stop in parts
    ]
    headers = {"Accept-Ranges": "bytes", "Content-Type": f"multipart/byteranges; boundary={_BOUNDARY}"}
    return 206, headers, b"".join(chunks) + f"--{_BOUNDARY}--\r\n".encode()


def plain_query(query: bytes) -> dict[str, str]:
    """Names and texts of a query string, the first of equal names winning; broken values are left as they came."""
    found: dict[str, str] = {}
    for name, raw in pairs(query):
        try:
            found.setdefault(name, text_of(raw, plus=True))
        except WireError:
            found.setdefault(name, raw)
    return found


def plain_cookies(header: str) -> dict[str, str]:
    """Names and texts of a Cookie header; what does not look like a cookie is passed over."""
    found: dict[str, str] = {}
    for name, value in cookie_pairs(header):
        found.setdefault(name, unquote(unquoted(value)))
    return found


def _accepted(piece: str) -> tuple[str, float]:
    """One media range and its weight; a broken weight counts as 0."""
    kind, *rest = split(piece, ";") or [""]
    weight = parameters(rest).get("q", "1")
    return kind.lower(), float(weight) if _WEIGHT.match(weight) else 0.0


def _quality(kind: str, whole: str, ranges: Sequence[tuple[str, float]]) -> float:
    """The weight that the most specific matching range gives a media type; 0 when none matches."""
    major = kind.partition("/")[0]
    best = (-1, 0.0)
    for accepted, weight in ranges:
        if accepted in (kind, whole.lower()):
            best = max(best, (2, weight))
        elif accepted == f"{major}/*":
            best = max(best, (1, weight))
        elif accepted in ("*/*", "*"):
            best = max(best, (0, weight))
    return best[1]


def _range(piece: str, size: int) -> tuple[int, int] | None:
    """Start and stop of one byte range (empty when outside of the file); None when it is not one."""
    match = _RANGE.match(piece)
    if match is None or match[0] == "-" or len(piece) > 40:
        return None
    first, last = match.groups()
    if not first:
        return max(size - int(last), 0), size
    start, stop = int(first), int(last) + 1 if last else size
    if last and stop <= start:
        return None
    return start, min(stop, size)
