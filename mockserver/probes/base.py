"""What a check of our own is: a Judge looks at one exchange, a Probe asks questions of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from mockserver.bundle.loader import Bundle
from mockserver.bundle.operations import Operation
from mockserver.environments.client import Client
from mockserver.exchanges import Exchange, Request
from mockserver.findings import Severity
from mockserver.store.model import Model


@dataclass(frozen=True, slots=True)
class Fault:
    """What a check has to say. `message` holds no value that changes from run to run: it is part of the finding's key.

    `detail` has the values. `pointer` leads into the bundle's document (the operation's own where empty).
    """

    message: str
    detail: str = ""
    pointer: str = ""
    exchanges: tuple[Exchange, ...] = ()
    severity: Severity | None = None
    overlay: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Contract:
    """What is judged by: the bundle, and the entities that were inferred of it."""

    bundle: Bundle
    model: Model


@dataclass(frozen=True, slots=True)
class Judge:
    """A check of a single exchange, whoever made it: a fuzzer, a probe, a recording.

    `timed`: it looks at more than the reply, so that a reply that came before is looked at again.
    """

    name: str
    code: str
    about: str
    run: Callable[[Contract, Operation, Exchange], Iterator[Fault]]
    severity: Severity = Severity.ERROR
    timed: bool = False


@dataclass(frozen=True, slots=True)
class Probe:
    """A check that sends requests of its own, operation by operation.

    `applies` tells for which operations it has something to ask; `writes` whether it changes rows; `actors` whom it
    must be able to speak for besides `default`.
    """

    name: str
    code: str
    about: str
    applies: Callable[[Contract, Operation], bool]
    run: Callable[[Scene, Operation], Iterator[Fault]]
    writes: bool = False
    actors: tuple[str, ...] = ()
    severity: Severity = Severity.ERROR


class Inconclusive(Exception):
    """A probe could not find out: its text says why (no row to ask for, a search that is refused)."""


@dataclass(slots=True)
class Scene:
    """What a probe works with: the contract, the environment's client, its own dice, and what was learnt already.

    `facts` is shared by all probes of a run, so that rows fetched once are not fetched again.
    """

    contract: Contract
    client: Client
    random: Random
    facts: dict[str, Any] = field(default_factory=dict)
    probe: str = ""

    def send(self, request: Request, operation: Operation | None = None, actor: str = "default") -> Exchange:
        """Send a request in this probe's name."""
        return self.client.send(request, operation=operation, actor=actor, purpose=f"probe {self.probe}".strip())
