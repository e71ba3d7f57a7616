"""Where drifts are registered: `drift(...)` with `make`, or as a decorator of the function that makes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.drifts.sides import Side
from tests.mutants.hook import Around, Fault, Faulty, Server

Make = Callable[[Server], Around]
REGISTERED: list[Drift] = []


@dataclass(frozen=True)
class Drift(Fault):
    """A way in which one side behaves otherwise than the other. `expects` are the classes of drift it may be told as.

    `severity`: breaking for a client, visible, or cosmetic.
    """

    severity: str = "breaking"

    @property
    def drift_class(self) -> str:
        """The class of drift, in the words of the issue: status class, media type, order and so on."""
        return self.kind

    @property
    def expects_code_class(self) -> tuple[str, ...]:
        """The classes that it may be found as: its own, and those that say the same as truly."""
        return tuple(dict.fromkeys((self.kind, *self.expects)))

    def on_side(self, side: Side) -> Faulty:
        """A fresh copy of a side with this drift."""
        return side.app(self)


def drift(
    name: str, kind: str, severity: str, description: str, *, make: Make | None = None, **more: Any
) -> Callable[[Make], Make]:
    """Register a drift."""

    def register(made: Make) -> Make:
        if any(known.name == name for known in REGISTERED):
            raise ValueError(f"There are two drifts {name!r}.")
        expects = tuple(dict.fromkeys((kind, *more.pop("expects", ()))))
        REGISTERED.append(Drift(name, kind, description, make=made, severity=severity, expects=expects, **more))
        return made

    if make is not None:
        register(make)
    return register
