"""Pools: the rows that one side has shown, by entity, in lists, in reads and inside other rows."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from mockserver.bundle.operations import Role
from mockserver.compare.difference import Step
from mockserver.compare.documents import Number, read
from mockserver.compare.lists import entity_of, key_name
from mockserver.compare.pooling import shown_rows
from mockserver.probes.base import Contract
from mockserver.store.model import Entity, normal

Row = dict[str, Any]
_SHOWN = frozenset({Role.LIST, Role.SEARCH, Role.READ})


@dataclass(slots=True)
class Pool:
    """The rows of one side by entity, in the order in which its answers showed them; numbers as `Number`.

    `whole` are rows of lists and reads, `nested` those shown inside others, `named` those only pointed at. An entity in
    `closed` takes no further rows, so that what a program makes is not picked by others.
    """

    contract: Contract
    whole: dict[str, dict[str, Row]] = field(default_factory=lambda: defaultdict(dict))
    nested: dict[str, dict[str, Row]] = field(default_factory=lambda: defaultdict(dict))
    named: dict[str, dict[str, Row]] = field(default_factory=lambda: defaultdict(dict))
    closed: set[str] = field(default_factory=set)
    _seen: set[tuple[str, bytes]] = field(default_factory=set)

    def see(self, step: Step) -> None:
        """Take over the rows of an answer to a reading operation; what is known of a row stays as it was."""
        reply, entity = step.exchange.reply, entity_of(step.operation, self.contract.model)
        if reply is None or not 200 <= reply.status < 300 or step.operation is None or entity is None:
            return
        answer = (step.label, reply.body)
        if step.operation.role in _SHOWN and answer not in self._seen:
            self._seen.add(answer)
            for row in shown_rows(step, read(reply).value):
                self._take(self.whole, entity, row)

    def name(self, entity: str, key: str, value: int) -> None:
        """Take over a row of which nothing is known but that it is there."""
        self.named[entity].setdefault(str(value), {key: Number(value)})

    def rows(self, entity: str) -> list[Row]:
        """The rows of an entity: whole ones, else what is shown of them elsewhere."""
        name = self.contract.model.aliases.get(entity, entity)
        return next((list(kept[name].values()) for kept in (self.whole, self.nested, self.named) if kept[name]), [])

    def _take(self, kept: dict[str, dict[str, Row]], entity: Entity, row: Row) -> None:
        name = key_name(row, entity)
        if name is None or not isinstance(row[name], str) or not row[name]:
            return
        kind = row.get("type")
        mark = json.dumps([row[name], kind if isinstance(kind, str) else ""])
        rows = kept[entity.name]
        if mark not in rows and entity.name in self.closed:
            return
        rows[mark] = {**row, **rows.get(mark, {})}
        for target, related in self._related(entity, row):
            self._take(self.named if len(related) == 1 else self.nested, target, related)

    def _related(self, entity: Entity, row: Row) -> Iterator[tuple[Entity, Row]]:
        model = self.contract.model
        for relation in entity.relations.values():
            if relation.target not in model:
                continue
            target, shown = model[relation.target], row.get(relation.name)
            for inner in shown if isinstance(shown, list) else [shown]:
                if isinstance(inner, dict) and len(inner) > 1:
                    yield target, inner
            value = row.get(relation.column)
            if not relation.many and isinstance(value, str) and relation.column != entity.key:
                yield target, {target.key: value}


def cell(row: Mapping[str, Any], name: str) -> Any:
    """A value of a row by its property, in whatever spelling, or by a JSON pointer; None where there is none."""
    if name.startswith("/"):
        value: Any = row
        for part in name[1:].split("/"):
            value = value.get(part.replace("~1", "/").replace("~0", "~")) if isinstance(value, Mapping) else None
        return value
    if name in row:
        return row[name]
    plain = normal(name)
    return next((value for key, value in row.items() if normal(key) == plain), None)
