"""The pytest plugin, as the tests of a user see it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

TESTS = """
import httpx
import pytest


def get(mockserver, path):
    return httpx.get(mockserver.url + path, headers={"Authorization": f"Bearer {mockserver.token}"})


def post(mockserver, path, body):
    return httpx.post(mockserver.url + path, json=body, headers={"Authorization": f"Bearer {mockserver.token}"})


RECORD = {"records": [{"type": "client", "systemRef": {"id": "n"}, "attributes": {"name": "New"}}]}
WHERE = {"where": {"name": {"_eq": "New"}}}


@pytest.mark.parametrize("turn", [1, 2])
def test_state_is_fresh_in_every_test(mockserver, turn):
    assert post(mockserver, "/gql/v1/clients/search", WHERE).json()["total"]["aggregate"]["count"] == 0
    assert post(mockserver, "/api/v1/records", RECORD).status_code == 200
    assert post(mockserver, "/gql/v1/clients/search", WHERE).json()["total"]["aggregate"]["count"] == 1
    assert [entry.method for entry in mockserver.requests()] == ["POST"] * 3


@pytest.mark.mockserver(scenario="empty")
def test_the_marker_changes_the_settings(mockserver):
    assert get(mockserver, "/gql/v1/client/789").status_code == 404


@pytest.mark.mockserver("empty")
def test_the_marker_takes_names(mockserver):
    assert False, "a setting without its name must not pass unseen"


def test_settings_come_from_the_conftest(mockserver):
    assert mockserver.settings.seed == 42


def test_failures_show_the_requests(mockserver):
    get(mockserver, "/gql/v1/client/0")
    assert False
"""
CONFTEST = """
import pytest


@pytest.fixture(scope="session")
def mockserver_settings():
    return {"scenario": "small", "seed": 42}
"""


def test_fixture_marker_settings_and_report(tmp_path: Path) -> None:
    """Fresh state, the marker, the settings fixture and the section on failure, in a real pytest run."""
    (tmp_path / "test_user.py").write_text(TESTS, "utf-8")
    (tmp_path / "conftest.py").write_text(CONFTEST, "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--strict-markers", "-W", "error", "-p", "no:cacheprovider", "."],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=tmp_path,
    )

    assert "4 passed" in done.stdout, done.stdout + done.stderr
    assert "1 failed" in done.stdout
    assert "1 error" in done.stdout
    assert "takes settings by name, as scenario='empty'" in done.stdout
    assert "mockserver: 1 requests in this test" in done.stdout
    assert "GET    /gql/v1/client/0  400" in done.stdout


def test_the_plugin_costs_nothing_where_it_is_not_used(tmp_path: Path) -> None:
    """A run without the fixture imports neither the server nor the bundle."""
    (tmp_path / "test_other.py").write_text(
        "import sys\n\ndef test_it():\n    assert 'mockserver.app' not in sys.modules\n", "utf-8"
    )
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "."],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=tmp_path,
    )

    assert "1 passed" in done.stdout, done.stdout + done.stderr
