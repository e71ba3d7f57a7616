"""Attachments: which record a file belongs to, and a name that goes with its media type."""

from __future__ import annotations

from mockserver.entities.base import Draw, Rules, Sheet

_OWNERS = ("client", "engagement", "project", "invoice")
_ENDINGS = {"application/pdf": "pdf", "text/csv": "csv", "image/png": "png", "text/plain": "txt"}
_NAMES = ("Engagement letter", "Trial balance", "Tax return", "Bank statement", "Management letter", "Invoice copy",
          "Signed authorization", "Depreciation schedule")  # fmt: skip
_LARGEST = 65_536


class FileRules(Rules):
    """A file belongs to a row that exists; files are small, since their content is made on demand."""

    entity = "file"

    def seeded(self, row: Sheet, draw: Draw) -> None:
        if "recordType" not in row:
            return
        media = row.get("mediaType")
        ending = _ENDINGS.get(str(media), "bin")
        row.update(name=f"{draw.pick('name', _NAMES)} {row.key}.{ending}",
                   size=512 + draw.below("size", _LARGEST - 512))  # fmt: skip
        owners = [owner for owner in _OWNERS if draw.size(owner)]
        if not owners:
            row.clear("recordType", "recordId")
            return
        owner = owners[draw.number % len(owners)]
        row.update(recordType=owner, recordId=draw.key(owner, draw.below("record", draw.size(owner))))


RULES = (FileRules(),)
