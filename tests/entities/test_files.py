"""Files: downloads of valid documents, the same bytes each time."""

from __future__ import annotations

import io
import json
import re
import zipfile
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mockserver.bundle.loader import load_bundle
from mockserver.calls import Site
from mockserver.entities import files
from mockserver.entities.file_bytes import file_bytes
from mockserver.problems import Refusal
from mockserver.store.relations import infer_model

DOWNLOAD = "GET /api/v1/files/{id}/download"
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def test_download_has_the_size_of_the_row(ask: Any) -> None:
    """The bytes are as many as the row says, and the headers name and tag them."""
    answer = ask(DOWNLOAD, id=501)
    assert len(answer.body) == 24576
    assert answer.body.startswith(b"%PDF-1.4")
    assert answer.headers["Content-Disposition"] == (
        "attachment; filename=\"Z_rich _rger.pdf\"; filename*=UTF-8''Z%C3%BCrich%20%C3%84rger.pdf"
    )
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert re.fullmatch(r'"[0-9a-f]{32}"', answer.headers["ETag"])


def test_same_row_same_bytes(ask: Any) -> None:
    """A file does not change between downloads, and differs from other files."""
    first, again, other = (ask(DOWNLOAD, id=number) for number in (501, 501, 502))
    assert (first.body, first.headers) == (again.body, again.headers)
    assert first.headers["ETag"] != other.headers["ETag"]


def test_content_follows_the_media_type_of_the_row(ask: Any) -> None:
    """A CSV is a table and a PNG an image, whatever type the bundle sends them as."""
    assert ask(DOWNLOAD, id=502).body.startswith(b"line,description,amount\r\n")
    assert ask(DOWNLOAD, id=503).body.startswith(b"\x89PNG")
    assert ask(DOWNLOAD, id=503).media == "image/png"


def test_unknown_file_is_404(ask: Any) -> None:
    """An id that no file has is not found; files of one tenant are not another's."""
    for tenant, number in (("aiwynsb", 1), ("otherfirm", 501)):
        with pytest.raises(Refusal) as caught:
            ask(DOWNLOAD, id=number, tenant=tenant)
        assert (caught.value.status, caught.value.code) == (404, "MS123")


@pytest.mark.parametrize("declared", ["*/*", "application/pdf", "application/*", "application/octet-stream"])
def test_media_type_of_the_row_is_sent_where_declared(ask: Any, site: Site, declared: str) -> None:
    """Where the bundle allows the row's own media type, that is what the answer says."""
    operation = site.bundle.operations.at(*DOWNLOAD.split())
    assert operation is not None
    reply = operation.replies["200"]
    wider = replace(operation, replies={"200": replace(reply, content=(replace(reply.content[0], type=declared),))})
    handler = files.maker(wider, site)
    assert handler is not None
    answer = ask(DOWNLOAD, id=501, handler=handler)
    assert answer.media == (declared if declared == "application/octet-stream" else "application/pdf")


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("a.pdf", 'attachment; filename="a.pdf"'),
        ('say "hi"\\.pdf', 'attachment; filename="say \\"hi\\"\\\\.pdf"'),
        ("a\r\nX: y.pdf", 'attachment; filename="a  X: y.pdf"'),
        ("日本.pdf", "attachment; filename=\"__.pdf\"; filename*=UTF-8''%E6%97%A5%E6%9C%AC.pdf"),
        ("x\ud800", "attachment; filename=\"x_\"; filename*=UTF-8''x%3F"),
    ],
)
def test_disposition_is_safe(name: str, header: str) -> None:
    """Names with quotes, line breaks, or beyond ASCII give a valid header (RFC 6266)."""
    assert files.disposition(name) == header


@pytest.mark.parametrize("media", ["application/pdf", "image/png", "text/csv", "text/plain", "application/json", WORD,
                                   SHEET, "application/zip", "image/jpeg", "image/gif", "what/ever"])  # fmt: skip
@pytest.mark.parametrize("size", [4096, 9_999, 10_000, 100_003])
def test_sizes_are_exact(media: str, size: int) -> None:
    """Every kind of document can be made to a byte."""
    assert len(file_bytes(media, ["Hello", "World (1)"], size)) == size


@pytest.mark.parametrize("media", ["application/pdf", "application/json", WORD])
def test_small_sizes_give_whole_documents(media: str) -> None:
    """A document is not cut off to a size it cannot have."""
    assert file_bytes(media, ["Hello"], 1) == file_bytes(media, ["Hello"])


@pytest.mark.parametrize("size", [None, 1000, 9_990, 50_000])
def test_pdf_is_whole(size: int | None) -> None:
    """The cross-reference table of a PDF points at its objects, and its end at the table."""
    data = file_bytes("application/pdf", ["Invoice (draft) \\ Größe"], size)
    table = int(re.findall(rb"startxref\n(\d+)\n%%EOF\s*$", data)[0])
    assert data[table:].startswith(b"xref\n")
    places = [int(place) for place in re.findall(rb"(\d{10}) 00000 n", data)]
    assert [data[place:].split(b" ", 1)[0] for place in places] == [b"%d" % n for n in range(1, len(places) + 1)]
    assert rb"Invoice \(draft\) \\ " in data


@pytest.mark.parametrize("size", [None, 120, 131, 5_000])
def test_png_is_whole(size: int | None) -> None:
    """Every chunk of a PNG has its right checksum, and the image its right number of bytes."""
    data, at, names, image = file_bytes("image/png", ["x"], size), 8, [], b""
    while b"IEND" not in names:
        length, name = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        content = data[at + 8 : at + 8 + length]
        assert int.from_bytes(data[at + 8 + length : at + 12 + length], "big") == zlib.crc32(name + content)
        names.append(name)
        image += content if name == b"IDAT" else b""
        at += 12 + length
    assert len(zlib.decompress(image)) == 16 * (1 + 16 * 3)


@pytest.mark.parametrize("media", [WORD, SHEET, "application/zip"])
def test_archives_open(media: str) -> None:
    """Archives and office documents open, and hold the text."""
    with zipfile.ZipFile(io.BytesIO(file_bytes(media, ["Hello & <World>"], 6000))) as archive:
        assert archive.testzip() is None
        text = b"".join(archive.read(name) for name in archive.namelist())
    assert b"Hello &" in text


def test_json_is_json() -> None:
    """A JSON file of any size can be read."""
    assert json.loads(file_bytes("application/vnd.api+json", ["Hello"], 3000)) == {"lines": ["Hello"]}


def test_other_vendors_files_are_served(corpus: Path, ask: Any, world: Any) -> None:
    """Binary replies of a bundle of another vendor are documents of the declared type."""
    bundle = load_bundle(corpus / "box-3.0.json")
    site = Site(bundle, infer_model(bundle))
    made = {o.path: files.maker(o, site) for o in bundle.operations if o.method == "GET"}
    served = {path for path, handler in made.items() if handler}
    assert {"/files/{file_id}/content", "/users/{user_id}/avatar"} <= served
    assert "/files/{file_id}" not in served
