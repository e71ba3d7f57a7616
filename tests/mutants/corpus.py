"""MUTANTS: every faulty mock there is, to check the checks with."""

from __future__ import annotations

from tests.mutants import auth, inputs, lists, schema, search, state, status, wire
from tests.mutants.hook import BASE, CLOCK, Faulty, NotApplicable
from tests.mutants.registry import REGISTERED, Mutant

MODULES = (auth, status, schema, wire, state, lists, search, inputs)
MUTANTS: tuple[Mutant, ...] = tuple(sorted(REGISTERED, key=lambda mutant: (mutant.kind, mutant.name)))

__all__ = ["BASE", "CLOCK", "MODULES", "MUTANTS", "Faulty", "Mutant", "NotApplicable"]
