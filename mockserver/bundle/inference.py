"""From a document to Operations: what each takes and answers, what it does, and to which entity."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

from mockserver.bundle.nouns import noun
from mockserver.bundle.operations import (
    Media,
    Operation,
    Operations,
    Parameter,
    Reply,
    Request,
    Role,
)
from mockserver.bundle.reading import Documented, Reader, Spot
from mockserver.bundle.roles import Draft, Judge, Place, Verdict
from mockserver.bundle.shapes import json_media, paging_of, shape_of, spot_of, success_media

_METHODS = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace"})
_STYLES = {"path": "simple", "header": "simple", "query": "form", "cookie": "form"}
_HINT = "x-mock-"


@dataclass(slots=True)
class _Found:
    """An operation as it stands in the document."""

    draft: Draft
    node: Mapping[str, Any]
    pointer: str
    parameters: tuple[Parameter, ...]
    request: Request | None
    replies: Mapping[str, Reply]
    hints: Mapping[str, Any]


def infer_operations(bundle: Documented) -> Operations:
    """All operations of a bundle, in its order, with role, entity, shape and paging inferred.

    `x-mock-entity`, `x-mock-role` and `x-mock-page` on an operation or its path overrule what is inferred.
    """
    reader = Reader(bundle.document)
    found = list(_find(reader))
    judge = Judge(reader, [each.draft for each in found])
    names = judge.names()
    for each, verdict in zip(found, judge.verdicts, strict=True):
        if verdict.place is not None and isinstance(each.hints.get("entity"), str):
            names[verdict.place] = each.hints["entity"]
    ids = Counter(each.node.get("operationId") for each in found)
    security = bundle.document.get("security") or ()
    return Operations(
        _operation(reader, each, verdict, names, ids, security)
        for each, verdict in zip(found, judge.verdicts, strict=True)
    )


def _operation(
    reader: Reader,
    found: _Found,
    verdict: Verdict,
    names: Mapping[Place, str],
    ids: Counter[Any],
    security: Any,
) -> Operation:
    draft, node, hints = found.draft, found.node, found.hints
    given = node.get("operationId")
    role, because = verdict.role, verdict.because
    entity = names.get(verdict.place) if verdict.place is not None else None
    own = verdict.place[-1] if verdict.place else ""
    if isinstance(hints.get("entity"), str):
        entity, because = hints["entity"], f"{because}; x-mock-entity says {hints['entity']}"
    if str(hints.get("role")) in Role.__members__.values():
        role, because = Role(hints["role"]), f"x-mock-role says {hints['role']}"
    nouns = frozenset({own, draft.word} | ({entity, noun(entity)} if entity else set())) - {""}
    paging = None
    if role in (Role.LIST, Role.SEARCH, Role.OTHER):
        paging = paging_of(reader, found.parameters, draft.body, hints.get("page"))
    return Operation(
        id=given if isinstance(given, str) and given and ids[given] == 1 else f"{draft.method.lower()} {draft.path}",
        method=draft.method,
        path=draft.path,
        role=role,
        entity=entity,
        parameters=found.parameters,
        request=found.request,
        replies=found.replies,
        security=_security(node.get("security", security)),
        shape=shape_of(reader, draft.reply, role, nouns),
        pointer=found.pointer,
        tags=tuple(node.get("tags") or ()),
        summary=str(node.get("summary") or ""),
        provenance=str(node.get("x-provenance") or ""),
        page=paging.kind if paging is not None else None,
        hints=hints,
        because=because,
        noun=own,
        parents=tuple((name, names[place]) for name, place in verdict.parents),
        paging=paging,
        key=verdict.key,
        beside=verdict.beside,
    )


def _find(reader: Reader) -> Iterator[_Found]:
    paths = Spot(reader.document, "").down("paths")
    for path in paths.node:
        outer = paths.down(path)
        item = reader.follow(outer)
        for method in item.node:
            if method not in _METHODS or not isinstance(item.node[method], Mapping):
                continue
            spot = item.down(method)
            parameters = _parameters(reader, item, spot)
            request = _request(reader, spot)
            replies = _replies(reader, spot)
            body = spot_of(json_media(request.content) or (request.content or (None,))[0]) if request else None
            draft = Draft(method.upper(), path, frozenset(replies), spot_of(success_media(replies)), body)
            hints = {
                name[len(_HINT) :]: value
                for node in (item.node, spot.node)
                for name, value in node.items()
                if name.startswith(_HINT)
            }
            yield _Found(draft, spot.node, spot.pointer, parameters, request, replies, hints)


def _parameters(reader: Reader, item: Spot, operation: Spot) -> tuple[Parameter, ...]:
    """Those of the path and of the operation; the operation's win."""
    merged: dict[tuple[str, str], Parameter] = {}
    for owner in (item, operation):
        for index in range(len(owner.node.get("parameters") or ())):
            parameter = _parameter(reader.follow(owner.down("parameters", index)))
            if parameter is not None:
                merged[parameter.location, parameter.name] = parameter
    return tuple(merged.values())


def _parameter(spot: Spot) -> Parameter | None:
    node = spot.node
    name, location = node.get("name"), node.get("in")
    if not isinstance(name, str) or location not in _STYLES:
        return None
    schema, media = spot.down("schema"), ""
    if isinstance(node.get("content"), Mapping) and node["content"]:
        media = next(iter(node["content"]))
        schema = spot.down("content", media, "schema")
    style = str(node.get("style") or _STYLES[location])
    return Parameter(
        name=name,
        location=cast("Literal['path', 'query', 'header', 'cookie']", location),
        required=bool(node.get("required")) or location == "path",
        style=style,
        explode=bool(node.get("explode", style == "form")),
        schema=schema.node,
        pointer=schema.pointer,
        media=media,
    )


def _request(reader: Reader, operation: Spot) -> Request | None:
    if not isinstance(operation.node.get("requestBody"), Mapping):
        return None
    body = reader.follow(operation.down("requestBody"))
    return Request(required=bool(body.node.get("required")), content=_content(reader, body))


def _replies(reader: Reader, operation: Spot) -> dict[str, Reply]:
    replies = {}
    declared = operation.down("responses")
    for status in declared.node:
        if str(status).startswith("x-"):
            continue
        spot = reader.follow(Spot(declared.node[status], f"{declared.pointer}/{status}"))
        headers = {
            name: _header(reader, spot.down("headers", name))
            for name in spot.node.get("headers") or ()
            if name.lower() != "content-type"  # OpenAPI: shall be ignored
        }
        replies[str(status).upper() if status != "default" else status] = Reply(
            str(status), _content(reader, spot), headers, spot.node.get("links") or {}
        )
    return replies


def _header(reader: Reader, spot: Spot) -> tuple[bool, Any, str]:
    spot = reader.follow(spot)
    schema = spot.down("schema")
    return bool(spot.node.get("required")), schema.node, schema.pointer


def _content(reader: Reader, owner: Spot) -> tuple[Media, ...]:
    media = []
    for name in owner.node.get("content") or ():
        spot = owner.down("content", name)
        declared = isinstance(spot.node.get("schema"), Mapping | bool)
        schema = spot.node["schema"] if declared else None
        media.append(Media(name, schema, f"{spot.pointer}/schema" if declared else "", _examples(reader, spot)))
    return tuple(media)


def _examples(reader: Reader, media: Spot) -> dict[str, Any]:
    examples = {}
    declared = media.node.get("examples")
    if isinstance(declared, Mapping):
        for name in declared:
            node = reader.follow(media.down("examples", name)).node
            if "value" in node:
                examples[str(name)] = node["value"]
    if "example" in media.node:
        examples.setdefault("example", media.node["example"])
    return examples


def _security(declared: Any) -> tuple[Mapping[str, tuple[str, ...]], ...]:
    return tuple(
        {str(scheme): tuple(scopes or ()) for scheme, scopes in alternative.items()}
        for alternative in declared or ()
        if isinstance(alternative, Mapping)
    )
