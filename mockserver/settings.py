"""Settings: a flag wins over `MOCKSERVER_*`, that over `[tool.mockserver]`, that over the default."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from mockserver.problems import UsageError, did_you_mean


def _setting(default: Any, about: str, *choices: str) -> Any:
    return field(default=default, metadata={"about": about, "choices": choices})


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set, with its default; each field's metadata says what it is for."""

    bundle: str = _setting("", "file of the OpenAPI bundle; empty: the one in spec/")
    overlays: tuple[str, ...] | None = _setting(
        None, "overlay files, in order; unset: spec/overlays/ for the bundle in spec/, none for another"
    )
    host: str = _setting("127.0.0.1", "address to listen on")
    port: int = _setting(4020, "port to listen on; 0 takes any free one")
    scenario: str = _setting("default", "name in fixtures/scenarios/ or a file")
    seed: int | None = _setting(None, "seed of all data; unset: the scenario's own")
    count: tuple[str, ...] = _setting((), "rows of an entity, as client=500")
    auth: str = _setting("strict", "who may call", "strict", "any", "off")
    page: str = _setting("declared", "how `page` counts", "declared", "offset", "number")
    unknown_fields: str = _setting("refuse", "a search on a field nobody documented", "refuse", "null")
    aliases: bool = _setting(True, "answer the /v1/... paths of the reference's curl samples too")
    check_replies: str = _setting("off", "judge our own answers by the bundle", "off", "log", "fail")
    mock_headers: bool = _setting(True, "send Mock-Request-Id, Mock-Operation and Mock-Code")
    admin: bool = _setting(True, "serve the control API under /__admin")
    clock: str = _setting("real", "`real`, or an RFC 3339 time at which the clock stands still")
    journal: int = _setting(8_000_000, "bytes of requests to remember")
    max_body: int = _setting(10_000_000, "largest request body, in bytes")
    access_log: bool = _setting(True, "print a line per request")


_PREFIX = "MOCKSERVER_"
_LAST_PORT = 65_535
_NOT_SETTINGS = {"ADMIN_TOKEN", "JWT_SECRET", "CACHE"}  # secrets and folders: variables only
_NOT_SETTINGS |= {"TOKEN", "KEY"}  # credentials of a server that is checked by its URL
_NOT_SETTINGS |= {"CORPUS", "CONFORMANCE_SEEDS", "CONFORMANCE_EXAMPLES"}  # what our own tests are told


def load_settings(
    flags: Mapping[str, Any] | None = None, *, folder: Path | None = None
) -> tuple[Settings, dict[str, str]]:
    """The settings in force, and where each value came from ("flag", a variable, a file, "default").

    `flags` holds what was given by hand (None values count as not given). Unknown names raise UsageError.
    """
    known = {f.name: f for f in fields(Settings)}
    values: dict[str, Any] = {}
    origins = dict.fromkeys(known, "default")
    by_hand = ("flag", dict(flags or {}))
    for source, given in (*_from_file(folder or Path.cwd()), *_from_environment(), by_hand):
        for name, value in given.items():
            if name not in known:
                raise UsageError(f"{source}: there is no setting {name!r}.{did_you_mean(name, known)}")
            if value is None or value == ():
                continue
            values[name] = _convert(known[name], value, source)
            origins[name] = source
    return Settings(**values), origins


def _from_file(folder: Path) -> list[tuple[str, dict[str, Any]]]:
    for place in (folder, *folder.parents):
        file = place / "pyproject.toml"
        if file.is_file():
            try:
                table = tomllib.loads(file.read_text("utf-8")).get("tool", {}).get("mockserver", {})
            except tomllib.TOMLDecodeError as error:
                raise UsageError(f"{file} is not TOML: {error}") from error
            plain = {k.replace("-", "_"): v for k, v in table.items() if not isinstance(v, dict)}
            return [(f"{file}", plain)]
    return []


def _from_environment() -> list[tuple[str, dict[str, Any]]]:
    found = []
    for variable, value in os.environ.items():
        name = variable.removeprefix(_PREFIX)
        if variable.startswith(_PREFIX) and name not in _NOT_SETTINGS:
            found.append((variable, {name.lower(): value}))
    return found


def _convert(spec: Any, value: Any, source: str) -> Any:
    kind = str(spec.type)
    named = spec.name.replace("_", "-") if source == "flag" else f"{source}: {spec.name}"
    if kind.startswith("tuple"):
        items = value.split(",") if isinstance(value, str) else list(value)
        return tuple(str(item).strip() for item in items if str(item).strip())
    if kind.startswith("bool"):
        if isinstance(value, bool):
            return value
        if str(value).lower() in ("1", "true", "yes", "on"):
            return True
        if str(value).lower() in ("0", "false", "no", "off"):
            return False
        raise UsageError(f"{named} is yes or no, not {value!r}.")
    if kind.startswith("int"):
        try:
            number = int(value)
        except (TypeError, ValueError):
            raise UsageError(f"{named} is a whole number, not {value!r}.") from None
        if spec.name == "port" and not 0 <= number <= _LAST_PORT:
            raise UsageError(f"{named} is from 0 to {_LAST_PORT}, not {number}.")
        return number
    choices = spec.metadata["choices"]
    if choices and value not in choices:
        raise UsageError(f"{named} is one of {', '.join(choices)}, not {value!r}.")
    return str(value)
