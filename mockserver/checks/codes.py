"""The text of MS290, the one finding of fuzzing that schemathesis has no code for."""

from __future__ import annotations

from mockserver.findings import define

define(
    "MS290",
    "The server does not answer",
    why="The connection broke, or nothing came within the time-out: for a caller that is worse than any refusal.",
    fix="Look into the server's log; given a larger `timeout`, a slow server answers and a dead one does not.",
)
