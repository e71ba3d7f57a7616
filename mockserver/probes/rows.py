"""The rows a server has, as far as reading shows them: fetched once for all probes, with the paths that lead to them.

Budget: at most six requests per list for all its rows (2,000 rows or five pages), three candidates per path parameter.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mockserver.bundle.operations import Operation, Paging, Parameter, Role
from mockserver.exchanges import Exchange
from mockserver.probes.base import Fault, Inconclusive, Scene
from mockserver.probes.pages import Page, Row, ask, cell, dig, is_listing, page, status, success
from mockserver.store.addresses import own_address, parents_of

MOST_ROWS = 2000
MOST_PAGES = 5
TRIES = 3
_UNDECLARED_SIZE = 100  # asked for where nobody says how large a page may be
_NAMES = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True, slots=True)
class Rows:
    """All rows of a list without a filter; `complete` unless there are more than are fetched, or it cannot be told.

    `once`: they came in one page, so that their order is the server's.
    """

    rows: list[Row]
    complete: bool
    pages: tuple[Page, ...]

    @property
    def once(self) -> bool:
        """Whether one reply held them all."""
        return self.complete and sum(1 for each in self.pages if each.rows) <= 1

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """What showed them: the first page is enough to see what is meant."""
        return tuple(each.exchange for each in self.pages[:1])


def largest(paging: Paging | None) -> int | None:
    """The page size that shows most at once; None where no size can be asked for."""
    if paging is None or paging.size is None:
        return None
    return paging.max_size or max(_UNDECLARED_SIZE, paging.default_size or 0)


def sized(operation: Operation, size: int | None) -> dict[str, Any]:
    """The input that asks for a page size."""
    paging = operation.paging
    return {paging.size: size} if paging is not None and paging.size is not None and size is not None else {}


def everything(scene: Scene, operation: Operation) -> Rows:
    """All rows of a list or search, fetched once; Inconclusive where it cannot be reached."""
    found: Rows = remembered(scene, "rows", operation.id, lambda: _everything(scene, operation))
    return found


def remembered(scene: Scene, what: str, key: Any, make: Callable[[], Any]) -> Any:
    """What was found out before, else found out now; so is that it could not be (Inconclusive)."""
    known = scene.facts.setdefault(what, {})
    if key not in known:
        try:
            known[key] = make()
        except Inconclusive as reason:
            known[key] = reason
    found = known[key]
    if isinstance(found, Inconclusive):
        raise Inconclusive(*found.args)
    return found


def forget(scene: Scene) -> None:
    """Let go of rows and whatever follows from them: something may have changed them."""
    for what in ("rows", "first page", "path", "read", "walk"):
        scene.facts.pop(what, None)


def confirmed(scene: Scene, observe: Callable[[], Iterator[Fault]]) -> Iterator[Fault]:
    """The faults that are seen twice, each once: data that others change while a probe looks at it is no fault.

    Inconclusive where nothing was found before the probe could not go on.
    """
    first = _seen(observe)
    if first:
        forget(scene)
        again = _seen(observe)
        yield from (again[message] for message in first if message in again)


def _seen(observe: Callable[[], Iterator[Fault]]) -> dict[str, Fault]:
    """Faults by message, the first of equal ones."""
    found: dict[str, Fault] = {}
    try:
        for fault in observe():
            found.setdefault(fault.message, fault)
    except Inconclusive:
        if not found:
            raise
    return found


def turn(
    operation: Operation, before: Page | None, passed: int, number: int, size: int | None
) -> dict[str, Any] | None:
    """The inputs of a further page, after `passed` rows on `number` pages of one size; None where none can be asked."""
    paging = operation.paging
    inputs = sized(operation, size)
    if before is None:
        return inputs
    if paging is None:
        return None
    if paging.cursor and before.next is not None:
        return {**inputs, paging.cursor: before.next}
    if paging.offset:
        return {**inputs, paging.offset: passed}
    if paging.page and paging.kind:
        kind = operation.hints.get("page") or paging.kind
        return {**inputs, paging.page: passed if kind == "offset" else number + (kind == "number-from-1")}
    return None


def ended(found: Page, seen: int, size: int | None, operation: Operation, *, trusting: bool = True) -> bool:
    """Whether a page is surely the last: it is empty, or shorter than asked, else by what it says of itself.

    Without trust, `more` and the count do not count: they may be what is to be judged.
    """
    paging = operation.paging
    if not found.rows or paging is None:
        return True
    counted = paging.offset is not None or paging.page is not None or paging.cursor is None
    declared = paging.max_size or paging.default_size or 0
    if counted and size is not None and len(found.rows) < size <= declared:
        return True
    if not counted and found.more is None and found.next is None:
        return True
    if not trusting:
        return False
    return found.more is False or (found.more is None and found.count is not None and seen >= found.count)


def path_of(scene: Scene, operation: Operation) -> dict[str, Any]:
    """Values for the path parameters by which something can be found; Inconclusive where there are none."""
    found: dict[str, Any] = remembered(scene, "path", operation.id, lambda: _path_with_rows(scene, operation))
    return found


def known(scene: Scene, operation: Operation, most: int = TRIES) -> list[tuple[dict[str, Any], Row]]:
    """Rows that lists show and this reading operation should too, each with the path that names it."""
    found: list[tuple[dict[str, Any], Row]] = []
    reason = f"no list shows a {operation.entity}, so that no id is known"
    for listing in listings(scene, operation.entity):
        try:
            rows = everything(scene, listing).rows
            base = path_of(scene, listing)
        except Inconclusive as why:
            reason = f"{listing.label}: {why}"
            continue
        step = max(1, len(rows) // most)
        for row in rows[::step]:
            path = path_to(scene, operation, row, base)
            if path is not None:
                found.append((path, row))
        if found:
            return found[:most]
        reason = f"{listing.label} shows no row that names one" if rows else f"{listing.label} shows no row at all"
    raise Inconclusive(reason)


def path_to(
    scene: Scene, operation: Operation, row: Mapping[str, Any], base: Mapping[str, Any]
) -> dict[str, Any] | None:
    """The path of a reading operation for a row, as listed below `base`; None where the row does not tell it."""
    model = scene.contract.model
    address = own_address(operation, model)
    if address is None:
        return None
    values = {parameter: cell(row, column) for parameter, column in address.parts}
    for parent in parents_of(operation, model):
        values[parent.parameter] = base.get(parent.parameter, cell(row, parent.column))
    path = {}
    for parameter in _NAMES.findall(operation.path):
        value = values.get(parameter, base.get(parameter))
        if not isinstance(value, str | int) or value == "":
            return None
        path[parameter] = value
    return path


def listings(scene: Scene, entity: str | None) -> list[Operation]:
    """The lists and searches of an entity, those with the shortest path first."""
    operations = scene.contract.bundle.operations
    found = [each for each in operations if each.entity == entity and is_listing(scene.contract, each)]
    return sorted(found, key=lambda each: (each.path.count("{"), each.role is Role.SEARCH))


def readers(scene: Scene, entity: str) -> list[Operation]:
    """The operations that read one row of an entity by nothing but its key."""
    name = scene.contract.model.aliases.get(entity, entity)
    return [
        each for each in scene.contract.bundle.operations
        if each.role is Role.READ and each.entity == name and each.key and each.shape.item is not None
        and _NAMES.findall(each.path) == [each.key] and "#" not in each.path and "?" not in each.path
    ]  # fmt: skip


def item(scene: Scene, operation: Operation, path: Mapping[str, Any]) -> tuple[int, Row | None, Exchange]:
    """Read one row, once per run: its status, the row where there is one, and the exchange that showed it."""

    def make() -> tuple[int, Row | None, Exchange]:
        exchange = ask(scene, operation, {}, path)
        if not 200 <= status(exchange) < 300:
            return status(exchange), None, exchange
        row = dig(success(exchange), operation.shape.item or ())
        return status(exchange), row if isinstance(row, dict) else None, exchange

    found: tuple[int, Row | None, Exchange] = remembered(scene, "read", (operation.id, *path.items()), make)
    return found


def _everything(scene: Scene, operation: Operation) -> Rows:
    path = path_of(scene, operation)
    first = scene.facts.get("first page", {}).pop(operation.id, None)
    return walk(scene, operation, path, largest(operation.paging), MOST_PAGES, first=first)


def walk(
    scene: Scene, operation: Operation, path: Mapping[str, Any], size: int | None, most: int, *,
    first: Page | None = None, trusting: bool = True,
) -> Rows:  # fmt: skip
    """Page after page of one size, up to a number of pages or rows; how the end is told is said by `ended`."""
    pages: list[Page] = []
    seen = 0
    while len(pages) < most and seen < MOST_ROWS:
        inputs = turn(operation, pages[-1] if pages else None, seen, len(pages), size)
        if inputs is None:
            break
        found = first if first is not None and not pages else page(scene, operation, inputs, path)
        pages.append(found)
        seen += len(found.rows)
        if ended(found, seen, size, operation, trusting=trusting):
            return Rows([row for each in pages for row in each.rows], True, tuple(pages))
    return Rows([row for each in pages for row in each.rows], False, tuple(pages))


def _path_with_rows(scene: Scene, operation: Operation) -> dict[str, Any]:
    """The first path below which there are rows, else the first one."""
    paths = list(_paths(scene, operation))
    if len(paths) == 1 or not is_listing(scene.contract, operation):
        return paths[0]
    reason: Inconclusive | None = None
    for path in paths:
        try:
            found = page(scene, operation, sized(operation, largest(operation.paging)), path)
        except Inconclusive as why:
            reason = why
            continue
        if found.rows:
            scene.facts.setdefault("first page", {})[operation.id] = found
            return path
        reason = None
    if reason is not None:
        raise reason
    return paths[0]


def _paths(scene: Scene, operation: Operation) -> list[dict[str, Any]]:
    """A few paths: rows of the parents that exist, else documented values."""
    paths: list[dict[str, Any]] = [{}]
    parents = dict(operation.parents)
    declared = {each.name: each for each in operation.parameters if each.location == "path"}
    for name in _NAMES.findall(operation.path):
        if name in paths[0]:
            continue
        further = [{**path, **more} for path in paths for more in _values(scene, operation, name, parents, declared)]
        paths = further[:TRIES]
    return paths


def _values(
    scene: Scene, operation: Operation, name: str, parents: Mapping[str, str], declared: Mapping[str, Parameter]
) -> list[dict[str, Any]]:
    model = scene.contract.model
    parent = parents.get(name)
    way = next((each.address for each in parents_of(operation, model) if each.parameter == name), None)
    busy = scene.facts.setdefault("reaching", set())
    if parent is not None and parent in model and (operation.id, name) not in busy:
        busy.add((operation.id, name))
        parts = way.parts if way is not None else ((name, model[parent].key),)
        try:
            rows = [row for each in listings(scene, parent)[:1] for row in everything(scene, each).rows[:TRIES]]
        except Inconclusive:
            rows = []
        finally:
            busy.discard((operation.id, name))
        found = [{parameter: cell(row, column) for parameter, column in parts} for row in rows]
        found = [each for each in found if all(isinstance(value, str | int) for value in each.values())]
        if found:
            return found
    return [{name: value} for value in documented(scene, declared.get(name), name)]


def documented(scene: Scene, parameter: Parameter | None, name: str) -> list[Any]:
    """The values of a parameter that the bundle shows; Inconclusive where it shows none."""
    schema = parameter.schema if parameter is not None and isinstance(parameter.schema, Mapping) else {}
    flat, _ = scene.contract.bundle.resolve(schema)
    shown = [*flat.get("enum", ()), *flat.get("examples", ())]
    shown += [flat[word] for word in ("example", "const", "default") if word in flat]
    if parameter is not None and not shown:
        above = scene.contract.bundle.reader.at(parameter.pointer.rpartition("/")[0]).node
        examples = above.get("examples", {}).values() if "example" not in above else ({"value": above["example"]},)
        shown = [each["value"] for each in examples if isinstance(each, Mapping) and "value" in each]
    if not shown:
        raise Inconclusive(f"no value of {{{name}}} is known")
    return shown[:TRIES]
