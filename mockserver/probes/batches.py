"""Probes of batches: what one wrote is read back, is changed by the next, is made only once, and can be deleted."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mockserver.bundle.nouns import noun
from mockserver.bundle.operations import Operation, Role
from mockserver.bundle.reading import Spot
from mockserver.environments.client import Forbidden
from mockserver.exchanges import Exchange
from mockserver.probes.base import Contract, Fault, Inconclusive, Probe, Scene
from mockserver.probes.deleted import is_marked
from mockserver.probes.differences import disagreeing
from mockserver.probes.made import GONE
from mockserver.probes.pages import Row, cell, dig, status, success
from mockserver.probes.rows import forget, readers
from mockserver.probes.samples import granted, json_body, members, request_for
from mockserver.store.sampling import sample

_SHOWN = 80
_TRIED = 3


@dataclass(slots=True)
class Batched:
    """A row that a batch of one made: the item as sent, what was answered of it, and how it is read."""

    item: dict[str, Any]
    exchange: Exchange
    key: Any
    reader: Operation

    def written(self, contract: Contract, operation: Operation) -> dict[str, Any]:
        """The values by field name: what the item holds in objects whose properties the bundle leaves open."""
        inner = contract.bundle.reader.members(_items(contract, operation)[1])
        found: dict[str, Any] = {}
        for name, value in self.item.items():
            if isinstance(value, dict) and name in inner and not contract.bundle.reader.members(inner[name]):
                found |= value
        return found


def _items(contract: Contract, operation: Operation) -> tuple[str, Spot]:
    """The property of the body that holds the batch, and the schema of its items."""
    reader = contract.bundle.reader
    for name, spot in members(contract, operation).items():
        items = reader.items(spot)
        if items is not None and reader.members(items):
            return name, items
    raise Inconclusive("its body holds no list of objects")


def is_batch(contract: Contract, operation: Operation) -> bool:
    """Whether an operation creates or updates the rows that its body lists, and answers with one result for each."""
    if operation.role is not Role.UPSERT or operation.key or operation.shape.rows is None or not json_body(operation):
        return False
    with contextlib.suppress(Inconclusive):
        return bool(_items(contract, operation))
    return False


def _makes(contract: Contract, operation: Operation) -> bool:
    return is_batch(contract, operation) and operation.method == "POST"


def _send(scene: Scene, operation: Operation, item: Mapping[str, Any]) -> tuple[Exchange, Row]:
    """A batch of one, and what the answer says of it."""
    name, _ = _items(scene.contract, operation)
    forget(scene)
    exchange = scene.send(request_for(scene, operation, None, {name: [dict(item)]}), operation)
    rows = dig(success(exchange), operation.shape.rows or ())
    return exchange, rows[0] if isinstance(rows, list) and rows and isinstance(rows[0], dict) else {}


@contextlib.contextmanager
def _made(scene: Scene, operation: Operation) -> Iterator[Batched]:
    """A row made by a batch, removed afterwards where a batch can do that."""
    batched = _create(scene, operation)
    try:
        yield batched
    finally:
        with contextlib.suppress(Forbidden, Inconclusive):
            _delete(scene, operation, batched)


def _create(scene: Scene, operation: Operation) -> Batched:
    _, spot = _items(scene.contract, operation)
    told = "no item is known that it takes"
    for number in range(_TRIED):
        made = sample(spot.node, scene.contract.bundle, f"batch {number}")
        if not isinstance(made, dict):
            continue
        item = _distinct(scene, operation, copy.deepcopy(made))
        exchange, row = _send(scene, operation, item)
        for reader in _readers(scene, item):
            key = cell(row, scene.contract.model[reader.entity or ""].key)
            batched = Batched(item, exchange, key, reader)
            if key is not None and batched.written(scene.contract, operation):
                return batched
        told = "its answer names no row that an operation reads, or its items hold no open set of values"
    raise Inconclusive(told)


def _readers(scene: Scene, item: Mapping[str, Any]) -> Iterator[Operation]:
    """What reads the row: of the entity that one of the item's texts names, as `type: client` does."""
    model = scene.contract.model
    for value in item.values():
        if isinstance(value, str) and (word := noun(value)) in model:
            yield from readers(scene, word)


def _distinct(scene: Scene, operation: Operation, item: dict[str, Any]) -> dict[str, Any]:
    """The item with other names, and other texts in objects of declared properties: by these it is known again."""
    inner = scene.contract.bundle.reader.members(_items(scene.contract, operation)[1])
    media = json_body(operation)
    for name, value in item.items():
        if isinstance(value, dict) and media is not None:
            declared = name in inner and scene.contract.bundle.reader.members(inner[name])
            number = scene.random.randrange(10**6, 10**7)
            item[name] = {
                key: f"{text}-{number}" if declared and isinstance(text, str) else text for key, text in value.items()
            }
            for key in [] if declared else [k for k, v in value.items() if isinstance(v, str)]:
                item[name] = {**item[name], key: f"{value[key]} {number}"}
    return item


def _identified(contract: Contract, operation: Operation, item: Mapping[str, Any]) -> bool:
    """Whether the item says of itself which row it is: an object of declared properties that is not empty."""
    inner = contract.bundle.reader.members(_items(contract, operation)[1])
    return any(
        isinstance(value, dict) and value and name in inner and contract.bundle.reader.members(inner[name])
        for name, value in item.items()
    )


def _read(scene: Scene, batched: Batched) -> tuple[int, Row, Exchange]:
    request = request_for(scene, batched.reader, {batched.reader.key: batched.key})
    exchange = scene.send(request, batched.reader)
    if not granted(exchange):
        return status(exchange), {}, exchange
    row = dig(success(exchange), batched.reader.shape.item or ())
    return status(exchange), row if isinstance(row, dict) else {}, exchange


def _delete(scene: Scene, operation: Operation, batched: Batched) -> tuple[Exchange, Operation]:
    """Delete by a batch on the same path; Inconclusive where there is none."""
    deleting = scene.contract.bundle.operations.at("DELETE", operation.path)
    if deleting is None or deleting.request is None:
        raise Inconclusive("no batch deletes")
    name, spot = _items(scene.contract, deleting)
    asked = scene.contract.bundle.reader.members(spot)
    item = {key: value for key, value in batched.item.items() if key in asked}
    if not _identified(scene.contract, deleting, item):
        raise Inconclusive("nothing in the item says which row it is")
    forget(scene)
    return scene.send(request_for(scene, deleting, None, {name: [item]}), deleting), deleting


def _read_back(scene: Scene, operation: Operation) -> Iterator[Fault]:
    with _made(scene, operation) as batched:
        code, row, exchange = _read(scene, batched)
        if not row:
            code, row, exchange = _read(scene, batched)
        if not row:
            yield Fault("what was created cannot be read", f"{code}", exchanges=(batched.exchange, exchange))
            return
        yield from _differences(scene, operation, batched.written(scene.contract, operation), row, batched, exchange)


def _differences(
    scene: Scene, operation: Operation, written: Mapping[str, Any], row: Row, batched: Batched, exchange: Exchange
) -> Iterator[Fault]:
    for name, value, shown in disagreeing(scene.contract, operation, batched.reader, written, row):
        detail = f"written {repr(value)[:_SHOWN]}, read {repr(shown)[:_SHOWN]}"
        text = f"`{name}` is not read back as it was written"
        yield Fault(text, detail, exchanges=(batched.exchange, exchange))


def _changed(scene: Scene, operation: Operation) -> Iterator[Fault]:
    """A second batch for the same row changes it, whichever of the path's operations sends it."""
    making = scene.contract.bundle.operations.at("POST", operation.path)
    if making is None or not is_batch(scene.contract, making):
        raise Inconclusive("no batch creates a row that could be changed")
    with _made(scene, making) as batched:
        written = batched.written(scene.contract, making)
        name = next((key for key, value in written.items() if isinstance(value, str)), None)
        if name is None or not _identified(scene.contract, operation, batched.item):
            raise Inconclusive("nothing in the item says which row it is")
        after = {name: f"{written[name]} changed"}
        item = {
            key: {**value, **after} if isinstance(value, dict) and name in value else value
            for key, value in batched.item.items()
        }
        exchange, _ = _send(scene, operation, item)
        _, row, seen = _read(scene, batched)
        for _name, value, shown in disagreeing(scene.contract, operation, batched.reader, after, row):
            detail = f"written {repr(value)[:_SHOWN]}, read {repr(shown)[:_SHOWN]}"
            yield Fault(f"`{name}` is not changed as it was said", detail, exchanges=(exchange, seen))


def _once(scene: Scene, operation: Operation) -> Iterator[Fault]:
    with _made(scene, operation) as batched:
        if not _identified(scene.contract, operation, batched.item):
            raise Inconclusive("nothing in the item says which row it is")
        exchange, row = _send(scene, operation, batched.item)
        key = cell(row, scene.contract.model[batched.reader.entity or ""].key)
        if key is not None and key != batched.key:
            text = "the same item makes another row"
            yield Fault(text, f"{batched.key}, then {key}", exchanges=(batched.exchange, exchange))


def _deleted(scene: Scene, operation: Operation) -> Iterator[Fault]:
    with _made(scene, operation) as batched:
        _, before, _ = _read(scene, batched)
        exchange, deleting = _delete(scene, operation, batched)
        if not granted(exchange):
            raise Inconclusive(f"{deleting.label} answered {status(exchange)}")
        code, row, seen = _read(scene, batched)
        if code not in GONE and row and not is_marked(before, row):
            text = "what was deleted can still be read, and looks as before"
            yield Fault(text, f"{code}", exchanges=(exchange, seen))


PROBES = (
    Probe("batch-read-back", "MS273", "what a batch wrote is read back", _makes, _read_back, writes=True),
    Probe("batch-changed", "MS276", "a batch changes what it says", is_batch, _changed, writes=True),
    Probe("batch-once", "MS285", "a batch makes a known row only once", _makes, _once, writes=True),
    Probe("batch-deleted", "MS281", "what a batch deleted is gone", _makes, _deleted, writes=True),
)
