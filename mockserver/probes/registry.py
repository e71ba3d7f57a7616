"""All checks of our own, gathered from the modules of this folder: a new check is one new file."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from types import ModuleType

import mockserver.probes
from mockserver.probes.base import Judge, Probe


@cache
def probes() -> tuple[Probe, ...]:
    """Every probe, by code and name: the `PROBES` of each module."""
    found = (probe for module in _modules() for probe in getattr(module, "PROBES", ()))
    return tuple(sorted(found, key=lambda probe: (probe.code, probe.name)))


@cache
def judges() -> tuple[Judge, ...]:
    """Every judge, by code and name: the `JUDGES` of each module."""
    found = (judge for module in _modules() for judge in getattr(module, "JUDGES", ()))
    return tuple(sorted(found, key=lambda judge: (judge.code, judge.name)))


def _modules() -> Iterator[ModuleType]:
    for info in pkgutil.iter_modules(mockserver.probes.__path__):
        yield import_module(f"{mockserver.probes.__name__}.{info.name}")
