"""Unseen drifts of batches of records, which only show where something is written."""

# ruff: noqa: ARG005  a drift's functions take what they are given

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.mutants.choose import at, body_changed, replied
from tests.mutants.hook import Around, Ask, Asked, Server, Told
from tests.unseen.changes import in_rows, refused, upserts
from tests.unseen.registry import writing


def _all_created(_asked: Asked, body: Any) -> Any:
    found = at(body, ("data", "summary"))
    if not isinstance(found, dict) or not found.get("updated"):
        return None
    found["created"], found["updated"] = found["created"] + found["updated"], 0
    return body


# -- status --
writing(
    "st-batch-207",
    "status",
    "visible",
    "A batch of which some records failed is answered 207 instead of 200.",
    on=upserts,
    hard=True,
    make=replied(lambda a, t: replace(t, status=207) if t.status == 200 and b'"FAILED"' in t.body else t),
)

# -- null against absent --
writing(
    "na-batch-error-gone",
    "null against absent",
    "visible",
    "In a batch's answer, records that went well have no `error` instead of `error: null`.",
    on=upserts,
    hard=True,
    expects=("property missing",),
    make=in_rows(lambda s, o, row: row.pop("error") if row.get("error", 1) is None else None),
)

# -- count --
writing(
    "ct-batch-summary",
    "count",
    "visible",
    "The summary of a batch counts changed records as created.",
    on=upserts,
    expects=("referential",),
    make=body_changed(_all_created),
)

# -- acceptance --
writing(
    "ac-batch-fifty",
    "acceptance",
    "breaking",
    "A batch takes fifty records at most instead of a hundred.",
    on=upserts,
    hard=True,
    expects=("status class", "status"),
    make=refused(
        lambda s, a: (
            isinstance(a.json, dict) and isinstance(a.json.get("records"), list) and len(a.json["records"]) > 50
        )
    ),
)


@writing(
    "ac-batch-atomic",
    "acceptance",
    "breaking",
    "A batch is all or nothing: one failed record fails the good ones too.",
    on=upserts,
    expects=("enum value", "count", "referential", "error shape", "null against absent", "type"),
)
def _atomic(server: Server) -> Around:
    async def around(asked: Asked, ask: Ask) -> Told:
        kept = server.snapshot()
        told = await ask(asked)
        if not told.good or b'"FAILED"' not in told.body or not at(told.json, ("data", "records")):
            return told
        server.restore(kept)
        body = told.json
        for record in body["data"]["records"]:
            if record["status"] != "FAILED":
                record.update(
                    status="FAILED",
                    id=None,
                    error={"code": "ROLLED_BACK", "message": "Another record failed.", "details": []},
                )
        total = len(body["data"]["records"])
        body["data"]["summary"] = {"total": total, "created": 0, "updated": 0, "deleted": 0, "failed": total}
        return told.with_json(body)

    return around
