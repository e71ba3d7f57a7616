"""Reading `where` and `orderBy` against the model: every name resolved, every fault collected."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from mockserver.bundle.keywords import BOUNDS
from mockserver.bundle.pointers import join
from mockserver.problems import Refusal, Violation, did_you_mean
from mockserver.store.conditions import (
    Compare,
    Every,
    Exists,
    Holds,
    Node,
    Not,
    Order,
    Place,
    Some,
    element_of,
    place,
    place_of,
    step,
)
from mockserver.store.model import Entity, Field, Model, normal
from mockserver.store.operators import OPERATORS, BadPattern, Operator, legal
from mockserver.store.values import Kind, kind_of, shown

Unknown = Literal["refuse", "null"]

DIRECTIONS = {  # (descending, nulls first); NULL counts as the greatest value where nothing is said, as in Postgres
    "asc": (False, False),
    "desc": (True, True),
    "asc_nulls_first": (False, True),
    "asc_nulls_last": (False, False),
    "desc_nulls_first": (True, True),
    "desc_nulls_last": (True, False),
}
LOGICAL = ("_and", "_or", "_not")
DEEPEST = 200
LARGEST = 10_000
_MOST_NAMED = 50


def _size(value: Any) -> tuple[int, int]:
    """(depth, objects and lists) of a JSON value, counted no further than the limits."""
    depth = count = 0
    level = [value]
    while level and depth <= DEEPEST and count <= LARGEST:
        level = [part for part in level if isinstance(part, dict | list)]
        count += len(level)
        depth += bool(level)
        level = [inner for part in level for inner in (part.values() if isinstance(part, dict) else part)]
    return depth, count


def _step(pointer: str, name: Any) -> str:
    return pointer + join([name])


@dataclass(frozen=True, slots=True)
class _Way:
    """To-one relations from the entity asked for, and the entities passed on them."""

    hops: tuple[str, ...] = ()
    touches: tuple[str, ...] = ()

    def to(self, end: Place) -> Place:
        """A place of the last entity, seen from the first."""
        if not self.hops:
            return end
        touches = tuple(sorted({*end.touches, *self.touches}))
        return place(end.name, end.kind, end.inner, self.hops, count=end.count, touches=touches)


_HERE = _Way()


@dataclass(slots=True)
class Parser:
    """Walks one `where` or `orderBy` and collects every fault on the way."""

    model: Model
    unknown: Unknown
    subject: str
    touches: set[str] = field(default_factory=set)
    faults: list[tuple[str, Violation]] = field(default_factory=list)

    def fault(self, code: str, at: str, detail: str) -> None:
        self.faults.append((code, Violation(at, detail)))

    def finish(self) -> None:
        """Refuse what was found."""
        if self.faults:
            code, first = self.faults[0]
            rest = f" ({len(self.faults) - 1} more)" if len(self.faults) > 1 else ""
            named = [violation for _, violation in self.faults[:_MOST_NAMED]]
            raise Refusal(400, f"{first.pointer}: {first.detail}{rest}", code=code, violations=named)

    def guarded(self, value: Any, at: str) -> Node | None:
        """A placeholder where a value is too deep or too large to be looked at."""
        depth, count = _size(value)
        if depth <= DEEPEST and count <= LARGEST:
            return None
        limit = f"{DEEPEST} levels deep" if depth > DEEPEST else f"{LARGEST} objects and lists large"
        self.fault("MS114", at, f"{self.subject} may be at most {limit}")
        return Every(())

    def each(self, name: str, value: Any, at: str) -> Iterator[tuple[str, Any]]:
        """The elements of a list, or the one object that stands for a list of one; `_not` takes no list."""
        if isinstance(value, list | tuple) and name != "_not":
            yield from ((f"{at}/{index}", part) for index, part in enumerate(value))
        else:
            yield at, value

    def object(self, value: Any, at: str, holds: str) -> Iterator[tuple[str, Any, str]]:
        """The entries of an object, each with its pointer."""
        if not isinstance(value, dict):
            self.fault("MS112", at, f"an object of {holds} is wanted, not {shown(value)}")
            return
        for name, part in value.items():
            yield name, part, _step(at, name)

    # -- where --

    def where(self, value: Any, entity: Entity, at: str) -> Node:
        """The condition of an object of fields, relations and logical operators."""
        parts: list[Node] = []
        for name, part, here in self.object(value, at, "fields"):
            parts.append(self._entry(name, part, entity, here))
        return _every(parts)

    def _entry(self, name: str, value: Any, entity: Entity, at: str) -> Node:
        if name in LOGICAL:
            parts = []
            for here, part in self.each(name, value, at):
                parts.append(self.where(part, entity, here))
            return _joined(name, parts)
        known = entity.spelled(name)
        relation = entity.relations.get(known) if known else None
        if relation and relation.target in self.model and not (known in entity.fields and _operators(value)):
            self.touches.add(self._name(relation.target))
            return Exists(relation.name, self.where(value, self.model[relation.target], at), at)
        if known and (known in entity.fields or known in entity.copies):
            spot = place_of(known, entity, self.model)
            self.touches.update(spot.touches)
            return self._column(value, spot, entity.fields.get(known), at)
        if (counted := self._counted(name, entity)) is not None:
            return self._aggregate(value, counted, at)
        if self.unknown == "null" and not name.startswith("_"):
            return self._column(value, place(name, Kind.ANY), None, at)
        self._unknown_field(name, entity, at, LOGICAL)
        return Every(())

    def _column(self, value: Any, spot: Place, known: Field | None, at: str) -> Node:
        """The condition of an object of operators, and inside JSON also of inner fields and logical operators."""
        parts: list[Node] = []
        elements: dict[str, Any] = {}
        nested = spot.kind in (Kind.JSON, Kind.ANY) and not spot.touches
        for name, part, here in self.object(value, at, 'operators such as {"_eq": ...}'):
            found = OPERATORS.get(name)
            if found and spot.kind in found.kinds:
                parts.append(self._compare(spot, found, part, known, here))
            elif not nested or found or (name.startswith("_") and name not in LOGICAL):
                self._unknown_operator(name, spot, here)
            elif known is not None and known.type == "array":
                elements[name] = part
            elif name in LOGICAL:
                several = []
                for below, inner in self.each(name, part, here):
                    several.append(self._column(inner, spot, known, below))
                parts.append(_joined(name, several))
            elif (inside := self._inside(name, spot, known, here)) is not None:
                parts.append(self._column(part, *inside, here))
        if elements and known is not None:
            element = element_of(known)
            parts.append(Holds(spot, element, self.where(elements, element, at)))
        return _every(parts)

    def _compare(self, spot: Place, operator: Operator, value: Any, known: Field | None, at: str) -> Node:
        try:
            operand = operator.read(spot.kind, value)
            if known is not None and spot.kind is Kind.INTEGER:
                _bounded(operand, known.format)
        except BadPattern as error:
            self.fault("MS113", at, f"{operator.name} {error}")
        except ValueError as error:
            self.fault("MS112", at, f"{operator.name} of {'.'.join((spot.name, *spot.inner))} {error}")
        else:
            if operator.name in ("_in", "_nin") and not operand:  # an empty list says nothing of NULL either
                return Every(()) if operator.negates else Some(())
            return Compare(spot, operator, operand, at)
        return Every(())

    def _aggregate(self, value: Any, counted: Place, at: str) -> Node:
        """Hasura's `{contacts_aggregate: {count: {predicate: {_gt: 2}}}}`."""
        parts: list[Node] = []
        for name, part, here in self.object(value, at, '{"count": {"predicate": ...}}'):
            if name != "count":
                self.fault("MS110", here, f"only count is aggregated, not {name!r}.")
                continue
            for key, inner, below in self.object(part, here, '{"predicate": ...}'):
                if key == "predicate":
                    parts.append(self._column(inner, counted, None, below))
                else:
                    self.fault("MS110", below, f"count takes predicate, not {key!r}.")
        return _every(parts)

    # -- orderBy --

    def order(self, value: Any, entity: Entity, at: str, way: _Way = _HERE) -> list[Order]:
        """The steps of one object; `way` leads from the entity asked for to this one."""
        steps: list[Order] = []
        for name, part, here in self.object(value, at, "fields"):
            known = entity.spelled(name)
            relation = entity.relations.get(known) if known else None
            if relation and relation.target in self.model and not isinstance(part, str):
                target = self._name(relation.target)
                if relation.many:
                    self.fault("MS110", here, f"{name} leads to many rows; order by {name}_aggregate: {{count: ...}}")
                else:
                    further = _Way((*way.hops, relation.name), (*way.touches, target))
                    steps += self.order(part, self.model[target], here, further)
            elif known and (known in entity.fields or known in entity.copies):
                found = way.to(place_of(known, entity, self.model))
                steps += self._direction(part, found, entity.fields.get(known), here)
            elif (counted := self._counted(name, entity)) is not None:
                for key, inner, below in self.object(part, here, '{"count": "asc"}'):
                    if key == "count":
                        steps += self._direction(inner, way.to(counted), None, below)
                    else:
                        self.fault("MS110", below, f"only count is aggregated, not {key!r}.")
            elif self.unknown == "null" and not name.startswith("_"):
                self._direction(part, place(name, Kind.ANY), None, here)
            else:
                self._unknown_field(name, entity, here, ())
        return steps

    def _direction(self, value: Any, spot: Place, known: Field | None, at: str) -> list[Order]:
        if isinstance(value, str) and value in DIRECTIONS:
            return [step(spot, *DIRECTIONS[value])]
        if not isinstance(value, dict) or spot.kind not in (Kind.JSON, Kind.ANY):
            hint = did_you_mean(value.lower(), DIRECTIONS, 1) if isinstance(value, str) else ""
            self.fault("MS112", at, f"{shown(value)} is no direction; {', '.join(DIRECTIONS)} are.{hint}")
            return []
        steps: list[Order] = []
        for name, part, here in self.object(value, at, "fields"):
            if (found := self._inside(name, spot, known, here)) is not None:
                steps += self._direction(part, *found, here)
        return steps

    # -- both --

    def _inside(self, name: str, outer: Place, known: Field | None, at: str) -> tuple[Place, Field | None] | None:
        """The place of a field inside a JSON value; any is legal where nobody says which there are."""
        listed = known.inner if known is not None else {}
        spelled = name if name in listed else next((own for own in listed if normal(own) == normal(name)), None)
        if spelled is None and listed and self.unknown == "refuse":
            self.fault("MS110", at, f"{outer.name} has no field {name!r}.{_hint(name, listed)}")
            return None
        found = listed.get(spelled or name)
        kind = kind_of(found.type, found.format) if found is not None else Kind.ANY
        inner = (*outer.inner, spelled or name)
        return place(outer.name, kind, inner, outer.hops, touches=outer.touches), found

    def _name(self, entity: str) -> str:
        return self.model.aliases.get(entity, entity)

    def _counted(self, name: str, entity: Entity) -> Place | None:
        """The number of related rows that `contacts_aggregate` speaks of."""
        stem = name.removesuffix("_aggregate").removesuffix("Aggregate")
        relation = entity.relations.get(entity.spelled(stem) or "") if stem != name else None
        if relation is None or not relation.many or relation.target not in self.model:
            return None
        target = self._name(relation.target)
        self.touches.add(target)
        return place(relation.name, Kind.INTEGER, count=True, touches=(target,))

    def _unknown_field(self, name: str, entity: Entity, at: str, further: Iterable[str]) -> None:
        names = sorted({*entity.fields, *entity.copies, *entity.relations})
        self.fault("MS110", at, f"{entity.name} has no field {name!r}.{_hint(name, [*names, *further])}")

    def _unknown_operator(self, name: str, spot: Place, at: str) -> None:
        names = [*legal(spot.kind), *(LOGICAL if spot.kind is Kind.JSON else ())]
        legal_elsewhere = name in OPERATORS
        what = f"{name} is not for columns of {spot.kind}" if legal_elsewhere else f"there is no operator {name!r}"
        spelled = "" if legal_elsewhere else did_you_mean(f"_{name.lstrip('_').lower()}", names, 1)
        self.fault("MS111", at, f"{what}; {spot.name} takes {', '.join(names)}.{spelled}")


def _operators(value: Any) -> bool:
    return isinstance(value, dict) and bool(value) and all(name in OPERATORS for name in value)


def _bounded(operand: Any, form: str) -> None:
    """Refuse (ValueError) a whole number that no column of this format can hold, as databases do."""
    low, high = BOUNDS.get(form, (-math.inf, math.inf))
    for number in operand if isinstance(operand, tuple) else (operand,):
        if not low <= number <= high:
            raise ValueError(f"takes a number of the format {form}, from {low} to {high}")


def _every(parts: list[Node]) -> Node:
    return parts[0] if len(parts) == 1 else Every(tuple(parts))


def _joined(name: str, parts: list[Node]) -> Node:
    """The parts of `_and`, `_or` or `_not`."""
    if name == "_not":
        return Not(parts[0])
    return _every(parts) if name == "_and" else Some(tuple(parts))


def _hint(name: str, known: Iterable[str]) -> str:
    names = list(known)
    listing = f" It has {', '.join(names[:40])}{', …' if len(names) > 40 else ''}." if names else ""
    return f"{did_you_mean(name, names)}{listing}"
