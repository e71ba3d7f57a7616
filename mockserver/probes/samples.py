"""Samples for probes: requests that a server should take, bodies to create rows with, values changed or spoilt."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from random import Random
from typing import Any

from mockserver.bundle.operations import Media, Operation, Role
from mockserver.bundle.reading import Reader, Spot
from mockserver.bundle.shapes import json_media, spot_of
from mockserver.environments.guard import reads
from mockserver.environments.requests import ABSENT, build
from mockserver.exchanges import Exchange, Request
from mockserver.probes.base import Contract, Inconclusive, Scene
from mockserver.probes.pages import cell, status, value_for
from mockserver.probes.rows import everything, known, listings, path_of, remembered
from mockserver.store.model import normal
from mockserver.store.pointing import points_at
from mockserver.store.sampling import sample, valid

_SAMPLES = 6
_PAGING = (Role.LIST, Role.SEARCH)
NATURAL = frozenset("name title label display_name code slug key login username external_id number ref".split())
_SPOILT: Mapping[str, Any] = {
    "string": {"not": "a text"},
    "integer": "not a number",
    "number": "not a number",
    "boolean": "not a boolean",
    "array": "not a list",
    "object": "not an object",
}

Body = dict[str, Any]


def is_reading(_contract: Contract, operation: Operation) -> bool:
    """Whether an operation changes nothing, so that it may be asked anywhere."""
    return reads(operation)


def is_secured(_contract: Contract, operation: Operation) -> bool:
    """Whether the bundle says that an operation wants credentials."""
    return bool(operation.security) and all(operation.security)


def json_body(operation: Operation) -> Media | None:
    """The JSON body that an operation takes, if it takes one."""
    return json_media(operation.request.content) if operation.request is not None else None


def members(contract: Contract, operation: Operation) -> dict[str, Spot]:
    """What the JSON body of an operation takes, by name."""
    spot = spot_of(json_body(operation))
    return contract.bundle.reader.members(spot) if spot is not None else {}


def required(contract: Contract, operation: Operation) -> frozenset[str]:
    """What its JSON body must have."""
    spot = spot_of(json_body(operation))
    return contract.bundle.reader.required(spot) if spot is not None else frozenset()


def path_for(scene: Scene, operation: Operation) -> dict[str, Any]:
    """A path under which there is something; Inconclusive where none is known."""
    if operation.key and "{" in operation.path and operation.role is Role.READ:
        try:
            return known(scene, operation, 1)[0][0]
        except Inconclusive:
            pass
    return path_of(scene, operation)


def request_for(
    scene: Scene, operation: Operation, path: Mapping[str, Any] | None = None, body: Any = ABSENT
) -> Request:
    """A request that the bundle allows: what is required has a value, a reading body asks for nothing in particular."""
    contract = scene.contract
    if path is None:
        path = path_for(scene, operation)
    given: dict[str, dict[str, Any]] = {"query": {}, "header": {}, "cookie": {}}
    for parameter in operation.parameters:
        if parameter.required and parameter.location in given:
            given[parameter.location][parameter.name] = value_for(contract, parameter)
    if body is ABSENT and operation.request is not None and operation.method != "GET":
        body = next(bodies(scene, operation), ABSENT)
    try:
        return build(
            operation, path=path, query=given["query"], headers=given["header"], cookies=given["cookie"], body=body
        )
    except ValueError as error:
        raise Inconclusive(str(error)) from None


def accepted(scene: Scene, operation: Operation) -> Exchange:
    """A request to a reading operation that was answered with a success; Inconclusive where none is known."""

    def make() -> Exchange:
        exchange = scene.send(request_for(scene, operation), operation)
        if not 200 <= status(exchange) < 300:
            reason = f"answered {status(exchange)}" if exchange.reply is not None else exchange.failure
            raise Inconclusive(f"no request is known that it takes: {reason}")
        return exchange

    found: Exchange = remembered(scene, "accepted", operation.id, make)
    return found


def insisted(
    scene: Scene, request: Request, operation: Operation, wrong: Callable[[Exchange], bool], actor: str = "default"
) -> Exchange | None:
    """Send a request twice; the second exchange where both are wrong, None where one is not: then it is no fault."""
    if not wrong(scene.send(request, operation, actor)):
        return None
    again = scene.send(request, operation, actor)
    return again if wrong(again) else None


def granted(exchange: Exchange) -> bool:
    """Whether a request was answered with a success."""
    return 200 <= status(exchange) < 300


def bodies(scene: Scene, operation: Operation) -> Iterator[Any]:
    """Bodies that an operation should take, the likeliest first: the bundle's examples, then samples of its schema.

    Texts that name things are made distinct, and references are filled with ids of rows that exist.
    """
    media = json_body(operation)
    if media is None or media.schema is None:
        return
    bundle, dice = scene.contract.bundle, scene.random
    if operation.role in _PAGING:
        yield _least(scene, operation, media)
        return
    made = [copy.deepcopy(example) for example in media.examples.values()]
    first, *further = [sample(media.schema, bundle, f"{operation.id} {dice.random()}") for _ in range(_SAMPLES)]
    spot = spot_of(media)
    made.append(first)
    if spot is not None:
        made += [thinned(bundle.reader, spot, one) for one in (first, further[0])]
    made += further
    for body in made:
        if not isinstance(body, dict):
            yield body
            continue
        filled = referring(scene, operation, body)
        yield distinct(scene.contract, media, filled, dice)
        if filled != body:
            yield distinct(scene.contract, media, body, dice)


def thinned(reader: Reader, spot: Spot, value: Any) -> Any:
    """A value with nothing but what its schema requires, all the way down."""
    if isinstance(value, dict) and (inner := reader.members(spot)):
        needed = reader.required(spot)
        return {name: thinned(reader, inner[name], value[name]) for name in value if name in needed and name in inner}
    items = reader.items(spot) if isinstance(value, list) else None
    return [thinned(reader, items, each) for each in value] if items is not None else value


def distinct(contract: Contract, media: Media, body: Body, dice: Random) -> Body:
    """The body with another text in each property that names the row, where the schema lets it."""
    for name, value in body.items():
        if isinstance(value, str) and normal(name) in NATURAL:
            number = dice.randrange(10**6, 10**7)
            for text in renamed(value, number):
                changed = {**body, name: text}
                if media.schema is None or valid(changed, media.schema, contract.bundle):
                    body = changed
                    break
    return body


def renamed(text: str, number: int) -> Iterator[str]:
    """Other texts of the same kind, the likeliest to be taken first."""
    if "@" in text or "://" in text:
        at = text.index("@") if "@" in text else len(text)
        yield f"{text[:at]}{number}{text[at:]}"
        return
    yield from (f"{text} {number}", f"{text}{number}", f"{text[:3]}{number}", str(number))


def referring(scene: Scene, operation: Operation, body: Body) -> Body:
    """The body with each property that points at another entity holding the id of a row that exists."""
    model = scene.contract.model
    filled = dict(body)
    for name in body:
        target = points_at(model, name)
        if target is None or target == operation.entity or not isinstance(body[name], str | int):
            continue
        rows = _some(scene, target)
        keys = [key for row in rows if type(key := cell(row, model[target].key)) is type(body[name])]
        if keys and body[name] not in keys:
            filled[name] = scene.random.choice(keys)
    return filled


def changes(contract: Contract, operation: Operation, row: Mapping[str, Any], most: int) -> Iterator[tuple[str, Any]]:
    """Properties that an update takes and the row shows, each with another legal value."""
    reader, count = contract.bundle.reader, 0
    for name, spot in members(contract, operation).items():
        if name not in row or count >= most or points_at(contract.model, name) or reader.keyword(spot, "readOnly"):
            continue
        for value in _others(contract, spot, row[name]):
            if value != row[name] and _takes(contract, spot, value):
                count += 1
                yield name, value
                break


def spoilt(contract: Contract, operation: Operation, body: Body) -> Iterator[tuple[str, Body]]:
    """The body with one property spoilt, so that the schema does not allow it: its name and the body."""
    media = json_body(operation)
    reader = contract.bundle.reader
    for name, spot in members(contract, operation).items():
        wrong = _SPOILT.get(reader.kind(spot))
        if wrong is None or media is None or media.schema is None:
            continue
        made = {**body, name: wrong}
        if not valid(made, media.schema, contract.bundle):
            yield name, made
    for name in sorted(required(contract, operation)):
        made = {key: value for key, value in body.items() if key != name}
        if media is not None and media.schema is not None and not valid(made, media.schema, contract.bundle):
            yield name, made


def unknown_key(scene: Scene, operation: Operation, seen: Sequence[Any] = ()) -> Any:
    """A value for the path parameter that names the row, and names none, as far as the keys seen tell."""
    bundle, dice = scene.contract.bundle, scene.random
    declared = next((p for p in operation.parameters if p.location == "path" and p.name == operation.key), None)
    schema: Any = declared.schema if declared is not None else True
    kind = bundle.reader.kind(Spot(schema, declared.pointer)) if declared and isinstance(schema, dict) else ""
    whole = kind == "integer" or (not kind and bool(seen) and all(isinstance(key, int) for key in seen))
    for _ in range(20):
        number = dice.randrange(1_900_000_000, 2_100_000_000)
        texts = (f"none-{number}", f"none{number}", str(number), _like(seen, dice), sample(schema, bundle, str(number)))
        for value in (number, sample(schema, bundle, str(number))) if whole else texts:
            if value not in (None, "") and value not in seen and valid(value, schema, bundle):
                return value
    raise Inconclusive(f"no value of {{{operation.key}}} is known that names nothing")


def _like(seen: Sequence[Any], dice: Random) -> str | None:
    """A text as those seen, each digit and letter another."""
    shown = next((key for key in seen if isinstance(key, str)), None)
    if shown is None:
        return None
    return "".join(
        dice.choice("0123456789") if c.isdigit() else dice.choice("abcdef") if c.isalpha() else c for c in shown
    )


def _some(scene: Scene, entity: str) -> list[dict[str, Any]]:
    for listing in listings(scene, entity)[:1]:
        try:
            return everything(scene, listing).rows
        except Inconclusive:
            continue
    return []


def _least(scene: Scene, operation: Operation, media: Media) -> Body:
    """A body that asks a list or search for as little as it can."""
    needed = required(scene.contract, operation)
    body: Body = {name: value for name, value in _sampled(scene, media).items() if name in needed}
    paging = operation.paging
    if paging is not None and paging.where == "body" and paging.size is not None:
        body[paging.size] = min(5, paging.max_size or 5)
    return body


def _sampled(scene: Scene, media: Media) -> Body:
    made = sample(media.schema if media.schema is not None else True, scene.contract.bundle, "least")
    return made if isinstance(made, dict) else {}


def _others(contract: Contract, spot: Spot, value: Any) -> Iterator[Any]:
    listed = contract.bundle.reader.keyword(spot, "enum")
    if listed:
        yield from (option for option in listed if option is not None)
    elif isinstance(value, bool):
        yield not value
    elif isinstance(value, int):
        yield from (value + 1, value - 1)
    elif isinstance(value, float):
        yield from (round(value + 1, 2), round(value - 1, 2))
    else:
        if isinstance(value, str) and value and not contract.bundle.reader.keyword(spot, "format"):
            yield from renamed(value, 2)
        yield from (sample(spot.node, contract.bundle, f"other {number}") for number in range(3))


def _takes(contract: Contract, spot: Spot, value: Any) -> bool:
    return valid(value, spot.node, contract.bundle)
