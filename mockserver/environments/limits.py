"""Limits: when a run stops by itself, and how fast it goes."""

from __future__ import annotations

import time
from dataclasses import dataclass

from mockserver.problems import MockServerError


class Stopped(MockServerError):
    """No further request is sent in this run: the budget is spent, the credentials are lost, the server is down."""

    exit_code = 3


@dataclass(frozen=True, slots=True)
class Limits:
    """When to stop: requests, seconds (None: no limit), server errors or failures in a row."""

    requests: int | None = None
    seconds: float | None = None
    errors_in_a_row: int = 25


class Budget:
    """Counts what was spent, and stops where a limit is reached. Time runs from the first request on."""

    LOST = 5  # refused credentials in a row, where they were good before

    def __init__(self, limits: Limits, rate: float) -> None:
        self.limits = limits
        self.requests = 0
        self.waited = 0.0
        self._gap = 1 / rate if rate > 0 else 0.0
        self._next = 0.0
        self._began: float | None = None
        self._errors = 0
        self._lost = 0
        self._answered: set[tuple[str, str]] = set()
        self.reason = ""

    @property
    def left(self) -> float | None:
        """Seconds that are left; None without a limit."""
        if self.limits.seconds is None:
            return None
        spent = 0.0 if self._began is None else time.monotonic() - self._began
        return max(0.0, self.limits.seconds - spent)

    def spend(self) -> None:
        """One request more, after waiting for its turn. Stopped where there is none."""
        if self._began is None:
            self._began = time.monotonic()
        if not self.reason:
            self.reason = self._spent()
        if self.reason:
            raise Stopped(self.reason)
        if self._gap:
            now = time.monotonic()
            if self._next > now:
                time.sleep(self._next - now)
            self._next = max(now, self._next) + self._gap
        self.requests += 1

    def wait(self, seconds: float) -> bool:
        """Wait because the server asked for it; False where the budget does not last so long."""
        left = self.left
        if left is not None and seconds >= left:
            return False
        time.sleep(seconds)
        self.waited += seconds
        return True

    def note(self, status: int | None, label: str, actor: str, *, counts: bool = True) -> None:
        """Learn from an outcome (None: nothing came back). An error of the server `counts` unless it was asked for."""
        if status is None or status >= 500:
            self._errors += counts
            if self._errors >= self.limits.errors_in_a_row:
                self.reason = self.reason or f"{self._errors} requests in a row failed or were answered with a 5xx."
            return
        self._errors = 0
        if not actor:
            return
        if status < 400 or status == 403:  # other refusals may come before anybody looks at credentials
            self._answered.add((label, actor))
            self._lost = 0
        elif status == 401 and (label, actor) in self._answered:
            self._lost += 1
            if self._lost >= self.LOST:
                lost = f"The credentials of {actor} were good, and are refused (401) {self._lost} times in a row: "
                lost += "a token may have run out; give a key that tokens can be had for."
                self.reason = self.reason or lost

    def _spent(self) -> str:
        if self.limits.requests is not None and self.requests >= self.limits.requests:
            return f"The budget of {self.limits.requests} requests is spent."
        if self.left == 0.0:
            return f"The budget of {self.limits.seconds:g} s is spent."
        return ""
