"""Sameness: whether the rows that a step asked for are one row on both sides, as far as its template tells."""

from __future__ import annotations

from collections.abc import Sequence

from mockserver.bundle.operations import Operation, Role
from mockserver.compare.filling import SideState, needed, sources
from mockserver.compare.program import Template, holes
from mockserver.compare.rows import Pairs, Pick
from mockserver.environments.guard import reads
from mockserver.exchanges import Exchange
from mockserver.store.addresses import own_address
from mockserver.store.model import Model, normal

_MAKES = frozenset({Role.CREATE, Role.UPSERT, Role.REPLACE, Role.UPDATE})


def same_row(
    template: Template, operation: Operation | None, pairs: Pairs, states: Sequence[SideState],
    exchanges: tuple[Exchange, Exchange],
) -> bool | None:  # fmt: skip
    """True: the answer is about one row that both sides have; False: about different rows; None: nothing is known.

    Told by the template's own `row`; else by the picks that its path names, which for a list say only whose rows it
    shows; else by the earlier step that gave the id: what both sides made of one body corresponds. A list corresponds
    where it is asked for such a row by its key.
    """
    if operation is None:
        return None
    if template.row:
        entity, _, number = template.row.partition("/")
        pick = pairs.pick(entity, int(number or 0), needed(template)[entity, int(number or 0)])
        return pick.same if isinstance(pick, Pick) else None
    verdicts = [*_by_picks(template, operation, pairs), *_by_steps(template, states, exchanges)]
    if False in verdicts:
        return False
    if _makes_alike(template, operation, exchanges):
        return True if all(verdicts) else None
    certain = bool(verdicts) and all(verdicts)
    return True if certain and (operation.shape.rows is None or _asked_by_key(template, operation, pairs)) else None


def _makes_alike(template: Template, operation: Operation, exchanges: tuple[Exchange, Exchange]) -> bool:
    """Whether both sides were given the very same body to make rows of, with nothing in it that is a side's own."""
    own = any(kind in ("$row", "$input") for kind, _ in holes(template.body))
    sent = [exchange.request.body for exchange in exchanges]
    return operation.role in (Role.CREATE, Role.UPSERT) and not own and bool(sent[0]) and sent[0] == sent[1]


def _asked_by_key(template: Template, operation: Operation, pairs: Pairs) -> bool:
    """Whether a list is asked for the rows of one key alone, that of an earlier step's row."""
    model = pairs.contract.model
    if operation.entity is None or operation.entity not in model or not isinstance(template.body, dict):
        return False
    key = model[operation.entity].key
    asked = [value for value in template.body.values() if isinstance(value, dict) and key in value]
    return any(kind == "$from" for value in asked for kind, _ in holes(value[key]))


def _by_picks(template: Template, operation: Operation, pairs: Pairs) -> list[bool | None]:
    """What the picks in the path say; a row that is only pointed at by a corresponding one may be another."""
    needs, model = needed(template), pairs.contract.model
    found: list[bool | None] = []
    for kind, asked in holes(template.path):
        if kind == "$row":
            entity, number = str(asked["entity"]), int(asked.get("pick", 0))
            pick = pairs.pick(entity, number, needs[entity, number])
            if isinstance(pick, Pick):
                found.append((_names_it(operation, entity, str(asked["field"]), model) or None) if pick.same else False)
    return found


def _names_it(operation: Operation, entity: str, field: str, model: Model) -> bool:
    """Whether a field of an entity is what the operation's path knows its own rows by."""
    if model.aliases.get(entity, entity) != operation.entity or operation.entity not in model:
        return False
    address = own_address(operation, model)
    columns = {model[operation.entity].key, *([address.column] if address is not None else [])}
    return normal(field) in {normal(column) for column in columns}


def _by_steps(
    template: Template, states: Sequence[SideState], exchanges: tuple[Exchange, Exchange]
) -> list[bool | None]:
    found: list[bool | None] = []
    for source in sources(template):
        steps = [state.steps.get(source) for state in states]
        a, b = steps
        if a is None or b is None or a.operation is None:
            found.append(None)
        elif a.same_row is not None:
            found.append(a.same_row)
        elif not reads(a.operation) and a.operation.role in _MAKES:
            found.append(True if a.exchange.request.body == b.exchange.request.body else None)
        else:
            found.append(None if exchanges[0].request.target == exchanges[1].request.target else False)
    return found
