"""Two answers to the same request held against each other, value by value, with the types of JSON kept apart."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from mockserver.bundle.operations import Role
from mockserver.bundle.reading import Reader, Spot
from mockserver.compare.clocks import Clock
from mockserver.compare.codes import Impact
from mockserver.compare.difference import ABSENT, Ledger, Step
from mockserver.compare.documents import Number, kind_of, shown
from mockserver.compare.identity import Namer, Names, id_form, link_form, masked
from mockserver.compare.lists import Likeness, is_stamp, key_of
from mockserver.compare.normal import amount, decimals, instant, is_code, number_form, shape, written

Mode = Literal["row", "form", "error", "around", "twice"]
_WORDS = frozenset(
    "code type error status title name reason pointer field path parameter loc location property".split()
)
_SETTING = re.compile(r"(?i)expires_?in|ttl|timeout|lifetime|interval|limit|max|version|retry|window")
_WRITES = frozenset({Role.CREATE, Role.UPSERT, Role.UPDATE, Role.REPLACE, Role.DELETE})


@dataclass(slots=True)
class Walk:
    """Compares the bodies of one pair of steps.

    `mode` says what may be expected to be equal. `row`: the same row on both sides, so its values. `form`: rows that
    look alike, so how they are written. `error`: refusals of the same request, so their shape and codes. `around`:
    what stands around rows. `twice`: the same side asked twice, so everything.
    `skip` is the rows' place, left out in mode `around`; `words` are those of the request, which errors repeat. `like`
    says of the rows at `root` which differences are none of the data (None: all).
    """

    reader: Reader
    namer: Namer
    ledger: Ledger
    steps: tuple[Step, Step]
    names: tuple[Names, Names]
    clocks: tuple[Clock, Clock]
    mode: Mode
    words: frozenset[str] = frozenset()
    skip: tuple[str, ...] | None = None
    like: Likeness | None = None
    root: str = ""

    def compare(self, a: Any, b: Any, pointer: str, spot: Spot | None) -> None:
        """Compare two values and all below them."""
        kinds = kind_of(a), kind_of(b)
        plain = tuple("number" if kind == "integer" else kind for kind in kinds)
        if plain[0] != plain[1]:
            self._kinds(a, b, kinds, pointer, spot)
        elif plain[0] == "object":
            self._objects(a, b, pointer, spot)
        elif plain[0] == "array":
            self._lists(a, b, pointer, spot)
        elif plain[0] == "number":
            self._numbers(a, b, pointer, spot)
        elif plain[0] == "string":
            self._texts(a, b, pointer, spot)
        elif self.mode in ("form", "around") or a == b:
            self._same("value") if a == b else self._around(a, b, pointer, spot)
        elif self._proves(pointer, "texts"):
            self._differ("value", f"{shown(a)} -> {shown(b)}", a, b, pointer, spot)

    def _proves(self, pointer: str, kind: Literal["texts", "amounts", "ids"]) -> bool:
        """Whether another value at a pointer is a difference, and not just other data."""
        if self.mode == "twice":
            return True
        return self.mode == "row" and (self.like is None or self.like.proves(pointer.removeprefix(self.root), kind))

    # -- containers --

    def _objects(self, a: dict[str, Any], b: dict[str, Any], pointer: str, spot: Spot | None) -> None:
        declared = self.reader.members(spot) if spot is not None else {}
        for name in {**a, **b}:
            below = f"{pointer}/{name}"
            if name in a and name in b:
                if self.skip is None or below != "".join(f"/{step}" for step in self.skip):
                    self.compare(a[name], b[name], below, declared.get(name))
            elif self.mode != "around":
                self._missing(name, a, b, below, declared.get(name))

    def _missing(self, name: str, a: dict[str, Any], b: dict[str, Any], pointer: str, spot: Spot | None) -> None:
        gone = name in a
        there = a[name] if gone else b[name]
        texts = (shown(there), ABSENT) if gone else (ABSENT, shown(there))
        if self.mode == "error":
            cls = "error shape"
        else:
            cls = "null" if there is None else "property missing" if gone else "property extra"
        word = "null" if there is None else "present"
        says = f"{word} -> absent" if gone else f"absent -> {word}"
        group = spot.pointer if spot is not None else ""
        impact: Impact | None = "cosmetic" if self.mode == "error" and not gone else None
        self.ledger.differ(self.steps[0], cls, "body", says, texts, pointer, group=group, impact=impact)

    def _lists(self, a: list[Any], b: list[Any], pointer: str, spot: Spot | None) -> None:
        items = self.reader.items(spot) if spot is not None else None
        below = f"{pointer}/[]"
        if self.mode == "around":
            return
        keys = key_of(a, b, items, self.reader, self.namer) if self.mode != "error" else None
        if keys is not None:
            self._keyed(a, b, keys, below, pointer, items)
            return
        if self.mode in ("row", "twice") and not any(isinstance(x, dict | list) for x in (*a, *b)):
            self._members(a, b, pointer, spot)
            return
        if self.mode in ("twice", "error") and len(a) != len(b):
            cls = "value" if self.mode == "twice" else "error shape"
            self._differ(cls, "so many elements -> another number", Number(len(a)), Number(len(b)), pointer, spot)
        for one, other in zip(a, b, strict=False):
            self.compare(one, other, below, items)

    def _keyed(self, a: list[Any], b: list[Any], key: str, below: str, pointer: str, items: Spot | None) -> None:
        """Rows meet by their key; which rows there are is data, unless one side was asked twice."""
        rows = {str(row[key]): row for row in b}
        both = [(row, rows[str(row[key])]) for row in a if str(row[key]) in rows]
        if self.mode == "twice" and len(both) < max(len(a), len(b)):
            self._differ("value", "rows -> other rows", Number(len(a)), Number(len(b)), pointer, items)
        kept = [str(row[key]) for row, _ in both]
        if self.mode in ("row", "twice") and kept != [k for k in rows if k in set(kept)]:
            self._differ("order", "one order -> another", a[0][key], b[0][key], pointer, items)
        for one, other in both:
            self.compare(one, other, below, items)

    def _members(self, a: list[Any], b: list[Any], pointer: str, spot: Spot | None) -> None:
        one, other = [shown(v) for v in a], [shown(v) for v in b]
        if one == other:
            self._same("value")
        elif Counter(one) == Counter(other):
            if spot is None or self.reader.keyword(spot, "uniqueItems") is not True:
                self._differ("order", "one order -> another", a, b, pointer, spot)
        else:
            self._differ("value", "members -> other members", a, b, pointer, spot)

    # -- scalars --

    def _kinds(self, a: Any, b: Any, kinds: tuple[str, str], pointer: str, spot: Spot | None) -> None:
        related = self.mode == "row" and bool({"object", "array"} & set(kinds))
        if "null" in kinds and (related or self.mode in ("form", "around")):
            return
        if self.mode == "around" and self.skip is None:
            return
        if "null" in kinds and self.mode == "row" and not self._proves(pointer, "texts"):
            return
        cls = "error shape" if self.mode == "error" else "value" if "null" in kinds else "type"
        self._differ(cls, f"{kinds[0]} -> {kinds[1]}", a, b, pointer, spot)

    def _numbers(self, a: Number, b: Number, pointer: str, spot: Spot | None) -> None:
        name = pointer.rpartition("/")[2]
        if a == b:
            self._same("value")
            return
        if self.mode == "around":
            if self._told(name, a, b):
                self._differ("value", "a number -> another", a, b, pointer, spot)
            return
        one, other = amount(a) or Decimal(0), amount(b) or Decimal(0)
        if one == other:
            forms = number_form(a), number_form(b)
            if forms[0] == forms[1]:
                forms = f"{decimals(a)} decimals", f"{decimals(b)} decimals"
            self._differ("number form", f"{forms[0]} -> {forms[1]}", a, b, pointer, spot)
        elif self.namer.is_id(name, a) and self.namer.is_id(name, b):
            self._ids(a, b, pointer, spot)
        elif decimals(a) != decimals(b) and abs(one - other) <= Decimal(10) ** -min(decimals(a), decimals(b)):
            self._differ("precision", f"{decimals(a)} decimals -> {decimals(b)} decimals", a, b, pointer, spot)
        elif self._proves(pointer, "amounts"):
            says = "a number -> its negative" if one == -other else "a number -> another"
            self._differ("value", says, a, b, pointer, spot)

    def _told(self, name: str, a: Number, b: Number) -> bool:
        """Whether a number around rows says what the server does: a setting, or what a write came to."""
        operation = self.steps[0].operation
        writes = operation is not None and operation.role in _WRITES
        sent = self.steps[0].exchange.request.body == self.steps[1].exchange.request.body
        return bool(_SETTING.search(name)) or (
            writes and sent and not self.namer.is_id(name, a) and len(a) < 4 > len(b)
        )

    def _texts(self, a: str, b: str, pointer: str, spot: Spot | None) -> None:
        if a == b:
            self._same("value")
            return
        name = pointer.rpartition("/")[2]
        other = written(a, b)
        if other is not None and self.mode != "around":
            self._differ(*other, a, b, pointer, spot)
        elif self.namer.is_id(name, a) or self.namer.is_id(name, b):
            self._ids(a, b, pointer, spot)
        elif self.mode == "error":
            self._error_text(name, a, b, pointer, spot)
        elif self.mode == "around":
            self._around(a, b, pointer, spot)
        elif instant(a) is not None and instant(b) is not None:
            self._moments(a, b, pointer, spot)
        elif shape(a) == shape(b) == "url" or shape(a) == shape(b) == "path":
            links = link_form(a, self.steps[0].exchange), link_form(b, self.steps[1].exchange)
            if links[0] != links[1] and self.mode in ("row", "twice"):
                self._differ("referential", "a link -> another link", a, b, pointer, spot)
        elif self._proves(pointer, "texts"):
            cut = min(len(a), len(b)) >= 10 and (a.startswith(b) or b.startswith(a))
            cls, says = ("length", "a text -> its beginning") if cut else ("value", "a text -> another")
            self._differ(cls, says, a, b, pointer, spot)

    def _moments(self, a: str, b: str, pointer: str, spot: Spot | None) -> None:
        now = self.clocks[0].is_now(a, self.steps[0]), self.clocks[1].is_now(b, self.steps[1])
        if shape(a) != shape(b):
            self._differ("format", f"{shape(a)} -> {shape(b)}", a, b, pointer, spot)
        elif now[0] and now[1]:
            self._same("freshness")
        elif self._proves(pointer, "amounts") and (self.mode == "twice" or not is_stamp(pointer.rpartition("/")[2])):
            if now[0] is not None and now[1] is not None and now[0] != now[1]:
                self._differ("freshness", "now -> not now" if now[0] else "not now -> now", a, b, pointer, spot)
            else:
                self._differ("value", "a moment -> another", a, b, pointer, spot)

    def _ids(self, a: Any, b: Any, pointer: str, spot: Spot | None) -> None:
        """Ids are compared by their form, and by where each appeared first: the same id, or another?"""
        forms = id_form(a), id_form(b)
        if forms[0] != forms[1] and {forms[0], forms[1]} != {"digits", "text"}:
            if self.mode != "around":
                self._differ("format", f"{forms[0]} -> {forms[1]}", a, b, pointer, spot)
            return
        met = [names.before(v, step.number) for names, v, step in zip(self.names, (a, b), self.steps, strict=True)]
        if self._proves(pointer, "ids") and met[0] is not None and met[1] is not None and met[0] != met[1]:
            self._differ("referential", "one row -> another row", a, b, pointer, spot)
        else:
            self._same("referential")

    def _error_text(self, name: str, a: str, b: str, pointer: str, spot: Spot | None) -> None:
        one, other = masked(a, self.words), masked(b, self.words)
        first = [text.partition(". ") for text in (one, other)]  # what comes after it is advice, made of what there is
        advised = first[0][0].rstrip(".") == first[1][0].rstrip(".") and bool(first[0][2] and first[1][2])
        if one == other or advised or self._now(a, b):
            self._same("error text")
        elif name.lower() in _WORDS or (is_code(a) and is_code(b)):
            self._differ("error shape", "a word -> another word", a, b, pointer, spot)
        else:
            self._differ("error text", "words -> other words", a, b, pointer, spot)

    def _now(self, a: str, b: str) -> bool:
        return shape(a) == shape(b) and instant(a) is not None and instant(b) is not None

    def _around(self, a: Any, b: Any, pointer: str, spot: Spot | None) -> None:
        """Around rows, only words for programs are the same on both sides: `success`, `version`, declared values."""
        if self.mode != "around" or self.skip in (None, ()):
            return
        if isinstance(a, bool) and isinstance(b, bool) and not pointer.lower().endswith(("more", "next", "last")):
            self._differ("value", f"{shown(a)} -> {shown(b)}", a, b, pointer, spot)
        elif isinstance(a, str) and isinstance(b, str):
            if is_code(a) and is_code(b) and not (a.isdigit() or b.isdigit()):
                self._differ("value", "a word -> another word", a, b, pointer, spot)
            elif instant(a) is not None and instant(b) is not None:
                now = self.clocks[0].is_now(a, self.steps[0]), self.clocks[1].is_now(b, self.steps[1])
                if None not in now and now[0] != now[1]:
                    self._differ("freshness", "now -> not now" if now[0] else "not now -> now", a, b, pointer, spot)

    # -- verdicts --

    def _same(self, cls: str) -> None:
        self.ledger.same(self.steps[0].label, cls)

    def _differ(self, cls: str, says: str, a: Any, b: Any, pointer: str, spot: Spot | None) -> None:
        group = spot.pointer if spot is not None else ""
        self.ledger.differ(self.steps[0], cls, "body", says, (shown(a), shown(b)), pointer, group=group)
