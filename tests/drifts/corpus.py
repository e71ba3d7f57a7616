"""DRIFTS: every seeded difference between two copies of the mock, to check the comparison with."""

from __future__ import annotations

from tests.drifts import behaviour, envelope, values
from tests.drifts.registry import REGISTERED, Drift
from tests.drifts.sides import A, B, Side, pair, serve_pair

MODULES = (envelope, values, behaviour)
DRIFTS: tuple[Drift, ...] = tuple(sorted(REGISTERED, key=lambda drift: (drift.kind, drift.name)))

__all__ = ["DRIFTS", "MODULES", "A", "B", "Drift", "Side", "pair", "serve_pair"]
