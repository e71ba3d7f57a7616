"""Where mutants are registered: `mutant(...)` with `make`, or as a decorator of the function that makes the fault."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.mutants.hook import Around, Fault, Server

Make = Callable[[Server], Around]
REGISTERED: list[Mutant] = []


@dataclass(frozen=True)
class Mutant(Fault):
    """A faulty mock. `expects` names the checks (by subject, or schemathesis' own name) of which one has to find it."""

    @property
    def fault_class(self) -> str:
        """The class of the fault: auth, status, schema, paging and so on."""
        return self.kind


def mutant(name: str, kind: str, description: str, *, make: Make | None = None, **more: Any) -> Callable[[Make], Make]:
    """Register a mutant."""

    def register(made: Make) -> Make:
        if any(known.name == name for known in REGISTERED):
            raise ValueError(f"There are two mutants {name!r}.")
        REGISTERED.append(Mutant(name, kind, description, make=made, **more))
        return made

    if make is not None:
        register(make)
    return register
