"""Wording: what a validator found, as Violations that a person can read and act on."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from mockserver.bundle.enumerated import names_of
from mockserver.bundle.pointers import join
from mockserver.problems import Violation, did_you_mean
from mockserver.serving.literals import local

LIMIT = 20
_SHOWN = 60  # characters of a value
_LISTED = 12  # members of an enumeration

_TYPES = {
    "array": "an array",
    "boolean": "true or false",
    "integer": "an integer",
    "null": "null",
    "number": "a number",
    "object": "an object",
    "string": "a string",
}
_FORMATS = {
    "date": "a date such as 2025-01-31",
    "date-time": "a date-time with time zone such as 2025-01-31T12:00:00Z",
    "time": "a time with zone such as 12:00:00Z",
    "duration": "a duration such as P3DT4H",
    "email": "an e-mail address",
    "uuid": "a UUID",
    "uri": "an absolute URI",
    "regex": "a regular expression",
    "ipv4": "an IPv4 address",
    "ipv6": "an IPv6 address",
    "hostname": "a host name",
}
_UNDECIDED = frozenset({"BacktrackLimitExceeded", "RegexEngineFailure", "Referencing"})

Explained = tuple[str, str]  # (JSON pointer, detail)


def violations(errors: Iterable[Any], part: str, prefix: str, document: Mapping[str, Any]) -> tuple[Violation, ...]:
    """The errors of a jsonschema-rs validator in words, at most LIMIT; `prefix` goes before each pointer.

    Empty when the validator could not decide (a pattern beyond its limits): then the value counts as valid.
    """
    found: dict[Explained, None] = {}
    for error in errors:
        for each in _explained(error, document):
            found[each] = None
        if len(found) >= LIMIT:
            break
    return tuple(Violation(prefix + pointer, detail, part) for pointer, detail in list(found)[:LIMIT])


def shown(value: Any) -> str:
    """A value as JSON, cut where it is long."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def _explained(error: Any, document: Mapping[str, Any]) -> list[Explained]:
    kind = error.kind
    name = type(kind).__name__
    pointer = join(error.instance_path)
    if name in _UNDECIDED:
        return []
    if name == "Required":
        return [(pointer + join([kind.property]), f"{kind.property} is required")]
    if name in ("AdditionalProperties", "UnevaluatedProperties"):
        known = _known(error, document)
        return [(pointer + join([extra]), _unknown(extra, known)) for extra in kind.unexpected]
    if name in ("AnyOf", "OneOfNotValid"):
        return _alternatives(error, document)
    if name == "FalseSchema" and error.schema_path[-1:] == ["additionalProperties"]:
        # The validator tells the value of the property, but not its name.
        return [(pointer, f"no property is allowed here, but one holds {shown(error.instance)}")]
    if name == "PropertyNames":
        inner = _explained(kind.error, document)
        return [(pointer, f"the property name {detail}") for _, detail in inner]
    wanted = _WANTED.get(name)
    if wanted is not None:
        detail = f"{shown(error.instance)} is not {wanted(kind)}"
        if name == "Enum" and isinstance(error.instance, str):
            near = did_you_mean(error.instance, [o for o in kind.options if isinstance(o, str)], 1)
            detail += f".{near}" if near else ""
        return [(pointer, detail)]
    said = _SAID.get(name)
    return [(pointer, said(kind, error.instance) if said is not None else error.message)]


def _alternatives(error: Any, document: Mapping[str, Any]) -> list[Explained]:
    """What is wrong under anyOf or oneOf: all wishes in one sentence, or the violations of the nearest branch."""
    branches: list[list[Any]] = [branch for branch in error.kind.context if branch]
    wishes = [_wish(branch, error.instance_path) for branch in branches]
    if wishes and all(wishes):
        return [(join(error.instance_path), f"{shown(error.instance)} is not {_either(dict.fromkeys(wishes))}")]
    if not branches:
        return [(join(error.instance_path), error.message)]
    told_apart = _tag(branches)
    if told_apart:
        return told_apart
    depth = len(error.instance_path)
    ranked = sorted(range(len(branches)), key=lambda i: _distance(branches[i], depth))
    candidates = sum(1 for branch in branches if not _distance(branch, depth)[0])
    found = [each for inner in branches[ranked[0]] for each in _explained(inner, document)]
    if candidates < 2:
        return found
    note = f" (in the nearest of {len(branches)} alternatives)"
    return [(pointer, detail if detail.endswith(")") else detail + note) for pointer, detail in found]


def _tag(branches: Sequence[Sequence[Any]]) -> list[Explained]:
    """The complaint about the property by which the branches tell themselves apart, when none knows its value."""
    wishes: list[dict[str, tuple[Any, str]]] = [
        {
            join(inner.instance_path): (inner, _wish([inner], inner.instance_path))
            for inner in branch
            if type(inner.kind).__name__ in ("Constant", "Enum")
        }
        for branch in branches
    ]
    for pointer, (inner, _) in wishes[0].items():
        if all(pointer in each for each in wishes):
            words = dict.fromkeys(each[pointer][1] for each in wishes)
            return [(pointer, f"{shown(inner.instance)} is not {_either(words)}")]
    return []


def _wish(branch: Sequence[Any], path: Sequence[Any]) -> str:
    """What a branch wants of the value itself; empty when its objection lies deeper or is of another kind."""
    if len(branch) != 1 or list(branch[0].instance_path) != list(path):
        return ""
    wanted = _WANTED.get(type(branch[0].kind).__name__)
    return wanted(branch[0].kind) if wanted is not None else ""


def _distance(branch: Sequence[Any], depth: int) -> tuple[bool, int, int]:
    """How far a value is from a branch: of another type, with other constants, with how many errors."""
    names = [(type(inner.kind).__name__, len(inner.instance_path)) for inner in branch]
    other = any(name in ("Type", "Enum", "Constant", "FalseSchema") and at == depth for name, at in names)
    constants = sum(1 for name, at in names if name in ("Constant", "Enum") and at == depth + 1)
    return other, constants, len(branch)


def _known(error: Any, document: Mapping[str, Any]) -> list[str]:
    """The properties beside the keyword that refused one."""
    location = error.absolute_keyword_location or ""
    _, hash_, fragment = location.partition("#")
    schema = local(document, "#" + fragment.rpartition("/")[0])[0] if hash_ else None
    if not isinstance(schema, Mapping):
        return []
    known = list(schema.get("properties", ()))
    for pattern in schema.get("patternProperties", ()):
        known += names_of(pattern)
    return known


def _unknown(extra: str, known: list[str]) -> str:
    if not known:
        return f"unknown property {shown(extra)}"
    near = did_you_mean(extra, known)
    if near:
        return f"unknown property {shown(extra)}.{near}"
    listed = ", ".join(known[:_LISTED]) + (", …" if len(known) > _LISTED else "")
    return f"unknown property {shown(extra)}; known are {listed}"


def _either(words: Iterable[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} or {last}" if first else last


def _options(kind: Any) -> str:
    options = [shown(option) for option in kind.options]
    if len(options) == 1:
        return options[0]
    return "one of " + ", ".join(options[:_LISTED]) + (", …" if len(options) > _LISTED else "")


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word[:-1] + 'ies' if word.endswith('y') else word + 's'}"


# After "<value> is not ...".
_WANTED: dict[str, Callable[[Any], str]] = {
    "Type": lambda kind: _either(_TYPES.get(name, name) for name in sorted(kind.types, key=lambda t: t == "null")),
    "Enum": _options,
    "Constant": lambda kind: shown(kind.expected_value),
    "Format": lambda kind: _FORMATS.get(kind.format, f"in the format {kind.format}"),
    "Pattern": lambda kind: f"text that matches {kind.pattern}",
    "MultipleOf": lambda kind: f"a multiple of {kind.multiple_of:g}",
}

_SAID: dict[str, Callable[[Any, Any], str]] = {
    "Minimum": lambda kind, value: f"{shown(value)} is less than {kind.limit}",
    "Maximum": lambda kind, value: f"{shown(value)} is more than {kind.limit}",
    "ExclusiveMinimum": lambda kind, value: f"{shown(value)} is not more than {kind.limit}",
    "ExclusiveMaximum": lambda kind, value: f"{shown(value)} is not less than {kind.limit}",
    "MinLength": lambda kind, value: f"{shown(value)} is shorter than {_count(kind.limit, 'character')}",
    "MaxLength": lambda kind, value: f"{shown(value)} is longer than {_count(kind.limit, 'character')}",
    "MinItems": lambda kind, value: f"has {_count(len(value), 'item')}; at least {kind.limit} wanted",
    "MaxItems": lambda kind, value: f"has {_count(len(value), 'item')}; at most {kind.limit} allowed",
    "MinProperties": lambda kind, value: f"has {_count(len(value), 'property')}; at least {kind.limit} wanted",
    "MaxProperties": lambda kind, value: f"has {_count(len(value), 'property')}; at most {kind.limit} allowed",
    "UniqueItems": lambda _kind, _value: "holds the same item twice",
    "Contains": lambda _kind, _value: "holds no item of the wanted kind",
    "FalseSchema": lambda _kind, _value: "nothing is allowed here",
    "Not": lambda _kind, value: f"{shown(value)} is what the schema excludes",
    "OneOfMultipleValid": lambda _kind, value: f"{shown(value)} fits several alternatives; only one may fit",
    "ContentEncoding": lambda kind, _value: f"is not encoded as {kind.content_encoding}",
    "ContentMediaType": lambda kind, _value: f"is not {kind.content_media_type}",
    "AdditionalItems": lambda kind, _value: f"has more than {_count(kind.limit, 'item')}",
    "UnevaluatedItems": lambda _kind, _value: "has items that the schema does not know",
}
