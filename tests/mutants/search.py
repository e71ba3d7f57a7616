"""Mutants of searches: conditions that are ignored or misread, NULLs that count as values, orders that are none."""

# ruff: noqa: ARG005, PLW0108  a fault's functions take what they are given, and may stand below it

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mockserver.store.values import Kind, kind_of
from tests.mutants.choose import (
    at,
    body_otherwise,
    one,
    one_entity,
    put,
    rows_of,
    searches,
    sized,
    where,
    whole,
    with_inputs,
)
from tests.mutants.hook import Around, Ask, Asked, Server, Talk, Told
from tests.mutants.registry import mutant
from tests.mutants.walks import path_of

FILTER, NULLS, ORDER = ("filter",), ("null-logic", "filter"), ("order",)
Clause = Callable[[Server, str, str, Any], "dict[str, Any] | None"]


def walked(node: Any, change: Callable[[str, dict[str, Any]], Any]) -> Any:
    """A `where` in which each `{column: {operators}}` was given to `change`; what comes back stands in its place."""
    if isinstance(node, list):
        return [walked(part, change) for part in node]
    if not isinstance(node, dict):
        return node
    made: dict[str, Any] = {}
    also: list[Any] = []
    for name, value in node.items():
        if name in ("_and", "_or", "_not") or not isinstance(value, dict):
            made[name] = walked(value, change)
        elif any(key.startswith("_") and key not in ("_and", "_or", "_not") for key in value):
            changed = change(name, value)
            if isinstance(changed, dict) and set(changed) == {"_or"}:
                also.append(changed)
            elif changed is not None:
                made[name] = changed
        else:
            made[name] = walked(value, change)
    return {"_and": [*([made] if made else []), *also]} if also else made


def where_otherwise(change: Callable[[Server, str, dict[str, Any]], Any]) -> Callable[[Server], Around]:
    """A fault of comparisons: what stands under a column is taken for something else; None: it is ignored."""

    def changed(server: Server, asked: Asked, body: dict[str, Any]) -> Any:
        if not body.get("where"):
            return None
        return {**body, "where": walked(body["where"], lambda name, ops: change(server, name, ops))}

    return body_otherwise(changed)


def renamed(**names: str | None) -> Callable[[Server, str, dict[str, Any]], Any]:
    """Operators that are taken for others, or ignored (None)."""

    def change(_server: Server, _name: str, ops: dict[str, Any]) -> Any:
        made = {names.get(op, op): value for op, value in ops.items() if names.get(op, op) is not None}
        return made or None

    return change


def logic(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Callable[[Server], Around]:
    """A fault of `_and`, `_or`, `_not` at any depth."""

    def deep(node: Any) -> Any:
        if isinstance(node, list):
            return [deep(part) for part in node]
        return change({name: deep(value) for name, value in node.items()}) if isinstance(node, dict) else node

    return body_otherwise(lambda s, a, body: {**body, "where": deep(body["where"])} if body.get("where") else None)


# -- conversations --


def columns_of(server: Server, operation: Any, *kinds: Kind) -> list[str]:
    """The stored columns of an operation's entity of some kinds, best filled ones with NULLs among them first."""
    entity = server.model[str(operation.entity)]
    held = server.store.all(entity.name)
    known = [n for n, f in entity.fields.items() if kind_of(f.type, f.format) in kinds and n != entity.key]
    filled = {n: sum(row.get(n) is not None for row in held) for n in known}
    return sorted((n for n in known if filled[n]), key=lambda n: (filled[n] == len(held), -filled[n]))


def values_of(server: Server, operation: Any, name: str) -> list[Any]:
    """The values of a column, each once."""
    held = (row.get(name) for row in server.store.all(str(operation.entity)))
    return list(dict.fromkeys(value for value in held if value is not None))


def search(talk: Talk, server: Server, operation: Any, **said: Any) -> Told:
    """Ask a search for up to a hundred rows."""
    return talk.send(operation.method, path_of(server, operation), {operation.paging.size: 100, **said})


def asking(make: Callable[[str, list[Any]], Any], *kinds: Kind) -> Callable[[Talk, Server, Any], None]:
    """Conversations of one condition for each column of some kinds."""

    def shows(talk: Talk, server: Server, on: Any) -> None:
        for operation in on:
            for name in columns_of(server, operation, *kinds)[:6]:
                search(talk, server, operation, where=make(name, values_of(server, operation, name)))

    return shows


def ordering(direction: str, *kinds: Kind) -> Callable[[Talk, Server, Any], None]:
    """Conversations that sort by each column of some kinds."""

    def shows(talk: Talk, server: Server, on: Any) -> None:
        for operation in on:
            for name in columns_of(server, operation, *kinds)[:6]:
                search(talk, server, operation, orderBy=[{name: direction}])

    return shows


TEXTS, NUMBERS = (Kind.TEXT,), (Kind.INTEGER, Kind.NUMBER)
EACH = (*TEXTS, *NUMBERS, Kind.TIMESTAMP, Kind.BOOLEAN)


def with_nulls(server: Server, operation: Any) -> bool:
    """Whether a column of the entity is NULL in some rows only."""
    held = server.store.all(str(operation.entity))
    return any(any(row.get(n) is None for row in held) for n in columns_of(server, operation, *EACH))


def with_copies(server: Server, operation: Any) -> bool:
    """Whether a search may go through a to-one relation."""
    return any(
        not r.many and server.store.count(r.target) for r in server.model[str(operation.entity)].relations.values()
    )


# -- filters --

mutant(
    "where-ignored",
    "filter",
    "A search does not heed `where`.",
    on=one_entity(searches),
    expects=FILTER,
    make=body_otherwise(lambda s, a, b: {n: v for n, v in b.items() if n != "where"} if "where" in b else None),
    shows=asking(lambda n, v: {n: {"_eq": v[0]}}, *EACH),
)
mutant(
    "operator-ignored",
    "filter",
    "One operator, `_gt`, is not heeded.",
    on=searches,
    expects=FILTER,
    make=where_otherwise(renamed(_gt=None)),
    shows=asking(lambda n, v: {n: {"_gt": sorted(v)[len(v) // 2]}}, *EACH),
)
mutant(
    "field-ignored",
    "filter",
    "One column of one search is not heeded.",
    on=one(searches),
    expects=FILTER,
    hard=True,
    make=where_otherwise(lambda s, n, ops: None if n == _unlucky(s) else ops),
    shows=asking(lambda n, v: {n: {"_eq": v[0]}}, *TEXTS),
)


def _unlucky(server: Server) -> str:
    [operation] = one(searches)(server)
    names = columns_of(server, operation, *TEXTS)
    return names[server.dice(min(6, len(names)))] if names else "name"


mutant(
    "field-unknown-ignored",
    "filter",
    "A condition on a field that does not exist is passed over without a word.",
    on=searches,
    expects=("negative_data_rejection", "filter"),
    make=where_otherwise(
        lambda s, n, ops: ops if any(n in e.fields or n in e.copies for e in s.model.entities.values()) else None
    ),
    shows=lambda talk, server, on: [search(talk, server, o, where={"noSuchField": {"_eq": 1}}) for o in on[:2]],
)
mutant(
    "neq-null-matches",
    "NULL",
    "`_neq` also finds rows in which the column is NULL.",
    on=where(searches, with_nulls),
    expects=NULLS,
    hard=True,
    make=where_otherwise(lambda s, n, ops: {"_or": [{n: ops}, {n: {"_is_null": True}}]} if "_neq" in ops else ops),
    shows=asking(lambda n, v: {n: {"_neq": v[0]}}, *EACH),
)
mutant(
    "nin-null-matches",
    "NULL",
    "`_nin` also finds rows in which the column is NULL.",
    on=one_entity(where(searches, with_nulls)),
    expects=NULLS,
    hard=True,
    make=where_otherwise(lambda s, n, ops: {"_or": [{n: ops}, {n: {"_is_null": True}}]} if "_nin" in ops else ops),
    shows=asking(lambda n, v: {n: {"_nin": v[:1]}}, *EACH),
)
mutant(
    "is-null-always",
    "NULL",
    "`_is_null: false` finds every row.",
    on=where(searches, with_nulls),
    expects=NULLS,
    make=where_otherwise(lambda s, n, ops: None if ops.get("_is_null") is False else ops),
    shows=asking(lambda n, v: {n: {"_is_null": False}}, *EACH),
)
mutant(
    "ilike-case",
    "filter",
    "`_ilike` minds the case.",
    on=searches,
    expects=FILTER,
    make=where_otherwise(renamed(_ilike="_like")),
    shows=asking(lambda n, v: {n: {"_ilike": f"%{str(v[0]).swapcase()}%"}}, *TEXTS),
)
mutant(
    "like-underscore",
    "filter",
    "`_` in a LIKE pattern stands for itself instead of any character.",
    on=searches,
    expects=FILTER,
    hard=True,
    make=where_otherwise(
        lambda s, n, ops: {
            op: v.replace("_", "\\_") if op in ("_like", "_ilike") and isinstance(v, str) else v
            for op, v in ops.items()
        }
    ),
    shows=asking(lambda n, v: {n: {"_like": f"_{str(v[0])[1:]}"}}, *TEXTS),
)
mutant(
    "like-contains",
    "filter",
    "A LIKE pattern without `%` finds texts that merely contain it.",
    on=one_entity(searches),
    expects=FILTER,
    hard=True,
    make=where_otherwise(lambda s, n, ops: {op: f"%{v}%" if op in ("_like", "_ilike") else v for op, v in ops.items()}),
    shows=asking(lambda n, v: {n: {"_like": str(v[0])[1:3]}}, *TEXTS),
)
mutant(
    "regex-anchored",
    "filter",
    "`_regex` only matches from the beginning of a text.",
    on=searches,
    expects=FILTER,
    hard=True,
    make=where_otherwise(lambda s, n, ops: {op: f"^(?:{v})" if op == "_regex" else v for op, v in ops.items()}),
    shows=asking(lambda n, v: {n: {"_regex": str(v[0])[1:4] or "x"}}, *TEXTS),
)
mutant(
    "in-empty-all",
    "filter",
    "`_in: []` finds every row instead of none.",
    on=searches,
    expects=FILTER,
    make=where_otherwise(lambda s, n, ops: None if ops.get("_in") == [] else ops),
    shows=asking(lambda n, v: {n: {"_in": []}}, *EACH),
)
mutant(
    "in-first-only",
    "filter",
    "`_in` heeds the first of its values only.",
    on=one_entity(searches),
    expects=FILTER,
    hard=True,
    make=where_otherwise(lambda s, n, ops: {op: v[:1] if op == "_in" else v for op, v in ops.items()}),
    shows=asking(lambda n, v: {n: {"_in": v[:3]}}, *EACH),
)
mutant(
    "gte-excludes",
    "filter",
    "`_gte` leaves out the boundary.",
    on=one_entity(searches),
    expects=FILTER,
    hard=True,
    make=where_otherwise(renamed(_gte="_gt")),
    shows=asking(lambda n, v: {n: {"_gte": v[0]}}, *NUMBERS, Kind.TIMESTAMP),
)
mutant(
    "lt-includes",
    "filter",
    "`_lt` takes in the boundary.",
    on=one_entity(searches),
    expects=FILTER,
    hard=True,
    make=where_otherwise(renamed(_lt="_lte")),
    shows=asking(lambda n, v: {n: {"_lt": v[0]}}, *NUMBERS, Kind.TIMESTAMP),
)
mutant(
    "time-by-day",
    "filter",
    "Times are compared by their day only.",
    on=searches,
    expects=FILTER,
    hard=True,
    make=where_otherwise(
        lambda s, n, ops: {
            op: f"{v[:10]}T00:00:00Z" if isinstance(v, str) and "T" in v[10:11] else v for op, v in ops.items()
        }
    ),
    shows=asking(lambda n, v: {n: {"_gt": v[0]}}, Kind.TIMESTAMP),
)
mutant(
    "or-as-and",
    "filter",
    "`_or` is taken for `_and`.",
    on=searches,
    expects=FILTER,
    make=logic(lambda n: {("_and" if k == "_or" else k): v for k, v in n.items()} if "_and" not in n else n),
    shows=asking(lambda n, v: {"_or": [{n: {"_eq": v[0]}}, {n: {"_eq": v[-1]}}]}, *EACH),
)
mutant(
    "keys-as-or",
    "filter",
    "Several columns in one object are joined by OR instead of AND.",
    on=one_entity(searches),
    expects=FILTER,
    hard=True,
    make=logic(
        lambda n: {"_or": [{k: v} for k, v in n.items()]} if len(n) > 1 and not any(k.startswith("_") for k in n) else n
    ),
    shows=asking(lambda n, v: {n: {"_eq": v[0]}, "id": {"_gt": 1005}}, *EACH),
)
mutant(
    "not-ignored",
    "filter",
    "`_not` within another condition is passed over.",
    on=one_entity(searches),
    expects=("filter-not", *FILTER),
    make=logic(lambda n: {k: v for k, v in n.items() if k != "_not"}),
    shows=asking(lambda n, v: {"_not": {n: {"_eq": v[0]}}}, *EACH),
)
mutant(
    "second-operator-lost",
    "filter",
    "Of two operators on one column only the first counts.",
    on=one_entity(searches),
    expects=FILTER,
    hard=True,
    make=where_otherwise(lambda s, n, ops: dict(list(ops.items())[:1])),
    shows=asking(lambda n, v: {n: {"_gte": min(v), "_lt": sorted(v)[len(v) // 2]}}, *NUMBERS, Kind.TIMESTAMP),
)


@mutant(
    "not-takes-nulls",
    "NULL",
    "`_not` gives every row that the condition does not find, NULLs included.",
    on=one_entity(where(searches, with_nulls)),
    expects=("filter-not", *NULLS),
    hard=True,
    shows=asking(lambda n, v: {"_not": {n: {"_eq": v[0]}}}, *EACH),
)
def _complement(server: Server) -> Around:
    async def around(asked: Asked, ask: Ask) -> Told:
        body = asked.json
        node = body.get("where") if isinstance(body, dict) else None
        if not isinstance(node, dict) or list(node) != ["_not"] or asked.operation is None:
            return await ask(asked)
        found = await whole(with_inputs(asked, where=node["_not"]), ask)
        key = server.model[str(asked.operation.entity)].key
        ids = [row.get(key) for row in rows_of(asked.operation, found.json)]
        return await ask(with_inputs(asked, where={key: {"_nin": ids}}) if found.good else asked)

    return around


@mutant(
    "relation-ignored",
    "filter",
    "A condition on a related row is passed over.",
    on=where(searches, with_copies),
    expects=FILTER,
    shows=lambda talk, server, on: _related(talk, server, on),
)
def _relations(server: Server) -> Around:
    async def around(asked: Asked, ask: Ask) -> Told:
        body = asked.json
        node = body.get("where") if isinstance(body, dict) else None
        if not isinstance(node, dict) or asked.operation is None:
            return await ask(asked)
        relations = server.model[str(asked.operation.entity)].relations
        return await ask(with_inputs(asked, where={n: v for n, v in node.items() if n not in relations}))

    return around


def _related(talk: Talk, server: Server, on: Any) -> None:
    for operation in on[:6]:
        for name, relation in server.model[str(operation.entity)].relations.items():
            key = server.model[relation.target].key
            keys = [row[key] for row in server.store.all(relation.target)]
            if keys and isinstance(keys[0], int):
                search(talk, server, operation, where={name: {key: {"_gt": sorted(keys)[len(keys) // 2]}}})


# -- orders --


def order_otherwise(change: Callable[[list[Any]], list[Any]]) -> Callable[[Server], Around]:
    """A fault of `orderBy`."""
    return body_otherwise(
        lambda s, a, b: {**b, "orderBy": change(b["orderBy"])} if isinstance(b.get("orderBy"), list) else None
    )


def resorted(kinds: tuple[Kind, ...], key: Callable[[Any], Any]) -> Callable[[Server], Around]:
    """A fault of sorting: columns of some kinds are sorted by something else than their value."""

    def make(server: Server) -> Around:
        async def around(asked: Asked, ask: Ask) -> Told:
            told = await ask(asked)
            body = asked.json
            step = body.get("orderBy") if isinstance(body, dict) else None
            if (
                not told.good
                or not isinstance(step, list)
                or not step
                or not isinstance(step[0], dict)
                or asked.operation is None
            ):
                return told
            name, direction = next(iter(step[0].items()))
            if name not in columns_of(server, asked.operation, *kinds):
                return told
            found = rows_of(asked.operation, (await whole(asked, ask)).json)
            known = [row for row in found if row.get(name) is not None]
            known.sort(key=lambda row: key(row[name]), reverse=str(direction).startswith("desc"))
            size, skip = sized(asked)
            mixed = [*known, *(row for row in found if row.get(name) is None)]
            made: Told = told.with_json(put(told.json, asked.operation.shape.rows or (), mixed[skip : skip + size]))
            return made

        return around

    return make


def _flipped(step: Any) -> Any:
    return {n: "asc" if v == "desc" else v for n, v in step.items()} if isinstance(step, dict) else step


mutant(
    "order-ignored",
    "order",
    "`orderBy` is not heeded.",
    on=one_entity(searches),
    expects=ORDER,
    make=body_otherwise(lambda s, a, b: {n: v for n, v in b.items() if n != "orderBy"} if "orderBy" in b else None),
    shows=ordering("desc", *EACH),
)
mutant(
    "order-desc-ignored",
    "order",
    "`desc` sorts upwards.",
    on=searches,
    expects=ORDER,
    make=order_otherwise(lambda steps: [_flipped(step) for step in steps]),
    shows=ordering("desc", *EACH),
)
mutant(
    "order-second-ignored",
    "order",
    "Of several steps of `orderBy` only the first counts.",
    on=searches,
    expects=ORDER,
    hard=True,
    make=order_otherwise(lambda steps: steps[:1]),
    shows=lambda talk, server, on: [
        search(talk, server, o, orderBy=[{n: "asc"}, {server.model[o.entity].key: "desc"}])
        for o in on[:8]
        for n in columns_of(server, o, *EACH)
    ],
)
mutant(
    "order-last-first",
    "order",
    "The last step of `orderBy` counts most.",
    on=one_entity(searches),
    expects=ORDER,
    hard=True,
    make=order_otherwise(lambda steps: steps[::-1]),
    shows=lambda talk, server, on: [
        search(talk, server, o, orderBy=[{n: "asc"}, {server.model[o.entity].key: "desc"}])
        for o in on
        for n in columns_of(server, o, *EACH)
    ],
)
mutant(
    "order-by-length",
    "order",
    "Texts are sorted by their length.",
    on=searches,
    expects=ORDER,
    make=resorted(TEXTS, len),
    shows=ordering("asc", *TEXTS),
)
mutant(
    "order-numbers-as-text",
    "order",
    "Numbers are sorted as texts: 1000 before 9.",
    on=searches,
    expects=ORDER,
    hard=True,
    make=resorted(NUMBERS, str),
    shows=ordering("asc", *NUMBERS),
)
mutant(
    "order-page-only",
    "order",
    "Only the rows of the page are sorted, not all of them.",
    on=one_entity(searches),
    expects=ORDER,
    hard=True,
    make=lambda s: _page_sorted,
    shows=lambda talk, server, on: [
        talk.send(o.method, path_of(server, o), {o.paging.size: 4, "orderBy": [{server.model[o.entity].key: "desc"}]})
        for o in on
    ],
)


async def _page_sorted(asked: Asked, ask: Ask) -> Told:
    told = await ask(asked)
    body = asked.json
    if not told.good or asked.operation is None or not isinstance(body, dict) or not body.get("orderBy"):
        return told
    page = await ask(with_inputs(asked, orderBy=None))
    path = asked.operation.shape.rows or ()
    everything = at((await whole(asked, ask)).json, path) or []
    mine = at(page.json, path) or []
    made: Told = told.with_json(put(told.json, path, [row for row in everything if row in mine]))
    return made
