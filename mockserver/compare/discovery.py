"""Discovery: a side's lists are read once before the program, so that its requests can name rows of that side."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random

from mockserver.compare.difference import Step
from mockserver.compare.pools import Pool
from mockserver.environments.client import Client, Forbidden
from mockserver.environments.guard import reads
from mockserver.probes.base import Contract, Inconclusive, Scene
from mockserver.probes.rows import everything, listings
from mockserver.problems import Unreachable, UsageError


def discover(client: Client, contract: Contract, pool: Pool, entities: Iterable[str], random: Random) -> list[str]:
    """Fill the pool with rows of these entities, and say of which none could be read, and why.

    One list or search per entity, six requests at most (2,000 rows). An entity of which rows are known takes no further
    ones afterwards. Stopped where the budget ends.
    """
    scene = Scene(contract, client, random, probe="discovery")
    known = {contract.model.aliases.get(entity, entity) for entity in entities} & set(contract.model.entities)
    reasons: dict[str, str] = {}
    for entity in sorted(known):
        reasons[entity] = _fill(scene, pool, entity)
    for entity in sorted(entity for entity in known if not pool.rows(entity)):
        for other in _pointing(contract, entity):
            if other not in reasons and not pool.rows(entity):
                reasons[other] = _fill(scene, pool, other)
    pool.closed |= {entity for entity in reasons if pool.whole[entity]}
    return [
        f"{client.environment.name} shows no {name}: {reasons[name]}" for name in sorted(known) if not pool.rows(name)
    ]


def _pointing(contract: Contract, entity: str) -> list[str]:
    """The entities whose rows name rows of this one."""
    others = contract.model.entities.values()
    return [other.name for other in others if any(each.target == entity for each in other.relations.values())]


def _fill(scene: Scene, pool: Pool, entity: str) -> str:
    """Read the first list that gives rows; why none does."""
    why = "no operation lists it"
    for operation in listings(scene, entity):
        if not reads(operation):
            continue
        try:
            pages = everything(scene, operation).pages
        except (Inconclusive, Forbidden, UsageError, Unreachable) as reason:
            why = str(reason)
            continue
        for page in pages:
            pool.see(Step(-1, operation, page.exchange))
        if pool.whole[entity]:
            return ""
        why = "its list is empty"
    return why
