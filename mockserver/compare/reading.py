"""Reading: what lists, searches and reads are asked, so that every way to look at the data is looked at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from random import Random
from typing import Any

from mockserver.bundle.operations import Operation, Role
from mockserver.bundle.reading import Spot
from mockserver.compare.conditions import searches
from mockserver.compare.program import Program, row
from mockserver.compare.questions import (
    CORE,
    ESSENTIAL,
    FURTHER,
    ROWS,
    USUAL,
    Question,
    about_row,
    askable,
    documented,
    pointer,
    program_of,
    question,
    shows,
)
from mockserver.probes.base import Contract
from mockserver.probes.pages import body_inputs, entity_of, is_listing, query_inputs, row_members
from mockserver.probes.plain_filters import bounds_of, dates_of
from mockserver.probes.rows import sized
from mockserver.probes.searching import spelled
from mockserver.store.addresses import own_address
from mockserver.store.columns import CONDITIONS, ORDERS
from mockserver.store.model import normal
from mockserver.store.pointing import points_at
from mockserver.store.sampling import sample, valid

PICKS = 9  # rows of an entity that are read one by one: fewer would prove little of how they are written
_MANY = 100  # rows asked for at first, so that there is something to choose from
_FAR = 100_000
_LARGE = (_MANY + 1, 1000)  # pages where nobody says how large they may be
_DAYS = ("2024-06-30", "2024-06-30T00:00:00Z")
_AFTER = frozenset({"after", "starting_after"})


def reading(contract: Contract, seed: int) -> Program:
    """Everything that is worth asking of the data: the same program for the same bundle and seed."""
    return program_of(questions(contract, seed), seed)


def questions(contract: Contract, seed: int) -> Iterator[Question]:
    """The questions to all operations that only read, lists first."""
    for operation in askable(contract):
        dice = Random(f"{seed} {operation.id}")  # noqa: S311  a choice of questions, no secret
        if is_listing(contract, operation):
            yield from _pages(contract, operation)
            yield from _inputs(contract, operation)
            yield from searches(contract, operation, dice)
        else:
            yield from _reads(contract, operation)


# -- lists and searches --


def _pages(contract: Contract, operation: Operation) -> Iterator[Question]:
    paging = operation.paging
    kind = "search" if operation.role is Role.SEARCH else "list"
    name = ROWS.format(operation.label)
    most = min(_MANY, paging.max_size or _MANY) if paging is not None else None

    def ask(about: str, inputs: Mapping[str, Any], rank: int = USUAL, **more: Any) -> Question:
        return question(contract, operation, about, more.pop("kind", "page"), inputs, rank=rank, **more)

    yield ask("the rows", sized(operation, most), ESSENTIAL, kind=kind, name=name, sort=f"{kind} rows")
    if "{" in operation.path:
        yield ask("the rows below another parent", sized(operation, most), kind=kind, pick=1)
    if paging is None:
        return
    yield ask("by default", {}, ESSENTIAL if kind == "list" else CORE, kind=kind, sort=f"{kind} by default")
    wanted = (1, 3, paging.max_size) if paging.max_size else (1, 3, *_LARGE)
    sizes = dict.fromkeys(size for size in wanted if size and size <= (paging.max_size or size))
    for each in paging.sizes:
        for size in sizes:
            largest = "the largest page" if size == paging.max_size and size > 3 else f"a page of {size}"
            words = largest if each == paging.size else f"{largest} by {each}"
            told = True if size <= _MANY or paging.max_size else None
            yield ask(words, {each: size}, USUAL if size != 3 else FURTHER, valid=told)
    yield from _turns(contract, operation, name)


def _turns(contract: Contract, operation: Operation, name: str) -> Iterator[Question]:
    """The second and third page, and one far beyond the end."""
    paging = operation.paging
    if paging is None:
        return
    size = min(3, paging.max_size or 3)
    ways: dict[str, tuple[int, int]] = {}
    if paging.page is not None and paging.kind is not None:
        first = 1 if paging.kind == "number-from-1" else 0
        step = size if paging.kind == "offset" and paging.size else 1
        ways[paging.page] = (first, step)
    if paging.offset is not None:
        ways[paging.offset] = (0, size if paging.size else 1)
    sizes = {paging.size: size} if paging.size is not None else {}
    for by, (first, step) in ways.items():
        for what, value in (("first", first), ("second", first + step), ("third", first + 2 * step), ("far", _FAR)):
            rank = CORE if what == "second" else USUAL if what == "third" else FURTHER
            yield question(
                contract, operation, f"the {what} page by {by}", "page", {**sizes, by: value}, sort=f"{what} page",
                rank=rank, valid=None if what == "far" else True,
            )  # fmt: skip
    entity = entity_of(contract, operation)
    if paging.cursor is not None and normal(paging.cursor) in _AFTER and entity is not None:
        last = {"$from": {"step": name, "pointer": pointer(*(operation.shape.rows or ()), 0, entity.key)}}
        inputs = {**sizes, paging.cursor: last}
        yield question(contract, operation, "the page after a row", "page", inputs, after=name)


def _inputs(contract: Contract, operation: Operation) -> Iterator[Question]:
    """Each input beside paging, conditions and orders of the style that has its own questions."""
    paging = operation.paging
    taken = set() if paging is None else {paging.page, paging.offset, paging.cursor, *paging.sizes}
    found: list[tuple[str, Any]] = []
    for name, spot in {**query_inputs(operation), **body_inputs(contract, operation)}.items():
        if name in taken or (contract.bundle.reader.kind(spot) != "string" and normal(name) in (*CONDITIONS, *ORDERS)):
            continue
        for number, (what, value) in enumerate(_values(contract, operation, name, spot)):
            about, sort = f"{name} {what}", f"input by {'a fixed value' if '`' in what else what[:6]} {min(number, 3)}"
            if number == 0:
                found.append((name, value))
            yield question(
                contract, operation, about, "filter", {name: value}, sort=sort, rank=USUAL if number < 2 else FURTHER
            )
    for (one, first), (other, second) in pairwise(found):
        yield question(
            contract,
            operation,
            f"{one} and {other}",
            "filter",
            {one: first, other: second},
            sort="two filters",
            rank=FURTHER,
        )


def _values(contract: Contract, operation: Operation, name: str, spot: Spot) -> Iterator[tuple[str, Any]]:
    """Legal values of an input, each with its words: those of rows, the listed ones, then documented ones."""
    reader, model = contract.bundle.reader, contract.model
    kind, items = reader.kind(spot), reader.items(spot)
    many = kind == "array" and items is not None
    inner = items if many and items is not None else spot
    listed = reader.keyword(inner, "enum")
    holes = []
    target = points_at(model, name)
    if target is not None and target in model and shows(contract, target):
        holes.append((f"the id of a {target}", row(target, model[target].key)))
    column = spelled(name, row_members(contract, operation))
    dates = dates_of(contract, operation)
    if (
        column is None
        and operation.entity
        and len(dates) == 1
        and name in {b.name for b in bounds_of(contract, operation)}
    ):
        way = "day" if reader.keyword(inner, "format") == "date" else ""
        holes += [(f"that of row {pick}", row(operation.entity, dates[0], pick, way=way)) for pick in range(3)]
    if not listed and column is not None and operation.entity and reader.kind(inner) in ("string", "integer", "number"):
        holes.append(("that of a row", row(operation.entity, column)))
    yield from ((what, [hole] if many else hole) for what, hole in holes)
    plain: list[Any] = list(listed)[:8] if isinstance(listed, list) else []
    if reader.kind(inner) == "boolean":
        plain = [True, False]
    elif not plain:
        parameter = next((p for p in operation.parameters if p.pointer == spot.pointer), None)
        shown = documented(contract, parameter) if parameter is not None else []
        plain = [*shown[:2], *_DAYS, sample(inner.node, contract.bundle, name)]
    given = [[value] if many and not isinstance(value, list) else value for value in plain if value is not None]
    legal = [value for value in given if valid(value, spot.node, contract.bundle)]
    legal = [value for at, value in enumerate(legal) if value not in legal[:at]]
    most = 8 if listed or holes == [] else 2
    yield from ((f"`{_brief(value)}`", value) for value in legal[:most])
    if many and isinstance(listed, list) and len(listed) > 1 and valid(listed[:2], spot.node, contract.bundle):
        yield "two of them", listed[:2]


def _brief(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 40 else f"{text[:37]}..."


# -- single rows and other reads --


def _reads(contract: Contract, operation: Operation) -> Iterator[Question]:
    names_row = about_row(contract, operation, 0) != ""
    picks = PICKS if "{" in operation.path else 1
    for pick in range(picks):
        sort = f"read {pick}" if pick < 3 else "read more" if pick < 6 else "read most"
        yield question(
            contract, operation, f"row {pick}" if names_row else f"its answer {pick}", "read", pick=pick,
            sort=sort, rank=(ESSENTIAL, CORE, USUAL, FURTHER)[min(pick, 3)],
            row=about_row(contract, operation, pick),
        )  # fmt: skip
    yield from _found(contract, operation)
    yield from _pointed(contract, operation)
    for parameter in operation.parameters:
        if parameter.location not in ("query", "header", "cookie") or not isinstance(parameter.schema, Mapping):
            continue
        place = {"query": "query", "header": "headers", "cookie": "cookies"}[parameter.location]
        for what, value in _values(contract, operation, parameter.name, Spot(parameter.schema, parameter.pointer)):
            changes: Any = {place: {parameter.name: value}}
            yield question(
                contract, operation, f"{parameter.name} {what}", "read", sort="input of a read", rank=FURTHER,
                row=about_row(contract, operation, 0), **changes,
            )  # fmt: skip


def _found(contract: Contract, operation: Operation) -> Iterator[Question]:
    """The very row that a list or a search showed, by the id that it showed there."""
    address = own_address(operation, contract.model)
    if address is None or "{" not in operation.path or operation.path.count("{") > 1:
        return
    for listing in contract.bundle.operations:
        if listing.entity != operation.entity or not is_listing(contract, listing) or "{" in listing.path:
            continue
        name = ROWS.format(listing.label)
        place = pointer(*(listing.shape.rows or ()), 0, address.column)
        path = {address.parameter: {"$from": {"step": name, "pointer": place}}}
        about = f"the first row of {listing.label}"
        yield question(
            contract, operation, about, "read", sort=f"read what a {listing.role} showed", path=path, after=name
        )


def _pointed(contract: Contract, operation: Operation) -> Iterator[Question]:
    """The row that a row of another entity points at."""
    address = own_address(operation, contract.model)
    if address is None or operation.path.count("{") != 1 or address.column != address.key.name:
        return
    asked: set[tuple[str, str]] = set()
    for entity in contract.model.entities.values():
        for relation in entity.relations.values():
            column = entity.fields.get(relation.column)
            if relation.many or relation.target != address.entity or not shows(contract, entity.name):
                continue
            if column is None or not column.shown or (entity.name, column.name) in asked:
                continue
            asked.add((entity.name, column.name))
            path = {address.parameter: row(entity.name, relation.column)}
            about = f"what {relation.column} of a {entity.name} names"
            yield question(contract, operation, about, "read", sort="read what a row points at", path=path)
