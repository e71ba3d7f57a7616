"""Forms: urlencoded and multipart bodies as objects, typed by the declared schema."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mockserver.bundle.operations import is_json
from mockserver.bundle.pointers import join
from mockserver.serving.literals import Reading
from mockserver.serving.strict_json import JsonError, parse
from mockserver.serving.wire import (
    DELIMITERS,
    Tree,
    WireError,
    bracketed,
    grouped,
    grown,
    header_text,
    pairs,
    plant,
    text_of,
)

MAX_PARTS = 1_000
_QUIET = logging.NullHandler()


class FormError(ValueError):
    """A form that cannot be read; `pointer` names the field where it is one field's fault."""

    def __init__(self, message: str, pointer: str = "") -> None:
        super().__init__(message)
        self.pointer = pointer


@dataclass(frozen=True, slots=True)
class Upload:
    """A file sent as a part of a multipart form."""

    data: bytes
    filename: str
    media: str


@dataclass(slots=True)
class _Part:
    headers: dict[str, str]
    data: bytearray


def urlencoded(raw: bytes, reading: Reading, encodings: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The object of an `application/x-www-form-urlencoded` body.

    Repeated names and `a[]` make arrays, `a[b]` objects; `encodings` is OpenAPI's, for arrays in one value.
    Raises FormError.
    """
    fields: dict[str, Any] = {}
    tree: Tree = {}
    for name, raws in grouped(pairs(raw)).items():
        base, keys = bracketed(name) or (name, [])
        try:
            values = [text_of(value, plus=True) for value in raws]
            delimiter = _delimiter((encodings or {}).get(name))
            if delimiter and len(values) == 1:
                scalar = reading.child(name).element.scalar
                fields[name] = [scalar(piece) for piece in values[0].split(delimiter)] if values[0] else []
            else:
                plant(tree, [base, *keys], values)
        except WireError as error:
            raise FormError(f"{base} {error}", join([base])) from None
    for name, node in tree.items():
        try:
            fields[name] = grown(node, reading.child(name))
        except WireError as error:
            raise FormError(f"{name} {error}", join([name])) from None
    return fields


def multipart(raw: bytes, boundary: str, reading: Reading) -> dict[str, Any]:
    """The object of a `multipart/form-data` body: text fields typed by the schema, files as Upload.

    Raises FormError.
    """
    if not boundary:
        raise FormError("its Content-Type has no boundary")
    found: dict[str, list[Any]] = {}
    for part in _parts(raw, boundary):
        disposition = _options(part.headers.get("content-disposition", ""))
        name = disposition.get("name")
        if name is None:
            raise FormError("a part has no name in its Content-Disposition")
        found.setdefault(name, []).append(_value(part, disposition.get("filename"), name, reading.child(name)))
    fields: dict[str, Any] = {}
    for name, values in found.items():
        below = reading.child(name)
        if len(values) == 1 and ("array" not in below.kinds or isinstance(values[0], list)):
            fields[name] = values[0]
        elif below.repeatable:
            fields[name] = values
        else:
            raise FormError(f"{name} is given {len(values)} times", join([name]))
    return fields


def _value(part: _Part, filename: str | None, name: str, reading: Reading) -> Any:
    media = part.headers.get("content-type", "")
    data = bytes(part.data)
    if filename is not None:
        return Upload(data, filename, media or "application/octet-stream")
    kind = media.partition(";")[0].strip().lower()
    if is_json(media):
        try:
            return parse(data)
        except JsonError as error:
            raise FormError(f"{name} is not JSON: {error}", join([name])) from None
    if kind and not kind.startswith("text/"):
        return Upload(data, "", media)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        if kind:
            raise FormError(f"{name} is not UTF-8", join([name])) from None
        return Upload(data, "", "application/octet-stream")
    if "array" in reading.kinds and text[:1] != "[":
        return reading.element.whole(text)
    return reading.whole(text)


def _parts(raw: bytes, boundary: str) -> list[_Part]:
    from python_multipart.exceptions import FormParserError
    from python_multipart.multipart import MultipartParser

    logging.getLogger("python_multipart").addHandler(_QUIET)  # the client hears of it; the log need not
    parts: list[_Part] = []
    name, value = bytearray(), bytearray()
    ended = False

    def begin() -> None:
        if len(parts) >= MAX_PARTS:
            raise FormError(f"it has more than {MAX_PARTS} parts")
        parts.append(_Part({}, bytearray()))

    def header() -> None:
        parts[-1].headers[name.decode("latin-1").strip().lower()] = header_text(bytes(value))
        name.clear()
        value.clear()

    def end() -> None:
        nonlocal ended
        ended = True

    try:
        parser = MultipartParser(
            boundary.encode("latin-1", "replace"),
            {
                "on_part_begin": begin,
                "on_part_data": lambda data, start, stop: parts[-1].data.extend(data[start:stop]),
                "on_header_field": lambda data, start, stop: name.extend(data[start:stop]),
                "on_header_value": lambda data, start, stop: value.extend(data[start:stop]),
                "on_header_end": header,
                "on_end": end,
            },
        )
        parser.write(raw)
        parser.finalize()
    except FormParserError as error:
        raise FormError(f"it is not multipart: {error}") from None
    if not ended:
        raise FormError("it ends before its last boundary")
    return parts


def _options(text: str) -> dict[str, str]:
    """The parameters of a Content-Disposition."""
    from python_multipart.multipart import parse_options_header

    _, options = parse_options_header(text.encode("utf-8").decode("latin-1"))
    return {key.decode("latin-1"): value.decode("utf-8", "replace") for key, value in options.items()}


def _delimiter(encoding: Any) -> str:
    """What parts the items of an array in one value; "" where each item has its own."""
    if not isinstance(encoding, Mapping) or "style" not in encoding:
        return ""
    style = encoding["style"]
    return "" if encoding.get("explode", style == "form") else DELIMITERS.get(style, "")
