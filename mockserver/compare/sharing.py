"""Sharing: what a budget has left is shared among the rounds of a comparison, the same steps for both sides."""

from __future__ import annotations

import time
from collections.abc import Sequence

from mockserver.environments.client import Client


class Share:
    """One round's part of what the clients may still send, out of `rounds` of its size that are to come.

    `keep` requests of each client are left for what comes after (cleaning up). `began` is when the run began, in
    seconds of `time.monotonic`.
    """

    def __init__(self, clients: Sequence[Client], rounds: float, began: float, keep: int = 0) -> None:
        self._clients = clients
        self._until: list[int | None] = []
        for client in clients:
            most = client.limits.requests
            left = None if most is None else max(0, most - client.requests - keep)
            self._until.append(None if left is None else client.requests + int(left / rounds))
        times = [began + client.limits.seconds for client in clients if client.limits.seconds is not None]
        now = time.monotonic()
        self._end = now + max(0.0, min(times) - now) / rounds if times else None

    def spent(self) -> str:
        """Why the round ends here; "" while it goes on."""
        for client, until in zip(self._clients, self._until, strict=True):
            if until is not None and client.requests >= until:
                return f"The budget of {client.limits.requests} requests to {client.environment.name} is shared out."
        if self._end is not None and time.monotonic() >= self._end:
            return "The budget of time is shared out."
        return ""
