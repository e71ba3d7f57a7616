"""Probes of updating: a change changes what it says and nothing else, and nothing is changed that does not exist."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mockserver.bundle.operations import Operation, Role
from mockserver.environments.requests import ABSENT
from mockserver.exchanges import Exchange
from mockserver.probes.actors import writes_one
from mockserver.probes.base import Contract, Fault, Inconclusive, Probe, Scene
from mockserver.probes.differences import changed, disagreeing, follows, is_stamp
from mockserver.probes.made import Made, Standing, change, created, creator, others, standing, where
from mockserver.probes.pages import Row, status
from mockserver.probes.samples import changes, granted, insisted, request_for, required, unknown_key

_PROPERTIES = 3
_SHOWN = 80


@dataclass(frozen=True, slots=True)
class _Change:
    """A change of one property that was granted: all that was sent, the row before and after, and what showed it."""

    name: str
    sent: Mapping[str, Any]
    before: Row
    after: Standing
    exchange: Exchange


def _changes(scene: Scene, operation: Operation) -> Iterator[Fault]:
    """What was said to be changed is."""
    for done in _carried_out(scene, operation):
        one = {done.name: done.sent[done.name]}
        for name, value, shown in disagreeing(scene.contract, operation, done.after.reader, one, done.after.row):
            detail = f"written {repr(value)[:_SHOWN]}, read {repr(shown)[:_SHOWN]}"
            text = f"`{name}` is not changed as it was said"
            yield Fault(text, detail, exchanges=(done.exchange, done.after.exchange))


def _nothing_else(scene: Scene, operation: Operation) -> Iterator[Fault]:
    """What was not said to be changed is not: but for stamps, copies and what follows from the change."""
    entity = scene.contract.model[operation.entity or ""]
    yield from _neighbours(scene, operation)
    for done in _carried_out(scene, operation):
        before, after = done.before, done.after.row
        one = {done.name: done.sent[done.name]}
        for name in sorted(changed(before, after) - done.sent.keys() - entity.copies.keys()):
            if not is_stamp(name) and not follows(name, one, before, after):
                detail = f"from {repr(before.get(name))[:_SHOWN]} to {repr(after.get(name))[:_SHOWN]}"
                text = f"`{name}` changes, though nothing was said of it"
                yield Fault(text, detail, exchanges=(done.exchange, done.after.exchange))


def _neighbours(scene: Scene, operation: Operation) -> Iterator[Fault]:
    """The other rows stay as they are, as far as a list shows: asked twice, as others may write meanwhile."""
    with created(scene, _making(scene, operation)) as made:
        needed = required(scene.contract, operation)
        body = {key: value for key, value in made.body.items() if operation.role is Role.REPLACE or key in needed}
        row = {**made.body, **made.row}
        name, value = next(changes(scene.contract, operation, row, 1), ("", None))
        harmed: list[set[str]] = []
        exchanges: list[Exchange] = []
        for wanted in (value, row.get(name)) if name else ():  # there and back, so that both are changes
            before = others(scene, made)
            exchanges.append(change(scene, operation, made, {**body, name: wanted}))
            after = others(scene, made)
            both = before.keys() & after.keys()
            harmed.append({key for one in both for key in changed(before[one], after[one]) if not is_stamp(key)})
        if harmed and all(harmed):
            detail = ", ".join(sorted(set.union(*harmed)))
            yield Fault("the update of one row changes another one", detail, exchanges=tuple(exchanges))


def _carried_out(scene: Scene, operation: Operation) -> Iterator[_Change]:
    with created(scene, _making(scene, operation)) as made:
        before = standing(scene, made).row
        needed = required(scene.contract, operation)
        body = {key: value for key, value in made.body.items() if operation.role is Role.REPLACE or key in needed}
        done, told = 0, "no property is known that it changes"
        for name, value in changes(scene.contract, operation, before, _PROPERTIES):
            body = {**body, name: value}
            exchange = change(scene, operation, made, body)
            if not granted(exchange):
                told = f"it answered {status(exchange)} to what its schema allows"
                continue
            done += 1
            after = standing(scene, made)
            yield _Change(name, body, before, after, exchange)
            before = after.row
            body = body if operation.role is Role.REPLACE else {k: v for k, v in body.items() if k in needed}
        if not done:
            raise Inconclusive(told)


def _unknown(scene: Scene, operation: Operation) -> Iterator[Fault]:
    """A row that does not exist is neither changed nor deleted."""
    with created(scene, _making(scene, operation)) as made:
        path = where(scene, operation, made)
        if path is None:
            raise Inconclusive("what was created does not tell its path")
        body = _body(scene, operation, made)
    nothing = {**path, operation.key: unknown_key(scene, operation, [path[operation.key]])}
    request = request_for(scene, operation, nothing, ABSENT if body is None else body)
    exchange = insisted(scene, request, operation, lambda sent: not _is_refused(operation, status(sent)))
    if exchange is not None:
        what = "a deletion" if operation.role is Role.DELETE else "a change"
        yield Fault(f"{what} of a row that does not exist is granted", f"{status(exchange)}", exchanges=(exchange,))


def _is_refused(operation: Operation, code: int) -> bool:
    """Whether nothing was pretended. PUT may create (201); a deletion may be content that the row is not there."""
    if operation.method == "PUT" and code == 201 and "201" in operation.replies:
        return True
    if operation.role is Role.DELETE and code in (202, 204) and "404" not in operation.replies:
        return True
    return not 200 <= code < 300


def _body(scene: Scene, operation: Operation, made: Made) -> Any:
    if operation.request is None:
        return None
    written = dict(changes(scene.contract, operation, {**made.body, **made.row}, 1))
    return {**made.body, **written} if operation.role is Role.REPLACE else written


def _making(scene: Scene, operation: Operation) -> Operation:
    making = creator(scene.contract, operation)
    if making is None:
        raise Inconclusive(f"no operation makes a {operation.entity} that could be changed")
    return making


def _updates(_contract: Contract, operation: Operation) -> bool:
    return operation.role in (Role.UPDATE, Role.REPLACE) and bool(operation.key) and operation.request is not None


def _names_one(_contract: Contract, operation: Operation) -> bool:
    return writes_one(operation)


PROBES = (
    Probe("changed", "MS276", "an update changes what it says", _updates, _changes, writes=True),
    Probe("nothing-else", "MS277", "an update changes nothing else", _updates, _nothing_else, writes=True),
    Probe("unknown-row", "MS278", "what does not exist is not changed", _names_one, _unknown, writes=True),
)
