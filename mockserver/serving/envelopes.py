"""Envelopes: the JSON around a page of rows, compiled once so that a request only fills its holes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from typing import Any

import orjson

from mockserver.bundle.loader import Bundle
from mockserver.bundle.operations import Media, Operation, Path
from mockserver.serving.pages import Hole, Page, Turning
from mockserver.store.model import normal

_HOLE = re.compile(rb'"\\u0000(\d+)"')
_ENDS = {"first_id": 0, "last_id": -1}
_AGGREGATES = ("sum", "avg", "min", "max")


# Reply properties beside the rows, by what their names say; each only where the schema's type agrees.
_KNOWN: Mapping[str, tuple[str, Hole]] = {
    "has_more": ("boolean", lambda p: p.more),
    "has_next": ("boolean", lambda p: p.more),
    "more": ("boolean", lambda p: p.more),
    "has_next_page": ("boolean", lambda p: p.more),
    "limit": ("integer", lambda p: p.size),
    "page_size": ("integer", lambda p: p.size),
    "per_page": ("integer", lambda p: p.size),
    "offset": ("integer", lambda p: p.offset),
    "skip": ("integer", lambda p: p.offset),
    "total": ("integer", lambda p: p.total),
    "total_count": ("integer", lambda p: p.total),
    "total_pages": ("integer", lambda p: -(-p.total // p.size) if p.size else 0),
}


class Envelope:
    """The reply of a list as bytes with holes for rows, counts, sums and paging."""

    __slots__ = ("_holes", "_parts")

    def __init__(self, operation: Operation, bundle: Bundle, media: Media, turning: Turning) -> None:
        from mockserver.store.sampling import fit, sample

        holes: list[Hole] = []
        shape = operation.shape
        rows: Path = shape.rows or ()
        body: Any = [] if rows == () else {}
        _put(body, rows, [])
        if shape.count is not None:
            _put(body, shape.count, 0)
        for part in turning.shown:  # so that what an object around them requires is filled in
            _put(body, part.path, sample(part.spot.node, bundle, "/".join(part.path)))
        body = fit(body, True if media.schema is None else media.schema, bundle, f"{operation.id}:envelope")
        for path in {rows[:-1], (shape.count or rows)[:-1], (shape.more or rows)[:-1]}:
            _known(body, path, bundle, media, holes, rows)
        for part in turning.shown:
            _hole(body, part.path, turning.hole(part), holes)
        if shape.count is not None:
            _aggregates(body, shape.count[:-1], bundle, media, holes)
            _hole(body, shape.count, lambda p: p.total, holes)
        if rows == ():
            body = _mark(holes, lambda p: p.encoded)
        else:
            _hole(body, rows, lambda p: p.encoded, holes)
        pieces = _HOLE.split(orjson.dumps(body))
        self._parts = pieces[::2]
        self._holes = [holes[int(i)] for i in pieces[1::2]]

    def render(self, page: Page) -> bytes:
        """The whole reply body."""
        out = [self._parts[0]]
        for hole, part in zip(self._holes, self._parts[1:], strict=True):
            value = hole(page)
            out.append(value if isinstance(value, bytes) else orjson.dumps(value))
            out.append(part)
        return b"".join(out)


def _mark(holes: list[Hole], hole: Hole) -> str:
    holes.append(hole)
    return f"\0{len(holes) - 1}"


def _hole(body: Any, path: Path, hole: Hole, holes: list[Hole]) -> None:
    _put(body, path, _mark(holes, hole))


def _put(body: Any, path: Path, value: Any) -> None:
    node = body
    for name in path[:-1]:
        node = node.setdefault(name, {})
    if path:
        node[path[-1]] = value


def _known(body: Any, path: Path, bundle: Bundle, media: Media, holes: list[Hole], rows: Path) -> None:
    spot = bundle.reader.walk(bundle.reader.at(media.pointer), path)
    for name, part in bundle.reader.members(spot).items() if spot is not None else ():
        known = _KNOWN.get(normal(name))
        if known is not None and (*path, name) != rows and known[0] in bundle.reader.kinds(part):
            _hole(body, (*path, name), known[1], holes)
        elif normal(name) in _ENDS and "string" in bundle.reader.kinds(part):
            none = None if bundle.reader.nullable(part) else ""
            _hole(body, (*path, name), partial(_key_at, _ENDS[normal(name)], none), holes)


def _key_at(end: int, none: str | None, page: Page) -> str | None:
    """The key of the first or the last row of a page."""
    return str(page.rows[end].get(page.store.model[page.entity].key)) if page.rows else none


def _aggregates(body: Any, path: Path, bundle: Bundle, media: Media, holes: list[Hole]) -> None:
    for how in _AGGREGATES:
        spot = bundle.reader.walk(bundle.reader.at(media.pointer), (*path, how))
        for column in bundle.reader.members(spot) if spot is not None else ():

            def total(page: Page, how: Any = how, column: str = column) -> Any:
                return page.store.total(page.entity, page.where, column, how)

            _hole(body, (*path, how, column), total, holes)
