"""Recorded traffic as a program: ids that a recorded answer gave become holes, credentials are left out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote

from mockserver.bundle.nouns import words
from mockserver.bundle.operations import Operation
from mockserver.compare.generated import kept
from mockserver.compare.program import ABSENT, Program, Template, row
from mockserver.compare.questions import pointer, shows, token_operation
from mockserver.environments.recordings import attach, read_recording
from mockserver.exchanges import Exchange
from mockserver.probes.base import Contract
from mockserver.store.addresses import own_address, parents_of
from mockserver.store.pointing import points_at

_KEPT = frozenset("accept accept-language content-type prefer range if-match if-none-match if-modified-since".split())
_KEYS = frozenset({"id", "ids", "uuid", "guid", "key", "ref", "code", "slug"})


def recording(contract: Contract, file: Path, base: str | None = None) -> Program:
    """The program of a HAR file or a cassette; UsageError where it cannot be read. `base`: the base path in it."""
    return recorded(contract, attach(read_recording(file), contract.bundle, base))


def recorded(contract: Contract, exchanges: Sequence[Exchange]) -> Program:
    """The requests of exchanges in their order; those that mean no operation, or ask for a token, are left out.

    A value that names a row (in a path, or under a name that ends in id, key, ref, code or slug) is taken from where an
    earlier answer showed it, else from a row of the entity it points at: the same value always from the same pick.
    """
    operations = {each.label: each for each in contract.bundle.operations}
    giving = token_operation(contract)
    memory = _Memory(contract)
    made: list[Template] = []
    for exchange in exchanges:
        operation = operations.get(exchange.operation)
        if operation is None or operation is giving:
            continue
        name = f"recorded {len(made)}"
        made.append(_template(memory, operation, exchange, name))
        memory.learn(exchange, name)
    return Program(tuple(made))


@dataclass(slots=True)
class _Memory:
    """Where values came from, and which pick stands for those that came from nowhere."""

    contract: Contract
    shown: dict[str, dict[str, str]] = field(default_factory=dict)
    picks: dict[str, dict[str, int]] = field(default_factory=dict)

    def learn(self, exchange: Exchange, name: str) -> None:
        """Remember what names rows in an answer; what was shown before stays."""
        reply = exchange.reply
        if reply is None or not 200 <= reply.status < 300:
            return
        try:
            body = reply.json()
        except (ValueError, RecursionError):
            return
        for place, value in _naming(body, ()):
            self.shown.setdefault(str(value), {"step": name, "pointer": pointer(*place)})

    def hole(self, value: Any, entity: str | None, column: str) -> Any:
        """What stands for a value that names a row: the answer that gave it, a pick of the entity, or itself."""
        if str(value) in self.shown:
            return {"$from": dict(self.shown[str(value)])}
        if entity is None or not shows(self.contract, entity):
            return value
        picks = self.picks.setdefault(entity, {})
        return row(entity, column, picks.setdefault(str(value), len(picks)))

    def bound(self, value: Any, name: str = "") -> Any:
        """A body or query value, with holes for what names rows."""
        if isinstance(value, dict):
            return {key: self.bound(inner, name if key.startswith("_") else key) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.bound(inner, name) for inner in value]
        if not _names(name) or not isinstance(value, str | int) or isinstance(value, bool) or value == "":
            return value
        model, entity = self.contract.model, points_at(self.contract.model, name)
        known = entity if entity is not None and entity in model else None
        return self.hole(value, known, model[known].key if known else "")


def _template(memory: _Memory, operation: Operation, exchange: Exchange, name: str) -> Template:
    request, contract = exchange.request, memory.contract
    secret = _secrets(contract)
    declared = {p.name.lower() for p in operation.parameters if p.location == "header"}
    headers = {
        key: value for key, value in request.headers if key.lower() in _KEPT | declared and key.lower() not in secret
    }
    body: Any = ABSENT
    raw: dict[str, Any] = {}
    if request.body:
        try:
            body = memory.bound(json.loads(request.body))
        except (ValueError, RecursionError):
            raw = {"body": kept(request.body)}
    query: dict[str, Any] = {}
    for key, value in parse_qsl(request.query, keep_blank_values=True):
        if key.lower() not in secret:
            before = query.get(key)
            query[key] = value if before is None else [*(before if isinstance(before, list) else [before]), value]
    refused = exchange.reply is not None and exchange.reply.status == 401
    return Template(
        operation.label, f"as recorded: {request.method} {request.path[:80]}", "recorded",
        _path(memory, operation, request.path), memory.bound(query), headers, {}, body, raw=raw,
        actor=exchange.actor or ("" if refused else "default"), name=name,
    )  # fmt: skip


def _path(memory: _Memory, operation: Operation, path: str) -> dict[str, Any]:
    """The path parameters of a recorded path, with holes."""
    template = re.split(r"[?#]", operation.path)[0]
    names = re.findall(r"\{([^{}]+)\}", template)
    pattern = "(.+)".join(re.escape(piece) for piece in re.split(r"\{[^{}]+\}", template))
    found = re.fullmatch(pattern, path)
    if found is None:
        return {}
    model, meant = memory.contract.model, {}
    for parent in parents_of(operation, model):
        meant[parent.parameter] = (parent.entity, parent.address.column if parent.address else "")
    address = own_address(operation, model)
    if address is not None:
        meant.update({name: (address.entity, column) for name, column in address.parts})
    values = dict(zip(names, map(unquote, found.groups()), strict=True))
    return {name: memory.hole(value, *meant.get(name, (None, ""))) for name, value in values.items()}


def _naming(value: Any, place: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """The values of an answer that name rows, with where they stand."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _naming(inner, (*place, name))
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            yield from _naming(inner, (*place, at))
    elif isinstance(value, str | int) and not isinstance(value, bool) and value != "":
        name = next((step for step in reversed(place) if isinstance(step, str)), "")
        if _names(name):
            yield place, value


def _names(name: str) -> bool:
    return bool(name) and (words(name) or [""])[-1] in _KEYS


def _secrets(contract: Contract) -> frozenset[str]:
    """The names of headers and parameters that hold credentials, in lower case."""
    schemes: Mapping[str, Any] = contract.bundle.document.get("components", {}).get("securitySchemes", {})
    named = {str(scheme.get("name", "")).lower() for scheme in schemes.values() if scheme.get("type") == "apiKey"}
    return frozenset({"authorization", "proxy-authorization", "cookie", "access_token", "api_key", *named})
