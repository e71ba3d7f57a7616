"""Prefer headers are read as RFC 7240 writes them, and never refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.serving.prefer import MAX_DELAY, Prefer, parse


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("code=429", Prefer(429, applied="code=429")),
        ("CODE = 429", Prefer(429, applied="code=429")),
        ('code="404"', Prefer(404, applied="code=404")),
        ("delay=2", Prefer(delay=2.0, applied="delay=2")),
        ("delay=0.25", Prefer(delay=0.25, applied="delay=0.25")),
        ("example=empty", Prefer(example="empty", applied="example=empty")),
        (
            'example="two words, \\"quoted\\""',
            Prefer(example='two words, "quoted"', applied='example="two words, \\"quoted\\""'),
        ),
        ("code=503, delay=1; note=x, example=a.b", Prefer(503, 1.0, "a.b", "code=503, delay=1, example=a.b")),
        ("respond-async, wait=100, handling=lenient", Prefer()),
        ("code=1, code=500", Prefer()),
        ("code=500, code=404", Prefer(500, applied="code=500")),
        ("", Prefer()),
    ],
)
def test_preferences_are_read(header: str, expected: Prefer) -> None:
    """Tokens, quoted strings and lists are understood; the first of equal names wins; unknown ones are ignored."""
    assert parse(header) == expected


@pytest.mark.parametrize("code", ["", "99", "600", "1000", "4xx", "-404", "４０４", "404.0"])
def test_a_code_that_is_no_status_is_ignored(code: str) -> None:
    """Only statuses from 100 to 599 can be wished for."""
    assert parse(f"code={code}").code is None


@pytest.mark.parametrize(
    ("delay", "seconds"), [("-1", 0), ("nan", 0), ("inf", 0), ("x", 0), ("", 0), ("1e9", MAX_DELAY)]
)
def test_a_delay_is_a_sensible_number(delay: str, seconds: float) -> None:
    """A delay is positive, finite and no longer than a minute."""
    assert parse(f"delay={delay}").delay == seconds


def test_several_headers_are_one_list() -> None:
    """Prefer headers that come apart count together, in order."""
    assert parse("code=404", "delay=1, code=500") == Prefer(404, 1.0, "", "code=404, delay=1")


@pytest.mark.parametrize(
    ("header", "forced"), [("code=404", True), ("example=x", True), ("delay=1", False), ("", False)]
)
def test_a_delay_alone_forces_no_answer(header: str, forced: bool) -> None:
    """A status or an example replaces the handler's answer, a delay does not."""
    assert parse(header).forced is forced


@given(st.text(max_size=60))
def test_any_text_is_a_preference(header: str) -> None:
    """Whatever stands in the header, what is applied can be sent back as a header and means the same."""
    preferred = parse(header)

    assert preferred.applied.isascii()
    assert "\n" not in preferred.applied
    again = parse(preferred.applied)
    assert (again.code, again.applied) == (preferred.code, preferred.applied)
