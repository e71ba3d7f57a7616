"""Rows that a probe makes for itself: created, found again, changed, and removed when it is done with them."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from mockserver.bundle.operations import Operation, Role
from mockserver.environments.client import Forbidden
from mockserver.environments.requests import ABSENT
from mockserver.exchanges import Exchange
from mockserver.probes.base import Contract, Inconclusive, Scene
from mockserver.probes.pages import Row, cell, dig, status, success
from mockserver.probes.rows import MOST_PAGES, everything, forget, largest, listings, path_of, path_to, walk
from mockserver.probes.samples import bodies, granted, json_body, request_for
from mockserver.store.pointing import points_at

_NAMES = re.compile(r"\{([^{}]+)\}")
GONE = (404, 410)


@dataclass(slots=True)
class Made:
    """A row that was created: by which operation and body, what was answered, and the path it was created below."""

    operation: Operation
    body: Mapping[str, Any]
    exchange: Exchange
    row: Row
    base: Mapping[str, Any] = field(default_factory=dict)

    def key(self, contract: Contract) -> Any:
        """What names the row."""
        return cell(self.row, contract.model[self.operation.entity or ""].key)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a row stands: the status of reading it, the row (empty where none is shown), and what read it."""

    code: int
    row: Row
    exchange: Exchange
    reader: Operation


def creates(contract: Contract, operation: Operation) -> bool:
    """Whether an operation makes one row of an entity from a JSON body."""
    known = operation.entity is not None and operation.entity in contract.model
    return operation.role is Role.CREATE and known and json_body(operation) is not None


def creator(contract: Contract, operation: Operation) -> Operation | None:
    """The operation that makes rows of the kind that an operation is about."""
    found = [each for each in contract.bundle.operations if creates(contract, each)]
    return next((each for each in found if each.entity == operation.entity), None)


def of_role(contract: Contract, entity: str | None, *roles: Role) -> list[Operation]:
    """The operations on one row of an entity that have one of the roles, those with the shortest path first."""
    own = [each for each in contract.bundle.operations if each.entity == entity and each.role in roles]
    found = [each for each in own if each.key and "#" not in each.path]
    return sorted(found, key=lambda each: each.path.count("{"))


def create(scene: Scene, operation: Operation, actor: str = "default") -> Made:
    """Create a row; Inconclusive where none of the bodies that the bundle suggests is taken."""
    base = path_of(scene, operation) if "{" in operation.path else {}
    there = _there(scene, operation)
    told = "no body is known for it"
    for body in bodies(scene, operation):
        exchange = scene.send(request_for(scene, operation, base, body), operation, actor)
        if not granted(exchange):
            told = f"it answered {status(exchange)} to what its schema allows"
            continue
        forget(scene)
        row = dig(success(exchange), operation.shape.item or ()) if exchange.reply and exchange.reply.body else {}
        sent = body if isinstance(body, dict) else {}
        made = Made(operation, sent, exchange, row if isinstance(row, dict) else {}, base)
        if made.key(scene.contract) is None:
            made.row = {**made.row, **_located(scene, made)}
        if made.key(scene.contract) in there:
            raise Inconclusive(f"{operation.label} answers with a row that was there before")
        return made
    raise Inconclusive(f"no row could be created: {operation.label}: {told}")


@contextlib.contextmanager
def created(scene: Scene, operation: Operation) -> Iterator[Made]:
    """A row of one's own, removed afterwards where the bundle has an operation for that."""
    made = create(scene, operation)
    try:
        yield made
    finally:
        remove(scene, made)


def remove(scene: Scene, made: Made) -> Exchange | None:
    """Delete a row that was made; None where that cannot be asked for."""
    for operation in of_role(scene.contract, made.operation.entity, Role.DELETE):
        path = where(scene, operation, made)
        if path is not None:
            forget(scene)
            with contextlib.suppress(Forbidden, Inconclusive):
                return scene.send(request_for(scene, operation, path), operation)
    return None


def where(scene: Scene, operation: Operation, made: Made) -> dict[str, Any] | None:
    """The path by which an operation names a row that was made; None where it is not known.

    What names the row itself is taken from the answer only: an id in an example is that of somebody else's row.
    """
    parents = {name: value for name, value in made.body.items() if points_at(scene.contract.model, name)}
    return path_to(scene, operation, {**parents, **made.row}, made.base)


def read(scene: Scene, made: Made) -> Standing | None:
    """Read the row as it stands now; None where nothing reads one."""
    for operation in of_role(scene.contract, made.operation.entity, Role.READ):
        path = where(scene, operation, made)
        if path is None:
            continue
        exchange = scene.send(request_for(scene, operation, path), operation)
        row = dig(success(exchange), operation.shape.item or ()) if granted(exchange) else {}
        return Standing(status(exchange), row if isinstance(row, dict) else {}, exchange, operation)
    return None


def standing(scene: Scene, made: Made) -> Standing:
    """The row as reading shows it; Inconclusive where it cannot be read."""
    found = read(scene, made)
    if found is None:
        raise Inconclusive(f"no operation reads one {made.operation.entity}")
    if not found.row:
        raise Inconclusive(f"what was created cannot be read: {found.code}")
    return found


def listed(scene: Scene, made: Made, listing: Operation) -> tuple[bool, bool, Exchange]:
    """Whether a list or search shows the row, whether it showed everything it has, and the exchange."""
    rows = walk(scene, listing, made.base, largest(listing.paging), MOST_PAGES)
    key, name = made.key(scene.contract), scene.contract.model[made.operation.entity or ""].key
    there = any(cell(row, name) == key for row in rows.rows)
    return there, rows.complete, rows.pages[-1].exchange


def lists_of(scene: Scene, operation: Operation) -> list[Operation]:
    """The lists and searches that should show a new row: below the same parents, and without a filter to be named."""
    own = set(_NAMES.findall(operation.path))
    return [
        each for each in listings(scene, operation.entity)
        if set(_NAMES.findall(each.path)) == own
        and not any(p.required and p.location == "query" for p in each.parameters)
    ]  # fmt: skip


def count(scene: Scene, made: Made) -> tuple[int, Exchange] | None:
    """How many rows there are where one was made, by a list that shows all or says so; None where none does."""
    for listing in lists_of(scene, made.operation):
        try:
            rows = walk(scene, listing, made.base, largest(listing.paging), MOST_PAGES)
        except Inconclusive:
            continue
        said = rows.pages[0].count
        if said is not None or rows.complete:
            return said if said is not None else len(rows.rows), rows.pages[0].exchange
    return None


def others(scene: Scene, made: Made) -> dict[str, Row]:
    """The other rows by key, where one was made, as far as a list shows them."""
    key, name = made.key(scene.contract), scene.contract.model[made.operation.entity or ""].key
    for listing in lists_of(scene, made.operation):
        with contextlib.suppress(Inconclusive):
            rows = walk(scene, listing, made.base, largest(listing.paging), MOST_PAGES).rows
            return {str(cell(row, name)): row for row in rows if cell(row, name) not in (None, key)}
    return {}


def change(scene: Scene, operation: Operation, made: Made, body: Any, actor: str = "default") -> Exchange:
    """Send an update, replacement or deletion of the row."""
    path = where(scene, operation, made)
    if path is None:
        raise Inconclusive(f"what was created does not tell the path of {operation.label}")
    forget(scene)
    return scene.send(request_for(scene, operation, path, body if body is not None else ABSENT), operation, actor)


def _there(scene: Scene, operation: Operation) -> set[Any]:
    """The keys that a list shows: a row of one's own has another one, or it would be deleted by mistake."""
    key = scene.contract.model[operation.entity or ""].key
    for listing in listings(scene, operation.entity):
        with contextlib.suppress(Inconclusive):
            keys = [cell(row, key) for row in everything(scene, listing).rows]
            return {key for key in keys if isinstance(key, str | int)}
    return set()


def _located(scene: Scene, made: Made) -> Row:
    """The key, where only the Location header tells it."""
    reply = made.exchange.reply
    location = reply.header("location") if reply is not None else None
    if not location:
        return {}
    last = location.partition("?")[0].rstrip("/").rpartition("/")[2]
    entity = scene.contract.model[made.operation.entity or ""]
    column = entity.fields.get(entity.key)
    return {entity.key: int(last) if column is not None and column.type == "integer" and last.isdigit() else last}
