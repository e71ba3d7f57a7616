"""One question to a list or search and the page that answers it: inputs put where they belong, rows found again."""

from __future__ import annotations

import json
import re
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from mockserver.bundle.operations import Operation, Parameter, Role
from mockserver.bundle.reading import Spot
from mockserver.bundle.shapes import json_media, row_spot, spot_of
from mockserver.environments.requests import ABSENT, build
from mockserver.exchanges import Exchange, Reply
from mockserver.probes.base import Contract, Inconclusive, Scene
from mockserver.store.model import Entity, normal
from mockserver.store.sampling import sample

_AFTER = frozenset({"after", "starting_after"})  # cursors that are the key of the last row seen
_NEXT_LINK = re.compile(r'<([^>]*)>[^,]*;\s*rel="?next"?', re.IGNORECASE)

Row = dict[str, Any]
UNRELATED = frozenset({0, 401, 403, 408, 429})  # statuses (0: none came) that say nothing of what was asked


@dataclass(frozen=True, slots=True)
class Page:
    """The rows of one reply, with what it says of all: `count` of matches, whether `more` follow, the `next` cursor."""

    exchange: Exchange
    rows: list[Row]
    count: int | None = None
    more: bool | None = None
    next: Any = None


def is_listing(_contract: Contract, operation: Operation) -> bool:
    """Whether an operation answers rows: where what is asked of lists applies."""
    return operation.role in (Role.LIST, Role.SEARCH) and operation.shape.rows is not None


def entity_of(contract: Contract, operation: Operation) -> Entity | None:
    """The entity of an operation's rows, if it is known."""
    return contract.model[operation.entity] if operation.entity and operation.entity in contract.model else None


def body_inputs(contract: Contract, operation: Operation) -> dict[str, Spot]:
    """What the JSON body of an operation takes, by name."""
    spot = spot_of(json_media(operation.request.content)) if operation.request is not None else None
    return contract.bundle.reader.members(spot) if spot is not None else {}


def query_inputs(operation: Operation) -> dict[str, Spot]:
    """What the query of an operation takes, by name; parameters that are JSON texts are left out."""
    declared = (p for p in operation.parameters if p.location == "query" and not p.media)
    return {p.name: Spot(p.schema, p.pointer) for p in declared if isinstance(p.schema, Mapping)}


def row_members(contract: Contract, operation: Operation) -> dict[str, Spot]:
    """What a row of this operation shows, by name."""
    reader = contract.bundle.reader
    spot = row_spot(reader, operation)
    return reader.members(spot) if spot is not None else {}


def cell(row: Mapping[str, Any], column: str) -> Any:
    """What a row shows under a column's name, whatever the spelling; None where it shows nothing."""
    if column in row:
        return row[column]
    plain = normal(column)
    return next((value for name, value in row.items() if normal(name) == plain), None)


def identity(contract: Contract, operation: Operation, row: Mapping[str, Any]) -> Hashable:
    """What tells a row from others: its key (with its `type`, in lists of several kinds), else all that it shows."""
    entity = entity_of(contract, operation)
    key = cell(row, entity.key) if entity is not None else None
    if isinstance(key, str | int):
        kind = row.get("type")
        return key, kind if isinstance(kind, str) else ""
    return json.dumps(row, sort_keys=True, ensure_ascii=False)


def ask(scene: Scene, operation: Operation, inputs: Mapping[str, Any], path: Mapping[str, Any]) -> Exchange:
    """Send the operation with some inputs, each put into the body or the query; what is required is added."""
    contract = scene.contract
    in_body = body_inputs(contract, operation)
    body = {**_required(contract, operation), **{name: value for name, value in inputs.items() if name in in_body}}
    query = {name: value for name, value in inputs.items() if name not in in_body}
    headers: dict[str, Any] = {}
    for parameter in operation.parameters:
        if parameter.required and parameter.location in ("query", "header"):
            place = query if parameter.location == "query" else headers
            place.setdefault(parameter.name, value_for(contract, parameter))
    has_body = operation.request is not None and operation.method != "GET"
    try:
        request = build(operation, path=path, query=query, headers=headers, body=body if has_body else ABSENT)
    except ValueError as error:
        raise Inconclusive(f"it cannot be asked: {error}") from None
    return scene.send(request, operation)


def value_for(contract: Contract, parameter: Parameter) -> Any:
    """A legal value of a parameter: the documented one where there is one."""
    return sample(parameter.schema, contract.bundle, parameter.name)


def page(scene: Scene, operation: Operation, inputs: Mapping[str, Any], path: Mapping[str, Any]) -> Page:
    """Ask and read the page; Inconclusive where the answer is no page."""
    return read(scene.contract, operation, ask(scene, operation, inputs, path))


def read(contract: Contract, operation: Operation, exchange: Exchange) -> Page:
    """The page in an exchange; Inconclusive where it holds none."""
    body = success(exchange)
    rows = dig(body, operation.shape.rows or ())
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise Inconclusive(f"its reply has no rows at {'/'.join(operation.shape.rows or ()) or 'its root'}")
    count = dig(body, operation.shape.count) if operation.shape.count is not None else None
    more = dig(body, operation.shape.more) if operation.shape.more is not None else None
    return Page(
        exchange,
        rows,
        count if isinstance(count, int) and not isinstance(count, bool) else None,
        more if isinstance(more, bool) else None,
        _next(contract, operation, exchange, body, rows),
    )


def success(exchange: Exchange) -> Any:
    """The JSON of a successful reply; Inconclusive where it is none."""
    reply = exchange.reply
    if reply is None:
        raise Inconclusive(f"it did not answer: {exchange.failure or 'no reply'}")
    if not 200 <= reply.status < 300:
        raise Inconclusive(f"it answered {reply.status} where a success was needed to go on")
    try:
        return reply.json()
    except ValueError:
        raise Inconclusive("its reply is not JSON") from None


def status(exchange: Exchange) -> int:
    """The status of a reply; 0 where none came."""
    return exchange.reply.status if exchange.reply is not None else 0


def dig(body: Any, path: tuple[str, ...]) -> Any:
    """What stands at a path of property names; None where nothing does."""
    for name in path:
        body = body.get(name) if isinstance(body, dict) else None
    return body


def _required(contract: Contract, operation: Operation) -> dict[str, Any]:
    """The body members that must be there, with legal values; a condition or an order asks for nothing."""
    spot = spot_of(json_media(operation.request.content)) if operation.request is not None else None
    if spot is None:
        return {}
    reader, made = contract.bundle.reader, {}
    for name in sorted(reader.required(spot)):
        member = reader.members(spot).get(name)
        if member is not None:
            kind = reader.kind(member)
            made[name] = (
                {} if kind == "object" else [] if kind == "array" else sample(member.node, contract.bundle, name)
            )
    return made


def _next(contract: Contract, operation: Operation, exchange: Exchange, body: Any, rows: list[Row]) -> Any:
    """The cursor of the next page: as the body or the Link header gives it, or the key of the last row."""
    paging = operation.paging
    if paging is None or paging.cursor is None or exchange.reply is None:
        return None
    for holder in (body, *(part for part in body.values() if isinstance(part, dict))) if isinstance(body, dict) else ():
        for name, value in holder.items():
            if normal(name).startswith("next") and isinstance(value, str | int) and value not in ("", False, True):
                return _of_link(str(value), paging.cursor) if "?" in str(value) else value
    linked = _NEXT_LINK.search(_link(exchange.reply))
    if linked:
        return _of_link(linked[1], paging.cursor)
    entity = entity_of(contract, operation)
    if normal(paging.cursor) in _AFTER and rows and entity is not None:
        return cell(rows[-1], entity.key)
    return None


def _link(reply: Reply) -> str:
    return reply.header("link") or ""


def _of_link(link: str, cursor: str) -> str | None:
    return next(iter(parse_qs(urlsplit(link).query).get(cursor, [])), None)
