"""Probes of creating: what was written is echoed, read back and listed."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from mockserver.bundle.operations import Operation
from mockserver.probes.base import Fault, Inconclusive, Probe, Scene
from mockserver.probes.differences import disagreeing
from mockserver.probes.made import count, create, created, creates, listed, lists_of, read, remove
from mockserver.probes.samples import granted

_SHOWN = 80


def _read_back(scene: Scene, operation: Operation) -> Iterator[Fault]:
    with created(scene, operation) as made:
        found = read(scene, made)
        if found is not None and not granted(found.exchange):
            found = read(scene, made)
        if found is None:
            raise Inconclusive(f"no operation reads one {operation.entity}")
        if not granted(found.exchange):
            yield Fault("what was created cannot be read", f"{found.code}", exchanges=(made.exchange, found.exchange))
            return
        for name, value, shown in disagreeing(scene.contract, operation, found.reader, made.body, found.row):
            text = f"`{name}` is not read back as it was written"
            yield Fault(text, _both(value, shown), exchanges=(made.exchange, found.exchange))


def _echo(scene: Scene, operation: Operation) -> Iterator[Fault]:
    with created(scene, operation) as made:
        if not made.row:
            raise Inconclusive("its answer does not show the row")
        for name, value, shown in disagreeing(scene.contract, operation, operation, made.body, made.row):
            text = f"the answer shows `{name}` otherwise than it was written"
            yield Fault(text, _both(value, shown), exchanges=(made.exchange,))


def _listed(scene: Scene, operation: Operation) -> Iterator[Fault]:
    lists = lists_of(scene, operation)
    if not lists:
        raise Inconclusive(f"nothing lists {operation.entity} rows where they are made")
    with created(scene, operation) as made:
        if made.key(scene.contract) is None:
            raise Inconclusive("its answer does not tell what names the row")
        told = 0
        for listing in lists:
            there, complete, exchange = listed(scene, made, listing)
            if not there and complete:
                there, complete, exchange = listed(scene, made, listing)
            told += there or complete
            if not there and complete:
                text = f"{listing.label} does not show what was created"
                yield Fault(text, f"{made.key(scene.contract)}", exchanges=(made.exchange, exchange))
        if not told:
            raise Inconclusive("its lists are too long to be read to the end")


def _once(scene: Scene, operation: Operation) -> Iterator[Fault]:
    """One create makes one row: asked twice, so that what others make meanwhile is no fault."""
    made = [create(scene, operation)]
    try:
        counted = [count(scene, made[0])]
        for _ in range(2):
            made.append(create(scene, operation))
            counted.append(count(scene, made[0]))
    finally:
        for each in made:
            remove(scene, each)
    numbers = [found[0] for found in counted if found is not None]
    if len(numbers) < len(counted):
        raise Inconclusive(f"nothing counts {operation.entity} rows where they are made")
    if all(after - before > 1 for before, after in pairwise(numbers)):
        exchanges = (made[-1].exchange, *(found[1] for found in counted[-1:] if found is not None))
        yield Fault("one create makes several rows", " then ".join(map(str, numbers)), exchanges=exchanges)
    elif len(set(numbers)) == 1 and numbers[0] < _CAPPED:
        shown = [found[1] for found in counted if found is not None]
        yield Fault(
            "creates are not counted", f"{numbers[0]} before and after", exchanges=(made[-1].exchange, shown[-1])
        )


def _both(written: object, shown: object) -> str:
    return f"written {repr(written)[:_SHOWN]}, shown {repr(shown)[:_SHOWN]}"


_CAPPED = 1_000  # lists that count no further may say so again and again

PROBES = (
    Probe("read-back", "MS273", "what was written is read back", creates, _read_back, writes=True),
    Probe("listed", "MS274", "what was created is listed", creates, _listed, writes=True),
    Probe("created-once", "MS288", "one create makes one row", creates, _once, writes=True),
    Probe("echo", "MS275", "the answer to a create agrees with it", creates, _echo, writes=True),
)
