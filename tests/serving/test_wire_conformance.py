"""Schemathesis finds nothing wrong with how any style of parameter or body is read."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

RUNNER = Path(__file__).parents[1] / "conformance" / "run_schemathesis.py"
STYLES = Path(__file__).parent / "data" / "styles.yaml"


def test_every_style_is_read_as_it_is_written(tmp_path: Path) -> None:
    """Valid values in all styles, locations and media types are accepted, invalid ones refused with 400."""
    command = [sys.executable, str(RUNNER), "--bundle", str(STYLES), "--seed", "1", "--max-examples", "15"]

    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=300, check=False)

    result = re.search(r"(\d+) operations, (\d+) cases, (\d+) failures", done.stdout)
    assert result is not None, done.stderr[-3000:]
    assert result[3] == "0", done.stdout[:6000]
    assert int(result[1]) == 12
    assert int(result[2]) > 300
