"""Cases: schemathesis told what to generate, for which operations, and with what it may not do."""

from __future__ import annotations

import gc
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import hypothesis.configuration
import schemathesis.openapi
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import Failure
from schemathesis.specs.openapi.schemas import OpenApiSchema

from mockserver import paths
from mockserver.bundle.loader import Bundle
from mockserver.bundle.operations import Operation
from mockserver.checks.failures import SILENCE, UNANSWERED
from mockserver.checks.gateway import Gateway, Sentinel
from mockserver.environments.client import Client
from mockserver.exchanges import Request

PHASES = ("examples", "coverage", "fuzzing", "stateful")
_METHODS = ("get", "put", "post", "delete", "options", "patch", "trace", "query")
_NOWHERE = "http://mock"
_FOUND = "_get_local_constants"  # where hypothesis keeps the constants it found
# Time has a judge of its own; other callers' objects have a probe, which knows whose rows are whose.
_NOT_USED = frozenset({"max_response_time", "object_level_authorization"})


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run is asked: `phases` of schemathesis, `only` and `skip` as names or codes of checks.

    `operations` are the labels in scope (None: all). `max_examples` is per operation. With `workers` above 1 the
    operations are shared among so many processes. `refusals` are, by operation, words by which a reply may say that it
    refuses valid data for what is stored; the bundle's own `x-mock-refusals` hold besides.
    """

    seed: int = 1
    max_examples: int = 50
    phases: tuple[str, ...] = PHASES
    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    operations: tuple[str, ...] | None = None
    workers: int = 1
    refusals: Mapping[str, frozenset[str]] | None = None


@cache
def known_checks() -> Mapping[str, tuple[str, ...]]:
    """The checks of schemathesis by name, each with the codes it can give, its own first."""
    load_all_checks()
    codes: dict[str, set[str]] = {name: set() for name in CHECKS.get_all_names() if name not in _NOT_USED}
    waiting: list[type[Failure]] = [Failure]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        for name in kind.checks:
            if name in codes and ".graphql." not in kind.__module__:
                codes[name].add(kind.code)
    own = {"response_schema_conformance": "ST108", "response_headers_conformance": "ST107"}
    codes[UNANSWERED] = {SILENCE}
    return {name: _first(own.get(name), found) for name, found in sorted(codes.items()) if found}


def _first(own: str | None, codes: Collection[str]) -> tuple[str, ...]:
    return tuple(sorted(codes, key=lambda code: (code != own, code)))


def wanted(plan: Plan) -> Callable[[str, str], bool]:
    """Whether a check (by name) may report a code; names that mean none of these checks mean others' checks."""

    def decide(check: str, code: str) -> bool:
        asked = not plan.only or check in plan.only or code in plan.only
        return asked and check not in plan.skip and code not in plan.skip

    return decide


def open_operations(client: Client, operations: Iterable[Operation]) -> tuple[Operation, ...]:
    """The operations whose requests may leave."""
    return tuple(o for o in operations if not client.refusal(Request(o.method, _target(o))))


def schema_of(client: Client, plan: Plan, labels: Collection[str], pause: Callable[[], str]) -> tuple[Any, Gateway]:
    """Schemathesis' own schema of the operations with these labels, all of whose requests take the gateway."""
    bundle = client.bundle
    operations = {operation.label: operation for operation in bundle.operations}
    document = document_of(bundle)
    auth, sentinels = _sentinels(document) if client.actors else ({}, ())
    gateway = Gateway(client, operations, sentinels, pause)
    may = [operations[label] for label in labels]
    config = SchemathesisConfig.from_dict(_config(client, plan, auth, _methods(client, may)))
    loaded: Any = schemathesis.openapi.from_dict(document, config=config)
    loaded.__class__ = type("GuardedSchema", (OpenApiSchema,), {"transport": property(lambda _: gateway)})
    return loaded.include(lambda context: context.operation.label in labels), gateway


def _config(client: Client, plan: Plan, auth: Mapping[str, Any], methods: list[str]) -> dict[str, Any]:
    decide = wanted(plan)
    checks = {name: {"enabled": any(decide(name, code) for code in codes)} for name, codes in known_checks().items()}
    checks |= {name: {"enabled": False} for name in _NOT_USED}
    del checks[UNANSWERED], checks["max_response_time"]
    return {
        "seed": plan.seed,
        "base-url": client.url or _NOWHERE + client.base_path,
        "continue-on-failure": True,
        "checks": checks,
        "auth": {"openapi": dict(auth)} if auth else {},
        "generation": {"max-examples": plan.max_examples, "database": "none"},
        "cache": {"enabled": False},
        "phases": {
            **{name: {"enabled": name in plan.phases} for name in PHASES},
            "coverage": {"enabled": "coverage" in plan.phases, "unexpected-methods": methods},
            # A walk goes on from what succeeded; what breaks the schema is the other phases' matter.
            "stateful": {"enabled": "stateful" in plan.phases, "generation": {"mode": "positive"}},
        },
    }


def document_of(bundle: Bundle) -> dict[str, Any]:
    """The bundle's document without what would make schemathesis fetch something, or hide an operation's security."""
    document: dict[str, Any] = deepcopy(bundle.document)
    for node in _nodes(document):
        if isinstance(node.get("externalValue"), str):
            del node["externalValue"]
    return document


def _nodes(value: Any) -> Iterable[dict[str, Any]]:
    waiting = [value]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            yield node
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node


def _sentinels(document: dict[str, Any]) -> tuple[dict[str, Any], tuple[Sentinel, ...]]:
    """What schemathesis gets in place of credentials, by scheme; tokens of whatever origin are made bearer tokens."""
    configured: dict[str, Any] = {}
    found: list[Sentinel] = []
    schemes = document.get("components", {}).get("securitySchemes", {})
    for number, (name, scheme) in enumerate(schemes.items()):
        value = f"stand-in-{number}"
        kind, how = scheme.get("type"), str(scheme.get("scheme", "bearer")).lower()
        if kind in ("oauth2", "openIdConnect"):
            schemes[name], kind = {"type": "http", "scheme": "bearer"}, "http"
        if kind == "apiKey":
            configured[name] = {"api_key": value}
            found.append(Sentinel(str(scheme.get("in")), str(scheme.get("name")), value))
        elif kind == "http" and how == "basic":
            configured[name] = {"username": "stand-in", "password": str(number)}
            found.append(Sentinel("header", "Authorization", _basic("stand-in", str(number))))
        elif kind == "http":
            configured[name] = {"bearer": value}
            found.append(Sentinel("header", "Authorization", f"Bearer {value}"))
    return configured, tuple(found)


def _basic(user: str, word: str) -> str:
    from requests.auth import _basic_auth_str

    return str(_basic_auth_str(user, word))


def _methods(client: Client, operations: Iterable[Operation]) -> list[str]:
    """The methods that may be tried on paths that do not declare them: those that may leave for each path."""
    targets = {_target(operation) for operation in operations}
    return [m for m in _METHODS if all(not client.refusal(Request(m.upper(), target)) for target in targets)]


def _target(operation: Operation) -> str:
    path = operation.path
    for parameter in operation.parameters:
        path = path.replace(f"{{{parameter.name}}}", "1")
    return path


@contextmanager
def repeatable() -> Iterator[None]:
    """Keep hypothesis from writing into the caller's folder, and from drawing what stands in the caller's modules.

    It takes constants from whatever modules are imported, so that the same seed would give other requests elsewhere.
    """
    folder = paths.cache_folder() / "hypothesis"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        folder = Path(tempfile.mkdtemp())
    drawing: Any = providers
    before, nothing = getattr(drawing, _FOUND), Constants()
    hypothesis.configuration.set_hypothesis_home_dir(folder)
    setattr(drawing, _FOUND, lambda: nothing)
    drawing.CONSTANTS_CACHE.cache.clear()
    try:
        yield
    finally:
        setattr(drawing, _FOUND, before)
        drawing.CONSTANTS_CACHE.cache.clear()
        hypothesis.configuration.set_hypothesis_home_dir(None)


@contextmanager
def rare_collections() -> Iterator[None]:
    """Let the garbage collector run seldom: generating makes containers by the million, few of them in circles."""
    before = gc.get_threshold()
    gc.set_threshold(100_000, 20, 100)
    try:
        yield
    finally:
        gc.set_threshold(*before)
