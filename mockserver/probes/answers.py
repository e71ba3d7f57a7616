"""What a search answers a condition with, beside what it should: rows too many, rows missing, rows from nowhere."""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mockserver.bundle.operations import Operation
from mockserver.probes.base import Contract, Fault, Inconclusive, Scene
from mockserver.probes.filtering import Doubt, Rules, Truth, holds
from mockserver.probes.pages import UNRELATED, Page, Row, ask, identity, read, status
from mockserver.probes.rows import Rows, ended, largest, path_of, sized

_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Answer:
    """The rows that a question was answered with; `complete`: none was left out for want of room."""

    page: Page
    complete: bool

    @property
    def rows(self) -> list[Row]:
        """The rows."""
        return self.page.rows


def answer(
    scene: Scene, operation: Operation, inputs: Mapping[str, Any], refusals: list[Fault] | None = None
) -> Answer | None:
    """Ask with the largest page. Where the question is refused, a fault goes into `refusals`, and None comes back.

    Inconclusive where there is no list of refusals, or a refusal that says nothing of the question.
    """
    size = largest(operation.paging)
    exchange = ask(scene, operation, {**sized(operation, size), **inputs}, path_of(scene, operation))
    code = status(exchange)
    if refusals is not None and code >= 400 and code not in UNRELATED:
        what = "breaks the server" if code >= 500 else "is refused"
        refusals.append(Fault(what, f"{brief(inputs)}: {code}", exchanges=(exchange,)))
        return None
    page = read(scene.contract, operation, exchange)
    return Answer(page, ended(page, len(page.rows), size, operation))


def truth(where: Any, row: Row, rules: Rules) -> Truth | Doubt:
    """Whether a condition holds for a row, or the Doubt about it."""
    try:
        return holds(where, row, rules)
    except Doubt as doubt:
        return doubt


def differences(
    contract: Contract, operation: Operation, where: Any, rules: Rules, found: Answer, whole: Rows
) -> Iterator[tuple[str, list[Row]]]:
    """What is wrong with an answer, in words, with the rows that show it."""
    verdicts = [(row, truth(where, row, rules)) for row in found.rows]
    unknown = [row for row, verdict in verdicts if verdict is None]
    if unknown:
        yield "gives rows where the column is null", unknown
    wrong = [row for row, verdict in verdicts if verdict is False]
    if wrong:
        yield "gives rows for which the condition is not true", wrong
    given = ids(contract, operation, found.rows)
    wanted = [row for row in whole.rows if truth(where, row, rules) is True]
    missing = [row for row in wanted if identity(contract, operation, row) not in given]
    if missing and found.complete:
        yield "leaves out rows for which the condition is true", missing
    if whole.complete:
        existing = ids(contract, operation, whole.rows)
        strange = [row for row in found.rows if identity(contract, operation, row) not in existing]
        if strange:
            yield "gives rows that a search without a condition does not give", strange


def ids(contract: Contract, operation: Operation, rows: Iterable[Row]) -> set[Hashable]:
    """What tells the rows apart."""
    return {identity(contract, operation, row) for row in rows}


def named(contract: Contract, operation: Operation, rows: Sequence[Row]) -> str:
    """A few rows by what tells them apart, for a fault's detail."""
    some = [identity(contract, operation, row) for row in rows[:_SHOWN]]
    texts = [str(each[0]) if isinstance(each, tuple) else str(each)[:80] for each in some]
    return f"{', '.join(texts)}{f' and {len(rows) - _SHOWN} more' if len(rows) > _SHOWN else ''}"


def brief(inputs: Any, longest: int = 300) -> str:
    """What was asked, as JSON, cut short."""
    text = json.dumps(inputs, ensure_ascii=False)
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def need_rows(whole: Rows, least: int = 1) -> list[Row]:
    """The rows; Inconclusive where there are too few to tell anything by."""
    if len(whole.rows) < least:
        raise Inconclusive("there are no rows to judge by" if not whole.rows else f"there are fewer than {least} rows")
    return whole.rows
