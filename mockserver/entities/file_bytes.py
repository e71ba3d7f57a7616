"""File bytes: small valid documents, made from a row and of its size, always the same."""

from __future__ import annotations

import base64
import io
import json
import struct
import zlib
from collections.abc import Callable, Sequence

from mockserver.bundle.operations import is_json

_LARGEST = 16 * 1024 * 1024
_EPOCH = (2025, 1, 1, 0, 0, 0)
_OOXML = "application/vnd.openxmlformats-officedocument."
_OFFICE = "http://schemas.openxmlformats.org/"
_GIF = "R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
_JPEG = (
    "/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAP////////////////////////////////////////////////////////////////////////////"
    "//////////wgALCAABAAEBAREA/8QAFBABAAAAAAAAAAAAAAAAAAAAAP/aAAgBAQABPxA="
)
Builder = Callable[[Sequence[str], int], bytes]  # (lines of text, bytes to add) -> document


def file_bytes(media: str, lines: Sequence[str], size: int | None = None) -> bytes:
    """A document of a media type that says the lines; of exactly `size` bytes where it needs no more than that."""
    build = _builder(media.partition(";")[0].strip().lower())
    data = build(lines, 0)
    wanted = min(size or 0, _LARGEST)
    filler = wanted - len(data)
    for _ in range(3):  # the numbers inside a document get longer with it
        if len(data) >= wanted or filler <= 0:
            break
        made = build(lines, filler)
        filler += wanted - len(made)
        data = made if len(made) <= wanted else data
    return data + b"\n" * (wanted - len(data))


def _builder(media: str) -> Builder:
    if media in _BUILDERS:
        return _BUILDERS[media]
    if is_json(media):
        return _json
    return _zip if "zip" in media else _text


def _text(lines: Sequence[str], filler: int) -> bytes:
    return ("\n".join(lines) + "\n").encode() + _rows(filler, b"." * 79)


def _csv(lines: Sequence[str], filler: int) -> bytes:
    quoted = ['"' + line.replace('"', '""') + '"' for line in lines]
    rows = [f"{number},{line},{number * 125}.00" for number, line in enumerate(quoted, 1)]
    table = "\r\n".join(["line,description,amount", *rows]) + "\r\n"
    return table.encode() + _rows(filler, b'0,"carried forward",0.00\r')


def _json(lines: Sequence[str], filler: int) -> bytes:
    return json.dumps({"lines": list(lines)}, indent=2).encode() + b" " * filler


def _png(lines: Sequence[str], filler: int) -> bytes:
    width = height = 16
    shade = zlib.crc32("\n".join(lines).encode()) & 0xFFFFFF
    row = b"\0" + shade.to_bytes(3, "big") * width
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)), (b"IDAT", zlib.compress(row * height))]
    if filler > len(b"Comment\0"):
        chunks.insert(1, (b"tEXt", b"Comment\0" + b"." * (filler - len(b"Comment\0"))))
    body = b"".join(_chunk(name, data) for name, data in (*chunks, (b"IEND", b"")))
    return b"\x89PNG\r\n\x1a\n" + body


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _pdf(lines: Sequence[str], filler: int) -> bytes:
    shown = "".join(f"({_pdf_text(line)}) Tj T* " for line in lines)
    stream = f"BT /F1 11 Tf 72 770 Td 16 TL {shown}ET".encode("cp1252", "replace")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources 6 0 R >>",
        b"<< /Length %d >>\nstream\n%b\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        b"<< /Font << /F1 5 0 R >> >>",
    ]
    data, places = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(data))
        data += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    data += _rows(filler, b"%" * 79)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n%b" % (len(objects) + 1, table)
    tail = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(data))
    return data + head + tail


def _pdf_text(line: str) -> str:
    return line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")


def _zip(lines: Sequence[str], filler: int) -> bytes:
    return _zipped({"content.txt": _text(lines, filler)})


def _docx(lines: Sequence[str], filler: int) -> bytes:
    space = f'xmlns:w="{_OFFICE}wordprocessingml/2006/main"'
    text = "".join(f"<w:p><w:r><w:t>{_xml(line)}</w:t></w:r></w:p>" for line in lines)
    body = f"<w:document {space}><w:body>{text}</w:body></w:document>".encode() + b" " * filler
    return _zipped(_package("word/document.xml", "wordprocessingml.document", body))


def _xlsx(lines: Sequence[str], filler: int) -> bytes:
    space = f'xmlns="{_OFFICE}spreadsheetml/2006/main"'
    rows = "".join(f'<row><c t="inlineStr"><is><t>{_xml(line)}</t></is></c></row>' for line in lines)
    sheet = f"<worksheet {space}><sheetData>{rows}</sheetData></worksheet>".encode() + b" " * filler
    link = f'xmlns:r="{_OFFICE}officeDocument/2006/relationships"'
    book = f'<workbook {space} {link}><sheets><sheet name="Sheet1" sheetId="1" r:id="r1"/></sheets></workbook>'
    parts = _package("xl/workbook.xml", "spreadsheetml.sheet", book.encode())
    worksheet = f'<Override PartName="/xl/sheet1.xml" ContentType="{_OOXML}spreadsheetml.worksheet+xml"/></Types>'
    types = parts["[Content_Types].xml"].replace(b"</Types>", worksheet.encode())
    relations = {"xl/_rels/workbook.xml.rels": _relation("worksheet", "sheet1.xml"), "xl/sheet1.xml": sheet}
    return _zipped({**parts, "[Content_Types].xml": types, **relations})


def _package(place: str, kind: str, body: bytes) -> dict[str, bytes]:
    types = (
        f'<Types xmlns="{_OFFICE}package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/{place}" ContentType="{_OOXML}{kind}.main+xml"/></Types>'
    )
    return {
        "[Content_Types].xml": types.encode(),
        "_rels/.rels": _relation("officeDocument", place),
        place: body,
    }


def _relation(kind: str, target: str) -> bytes:
    what = f'Id="r1" Type="{_OFFICE}officeDocument/2006/relationships/{kind}" Target="{target}"'
    return f'<Relationships xmlns="{_OFFICE}package/2006/relationships"><Relationship {what}/></Relationships>'.encode()


def _zipped(parts: dict[str, bytes]) -> bytes:
    import zipfile

    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:  # stored: the size can be foretold
        for name, data in parts.items():
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), data)
    return buffer.getvalue()


def _xml(line: str) -> str:
    return line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _rows(size: int, row: bytes) -> bytes:
    """So many bytes, in rows that are all alike but the last."""
    whole, rest = divmod(size, len(row) + 1)
    return (row + b"\n") * whole + (row[: rest - 1] + b"\n" if rest else b"")


def _image(text: str) -> Builder:
    data = base64.b64decode(text)
    return lambda _lines, filler: data + b"\0" * filler


_BUILDERS: dict[str, Builder] = {
    "application/pdf": _pdf,
    "image/png": _png,
    "image/gif": _image(_GIF),
    "image/jpeg": _image(_JPEG),
    "image/jpg": _image(_JPEG),
    "text/csv": _csv,
    f"{_OOXML}wordprocessingml.document": _docx,
    f"{_OOXML}spreadsheetml.sheet": _xlsx,
}
