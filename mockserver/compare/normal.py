"""The form of a value: how a text, a number or a moment is written, whatever it says."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from mockserver.compare.documents import Number
from mockserver.store.values import moment

_DATE_TIME = re.compile(
    r"\d{4}-\d\d-\d\d([Tt ])\d\d:\d\d(:\d\d)?(?:([.,])(\d+))?\s?([Zz]|[+-]\d\d(?::?\d\d)?|UTC|GMT)?", re.ASCII
)
_SHAPES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(pattern, re.ASCII))
    for name, pattern in (
        ("date", r"\d{4}-\d\d-\d\d"),
        ("date without dashes", r"(19|20)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])"),
        ("date with slashes", r"\d{1,4}/\d{1,2}/\d{2,4}"),
        ("date with dots", r"\d{1,2}\.\d{1,2}\.\d{4}"),
        ("HTTP date", r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d (GMT|[+-]\d{4})"),
        ("date in words", r"(\d{1,2} )?[A-Z][a-z]{2,8}\.? (\d{1,2}, )?\d{4}( \d\d?:\d\d(:\d\d)?( [AP]M)?)?"),
        ("time", r"\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?"),
        ("duration", r"P(?=[\dT])(\d+[YMWD])*(T(\d+(\.\d+)?[HMS])+)?"),
        ("uuid", r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"),
        ("uuid in upper case", r"[0-9A-F]{8}-(?:[0-9A-F]{4}-){3}[0-9A-F]{12}"),
        ("uuid in braces", r"\{[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\}"),
        ("uuid as urn", r"urn:uuid:[0-9a-fA-F-]{36}"),
        ("ulid", r"[0-7][0-9A-HJKMNP-TV-Z]{25}"),
        ("token", r"eyJ[\w-]+\.[\w-]+\.[\w-]*"),
        ("truth as text", r"(?i:true|false)"),
        ("null as text", r"(?i:null|none|undefined|nan)"),
        ("digits", r"[+-]?\d+"),
        ("decimal as text", r"[+-]?\d+\.\d+"),
        ("decimal with separators", r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?"),
        ("amount with currency", r"[$€£]\s?[\d.,]+|[\d.,]+\s?[$€£]|[A-Z]{3} [\d.,]+|[\d.,]+ [A-Z]{3}"),
        ("email", r"[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+"),
        ("url", r"[a-z][a-z0-9+.-]*://\S+"),
        ("url without scheme", r"(//|www\.)\S+"),
        ("path", r"/\S*"),
        ("hex", r"(?=.*\d)[0-9a-f]{24,}"),
        ("hex in upper case", r"(?=.*\d)[0-9A-F]{24,}"),
        ("markup", r"<[a-zA-Z!][\s\S]*>\s*"),
        ("json as text", r"[\[{][\s\S]*[\]}]"),
    )
)
# What a program parses: between these, a difference breaks. The others are looks.
PARSED = frozenset(name for name, _ in _SHAPES) | {"date-time", "empty"}
CODE = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*")
_VERSION = re.compile(r"v?\d+(\.\d+){0,3}")
_RUN = re.compile(r"[A-Z]+|[a-z]+|\d+")
_FLAWS: tuple[tuple[str, str, re.Pattern[str]], ...] = tuple(
    (cls, name, re.compile(pattern))
    for cls, name, pattern in (
        ("format", "blanks at an end", r"\A\s|\s\Z"),
        ("encoding", "escaped for HTML", r"&(amp|lt|gt|quot|apos|nbsp|#\d+|#x[0-9a-fA-F]+);"),
        ("encoding", "escaped for URLs", r"%(20|2C|2F|3A|40|C3)(?!\d)|\w\+\w+\+\w"),
        ("encoding", "UTF-8 read as Latin-1", r"Ã[\x80-\xbf¡-¿]|â€|Â[\xa0-\xbf]"),
        ("encoding", "letters lost", "\ufffd|[^\\W\\d_]\\?[^\\W\\d_]"),
        ("encoding", "broken bytes", "[\ud800-\udfff]"),
        ("encoding", "control characters", r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"),
        ("encoding", "backslashes doubled", r'\\[nrt"]'),
    )
)
_WIDE = re.compile(r"[^\x00-\x7f]")
_SAFE = 2**53


@lru_cache(maxsize=65536)
def shape(text: str) -> str:
    """How a text is written: `date-time T Z`, `uuid`, `digits`, a look such as `A-9`, or `text`."""
    if not text:
        return "empty"
    found = _DATE_TIME.fullmatch(text)
    if found is not None:
        return f"date-time {_separator(found[1])}{'' if found[2] else ' without seconds'} {_zone(found[5])}"
    if len(text) <= 4000:
        for name, pattern in _SHAPES:
            if pattern.fullmatch(text):
                return name
    if len(text) <= 40 and not any(c.isspace() for c in text) and any(c.isdigit() for c in text):
        return _RUN.sub(_run, text)
    return "text"


def _run(run: re.Match[str]) -> str:
    first = run[0][0]
    return "9" if first.isdigit() else "A" if first.isupper() else "a"


def _separator(mark: str) -> str:
    return {"T": "T", "t": "t", " ": "blank"}[mark]


def _zone(zone: str | None) -> str:
    if zone is None:
        return "without zone"
    if zone in ("Z", "z", "UTC", "GMT"):
        return zone
    return "+hh:mm" if ":" in zone else "+hhmm" if len(zone) == 5 else "+hh"


def fraction(text: str) -> int | None:
    """The digits of the seconds' fraction of a moment; None for other texts."""
    found = _DATE_TIME.fullmatch(text)
    return len(found[4] or "") if found is not None else None


def time_of_day(text: str) -> str:
    """Whether a moment is the start or the end of a day as written, as days shown as moments are."""
    found = re.search(r"[Tt ](\d\d:\d\d)", text)
    return {"00:00": "the start of a day", "23:59": "the end of a day"}.get(found[1] if found else "", "some time")


def letter_case(text: str) -> str:
    """`upper`, `lower` or `mixed`; "" where there are too few letters to tell."""
    letters = [c for c in text if c.isalpha()]
    if len(letters) < 2:
        return ""
    return "upper" if text.upper() == text else "lower" if text.lower() == text else "mixed"


def is_code(text: str) -> bool:
    """Whether a text is a word for programs rather than people: `IN_PROGRESS`, `v1`."""
    return bool(CODE.fullmatch(text) or _VERSION.fullmatch(text))


@lru_cache(maxsize=65536)
def flaws(text: str) -> tuple[tuple[str, str], ...]:
    """What is wrong with the letters of a text, as (class, words)."""
    found = [(cls, name) for cls, name, pattern in _FLAWS if pattern.search(text)]
    form = composition(text)
    return (*found, ("unicode form", form)) if form == "decomposed letters" else tuple(found)


def composition(text: str) -> str:
    """`composed letters` (NFC) or `decomposed letters` for texts that have letters beyond ASCII, else ""."""
    if text.isascii() or not _WIDE.search(text):
        return ""
    if unicodedata.is_normalized("NFC", text):
        return "" if unicodedata.is_normalized("NFD", text) else "composed letters"
    return "decomposed letters"


def number_form(number: Number) -> str:
    """How a number is written: `integer`, `with .0`, `with .00`, `decimal`, `exponent`, `minus zero`, `beyond 2^53`."""
    if "e" in number or "E" in number:
        return "exponent"
    whole, point, digits = number.partition(".")
    if not point:
        if number == "-0":
            return "minus zero"
        return "beyond 2^53" if len(number) > 15 and abs(int(number)) > _SAFE else "integer"
    if digits.strip("0"):
        return "decimal"
    return "minus zero" if whole == "-0" else f"with .{digits}"


def decimals(number: Number) -> int:
    """How many digits stand after the point."""
    return len(number.partition(".")[2]) if "e" not in number and "E" not in number else 0


def amount(value: Any) -> Decimal | None:
    """What a number, or a text that is one, amounts to; None: it is neither."""
    try:
        found = Decimal(str(value)) if isinstance(value, str) and 0 < len(value) < 60 else None
    except InvalidOperation:
        return None
    return found if found is not None and found.is_finite() else None


def instant(value: Any) -> float | None:
    """Seconds since 1970 of a text that is a date or date-time, else None."""
    found = moment(value) if type(value) is str and 8 <= len(value) <= 40 else None
    return found[1] / 1_000_000 if found is not None else None


def alike(a: Any, b: Any) -> bool:
    """Whether two scalars mean the same, however they are written; one number may be the other, rounded."""
    if a is None or b is None or isinstance(a, bool) or isinstance(b, bool):
        return str(a).lower() == str(b).lower()
    if not (isinstance(a, str) and isinstance(b, str)):
        return False
    if a == b:
        return True
    one, other = amount(a), amount(b)
    if one is not None and other is not None:
        return abs(one - other) <= Decimal("0.5").scaleb(-min(_places(one), _places(other)))
    here, there = instant(a), instant(b)
    if here is not None and there is not None:
        return abs(here - there) < 60 * 60 * 24
    plain, text = _plain(a), _plain(b)
    return plain == text or (len(plain) > 8 < len(text) and (plain.startswith(text) or text.startswith(plain)))


def _places(number: Decimal) -> int:
    exponent = number.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", html.unescape(text)).casefold().strip()


def scalars(value: Mapping[str, Any], prefix: str = "", deep: int = 0) -> dict[str, Any]:
    """The scalars of an object by pointer, those of objects within included, lists left out."""
    found: dict[str, Any] = {}
    for name, part in value.items():
        if isinstance(part, dict):
            if deep < 4:
                found |= scalars(part, f"{prefix}/{name}", deep + 1)
        elif not isinstance(part, list):
            found[f"{prefix}/{name}"] = part
    return found


def written(a: str, b: str) -> tuple[str, str] | None:
    """The class of drift, and the forms, where two texts say the same in other letters; None where they do not."""
    if unicodedata.normalize("NFC", a) == unicodedata.normalize("NFC", b):
        return "unicode form", "letters composed otherwise"
    if a.strip() == b.strip():
        return "format", "blanks at the ends differ"
    if "&" in a + b and html.unescape(a) == html.unescape(b):
        return "format", "characters escaped as in HTML"
    if a.casefold() == b.casefold():
        cls = "enum value" if (is_code(a) or is_code(b)) and " " not in a else "format"
        return cls, "the same letters in another case"
    here, there = instant(a), instant(b)
    if here is not None and there is not None and shape(a) != shape(b) and abs(here - there) < 86400.0:
        return "format", f"{shape(a)} -> {shape(b)}"
    if here is not None and there is not None and fraction(a) != fraction(b) and abs(here - there) <= 1.0:
        return "precision", f"{fraction(a)} digits of a second -> {fraction(b)} digits of a second"
    one, other = amount(a), amount(b)
    if one is not None and one == other:
        return "number form", "the same number written otherwise"
    return None
