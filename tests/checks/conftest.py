"""What the tests of checks share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.checks.library import Opening


@pytest.fixture
def opening(tmp_path: Path) -> Opening:
    """A library without faults."""
    return Opening(str(tmp_path))
