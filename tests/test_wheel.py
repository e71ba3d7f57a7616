"""The wheel works away from the checkout: bundle, overlays, scenarios and vocabulary travel in it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with nothing but the unpacked wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        check=True,
        capture_output=True,
        cwd=ROOT,
        timeout=120,
    )
    (wheel,) = folder.glob("*.whl")
    target = folder / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(target)
    return target


def test_it_serves_without_the_checkout(installed: Path, tmp_path: Path) -> None:
    """The package of the wheel answers the documented client from its own data."""
    code = "import mockserver, sys; from mockserver.cli import run; print(mockserver.__file__, file=sys.stderr); "
    code += "sys.exit(run(['serve', '--get', '/gql/v1/client/789']))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(installed), "MOCKSERVER_CACHE": str(tmp_path / "cache")},
    )

    assert done.returncode == 0, done.stderr
    assert str(installed) in done.stderr
    assert json.loads(done.stdout)["id"] == 789


def test_it_holds_what_users_need_and_nothing_of_ours(installed: Path) -> None:
    """Types, data and entry points are in; tests are not."""
    names = {str(file.relative_to(installed)) for file in installed.rglob("*") if file.is_file()}
    entry_points = next(installed.glob("*.dist-info/entry_points.txt")).read_text("utf-8")

    assert "mockserver/py.typed" in names
    assert "mockserver/_data/spec/aiwyn.openapi.yaml" in names
    assert "mockserver/_data/fixtures/scenarios/default.yaml" in names
    assert "mockserver = mockserver.pytest_plugin" in entry_points
    assert not [name for name in names if name.startswith("tests/")]
