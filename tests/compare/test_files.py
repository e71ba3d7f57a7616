"""Bodies that are no JSON are compared by emptiness, kind and layout."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mockserver.compare.difference import Step
from mockserver.compare.files import magic
from tests.compare.made import differences, made

PDF = (("Content-Type", "application/pdf"),)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "empty"),
        (b"%PDF-1.7", "PDF"),
        (b"\x89PNG\r\n", "PNG"),
        (b"PK\x03\x04", "ZIP"),
        (b"<!DOCTYPE html>", "HTML"),
        (b"<?xml?>", "XML"),
        (b"a,b,c\n1,2,3", "a table"),
        (b"hello", "text"),
        (b"\x00\x01\xff", "bytes"),
    ],
)
def test_first_bytes_tell_the_kind(body: bytes, kind: str) -> None:
    """What a program would take the file for."""
    assert magic(body) == kind


def test_files_differ_by_kind_not_by_content() -> None:
    """Two documents are two documents; a page of HTML under a PDF's name is drift."""
    one, other = (made("downloadFile", body, headers=PDF) for body in (b"%PDF-1.7 one", b"%PDF-1.4 another"))
    page = made("downloadFile", b"<html>log in</html>", headers=PDF)

    assert differences(one, other) == []
    assert differences(one, page) == ["body at body: PDF -> HTML"]
    assert differences(one, made("downloadFile", b"", headers=PDF)) == ["body at body: PDF -> empty"]


def of_others(*bodies: bytes, media: str = "application/pdf", named: str = "a.pdf") -> list[Step]:
    """Downloads of files that only one side has."""
    headers = (("Content-Type", media), ("Content-Disposition", f'attachment; filename="{named}"'))
    return [
        made("downloadFile", body, headers=headers, number=n, same_row=False) for n, body in enumerate(bodies)
    ]  # fmt: skip


def test_files_that_each_side_has_for_itself() -> None:
    """Which kinds of files there are is data; that all of one side are of another kind is not."""
    pdfs = of_others(b"%PDF-1.7 one\n", b"%PDF-1.7 two\n", b"%PDF-1.7 three\n")
    mixed = [
        *of_others(b"%PDF-1.7 four\n"), *of_others(b"a,b,c\n1,2,3\n", media="text/csv", named="b.csv"),
        *of_others(b"%PDF-1.7 five\n"),
    ]  # fmt: skip
    mixed = [replace(step, number=n) for n, step in enumerate(mixed)]
    tables = of_others(b"a,b,c\n1\n", b"a,b,c\n2\n", b"a,b,c\n3\n")

    assert differences(pdfs, mixed) == []
    assert differences(pdfs, tables) == ["body at body: PDF -> a table"]


def test_how_files_of_each_side_end() -> None:
    """The bytes of other files are others, but not the way in which they begin and end."""
    one = of_others(b"%PDF-1.7 one\n", b"%PDF-1.7 two\n")
    other = of_others(b"%PDF-1.7 three\n\n", b"%PDF-1.7 four\n\n")

    assert differences(one, other) == ["body at body: ends a line -> ends with two line ends"]


def test_what_files_of_each_side_are_called() -> None:
    """Another media type for all of them is drift; another ending is data."""
    one = of_others(b"a,b,c\n1\n", b"a,b,c\n2\n", b"a,b,c\n3\n", media="text/csv", named="a.csv")
    other = of_others(b"a,b,c\n4\n", b"a,b,c\n5\n", b"a,b,c\n6\n", media="application/octet-stream", named="b.txt")

    assert differences(one, other) == ["media type at header:Content-Type: text/csv -> application/octet-stream"]


def test_broken_json_is_drift() -> None:
    """A body that says it is JSON and is none."""
    assert differences(made(body={"id": 789}), made(body=b"<html>")) == ["body at body: JSON -> broken JSON"]
