"""Effects: what writing did on one side: rows that lists show, counts that moved, values that stayed or did not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import permutations
from typing import Any

from mockserver.bundle.nouns import noun
from mockserver.bundle.operations import Role
from mockserver.compare.clocks import NEAR
from mockserver.compare.difference import Step
from mockserver.compare.documents import shown
from mockserver.compare.facts import Fact, asked_size, inputs, sent, whole
from mockserver.compare.identity import Namer, path_values
from mockserver.compare.lists import at, entity_of, item_of, key_name, rows_of
from mockserver.compare.normal import fraction, instant, is_code, scalars
from mockserver.environments.guard import reads
from mockserver.probes.base import Contract

Key = tuple[str, str]  # (entity, key)
Row = Mapping[str, Any]
_MAKES = frozenset({Role.CREATE, Role.UPSERT})
_CHANGES = frozenset({Role.UPDATE, Role.REPLACE})
_COARSE = 2.0  # seconds within which a time in whole seconds need not move
_FINE = 0.003  # the same for one with fractions
_TIMES = frozenset({"earlier", "later", "much later", "the same time"})
_EMPTIED = frozenset(f"{one} -> {other}" for one, other in permutations(("null", '""', "[]"), 2))
_RESULTS = 20  # of a batch that are looked at


@dataclass(slots=True)
class _History:
    """What a side's answers told so far of the rows that the program itself made."""

    contract: Contract
    namer: Namer
    last: dict[Key, tuple[Row, Step]] = field(default_factory=dict)
    own: dict[Key, str] = field(default_factory=dict)  # "made", "read" or "deleted"
    counts: dict[tuple[str, ...], tuple[int, int]] = field(default_factory=dict)
    since: dict[tuple[str, str, str], Step] = field(default_factory=dict)  # what showed a value first
    writes: dict[str, int] = field(default_factory=lambda: defaultdict(int))


def judge(side: Sequence[Step], bodies: Sequence[Any], contract: Contract) -> Iterator[Fact]:
    """All that a side's answers say of what its writing did."""
    history = _History(contract, Namer(contract.model))
    for step, body in zip(side, bodies, strict=True):
        reply = step.exchange.reply
        if step.operation is None or reply is None or not 200 <= reply.status < 300:
            continue
        if not reads(step.operation):
            yield from _results(step, body, history)
            _note(step, body, history)
        yield from _listed(step, body, history)
        yield from _counted(step, body, history)
        yield from _as_before(step, body, history)


def batched(step: Step, body: Any, contract: Contract) -> Iterator[tuple[Key, dict[str, Any]]]:
    """The rows that a batch wrote, each with the values that were sent for it."""
    rows = rows_of(step.operation, body)
    if step.operation is None or step.operation.role is not Role.UPSERT or rows is None:
        return
    records = next((value for value in (sent(step) or {}).values() if isinstance(value, list)), [])
    for record, row in zip(records, rows, strict=False):
        if not isinstance(record, dict):
            continue
        values = {name: value for name, value in record.items() if not isinstance(value, dict)}
        for value in record.values():
            values |= value if isinstance(value, dict) else {}
        for name in _entities(record, step, contract):
            key = key_name(row, contract.model[name])
            if key is not None and row[key] is not None:
                yield (name, str(row[key])), values


def _entities(record: Row, step: Step, contract: Contract) -> list[str]:
    model = contract.model
    words = [noun(value) for value in record.values() if isinstance(value, str)]
    found = [model[word].name for word in words if word in model]
    entity = entity_of(step.operation, model)
    return list(dict.fromkeys([*found, *([entity.name] if entity is not None else [])]))


def _note(step: Step, body: Any, history: _History) -> None:
    """What a write made and deleted."""
    operation, entity = step.operation, entity_of(step.operation, history.contract.model)
    if operation is None or entity is None:
        return
    history.writes[entity.name] += 1
    item = item_of(operation, body)
    if operation.role in _MAKES:
        name = key_name(item, entity) if item is not None else None
        if item is not None and name is not None:
            history.own[entity.name, str(item[name])] = "made"
        for key, _ in batched(step, body, history.contract):
            history.own[key] = "made"
            history.writes[key[0]] += 1
    if operation.role is Role.DELETE:
        values = path_values(operation, step.exchange.request.path).values()
        gone = {key for key in history.own if key[0] == entity.name and key[1] in values}
        history.own.update(dict.fromkeys(gone, "deleted"))


def _results(step: Step, body: Any, history: _History) -> Iterator[Fact]:
    """What is said of each row of a batch: words for programs, truths, nulls, and which properties there are."""
    rows = rows_of(step.operation, body)
    for number, row in enumerate((rows or ())[:_RESULTS], 1):
        told = scalars(row)
        names = ", ".join(sorted(told))
        yield Fact(step.number, step.label, "property missing", f"the properties of result {number}",
                   frozenset({names}), names[:100])  # fmt: skip
        for pointer, value in told.items():
            plain = isinstance(value, bool) or value is None or (isinstance(value, str) and is_code(str(value)))
            name = pointer.rpartition("/")[2]
            if plain and not history.namer.is_id(name, value) and not (value is None and history.namer.names_id(name)):
                text = shown(value)
                yield Fact(step.number, step.label, "value", f"result {number}", frozenset({text}), text,
                           pointer=f"/[]{pointer}")  # fmt: skip


def _listed(step: Step, body: Any, history: _History) -> Iterator[Fact]:
    """How many of the program's own rows a list shows: of those that are there, and of those that were deleted."""
    rows, entity = rows_of(step.operation, body), entity_of(step.operation, history.contract.model)
    own = {key[1]: state for key, state in history.own.items() if entity is not None and key[0] == entity.name}
    if rows is None or step.operation is None or not reads(step.operation) or not own:
        return
    name = key_name(rows[0], entity) if rows else None
    there = {str(row.get(name)) for row in rows} if name is not None else set()
    if not _whole(step, body, rows) and not set(own) <= there:
        return
    for states, words in ((("made", "read"), "rows made before"), (("deleted",), "rows deleted before")):
        keys = [key for key, state in own.items() if state in states]
        if keys:
            says = f"{sum(key in there for key in keys)} of {len(keys)} listed"
            missing = [own[key] for key in keys if key not in there]
            cls = "referential" if "made" in missing and states[0] == "made" else "filter"
            yield Fact(step.number, step.label, cls, words, frozenset({says}), says, good=states[0] != "made" or
                       not missing)  # fmt: skip


def _counted(step: Step, body: Any, history: _History) -> Iterator[Fact]:
    """By how much a list grew or shrank since the same was asked before a write."""
    rows, entity = rows_of(step.operation, body), entity_of(step.operation, history.contract.model)
    if rows is None or entity is None or step.operation is None or not reads(step.operation):
        return
    count = whole(at(body, step.operation.shape.count))
    if count is None and _whole(step, body, rows):
        count = len(rows)
    if count is None:
        return
    request = step.exchange.request
    asked = (step.label, step.exchange.actor, request.target, request.body.decode("utf-8", "replace"))
    before, writes = history.counts.get(asked), history.writes[entity.name]
    history.counts[asked] = (count, writes)
    if before is not None and writes > before[1]:
        says = f"{count - before[0]:+d}"
        yield Fact(step.number, step.label, "count", "how many rows more than before", frozenset({says}), says)


def _whole(step: Step, body: Any, rows: Sequence[Row]) -> bool:
    """Whether a list shows all that it has."""
    operation = step.operation
    if operation is None or operation.paging is None:
        return True
    count, size = whole(at(body, operation.shape.count)), asked_size(operation, inputs(step))
    if count is not None:
        return count <= len(rows)
    return size is not None and len(rows) < size


def _as_before(step: Step, body: Any, history: _History) -> Iterator[Fact]:
    """Whether rows of the program's own are shown as they were before, but for what was sent just now."""
    entity, operation = entity_of(step.operation, history.contract.model), step.operation
    if entity is None or operation is None:
        return
    item = item_of(operation, body)
    told: dict[str, list[frozenset[str]]] = defaultdict(list)
    for row in [item] if item is not None else (rows_of(operation, body) or ()) if reads(operation) else ():
        name = key_name(row, entity)
        key = (entity.name, str(row.get(name))) if name is not None else None
        if key is None or key not in history.own:
            continue
        before = history.last.get(key)
        given = sent(step) or {} if operation.role in _CHANGES else {}
        for prop in row.keys() & before[0].keys() - given.keys() if before is not None else ():
            if before is not None:
                then = history.since.get((*key, prop), before[1])
                told[prop].append(_moved(before[0][prop], row[prop], then, step))
        for prop in row if item is not None else ():
            if before is None or before[0].get(prop) != row[prop] or (*key, prop) not in history.since:
                history.since[*key, prop] = step
        if item is not None:
            history.last[key] = (row, step)
            if operation.role is Role.READ and history.own[key] == "made":
                history.own[key] = "read"
    for prop, words in sorted(told.items()):
        says = words[0] if len(words) == 1 else frozenset({", ".join(sorted({min(each) for each in words}))})
        said = set().union(*words)
        cls = "freshness" if said & _TIMES else "null" if said & _EMPTIED else "value"
        yield Fact(step.number, step.label, cls, "where it was shown before", says, max(says), pointer=f"/{prop}")


def _moved(before: Any, after: Any, then: Step, now: Step) -> frozenset[str]:
    """How a value stands to what it was since `then`; of a time that had no time to move, both words are true."""
    one, other = instant(before), instant(after)
    if one is None or other is None:
        said = f"{shown(before)} -> {shown(after)}"
        return frozenset({"as before" if before == after else said if said in _EMPTIED else "changed"})
    if one != other:
        return frozenset({"earlier" if other < one else "later" if other - one <= NEAR else "much later"})
    writes = now.operation is not None and not reads(now.operation)
    soon = writes and _between(then, now) < (_COARSE if _is_coarse(before) else _FINE)
    return frozenset({"the same time", "later"} if soon else {"the same time"})


def _is_coarse(text: Any) -> bool:
    """Whether a time is told in whole seconds, or in days."""
    digits = fraction(text) if isinstance(text, str) else None
    return not digits or not str(text).partition(".")[2][:digits].strip("0")


def _between(one: Step, other: Step) -> float:
    """The seconds between the answer to one request and another."""
    try:
        first, last = (datetime.fromisoformat(step.exchange.at) for step in (one, other))
    except ValueError:
        return 0.0
    return (last - first).total_seconds() - one.exchange.took
