"""Mutants of lists: pages that overlap, lose rows or pay no heed to their size; counts and orders that are not true."""

# ruff: noqa: ARG005, PLW0108  a fault's functions take what they are given, and may stand below it

from __future__ import annotations

import random
from typing import Any

from tests.mutants.choose import (
    at,
    body_changed,
    counted,
    inputs,
    kind_of,
    lists,
    one,
    one_entity,
    paged,
    put,
    recut,
    rows,
    rows_of,
    searches,
    sized,
    where,
    whole,
    with_inputs,
)
from tests.mutants.hook import Around, Ask, Asked, Server, Told
from tests.mutants.registry import mutant
from tests.mutants.walks import path_of

PAGED = where(rows, paged)
DISJOINT, COMPLETE, SIZE, COUNT = ("paging-disjoint",), ("paging-complete",), ("paging-size",), ("count",)


def _page_asked(asked: Asked) -> bool:
    return sized(asked)[1] > 0


mutant(
    "page-skips-row",
    "paging",
    "Every page but the first begins one row too late.",
    on=PAGED,
    expects=COMPLETE,
    make=recut(lambda s, f, n, k: f[k + (k > 0) :][:n]),
)
mutant(
    "page-overlaps",
    "paging",
    "Every page but the first repeats the last row of the page before.",
    on=one(PAGED),
    expects=DISJOINT,
    make=recut(lambda s, f, n, k: f[max(k - (k > 0), 0) :][:n]),
)
mutant(
    "page-last-lost",
    "paging",
    "The last page is empty unless it is full.",
    on=one(PAGED),
    expects=COMPLETE,
    hard=True,
    make=recut(lambda s, f, n, k: f[k : k + n] if k + n <= len(f) or k == 0 else []),
)
mutant(
    "page-beyond-repeats",
    "paging",
    "A page beyond the end repeats the last one.",
    on=one(PAGED),
    expects=DISJOINT,
    hard=True,
    make=recut(lambda s, f, n, k: f[k : k + n] or f[-n:]),
)
mutant(
    "page-ignored",
    "paging",
    "Whatever the page, the first one comes.",
    on=one_entity(PAGED),
    expects=DISJOINT,
    make=recut(lambda s, f, n, k: f[:n]),
)
mutant(
    "size-ignored",
    "paging",
    "Whatever the size, fifty rows come.",
    on=one_entity(PAGED),
    expects=SIZE,
    make=recut(lambda s, f, n, k: f[k : k + 50]),
)
mutant(
    "size-one-more",
    "paging",
    "A page has one row more than asked for.",
    on=one(PAGED),
    expects=SIZE,
    make=recut(lambda s, f, n, k: f[k : k + n + 1]),
)
mutant(
    "size-capped",
    "paging",
    "No page has more than ten rows, whatever is asked for.",
    on=one(PAGED),
    expects=(*SIZE, *COMPLETE),
    hard=True,
    make=recut(lambda s, f, n, k: f[k : k + min(n, 10)]),
)
mutant(
    "row-twice",
    "paging",
    "A list shows its second row twice: a join multiplies it.",
    on=one(PAGED),
    expects=DISJOINT,
    hard=True,
    make=recut(lambda s, f, n, k: (f[:2] + f[1:])[k : k + n]),
)
mutant(
    "row-lost",
    "paging",
    "The fifth row of a list is on no page.",
    on=one(PAGED),
    expects=(*COMPLETE, "count"),
    hard=True,
    make=recut(lambda s, f, n, k: (f[:4] + f[5:])[k : k + n]),
)


@mutant(
    "page-counts-otherwise",
    "paging",
    "`page` counts rows where it is declared to count pages, or the other way round.",
    on=one_entity(where(lists, paged)),
    expects=(*COMPLETE, *DISJOINT),
)
def _otherwise(_server: Server) -> Around:
    async def around(asked: Asked, ask: Ask) -> Told:
        paging, given = asked.operation.paging if asked.operation else None, inputs(asked)
        page = given.get(paging.page) if paging and paging.page else None
        if not isinstance(page, int) or paging is None or not paging.size:
            return await ask(asked)
        told = await ask(asked)
        size, _ = sized(asked)
        skip = page * size if kind_of(asked.operation) == "offset" else page
        everything = await whole(asked, ask)
        found = at(everything.json, asked.operation.shape.rows) if asked.operation else None
        if not told.good or not isinstance(found, list) or asked.operation is None:
            return told
        made: Told = told.with_json(put(told.json, asked.operation.shape.rows or (), found[skip : skip + size]))
        return made

    return around


mutant(
    "order-random",
    "order",
    "Lists come in another order with each request.",
    on=one_entity(PAGED),
    expects=(*DISJOINT, "paging-order"),
    hard=True,
    make=lambda s: _shuffled(s),
)


def _shuffled(server: Server) -> Around:
    dice = random.Random(7)

    def mixed(_server: Server, found: list[Any], size: int, skip: int) -> list[Any]:
        return dice.sample(found, len(found))[skip : skip + size]

    return recut(mixed)(server)


mutant(
    "order-default-reversed",
    "order",
    "A list comes in the reverse of the order that it is declared to have.",
    on=one(where(lists, lambda s, o: bool(o.hints.get("order")))),
    expects=("paging-order",),
    hard=True,
    make=recut(lambda s, f, n, k: f[::-1][k : k + n]),
)
mutant(
    "count-of-page",
    "count",
    "The count is that of the page, not of all matches.",
    on=one_entity(where(rows, counted)),
    expects=COUNT,
    make=body_changed(lambda a, b: put(b, a.operation.shape.count, len(rows_of(a.operation, b)))),
)
mutant(
    "count-off-by-one",
    "count",
    "The count is one too high.",
    on=one(where(rows, counted)),
    expects=COUNT,
    make=body_changed(lambda a, b: put(b, a.operation.shape.count, at(b, a.operation.shape.count) + 1)),
)
mutant(
    "count-capped",
    "count",
    "The count stops at ten.",
    on=one(where(rows, lambda s, o: counted(s, o) and paged(s, o))),
    expects=COUNT,
    hard=True,
    make=body_changed(lambda a, b: put(b, a.operation.shape.count, min(10, at(b, a.operation.shape.count)))),
)
mutant(
    "count-zero-beyond",
    "count",
    "Beyond the last page the count is 0.",
    on=one(where(rows, lambda s, o: counted(s, o) and paged(s, o))),
    expects=COUNT,
    hard=True,
    make=body_changed(lambda a, b: put(b, a.operation.shape.count, 0) if not rows_of(a.operation, b) else None),
)


@mutant(
    "count-unfiltered",
    "count",
    "The count is that of all rows, whatever the search asks for.",
    on=one_entity(where(searches, counted)),
    expects=COUNT,
    hard=True,
    shows=lambda talk, server, on: [
        talk.send(o.method, path_of(server, o), {"where": {server.model[o.entity].key: {"_gt": 1003}}}) for o in on
    ],
)
def _unfiltered(_server: Server) -> Around:
    async def around(asked: Asked, ask: Ask) -> Told:
        told = await ask(asked)
        path = asked.operation.shape.count if asked.operation else None
        if not told.good or path is None:
            return told
        everything = await ask(with_inputs(asked, where=None))
        made: Told = told.with_json(put(told.json, path, at(everything.json, path)))
        return made

    return around


@mutant(
    "count-stale",
    "count",
    "The count is remembered from the first time that anybody asked.",
    on=lambda s: (
        [o for o in rows(s) if counted(s, o) and o.entity == "event_subscription"] or one(where(rows, counted))(s)
    ),
    expects=COUNT,
    hard=True,
    shows=lambda talk, server, on: _again(talk, server, on),
)
def _stale(_server: Server) -> Around:
    first: dict[str, Any] = {}

    async def around(asked: Asked, ask: Ask) -> Told:
        told = await ask(asked)
        path = asked.operation.shape.count if asked.operation else None
        if not told.good or path is None or asked.method == "HEAD":
            return told
        known = first.setdefault(
            f"{asked.path} {asked.header('authorization')} {inputs(asked).get('where')}", at(told.json, path)
        )
        made: Told = told.with_json(put(told.json, path, known))
        return made

    return around


def _again(talk: Any, server: Server, on: Any) -> None:
    from tests.mutants.state import _made

    for operation in on:
        talk.send(operation.method, path_of(server, operation), {} if operation.request else None)
    _made(talk, server)
    for operation in on:
        talk.send(operation.method, path_of(server, operation), {} if operation.request else None)


def _typed(server: Server, operation: Any) -> list[str]:
    """The inputs of a list that filter by a column."""
    media = operation.request.body if operation.request else None
    entity = server.model[str(operation.entity)]
    names = server.bundle.reader.members(server.bundle.reader.at(media.pointer)) if media else ()
    return [
        n
        for n in names
        if entity.spelled(n) in entity.fields
        and (n.endswith(("Id", "_id")) or server.bundle.reader.keyword(names[n], "enum"))
    ]


def _filtered(talk: Any, server: Server, on: Any) -> None:
    for operation in on:
        for name in _typed(server, operation):
            own = server.model[str(operation.entity)].spelled(name)
            seen = [row.get(own) for row in server.store.all(str(operation.entity)) if row.get(own) is not None]
            for value in list(dict.fromkeys(map(str, seen)))[:2]:
                talk.send(
                    operation.method, path_of(server, operation), {name: int(value) if value.isdigit() else value}
                )


@mutant(
    "filter-input-ignored",
    "filter",
    "A list does not heed its typed filters.",
    on=one(where(lists, lambda s, o: bool(_typed(s, o)))),
    expects=("filter",),
    shows=_filtered,
)
def _no_filters(server: Server) -> Around:
    async def around(asked: Asked, ask: Ask) -> Told:
        names = _typed(server, asked.operation)
        body = asked.json
        return await ask(
            asked.with_json({n: v for n, v in body.items() if n not in names}) if isinstance(body, dict) else asked
        )

    return around


mutant(
    "filter-input-one",
    "filter",
    "A list heeds all of its typed filters but the last.",
    on=one(where(lists, lambda s, o: len(_typed(s, o)) > 1)),
    expects=("filter",),
    hard=True,
    shows=_filtered,
    make=lambda s: _but_last(s),
)


def _but_last(server: Server) -> Around:
    async def around(asked: Asked, ask: Ask) -> Told:
        names, body = _typed(server, asked.operation)[-1:], asked.json
        return await ask(
            asked.with_json({n: v for n, v in body.items() if n not in names}) if isinstance(body, dict) else asked
        )

    return around
