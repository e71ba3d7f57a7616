"""Pages: which rows a request asks for by number, offset or cursor, and what a page says of its neighbours."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zlib import crc32

from mockserver.bundle.loader import Bundle
from mockserver.bundle.operations import Operation, Paging, Path, Role
from mockserver.bundle.reading import Reader, Spot
from mockserver.calls import Call, Site
from mockserver.problems import Refusal, Violation
from mockserver.store.addresses import as_type
from mockserver.store.memory import Store
from mockserver.store.model import Row, normal
from mockserver.store.query import Condition, Order
from mockserver.store.sampling import valid

_UNLIMITED = 1000
_KEYED = frozenset("after after_id starting_after start_after before before_id ending_before end_before".split())
_BACKWARDS = frozenset("before before_id ending_before end_before".split())
_LATEST = frozenset({"now", "latest"})  # what streams of events call the place where nothing has happened yet
_HOLDERS = frozenset("links paging pagination page page_info cursor cursors meta metadata response_metadata".split())
_NEXT = re.compile(r"next(_(page|cursor|marker|token|link|url|uri|href|id|stream|position|continuation|key))*\Z")
_PREVIOUS = re.compile(r"prev(ious)?(_(page|cursor|marker|token|link|url|uri|href|id))*\Z")
_SAID = {"continuation_token": "next", "end_cursor": "next", "start_cursor": "previous"}
_IN_CURSORS = {"after": "next", "before": "previous"}  # where the object around them is called `cursors`
_DEEP = 2
_DIGITS = 19
_NO_END: Any = object()
_LINK = re.compile(r"(\A|_)(link|links|url|uri|href)(\Z|_)")

Hole = Callable[["Page"], Any]  # a JSON value, or bytes that are JSON already


@dataclass(frozen=True, slots=True)
class Page:
    """What a page holds: its rows encoded and as they are, and the number of all matches.

    `back`: it was asked for by a cursor that reads backwards, so that what is "more" lies before it.
    """

    encoded: bytes
    rows: Sequence[Row]
    total: int
    offset: int
    size: int
    store: Store
    entity: str
    where: Condition | None
    call: Call
    back: bool = False

    @property
    def more(self) -> bool:
        """Whether there are further rows in the direction of reading."""
        return self.offset > 0 if self.back else self.offset + len(self.rows) < self.total

    @property
    def following(self) -> int | None:
        """Where the next page begins; None after the last row."""
        end = self.offset + len(self.rows)
        return end if end < self.total else None

    @property
    def preceding(self) -> int | None:
        """Where the previous page begins; None at the first row."""
        return max(0, self.offset - self.size) if self.offset else None


@dataclass(frozen=True, slots=True)
class Shown:
    """A part of a reply that names the next page, or the previous one: by a cursor, or by a link."""

    path: Path
    spot: Spot
    next: bool
    link: bool


def numbered(operation: Operation, site: Site) -> Callable[[Mapping[str, Any]], tuple[int, int]]:
    """From the given inputs to (rows to skip, rows wanted)."""
    paging, kind = operation.paging or Paging(), _kind(operation, site)
    sizes, page_name, offset_name = paging.sizes, paging.page, paging.offset
    default = paging.default_size or (1 if operation.role is Role.SEARCH and paging.where == "body" else 50)

    def read(given: Mapping[str, Any]) -> tuple[int, int]:
        size = next((given[n] for n in sizes if isinstance(given.get(n), (int, float))), default)
        size = max(0, min(int(size), paging.max_size or _UNLIMITED))
        if offset_name and given.get(offset_name) is not None:
            return _whole(given[offset_name]), size
        number = _whole(given.get(page_name)) if page_name else 0
        if kind == "offset":
            return number, size
        if kind == "number-from-1":
            return max(0, number - 1) * size, size
        return number * size, size

    return read


def _kind(operation: Operation, site: Site) -> str:
    kind = str(site.settings.get("page", "declared"))
    if kind != "declared":
        return kind
    return str(operation.hints.get("page") or (operation.paging or Paging()).kind or "offset")


def _whole(value: Any) -> int:
    try:
        return max(0, int(value or 0))
    except (TypeError, ValueError, OverflowError):
        return 0


class Turning:
    """By which cursors one list is read, and how its replies show where the neighbouring pages begin.

    A cursor is the key of a row where an input is called `after` or `before` and rows show their keys, else a place in
    the list: text that only this list understands, or a plain number where the bundle wants one.
    """

    def __init__(self, operation: Operation, site: Site, reply: str, row: str) -> None:
        reader, paging = site.bundle.reader, operation.paging or Paging()
        entity = site.model[operation.entity or ""]
        self.paging, self.entity, self.key = paging, entity, entity.fields[entity.key]
        self.kind = _kind(operation, site)
        self.names = tuple(name for name in (paging.cursor, paging.before) if name)
        self.shown = tuple(_shown(reader, reader.at(reply), (), paging, set(operation.shape.rows or ())))
        members = reader.members(reader.at(row))
        self._keyed = _is_keyed(paging.cursor) and any(entity.spelled(name) == entity.key for name in members)
        self._list, self._bundle = operation.id, site.bundle
        self._known = {name: _documented(name, operation, site.bundle) for name in self.names}
        inputs = [parameter.schema for parameter in operation.parameters if parameter.name in self.names]
        kinds = [reader.kinds(part.spot) for part in self.shown if not part.link]
        self._plain = any(isinstance(schema, Mapping) and schema.get("type") == "integer" for schema in inputs) or any(
            kind and kind <= {"integer", "number", "null"} for kind in kinds
        )

    def cut(
        self, given: Mapping[str, Any], store: Store, where: Condition | None, order: Sequence[Order], size: int
    ) -> tuple[int, int, bool] | None:
        """(rows to skip, rows wanted, whether backwards) by the cursor given; None where none is.

        Refusal(400, MS118) where this list gives no such cursor.
        """
        for name in self.names:
            value = given.get(name)
            if value is None or value == "":
                continue
            back = normal(name) in _BACKWARDS
            place = self._place(name, value, store, where, order)
            if place is None:
                raise self._unknown(name, value)
            begin = max(0, place - size) if back else place
            return begin, place - begin if back else size, back
        return None

    def _place(
        self, name: str, value: Any, store: Store, where: Condition | None, order: Sequence[Order]
    ) -> int | None:
        back, text = normal(name) in _BACKWARDS, str(value)
        if _is_keyed(name):
            found = store.passed(self.entity.name, where, order, as_type(value, self.key.type), with_it=not back)
            if found is not None:
                return found
        if self._plain and text.isdecimal() and len(text) < _DIGITS:
            return int(text)
        place = _read(text, self._list)
        if place is not None:
            return place
        if normal(text) in _LATEST or (back and value in self._known[name]):
            return store.find(self.entity.name, where, (), 0, 0).total
        return 0 if value in self._known[name] else None

    def _unknown(self, name: str, value: Any) -> Refusal:
        detail, part = f"{value!r} is no cursor of this list.", self.paging.where
        violations = [Violation(f"/{name}", detail, part)]
        return Refusal(400, f"{part} /{name}: {detail}", code="MS118", reason="INVALID", violations=violations)

    def hole(self, part: Shown) -> Hole:
        """What stands in a part of the reply that names the next or the previous page."""
        end = next((value for value in (None, "") if valid(value, part.spot.node, self._bundle)), _NO_END)
        stream = end is _NO_END or "stream" in normal(part.path[-1])
        text = not self._bundle.reader.kinds(part.spot) or "string" in self._bundle.reader.kinds(part.spot)

        def show(page: Page) -> Any:
            place = page.following if part.next else page.preceding
            if place is None and stream:
                place = page.total if part.next else 0
            if place is None:
                return end
            name, value = self._turned(page, place, forwards=part.next)
            if part.link:
                return page.call.link({**dict.fromkeys(self._inputs(), None), name: value})
            return str(value) if text else value

        return show

    def _turned(self, page: Page, place: int, *, forwards: bool) -> tuple[str, Any]:
        """The input, and its value, that leads to the page that begins at a place."""
        paging = self.paging
        if paging.cursor is None and paging.offset is not None:
            return paging.offset, place
        if paging.cursor is None:
            number = place if self.kind == "offset" else place // max(1, page.size) + (self.kind == "number-from-1")
            return paging.page or "", number
        name = paging.cursor if forwards else paging.before or paging.cursor
        if self._keyed and page.rows and (forwards or name == paging.before):
            return name, page.rows[-1 if forwards else 0].get(self.entity.key)
        if not forwards and name == paging.before:
            place = page.offset
        return name, place if self._plain else _token(place, self._list)

    def _inputs(self) -> tuple[str, ...]:
        return tuple(name for name in (*self.names, self.paging.page, self.paging.offset) if name)


def _token(place: int, name: str) -> str:
    """A place as a cursor that only the list of this name understands."""
    check = crc32(f"{name}.{place}".encode())
    return base64.urlsafe_b64encode(f"{place:06d}.{check:08x}".encode()).decode()


def _read(text: str, name: str) -> int | None:
    try:
        place = int(base64.urlsafe_b64decode(text.encode()).partition(b".")[0])
    except ValueError:
        return None
    return place if place >= 0 and _token(place, name) == text else None


def _is_keyed(name: str | None) -> bool:
    return name is not None and normal(name) in _KEYED


def _shown(reader: Reader, spot: Spot, path: Path, paging: Paging, rows: set[str]) -> Iterator[Shown]:
    """The parts of a reply, at its root and in the objects that usually hold them, that name its neighbours."""
    holder = normal(path[-1]) if path else ""
    for name, part in reader.members(spot).items():
        plain = normal(name)
        if name not in rows and plain in _HOLDERS and reader.kind(part) == "object" and len(path) < _DEEP:
            yield from _shown(reader, part, (*path, name), paging, rows)
            continue
        sense = "next" if _NEXT.match(plain) else "previous" if _PREVIOUS.match(plain) else _SAID.get(plain, "")
        sense = sense or (_IN_CURSORS.get(plain, "") if holder.startswith("cursor") else "")
        kinds = reader.kinds(part)
        if not sense or (kinds and not kinds & {"string", "integer", "number"}):
            continue
        uri = str(reader.keyword(part, "format") or "").startswith(("uri", "iri", "url"))
        link = uri or holder.endswith("links") or bool(_LINK.search(plain)) or not (paging.cursor or "_" in plain)
        turned = paging.cursor or paging.offset or paging.page
        if (link and turned and paging.where == "query" and "string" in kinds) or (not link and paging.cursor):
            yield Shown((*path, name), part, sense == "next", link)


def _documented(name: str, operation: Operation, bundle: Bundle) -> list[Any]:
    """The values of an input that the bundle shows: with these a list is read from its beginning."""
    values: list[Any] = []
    for parameter in operation.parameters:
        if parameter.name == name and isinstance(parameter.schema, Mapping):
            above = bundle.reader.at(parameter.pointer.rpartition("/")[0]).node
            examples = above.get("examples") or {}
            values += [each.get("value") for each in examples.values() if isinstance(each, Mapping)]
            values.append(above.get("example"))
            spot = Spot(parameter.schema, parameter.pointer)
            values += [*(bundle.reader.keyword(spot, "examples") or ()), bundle.reader.keyword(spot, "default")]
    return [value for value in values if value is not None]
