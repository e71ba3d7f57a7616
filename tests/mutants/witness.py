"""Witnesses: the first request that a faulty mock answers otherwise than the clean one in the same conversation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from mockserver.app import App, create_app
from tests.mutants.hook import BASE, Asked, Fault, Faulty, Server, Talk, Told
from tests.mutants.walks import tour

_LONGER = 0.015  # seconds that two replies may differ by chance
_TIMED = ("slow", "latency")


@dataclass(frozen=True, slots=True)
class Witness:
    """A request, and what the two mocks said to it."""

    asked: Asked
    clean: Told
    faulty: Told


def witness(fault: Fault, app: App | None = None, *, tick: float = 0.0, latency: float = 0.0) -> Witness | None:
    """The first difference that a fault makes; None where nothing shows. `app` is reset and used for both sides."""
    app = app or create_app(BASE)
    clean = said(fault, Faulty(_fresh(app), tick=tick, latency=latency))
    faulty = said(fault, Faulty(_fresh(app), [fault], tick=tick, latency=latency))
    app.pipeline.worlds.reset_all()
    for (asked, one), (_, other) in zip(clean, faulty, strict=False):
        longer = other.took - one.took > max(_LONGER, 1.5 * one.took)
        if seen(one) != seen(other) or (longer and fault.kind in _TIMED):
            return Witness(asked, one, other)
    return None


def said(fault: Fault, app: Faulty) -> list[tuple[Asked, Told]]:
    """The fault's own conversation, or the walk through the operations that it touches."""
    server = Server(app.app, fault.name)
    operations: Sequence[Any] = fault.operations(server)
    talk = Talk(app, app.tokens)
    try:
        (fault.shows or tour)(talk, server, operations)
    finally:
        talk.close()
    return talk.said


def seen(told: Told) -> Told:
    """A reply without what differs by chance."""
    return replace(told, took=0.0)


def _fresh(app: App) -> App:
    app.pipeline.worlds.reset_all()
    return app
