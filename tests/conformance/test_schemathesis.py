"""Schemathesis finds no failure on our own bundle: all checks, all phases, several seeds, in process.

`MOCKSERVER_CONFORMANCE_SEEDS` gives other seeds (CI rotates one in), `MOCKSERVER_CONFORMANCE_EXAMPLES` more examples.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SEEDS = os.environ.get("MOCKSERVER_CONFORMANCE_SEEDS", "1").split(",")
EXAMPLES = os.environ.get("MOCKSERVER_CONFORMANCE_EXAMPLES", "12")
RUNNER = Path(__file__).with_name("run_schemathesis.py")


@pytest.mark.parametrize("seed", SEEDS)
def test_no_check_fails(seed: str, tmp_path: Path) -> None:
    """Every operation keeps the contract under valid, invalid and boundary requests, alone and in sequences."""
    done = subprocess.run(
        [sys.executable, str(RUNNER), "--seed", seed, "--max-examples", EXAMPLES],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=900,
        check=False,
    )

    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-3000:]
    assert "never answered a documented 2xx: 0" in done.stdout
