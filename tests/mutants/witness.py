"""Witnesses: the first request that a faulty mock answers otherwise than the clean one in the same conversation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mockserver.app import App, create_app
from tests.mutants.hook import BASE, Asked, Fault, Faulty, Server, Talk, Told, tokens_of
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
    clean = Talk(Faulty(_fresh(app), tick=tick, latency=latency), tokens_of(app))
    _talk(fault, clean, app)
    faulty = _Comparing(Faulty(_fresh(app), [fault], tick=tick, latency=latency), tokens_of(app))
    faulty.clean, faulty.timed = clean.said, fault.kind in _TIMED
    try:
        _talk(fault, faulty, app)
    except _Differs as found:
        return found.witness
    finally:
        app.pipeline.worlds.reset_all()
    return None


class _Differs(Exception):
    """The conversation is over: a reply differs."""

    def __init__(self, witness: Witness) -> None:
        super().__init__()
        self.witness = witness


class _Comparing(Talk):
    """A conversation that is compared with another one as it goes, and ends with the first difference."""

    clean: Sequence[tuple[Asked, Told]] = ()
    timed = False

    def send(self, *request: Any, **more: Any) -> Told:
        """Send a request; _Differs where the reply is another one."""
        told = super().send(*request, **more)
        asked, other = self.clean[len(self.said) - 1]
        longer = told.took - other.took > max(_LONGER, 1.5 * other.took)
        if told != other or (self.timed and longer):
            raise _Differs(Witness(asked, other, told))
        return told


def _talk(fault: Fault, talk: Talk, app: App) -> None:
    """The fault's own conversation, or the walk through the operations that it touches."""
    server = Server(app, fault.name)
    try:
        (fault.shows or tour)(talk, server, fault.operations(server))
    finally:
        talk.close()


def _fresh(app: App) -> App:
    app.pipeline.worlds.reset_all()
    return app
