"""Unseen drifts of lists: how they are cut into pages, what they do unasked, how they count."""

# ruff: noqa: ARG005  a drift's functions take what they are given

from __future__ import annotations

from tests.mutants.choose import (
    at,
    body_changed,
    body_otherwise,
    columns,
    counted,
    in_body,
    inputs,
    kind_of,
    lists,
    one_entity,
    paged,
    put,
    recut,
    replied,
    rows,
    rows_of,
    searches,
    sized,
    where,
    with_inputs,
)
from tests.mutants.hook import Around, Ask, Asked, Server, Told
from tests.mutants.search import EACH, asking
from tests.mutants.status import failed
from tests.unseen.changes import more_than, relist, stored
from tests.unseen.registry import Make, drift


def default_size(size: int) -> Make:
    """A drift of the page size that holds where none is asked for."""

    async def around(asked: Asked, ask: Ask) -> Told:
        paging = asked.operation.paging
        said = any(n in inputs(asked) for n in paging.sizes)
        if said or (asked.body and not isinstance(asked.json, dict)):
            return await ask(asked)
        return await ask(with_inputs(asked, **{paging.size: size}))

    return lambda _server: around


# -- paging --
drift(
    "pg-from-one",
    "paging",
    "breaking",
    "Numbered pages are counted from 1: page 1 is the first one (and so is 0).",
    on=where(lists, lambda s, o: paged(s, o) and kind_of(o) == "number" and in_body(s, o)),
    make=body_otherwise(
        lambda s, a, b: (
            {**b, "page": b["page"] - 1}
            if isinstance(b.get("page"), int) and not isinstance(b["page"], bool) and b["page"] > 0
            else None
        )
    ),
)
drift(
    "pg-skip-as-pages",
    "paging",
    "breaking",
    "One entity's list counts pages where it counted rows to skip.",
    on=one_entity(where(lists, lambda s, o: paged(s, o) and kind_of(o) == "offset")),
    make=body_otherwise(
        lambda s, a, b: (
            {**b, "page": b["page"] * sized(a)[0]}
            if isinstance(b.get("page"), int) and not isinstance(b["page"], bool)
            else None
        )
    ),
)
drift(
    "pg-lookahead",
    "paging",
    "visible",
    "One entity's list shows the row that tells whether there is a next page: one more than asked for.",
    on=one_entity(where(lists, paged)),
    expects=("length",),
    make=recut(lambda s, f, n, k: f[k : k + n + 1]),
)
drift(
    "pg-beyond-400",
    "paging",
    "breaking",
    "A page beyond the last row is a 400 on all lists.",
    on=where(lists, paged),
    hard=True,
    expects=("status class", "status", "acceptance", "error shape"),
    make=replied(
        lambda a, t: (
            failed(400, b'{"code":"PAGE_OUT_OF_RANGE","message":"There is no such page."}')
            if t.good and sized(a)[1] > 0 and not rows_of(a.operation, t.json)
            else t
        )
    ),
)
drift(
    "pg-pinned-row",
    "paging",
    "breaking",
    "The first row of one entity's list is pinned: each page begins with it.",
    on=one_entity(where(lists, paged)),
    expects=("order", "length"),
    make=recut(lambda s, f, n, k: f[:n] if k == 0 else (f[:1] + f[k : k + n - 1] if f[k:] else [])),
)
drift(
    "pg-size-tens",
    "paging",
    "visible",
    "Page sizes are rounded up to full tens on one entity's lists.",
    on=one_entity(where(lists, paged)),
    expects=("length",),
    make=recut(lambda s, f, n, k: f[k : k + -(-n // 10) * 10]),
)
drift(
    "pg-cap-twenty",
    "paging",
    "breaking",
    "No page of a list holds more than twenty rows, whatever is asked for.",
    on=where(lists, more_than(21)),
    hard=True,
    expects=("length", "default"),
    make=recut(lambda s, f, n, k: f[k : k + min(n, 20)]),
)

# -- default --
drift(
    "df-size-ten",
    "default",
    "breaking",
    "Lists show ten rows when no size is asked for, instead of fifty.",
    on=where(lists, lambda s, o: paged(s, o) and (o.paging.default_size or 50) == 50),
    expects=("paging", "length"),
    make=default_size(10),
)
drift(
    "df-search-size",
    "default",
    "visible",
    "One entity's search shows twenty-five rows when no size is asked for, instead of one.",
    on=one_entity(where(searches, lambda s, o: (o.paging.default_size or 50) == 1)),
    expects=("paging", "length"),
    make=default_size(25),
)
drift(
    "df-active-only",
    "default",
    "breaking",
    "One entity's list leaves inactive rows out, and does not count them.",
    on=one_entity(
        where(
            lists,
            lambda s, o: (
                "active" in columns(s, o) and stored(s, o, "active", lambda v: v is False) and o.paging is not None
            ),
        )
    ),
    expects=("count", "referential", "length"),
    make=relist(lambda f: [r for r in f if r.get("active") is not False]),
)
drift(
    "df-search-order",
    "default",
    "visible",
    "Without orderBy one entity's search shows the newest row first.",
    on=one_entity(where(searches, lambda s, o: "id" in columns(s, o) and s.store.count(str(o.entity)) > 3)),
    expects=("order",),
    make=body_otherwise(lambda s, a, b: None if b.get("orderBy") else {**b, "orderBy": [{"id": "desc"}]}),
)
drift(
    "df-search-fifty",
    "default",
    "visible",
    "All searches show fifty rows when no size is asked for, as lists do, instead of one.",
    on=where(searches, lambda s, o: (o.paging.default_size or 50) == 1),
    expects=("paging", "length"),
    make=default_size(50),
)

# -- count --
drift(
    "ct-of-page",
    "count",
    "breaking",
    "The count of lists and searches is that of the rows on the page.",
    on=where(rows, counted),
    make=body_changed(lambda a, b: put(b, a.operation.shape.count, len(rows_of(a.operation, b)))),
)


@drift(
    "ct-unfiltered",
    "count",
    "breaking",
    "One entity's search counts all rows, whatever the condition.",
    on=one_entity(where(searches, counted)),
    shows=asking(lambda n, v: {n: {"_eq": v[0]}}, *EACH),
)
def _unfiltered(server: Server) -> Around:
    async def around(asked: Asked, ask: Ask) -> Told:
        told = await ask(asked)
        if not told.good or not isinstance(asked.json, dict) or not asked.json.get("where"):
            return told
        free = await ask(with_inputs(asked, where=None))
        return told.with_json(put(told.json, asked.operation.shape.count, at(free.json, asked.operation.shape.count)))

    return around


drift(
    "ct-capped",
    "count",
    "visible",
    "Counts end at ten in the searches of one entity: the search engine does not count further.",
    on=one_entity(where(searches, lambda s, o: counted(s, o) and s.store.count(str(o.entity)) > 12)),
    hard=True,
    make=body_changed(lambda a, b: put(b, a.operation.shape.count, min(10, at(b, a.operation.shape.count)))),
)
drift(
    "ct-null-beyond",
    "count",
    "visible",
    "A list's count is 0 on a page beyond the last row.",
    on=where(lists, lambda s, o: paged(s, o) and counted(s, o)),
    hard=True,
    expects=("paging",),
    make=body_changed(
        lambda a, b: put(b, a.operation.shape.count, 0) if not rows_of(a.operation, b) and sized(a)[1] > 0 else None
    ),
)
