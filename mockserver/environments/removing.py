"""Removing: which operation of a bundle takes away what another one made, and with which request."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from mockserver.bundle.loader import Bundle
from mockserver.bundle.nouns import snake
from mockserver.bundle.operations import Media, Operation, Role
from mockserver.bundle.reading import Reader, Spot
from mockserver.exchanges import Exchange, Reply

Removal = dict[str, Any]  # operation (a label), target, body (JSON or None), media
_TEMPLATE = re.compile(r"\{([^{}]+)\}")
_MADE = re.compile(r"(created?|inserted|new|added)$", re.IGNORECASE)
_FAILED = re.compile(r"(fail|error|invalid|reject|refus)", re.IGNORECASE)
_MISSING = re.compile(r"not[ _-]?found|unknown|missing|\b(404|410)\b|no such|gone", re.IGNORECASE)
_STATES = ("status", "state", "result", "action", "outcome", "operation")


def creates(operation: Operation) -> bool:
    """Whether an operation may make something that was not there before."""
    return operation.role in (Role.CREATE, Role.UPSERT) or ("201" in operation.replies and operation.method != "DELETE")


def removes(operation: Operation) -> bool:
    """Whether an operation removes rows."""
    return operation.role is Role.DELETE


def removal(operation: Operation, operations: Iterable[Operation]) -> Operation | None:
    """The operation that removes what another made: of one row by its path first, else of several by a body."""
    ways = [other for other in operations if removes(other) and other.entity and other.entity == operation.entity]
    same = [way for way in ways if way.path == operation.path and way.key]
    below = [way for way in ways if re.fullmatch(rf"{re.escape(operation.path)}/\{{[^{{}}]+\}}", way.path)]
    keyed = sorted((way for way in ways if way.key), key=lambda way: len(_TEMPLATE.findall(way.path)))
    batch = [way for way in ways if not way.key and way.request is not None]
    return next(iter([*same, *below, *keyed, *batch]), None)


def removals(bundle: Bundle, operation: Operation, exchange: Exchange) -> tuple[list[Removal], str]:
    """The requests that remove what an exchange made, or why there are none: ([], "") where nothing was made."""
    way = removal(operation, bundle.operations)
    rows, told = _made(operation, exchange)
    if not rows:
        return [], "" if told else "the answer does not tell whether it was made or changed"
    if way is None:
        return [], "no operation of the bundle removes it"
    sent = _values(operation, exchange)
    if not way.key:
        return _batch(bundle, way, rows)
    found = [_target(way, row, sent) for row in rows]
    made: list[Removal] = [{"operation": way.label, "target": t, "body": None, "media": ""} for t in found if t]
    return made, "" if all(found) else f"the answer does not show what {way.label} asks for"


def outcome(exchange: Exchange, operation: Operation | None) -> str:
    """Why a removing exchange failed; empty where the thing is gone, as it is where nobody finds it any more."""
    reply = exchange.reply
    if reply is None:
        return f"was not answered: {exchange.failure}"
    if reply.status in (404, 410):
        return ""
    if not 200 <= reply.status < 300:
        return f"was answered with {reply.status}"
    rows = _rows(operation, _json(reply.body)) if operation is not None else []
    failed = [row for row in rows if _state(row, _FAILED) and not _MISSING.search(json.dumps(row))]
    return f"failed for {len(failed)} of {len(rows)}" if failed else ""


# -- what was made --


def _made(operation: Operation, exchange: Exchange) -> tuple[list[Mapping[str, Any]], bool]:
    """The rows that a reply says are new, each with what was sent for it; and whether the reply tells."""
    reply = exchange.reply or Reply(0)
    answered, sent = _json(reply.body), _json(exchange.request.body)
    rows = _rows(operation, answered)
    if rows and operation.shape.rows is not None:
        records = _records(sent)
        whole: list[Mapping[str, Any]] = [
            {**(records[i] if len(records) == len(rows) else {}), **{k: v for k, v in row.items() if v is not None}}
            for i, row in enumerate(rows)
        ]
        states = [row for row in rows if _state(row, re.compile("."))]
        new = [whole[i] for i, row in enumerate(rows) if _state(row, _MADE)]
        if operation.role is Role.CREATE and not states:
            return whole, True
        return new, bool(states) or reply.status == 201
    if operation.role is not Role.CREATE and reply.status != 201:
        return [], reply.status == 200 and operation.role is not Role.UPSERT
    body = sent if isinstance(sent, dict) else {}
    shown = _row(operation, answered)
    location = (reply.header("location") or "").partition("?")[0].rstrip("/")
    extra = {"": location.rpartition("/")[2]} if location and not shown else {}
    return [{**body, **shown, **extra}], True


def _rows(operation: Operation, answered: Any) -> list[Mapping[str, Any]]:
    if operation.shape.rows is None:
        return []
    found = _at(answered, operation.shape.rows)
    return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []


def _row(operation: Operation, answered: Any) -> Mapping[str, Any]:
    found = _at(answered, operation.shape.item or ())
    while isinstance(found, dict) and len(found) == 1 and isinstance(next(iter(found.values())), dict):
        found = next(iter(found.values()))
    return found if isinstance(found, dict) else {}


def _records(sent: Any) -> list[Mapping[str, Any]]:
    """The records of a batch as they were sent."""
    lists = [sent, *(sent.values() if isinstance(sent, dict) else ())]
    found = next((value for value in lists if isinstance(value, list)), [])
    return [record if isinstance(record, dict) else {} for record in found]


def _state(row: Mapping[str, Any], wanted: re.Pattern[str]) -> bool:
    return any(isinstance(row.get(name), str) and wanted.search(row[name]) for name in _STATES)


# -- with which request --


def _values(operation: Operation, exchange: Exchange) -> dict[str, str]:
    """The path parameters of a request, as they were written."""
    parts = _TEMPLATE.split(operation.path)
    pattern = "".join(re.escape(part) if i % 2 == 0 else "([^/]+)" for i, part in enumerate(parts))
    match = re.fullmatch(pattern, exchange.request.path)
    return dict(zip(parts[1::2], match.groups(), strict=True)) if match is not None else {}


def _target(way: Operation, row: Mapping[str, Any], sent: Mapping[str, str]) -> str:
    """The path with its parameters put in; "" where one is not known."""
    values = {}
    for name in _TEMPLATE.findall(way.path):
        if name in sent:
            values[name] = sent[name]
        else:
            value = _named(row, name, way.entity or "", key=name == way.key)
            if value is None or str(value) in ("", ".", ".."):
                return ""
            values[name] = quote(str(value), safe="")
    return _TEMPLATE.sub(lambda match: values[match[1]], way.path)


def _named(row: Mapping[str, Any], name: str, entity: str, *, key: bool) -> Any:
    """The value that a path parameter asks for: by its own name, else the row's id."""
    plain = {snake(own): value for own, value in row.items() if isinstance(value, str | int) and value is not True}
    names = [snake(name)]
    if key:
        names += [snake(name).removeprefix(f"{entity}_"), "id", f"{entity}_id", "uuid", "guid", "key", ""]
    return next((plain[own] for own in names if own in plain), None)


def _batch(bundle: Bundle, way: Operation, rows: Sequence[Mapping[str, Any]]) -> tuple[list[Removal], str]:
    """One request for each row, so that one that fails does not stand in the way of the others."""
    media = way.request.body if way.request is not None else None
    if media is None or not media.is_json:
        return [], f"{way.label} does not take JSON"
    bodies = [_body(bundle.reader, media, row) for row in rows]
    made: list[Removal] = [
        {"operation": way.label, "target": way.path, "body": body, "media": media.type}
        for body in bodies
        if body is not None
    ]
    return made, "" if len(made) == len(rows) else f"the answer does not show what {way.label} asks for"


def _body(reader: Reader, media: Media, row: Mapping[str, Any]) -> Any:
    spot = reader.at(media.pointer)
    if reader.kind(spot) == "array":
        item = _item(reader, spot, row)
        return [item] if item is not None else None
    for name, member in reader.members(spot).items():
        if reader.kind(member) == "array":
            item = _item(reader, member, row)
            return {name: [item]} if item is not None else None
    return None


def _item(reader: Reader, array: Spot, row: Mapping[str, Any]) -> Any:
    """A row as an item of the list of what is to be removed; None where the row does not say enough to be found."""
    spot = reader.items(array)
    members = reader.members(spot) if spot is not None else {}
    if not members:
        return row.get("id")
    plain = {snake(name): value for name, value in row.items() if value is not None}
    known = {name: plain[snake(name)] for name in members if snake(name) in plain}
    required = reader.required(spot) if spot is not None else frozenset()
    telling = set(known) - {name for name in known if snake(name) in ("type", "kind", "entity_type", "record_type")}
    return known if required <= known.keys() and telling else None


def _at(data: Any, path: Iterable[str]) -> Any:
    for name in path:
        data = data.get(name) if isinstance(data, dict) else None
    return data


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None
