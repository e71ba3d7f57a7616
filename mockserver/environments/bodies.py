"""Bodies: values written as JSON, as a form, as multipart or as text."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from mockserver.bundle.operations import is_json


def encoded(body: Any, media: str) -> tuple[str, bytes]:
    """The Content-Type (with its boundary where there is one) and the bytes of a body. ValueError: no such form."""
    kind = media.partition(";")[0].strip().lower()
    if isinstance(body, bytes):
        return media, body
    if is_json(media):
        return media, as_json(body).encode("utf-8")
    if kind == "application/x-www-form-urlencoded" and isinstance(body, Mapping):
        fields = pairs_of(body)
        return media, "&".join(f"{escaped(name)}={escaped(text)}" for name, text in fields).encode("ascii")
    if kind.startswith("multipart/") and isinstance(body, Mapping):
        return _multipart(body, media)
    if isinstance(body, Mapping | list | tuple) and not kind.startswith("text/"):
        raise ValueError(f"there is no way to write {type(body).__name__} as {kind}")
    return media, as_text(body).encode("utf-8", "surrogatepass")


def escaped(text: str) -> str:
    """Percent-encoded, all but the unreserved characters (RFC 3986 2.3)."""
    return quote(text, safe="", errors="surrogatepass")


def as_json(value: Any) -> str:
    """Compact JSON; escaped where it cannot be UTF-8. ValueError for NaN and infinities."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:  # a lone surrogate
        return json.dumps(value, allow_nan=False, separators=(",", ":"))
    return text


def as_text(value: Any) -> str:
    """A value where there are only texts: booleans and numbers as in JSON, what is nested as JSON."""
    return value if isinstance(value, str) else as_json(value)


def pairs_of(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Names and texts of a form: `a[b]=1` for objects, a repeated name for arrays (`a[0][b]=1` of objects)."""
    if isinstance(value, Mapping):
        for key, below in value.items():
            yield from pairs_of(below, f"{name}[{key}]" if name else str(key))
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            nested = isinstance(item, Mapping | list | tuple)
            yield from pairs_of(item, f"{name}[{index}]" if nested else name)
    elif value is not None:
        yield name, as_text(value)


def _multipart(fields: Mapping[str, Any], media: str) -> tuple[str, bytes]:
    """A multipart body whose boundary follows from its content, so that the same values give the same bytes."""
    parts = [part for name, value in fields.items() for part in _parts(name, value)]
    boundary = hashlib.sha256(b"\0".join(parts)).hexdigest()[:32]
    mark = b"--" + boundary.encode()
    content = b"".join(mark + b"\r\n" + part + b"\r\n" for part in parts) + mark + b"--\r\n"
    return f"{media.partition(';')[0].strip()}; boundary={boundary}", content


def _parts(name: str, value: Any) -> Iterator[bytes]:
    if isinstance(value, list | tuple):
        for item in value:
            yield from _parts(name, item)
        return
    if value is None:
        return
    shown = name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
    disposition = f'Content-Disposition: form-data; name="{shown}"'
    kind = ""
    if isinstance(value, bytes):
        disposition += f'; filename="{shown}"'
        kind, data = "application/octet-stream", value
    elif isinstance(value, Mapping):
        kind, data = "application/json", as_json(value).encode("utf-8")
    else:
        data = as_text(value).encode("utf-8", "surrogatepass")
    head = [disposition, *([f"Content-Type: {kind}"] if kind else [])]
    yield "\r\n".join(head).encode("utf-8", "surrogatepass") + b"\r\n\r\n" + data
