"""MUTANTS: every faulty mock there is, to check the checks with."""

from __future__ import annotations

from tests.mutants import auth, inputs, lists, schema, search, state, status, wire
from tests.mutants.hook import BASE, CLOCK, Faulty, NotApplicable
from tests.mutants.registry import REGISTERED, Mutant

MODULES = (auth, status, schema, wire, state, lists, search, inputs)
MUTANTS: tuple[Mutant, ...] = tuple(REGISTERED)

__all__ = ["BASE", "CLOCK", "MODULES", "MUTANTS", "Faulty", "Mutant", "NotApplicable"]
