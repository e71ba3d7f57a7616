"""Discovery: a side's lists are read once before the program, so that its requests can name rows of that side.

Rows that no list shows are looked for under documented ids, and under those from which other rows are numbered.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from random import Random

from mockserver.bundle.operations import Operation
from mockserver.compare.difference import Step
from mockserver.compare.documents import Number
from mockserver.compare.pools import Pool
from mockserver.compare.questions import documented, guessable
from mockserver.environments.client import Client, Forbidden
from mockserver.environments.guard import reads
from mockserver.environments.requests import build
from mockserver.probes.base import Contract, Inconclusive, Scene
from mockserver.probes.rows import everything, listings
from mockserver.problems import Unreachable, UsageError
from mockserver.store.addresses import own_address

_STARTS = 6  # ids from which rows that no list shows are looked for
_IN_A_ROW = 8  # ids after one that is there
_ENOUGH = 8


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
    for entity in sorted(entity for entity in known if not (pool.whole[entity] or pool.nested[entity])):
        _guess(client, contract, pool, entity)
    pool.closed |= {entity for entity in reasons if pool.whole[entity]}
    return [
        f"{client.environment.name} shows no {name}: {reasons[name]}" for name in sorted(known) if not pool.rows(name)
    ]


def _guess(client: Client, contract: Contract, pool: Pool, entity: str) -> None:
    """Rows under the ids that others point at; else those that the bundle shows, and where the ids of others begin.

    What is only pointed at may not be there: it is no row that both sides can be asked for.
    """
    operation = guessable(contract, entity)
    address = own_address(operation, contract.model) if operation is not None else None
    if operation is None or address is None:
        return
    parameter = next(each for each in operation.parameters if each.name == address.parameter)
    pointed = [
        int(row[address.key.name]) for row in pool.named.pop(entity, {}).values() if row[address.key.name].isdigit()
    ]
    pool.closed.add(entity)
    begins = Counter(key for name in contract.model.entities for key in _beginnings(pool, contract, name))
    usual = [key for key, _ in begins.most_common(_STARTS)]
    starts = [value for value in (*documented(contract, parameter), *usual, 1) if isinstance(value, int)]
    there = [key for key in pointed[:_ENOUGH] if _is_there(client, operation, parameter.name, key)]
    for start in list(dict.fromkeys(starts))[:_STARTS] if not there else ():
        for key in range(start, start + _IN_A_ROW):
            if len(there) >= _ENOUGH or not _is_there(client, operation, parameter.name, key):
                break
            there.append(key)
    for key in there:
        pool.name(entity, address.key.name, key)


def _is_there(client: Client, operation: Operation, parameter: str, key: int) -> bool:
    try:
        exchange = client.send(build(operation, path={parameter: key}), operation=operation, purpose="discovery")
    except (Forbidden, UsageError, Unreachable):
        return False
    return exchange.reply is not None and 200 <= exchange.reply.status < 400


def _beginnings(pool: Pool, contract: Contract, entity: str) -> list[int]:
    """The ids of an entity from which its rows are numbered one after the other."""
    name = contract.model[entity].key
    keys = {
        int(row[name]) for row in pool.whole[entity].values() if type(row.get(name)) is Number and row[name].isdigit()
    }
    return [key for key in sorted(keys) if key - 1 not in keys and key + 1 in keys]


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
