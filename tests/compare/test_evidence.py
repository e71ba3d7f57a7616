"""Few rows prove nothing; many do."""

from __future__ import annotations

from mockserver.compare.evidence import apart, exchanged, novel, unlikely


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


def test_one_word_for_another() -> None:
    """Thirteen uses of what the other side never says, and as many of its own word there, are no accident."""
    assert exchanged(13, 26)
    assert not exchanged(8, 8)
    assert not exchanged(1, 1000)


def test_forms_apart() -> None:
    """Two sides without a common form are apart when both have shown enough."""
    assert apart({"Z": 5}, {"+00:00": 5}, 3)
    assert not apart({"Z": 5}, {"Z": 1, "+00:00": 5}, 3)
    assert not apart({"Z": 2}, {"+00:00": 5}, 3)
    assert novel({"Z": 50, "+00:00": 50}, {"Z": 100}) == ["+00:00"]
    assert novel({"Z": 99, "+00:00": 1}, {"Z": 100}) == []
