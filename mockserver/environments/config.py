"""Config: environments by name, from spec/environments.toml overlaid by a project's pyproject.toml, or by URL."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

from mockserver import paths
from mockserver.environments.credentials import LOOPBACK
from mockserver.environments.environment import Credential, Environment
from mockserver.problems import UsageError, did_you_mean

TOKEN_VARIABLE = "MOCKSERVER_TOKEN"  # noqa: S105  the variable's name
KEY_VARIABLE = "MOCKSERVER_KEY"

_NAME = re.compile(r"[A-Za-z0-9][\w.-]*\Z")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_SECRET = re.compile(r"authorization|cookie|secret|password|token|key\Z|credential", re.IGNORECASE)
_SOURCES = {"key-variable", "key-file", "token-variable", "token-file"}
_SECRETS_GO = "Put it into a variable or a file, and name that: key-variable, key-file, token-variable or token-file."


def load_environments(folder: Path | None = None, file: Path | None = None) -> Mapping[str, Environment]:
    """Every environment by name, in the order of the files.

    `file` (spec/environments.toml unless given) is overlaid by `[tool.mockserver.environments]` of the pyproject.toml
    in `folder` or the nearest folder above it, key by key and actor by actor. UsageError names file and key.
    """
    base = file or paths.SPEC / "environments.toml"
    layers = [(base, base.parent, _read(base))]
    project = _project(folder or Path.cwd())
    if project is not None:
        tables = _read(project).get("tool", {}).get("mockserver", {}).get("environments", {})
        layers.append((project, project.parent, tables))
    found: dict[str, dict[str, Any]] = {}
    for source, home, tables in layers:
        for name, values in _tables(tables, source).items():
            given = _Table(source, home, name).values(values)
            actors = {**found.get(name, {}).get("actors", {}), **given.get("actors", {})}
            found[name] = {**found.get(name, {}), **given, "actors": actors}
    return {name: _environment(name, values) for name, values in found.items()}


def environment_of(name_or_url: str, folder: Path | None = None, file: Path | None = None) -> Environment:
    """The environment of a name, or an ad hoc one of an http(s) URL.

    One by URL is called host:port; its credentials are MOCKSERVER_TOKEN or MOCKSERVER_KEY. Only a server on this very
    machine may be written to, once --allow-writes is given: any other needs a name, and `writable` there.
    """
    if "://" in name_or_url:
        return _ad_hoc(name_or_url)
    known = load_environments(folder, file)
    if name_or_url not in known:
        hint = f"There are {', '.join(known)}; any other server is given by its URL, as https://api.example.com."
        raise UsageError(f"There is no environment {name_or_url!r}.{did_you_mean(name_or_url, known)}", hint)
    return known[name_or_url]


def _ad_hoc(url: str) -> Environment:
    parts = _url(url, lambda why: UsageError(f"The URL {why}."))
    credential = None
    if os.environ.get(TOKEN_VARIABLE):
        credential = Credential("token", variable=TOKEN_VARIABLE)
    elif os.environ.get(KEY_VARIABLE):
        credential = Credential("key", variable=KEY_VARIABLE)
    actors = {"default": credential} if credential is not None else {}
    host = parts.hostname or ""
    return Environment(parts.netloc, url.rstrip("/"), writable=host in LOOPBACK, actors=actors, hosts=(host,))


def _environment(name: str, values: dict[str, Any]) -> Environment:
    host = urlsplit(values.get("url", "")).hostname or ""
    hosts = values.pop("hosts", ()) or ((host,) if host else ())
    if host and host not in [re.sub(r":\d+\Z", "", each).lower() for each in hosts]:
        raise UsageError(f"{name}: the host of its url, {host}, is not among its hosts ({', '.join(hosts)}).")
    return Environment(name, hosts=tuple(hosts), **values)


class _Table:
    """One environment of one file: its keys judged and turned into fields; relative files lie beside the file."""

    def __init__(self, source: Path, home: Path, name: str) -> None:
        self._source = source
        self._home = home
        self._name = name
        self._readers: dict[str, Callable[[str, Any], Any]] = {
            "url": self._address, "base-path": self._text, "writable": self._flag, "actors": self._actors,
            "verify": self._verify, "certificate": self._file, "proxy": self._proxy, "rate": self._number,
            "timeout": self._positive, "hosts": self._hosts, "headers": self._headers, "scenario": self._text,
        }  # fmt: skip

    def values(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The fields of Environment that the table sets."""
        found = {}
        for key, value in given.items():
            if key not in self._readers:
                self._refuse_secret(key)
                raise self._wrong(key, f"is no setting of an environment.{did_you_mean(key, self._readers)}")
            found[key.replace("-", "_")] = self._readers[key](key, value)
        return found

    def _wrong(self, key: str, why: str, hint: str = "") -> UsageError:
        return UsageError(f"{self._source}: {self._name}.{key} {why}", hint)

    def _refuse_secret(self, key: str) -> None:
        if _SECRET.search(key.rpartition(".")[2]):
            raise self._wrong(key, "would be a secret in a file that others read.", _SECRETS_GO)

    def _text(self, key: str, value: Any) -> str:
        if not isinstance(value, str):
            raise self._wrong(key, f"is a text, not {value!r}.")
        return value

    def _flag(self, key: str, value: Any) -> bool:
        if not isinstance(value, bool):
            raise self._wrong(key, f"is true or false, not {value!r}.")
        return value

    def _number(self, key: str, value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
            raise self._wrong(key, f"is a number from 0 on, not {value!r}.")
        return float(value)

    def _positive(self, key: str, value: Any) -> float:
        number = self._number(key, value)
        if not number:
            raise self._wrong(key, "is more than 0 seconds.")
        return number

    def _address(self, key: str, value: Any) -> str:
        text = self._text(key, value).rstrip("/")
        if text:
            _url(text, lambda why: self._wrong(key, why + "."))
        return text

    def _file(self, key: str, value: Any) -> str:
        text = self._text(key, value)
        return str(self._home / Path(text).expanduser()) if text else ""

    def _verify(self, key: str, value: Any) -> bool | str:
        if isinstance(value, bool):
            return value
        if not isinstance(value, str) or not value:
            raise self._wrong(key, f"is true, false or a file of certificates, not {value!r}.")
        return self._file(key, value)

    def _proxy(self, key: str, value: Any) -> str:
        text = self._text(key, value)
        if text:
            _url(text, lambda why: self._wrong(key, why + "."))
        return text

    def _hosts(self, key: str, value: Any) -> tuple[str, ...]:
        if not isinstance(value, list) or not all(isinstance(host, str) and host for host in value):
            raise self._wrong(key, f"is a list of host names, not {value!r}.")
        return tuple(host.lower() for host in value)

    def _headers(self, key: str, value: Any) -> dict[str, str]:
        if not isinstance(value, dict):
            raise self._wrong(key, "is a table of names and values.")
        for name, text in value.items():
            self._refuse_secret(f"{key}.{name}")
            self._text(f"{key}.{name}", text)
        return dict(value)

    def _actors(self, key: str, value: Any) -> dict[str, Credential]:
        if not isinstance(value, dict):
            raise self._wrong(key, "is a table of actors, each a table.")
        return {actor: self._credential(f"{key}.{actor}", given) for actor, given in value.items()}

    def _credential(self, key: str, given: Any) -> Credential:
        if not isinstance(given, dict):
            raise self._wrong(key, "is a table that says where the secret is, not the secret.", _SECRETS_GO)
        for name, value in given.items():
            if name not in _SOURCES | {"scheme"}:
                self._refuse_secret(f"{key}.{name}")
                raise self._wrong(f"{key}.{name}", f"is no setting of an actor.{did_you_mean(name, _SOURCES)}")
            self._text(f"{key}.{name}", value)
        sources = [name for name in given if name in _SOURCES]
        if len(sources) != 1:
            raise self._wrong(key, f"names exactly one of {', '.join(sorted(_SOURCES))}.")
        kind, _, place = sources[0].partition("-")
        value = given[sources[0]]
        if place == "file":
            return Credential(kind, file=self._file(key, value), scheme=given.get("scheme", ""))
        if not _VARIABLE.match(value):
            raise self._wrong(f"{key}.{sources[0]}", "is the name of a variable, not the secret itself.", _SECRETS_GO)
        return Credential(kind, variable=value, scheme=given.get("scheme", ""))


def _url(text: str, wrong: Callable[[str], UsageError]) -> SplitResult:
    """The parts of an http(s) URL that is nothing but scheme, host, port and path."""
    try:
        parts = urlsplit(text)
        host = parts.hostname if parts.port is None or parts.port else None
    except ValueError:
        raise wrong("is no URL") from None
    if parts.username is not None:
        raise wrong(f"of {host} has a user name or password in it; credentials come by variable or file")
    if parts.scheme not in ("http", "https") or not host:
        raise wrong("is no http:// or https:// URL with a host")
    if parts.query or parts.fragment:
        raise wrong("has a query or a fragment; it ends with the path that stands before every other")
    return parts


def _tables(given: Any, source: Path) -> Mapping[str, Mapping[str, Any]]:
    if not isinstance(given, dict):
        raise UsageError(f"{source}: environments is a table of environments.")
    for name, values in given.items():
        if not isinstance(values, dict):
            raise UsageError(f"{source}: {name} is no environment: it is written as a table, [{name}].")
        if not _NAME.match(name):
            raise UsageError(f"{source}: {name!r} is no name of an environment; letters, digits, - and _ are.")
    return given


def _project(folder: Path) -> Path | None:
    return next((f for p in (folder, *folder.parents) if (f := p / "pyproject.toml").is_file()), None)


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} cannot be read: {getattr(error, 'strerror', None) or error}.") from error
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{file} is not TOML: {error}") from error
