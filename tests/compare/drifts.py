"""Drifts of our own: each changes what one side answers, as another version of the server would."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Literal

from mockserver.exchanges import Exchange, Reply
from tests.compare.program import Change, with_body, with_reply

Row = dict[str, Any]


def on(operation: str, change: Callable[[Exchange], Exchange], statuses: str = "2") -> Change:
    """The change for the answers of one operation (a regular expression over its label)."""

    def apply(exchange: Exchange) -> Exchange:
        reply = exchange.reply
        if reply is None or not re.search(operation, exchange.operation) or str(reply.status)[0] not in statuses:
            return exchange
        return change(exchange)

    return apply


def rows(change: Callable[[Row], Row | None]) -> Callable[[Exchange], Exchange]:
    """Change each object that has an `id`, wherever it stands."""

    def walk(value: Any) -> Any:
        if isinstance(value, dict):
            below = {name: walk(part) for name, part in value.items()}
            return change(below) if "id" in below else below
        return [walk(part) for part in value] if isinstance(value, list) else value

    return lambda exchange: with_body(exchange, walk(exchange.reply.json() if exchange.reply else None))


def body(change: Callable[[Any], Any]) -> Callable[[Exchange], Exchange]:
    """Change the whole body."""
    return lambda exchange: with_body(exchange, change(exchange.reply.json() if exchange.reply else None))


def text(pattern: str, by: str | Callable[[re.Match[str]], str]) -> Callable[[Exchange], Exchange]:
    """Change the text of a body."""

    def change(exchange: Exchange) -> Exchange:
        found = exchange.reply.body.decode() if exchange.reply else ""
        return with_reply(exchange, body=re.sub(pattern, by, found).encode())

    return change


def header(name: str, value: str | None) -> Callable[[Exchange], Exchange]:
    """Set a header, or take it away."""

    def change(exchange: Exchange) -> Exchange:
        kept = tuple((k, v) for k, v in (exchange.reply.headers if exchange.reply else ()) if k.lower() != name.lower())
        return with_reply(exchange, headers=kept + (((name, value),) if value is not None else ()))

    return change


def field(name: str, change: Callable[[Any], Any]) -> Callable[[Exchange], Exchange]:
    """Change one property of each row that has it."""
    return rows(lambda row: {**row, name: change(row[name])} if row.get(name) is not None else row)


def without(name: str) -> Callable[[Exchange], Exchange]:
    """Take a property away from each row."""
    return rows(lambda row: {k: v for k, v in row.items() if k != name})


def named(rows_of: str, change: Callable[[list[Row]], list[Row]]) -> Callable[[Exchange], Exchange]:
    """Change the list of rows under a name."""
    return body(lambda b: {**b, rows_of: change(b[rows_of])})


def _wide(name: str, form: Literal["NFC", "NFD"]) -> str:
    return unicodedata.normalize(form, name.replace("a", "á"))


def _swap_first(found: list[Row]) -> list[Row]:
    return [*reversed(found[:6]), *found[6:]] if len(found) > 3 else found


def _slow(exchange: Exchange) -> Exchange:
    return replace(exchange, took=exchange.took + 0.4)


def _status(status: int, new: Any = None) -> Callable[[Exchange], Exchange]:
    def change(exchange: Exchange) -> Exchange:
        return with_reply(exchange, status=status, **({} if new is None else {"body": json.dumps(new).encode()}))

    return change


def _page_from_one(exchange: Exchange) -> Exchange:
    asked = json.loads(exchange.request.body or b"{}")
    if asked.get("page") != 1:
        return exchange
    found = exchange.reply.json() if exchange.reply else {}
    found["clients"] = found["clients"][1:] + found["clients"][:1]
    return with_body(exchange, found)


def _wrong_location(exchange: Exchange) -> Exchange:
    return with_reply(
        exchange, status=201, headers=(*(exchange.reply.headers if exchange.reply else ()), ("Location", "/x"))
    )


def _all_rows(exchange: Exchange) -> Exchange:
    asked = json.loads(exchange.request.body or b"{}")
    found = exchange.reply.json() if exchange.reply else {}
    if "where" in asked:
        found["clients"] = [{**row, "id": 5} for row in found["clients"][:1]] + found["clients"][1:]
    return with_body(exchange, found)


def _default_25(exchange: Exchange) -> Exchange:
    found = exchange.reply.json() if exchange.reply else {}
    if json.loads(exchange.request.body or b"{}") == {}:
        found["invoices"] = found["invoices"][:25]
    return with_body(exchange, found)


def _gone(exchange: Exchange) -> Exchange:
    return replace(exchange, reply=None, failure="the connection was closed")


def _html(exchange: Exchange) -> Exchange:
    return with_reply(exchange, body=b"<html><body>Busy</body></html>")


DRIFTS: dict[str, tuple[str, Change]] = {
    "a property is gone from every row": ("property missing", on("invoices$", without("dueDate"))),
    "a property is gone from the detail only": ("property missing", on("GET /gql/v1/invoice/", without("currency"))),
    "the count is gone": ("property missing", on("POST /gql/v1/clients$", body(lambda b: {"clients": b["clients"]}))),
    "a new property": ("property extra", on("staff$", rows(lambda row: {**row, "avatar": "x"}))),
    "null where it was absent": (
        "null",
        on(
            "POST /gql/v1/invoices",
            rows(lambda row: {"reference": None, "notes": None, **row} if "totalAmount" in row else row),
        ),
    ),
    "ids as texts": ("type", on("payment", field("clientId", str))),
    "amounts as texts": ("type", on("invoices", field("totalAmount", lambda v: f"{v:.2f}"))),
    "a list becomes an object": ("type", on("catalog", body(lambda b: {**b, "data": {"entityTypes": {"a": 1}}}))),
    "whole amounts without a point": ("number form", on("invoices", text(r"(\d)\.0(?=[,}])", r"\1"))),
    "amounts with two decimals": ("number form", on("invoices", text(r"(?<=\d)\.(\d)(?=[,}])", r".\g<1>0"))),
    "numbers beyond 2^53": (
        "number form",
        on("payments", text(r'"invoiceId":(\d+)', r'"invoiceId":90071992547409\g<1>')),
    ),
    "moments with an offset": ("format", on("invoices", text(r"(\d\d:\d\d:\d\d)Z", r"\1+00:00"))),
    "moments without zone": ("format", on("/clients", text(r"(\d\d:\d\d:\d\d)Z", r"\1"))),
    "moments as dates": ("format", on("wip", text(r"T\d\d:\d\d:\d\dZ", ""))),
    "moments with milliseconds": ("precision", on("staff", text(r"(\d\d:\d\d:\d\d)Z", r"\1.000Z"))),
    "amounts rounded": ("precision", on("wip", text(r"(\d+)\.\d+(?=[,}])", r"\1.0"))),
    "names padded": ("format", on("clients", field("name", lambda v: f"{v} "))),
    "emails in capitals": ("format", on("staff", field("email", str.upper))),
    "an enum in lower case": ("enum value", on("invoices$", field("status", str.lower))),
    "a status renamed": (
        "enum value",
        on("projects$", field("status", lambda v: "RUNNING" if v == "IN_PROGRESS" else v)),
    ),
    "texts cut": ("length", on("wip$", field("description", lambda v: v[:20]))),
    "another order": ("order", on("POST /gql/v1/clients$", named("clients", _swap_first))),
    "an order ignored": ("order", on("POST /gql/v1/staff/search", named("staff", _swap_first))),
    "the page size ignored": ("paging", on("POST /gql/v1/offices", body(lambda b: {**b, "offices": b["offices"] * 2}))),
    "pages begin elsewhere": ("paging", on("POST /gql/v1/clients$", _page_from_one)),
    "a smaller page by default": ("default", on("POST /gql/v1/invoices$", _default_25)),
    "the count is that of the page": (
        "count",
        on("POST /gql/v1/invoices$", body(lambda b: {**b, "total": {"aggregate": {"count": len(b["invoices"])}}})),
    ),
    "a filter ignored": ("filter", on("POST /gql/v1/clients/search", _all_rows)),
    "errors in another envelope": ("error shape", on("GET /gql/v1/client/", body(lambda b: {"errors": [b]}), "4")),
    "errors without details": (
        "error shape",
        on("clients$", body(lambda b: {k: v for k, v in b.items() if k != "details"}), "4"),
    ),
    "errors in other words": (
        "error text",
        on("GET /gql/v1/(client|staff)/", body(lambda b: {**b, "message": "It failed."} if "message" in b else b), "4"),
    ),
    "an error's code renamed": (
        "error shape",
        on("POST /gql/v1/staff", body(lambda b: {**b, "code": "BAD"} if "code" in b else b), "4"),
    ),
    "a refusal taken": ("acceptance", on("POST /gql/v1/services$", _status(200, {"services": []}), "4")),
    "an order refused": ("acceptance", on("POST /gql/v1/services/search", _status(422, {"code": "X", "message": "x"}))),
    "404 becomes 200 with null": (
        "status class",
        on("GET /gql/v1/office/", lambda e: _status(200, None)(e) if e.reply and e.reply.status == 404 else e, "4"),
    ),
    "404 becomes 410": (
        "status",
        on("GET /gql/v1/office/", lambda e: _status(410)(e) if e.reply and e.reply.status == 404 else e, "4"),
    ),
    "200 becomes 201": ("status", on("catalog", _status(201))),
    "401 becomes 403": (
        "auth",
        on("POST /gql/v1/staff$", lambda e: _status(403)(e) if e.reply and e.reply.status == 401 else e, "4"),
    ),
    "another challenge": ("auth", on("POST /gql/v1/jobs", header("WWW-Authenticate", "Basic realm=x"), "4")),
    "no challenge": ("header missing", on("POST /gql/v1/jobs", header("WWW-Authenticate", None), "4")),
    "another header": ("header extra", on("industries", header("X-Powered-By", "Express"))),
    "another cache": ("header extra", on("industries", header("Cache-Control", "max-age=60"))),
    "another media type": ("media type", on("departments", header("Content-Type", "text/plain"))),
    "another charset": ("encoding", on("departments", header("Content-Type", "application/json; charset=iso-8859-1"))),
    "a redirect": ("redirect", on("GET /gql/v1/staff/", lambda e: with_reply(e, status=301, body=b""))),
    "server errors": ("status class", on("GET /gql/v1/wip/", _status(500, {"code": "X", "message": "x"}))),
    "another row than asked for": ("referential", on("GET /gql/v1/contact/", text(r'^\{"id":(\d+)', r'{"id":7\1'))),
    "a name of another row": (
        "referential",
        on("POST /gql/v1/projects$", field("clientName", lambda _: "Nobody & Co")),
    ),
    "Location names no row": ("header extra", on("POST /api/v1/event-subscriptions$", _wrong_location)),
    "another default of what is made": (
        "default",
        on("POST /api/v1/event-subscriptions$", text('"active":true', '"active":false')),
    ),
    "what is written is not kept": (
        "value",
        on("GET /api/v1/event-subscriptions/{id}$", text("Ours, changed", "Ours")),
    ),
    "what is written is shown otherwise": (
        "value",
        on("POST /api/v1/event-subscriptions$", text('"name":"Ours"', '"name":"ours"')),
    ),
    "another word around the rows": ("value", on("records/types", text('"version":"v1"', '"version":"v2"'))),
    "slower": ("latency", on("GET /gql/v1/invoice/", _slow)),
    "a key twice": (
        "duplicate keys",
        on("POST /gql/v1/staff$", text(r'"lastName":("[^"]*")', r'"lastName":\1,"lastName":\1')),
    ),
    "keys sorted": (
        "key order",
        on("POST /gql/v1/staff$", body(lambda b: {**b, "staff": [dict(sorted(row.items())) for row in b["staff"]]})),
    ),
    "letters decomposed": ("unicode form", on("contacts", field("lastName", lambda v: _wide(v, "NFD")))),
    "UTF-8 read as Latin-1": ("encoding", on("contacts", field("lastName", lambda v: v + "Ã©"))),
    "escaped for HTML": ("encoding", on("POST /gql/v1/clients", field("name", lambda v: v.replace("a", "&amp;")))),
    "a byte order mark": (
        "encoding",
        on("jobs$", lambda e: with_reply(e, body=b"\xef\xbb\xbf" + (e.reply or Reply(0)).body)),
    ),
    "indented": (
        "encoding",
        on("jobs$", lambda e: with_reply(e, body=json.dumps(e.reply and e.reply.json(), indent=1).encode())),
    ),
    "no JSON": ("body", on("job_templates$", _html)),
    "nothing": ("body", on("job_templates$", lambda e: with_reply(e, body=b""))),
    "no answer": ("transport", on("service_lines$", _gone)),
}
