"""Mutants of what is taken: wrong data that is accepted, right data that is refused."""

# ruff: noqa: ARG005  a fault's functions take what they are given, and may stand below it

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from mockserver.bundle.operations import Role
from tests.mutants.choose import (
    asked_otherwise,
    body_otherwise,
    creates,
    in_body,
    inputs,
    one,
    paged,
    reads,
    rows,
    searches,
    where,
)
from tests.mutants.hook import Around, Ask, Asked, Server, Told
from tests.mutants.registry import mutant
from tests.mutants.status import failed
from tests.mutants.walks import body_of, path_of

NEGATIVE, POSITIVE = ("negative_data_rejection", "negative-data"), ("positive_data_acceptance", "positive-data")
BODIED = where(rows, in_body)
PAGED = where(BODIED, paged)
REFUSED = b'{"code":"INVALID","message":"invalid input"}'


def says(*values: Any) -> Callable[[Any, Server, Any], None]:
    """A conversation of bodies; a function makes one out of the operation."""

    def shows(talk: Any, server: Server, on: Any) -> None:
        for operation in on[:3]:
            for value in values:
                talk.send(operation.method, path_of(server, operation), value(operation) if callable(value) else value)

    return shows


def sizes(*values: Any) -> Callable[[Any, Server, Any], None]:
    """A conversation of page sizes."""
    return says(*(lambda o, v=value: {o.paging.size: v} for value in values))


def _numbers(_server: Server, _asked: Asked, body: dict[str, Any]) -> Any:
    return {n: int(v) if isinstance(v, str) and re.fullmatch(r"-?\d+", v) else v for n, v in body.items()}


def _clamped(server: Server, asked: Asked, body: dict[str, Any]) -> Any:
    paging = asked.operation.paging if asked.operation else None
    if paging is None:
        return None
    most = paging.max_size or 1000
    return {n: min(v, most) if n in paging.sizes and isinstance(v, int) else v for n, v in body.items()}


mutant(
    "takes-text-for-number",
    "negative data",
    '`"3"` is taken for 3.',
    on=BODIED,
    expects=NEGATIVE,
    make=body_otherwise(_numbers),
    shows=sizes("3"),
)
mutant(
    "takes-true-for-one",
    "negative data",
    "`true` is taken for 1.",
    on=one(PAGED),
    expects=NEGATIVE,
    hard=True,
    make=body_otherwise(lambda s, a, b: {n: 1 if v is True else v for n, v in b.items()}),
    shows=sizes(True),
)
mutant(
    "takes-too-large",
    "negative data",
    "A page size beyond the maximum is cut to it without a word.",
    on=PAGED,
    expects=NEGATIVE,
    make=body_otherwise(_clamped),
    shows=sizes(5000),
)
mutant(
    "takes-one-beyond",
    "negative data",
    "One more than the maximum is taken: `<=` for `<`.",
    on=one(PAGED),
    expects=NEGATIVE,
    hard=True,
    make=body_otherwise(
        lambda s, a, b: {n: v - 1 if v == (a.operation.paging.max_size or 0) + 1 else v for n, v in b.items()}
    ),
    shows=sizes(1001),
)
mutant(
    "takes-zero",
    "negative data",
    "A page size of 0 is taken for the default.",
    on=one(PAGED),
    expects=NEGATIVE,
    hard=True,
    make=body_otherwise(
        lambda s, a, b: {n: v for n, v in b.items() if n not in a.operation.paging.sizes or v != 0 or v is False}
    ),
    shows=sizes(0),
)
mutant(
    "takes-negative-page",
    "negative data",
    "A negative page is taken for the first.",
    on=one(PAGED),
    expects=NEGATIVE,
    hard=True,
    make=body_otherwise(
        lambda s, a, b: {
            n: 0 if n == a.operation.paging.page and isinstance(v, int) and v < 0 else v for n, v in b.items()
        }
    ),
    shows=says(lambda o: {o.paging.page: -3}),
)
mutant(
    "takes-fraction",
    "negative data",
    "2.7 is taken for 2 where a whole number is wanted.",
    on=one(PAGED),
    expects=NEGATIVE,
    hard=True,
    make=body_otherwise(lambda s, a, b: {n: int(v) if isinstance(v, float) else v for n, v in b.items()}),
    shows=sizes(2.7),
)
mutant(
    "takes-null",
    "negative data",
    "null is taken for nothing said, where null is not allowed.",
    on=BODIED,
    expects=NEGATIVE,
    make=body_otherwise(lambda s, a, b: {n: v for n, v in b.items() if v is not None}),
    shows=sizes(None),
)
mutant(
    "takes-no-object",
    "negative data",
    "A body that is no object is taken for an empty one.",
    on=BODIED,
    expects=NEGATIVE,
    make=asked_otherwise(
        lambda s, a: a.with_json({}) if a.body and not isinstance(a.json, dict) and a.json is not None else a
    ),
    shows=says([1], "x"),
)
mutant(
    "takes-broken-json",
    "negative data",
    "A body that is no JSON is taken for an empty one.",
    on=BODIED,
    expects=NEGATIVE,
    hard=True,
    make=asked_otherwise(lambda s, a: a.with_json({}) if a.body and a.json is None and a.body != b"null" else a),
)
mutant(
    "takes-any-media",
    "negative data",
    "The Content-Type is not looked at.",
    on=BODIED,
    expects=NEGATIVE,
    hard=True,
    make=asked_otherwise(lambda s, a: a.with_headers(content_type="application/json") if a.body else a),
    shows=lambda talk, server, on: [
        talk.send(o.method, path_of(server, o), body=b"{}", headers={"content-type": "text/plain"}) for o in on[:3]
    ],
)
mutant(
    "takes-id-prefix",
    "negative data",
    "`789abc` is read as 789.",
    on=reads,
    expects=NEGATIVE,
    hard=True,
    make=asked_otherwise(lambda s, a: replace(a, path=re.sub(r"/(\d+)[A-Za-z.][^/]*$", r"/\1", a.path))),
    shows=lambda talk, server, on: [talk.send("GET", path_of(server, o) + "abc") for o in on[3:9]],
)
mutant(
    "takes-id-fraction",
    "negative data",
    "An id with `.5` behind it names the same row on one read.",
    on=one(where(reads, lambda s, o: path_of(s, o)[-1].isdigit())),
    expects=NEGATIVE,
    hard=True,
    make=asked_otherwise(lambda s, a: replace(a, path=a.path.removesuffix(".5"))),
    shows=lambda talk, server, on: [talk.send("GET", path_of(server, o) + ".5") for o in on],
)


def filled(server: Server, asked: Asked) -> Asked:
    """A creation's body, in which everything that is missing or wrong was put right."""
    if asked.operation is None or not isinstance(asked.json, dict):
        return asked
    made: Asked = asked.with_json(body_of(server, asked.operation))
    return made


@mutant(
    "takes-incomplete",
    "negative data",
    "A creation that lacks what is required is made with values of the server's own.",
    on=creates,
    expects=NEGATIVE,
    shows=says({}),
)
def _incomplete(server: Server) -> Around:
    async def around(asked: Asked, ask: Ask) -> Told:
        told = await ask(asked)
        return await ask(filled(server, asked)) if told.status == 400 and asked.json == {} else told

    return around


@mutant(
    "takes-any-pattern",
    "negative data",
    "Patterns and lengths of a creation's texts are not looked at.",
    on=creates,
    expects=NEGATIVE,
    hard=True,
    shows=says({"name": "", "url": "not a url"}, {"name": "x" * 5000}),
)
def _patterns(server: Server) -> Around:
    async def around(asked: Asked, ask: Ask) -> Told:
        told = await ask(asked)
        texts = isinstance(asked.json, dict) and asked.json and all(isinstance(v, str) for v in asked.json.values())
        return await ask(filled(server, asked)) if told.status == 400 and texts else told

    return around


@mutant(
    "takes-unknown-enum",
    "negative data",
    "A word that an enum does not have is taken by a list's filter and finds all.",
    on=where(BODIED, lambda s, o: o.role is Role.LIST and bool(_words(s, o))),
    expects=NEGATIVE,
    hard=True,
    shows=lambda talk, server, on: [
        talk.send(o.method, path_of(server, o), {n: "SHELLS"}) for o in on for n in _words(server, o)
    ],
)
def _enums(_server: Server) -> Around:
    async def around(asked: Asked, ask: Ask) -> Told:
        told = await ask(asked)
        body = asked.json
        if told.status != 400 or not isinstance(body, dict):
            return told
        return await ask(asked.with_json({n: v for n, v in body.items() if not isinstance(v, str)}))

    return around


def _words(server: Server, operation: Any) -> list[str]:
    """The inputs of a list that are one of declared words."""
    reader = server.bundle.reader
    names = reader.members(reader.at(operation.request.body.pointer))
    return [name for name, part in names.items() if reader.keyword(part, "enum")]


def refused_if(test: Callable[[Asked], bool]) -> Callable[[Server], Around]:
    """A 400 for requests that are right."""

    def make(_server: Server) -> Around:
        async def around(asked: Asked, ask: Ask) -> Told:
            told = await ask(asked)
            return failed(400, REFUSED) if told.good and test(asked) else told

        return around

    return make


def _size(asked: Asked) -> Any:
    given = inputs(asked)
    return (
        next((given[n] for n in asked.operation.paging.sizes if n in given), None)
        if asked.operation and asked.operation.paging
        else None
    )


mutant(
    "refuses-largest",
    "positive data",
    "The largest legal page size is refused.",
    on=one(PAGED),
    expects=POSITIVE,
    make=refused_if(lambda a: _size(a) == a.operation.paging.max_size),
)
mutant(
    "refuses-smallest",
    "positive data",
    "A page of one row is refused.",
    on=one(PAGED),
    expects=POSITIVE,
    make=refused_if(lambda a: _size(a) == 1),
)
mutant(
    "refuses-first-page",
    "positive data",
    "Page 0, said aloud, is refused.",
    on=one(PAGED),
    expects=POSITIVE,
    hard=True,
    make=refused_if(lambda a: inputs(a).get(a.operation.paging.page) == 0),
    shows=says(lambda o: {o.paging.page: 0}),
)
mutant(
    "refuses-empty",
    "positive data",
    "An empty object is refused although nothing in it is required.",
    on=one(BODIED),
    expects=POSITIVE,
    make=refused_if(lambda a: a.json == {}),
    shows=says({}),
)
mutant(
    "refuses-unicode",
    "positive data",
    "A text beyond ASCII is refused on creation.",
    on=creates,
    expects=POSITIVE,
    hard=True,
    make=refused_if(lambda a: not a.body.isascii()),
    shows=lambda talk, server, on: [
        talk.send(o.method, path_of(server, o), {**body_of(server, o), "description": "Größe"}) for o in on
    ],
)
mutant(
    "refuses-null",
    "positive data",
    "null is refused where it is allowed.",
    on=creates,
    expects=POSITIVE,
    hard=True,
    make=refused_if(lambda a: isinstance(a.json, dict) and None in a.json.values()),
    shows=lambda talk, server, on: [
        talk.send(o.method, path_of(server, o), {**body_of(server, o), "description": None}) for o in on
    ],
)
mutant(
    "refuses-float-whole",
    "positive data",
    "3.0 is refused where a whole number is wanted, though it is one.",
    on=one(PAGED),
    expects=POSITIVE,
    hard=True,
    make=refused_if(lambda a: isinstance(_size(a), float)),
    shows=sizes(3.0),
)
mutant(
    "refuses-charset",
    "positive data",
    "`application/json; charset=utf-8` is refused.",
    on=one(BODIED),
    expects=POSITIVE,
    hard=True,
    make=refused_if(lambda a: "charset" in (a.header("content-type") or "")),
    shows=lambda talk, server, on: [
        talk.send(o.method, path_of(server, o), {}, headers={"content-type": "application/json; charset=utf-8"})
        for o in on
    ],
)
mutant(
    "refuses-empty-in",
    "positive data",
    "`_in: []` is refused.",
    on=one(searches),
    expects=(*POSITIVE, "filter"),
    hard=True,
    make=refused_if(lambda a: b'"_in":[]' in a.body.replace(b" ", b"")),
    shows=lambda talk, server, on: [
        talk.send(o.method, path_of(server, o), {"where": {"id": {"_in": []}}}) for o in on
    ],
)
