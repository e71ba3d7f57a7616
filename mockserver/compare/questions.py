"""Questions: one template each, with what is known of it, and how any operation is asked with as little as it takes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from mockserver.bundle.operations import Media, Operation, Parameter, Role
from mockserver.bundle.pointers import join
from mockserver.bundle.reading import Spot
from mockserver.bundle.shapes import json_media, spot_of
from mockserver.compare.program import ABSENT, Program, Template, row
from mockserver.environments.exchanging import find_exchange
from mockserver.environments.guard import reads
from mockserver.probes.base import Contract
from mockserver.probes.pages import body_inputs, is_listing, row_members
from mockserver.probes.searching import spelled
from mockserver.store.addresses import own_address, parents_of
from mockserver.store.sampling import sample, valid

_NAMES = re.compile(r"\{([^{}]+)\}")
ESSENTIAL, CORE, USUAL, FURTHER = range(4)
ROWS = "the rows of {}"


@dataclass(frozen=True, slots=True)
class Question:
    """A template, and what to know when not all of them can be asked.

    `sort` is the class of what is asked (`page size 1`, `maximum outside`): of each class something is asked somewhere.
    `rank` ESSENTIAL questions are always asked; CORE ones of each operation, if the budget lets. `valid`: by the bundle
    it is to be taken (True), to be refused (False), or that is not told (None). `after` names the step that must have
    been asked before.
    """

    template: Template
    sort: str
    rank: int = USUAL
    valid: bool | None = None
    after: str = ""


def program_of(questions: Iterator[Question], seed: int) -> Program:
    """All questions, as a program."""
    return Program(tuple(question.template for question in questions), seed)


def askable(contract: Contract) -> Iterator[Operation]:
    """The operations that only read, those first on whose rows others build; never the one that gives tokens."""
    giving = token_operation(contract)
    operations = [each for each in contract.bundle.operations if reads(each) and each is not giving]
    order = {Role.LIST: 0, Role.SEARCH: 1}
    yield from sorted(operations, key=lambda each: (order.get(each.role, 2), each.path.count("{")))


def writing(contract: Contract) -> Iterator[Operation]:
    """The operations that change something, but for the one that gives tokens."""
    giving = token_operation(contract)
    yield from (each for each in contract.bundle.operations if not reads(each) and each is not giving)


def token_operation(contract: Contract) -> Operation | None:
    """The operation that gives a token for a key: asking it would make and spend credentials."""
    memo = contract.bundle.reader.memo
    if "the token operation" not in memo:
        exchange = find_exchange(contract.bundle)
        memo["the token operation"] = exchange.operation if exchange is not None else None
    found: Operation | None = memo["the token operation"]
    return found


def question(  # noqa: PLR0913  what is known of a question, all by name
    contract: Contract, operation: Operation, about: str, kind: str, inputs: Mapping[str, Any] | None = None, *,
    sort: str = "", rank: int = USUAL, valid: bool | None = True, pick: int = 0, after: str = "",
    **changes: Any,
) -> Question:  # fmt: skip
    """Ask an operation with some inputs, each put into body or query by its name, beside what it cannot do without."""
    template = least(contract, operation, pick)
    inside = body_inputs(contract, operation)
    in_body = {name: value for name, value in (inputs or {}).items() if name in inside}
    query = {name: value for name, value in (inputs or {}).items() if name not in inside}
    body = {**template.body, **in_body} if isinstance(template.body, dict) else template.body
    if in_body and body is ABSENT:
        body = in_body
    made = {"query": {**template.query, **query}, "body": body, **changes}
    return Question(replace(template, about=about, kind=kind, **made), sort or about, rank, valid, after)


def least(contract: Contract, operation: Operation, pick: int = 0) -> Template:
    """The operation asked with what is required alone; its path names a row that both sides pick together."""
    given: dict[str, dict[str, Any]] = {"query": {}, "header": {}, "cookie": {}}
    for parameter in operation.parameters:
        if parameter.required and parameter.location in given:
            given[parameter.location][parameter.name] = value_of(contract, parameter)
    takes = operation.request is not None and operation.method not in ("GET", "HEAD")
    return Template(
        operation.label, "as little as it takes", "read", path_of(contract, operation, pick),
        given["query"], given["header"], given["cookie"], least_body(contract, operation) if takes else ABSENT,
    )  # fmt: skip


def least_body(contract: Contract, operation: Operation) -> Any:
    """The smallest body that the bundle allows; a documented one where it writes. ABSENT where it takes no JSON."""
    media = json_body(operation)
    if media is None or media.schema is None:
        return ABSENT
    memo, key = contract.bundle.reader.memo, ("least body", operation.id)
    if key not in memo:
        memo[key] = _least_body(contract, operation, media)
    return memo[key]


def _least_body(contract: Contract, operation: Operation, media: Media) -> Any:
    spot = spot_of(media)
    schema = media.schema if media.schema is not None else True
    if spot is None:
        return sample(schema, contract.bundle, operation.id)
    reader = contract.bundle.reader
    needed = reader.required(spot)
    if reads(operation) and reader.kind(spot) in ("object", ""):
        empty: dict[str, Any] = {"object": {}, "array": []}
        members = reader.members(spot)
        made = {
            name: empty.get(reader.kind(below), sample(below.node, contract.bundle, name))
            for name, below in members.items()
            if name in needed
        }
        if valid(made, schema, contract.bundle):
            return made
    shown = [value for value in media.examples.values() if valid(value, schema, contract.bundle)]
    return shown[0] if shown else sample(schema, contract.bundle, operation.id)


def json_body(operation: Operation) -> Media | None:
    """The JSON body that an operation takes, if it takes one."""
    return json_media(operation.request.content) if operation.request is not None else None


def value_of(contract: Contract, parameter: Parameter) -> Any:
    """A legal value of a parameter: a documented one where there is one."""
    return next(iter(documented(contract, parameter)), sample(parameter.schema, contract.bundle, parameter.name))


def documented(contract: Contract, parameter: Parameter) -> list[Any]:
    """The values that the bundle shows for a parameter, legal ones only."""
    reader = contract.bundle.reader
    above = reader.at(parameter.pointer.rpartition("/")[0]).node
    shown = [above["example"]] if "example" in above else []
    examples = above.get("examples")
    if isinstance(examples, Mapping):
        shown += [each["value"] for each in examples.values() if isinstance(each, Mapping) and "value" in each]
    if isinstance(parameter.schema, Mapping):
        spot = Spot(parameter.schema, parameter.pointer)
        for word in ("examples", "enum"):
            listed = reader.keyword(spot, word)
            shown += listed if isinstance(listed, list) else []
        shown += [
            value for word in ("example", "const", "default") if (value := reader.keyword(spot, word)) is not None
        ]
    return [value for value in shown if value is not None and valid(value, parameter.schema, contract.bundle)]


def path_of(contract: Contract, operation: Operation, pick: int = 0) -> dict[str, Any]:
    """Values for the path parameters: holes where they name rows that some list shows, else documented values."""
    declared = {each.name: each for each in operation.parameters if each.location == "path"}
    named = _named(contract, operation, pick)
    path: dict[str, Any] = {}
    for name in _NAMES.findall(re.split(r"[?#]", operation.path)[0]):
        if name in named:
            path[name] = named[name]
            if not shows(contract, named[name]["$row"]["entity"]) and name in declared:
                path[name]["$row"]["else"] = _literal(contract, declared[name], pick)
        elif name in declared:
            path[name] = _literal(contract, declared[name], pick)
        else:
            path[name] = "1"
    return path


def _literal(contract: Contract, parameter: Parameter, pick: int) -> Any:
    """A documented value of a parameter, else a legal one."""
    shown = documented(contract, parameter)
    return shown[pick % len(shown)] if shown else sample(parameter.schema, contract.bundle, parameter.name)


def _named(contract: Contract, operation: Operation, pick: int) -> dict[str, Any]:
    """The path parameters that rows tell."""
    model, found = contract.model, {}
    for parent in parents_of(operation, model):
        address = parent.address
        if address is None:
            continue
        if (
            shows(contract, operation.entity)
            and address.column == address.key.name
            and not is_listing(contract, operation)
        ):  # the row's own parent
            found[parent.parameter] = row(operation.entity or "", parent.column, pick)
        elif shows(contract, address.entity):
            found.update({p: row(address.entity, column, pick) for p, column in address.parts})
    for parameter, entity in operation.parents:
        if parameter not in found and entity in model and shows(contract, entity):
            found[parameter] = row(entity, model[entity].key, pick)
    address = own_address(operation, model)
    if address is not None and not is_listing(contract, operation) and shows(contract, operation.entity):
        found.update({p: row(address.entity, column, pick) for p, column in address.parts if p not in found})
    elif address is not None and operation.entity and guessable(contract, operation.entity) is not None:
        found[address.parameter] = row(address.entity, address.column, pick)
    return found


def shows(contract: Contract, entity: str | None) -> bool:
    """Whether some list or search shows rows of an entity with their keys, so that a pick of them can be had."""
    if entity is None or entity not in contract.model:
        return False
    memo, key = contract.bundle.reader.memo, ("shows rows", entity)
    if key not in memo:
        listings = (each for each in contract.bundle.operations if is_listing(contract, each) and each.entity == entity)
        memo[key] = any(spelled(contract.model[entity].key, row_members(contract, each)) for each in listings)
    return bool(memo[key])


def guessable(contract: Contract, entity: str) -> Operation | None:
    """The operation that reads a row by a whole number alone, which may be guessed; None: there is none."""
    for operation in contract.bundle.operations:
        address = own_address(operation, contract.model)
        if operation.entity != entity or address is None or not reads(operation) or operation.path.count("{") != 1:
            continue
        declared = next((p for p in operation.parameters if p.name == address.parameter), None)
        schema = declared.schema if declared is not None else None
        if address.column == address.key.name and isinstance(schema, Mapping) and schema.get("type") == "integer":
            return operation
    return None


def pickable(contract: Contract, entity: str | None) -> bool:
    """Whether rows of an entity can be had: some list shows them, or their ids may be guessed."""
    return shows(contract, entity) or (entity is not None and guessable(contract, entity) is not None)


def about_row(contract: Contract, operation: Operation, pick: int) -> str:
    """The `row` of a template that reads one row by its key; "" where there is none to be picked."""
    single = operation.shape.item is not None and not is_listing(contract, operation)
    address = own_address(operation, contract.model) if single else None
    return f"{address.entity}/{pick}" if address is not None and pickable(contract, address.entity) else ""


def pointer(*steps: str | int) -> str:
    """A JSON pointer."""
    return join(steps)
