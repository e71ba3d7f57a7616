"""Probes of authorisation: who may only read does not write, and one tenant's rows stay its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mockserver.bundle.operations import Operation, Role
from mockserver.exchanges import Exchange
from mockserver.findings import Severity
from mockserver.probes.actors import Speaking, sent, speaking, succeeded, without, writes_one
from mockserver.probes.base import Contract, Fault, Inconclusive, Probe, Scene
from mockserver.probes.made import Made, change, created, creates, creator, read, remove, standing
from mockserver.probes.pages import Row, cell, dig, status, success
from mockserver.probes.rows import everything, item, known, listings, path_of, path_to, readers, remembered
from mockserver.probes.samples import bodies, changes, is_reading, is_secured, json_body, request_for

_ROWS = 2
_COMPARED = 8  # entities that tell whether two tenants are two
_WRITING = (Role.CREATE, Role.UPSERT, Role.REPLACE, Role.UPDATE, Role.DELETE)


def _reader(scene: Scene, operation: Operation) -> Iterator[Fault]:
    """A reader creates nothing, and neither changes nor deletes a row that somebody else has made."""
    severity = None if "403" in operation.replies or "4XX" in operation.replies else Severity.WARNING
    for exchange in _tried(scene, operation, "reader"):
        if succeeded(exchange):
            text = "who may only read is allowed to write"
            yield Fault(text, f"{status(exchange)}", exchanges=(exchange,), severity=severity)
        elif status(exchange) not in (401, 403, 404):
            raise Inconclusive(f"a reader's request is answered {status(exchange)}, whatever the rights")


def _tried(scene: Scene, operation: Operation, actor: str) -> Iterator[Exchange]:
    if creates(scene.contract, operation):
        body = next(bodies(scene, operation))
        exchange = sent(scene, request_for(scene, operation, None, body), operation, actor)
        yield exchange
        if succeeded(exchange):
            _remove_again(scene, operation, exchange, body)
    elif writes_one(operation):
        making = creator(scene.contract, operation)
        if making is None:
            raise Inconclusive(f"no operation makes a {operation.entity} that could be risked")
        with created(scene, making) as made:
            yield change(scene, operation, made, _harmless_change(scene, operation, made), actor)
    elif operation.role is Role.UPSERT and json_body(operation) is not None:
        body = next(bodies(scene, operation), None)
        yield sent(scene, request_for(scene, operation, None, body), operation, actor)
    else:
        raise Inconclusive("no request is known that could be risked")


def _others_rows(scene: Scene, operation: Operation) -> Iterator[Fault]:
    """Another tenant does not read the rows that this one sees."""
    other = speaking(scene, "other-tenant")
    asked = 0
    for path, listed in known(scene, operation, _ROWS):
        code, own, _ = item(scene, operation, path)
        if own is None or not 200 <= code < 300:
            continue
        asked += 1
        request = without(request_for(scene, operation, path), scene.client.placed(operation))
        exchange = sent(other, request, operation, "other-tenant")
        shown = _item(operation, exchange)
        if not succeeded(exchange) or shown is None or shown != own:
            continue
        theirs = _their_row(other, operation, listed)
        if theirs is None:
            yield Fault("it shows another tenant's row", f"{dict(path)}: {status(exchange)}", exchanges=(exchange,))
            return
        if remembered(scene, "all shared", "", lambda: _all_shared(scene, other)):
            yield Fault("another tenant sees just the same rows", f"{dict(path)}", exchanges=(exchange,))
            return
    if not asked:
        raise Inconclusive(f"no {operation.entity} is known that can be read")


def _others_lists(scene: Scene, operation: Operation) -> Iterator[Fault]:
    """Another tenant's lists do not show this one's rows: rows that the other may not read, or all there are."""
    other = speaking(scene, "other-tenant")
    own = everything(scene, operation).rows
    if not own:
        raise Inconclusive("the list is empty")
    found = everything(other, operation)
    both = [row for row in own if row in found.rows]
    if not both:
        return
    if remembered(scene, "all shared", "", lambda: _all_shared(scene, other)):
        yield Fault("another tenant sees just the same rows", f"{len(own)} rows", exchanges=found.exchanges)
        return
    base = path_of(scene, operation)
    for reader in readers(scene, operation.entity or ""):
        path = path_to(scene, reader, both[0], base)
        if path is None:
            continue
        request = request_for(scene, reader, path)
        mine, theirs = scene.send(request, reader), sent(other, request, reader, "other-tenant")
        if succeeded(mine) and status(theirs) in (403, 404):
            text = "another tenant's list shows rows that it may not read"
            yield Fault(text, f"{len(both)} rows", exchanges=(*found.exchanges, theirs))
            return


def _others_changes(scene: Scene, operation: Operation) -> Iterator[Fault]:
    """Another tenant neither changes nor deletes a row that this one has made."""
    making = creator(scene.contract, operation)
    if making is None:
        raise Inconclusive(f"no operation makes a {operation.entity} that could be risked")
    other = speaking(scene, "other-tenant")
    with created(scene, making) as made:
        before = standing(scene, made)
        seen = read(other, made)
        if seen is not None and seen.row and seen.row != before.row:
            raise Inconclusive("the other tenant has a row of its own of this id")
        exchange = change(other, operation, made, _harmless_change(scene, operation, made), "other-tenant")
        after = read(scene, made)
        if after is not None and after.row != before.row:
            yield Fault("another tenant changes the row", f"{status(exchange)}", exchanges=(exchange, after.exchange))
        elif succeeded(exchange):
            yield Fault("another tenant's change is said to be done", f"{status(exchange)}", exchanges=(exchange,))


def _harmless_change(scene: Scene, operation: Operation, made: Made) -> Any:
    """A body that changes a row that was made, or None where the operation takes none."""
    if operation.request is None:
        return None
    row = {**made.body, **made.row}
    changed = dict(changes(scene.contract, operation, row, 1))
    return {**made.body, **changed} if operation.role is Role.REPLACE else changed


def _their_row(other: Speaking, operation: Operation, listed: Row) -> Row | None:
    """The row as the other tenant's own lists show it: then it is everybody's, not another's."""
    key = other.contract.model[operation.entity or ""].key
    for listing in listings(other, operation.entity):
        try:
            rows = everything(other, listing).rows
        except Inconclusive:
            continue
        for row in rows:
            if cell(row, key) == cell(listed, key):
                return row
    return None


def _all_shared(scene: Scene, other: Speaking) -> bool:
    """Whether all lists that both see are the same, several of them: then the tenants are not told apart at all."""
    compared = 0
    for operation in scene.contract.bundle.operations:
        if operation.role is not Role.LIST or "{" in operation.path or not is_secured(scene.contract, operation):
            continue
        try:
            own, theirs = everything(scene, operation).rows, everything(other, operation).rows
        except Inconclusive:
            continue
        if own != theirs:
            return False
        compared += bool(own)
        if compared >= _COMPARED:
            break
    return compared > 1


def _item(operation: Operation, exchange: Exchange) -> Mapping[str, Any] | None:
    try:
        found = dig(success(exchange), operation.shape.item or ())
    except Inconclusive:
        return None
    return found if isinstance(found, dict) else None


def _remove_again(scene: Scene, operation: Operation, exchange: Exchange, body: Any) -> None:
    row = _item(operation, exchange) or {}
    remove(scene, Made(operation, body if isinstance(body, dict) else {}, exchange, dict(row)))


def _writes(contract: Contract, operation: Operation) -> bool:
    return operation.role in _WRITING and is_secured(contract, operation) and not is_reading(contract, operation)


def _reads_one(contract: Contract, operation: Operation) -> bool:
    return operation.role is Role.READ and bool(operation.key) and is_secured(contract, operation)


def _lists(contract: Contract, operation: Operation) -> bool:
    return operation.role is Role.LIST and operation.shape.rows is not None and is_secured(contract, operation)


def _changes_one(contract: Contract, operation: Operation) -> bool:
    return writes_one(operation) and is_secured(contract, operation)


PROBES = (
    Probe(
        "reader-writes", "MS263", "who may only read does not write", _writes, _reader,
        writes=True, actors=("reader",),
    ),
    Probe(
        "others-rows", "MS264", "a tenant does not read another's rows", _reads_one, _others_rows,
        actors=("other-tenant",),
    ),
    Probe(
        "others-lists", "MS265", "a tenant's lists show its own rows", _lists, _others_lists,
        actors=("other-tenant",),
    ),
    Probe(
        "others-changes", "MS266", "a tenant does not change another's rows", _changes_one, _others_changes,
        writes=True, actors=("other-tenant",),
    ),
)  # fmt: skip
