"""Worlds: the state behind the requests, forked on first use so that parallel tests never meet."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from mockserver.clock import Clock
from mockserver.problems import Refusal

if TYPE_CHECKING:
    from mockserver.store.memory import Store

WORLD_HEADER = "mock-world"
_NAME_LIMIT = 200


class LiveWorld:
    """One state: a store per tenant, made from the scenario on first use, and one clock."""

    __slots__ = ("_make", "_stores", "_tenants", "clock", "name", "seed")

    def __init__(
        self, name: str, clock: Clock, seed: int, tenants: tuple[str, ...], make: Callable[[str], Store]
    ) -> None:
        self.name = name
        self.clock = clock
        self.seed = seed
        self._tenants = tenants
        self._make = make
        self._stores: dict[str, Store] = {}

    def tenants(self) -> tuple[str, ...]:
        """Every tenant there is; the first is the one that speaks when nobody says who."""
        return self._tenants

    def store(self, tenant: str) -> Store:
        """The rows that a tenant sees; KeyError for a tenant that does not exist."""
        found = self._stores.get(tenant)
        if found is None:
            if tenant not in self._tenants:
                raise KeyError(tenant)
            found = self._stores[tenant] = self._make(tenant)
        return found


class Worlds:
    """All worlds of a server. Each starts as a copy-on-write fork of the scenario's pristine rows."""

    __slots__ = ("_clock", "_make", "_pristine", "_seed", "_tenants", "_worlds", "main")

    def __init__(self, make: Callable[[str], Store], tenants: tuple[str, ...], seed: int, clock: Clock) -> None:
        self._make = make
        self._pristine: dict[str, Store] = {}
        self._tenants = tenants
        self._seed = seed
        self._clock = clock
        self._worlds: dict[str, LiveWorld] = {}
        self.main = self._new("")

    def get(self, name: str) -> LiveWorld:
        """The world of a name (the value of `Mock-World`), made on first use; "" is the main one."""
        if not name:
            return self.main
        if len(name) > _NAME_LIMIT:
            raise Refusal(400, f"Mock-World: a name has at most {_NAME_LIMIT} characters.", code="MS107")
        found = self._worlds.get(name)
        if found is None:
            found = self._worlds[name] = self._new(name)
        return found

    def reset(self, name: str = "") -> None:
        """Back to the scenario: the main world anew, another one forgotten until it is used again."""
        if name:
            self._worlds.pop(name, None)
        else:
            self.main = self._new("")

    def reset_all(self) -> None:
        """Every world back to the scenario."""
        self._worlds.clear()
        self.main = self._new("")

    def names(self) -> tuple[str, ...]:
        """The worlds in use beside the main one."""
        return tuple(self._worlds)

    def _new(self, name: str) -> LiveWorld:
        frozen = self._clock.now() if self._clock.frozen else None
        return LiveWorld(name, Clock(frozen), self._seed, self._tenants, self._fork)

    def _fork(self, tenant: str) -> Store:
        pristine = self._pristine.get(tenant)
        if pristine is None:
            pristine = self._pristine[tenant] = self._make(tenant)
        return pristine.fork()
