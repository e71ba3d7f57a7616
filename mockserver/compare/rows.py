"""Rows: what each side has shown of its data, and which row of one side stands for which of the other.

Rows correspond where a stable key says so (a text that is no id, different in every row of a side, found on both sides)
and the rest of the rows bears it out; numbers that are handed out in order (`INV-0001`) are equal without meaning the
same, and so are ids. Where nothing corresponds, rows that are alike in form are picked: behaviour can be compared then,
values cannot.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from mockserver.compare.documents import Number
from mockserver.compare.identity import Namer
from mockserver.compare.lists import correspond, key_name
from mockserver.compare.normal import alike, instant, is_code, scalars
from mockserver.compare.pooling import nothing
from mockserver.compare.pools import Pool, Row, cell
from mockserver.probes.base import Contract
from mockserver.store.model import Entity, normal

# Names that people give to what stays the same wherever a row is copied to, the most telling first.
_STABLE = (
    "pms_ref", "system_ref", "external_ref", "external_id", "ref", "reference", "client_ref", "code", "number", "slug",
    "handle", "login", "username", "email", "isbn", "sku", "iban", "title", "name", "legal_name", "display_name",
)  # fmt: skip
NEITHER = "neither side shows a"  # begins the reason of what cannot be compared because there is nothing
_UNIQUE = 0.9  # of a key's values are different within a side
_BORNE_OUT = 0.75  # of the stable values of two rows agree
_MOST = 60  # pairs of rows that are alike only
_WINDOW = 40  # rows of a side that are held against each other one by one


class Pick(NamedTuple):
    """A row of each side; `same` where both are one row by `why`, else they are only alike in form."""

    a: Row
    b: Row
    same: bool
    why: str


class Pairs:
    """Picks rows of both sides together; a pick is made when it is first asked for, and stays.

    `keys` sets the stable key of an entity: a property, or a JSON pointer into the row. It is believed.
    """

    def __init__(self, a: Pool, b: Pool, contract: Contract, keys: Mapping[str, str] | None = None) -> None:
        self.pools = (a, b)
        self.contract = contract
        self.keys = dict(keys or {})
        self._namer = Namer(contract.model)
        self._found: dict[str, list[Pick]] = {}
        self._picked: dict[tuple[str, int, frozenset[str]], Pick | str] = {}

    def pick(self, entity: str, number: int = 0, needs: frozenset[str] = frozenset()) -> Pick | str:
        """A pair of rows in which both have values for all that is needed; else why there is none.

        Where the pair of this number lacks something, the next one that has it stands in. Numbers beyond the pairs
        that there are begin again with the first.
        """
        name = self.contract.model.aliases.get(entity, entity)
        place = (name, number, needs)
        if not isinstance(self._picked.get(place), Pick):
            self._picked[place] = self._pick(name, number, needs)
        return self._picked[place]

    def picks(self) -> dict[str, list[Pick]]:
        """All pairs found so far, by entity."""
        return {entity: list(found) for entity, found in self._found.items()}

    def _pick(self, entity: str, number: int, needs: frozenset[str]) -> Pick | str:
        if not self._found.get(entity):
            self._found[entity] = self._pairs(entity)
        found = self._found[entity]
        if not found:
            return self._lacking(entity, frozenset())
        start = number % len(found)
        for pick in (*found[start:], *found[:start]):
            if all(cell(row, each) is not None for row in (pick.a, pick.b) for each in needs):
                return pick
        return self._lacking(entity, needs)

    def _lacking(self, entity: str, needs: frozenset[str]) -> str:
        """Which side has no row with all that is needed."""
        what = f"{entity} with {', '.join(sorted(needs))}" if needs else entity
        lacks = [
            side for side, pool in zip("AB", self.pools, strict=True)
            if not any(all(cell(row, each) is not None for each in needs) for row in pool.rows(entity))
        ]  # fmt: skip
        if not lacks:
            return f"no pair of rows was found of {what}"
        return f"{NEITHER} {what}" if len(lacks) == 2 else f"{lacks[0]} shows no {what}"

    def _pairs(self, entity: str) -> list[Pick]:
        rows = [pool.rows(entity) for pool in self.pools]
        if not all(rows):
            return []
        known = self.contract.model.entities.get(entity)
        same = self._same(entity, known, rows[0], rows[1])
        used = {id(pick.a) for pick in same} | {id(pick.b) for pick in same}
        left = [[row for row in side if id(row) not in used] for side in rows]
        alike = [Pick(a, b, False, "alike in form") for a, b in _alike(left[0], left[1], known)]
        return [*_varied(same, known), *_varied(alike, known)]

    def _same(self, entity: str, known: Entity | None, a: list[Row], b: list[Row]) -> list[Pick]:
        """The rows that are on both sides, in the order of the first side."""
        if entity in self.keys:
            given = self.keys[entity]
            return [Pick(one, other, True, f"{given}, as told") for one, other in _matched(a, b, given)]
        found: dict[int, Pick] = {}
        taken: set[int] = set()
        stable = self._stable(known, a, b)
        for name in (*stable, *self._own(known, a)):
            met = _matched(a, b, name)
            by_id = known is not None and normal(name) == normal(known.key) and self._namer.names_id(name)
            dull = _dull(a) if by_id and met else frozenset[str]()
            firm = [_bears_out(one, other, name, frozenset(stable), self._namer, dull) for one, other in met]
            trusted = sum(verdict is not False for verdict in firm) >= _BORNE_OUT * len(firm)
            for (one, other), verdict in zip(met, firm, strict=True):
                good = verdict or (verdict is None and trusted and not by_id)
                if good and id(one) not in found and id(other) not in taken:
                    found[id(one)] = Pick(one, other, True, name)
                    taken.add(id(other))
        return [found[id(row)] for row in a if id(row) in found]

    def _stable(self, known: Entity | None, a: list[Row], b: list[Row]) -> list[str]:
        """The properties that may be stable keys, the most telling first."""
        names = [name for name in dict.fromkeys(name for row in a for name in row) if any(name in row for row in b)]
        good = [
            name for name in names
            if not self._namer.names_id(name) and (known is None or normal(name) != normal(known.key))
            and all(_distinct([row.get(name) for row in side]) for side in (a, b))
        ]  # fmt: skip
        return sorted(good, key=lambda name: (_rank(name), names.index(name)))

    def _own(self, known: Entity | None, a: list[Row]) -> list[str]:
        name = key_name(a[0], known)
        return [name] if name is not None else []


def _varied(picks: list[Pick], known: Entity | None) -> list[Pick]:
    """A few picks show as much as there is to be seen: all that rows lack, then rows of each form in turn.

    The usual forms come first, and the very first pick is a usual one.
    """
    forms: dict[frozenset[str], list[Pick]] = defaultdict(list)
    for pick in picks:
        forms[_form(pick.a, known)].append(pick)
    turns = [(turn, -len(found), pick) for found in forms.values() for turn, pick in enumerate(found)]
    usual = [pick for _, _, pick in sorted(turns, key=lambda each: each[:2])]
    first = _gaps_first(usual)
    return [*first, *(pick for pick in usual if not any(pick is each for each in first))]


def _gaps_first(picks: list[Pick]) -> list[Pick]:
    """The first pick, then those with most of what no pick before them lacks on a side, until all was shown."""
    names = dict.fromkeys(name for pick in picks for name in (*pick.a, *pick.b))
    firsts: dict[frozenset[tuple[int, str, str]], int] = {}
    for at, pick in enumerate(picks):
        each = ((side, name, nothing(row, name)) for side, row in enumerate((pick.a, pick.b)) for name in names)
        firsts.setdefault(frozenset(gap for gap in each if gap[2]), at)
    chosen, shown = [0] if picks else [], set[tuple[int, str, str]](*list(firsts)[:1])
    while unseen := {gaps - shown: at for gaps, at in reversed(firsts.items()) if gaps - shown}:
        most = max(unseen, key=lambda gaps: (len(gaps), -unseen[gaps]))
        chosen.append(unseen[most])
        shown |= most
    return [picks[at] for at in chosen]


def _rank(name: str) -> int:
    plain = normal(name)
    fitting = (at for at, word in enumerate(_STABLE) if plain == word or plain.endswith(f"_{word}"))
    return next(fitting, len(_STABLE))


def _mark(value: Any) -> str | None:
    """What a value is found again by; None for what names nothing: numbers, moments, lists."""
    if type(value) is str and len(value) > 1 and instant(value) is None:
        return value
    if isinstance(value, dict) and value and all(type(part) is str for part in value.values()):
        return json.dumps(value, sort_keys=True, ensure_ascii=False)
    return None


def _distinct(values: Sequence[Any]) -> bool:
    marks = [_mark(value) for value in values if value is not None]
    return bool(marks) and None not in marks and len(set(marks)) >= _UNIQUE * len(marks)


def _matched(a: list[Row], b: list[Row], name: str) -> list[tuple[Row, Row]]:
    """The rows of both sides that have the same value, one that no other row of their side has."""
    sides = []
    for rows in (a, b):
        texts = [(json.dumps(cell(row, name), sort_keys=True), row) for row in rows if cell(row, name) is not None]
        often = Counter(text for text, _ in texts)
        sides.append({text: row for text, row in texts if often[text] == 1})
    return [(row, sides[1][text]) for text, row in sides[0].items() if text in sides[1]]


def _dull(rows: Sequence[Row]) -> frozenset[str]:
    """The pointers of values that many rows of a side share: they do not say which row it is."""
    seen: dict[str, list[Any]] = defaultdict(list)
    for row in rows[:_WINDOW]:
        for pointer, value in scalars(row).items():
            seen[pointer].append(value)
    return frozenset(pointer for pointer, values in seen.items() if len(values) > 2 * len(set(map(repr, values))))


def _bears_out(a: Row, b: Row, key: str, telling: frozenset[str], namer: Namer, dull: frozenset[str]) -> bool | None:
    """Whether the rest of two rows says that they are one; None: too little else is told of them.

    What is different in every row, and when a row was made, has to agree by itself: rows of one vocabulary
    (departments called `Tax`) share most of the rest.
    """
    one, other = [{name: value for name, value in row.items() if name != key} for row in (a, b)]
    told = correspond(one, other, namer, dull)
    mine, theirs = scalars(one), scalars(other)
    agreed = {
        pointer: alike(mine[pointer], theirs[pointer]) for pointer in mine.keys() & theirs.keys()
        if mine[pointer] is not None and not namer.names_id(pointer.rpartition("/")[2])
    }  # fmt: skip
    marks = [good for pointer, good in agreed.items() if pointer[1:] in telling or _is_moment(mine[pointer])]
    if told is False or any(sum(each) < _BORNE_OUT * len(each) for each in (list(agreed.values()), marks)):
        return False
    return told


def _is_moment(value: Any) -> bool:
    return type(value) is str and instant(value) is not None


def _alike(a: list[Row], b: list[Row], known: Entity | None) -> Iterator[tuple[Row, Row]]:
    """Rows that have the same properties, nulls, truths and words for programs; then those that have most of them."""
    forms = [[_form(row, known) for row in rows] for rows in (a, b)]
    waiting: dict[frozenset[str], list[int]] = defaultdict(list)
    for at in reversed(range(len(b))):
        waiting[forms[1][at]].append(at)
    given, left = 0, []
    taken: set[int] = set()
    for at, form in enumerate(forms[0]):
        if given < _MOST and waiting.get(form):
            other = waiting[form].pop()
            taken.add(other)
            given += 1
            yield a[at], b[other]
        else:
            left.append(at)
    free = [at for at in range(len(b)) if at not in taken][:_WINDOW]
    for at in left[:_WINDOW]:
        if not free or given >= _MOST:
            return
        best = max(free, key=lambda other: (len(forms[0][at] & forms[1][other]), -other))
        free.remove(best)
        given += 1
        yield a[at], b[best]


def _form(row: Row, known: Entity | None) -> frozenset[str]:
    return frozenset(f"{name}: {_trait(name, value, known)}" for name, value in row.items())


def _trait(name: str, value: Any, known: Entity | None) -> str:
    if value is None or isinstance(value, bool):
        return str(value)
    if type(value) is Number:
        return "zero" if not value.strip("-0.") else "number"
    if isinstance(value, str):
        column = known.fields.get(known.spelled(name) or "") if known is not None else None
        return value if is_code(value) or (column is not None and value in column.values) else "text" if value else ""
    return f"{type(value).__name__}{'' if value else ' empty'}"
