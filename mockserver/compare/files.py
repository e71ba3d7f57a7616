"""Bodies that are no JSON, and the habits of text around JSON: emptiness, kind of file, encoding, layout."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence

from mockserver.compare.difference import Ledger, Step
from mockserver.compare.documents import Document
from mockserver.compare.evidence import apart, novel
from mockserver.compare.outcomes import body, status

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
_SURE, _SEVERAL = 2, 3  # files of each side that prove a habit, and a kind
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


def compare_files(pairs: Sequence[tuple[Pair, tuple[Document, Document]]], ledger: Ledger) -> None:
    """Bodies of which at least one is no JSON: of one row on both sides pair by pair, of other rows all together."""
    grouped: dict[tuple[str, int], list[tuple[Pair, tuple[Document, Document]]]] = defaultdict(list)
    for pair, documents in pairs:
        if pair[0].exchange.request.method != "HEAD":
            if of_other_rows(pair) and documents[0].kind == documents[1].kind == "bytes":
                grouped[pair[0].label, status(pair[0])].append((pair, documents))
            else:
                _one(pair, documents, ledger)
    for group in grouped.values():
        _many([pair for pair, _ in group], ledger)


def of_other_rows(pair: Pair) -> bool:
    """Whether each side was asked for a row of its own, so that data decide what is in it."""
    return pair[0].same_row is False or pair[1].same_row is False


def _one(pair: Pair, documents: tuple[Document, Document], ledger: Ledger) -> None:
    a, b = pair
    bodies = body(a), body(b)
    kinds = [d.kind if d.kind != "bytes" else magic(held) for d, held in zip(documents, bodies, strict=True)]
    sizes = f"{len(bodies[0])} bytes", f"{len(bodies[1])} bytes"
    if kinds[0] != kinds[1]:
        ledger.differ(a, "body", "body", f"{_word(kinds[0])} -> {_word(kinds[1])}", sizes)
    elif documents[0].kind == "bytes" and a.same_row and b.same_row and bodies[0] != bodies[1]:
        ledger.differ(a, "body", "body", "bytes -> other bytes", sizes, impact="visible")
    elif documents[0].kind == "bytes" and _lines(bodies[0]) != _lines(bodies[1]):
        _differ(a, (_lines(bodies[0]), _lines(bodies[1])), ledger)
    elif kinds[0] == "a table" and (heads := _heads(bodies)) is not None:
        ledger.differ(a, "body", "body", "columns -> other columns", heads)
    else:
        ledger.same(a.label, "body")


def _many(pairs: Sequence[Pair], ledger: Ledger) -> None:
    """What kinds of files they are, and how those of one kind begin and end."""
    sides = [list({body(pair[at]) for pair in pairs} - {b""}) for at in (0, 1)]
    step, kinds = pairs[0][0], [Counter(map(magic, side)) for side in sides]
    if apart(kinds[0], kinds[1], _SEVERAL) or novel(*kinds) or novel(*kinds[::-1]):
        words = [" or ".join(map(_word, sorted(each))) for each in kinds]
        ledger.differ(step, "body", "body", " -> ".join(words), (words[0], words[1]))
        return
    for kind in sorted(kinds[0].keys() & kinds[1].keys()):
        held = [[each for each in side if magic(each) == kind] for side in sides]
        ends = [Counter(map(_end, side)) for side in held]
        lines = [Counter(map(_lines, side)) - Counter({"": len(side)}) for side in held]
        heads = [{_head(each) for each in side} for side in held]
        for one, other in (ends, lines):
            if apart(one, other, _SURE):
                _differ(step, (" or ".join(sorted(one)), " or ".join(sorted(other))), ledger)
        if kind == "a table" and all(len(each) == 1 for each in heads) and heads[0] != heads[1]:
            texts = [each.pop() for each in heads]
            ledger.differ(step, "body", "body", "columns -> other columns", (texts[0], texts[1]))
    ledger.same(step.label, "body", len(pairs))


def _differ(step: Step, words: tuple[str, str], ledger: Ledger) -> None:
    ledger.differ(step, "body", "body", " -> ".join(words), words, impact="visible")


def _end(held: bytes) -> str:
    """How the bytes end."""
    tail = held[-2:]
    return "ends with two line ends" if tail == b"\n\n" else "ends a line" if tail[-1:] == b"\n" else "ends in a line"


def _lines(held: bytes) -> str:
    """How lines of text end; "" where that is not known."""
    if magic(held) not in ("text", "a table"):
        return ""
    return "lines end with CR LF" if b"\r\n" in held else "lines end with LF" if b"\n" in held.strip() else ""


def _head(held: bytes) -> str:
    return held.splitlines()[0].strip().decode("utf-8", "replace") if held.strip() else ""


def _heads(bodies: tuple[bytes, bytes]) -> tuple[str, str] | None:
    """The names of the columns of two tables, where they differ."""
    heads = _head(bodies[0]), _head(bodies[1])
    return heads if heads[0] != heads[1] and not any(re.search(r"\d", head) for head in heads) else None


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
