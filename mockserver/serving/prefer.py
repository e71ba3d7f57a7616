"""Prefer: what a client wishes of one answer (RFC 7240): a status, a delay, an example."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

from mockserver.serving.fields import split, unquoted

MAX_DELAY = 60.0


@dataclass(frozen=True, slots=True)
class Prefer:
    """The preferences that were understood; `applied` is the text of `Preference-Applied`.

    Unknown and malformed preferences are ignored, as RFC 7240 wants.
    """

    code: int | None = None
    delay: float = 0.0
    example: str = ""
    applied: str = ""

    @property
    def forced(self) -> bool:
        """Whether the answer is given by the preference instead of by the handler."""
        return self.code is not None or bool(self.example)


@lru_cache(maxsize=256)
def parse(*headers: str) -> Prefer:
    """The preferences of the Prefer headers of a request: `code=429, delay=2, example=name`.

    `code` is a status from 100 to 599, `delay` seconds up to MAX_DELAY, `example` the name of an example.
    The first of equal preferences wins.
    """
    found: dict[str, str] = {}
    for piece in split(", ".join(headers), ","):
        name, _, value = (split(piece, ";") or [""])[0].partition("=")
        found.setdefault(name.strip(" \t").lower(), unquoted(value))
    code = _code(found.get("code", ""))
    delay = _delay(found.get("delay", ""))
    example = found.get("example", "")
    applied = [] if code is None else [f"code={code}"]
    if delay:
        applied.append(f"delay={delay:g}")
    if example:
        applied.append(f"example={_quoted(example)}")
    return Prefer(code, delay, example, ", ".join(applied))


def _code(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) == 3 and "100" <= text <= "599" else None


def _delay(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        return 0.0
    return min(seconds, MAX_DELAY) if math.isfinite(seconds) and seconds > 0 else 0.0


def _quoted(text: str) -> str:
    """The text as a token where it is one, else as a quoted string."""
    if text.isascii() and text.replace("-", "").replace("_", "").replace(".", "").isalnum():
        return text
    printable = "".join(c if " " <= c <= "~" else "?" for c in text)
    return '"' + printable.replace("\\", "\\\\").replace('"', '\\"') + '"'
