"""How entities hang together: read off the columns' names, the embedded rows and the `where` schemas."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from mockserver.bundle.nouns import camel, noun, plural_noun
from mockserver.bundle.operations import Operation, Operations, Role
from mockserver.bundle.reading import Documented, Reader, Spot
from mockserver.bundle.roles import segments_of
from mockserver.store.addresses import column_named, is_plain
from mockserver.store.columns import Columns, is_condition
from mockserver.store.model import Copy, Entity, Field, Model, Relation, normal
from mockserver.store.pointing import KEY, PEOPLE, PERSON_NAMES, name_source, own_name, points_at, target_of


class Inferred(Documented, Protocol):
    """What is asked of a bundle here: its document and its operations."""

    @property
    def operations(self) -> Operations:
        """All operations."""


@dataclass(slots=True)
class _Draft:
    """An entity on its way: the columns as found, and the relations that `where` schemas name."""

    entity: Entity
    columns: Columns
    operations: list[Operation] = field(default_factory=list)


def infer_model(bundle: Inferred) -> Model:
    """All entities of a bundle with their fields, relations and copies."""
    reader = Reader(bundle.document)
    grouped: dict[str, list[Operation]] = defaultdict(list)
    for operation in bundle.operations:
        if operation.entity:
            grouped[operation.entity].append(operation)
    model = Model()
    drafts = {name: _Draft(Entity(name), Columns(reader), operations) for name, operations in grouped.items()}
    for name, draft in drafts.items():
        draft.columns.collect(draft.operations)
        model.entities[name] = draft.entity
        for operation in draft.operations:
            if "entity" in operation.hints and operation.noun and operation.noun not in grouped:
                model.aliases.setdefault(operation.noun, name)
    model.people = next((word for word in PEOPLE if word in model), "")
    asked = _conditions(model, drafts, reader)
    for draft in drafts.values():
        _settle(model, draft)
    _Relating(model, drafts, reader, asked).run()
    return model


def _conditions(model: Model, drafts: Mapping[str, _Draft], reader: Reader) -> dict[str, str]:
    """The entity of each `where` schema; one that is only reached through a relation goes by that relation's name."""
    asked = {reader.identity(spot): name for name, draft in drafts.items() for spot in draft.columns.conditions}
    taken = set(asked.items())
    waiting = list(drafts.values())
    while waiting:
        for name, spot in waiting.pop().columns.related():
            identity = reader.identity(spot)
            if is_condition(reader, spot) and noun(name) in model:
                asked.setdefault(identity, own_name(model, noun(name)))
            target = _meant(model, reader, asked, name, spot)
            if target is not None and (identity, target) not in taken:
                taken.add((identity, target))
                drafts[target].columns.ask(spot)
                waiting.append(drafts[target])
    return asked


def _meant(model: Model, reader: Reader, asked: Mapping[str, str], name: str, spot: Spot) -> str | None:
    """Whose rows a relation in a `where` schema leads to: as `x-related` says, as its own schema is used, by name."""
    said = reader.keyword(spot, "x-related")
    word = noun(str(said.get(name, "") if isinstance(said, Mapping) else said or ""))
    if word in model:
        return own_name(model, word)
    if is_condition(reader, spot):
        return asked.get(reader.identity(spot))
    return points_at(model, f"{name if noun(name) not in model else noun(name)}Id")


def _plural(draft: _Draft) -> str:
    """The plural as the entity's own paths have it (`contact_infos`), else by the rules of the language."""
    for operation in draft.operations:
        for segment in reversed(segments_of(operation.path)):
            word = normal(segment.text)
            if not segment.parameter and noun(word) == draft.entity.name != word:
                return word
    return plural_noun(draft.entity.name)


def _settle(model: Model, draft: _Draft) -> None:
    """Name the key, and let two columns that point at one entity under its two names (jobId, projectId) be one."""
    entity, columns = draft.entity, draft.columns.fields
    key = _key(draft)
    columns[normal(key.name)] = key
    entity.key = columns[normal(key.name)].name
    merged: dict[str, str] = {}
    further: dict[str, str] = {}
    for plain, column in columns.items():
        word = normal(KEY.sub("", column.name))
        if plain == f"{word}_id" and word in model.aliases:
            other = f"{model.aliases[word]}_id"
            (merged if other in columns else further)[plain] = other
    for plain, column in columns.items():
        if plain not in merged:
            entity.fields[column.name] = column
    entity.spellings |= {other: columns[plain].name for plain, other in further.items()}
    entity.spellings |= {plain: columns[merged.get(plain, plain)].name for plain in columns}


def _key(draft: _Draft) -> Field:
    """The identifying column: that of the last path parameter, else `id`."""
    columns = draft.columns.fields
    for operation in draft.operations:
        if operation.role not in (Role.READ, Role.UPDATE, Role.REPLACE, Role.DELETE) or not operation.key:
            continue
        if any(is_plain(columns.get(normal(name))) for name in operation.beside.get(operation.key, ())):
            continue  # only together do they name a row
        declared = {p.name: p.schema for p in operation.parameters if p.location == "path"}.get(operation.key)
        schema = declared if isinstance(declared, Mapping) else {}
        kind = schema["type"] if isinstance(schema.get("type"), str) else "string"
        plain = normal(operation.key)
        own = {"id", draft.entity.name} | {f"{name}_id" for name in (draft.entity.name, operation.noun)}
        known = columns.get(plain) if plain not in own or "id" not in columns else columns["id"]
        known = known or columns.get("id") or columns.get(column_named(columns, operation.key, draft.entity.name, kind))
        if known is not None:  # what the path asks of a key holds for the key
            return replace(known, schema={**schema, **known.schema}) if schema.get("type") == known.type else known
        name = "id" if plain in own or plain.endswith("_id") else operation.key
        return Field(name, kind, nullable=False, schema=schema, shown=False)
    return columns.get("id") or Field(
        "id", "integer", "int64", nullable=False, schema={"type": "integer", "minimum": 1}, shown=False
    )


class _Relating:
    """Draws the relations and copies between entities whose fields are known."""

    def __init__(self, model: Model, drafts: Mapping[str, _Draft], reader: Reader, asked: Mapping[str, str]) -> None:
        self.model = model
        self.drafts = drafts
        self.reader = reader
        self.asked = asked
        names = [name for entity in model.entities.values() for name in entity.fields]
        self.snake = sum("_" in name for name in names) > sum(name.lower() != name for name in names)
        self.named_keys = {
            f"{entity.name}_{normal(entity.key)}": entity.name
            for entity in model.entities.values()
            if normal(entity.key) not in ("id", "name")
        }
        self.plurals = {name: _plural(draft) for name, draft in drafts.items()}

    def run(self) -> None:
        """To one by column, parents, embedded rows; then to many; then what `where` names; then copies."""
        entities = self.model.entities.values()
        for entity in entities:
            self._parents(entity)
            self._by_column(entity)
            self._embedded_one(entity)
        for entity in entities:
            self._embedded_many(entity)
        for entity in entities:
            self._by_where(entity)
        for entity in entities:
            self._reverse(entity)
        for entity in entities:
            self._copies(entity)
            for name in (*entity.fields, *entity.copies, *entity.relations):
                entity.spellings.setdefault(normal(name), name)

    def _parents(self, entity: Entity) -> None:
        """A column for each entity in whose path the rows are listed or made."""
        for operation in self.drafts[entity.name].operations:
            if operation.role in (Role.ACTION, Role.OTHER):
                continue
            for parameter, parent in operation.parents:
                if parent == entity.name or parent not in self.model:
                    continue
                known = entity.spellings.get(f"{parent}_id") or entity.spellings.get(normal(parameter))
                if known not in entity.fields and normal(parent) not in entity.spellings:
                    self._hidden(entity, parent, parent)

    def _hidden(self, entity: Entity, stem: str, target: str) -> str:
        """A column that no answer shows, for a row that is shown whole or a path that names the parent."""
        name = f"{normal(stem)}_id" if self._snake(entity) else f"{camel(stem)}Id"
        key = self._key_of(target)
        entity.fields[name] = Field(name, key.type, key.format, schema=key.schema, shown=False)
        entity.spellings[normal(name)] = name
        return name

    def _snake(self, entity: Entity) -> bool:
        """Whether names are written in snake_case here; where no column tells, as in the whole bundle."""
        own = [name for name in entity.fields if "_" in name or name.lower() != name]
        return sum("_" in name for name in own) * 2 > len(own) if own else self.snake

    def _key_of(self, entity: str) -> Field:
        found = self.model[entity]
        return found.fields[found.key]

    def _by_column(self, entity: Entity) -> None:
        for column in list(entity.fields.values()):
            found = target_of(self.model, column.name)
            target, names = found if found is not None else self._named_key(column.name)
            if normal(column.name) == "parent_id" and target is None:
                target, names = entity.name, ("parent",)
            if target is None or column.name == entity.key or column.type != self._key_of(target).type:
                continue
            for stem in names:
                self._relate(entity, target if normal(stem) == target else stem, target, column.name)
        # `jobId` is a spelling of `projectId` (or the other way round): both words lead there
        for plain, name in list(entity.spellings.items()):
            word = plain.removesuffix("_id")
            if word in self.model and name in entity.fields and normal(name) != plain:
                self._relate(entity, word, own_name(self.model, word), name)

    def _named_key(self, column: str) -> tuple[str | None, tuple[str, ...]]:
        """`bookIsbn` points at the book whose key is `isbn`."""
        name = self.named_keys.get(normal(column))
        return name, () if name is None else (name,)

    def _relate(self, entity: Entity, stem: str, target: str, column: str, *, many: bool = False) -> None:
        name = stem if "_" not in stem or "_" in column else camel(stem)
        if name not in entity.fields and name not in entity.relations and name:
            entity.relations[name] = Relation(name, target, column, many)

    def _embedded_one(self, entity: Entity) -> None:
        """An object that shows a related row is a relation, no column."""
        for column in list(entity.fields.values()):
            if column.type != "object" or not column.inner:
                continue
            plain = normal(column.name)
            known = entity.spellings.get(f"{plain}_id")
            target = self._shown(column) or points_at(self.model, f"{column.name}Id")
            if plain == "parent" and target is None:
                target = entity.name
            if target is None:
                continue
            key = next((f for f in column.inner.values() if normal(f.name) == normal(self.model[target].key)), None)
            holder = entity.fields[str(known)] if known in entity.fields else key
            if holder is None or holder.type != self._key_of(target).type:
                continue
            if known not in entity.fields:
                known = self._hidden(entity, column.name, target)
            del entity.fields[column.name]
            entity.relations[column.name] = Relation(column.name, target, str(known))
            self._borrow(self.model[target], column.inner)

    def _shown(self, column: Field) -> str | None:
        """The entity that an embedded row says to be of (`type: folder`, `object: file`)."""
        for word in ("type", "object", "kind"):
            inside = column.inner.get(word)
            if inside is not None and len(inside.values or inside.seen) == 1:
                name = noun(str((inside.values or inside.seen)[0]))
                if name in self.model:
                    return own_name(self.model, name)
        return None

    def _embedded_many(self, entity: Entity) -> None:
        """An array of objects that shows related rows is a relation where those rows point back."""
        for column in list(entity.fields.values()):
            word = noun(column.name)
            if column.type != "array" or not column.inner or word not in self.model:
                continue
            back = self._way_back(self.model[word], entity.name)
            if back is not None:
                del entity.fields[column.name]
                entity.relations[column.name] = Relation(column.name, self.model[word].name, back, many=True)
                self._borrow(self.model[word], column.inner)

    def _borrow(self, target: Entity, inner: Mapping[str, Field]) -> None:
        """What is shown of a row inside another is a column of it too."""
        for name, column in inner.items():
            own = target.spelled(name)
            if own is None and not (normal(name) in PERSON_NAMES and name_source(target) is not None):
                target.fields[name] = column
                target.spellings[normal(name)] = name
            elif own in target.fields and target.fields[own].type == column.type:
                known = target.fields[own]
                seen = tuple(dict.fromkeys((*known.seen, *column.seen)))
                target.fields[own] = replace(known, seen=seen, values=known.values or column.values, shown=True)

    def _way_back(self, source: Entity, target: str) -> str | None:
        """The column of `source` that points at `target`: the one named after it, or the only one."""
        ways = [relation for relation in source.relations.values() if relation.target == target and not relation.many]
        for relation in ways:
            if noun(relation.name) == target:
                return relation.column
        columns = {relation.column for relation in ways}
        return columns.pop() if len(columns) == 1 else None

    def _by_where(self, entity: Entity) -> None:
        for name, spot in self.drafts[entity.name].columns.related():
            target = _meant(self.model, self.reader, self.asked, name, spot)
            known = next((own for own in entity.relations if normal(own) == normal(name)), None)
            if target is None or known is not None or entity.spellings.get(normal(name)) in entity.fields:
                continue
            back = self._way_back(self.model[target], entity.name)
            if back is not None and plural_noun(noun(name)) == normal(name):
                entity.relations[name] = Relation(name, target, back, many=True)
            else:
                entity.relations[name] = Relation(name, target, self._hidden(entity, name, target))

    def _reverse(self, entity: Entity) -> None:
        """The way back of each to-one relation: plain where it is named after the target, else with its word."""
        by_column: dict[str, Relation] = {}
        for relation in entity.relations.values():
            if not relation.many:
                by_column.setdefault(relation.column, relation)
        for relation in by_column.values():
            target = self.model[relation.target]
            if any(
                r.many and r.target == entity.name and r.column == relation.column for r in target.relations.values()
            ):
                continue
            others = [r for r in by_column.values() if r.target == relation.target]
            stem = normal(relation.name)
            word = self.plurals[entity.name]
            if self.model.aliases.get(stem, stem) != relation.target and len(others) > 1:
                word = f"{stem.removesuffix(f'_{self.model.people}')}_{word}"
            name = word if self._snake(target) else camel(word)
            if target.spellings.get(normal(name)) not in target.fields and name not in target.relations:
                target.relations[name] = Relation(name, entity.name, relation.column, many=True)

    def _copies(self, entity: Entity) -> None:
        """Columns that repeat the name or number of a related row are shown from there, so that they agree."""
        for column in list(entity.fields.values()):
            plain = normal(column.name)
            if column.type != "string" or not plain.endswith(("_name", "_number")):
                continue
            for relation in entity.relations.values():
                rest = plain.removeprefix(f"{normal(relation.name)}_")
                if relation.many or rest == plain:
                    continue
                source = self._source(self.model[relation.target], rest, plain)
                if source is not None:
                    del entity.fields[column.name]
                    entity.copies[column.name] = Copy(column.name, relation.name, source)
                    break

    def _source(self, target: Entity, rest: str, whole: str) -> str | None:
        for plain in (rest, whole if whole.startswith(target.name) else rest):
            name = target.spellings.get(plain)
            if name in target.fields:
                return name
        return name_source(target) if rest in PERSON_NAMES else None
