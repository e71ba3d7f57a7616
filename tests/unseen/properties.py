"""Unseen drifts of which properties an answer has, and of null against absent."""

# ruff: noqa: ARG005  a drift's functions take what they are given

from __future__ import annotations

import re
from typing import Any

from mockserver.bundle.operations import Operation
from tests.mutants.choose import (
    body_changed,
    columns,
    counted,
    has,
    is_object,
    is_reference,
    lists,
    one,
    one_entity,
    reads,
    rows,
    searches,
    where,
)
from tests.mutants.hook import Server
from tests.unseen.changes import SHOWN, in_rows, joined, stored
from tests.unseen.registry import drift
from tests.unseen.talks import full_lists, reading

_CAPITAL = re.compile(r"(?<!^)([A-Z])")


def _snaked(value: Any) -> Any:
    if isinstance(value, dict):
        return {n if n == "draftInvoices" else _CAPITAL.sub(r"_\1", n).lower(): _snaked(v) for n, v in value.items()}
    return [_snaked(v) for v in value] if isinstance(value, list) else value


def _first_reference_snaked(_server: Server, _operation: Operation, row: dict[str, Any]) -> None:
    for name in [n for n in row if n.endswith("Id")][:1]:
        row[re.sub(r"([A-Z])", r"_\1", name).lower()] = row.pop(name)


def _shows_null(server: Server, operation: Operation) -> bool:
    return any(
        "null" in schema["kinds"] and stored(server, operation, n, lambda v: v is None)
        for n, schema in columns(server, operation).items()
    )


def _leaves_out(server: Server, operation: Operation) -> bool:
    entity = server.model[str(operation.entity)]
    names = [n for n in columns(server, operation) if n in entity.fields]
    return any(n not in row for row in server.store.all(entity.name) for n in names)


# -- property missing --
drift(
    "pm-no-updated",
    "property missing",
    "breaking",
    "No row shows when it was last changed: the column was renamed in the views and fell out.",
    on=SHOWN,
    make=in_rows(lambda s, o, row: [row.pop(n, None) for n in ("updatedAt", "updated_at")]),
)
drift(
    "pm-search-projection",
    "property missing",
    "breaking",
    "One entity's search is answered by an index that holds neither e-mail, phone nor description of its rows.",
    on=one(where(searches, lambda s, o: {"email", "phone", "description"} & set(columns(s, o)))),
    expects=("referential",),
    make=in_rows(lambda s, o, row: [row.pop(n, None) for n in ("email", "phone", "description")]),
)
drift(
    "pm-nested-key",
    "property missing",
    "breaking",
    "One entity's read leaves the last property out of its nested objects (an address without its country).",
    on=one(where(reads, has(is_object))),
    hard=True,
    make=in_rows(lambda s, o, row: [v.popitem() for v in row.values() if isinstance(v, dict) and len(v) > 1]),
    shows=reading(),
)
drift(
    "pm-renamed-column",
    "property missing",
    "breaking",
    "The first reference of one entity is renamed to snake case: `clientId` becomes `client_id`.",
    on=one_entity(where(SHOWN, has(lambda n, schema: is_reference(n, schema) and n.endswith("Id")))),
    expects=("property extra",),
    make=in_rows(_first_reference_snaked),
)
drift(
    "pm-snake-reads",
    "property missing",
    "breaking",
    "All reads name their properties in snake case.",
    on=where(reads, lambda s, o: o.shape.item == ()),
    expects=("property extra",),
    make=body_changed(lambda a, b: _snaked(b)),
)
drift(
    "pm-lists-wrapped",
    "property missing",
    "breaking",
    "The lists that had no envelope have one: their body lies under `data`.",
    on=where(rows, lambda s, o: "data" not in (o.shape.rows or ())),
    expects=("property extra",),
    make=body_changed(lambda a, b: {"data": b}),
)
drift(
    "pm-no-total",
    "property missing",
    "breaking",
    "Lists and searches no longer count: the property around the count is gone.",
    on=where(rows, lambda s, o: counted(s, o) and len(o.shape.count) > 1 and o.shape.count[0] not in o.shape.rows),
    expects=("count",),
    make=body_changed(lambda a, b: {n: v for n, v in b.items() if n != a.operation.shape.count[0]}),
)

# -- property extra --
drift(
    "px-typename",
    "property extra",
    "cosmetic",
    "Every row says its `__typename`.",
    on=SHOWN,
    make=in_rows(lambda s, o, row: row.update(__typename=str(o.entity))),
)
drift(
    "px-page-info",
    "property extra",
    "cosmetic",
    "One entity's lists carry `pageInfo` beside their rows.",
    on=one_entity(rows),
    make=body_changed(
        lambda a, b: {**b, "pageInfo": {"hasNextPage": False, "endCursor": None}} if isinstance(b, dict) else None
    ),
)
drift(
    "px-soft-delete",
    "property extra",
    "visible",
    "Rows of one entity have `deletedAt: null`: deletions became soft ones.",
    on=one_entity(SHOWN),
    make=in_rows(lambda s, o, row: row.update(deletedAt=None)),
)
drift(
    "px-nested-uuid",
    "property extra",
    "cosmetic",
    "The items of nested arrays in one entity's read have a `uuid` too.",
    on=one(
        where(
            reads,
            lambda s, o: any(
                isinstance(v, list) and v and isinstance(v[0], dict)
                for r in s.store.all(str(o.entity))
                for v in r.values()
            ),
        )
    ),
    hard=True,
    make=in_rows(
        lambda s, o, row: [
            item.update(uuid="3f2b1c9e-0d5a-4d0e-9b1a-7c3e5f102a44")
            for v in row.values()
            if isinstance(v, list)
            for item in v
            if isinstance(item, dict)
        ]
    ),
    shows=reading(),
)

# -- null against absent --
drift(
    "na-absent-as-null",
    "null against absent",
    "visible",
    "The serializer writes every column: what was absent in list rows is null now.",
    on=where(lists, _leaves_out),
    expects=("property extra", "type"),
    make=in_rows(lambda s, o, row: [row.setdefault(n, None) for n in columns(s, o)]),
    shows=full_lists,
)
drift(
    "na-null-dropped",
    "null against absent",
    "visible",
    "Properties that are null are left out, in every answer's rows.",
    on=where(SHOWN, _shows_null),
    expects=("property missing",),
    make=in_rows(lambda s, o, row: [row.pop(n) for n in [n for n, v in row.items() if v is None]]),
    shows=full_lists,
)
drift(
    "na-empty-array-dropped",
    "null against absent",
    "visible",
    "Reads leave empty nested arrays out.",
    on=reads,
    hard=True,
    expects=("property missing", "length"),
    make=in_rows(lambda s, o, row: [row.pop(n) for n in [n for n, v in row.items() if v == []]]),
    shows=full_lists,
)
drift(
    "na-null-empty-text",
    "null against absent",
    "visible",
    "Null texts of one entity became empty texts.",
    on=one_entity(
        where(
            SHOWN,
            lambda s, o: any(
                "string" in schema["kinds"] and not schema.get("format") and stored(s, o, n, lambda v: v is None)
                for n, schema in columns(s, o).items()
            ),
        )
    ),
    hard=True,
    expects=("type", "length", "format"),
    make=in_rows(
        lambda s, o, row: row.update(
            {
                n: ""
                for n, schema in columns(s, o).items()
                if n in row and row[n] is None and "string" in schema["kinds"] and not schema.get("format")
            }
        )
    ),
    shows=full_lists,
)
drift(
    "na-joined-null",
    "null against absent",
    "breaking",
    "Joined names are null everywhere: the join is no longer made.",
    on=where(SHOWN, joined),
    expects=("type", "referential"),
    make=in_rows(lambda s, o, row: row.update({n: None for n in row if n.endswith("Name") and f"{n[:-4]}Id" in row})),
)
