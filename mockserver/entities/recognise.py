"""Which of the vendor's own families an operation belongs to, read off paths, methods and bodies."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from mockserver.bundle.nouns import noun
from mockserver.bundle.reading import Reader, Spot
from mockserver.entities.declared import inputs_of, named

if TYPE_CHECKING:
    from mockserver.bundle.loader import Bundle
    from mockserver.bundle.operations import Operation, Operations

_TOKENS = ("token", "auth_token", "access_token", "exchange")
_KEY_NOUNS = ("key", "api_key", "auth_key", "jwt_api_key")
_TYPE_NOUNS = ("type", "record_type", "entity_type")
_TYPE_TAILS = ("schema", "field", "attribute")
KEY_INPUTS = ("jwtApiKey", "apiKey", "jwt_api_key", "X-Api-Key", "key")
TYPE_NAMES = ("type", "recordType", "entityType")
REF_NAMES = ("systemRef", "systemReference", "ref", "externalRef")
ATTRIBUTE_NAMES = ("attributes", "fields", "values")
URL_NAMES = ("url", "endpoint", "endpointUrl", "callbackUrl", "targetUrl", "webhookUrl")
KIND_NAMES = ("entityType", "entity", "recordType")
OPERATION_NAMES = ("operations", "operation", "events", "eventTypes")


class Duty(NamedTuple):
    """What an operation is to the vendor: `act` upon a `kind` (`upsert` a `record`)."""

    kind: str
    act: str


class _Bases(NamedTuple):
    """Paths under which the families live; "" where the bundle has none."""

    token: str = ""
    key: str = ""
    record: str = ""
    custom: str = ""
    subscription: str = ""


def duty(operation: Operation, bundle: Bundle) -> Duty | None:
    """What the operation is to the vendor; None for everything that the generic verbs answer."""
    bases = _bases(bundle.operations, bundle.reader)
    path, method = operation.path, operation.method
    if path == bases.token:
        return Duty("token", "exchange") if method == "POST" else None
    for kind, base in (
        ("api_key", bases.key),
        ("custom_type", bases.custom),
        ("event_subscription", bases.subscription),
        ("record", bases.record),
    ):
        if base and (path == base or path.startswith(base + "/")):
            rest = tuple(segment for segment in path[len(base) :].split("/") if segment)
            act = _record_act(method, rest) if kind == "record" else _act(method, rest)
            if act:
                return Duty("record_type" if act.startswith("type") else kind, act)
            return None
    return None


def families(bundle: Bundle) -> Iterator[tuple[Operation, Duty]]:
    """Every operation that belongs to a family, in the bundle's order."""
    for operation in bundle.operations:
        found = duty(operation, bundle)
        if found:
            yield operation, found


def _act(method: str, rest: tuple[str, ...]) -> str:
    if not rest:
        return {"GET": "list", "POST": "create"}.get(method, "")
    if not rest[0].startswith("{"):
        return "catalog" if method == "GET" and noun(rest[0]) == "catalog" and len(rest) == 1 else ""
    if len(rest) == 1:
        return {"GET": "read", "PUT": "change", "PATCH": "change", "DELETE": "end"}.get(method, "")
    word = noun(rest[1]) if len(rest) == 2 else ""
    if word.endswith("secret") and method == "GET":
        return "secret"
    return "end" if word in ("revoke", "deactivate") and method in ("POST", "PUT") else ""


def _record_act(method: str, rest: tuple[str, ...]) -> str:
    if not rest:
        return {"POST": "upsert", "PUT": "update", "PATCH": "update", "DELETE": "delete"}.get(method, "")
    if rest[0].startswith("{"):
        return "list" if len(rest) == 1 and method == "GET" else ""
    if noun(rest[0]) in _TYPE_NOUNS and method == "GET":
        if len(rest) == 1:
            return "type_list"
        tail = len(rest) == 2 or (len(rest) == 3 and noun(rest[2]) in _TYPE_TAILS)
        return "type_read" if rest[1].startswith("{") and tail else ""
    return "delete" if rest in (("delete",), ("bulk-delete",)) and method == "POST" else ""


@lru_cache(maxsize=4)
def _bases(operations: Operations, reader: Reader) -> _Bases:
    found: dict[str, str] = {}
    for operation in operations:
        if operation.method == "POST" and "{" not in operation.path:
            kind = _kind(operation, reader)
            if kind:
                found.setdefault(kind, operation.path)
    if "token" not in found:
        found.pop("key", None)  # keys that nothing is exchanged for are some other vendor's
    return _Bases(**found)


def _kind(operation: Operation, reader: Reader) -> str:
    last = noun(operation.path.rsplit("/", 1)[-1])
    if last in _TOKENS:
        return "token" if _takes_key(operation, reader) else ""
    if last in _KEY_NOUNS:
        return "key" if "api" in last or "auth" in operation.path else ""
    body = inputs_of(operation, reader)
    if "subscription" in last or "webhook" in last:
        wanted = (URL_NAMES, KIND_NAMES, OPERATION_NAMES)
        return "subscription" if all(named(body, *names) for names in wanted) else ""
    if "custom" in last or last in _TYPE_NOUNS:
        fields = _of_each(body["fields"], reader) if "fields" in body else {}
        return "custom" if "name" in body and {"name", "type"} <= fields.keys() else ""
    if last.endswith("record"):
        return "record" if batch_of(operation, reader) else ""
    return ""


def _takes_key(operation: Operation, reader: Reader) -> bool:
    inputs = {parameter.name for parameter in operation.parameters}
    inputs |= inputs_of(operation, reader).keys()
    return named(inputs, *KEY_INPUTS) is not None if inputs else not operation.security


def _of_each(array: Spot, reader: Reader) -> dict[str, Spot]:
    """The properties of an array's items."""
    item = reader.items(array)
    return reader.members(item) if item is not None else {}


class Batch(NamedTuple):
    """How a batch of records spells its parts; `attributes` is "" where it has none (deletions)."""

    records: str
    type: str
    ref: str
    attributes: str


def batch_of(operation: Operation, reader: Reader) -> Batch | None:
    """The spelling of a batch, from the declared request body; None where the body is no batch of records."""
    for name, part in inputs_of(operation, reader).items():
        inner = _of_each(part, reader)
        kind, ref = named(inner, *TYPE_NAMES), named(inner, *REF_NAMES)
        if kind and ref:
            return Batch(name, kind, ref, named(inner, *ATTRIBUTE_NAMES) or "")
    return None
