"""Every code of the program with its text: what `mockserver explain` knows."""

from __future__ import annotations

import mockserver.bundle.codes
import mockserver.checks.codes
import mockserver.checks.st_codes
import mockserver.compare.codes
import mockserver.entities.codes
import mockserver.probes.codes
import mockserver.serving.codes  # noqa: F401  importing a table of codes defines them
from mockserver.findings import CODES

__all__ = ["CODES"]
