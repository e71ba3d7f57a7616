"""Bodies that are no JSON are compared by emptiness, kind and layout."""

from __future__ import annotations

import pytest

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


def test_broken_json_is_drift() -> None:
    """A body that says it is JSON and is none."""
    assert differences(made(body={"id": 789}), made(body=b"<html>")) == ["body at body: JSON -> broken JSON"]
