"""Few rows prove nothing; many do."""

from __future__ import annotations

from mockserver.compare.evidence import apart, novel, unlikely


def test_small_samples_prove_nothing() -> None:
    """Seven rows of a side say nothing of rates, nor does a rare form among many."""
    assert not unlikely(7, 7, 7)
    assert not unlikely(50, 50, 4)
    assert not unlikely(2, 100, 100)
    assert not unlikely(0, 100, 100)


def test_what_never_comes_though_it_should_is_proof() -> None:
    """Always here and never there, or often here and never in many there."""
    assert unlikely(10, 10, 10)
    assert unlikely(30, 100, 100)
    assert not unlikely(30, 100, 10)


def test_forms_apart() -> None:
    """Two sides without a common form are apart when both have shown enough."""
    assert apart({"Z": 5}, {"+00:00": 5}, 3)
    assert not apart({"Z": 5}, {"Z": 1, "+00:00": 5}, 3)
    assert not apart({"Z": 2}, {"+00:00": 5}, 3)
    assert novel({"Z": 50, "+00:00": 50}, {"Z": 100}) == ["+00:00"]
    assert novel({"Z": 99, "+00:00": 1}, {"Z": 100}) == []
