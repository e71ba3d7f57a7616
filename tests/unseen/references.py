"""Unseen drifts of what rows say of one another, and of themselves in two places."""

# ruff: noqa: ARG005  a drift's functions take what they are given

from __future__ import annotations

from dataclasses import replace
from typing import Any

from mockserver.bundle.operations import Operation
from tests.mutants.choose import at, columns, has, lists, one_entity, paged, put, reads, sized, where
from tests.mutants.hook import Around, Ask, Asked, Server, Told
from tests.unseen.changes import SHOWN, in_rows, joined, key_in, stored
from tests.unseen.registry import drift
from tests.unseen.talks import full_lists


def _stale_names(_server: Server, _operation: Operation, row: dict[str, Any]) -> None:
    for name in [n for n in row if n.endswith("Name") and f"{n[:-4]}Id" in row and isinstance(row[n], str)]:
        row[name] = row[name].rpartition(" ")[0] or row[name]


def _inactive(server: Server, operation: Operation) -> bool:
    return bool(operation.key) and stored(server, operation, "active", lambda v: v is False)


# -- referential --
drift(
    "rf-joined-name-old",
    "referential",
    "visible",
    "Joined names in one entity's rows are out of date: not those of the rows they point at.",
    on=one_entity(where(SHOWN, joined)),
    expects=("length",),
    make=in_rows(_stale_names),
    shows=full_lists,
)


@drift(
    "rf-inactive-404",
    "referential",
    "breaking",
    "Inactive rows of one entity are still listed, but their read is 404.",
    on=one_entity(where(reads, _inactive)),
    hard=True,
    expects=("status class", "status"),
    shows=full_lists,
)
def _gone(server: Server) -> Around:
    async def around(asked: Asked, ask: Ask) -> Told:
        row = server.store.get(str(asked.operation.entity), key_in(asked))
        if row is not None and row.get("active") is False:
            return await ask(replace(asked, path=asked.path.rpartition("/")[0] + "/987654321"))
        return await ask(asked)

    return around


drift(
    "rf-list-created-as-updated",
    "referential",
    "visible",
    "One entity's list shows the time of creation as that of the last change; the read knows better.",
    on=one_entity(
        where(
            lists,
            lambda s, o: (
                {"createdAt", "updatedAt"} <= set(columns(s, o)) and any(r.entity == o.entity for r in reads(s))
            ),
        )
    ),
    hard=True,
    make=in_rows(
        lambda s, o, row: (
            row.update(updatedAt=row["createdAt"]) if row.get("updatedAt") and row.get("createdAt") else None
        )
    ),
    shows=full_lists,
)
drift(
    "rf-total-net",
    "referential",
    "breaking",
    "Totals are without tax: totalAmount equals subtotal.",
    on=where(SHOWN, lambda s, o: {"totalAmount", "subtotal", "taxAmount"} <= set(columns(s, o))),
    hard=True,
    expects=("precision",),
    make=in_rows(
        lambda s, o, row: (
            row.update(totalAmount=row["subtotal"]) if "subtotal" in row and "totalAmount" in row else None
        )
    ),
    shows=full_lists,
)
drift(
    "rf-null-ref-zero",
    "referential",
    "breaking",
    "A reference to nobody is 0 instead of null.",
    on=where(SHOWN, has(lambda n, schema: n.endswith("Id") and {"null", "integer"} <= set(schema["kinds"]))),
    hard=True,
    expects=("type", "null against absent"),
    make=in_rows(lambda s, o, row: row.update({n: 0 for n, v in row.items() if n.endswith("Id") and v is None})),
    shows=full_lists,
)
drift(
    "rf-line-amount-unit",
    "referential",
    "breaking",
    "Line items of one entity's read no longer add up: each amount is that of one unit.",
    on=one_entity(where(reads, lambda s, o: "lineItems" in columns(s, o))),
    hard=True,
    expects=("precision",),
    make=in_rows(
        lambda s, o, row: [
            i.update(amount=i["unitPrice"])
            for i in row.get("lineItems") or ()
            if isinstance(i, dict) and "unitPrice" in i and "amount" in i
        ]
    ),
    shows=full_lists,
)


@drift(
    "rf-foreign-rows",
    "referential",
    "breaking",
    "The last page of one entity's list ends with rows of another tenant, which its read knows otherwise or not.",
    on=one_entity(where(lists, paged)),
    expects=("count", "paging", "length"),
)
def _foreign(server: Server) -> Around:
    async def around(asked: Asked, ask: Ask) -> Told:
        told = await ask(asked)
        if not told.good or "other-tenant" not in server.tokens:
            return told
        other = await ask(asked.with_headers(authorization=f"Bearer {server.tokens['other-tenant']}"))
        body, place = told.json, asked.operation.shape.rows
        theirs, size = at(other.json, place), sized(asked)[0]
        mine = at(body, place)
        if not other.good or not isinstance(theirs, list) or not isinstance(mine, list) or len(mine) >= size:
            return told
        return told.with_json(put(body, place, (mine + theirs[:3])[:size]))

    return around
