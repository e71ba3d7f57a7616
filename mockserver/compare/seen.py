"""Answers with rows, ready to be judged: what was asked, what came, where the next page would begin."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from mockserver.bundle.operations import Operation
from mockserver.compare.difference import Step
from mockserver.compare.facts import asked_size, inputs, whole
from mockserver.compare.lists import at, entity_of, key_name, rows_of
from mockserver.environments.guard import reads
from mockserver.probes.base import Contract
from mockserver.store.model import Entity

Rows = list[dict[str, Any]]


@dataclass(slots=True)
class Seen:
    """A step that answered with rows: as read without loss, its inputs, and where its rows and count are.

    `state` counts the writes that went before: what is asked in another state is another question.
    """

    step: Step
    operation: Operation
    rows: Rows
    given: dict[str, Any]
    count: int | None
    size: int | None
    entity: Entity | None
    keys: list[str] = field(default_factory=list)
    state: int = 0

    @property
    def start(self) -> int | None:
        """How many rows the request skips; None where only the server knows."""
        paging = self.operation.paging
        if paging is None:
            return 0
        if paging.cursor and paging.cursor in self.given:
            return None
        if paging.offset and paging.offset in self.given:
            return whole(self.given[paging.offset])
        if paging.page and paging.page in self.given:
            page = whole(self.given[paging.page])
            first = 1 if paging.kind == "number-from-1" else 0
            return 0 if page == first else None
        return 0


def lists_of(side: Sequence[Step], bodies: Sequence[Any], contract: Contract) -> list[Seen]:
    """The steps of a side that answered with rows."""
    found, state = [], 0
    for step, body in zip(side, bodies, strict=True):
        state += step.operation is not None and not reads(step.operation)
        rows = rows_of(step.operation, body)
        if rows is None or step.operation is None or (step.operation.paging is None and step.operation.role != "list"):
            continue
        given, entity = inputs(step), entity_of(step.operation, contract.model)
        key = key_name(rows[0], entity) if rows else None
        keys = [str(row[key]) for row in rows if key in row] if key is not None else []
        count = whole(at(body, step.operation.shape.count))
        found.append(
            Seen(
                step,
                step.operation,
                rows,
                given,
                count,
                asked_size(step.operation, given),
                entity,
                keys if len(keys) == len(rows) else [],
                state,
            )
        )
    return found


def names_of(rows: Rows) -> dict[str, Any]:
    """The properties of rows, in their order, as the keys of a dict."""
    return {name: None for row in rows[:50] for name in row}


def is_control(seen: Seen, name: str) -> bool:
    """Whether an input cuts pages rather than choosing rows."""
    paging = seen.operation.paging
    return paging is not None and name in (paging.page, paging.offset, paging.cursor, *paging.sizes)


def questions(lists: Sequence[Seen]) -> dict[str, list[Seen]]:
    """The lists by what was asked, however it is cut into pages."""
    grouped: dict[str, list[Seen]] = defaultdict(list)
    for seen in lists:
        if seen.operation.paging is not None:
            grouped[_question(seen)].append(seen)
    return grouped


def _question(seen: Seen) -> str:
    """What was asked, without how it is cut into pages."""
    asked = {name: value for name, value in seen.given.items() if not is_control(seen, name)}
    exchange = seen.step.exchange
    words = json.dumps(asked, sort_keys=True, default=str)
    return f"{seen.state} {seen.step.label} {exchange.request.path} {exchange.actor} {words}"
