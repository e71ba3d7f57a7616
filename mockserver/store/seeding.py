"""Seeding: the rows of a scenario, each a pure function of seed, tenant, entity and its place."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

import orjson

from mockserver import paths
from mockserver.entities.base import Rules, Sheet, rules_for
from mockserver.problems import ScenarioError
from mockserver.store import sampling
from mockserver.store.chance import digest, salt, spread
from mockserver.store.links import Links
from mockserver.store.makers import Make, Makers
from mockserver.store.model import Entity, Model, Row
from mockserver.store.pointing import points_at
from mockserver.store.scenarios import Scenario, check_scenario
from mockserver.store.vocabulary import Vocabulary

if TYPE_CHECKING:
    from mockserver.bundle.loader import Bundle

T = TypeVar("T")
POOL_SIZE = 512
_PROVIDERS = {
    "first_name": "first_name", "last_name": "last_name", "street_address": "street_address", "city": "city",
    "state_abbr": "state_abbr", "postcode": "postcode", "job": "job", "sentence": "sentence", "word": "word",
    "phrase": "catch_phrase",
}  # fmt: skip
_INSTEAD = {
    "state_abbr": ("state", "administrative_unit", "city"),
    "catch_phrase": ("bs", "sentence"),
    "job": ("word",),
}


class Seeder:
    """The rows that a tenant starts with. Asking in any order, in any process, gives the same rows."""

    def __init__(
        self,
        model: Model,
        scenario: Scenario,
        *,
        seed: int | None = None,
        tenant: str = "",
        bundle: Bundle | None = None,
    ) -> None:
        """`bundle` lets columns of complicated schemas be sampled; ScenarioError for what does not exist there."""
        self.tenant = tenant or scenario.tenant
        self.scenario = scenario.for_tenant(self.tenant)
        check_scenario(self.scenario, model)
        self.model = model
        self._seed = f"{self.scenario.seed if seed is None else seed}:{self.tenant}"
        self._rules = {name: rules_for(name) for name in model.entities}
        self.links = Links(model, self.scenario, self._seed, self._gaps())
        self._document = bundle if bundle is not None else _Nothing()
        self._makers: Makers | None = None
        self._plans: dict[str, _Plan] = {}
        self._remembered = lru_cache(maxsize=4096)(self.row)

    def count(self, entity: str) -> int:
        """How many rows an entity has."""
        return self.links.size(self.model.aliases.get(entity, entity))

    def rows(self, entity: str) -> Iterator[dict[str, Any]]:
        """All rows of an entity, the written ones first."""
        entity = self.model.aliases.get(entity, entity)
        for slot in range(self.links.size(entity)):
            yield self.row(entity, slot)

    def row(self, entity: str, index: int) -> dict[str, Any]:
        """The row at a place of an entity."""
        if index < self.links.exact(entity):
            return self._exact(entity, index)
        plan = self._plans.get(entity) or self._plan(entity)
        key = self.links.key(entity, index)
        bits = digest(self._seed, entity, key)
        row = self._plain(plan, entity, index, key, bits)
        if plan.rules is not None:
            sheet = Sheet(plan.entity, row, self.links.fixed(entity, index))
            plan.rules.seeded(sheet, _Draw(self, entity, index, index - plan.written, bits))
            for name, make in plan.made:
                if name not in row and name not in sheet.dropped:
                    row[name] = make(bits, index - plan.written)
        return row

    # -- inner ---------------------------------------------------------------------------------------------------------

    def draw(self, entity: str, index: int) -> _Draw:
        """The dice of a row."""
        plan = self._plans.get(entity) or self._plan(entity)
        bits = digest(self._seed, entity, self.links.key(entity, index))
        return _Draw(self, entity, index, index - plan.written, bits)

    def plain(self, entity: str, index: int, number: int, bits: int, names: Sequence[str]) -> Row:
        """Some fields of a row before its rules, under the names that were asked for."""
        fixed = self.links.fixed(entity, index)
        plan = self._plans.get(entity) or self._plan(entity)
        found = {}
        for name in names:
            own = name if name in plan.by_name else plan.entity.spelled(name) or name
            if own in fixed:
                found[name] = fixed[own]
            elif index >= plan.exact and own in plan.by_name:
                found[name] = plan.by_name[own](bits, number)
        return found

    def _plain(self, plan: _Plan, entity: str, index: int, key: Any, bits: int) -> dict[str, Any]:
        number = index - plan.written
        row: dict[str, Any] = {plan.key: key}
        for column, target in plan.columns:
            slot = self.links.target(entity, index, column)
            if slot is not None:
                row[column] = self.links.key(target, slot)
            elif column in plan.nullable:
                row[column] = None
        catalog = plan.catalog
        for name, make in plan.makers:
            row[name] = make(bits, number)
        if catalog:
            _from_catalog(row, catalog, index - plan.exact)
        row.update(self.links.fixed(entity, index))
        return row

    @property
    def makers(self) -> Makers:
        """The makers of plain columns; words and pools are read when the first row is made."""
        if self._makers is None:
            document = self._document
            self._makers = Makers(
                Vocabulary(load_pools(self.scenario.locale)),
                self.scenario.today,
                lambda schema, key: sampling.sample(schema, document, key),
                lambda value, schema: sampling.valid(value, schema, document),
                self._refer,
            )
        return self._makers

    def _refer(self, column: str) -> Callable[[int], Any] | None:
        """Keys of the rows that a column inside a stored object points at by its name."""
        target = points_at(self.model, column)
        if target is None or not self.links.size(target):
            return None
        first = self.links.exact(target) % self.links.size(target)
        room = self.links.size(target) - first
        return lambda bits: self.links.key(target, first + bits % room)

    def shared(self, entity: str, index: int) -> Row:
        """A row that others are worked out from, remembered for a while."""
        return self._remembered(entity, index)

    def _exact(self, entity: str, index: int) -> dict[str, Any]:
        """A row as written, less the names that it shares with the rows it points at."""
        kind = self.model[entity]
        row = dict(self.links.fixed(entity, index))
        for copy in kind.copies.values():
            relation = kind.relations.get(copy.relation)
            if copy.name not in row or relation is None or relation.many:
                continue
            slot = self.links.slot(relation.target, row.get(relation.column))
            if slot is None:
                continue
            there = self.shared(relation.target, slot)
            if row[copy.name] == " ".join(str(there.get(part, "")) for part in copy.source.split()):
                del row[copy.name]
        return row

    def _plan(self, name: str) -> _Plan:
        entity = self.model[name]
        columns = self.links.columns(name)
        catalog = self.makers.words.catalog(name)
        written = self.links.written(name)
        rules = self._rules.get(name)
        made = {entity.spelled(made_by) for made_by in (rules.makes if rules is not None else ())}
        skipped = {entity.key, *columns, *entity.copies}
        makers: list[tuple[str, Make]] = []
        late: list[tuple[str, Make]] = []
        for column in entity.fields.values():
            if column.name not in skipped:
                covered = [row[column.name] for row in written if column.name in row]
                into = late if column.name in made else makers
                into.append((column.name, self.makers.make(name, column, covered)))
        nullable = frozenset(c for c in columns if "null" in (entity.fields[c].schema.get("type") or ()))
        plan = _Plan(entity, entity.key, tuple(columns.items()), tuple(makers), catalog, rules,
                     nullable, len(written), self.links.exact(name), dict(makers), tuple(late))  # fmt: skip
        self._plans[name] = plan
        return plan

    def _gaps(self) -> dict[tuple[str, str], int]:
        found = {}
        for name, rules in self._rules.items():
            for column, every in rules.gaps.items() if rules is not None else ():
                own = self.model[name].spelled(column)
                if own is not None:
                    found[name, own] = every
        return found


@dataclass(frozen=True, slots=True)
class _Plan:
    """How rows of one entity are made."""

    entity: Entity
    key: str
    columns: tuple[tuple[str, str], ...]
    makers: tuple[tuple[str, Make], ...]
    catalog: Sequence[Mapping[str, Any]]
    rules: Rules | None
    nullable: frozenset[str]
    written: int
    exact: int
    by_name: Mapping[str, Make]
    made: tuple[tuple[str, Make], ...]  # left to the rules, and made up where they leave them out


class _Draw:
    """The dice and the neighbours of one row; see `mockserver.entities.base.Draw`."""

    __slots__ = ("_bits", "_seeder", "entity", "number", "slot", "today")

    def __init__(self, seeder: Seeder, entity: str, slot: int, number: int, bits: int) -> None:
        self._seeder = seeder
        self._bits = bits
        self.entity = entity
        self.slot = slot
        self.number = number
        self.today = seeder.scenario.today

    def below(self, name: str, limit: int) -> int:
        return spread(self._bits, salt(name)) % limit

    def pick(self, name: str, options: Sequence[T]) -> T:
        return options[spread(self._bits, salt(name)) % len(options)]

    def text(self, name: str) -> str:
        owner, _, field = name.partition(".")
        texts = self._seeder.makers.words.texts(owner, field)
        return texts[spread(self._bits, salt(name)) % len(texts)] if texts else ""

    def born(self) -> int:
        return self._seeder.makers.timeline.born(self._bits)

    def size(self, entity: str) -> int:
        return self._seeder.count(entity)

    def key(self, entity: str, slot: int) -> Any:
        return self._seeder.links.key(entity, slot)

    def target(self, column: str) -> int | None:
        links = self._seeder.links
        own = self._seeder.model[self.entity].spelled(column)
        return (
            links.target(self.entity, self.slot, own) if own is not None and own in links.columns(self.entity) else None
        )

    def children(self, entity: str, column: str) -> list[int]:
        model, links = self._seeder.model, self._seeder.links
        own = model[entity].spelled(column) if entity in model else None
        if own is None or links.columns(entity).get(own) != self.entity:
            return []
        return links.children(entity, own, self.slot)

    def siblings(self, column: str) -> list[int]:
        slot, own = self.target(column), self._seeder.model[self.entity].spelled(column)
        return [self.slot] if slot is None or own is None else self._seeder.links.children(self.entity, own, slot)

    def left_over(self, entity: str, column: str) -> int | None:
        model, links = self._seeder.model, self._seeder.links
        own = model[entity].spelled(column) if entity in model else None
        if own is None or links.columns(entity).get(own) != self.entity:
            return self.number
        return links.left_over(entity, own, self.slot)

    def row(self, entity: str, slot: int) -> Row:
        return self._seeder.shared(entity, slot)

    def of(self, entity: str, slot: int) -> _Draw:
        return self._seeder.draw(entity, slot)

    def own(self, *names: str) -> Row:
        return self._seeder.plain(self.entity, self.slot, self.number, self._bits, names)

    def person(self, name: str) -> tuple[Any, str] | None:
        people = self._seeder.model.people
        count = self.size(people) if people else 0
        if not count:
            return None
        first = self._seeder.links.exact(people) % count
        slot = first + self.below(name, count - first)
        row = self._seeder.shared(people, slot)
        full = " ".join(str(row[part]) for part in ("firstName", "lastName") if row.get(part))
        return row[self._seeder.model[people].key], full or str(row.get("name", ""))


@dataclass(frozen=True)
class _Nothing:
    """No bundle: references lead nowhere and everything is allowed there."""

    document: Mapping[str, Any] = field(default_factory=dict)


def _from_catalog(row: dict[str, Any], catalog: Sequence[Mapping[str, Any]], place: int) -> None:
    """What the n-th row of an entity such as `department` is known as; the list starts over with numbers."""
    again, at = divmod(place, len(catalog))
    for name, value in catalog[at].items():
        if name in row:
            numbered = again and name in ("name", "code")
            row[name] = (
                f"{value} {again + 1}" if numbered and name == "name" else f"{value}-{again + 1}" if numbered else value
            )


@cache
def load_pools(locale: str) -> dict[str, list[str]]:
    """Names, places and phrases of a locale, 512 each.

    Those of en_US lie in `fixtures/pools/`, so that the same seed gives the same bytes whatever version of Faker is
    there; others are made by Faker once and kept in the cache folder.
    """
    shipped = paths.FIXTURES / "pools" / f"{locale}.json"
    if shipped.is_file():
        found: dict[str, list[str]] = orjson.loads(shipped.read_bytes())
        return found
    from importlib.metadata import version

    kept = paths.cache_folder() / f"pools-{locale}-{version('faker')}.json"
    with contextlib.suppress(OSError, ValueError):
        cached: dict[str, list[str]] = orjson.loads(kept.read_bytes())
        if cached.keys() >= _PROVIDERS.keys():
            return cached
    made = make_pools(locale)
    with contextlib.suppress(OSError):  # a read-only home is no reason to fail
        kept.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=kept.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(orjson.dumps(made))
        os.replace(name, kept)  # noqa: PTH105  atomic, where Path.replace would need a second object
    return made


def make_pools(locale: str) -> dict[str, list[str]]:
    """The pools of a locale, from Faker; ScenarioError for a locale that it has not."""
    from faker import Faker

    try:
        faker = Faker(locale)
    except (AttributeError, ImportError) as error:
        raise ScenarioError(f"locale: Faker has no {locale!r}.", "Take one such as en_US, de_DE, fr_FR.") from error
    pools = {}
    for pool, provider in _PROVIDERS.items():
        faker.seed_instance(f"pool:{pool}")
        names = [provider, *_INSTEAD.get(provider, ("word",))]
        make = getattr(faker, next(name for name in names if hasattr(faker, name)))
        pools[pool] = [str(make()) for _ in range(POOL_SIZE)]
    return pools
