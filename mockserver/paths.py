"""Where `spec/` and `fixtures/` lie: beside the package in a checkout, inside it in a wheel."""

from __future__ import annotations

import os
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_ROOT = _PACKAGE / "_data" if (_PACKAGE / "_data").is_dir() else _PACKAGE.parent

SPEC = _ROOT / "spec"
FIXTURES = _ROOT / "fixtures"
BUNDLE = SPEC / "aiwyn.openapi.yaml"
OVERLAYS = SPEC / "overlays"
SCENARIOS = FIXTURES / "scenarios"


def cache_folder() -> Path:
    """The user's cache folder of this program (XDG), made on first use by whoever writes there."""
    base = os.environ.get("MOCKSERVER_CACHE") or os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "aiwyn-mockserver"
