"""Where a reply keeps its rows and their count, and which inputs cut a list into pages."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal

from mockserver.bundle.nouns import noun, snake
from mockserver.bundle.operations import Media, Operation, Paging, Parameter, Path, Reply, Role, Shape
from mockserver.bundle.reading import Documented, Reader, Spot

Kind = Literal["offset", "number", "number-from-1"]

_LISTS = frozenset(
    "data items entries results records rows values list nodes elements content objects resources value hits".split()
)
_ENVELOPES = frozenset("data result response payload body d embedded".split())
_BESIDE = frozenset(
    "error errors meta metadata success status message messages links included code warnings pagination paging page "
    "request_id timestamp version jsonapi object type".split()
)
_COUNTS = (
    "total_count total total_items total_results total_elements total_records total_rows total_size total_hits "
    "count row_count record_count result_count item_count number_of_results".split()
)
_COUNT_HOLDERS = frozenset("total aggregate meta metadata pagination paging page page_info".split())
_MORE = frozenset({"has_more", "has_next", "has_next_page", "more"})

_SIZES = (
    "page_size limit per_page page_limit max_results results_per_page rows_per_page items_per_page size first take "
    "top count max rows".split()
)
_SURE_SIZES = frozenset(_SIZES[:8]) | {
    "take",
    "first",
}  # the others mean a page size only beside a page or an offset
_OFFSETS = ("offset", "skip", "start", "start_index", "page_offset", "from_index")
_PAGES = ("page", "page_number", "page_num", "page_no", "page_index", "current_page")
_CURSORS = (
    "cursor after starting_after marker page_token next_token next_page_token continuation_token next_marker "
    "page_cursor pagination_token after_id start_after before stream_position".split()
)
_BACKWARDS = ("ending_before", "before", "before_id", "end_before")
_WORDING: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("offset", re.compile(r"to skip|\boffset\b|skipped", re.IGNORECASE)),
    ("number", re.compile(r"zero-based|0-based|(start|begin|count)\w* (at|from|with) (0|zero)\b", re.IGNORECASE)),
    ("number-from-1", re.compile(r"one-based|1-based|(start|begin|count)\w* (at|from|with) (1|one)\b", re.IGNORECASE)),
)  # fmt: skip


def json_media(content: Iterable[Media]) -> Media | None:
    """The JSON one among the media types of a body."""
    for media in content:
        kind = media.type.partition(";")[0].strip().lower()
        if media.is_json or kind in ("*/*", "application/*"):
            return media
    return None


def success_media(replies: Mapping[str, Reply]) -> Media | None:
    """The JSON body of the first success that has one (`default` counts where no success is declared)."""
    statuses = sorted(status for status in replies if status[:1] == "2") or ["default"]
    for status in statuses:
        media = json_media(replies[status].content) if status in replies else None
        if media is not None and media.schema is not None:
            return media
    return None


def spot_of(media: Media | None) -> Spot | None:
    """The schema of a body as a place in the document; None without a schema."""
    return Spot(media.schema, media.pointer) if media is not None and isinstance(media.schema, Mapping) else None


def find_rows(reader: Reader, reply: Spot, nouns: frozenset[str], depth: int = 3) -> Path | None:
    """The path to the array of rows: by the name of the entity, by a usual name, or as the only array of objects."""
    if reader.kind(reply) == "array":
        return () if _holds_objects(reader, reply) else None
    members = reader.members(reply)
    arrays = [name for name, spot in members.items() if _holds_objects(reader, spot)]
    for name in arrays:
        if noun(name) in nouns:
            return (name,)
    for name in arrays:
        if snake(name) in _LISTS:
            return (name,)
    if len(arrays) == 1 and "id" not in members:
        return (arrays[0],)
    for name, spot in members.items() if depth else ():
        plain = snake(name)
        if (plain in _ENVELOPES or noun(name) in nouns) and reader.kind(spot) == "object":
            below = find_rows(reader, spot, nouns, depth - 1)
            if below is not None:
                return (name, *below)
    return None


def find_item(reader: Reader, reply: Spot, nouns: frozenset[str], depth: int = 2) -> Path:
    """The path to the object of the one row: through an envelope, if there is one; `()` = the body itself."""
    members = reader.members(reply)
    if "id" in members or not depth:
        return ()
    inner = []
    for name, spot in members.items():
        plain = snake(name)
        if reader.kind(spot) == "object" and (plain in _ENVELOPES or noun(name) in nouns):
            inner.append(name)
        elif plain not in _BESIDE:
            return ()
    if len(inner) != 1:
        return ()
    return (inner[0], *find_item(reader, members[inner[0]], nouns, depth - 1))


def find_count(reader: Reader, reply: Spot, rows: Path | None) -> Path | None:
    """The path to the number of all matches: beside the rows or around them, `total.aggregate.count` and the like."""
    return _find_beside(reader, reply, rows, lambda spot: _count_in(reader, spot))


def find_more(reader: Reader, reply: Spot, rows: Path | None) -> Path | None:
    """The path to the boolean that says whether further rows follow."""
    return _find_beside(reader, reply, rows, lambda spot: _more_in(reader, spot))


def shape_of(reader: Reader, reply: Spot | None, role: Role, nouns: frozenset[str]) -> Shape:
    """The shape of a success reply, as its role needs it: rows for lists and batches, one item for the others."""
    if reply is None:
        return Shape()
    if role in (Role.LIST, Role.SEARCH, Role.UPSERT, Role.DELETE):
        rows = find_rows(reader, reply, nouns)
        if rows is not None and (role is not Role.DELETE or (rows and noun(rows[-1]) in nouns)):
            return Shape(rows=rows, count=find_count(reader, reply, rows), more=find_more(reader, reply, rows))
    return Shape(item=find_item(reader, reply, nouns)) if reader.kind(reply) in ("object", "") else Shape()


def row_spot(reader: Reader, operation: Operation, media: Media | None = None) -> Spot | None:
    """The schema of one row as an operation answers it (in `media`, if given); None where no row is shown."""
    reply = spot_of(media or success_media(operation.replies))
    if reply is None:
        return None
    if operation.shape.rows is not None:
        array = reader.walk(reply, operation.shape.rows)
        return reader.items(array) if array is not None else None
    return reader.walk(reply, operation.shape.item) if operation.shape.item is not None else None


def row_pointer(bundle: Documented, operation: Operation, media: Media | None = None) -> str | None:
    """The JSON pointer of the schema of one row as an operation answers it (in `media`): what a View is made from."""
    spot = row_spot(Reader(bundle.document), operation, media)
    return spot.pointer if spot is not None else None


def rows_pointer(bundle: Documented, pointer: str, rows: Path) -> str:
    """The JSON pointer of the schema of one row, given that of a reply and where its rows are."""
    reader = Reader(bundle.document)
    array = reader.walk(reader.at(pointer), rows)
    items = reader.items(array) if array is not None else None
    return items.pointer if items is not None else f"{array.pointer if array is not None else pointer}/items"


def paging_of(
    reader: Reader, parameters: Iterable[Parameter], body: Spot | None, override: Any = None
) -> Paging | None:
    """Which inputs page a list; None where there are none. `override` is an overlay's word on how `page` counts."""
    inputs = reader.members(body) if body is not None else {}
    found = _paging_in(reader, inputs, "body", override)
    if found is None:
        query = {
            parameter.name: Spot(parameter.schema, parameter.pointer)
            for parameter in parameters
            if parameter.location == "query" and isinstance(parameter.schema, Mapping)
        }
        found = _paging_in(reader, query, "query", override, _texts(reader, parameters))
    return found


def _paging_in(
    reader: Reader,
    inputs: Mapping[str, Spot],
    where: Literal["body", "query"],
    override: Any,
    texts: Mapping[str, str] | None = None,
) -> Paging | None:
    def pick(names: Iterable[str], *kinds: str) -> list[str]:
        return [plain[name] for name in names if name in plain and reader.kind(inputs[plain[name]]) in kinds]

    plain = {snake(name): name for name in inputs}
    counted = ("integer", "number", "")
    pages, offsets = pick(_PAGES, *counted), pick(_OFFSETS, *counted)
    cursors = [name for name in pick(_CURSORS, "string", "integer", "") if not _is_date(reader, inputs[name])]
    cursors = cursors or pick(_PAGES, "string")
    cursor = next(iter(cursors), None)
    befores = [name for name in pick(_BACKWARDS, "string", "integer", "") if not _is_date(reader, inputs[name])]
    sizes = pick(_SIZES, *counted)
    if not (pages or offsets or cursors):
        sizes = [name for name in sizes if snake(name) in _SURE_SIZES]
    if not (pages or offsets or cursors or sizes):
        return None
    page, size = next(iter(pages), None), next(iter(sizes), None)
    kind = None
    if page is not None:
        text = (texts or {}).get(page, "")
        kind = override if override in ("offset", "number", "number-from-1") else _kind(reader, inputs[page], text)
    sized = [inputs[name] for name in sizes]
    return Paging(
        page=page,
        size=size,
        offset=next(iter(offsets), None),
        cursor=cursor,
        kind=kind,
        default_size=next((value for spot in sized if (value := _whole(reader, spot, "default")) is not None), None),
        max_size=next((value for spot in sized if (value := _whole(reader, spot, "maximum")) is not None), None),
        where=where,
        sizes=tuple(sizes),
        before=next((name for name in befores if name != cursor), None) if cursor is not None else None,
    )


def _is_date(reader: Reader, spot: Spot) -> bool:
    """Whether an input is one end of a range of dates, whatever it is called."""
    return reader.keyword(spot, "format") in ("date", "date-time")


def _kind(reader: Reader, page: Spot, text: str) -> Kind:
    text = f"{text} {reader.keyword(page, 'description') or ''}"
    said = sorted((found.start(), kind) for kind, pattern in _WORDING if (found := pattern.search(text)))
    if said:
        return said[0][1]
    if (_whole(reader, page, "minimum") or 0) >= 1 or (_whole(reader, page, "default") or 0) >= 1:
        return "number-from-1"
    return "number"


def _texts(reader: Reader, parameters: Iterable[Parameter]) -> dict[str, str]:
    """What parameters say of themselves, beside their schemas."""
    texts = {}
    for parameter in parameters:
        above = reader.at(parameter.pointer.rpartition("/")[0])
        texts[parameter.name] = str(above.node.get("description") or "")
    return texts


def _whole(reader: Reader, spot: Spot, word: str) -> int | None:
    value = reader.keyword(spot, word)
    return int(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _holds_objects(reader: Reader, spot: Spot) -> bool:
    if reader.kind(spot) != "array":
        return False
    items = reader.items(spot)
    return items is None or reader.kind(items) in ("object", "")


def _find_beside(reader: Reader, reply: Spot, rows: Path | None, inside: Callable[[Spot], Path | None]) -> Path | None:
    """Look where the rows are, then further out."""
    around = tuple(rows[:-1]) if rows else ()
    while True:
        spot = reader.walk(reply, around)
        found = inside(spot) if spot is not None else None
        if found is not None:
            return (*around, *found)
        if not around:
            return None
        around = around[:-1]


def _count_in(reader: Reader, spot: Spot, depth: int = 2) -> Path | None:
    members = {snake(name): (name, below) for name, below in reader.members(spot).items()}
    for plain in _COUNTS:
        if plain in members and reader.kind(members[plain][1]) in ("integer", "number"):
            return (members[plain][0],)
    for plain, (name, below) in members.items():
        if depth and plain in _COUNT_HOLDERS and reader.kind(below) == "object":
            found = _count_in(reader, below, depth - 1)
            if found is not None:
                return (name, *found)
    return None


def _more_in(reader: Reader, spot: Spot, depth: int = 1) -> Path | None:
    for name, below in reader.members(spot).items():
        plain = snake(name)
        if plain in _MORE and reader.kind(below) in ("boolean", ""):
            return (name,)
        if depth and plain in _COUNT_HOLDERS and reader.kind(below) == "object":
            found = _more_in(reader, below, depth - 1)
            if found is not None:
                return (name, *found)
    return None
