"""Rows of the scenarios on real bundles, made once per test run and shared by the tests of this folder."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from mockserver.bundle.loader import Bundle, load_bundle
from mockserver.entities import complete
from mockserver.paths import BUNDLE, OVERLAYS
from mockserver.store.memory import Store
from mockserver.store.model import Model
from mockserver.store.relations import infer_model
from mockserver.store.scenarios import Scenario, load_scenario, override
from mockserver.store.seeding import Seeder

Row = Mapping[str, Any]
LIBRARY = Path(__file__).parents[1] / "bundle" / "data" / "library.yaml"


@cache
def known(source: Path = BUNDLE) -> tuple[Bundle, Model]:
    """A bundle and its model; our own with its overlays."""
    bundle = load_bundle(source, sorted(OVERLAYS.glob("*.yaml")) if source == BUNDLE else ())
    model = infer_model(bundle)
    complete(model)
    return bundle, model


def seeder(scenario: str | Scenario = "default", *, source: Path = BUNDLE, **options: Any) -> Seeder:
    """A seeder; `options` are those of Seeder, and `counts` of the scenario."""
    bundle, model = known(source)
    plan = load_scenario(scenario) if isinstance(scenario, str) else scenario
    plan = override(plan, counts=options.pop("counts", None))
    return Seeder(model, plan, bundle=bundle, **options)


class Firm:
    """All rows of a scenario of ours, with the way from one to another."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.bundle, self.model = known()
        self.seeder = seeder(name)
        self._rows: dict[str, list[dict[str, Any]]] = {}

    def rows(self, entity: str) -> list[dict[str, Any]]:
        """The rows of an entity."""
        if entity not in self._rows:
            self._rows[entity] = [self.seeder.row(entity, place) for place in range(self.seeder.count(entity))]
        return self._rows[entity]

    @cached_property
    def keys(self) -> dict[str, set[Any]]:
        """The keys of every entity, of all its rows."""
        links = self.seeder.links
        return {name: {links.key(name, n) for n in range(links.size(name))} for name in self.model.entities}

    def at(self, entity: str, key: Any) -> Row | None:
        """The row of a key."""
        place = self.seeder.links.slot(entity, key)
        return None if place is None else self.seeder.shared(entity, place)

    def pointing(self, entity: str, column: str, key: Any) -> list[Row]:
        """All rows of an entity whose column holds a key."""
        target = self.model[entity].fields and self.seeder.links.columns(entity)[column]
        place = self.seeder.links.slot(str(target), key)
        assert place is not None
        return [self.seeder.shared(entity, n) for n in self.seeder.links.children(entity, column, place)]

    def store(self) -> Store:
        """A store of these rows."""
        return Store(self.model, self.seeder)


@cache
def firm(name: str) -> Firm:
    """The firm of a scenario, made once."""
    return Firm(name)
