"""Unseen drifts of what is refused, and of how refusals are told."""

# ruff: noqa: ARG005  a drift's functions take what they are given

from __future__ import annotations

from dataclasses import replace
from typing import Any

from mockserver.bundle.operations import Operation
from tests.mutants.choose import (
    asked_otherwise,
    body_otherwise,
    every,
    in_body,
    inputs,
    lists,
    one_entity,
    paged,
    reads,
    replied,
    rows,
    searches,
    secured,
    where,
)
from tests.mutants.hook import Asked, Server
from tests.mutants.search import TEXTS, asking, columns_of, renamed, search, where_otherwise
from tests.unseen.changes import amended, directions, enveloped, error_object, errors, inputs_named, refused
from tests.unseen.registry import drift
from tests.unseen.talks import say


def _without_details(_asked: Asked, body: dict[str, Any]) -> dict[str, Any]:
    error_object(body).pop("details", None)
    return body


def _through(node: Any) -> bool:
    """Whether a condition looks through a relation."""
    if isinstance(node, list):
        return any(_through(part) for part in node)
    if not isinstance(node, dict):
        return False
    return any(
        _through(value)
        if name in ("_and", "_or", "_not")
        else isinstance(value, dict) and bool(value) and not any(key.startswith("_") for key in value)
        for name, value in node.items()
    )


def _relations(server: Server, operation: Operation) -> list[tuple[str, str]]:
    entity = server.model[str(operation.entity)]
    return [(n, r.target) for n, r in entity.relations.items() if server.store.count(r.target)]


# -- error shape --
drift(
    "es-problem-details",
    "error shape",
    "breaking",
    "Errors are RFC 9457 problem details in form: type, title, status, detail.",
    on=every,
    make=replied(
        lambda a, t: (
            t.with_json(
                {
                    "type": "about:blank",
                    "title": "Error",
                    "status": t.status,
                    "detail": str(error_object(t.json).get("message")),
                }
            )
            if t.status >= 400 and isinstance(t.json, dict)
            else t
        )
    ),
)
drift(
    "es-code-lower",
    "error shape",
    "breaking",
    "Error codes are kebab-case: `not-found` instead of `NOT_FOUND`.",
    on=every,
    expects=("enum value", "format"),
    make=errors(
        lambda a, b: (
            amended(b, code=str(error_object(b)["code"]).lower().replace("_", "-"))
            if "code" in error_object(b)
            else None
        )
    ),
)
drift(
    "es-no-details",
    "error shape",
    "visible",
    "What is invalid is refused without `details`.",
    on=every,
    hard=True,
    expects=("property missing",),
    make=errors(_without_details, 400),
    shows=say({"pageSize": 0}, {"pageSize": "x"}, {}),
)
drift(
    "es-hasura-errors",
    "error shape",
    "breaking",
    "One entity's search passes Hasura's own errors through: `errors[].extensions`.",
    on=one_entity(searches),
    make=errors(
        lambda a, b: {
            "errors": [
                {"message": b.get("message"), "extensions": {"path": "$.selectionSet", "code": "validation-failed"}}
            ]
        },
        400,
    ),
    shows=say({"where": {"noSuch": {"_eq": 1}}}),
)
drift(
    "es-i18n-message",
    "error shape",
    "breaking",
    'The message of a 404 is an object by language: `{"en": ...}`.',
    on=reads,
    expects=("type",),
    make=errors(lambda a, b: amended(b, message={"en": error_object(b).get("message"), "de": "Nicht gefunden"}), 404),
)
drift(
    "es-envelope-error-text",
    "error shape",
    "breaking",
    "Within the envelope `error` is a text instead of an object.",
    on=enveloped,
    expects=("type",),
    make=errors(
        lambda a, b: {**b, "error": str(b["error"].get("message"))} if isinstance(b.get("error"), dict) else None
    ),
)
drift(
    "es-401-empty",
    "error shape",
    "visible",
    "401 has no body.",
    on=secured,
    hard=True,
    expects=("media type", "length"),
    make=replied(
        lambda a, t: replace(t, body=b"").with_headers(content_length="0", content_type=None) if t.status == 401 else t
    ),
)

# -- acceptance --
drift(
    "ac-strict-body",
    "acceptance",
    "breaking",
    "Lists and searches refuse properties that they do not know.",
    on=where(rows, in_body),
    expects=("status class", "status"),
    make=refused(lambda s, a: isinstance(a.json, dict) and bool(set(a.json) - inputs_named(s, a.operation))),
    shows=say({"zzz": 1}),
)
drift(
    "ac-no-body",
    "acceptance",
    "breaking",
    "A list or search without any body is refused.",
    on=where(rows, in_body),
    expects=("status class", "status"),
    make=refused(lambda s, a: not a.body),
    shows=say(None),
)
drift(
    "ac-size-text",
    "acceptance",
    "cosmetic",
    'One entity\'s lists take a page size that is text: `"3"`.',
    on=one_entity(where(rows, in_body)),
    expects=("status class", "status"),
    make=body_otherwise(lambda s, a, b: {n: int(v) if isinstance(v, str) and v.isdigit() else v for n, v in b.items()}),
    shows=say({"pageSize": "3"}),
)
drift(
    "ac-size-500",
    "acceptance",
    "breaking",
    "The largest page size is 500 instead of 1000, in all lists and searches.",
    on=where(rows, in_body),
    hard=True,
    expects=("status class", "status", "paging"),
    make=refused(
        lambda s, a: any(isinstance(inputs(a).get(n), int) and inputs(a)[n] > 500 for n in a.operation.paging.sizes)
    ),
    shows=say({"pageSize": 1000}),
)
drift(
    "ac-regex-gone",
    "acceptance",
    "breaking",
    "The operators `_regex` and `_iregex` are gone: 400.",
    on=searches,
    hard=True,
    expects=("status class", "status"),
    make=where_otherwise(renamed(_regex="_rx", _iregex="_irx")),
    shows=asking(lambda n, v: {n: {"_regex": "a"}}, *TEXTS),
)
drift(
    "ac-no-relations",
    "acceptance",
    "breaking",
    "Searches can no longer filter through related rows: 400.",
    on=where(searches, lambda s, o: bool(_relations(s, o))),
    expects=("status class", "status"),
    make=refused(lambda s, a: isinstance(a.json, dict) and _through(a.json.get("where"))),
    shows=lambda t, s, on: [
        search(t, s, o, where={n: {s.model[target].key: {"_gt": 0}}})
        for o in on[:4]
        for n, target in _relations(s, o)[:3]
    ],
)
drift(
    "ac-direction-case",
    "acceptance",
    "cosmetic",
    "orderBy takes `DESC` as well as `desc`.",
    on=searches,
    hard=True,
    expects=("status class", "status", "enum value"),
    make=directions(str.lower),
    shows=say({"orderBy": [{"id": "DESC"}]}),
)
drift(
    "ac-null-size",
    "acceptance",
    "cosmetic",
    "A property that is null is taken as not given, in lists and searches.",
    on=where(rows, in_body),
    hard=True,
    expects=("status class", "status"),
    make=body_otherwise(lambda s, a, b: {n: v for n, v in b.items() if v is not None}),
    shows=say({"pageSize": None}),
)
drift(
    "ac-negative-page",
    "acceptance",
    "cosmetic",
    "A negative page is taken for the first one, in one entity's list.",
    on=one_entity(where(lists, lambda s, o: paged(s, o) and in_body(s, o))),
    expects=("status class", "status"),
    make=body_otherwise(lambda s, a, b: {**b, "page": max(0, b["page"])} if isinstance(b.get("page"), int) else None),
    shows=say({"page": -1}),
)
drift(
    "ac-eq-null",
    "acceptance",
    "visible",
    "A comparison with null is passed over instead of refused.",
    on=searches,
    hard=True,
    expects=("status class", "status"),
    make=where_otherwise(lambda s, n, ops: {op: v for op, v in ops.items() if v is not None} or None),
    shows=lambda t, s, on: [
        search(t, s, o, where={n: {"_eq": None}}) for o in on[:3] for n in columns_of(s, o, *TEXTS)[:2]
    ],
)
drift(
    "ac-any-media",
    "acceptance",
    "cosmetic",
    "Whatever Content-Type says, the body is read as JSON.",
    on=where(rows, in_body),
    expects=("status", "status class"),
    make=asked_otherwise(lambda s, a: a.with_headers(content_type="application/json") if a.body else a),
    shows=say({}, headers={"content-type": "text/plain"}),
)
drift(
    "ac-size-required",
    "acceptance",
    "breaking",
    "Every list and search must say its page size, or is refused.",
    on=where(rows, in_body),
    expects=("status class", "status", "default"),
    make=refused(lambda s, a: isinstance(a.json, dict) and not any(n in a.json for n in a.operation.paging.sizes)),
    shows=say({}),
)
