"""Makers: what a generated column says, judged by its name, type, format, legal values and examples."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from typing import Any

from mockserver.bundle.nouns import noun
from mockserver.store import days
from mockserver.store.chance import salt, spread
from mockserver.store.model import Field, normal
from mockserver.store.sampling import needs_care
from mockserver.store.vocabulary import Vocabulary

Make = Callable[[int, int], Any]  # (the row's bits, its number) -> value
_CODED = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*\Z")
_TIMES = [f"{8 + n * 7 % 10:02}:{n * 13 % 60:02}:{n * 29 % 60:02}" for n in range(256)]
_ISO = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?\Z")
_YEAR = re.compile(r"(?<!\d)(19|20)\d\d(?!\d)")
_PLAIN = frozenset({"type", "format", "description", "title", "examples", "nullable", "readOnly", "deprecated"})
_MONEY = frozenset("amount price total cost value budget fee balance revenue salary subtotal tax charge credit debit "
                   "income expense outstanding paid payment payout refund discount deposit".split())  # fmt: skip
_SHAPED = frozenset("ref number code key reference no sku id fein vin iban account".split())
_LATER = (  # days after the row was made: (words, from, to)
    (frozenset("updated modified changed edited last accessed seen used synced touched".split()), 26, 29),
    (frozenset("due end ends ended expires expiry expiration until deadline expected valid to".split()), 31, 300),
    (
        frozenset(
            "approved approval reviewed review confirmed confirmation paid payment completed closed finished resolved "
            "posted done published".split()
        ),
        12,
        25,
    ),
    (
        frozenset(
            "start starts started begin from issue issued prepared logged transaction date effective received sent "
            "time submitted".split()
        ),
        1,
        11,
    ),
)
_TRIALS = 32
_ASIDE = 500_000  # further on than any scenario counts
_NEVER = frozenset("deleted archived revoked cancelled canceled trashed purged disabled failed rejected".split())


class Timeline:
    """The days of a row: made some time before today, everything else in order after that."""

    def __init__(self, today: date) -> None:
        self.today = days.number(today)

    def born(self, bits: int) -> int:
        """The day on which a row was made, 30 to 1,000 days before today, as days since 2000."""
        return self.today - 30 - spread(bits, salt("born")) % 970

    def year(self, bits: int) -> int:
        """The year in which a row was made."""
        return int(days.text(self.born(bits))[:4])

    def maker(self, name: str) -> Callable[[int], int]:
        """The day of a date column, by what its name says of the order of things."""
        words = normal(name).split("_")
        if {"birth", "birthday", "birthdate", "dob", "born"} & set(words):
            return lambda bits: self.today - 8000 - spread(bits, salt("birth")) % 16_000 % (self.today - 8001)
        for known, first, last in _LATER:
            if known.intersection(words):
                room, by = last - first + 1, salt("end" if first == 31 else name)
                return lambda bits: self.born(bits) + first + spread(bits, by) % room
        return self.born


class Makers:
    """Makes makers for the columns of a model."""

    def __init__(
        self,
        vocabulary: Vocabulary,
        today: date,
        sample: Callable[[Any, str], Any],
        valid: Callable[[Any, Any], bool],
        refer: Callable[[str], Callable[[int], Any] | None] = lambda _name: None,
    ) -> None:
        """`sample` and `valid` know the schemas of the bundle, `refer` the rows that a column name points at."""
        self.words = vocabulary
        self.timeline = Timeline(today)
        self._sample = sample
        self._valid = valid
        self._refer = refer

    def make(self, owner: str, field: Field, covered: Collection[Any] = ()) -> Make:
        """The maker of a column. `owner` is the entity, or what an embedded object is called."""
        return self._null(field, self._guard(field, self._choose(owner, field, covered)))

    def _choose(self, owner: str, field: Field, covered: Collection[Any]) -> Make:
        if "const" in field.schema:
            constant = field.schema["const"]
            return lambda _bits, _number: constant
        coded = self._coded(owner, field)
        if coded:
            return cycle(coded, f"{owner}.{field.name}", covered)
        match field.type:
            case "object":
                return self._object(owner, field)
            case "array":
                return self._array(owner, field)
            case "boolean":
                return _boolean(owner, field.name, covered)
            case "integer" | "number":
                return self._number(owner, field)
            case "string":
                return self._text(owner, field, covered)
        return self._sampled(owner, field)

    def _coded(self, owner: str, field: Field) -> Sequence[Any]:
        """The values to go round through: an enum, or examples that look like one."""
        if field.values:
            return [value for value in field.values if value is not None] or field.values
        if field.type not in ("string", "integer", "number"):
            return ()
        words = normal(field.name)
        if field.type == "string" and (known := self.words.values(owner, words)):
            return known
        if "x-seen-values" in field.schema or "x-inferred-values" in field.schema:
            return field.seen
        shown = field.type == "string" and field.seen and words.split("_")[-1] not in _SHAPED
        codes = bool(shown) and all(isinstance(v, str) and len(v) > 2 and _CODED.match(v) for v in field.seen)
        return field.seen if codes else ()

    # -- composed ----------------------------------------------------------------------------------------------------

    def _object(self, owner: str, field: Field) -> Make:
        if not field.inner:
            return self._sampled(owner, field)
        by = 0 if normal(field.name) == "address" else salt(f"{owner}.{field.name}")
        name = noun(field.name)
        parts = self._parts(name, field)
        return lambda bits, number: {part: make(bits ^ by, number) for part, make in parts}

    def _parts(self, owner: str, field: Field) -> list[tuple[str, Make]]:
        """The makers of what is inside an object; keys of rows there are keys of rows that exist."""
        found = []
        for inner in field.inner.values():
            key = self._refer(f"{owner}_id" if normal(inner.name) == "id" else inner.name)
            if key is not None and inner.type in ("integer", "string"):
                found.append((inner.name, self._key(f"{owner}.{inner.name}", key)))
            else:
                found.append((inner.name, self.make(owner, inner)))
        return found

    @staticmethod
    def _key(name: str, key: Callable[[int], Any]) -> Make:
        by = salt(name)
        return lambda bits, _number: key(spread(bits, by))

    def _array(self, owner: str, field: Field) -> Make:
        name = noun(field.name)
        least, most = int(field.schema.get("minItems", 0)), int(field.schema.get("maxItems", 9))
        by = salt(f"{owner}.{field.name}")
        if field.inner:
            parts = self._parts(name, field)
            counted = field.inner["id"].type == "integer" if "id" in field.inner else False
            counted = counted and self._refer(f"{name}_id") is None

            def rows(bits: int, number: int) -> list[dict[str, Any]]:
                count = min(max(1 + spread(bits, by) % 3, least), most)
                return [
                    {
                        part: at + 1 if counted and part == "id" else make(spread(bits, by + at), number * 3 + at)
                        for part, make in parts
                    }
                    for at in range(count)
                ]

            return rows
        items = field.schema.get("items")
        values = items.get("enum") or items.get("x-seen-values") if isinstance(items, Mapping) else None
        if values:
            options = list(values)

            def some(bits: int, number: int) -> list[Any]:
                count = min(max(1 + spread(bits, by) % len(options), least), most)
                return [options[(number + at) % len(options)] for at in range(min(count, len(options)))]

            return some
        if isinstance(items, Mapping) and items.get("type") == "string" and not needs_care(items):
            return lambda bits, _number: [self.words.pick("word", bits ^ by)][: max(most, 0)] * max(least, 1)
        return self._sampled(owner, field)

    def _sampled(self, owner: str, field: Field) -> Make:
        """Schema-valid values, sixteen different ones."""
        known: dict[int, Any] = {}
        by = salt(f"{owner}.{field.name}")

        def sampled(bits: int, _number: int) -> Any:
            which = spread(bits, by) & 15
            if which not in known:
                known[which] = self._sample(field.schema, f"{owner}.{field.name}.{which}")
            return known[which]

        return sampled

    def _guard(self, field: Field, make: Make) -> Make:
        """Values that the schema refuses are replaced by samples of it; makers that pass a trial are trusted."""
        schema = field.schema
        if {word for word in schema if not word.startswith("x-")} <= _PLAIN | {"enum"}:
            return make
        if field.type in ("object", "array") and all(
            self._valid(make(salt(str(n)), n), schema) for n in range(_TRIALS)
        ):
            return make

        def guarded(bits: int, number: int) -> Any:
            value = make(bits, number)
            if value is None or self._valid(value, schema):
                return value
            return self._sample(schema, f"{field.name}.{bits & 63}")

        return guarded

    def _null(self, field: Field, make: Make) -> Make:
        declared = field.schema.get("type")
        if not isinstance(declared, list) or "null" not in declared:
            return make
        by = salt(f"null.{field.name}")
        often = 1 if _NEVER.intersection(normal(field.name).split("_")) else 9
        return lambda bits, number: None if spread(bits, by) % often == 0 else make(bits, number)

    # -- plain -------------------------------------------------------------------------------------------------------

    def _number(self, owner: str, field: Field) -> Make:
        words = normal(field.name).split("_")
        last, by, whole = words[-1], salt(f"{owner}.{field.name}"), field.type == "integer"
        if whole and (last == "at" or "timestamp" in words or "epoch" in words or (last in ("date", "time") and owner)):
            day = self.timeline.maker(field.name)
            return lambda bits, _number: (day(bits) + days.EPOCH) * 86_400 + 30_000 + spread(bits, by) % 30_000
        span = _span(words)
        if span is None:
            span = (1, 1000, 1) if whole else (1, 1000, 100)
        low, high, per = span
        if whole:
            return lambda bits, _number: low + spread(bits, by) % (high - low + 1)
        steps = (high - low) * per + 1
        return lambda bits, _number: (low * per + spread(bits, by) % steps) / per

    def _text(self, owner: str, field: Field, covered: Collection[Any]) -> Make:
        shown = str(field.seen[0]) if field.seen else ""
        if field.format in ("date", "date-time") or (not field.format and _ISO.match(shown)):
            return self._moment(owner, field, shown)
        named = self.words.maker(owner, field.name, self.timeline.year, by_format=field.format)
        if named is not None:
            return named
        if field.format or "pattern" in field.schema:
            return self._sampled(owner, field)
        words = normal(field.name).split("_")
        if shown and words[-1] in _SHAPED and any(char.isdigit() for char in shown):
            return _beside(self._shaped(owner, field.name, shown), covered)
        if words[-1] in _SHAPED:
            return lambda _bits, number: f"{words[0][:3].upper()}-{1001 + number}"
        return self.words.phrase(f"{owner}.{field.name}")

    def _moment(self, owner: str, field: Field, shown: str) -> Make:
        day = self.timeline.maker(field.name)
        if field.format == "date" or (not field.format and "T" not in shown):
            return lambda bits, _number: days.text(day(bits))
        ending = "+00:00" if shown.endswith("+00:00") else ".000Z" if ".000" in shown else "Z"
        for fixed in ("T00:00:00", "T23:59:59"):
            if fixed in shown:
                return lambda bits, _number: f"{days.text(day(bits))}{fixed}{ending}"
        by = salt(f"{owner}.{field.name}")
        return lambda bits, _number: f"{days.text(day(bits))}T{_TIMES[spread(bits, by) & 255]}{ending}"

    def _shaped(self, owner: str, name: str, shown: str) -> Make:
        """Texts in the manner of an example: INV-2024-001 -> INV-<year>-<number>."""
        by = salt(f"{owner}.{name}")
        dated = _YEAR.search(shown) if re.search(r"\D", shown) else None
        head, tail = ("", shown) if dated is None else (shown[: dated.end()], shown[dated.end() :])
        groups = re.split(r"(\d+)", tail)
        if dated is not None:
            before = shown[: dated.start()]
        counted = max((at for at in range(1, len(groups), 2)), default=0)

        def shaped(bits: int, number: int) -> str:
            parts = list(groups)
            for at in range(1, len(parts), 2):
                width = len(parts[at])
                if at == counted and width < 8:
                    parts[at] = f"{1001 + number:0{width}}"
                else:
                    parts[at] = f"{spread(bits, by + at) % 10**width:0{width}}"
            start = f"{before}{self.timeline.year(bits)}" if head else ""
            return start + "".join(parts)

        return shaped


def _beside(make: Callable[[int, int], str], covered: Collection[Any]) -> Make:
    """A reference is one row's own: those that written rows have are passed over."""
    taken = {value for value in covered if isinstance(value, str)}

    def made(bits: int, number: int) -> str:
        text = make(bits, number)
        return make(bits, number + _ASIDE) if text in taken else text

    return made if taken else make


def cycle(values: Sequence[Any], name: str, covered: Collection[Any] = ()) -> Make:
    """Every value once before any comes twice, those first that no written row shows."""
    shown = [value for value in covered if isinstance(value, (str, int, float))]
    first = [v for v in values if v not in shown] + [v for v in values if v in shown]
    count, by = len(values), salt(name)

    def pick(_bits: int, number: int) -> Any:
        block, place = divmod(number, count)
        return first[place] if block == 0 else first[(place + spread(block & 0xFFFF, by)) % count]

    return pick


def _boolean(owner: str, name: str, covered: Collection[Any]) -> Make:
    """Mostly true for what is usually so; both values among the first two rows."""
    words = normal(name).split("_")
    by = salt(f"{owner}.{name}")
    if {"active", "enabled", "billable", "approved", "verified"} & set(words):
        start = 0 if True in covered else 1
        return lambda _bits, number: (number + 8 - start) % 8 != 0
    return lambda bits, number: number == 0 or (number != 1 and spread(bits, by) & 1 == 0)


def _span(words: list[str]) -> tuple[int, int, int] | None:  # noqa: C901, PLR0912  one line per meaning
    """Bounds and steps per unit of a number, by the words of its name."""
    last, every = words[-1], set(words)
    if "rate" in every and every & {"tax", "vat", "interest", "discount"}:
        return 0, 1, 20
    if last in ("latitude", "lat"):
        return 25, 48, 10_000
    if last in ("longitude", "lng", "lon"):
        return -122, -71, 10_000
    if last in ("percent", "percentage"):
        return 0, 100, 1
    if last in ("allocation", "probability", "ratio", "score", "confidence"):
        return 0, 1, 10
    if last == "rate":
        return 95, 450, 1
    if every & {"hours", "duration"}:
        return 1, 10, 4
    if last in ("quantity", "qty"):
        return 1, 40, 1
    if last in ("count", "items"):
        return 0, 50, 1
    if last == "year":
        return 2020, 2025, 1
    if last == "month":
        return 1, 12, 1
    if last == "age":
        return 18, 80, 1
    if last in ("size", "bytes", "length"):
        return 1_000, 5_000_000, 1
    if every & {"budget", "estimated", "revenue", "salary"}:
        return 1_000, 90_000, 1
    return (50, 20_000, 100) if _MONEY & every else None
