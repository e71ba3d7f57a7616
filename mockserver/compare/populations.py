"""Populations: which rows a list without conditions shows, and where references lead, by all that a side showed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mockserver.compare.difference import Ledger, Step
from mockserver.compare.evidence import unlikely
from mockserver.compare.facts import property_named
from mockserver.compare.lists import entity_of, key_name
from mockserver.compare.normal import is_code
from mockserver.compare.pooling import Entry, Row, pointer_of, shown_rows
from mockserver.compare.seen import Seen, is_control, lists_of
from mockserver.probes.base import Contract
from mockserver.store.columns import ORDERS
from mockserver.store.model import normal

_SURE = 2  # rows that are missing, or references that lead somewhere
_LED = 0.8  # of the references of a side lead to rows that it shows


@dataclass(slots=True)
class _Population:
    """What one side showed: rows by entity and key, and its lists."""

    rows: dict[str, dict[str, Row]] = field(default_factory=lambda: defaultdict(dict))
    lists: list[Seen] = field(default_factory=list)

    def whole(self) -> Iterator[Seen]:
        """The lists without conditions that show all that there is, as they say of themselves."""
        for seen in self.lists:
            asked = [name for name in seen.given if not is_control(seen, name) and normal(name) not in ORDERS]
            number = len(seen.rows)
            ended = seen.count == number if seen.count is not None else seen.size is not None and number < seen.size
            if not asked and "{" not in seen.operation.path and seen.start == 0 and ended and seen.keys:
                yield seen


def compare_populations(entries: Sequence[Entry], contract: Contract, ledger: Ledger) -> None:
    """Rows that a list of one side leaves out though it shows all, and references that lead nowhere on one side."""
    sides = _population(entries, 0, contract), _population(entries, 1, contract)
    whole = [{seen.operation.label: seen for seen in side.whole()} for side in sides]
    for label in sorted(whole[0].keys() & whole[1].keys()):
        _left_out(whole[0][label], whole[1][label], sides, ledger)
    complete = [{seen.operation.entity or "" for seen in each.values()} for each in whole]
    _references(entries, sides, complete[0] & complete[1], contract, ledger)


def _population(entries: Sequence[Entry], at: int, contract: Contract) -> _Population:
    found = _Population()
    steps = [(pair[at], documents[at].value) for pair, documents in entries if pair[at].exchange.actor == "default"]
    for step, body in steps:
        entity = entity_of(step.operation, contract.model)
        for row in shown_rows(step, body) if entity is not None else ():
            key = key_name(row, entity)
            if entity is not None and key is not None:
                found.rows[entity.name].setdefault(str(row[key]), row)
    found.lists = lists_of([step for step, _ in steps], [body for _, body in steps], contract)
    return found


def _left_out(a: Seen, b: Seen, sides: tuple[_Population, _Population], ledger: Ledger) -> None:
    """What is left out has something in common that rows have which the list of the other side does show."""
    missing = []
    for seen, side in zip((a, b), sides, strict=True):
        keys = set(seen.keys)
        missing.append([row for key, row in side.rows[seen.operation.entity or ""].items() if key not in keys])
    if bool(missing[0]) == bool(missing[1]):
        ledger.same(a.operation.label, "default")
        return
    at = 0 if missing[0] else 1
    odd, other = ((a, b), (b, a))[at]
    traits = _traits(missing[at], odd.rows)
    shared = [trait for trait in traits if any(_has(row, trait) for row in other.rows)]
    if not shared and (traits or len(missing[at]) < _SURE):
        return
    what = f"leaves out rows{f' whose {shared[0][0]} is {str(shared[0][1]).lower()}' if shared else ''}"
    words = ("shows all rows", what) if at else (what, "shows all rows")
    says, detail = (
        f"a list without conditions: {' -> '.join(words)}",
        f"{len(missing[at])} rows that other answers show",
    )
    ledger.differ(
        a.step, "default", "body", says, words, pointer_of(a.step), detail=detail, count=len(missing[at])
    )  # fmt: skip


def _traits(gone: Sequence[Row], there: Sequence[Row]) -> list[tuple[str, Any]]:
    """The truths and words that all rows left out have, and none of those shown."""
    first: dict[str, Any] = {name: value for name, value in gone[0].items() if isinstance(value, bool)}
    first |= {name: value for name, value in gone[0].items() if type(value) is str and is_code(value)}
    common = [(name, value) for name, value in first.items() if all(_has(row, (name, value)) for row in gone)]
    return [trait for trait in common if not any(_has(row, trait) for row in there)]


def _has(row: Row, trait: tuple[str, Any]) -> bool:
    return row.get(trait[0]) == trait[1] and type(row.get(trait[0])) is type(trait[1])


def _references(
    entries: Sequence[Entry], sides: tuple[_Population, _Population], complete: set[str], contract: Contract,
    ledger: Ledger,
) -> None:  # fmt: skip
    """References to entities of which both sides have shown every row: they lead to one of these, or nowhere."""
    counts: list[dict[tuple[str, str], set[tuple[str, bool]]]] = [defaultdict(set), defaultdict(set)]
    steps: dict[str, Step] = {}
    for pair, documents in entries:
        steps.setdefault(pair[0].label, pair[0])
        for at in (0, 1):
            if pair[at].exchange.actor == "default":
                for name, value, known in _led(pair[at], documents[at].value, sides[at].rows, complete, contract):
                    counts[at][pair[at].label, name].add((value, known))
    for place in sorted(counts[0].keys() & counts[1].keys()):
        led = [sum(good for _, good in side[place]) for side in counts]
        of = [len(side[place]) for side in counts]
        for at in (0, 1):
            other = 1 - at
            none = led[other] == 0 and of[other] >= _SURE <= of[at]
            less = unlikely(led[at], of[at], of[other]) and led[other] * 2 <= of[other]
            if led[at] >= _LED * of[at] and (none or less):
                words = [f"{led[side]} of {of[side]} lead to rows" for side in (0, 1)]
                says = " -> ".join("references lead to rows" if side == at else "they lead nowhere" for side in (0, 1))
                step, pointer = steps[place[0]], f"{pointer_of(steps[place[0]])}/{place[1]}"
                ledger.differ(step, "referential", "body", says, (words[0], words[1]), pointer)
                break
        else:
            ledger.same(place[0], "referential")


def _led(
    step: Step, body: Any, rows: Mapping[str, Mapping[str, Row]], complete: set[str], contract: Contract
) -> Iterator[tuple[str, str, bool]]:
    entity = entity_of(step.operation, contract.model)
    if entity is None:
        return
    for relation in entity.relations.values():
        if relation.many or relation.target not in complete or relation.column == entity.key:
            continue
        for row in shown_rows(step, body):
            name = property_named(relation.column, row)
            value = row.get(name) if name is not None else None
            if name is not None and isinstance(value, str) and value:
                yield name, str(value), str(value) in rows[relation.target]
