"""Judges of formats: every date, time, UUID, address and integer is written as the bundle and the standards say."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from mockserver.bundle.keywords import BOUNDS
from mockserver.bundle.nouns import words
from mockserver.bundle.operations import Operation
from mockserver.exchanges import Exchange
from mockserver.findings import Severity
from mockserver.probes.base import Contract, Fault, Judge
from mockserver.probes.bodies import Decimal, answers
from mockserver.probes.senses import Found, Meaning, Sense, Trail, dotted, found_in, pointer
from mockserver.probes.wellformed import TEXTS, is_date, is_datetime

# Why a value is wrong: what the message says of it, and the pointer of the schema that says so. None: it is right.
Check = Callable[[Any], tuple[str, str] | None]

_SHOWN = 80
_DATED = frozenset("at on date datetime timestamp day".split())
_LIKE_A_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{1,2}[/.][0-9]{1,2}[/.][0-9]{2,4}(?![0-9])")
_NEVER = frozenset(("0000", "0001", "9999"))
_TIMED = frozenset(("date", "date-time"))


def each_value(
    found: Found, memo: str, make: Callable[[Sense, str], Check | None]
) -> Iterator[tuple[str, str, Any, Trail]]:
    """What a check says of a reply's values: message, pointer of the schema, value, way; once for each property.

    `make` gives the check of a sense and property name, None where none is needed; it is remembered under `memo`.
    """
    for (sense, name), leaves in found.leaves.items():
        key = f"{memo} {name}"
        if key not in sense.memo:
            sense.memo[key] = make(sense, name)
        check: Check | None = sense.memo[key]
        if check is None:
            continue
        for value, trail in leaves:
            if (why := check(value)) is not None:
                yield (*why, value, trail)
                break


def shown(value: Any, trail: Trail) -> str:
    """A value with its place, for a fault's detail."""
    text = value.text if isinstance(value, Decimal) else repr(value)
    return f"{pointer(trail)}: {text if len(text) <= _SHOWN else text[:_SHOWN] + '...'}"


def each_reading(sense: Sense, make: Callable[[Meaning], Check | None]) -> Check | None:
    """A check that is content when one of the readings is; None where a reading asks nothing."""
    checks = [make(meaning) for meaning in sense.meanings]
    if not checks or None in checks:
        return None
    if len(checks) == 1:
        return checks[0]

    def check(value: Any) -> tuple[str, str] | None:
        first = None
        for one in checks:
            why = one(value) if one is not None else None
            if why is None:
                return None
            first = first or why
        return first

    return check


def _formats(contract: Contract, operation: Operation, exchange: Exchange) -> Iterator[Fault]:
    reply = answers(contract, operation, exchange)
    if reply is None:
        return
    for why, schema, value, trail in each_value(found_in(contract, operation, reply), "format", _format):
        undeclared = "looks like" in why
        severity = Severity.WARNING if undeclared else None
        yield Fault(f"`{dotted(trail)}` {why}", shown(value, trail), schema, severity=severity)


def _format(sense: Sense, name: str) -> Check | None:
    declared = any(True for meaning in sense.meanings for _ in meaning.keyword("format"))
    if declared:
        return each_reading(sense, _declared)
    last = (words(name) or [""])[-1]
    restricted = any(True for meaning in sense.meanings for word in ("pattern", "enum") for _ in meaning.keyword(word))
    return _dated(sense.pointer) if last in _DATED and not restricted else None


def _declared(meaning: Meaning) -> Check | None:
    """The check of a reading's text formats; null and other types are for the schema to judge."""
    asked = [(str(said), where) for said, where in meaning.keyword("format") if said in TEXTS]
    if not asked:
        return None if meaning.kinds is None or "string" in meaning.kinds else _content

    texts = meaning.kinds is not None and not meaning.kinds & {"integer", "number"}

    def check(value: Any) -> tuple[str, str] | None:
        if type(value) is str:
            for said, where in asked:
                if not TEXTS[said](value):
                    return f"is not of the format {said}", where
        elif type(value) in (int, Decimal) and texts:
            for said, where in asked:
                if said in _TIMED:
                    return f"is a number, not a {said}", where
        return None

    return check


def _content(_value: Any) -> None:
    """Nothing to say."""


def _dated(where: str) -> Check:
    """A text that looks like a date, in a property that is named like one, though no format is declared."""

    def check(value: Any) -> tuple[str, str] | None:
        if type(value) is not str or _LIKE_A_DATE.match(value) is None or is_date(value) or is_datetime(value):
            return None
        return "looks like a date, but is none by RFC 3339", where

    return check


def _never(contract: Contract, operation: Operation, exchange: Exchange) -> Iterator[Fault]:
    reply = answers(contract, operation, exchange)
    if reply is None:
        return
    for why, schema, value, trail in each_value(found_in(contract, operation, reply), "never", _placeholder):
        yield Fault(f"`{dotted(trail)}` {why}", shown(value, trail), schema)


def _placeholder(sense: Sense, name: str) -> Check | None:
    declared = any(said in _TIMED for meaning in sense.meanings for said, _ in meaning.keyword("format"))
    if not declared and (words(name) or [""])[-1] not in _DATED:
        return None

    def check(value: Any) -> tuple[str, str] | None:
        if type(value) is str and value[:4] in _NEVER and value[4:5] == "-":
            return "is a date that cannot be meant", sense.pointer
        return None

    return check


def _integers(contract: Contract, operation: Operation, exchange: Exchange) -> Iterator[Fault]:
    reply = answers(contract, operation, exchange)
    if reply is None:
        return
    for why, schema, value, trail in each_value(found_in(contract, operation, reply), "integer", _integer):
        yield Fault(f"`{dotted(trail)}` {why}", shown(value, trail), schema)


def _integer(sense: Sense, _name: str) -> Check | None:
    return each_reading(sense, _whole)


def _whole(meaning: Meaning) -> Check | None:
    formats = [(str(said), where) for said, where in meaning.keyword("format") if said in BOUNDS]
    whole = meaning.kinds is not None and "integer" in meaning.kinds and "number" not in meaning.kinds
    if not formats and not whole:
        return None
    where = meaning.spots[0].pointer

    def check(value: Any) -> tuple[str, str] | None:
        if type(value) is int:
            for said, place in formats:
                low, high = BOUNDS[said]
                if not low <= value <= high:
                    return f"does not fit into {said}", place
        elif whole and type(value) is Decimal:
            return "is declared as an integer, but written with a fraction or an exponent", where
        return None

    return check


JUDGES = (
    Judge("formats", "MS207", "dates, times, UUIDs, e-mail addresses and URIs keep to their formats", _formats),
    Judge("placeholder-dates", "MS208", "dates are ones that can be", _never, Severity.WARNING),
    Judge("integers", "MS209", "integers keep to their bounds and form", _integers),
)
