"""Unseen drifts of texts: their format, the words of enums, how long they are."""

# ruff: noqa: ARG005  a drift's functions take what they are given

from __future__ import annotations

import re
from typing import Any

from mockserver.bundle.operations import Operation
from tests.mutants.choose import columns, has, is_text, is_time, lists, one, one_entity, reads, rows, where
from tests.mutants.hook import Server
from tests.unseen.changes import SHOWN, TIME, everywhere, in_rows
from tests.unseen.registry import drift
from tests.unseen.talks import full_lists


def _commonest_renamed(server: Server, operation: Operation, row: dict[str, Any]) -> None:
    held = [r["status"] for r in server.store.all(str(operation.entity)) if isinstance(r.get("status"), str)]
    if held and row.get("status") == max(sorted(set(held)), key=held.count):
        row["status"] = "IN_FORCE"


# -- format --
drift(
    "fm-offset",
    "format",
    "visible",
    "Times end in `+00:00` instead of `Z`, everywhere.",
    on=SHOWN,
    make=everywhere(lambda k, v: v[:-1] + "+00:00" if isinstance(v, str) and TIME.match(v) and v.endswith("Z") else v),
)
drift(
    "fm-local-time",
    "format",
    "breaking",
    "Times of one entity have lost their zone.",
    on=one_entity(where(SHOWN, has(is_time))),
    make=everywhere(lambda k, v: re.sub(r"(Z|[+-]\d\d:\d\d)$", "", v) if isinstance(v, str) and TIME.match(v) else v),
)
drift(
    "fm-phone-e164",
    "format",
    "visible",
    "Phone numbers are normalised to E.164: digits without dashes, everywhere.",
    on=where(SHOWN, lambda s, o: {"phone", "mobile"} & set(columns(s, o))),
    expects=("length",),
    make=everywhere(lambda k, v: re.sub(r"[^+\d]", "", v) if k in ("phone", "mobile") and isinstance(v, str) else v),
)
drift(
    "fm-midnight-date",
    "format",
    "breaking",
    "Times at midnight are shown as bare dates by one entity's reads.",
    on=one_entity(
        where(
            reads,
            lambda s, o: any(
                isinstance(v, str) and v.endswith("T00:00:00Z") for r in s.store.all(str(o.entity)) for v in r.values()
            ),
        )
    ),
    hard=True,
    make=everywhere(lambda k, v: v[:10] if isinstance(v, str) and TIME.match(v) and "T00:00:00" in v else v),
    shows=full_lists,
)
drift(
    "fm-html-escaped",
    "format",
    "visible",
    "Texts are HTML-escaped: `&` is `&amp;` and an apostrophe `&#39;`, in all lists.",
    on=lists,
    hard=True,
    expects=("length",),
    make=everywhere(lambda k, v: v.replace("&", "&amp;").replace("'", "&#39;") if isinstance(v, str) else v),
    shows=full_lists,
)

# -- enum value --
drift(
    "ev-lower",
    "enum value",
    "breaking",
    "Statuses and types are in lower case, everywhere.",
    on=SHOWN,
    make=everywhere(
        lambda k, v: (
            v.lower()
            if isinstance(v, str) and (k.lower().endswith(("status", "type", "phase", "method"))) and v.isupper()
            else v
        )
    ),
)
drift(
    "ev-spaces",
    "enum value",
    "breaking",
    "Words of statuses and types are parted by hyphens instead of underscores, on one entity.",
    on=one_entity(
        where(
            SHOWN,
            lambda s, o: any(
                isinstance(r.get(n), str) and "_" in r[n]
                for r in s.store.all(str(o.entity))
                for n in r
                if n.lower().endswith(("status", "type")) and n in columns(s, o)
            ),
        )
    ),
    make=everywhere(
        lambda k, v: v.replace("_", "-") if isinstance(v, str) and k.lower().endswith(("status", "type")) else v
    ),
    shows=full_lists,
)
drift(
    "ev-currency-lower",
    "enum value",
    "visible",
    "The currency is `usd` instead of `USD` in one entity's lists.",
    on=one_entity(where(rows, lambda s, o: "currency" in columns(s, o))),
    hard=True,
    expects=("format",),
    make=everywhere(lambda k, v: v.lower() if k == "currency" and isinstance(v, str) else v),
)
drift(
    "ev-commonest-renamed",
    "enum value",
    "breaking",
    "The commonest status of one entity has another name.",
    on=one_entity(where(SHOWN, lambda s, o: "status" in columns(s, o) and s.store.count(str(o.entity)) > 12)),
    hard=True,
    make=in_rows(_commonest_renamed),
    shows=full_lists,
)

# -- length --
drift(
    "ln-cut-text",
    "length",
    "breaking",
    "Descriptions and notes in one entity's lists are cut after twelve letters, with an ellipsis.",
    on=one_entity(where(rows, lambda s, o: {"description", "notes"} & set(columns(s, o)))),
    expects=("referential",),
    make=everywhere(
        lambda k, v: v[:12] + "…" if k in ("description", "notes") and isinstance(v, str) and len(v) > 12 else v
    ),
    shows=full_lists,
)
drift(
    "ln-padded",
    "length",
    "visible",
    "Names of one entity are padded with spaces to forty characters: CHAR instead of VARCHAR.",
    on=one_entity(where(SHOWN, lambda s, o: "name" in columns(s, o))),
    hard=True,
    expects=("format", "referential"),
    make=in_rows(
        lambda s, o, row: row.update(name=row["name"].ljust(40)) if isinstance(row.get("name"), str) else None
    ),
)
drift(
    "ln-nested-one",
    "length",
    "breaking",
    "Nested arrays of one entity's read hold one item at most.",
    on=one(
        where(
            reads,
            lambda s, o: any(
                isinstance(v, list) and len(v) > 1
                for r in s.store.all(str(o.entity))
                for n, v in r.items()
                if n in columns(s, o)
            ),
        )
    ),
    expects=("referential",),
    make=in_rows(lambda s, o, row: row.update({n: v[:1] for n, v in row.items() if isinstance(v, list)})),
    shows=full_lists,
)
drift(
    "ln-long-cut",
    "length",
    "breaking",
    "No text in any list is longer than twenty letters.",
    on=rows,
    expects=("format", "referential"),
    make=in_rows(
        lambda s, o, row: row.update(
            {
                n: row[n][:20]
                for n, schema in columns(s, o).items()
                if isinstance(row.get(n), str) and is_text(n, schema)
            }
        )
    ),
)
