"""Reports: a run made readable, for people and for machines."""

from __future__ import annotations

from mockserver.reports.formats import FILES, FORMATS, render, write

__all__ = ["FILES", "FORMATS", "render", "write"]
