"""Mutants of the body: properties that are missing, of another type, too many, or written in another form."""

# ruff: noqa: ARG005  a fault's functions take what they are given, and may stand below it

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from tests.mutants.choose import (
    anything,
    at,
    body_changed,
    column_changed,
    columns,
    counted,
    has,
    is_enum,
    is_flag,
    is_money,
    is_number,
    is_object,
    is_reference,
    is_text,
    is_time,
    json_reply,
    never_null,
    one,
    one_entity,
    put,
    reads,
    row_changed,
    rows,
    searches,
    where,
)
from tests.mutants.hook import Asked, Server
from tests.mutants.registry import mutant
from tests.mutants.walks import path_of

SCHEMA = ("response_schema_conformance", "reply-schema")
UNDECLARED = ("undeclared-property",)
FORMAT = ("formats", "response_schema_conformance")
ALL = anything(reads, rows)


def last(index: int, size: int) -> bool:
    """The last row of a longer page only."""
    return size > 2 and index == size - 1


def required(server: Server, operation: Any) -> bool:
    """Whether the reply's root requires something."""
    media = operation.success.json if operation.success else None
    return media is not None and bool(server.bundle.reader.required(server.bundle.reader.at(media.pointer)))


def _without_required(server: Server) -> Any:
    def change(asked: Asked, body: Any) -> Any:
        media = asked.operation.success.json if asked.operation and asked.operation.success else None
        names = server.bundle.reader.required(server.bundle.reader.at(media.pointer)) if media else ()
        if not isinstance(body, dict) or not names:
            return None
        gone = sorted(names)[server.dice(len(names))]
        return {name: value for name, value in body.items() if name != gone}

    return body_changed(change)(server)


mutant(
    "required-missing",
    "schema",
    "A property that the reply requires is left out.",
    on=where(anything(rows, reads), required),
    expects=SCHEMA,
    make=_without_required,
)
mutant(
    "type-number-text",
    "schema",
    "A number is sent as a text.",
    on=one_entity(where(ALL, has(is_number))),
    expects=SCHEMA,
    make=column_changed(is_number, str),
)
mutant(
    "type-number-text-last",
    "schema",
    "In the last row of a page a number is a text.",
    on=one(where(rows, has(is_number))),
    expects=SCHEMA,
    hard=True,
    make=column_changed(is_number, str, only=last),
)
mutant(
    "type-flag-text",
    "schema",
    "True and false are sent as texts.",
    on=one(where(ALL, has(is_flag))),
    expects=SCHEMA,
    make=column_changed(is_flag, lambda v: str(v).lower()),
)
mutant(
    "type-flag-number",
    "schema",
    "True and false are sent as 1 and 0.",
    on=one(where(rows, has(is_flag))),
    expects=SCHEMA,
    make=column_changed(is_flag, int),
)
mutant(
    "type-id-text",
    "schema",
    "The ids of related rows are texts.",
    on=one_entity(where(ALL, has(is_reference))),
    expects=SCHEMA,
    make=column_changed(is_reference, str),
)
mutant(
    "type-object-list",
    "schema",
    "An object inside a row comes as a list of it.",
    on=one(where(reads, has(is_object))),
    expects=SCHEMA,
    make=column_changed(is_object, lambda v: [v]),
)
mutant(
    "null-where-none",
    "schema",
    "A property that may not be null is null.",
    on=one_entity(where(ALL, has(is_text))),
    expects=SCHEMA,
    make=column_changed(is_text, lambda v: None),
)
mutant(
    "null-rarely",
    "schema",
    "A property that may not be null is null in the last row of longer pages.",
    on=one(where(rows, has(is_time))),
    expects=SCHEMA,
    hard=True,
    make=column_changed(lambda n, s: is_time(n, s) and never_null(n, s), lambda v: None, only=last),
)
mutant(
    "null-for-nothing",
    "schema",
    "An empty list is told as null.",
    on=one_entity(searches),
    expects=SCHEMA,
    hard=True,
    make=body_changed(
        lambda a, b: put(b, a.operation.shape.rows, None) if at(b, a.operation.shape.rows) == [] else None
    ),
    shows=lambda talk, server, on: [
        talk.send(o.method, path_of(server, o), {"where": {server.model[o.entity].key: {"_in": []}}}) for o in on
    ],
)
mutant(
    "single-unwrapped",
    "schema",
    "A list of one row is that row, without the list.",
    on=one_entity(rows),
    expects=SCHEMA,
    hard=True,
    make=body_changed(
        lambda a, b: (
            put(b, a.operation.shape.rows, found[0])
            if (found := at(b, a.operation.shape.rows)) and len(found) == 1
            else None
        )
    ),
)
mutant(
    "envelope-lost",
    "schema",
    "The rows come as the whole body, without their envelope.",
    on=one(rows),
    expects=SCHEMA,
    make=body_changed(lambda a, b: at(b, a.operation.shape.rows)),
)
mutant(
    "count-as-text",
    "schema",
    "The number of all matches is a text, as of a `bigint`.",
    on=one(where(rows, counted)),
    expects=SCHEMA,
    make=body_changed(lambda a, b: put(b, a.operation.shape.count, str(at(b, a.operation.shape.count)))),
)


def _leaks(row: dict[str, Any], index: int, size: int) -> None:
    row["passwordHash"] = "$2b$12$C6UzMDM.H6dfI/f/IKcEe.7uV8p0"
    row["ssn"] = f"{900 + index}-12-3456"


mutant(
    "undeclared-secret",
    "undeclared property",
    "Each row of one entity shows a password hash that nobody declared.",
    on=one_entity(ALL),
    expects=UNDECLARED,
    make=row_changed(_leaks),
)
mutant(
    "undeclared-null",
    "undeclared property",
    "Rows have a property that nobody declared, always null.",
    on=one(rows),
    expects=UNDECLARED,
    hard=True,
    make=row_changed(lambda r, i, n: r.update(_deletedAt=None)),
)
mutant(
    "undeclared-nested",
    "undeclared property",
    "An object inside a row has a property that nobody declared.",
    on=one(where(reads, has(is_object))),
    expects=UNDECLARED,
    hard=True,
    make=column_changed(is_object, lambda v: {**v, "__typename": "t_row"} if isinstance(v, dict) else v),
)
mutant(
    "undeclared-envelope",
    "undeclared property",
    "Beside the rows stands the SQL that found them.",
    on=one(rows),
    expects=(*UNDECLARED, "leaks"),
    make=body_changed(lambda a, b: {**b, "debug": {"sql": "select * from t"}}),
)
mutant(
    "undeclared-enum",
    "undeclared enum",
    "A word that the enum does not have stands in its column.",
    on=one_entity(where(ALL, has(is_enum))),
    expects=("undeclared-enum", *SCHEMA),
    make=column_changed(is_enum, lambda v: "ARCHIVED_V2"),
)
mutant(
    "undeclared-enum-case",
    "undeclared enum",
    "In one row of a page, an enum's word is in small letters.",
    on=one(where(rows, has(is_enum))),
    expects=("undeclared-enum", *SCHEMA),
    hard=True,
    make=column_changed(is_enum, str.lower, only=last),
)
mutant(
    "date-space",
    "format",
    "Times are written `2024-01-13 09:19:47`: no T, no zone.",
    on=one_entity(where(ALL, has(is_time))),
    expects=FORMAT,
    make=column_changed(is_time, lambda v: v[:19].replace("T", " "), all_of_them=True),
)
mutant(
    "date-impossible",
    "format",
    "One row's time is on the 30th of February.",
    on=one(where(rows, has(is_time))),
    expects=FORMAT,
    hard=True,
    make=column_changed(is_time, lambda v: f"{v[:5]}02-30{v[10:]}", only=last),
)
mutant(
    "date-only",
    "format",
    "A time is sent as a plain date.",
    on=one(where(reads, has(is_time))),
    expects=FORMAT,
    make=column_changed(is_time, lambda v: v[:10]),
)
mutant(
    "date-no-zone",
    "format",
    "A time has no zone.",
    on=one(where(rows, has(is_time))),
    expects=FORMAT,
    hard=True,
    make=column_changed(is_time, lambda v: v.rstrip("Z")),
)
mutant(
    "date-epoch",
    "format",
    "A time is sent in milliseconds since 1970.",
    on=one(where(ALL, has(is_time))),
    expects=FORMAT,
    make=column_changed(is_time, lambda v: int(datetime.fromisoformat(v).timestamp() * 1000)),
)
mutant(
    "money-dust",
    "money",
    "Amounts carry the dust of binary fractions: 20000.000000000004.",
    on=one_entity(where(ALL, has(is_money))),
    expects=("money",),
    hard=True,
    make=column_changed(
        is_money, lambda v: float(v) + 0.1 + 0.2 - 0.3 + max(abs(float(v)), 1) * 2e-16, all_of_them=True
    ),
)
mutant(
    "money-third-digit",
    "money",
    "One amount of a page has three digits behind the point.",
    on=one(where(rows, has(is_money))),
    expects=("money",),
    hard=True,
    make=column_changed(is_money, lambda v: float(v) + 0.005, only=last),
)
mutant(
    "list-for-read",
    "schema",
    "A read of one row answers a list with the row in it.",
    on=one(where(reads, json_reply)),
    expects=SCHEMA,
    make=body_changed(lambda a, b: [b]),
)


def _stale(server: Server) -> Any:
    """Names that rows show of other rows are those of long ago, in every second row."""

    def change(row: dict[str, Any], index: int, size: int) -> None:
        key = row.get("id")
        for name in (*server.model[_entity].copies,) if isinstance(key, int) and key % 2 == 0 else ():
            if isinstance(row.get(name), str):
                row[name] = f"{row[name]} (formerly)"

    operations = names_shown(server)
    _entity = str(operations[0].entity) if operations else ""
    return row_changed(change)(server)


def names_shown(server: Server) -> list[Any]:
    """The lists and reads of one entity whose lists show names of rows it points at."""
    shown = where(ALL, lambda s, o: bool(set(s.model[str(o.entity)].copies) & set(columns(s, o))))
    found = list(one_entity(where(rows, lambda s, o: o in list(shown(s))))(server))
    return [o for o in shown(server) if found and o.entity == found[0].entity]


mutant(
    "name-stale",
    "denormalised",
    "The names that rows show of related rows are old ones, in every second row.",
    on=names_shown,
    expects=("names-agree",),
    hard=True,
    make=_stale,
)
mutant(
    "detail-disagrees",
    "list and detail",
    "The list shows another text than the read of the same row.",
    on=one(where(rows, has(is_text))),
    expects=("list-detail-agree",),
    make=column_changed(is_text, lambda v: f"{v}."),
)
mutant(
    "detail-amount",
    "list and detail",
    "A read shows an amount one cent higher than the lists do.",
    on=one(where(reads, has(is_money))),
    expects=("list-detail-agree",),
    hard=True,
    make=column_changed(is_money, lambda v: float(v) + 0.01),
)
mutant(
    "detail-zone",
    "list and detail",
    "A read shows times in another zone's clock, still marked Z.",
    on=one(where(reads, has(is_time))),
    expects=("list-detail-agree",),
    hard=True,
    make=column_changed(
        is_time,
        lambda v: (datetime.fromisoformat(v) - timedelta(hours=5)).isoformat().replace("+00:00", "Z"),
        all_of_them=True,
    ),
)
mutant(
    "dangling-reference",
    "referential",
    "The id of a related row is that of no row.",
    on=one(where(reads, has(is_reference))),
    expects=("names-agree", "list-detail-agree"),
    hard=True,
    make=column_changed(is_reference, lambda v: v + 700_000_000),
)
