"""Examples and defaults held against their schemas, and schemas against the validator that must use them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from mockserver.bundle.directions import for_replies
from mockserver.bundle.loader import Bundle
from mockserver.bundle.places import Node, Trail, pointer_of, walk
from mockserver.bundle.pointers import join, label, where
from mockserver.findings import Finding, Severity

_64 = range(-(2**63), 2**64)


def check_values(bundle: Bundle, *, limit: float | None) -> Iterator[Finding]:
    """Findings on examples, defaults, huge integers and schemas that do not compile; `limit` in seconds."""
    judge = _Judge(bundle)
    start = time.monotonic()
    for kind, node, trail in walk(bundle.document):
        if kind == "schema":
            yield from _schema(judge, node, trail)
        elif kind in ("media", "parameter") and node.get("examples") and ("schema" in node or "content" in node):
            yield from _examples(judge, bundle, kind, node, trail)
        if limit is not None and time.monotonic() - start > limit:
            yield Finding(Severity.INFO, "MS022", f"not all examples and defaults were checked within {limit:.0f} s")
            return


class _Judge:
    """Validators of the bundle's schemas by pointer, one registry for each direction."""

    def __init__(self, bundle: Bundle) -> None:
        self._bundle = bundle
        self._documents = {"requests": bundle.for_requests, "replies": bundle.for_replies}
        self._documents["either"] = for_replies(bundle.for_requests)
        self._registries: dict[int, Any] = {}

    def objection(self, value: Any, pointer: str, direction: str) -> str:
        """Why a value does not match the schema at a pointer; "" when it does."""
        import jsonschema_rs

        document = self._documents[direction]
        if id(document) not in self._registries:
            # the registry holds on to the schemas only, under a name of its own
            self._registries[id(document)] = jsonschema_rs.Registry(
                [("urn:bundle", document)], draft=jsonschema_rs.Draft202012
            )
        reference = "urn:bundle#" + quote(pointer, safe="/~!$&'()*+,;=:@")
        validator = jsonschema_rs.Draft202012Validator(
            {"$ref": reference}, registry=self._registries[id(document)], validate_formats=True
        )
        if validator.is_valid(value):
            return ""
        errors = list(validator.iter_errors(value))
        first = max(errors, key=lambda error: -len(error.instance_path))
        place = join(first.instance_path)
        message = first.message if len(first.message) < 160 else f"{first.message[:100]} ... {first.message[-50:]}"
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        return f"{place + ': ' if place else ''}{message}{more}"


def _schema(judge: _Judge, schema: Node, trail: Trail) -> Iterator[Finding]:
    for key in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "default"):
        value = schema.get(key)
        if type(value) is int and value not in _64:
            at = f"{pointer_of(trail)}/{key}"
            yield Finding(Severity.WARNING, "MS008", f"{key} {value} does not fit into 64 bits", label(at), at)
    if "default" in schema:
        at = pointer_of(trail)
        yield from _judged(judge, schema["default"], at, "either", f"{at}/default", "default")
    for index, value in enumerate(schema.get("examples", ())):
        at = pointer_of(trail)
        yield from _judged(judge, value, at, "either", f"{at}/examples/{index}", "example")


def _examples(judge: _Judge, bundle: Bundle, kind: str, node: Node, trail: Trail) -> Iterator[Finding]:
    at = pointer_of(trail)
    schema = f"{at}/schema"
    if "schema" not in node:
        return
    media = str(trail[1]).lower() if kind == "media" else "json"
    for name, reference in node["examples"].items():
        example, _ = bundle.resolve(reference)
        if "value" not in example or (isinstance(example["value"], str) and "json" not in media):
            continue
        direction = "requests" if kind == "parameter" or "/requestBod" in at else "replies"
        place = at + join(["examples", name])
        yield from _judged(judge, example["value"], schema, direction, place, "example")


def _judged(judge: _Judge, value: Any, schema: str, direction: str, place: str, what: str) -> Iterator[Finding]:
    try:
        why = judge.objection(value, schema, direction)
    except Exception as error:  # noqa: BLE001  a schema may fail to compile in ways only the validator knows
        text = f"the schema cannot be compiled: {str(error).splitlines()[0][:160]}"
        yield Finding(Severity.ERROR, "MS019", text, label(schema), schema)
        return
    if why:
        name = label(place)
        of = name or where(schema)
        severity = Severity.ERROR if what == "example" else Severity.WARNING
        code = "MS005" if what == "example" else "MS006"
        yield Finding(severity, code, f"{what} of {of} does not match its schema: {why}", name, place)
