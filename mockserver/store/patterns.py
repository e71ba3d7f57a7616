"""Patterns: a text that a regular expression matches, for the expressions that API descriptions hold."""

from __future__ import annotations

import string
from dataclasses import dataclass
from functools import lru_cache

from mockserver.store.chance import Chance

_PRINTABLE = "".join(chr(code) for code in range(32, 127))
_WORD = string.ascii_letters + string.digits + "_"
_CLASSES = {"d": string.digits, "w": string.ascii_lowercase + string.digits + "_", "s": " "}
_CONTROL = {"n": "\n", "r": "\r", "t": "\t", "f": "\f", "v": "\v", "0": "\0"}
_PROPERTIES = {"L": string.ascii_letters, "Lu": string.ascii_uppercase, "Ll": string.ascii_lowercase,
               "N": string.digits, "Nd": string.digits, "P": "-.,", "Z": " ", "Zs": " "}  # fmt: skip
_MANY = 1 << 20  # how often `*` and `+` may repeat
_LONGEST = 2_000


class Unreadable(ValueError):
    """The expression has something that this generator does not read."""


@dataclass(frozen=True, slots=True)
class _Chars:
    choices: str


@dataclass(frozen=True, slots=True)
class _Group:
    options: tuple[tuple[_Repeat, ...], ...]
    number: int = 0


@dataclass(frozen=True, slots=True)
class _Back:
    number: int


@dataclass(frozen=True, slots=True)
class _Repeat:
    atom: _Chars | _Group | _Back
    least: int = 1
    most: int = 1


def text_for(pattern: str, chance: Chance, shortest: int = 0, longest: int | None = None) -> str:
    """A text that matches, of a length within the bounds where that can be had; Unreadable for exotic expressions."""
    group = _parse(pattern)
    best = ""
    for extra in (2, 0, 1, 4, 8, 16):
        made = _write(group, chance, extra, {})
        if len(made) >= shortest and (longest is None or len(made) <= longest):
            return made
        best = best or made
    for extra in range(min(shortest, _LONGEST) + 1):  # every loop just so many times more than it must
        made = _write(group, chance, extra, {}, steady=True)
        if len(made) >= shortest and (longest is None or len(made) <= longest):
            return made
    if pattern.endswith("$"):
        return best
    return best[:longest] if longest is not None and len(best) > longest else best.ljust(shortest, "x")


def _write(group: _Group, chance: Chance, extra: int, seen: dict[int, str], *, steady: bool = False) -> str:
    parts = []
    for item in chance.pick(group.options):
        most = min(item.most - item.least, extra)
        times = item.least + (most if steady else chance.between(min(extra // 2, most), most))
        for _ in range(times):
            atom = item.atom
            if isinstance(atom, _Chars):
                parts.append(chance.pick(atom.choices))
            elif isinstance(atom, _Back):
                parts.append(seen.get(atom.number, ""))
            else:
                parts.append(_write(atom, chance, extra, seen, steady=steady))
    made = "".join(parts)
    seen[group.number] = made
    return made


@lru_cache(512)
def _parse(pattern: str) -> _Group:
    reader = _Reader(pattern)
    options = reader.options()
    if reader.at < len(pattern):
        raise Unreadable(pattern)
    return _Group(options)


class _Reader:
    """Recursive descent over one expression."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.groups = 0

    def peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def take(self, expected: str = "") -> str:
        char = self.peek()
        if not char or (expected and char != expected):
            raise Unreadable(f"{self.text!r} at {self.at}")
        self.at += 1
        return char

    def options(self) -> tuple[tuple[_Repeat, ...], ...]:
        found = [self.sequence()]
        while self.peek() == "|":
            self.at += 1
            found.append(self.sequence())
        return tuple(found)

    def sequence(self) -> tuple[_Repeat, ...]:
        items: list[_Repeat] = []
        while self.peek() not in ("", "|", ")"):
            atom = self.atom()
            if atom is not None:
                items.append(self.quantified(atom))
        return tuple(items)

    def quantified(self, atom: _Chars | _Group | _Back) -> _Repeat:
        sign = self.peek()
        least, most = 1, 1
        if sign in ("*", "+", "?") and sign:
            self.at += 1
            least, most = {"*": (0, _MANY), "+": (1, 1 + _MANY), "?": (0, 1)}[sign]
        elif sign == "{" and (closing := self.text.find("}", self.at)) > 0:
            low, comma, high = self.text[self.at + 1 : closing].partition(",")
            if low.isdigit() and (not high or high.isdigit()):
                least = int(low)
                most = int(high) if high else least + _MANY * bool(comma)
                self.at = closing + 1
        if self.peek() in ("?", "+") and (least, most) != (1, 1):
            self.at += 1  # lazy, possessive
        return _Repeat(atom, least, most)

    def atom(self) -> _Chars | _Group | _Back | None:
        char = self.take()
        if char in "^$":
            return None
        if char == ".":
            return _Chars(string.ascii_lowercase)
        if char == "[":
            return _Chars(self.set())
        if char == "(":
            return self.group()
        if char == "\\":
            return self.escape()
        return _Chars(char)

    def group(self) -> _Group | None:
        ahead = False
        number = 0
        if self.peek() == "?":
            self.at += 1
            kind = self.take()
            if kind == "P" or (kind == "<" and self.peek() not in ("=", "!")):
                self.at = self.text.index(">", self.at) + 1
                self.groups += 1
                number = self.groups
            elif kind in ("=", "!", "<"):
                ahead = True  # looks around, takes nothing; whoever asked checks the result
                if kind == "<":
                    self.take()
            else:
                while kind not in (":", ")"):
                    kind = self.take()
                if kind == ")":
                    return None  # flags only
        else:
            self.groups += 1
            number = self.groups
        options = self.options()
        self.take(")")
        return None if ahead else _Group(options, number)

    def escape(self) -> _Chars | _Back | None:
        char = self.take()
        if char in "bBAZzG":
            return None
        if char in "123456789":
            return _Back(int(char))
        return _Chars(self.escaped(char))

    def escaped(self, char: str) -> str:
        """The characters that an escape stands for."""
        if char in _CLASSES:
            return _CLASSES[char]
        if char.lower() in _CLASSES and char.isupper():
            without = _CLASSES[char.lower()] + (_WORD if char == "W" else "")
            return "".join(c for c in _PRINTABLE if c not in without)
        if char in "pP":
            self.take("{")
            closing = self.text.index("}", self.at)
            name, self.at = self.text[self.at : closing], closing + 1
            inside = _PROPERTIES.get(name.rpartition("=")[2], string.ascii_letters)
            return inside if char == "p" else "".join(c for c in _PRINTABLE if c not in inside)
        if char in "xu":
            if self.peek() == "{":
                closing = self.text.index("}", self.at)
                digits, self.at = self.text[self.at + 1 : closing], closing + 1
            else:
                width = 2 if char == "x" else 4
                digits, self.at = self.text[self.at : self.at + width], self.at + width
            return chr(int(digits, 16))
        return _CONTROL.get(char, char)

    def set(self) -> str:
        negated = self.peek() == "^"
        self.at += negated
        chars: list[str] = []
        first = True
        while self.peek() != "]" or first:
            first = False
            char = self.take()
            low = self.escaped(self.take()) if char == "\\" else char
            if self.peek() == "-" and self.text[self.at + 1 : self.at + 2] not in ("]", "") and len(low) == 1:
                self.at += 1
                char = self.take()
                high = self.escaped(self.take()) if char == "\\" else char
                if len(high) == 1:
                    stop = min(ord(high), ord(low) + 256)
                    chars.extend(map(chr, range(ord(low), stop + 1)))
                    continue
                low += "-" + high
            chars.extend(low)
        self.at += 1
        if not negated:
            return "".join(dict.fromkeys(chars)) or "x"
        return "".join(c for c in _PRINTABLE if c not in chars) or "\u00e9"
