"""The bundle as OpenAPI 3.0, for connexion, which refuses 3.1; only what our bundle uses is converted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

# 3.0 has no patternProperties; without `additionalProperties: false` beside it what they name is let through.
_UNKNOWN = {"patternProperties", "propertyNames"}
_CONVERTED = {"type", "examples", "const", "exclusiveMinimum", "exclusiveMaximum", "example"}


def converted(bundle: Path) -> dict[str, Any]:
    """The 3.0 form: nullable for null types, no examples, any bearer token, an example page for each search.

    Without an example connexion's mock would answer 501; with ten rows it answers as much as ours.
    """
    document: dict[str, Any] = yaml.load(bundle.read_text("utf-8"), yaml.CSafeLoader)
    document["openapi"] = "3.0.3"
    document.pop("servers", None)
    for scheme in document["components"]["securitySchemes"].values():
        scheme["x-bearerInfoFunc"] = "peer_connexion.bearer"
    schemas = document["components"]["schemas"]
    for item in document["paths"].values():
        for operation in item.values():
            if isinstance(operation, dict) and "responses" in operation:
                _exemplify(operation, schemas)
    for name, schema in schemas.items():
        schemas[name] = _schema(schema)
    document["paths"] = _walk(document["paths"])
    document["components"]["responses"] = _walk(document["components"].get("responses", {}))
    return document


def _exemplify(operation: dict[str, Any], schemas: dict[str, Any]) -> None:
    # Connexion answers with the first reply it finds, so the successful one alone stays, with one example.
    replies = {status: reply for status, reply in operation["responses"].items() if str(status).startswith("2")}
    operation["responses"] = replies or operation["responses"]
    for reply in replies.values():
        for media in reply.get("content", {}).values():
            examples = [e["value"] for e in media.pop("examples", {}).values() if "value" in e]
            media["example"] = examples[0] if examples else _sample(media.get("schema", {}), schemas, 0)


def _sample(schema: Any, schemas: dict[str, Any], depth: int) -> Any:
    if not isinstance(schema, dict) or depth > 6:
        return None
    if "$ref" in schema:
        return _sample(schemas.get(schema["$ref"].rpartition("/")[2]), schemas, depth + 1)
    if schema.get("examples"):
        return schema["examples"][0]
    if "properties" in schema:
        return {name: _sample(part, schemas, depth + 1) for name, part in schema["properties"].items()}
    if "items" in schema:
        return [_sample(schema["items"], schemas, depth + 1)] * 10
    return (schema.get("enum") or [None])[0]


def _walk(node: Any) -> Any:
    if isinstance(node, dict):
        return {k: _schema(v) if k == "schema" else _plain(k, v) for k, v in node.items()}
    return [_walk(part) for part in node] if isinstance(node, list) else node


def _plain(key: str, value: Any) -> Any:
    return value if key == "example" or key.startswith("x-") else _walk(value)


def _schema(schema: Any) -> Any:
    if not isinstance(schema, dict):
        return {} if schema is True else schema
    if "$ref" in schema:
        return {"$ref": schema["$ref"]}
    dropped = _CONVERTED | (_UNKNOWN | {"additionalProperties"} if _UNKNOWN & schema.keys() else set())
    result = {k: _part(k, v) for k, v in schema.items() if k not in dropped and not k.startswith("x-")}
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    named = [kind for kind in kinds if kind != "null"]
    if len(named) == 1:
        result["type"] = named[0]
    if len(named) < len(kinds) and "enum" not in schema:
        result["nullable"] = True
    if "const" in schema:
        result["enum"] = [schema["const"]]
    for bound, inclusive in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if bound in schema:
            result |= {inclusive: schema[bound], bound: True}
    return result


def _part(key: str, value: Any) -> Any:
    if key == "properties":
        return {name: _schema(part) for name, part in value.items()}
    if key in {"items", "not", "additionalProperties"}:
        return _schema(value) if isinstance(value, dict) else value
    if key in {"allOf", "anyOf", "oneOf"}:
        return [_schema(part) for part in value if part != {"type": "null"}]
    return value
