"""The routing skeleton: as much of a bundle as connexion needs to route, in the OpenAPI 3.0 it understands."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from mockserver.bundle.operations import Operation, Parameter

_TEMPLATE = re.compile(r"\{([^{}]*)\}")
_METHODS = frozenset(("get", "put", "post", "delete", "options", "head", "patch", "trace"))
_STATUS = re.compile(r"[1-5](?:\d\d|XX)\Z|default\Z")


def routing_skeleton(operations: Iterable[Operation], document: dict[str, Any]) -> dict[str, Any]:
    """An OpenAPI 3.0.3 document of paths, ids, parameters and media types, without any schema worth the name.

    Concrete paths come before templates, segment by segment, since connexion takes the first that fits. connexion
    refuses 3.1 and many a real bundle (`default: null`, unusual patterns), and checks by Draft 4: so it is given
    nothing to check.
    """
    paths: dict[str, dict[str, Any]] = {}
    for operation in sorted(operations, key=lambda one: order(one.path)):
        method = operation.method.lower()
        if method in _METHODS:
            paths.setdefault(operation.path, {})[method] = _operation(operation)
    info = document.get("info")
    info = info if isinstance(info, dict) else {}
    title, version = str(info.get("title") or "API"), str(info.get("version") or "0")
    return {"openapi": "3.0.3", "info": {"title": title, "version": version}, "paths": paths}


def order(path: str) -> list[tuple[bool, int]]:
    """A sorting key of paths: a concrete segment goes before one with braces, the rest keeps its order."""
    return [("{" in segment, -len(_TEMPLATE.sub("", segment))) for segment in path.split("/")]


def _operation(operation: Operation) -> dict[str, Any]:
    named = set(_TEMPLATE.findall(operation.path))
    parameters = [_parameter(p) for p in operation.parameters if p.location != "path" or p.name in named]
    declared = {p.name for p in operation.parameters if p.location == "path"}
    parameters += [_path_parameter(name) for name in sorted(named - declared)]
    statuses = [status for status in operation.replies if _STATUS.match(status)]
    responses = {status: _reply(operation, status) for status in statuses}
    out: dict[str, Any] = {"operationId": operation.id, "responses": responses or {"default": {"description": ""}}}
    if parameters:
        out["parameters"] = parameters
    if operation.request is not None and operation.request.content:
        content: dict[str, Any] = {media.type: {} for media in operation.request.content}
        out["requestBody"] = {"required": operation.request.required, "content": content}
    if operation.tags:
        out["tags"] = [str(tag) for tag in operation.tags]
    if operation.summary:
        out["summary"] = operation.summary
    return out


def _reply(operation: Operation, status: str) -> dict[str, Any]:
    content: dict[str, Any] = {media.type: {} for media in operation.replies[status].content}
    return {"description": "", "content": content} if content else {"description": ""}


def _path_parameter(name: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}


def _parameter(parameter: Parameter) -> dict[str, Any]:
    """Strings all: connexion answers 404 where a path's integer is none, and 400 in words of its own."""
    if parameter.location == "path":
        return _path_parameter(parameter.name)
    return {"name": parameter.name, "in": parameter.location, "required": False, "schema": {}}
