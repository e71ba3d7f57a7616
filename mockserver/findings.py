"""Findings: what the lint, a check, a comparison or the running server has to say, as data."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How bad a finding is."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to know. `pointer` is a JSON pointer into the bundle (or the body); `file`:`line` where known."""

    severity: Severity
    code: str
    message: str
    operation: str = ""
    pointer: str = ""
    file: str = ""
    line: int = 0
    evidence: str = ""
    reproduction: str = ""

    def key(self) -> str:
        """Stable over runs: for baselines, fingerprints and removing doubles."""
        text = f"{self.code}\0{self.operation}\0{self.pointer}\0{self.message}"
        return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Code:
    """What a code means: `mockserver explain MS001` prints it."""

    title: str
    why: str
    fix: str


CODES: dict[str, Code] = {}


def define(code: str, title: str, *, why: str, fix: str) -> None:
    """Give a code its text; each code is defined once, in this module's table."""
    if code in CODES:
        raise ValueError(f"{code} is defined twice")
    CODES[code] = Code(title, why, fix)
