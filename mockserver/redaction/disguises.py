"""Disguises: finds a known secret in a text in whatever encoding it stands there.

A secret may be percent-encoded in an address, escaped in JSON or HTML, or a part of something in base64 (`Basic`).
"""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Iterable
from functools import partial
from urllib.parse import unquote_plus

_SHORTEST = 4  # what is shorter stands everywhere by chance
_WORD = 8  # what is shorter is looked for as a word of its own
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_NAMED = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]+=*")


class Secrets:
    """Known secrets. Values shorter than four characters are not accepted: `known` tells which are."""

    def __init__(self, values: Iterable[str] = ()) -> None:
        self._patterns: dict[str, re.Pattern[str] | None] = {}
        self._cores: dict[str, tuple[str, ...]] = {}
        for value in values:
            self.add(value)

    @property
    def known(self) -> tuple[str, ...]:
        """The values that are looked for, the longest first: one may contain another."""
        return tuple(self._patterns)

    def add(self, value: str) -> None:
        """Look for one more."""
        if len(value.strip()) >= _SHORTEST and value not in self._patterns:
            self._patterns = dict(sorted({**self._patterns, value: None}.items(), key=lambda item: -len(item[0])))
            self._cores[value] = tuple(_cores(value.encode("utf-8", "surrogatepass")))

    def hidden(self, text: str, marker: str) -> str:
        """The text with a marker for each secret in it."""
        if not self._patterns:
            return text
        versions = _versions(text)
        for value in self._patterns:
            if any(value in version for version in versions):
                text = self._pattern(value).sub(marker, text)
            for core in self._cores[value]:
                if core in text:
                    text = _BASE64.sub(partial(_marked, core, marker), text)
        return text

    def _pattern(self, value: str) -> re.Pattern[str]:
        known = self._patterns[value]
        if known is None:
            pattern = "".join(_disguised(char) for char in value)
            if len(value) < _WORD:
                pattern = rf"(?<![^\W_]){pattern}(?![^\W_])"
            known = self._patterns[value] = re.compile(pattern)
        return known


def _marked(core: str, marker: str, run: re.Match[str]) -> str:
    return marker if core in run[0] else run[0]


def _versions(text: str) -> list[str]:
    """The text, and what it says after each decoding, twice encoded ones too."""
    found = [text]
    for version in found:
        if len(found) > 12:
            break
        decoded = []
        if "%" in version or "+" in version:
            decoded.append(unquote_plus(version, errors="surrogateescape"))
        if "\\" in version:
            plain = _ESCAPE.sub(_unescaped, version)
            decoded.append(plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))
        if "&" in version:
            decoded.append(html.unescape(version))
        found += [text for text in decoded if text not in found]
    return found


def _unescaped(match: re.Match[str]) -> str:
    return chr(int(match[1], 16)) if match[1] else _NAMED.get(match[2], match[2])


def _disguised(char: str) -> str:
    """A pattern for one character in each encoding, also in a mixture and twice over."""
    octets = "".join(f"%(?:25)*(?i:{octet:02x})" for octet in char.encode("utf-8", "surrogatepass"))
    units = char.encode("utf-16-be", "surrogatepass")
    escapes = "".join(rf"\\+u(?i:{units[i : i + 2].hex()})" for i in range(0, len(units), 2))
    code = ord(char)
    ways = [re.escape(char), octets, escapes, f"&#0*{code};", f"&#[xX]0*(?i:{code:x});"]
    ways += [rf"\\+{re.escape(c)}" for c, plain in _NAMED.items() if plain == char]
    if not char.isalnum():
        ways.append(rf"\\+{re.escape(char)}")
    ways += [f"&(?:amp;)*{name}" for name in _entities(char)]
    if char == " ":
        ways.append(r"\+")
    return f"(?:{'|'.join(ways)})"


def _entities(char: str) -> tuple[str, ...]:
    return {"<": ("lt;",), ">": ("gt;",), "&": ("amp;",), '"': ("quot;",), "'": ("apos;",)}.get(char, ())


def _cores(value: bytes) -> Iterable[str]:
    """The part of each base64 that stays the same whatever stands before and after the secret."""
    for before in range(3):
        padded = bytes(before) + value
        whole = len(padded) - len(padded) % 3
        core = base64.b64encode(padded[:whole]).decode("ascii")[(before + 2) // 3 * 4 :]
        if len(core) >= _SHORTEST:
            yield core
            if "+" in core or "/" in core:
                yield core.replace("+", "-").replace("/", "_")
