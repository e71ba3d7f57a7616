"""UNSEEN: differences that were written without a look at the comparison, and QUIET: pairs of sides without any."""

from __future__ import annotations

from tests.drifts.registry import Drift
from tests.unseen import (
    access,
    batches,
    headers,
    later,
    lists,
    properties,
    references,
    refusals,
    search,
    statuses,
    texts,
    values,
    writes,
)
from tests.unseen.quiet import QUIET
from tests.unseen.registry import REGISTERED, WRITING

MODULES = (
    statuses,
    access,
    headers,
    refusals,
    properties,
    values,
    texts,
    lists,
    search,
    references,
    writes,
    batches,
    later,
)
UNSEEN: tuple[Drift, ...] = tuple(sorted(REGISTERED, key=lambda drift: (drift.kind, drift.name)))
NEED_WRITES: frozenset[str] = frozenset(WRITING)

__all__ = ["MODULES", "NEED_WRITES", "QUIET", "UNSEEN", "Drift"]
