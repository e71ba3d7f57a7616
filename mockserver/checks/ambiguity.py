"""Ambiguity: alarms are dropped that the bytes as sent or the replies prove false, or that the bundle allows for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote, unquote

import jsonschema_rs

from mockserver.bundle.loader import Bundle
from mockserver.bundle.operations import Operation
from mockserver.checks.readings import Absent, Broken, Readings, Unreadable
from mockserver.exchanges import Exchange, Reply, Request
from mockserver.probes.deleted import is_marked

KEEPS = "the bytes as sent keep the schema"
BREAKS = "the bytes as sent can be read as breaking the schema"
MARKED = "what was deleted is still there, and says that it is no more"
STATED = "refused for what is stored, in words that the bundle allows"
_URN = "urn:bundle"
_ELSEWHERE = frozenset({"accept", "content-type", "authorization"})  # what OpenAPI says of these stands elsewhere
_LIVING = frozenset({"active", "enabled", "isactive", "is_active"})
_ENDED = frozenset({"deleted", "archived", "revoked", "disabled", "removed", "trashed"})
_ACCEPTED, _REFUSED, _STILL_THERE = "ST201", "ST202", "ST301"


class Ambiguity:
    """Judges alarms on one bundle. `refusals` are, by operation, words by which a reply may refuse valid data."""

    def __init__(self, bundle: Bundle, refusals: Mapping[str, frozenset[str]]) -> None:
        self._bundle = bundle
        self._refusals = refusals
        self._registry: Any = None
        self._validators: dict[str, Any] = {}
        self._readings = Readings(bundle.reader, self._fits)

    def reason(self, code: str, label: str, exchange: Exchange, before: Sequence[Exchange] = ()) -> str:
        """Why a failure with this code is none; "" where it stands, which it does unless the contrary is proved.

        `before` are the exchanges that led to it.
        """
        operation = self._bundle.operations.at(*label.split(" ", 1)) if " " in label else None
        if operation is None or exchange.request.method != operation.method:
            return ""
        if code == _ACCEPTED:
            verdicts = list(self._verdicts(operation, exchange.request))
            return KEEPS if all(verdict is not None and any(verdict) for verdict in verdicts) else ""
        if code == _STILL_THERE:
            return MARKED if _says_it_is_no_more(exchange, before) else ""
        if code == _REFUSED:
            if exchange.reply is not None and self._stated(operation, exchange.reply):
                return STATED
            verdicts = list(self._verdicts(operation, exchange.request))
            return BREAKS if any(verdict is not None and not all(verdict) for verdict in verdicts) else ""
        return ""

    def _stated(self, operation: Operation, reply: Reply) -> bool:
        """Whether the reply's own words say that valid data are refused for a reason that the bundle names."""
        if not 400 <= reply.status < 500:
            return False
        hinted = operation.hints.get("refusals")
        words = set(hinted.get(str(reply.status), ())) if isinstance(hinted, Mapping) else set()
        words |= self._refusals.get(operation.label, frozenset())
        if not words:
            return False
        try:
            return any(text in words for text in _texts(reply.json()))
        except ValueError:
            return False

    def _verdicts(self, operation: Operation, request: Request) -> Iterator[list[bool] | None]:
        """For each part of a request whether its readings keep the schema; None where that cannot be told."""
        for parameter in operation.parameters:
            if parameter.location == "header" and parameter.name.lower() in _ELSEWHERE:
                continue
            try:
                values = self._readings.parameter(parameter, request, operation.path)
                yield [self._fits(parameter.pointer, value) for value in values]
            except Absent:
                yield [not parameter.required]
            except Unreadable:
                yield None
            except Broken:
                yield [False]
        yield self._of_body(operation, request)

    def _of_body(self, operation: Operation, request: Request) -> list[bool] | None:
        declared = operation.request
        if declared is None:
            return [True] if not request.body else None
        kind = (request.header("content-type") or "").partition(";")[0].strip().lower()
        media = next((each for each in declared.content if each.type.partition(";")[0].strip().lower() == kind), None)
        if not request.body:
            return [not declared.required] if not kind else None
        if media is None or media.schema is None:
            return None
        try:
            return [self._fits(media.pointer, value) for value in self._readings.body(kind, media.pointer, request)]
        except Unreadable:
            return None
        except Broken:
            return [False]

    def _fits(self, pointer: str, value: Any) -> bool:
        if not pointer:
            return True
        validator = self._validators.get(pointer)
        if validator is None:
            validator = self._validators[pointer] = self._compiled(pointer)
        try:
            return bool(validator.is_valid(value))
        except ValueError as error:  # half a surrogate pair, an integer beyond all bounds
            raise Unreadable from error

    def _compiled(self, pointer: str) -> Any:
        """The validator of a schema; Unreadable where it is none that can be compiled."""
        if self._registry is None:
            self._registry = jsonschema_rs.Registry(
                [(_URN, dict(self._bundle.for_requests))], draft=jsonschema_rs.Draft202012
            )
        schema = {"$ref": f"{_URN}#{quote(pointer, safe='/~')}"}
        try:
            return jsonschema_rs.Draft202012Validator(
                schema, registry=self._registry, validate_formats=True, offline=True
            )
        except (ValueError, jsonschema_rs.ReferencingError) as error:
            raise Unreadable from error


def _says_it_is_no_more(exchange: Exchange, before: Sequence[Exchange]) -> bool:
    """Whether the row that a path names is marked as ended, or was not marked so before its deletion."""
    name = unquote(exchange.request.path.rpartition("/")[2])
    deleted = next((n for n, earlier in enumerate(before) if earlier.request.method == "DELETE"), len(before))
    after = _row(exchange, name)
    rows = [row for earlier in before[:deleted] if (row := _row(earlier, name)) is not None]
    if after is None:
        return False
    return any(is_marked(row, after) for row in rows) or any(_tells_of_an_end(*pair) for pair in after.items())


def _tells_of_an_end(name: str, value: Any) -> bool:
    """`active: false`, `deleted: true`, `revokedAt: 2026-01-31`."""
    if value is False:
        return name.lower() in _LIVING
    ending = name.lower().removesuffix("at").removesuffix("_").removeprefix("is").removeprefix("_")
    return ending in _ENDED and value not in (None, "", 0)


def _row(exchange: Exchange, name: str) -> dict[str, Any] | None:
    """The object of a reply that has a name among its values, as that of the row that a path names."""
    try:
        waiting: list[Any] = [exchange.reply.json()] if exchange.reply is not None else []
    except ValueError:
        return None
    while waiting:
        value = waiting.pop(0)
        if isinstance(value, dict):
            if any(isinstance(part, str | int) and str(part) == name for part in value.values()):
                return value
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
    return None


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part)
