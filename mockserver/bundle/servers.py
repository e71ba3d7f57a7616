"""Servers: the base paths under which a bundle says that it lives."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import islice, product
from typing import Any

_ORIGIN = re.compile(r"(\w[\w+.-]*:)?//[^/?#]*")
_VARIABLE = re.compile(r"\{([^{}]+)\}")
_MOST = 16  # spellings of one server


def base_paths(servers: Any) -> list[str]:
    """The base paths of a bundle's servers, each as its variables allow: `https://api.box.com/{version}` -> `/2.0`."""
    found: dict[str, None] = {}
    for server in servers if isinstance(servers, list) else ():
        if isinstance(server, Mapping):
            path = re.split(r"[?#]", _ORIGIN.sub("", str(server.get("url", "")), count=1))[0].rstrip("/")
            found |= dict.fromkeys(islice(_spelled(path, server.get("variables")), _MOST))
    return [path if path.startswith("/") else f"/{path}" for path in found if path.strip("/")]


def _spelled(path: str, variables: Any) -> Iterator[str]:
    """A path with its variables put in: their defaults first, then their other values."""
    declared = variables if isinstance(variables, Mapping) else {}
    names = list(dict.fromkeys(_VARIABLE.findall(path)))
    values = [_values(declared.get(name)) for name in names]
    for chosen in product(*values):
        spelled = path
        for name, value in zip(names, chosen, strict=True):
            spelled = spelled.replace(f"{{{name}}}", value)
        yield spelled


def _values(variable: Any) -> list[str]:
    node = variable if isinstance(variable, Mapping) else {}
    options = node.get("enum")
    values = [node.get("default"), *(options if isinstance(options, list) else [])]
    return list(dict.fromkeys(str(value) for value in values if value is not None))
