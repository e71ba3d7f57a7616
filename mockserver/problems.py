"""What can go wrong, as exceptions.

* MockServerError
  * UsageError            exit 2: flags, settings, a missing file
    * BundleError           the bundle or an overlay cannot be used
    * ScenarioError         the scenario cannot be used
  * Unreachable           exit 3: an environment or an address that does not answer
  * Refusal               becomes an HTTP answer of the mock
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Violation:
    """One way in which a request (or a reply) breaks the contract.

    `pointer` is a JSON pointer into the part named by `part`: body, query, path, header or cookie.
    """

    pointer: str
    detail: str
    part: str = "body"


class MockServerError(Exception):
    """Base of everything this package raises on purpose; its text is fit for a user."""

    exit_code = 2


class UsageError(MockServerError):
    """A flag, a setting or a file is wrong; `hint` says the way out."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class BundleError(UsageError):
    """The bundle or an overlay cannot be used."""


class ScenarioError(UsageError):
    """The scenario cannot be used."""


class Unreachable(MockServerError):
    """An environment or an address does not answer."""

    exit_code = 3


class Refusal(MockServerError):
    """A request that is answered with an error.

    `status` is the HTTP status wanted; the operation's own declared status may be chosen instead. `code` is ours
    (`MS1xx`), `reason` the API's machine-readable word (`RECORD_NOT_FOUND`).
    """

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        code: str = "MS100",
        reason: str = "",
        violations: Sequence[Violation] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.code = code
        self.reason = reason
        self.violations = tuple(violations)
        self.headers = dict(headers or {})


def did_you_mean(word: str, known: Iterable[str], limit: int = 3) -> str:
    """' Did you mean a, b?' for the known words nearest to a misspelt one; empty when none is near."""
    near = difflib.get_close_matches(word, list(known), n=limit, cutoff=0.6)
    return f" Did you mean {', '.join(near)}?" if near else ""
