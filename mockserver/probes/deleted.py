"""Probes of deleting: what was deleted is gone, and deleting it again is answered as declared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any

from mockserver.bundle.operations import Operation, Role
from mockserver.exchanges import Exchange
from mockserver.probes.base import Contract, Fault, Inconclusive, Probe, Scene
from mockserver.probes.differences import changed
from mockserver.probes.made import GONE, Made, Standing, change, created, creator, listed, lists_of, read, standing
from mockserver.probes.pages import Row, status
from mockserver.probes.samples import granted

_FLAGS = ("active", "enabled", "deleted", "archived", "status", "state", "revoked", "disabled", "trashed", "removed")


def _gone(scene: Scene, operation: Operation) -> Iterator[Fault]:
    with _one(scene, operation) as made:
        before = standing(scene, made).row
        exchange = _delete(scene, operation, made)
        found = read(scene, made)
        if found is not None and found.code in GONE:
            yield from _unlisted(scene, made)
        elif found is not None and _unmarked(before, found):
            found = read(scene, made)
            if found is not None and _unmarked(before, found):
                text = "what was deleted can still be read, and looks as before"
                yield Fault(text, f"{found.code}", exchanges=(exchange, found.exchange))


def _unmarked(before: Row, found: Standing) -> bool:
    return bool(found.row) and not is_marked(before, found.row)


def _unlisted(scene: Scene, made: Made) -> Iterator[Fault]:
    for listing in lists_of(scene, made.operation):
        there, _, exchange = listed(scene, made, listing)
        if there and listed(scene, made, listing)[0]:
            text = f"{listing.label} still shows what was deleted"
            yield Fault(text, f"{made.key(scene.contract)}", exchanges=(exchange,))


def is_marked(before: Row, after: Mapping[str, Any]) -> bool:
    """Whether a row that is still there says that it is no more: deactivated, archived, with a time of its end."""
    return any(any(flag in name.lower() for flag in _FLAGS) for name in changed(before, dict(after)))


def _again(scene: Scene, operation: Operation) -> Iterator[Fault]:
    with _one(scene, operation) as made:
        first = _delete(scene, operation, made)
        second = change(scene, operation, made, None)
        code = status(second)
        if code >= 500 or (code not in GONE and operation.reply(code) is None):
            detail = f"{status(first)}, then {code}"
            yield Fault(f"deleting again is answered with {code}", detail, exchanges=(first, second))


def _delete(scene: Scene, operation: Operation, made: Made) -> Exchange:
    exchange = change(scene, operation, made, None)
    if not granted(exchange):
        raise Inconclusive(f"what was created is not deleted: {status(exchange)}")
    return exchange


def _one(scene: Scene, operation: Operation) -> AbstractContextManager[Made]:
    making = creator(scene.contract, operation)
    if making is None:
        raise Inconclusive(f"no operation makes a {operation.entity} that could be deleted")
    return created(scene, making)


def _deletes(_contract: Contract, operation: Operation) -> bool:
    return operation.role is Role.DELETE and bool(operation.key) and operation.request is None


PROBES = (
    Probe("deleted", "MS281", "what was deleted is gone", _deletes, _gone, writes=True),
    Probe("deleted-again", "MS282", "deleting again is answered as declared", _deletes, _again, writes=True),
)
