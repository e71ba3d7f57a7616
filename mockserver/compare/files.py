"""Bodies that are no JSON, and the habits of text around JSON: emptiness, kind of file, encoding, layout."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

from mockserver.compare.difference import Ledger, Step
from mockserver.compare.documents import Document
from mockserver.compare.outcomes import status

Pair = tuple[Step, Step]
_MAGIC: tuple[tuple[str, re.Pattern[bytes]], ...] = tuple(
    (name, re.compile(pattern, re.DOTALL))
    for name, pattern in (
        ("PDF", rb"%PDF-"),
        ("PNG", rb"\x89PNG"),
        ("JPEG", rb"\xff\xd8\xff"),
        ("GIF", rb"GIF8"),
        ("ZIP", rb"PK\x03\x04"),
        ("gzip", rb"\x1f\x8b"),
        ("TIFF", rb"II\*\x00|MM\x00\*"),
        ("old Office", rb"\xd0\xcf\x11\xe0"),
        ("HTML", rb"\s*(?i:<!doctype html|<html)"),
        ("XML", rb"\s*<\?xml|\s*<\w+[ >]"),
        ("JSON", rb"\s*[\[{]"),
    )
)
_DATA_FLAWS = frozenset({"escaped letters", "letters as they are"})


def magic(body: bytes) -> str:
    """What kind of file the first bytes say it is."""
    if not body:
        return "empty"
    for name, pattern in _MAGIC:
        if pattern.match(body):
            return name
    try:
        text = body[:4000].decode("utf-8", "strict" if len(body) <= 4000 else "ignore")
    except UnicodeDecodeError:
        return "bytes"
    if any(ord(c) < 9 for c in text):
        return "bytes"
    first = text.splitlines()[0] if text.strip() else ""
    return "a table" if first.count(",") >= 2 or first.count(";") >= 2 or "\t" in first else "text"


def compare_bytes(pair: Pair, documents: tuple[Document, Document], ledger: Ledger) -> None:
    """Bodies of which at least one is no JSON: emptiness, kind, line ends, size."""
    a, b = pair
    if a.exchange.request.method == "HEAD" or a.exchange.reply is None or b.exchange.reply is None:
        return
    bodies = a.exchange.reply.body, b.exchange.reply.body
    kinds = [
        document.kind if document.kind != "bytes" else magic(body)
        for document, body in zip(documents, bodies, strict=True)
    ]
    sizes = f"{len(bodies[0])} bytes", f"{len(bodies[1])} bytes"
    if kinds[0] != kinds[1]:
        ledger.differ(a, "body", "body", f"{_word(kinds[0])} -> {_word(kinds[1])}", sizes)
    elif documents[0].kind == "bytes" and a.same_row and b.same_row and bodies[0] != bodies[1]:
        ledger.differ(a, "body", "body", "bytes -> other bytes", sizes, impact="visible")
    elif documents[0].kind == "bytes" and kinds[0] in ("text", "a table"):
        ends = [b"\r\n" in body for body in bodies]
        head = [body.splitlines()[0].strip() if body.strip() else b"" for body in bodies]
        if ends[0] != ends[1]:
            ledger.differ(
                a,
                "body",
                "body",
                " -> ".join("lines end with CR LF" if end else "with LF" for end in ends),
                sizes,
                impact="cosmetic",
            )
        elif kinds[0] == "a table" and head[0] != head[1] and not any(re.search(rb"\d", line) for line in head):
            ledger.differ(
                a,
                "body",
                "body",
                "columns -> other columns",
                (head[0].decode("utf-8", "replace"), head[1].decode("utf-8", "replace")),
            )
        else:
            ledger.same(a.label, "body")
    else:
        ledger.same(a.label, "body")


def _word(kind: str) -> str:
    return {"json": "JSON", "broken": "broken JSON"}.get(kind, kind)


def compare_texts(pairs: Sequence[tuple[Pair, tuple[Document, Document]]], ledger: Ledger) -> None:
    """Encoding and layout of JSON texts, per operation and status."""
    grouped: dict[tuple[str, int], list[tuple[Pair, tuple[Document, Document]]]] = defaultdict(list)
    for pair, documents in pairs:
        if documents[0].kind == documents[1].kind == "json":
            grouped[pair[0].label, status(pair[0])].append((pair, documents))
    for group in grouped.values():
        step = group[0][0][0]
        flaws = [frozenset(f for _, documents in group for f in documents[side].flaws) for side in (0, 1)]
        for flaw in sorted((flaws[0] ^ flaws[1]) - _DATA_FLAWS):
            words = (flaw, "none") if flaw in flaws[0] else ("none", flaw)
            ledger.differ(step, "encoding", "body", " -> ".join(words), words)
        habits = [flaws[side] & _DATA_FLAWS for side in (0, 1)]
        if len(habits[0]) == len(habits[1]) == 1 and habits[0] != habits[1]:
            words = next(iter(habits[0])), next(iter(habits[1]))
            ledger.differ(step, "encoding", "body", " -> ".join(words), words, impact="cosmetic")
        layouts = [{documents[side].layout for _, documents in group} - {""} for side in (0, 1)]
        if layouts[0] and layouts[1] and not layouts[0] & layouts[1]:
            words = min(layouts[0]), min(layouts[1])
            ledger.differ(step, "encoding", "body", " -> ".join(words), words, "", impact="cosmetic")
        else:
            ledger.same(step.label, "encoding")
