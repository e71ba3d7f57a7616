"""Makings: bodies that a writing operation should take, the likeliest first, and the same with other values in them."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mockserver.bundle.operations import Operation
from mockserver.bundle.reading import Spot
from mockserver.bundle.shapes import spot_of
from mockserver.compare.boundaries import Admission
from mockserver.compare.examples import with_holes
from mockserver.compare.normal import instant, is_code
from mockserver.compare.questions import json_body
from mockserver.probes.base import Contract
from mockserver.probes.samples import NATURAL, changes, renamed, thinned
from mockserver.store.model import normal
from mockserver.store.pointing import points_at
from mockserver.store.sampling import sample

Body = dict[str, Any]
Path = tuple[str, ...]
MARK = re.compile(r"780000(\d{3})")  # stands for a number that no row has yet until the body is finished
_SAMPLES = 3
_MOST = 4  # bodies of a kind that are tried
_LONGEST = 2_000
_LONG = 240  # letters of a long text where the bundle names no limit
_PROSE = frozenset(
    "description notes note comment comments text reason memo summary subject author message remark remarks "
    "address street city company".split()
)
_WORDS = frozenset("type kind status state mode code currency country language locale timezone url uri role".split())
_LETTERS = "Zoë Ñandú & Söhne 東京 😀"
_MARKUP = '<b>R&D</b> "O\'Hara" 100% \\ /'


@dataclass(slots=True)
class Numbers:
    """Counts the texts of a program that no row has yet."""

    last: int = 0

    def mark(self) -> int:
        """A number that `finished` turns into a hole; each one is another."""
        self.last = (self.last + 1) % 1000
        return 780_000_000 + self.last


@dataclass(frozen=True, slots=True)
class Leaf:
    """A value of a body: where it stands, and its schema where the bundle has one."""

    path: Path
    value: Any
    spot: Spot | None


@dataclass(slots=True)
class Makings:
    """The bodies of one operation; `finished` turns one into what a template holds.

    With `part` they are parts of bodies that have this schema, and `around` makes a whole body of one.
    """

    contract: Contract
    operation: Operation
    admission: Admission
    numbers: Numbers
    part: Spot | None = None
    around: Callable[[Any], Any] = lambda body: body

    @property
    def spot(self) -> Spot | None:
        """The schema of the operation's JSON body."""
        return self.part or spot_of(json_body(self.operation))

    def takes(self, body: Any) -> bool:
        """Whether the bundle allows a body."""
        media = json_body(self.operation)
        return media is not None and (not media.pointer or self.admission.takes(media.pointer, self.around(body)))

    def whole(self) -> list[Body]:
        """Bodies with every property that the bundle shows: its examples, samples, samples without made-up parts."""
        spot, found = self.spot, list[Body]()
        for body in [*self._shown(), *self._samples()]:
            found.append(body)
            if spot is not None:
                needed = thinned(self.contract.bundle.reader, spot, body)
                plain = {name: value for name, value in body.items() if not isinstance(value, dict | list)}
                found += [{**plain, **needed}, needed]
        return self._distinct(found)

    def least(self) -> list[Body]:
        """Bodies with as little as is required."""
        spot = self.spot
        bodies = [*self._samples(), *self._shown()]
        if spot is None:
            return self._distinct(bodies)
        return self._distinct([thinned(self.contract.bundle.reader, spot, body) for body in bodies])

    def named(self, body: Body) -> Body:
        """The body with texts of its own in each property that names the row."""
        body = copy.deepcopy(body)
        for name, value in body.items():
            if isinstance(value, str) and normal(name) in NATURAL:
                for text in renamed(value, self.numbers.mark()):
                    if self.takes({**body, name: text}):
                        body = {**body, name: text}
                        break
        return body

    def finished(self, body: Any) -> Any:
        """The body of a template: numbers that no row has yet, and ids of rows that exist, as holes."""
        return _with_fresh(with_holes(self.contract, body))

    def others(self, body: Mapping[str, Any], most: int) -> Iterator[tuple[str, Any]]:
        """Properties of a body, each with another legal value."""
        for name, value in changes(self.contract, self.operation, body, most):
            marked = MARK.search(value) if isinstance(value, str) else None
            yield name, value.replace(marked[0], str(self.numbers.mark())) if marked is not None else value

    def variants(self, bodies: Sequence[Body]) -> Iterator[tuple[str, list[Body]]]:
        """The bodies with values that are often stored otherwise than sent; at last the simplest, in one property."""
        for about, change in _VARIANTS:
            tried: list[Body] = []
            for body in bodies:
                told = [(leaf, value) for leaf in self.leaves(body) for value in change(self, leaf)]
                found = [self._put(body, told), *([self._put(body, told[:1])] if body is bodies[-1] else [])]
                tried += [each for each in found if each is not None and each not in tried]
            if tried:
                yield about, tried

    def leaves(self, body: Any, path: Path = (), spot: Spot | None = None) -> Iterator[Leaf]:
        """The values of a body, those of objects inside it too."""
        spot = self.spot if spot is None and not path else spot
        members = self.contract.bundle.reader.members(spot) if spot is not None else {}
        for name, value in body.items() if isinstance(body, dict) else ():
            yield Leaf((*path, name), value, members.get(name))
            if isinstance(value, dict) and len(path) < 2:
                yield from self.leaves(value, (*path, name), members.get(name))

    def is_prose(self, leaf: Leaf) -> bool:
        """Whether a value is a text in words, which may be any other."""
        value, name = leaf.value, normal(leaf.path[-1])
        if not isinstance(value, str) or instant(value) is not None or "://" in value or "@" in value:
            return False
        reader, words = self.contract.bundle.reader, set(name.split("_"))
        formed = leaf.spot is not None and any(reader.keyword(leaf.spot, word) for word in ("enum", "format", "const"))
        if formed or points_at(self.contract.model, name) is not None or name.endswith("id"):
            return False
        if name in NATURAL or words & _PROSE or " " in value:
            return True
        sized = leaf.spot is not None and reader.keyword(leaf.spot, "maxLength") is not None
        return sized and not words & _WORDS and not is_code(value)

    def keyword(self, leaf: Leaf, word: str) -> Any:
        """What the bundle says of a value; None where it says nothing."""
        return self.contract.bundle.reader.keyword(leaf.spot, word) if leaf.spot is not None else None

    # -- inside --

    def _shown(self) -> list[Body]:
        media = json_body(self.operation)
        shown = media.examples.values() if media is not None else ()
        return [value for value in shown if isinstance(value, dict) and self.takes(value)]

    def _samples(self) -> list[Body]:
        media = json_body(self.operation)
        if media is None or media.schema is None:
            return []
        keys = [f"write {self.operation.id} {number}" for number in range(_SAMPLES)]
        made = [sample(media.schema, self.contract.bundle, key) for key in keys]
        return [self._writable(body) for body in made if isinstance(body, dict)]

    def _writable(self, body: Body) -> Body:
        reader, spot = self.contract.bundle.reader, self.spot
        members = reader.members(spot) if spot is not None else {}
        return {n: v for n, v in body.items() if n not in members or not reader.keyword(members[n], "readOnly")}

    def _distinct(self, bodies: Sequence[Body]) -> list[Body]:
        found: list[Body] = []
        for body in bodies:
            if body not in found and self.takes(body):
                found.append(body)
        return found[:_MOST]

    def _put(self, body: Body, values: Sequence[tuple[Leaf, Any]]) -> Body | None:
        """The body with values in it; such as the bundle does not allow are left as they were."""
        made = body
        for leaf, value in values:
            tried = _replaced(made, leaf.path, value)
            made = tried if self.takes(tried) else made
        return made if made != body else None


def _replaced(body: Any, path: Path, value: Any) -> Any:
    if not path:
        return value
    if not isinstance(body, dict):  # another value took away what is there
        return body
    return {**body, path[0]: _replaced(body[path[0]], path[1:], value)}


def renewed_marks(body: Body, numbers: Numbers) -> Body:
    """The body with other numbers in the texts that no row has yet."""
    text = json.dumps(body, ensure_ascii=False)
    for mark in sorted({found[0] for found in MARK.finditer(text)}):
        text = text.replace(mark, str(numbers.mark()))
    renewed: Body = json.loads(text)
    return renewed


def _with_fresh(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _with_fresh(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_with_fresh(inner) for inner in value]
    found = MARK.search(value) if isinstance(value, str) else None
    return {"$fresh": {"put": value.replace(found[0], "{}"), "of": int(found[1])}} if found is not None else value


# -- what is often stored otherwise --


def _blanks(makings: Makings, leaf: Leaf) -> Iterator[Any]:
    if makings.is_prose(leaf):
        yield f" {leaf.value} "


def _letters(makings: Makings, leaf: Leaf) -> Iterator[Any]:
    if makings.is_prose(leaf):
        yield f"{leaf.value} {_LETTERS}"


def _markup(makings: Makings, leaf: Leaf) -> Iterator[Any]:
    if makings.is_prose(leaf):
        yield f"{leaf.value} {_MARKUP}"


def _long(makings: Makings, leaf: Leaf) -> Iterator[Any]:
    if makings.is_prose(leaf) and leaf.value:
        most = makings.keyword(leaf, "maxLength")
        size = most if isinstance(most, int) and most <= _LONGEST else _LONG
        yield (f"{leaf.value} " + "long text " * (size // 10 + 1))[:size].rstrip().ljust(size, "x")


def _nothing(_makings: Makings, leaf: Leaf) -> Iterator[Any]:
    if leaf.value is not None and normal(leaf.path[-1]) not in NATURAL:
        yield None


def _empty(makings: Makings, leaf: Leaf) -> Iterator[Any]:
    if isinstance(leaf.value, list):
        yield []
    elif makings.is_prose(leaf) and normal(leaf.path[-1]) not in NATURAL:
        yield ""


def _numbers(makings: Makings, leaf: Leaf) -> Iterator[Any]:
    if isinstance(leaf.value, bool) or not isinstance(leaf.value, int | float) or points_at(
        makings.contract.model, leaf.path[-1]
    ):  # fmt: skip
        return
    kind = makings.contract.bundle.reader.kind(leaf.spot) if leaf.spot is not None else ""
    most = makings.keyword(leaf, "maximum")
    if kind == "number" or isinstance(leaf.value, float):
        yield 1234.5678 if not isinstance(most, int | float) or most > 2000 else round(most / 3, 4)
    else:
        yield most if isinstance(most, int) else 1_000_000


def _moments(_makings: Makings, leaf: Leaf) -> Iterator[Any]:
    if isinstance(leaf.value, str) and "T" in leaf.value and instant(leaf.value) is not None:
        yield "2031-03-05T07:08:09.123+02:00"


_VARIANTS = (
    ("blanks around texts", _blanks),
    ("letters beyond ASCII", _letters),
    ("long texts", _long),
    ("nulls", _nothing),
    ("numbers with many digits", _numbers),
    ("moments of another zone", _moments),
    ("markup in texts", _markup),
    ("nothing in texts and lists", _empty),
)
