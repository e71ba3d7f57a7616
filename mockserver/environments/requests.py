"""Requests: an operation and values for its parameters and body, written as they go on the wire."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from mockserver.bundle.operations import Operation, Parameter, is_json
from mockserver.environments.bodies import as_json, as_text, encoded, escaped, pairs_of
from mockserver.exchanges import Request

ABSENT: Final[Any] = object()
_NAME = re.compile(r"\{([^{}]+)\}")
_DELIMITERS = {"spaceDelimited": "%20", "pipeDelimited": "|"}
_JSON = "application/json"
_NONE: Mapping[str, Any] = {}


def build(
    operation: Operation,
    *,
    path: Mapping[str, Any] | None = None,
    query: Mapping[str, Any] | None = None,
    headers: Mapping[str, Any] | None = None,
    cookies: Mapping[str, Any] | None = None,
    body: Any = ABSENT,
    media: str | None = None,
) -> Request:
    """The request of an operation with these values, each written by its parameter's style, explode or content.

    Names that are not declared are sent in the default style of their place. None leaves a value out. `body` is
    written as `media` (the usual declared one where not given): JSON, form, multipart or text; bytes go as they are.
    ValueError names the path values that are missing, or says why a body has no such form.
    """
    declared = {(each.location, each.name): each for each in operation.parameters}
    target = _path(operation, path or _NONE, declared)
    pieces = [
        piece
        for name, value in (query or _NONE).items()
        if value is not None
        for piece in _query(declared.get(("query", name)) or _plain(name, "query", "form", explode=True), value)
    ]
    if pieces:
        target += "?" + "&".join(pieces)
    lines = _headers(headers or _NONE, declared)
    crumbs = [
        crumb
        for name, value in (cookies or _NONE).items()
        if value is not None
        for crumb in _cookie(declared.get(("cookie", name)) or _plain(name, "cookie", "form", explode=False), value)
    ]
    if crumbs:
        lines.append(("Cookie", "; ".join(crumbs)))
    given = {name.lower() for name, _ in lines}
    if "accept" not in given:
        lines.append(("Accept", _accept(operation)))
    if body is ABSENT:
        return Request(operation.method, target, tuple(lines))
    kind, content = encoded(body, media or _media(operation, body))
    if "content-type" not in given:
        lines.append(("Content-Type", kind))
    return Request(operation.method, target, tuple(lines), content)


def _path(operation: Operation, values: Mapping[str, Any], declared: Mapping[Any, Parameter]) -> str:
    template = re.split(r"[?#]", operation.path)[0]
    missing = [name for name in _NAME.findall(template) if values.get(name) is None]
    if missing:
        raise ValueError(f"{operation.label} needs a value for {', '.join(missing)} in its path")

    def written(match: re.Match[str]) -> str:
        name = match[1]
        return _segment(declared.get(("path", name)) or _plain(name, "path", "simple", explode=False), values[name])

    return _NAME.sub(written, template)


def _plain(name: str, location: Any, style: str, *, explode: bool) -> Parameter:
    return Parameter(name, location, required=False, style=style, explode=explode, schema=True, pointer="")


def _segment(parameter: Parameter, value: Any) -> str:
    """A path value: simple, label or matrix (RFC 6570)."""
    if parameter.media:
        return escaped(_document(parameter, value))
    name, explode = escaped(parameter.name), parameter.explode
    if parameter.style == "label":
        return "." + _joined(value, "." if explode else ",", explode=explode)
    if parameter.style != "matrix":
        return _joined(value, ",", explode=explode)
    if isinstance(value, Mapping) and explode:
        return "".join(f";{escaped(k)}={escaped(as_text(v))}" for k, v in value.items())
    if isinstance(value, list | tuple) and explode:
        return "".join(f";{name}={escaped(as_text(item))}" for item in value)
    return f";{name}={_joined(value, ',', explode=False)}"


def _query(parameter: Parameter, value: Any) -> list[str]:
    """The `name=value` pieces of a query parameter: form, spaceDelimited, pipeDelimited or deepObject."""
    name = escaped(parameter.name)
    if parameter.media:
        return [f"{name}={escaped(_document(parameter, value))}"]
    if parameter.style == "deepObject" and isinstance(value, Mapping):
        return [f"{escaped(key)}={escaped(text)}" for key, text in pairs_of(value, parameter.name)]
    if isinstance(value, Mapping) and parameter.explode:
        return [f"{escaped(key)}={escaped(text)}" for key, text in pairs_of(value)]
    if isinstance(value, list | tuple) and (parameter.explode or parameter.style == "deepObject"):
        return [f"{name}={escaped(as_text(item))}" for item in value]
    return [f"{name}={_joined(value, _DELIMITERS.get(parameter.style, ','), explode=False)}"]


def _cookie(parameter: Parameter, value: Any) -> list[str]:
    if parameter.media:
        return [f"{parameter.name}={escaped(_document(parameter, value))}"]
    if isinstance(value, Mapping) and parameter.explode:
        return [f"{key}={escaped(as_text(item))}" for key, item in value.items()]
    if isinstance(value, list | tuple) and parameter.explode:
        return [f"{parameter.name}={escaped(as_text(item))}" for item in value]
    return [f"{parameter.name}={_joined(value, ',', explode=False)}"]


def _headers(values: Mapping[str, Any], declared: Mapping[Any, Parameter]) -> list[tuple[str, str]]:
    """Header lines, in UTF-8 where they need it; headers know no escapes (RFC 9110 5.5)."""
    known = {name.lower(): each for (location, name), each in declared.items() if location == "header"}
    lines = []
    for name, value in values.items():
        if value is None:
            continue
        parameter = known.get(name.lower()) or _plain(name, "header", "simple", explode=False)
        text = _document(parameter, value) if parameter.media else _listed(value, ",", explode=parameter.explode)
        lines.append((name, text.encode("utf-8", "surrogatepass").decode("latin-1")))
    return lines


def _document(parameter: Parameter, value: Any) -> str:
    return as_json(value) if is_json(parameter.media) else as_text(value)


def _joined(value: Any, delimiter: str, *, explode: bool) -> str:
    if isinstance(value, Mapping):
        couples = [(escaped(str(key)), escaped(as_text(item))) for key, item in value.items()]
        return delimiter.join(f"{k}={v}" if explode else f"{k}{delimiter}{v}" for k, v in couples)
    if isinstance(value, list | tuple):
        return delimiter.join(escaped(as_text(item)) for item in value)
    return escaped(as_text(value))


def _listed(value: Any, delimiter: str, *, explode: bool) -> str:
    if isinstance(value, Mapping):
        couples = [(str(key), as_text(item)) for key, item in value.items()]
        return delimiter.join(f"{k}={v}" if explode else f"{k}{delimiter}{v}" for k, v in couples)
    if isinstance(value, list | tuple):
        return delimiter.join(as_text(item) for item in value)
    return as_text(value)


def _accept(operation: Operation) -> str:
    success = operation.success
    body = success.body if success is not None else None
    return "*/*" if body is None or body.type == "*/*" else f"{body.type}, */*;q=0.5"


def _media(operation: Operation, body: Any) -> str:
    """The declared media type; of a range, what suits the value."""
    usual = operation.request.body if operation.request is not None else None
    kind = usual.type if usual is not None else _JSON
    if "*" not in kind:
        return kind
    return "application/octet-stream" if isinstance(body, bytes) else _JSON
