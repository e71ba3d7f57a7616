"""Boundaries: values just inside and just outside of each constraint that a schema declares."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

import jsonschema_rs

from mockserver.bundle.reading import Spot
from mockserver.environments.bodies import as_text
from mockserver.probes.base import Contract
from mockserver.store.merging import absolute
from mockserver.store.sampling import sample

_URN = "urn:mockserver:requests"
_LONGEST = 4096  # letters of the longest text that is sent to find out what is too long
_MOST = 200  # items of the longest list that is sent for the same reason
_WRONG_FORMS: Mapping[str, tuple[str, ...]] = {
    "date": ("2024-02-30", "2024-13-01", "24-01-01", "2024-01-01T00:00:00Z", "01/31/2024"),
    "date-time": ("2024-01-31", "2024-01-31T25:00:00Z", "2024-01-31T10:00:00", "2024-01-31 10:00:00Z", "yesterday"),
    "time": ("25:00:00Z", "10 o'clock"),
    "uuid": ("not-a-uuid", "123e4567e89b12d3a456426614174000", "123e4567-e89b-12d3-a456-42661417400z"),
    "email": ("nobody", "nobody@", "@example.com", "no body@example.com"),
    "uri": ("no uri", "http://", "://example.com"),
    "hostname": ("-bad-.example", "a b"),
    "ipv4": ("256.1.1.1", "1.2.3"),
    "ipv6": (":::1", "12345::"),
    "byte": ("not base64!",),
}
_RIGHT_FORMS: Mapping[str, tuple[str, ...]] = {
    "date": ("2024-02-29", "0001-01-01", "9999-12-31"),
    "date-time": ("2024-02-29T23:59:59Z", "2024-02-29T23:59:59.123456+05:30", "2024-02-29t23:59:59z"),
    "uuid": ("00000000-0000-4000-8000-000000000000", "123E4567-E89B-12D3-A456-426614174000"),
    "email": ("first.last+tag@example.com",),
    "uri": ("https://example.com/a?b=c#d",),
}
_WHOLE: Mapping[str, tuple[int, int]] = {"int32": (2**31 - 1, -(2**31)), "int64": (2**63 - 1, -(2**63))}
_OTHERS: Mapping[str, tuple[Any, ...]] = {
    "string": (12, True, {"a": 1}, ["a"]),
    "integer": ("x", "1", 1.5, True, [1]),
    "number": ("x", "1.5", True, {"a": 1}),
    "boolean": ("true", 1, "yes"),
    "array": ({"a": 1}, "x"),
    "object": ([1], "x"),
}
_TEXTS = {
    "an empty text": "",
    "a blank": " ",
    "letters beyond ASCII": "Zoë 東京 \U0001f600",
    "a quote": 'O\'Hara "x" <b>',
}


@dataclass(frozen=True, slots=True)
class Boundary:
    """A value by a constraint: `what` names its class (`maximum outside`), `inside` whether the schema takes it."""

    what: str
    value: Any
    inside: bool


class Admission:
    """Judges values by the bundle's schemas as these hold for requests (2020-12, formats on)."""

    def __init__(self, contract: Contract) -> None:
        document = contract.bundle.for_requests
        self._document = contract.bundle.document
        self._registry = jsonschema_rs.Registry([(_URN, document)], draft=jsonschema_rs.Draft202012)
        self._known: dict[str, Any] = {}

    def takes(self, pointer: str, value: Any) -> bool:
        """Whether the schema at a pointer of the document takes a value."""
        if pointer not in self._known:
            schema = absolute(cast("Any", {"$ref": f"#{_quoted(pointer)}"}), _URN)
            try:
                self._known[pointer] = jsonschema_rs.Draft202012Validator(
                    schema, registry=self._registry, validate_formats=True, offline=True
                )
            except (ValueError, jsonschema_rs.ReferencingError):
                self._known[pointer] = None  # the bundle's own mistake; its lint reports it
        validator = self._known[pointer]
        return validator is None or bool(validator.is_valid(value))

    def takes_written(self, spot: Spot, kind: str, value: Any) -> bool:
        """Whether a parameter takes a value, which goes as text: some reading of the text is legal."""
        if isinstance(value, dict | list):
            return self.takes(spot.pointer, value)
        text = as_text(value)
        readings: list[Any] = [text] if kind in ("string", "") else []
        if kind in ("integer", "number", "boolean", ""):
            try:
                read = json.loads(text)
            except ValueError:
                read = text
            readings.append(read)
        return any(self.takes(spot.pointer, reading) for reading in readings)


def _quoted(pointer: str) -> str:
    from urllib.parse import quote

    return quote(pointer, safe="/~!$&'()*+,;=:@-._")


def boundaries(contract: Contract, admission: Admission, spot: Spot, *, written: bool = False) -> Iterator[Boundary]:
    """Values by each constraint of a schema; `written`: the value of a parameter, which goes as text.

    Whether one is inside is what the schema says of it, whatever the constraint that it was made for.
    """
    reader = contract.bundle.reader
    kind, items = reader.kind(spot), reader.items(spot)
    for what, value, meant in _values(contract, spot, kind, written=written):
        if written and isinstance(value, dict | list) and not (kind == "array" and isinstance(value, list)):
            continue
        inside = admission.takes_written(spot, kind, value) if written else admission.takes(spot.pointer, value)
        if meant is None or inside is meant:
            yield Boundary(f"{what} {'inside' if inside else 'outside'}", value, inside)
    if kind == "array" and items is not None and reader.kind(items) not in ("object", "array"):
        for below in boundaries(contract, admission, items, written=written):
            if admission.takes(spot.pointer, [below.value]) is below.inside:
                yield Boundary(f"item {below.what}", [below.value], below.inside)


def _values(contract: Contract, spot: Spot, kind: str, *, written: bool) -> Iterator[tuple[str, Any, bool | None]]:
    """(constraint, value, whether it is meant to be inside; None: let the schema say)."""
    reader = contract.bundle.reader
    if reader.keyword(spot, "default") is not None:
        yield "default", reader.keyword(spot, "default"), True
    enum = reader.keyword(spot, "enum")
    if isinstance(enum, list) and enum:
        texts = [value for value in enum if isinstance(value, str)]
        yield from (("enum", value, True) for value in enum if value is not None)
        yield "enum", "no-such-value" if texts else 987_654, False
        yield from (("case of an enum", value.swapcase(), False) for value in texts[:1])
    if kind in ("integer", "number"):
        yield from _numbers(contract, spot, kind)
    elif kind == "string":
        yield from _texts(contract, spot)
    elif kind == "array":
        yield from _lists(contract, spot)
    for other in _OTHERS.get(kind, ()):
        yield "type", other, False
    if not written:
        yield "null", None, None


def _numbers(contract: Contract, spot: Spot, kind: str) -> Iterator[tuple[str, Any, bool | None]]:
    reader = contract.bundle.reader
    for word, sign in (("minimum", -1), ("maximum", 1)):
        bound, strict = reader.keyword(spot, word), reader.keyword(spot, f"exclusive{word.capitalize()}")
        step = 1 if kind == "integer" else 0.01
        if _is_number(bound):
            yield from ((word, bound, True), (word, bound + sign * step, False))
        if _is_number(strict):
            yield from ((f"exclusive {word}", strict, False), (f"exclusive {word}", strict - sign * step, True))
    by = reader.keyword(spot, "multipleOf")
    if _is_number(by) and by:
        start = by * -(-(reader.keyword(spot, "minimum") or by) // by)
        yield from (("multiple", start, True), ("multiple", start + by / 2, False))
    for value in _WHOLE.get(str(reader.keyword(spot, "format")), ()):
        yield "integer format", value, None
        yield "integer format", value + (1 if value > 0 else -1), None
    yield from (("number", value, None) for value in (0, -1, 10**9, 10**20))
    if kind == "number":
        yield "number", 0.1 + 0.2, None


def _texts(contract: Contract, spot: Spot) -> Iterator[tuple[str, Any, bool | None]]:
    reader = contract.bundle.reader
    shortest, longest = reader.keyword(spot, "minLength"), reader.keyword(spot, "maxLength")
    made = sample(spot.node, contract.bundle, "boundary")
    text = made if isinstance(made, str) and made else "a"
    if isinstance(shortest, int) and 0 < shortest <= _LONGEST:
        yield from (("minLength", _of(text, shortest), True), ("minLength", _of(text, shortest - 1), False))
    if isinstance(longest, int) and longest <= _LONGEST:
        yield from (("maxLength", _of(text, longest), True), ("maxLength", _of(text, longest + 1), False))
    if reader.keyword(spot, "pattern"):
        yield "pattern", text, True
        yield from (("pattern", wrong, False) for wrong in ("!", "", f"{text} ", "\u00e9", text.swapcase(), "0"))
    form = str(reader.keyword(spot, "format") or "")
    yield from ((f"format {form}", right, True) for right in _RIGHT_FORMS.get(form, ()))
    yield from ((f"format {form}", wrong, False) for wrong in _WRONG_FORMS.get(form, ()))
    yield from ((what, value, None) for what, value in _TEXTS.items())
    yield "a long text", _of("long ", 300), None


def _lists(contract: Contract, spot: Spot) -> Iterator[tuple[str, Any, bool | None]]:
    reader, items = contract.bundle.reader, contract.bundle.reader.items(spot)
    if items is None:
        return
    fewest, most = reader.keyword(spot, "minItems"), reader.keyword(spot, "maxItems")
    each = [sample(items.node, contract.bundle, f"item {number}") for number in range(2)]
    if isinstance(fewest, int) and 0 < fewest <= _MOST:
        yield from (("minItems", (each * fewest)[:fewest], True), ("minItems", (each * fewest)[: fewest - 1], False))
    if isinstance(most, int) and most <= _MOST:
        yield from (("maxItems", (each * most)[:most], True), ("maxItems", (each * (most + 1))[: most + 1], False))
    if reader.keyword(spot, "uniqueItems"):
        yield "uniqueItems", [each[0], each[0]], False
    yield "an empty list", [], None


def _of(text: str, length: int) -> str:
    return (text * (length // len(text) + 1))[:length]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
