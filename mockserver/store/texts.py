"""Texts and numbers that satisfy the keywords of one schema: format, pattern, lengths, bounds, multiples."""

from __future__ import annotations

import base64
import math
import string
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from mockserver.store.chance import Chance
from mockserver.store.patterns import Unreadable, text_for

_WORDS = (
    "amber birch cedar delta ember fjord grove haven inlet jetty karst larch maple north ocean plaza quarry ridge "
    "slate tidal umber vista willow yonder zephyr"
).split()
_SAFE = 1 << 53


def string_for(flat: Mapping[str, Any], chance: Chance) -> str:
    """A text for a schema of type string."""
    shortest, longest = int(flat.get("minLength", 0)), flat.get("maxLength")
    if isinstance(pattern := flat.get("pattern"), str):
        try:
            return text_for(pattern, chance, shortest, longest)
        except (Unreadable, ValueError, IndexError):
            pass
    made = _formatted(str(flat.get("format", "")), chance)
    if made is None:
        made = f"{chance.pick(_WORDS)} {chance.pick(_WORDS)}"
        if shortest > len(made):
            made += "".join(chance.pick(string.ascii_lowercase) for _ in range(shortest - len(made)))
    return made[:longest] if longest is not None and len(made) > longest else made


def has_look(kind: str) -> bool:
    """Whether a format says what a text looks like, other than that it is a number."""
    return kind not in ("int64", "int32", "integer") and _formatted(kind, Chance(kind)) is not None


def _formatted(kind: str, chance: Chance) -> str | None:  # noqa: C901, PLR0912  one line per format
    day = f"{chance.between(2019, 2024)}-{chance.between(1, 12):02}-{chance.between(1, 28):02}"
    time = f"{chance.below(24):02}:{chance.below(60):02}:{chance.below(60):02}Z"
    host = f"{chance.pick(_WORDS)}.example.com"
    match kind:
        case "date-time":
            return f"{day}T{time}"
        case "date":
            return day
        case "time":
            return time
        case "duration":
            return f"P{chance.between(1, 30)}DT{chance.between(1, 23)}H"
        case "email" | "idn-email":
            return f"{chance.pick(_WORDS)}.{chance.pick(_WORDS)}@example.com"
        case "hostname" | "idn-hostname":
            return host
        case "ipv4" | "ip":
            return f"192.0.2.{chance.between(1, 254)}"
        case "ipv6":
            return f"2001:db8::{chance.between(1, 65535):x}"
        case "uri" | "url" | "iri":
            return f"https://{host}/{chance.pick(_WORDS)}"
        case "uri-reference" | "iri-reference":
            return f"/{chance.pick(_WORDS)}"
        case "uri-template":
            return f"https://{host}/{{id}}"
        case "uuid":
            return uuid_of(chance.below(1 << 48) << 48 | chance.below(1 << 48))
        case "byte" | "base64" | "base64url":
            return base64.b64encode(chance.pick(_WORDS).ljust(9).encode()).decode()
        case "json-pointer":
            return f"/{chance.pick(_WORDS)}"
        case "relative-json-pointer":
            return "0"
        case "regex":
            return f"^{chance.pick(_WORDS)}$"
        case "int64" | "int32" | "integer":
            return str(chance.between(1000, 9999))
        case "decimal" | "money" | "number":
            return f"{chance.between(1, 9999)}.{chance.below(100):02}"
        case _:
            return None


def uuid_of(bits: int) -> str:
    """A version 4 UUID out of 96 bits or more."""
    digits = f"{bits:032x}"[-32:]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{'89ab'[bits >> 7 & 3]}{digits[17:20]}-{digits[20:]}"


def number_for(flat: Mapping[str, Any], chance: Chance, *, whole: bool) -> int | float:
    """A number for a schema of type number or integer."""
    step = Decimal(str(flat.get("multipleOf") or (1 if whole else "0.01")))
    if whole and step != int(step):
        step = Decimal(int(step * 10 ** -int(step.as_tuple().exponent)))
    low, high = _between(*_bounds(flat, step), step)
    first, last = math.ceil(low / step), math.floor(min(high, Decimal(_SAFE)) / step)
    if last < first:  # finer than the usual step
        middle = (low + high) / 2
        return int(low) if whole else float(middle)
    value = chance.between(first, min(last, first + (1 << 40))) * step
    return int(value) if whole or value == value.to_integral_value() else float(value)


def _between(low: Decimal | None, high: Decimal | None, step: Decimal) -> tuple[Decimal, Decimal]:
    """Both bounds, those that are missing set to something ordinary."""
    if low is None and high is None:
        return Decimal(1), Decimal(1000)
    if low is None:
        high = Decimal(high or 0)
        return (Decimal(0) if high >= 0 else high - 1000 * step), high
    return low, low + max(1000 * step, Decimal(1)) if high is None else high


def _bounds(flat: Mapping[str, Any], step: Decimal) -> tuple[Decimal | None, Decimal | None]:
    lows = [Decimal(str(flat["minimum"]))] if "minimum" in flat else []
    highs = [Decimal(str(flat["maximum"]))] if "maximum" in flat else []
    if "exclusiveMinimum" in flat:
        bound = Decimal(str(flat["exclusiveMinimum"]))
        lows.append((bound // step + 1) * step if bound >= 0 else bound + step)
    if "exclusiveMaximum" in flat:
        bound = Decimal(str(flat["exclusiveMaximum"]))
        highs.append(bound - step)
    return (max(lows) if lows else None), (min(highs) if highs else None)
