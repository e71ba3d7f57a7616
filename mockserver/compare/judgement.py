"""The comparison: two executions of one program, step by step and field by field, into differences."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from mockserver.bundle.operations import Role
from mockserver.bundle.reading import Reader, Spot
from mockserver.bundle.shapes import spot_of
from mockserver.compare import echoes, heads, within
from mockserver.compare.agreement import compare_agreement
from mockserver.compare.clocks import Clock, clock_of
from mockserver.compare.contrast import Contrast
from mockserver.compare.difference import Comparison, Ledger, Side, Step
from mockserver.compare.documents import Document, read, shown
from mockserver.compare.facts import Fact, compare_facts, sent
from mockserver.compare.files import compare_files, compare_texts
from mockserver.compare.headers import compare_headers
from mockserver.compare.identity import Namer, Names, ids_in, path_values
from mockserver.compare.invariants import compare_invariants
from mockserver.compare.latency import compare_latency
from mockserver.compare.lists import copies_of, correspond, entity_of, item_of, key_name, likeness, rows_of
from mockserver.compare.normal import is_code
from mockserver.compare.outcomes import body, comparable, elsewhere, same_status, status
from mockserver.compare.pooling import (
    compare_nulls,
    compare_pools,
    compare_views,
    listed_keys,
    pointer_of,
    rows_by_view,
    shown_rows,
)
from mockserver.compare.populations import compare_populations
from mockserver.compare.profile import Profiler
from mockserver.compare.rules import NO_RULES, Rules
from mockserver.compare.walk import Mode, Walk
from mockserver.probes.base import Contract

_EMPTY = Document("empty")
_EDITED = frozenset({"value", "referential", "length"})  # what a row that was copied may have become since
_MOSTLY = 0.5
_LOOKED_AT = 200  # rows of a list that are looked for on the other side: what they show, the others would


@dataclass(slots=True)
class Memory:
    """What was found out of sides that several comparisons look at: a side that says the same again is not judged anew.

    `facts` are those of a side by all that it was asked and answered; `documents` keeps what they were found in.
    """

    facts: dict[tuple[object, ...], list[Fact]] = field(default_factory=dict)
    documents: list[Document] = field(default_factory=list)


def compare(
    a: Side, b: Side, contract: Contract, rules: Rules = NO_RULES, *, twice: bool = False, memory: Memory | None = None
) -> Comparison:
    """Compare two executions of one program.

    `twice`: both are of the same environment, so everything has to be equal but what is fresh by design. ValueError
    where the sides are not executions of one program.
    """
    if [step.number for step in a] != [step.number for step in b]:
        raise ValueError("the sides have different steps: they are no executions of one program")
    ledger = Ledger()
    not_compared: list[tuple[int, str]] = []
    pairs = comparable(list(zip(a, b, strict=True)), ledger, not_compared)
    pairs = elsewhere(pairs, ledger, not_compared)
    judged = _Judged.of(pairs, contract, ledger, memory or Memory(), twice=twice)
    judged.run(not_compared)
    left, hits = rules.apply(ledger.differences)
    return Comparison(tuple(left), ledger.shares(), tuple(sorted(not_compared)), hits)


@dataclass(slots=True)
class _Judged:
    """The pairs of a comparison with their bodies read, and what is known of each side."""

    pairs: list[tuple[Step, Step]]
    documents: list[tuple[Document, Document]]
    contract: Contract
    ledger: Ledger
    reader: Reader
    namer: Namer
    names: tuple[Names, Names]
    clocks: tuple[Clock, Clock]
    memory: Memory
    twice: bool
    met: dict[str, dict[str, Ledger]] = field(default_factory=lambda: defaultdict(dict))  # of each pair of rows

    @classmethod
    def of(
        cls, pairs: list[tuple[Step, Step]], contract: Contract, ledger: Ledger, memory: Memory, *, twice: bool
    ) -> _Judged:
        documents = [(_read(one), _read(other)) for one, other in pairs]
        namer = Namer(contract.model)
        sides = [[pair[side] for pair in pairs] for side in (0, 1)]
        bodies = [[pair[side].value for pair in documents] for side in (0, 1)]
        names = tuple(_names(sides[side], bodies[side], namer) for side in (0, 1))
        clocks = tuple(clock_of(sides[side], bodies[side], [_place(step) for step in sides[side]]) for side in (0, 1))
        return cls(
            pairs,
            documents,
            contract,
            ledger,
            contract.bundle.reader,
            namer,
            (names[0], names[1]),
            (clocks[0], clocks[1]),
            memory,
            twice,
        )

    def run(self, not_compared: list[tuple[int, str]]) -> None:
        """Judge statuses, headers, bodies, what each side says of itself, and times."""
        alike = []
        entries = list(zip(self.pairs, self.documents, strict=True))
        sides = [[(pair[side], documents[side].value) for pair, documents in entries] for side in (0, 1)]
        listed = listed_keys(sides[0], self.contract.model), listed_keys(sides[1], self.contract.model)
        for pair, documents in entries:
            bodies = documents[0].value, documents[1].value
            if same_status(pair, bodies, listed, self.ledger, not_compared, self.names):
                alike.append((pair, documents))
        compare_headers([pair for pair, _ in alike], self.ledger)
        compare_texts(alike, self.ledger)
        grouped, files = defaultdict(list), []
        for pair, documents in alike:
            if documents[0].kind != documents[1].kind or documents[0].kind != "json":
                files.append((pair, documents))
            else:
                self._bodies(pair, documents)
                if status(pair[0]) < 400:
                    grouped[_group(pair)].append((pair, documents))
        self._settle()
        compare_files(files, self.ledger)
        for members in grouped.values():
            self._profiles(members)
        good = [entry for members in grouped.values() for entry in members]
        rows = [(entry, self._row_spot(entry[0][0])) for entry in good]
        compare_pools(rows, self.reader, self.namer, self.ledger)
        answers = [[(pair[at], documents[at].value) for pair, documents in good] for at in (0, 1)]
        views = [rows_by_view(each, self.contract.model) for each in answers]
        compare_views(good, views, self.ledger)
        compare_nulls(good, views, self.ledger)
        compare_agreement(good, views, self.namer, self.ledger)
        if not self.twice:
            compare_populations(good, self.contract, self.ledger)
        self._facts(alike)
        compare_latency(self.pairs, self.ledger)

    # -- pair by pair --

    def _bodies(self, pair: tuple[Step, Step], documents: tuple[Document, Document]) -> None:
        a, b = documents[0].value, documents[1].value
        spot = self._spot(pair[0])
        operation = pair[0].operation
        if status(pair[0]) >= 400:
            self._walk(pair, "error").compare(a, b, "", spot)
            return
        if self.twice:
            if a is not b:
                self._walk(pair, "twice").compare(a, b, "", spot)
            return
        place = _place(pair[0])
        if operation is not None and operation.entity is None:
            place = ("",)  # it shows no rows: all of it is around them
        if place:
            self._walk(pair, "around", place).compare(a, b, "", spot)
        if operation is None:
            return
        items = item_of(operation, a), item_of(operation, b)
        if items[0] is not None and items[1] is not None:
            self._rows(pair, [(items[0], items[1])], self._below(spot, operation.shape.item))
            self._defaults(pair, items[0], items[1])
            return
        lists = rows_of(operation, a), rows_of(operation, b)
        if lists[0] is not None and lists[1] is not None:
            array = self._below(spot, operation.shape.rows)
            below = self.reader.items(array) if array is not None else None
            self._rows(pair, self._met(pair, lists[0], lists[1]), below)

    def _met(
        self, pair: tuple[Step, Step], a: list[dict[str, Any]], b: list[dict[str, Any]]
    ) -> list[tuple[dict[str, Any], dict[str, Any]]]:
        """The rows of two lists that may be the same: by their key; where the rows asked for correspond, by place."""
        if pair[0].same_row and pair[1].same_row:
            if bool(a) != bool(b):
                words = ["rows" if rows else "none" for rows in (a, b)]
                self.ledger.differ(
                    pair[0], "filter", "body", f"the rows asked for: {words[0]} -> {words[1]}", (words[0], words[1])
                )
            if len(a) == len(b):
                return list(zip(a, b, strict=True))
        key = key_name(a[0], entity_of(pair[0].operation, self.contract.model)) if a else None
        if key is None:
            return []
        rows = {str(row[key]): row for row in b if key in row}
        return [(row, rows[str(row[key])]) for row in a[:_LOOKED_AT] if str(row.get(key)) in rows]

    def _rows(
        self, pair: tuple[Step, Step], met: Sequence[tuple[dict[str, Any], dict[str, Any]]], spot: Spot | None
    ) -> None:
        asked = pair[0].same_row and pair[1].same_row
        pointer = "".join(f"/{name}" for name in _place(pair[0]) or ())
        pointer += "/[]" if pair[0].operation is not None and pair[0].operation.shape.rows is not None else ""
        for one, other in met:
            same = correspond(one, other, self.namer)
            if asked and same is not False:
                made = pair[0].operation is not None and pair[0].operation.role == Role.CREATE
                walk = self._walk(pair, "row")
                copies = copies_of(pair[0].operation, self.contract.model, one)
                walk.like, walk.root = None if made else likeness(one, other, self.namer, copies), pointer
                if walk.like is not None:
                    walk.ledger = self.met[pair[0].label].setdefault(repr((one, other)), Ledger())
                walk.compare(one, other, pointer, spot)
            elif same and pair[0].same_row is not False:
                self._walk(pair, "form").compare(one, other, pointer, spot)

    def _settle(self) -> None:
        """Values that differ in most of the rows that correspond are told; those that differ in some were edited."""
        for ledgers in self.met.values():
            often = Counter(d.key for ledger in ledgers.values() for d in ledger.differences if d.cls in _EDITED)
            few = {key for key, times in often.items() if times < _MOSTLY * len(ledgers)}
            for ledger in ledgers.values():
                self.ledger.merge(ledger, few)

    def _defaults(self, pair: tuple[Step, Step], a: dict[str, Any], b: dict[str, Any]) -> None:
        """What a created row has that nobody wrote: truths, words for programs, nulls."""
        if pair[0].operation is None or pair[0].operation.role != Role.CREATE:
            return
        given = sent(pair[0]) or {}
        if given.keys() != (sent(pair[1]) or {}).keys():
            return
        for name in a.keys() & b.keys() - given.keys():
            pointer = "".join(f"/{step}" for step in (*(_place(pair[0]) or ()), name))
            seen = shown(a[name]), shown(b[name])
            now = [
                clock.is_now(value, step)
                for clock, value, step in zip(self.clocks, (a[name], b[name]), pair, strict=True)
            ]
            if None not in now and now[0] != now[1]:
                says = "now -> not now" if now[0] else "not now -> now"
                self.ledger.differ(pair[0], "freshness", "body", says, seen, pointer)
            elif a[name] != b[name] and _is_default(a[name]) and _is_default(b[name]) and not self.namer.names_id(name):
                self.ledger.differ(pair[0], "default", "body", "a default -> another", seen, pointer)
            else:
                self.ledger.same(pair[0].label, "default")

    def _walk(self, pair: tuple[Step, Step], mode: Mode, skip: tuple[str, ...] | None = None) -> Walk:
        words = _words(pair) if mode == "error" else frozenset()
        return Walk(self.reader, self.namer, self.ledger, pair, self.names, self.clocks, mode, words, skip)

    # -- all together --

    def _profiles(self, members: Sequence[tuple[tuple[Step, Step], tuple[Document, Document]]]) -> None:
        step = members[0][0][0]
        spot = self._spot(step)
        profiler = Profiler(self.reader)
        sides = []
        for side in (0, 1):
            bodies = {
                _evidence(pair[side], documents[side].value): documents[side].value for pair, documents in members
            }
            sides.append(profiler.profile(list(bodies.values()), spot))
        operation = step.operation
        rows = operation.shape.item if operation is not None and operation.shape.rows is None else None
        if operation is None or (operation.shape.item is None and operation.shape.rows is None):
            rows = ()
        Contrast(self.reader, self.namer, self.ledger, step, rows).compare(sides[0], sides[1])
        if operation is not None and not self.twice:
            held = [[row for pair, documents in members for row in shown_rows(pair[at], documents[at].value)]
                    for at in (0, 1)]  # fmt: skip
            compare_invariants(step, held, pointer_of(step), self.namer, self.ledger)

    def _facts(self, alike: Sequence[tuple[tuple[Step, Step], tuple[Document, Document]]]) -> None:
        good = [entry for entry in alike if status(entry[0][0]) < 400]
        if self.twice and all(documents[0] is documents[1] for _, documents in good):
            return
        found = [self._said([(pair[side], documents[side]) for pair, documents in good]) for side in (0, 1)]
        compare_facts(found[0], found[1], {pair[0].number: pair[0] for pair, _ in good}, self.ledger)

    def _said(self, side: Sequence[tuple[Step, Document]]) -> list[Fact]:
        """What a side says of itself."""
        mark = tuple(
            (step.number, id(document), step.exchange.request, step.exchange.actor, heads.told(step.exchange))
            for step, document in side
        )
        if mark not in self.memory.facts:
            steps, bodies = [step for step, _ in side], [document.value for _, document in side]
            self.memory.documents += [document for _, document in side]
            self.memory.facts[mark] = [
                *within.judge(steps, bodies, self.contract),
                *echoes.judge(steps, bodies, self.contract),
                *heads.judge(steps),
            ]
        return self.memory.facts[mark]

    # -- schemas --

    def _spot(self, step: Step) -> Spot | None:
        reply = step.operation.reply(status(step)) if step.operation is not None else None
        return spot_of(reply.json) if reply is not None else None

    def _row_spot(self, step: Step) -> Spot | None:
        """The schema of the rows that a step shows."""
        if step.operation is None:
            return None
        below = self._below(self._spot(step), _place(step))
        return self.reader.items(below) if below is not None and step.operation.shape.rows is not None else below

    def _below(self, spot: Spot | None, path: tuple[str, ...] | None) -> Spot | None:
        return self.reader.walk(spot, path) if spot is not None and path is not None else None


def _read(step: Step) -> Document:
    return read(step.exchange.reply) if step.exchange.reply is not None else _EMPTY


def _evidence(step: Step, value: Any) -> Any:
    """What an answer proves: a row that is read ten times is no tenfold evidence, whatever stands around it."""
    row = item_of(step.operation, value)
    return body(step) if row is None else repr(row)


def _place(step: Step) -> tuple[str, ...] | None:
    """Where the row or the rows of an answer are; None: nobody knows."""
    if step.operation is None:
        return None
    return step.operation.shape.rows if step.operation.shape.rows is not None else step.operation.shape.item


def _group(pair: tuple[Step, Step]) -> tuple[str, int, str]:
    """Answers that one profile is made of: of an operation and a status; lists below one path by that path."""
    a, b = pair
    listed = a.operation is not None and a.operation.shape.rows is not None and "{" in a.operation.path
    same = a.exchange.request.path == b.exchange.request.path
    return a.label, status(a), a.exchange.request.path if listed and same else ""


def _names(side: Sequence[Step], bodies: Sequence[Any], namer: Namer) -> Names:
    """The ids of a side by where they appeared first.

    Only answers about corresponding rows, or about what the program made, give names: an id that happens to stand in a
    list says nothing about the same place of the other side's list.
    """
    names = Names()
    for step, value in zip(side, bodies, strict=True):
        made = step.operation is not None and step.operation.role == Role.CREATE
        if value is not None and (step.same_row or made):
            for pointer, found in ids_in(value, namer):
                names.see(found, step.number, pointer)
    return names


def _words(pair: tuple[Step, Step]) -> frozenset[str]:
    """What both sides were asked with: an error may repeat it."""
    found = set()
    for step in pair:
        found |= set(path_values(step.operation, step.exchange.request.path).values())
        for value in (sent(step) or {}).values():
            found |= {str(value)} if isinstance(value, str | int | float) else set()
    return frozenset(word for word in found if len(word) >= 3)


def _is_default(value: Any) -> bool:
    if isinstance(value, str) and not isinstance(value, bool):
        return is_code(value) and not any(c.isdigit() for c in value)
    return value is None or isinstance(value, bool) or value in ([], {})
