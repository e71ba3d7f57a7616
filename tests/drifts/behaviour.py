"""Drifts of behaviour: orders, pages, counts, defaults, what is taken, what searches mean, what references lead to."""

# ruff: noqa: ARG005, PLW0108  a fault's functions take what they are given, and may stand below it

from __future__ import annotations

from dataclasses import replace
from typing import Any

from mockserver.store.values import Kind
from tests.drifts.registry import drift
from tests.drifts.values import has_lists
from tests.mutants.choose import (
    anything,
    asked_otherwise,
    at,
    body_changed,
    body_otherwise,
    column_changed,
    counted,
    creates,
    has,
    in_body,
    inputs,
    is_reference,
    kind_of,
    lists,
    one,
    one_entity,
    paged,
    put,
    reads,
    recut,
    replied,
    row_changed,
    rows,
    rows_of,
    searches,
    sized,
    updates,
    where,
    whole,
)
from tests.mutants.hook import Around, Ask, Asked, Server, Told
from tests.mutants.inputs import _numbers, refused_if, says, sizes
from tests.mutants.lists import _otherwise
from tests.mutants.search import (
    EACH,
    NUMBERS,
    TEXTS,
    _related,
    _relations,
    asking,
    logic,
    order_otherwise,
    ordering,
    renamed,
    search,
    where_otherwise,
    with_copies,
    with_nulls,
)
from tests.mutants.state import _conflict
from tests.mutants.status import failed
from tests.mutants.walks import KNOWN, body_of, path_of

ALL = anything(reads, rows)
PAGED = where(rows, paged)
LISTED = where(where(lists, paged), in_body)

# -- order --
drift(
    "order-reversed",
    "order",
    "breaking",
    "A list comes the other way round.",
    on=one(where(lists, lambda s, o: bool(o.hints.get("order")))),
    make=recut(lambda s, f, n, k: f[::-1][k : k + n]),
)
drift(
    "order-inside",
    "order",
    "visible",
    "The lists inside a row come the other way round.",
    on=one(where(reads, has_lists)),
    hard=True,
    make=row_changed(lambda r, i, n: r.update({k: v[::-1] for k, v in r.items() if isinstance(v, list)})),
)
drift(
    "order-default-by-id",
    "order",
    "visible",
    "Without an order a list comes by id instead of by name.",
    on=one(where(lists, lambda s, o: bool(o.hints.get("order")))),
    hard=True,
    expects=("default",),
    make=recut(lambda s, f, n, k: sorted(f, key=lambda r: r.get("id", 0))[k : k + n]),
)
drift(
    "order-nulls-first",
    "order",
    "visible",
    "NULLs sort first instead of last.",
    on=one_entity(where(searches, with_nulls)),
    hard=True,
    make=order_otherwise(
        lambda steps: [
            {n: "asc_nulls_first" if v == "asc" else v for n, v in step.items()} if isinstance(step, dict) else step
            for step in steps
        ]
    ),
    shows=ordering("asc", *EACH),
)
drift(
    "order-case-blind",
    "order",
    "visible",
    "Texts sort without regard to their case.",
    on=searches,
    hard=True,
    make=lambda s: _case_blind,
    shows=lambda talk, server, on: _with_small_letters(talk, server, on),
)
drift(
    "order-desc-ignored",
    "order",
    "breaking",
    "`desc` sorts upwards.",
    on=one_entity(searches),
    make=order_otherwise(
        lambda steps: [dict.fromkeys(step, "asc") if isinstance(step, dict) else step for step in steps]
    ),
    shows=ordering("desc", *EACH),
)


async def _case_blind(asked: Asked, ask: Ask) -> Told:
    told = await ask(asked)
    steps = inputs(asked).get("orderBy")
    if (
        not told.good
        or not isinstance(steps, list)
        or len(steps) != 1
        or asked.operation is None
        or not isinstance(steps[0], dict)
    ):
        return told
    name, way = next(iter(steps[0].items()))
    found = at((await whole(asked, ask)).json, asked.operation.shape.rows) or []
    if not any(isinstance(row.get(name), str) for row in found):
        return told
    known = sorted(
        (r for r in found if r.get(name) is not None),
        key=lambda r: str(r[name]).lower(),
        reverse=str(way).startswith("desc"),
    )
    size, skip = sized(asked)
    mixed = [*known, *(r for r in found if r.get(name) is None)]
    made: Told = told.with_json(put(told.json, asked.operation.shape.rows or (), mixed[skip : skip + size]))
    return made


def _with_small_letters(talk: Any, server: Server, on: Any) -> None:
    for operation in on:
        ordering("asc", *TEXTS)(talk, server, [operation])


# -- paging --
drift(
    "paging-kind",
    "paging",
    "breaking",
    "`page` counts rows instead of pages, or the other way round.",
    on=one(LISTED),
    make=_otherwise,
)
drift(
    "paging-from-one",
    "paging",
    "breaking",
    "The first page is 1; 0 is taken for it too.",
    on=one(where(LISTED, lambda s, o: kind_of(o) == "number")),
    hard=True,
    make=body_otherwise(
        lambda s, a, b: {
            n: max(v - 1, 0) if n == a.operation.paging.page and isinstance(v, int) else v for n, v in b.items()
        }
    ),
)
drift(
    "paging-default-size",
    "default",
    "breaking",
    "Without a size a page has ten rows.",
    on=one(LISTED),
    expects=("paging",),
    make=body_otherwise(lambda s, a, b: {a.operation.paging.size: 10, **b}),
)
drift(
    "paging-largest",
    "paging",
    "breaking",
    "No page has more than ten rows.",
    on=one(LISTED),
    hard=True,
    expects=("acceptance",),
    make=recut(lambda s, f, n, k: f[k : k + min(n, 10)]),
)
drift(
    "paging-beyond",
    "paging",
    "visible",
    "A page beyond the end repeats the last one.",
    on=one(PAGED),
    hard=True,
    make=recut(lambda s, f, n, k: f[k : k + n] or f[-n:]),
)
drift(
    "default-search-size",
    "default",
    "breaking",
    "A search without a size shows twenty rows instead of one.",
    on=one_entity(searches),
    expects=("paging",),
    make=body_otherwise(
        lambda s, a, b: b if any(n in b for n in a.operation.paging.sizes) else {a.operation.paging.size: 20, **b}
    ),
)


@drift(
    "default-active-only",
    "default",
    "breaking",
    "A list leaves out inactive rows unless asked.",
    hard=True,
    expects=("count", "paging"),
    on=one(
        where(
            lists,
            lambda s, o: (
                o.shape.count is not None
                and any(r.get("active") is False for r in s.store.all(str(o.entity)))
                and bool(at_column(s, o, "active"))
            ),
        )
    ),
)
def _active_only(_server: Server) -> Around:
    async def around(asked: Asked, ask: Ask) -> Told:
        told = await ask(asked)
        if not told.good or asked.operation is None:
            return told
        found = [
            row
            for row in at((await whole(asked, ask)).json, asked.operation.shape.rows) or []
            if row.get("active") is not False
        ]
        size, skip = sized(asked)
        body = put(told.json, asked.operation.shape.rows or (), found[skip : skip + size])
        made: Told = told.with_json(put(body, asked.operation.shape.count or (), len(found)))
        return made

    return around


def at_column(server: Server, operation: Any, name: str) -> Any:
    """The schema of a column that a list shows; None where it does not."""
    from tests.mutants.choose import columns

    return columns(server, operation).get(name)


# -- count --
drift(
    "count-page",
    "count",
    "breaking",
    "The count is that of the page.",
    on=one_entity(where(rows, counted)),
    make=body_changed(lambda a, b: put(b, a.operation.shape.count, len(rows_of(a.operation, b)))),
)
drift(
    "count-capped",
    "count",
    "breaking",
    "The count stops at ten.",
    on=one(where(PAGED, counted)),
    hard=True,
    make=body_changed(lambda a, b: put(b, a.operation.shape.count, min(10, at(b, a.operation.shape.count)))),
)
drift(
    "count-beyond",
    "count",
    "visible",
    "Beyond the last page the count is 0.",
    on=one(where(PAGED, counted)),
    hard=True,
    make=body_changed(lambda a, b: put(b, a.operation.shape.count, 0) if not rows_of(a.operation, b) else None),
)

# -- acceptance --
REFUSES = ("status class",)
drift(
    "accepts-text-number",
    "acceptance",
    "visible",
    '`"3"` is taken for 3.',
    on=one_entity(where(rows, in_body)),
    expects=REFUSES,
    make=body_otherwise(_numbers),
    shows=sizes("3"),
)
drift(
    "accepts-unknown-field",
    "acceptance",
    "visible",
    "A search on a field that nobody knows is passed over instead of refused.",
    on=one_entity(searches),
    expects=REFUSES,
    make=where_otherwise(
        lambda s, n, ops: ops if any(n in e.fields or n in e.copies for e in s.model.entities.values()) else None
    ),
    shows=lambda talk, server, on: [search(talk, server, o, where={"noSuchField": {"_eq": 1}}) for o in on],
)
drift(
    "accepts-zero",
    "acceptance",
    "visible",
    "A page size of 0 is taken for the default.",
    on=one(LISTED),
    hard=True,
    expects=REFUSES,
    make=body_otherwise(
        lambda s, a, b: {n: v for n, v in b.items() if n not in a.operation.paging.sizes or v != 0 or v is False}
    ),
    shows=sizes(0),
)
drift(
    "accepts-id-prefix",
    "acceptance",
    "visible",
    "`789abc` is read as 789.",
    on=reads,
    hard=True,
    expects=REFUSES,
    make=asked_otherwise(
        lambda s, a: replace(a, path=a.path.rstrip("abc") if a.path.rstrip("abc")[-1:].isdigit() else a.path)
    ),
    shows=lambda talk, server, on: [talk.send("GET", path_of(server, o) + "abc") for o in on],
)
drift(
    "refuses-larger-page",
    "acceptance",
    "breaking",
    "Pages of more than 100 rows are refused.",
    on=one(LISTED),
    expects=REFUSES,
    make=refused_if(
        lambda a: any(isinstance(v, int) and v > 100 for n, v in inputs(a).items() if n in a.operation.paging.sizes)
    ),
)
drift(
    "refuses-without-where",
    "acceptance",
    "breaking",
    "A search without `where` is refused: it has become required.",
    on=one_entity(searches),
    expects=REFUSES,
    make=refused_if(lambda a: "where" not in inputs(a)),
)
drift(
    "refuses-unknown-property",
    "acceptance",
    "breaking",
    "A body with a property that nobody declared is refused.",
    on=one(LISTED),
    hard=True,
    expects=REFUSES,
    make=refused_if(
        lambda a: any(n not in a.operation.paging.sizes and n != a.operation.paging.page for n in inputs(a))
    ),
    shows=says({"trace": True}),
)
drift(
    "refuses-long-text",
    "acceptance",
    "breaking",
    "A name of more than twenty letters is refused on creation.",
    on=creates,
    hard=True,
    expects=REFUSES,
    make=refused_if(lambda a: len(str(inputs(a).get("name", ""))) > 20),
    shows=lambda talk, server, on: [
        talk.send(o.method, path_of(server, o), {**body_of(server, o), "name": "n" * 21}) for o in on
    ],
)
drift(
    "refuses-regex",
    "acceptance",
    "breaking",
    "The operator `_regex` is refused.",
    on=one_entity(searches),
    expects=REFUSES,
    make=refused_if(lambda a: b'"_regex"' in a.body),
    shows=asking(lambda n, v: {n: {"_regex": "a"}}, *TEXTS),
)
drift(
    "refuses-empty-in",
    "acceptance",
    "breaking",
    "`_in: []` is refused.",
    on=one_entity(searches),
    hard=True,
    expects=REFUSES,
    make=refused_if(lambda a: b'"_in":[]' in a.body.replace(b" ", b"")),
    shows=asking(lambda n, v: {n: {"_in": []}}, *EACH),
)
drift(
    "refuses-unicode",
    "acceptance",
    "breaking",
    "A text beyond ASCII is refused in a search.",
    on=one_entity(searches),
    hard=True,
    expects=REFUSES,
    make=refused_if(lambda a: not a.body.isascii()),
    shows=asking(lambda n, v: {n: {"_eq": "Größe"}}, *TEXTS),
)

# -- what a search means --
SEARCHES = ("count", "order", "default", "search")
drift(
    "search-like-case",
    "search",
    "breaking",
    "`_like` does not mind the case.",
    on=one_entity(searches),
    expects=SEARCHES,
    make=where_otherwise(renamed(_like="_ilike")),
    shows=asking(lambda n, v: {n: {"_like": f"%{str(v[0]).lower()}%"}}, *TEXTS),
)
drift(
    "search-neq-null",
    "search",
    "breaking",
    "`_neq` also finds rows in which the column is NULL.",
    on=where(searches, with_nulls),
    hard=True,
    expects=SEARCHES,
    make=where_otherwise(lambda s, n, ops: {"_or": [{n: ops}, {n: {"_is_null": True}}]} if "_neq" in ops else ops),
    shows=asking(lambda n, v: {n: {"_neq": v[0]}}, *EACH),
)
drift(
    "search-gte-excludes",
    "search",
    "breaking",
    "`_gte` leaves out the boundary.",
    on=one_entity(searches),
    hard=True,
    expects=SEARCHES,
    make=where_otherwise(renamed(_gte="_gt")),
    shows=asking(lambda n, v: {n: {"_gte": v[0]}}, *NUMBERS, Kind.TIMESTAMP),
)
drift(
    "search-in-empty",
    "search",
    "breaking",
    "`_in: []` finds every row instead of none.",
    on=one_entity(searches),
    expects=SEARCHES,
    make=where_otherwise(lambda s, n, ops: None if ops.get("_in") == [] else ops),
    shows=asking(lambda n, v: {n: {"_in": []}}, *EACH),
)
drift(
    "search-or-and",
    "search",
    "breaking",
    "`_or` is taken for `_and`.",
    on=one_entity(searches),
    expects=SEARCHES,
    make=logic(lambda n: {("_and" if k == "_or" else k): v for k, v in n.items()}),
    shows=asking(lambda n, v: {"_or": [{n: {"_eq": v[0]}}, {n: {"_eq": v[-1]}}]}, *EACH),
)
drift(
    "search-relation",
    "search",
    "breaking",
    "A condition on a related row is passed over.",
    on=one_entity(where(searches, with_copies)),
    expects=SEARCHES,
    make=_relations,
    shows=_related,
)
drift(
    "search-trims",
    "search",
    "visible",
    "Spaces around a text that is looked for are passed over.",
    on=one_entity(searches),
    hard=True,
    expects=SEARCHES,
    make=where_otherwise(lambda s, n, ops: {op: v.strip() if isinstance(v, str) else v for op, v in ops.items()}),
    shows=asking(lambda n, v: {n: {"_eq": f" {v[0]} "}}, *TEXTS),
)

# -- referential --


def _other_row(server: Server) -> Around:
    """References lead to the next row of those that there are."""
    from tests.mutants.choose import columns

    def change(asked: Asked, body: Any) -> Any:
        for row in rows_of(asked.operation, body):
            names = (
                [n for n, s in columns(server, asked.operation).items() if is_reference(n, s)]
                if asked.operation
                else []
            )
            for name in names[:1]:
                seen = sorted(
                    {r[name] for r in server.store.all(str(asked.operation.entity)) if isinstance(r.get(name), int)}
                )  # type: ignore[union-attr]
                if row.get(name) in seen and len(seen) > 1:
                    row[name] = seen[(seen.index(row[name]) + 1) % len(seen)]
        return body

    return body_changed(change)(server)


drift(
    "reference-other-row",
    "referential",
    "breaking",
    "On a read, a reference leads to another row than in the lists.",
    on=one(where(reads, has(is_reference))),
    hard=True,
    make=_other_row,
)
drift(
    "reference-dangling",
    "referential",
    "breaking",
    "References lead to rows that are not there.",
    on=one_entity(where(ALL, has(is_reference))),
    hard=True,
    make=column_changed(is_reference, lambda v: v + 700_000_000),
)
drift(
    "reference-unreadable",
    "referential",
    "breaking",
    "Every second row that is listed cannot be read.",
    on=one(reads),
    expects=("status class",),
    make=replied(
        lambda a, t: (
            failed(404, b'{"code":"NOT_FOUND","message":"no such row"}')
            if t.good and str(next(iter(rows_of(a.operation, t.json)), {}).get("id", 1))[-1] in "13579"
            else t
        )
    ),
)
drift(
    "reference-created",
    "referential",
    "breaking",
    "A creation names another id than the row has.",
    on=creates,
    make=row_changed(lambda r, i, n: r.update(id=r["id"] + 1) if isinstance(r.get("id"), int) else None),
    shows=lambda talk, server, on: [talk.send(o.method, path_of(server, o), body_of(server, o)) for o in on],
)
drift(
    "reference-list-id",
    "referential",
    "breaking",
    "A list shows ids that no read knows.",
    on=one(lists),
    hard=True,
    make=row_changed(lambda r, i, n: r.update(id=r["id"] + 900_000_000) if isinstance(r.get("id"), int) else None),
)

# -- writes and time --
drift(
    "idempotency",
    "status class",
    "breaking",
    "The same PUT once more is refused.",
    on=updates,
    hard=True,
    expects=("acceptance", "idempotency"),
    make=_conflict,
)


@drift(
    "clock-stale",
    "referential",
    "visible",
    "A change does not move updatedAt.",
    on=updates,
    hard=True,
    expects=("default", "freshness"),
)
def _stale_clock(server: Server) -> Around:
    async def around(asked: Asked, ask: Ask) -> Told:
        entity = str(asked.operation.entity) if asked.operation else ""
        before = {row["id"]: row.get("updatedAt") for row in server.store.all(entity) if "id" in row}
        told = await ask(asked)
        for row in rows_of(asked.operation, told.json) if told.good else ():
            stored = server.store.get(entity, row.get("id"))
            if stored is not None:
                server.store.put(entity, {**stored, "updatedAt": before.get(row["id"])})
        body = told.json
        for row in rows_of(asked.operation, body) if told.good else ():
            row["updatedAt"] = before.get(row.get("id"))
        made: Told = told.with_json(body) if told.good else told
        return made

    return around


drift(
    "default-created",
    "default",
    "breaking",
    "What a creation leaves out gets another value: `active` is false.",
    on=creates,
    expects=("enum value",),
    make=row_changed(lambda r, i, n: r.update(active=False) if "active" in r else None),
    shows=lambda talk, server, on: [
        talk.send(o.method, path_of(server, o), {n: v for n, v in body_of(server, o).items() if n in KNOWN}) for o in on
    ],
)
drift(
    "write-trims",
    "acceptance",
    "visible",
    "Spaces around a text are taken off when it is stored.",
    on=creates,
    hard=True,
    expects=("length",),
    make=body_otherwise(lambda s, a, b: {n: v.strip() if isinstance(v, str) else v for n, v in b.items()}),
    shows=lambda talk, server, on: [
        talk.send(o.method, path_of(server, o), {**body_of(server, o), "name": " Spaced "}) for o in on
    ],
)
