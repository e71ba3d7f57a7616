"""An id that nobody has is answered with 404, or another client error that is declared; never with a success.

Budget: one request per reading operation, beside those that find out what ids look like.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from random import Random
from typing import Any
from uuid import UUID

from mockserver.bundle.operations import Operation, Role
from mockserver.probes.base import Contract, Fault, Inconclusive, Probe, Scene
from mockserver.probes.pages import ask, status
from mockserver.probes.rows import confirmed, everything, known, listings, path_of
from mockserver.store.sampling import sample, valid

_TRIES = 20
_GONE = (404, 410)
_NOT_ABOUT_IT = (401, 408, 429)
_CLASSES = ("0123456789", "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ")


def applies(_contract: Contract, operation: Operation) -> bool:
    """Whether an operation reads one row that its path names."""
    return operation.role is Role.READ and bool(operation.key)


def run(scene: Scene, operation: Operation) -> Iterator[Fault]:
    """Ask for a well-formed id that no row has."""
    path, like = _beside(scene, operation)
    value = absent(scene, operation, like, scene.random)
    yield from confirmed(scene, lambda: _observed(scene, operation, {**path, operation.key: value}))


def lookalikes(scene: Scene, operation: Operation) -> Iterator[Fault]:
    """Ask for what only begins like the number of a row: neither `789abc` nor `789.5` is 789."""
    path, _ = known(scene, operation, 1)[0]
    key = path[operation.key]
    if not isinstance(key, int) or isinstance(key, bool):
        raise Inconclusive("its ids are no numbers")

    def observe() -> Iterator[Fault]:
        for like in (f"{key}abc", f"{key}.5"):
            exchange = ask(scene, operation, {}, {**path, operation.key: like})
            if 200 <= status(exchange) < 300:
                detail = f"{operation.key} = {like!r}: {status(exchange)}"
                yield Fault("what only begins like an id is taken for it", detail, exchanges=(exchange,))

    yield from confirmed(scene, observe)


def _observed(scene: Scene, operation: Operation, path: Mapping[str, Any]) -> Iterator[Fault]:
    exchange = ask(scene, operation, {}, path)
    code = status(exchange)
    detail = f"{operation.key} = {path[operation.key]!r}: {code}"
    if code == 0 or code in _NOT_ABOUT_IT:
        raise Inconclusive(f"it answered {code or 'nothing'}")
    if 200 <= code < 400:
        yield Fault("an unknown id is answered with a success", detail, exchanges=(exchange,))
    elif code >= 500:
        yield Fault("an unknown id breaks the server", detail, exchanges=(exchange,))
    elif code not in _GONE and operation.reply(code) is None:
        yield Fault("an unknown id is refused with a status that is not declared", detail, exchanges=(exchange,))


def _beside(scene: Scene, operation: Operation) -> tuple[dict[str, Any], Any]:
    """Values for the other path parameters, and the key of a row that exists (None where none is known)."""
    try:
        path, _ = known(scene, operation, 1)[0]
        return path, path[operation.key]
    except Inconclusive:
        if operation.path.count("{") > 1:
            return {name: value for name, value in path_of(scene, operation).items() if name != operation.key}, None
        return {}, None


def absent(scene: Scene, operation: Operation, like: Any, dice: Random) -> Any:
    """A legal id that no row has that lists show; Inconclusive where the schema allows none."""
    schema = next((p.schema for p in operation.parameters if p.location == "path" and p.name == operation.key), True)
    flat, _ = scene.contract.bundle.resolve(schema)
    flat = flat if isinstance(flat, Mapping) else {}
    if "enum" in flat or "const" in flat:
        raise Inconclusive("its id is one of a closed list")
    taken = {str(like)}
    for listing in listings(scene, operation.entity):
        try:
            taken |= {str(value) for row in everything(scene, listing).rows for value in row.values()}
        except Inconclusive:
            continue
    for _ in range(_TRIES):
        value = _other(scene, flat, like, dice)
        if str(value) not in taken and valid(value, schema, scene.contract.bundle):
            return value
    raise Inconclusive("no legal id is free")


def _other(scene: Scene, schema: Mapping[str, Any], like: Any, dice: Random) -> Any:
    """An id of the same form: a large number, a random UUID, a text with other letters and digits."""
    kind = schema.get("type")
    if kind == "integer" or (isinstance(like, int) and kind != "string"):
        most = schema.get("maximum", 2**31 - 1 if schema.get("format") == "int32" else 2**40)
        return int(most) - dice.randrange(1, 1000)
    if schema.get("format") == "uuid" or _is_uuid(like):
        return str(UUID(int=dice.getrandbits(128), version=4))
    text = str(like) if like is not None else ""
    if not re.search(r"\w", text):
        made = sample(schema, scene.contract.bundle, f"absent {dice.random()}")
        text = made if isinstance(made, str) and made else "absentabsent"
    return "".join(dice.choice(next((each for each in _CLASSES if c in each), c)) for c in text)


def _is_uuid(value: Any) -> bool:
    try:
        return UUID(value) is not None if isinstance(value, str) and len(value) == 36 else False
    except ValueError:
        return False


PROBES = (
    Probe("unknown ids", "MS246", "an unknown id is a declared client error", applies, run),
    Probe("lookalike ids", "MS295", "what only begins like an id is none", applies, lookalikes),
)
