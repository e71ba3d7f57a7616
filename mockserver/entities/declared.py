"""What a bundle declares by name: values are found in requests and put into replies whatever the exact shape."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mockserver.bundle.reading import Reader, Spot
from mockserver.bundle.shapes import spot_of
from mockserver.calls import Answer, Event
from mockserver.store.model import normal

if TYPE_CHECKING:
    from mockserver.bundle.loader import Bundle
    from mockserver.bundle.operations import Operation
    from mockserver.clock import Clock

_COUNTS = frozenset(("total", "count", "total_count", "total_records"))
_VERSION = re.compile(r"v\d+")
_DEPTH = 6


def inputs_of(operation: Operation, reader: Reader) -> dict[str, Spot]:
    """The properties of the request body, of the JSON one where there are several."""
    body = spot_of(operation.request.body) if operation.request else None
    return reader.members(body) if body else {}


def named(names: Iterable[str], *wanted: str) -> str | None:
    """The first of the names that means one of the wanted ones (`system_ref` is `systemRef`), by order of wish."""
    known = {normal(name): name for name in names}
    return next((known[normal(want)] for want in wanted if normal(want) in known), None)


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

    def __init__(self, spot: Spot, reader: Reader, depth: int = _DEPTH) -> None:
        item = reader.items(spot) if depth > 0 else None
        self._item = Form(item, reader, depth - 1) if item is not None else None
        declared = reader.members(spot) if depth > 0 else {}
        self._names = {name: Form(part, reader, depth - 1) for name, part in declared.items()}

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


def version_of(operation: Operation, bundle: Bundle) -> str:
    """What replies call the version of the API: that of the path (`v1`), else the bundle's release."""
    words = (segment for segment in operation.path.split("/") if _VERSION.fullmatch(segment))
    return next(words, bundle.release or "v1")


class Replies:
    """Answers of one operation: envelope, place of the rows and names as its success reply declares them."""

    __slots__ = ("_enveloped", "_form", "_list", "_media", "_rows", "_total", "_version", "status")

    def __init__(self, operation: Operation, bundle: Bundle) -> None:
        success = next((operation.replies[s] for s in sorted(operation.replies) if s[:1] == "2"), None)
        self.status = success.code if success else 200
        media = success.json if success else None
        self._media = media.type if media else "application/json"
        reader, schema = bundle.reader, spot_of(media) or Spot({}, "")
        declared = reader.members(schema)
        self._enveloped = "data" in declared and bool({"meta", "error"} & declared.keys())
        data = declared["data"] if self._enveloped else schema
        self._form = Form(data, reader)
        self._list = reader.items(data) is not None
        inner = reader.members(data)
        arrays = (name for name, part in inner.items() if reader.items(part) is not None)
        self._rows = next(arrays, "items")
        self._total = next((name for name in inner if normal(name) in _COUNTS), "total")
        self._version = version_of(operation, bundle)

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
