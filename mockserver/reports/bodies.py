"""Bodies as they are shown in the page: JSON in lines, each with its pointer, the differing ones marked, long ones cut.

The lines are made of the body's own tokens: numbers keep their form and doubled keys stay double, for just that may
be the difference.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from mockserver.reports.markup import Html, element, joined
from mockserver.reports.text import number, shortened

PARSED_AT_MOST = 4_000_000
LONGEST_LINE = 600
DEEPEST = 100
HEAD, AROUND, MARKS = 14, 4, 8

Path = tuple[str, ...]


class _Number(str):
    """A number as it was written."""

    __slots__ = ()


class _Object(list[tuple[str, Any]]):
    """The pairs of an object, doubled keys too."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    path: Path


def pointer(place: str) -> Path | None:
    """The pointer within a place such as `/data/[]/phone` or `body /data[]`, as its segments; None where there is none.

    `[]`, `{}` and `*` stand for any position or key.
    """
    start = place.find("/")
    if start < 0:
        return None
    parts = re.sub(r"/?(\[\]|\{\})", r"/\1", place[start:]).split("/")[1:]
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in parts)


def body(content: bytes, limit: int, places: Sequence[str] = ()) -> Html:
    """A body for reading, at most about `limit` characters of it, lines at (or below) the places marked."""
    if not content:
        return element("p", "no body", class_="quiet")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return element("p", f"{number(len(content), 'byte')} that are no text", class_="quiet")
    wanted = [path for path in map(pointer, places) if path is not None]
    value = _value(text)
    if value is None:
        rest = len(text) - limit
        note = element("p", f"… {number(rest, 'more character')}: run.json has them all", class_="cut")
        return joined([element("pre", text[:limit], tabindex="0"), note if rest > 0 else None])
    written = _written(value[0], (), "", "")
    lines = list(written) if wanted else []
    marks = _marks(lines, wanted)
    return element("pre", *(_marked(lines, marks, limit) if marks else _first(lines or written, limit)), tabindex="0")


def _value(text: str) -> tuple[Any] | None:
    """The value of a JSON text, in a tuple; None where it is none, or too large or deep to be looked at."""
    if len(text) > PARSED_AT_MOST:
        return None
    try:
        return (
            json.loads(text, object_pairs_hook=_Object, parse_int=_Number, parse_float=_Number, parse_constant=_Number),
        )
    except (ValueError, RecursionError):
        return None


def _first(lines: Iterable[_Line], limit: int) -> Iterator[str]:
    for line in lines:
        if limit <= 0:
            yield _gap(0)
            return
        limit -= len(line.text) + 1
        yield f"{shortened(line.text, LONGEST_LINE)}\n"


def _written(value: Any, path: Path, before: str, after: str) -> Iterator[_Line]:
    indent = "  " * len(path)
    if isinstance(value, list) and value and len(path) < DEEPEST:
        pairs = isinstance(value, _Object)
        yield _Line(f"{indent}{before}{'{' if pairs else '['}", path)
        for index, item in enumerate(value):
            comma = "," if index < len(value) - 1 else ""
            if pairs:
                key, inner = item
                yield from _written(inner, (*path, key), f"{json.dumps(key, ensure_ascii=False)}: ", comma)
            else:
                yield from _written(item, (*path, str(index)), "", comma)
        yield _Line(f"{indent}{'}' if pairs else ']'}{after}", path)
        return
    yield _Line(f"{indent}{before}{_scalar(value)}{after}", path)


def _scalar(value: Any) -> str:
    if isinstance(value, _Number):
        return value
    if isinstance(value, list):
        inside = "…" if value else ""
        return f"{{{inside}}}" if isinstance(value, _Object) else f"[{inside}]"
    return json.dumps(value, ensure_ascii=False)


def _marks(lines: list[_Line], wanted: list[Path]) -> dict[int, str]:
    """Numbers of the lines to mark: `here` at a place or below it, `missing` where its nearest parent begins."""
    marks: dict[int, str] = {}
    for path in wanted:
        here = [i for i, line in enumerate(lines) if _under(line.path, path)]
        marks |= dict.fromkeys(here, "here")
        if here or not path:
            continue
        for length in range(len(path) - 1, -1, -1):
            parents = [
                i for i, line in enumerate(lines) if len(line.path) == length and _under(line.path, path[:length])
            ]
            if parents:
                opening = [i for i in parents if lines[i].text.rstrip()[-1:] in "{["] or parents
                marks.update((i, "missing") for i in opening if i not in marks)
                break
    return marks


def _under(path: Path, pattern: Path) -> bool:
    if len(path) < len(pattern):
        return False
    return all(wanted in ("[]", "{}", "*", found) for found, wanted in zip(path, pattern, strict=False))


def _marked(lines: list[_Line], marks: dict[int, str], limit: int) -> Iterator[str]:
    """The lines within the limit: the first ones and those round the first marks; gaps say how long they are."""
    kept: Sequence[int] = range(len(lines))
    if sum(len(line.text) + 1 for line in lines) > limit:
        near = [i for mark in sorted(marks)[:MARKS] for i in range(mark - AROUND, mark + AROUND + 1)]
        kept = sorted({i for i in (*range(HEAD), *near) if 0 <= i < len(lines)})
    last = -1
    for index in kept:
        if index > last + 1:
            yield _gap(index - last - 1)
        text = shortened(lines[index].text, LONGEST_LINE)
        mark = marks.get(index)
        yield element("mark", text, class_=mark) if mark else text
        yield "\n"
        last = index
    if last < len(lines) - 1:
        yield _gap(len(lines) - 1 - last)


def _gap(length: int) -> Html:
    lines = number(length, "line") if length else "the other lines are"
    return element("span", f"⋯ {lines} not shown here, run.json has them\n", class_="cut")
