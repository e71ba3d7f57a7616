"""Pages judged within their own side: their size, the count of all matches, where each begins."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from mockserver.compare.facts import Fact, verdict, whole
from mockserver.compare.seen import Seen, questions

_PAGES = 6  # full pages of which each one's count is its own: then it never counts all matches


def judge_size(seen: Seen) -> Iterator[Fact]:
    number = len(seen.rows)
    size, left = seen.size, None if seen.count is None or seen.start is None else seen.count - seen.start
    if size is not None and size > 0:
        kept = number <= size
        yield verdict(seen.step, "paging", "the page size asked for", kept, ("kept", "more rows than asked for"))
        if kept and left is not None:
            full = number == min(size, max(left, 0))
            yield verdict(seen.step, "paging", "a page with more to come", full, ("full", "fewer rows than asked for"))
    elif size is None and seen.operation.paging is not None and seen.start == 0 and number:
        full = left is not None and left > number
        says = frozenset({str(number)}) if full else _from(number)
        words = f"{number} rows" if full else "all rows that there are"
        yield Fact(seen.step.number, seen.step.label, "default", "the page size by default", says, words)


@lru_cache(maxsize=256)
def _from(number: int) -> frozenset[str]:
    """All sizes that a page may have of which only so many rows were seen."""
    return frozenset(str(n) for n in range(number, 5001))


def judge_count(seen: Seen) -> Iterator[Fact]:
    if seen.operation.shape.count is None or seen.count is None or seen.start is None:
        return
    number = len(seen.rows)
    pointer = "".join(f"/{name}" for name in seen.operation.shape.count)
    size = seen.size
    last = size is not None and number < size
    good = seen.count >= seen.start + number and (not last or seen.count == seen.start + number or not number)
    words = ("agrees with the rows", "does not agree with the rows")
    yield verdict(
        seen.step, "count", "the count", good, words, pointer=pointer, detail=f"count {seen.count}, {number} rows"
    )


def judge_beyond(lists: Sequence[Seen]) -> Iterator[Fact]:
    """A page whose number is above that of all rows has none of them, however pages are counted."""
    for pages in questions(lists).values():
        most = max(max(seen.count or 0, len(seen.rows)) for seen in pages)
        for seen in pages if most else ():
            paging = seen.operation.paging
            names = [] if paging is None else [name for name in (paging.page, paging.offset) if name is not None]
            numbers = [whole(seen.given[name]) for name in names if name in seen.given]
            if any(number is not None and number > most for number in numbers):
                yield verdict(seen.step, "paging", "a page beyond the end", not seen.rows, ("empty", "has rows"))


def judge_counts(lists: Sequence[Seen]) -> Iterator[Fact]:
    """The count is that of all matches: the same on each page of a question, and no less than its rows together."""
    full = [seen for seen in lists if seen.count is not None and seen.size == len(seen.rows) > 0]
    never = len(full) >= _PAGES and all(seen.count == len(seen.rows) for seen in full)
    for pages in questions(lists).values():
        counted = [seen for seen in pages if seen.count is not None]
        rows = {key for seen in counted for key in seen.keys}
        good = not never and len({seen.count for seen in counted}) == 1
        good = good and all((seen.count or 0) >= len(rows) for seen in counted)
        if len(counted) > 1 or never:
            for seen in counted:
                yield verdict(
                    seen.step,
                    "count",
                    "the count over pages",
                    good,
                    ("that of all matches", "that of the page, or another on each page"),
                    pointer="".join(f"/{name}" for name in seen.operation.shape.count or ()),
                )


def judge_pages(lists: Sequence[Seen]) -> Iterator[Fact]:
    """Pages of one list: where each begins in the first and longest, and whether two share rows."""
    for pages in questions([seen for seen in lists if seen.keys]).values():
        long = max(pages, key=lambda seen: len(seen.keys) if seen.start == 0 else 0)
        places = {key: index for index, key in enumerate(long.keys)}
        for seen in pages:
            if seen is long:
                continue
            begins = places.get(seen.keys[0])
            if begins is not None:
                yield Fact(
                    seen.step.number,
                    seen.step.label,
                    "paging",
                    "where a page begins",
                    frozenset({str(begins)}),
                    f"at row {begins}",
                )
            elif len(long.keys) < len(seen.keys) + 1 or seen.start is None:
                yield Fact(
                    seen.step.number,
                    seen.step.label,
                    "paging",
                    "where a page begins",
                    frozenset({"beyond"}),
                    "beyond the rows known",
                )
