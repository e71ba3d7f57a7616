"""Unseen drifts of types, of how numbers are written, and of how exact values are."""

# ruff: noqa: ARG005  a drift's functions take what they are given

from __future__ import annotations

import re

import orjson

from tests.mutants.choose import (
    at,
    body_changed,
    column_changed,
    columns,
    counted,
    has,
    is_flag,
    is_money,
    is_number,
    is_object,
    is_time,
    lists,
    one,
    one_entity,
    put,
    reads,
    rows,
    where,
)
from tests.unseen.changes import SHOWN, TIME, all_columns, everywhere, in_rows, written
from tests.unseen.registry import drift
from tests.unseen.talks import full_lists, reading

# -- type --
drift(
    "ty-id-text",
    "type",
    "breaking",
    "All row ids are texts: the gateway's JavaScript does not trust 64-bit integers.",
    on=SHOWN,
    make=in_rows(lambda s, o, row: row.update(id=str(row["id"])) if isinstance(row.get("id"), int) else None),
)
drift(
    "ty-flag-01",
    "type",
    "breaking",
    "The booleans of one entity are 0 and 1.",
    on=one_entity(where(SHOWN, has(is_flag))),
    make=all_columns(is_flag, int),
)
drift(
    "ty-decimal-text",
    "type",
    "breaking",
    'Amounts of one entity are texts: `"1500.00"`.',
    on=one_entity(where(SHOWN, has(is_number))),
    expects=("number form", "format"),
    make=all_columns(is_number, lambda v: f"{v:.2f}"),
)
drift(
    "ty-count-text",
    "type",
    "breaking",
    "One list tells its count as text, as the driver gives a bigint.",
    on=one(where(lists, counted)),
    expects=("count",),
    make=body_changed(lambda a, b: put(b, a.operation.shape.count, str(at(b, a.operation.shape.count)))),
)
drift(
    "ty-object-text",
    "type",
    "breaking",
    "One nested object of one read is a text that holds JSON.",
    on=one(where(reads, has(is_object))),
    hard=True,
    make=column_changed(is_object, lambda v: orjson.dumps(v).decode()),
    shows=reading(),
)
drift(
    "ty-single-item",
    "type",
    "breaking",
    "A nested array with exactly one item is the item itself, in the reads of one entity.",
    on=one_entity(
        where(
            reads,
            lambda s, o: (
                s.store.count(str(o.entity)) > 5
                and has(lambda n, schema: "array" in schema["kinds"] and n != "operations")(s, o)
            ),
        )
    ),
    hard=True,
    expects=("length",),
    make=in_rows(
        lambda s, o, row: row.update({n: v[0] for n, v in row.items() if isinstance(v, list) and len(v) == 1})
    ),
    shows=full_lists,
)

# -- number form --
drift(
    "nf-integral",
    "number form",
    "cosmetic",
    "Whole amounts come without a fraction: 1500 instead of 1500.0, everywhere.",
    on=SHOWN,
    expects=("precision", "type"),
    make=written(lambda k, v: str(int(v)) if isinstance(v, float) and v == int(v) else None),
)
drift(
    "nf-two-places",
    "number form",
    "cosmetic",
    "Amounts of one entity always have two places: 1500.00.",
    on=one_entity(where(SHOWN, has(is_number))),
    expects=("precision",),
    make=written(lambda k, v: f"{v:.2f}" if isinstance(v, float) else None),
)
drift(
    "nf-exponent",
    "number form",
    "cosmetic",
    "Amounts of a thousand and more are written with an exponent in one read: 1.5E+3.",
    on=one(where(reads, has(is_money))),
    hard=True,
    make=written(lambda k, v: f"{v:.6E}".replace("000000E", "0E") if isinstance(v, float) and abs(v) >= 1000 else None),
    shows=full_lists,
)

# -- precision --
drift(
    "pr-millis",
    "precision",
    "cosmetic",
    "Times have milliseconds everywhere.",
    on=SHOWN,
    expects=("format",),
    make=everywhere(
        lambda k, v: re.sub(r"(:\d\d)(Z|[+-]\d\d:\d\d)$", r"\1.000\2", v) if isinstance(v, str) and TIME.match(v) else v
    ),
)
drift(
    "pr-whole-money",
    "precision",
    "breaking",
    "Amounts of one entity are rounded to whole units.",
    on=one_entity(
        where(
            SHOWN,
            lambda s, o: any(
                isinstance(r.get(n), float) and r[n] != int(r[n])
                for r in s.store.all(str(o.entity))
                for n in columns(s, o)
            ),
        )
    ),
    expects=("number form", "referential"),
    make=all_columns(is_number, lambda v: float(round(v))),
    shows=full_lists,
)
drift(
    "pr-minute",
    "precision",
    "visible",
    "Times of one entity are cut to the minute.",
    on=one_entity(where(rows, has(is_time))),
    hard=True,
    expects=("referential",),
    make=everywhere(
        lambda k, v: v[:17] + "00" + re.sub(r"^.{19}(\.\d+)?", "", v) if isinstance(v, str) and TIME.match(v) else v
    ),
    shows=full_lists,
)
drift(
    "pr-float-noise",
    "precision",
    "cosmetic",
    "Amounts of one entity's reads show binary noise: 1036.8000000000002.",
    on=one_entity(where(reads, has(is_number))),
    hard=True,
    expects=("number form", "referential"),
    make=all_columns(is_number, lambda v: v * (1 + 4e-16) if isinstance(v, float) else v),
    shows=full_lists,
)
drift(
    "pr-one-place",
    "precision",
    "breaking",
    "Amounts have one place only, everywhere.",
    on=where(
        SHOWN,
        lambda s, o: any(
            isinstance(r.get(n), float) and round(r[n], 1) != r[n]
            for r in s.store.all(str(o.entity))
            for n in columns(s, o)
        ),
    ),
    expects=("referential", "number form"),
    make=all_columns(is_number, lambda v: round(float(v), 1)),
    shows=full_lists,
)
