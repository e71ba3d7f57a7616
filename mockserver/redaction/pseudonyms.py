"""Pseudonyms: personal values made anonymous without losing their form, so that they can still be compared.

The same value always gets the same pseudonym under the same key, in whatever case and place it stands. Letters stay
letters of their case and alphabet, digits digits, and everything between them stays as it is.
"""

from __future__ import annotations

import hmac
import re
import unicodedata
from functools import lru_cache

_WORD = re.compile(r"[^\W_]+")
_DATE = re.compile(r"(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)|(\d\d)([/.])(\d\d)[/.](\d{4})")
_KINDS = ("aeiou", "bcdfghjklmnpqrstvwxyz", "0123456789")
_TELLING = 8  # characters that tell two addresses apart
_EXACT = 15  # digits of a number up to which every reader of JSON keeps them


class Pseudonyms:
    """Makes pseudonyms under one key (bytes of any length; whoever has it can test guesses, so it is kept secret)."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._known: dict[str, str] = {}

    def words(self, text: str) -> str:
        """A name, a street: each word by itself, so that `Smith, John` and `JOHN SMITH` still fit together."""
        return _WORD.sub(lambda match: self._word(match[0]), text)

    def whole(self, text: str) -> str:
        """An account, a tax number, a phone: as one, whatever its punctuation (`555-01` as `55501`)."""
        plain = "".join(_WORD.findall(text))
        made = iter(self._word(plain))
        return re.sub(r"[^\W_]", lambda _: next(made), text)

    def email(self, text: str) -> str:
        """An address at example.invalid (RFC 2606), which no mail ever reaches; the part before @ keeps its form."""
        local, _, domain = text.rpartition("@")
        if domain.lower() == "example.invalid":
            return text
        stream = self._stream(text.casefold(), len(local) + _TELLING)
        made = "".join(_other(char, stream[i]) for i, char in enumerate(local))
        made += "".join(_other("n", byte) for byte in stream[len(local) :][: max(0, _TELLING - len(local))])
        return f"{made}@example.invalid"

    def date(self, text: str) -> str:
        """Another real day for each date in a text (`1980-02-29`, `29.02.1980`, `02/29/1980`); times of day stay."""
        return _DATE.sub(self._day, text) if _DATE.search(text) else self.whole(text)

    def number(self, text: str) -> str:
        """Another JSON number: as many digits before the point, sign, fraction and exponent as they were."""
        whole = re.match(r"-?(\d+)", text)
        if whole is None:
            return text
        digits = whole[1]
        least = 10 ** (len(digits) - 1) if len(digits) > 1 else 0
        most = 10 ** len(digits) - 1 if len(digits) <= _EXACT else int(digits)
        span = most - least + 1
        made = least + int.from_bytes(self._stream(digits, 32)) % span
        if made == int(digits):
            made = least + (made - least + 1) % span
        return text[: whole.start(1)] + str(made) + text[whole.end(1) :]

    def card(self, text: str) -> str:
        """Another number that passes the check of cards (Luhn), of no issuer: it begins with 9."""
        digits = re.sub(r"\D", "", text)
        made = "9" + self._digits(digits, len(digits) - 2)
        last = next(d for d in "0123456789" if luhn(made + d))
        return _put(made + last, text)

    def iban(self, text: str) -> str:
        """Another account of the same country, with right check digits (ISO 13616)."""
        plain = text.replace(" ", "")
        made = self._word(plain[4:])
        check = 98 - _mod97(f"{made}{plain[:2]}00")
        return _put(f"{plain[:2]}{check:02}{made}", text)

    def _day(self, match: re.Match[str]) -> str:
        stream = self._stream(match[0], 4)
        year, month, day = 1930 + stream[0] % 75, 1 + stream[1] % 12, 1 + stream[2] % 12
        if match["year"]:
            return f"{year}-{month:02}-{day:02}"
        return f"{day:02}{match[5]}{month:02}{match[5]}{year}"

    def _word(self, word: str) -> str:
        known = self._known.get(word)
        if known is not None:
            return known
        plain, made = word.casefold(), word
        for attempt in range(16):
            stream = self._stream(f"{plain}\0{attempt}" if attempt else plain, len(word))
            made = "".join(_other(char, stream[i]) for i, char in enumerate(word))
            if word[:1] in set("123456789") and made[0] == "0":
                made = f"{1 + stream[-1] % 9}{made[1:]}"
            if made.casefold() != plain:
                break
        if len(self._known) < 50_000:
            self._known[word] = made
        return made

    def _digits(self, text: str, count: int) -> str:
        return "".join(str(byte % 10) for byte in self._stream(text, count))

    def _stream(self, text: str, count: int) -> bytes:
        data = text.encode("utf-8", "surrogatepass")
        made = b""
        while len(made) < count:
            made += hmac.digest(self._key, len(made).to_bytes(8) + data, "sha256")
        return made[:count]


def _other(char: str, byte: int) -> str:
    """A character of the same kind and case."""
    for kind in _KINDS:
        at = kind.find(char.lower())
        if at >= 0 and char.isascii():
            other = kind[byte % len(kind)]
            return other.upper() if char.isupper() else other
    if char.isascii() or not char.isalnum():
        return char
    alike = _alike(char)
    return alike[byte % len(alike)]


@lru_cache(maxsize=4096)
def _alike(char: str) -> str:
    """Characters that stand near one in Unicode, of its category, and composed as it is."""
    for size in (16, 64, 256):
        start = ord(char) - ord(char) % size
        found = "".join(c for c in map(chr, range(start, start + size)) if _form(c) == _form(char) and c != char)
        if found:
            return found
    return char


def _form(char: str) -> tuple[object, ...]:
    return (
        unicodedata.category(char), unicodedata.is_normalized("NFC", char), unicodedata.is_normalized("NFD", char),
        len(char.casefold()), len(char.encode("utf-8", "surrogatepass")),
    )  # fmt: skip


def _put(made: str, into: str) -> str:
    """The characters of a pseudonym in the spacing of the original."""
    rest = iter(made)
    return "".join(next(rest) if char.isalnum() else char for char in into)


def luhn(digits: str) -> bool:
    """Whether the last digit is the check digit that ISO/IEC 7812 asks of card numbers."""
    doubled = (sum(divmod(int(d) * (1 + i % 2), 10)) for i, d in enumerate(reversed(digits)))
    return sum(doubled) % 10 == 0


def is_iban(text: str) -> bool:
    """Whether the check digits of an account number are right (ISO 13616)."""
    plain = text.replace(" ", "")
    return 15 <= len(plain) <= 34 and _mod97(plain[4:] + plain[:4]) == 1


def _mod97(text: str) -> int:
    return int("".join(str(int(char, 36)) for char in text)) % 97
