"""Rules: what the rows of an entity owe each other beyond their schemas; which entity has which."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar

from mockserver.calls import Event
from mockserver.problems import Violation
from mockserver.store.model import Entity, Row, fits

if TYPE_CHECKING:
    from mockserver.store.memory import Store

T = TypeVar("T")
_MODULES = (
    "clients",
    "contacts",
    "drafts",
    "engagements",
    "attachments",
    "invoices",
    "payments",
    "practice",
    "projects",
    "staff",
    "time",
)
_CENT = Decimal("0.01")


class Sheet:
    """A row under the names that the rules use, whatever case style the bundle has.

    Setting a field that the bundle has not, or a value that its enum or type forbids, does nothing: the same rules
    serve a bundle with more and one with less. `fixed` fields (those a scenario writes) are kept as they are.
    """

    __slots__ = ("_store", "dropped", "entity", "fixed", "row")

    def __init__(
        self, entity: Entity, row: dict[str, Any], fixed: Collection[str] = (), store: Store | None = None
    ) -> None:
        self.entity = entity
        self.row = row
        self.fixed = fixed
        self.dropped: set[str] = set()
        self._store = store

    @property
    def store(self) -> Store:
        """The store that the row is written to; while rows are being seeded there is none yet."""
        if self._store is None:
            raise RuntimeError("A row that is being seeded has no store; ask the draw.")
        return self._store

    @property
    def key(self) -> Any:
        """The row's key."""
        return self.row.get(self.entity.key)

    def get(self, name: str, default: Any = None) -> Any:
        """The value of a field."""
        found = self.row.get(name)
        if found is None:
            found = self.row.get(self.entity.spelled(name) or name)
        return default if found is None else found

    def __contains__(self, name: str) -> bool:
        return self.entity.spelled(name) in self.entity.fields

    def __setitem__(self, name: str, value: Any) -> None:
        own = name if name in self.entity.fields else self.entity.spelled(name)
        field = self.entity.fields.get(own or "")
        if field is None or own in self.fixed:
            return
        if value is not None:
            if field.values and value not in field.values:
                return
            if not fits(field.type, value):
                return
        self.row[field.name] = value

    def update(self, **values: Any) -> None:
        """Set several fields."""
        for name, value in values.items():
            self[name] = value

    def drop(self, *names: str) -> None:
        """Leave fields out: absent means NULL to a search and nothing to a reader."""
        for name in names:
            own = self.entity.spelled(name)
            if own is not None and own not in self.fixed:
                self.row.pop(own, None)
                self.dropped.add(own)

    def moment(self, name: str, value: str) -> None:
        """Set a date column to a moment, as a plain date where the column is one."""
        own = name if name in self.entity.fields else self.entity.spelled(name)
        field = self.entity.fields.get(own or "")
        if field is not None:
            self[name] = value[:10] if field.format == "date" else value

    def clear(self, *names: str) -> None:
        """Null where the schema allows it, else absent."""
        for name in names:
            field = self.entity.fields.get(self.entity.spelled(name) or "")
            if field is None or field.name in self.fixed:
                continue
            if "null" in (field.schema.get("type") or ()):
                self.row[field.name] = None
            else:
                self.drop(name)

    def money(self, name: str) -> Decimal | None:
        """A field as an exact amount; None when it holds no number."""
        value = self.get(name)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return None
        return Decimal(str(value))


class Draw(Protocol):
    """What a rule may ask while a row is being seeded: dice, and the rows it hangs together with."""

    entity: str
    slot: int
    number: int  # counted from the first row that no scenario writes; below zero for written ones
    today: date

    def below(self, name: str, limit: int) -> int:
        """A number from 0 to limit - 1 of this row's own."""

    def pick(self, name: str, options: Sequence[T]) -> T:
        """One of the options."""

    def text(self, name: str) -> str:
        """What the vocabulary says under `owner.field`."""

    def born(self) -> int:
        """The day on which the row was made, as days since 2000."""

    def size(self, entity: str) -> int:
        """How many rows another entity has; 0 when there is no such entity."""

    def key(self, entity: str, slot: int) -> Any:
        """The key of another row."""

    def target(self, column: str) -> int | None:
        """The slot of the row that a column of this one points at."""

    def children(self, entity: str, column: str) -> list[int]:
        """The slots of the rows that point at this one."""

    def siblings(self, column: str) -> list[int]:
        """The slots of this entity's rows that point at the same row by a column, this one among them."""

    def left_over(self, entity: str, column: str) -> int | None:
        """Which of the rows this is that nobody of another entity points at; None when somebody does."""

    def row(self, entity: str, slot: int) -> Row:
        """Another row, complete. Rules of two entities must not ask for each other's rows."""

    def of(self, entity: str, slot: int) -> Draw:
        """The draw of another row: what its rules would draw, without making it."""

    def own(self, *names: str) -> Row:
        """Some fields of this row as they are before its rules; anybody may ask for these."""

    def person(self, name: str) -> tuple[Any, str] | None:
        """Somebody of the firm: key and full name; None in a bundle without people."""


class Rules:
    """Does nothing; the rules of an entity override what they need.

    `gaps`: columns of which every n-th generated row points nowhere. `makes`: fields that `seeded` sets, so that
    something is made up for them only where it does not (because the bundle has another type or enum there).
    """

    entity: ClassVar[str] = ""
    gaps: ClassVar[Mapping[str, int]] = {}
    makes: ClassVar[tuple[str, ...]] = ()

    def seeded(self, row: Sheet, draw: Draw) -> None:
        """Make a generated row hang together, in place; its plain fields and references are there already."""

    def settled(self, row: Sheet) -> None:
        """Work out on a write what follows from other fields and rows, in place."""

    def followed(self, row: Sheet) -> None:
        """Work out what follows from the write of another row, in place; as on a write of this one, unless told."""
        self.settled(row)

    def checked(self, row: Sheet) -> Iterable[Violation]:  # noqa: ARG002  for those who override
        """What is wrong with a row that is to be written, each with its JSON pointer."""
        return ()

    def touched(self, row: Row, store: Store) -> Iterable[tuple[str, Row]]:  # noqa: ARG002  for those who override
        """The rows of other entities that a write to this one changes."""
        return ()

    def computed(self, row: Row, store: Store) -> Row:
        """The row with everything worked out; called on each write before `check`."""
        sheet = Sheet(store.model[self.entity], dict(row), store=store)
        self.settled(sheet)
        return sheet.row

    def check(self, row: Row, store: Store) -> list[Violation]:
        """What forbids the write of a row, if anything."""
        return list(self.checked(Sheet(store.model[self.entity], dict(row), store=store)))


def rules_for(entity: str) -> Rules | None:
    """The rules of an entity, known by its inferred name; None where its schema says it all."""
    return _registry().get(entity)


def settle(store: Store, entity: str, *rows: Row) -> list[tuple[str, Row]]:
    """After a write: bring the rows that show sums of it up to date; gives what changed, as (entity, row).

    `rows` is the row as it is now and, where it may have moved to another owner, as it was.
    """
    changed: list[tuple[str, Row]] = []
    waiting = [(entity, row) for row in rows]
    while waiting and len(changed) < 1000:
        name, one = waiting.pop()
        rules = rules_for(name)
        for other, old in rules.touched(one, store) if rules is not None else ():
            others = rules_for(other)
            if others is None or other not in store.model:
                continue
            sheet = Sheet(store.model[other], dict(old), store=store)
            others.followed(sheet)
            if sheet.row != old:
                made = store.put(other, sheet.row)
                changed.append((other, made))
                waiting.append((other, made))
    return changed


def followers(store: Store, entity: str, *rows: Row) -> list[Event]:
    """As `settle`, told as the events that other clients hear of."""
    return [Event(name, "UPDATE", row[store.model[name].key], row) for name, row in settle(store, entity, *rows)]


def cents(value: Decimal) -> Decimal:
    """Rounded to two decimals, halves up."""
    return value.quantize(_CENT, ROUND_HALF_UP)


def amount(value: Decimal) -> float:
    """An exact amount as the JSON number of its two decimals."""
    return float(cents(value))


def in_order(row: Sheet, pairs: Iterable[tuple[str, str]]) -> Iterable[Violation]:
    """A violation per pair of dates of which the second comes before the first."""
    for first, second in pairs:
        start, end = row.get(first), row.get(second)
        if isinstance(start, str) and isinstance(end, str) and end[: len(start)] < start[: len(end)]:
            yield Violation(f"/{row.entity.spelled(second) or second}", f"{end} lies before {first}, {start}.")


@cache
def _registry() -> dict[str, Rules]:
    found: dict[str, Rules] = {}
    for module in _MODULES:
        for rules in import_module(f"mockserver.entities.{module}").RULES:
            found[rules.entity] = rules
    return found
