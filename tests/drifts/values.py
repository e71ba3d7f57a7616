"""Drifts of values: properties, null and absent, types, the forms of numbers, dates and texts, the bytes of JSON."""

# ruff: noqa: ARG005  a fault's functions take what they are given, and may stand below it

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import orjson

from tests.drifts.registry import drift
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
    one,
    one_entity,
    put,
    reads,
    replied,
    row_changed,
    rows,
    rows_of,
    where,
)
from tests.mutants.hook import Around, Asked, Server, Told
from tests.mutants.walks import path_of
from tests.mutants.wire import rewritten, twice

ALL = anything(reads, rows)


def deep(change: Callable[[Any], Any]) -> Callable[[Server], Around]:
    """A drift of every plain value of a body, at any depth."""

    def walk(node: Any) -> Any:
        if isinstance(node, dict):
            return {name: walk(value) for name, value in node.items()}
        return [walk(value) for value in node] if isinstance(node, list) else change(node)

    return body_changed(lambda a, b: walk(b))


def without(test: Callable[[Any], bool]) -> Callable[[Server], Around]:
    """A drift that leaves out properties of rows by their value."""

    def change(row: dict[str, Any], _index: int, _size: int) -> None:
        for name in [n for n, value in row.items() if test(value)]:
            del row[name]

    return row_changed(change)


def _dropped(server: Server) -> Around:
    chosen: dict[str, str] = {}

    def change(asked: Asked, body: Any) -> Any:
        operation = asked.operation
        if operation is None:
            return None
        names = [n for n, s in columns(server, operation).items() if is_text(n, s) or is_time(n, s)]
        gone = chosen.setdefault(operation.id, names[server.dice(len(names))] if names else "")
        for row in rows_of(operation, body):
            row.pop(gone, None)
        return body

    return body_changed(change)(server)


def _nulls(server: Server) -> Around:
    def change(asked: Asked, body: Any) -> Any:
        if asked.operation is None:
            return None
        known = columns(server, asked.operation)
        for row in rows_of(asked.operation, body):
            for name in known:
                row.setdefault(name, None)
        return body

    return body_changed(change)(server)


def _inside(change: Callable[[dict[str, Any]], None]) -> Callable[[Server], Around]:
    """A drift of the objects in the lists inside rows."""

    def changed(row: dict[str, Any], _index: int, _size: int) -> None:
        for value in row.values():
            for item in value if isinstance(value, list) else ():
                if isinstance(item, dict):
                    change(item)

    return row_changed(changed)


def has_lists(server: Server, operation: Any) -> bool:
    """Whether a row shows a list of objects, of two at least somewhere."""
    names = [n for n, s in columns(server, operation).items() if "array" in s["kinds"]]
    held = server.store.all(str(operation.entity))
    return any(
        isinstance(row.get(n), list) and len(row[n]) > 1 and isinstance(row[n][0], dict) for row in held for n in names
    )


def has_empty(server: Server, operation: Any) -> bool:
    """Whether one of the first rows lacks a plain column that others have."""
    entity = server.model[str(operation.entity)]
    names = [n for n, s in columns(server, operation).items() if not {"array", "object"} & set(s["kinds"])]
    held = server.store.all(entity.name)[:8]
    return any(n in entity.fields and n not in entity.copies and n not in row for row in held for n in names)


def has_cents(server: Server, operation: Any) -> bool:
    """Whether an amount of one of the first rows is no whole number."""
    names = [n for n, s in columns(server, operation).items() if is_money(n, s)]
    held = server.store.all(str(operation.entity))[:8]
    return any(isinstance(row.get(n), float) and not row[n].is_integer() for row in held for n in names)


# -- property --
drift(
    "property-missing",
    "property missing",
    "breaking",
    "Rows lack one property.",
    on=one_entity(where(ALL, has(is_text))),
    make=_dropped,
)
drift(
    "property-missing-one",
    "property missing",
    "breaking",
    "One read lacks one property.",
    on=one(where(reads, has(is_text))),
    make=_dropped,
    hard=True,
)
drift(
    "property-missing-inside",
    "property missing",
    "breaking",
    "The objects in a row's list lack their last property.",
    on=one(where(reads, has_lists)),
    hard=True,
    make=_inside(lambda item: item.pop(list(item)[-1], None)),
)
drift(
    "property-missing-false",
    "property missing",
    "breaking",
    "Properties that are false or 0 are left out (`omitempty`).",
    on=one_entity(where(ALL, has(is_flag))),
    hard=True,
    expects=("null against absent",),
    make=without(lambda v: v is False or (v == 0 and not isinstance(v, bool))),
)
drift(
    "property-extra",
    "property extra",
    "visible",
    "Rows have a property more.",
    on=one_entity(ALL),
    make=row_changed(lambda r, i, n: r.update(riskScore=i)),
)
drift(
    "property-extra-inside",
    "property extra",
    "visible",
    "The objects inside a row have a property more.",
    on=one(where(reads, has(is_object))),
    hard=True,
    make=column_changed(is_object, lambda v: {**v, "geo": None} if isinstance(v, dict) else v),
)
drift(
    "property-renamed",
    "property missing",
    "breaking",
    "A property is spelled in snake_case.",
    on=one(where(ALL, has(is_time))),
    expects=("property extra",),
    make=row_changed(
        lambda r, i, n: r.update(
            {
                re.sub("([A-Z])", lambda m: "_" + m[1].lower(), k): r.pop(k)
                for k in [k for k in r if k.endswith("At")][:1]
            }
        )
    ),
)

# -- null against absent --
drift(
    "null-for-absent",
    "null against absent",
    "visible",
    "What a row lacks is told as null.",
    on=one(where(rows, has_empty)),
    expects=("property extra",),
    make=_nulls,
)
drift(
    "null-for-absent-read",
    "null against absent",
    "visible",
    "On one read, what a row lacks is told as null.",
    on=one(where(reads, has_empty)),
    hard=True,
    expects=("property extra",),
    make=_nulls,
)
drift(
    "absent-for-null",
    "null against absent",
    "breaking",
    "What is null is left out.",
    on=one(
        where(
            ALL,
            lambda s, o: o.shape.item not in (None, ()) or (o.shape.rows != () and o.entity == "event_subscription"),
        )
    ),
    expects=("property missing",),
    make=without(lambda v: v is None),
)
drift(
    "empty-for-null",
    "null against absent",
    "visible",
    "What is null is an empty text.",
    on=where(ALL, lambda s, o: o.entity == "event_subscription"),
    hard=True,
    expects=("type",),
    make=row_changed(lambda r, i, n: r.update({k: "" for k, v in r.items() if v is None})),
)

# -- type --
drift(
    "type-number-text",
    "type",
    "breaking",
    "A number is a text.",
    on=one_entity(where(ALL, has(is_number))),
    make=column_changed(is_number, str),
)
drift(
    "type-flag-text",
    "type",
    "breaking",
    "True and false are texts.",
    on=one(where(ALL, has(is_flag))),
    make=column_changed(is_flag, lambda v: str(v).lower()),
)
drift(
    "type-flag-number",
    "type",
    "breaking",
    "True and false are 1 and 0.",
    on=one(where(ALL, has(is_flag))),
    hard=True,
    make=column_changed(is_flag, int),
)
drift(
    "type-object-list",
    "type",
    "breaking",
    "An object is a list of it.",
    on=one(where(reads, has(is_object))),
    make=column_changed(is_object, lambda v: [v]),
)
drift(
    "type-id-text",
    "type",
    "breaking",
    "The ids of related rows are texts.",
    on=one(where(rows, has(is_reference))),
    hard=True,
    make=column_changed(is_reference, str),
)
drift(
    "type-json-in-text",
    "type",
    "breaking",
    "An object is a text that holds JSON.",
    on=one(where(reads, has(is_object))),
    hard=True,
    make=column_changed(is_object, lambda v: orjson.dumps(v).decode()),
)

# -- number form --
drift(
    "number-whole",
    "number form",
    "visible",
    "Whole amounts are 150 instead of 150.0.",
    on=one_entity(where(ALL, has(is_number))),
    hard=True,
    make=deep(lambda v: int(v) if isinstance(v, float) and v.is_integer() else v),
)
drift(
    "number-exponent",
    "number form",
    "visible",
    "Amounts are written 1.5e4.",
    on=one(where(ALL, has(is_money))),
    hard=True,
    make=rewritten(lambda b: re.sub(rb"(?<=[:,\[])(\d+)\.(\d+)(?=[,}\]])", lambda m: f"{float(m[0]):e}".encode(), b)),
)
drift(
    "number-id-float",
    "number form",
    "breaking",
    "Ids are written 789.0, as of a server that holds them as doubles.",
    on=one_entity(where(ALL, has(is_reference))),
    hard=True,
    expects=("type",),
    make=column_changed(is_reference, float),
)
drift(
    "number-count-float",
    "number form",
    "visible",
    "The count is 24.0.",
    on=one(where(rows, counted)),
    hard=True,
    expects=("type", "count"),
    make=body_changed(lambda a, b: put(b, a.operation.shape.count, float(at(b, a.operation.shape.count)))),
)

# -- format --


def _offset(value: str) -> str:
    return re.sub("Z$", "+00:00", value)


def _zone(value: str) -> str:
    return datetime.fromisoformat(value).astimezone(timezone(timedelta(hours=2))).isoformat()


drift(
    "format-offset",
    "format",
    "visible",
    "Times end in +00:00 instead of Z.",
    on=one_entity(where(ALL, has(is_time))),
    make=column_changed(is_time, _offset, all_of_them=True),
)
drift(
    "format-zone",
    "format",
    "visible",
    "Times are told in another zone, the same moment.",
    on=one(where(ALL, has(is_time))),
    hard=True,
    make=column_changed(is_time, _zone, all_of_them=True),
)
drift(
    "format-fraction",
    "format",
    "visible",
    "Times have six digits of seconds.",
    on=one(where(ALL, has(is_time))),
    hard=True,
    expects=("precision",),
    make=column_changed(is_time, lambda v: re.sub(r"(\.\d+)?Z$", ".000000Z", v)),
)
drift(
    "format-date-only",
    "format",
    "breaking",
    "A time is a plain date.",
    on=one(where(ALL, has(is_time))),
    make=column_changed(is_time, lambda v: v[:10]),
)
drift(
    "format-space",
    "format",
    "breaking",
    "Times have a space instead of the T.",
    on=one(where(rows, has(is_time))),
    make=column_changed(is_time, lambda v: v.replace("T", " ")),
)

# -- enum value --
drift(
    "enum-new",
    "enum value",
    "breaking",
    "A word appears that the enum has not.",
    on=one_entity(where(ALL, has(is_enum))),
    make=column_changed(is_enum, lambda v: "ON_TRACK", only=lambda i, n: i % 3 == 0),
)
drift(
    "enum-case",
    "enum value",
    "breaking",
    "The words of an enum are in small letters.",
    on=one_entity(where(ALL, has(is_enum))),
    make=column_changed(is_enum, str.lower),
)
drift(
    "enum-renamed",
    "enum value",
    "breaking",
    "Words of an enum lose their underscore.",
    on=where(ALL, has(is_enum)),
    hard=True,
    make=column_changed(is_enum, lambda v: v.replace("_", ""), all_of_them=True),
)

# -- precision --
drift(
    "precision-whole",
    "precision",
    "breaking",
    "Amounts are rounded to whole ones.",
    on=one_entity(where(ALL, has_cents)),
    expects=("number form",),
    make=column_changed(is_money, lambda v: float(round(v)), all_of_them=True),
)
drift(
    "precision-dust",
    "precision",
    "visible",
    "Amounts carry the dust of binary fractions.",
    on=one_entity(where(ALL, has(is_money))),
    hard=True,
    expects=("number form",),
    make=column_changed(is_money, lambda v: float(v) + max(abs(float(v)), 1) * 3e-16, all_of_them=True),
)
drift(
    "precision-four",
    "precision",
    "visible",
    "Amounts have four digits behind the point.",
    on=one(where(rows, has(is_money))),
    hard=True,
    expects=("number form",),
    make=column_changed(is_money, lambda v: float(v) + 0.0001),
)

# -- length --
drift(
    "length-cut",
    "length",
    "breaking",
    "Texts are cut after twelve letters.",
    on=one_entity(where(ALL, has(is_text))),
    make=column_changed(is_text, lambda v: v[:12], all_of_them=True),
)
drift(
    "length-padded",
    "length",
    "visible",
    "Texts are filled with spaces to forty letters.",
    on=one(where(ALL, has(is_text))),
    hard=True,
    expects=("format",),
    make=column_changed(is_text, lambda v: v.ljust(40)),
)
drift(
    "unicode-form",
    "format",
    "visible",
    "Texts are in Unicode form D instead of C.",
    on=ALL,
    hard=True,
    expects=("length",),
    make=deep(lambda v: unicodedata.normalize("NFD", v) if isinstance(v, str) else v),
)
drift(
    "html-escaped",
    "format",
    "breaking",
    "`&` in a text is `&amp;`.",
    on=ALL,
    hard=True,
    expects=("length",),
    make=deep(lambda v: v.replace("&", "&amp;") if isinstance(v, str) else v),
)

# -- the bytes --
drift(
    "json-duplicate-keys",
    "type",
    "breaking",
    "An object names its first property twice.",
    on=one(where(ALL, json_reply)),
    hard=True,
    expects=("property extra", "format", "duplicate keys"),
    make=rewritten(twice),
)
drift(
    "json-key-order",
    "order",
    "cosmetic",
    "Properties come in another order.",
    on=one(where(ALL, json_reply)),
    hard=True,
    expects=("key order",),
    make=row_changed(lambda r, i, n: _reverse(r)),
)
drift(
    "json-indented",
    "format",
    "cosmetic",
    "JSON is indented.",
    on=one(where(ALL, json_reply)),
    hard=True,
    expects=("length", "header value"),
    make=replied(lambda a, t: _indented(t)),
)
drift(
    "json-escaped",
    "format",
    "cosmetic",
    "Letters beyond ASCII are written as \\u escapes.",
    on=ALL,
    hard=True,
    expects=("length", "header value"),
    make=rewritten(lambda b: b.decode().encode("ascii", "backslashreplace").replace(b"\\x", b"\\u00")),
    shows=lambda talk, server, on: [
        talk.send(o.method, path_of(server, o), None if o.method == "GET" else {}) for o in on[:12]
    ],
)


def _reverse(row: dict[str, Any]) -> None:
    for name in list(row)[::-1]:
        row[name] = row.pop(name)


def _indented(told: Told) -> Told:
    if not told.good or told.json is None:
        return told
    made: Told = told.with_body(orjson.dumps(told.json, option=orjson.OPT_INDENT_2))
    return made
