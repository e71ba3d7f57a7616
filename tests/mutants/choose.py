"""What faults choose by and work with: operations by role, columns by type, rows inside a reply, a walk to show them.

Nothing here knows an operation's id or path, so that the corpus fits any bundle.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from mockserver.bundle.operations import Operation, Role
from mockserver.bundle.shapes import row_spot
from tests.mutants.hook import Around, Ask, Asked, Server, Told

Select = Callable[[Server], Sequence[Operation]]
Test = Callable[[str, Mapping[str, Any]], bool]  # (name of a column, its schema)
LISTS = (Role.LIST, Role.SEARCH)
WRITES = (Role.CREATE, Role.UPSERT, Role.REPLACE, Role.UPDATE, Role.DELETE)


# -- operations --


def role(*roles: Role, plain: bool = True) -> Select:
    """The operations of some roles; `plain`: only where the store has rows of their entity."""

    def select(server: Server) -> list[Operation]:
        found = [o for o in server.operations if o.role in roles]
        return [o for o in found if o.entity in server.model and (not plain or server.store.count(str(o.entity)))]

    return select


reads, lists, searches, rows = role(Role.READ), role(Role.LIST), role(Role.SEARCH), role(*LISTS)
creates, updates, deletes = role(Role.CREATE), role(Role.UPDATE, Role.REPLACE), role(Role.DELETE)
all_creates = role(Role.CREATE, plain=False)
writes = role(*WRITES, plain=False)


def every(server: Server) -> list[Operation]:
    """All operations."""
    return list(server.operations)


def secured(server: Server) -> list[Operation]:
    """The operations that ask who is calling."""
    return [o for o in server.operations if o.security and {} not in o.security]


def anything(*selects: Select) -> Select:
    """What any of several selections has."""
    return lambda server: [o for o in server.operations if any(o in select(server) for select in selects)]


def where(select: Select, test: Callable[[Server, Operation], bool]) -> Select:
    """Those of a selection that pass a test."""
    return lambda server: [o for o in select(server) if test(server, o)]


def one(select: Select) -> Select:
    """One of a selection: another one for each fault, always the same one for the same fault."""

    def chosen(server: Server) -> list[Operation]:
        found = list(select(server))
        return [found[server.dice(len(found))]] if found else []

    return chosen


def one_entity(select: Select) -> Select:
    """Those of a selection that serve one entity."""

    def chosen(server: Server) -> list[Operation]:
        found = list(select(server))
        names = list(dict.fromkeys(o.entity for o in found))
        return [o for o in found if o.entity == names[server.dice(len(names))]] if names else []

    return chosen


def paged(server: Server, operation: Operation) -> bool:
    """Whether a list is cut into pages by a size and a page, and has more rows than a small page or two."""
    paging = operation.paging
    big = server.store.count(str(operation.entity)) > 12
    return operation.shape.rows is not None and paging is not None and bool(paging.size and paging.page) and big


def counted(_server: Server, operation: Operation) -> bool:
    """Whether a list tells how many there are in all."""
    return operation.shape.rows is not None and operation.shape.count is not None


def json_reply(_server: Server, operation: Operation) -> bool:
    """Whether the success is told in JSON."""
    return operation.success is not None and operation.success.json is not None


def in_body(_server: Server, operation: Operation) -> bool:
    """Whether its inputs stand in a JSON body."""
    return operation.request is not None and operation.request.body is not None and operation.request.body.is_json


# -- columns --


def columns(server: Server, operation: Operation) -> dict[str, Mapping[str, Any]]:
    """The columns that a reply shows of a row and that hold a value somewhere, with their schemas."""
    reader, success = server.bundle.reader, operation.success
    spot = row_spot(reader, operation, success.json) if success is not None and success.json is not None else None
    if spot is None or operation.entity not in server.model:
        return {}
    entity = server.model[str(operation.entity)]
    held = server.store.all(entity.name)[:60]
    found = {}
    for name, part in reader.members(spot).items():
        if any(server.store.value(entity.name, row, entity.spelled(name) or name) is not None for row in held):
            found[name] = {**reader.follow(part).node, "kinds": reader.kinds(part)}
    return found


def has(test: Test) -> Callable[[Server, Operation], bool]:
    """Whether a reply shows a column that passes a test."""
    return lambda server, operation: any(test(n, schema) for n, schema in columns(server, operation).items())


def is_money(name: str, schema: Mapping[str, Any]) -> bool:
    """An amount of money, by its name and type."""
    words = ("amount", "total", "price", "budget", "cost", "rate", "value", "balance", "revenue")
    return "number" in schema["kinds"] and any(word in name.lower() for word in words)


def is_number(_name: str, schema: Mapping[str, Any]) -> bool:
    """A number that need not be whole."""
    return "number" in schema["kinds"]


def is_reference(name: str, schema: Mapping[str, Any]) -> bool:
    """A whole number that names another row."""
    return "integer" in schema["kinds"] and name.endswith(("Id", "_id"))


def is_flag(_name: str, schema: Mapping[str, Any]) -> bool:
    """True or false."""
    return "boolean" in schema["kinds"]


def is_time(_name: str, schema: Mapping[str, Any]) -> bool:
    """A date with a time."""
    return schema.get("format") == "date-time"


def is_enum(_name: str, schema: Mapping[str, Any]) -> bool:
    """One of declared words."""
    return bool(schema.get("enum")) and "string" in schema["kinds"]


def is_text(name: str, schema: Mapping[str, Any]) -> bool:
    """Free text."""
    plain = "string" in schema["kinds"] and not schema.get("format") and not schema.get("enum")
    return plain and not name.lower().endswith(("id", "ref", "status", "type", "url"))


def is_object(_name: str, schema: Mapping[str, Any]) -> bool:
    """An object inside the row."""
    return "object" in schema["kinds"]


def never_null(_name: str, schema: Mapping[str, Any]) -> bool:
    """A value that may not be null."""
    return bool(schema["kinds"]) and "null" not in schema["kinds"]


# -- replies --


def rows_of(operation: Operation | None, body: Any) -> list[dict[str, Any]]:
    """The rows in a decoded reply body, as they lie in it: changing one changes the body."""
    if operation is None:
        return []
    for path in (operation.shape.rows, operation.shape.item):
        node = body
        for name in path or ():
            node = node.get(name) if isinstance(node, dict) else None
        if path is not None and isinstance(node, list):
            return [row for row in node if isinstance(row, dict)]
        if path is not None and isinstance(node, dict) and operation.shape.rows is None:
            return [node]
    return []


def at(body: Any, path: Sequence[str] | None) -> Any:
    """What lies at a path of a decoded body; None where there is nothing."""
    for name in path or ():
        body = body.get(name) if isinstance(body, dict) else None
    return body if path is not None else None


def put(body: Any, path: Sequence[str], value: Any) -> Any:
    """Put a value at a path of a decoded body; the body itself for an empty path."""
    if not path:
        return value
    node = at(body, path[:-1])
    if isinstance(node, dict):
        node[path[-1]] = value
    return body


def replied(change: Callable[[Asked, Told], Told]) -> Callable[[Server], Around]:
    """A fault that only changes replies."""

    def make(_server: Server) -> Around:
        async def around(asked: Asked, ask: Ask) -> Told:
            return change(asked, await ask(asked))

        return around

    return make


def body_changed(change: Callable[[Asked, Any], Any]) -> Callable[[Server], Around]:
    """A fault of the decoded JSON body of a success; None leaves it as it is."""

    def changed(asked: Asked, told: Told) -> Told:
        body = told.json if told.good else None
        made = None if body is None else change(asked, body)
        return told if made is None else told.with_json(made)

    return replied(changed)


def row_changed(change: Callable[[dict[str, Any], int, int], None]) -> Callable[[Server], Around]:
    """A fault of each row of a success: (row, its place, how many) changed in place."""

    def changed(asked: Asked, body: Any) -> Any:
        found = rows_of(asked.operation, body)
        for index, row in enumerate(found):
            change(row, index, len(found))
        return body if found else None

    return body_changed(changed)


def column_changed(
    test: Test,
    change: Callable[[Any], Any],
    *,
    only: Callable[[int, int], bool] = lambda _index, _size: True,
    all_of_them: bool = False,
) -> Callable[[Server], Around]:
    """A fault of one column that passes a test (or all of them), where it holds a value, in the rows `only` picks."""

    def make(server: Server) -> Around:
        chosen: dict[str, list[str]] = {}

        def changed(asked: Asked, body: Any) -> Any:
            operation = asked.operation
            if operation is None:
                return None
            if operation.id not in chosen:
                names = [n for n, schema in columns(server, operation).items() if test(n, schema)]
                first = server.dice(len(names)) if names else 0
                chosen[operation.id] = names if all_of_them else names[first : first + 1]
            found = rows_of(operation, body)
            for index, row in enumerate(found):
                for name in chosen[operation.id]:
                    if row.get(name) is not None and only(index, len(found)):
                        row[name] = change(row[name])
            return body

        return body_changed(changed)(server)

    return make


def asked_otherwise(change: Callable[[Server, Asked], Asked]) -> Callable[[Server], Around]:
    """A fault that takes a request for another one."""

    def make(server: Server) -> Around:
        async def around(asked: Asked, ask: Ask) -> Told:
            return await ask(change(server, asked))

        return around

    return make


def body_otherwise(change: Callable[[Server, Asked, dict[str, Any]], Any]) -> Callable[[Server], Around]:
    """A fault that takes a JSON object in a request for another one; None leaves it."""

    def changed(server: Server, asked: Asked) -> Asked:
        body = asked.json
        made = change(server, asked, body) if isinstance(body, dict) else None
        return asked if made is None else asked.with_json(made)

    return asked_otherwise(changed)


def inputs(asked: Asked) -> dict[str, Any]:
    """What a request says, in its query and its JSON object."""
    pairs = (piece.partition("=")[::2] for piece in asked.query.split("&") if piece)
    found: dict[str, Any] = dict(pairs)
    body = asked.json
    return {**found, **body} if isinstance(body, dict) else found


def with_inputs(asked: Asked, **values: Any) -> Asked:
    """The request with some inputs set (None: taken out), where it keeps its inputs: query or body."""
    if asked.operation is not None and asked.operation.paging is not None and asked.operation.paging.where == "query":
        merged = {**inputs(asked), **values}
        return replace(asked, query="&".join(f"{n}={v}" for n, v in merged.items() if v is not None))
    body = asked.json
    held = body if isinstance(body, dict) else {}
    made: Asked = asked.with_json({n: v for n, v in {**held, **values}.items() if v is not None})
    return made.with_headers(content_type="application/json") if asked.body == b"" else made


def sized(asked: Asked) -> tuple[int, int]:
    """Page size and rows to skip, as the operation means them."""
    paging, given = asked.operation.paging if asked.operation else None, inputs(asked)
    if paging is None:
        return 50, 0
    default = paging.default_size or 50
    size = next((int(given[n]) for n in paging.sizes if str(given.get(n, "")).isdigit()), default)
    page = int(given.get(paging.page, 0)) if paging.page and str(given.get(paging.page, "")).isdigit() else 0
    return size, page if kind_of(asked.operation) == "offset" else max(page, 0) * size


def kind_of(operation: Operation | None) -> str:
    """How `page` counts: `offset` or `number`."""
    if operation is None or operation.paging is None:
        return "offset"
    return str(operation.hints.get("page") or operation.paging.kind or "offset")


async def whole(asked: Asked, ask: Ask) -> Told:
    """The same list as one page, from its first row."""
    paging = asked.operation.paging if asked.operation else None
    if paging is None or not paging.size:
        return await ask(asked)
    wider: dict[str, Any] = {paging.size: paging.max_size or 1000}
    if paging.page:
        wider[paging.page] = None
    return await ask(with_inputs(asked, **wider))


Cut = Callable[[list[Any], int, int], Awaitable[list[Any]] | list[Any]]


def recut(cut: Callable[[Server, list[Any], int, int], list[Any]]) -> Callable[[Server], Around]:
    """A fault of how a list is cut into pages: from all its rows, the size and the rows to skip to what is shown."""

    def make(server: Server) -> Around:
        async def around(asked: Asked, ask: Ask) -> Told:
            told = await ask(asked)
            if not told.good or asked.operation is None or asked.operation.shape.rows is None:
                return told
            everything = await whole(asked, ask)
            found = at(everything.json, asked.operation.shape.rows)
            if not everything.good or not isinstance(found, list):
                return told
            size, skip = sized(asked)
            made: Told = told.with_json(put(told.json, asked.operation.shape.rows, cut(server, found, size, skip)))
            return made

        return around

    return make
