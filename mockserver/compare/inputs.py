"""Inputs: what is accepted and how it is refused, at the edges of every parameter and every part of a body."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from random import Random
from typing import Any

from mockserver.bundle.operations import Operation, Parameter
from mockserver.bundle.reading import Spot
from mockserver.bundle.shapes import spot_of
from mockserver.compare.boundaries import Admission, Boundary, boundaries
from mockserver.compare.program import ABSENT, Program
from mockserver.compare.protocol import protocol
from mockserver.compare.questions import (
    CORE,
    FURTHER,
    USUAL,
    Question,
    askable,
    json_body,
    least,
    program_of,
    question,
    writing,
)
from mockserver.environments.guard import reads
from mockserver.probes.base import Contract
from mockserver.probes.pages import is_listing
from mockserver.store.sampling import sample, valid

_DEEPEST = 4
_WIDEST = 8  # members of an object that has many, chosen by the seed
_UNKNOWN = "nobodyKnowsThis"
_PLACES = {"query": "query", "header": "headers", "cookie": "cookies", "path": "path"}
_ODD_IDS: Mapping[str, Any] = {
    "a word": "not-an-id", "zero": 0, "a negative number": -1, "a fraction": "1.5", "a number too long": "9" * 30,
    "a number beyond 32 bits": 3_000_000_019, "a number beyond 53 bits": 9_007_199_254_740_995,
    "a long text": "a" * 300, "letters beyond ASCII": "Zoë", "a blank": " ", "the word null": "null",
    "an escaped percent": "100%", "a quote": "1'",
}  # fmt: skip

_AROUND = {"that of a row with letters behind it": "{}abc", "that of a row after a zero": "0{}",
           "that of a row with a fraction": "{}.0", "that of a row in blanks": " {} "}  # fmt: skip


def inputs(contract: Contract, seed: int, *, writes: bool = False, actors: Collection[str] = ()) -> Program:
    """Everything that is worth asking about acceptance: the same program for the same bundle and seed.

    With `writes` also operations that change something, by requests alone that the bundle says are to be refused.
    `actors` are those for whom both sides have credentials.
    """
    return program_of(questions(contract, seed, writes=writes, actors=actors), seed)


def questions(
    contract: Contract, seed: int, *, writes: bool = False, actors: Collection[str] = ()
) -> Iterator[Question]:
    """The questions, operation by operation."""
    admission = Admission(contract)
    operations = [*askable(contract), *(writing(contract) if writes else ())]
    for operation in operations:
        dice = Random(f"{seed} {operation.id}")  # noqa: S311  a choice of questions, no secret
        for each in _questions(contract, admission, operation, dice, writes, actors):
            if reads(operation) or each.valid is False:
                yield each if reads(operation) else _marked(each)


def _marked(each: Question) -> Question:
    return replace(each, sort=f"{each.sort} of a writer")


def _questions(
    contract: Contract, admission: Admission, operation: Operation, dice: Random, writes: bool, actors: Collection[str]
) -> Iterator[Question]:
    yield from _ids(contract, admission, operation)
    for parameter in operation.parameters:
        if parameter.location != "path" and isinstance(parameter.schema, Mapping) and not parameter.media:
            yield from _parameter(contract, admission, operation, parameter)
    yield from _unknown(contract, operation)
    yield from _bodies(contract, admission, operation, dice)
    yield from protocol(contract, operation, writes=writes, actors=actors)


# -- ids --


def _ids(contract: Contract, admission: Admission, operation: Operation) -> Iterator[Question]:
    """A row that there is not, and values that can be none."""
    for parameter in operation.parameters:
        if parameter.location != "path" or not isinstance(parameter.schema, Mapping):
            continue
        spot = Spot(parameter.schema, parameter.pointer)

        def ask(
            about: str,
            value: Any,
            sort: str,
            rank: int = USUAL,
            parameter: Parameter = parameter,
            told: bool | None = False,
        ) -> Question:
            template = least(contract, operation)
            path = {**template.path, parameter.name: value}
            refused = None if is_listing(contract, operation) else told
            return question(
                contract, operation, f"{parameter.name} is {about}", "invalid", sort=sort, rank=rank,
                valid=refused, path=path,
            )  # fmt: skip

        yield ask("that of no row", nobody(contract, parameter), "unknown id", CORE)
        for what, value in _ODD_IDS.items():
            yield ask(what, value, "odd id")
        given = least(contract, operation).path.get(parameter.name)
        hole: dict[str, Any] = given.get("$row", {}) if isinstance(given, dict) else {}
        for what, put in _AROUND.items() if hole else ():
            yield ask(what, {"$row": {**hole, "put": put}}, what, told=None)
        for boundary in boundaries(contract, admission, spot, written=True):
            if not boundary.inside and boundary.value != "" and not isinstance(boundary.value, list):
                yield ask(f"{boundary.what}: {_brief(boundary.value)}", boundary.value, "id outside")


def nobody(contract: Contract, parameter: Parameter) -> Any:
    """A legal value of a path parameter that names no row, as far as can be told without asking."""
    drawn = [sample(parameter.schema, contract.bundle, f"nobody {number}") for number in range(3)]
    for value in (2_000_000_011, "00000000-0000-4000-8000-00002000000b", "none-2000000011", *drawn):
        if value not in (None, "") and valid(value, parameter.schema, contract.bundle):
            return value
    return "none-2000000011"


# -- parameters --


def _parameter(
    contract: Contract, admission: Admission, operation: Operation, parameter: Parameter
) -> Iterator[Question]:
    place = _PLACES[parameter.location]
    template = least(contract, operation)
    given: Mapping[str, Any] = getattr(template, place)
    schema = parameter.schema
    if not isinstance(schema, Mapping):
        return

    def ask(about: str, values: Mapping[str, Any], sort: str, told: bool | None, **more: Any) -> Question:
        kind = "boundary" if told else "invalid"
        changes: Any = {place: values}
        return question(contract, operation, about, kind, sort=sort, valid=told, **changes, **more)

    for boundary in boundaries(contract, admission, Spot(schema, parameter.pointer), written=True):
        if place != "query" and not _fits_a_header(boundary.value):
            continue
        about = f"{parameter.name}: {boundary.what} ({_brief(boundary.value)})"
        yield ask(
            about, {**given, parameter.name: boundary.value}, f"{parameter.location} {boundary.what}", boundary.inside
        )
    if parameter.required:
        left = {name: value for name, value in given.items() if name != parameter.name}
        yield ask(f"{parameter.name} missing", left, f"{parameter.location} required missing", False)
    legal = given.get(parameter.name, sample(schema, contract.bundle, parameter.name))
    if parameter.location == "query" and isinstance(legal, str | int) and "?" not in operation.path:
        yield ask(f"{parameter.name} twice", {**given, parameter.name: [legal, legal]}, "repeated parameter", None)
        other = parameter.name.swapcase()
        yield ask(f"{other} in another case", {**given, other: legal}, "parameter in another case", None)


def _fits_a_header(value: Any) -> bool:
    return not isinstance(value, str) or (value.isascii() and value.strip() == value != "" and len(value) < 500)


def _unknown(contract: Contract, operation: Operation) -> Iterator[Question]:
    about, query = "an unknown query parameter", {**least(contract, operation).query, _UNKNOWN: "1"}
    yield question(contract, operation, about, "invalid", valid=None, query=query)


# -- bodies --


def _bodies(contract: Contract, admission: Admission, operation: Operation, dice: Random) -> Iterator[Question]:
    media = json_body(operation)
    spot = spot_of(media)
    base = least(contract, operation).body
    if media is None or spot is None or not media.pointer or base is ABSENT:
        return

    def ask(about: str, body: Any, sort: str, *, deep: bool = False, told: bool | None = None) -> Question:
        takes = admission.takes(media.pointer, body) if told is None else told
        judged = None if takes and (deep or told is None) else takes
        kind = "boundary" if takes else "invalid"
        rank = FURTHER if deep else CORE if sort == "body type outside" else USUAL
        return question(contract, operation, about, kind, sort=sort, rank=rank, valid=judged, body=body)

    wholes: tuple[Any, ...] = ([], {}, "text", 1, None, True)
    for value in wholes:
        yield ask(f"the body is {_brief(value)}", value, "another body")
    if isinstance(base, dict):
        yield ask("an unknown property", {**base, _UNKNOWN: 1}, "unknown property")
    for path, below, needed in _walk(contract, spot, (), dice):
        name = ".".join(map(str, path))
        for boundary in boundaries(contract, admission, below):
            body = _put(base, path, boundary.value)
            if admission.takes(media.pointer, body) is boundary.inside:
                yield _bounded(ask, name, boundary, body, deep=len(path) > 1)
        if needed and _at(base, path):
            yield ask(f"{name} missing", _without(base, path), "body required missing")


def _bounded(ask: Any, name: str, boundary: Boundary, body: Any, *, deep: bool) -> Question:
    about = f"{name}: {boundary.what} ({_brief(boundary.value)})"
    made: Question = ask(about, body, f"body {boundary.what.removeprefix('item ')}", deep=deep, told=boundary.inside)
    return made


def _walk(
    contract: Contract, spot: Spot, path: tuple[str | int, ...], dice: Random
) -> Iterator[tuple[tuple[str | int, ...], Spot, bool]]:
    """The parts of a body, as (path, schema, whether it is required); of wide objects the seed chooses some."""
    reader = contract.bundle.reader
    if len(path) >= _DEEPEST:
        return
    members = reader.members(spot)
    names = list(members)
    if len(names) > _WIDEST and path:
        names = sorted(dice.sample(names, _WIDEST // 2), key=names.index)
    for name in names:
        below = members[name]
        yield (*path, name), below, name in reader.required(spot)
        if reader.kind(below) in ("object", ""):
            yield from _walk(contract, below, (*path, name), dice)
        items = reader.items(below) if reader.kind(below) == "array" else None
        if items is not None and reader.kind(items) in ("object", ""):
            yield from _walk(contract, items, (*path, name, 0), dice)


def _put(base: Any, path: Sequence[str | int], value: Any) -> Any:
    """A copy of a body with a value at a path; what is missing on the way is made."""
    body = deepcopy(base)
    if not path:
        return value
    holder = body
    for at, step in enumerate(path[:-1]):
        following: Any = [] if isinstance(path[at + 1], int) else {}
        holder = _step(holder, step, following)
    _step(holder, path[-1], value, overwrite=True)
    return body


def _step(holder: Any, step: str | int, fresh: Any, *, overwrite: bool = False) -> Any:
    if isinstance(holder, list) and isinstance(step, int):
        while len(holder) <= step:
            holder.append(fresh)
        if overwrite or type(holder[step]) is not type(fresh):
            holder[step] = fresh
        return holder[step]
    if not isinstance(holder, dict):
        return {}
    if overwrite or type(holder.get(step)) is not type(fresh):
        holder[step] = fresh
    return holder[step]


def _at(base: Any, path: Sequence[str | int]) -> bool:
    for step in path:
        listed = isinstance(base, list) and isinstance(step, int) and step < len(base)
        if not listed and not (isinstance(base, dict) and step in base):
            return False
        base = base[step]
    return True


def _without(base: Any, path: Sequence[str | int]) -> Any:
    body = deepcopy(base)
    holder = body
    for step in path[:-1]:
        holder = holder[step]
    del holder[path[-1]]
    return body


def _brief(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:30]}... of {len(text)}"
