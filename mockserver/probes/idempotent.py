"""The probe of PUT: asked twice, it leaves what it leaves when asked once (RFC 9110 9.2.2)."""

from __future__ import annotations

from collections.abc import Iterator

from mockserver.bundle.operations import Operation, Role
from mockserver.probes.base import Contract, Fault, Inconclusive, Probe, Scene
from mockserver.probes.differences import changed, is_stamp
from mockserver.probes.made import change, count, created, creator, standing
from mockserver.probes.pages import status
from mockserver.probes.samples import changes, granted, required

_SHOWN = 80


def _twice(scene: Scene, operation: Operation) -> Iterator[Fault]:
    making = creator(scene.contract, operation)
    if making is None:
        raise Inconclusive(f"no operation makes a {operation.entity} that could be put")
    with created(scene, making) as made:
        row = standing(scene, made).row
        written = dict(changes(scene.contract, operation, row, 1))
        needed = required(scene.contract, operation)
        body = {key: value for key, value in made.body.items() if operation.role is Role.REPLACE or key in needed}
        body |= written
        first = change(scene, operation, made, body)
        if not granted(first):
            raise Inconclusive(f"it answered {status(first)} to what its schema allows")
        once = standing(scene, made).row
        before = count(scene, made)
        second = change(scene, operation, made, body)
        if not granted(second):
            text = "the second of two equal PUTs is refused"
            yield Fault(text, f"{status(first)}, then {status(second)}", exchanges=(first, second))
            return
        found = standing(scene, made)
        again, seen = found.row, found.exchange
        for name in sorted(changed(once, again)):
            if not is_stamp(name):
                detail = f"{repr(once.get(name))[:_SHOWN]}, then {repr(again.get(name))[:_SHOWN]}"
                yield Fault(f"`{name}` changes with the second of two equal PUTs", detail, exchanges=(second, seen))
        after = count(scene, made)
        if before is not None and after is not None and after[0] > before[0]:
            text = "the second of two equal PUTs makes another row"
            yield Fault(text, f"{before[0]} rows, then {after[0]}", exchanges=(second, after[1]))


def _puts(_contract: Contract, operation: Operation) -> bool:
    return operation.method == "PUT" and bool(operation.key) and operation.role in (Role.UPDATE, Role.REPLACE)


PROBES = (Probe("put-twice", "MS279", "PUT twice is PUT once", _puts, _twice, writes=True),)
