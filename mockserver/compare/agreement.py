"""Agreement: what the operations of one side say of the same rows, held against how well those of the other agree.

Data decide what a row holds, but not that two operations show it alike. Where all answers of one side agree on a
property and those of the other do not, the sides behave differently, whatever their rows.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import combinations
from typing import Any

from mockserver.bundle.operations import Role
from mockserver.compare.difference import Ledger, Step
from mockserver.compare.documents import Number, kind_of, shown
from mockserver.compare.identity import Namer
from mockserver.compare.normal import amount, decimals, instant, shape, written
from mockserver.compare.pooling import NOTHING, Entry, Views, pointer_of

_SURE = 2  # rows that have to agree on one side, and to disagree on the other
_SHARE = 0.4  # of the rows of a side disagree where its operations do
_BEGINNING = 4  # letters that prove a text to be the beginning of another
_ELLIPSIS = ".… "
Place = tuple[str, str, str]  # an operation, another one, a property
How = tuple[str, str]  # class, words


@dataclass(slots=True)
class _Tally:
    """How often two operations show a property of one row alike, and how they differ, each with the first example."""

    agreed: int = 0
    differed: Counter[How] = field(default_factory=Counter)
    example: tuple[Any, Any] = (None, None)

    def disagrees(self) -> bool:
        """Whether they differ in more than an odd row."""
        times = self.differed.total()
        return times >= _SURE and times >= _SHARE * (times + self.agreed)


def compare_agreement(entries: Sequence[Entry], views: Sequence[Views], namer: Namer, ledger: Ledger) -> None:
    """Differences between operations that show the same rows, where one side has them and the other has none."""
    sides = [_tallies(each, namer) for each in views]
    steps: dict[str, Step] = {}
    for pair, _ in entries:
        steps.setdefault(pair[0].label, pair[0])
    odd: dict[tuple[int, str], list[tuple[Place, _Tally]]] = defaultdict(list)
    for place in sorted(sides[0].keys() & sides[1].keys()):
        tallies = sides[0][place], sides[1][place]
        for at in (0, 1):
            if tallies[at].disagrees() and not tallies[1 - at].differed and tallies[1 - at].agreed >= _SURE:
                odd[at, place[2]].append((place, tallies[at]))
    for (at, name), found in odd.items():
        for label, (place, tally) in _blamed(found, steps).items():
            _report(steps[label], name, at, place, tally, ledger)
    for side in sides:
        for place, tally in side.items():
            ledger.same(place[0], "value", 1 if tally.agreed and not tally.differed else 0)


def _tallies(rows: Views, namer: Namer) -> dict[Place, _Tally]:
    found: dict[Place, _Tally] = defaultdict(_Tally)
    for views in rows.values():
        for (one, here), (other, there) in combinations(sorted(views.items()), 2):
            for name in here.keys() & there.keys():
                _count(found[one, other, name], name, here[name], there[name], namer)
    return found


def _count(tally: _Tally, name: str, a: Any, b: Any, namer: Namer) -> None:
    if a is b or _same(a, b):
        tally.agreed += a not in NOTHING
        return
    if not tally.differed:
        tally.example = a, b
    tally.differed[_how(name, a, b, namer)] += 1


def _same(a: Any, b: Any) -> bool:
    """Whether two values are written alike; of objects that show more or less of something, what both show."""
    if isinstance(a, dict) and isinstance(b, dict):
        return all(_same(a[name], b[name]) for name in a.keys() & b.keys())
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(_same(one, other) for one, other in zip(a, b, strict=True))
    return type(a) is type(b) and bool(a == b)


def _how(name: str, a: Any, b: Any, namer: Namer) -> How:
    """The class of drift that two values of one row are, and words for it."""
    if isinstance(a, dict) and isinstance(b, dict):
        inner = next(key for key in a if key in b and not _same(a[key], b[key]))
        return _how(inner, a[inner], b[inner], namer)
    kinds = ["number" if kind == "integer" else kind for kind in (kind_of(a), kind_of(b))]
    if kinds[0] != kinds[1]:
        return ("value" if "null" in kinds else "type"), f"{kinds[0]} here, {kinds[1]} there"
    if isinstance(a, list) and isinstance(b, list):
        if Counter(map(shown, a)) == Counter(map(shown, b)):
            return "order", "one order here, another there"
        pair = next((pair for pair in zip(a, b, strict=False) if not _same(*pair)), None)
        if pair is None:
            return "length", "a list here, its beginning there"
        return _how(name, *pair, namer) if len(a) == len(b) else ("value", "elements here, others there")
    if type(a) is Number:
        one, other = amount(a) or Decimal(0), amount(b) or Decimal(0)
        if one == other:
            return "number form", "a number here, written otherwise there"
        if not namer.names_id(name) and abs(one - other) <= Decimal(10) ** -min(decimals(a), decimals(b)):
            return "precision", f"{decimals(a)} decimals here, {decimals(b)} there"
    elif isinstance(a, str) and type(a) is str:
        found = written(a, b) or _shortened(a, b)
        if found is not None and not (found[0] == "length" and namer.is_id(name, a)):
            return found
    return (
        ("referential", "one row here, another there") if namer.is_id(name, a) else ("value", "a value, another there")
    )


def _shortened(a: str, b: str) -> How | None:
    """How one text tells less than another: a moment without its seconds, the beginning of a text."""
    here, there = instant(a), instant(b)
    if here is not None and there is not None:
        cut = max(here, there) // 60 * 60 == min(here, there) and shape(a) == shape(b)
        return ("precision", "a moment here, its minute there") if cut else None
    one, other = a.rstrip(_ELLIPSIS), b.rstrip(_ELLIPSIS)
    begins = min(len(one), len(other)) >= _BEGINNING and (one.startswith(other) or other.startswith(one))
    return ("length", "a text here, its beginning there") if begins else None


def _blamed(found: Sequence[tuple[Place, _Tally]], steps: Mapping[str, Step]) -> dict[str, tuple[Place, _Tally]]:
    """The operations that explain all disagreements of a property, those that disagree with most others first."""
    left, blamed = list(found), dict[str, tuple[Place, _Tally]]()
    while left:
        often = Counter(label for place, _ in left for label in place[:2])
        most = max(often, key=lambda label: (often[label], _is_read(steps[label]), label))
        blamed[most] = next((place, tally) for place, tally in left if most in place[:2])
        left = [(place, tally) for place, tally in left if most not in place[:2]]
    return blamed


def _is_read(step: Step) -> bool:
    return step.operation is not None and step.operation.role is Role.READ


def _report(step: Step, name: str, at: int, place: Place, tally: _Tally, ledger: Ledger) -> None:
    (cls, words), times = tally.differed.most_common(1)[0]
    other = place[1] if place[0] == step.label else place[0]
    texts = [shown(value) for value in (tally.example if place[0] == step.label else tally.example[::-1])]
    seen = f"{texts[0]} beside {texts[1]}"
    alike = "alike in both operations"
    says = f"{alike} -> {words}" if at else f"{words} -> {alike}"
    ledger.differ(
        step, cls, "body", says, (alike, seen) if at else (seen, alike), f"{pointer_of(step)}/{name}",
        detail=f"{times} rows that {other} shows as well", count=times,
    )  # fmt: skip
