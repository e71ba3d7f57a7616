"""What the vendor does beyond its schema: one module per entity, only where needed."""

from __future__ import annotations

from mockserver.calls import Maker
from mockserver.entities import (
    api_keys,
    codes,
    event_subscriptions,
    files,
    record_types,
    records,
    tokens,
)
from mockserver.entities.kinds import complete

__all__ = ["MAKERS", "codes", "complete"]

MAKERS: tuple[Maker, ...] = (
    tokens.maker,
    api_keys.maker,
    record_types.maker,
    records.maker,
    event_subscriptions.maker,
    files.maker,
)
