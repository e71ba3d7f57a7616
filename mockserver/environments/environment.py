"""Environment: a server to check or to compare, and what may be done to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Credential:
    """Where one actor's secret comes from; never the secret itself.

    `variable` or `file` names the place. `kind` is `token` (ready to be sent) or `key` (exchanged for a token by the
    bundle's own operation, and again when it expires). `scheme` is the bundle's security scheme ("" : the first one
    that an operation declares).
    """

    kind: str = "token"
    variable: str = ""
    file: str = ""
    scheme: str = ""


@dataclass(frozen=True, slots=True)
class Environment:
    """A server. `url` is scheme and authority ("" : the mock in process); `base_path` stands before every path.

    `actors` are the credentials by who they speak for: `default`, and where known `reader` (may not write),
    `expired`, `other-tenant`. `rate` is requests per second (0: as fast as it answers), `timeout` seconds.
    `hosts` are the only hosts that may be spoken to. Unless `writable`, only reading operations are sent.
    """

    name: str
    url: str = ""
    base_path: str | None = None
    writable: bool = False
    actors: Mapping[str, Credential] = field(default_factory=dict)
    verify: bool | str = True
    certificate: str = ""
    proxy: str = ""
    rate: float = 0.0
    timeout: float = 30.0
    hosts: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    scenario: str = ""
