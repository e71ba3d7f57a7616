"""Formats read strictly: whether a text is a date, a time, a UUID, an address, as the standards write them."""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
from calendar import monthrange
from collections.abc import Callable

_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})\Z")
_TIME = re.compile(r"([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.[0-9]+)?(?:[Zz]|([+-])([0-9]{2}):([0-9]{2}))\Z")
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\Z", re.IGNORECASE)
_EMAIL = re.compile(r"(?:[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*|\"[^\"\\\r\n]*\")@([^\s@]+)\Z")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\Z", re.IGNORECASE)
_REFERENCE = re.compile(r"(?:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})*\Z")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:.")
_DURATION = re.compile(
    r"-?P(?!\Z)(?:[0-9]+W|(?:[0-9]+Y)?(?:[0-9]+M)?(?:[0-9]+D)?(?:T(?=[0-9])(?:[0-9]+H)?(?:[0-9]+M)?"
    r"(?:[0-9]+(?:\.[0-9]+)?S)?)?)\Z"
)
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?\Z")


def is_date(text: str) -> bool:
    """A day of the calendar: RFC 3339 `full-date`; the year 0000 is one by its letter."""
    match = _DATE.match(text)
    if match is None:
        return False
    year, month, day = map(int, match.groups())
    return 1 <= month <= 12 and 1 <= day <= monthrange(year or 4, month)[1]  # 0000 is a leap year, Python knows it not


def is_time(text: str) -> bool:
    """RFC 3339 `full-time`: with its offset; a leap second only where one can be, at 23:59 UTC."""
    match = _TIME.match(text)
    if match is None:
        return False
    hour, minute, second = int(match[1]), int(match[2]), int(match[3])
    off_hour, off_minute = int(match[5] or 0), int(match[6] or 0)
    if hour > 23 or minute > 59 or off_hour > 23 or off_minute > 59:
        return False
    offset = (off_hour * 60 + off_minute) * (-1 if match[4] == "-" else 1)
    return second < 60 or (second == 60 and (hour * 60 + minute - offset) % 1440 == 1439)


def is_datetime(text: str) -> bool:
    """RFC 3339 `date-time`: a day, a `T`, and a time with its offset."""
    return text[10:11] in ("T", "t") and is_date(text[:10]) and is_time(text[11:])


def is_email(text: str) -> bool:
    """An address as RFC 5321 lets it go over the wire: one `@`, a host name or an address literal behind it."""
    match = _EMAIL.match(text)
    return match is not None and (match[1].startswith("[") or is_hostname(match[1]))


def is_hostname(text: str) -> bool:
    """A host name of letters, digits and hyphens (RFC 1123); other scripts may be written as they are."""
    try:
        plain = text if text.isascii() else text.encode("idna").decode("ascii")
    except UnicodeError:
        return False
    return 0 < len(plain) < 254 and all(_LABEL.match(label) for label in plain.removesuffix(".").split("."))


def is_reference(text: str) -> bool:
    """RFC 3986 `URI-reference`: nothing but the characters a URI may have."""
    return _REFERENCE.match(text) is not None


def is_uri(text: str) -> bool:
    """RFC 3986 `URI`: with a scheme."""
    return _SCHEME.match(text) is not None and is_reference(text)


def is_base64(text: str) -> bool:
    """RFC 4648 section 4: complete groups of four."""
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


def _is_ip(kind: Callable[[str], object]) -> Callable[[str], bool]:
    def check(text: str) -> bool:
        try:
            kind(text)
        except ValueError:
            return False
        return "%" not in text

    return check


def matching(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    """Whether a text matches a whole pattern."""
    return lambda text: pattern.match(text) is not None


TEXTS: dict[str, Callable[[str], bool]] = {
    "date": is_date,
    "date-time": is_datetime,
    "time": is_time,
    "duration": matching(_DURATION),
    "uuid": matching(_UUID),
    "email": is_email,
    "uri": is_uri,
    "url": is_uri,
    "uri-reference": is_reference,
    "hostname": is_hostname,
    "ipv4": _is_ip(ipaddress.IPv4Address),
    "ipv6": _is_ip(ipaddress.IPv6Address),
    "byte": is_base64,
    **dict.fromkeys(("decimal", "money", "int64", "int32", "float", "double"), matching(_DECIMAL)),
}
