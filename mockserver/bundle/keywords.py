"""The keywords of a schema, one by one: mended in place, or the reason why one is not usable."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Node = dict[str, Any]
Check = Callable[[Node, str], str]

_TYPES = frozenset(("array", "boolean", "integer", "null", "number", "object", "string"))
BOUNDS = {f"int{n}": (-(2 ** (n - 1)), 2 ** (n - 1) - 1) for n in (8, 16, 32, 64)}
BOUNDS |= {f"uint{n}": (0, 2**n - 1) for n in (8, 16, 32, 64)}


def is_number(value: Any) -> bool:
    """Whether JSON Schema takes the value as a number (a boolean is none)."""
    return type(value) in (int, float)


def _type(schema: Node, key: str) -> str:
    value = schema[key]
    if type(value) is str and value in _TYPES:
        return ""
    if type(value) is list and value and all(type(v) is str and v in _TYPES for v in value):
        if len(set(value)) < len(value):
            schema[key] = list(dict.fromkeys(value))
        return ""
    return f"{value!r} is no JSON type"


def _text(schema: Node, key: str) -> str:
    return "" if type(schema[key]) is str else "must be a string"


def _flag(schema: Node, key: str) -> str:
    return "" if type(schema[key]) is bool else "must be true or false"


def _size(schema: Node, key: str) -> str:
    value = schema[key]
    if type(value) is float and value.is_integer():
        value = schema[key] = int(value)
    return "" if type(value) is int and value >= 0 else "must be a whole number, 0 or more"


def _number(schema: Node, key: str) -> str:
    value = schema[key]
    return "must be a number" if not is_number(value) or (key == "multipleOf" and value <= 0) else ""


def _exclusive(schema: Node, key: str) -> str:
    """OpenAPI 3.0 says by a boolean that the plain bound is exclusive."""
    value = schema[key]
    if type(value) is not bool:
        return _number(schema, key)
    plain = key.removeprefix("exclusive").lower()
    del schema[key]
    if value and is_number(schema.get(plain)):
        schema[key] = schema.pop(plain)
    return ""


def _names(schema: Node, key: str) -> str:
    value = schema[key]
    if type(value) is not list or not all(type(name) is str for name in value):
        return "must be a list of names"
    if len(set(value)) < len(value):
        schema[key] = list(dict.fromkeys(value))
    return ""


def _values(schema: Node, key: str) -> str:
    return "" if type(schema[key]) is list and schema[key] else "must be a list of at least one value"


def _object(schema: Node, key: str) -> str:
    return "" if type(schema[key]) is dict else "must be an object"


def _examples(schema: Node, key: str) -> str:
    value = schema[key]
    if type(value) is dict:  # as a media type has them
        schema[key] = [v.get("value", v) if type(v) is dict else v for v in value.values()]
        return ""
    return "" if type(value) is list else "must be a list"


def _example(schema: Node, key: str) -> str:
    example = schema.pop(key)
    if not schema.get("examples"):
        schema["examples"] = [example]
    return ""


def _format(schema: Node, key: str) -> str:
    """Integer formats get the bounds they stand for, where nothing tighter is declared."""
    value = schema[key]
    if type(value) is not str:
        return "must be a string"
    kind = schema.get("type", "integer")
    if value in BOUNDS and ("integer" in kind or "number" in kind):
        low, high = BOUNDS[value]
        lows = [schema[k] for k in ("minimum", "exclusiveMinimum") if is_number(schema.get(k))]
        highs = [schema[k] for k in ("maximum", "exclusiveMaximum") if is_number(schema.get(k))]
        if max(lows, default=low - 1) < low:
            schema["minimum"] = low
        if min(highs, default=high + 1) > high:
            schema["maximum"] = high
    return ""


def _gone(schema: Node, key: str) -> str:
    """Every schema speaks the one dialect and is found by its place."""
    del schema[key]
    return ""


CHECKS: dict[str, Check] = {
    # bounds first: a format looks at what they became
    **dict.fromkeys(("exclusiveMinimum", "exclusiveMaximum"), _exclusive),
    **dict.fromkeys(("minimum", "maximum", "multipleOf"), _number),
    "type": _type,
    "enum": _values,
    "required": _names,
    "examples": _examples,
    "example": _example,
    "format": _format,
    **dict.fromkeys(("readOnly", "writeOnly", "deprecated", "uniqueItems"), _flag),
    **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems", "minContains", "maxContains"), _size),
    **dict.fromkeys(("minProperties", "maxProperties"), _size),
    **dict.fromkeys(("title", "description", "$comment", "pattern", "$anchor", "$dynamicAnchor"), _text),
    **dict.fromkeys(("$dynamicRef", "contentMediaType", "contentEncoding"), _text),
    **dict.fromkeys(("discriminator", "dependentRequired", "xml", "externalDocs"), _object),
    **dict.fromkeys(("$schema", "$id"), _gone),
}
