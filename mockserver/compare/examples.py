"""Examples: the requests that the bundle shows, as it shows them; ids in them are those of rows that exist."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mockserver.bundle.operations import Operation
from mockserver.compare.program import Program, row
from mockserver.compare.questions import (
    USUAL,
    Question,
    askable,
    documented,
    json_body,
    least,
    program_of,
    question,
    shows,
)
from mockserver.probes.base import Contract
from mockserver.store.model import fits
from mockserver.store.pointing import points_at
from mockserver.store.sampling import valid

_MOST = 5  # values of one parameter


def examples(contract: Contract) -> Program:
    """The request examples of the operations that only read; those of others would take effect."""
    return program_of(questions(contract), 0)


def questions(contract: Contract) -> Iterator[Question]:
    """The questions, operation by operation."""
    for operation in askable(contract):
        yield from _bodies(contract, operation)
        yield from _parameters(contract, operation)


def _bodies(contract: Contract, operation: Operation) -> Iterator[Question]:
    media = json_body(operation)
    for name, value in media.examples.items() if media is not None else ():
        told = True if media is not None and media.schema is not None and _is(contract, value, media.schema) else None
        yield question(
            contract, operation, f"the example `{name}`", "example", sort="example body", valid=told, body=value
        )  # fmt: skip
        bound = with_holes(contract, value)
        if bound != value:
            about = f"the example `{name}` for a row"
            yield question(contract, operation, about, "example", sort="example body", valid=told, body=bound)


def _is(contract: Contract, value: Any, schema: Any) -> bool:
    return valid(value, schema, contract.bundle)


def _parameters(contract: Contract, operation: Operation) -> Iterator[Question]:
    """Documented values, literally: rows that the bundle shows may be there on both sides."""
    template = least(contract, operation)
    places = {"query": "query", "header": "headers", "cookie": "cookies", "path": "path"}
    for parameter in operation.parameters:
        place = places[parameter.location]
        for value in documented(contract, parameter)[:_MOST]:
            changes: Any = {place: {**getattr(template, place), parameter.name: value}}
            told = None if place == "path" else True
            yield question(
                contract, operation, f"{parameter.name} as documented ({value})", "example", rank=USUAL,
                sort=f"documented {parameter.location}", valid=told, **changes,
            )  # fmt: skip


def with_holes(contract: Contract, value: Any, name: str = "") -> Any:
    """A documented value with each id in it replaced by that of a row, where its name says of which entity."""
    if isinstance(value, Mapping):
        return {key: with_holes(contract, inner, name if key.startswith("_") else key) for key, inner in value.items()}
    if isinstance(value, list):
        return [with_holes(contract, inner, name) if at == 0 else inner for at, inner in enumerate(value)]
    target = points_at(contract.model, name) if name and isinstance(value, str | int) else None
    if target is None or target not in contract.model or not shows(contract, target):
        return value
    key = contract.model[target].fields[contract.model[target].key]
    return row(target, key.name) if fits(key.type, value) else value
