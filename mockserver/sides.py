"""The sides of a comparison as the command line names them: environments, mocks with settings, recordings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from mockserver.checking import Maker, budget, tokens_of
from mockserver.environments.client import Client
from mockserver.environments.config import environment_of
from mockserver.environments.credentials import LOOPBACK
from mockserver.environments.environment import Environment

_RECORDED = re.compile(r"(?P<name>[^@/:]+)@(?P<date>\d{4}-\d\d-\d\d\S*)\Z")


@dataclass(frozen=True, slots=True)
class Place:
    """One side as the command line names it: an environment, and where it is a recording, of what date."""

    environment: Environment
    settings: Mapping[str, Any]
    date: str = ""

    @property
    def name(self) -> str:
        """What reports call it."""
        return f"{self.environment.name}@{self.date}" if self.date else self.environment.name

    @property
    def named(self) -> bool:
        """Whether it is a server of environments.toml, and not one by its address."""
        return bool(self.environment.url) and self.environment.name != urlsplit(self.environment.url).netloc

    @property
    def local(self) -> bool:
        """Whether it is on this very machine, where more may be asked: nobody else is kept waiting."""
        return not self.environment.url or (urlsplit(self.environment.url).hostname or "") in LOOPBACK

    def client(self, flags: Mapping[str, Any]) -> Client:
        """A client of it, checked to be of use."""
        limits = budget(flags["budget"])
        if flags["max_requests"]:
            limits = replace(limits, requests=min(flags["max_requests"], limits.requests or flags["max_requests"]))
        maker = Maker(self.environment, flags["bundle"], tuple(flags["overlays"]), flags["allow_writes"], limits)
        made = maker() if self.environment.url else _mock(maker, self.settings)
        if self.environment.url:
            try:
                made.preflight()
            except BaseException:
                made.close()
                raise
        return made


def place_of(text: str) -> Place:
    """What a name, a URL, `mock?seed=3&scenario=small` or `NAME@DATE` means."""
    match = _RECORDED.match(text)
    if match is not None:
        return Place(environment_of(match["name"]), {}, match["date"])
    name, mark, query = text.partition("?")
    environment = environment_of(name)
    if not mark or environment.url:
        return Place(environment if not mark else environment_of(text), {})
    settings: dict[str, Any] = {}
    for key, value in parse_qsl(query):
        settings[key] = [*settings.get(key, ()), value] if key == "count" else int(value) if key == "seed" else value
    called = "-".join([name, *(f"{key}-{value}" for key, value in parse_qsl(query))])
    return Place(replace(environment, name=re.sub(r"[^\w.-]+", "-", called)), settings)


def apart(a: Place, b: Place) -> tuple[Place, Place]:
    """Both sides with names of their own: reports tell exchanges apart by them."""
    if a.name == b.name:
        b = replace(b, environment=replace(b.environment, name=f"{b.environment.name}-2"))
    return a, b


def _mock(maker: Maker, settings: Mapping[str, Any]) -> Client:
    """A mock in process with settings of its own; it writes only where that was allowed."""
    from mockserver.app import create_app
    from mockserver.settings import load_settings

    flags = {"bundle": maker.bundle, "overlays": maker.overlays or None, "access_log": False, "mock_headers": False,
             "clock": "2026-01-31T09:00:00Z", "scenario": maker.environment.scenario or None, **settings}  # fmt: skip
    app = create_app(load_settings(flags)[0])
    environment = replace(maker.environment, writable=True)
    return Client(
        environment, app.bundle, app=app, tokens=tokens_of(app), allow_writes=maker.allow_writes, limits=maker.limits
    )
