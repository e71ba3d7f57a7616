"""Settings: a flag wins over a variable, that over the file, that over the default."""

from __future__ import annotations

from pathlib import Path

import pytest

from mockserver.problems import UsageError
from mockserver.settings import Settings, load_settings


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PORT", "SEED", "AUTH", "ALIASES", "COUNT"):
        monkeypatch.delenv(f"MOCKSERVER_{name}", raising=False)


def write(folder: Path, text: str) -> None:
    (folder / "pyproject.toml").write_text(f"[tool.mockserver]\n{text}\n", "utf-8")


def test_the_nearest_source_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each value knows where it came from."""
    write(tmp_path, 'port = 1\nseed = 2\nauth = "any"\ncheck-replies = "log"')
    monkeypatch.setenv("MOCKSERVER_PORT", "3")
    monkeypatch.setenv("MOCKSERVER_SEED", "4")

    settings, origins = load_settings({"port": 5, "seed": None}, folder=tmp_path)

    assert (settings.port, settings.seed, settings.auth, settings.check_replies) == (5, 4, "any", "log")
    assert origins["port"] == "flag"
    assert origins["seed"] == "MOCKSERVER_SEED"
    assert origins["auth"].endswith("pyproject.toml")
    assert origins["host"] == "default"


def test_the_file_of_a_folder_above_counts(tmp_path: Path) -> None:
    """A subfolder of a project has the project's settings."""
    write(tmp_path, "port = 7")
    (tmp_path / "deep" / "er").mkdir(parents=True)

    assert load_settings(folder=tmp_path / "deep" / "er")[0].port == 7


def test_lists_and_switches_are_read_from_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Variables have only text: lists are cut at commas, switches know yes and no."""
    monkeypatch.setenv("MOCKSERVER_COUNT", "client=5, contact=6")
    monkeypatch.setenv("MOCKSERVER_ALIASES", "no")

    settings, _ = load_settings(folder=tmp_path)

    assert settings.count == ("client=5", "contact=6")
    assert settings.aliases is False


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("prot = 4020", "Did you mean port?"),
        ('port = "many"', "whole number"),
        ('auth = "sometimes"', "strict, any, off"),
        ('aliases = "perhaps"', "yes or no"),
        ("port = 65536", "from 0 to 65535"),
        ("port = = 3", "not TOML"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_the_way_out(tmp_path: Path, text: str, told: str) -> None:
    """A misspelt name or an impossible value names its source and what would be right."""
    write(tmp_path, text)

    with pytest.raises(UsageError, match=r"pyproject\.toml") as refused:
        load_settings(folder=tmp_path)
    assert told in str(refused.value)


def test_a_misspelt_variable_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """MOCKSERVER_SED does not silently leave the seed alone."""
    monkeypatch.setenv("MOCKSERVER_SED", "1")

    with pytest.raises(UsageError, match="MOCKSERVER_SED"):
        load_settings(folder=tmp_path)


def test_other_tables_of_the_file_are_not_settings(tmp_path: Path) -> None:
    """`[tool.mockserver.environments.x]` belongs to other commands."""
    write(tmp_path, 'port = 9\n[tool.mockserver.environments.staging]\nurl = "https://x"')

    assert load_settings(folder=tmp_path)[0].port == 9


@pytest.mark.parametrize("name", ["ADMIN_TOKEN", "JWT_SECRET", "CACHE", "CORPUS", "CONFORMANCE_SEEDS"])
def test_variables_that_are_no_settings_are_left_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    """Secrets, folders and what the tests are told are variables only: they neither set anything nor disturb."""
    monkeypatch.setenv(f"MOCKSERVER_{name}", "x")

    settings, origins = load_settings(folder=tmp_path)

    assert name.lower() not in origins
    assert settings == Settings()
