"""Where unseen drifts are registered: `drift(...)` with `make`, or as a decorator of the function that makes it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from tests.drifts.registry import Drift, Make
from tests.unseen.talks import written_walk

REGISTERED: list[Drift] = []
WRITING: list[str] = []


def drift(
    name: str,
    kind: str,
    severity: str,
    description: str,
    *,
    make: Make | None = None,
    writes: bool = False,
    expects: tuple[str, ...] = (),
    **more: Any,
) -> Callable[[Make], Make]:
    """Register a drift; `writes`: only a conversation that writes shows it."""

    def register(made: Make) -> Make:
        if any(known.name == name for known in REGISTERED):
            raise ValueError(f"There are two drifts {name!r}.")
        told_as = tuple(dict.fromkeys((kind, *expects)))
        REGISTERED.append(Drift(name, kind, description, make=made, severity=severity, expects=told_as, **more))
        if writes:
            WRITING.append(name)
        return made

    if make is not None:
        register(make)
    return register


writing = partial(drift, writes=True, shows=written_walk)
