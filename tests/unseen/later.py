"""Unseen drifts that were written later than the others, by what a next version brings: gateways, ORMs, serializers."""

# ruff: noqa: ARG005  a drift's functions take what they are given

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

from tests.mutants.auth import claims
from tests.mutants.choose import (
    all_creates,
    anything,
    asked_otherwise,
    body_changed,
    body_otherwise,
    columns,
    every,
    has,
    is_number,
    is_object,
    kind_of,
    lists,
    one,
    one_entity,
    paged,
    reads,
    replied,
    rows,
    searches,
    secured,
    sized,
    where,
    writes,
)
from tests.mutants.search import TEXTS, asking
from tests.mutants.status import failed
from tests.mutants.walks import body_of, path_of
from tests.mutants.wire import downloads
from tests.unseen.changes import (
    SHOWN,
    all_deletes,
    all_of,
    all_updates,
    bare,
    by_id_only,
    enveloped,
    errors,
    everywhere,
    failed_last,
    in_rows,
    inner_joined,
    inputs_named,
    joined,
    located,
    loose_reference,
    many_related,
    moved,
    needed,
    nested_rows,
    nesting,
    numbered_status,
    operation_of,
    refused,
    shifted_names,
    slow,
    star_name,
    upserts,
    whole_seconds,
    withheld,
    written,
)
from tests.unseen.registry import drift, writing
from tests.unseen.talks import changing, full_lists, mixed_batch, reading, say, through_many

_INTERNAL = b'{"code":"INTERNAL_ERROR","message":"Something went wrong"}'
_NO_PAGE = b"<!doctype html><html><head><title>404 Not Found</title></head><body><h1>Not Found</h1></body></html>"
_UNMATCHED = b'{"code":"PRECONDITION_REQUIRED","message":"Send If-Match with the version that you have read."}'
_PARTIAL = b'{"code":"VALIDATION_FAILED","message":"A property that is required is missing."}'
_FOUND = ("referential", "length", "paging", "search")

drift(
    "ac-depth-limit",
    "acceptance",
    "visible",
    "The gateway limits how deep a query is: `_and`, `_or`, `_not` more than three deep are refused.",
    on=searches,
    hard=True,
    expects=("status class", "status"),
    make=refused(lambda s, a: isinstance(a.json, dict) and nesting(a.json.get("where")) > 3),
    shows=say({"where": {"_and": [{"_or": [{"_not": {"_and": [{"id": {"_gt": 0}}]}}]}]}}),
)
writing(
    "ac-put-whole",
    "acceptance",
    "breaking",
    "A change by PUT must say all that a creation must; a part of it is refused.",
    on=where(all_updates, lambda s, o: bool(needed(s, o))),
    expects=("status class", "status"),
    make=withheld(400, _PARTIAL, lambda s, a: bool(needed(s, operation_of(a)) - set(a.json or ()))),
)
drift(
    "au-bare-token",
    "auth",
    "visible",
    "Authorization may be the bare token, without the word `Bearer`, on all lists and searches.",
    on=where(rows, lambda s, o: o in secured(s)),
    hard=True,
    expects=("status class", "status", "acceptance"),
    make=asked_otherwise(
        lambda s, a: a.with_headers(authorization=f"Bearer {bare(a)}") if claims(bare(a)) is not None else a
    ),
    shows=lambda t, s, on: [
        t.send(o.method, path_of(s, o), {}, headers={"authorization": t.tokens["default"]}) for o in on[:3]
    ],
)
drift(
    "ct-inner-join",
    "count",
    "breaking",
    "One entity's list joins inwards: rows whose reference is null are neither shown nor counted.",
    on=one_entity(where(lists, lambda s, o: o.paging is not None and loose_reference(s, o) != "")),
    hard=True,
    expects=("referential", "length", "default"),
    make=inner_joined,
)
drift(
    "fl-many-all",
    "count",
    "breaking",
    "A condition on many related rows finds a row only if all of them pass, where one was enough.",
    on=where(searches, lambda s, o: bool(many_related(s, o))),
    hard=True,
    expects=_FOUND,
    make=body_otherwise(
        lambda s, a, b: {**b, "where": all_of(s, str(operation_of(a).entity), b["where"])} if b.get("where") else None
    ),
    shows=through_many,
)
drift(
    "df-recent-only",
    "default",
    "breaking",
    "One entity's list shows the last year only, unless it is asked with a startDate or an endDate.",
    on=one_entity(where(lists, lambda s, o: {"startDate", "endDate"} <= inputs_named(s, o))),
    expects=("count", "referential", "length"),
    make=body_otherwise(
        lambda s, a, b: (
            None
            if {"startDate", "endDate"} & set(b)
            else {**b, "startDate": (s.world.clock.now() - timedelta(days=365)).date().isoformat()}
        )
    ),
)
writing(
    "df-put-active",
    "default",
    "breaking",
    "A change that says nothing about `active` makes an inactive row active again.",
    on=where(all_updates, lambda s, o: "active" in inputs_named(s, o)),
    hard=True,
    expects=("referential",),
    make=body_otherwise(lambda s, a, b: {**b, "active": True} if "active" not in b else None),
    shows=changing({"active": False}, {"description": "Changed"}),
)
drift(
    "ev-country-iso",
    "enum value",
    "visible",
    "Countries in addresses are ISO codes of two letters: `US` instead of `USA`, everywhere.",
    on=where(SHOWN, has(is_object)),
    expects=("format", "length"),
    make=everywhere(lambda k, v: "US" if k == "country" and v == "USA" else v),
)
drift(
    "es-details-loc",
    "error shape",
    "breaking",
    "The new validation says where it failed in `loc`, a list, and `msg`, instead of `pointer` and `message`.",
    on=every,
    expects=("property missing", "property extra"),
    make=errors(located, 400),
    shows=say({"pageSize": 0}, {"pageSize": "x"}, {}),
)
drift(
    "fm-url-slash",
    "format",
    "cosmetic",
    "Addresses of web sites are normalised: where there is no path there is a slash.",
    on=where(SHOWN, lambda s, o: "website" in columns(s, o)),
    hard=True,
    expects=("length",),
    make=everywhere(lambda k, v: re.sub(r"^(https?://[^/]+)$", r"\1/", v) if isinstance(v, str) else v),
)
drift(
    "hx-affinity-cookie",
    "header extra",
    "cosmetic",
    "The load balancer sets a cookie on every answer, to send a client to the same node again.",
    on=every,
    make=replied(lambda a, t: t.with_headers(set_cookie="ROUTE=node-2; Path=/; HttpOnly")),
)
drift(
    "hm-length-streamed",
    "header missing",
    "cosmetic",
    "Lists and searches are streamed: they no longer tell their Content-Length.",
    on=rows,
    hard=True,
    expects=("header extra",),
    make=replied(lambda a, t: t.with_headers(content_length=None) if t.good else t),
)
drift(
    "hv-filename-star",
    "header value",
    "visible",
    "Downloads tell their name by `filename*=UTF-8''...` alone, and not by `filename` any more.",
    on=downloads,
    make=replied(star_name),
    shows=reading(),
)
drift(
    "lt-refused",
    "latency",
    "visible",
    "Wrong and missing credentials are answered 400 ms later, against those who guess.",
    on=secured,
    make=slow(lambda a, t: 0.4 if t.status == 401 else 0.0),
    shows=lambda t, s, on: [t.send(o.method, path_of(s, o), actor="") for o in on[:2]],
)
drift(
    "ln-file-cut",
    "length",
    "breaking",
    "Downloads end after 16 KiB, whatever HEAD and Content-Range say of the file's length.",
    on=downloads,
    expects=("header value", "referential"),
    make=replied(lambda a, t: t.with_body(t.body[:16_384]) if t.status == 200 and a.method == "GET" else t),
    shows=reading(),
)
drift(
    "mt-404-html",
    "media type",
    "visible",
    "The gateway puts its own page of HTML over the 404 of one entity's reads.",
    on=one_entity(where(reads, lambda s, o: bool(o.key))),
    expects=("error shape",),
    make=replied(lambda a, t: failed(404, _NO_PAGE, "text/html") if t.status == 404 else t),
)
writing(
    "na-written-empty",
    "null against absent",
    "visible",
    "An empty text that is written is stored as null: a database that knows no empty texts.",
    on=where(anything(all_creates, all_updates), lambda s, o: "description" in inputs_named(s, o)),
    hard=True,
    expects=("type", "length", "referential"),
    make=body_otherwise(lambda s, a, b: {**b, "description": None} if b.get("description") == "" else None),
    shows=changing({"description": ""}),
)
drift(
    "nf-minus-zero",
    "number form",
    "cosmetic",
    "Amounts of zero are written `-0.0`: what is left after a refund has been rounded.",
    on=where(SHOWN, has(lambda n, schema: is_number(n, schema) or is_object(n, schema))),
    hard=True,
    expects=("precision",),
    make=written(lambda k, v: "-0.0" if isinstance(v, float) and v == 0 else None),
    shows=full_lists,
)
writing(
    "or-batch-failed-last",
    "order",
    "breaking",
    "The answer to a batch does not keep the order of its records: those that failed come last.",
    on=upserts,
    hard=True,
    expects=("referential",),
    make=body_changed(failed_last),
    shows=mixed_batch,
)
drift(
    "pg-skip-rounded",
    "paging",
    "breaking",
    "One entity's list, which counts rows to skip, only begins at whole pages: 6 of 4 a page is 4.",
    on=one_entity(where(lists, lambda s, o: paged(s, o) and kind_of(o) == "offset")),
    hard=True,
    make=body_otherwise(
        lambda s, a, b: (
            {**b, "page": b["page"] // sized(a)[0] * sized(a)[0]}
            if type(b.get("page")) is int and sized(a)[0]
            else None
        )
    ),
)
drift(
    "pr-meta-seconds",
    "precision",
    "cosmetic",
    "The envelope tells its time in whole seconds, without milliseconds.",
    on=enveloped,
    hard=True,
    expects=("format",),
    make=body_changed(whole_seconds),
    shows=lambda t, s, on: [t.send("GET", path_of(s, o)) for o in on if o.method == "GET"],
)
drift(
    "px-self-link",
    "property extra",
    "cosmetic",
    "Rows of one entity carry `_links` with the address of their own read.",
    on=one_entity(where(SHOWN, lambda s, o: "id" in columns(s, o))),
    make=in_rows(lambda s, o, row: row.update(_links={"self": {"href": f"/{o.entity}/{row.get('id')}"}})),
)
drift(
    "pm-nested-ref",
    "property missing",
    "breaking",
    "A related row inside one read has become a reference: `primaryContactId` instead of `primaryContact`.",
    on=one(where(reads, lambda s, o: bool(nested_rows(s, o)))),
    expects=("property extra",),
    make=in_rows(by_id_only),
)
drift(
    "rd-search-307",
    "redirect",
    "breaking",
    "One entity's searches are redirected (307) to the host of the region.",
    on=one_entity(searches),
    expects=("status class", "status", "media type"),
    make=moved(307, lambda a: f"https://eu.api.aiwyn.example{a.path}"),
)
drift(
    "rf-loader-shift",
    "referential",
    "breaking",
    "Joined names in lists are out of step: each row shows that of the row before it on the page.",
    on=where(lists, joined),
    make=body_changed(shifted_names),
)
drift(
    "rf-paid-early",
    "referential",
    "breaking",
    "The state of payment is computed wrongly: PAID as soon as anything is paid, though something is outstanding.",
    on=where(SHOWN, lambda s, o: {"paymentStatus", "outstandingAmount"} <= set(columns(s, o))),
    hard=True,
    expects=("enum value",),
    make=in_rows(
        lambda s, o, row: row.update(paymentStatus="PAID") if row.get("paymentStatus") == "PARTIALLY_PAID" else None
    ),
    shows=full_lists,
)
writing(
    "st-forbidden-401",
    "status",
    "visible",
    "Who may not write is answered 401 instead of 403, as if nobody knew who it is.",
    on=writes,
    expects=("auth",),
    make=replied(lambda a, t: replace(t, status=401) if t.status == 403 else t),
    shows=lambda t, s, on: [t.send(o.method, path_of(s, o), body_of(s, o), actor="reader") for o in on],
)
drift(
    "sc-nul-byte-500",
    "status class",
    "breaking",
    "A text with a NUL in it breaks the new database: 500 where a search found nothing.",
    on=searches,
    hard=True,
    expects=("status", "acceptance", "error shape"),
    make=replied(lambda a, t: failed(500, _INTERNAL) if t.good and b"\\u0000" in a.body else t),
    shows=asking(lambda n, v: {n: {"_eq": "a\0b"}}, *TEXTS),
)
writing(
    "sc-if-match-428",
    "status class",
    "breaking",
    "Changes and deletions of a single row need If-Match: 428 without it.",
    on=where(anything(all_updates, all_deletes), lambda s, o: bool(o.key)),
    expects=("status", "acceptance", "error shape"),
    make=withheld(428, _UNMATCHED, lambda s, a: a.header("if-match") is None),
)
drift(
    "ty-enum-number",
    "type",
    "breaking",
    "The status of one entity's rows is a number, as protocol buffers number the words of an enum.",
    on=one_entity(where(SHOWN, lambda s, o: "status" in columns(s, o))),
    expects=("enum value",),
    make=in_rows(numbered_status),
)
