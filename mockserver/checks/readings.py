"""Readings: what the bytes of a request can mean by the styles that the bundle declares; now and then several."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from email.parser import BytesParser
from email.policy import HTTP
from itertools import islice, product
from typing import Any
from urllib.parse import unquote, unquote_plus

from mockserver.bundle.operations import Parameter
from mockserver.bundle.reading import Reader, Spot
from mockserver.exchanges import Request

Fits = Callable[[str, Any], bool]  # whether a value keeps the schema at a pointer
_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?\Z")
_MOST = 16
_DECODED: dict[str, Callable[[str], str]] = {"query": unquote_plus, "header": str}
_DELIMITERS = {"form": ",", "simple": ",", "spaceDelimited": " ", "pipeDelimited": "|"}


class Unreadable(Exception):
    """The bytes are in a form of which nothing is proved here."""


class Broken(Exception):
    """The bytes are not what they say they are: no JSON, for one."""


class Absent(Exception):
    """The part is not there."""


class Readings:
    """Reads parameters and bodies of one document. `fits` tells which of a text's meanings a schema takes."""

    def __init__(self, reader: Reader, fits: Fits) -> None:
        self._reader = reader
        self._fits = fits

    def parameter(self, parameter: Parameter, request: Request, template: str) -> list[Any]:
        """What a parameter's value can be; Absent, Broken, Unreadable."""
        raws = _raw(parameter, request, template)
        spot = Spot(parameter.schema, parameter.pointer) if isinstance(parameter.schema, Mapping) else Spot({}, "")
        decode = _DECODED.get(parameter.location, unquote)
        if parameter.media:
            return [_json(decode(raws[0]).encode())]
        kind = self._reader.kind(spot)
        if parameter.style == "deepObject":
            return self._deep(parameter, request, spot)
        if kind == "object" or parameter.style in ("matrix", "label"):
            raise Unreadable
        if kind == "array":
            if parameter.location == "query" and parameter.explode and parameter.style == "form":
                return self.lists(spot, [decode(raw) for raw in raws])
            delimiter = _DELIMITERS.get(parameter.style, ",")
            escaped = {" ": r"%20|\+| ", "|": r"%7[Cc]|\|"}.get(delimiter, re.escape(delimiter))
            return self.lists(spot, [decode(piece) for piece in re.split(escaped, raws[0])])
        if len(raws) > 1:
            raise Unreadable
        return [self.scalar(spot, decode(raws[0]))]

    def body(self, media: str, pointer: str, request: Request) -> list[Any]:
        """What a body of a media type can be; Broken, Unreadable."""
        spot = self._reader.at(pointer)
        if media.endswith(("/json", "+json")):
            return [_json(request.body)]
        if media == "application/x-www-form-urlencoded":
            pairs = [piece.partition("=") for piece in request.body.decode("latin-1").split("&") if piece]
            return self._form(spot, [(unquote_plus(name), unquote_plus(value)) for name, _, value in pairs])
        if media == "multipart/form-data":
            return self._form(spot, list(_parts(request)))
        if media.startswith("text/"):
            return [self.scalar(spot, request.body.decode("utf-8", "replace"))]
        raise Unreadable

    def scalar(self, spot: Spot, text: str) -> Any:
        """The meaning of a text that the schema takes; the text itself where it takes none."""
        kinds = self._reader.kinds(spot)
        if kinds & {"object", "array"} and "string" not in kinds:
            raise Unreadable
        for value in (*_typed(text), text):
            if self._fits(spot.pointer, value):
                return value
        return text

    def lists(self, spot: Spot, texts: Sequence[str]) -> list[Any]:
        """The lists that texts can mean: an empty text alone is no item, or one that is empty."""
        items = self._reader.items(spot)
        found = [[self.scalar(items, text) if items is not None else text for text in texts]]
        return [[], *found] if list(texts) == [""] else found

    def _deep(self, parameter: Parameter, request: Request, spot: Spot) -> list[Any]:
        members = self._reader.members(spot)
        value: dict[str, Any] = {}
        for name, raw in _pairs(request.query):
            match = re.fullmatch(re.escape(parameter.name) + r"\[([^\[\]]+)\]", name)
            if match is None and name.startswith(f"{parameter.name}["):
                raise Unreadable
            if match is not None and (match[1] in value or match[1] not in members):
                raise Unreadable
            if match is not None:
                value[match[1]] = self.scalar(members[match[1]], unquote_plus(raw))
        return [value]

    def _form(self, spot: Spot, fields: Sequence[tuple[str, Any]]) -> list[Any]:
        """The objects that the fields of a form can mean."""
        members = self._reader.members(spot)
        choices: dict[str, list[Any]] = {}
        for name in dict.fromkeys(name for name, _ in fields):
            values = [value for key, value in fields if key == name]
            member = members.get(name)
            if member is None:
                raise Unreadable
            if any(not isinstance(value, str) for value in values):
                choices[name] = [values[0]] if len(values) == 1 else [values]
            elif self._reader.kind(member) == "array":
                choices[name] = self.lists(member, values)
            elif len(values) > 1 or self._reader.kind(member) == "object":
                raise Unreadable
            else:
                choices[name] = [self.scalar(member, values[0])]
        combined = product(*choices.values())
        return [dict(zip(choices, values, strict=True)) for values in islice(combined, _MOST)]


def _raw(parameter: Parameter, request: Request, template: str) -> list[str]:
    """The still encoded texts of a parameter."""
    name, found = parameter.name, list[str]()
    if parameter.location == "path":
        pattern = "".join(
            f"(?P<p{index // 2}>[^/]*)" if index % 2 else re.escape(piece)
            for index, piece in enumerate(re.split(r"\{([^{}]+)\}", template))
        )
        names = re.findall(r"\{([^{}]+)\}", template)
        match = re.fullmatch(pattern, request.path)
        if match is None or name not in names:
            raise Unreadable
        return [match[f"p{names.index(name)}"]]
    if parameter.location == "query":
        pairs = list(_pairs(request.query))
        deep = parameter.style == "deepObject" and any(key.startswith(f"{name}[") for key, _ in pairs)
        found = [""] if deep else [value for key, value in pairs if key == name]
    elif parameter.location == "header":
        found = [value.strip(" \t") for key, value in request.headers if key.lower() == name.lower()]
    else:
        crumbs = [c.partition("=") for c in (request.header("cookie") or "").split(";")]
        found = [value for key, _, value in crumbs if key.strip() == name]
    if not found:
        raise Absent
    return found


def _pairs(query: str) -> Iterator[tuple[str, str]]:
    for piece in query.split("&"):
        if piece:
            name, _, value = piece.partition("=")
            yield unquote_plus(name), value


def _typed(text: str) -> Iterator[Any]:
    if _NUMBER.match(text):
        yield json.loads(text)
    if text in ("true", "false"):
        yield text == "true"
    if text in ("null", ""):
        yield None


def _json(content: bytes) -> Any:
    def refuse(word: str) -> Any:
        raise ValueError(word)

    try:
        return json.loads(content, parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        raise Broken from error


def _parts(request: Request) -> Iterator[tuple[str, Any]]:
    """The fields of a multipart body: texts, or what a part of another type holds."""
    if re.fullmatch(rb"--[^\r\n]+--\s*", request.body):
        return  # a form without a field, which the parser takes for a broken one
    head = b"Content-Type: " + (request.header("content-type") or "").encode("latin-1") + b"\r\n\r\n"
    message = BytesParser(policy=HTTP).parsebytes(head + request.body)
    if message.defects or not message.is_multipart():
        raise Unreadable
    for part in message.iter_parts():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        if not isinstance(name, str) or not isinstance(content, bytes):
            raise Unreadable
        if part.get_content_type().endswith("json") and "content-type" in part:
            yield name, _json(content)
        else:
            yield name, content.decode("utf-8", "replace")
