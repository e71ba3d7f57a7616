"""Chance without dice: numbers that depend on a key and on nothing else, alike on every machine."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from hashlib import blake2b
from typing import TypeVar

T = TypeVar("T")
_MASK = (1 << 64) - 1


def digest(*parts: object) -> int:
    """64 bits out of the parts' texts."""
    text = "\x1f".join(map(str, parts))
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")


@cache
def salt(name: str) -> int:
    """The fixed number of a name; mixed into a row's bits it gives each field bits of its own."""
    return digest("salt", name)


def spread(bits: int, by: int) -> int:
    """Fresh 48 bits out of 64 and a salt (the finish of splitmix64, cheap in Python)."""
    bits = ((bits ^ by) * 0xBF58476D1CE4E5B9) & _MASK
    bits = ((bits ^ (bits >> 31)) * 0x94D049BB133111EB) & _MASK
    return bits >> 16


class Chance:
    """A stream of numbers from a key: the same key, the same stream."""

    __slots__ = ("_state",)

    def __init__(self, *key: object) -> None:
        self._state = digest(*key)

    def below(self, limit: int) -> int:
        """A number from 0 to limit - 1."""
        self._state = (self._state + 0x9E3779B97F4A7C15) & _MASK
        return spread(self._state, 0) % limit

    def between(self, low: int, high: int) -> int:
        """A number from low to high, both included."""
        return low + self.below(high - low + 1) if high > low else low

    def pick(self, options: Sequence[T]) -> T:
        """One of the options."""
        return options[self.below(len(options))]
