"""`where` and `orderBy` of a request, checked against the model, become a Condition and Orders."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

import orjson

from mockserver.problems import Refusal, Violation, did_you_mean
from mockserver.store.conditions import Compare, Condition, Every, Exists, Node, Not, Order, Place, Some, both
from mockserver.store.model import Copy, Entity, Field, Model, normal
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
DEEPEST = 200
LARGEST = 10_000

__all__ = ["Condition", "Order", "both", "parse_order", "parse_where", "place_of"]

_MOST_NAMED = 50
_CACHED = 1024
_LONGEST_CACHED = 8192


def parse_where(
    where: Any, entity: str, model: Model, *, unknown: Unknown = "refuse", pointer: str = "/where"
) -> Condition | None:
    """The condition of a decoded `where`; None where it asks for nothing (null, or an empty object).

    `unknown="null"` takes fields that the model does not know for columns that are NULL in every row.
    Refusal(400), naming every fault with its JSON pointer: MS110 unknown field, MS111 unknown operator, MS112 wrong
    type, MS113 bad pattern, MS114 too deep or too large.
    """
    if where is None or where == {}:
        return None
    key = _cache_key("where", where, entity, model, unknown, pointer)
    if (held := _CACHE.get(key)) is not None:
        return held.condition
    parser = _Parser(model, unknown, "where")
    node = parser.guarded(where, pointer) or parser.where(where, model[entity], pointer)
    parser.finish()
    condition = Condition(node, tuple(sorted(parser.touches)))
    _remember(key, _Parsed(model, condition=condition))
    return condition


def parse_order(
    order: Any, entity: str, model: Model, *, unknown: Unknown = "refuse", pointer: str = "/orderBy"
) -> tuple[Order, ...]:
    """The steps of a decoded `orderBy`: a list of objects, or one object; several keys of one count in their order.

    Faults are refused as by `parse_where`; with `unknown="null"`, fields that the model does not know order nothing.
    """
    if order is None or order in ([], {}):
        return ()
    key = _cache_key("order", order, entity, model, unknown, pointer)
    if (held := _CACHE.get(key)) is not None:
        return held.order
    parser = _Parser(model, unknown, "orderBy")
    steps: list[Order] = []
    if parser.guarded(order, pointer) is None:
        for at, part in parser.each(order, pointer):
            steps += parser.order(part, model[entity], at)
    parser.finish()
    _remember(key, _Parsed(model, order=tuple(steps)))
    return tuple(steps)


def place_of(name: str, entity: Entity, model: Model) -> Place:
    """Where an entity's own field or copy is found; a name it does not know is a NULL column."""
    if name in entity.copies:
        touches: set[str] = set()
        return Place(name, _copied(entity.copies[name], entity, model, touches), touches=tuple(sorted(touches)))
    known = entity.fields.get(name)
    return Place(name, kind_of(known.type, known.format) if known else Kind.ANY)


# -- remembering --


@dataclass(frozen=True, slots=True)
class _Parsed:
    """A result; it holds the model, whose id is part of the key, so that the id is not given away meanwhile."""

    model: Model
    condition: Condition | None = None
    order: tuple[Order, ...] = ()


_CACHE: dict[Any, _Parsed] = {}


def _cache_key(what: str, value: Any, entity: str, model: Model, unknown: str, pointer: str) -> Any:
    try:
        text = orjson.dumps(value)
    except (TypeError, ValueError):  # numbers beyond 64 bits, or nested too deeply
        return None
    return (what, text, entity, id(model), unknown, pointer) if len(text) <= _LONGEST_CACHED else None


def _remember(key: Any, parsed: _Parsed) -> None:
    if key is not None:
        if len(_CACHE) >= _CACHED:
            del _CACHE[next(iter(_CACHE))]
        _CACHE[key] = parsed


# -- parsing --


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


def _copied(copy: Copy, entity: Entity, model: Model, touches: set[str], deep: int = 0) -> Kind:
    """The kind of a copy; adds the entities that it is taken from."""
    relation = entity.relations.get(copy.relation)
    if relation is None or relation.target not in model or deep > 8:
        return Kind.TEXT
    touches.add(relation.target)
    target = model[relation.target]
    kinds = []
    for name in copy.source.split():
        if name in target.copies:
            kinds.append(_copied(target.copies[name], target, model, touches, deep + 1))
        elif name in target.fields:
            kinds.append(kind_of(target.fields[name].type, target.fields[name].format))
    return kinds[0] if len(kinds) == 1 else Kind.TEXT


def _step(pointer: str, name: Any) -> str:
    return f"{pointer}/{str(name).replace('~', '~0').replace('/', '~1')}"


def _within(holder: Field | None) -> dict[str, Any] | None:
    """The properties that a JSON column's schema lists; None where any may be asked for."""
    return _listed(holder.schema) if holder else None


def _listed(schema: Any) -> dict[str, Any] | None:
    open_ended = not isinstance(schema, dict) or schema.get("additionalProperties") or "$ref" in schema
    properties = None if open_ended else schema.get("properties")
    return properties if isinstance(properties, dict) and properties else None


def _inner_kind(schema: Any) -> Kind:
    if not isinstance(schema, dict):
        return Kind.ANY
    types = schema.get("type")
    named = [part for part in (types if isinstance(types, list) else [types]) if part not in (None, "null")]
    if len(named) != 1:
        return Kind.JSON if "properties" in schema else Kind.ANY
    return kind_of(str(named[0]), str(schema.get("format", "")))


@dataclass(slots=True)
class _Parser:
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

    def each(self, value: Any, at: str) -> Iterator[tuple[str, Any]]:
        """The elements of a list, or the one object that stands for a list of one."""
        if isinstance(value, list | tuple):
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
        parts = [self._entry(name, part, entity, place) for name, part, place in self.object(value, at, "fields")]
        return parts[0] if len(parts) == 1 else Every(tuple(parts))

    def _entry(self, name: str, value: Any, entity: Entity, at: str) -> Node:
        if name in ("_and", "_or"):
            parts = tuple(self.where(part, entity, place) for place, part in self.each(value, at))
            return Every(parts) if name == "_and" else Some(parts)
        if name == "_not":
            return Not(self.where(value, entity, at))
        known = entity.spelled(name)
        relation = entity.relations.get(known) if known else None
        if relation and relation.target in self.model and not (known in entity.fields and _operators(value)):
            self.touches.add(self._name(relation.target))
            return Exists(relation.name, self.where(value, self.model[relation.target], at))
        if known and (known in entity.fields or known in entity.copies):
            place = place_of(known, entity, self.model)
            self.touches.update(map(self._name, place.touches))
            return self._column(value, place, _within(entity.fields.get(known)), at)
        if (counted := self._counted(name, entity)) is not None:
            return self._aggregate(value, counted, at)
        if self.unknown == "null" and not name.startswith("_"):
            return self._column(value, Place(name, Kind.ANY), None, at)
        self._unknown_field(name, entity, at, ("_and", "_or", "_not"))
        return Every(())

    def _column(self, value: Any, place: Place, known: dict[str, Any] | None, at: str) -> Node:
        parts: list[Node] = []
        nested = place.kind in (Kind.JSON, Kind.ANY) and not place.touches
        for name, part, here in self.object(value, at, 'operators such as {"_eq": ...}'):
            found = OPERATORS.get(name)
            if found and place.kind in found.kinds:
                parts.append(self._compare(place, found, part, here))
            elif nested and not found and not name.startswith("_"):
                parts.append(self._inner(name, part, place, known, here))
            else:
                self._unknown_operator(name, place, here)
        return parts[0] if len(parts) == 1 else Every(tuple(parts))

    def _compare(self, place: Place, operator: Operator, value: Any, at: str) -> Node:
        try:
            operand = operator.read(place.kind, value)
        except BadPattern as error:
            self.fault("MS113", at, f"{operator.name} {error}")
        except ValueError as error:
            what = place.name if operator.read.__name__ == "operand" else operator.name
            self.fault("MS112", at, f"{what} {error}")
        else:
            if operator.name in ("_in", "_nin") and not operand:  # an empty list says nothing of NULL either
                return Every(()) if operator.negates else Some(())
            return Compare(place, operator, operand, at)
        return Every(())

    def _inner(self, name: str, value: Any, place: Place, known: dict[str, Any] | None, at: str) -> Node:
        spelled = _spelled(name, known)
        if spelled is None and self.unknown == "refuse":
            self.fault("MS110", at, f"{place.name} has no field {name!r}.{_hint(name, known or ())}")
            return Every(())
        schema = (known or {}).get(spelled or name)
        kind = _inner_kind(schema)
        inside = Place(place.name, kind, (*place.inner, spelled or name), place.hops, touches=place.touches)
        return self._column(value, inside, _listed(schema) if kind is Kind.JSON else None, at)

    def _aggregate(self, value: Any, counted: Place, at: str) -> Node:
        """Hasura's `{contacts_aggregate: {count: {predicate: {_gt: 2}}}}`."""
        parts: list[Node] = []
        for name, part, here in self.object(value, at, '{"count": {"predicate": ...}}'):
            if name != "count":
                self.fault("MS110", here, f"only count is aggregated, not {name!r}.")
                continue
            for key, inner, place in self.object(part, here, '{"predicate": ...}'):
                if key == "predicate":
                    parts.append(self._column(inner, counted, None, place))
                else:
                    self.fault("MS110", place, f"count takes predicate, not {key!r}.")
        return Every(tuple(parts))

    # -- orderBy --

    def order(
        self, value: Any, entity: Entity, at: str, hops: tuple[str, ...] = (), via: tuple[str, ...] = ()
    ) -> list[Order]:
        """The steps of one object; `hops` lead from the entity asked for to this one, over the entities `via`."""
        steps: list[Order] = []
        for name, part, here in self.object(value, at, "fields"):
            known = entity.spelled(name)
            relation = entity.relations.get(known) if known else None
            if relation and relation.target in self.model and not isinstance(part, str):
                target = self._name(relation.target)
                if relation.many:
                    self.fault("MS110", here, f"{name} leads to many rows; order by {name}_aggregate: {{count: ...}}")
                else:
                    steps += self.order(part, self.model[target], here, (*hops, relation.name), (*via, target))
            elif known and (known in entity.fields or known in entity.copies):
                place = place_of(known, entity, self.model)
                within = _within(entity.fields.get(known))
                steps += self._direction(part, _moved(place, hops, via), within, here)
            elif (counted := self._counted(name, entity)) is not None:
                for key, inner, spot in self.object(part, here, '{"count": "asc"}'):
                    if key == "count":
                        steps += self._direction(inner, _moved(counted, hops, via), None, spot)
                    else:
                        self.fault("MS110", spot, f"only count is aggregated, not {key!r}.")
            elif self.unknown == "null" and not name.startswith("_"):
                self._direction(part, Place(name, Kind.ANY), None, here)
            else:
                self._unknown_field(name, entity, here, ())
        return steps

    def _direction(self, value: Any, place: Place, known: dict[str, Any] | None, at: str) -> list[Order]:
        if isinstance(value, str) and value in DIRECTIONS:
            return [Order(place, *DIRECTIONS[value])]
        if not isinstance(value, dict) or place.kind not in (Kind.JSON, Kind.ANY):
            hint = did_you_mean(value.lower(), DIRECTIONS, 1) if isinstance(value, str) else ""
            self.fault("MS112", at, f"{shown(value)} is no direction; {', '.join(DIRECTIONS)} are.{hint}")
            return []
        steps: list[Order] = []
        for name, part, here in self.object(value, at, "fields"):
            spelled = _spelled(name, known)
            if spelled is None and self.unknown == "refuse":
                self.fault("MS110", here, f"{place.name} has no field {name!r}.{_hint(name, known or ())}")
                continue
            schema = (known or {}).get(spelled or name)
            inside = (*place.inner, spelled or name)
            nested = Place(place.name, _inner_kind(schema), inside, place.hops, touches=place.touches)
            steps += self._direction(part, nested, _listed(schema), here)
        return steps

    # -- both --

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
        return Place(relation.name, Kind.INTEGER, count=True, touches=(target,))

    def _unknown_field(self, name: str, entity: Entity, at: str, further: Iterable[str]) -> None:
        names = [*entity.fields, *entity.copies, *entity.relations, *further]
        self.fault("MS110", at, f"{entity.name} has no field {name!r}.{_hint(name, names)}")

    def _unknown_operator(self, name: str, place: Place, at: str) -> None:
        names = legal(place.kind)
        legal_elsewhere = name in OPERATORS
        what = f"{name} is not for columns of {place.kind}" if legal_elsewhere else f"there is no operator {name!r}"
        spelled = "" if legal_elsewhere else did_you_mean(f"_{name.lstrip('_').lower()}", names, 1)
        self.fault("MS111", at, f"{what}; {place.name} takes {', '.join(names)}.{spelled}")


def _operators(value: Any) -> bool:
    return isinstance(value, dict) and bool(value) and all(name in OPERATORS for name in value)


def _moved(place: Place, hops: tuple[str, ...], via: tuple[str, ...]) -> Place:
    touches = tuple(sorted({*place.touches, *via}))
    return Place(place.name, place.kind, place.inner, hops, place.count, touches)


def _spelled(name: str, known: dict[str, Any] | None) -> str | None:
    """The listed spelling of a property; the given one where nothing is listed; None: it is not listed."""
    if known is None or name in known:
        return name
    return next((listed for listed in known if normal(listed) == normal(name)), None)


def _hint(name: str, known: Iterable[str]) -> str:
    names = sorted(dict.fromkeys(known))
    listing = f" It has {', '.join(names[:40])}{', …' if len(names) > 40 else ''}." if names else ""
    return f"{did_you_mean(name, names)}{listing}"
