"""Unseen drifts of searches: the order of what is found, and which rows are."""

# ruff: noqa: ARG005  a drift's functions take what they are given

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from mockserver.bundle.operations import Role
from mockserver.store.values import Kind
from tests.mutants.choose import (
    at,
    body_otherwise,
    columns,
    has,
    is_number,
    lists,
    one_entity,
    put,
    searches,
    sized,
    where,
    whole,
)
from tests.mutants.hook import Around, Ask, Asked, Server, Told
from tests.mutants.search import (
    EACH,
    NUMBERS,
    TEXTS,
    asking,
    columns_of,
    logic,
    ordering,
    renamed,
    search,
    where_otherwise,
    with_nulls,
)
from tests.mutants.walks import path_of
from tests.unseen.changes import TIME, directions, inputs_named, more_than, relist, text_names
from tests.unseen.registry import Make, drift

# Who leaves rows out tells another count too, and so is rightly told as a drift of filters.
FOUND = ("referential", "length", "paging", "search")


def resorted(heeds: Callable[[Server, str, list[Any]], bool], key: Callable[[Any], str]) -> Make:
    """A drift of how the first column of `orderBy` sorts, where `heeds` says that the column is of that kind."""

    def make(server: Server) -> Around:
        async def around(asked: Asked, ask: Ask) -> Told:
            told = await ask(asked)
            order = asked.json.get("orderBy") if isinstance(asked.json, dict) else None
            if not told.good or not order or not isinstance(order[0], dict):
                return told
            name, way = next(iter(order[0].items()))
            place = asked.operation.shape.rows
            found = at((await whole(asked, ask)).json, place)
            if not found or not isinstance(way, str) or not heeds(server, name, found):
                return told
            down = way.startswith("desc")
            some = sorted((r for r in found if r.get(name) is not None), key=lambda r: key(r[name]), reverse=down)
            none = [r for r in found if r.get(name) is None]
            size, skip = sized(asked)
            return told.with_json(put(told.json, place, (none + some if down else some + none)[skip : skip + size]))

        return around

    return make


def _all_numbers(_server: Server, name: str, found: list[Any]) -> bool:
    return all(isinstance(r.get(name, 0), int | float) or r.get(name) is None for r in found)


def _all_texts(server: Server, name: str, found: list[Any]) -> bool:
    return name in text_names(server) and any(name in r for r in found)


def _without_signs(value: Any) -> str:
    return re.sub(r"[^0-9a-z]", "", str(value).lower())


def _caseless(server: Server, name: str, ops: dict[str, Any]) -> dict[str, Any]:
    value = ops.get("_eq")
    if not isinstance(value, str) or name not in text_names(server):
        return ops
    return {**{op: v for op, v in ops.items() if op != "_eq"}, "_ilike": re.sub(r"([\\%_])", r"\\\1", value)}


def _two_valued(node: dict[str, Any]) -> dict[str, Any]:
    inner = node.get("_not")
    names = [n for n in inner if not n.startswith("_")] if isinstance(inner, dict) else []
    if len(names) != 1 or not isinstance(inner[names[0]], dict) or not all(k.startswith("_") for k in inner[names[0]]):
        return node
    rest = {k: v for k, v in node.items() if k not in ("_not", "_and")}
    also = {"_or": [{"_not": inner}, {names[0]: {"_is_null": True}}]}
    return {**rest, "_and": [*node.get("_and", []), also]}


def _earlier(text: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    if len(text) <= 10:
        return (moment - timedelta(days=1)).date().isoformat()
    return (moment - timedelta(seconds=1)).isoformat().replace("+00:00", "Z")


# -- order --
drift(
    "or-default-newest",
    "order",
    "breaking",
    "Lists come the other way round: what was first is last.",
    on=where(lists, more_than(3)),
    expects=("default",),
    make=relist(lambda f: f[::-1], count=False),
)
drift(
    "or-nulls",
    "order",
    "visible",
    "NULLs sort first ascending and last descending (another database), in all searches.",
    on=where(searches, with_nulls),
    hard=True,
    make=directions(lambda d: {"asc": "asc_nulls_first", "desc": "desc_nulls_last"}.get(d, d)),
    shows=ordering("asc", *EACH),
)
drift(
    "or-second-key",
    "order",
    "visible",
    "Searches heed the first key of orderBy only.",
    on=searches,
    make=body_otherwise(
        lambda s, a, b: (
            {**b, "orderBy": b["orderBy"][:1]} if isinstance(b.get("orderBy"), list) and len(b["orderBy"]) > 1 else None
        )
    ),
    shows=lambda t, s, on: [
        search(t, s, o, orderBy=[{n: "asc"}, {"id": "desc"}])
        for o in on[:6]
        for n in columns_of(s, o, *TEXTS)[:4]
        if "id" in columns(s, o)
    ],
)
drift(
    "or-number-as-text",
    "order",
    "breaking",
    "One entity's search sorts amounts as text: 1000 before 200.",
    on=one_entity(where(searches, has(is_number))),
    make=resorted(_all_numbers, str),
    shows=ordering("asc", Kind.NUMBER),
)
drift(
    "or-desc-ignored",
    "order",
    "breaking",
    "One entity's search always sorts ascending.",
    on=one_entity(searches),
    make=directions(lambda _d: "asc"),
    shows=ordering("desc", *EACH),
)
drift(
    "or-collation",
    "order",
    "visible",
    "Texts sort by a collation that passes over spaces, hyphens and other signs, in all searches.",
    on=searches,
    hard=True,
    make=resorted(_all_texts, _without_signs),
    shows=lambda t, s, on: [search(t, s, o, orderBy=[{n: "asc"}]) for o in on for n in columns_of(s, o, *TEXTS)],
)

# -- count --
drift(
    "fl-gte-open",
    "count",
    "breaking",
    "`_gte` and `_lte` leave the boundary out, in one entity's search.",
    on=one_entity(searches),
    hard=True,
    expects=FOUND,
    make=where_otherwise(renamed(_gte="_gt", _lte="_lt")),
    shows=asking(lambda n, v: {n: {"_gte": v[0]}}, *NUMBERS, Kind.TIMESTAMP),
)
drift(
    "fl-ilike-case",
    "count",
    "breaking",
    "`_ilike` heeds the case in all searches.",
    on=searches,
    expects=FOUND,
    make=where_otherwise(renamed(_ilike="_like", _nilike="_nlike")),
    shows=asking(lambda n, v: {n: {"_ilike": str(v[0]).swapcase()}}, *TEXTS),
)
drift(
    "fl-escape",
    "count",
    "visible",
    "A backslash in a LIKE pattern no longer escapes `_` and `%`: it stands for itself.",
    on=searches,
    hard=True,
    expects=FOUND,
    make=where_otherwise(
        lambda s, n, ops: {
            op: v.replace("\\", "\\\\")
            if op.strip("_") in ("like", "ilike", "nlike", "nilike") and isinstance(v, str)
            else v
            for op, v in ops.items()
        }
    ),
    shows=lambda t, s, on: [
        search(t, s, o, where={n: {"_like": "%\\_%"}}) for o in on for n in columns_of(s, o, *TEXTS)[:8]
    ],
)
drift(
    "fl-eq-caseless",
    "count",
    "visible",
    "`_eq` on text pays no heed to the case: a caseless collation, in all searches.",
    on=searches,
    expects=FOUND,
    make=where_otherwise(_caseless),
    shows=asking(lambda n, v: {n: {"_eq": str(v[0]).swapcase()}}, *TEXTS),
)
drift(
    "fl-eq-trims",
    "count",
    "cosmetic",
    "`_eq` pays no heed to spaces at the end of a text, in all searches.",
    on=searches,
    hard=True,
    expects=FOUND,
    make=where_otherwise(
        lambda s, n, ops: {op: v.rstrip(" ") if op == "_eq" and isinstance(v, str) else v for op, v in ops.items()}
    ),
    shows=asking(lambda n, v: {n: {"_eq": f"{v[0]} "}}, *TEXTS),
)
drift(
    "fl-not-null",
    "count",
    "visible",
    "`_not` is two-valued in all searches: the negation of a comparison with NULL is true.",
    on=where(searches, with_nulls),
    hard=True,
    expects=FOUND,
    make=logic(_two_valued),
    shows=asking(lambda n, v: {"_not": {n: {"_eq": v[0]}}}, *EACH),
)
drift(
    "fl-or-empty",
    "count",
    "visible",
    "An empty `_or` finds everything instead of nothing.",
    on=searches,
    hard=True,
    expects=FOUND,
    make=logic(lambda n: {k: v for k, v in n.items() if not (k == "_or" and v == [])}),
    shows=lambda t, s, on: [search(t, s, o, where={"_or": []}) for o in on[:3]],
)
drift(
    "fl-regex-caseless",
    "count",
    "visible",
    "`_regex` pays no heed to the case in one entity's search.",
    on=one_entity(searches),
    hard=True,
    expects=FOUND,
    make=where_otherwise(renamed(_regex="_iregex")),
    shows=asking(lambda n, v: {n: {"_regex": str(v[0])[:4].swapcase()}}, *TEXTS),
)
drift(
    "fl-typed-ignored",
    "count",
    "breaking",
    "One list's own filter by client is not heeded.",
    on=one_entity(where(lists, lambda s, o: "clientId" in inputs_named(s, o) and o.role is Role.LIST)),
    expects=FOUND,
    make=body_otherwise(lambda s, a, b: {n: v for n, v in b.items() if n != "clientId"} if "clientId" in b else None),
    shows=lambda t, s, on: [
        t.send(o.method, path_of(s, o), {"clientId": r.get("clientId") or r.get("client_id")})
        for o in on
        for r in s.store.all(str(o.entity))[:3]
    ],
)
drift(
    "fl-end-exclusive",
    "count",
    "breaking",
    "The `endDate` of lists' filters is exclusive: what lies exactly on it is left out.",
    on=where(lists, lambda s, o: "endDate" in inputs_named(s, o)),
    hard=True,
    expects=FOUND,
    make=body_otherwise(
        lambda s, a, b: {**b, "endDate": _earlier(b["endDate"])} if isinstance(b.get("endDate"), str) else None
    ),
    shows=lambda t, s, on: [
        t.send(o.method, path_of(s, o), {"endDate": v})
        for o in on
        for r in s.store.all(str(o.entity))[:4]
        for n, v in r.items()
        if isinstance(v, str) and (TIME.match(v) or re.fullmatch(r"\d{4}-\d\d-\d\d", v))
    ],
)
