"""When counts on two sides prove that the sides behave differently, and when the data alone may explain them."""

from __future__ import annotations

from collections.abc import Mapping
from math import exp, lgamma
from typing import Any

_FEW = 8  # rows of a side below which nothing is said of rates
_CHANCE = 1e-7  # how likely the data alone may explain what is reported
_CLEAR = 0.9


def unlikely(hits: int, of: int, none_of: int) -> bool:
    """Whether `hits` of `of` on one side and none of `none_of` on the other are no accident of the data.

    Fisher's exact test: the chance that none of the hits falls on the other side, were both drawn from one urn.
    """
    if of < _FEW or none_of < _FEW or hits == 0:
        return False
    if hits >= _CLEAR * of:
        return True
    whole, rest = of + none_of, of + none_of - hits
    if none_of > rest:
        return True
    log = lgamma(rest + 1) - lgamma(rest - none_of + 1) - lgamma(whole + 1) + lgamma(whole - none_of + 1)
    return exp(log) < _CHANCE


def exchanged(here: int, there: int) -> bool:
    """Whether so many uses of what only one side says, and of what only the other says, are no accident of the data.

    Fisher's exact test on these uses alone: the chance that one urn would part them by side.
    """
    return exp(lgamma(here + 1) + lgamma(there + 1) - lgamma(here + there + 1)) < _CHANCE


def apart(a: Mapping[Any, int], b: Mapping[Any, int], least: int) -> bool:
    """Whether two sides, each with at least `least` observations, have no form in common."""
    return sum(a.values()) >= least <= sum(b.values()) and not set(a) & set(b)


def novel(a: Mapping[Any, int], b: Mapping[Any, int]) -> list[Any]:
    """The forms of one side that the other never shows, though it would if both behaved alike; in their own order."""
    all_a, all_b = sum(a.values()), sum(b.values())
    return [form for form, times in a.items() if form not in b and unlikely(times, all_a, all_b)]
