"""The names that a pattern lists: `^(name|status)$` stands for two, `^_n?in$` for two, `^x-` for no end of them."""

from __future__ import annotations

import itertools
import re
from functools import lru_cache

_MOST = 1000
_PART = re.compile(r"(?:\((?:\?:)?(?P<group>[\w|-]+)\)|(?P<one>[\w-]|\\[^\w\s]))(?P<optional>\??)")


@lru_cache(maxsize=4096)
def names_of(pattern: str) -> tuple[str, ...]:
    """Every name that matches, in the pattern's order; none where the pattern is not a plain list of them."""
    if not (pattern.startswith("^") and pattern.endswith("$")):
        return ()
    choices: list[list[str]] = []
    at, end, count = 1, len(pattern) - 1, 1
    while at < end:
        part = _PART.match(pattern, at, end)
        if part is None:
            return ()
        words = part["group"].split("|") if part["group"] else [part["one"].removeprefix("\\")]
        choices.append(words + [""] * bool(part["optional"]))
        count *= len(choices[-1])
        if count > _MOST:
            return ()
        at = part.end()
    return tuple(dict.fromkeys("".join(words) for words in itertools.product(*choices))) if choices else ()
