"""The length that HEAD tells of a file is held against the file."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mockserver.compare.difference import Step
from tests.compare.made import differences, made

SAYS = "length at header:Content-Length: the length that HEAD tells: that of GET -> another than that of GET"


def asked(told: int | str, body: bytes = b"%PDF-1.7 whole", media: str = "application/pdf", **more: str) -> list[Step]:
    """A download, and what HEAD tells of its length."""
    headers = (("Content-Type", media), *((name.replace("_", "-"), value) for name, value in more.items()))
    get = made("downloadFile", body, headers=headers)
    head = made("downloadFile", b"", headers=(*headers, ("Content-Length", str(told))), number=2)
    request = replace(head.exchange.request, method="HEAD")
    return [get, replace(head, exchange=replace(head.exchange, request=request))]


def test_a_file_that_is_cut() -> None:
    """Files of both sides are others, but a file that is shorter than HEAD said was cut."""
    assert differences(asked(14), asked(9, b"%PDF-1.4x")) == []
    assert SAYS in differences(asked(14), asked(14, b"%PDF-1.7"))


def test_a_length_that_is_no_number_of_bytes() -> None:
    """Whatever stands there is told, or passed over."""
    assert SAYS in differences(asked(14), asked("9" * 5000))
    assert SAYS not in differences(asked(14), asked(-1))


@pytest.mark.parametrize(("media", "coding"), [("application/json", ""), ("application/pdf", "gzip")])
def test_what_tells_nothing_of_a_length(media: str, coding: str) -> None:
    """JSON may tell the time, and what is packed has another length."""
    one, other = ([14, b'{"a": 12345}', media], [12, b'{"a": 1234}', media])
    more = {"Content_Encoding": coding} if coding else {}

    assert SAYS not in differences(asked(*one, **more), asked(*other, **more))  # type: ignore[arg-type]  mixed
