"""Values of rows are turned into what searches are asked for."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver.compare.operands import WAYS, turned


@pytest.mark.parametrize(
    ("way", "value", "made"),
    [
        ("other case", "Acme Ltd", "aCME lTD"),
        ("word", "7 & Söhne Acme", "hne"),
        ("word", "42", "4"),
        ("word in another case", "Acme Ltd", "aCME"),
        ("holed", "A%me", "A_me"),
        ("holed", "50%_", "5_\\%\\_"),
        ("escaped", "50%_\\", "50\\%\\_\\\\"),
        ("beginning", "Acme", "Acm"),
        ("end", "Acme", "cme"),
        ("day", "2024-02-29T23:59:59Z", "2024-02-29"),
        ("day", "soon", "soon"),
        ("next", 41, 42),
        ("next", True, True),
        ("text", 789, "789"),
    ],
)
def test_a_value_is_turned(way: str, value: Any, made: Any) -> None:
    """Each way gives what it says, and leaves alone what it is not about."""
    assert turned(value, way) == made


def test_every_way_takes_every_value() -> None:
    """No value of a row breaks a way: it is turned, or left as it is."""
    for way in WAYS:
        for value in ("", "é", 0, 1.5, False, None, [], {}):
            turned(value, way)


def test_an_unknown_way_is_an_error() -> None:
    """A program that was written by hand names the ways that there are."""
    with pytest.raises(KeyError):
        turned("a", "sideways")
