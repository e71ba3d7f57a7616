"""How one reply schema shows a row: its columns, names from related rows, and related rows inside it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import orjson

from mockserver.bundle.reading import Documented, Reader, Spot
from mockserver.store.model import Copy, Entity, Model, Relation, Row, normal
from mockserver.store.pointing import PERSON_NAMES, name_source, pointing, points_at
from mockserver.store.showing import MISSING, Change, Show, always, as_date, as_time, joined, stored, to_many, to_one

if TYPE_CHECKING:
    from mockserver.store.memory import Store

_DEEP = 4  # related rows inside related rows


class View:
    """Shows rows of an entity as the schema at a JSON pointer of the bundle wants them."""

    def __init__(self, bundle: Documented, model: Model, entity: str, pointer: str) -> None:
        self._bundle, self._model = bundle, model
        self._spot = Reader(bundle.document).at(pointer)
        self._schema = self._spot.node
        self._entity = model[entity]
        self._key = self._entity.key

    @cached_property
    def entities(self) -> frozenset[str]:
        """Every entity whose rows have a part in what is shown."""
        return self._made[1]

    @cached_property
    def _plan(self) -> _Plan:
        return self._made[0]

    @cached_property
    def _made(self) -> tuple[_Plan, frozenset[str]]:
        """Compiled when the first row is shown: most operations of a large bundle are never called."""
        compiler = _Compiler(self._bundle, self._model)
        plan = compiler.plan(self._spot, self._entity, (self._entity.name,))
        return plan, frozenset(compiler.entities)

    def show(self, store: Store, row: Row) -> dict[str, Any]:
        """The row as the schema wants it; what it lacks is left out, or sampled where it is required.

        What is stored and cannot be shown by this schema (rows are shared by operations that disagree) is replaced.
        """
        from mockserver.store.sampling import fit, sample, valid

        shown: dict[str, Any] = self._plan.show(store, row)
        if valid(shown, self._schema, self._bundle):
            return shown
        key = f"{self._entity.name}/{row.get(self._key)}"
        shown = fit(shown, self._schema, self._bundle, key)
        if not valid(shown, self._schema, self._bundle):
            shown = sample(self._schema, self._bundle, key)
        return shown

    def encoded(self, store: Store, row: Row) -> bytes:
        """The same as JSON, remembered until a row that has a part in it changes."""
        return self.encoded_all(store, (row,))[0]

    def encoded_all(self, store: Store, rows: Iterable[Row]) -> list[bytes]:
        """Each row as JSON: cheaper than one by one, since what is remembered is looked up once."""
        cache: dict[Any, bytes] = store.cache(self, self.entities)
        name, encoded = self._key, []
        for row in rows:
            key = row.get(name)
            found = cache.get(key)
            if found is None:
                found = _dumps(self.show(store, row))
                if key is not None:
                    cache[key] = found
            encoded.append(found)
        return encoded


@dataclass(slots=True)
class _Plan:
    """What to do for each property: (name, column, whether null may be shown, else how to come by the value)."""

    steps: list[tuple[str, str, bool, Show | None]] = field(default_factory=list)
    variants: list[tuple[Mapping[str, Any], _Plan]] = field(default_factory=list)
    free: bool = False  # the schema names no property: everything is shown

    def show(self, store: Store, row: Row) -> dict[str, Any]:
        """The row by this plan, or by the variant that fits it best."""
        if self.variants:
            return self._variant(row).show(store, row)
        shown: dict[str, Any] = {}
        for name, column, nullable, special in self.steps:
            if special is None:
                value = row.get(column)
                if value is not None or (nullable and column in row):
                    shown[name] = value
            else:
                value = special(store, row)
                if value is not MISSING:
                    shown[name] = value
        if self.free:
            return {**row, **shown}
        return shown

    def _variant(self, row: Row) -> _Plan:
        for fixed, plan in self.variants:
            if fixed and all(row.get(name) == value for name, value in fixed.items()):
                return plan
        return next((plan for fixed, plan in self.variants if not fixed), self.variants[0][1])


class _Compiler:
    """Turns schemas into plans, each once."""

    def __init__(self, bundle: Documented, model: Model) -> None:
        self.bundle = bundle
        self.model = model
        self.reader = Reader(bundle.document)
        self.entities: set[str] = set()
        self._plans: dict[tuple[str, tuple[str, ...]], _Plan] = {}

    def plan(self, spot: Spot, entity: Entity, stack: tuple[str, ...]) -> _Plan:
        """The plan for rows of an entity; `stack`: the entities around it, which are not shown in it again."""
        spot = self.reader.at(self.reader.identity(spot))
        known = self._plans.get((spot.pointer, stack))
        if known is not None:
            return known
        plan = self._plans[spot.pointer, stack] = _Plan()
        self.entities.add(entity.name)
        branches = self._branches(spot)
        if len(branches) > 1:
            plan.variants = [(self._fixed(branch, entity), self.plan(branch, entity, stack)) for branch in branches]
            return plan
        members, required = self.reader.members(spot), self.reader.required(spot)
        plan.free = not members
        for name, member in members.items():
            if not self._written_only(member):
                plan.steps.append(self._step(name, member, name in required, entity, stack))
        if plan.free:
            plan.steps = [(name, "", False, self._copy(entity, copy)) for name, copy in entity.copies.items()]
        return plan

    def _branches(self, spot: Spot) -> list[Spot]:
        """The alternatives of a schema that are objects and no mere conditions on required properties."""
        branches = [
            spot.down(word, index) for word in ("oneOf", "anyOf") for index in range(len(spot.node.get(word) or ()))
        ]
        return [branch for branch in branches if self.reader.members(branch)] if "properties" not in spot.node else []

    def _fixed(self, spot: Spot, entity: Entity) -> dict[str, Any]:
        """The columns that have one certain value in this alternative."""
        fixed = {}
        for name, member in self.reader.members(spot).items():
            own = entity.spelled(name) or name
            constant = self._constant(member)
            if constant is not None:
                fixed[own] = constant
        return fixed

    def _step(
        self, name: str, spot: Spot, required: bool, entity: Entity, stack: tuple[str, ...]
    ) -> tuple[str, str, bool, Show | None]:
        nullable, own = self.reader.nullable(spot), entity.spelled(name)
        show: Show | None
        if own in entity.copies:
            show = self._copy(entity, entity.copies[own])
        elif own in entity.relations and self.reader.kind(spot) in ("object", "array"):
            show = self._related(name, spot, entity, entity.relations[own], stack)
        elif own not in entity.fields and normal(name) in PERSON_NAMES:
            source = name_source(entity)
            show = joined(source.split(" ")) if source is not None else None
        else:
            show = None
        fixed = self._constant(spot)
        if show is None:
            column = own if own in entity.fields else name
            change = self._change(name, spot, entity) if fixed is None else always(fixed)
            if change is None and not required:
                return name, column, nullable, None
            show = stored(column, change)
        return name, "", nullable, self._present(name, spot, required, nullable, show, entity)

    def _written_only(self, spot: Spot) -> bool:
        """Whether no reply shows a property: a password."""
        return self.reader.keyword(spot, "writeOnly") is True

    def _constant(self, spot: Spot) -> Any:
        """The only value that a property may have (`object: list`), whatever is stored under that name."""
        values = self.reader.keyword(spot, "enum")
        constant = self.reader.keyword(spot, "const")
        return values[0] if constant is None and isinstance(values, list) and len(values) == 1 else constant

    def _present(self, name: str, spot: Spot, required: bool, nullable: bool, show: Show, entity: Entity) -> Show:
        """Null only where the schema allows it; what is required is there, by a sample if need be."""
        bundle, schema, entity_name, key = self.bundle, spot.node, entity.name, entity.key

        def present(store: Store, row: Row) -> Any:
            value = show(store, row)
            if value is MISSING:
                if not required:
                    return MISSING
                value = None
            if value is not None or nullable:
                return value
            if not required:
                return MISSING
            from mockserver.store.sampling import sample

            return sample(schema, bundle, f"{entity_name}/{row.get(key)}/{name}")

        return present

    def _copy(self, entity: Entity, copy: Copy) -> Show:
        """A name of a related row; the stored one only where that row does not exist."""
        relation = entity.relations[copy.relation]
        target, column, name = relation.target, relation.column, copy.name
        named = joined(copy.source.split(" "))
        self.entities.add(target)

        def show(store: Store, row: Row) -> Any:
            key = row.get(column)
            related = store.get(target, key) if key is not None else None
            if related is None:
                return row.get(name, MISSING)
            return named(store, related)

        return show

    def _related(self, name: str, spot: Spot, entity: Entity, relation: Relation, stack: tuple[str, ...]) -> Show:
        target = self.model[relation.target]
        self.entities.add(target.name)
        inner = self.reader.items(spot) if relation.many else spot
        again = stack.count(target.name)
        if inner is None or len(stack) >= _DEEP or again > (0 if relation.many or target is not entity else 1):
            return stored(name, self._names_inside(spot, 0))
        plan = self.plan(inner, target, (*stack, target.name))
        if not relation.many:
            return to_one(name, relation, plan.show, self._names_inside(spot, 0))
        members = self.reader.members(inner)
        key = next((member for member in members if target.spelled(member) == target.key), target.key)
        return to_many(name, relation, plan.show, entity.key, target.key, key)

    def _change(self, name: str, spot: Spot, entity: Entity) -> Change | None:
        """How a stored value becomes one of the property's type and format; None: it is shown as it is."""
        kind, form = self.reader.kind(spot), self.reader.keyword(spot, "format")
        column = entity.fields.get(entity.spelled(name) or "")
        if kind in ("object", "array"):
            return self._names_inside(spot, 0)
        if kind == "string" and form == "date":
            return as_date
        if kind == "string" and form == "date-time":
            return as_time
        if kind == "string" and column is not None and column.type in ("integer", "number"):
            return lambda _, value: str(value) if isinstance(value, int | float) else value
        if kind == "integer" and column is not None and column.type == "number":
            return lambda _, value: int(value) if isinstance(value, float) and value.is_integer() else value
        return None

    def _names_inside(self, spot: Spot, depth: int) -> Change | None:
        """Stored objects show no secrets, and in names that repeat those of rows whose keys stand beside, these."""
        if depth >= _DEEP:
            return None
        if self.reader.kind(spot) == "array":
            items = self.reader.items(spot)
            each = self._names_inside(items, depth + 1) if items is not None else None
            return (
                None
                if each is None
                else lambda store, value: [each(store, item) for item in value] if isinstance(value, list) else value
            )
        members = self.reader.members(spot)
        below = {
            name: inside
            for name, member in members.items()
            if self.reader.kind(member) in ("object", "array")
            and (inside := self._names_inside(member, depth + 1)) is not None
        }
        names = self._names_beside_keys(members)
        hidden = {name for name, member in members.items() if self._written_only(member)}
        if not below and not names and not hidden:
            return None

        def change(store: Store, value: Any) -> Any:
            if not isinstance(value, Mapping):
                return value
            changed = {name: part for name, part in value.items() if name not in hidden}
            for name, column, target, named in names:
                related = store.get(target, value[column]) if value.get(column) is not None else None
                found = named(store, related) if related is not None else None
                if found is not None and found is not MISSING:
                    changed[name] = found
            for name, inside in below.items():
                if name in changed:
                    changed[name] = inside(store, changed[name])
            return changed

        return change

    def _names_beside_keys(self, members: Mapping[str, Spot]) -> list[tuple[str, str, str, Show]]:
        """`name` beside `staffId`, `reviewerName` beside `reviewerId`: (name, key column, entity, how it is named)."""
        found: list[tuple[str, str, str, Show]] = []
        keys = {name: target for name in members if (target := points_at(self.model, name)) is not None}
        for column, target in keys.items():
            source = name_source(self.model[target])
            if source is None:
                continue
            words = {f"{stem}_name" for stem in pointing(self.model, column)}
            if len(keys) == 1 and not any(normal(name) == "id" for name in members):
                words.add("name")
            for name in members:
                if normal(name) in words:
                    self.entities.add(target)
                    found.append((name, column, target, joined(source.split(" "))))
        return found


def _dumps(value: Any) -> bytes:
    try:
        return orjson.dumps(value)
    except TypeError:  # an integer beyond 64 bits
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
