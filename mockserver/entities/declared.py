"""What a bundle declares by name: values are found in requests and put into replies whatever the exact shape."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from mockserver.calls import Answer, Event
from mockserver.store.model import normal

if TYPE_CHECKING:
    from mockserver.bundle.loader import Bundle
    from mockserver.bundle.operations import Operation
    from mockserver.clock import Clock

Resolve = Callable[[Any], tuple[Any, str]]
_normal = lru_cache(maxsize=4096)(normal)
_COUNTS = frozenset(("total", "count", "total_count", "total_records"))
_VERSION = re.compile(r"v\d+")
_DEPTH = 6


def properties(schema: Any, resolve: Resolve, depth: int = _DEPTH) -> dict[str, Any]:
    """The properties of an object schema: its own and those of its parts (`allOf`, `anyOf`, `oneOf`)."""
    if not isinstance(schema, Mapping) or depth <= 0:
        return {}
    schema = resolve(schema)[0]
    found: dict[str, Any] = dict(schema.get("properties") or {})
    for word in ("allOf", "anyOf", "oneOf"):
        for part in schema.get(word) or ():
            for name, value in properties(part, resolve, depth - 1).items():
                found.setdefault(name, value)
    return found


def items(schema: Any, resolve: Resolve) -> Any:
    """The schema of an array's items; None where the schema is not that of an array."""
    if not isinstance(schema, Mapping):
        return None
    schema = resolve(schema)[0]
    if "items" in schema:
        return schema["items"]
    parts = (items(part, resolve) for word in ("allOf", "anyOf", "oneOf") for part in schema.get(word) or ())
    return next((part for part in parts if part is not None), None)


def body_schema(operation: Operation) -> Any:
    """The schema of the request body, the JSON one where there are several; None without one."""
    body = operation.request.body if operation.request else None
    return body.schema if body else None


def named(names: Iterable[str], *wanted: str) -> str | None:
    """The first of the names that means one of the wanted ones (`system_ref` is `systemRef`), by order of wish."""
    known = {_normal(name): name for name in names}
    return next((known[_normal(want)] for want in wanted if _normal(want) in known), None)


def pick(values: Any, *wanted: str) -> Any:
    """The value given under one of the wanted names, in whatever case style; None where there is none."""
    if not isinstance(values, Mapping):
        return None
    for want in wanted:
        if want in values:
            return values[want]
    name = named(values, *wanted)
    return None if name is None else values[name]


class Verbatim(dict[str, Any]):
    """An object of the client's own that is shown exactly as it was given, whatever the reply declares."""


class Form:
    """A schema as a form to fill in: of the values at hand it takes those that the schema has a name for."""

    __slots__ = ("_item", "_names")

    def __init__(self, schema: Any, resolve: Resolve, depth: int = _DEPTH) -> None:
        item = items(schema, resolve) if depth > 0 else None
        self._item = Form(item, resolve, depth - 1) if item is not None else None
        declared = properties(schema, resolve) if depth > 0 else {}
        self._names = {name: Form(part, resolve, depth - 1) for name, part in declared.items()}

    def fill(self, value: Any) -> Any:
        """The value in the form's shape; where the schema names nothing, the value as it is."""
        if isinstance(value, Verbatim):
            return dict(value)
        if isinstance(value, Mapping) and self._names:
            filled = {}
            for name, form in self._names.items():
                source = name if name in value else named(value, name)
                if source is not None:
                    filled[name] = form.fill(value[source])
            return filled or dict(value)
        if isinstance(value, list) and self._item is not None:
            return [self._item.fill(each) for each in value]
        return value


class Replies:
    """Answers of one operation: envelope, place of the rows and names as its success reply declares them."""

    __slots__ = ("_enveloped", "_form", "_list", "_media", "_rows", "_total", "_version", "status")

    def __init__(self, operation: Operation, bundle: Bundle) -> None:
        success = next((operation.replies[s] for s in sorted(operation.replies) if s[:1] == "2"), None)
        self.status = success.code if success else 200
        media = success.json if success else None
        self._media, schema = (media.type, media.schema) if media else ("application/json", None)
        declared = properties(schema, bundle.resolve)
        self._enveloped = "data" in declared and bool({"meta", "error"} & declared.keys())
        data = declared.get("data") if self._enveloped else schema
        self._form = Form(data, bundle.resolve)
        self._list = items(data, bundle.resolve) is not None
        inner = properties(data, bundle.resolve)
        arrays = (name for name, part in inner.items() if items(part, bundle.resolve) is not None)
        self._rows = next(arrays, "items")
        self._total = next((name for name in inner if _normal(name) in _COUNTS), "total")
        words = (segment for segment in operation.path.split("/") if _VERSION.fullmatch(segment))
        self._version = next(words, bundle.release or "v1")

    def one(self, values: Mapping[str, Any], message: str, clock: Clock, *, events: Sequence[Event] = ()) -> Answer:
        """One object as the answer."""
        return self._answer(self._form.fill(values), message, clock, events)

    def many(self, rows: list[Any], total: int, message: str, clock: Clock, **beside: Any) -> Answer:
        """A page of objects as the answer; `beside` is shown where the reply has a name for it (`page`)."""
        values: Any = rows if self._list else {**beside, self._rows: rows, self._total: total}
        return self._answer(self._form.fill(values), message, clock, ())

    def _answer(self, data: Any, message: str, clock: Clock, events: Sequence[Event]) -> Answer:
        if self.status == 204:
            return Answer(204, events=tuple(events))
        if self._enveloped:
            meta = {"success": True, "message": message, "timestamp": clock.text(), "version": self._version}
            data = {"data": data, "error": None, "meta": meta}
        return Answer(self.status, data, media=self._media, events=tuple(events), fit=True)
