"""Sides: copies of the mock with data of their own, between which nothing but a drift may differ."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from mockserver.app import App, create_app
from mockserver.server import MockServer
from mockserver.settings import Settings
from tests.mutants.hook import BASE, Fault, Faulty

ELSEWHERE = str(Path(__file__).parent / "data" / "elsewhere.yaml")
ACCENTED = "Zoë & Söhne"  # in form C; texts beyond ASCII are on every side


@dataclass(frozen=True, slots=True)
class Side:
    """One of two environments. `first_id` numbers its generated rows, `tick` seconds pass with each request.

    Every `latency` is in seconds and the same for all operations. `counts` are rows of an entity, as `client=31`.
    """

    name: str = "a"
    seed: int = 1
    scenario: str = "small"
    counts: tuple[str, ...] = ()
    clock: str = "2025-06-30T09:00:00Z"
    first_id: int = 1001
    tick: float = 0.1
    latency: float = 0.0
    more: dict[str, Any] = field(default_factory=dict)

    def settings(self) -> Settings:
        """The mock's settings."""
        return replace(BASE, seed=self.seed, scenario=self.scenario, count=self.counts, clock=self.clock, **self.more)

    def mock(self) -> App:
        """The undrifted mock, its rows numbered as this side numbers them."""
        return numbered(create_app(self.settings()), self.first_id)

    def app(self, *drifts: Fault) -> Faulty:
        """A fresh mock with drifts, as an ASGI application."""
        return Faulty(self.mock(), drifts, tick=self.tick, latency=self.latency)

    @contextmanager
    def serve(self, *drifts: Fault) -> Iterator[MockServer]:
        """The same on a free port: a server with `url`, `token` and `app.tokens` by actor."""
        server = MockServer(**{**asdict(self.settings()), "port": 0})
        server.app = Faulty(  # type: ignore[assignment]  stands in for it
            numbered(server.app, self.first_id), drifts, tick=self.tick, latency=self.latency
        )
        with server:
            yield server


def numbered(app: App, first: int) -> App:
    """Number the rows that will be seeded from `first` on, and write texts beyond ASCII into two of them."""
    worlds = app.pipeline.worlds
    for tenant in worlds.main.tenants():
        worlds.main.store(tenant)
        store = worlds._pristine[tenant]
        for keys in store.source.links._keys.values():
            if keys._first == 1001:
                keys._first = first
                keys._taken = sorted(k for k in keys._given if isinstance(k, int) and k >= first)
        for name, entity in app.model.entities.items():
            texts = [n for n in ("name", "lastName", "description", "notes") if n in entity.fields]
            held = store.all(name) if texts and name not in ("api_key", "key", "record", "record_custom") else []
            made = [row for row in held if isinstance(row.get(entity.key), int) and row[entity.key] >= first]
            for row in made[2:4]:
                if isinstance(row.get(texts[0]), str):
                    store.put(name, {**row, texts[0]: f"{row[texts[0]]} {ACCENTED}"})
    worlds.reset_all()
    return app


A = Side("a", seed=101)
B = Side(
    "b",
    seed=202,
    scenario=ELSEWHERE,
    counts=("client=37", "invoice=33"),
    clock="2026-01-12T07:30:00Z",
    first_id=500_001,
)


def pair(
    seed_a: int, seed_b: int, *drifts: Fault, a: Side = A, b: Side = B, both: Sequence[Fault] = ()
) -> tuple[Faulty, Faulty]:
    """Two sides with different seeds, ids, row counts, tenants and clocks; `drifts` are on the second only.

    Without drifts nothing may be found between them. Pass `a=replace(A, ...)` for other differences.
    """
    return replace(a, seed=seed_a).app(*both), replace(b, seed=seed_b).app(*both, *drifts)


@contextmanager
def serve_pair(
    seed_a: int, seed_b: int, *drifts: Fault, a: Side = A, b: Side = B
) -> Iterator[tuple[MockServer, MockServer]]:
    """The same over HTTP."""
    with replace(a, seed=seed_a).serve() as one, replace(b, seed=seed_b).serve(*drifts) as other:
        yield one, other
