"""Batching: sequences of batches that create or change at once: new rows, the same again, good beside bad, deletion."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from mockserver.bundle.nouns import noun
from mockserver.bundle.operations import Operation, Role
from mockserver.bundle.reading import Spot
from mockserver.bundle.shapes import spot_of
from mockserver.compare.boundaries import Admission
from mockserver.compare.lives import BASIC, FURTHER, LAST, USUAL, Act, listed
from mockserver.compare.makings import MARK, Body, Makings, Numbers, renewed_marks
from mockserver.compare.normal import is_code
from mockserver.compare.program import Template
from mockserver.compare.questions import json_body, least, pointer
from mockserver.probes.base import Contract
from mockserver.probes.samples import NATURAL, members
from mockserver.store.model import normal
from mockserver.store.sampling import sample

_REFERENCE = re.compile(r"(\A|_)(id|ref|key|code|number)\Z|(Id|Ref|Key)\Z")
_TRIED = 3
_LONGEST = 1000
_NOBODY = "noSuchWord"

Item = dict[str, Any]


def list_of_items(contract: Contract, operation: Operation) -> tuple[str, Spot] | None:
    """The property of the body that holds a batch, and the schema of its items; "" where the body is the list."""
    reader, spot = contract.bundle.reader, spot_of(json_body(operation))
    if spot is None:
        return None
    found = [("", spot), *members(contract, operation).items()]
    for name, below in found:
        items = reader.items(below)
        if items is not None and reader.members(items):
            return name, items
    return None


@dataclass(slots=True)
class Batching:
    """The sequence of an operation that takes a batch; `actors` may ask beside the one who may write."""

    contract: Contract
    operation: Operation
    admission: Admission
    numbers: Numbers
    actors: Sequence[str] = ()
    refused: Sequence[Template] = ()

    def acts(self) -> Iterator[Act]:
        """All acts, in order."""
        items = [self._own(each) for each in self._items()]
        if not items:
            return
        name, first = f"{self.operation.label} one", items[0]
        for each in self.refused:
            yield Act(replace(each, about=f"refused: {each.about}", kind="write"), FURTHER)
        yield from self._listed(first, "before", USUAL)
        for at, item in enumerate(items):
            about = "a batch of one" if at == 0 else f"a batch of one, another ({at})"
            yield self._batch(about, [item], name=name, otherwise=at > 0)
        yield from self._looked(first, name, "after: a batch of one")
        yield self._batch("the same batch again", [first])
        yield from self._read(first, name, "after: the same batch again", USUAL)
        yield from self._changed(first, name)
        yield from self._mixed(first)
        yield from self._strangers(first)
        yield from self._deleted(first, name)

    def _changed(self, first: Item, name: str) -> Iterator[Act]:
        """Changes of the row by each of the path's operations, and values that are often stored otherwise."""
        for at, operation in enumerate(self._ways()):
            said = f" by {operation.method}" if at else ""
            for about, item in self._others(first, f"changed {operation.method}"):
                yield self._batch(f"a batch that changes {about}{said}", [item], by=operation, level=USUAL)
                yield from self._read(first, name, f"after it changes {about}{said}", USUAL)
            if at:
                new = self._own(first)
                yield self._batch(f"a batch of a new row{said}", [new], by=operation, level=USUAL)
        found, holder = list_of_items(self.contract, self.operation), self._holder(first)
        if found is None:
            return
        makings = Makings(self.contract, self.operation, self.admission, self.numbers, found[1],
                          lambda item: {found[0]: [item]} if found[0] else [item])  # fmt: skip
        for about, bodies in makings.variants([first]):
            kept = {n: v for n, v in first.items() if holder and n != holder}  # by these the row is known
            yield self._batch(f"a batch with {about}", [{**bodies[0], **kept}], level=FURTHER)
            yield from self._read(first, name, f"after: a batch with {about}", FURTHER)

    def _mixed(self, first: Item) -> Iterator[Act]:
        """Known beside new, good beside bad, nothing, too much of the same."""
        one, other = self._own(first), self._own(first)
        yield self._batch("a batch of a known row and a new one", [first, one], name=f"{self.operation.label} two")
        wrong = list(self._wrong(self._own(first)))
        for about, bad in wrong:
            yield self._batch(f"a batch of {about} alone", [bad], level=USUAL)
        for about, bad in wrong[:1]:
            yield self._batch(f"a batch of a good row and {about}", [other, bad, first], level=BASIC)
        yield self._batch("a batch with a row twice", [first, first], level=FURTHER)
        most = self._most()
        if most is not None:
            yield self._batch("the longest batch", [first] * most, level=USUAL)
        yield self._batch("an empty batch", [], level=USUAL)
        yield from self._listed(first, "after batches in vain", LAST)

    def _strangers(self, first: Item) -> Iterator[Act]:
        for actor in ("", *self.actors):
            yield self._batch(f"a batch as {actor or 'nobody'}", [self._own(first)], actor=actor, level=USUAL)

    def _deleted(self, first: Item, name: str) -> Iterator[Act]:
        deleting = next((each for each in self._deletions()), None)
        if deleting is None:
            return
        for actor in ("", *self.actors):
            yield self._batch(f"a deletion as {actor or 'nobody'}", [first], by=deleting, actor=actor, level=USUAL)
        yield self._batch("a deletion", [first], by=deleting)
        yield from self._looked(first, name, "after: a deletion")
        yield self._batch("the same deletion again", [first], by=deleting)
        yield self._batch("a deletion of no row", [self._own(first)], by=deleting, level=USUAL)
        for operation in self._ways():
            about = f"a batch after deletion by {operation.method}"
            yield self._batch(about, [first], by=operation, level=USUAL)
            yield from self._read(first, name, f"after: {about}", USUAL)
        yield self._batch("a deletion after all", [first], by=deleting, level=USUAL)

    # -- items --

    def _items(self) -> list[Item]:
        found = list_of_items(self.contract, self.operation)
        media = json_body(self.operation)
        if found is None or media is None:
            return []
        shown = [body.get(found[0]) if found[0] else body for body in media.examples.values() if isinstance(body, dict)]
        made = [each for rows in shown if isinstance(rows, list) for each in rows[:1]]
        made += [sample(found[1].node, self.contract.bundle, f"batch {number}") for number in range(_TRIED)]
        items: list[Item] = []
        for item in made:
            if isinstance(item, dict) and item not in items:
                items.append(item)
        return items[:_TRIED]

    def _most(self) -> int | None:
        """How many rows a batch may have, where the bundle says so, and the same one so often: it leaves one row."""
        found, spot = list_of_items(self.contract, self.operation), spot_of(json_body(self.operation))
        if found is None or spot is None:
            return None
        reader, rows = self.contract.bundle.reader, members(self.contract, self.operation).get(found[0], spot)
        most = reader.keyword(rows, "maxItems")
        return most if isinstance(most, int) and most <= _LONGEST and not reader.keyword(rows, "uniqueItems") else None

    def _own(self, item: Item) -> Item:
        """The item with references and names of its own: by these it is known again."""
        number, holder = self.numbers.mark(), self._holder(item)

        def own(value: Any, name: str, *, referring: bool) -> Any:
            if isinstance(value, dict):
                inside = referring or (bool(name) and name != holder)
                return {key: own(inner, key, referring=inside) for key, inner in value.items()}
            if not isinstance(value, str) or MARK.search(value):
                return value
            if referring or _REFERENCE.search(name):
                return f"{value}-{number}"
            return f"{value} {number}" if normal(name) in NATURAL else value

        made: Item = own(renewed_marks(item, self.numbers), "", referring=False)
        return made

    def _holder(self, item: Mapping[str, Any]) -> str:
        """The property with the open set of values: the largest object of the item that the bundle leaves open."""
        found = list_of_items(self.contract, self.operation)
        inner = self.contract.bundle.reader.members(found[1]) if found is not None else {}
        objects = [name for name, value in item.items() if isinstance(value, dict) and value]
        closed = [n for n in objects if n in inner and self.contract.bundle.reader.members(inner[n])]
        return next((name for name in objects if name not in closed), "")

    def _others(self, item: Item, mark: str) -> Iterator[tuple[str, Item]]:
        """The item with another text, and with another truth, among its values."""
        holder = self._holder(item)
        values: Mapping[str, Any] = item[holder] if holder else item
        text = next((n for n, v in values.items() if isinstance(v, str) and not is_code(v)
                     and not _REFERENCE.search(n)), None)  # fmt: skip
        truth = next((name for name, value in values.items() if isinstance(value, bool)), None)
        for name, value in ((text, f"{values.get(text or '')} {mark}"), (truth, not values.get(truth or ""))):
            if name is not None:
                changed = {**values, name: value}
                yield name, ({**item, holder: changed} if holder else changed)

    def _wrong(self, item: Item) -> Iterator[tuple[str, Item]]:
        """Items that cannot be stored, though the bundle allows most of them."""
        word = next((n for n, v in item.items() if isinstance(v, str) and not _REFERENCE.search(n)), None)
        if word is not None:
            yield f"a row of an unknown {word}", {**item, word: _NOBODY}
        holder = self._holder(item)
        if holder:
            yield "a row with an unknown property", {**item, holder: {**item[holder], _NOBODY: 1}}
            for name in [name for name, value in item[holder].items() if isinstance(value, str)][:1]:
                yield f"a row whose {name} is an object", {**item, holder: {**item[holder], name: {"a": 1}}}

    # -- acts --

    def _batch(
        self, about: str, items: Sequence[Item], *, by: Operation | None = None, name: str = "",
        actor: str = "default", otherwise: bool = False, level: int = BASIC,
    ) -> Act:  # fmt: skip
        operation = by or self.operation
        found = list_of_items(self.contract, operation)
        makings = Makings(self.contract, operation, self.admission, self.numbers)
        known = self.contract.bundle.reader.members(found[1]) if found is not None else {}
        rows = [{n: v for n, v in item.items() if n in known} for item in items]
        key = found[0] if found is not None else ""
        template = least(self.contract, operation)
        beside = {n: v for n, v in template.body.items() if n != key} if isinstance(template.body, dict) else {}
        body: Body | list[Item] = {**beside, key: rows} if key else rows
        made = replace(template, about=about, kind="write", body=makings.finished(body), name=name, actor=actor,
                       otherwise=otherwise)  # fmt: skip
        return Act(made, level)

    def _ways(self) -> list[Operation]:
        """The operations of the path that take a batch to create or change, this one first."""
        operations = self.contract.bundle.operations
        others = [each for each in operations if each.path == self.operation.path and each.role is Role.UPSERT
                  and each is not self.operation and list_of_items(self.contract, each) is not None]  # fmt: skip
        return [self.operation, *others]

    def _deletions(self) -> list[Operation]:
        return [
            each for each in self.contract.bundle.operations
            if each.role is Role.DELETE and each.path == self.operation.path and not each.key
            and list_of_items(self.contract, each) is not None
        ]  # fmt: skip

    def _looked(self, item: Item, name: str, when: str) -> Iterator[Act]:
        yield from self._read(item, name, when, BASIC)
        yield from self._listed(item, when, BASIC)

    def _read(self, item: Item, name: str, when: str, level: int) -> Iterator[Act]:
        """Reads of the row that the batch made, of the entity that a text of the item names, as `type: client` does."""
        rows, model = self.operation.shape.rows, self.contract.model
        for entity in self._entities(item) if rows is not None else ():
            where = {"$from": {"step": name, "pointer": pointer(*(rows or ()), 0, model[entity].key)}}
            for read in self.contract.bundle.operations:
                if read.role is Role.READ and read.entity == entity and read.path.count("{") == 1 and read.key:
                    template = least(self.contract, read)
                    yield Act(replace(template, about=f"read it {when}", kind="write", path={read.key: where}), level)

    def _listed(self, item: Item, when: str, level: int) -> Iterator[Act]:
        """The lists of the operation's entity, their path filled by the item's texts of the same name."""
        for template in listed(self.contract, self.operation.entity, when):
            path = {name: item.get(name, value) for name, value in template.path.items()}
            yield Act(replace(template, path=path), level)

    def _entities(self, item: Item) -> list[str]:
        model = self.contract.model
        words = [noun(value) for value in item.values() if isinstance(value, str)]
        found = [model.aliases.get(word, word) for word in words if word in model]
        entity = self.operation.entity
        return list(dict.fromkeys([*found, *([entity] if entity is not None and entity in model else [])]))
