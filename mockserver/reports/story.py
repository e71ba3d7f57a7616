"""What the terminal tells of a run, in order, as lines and tables that `terminal` then draws plain or coloured."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mockserver.reports import wording
from mockserver.reports.text import number, one_line, visible
from mockserver.runs import Observation, OperationTally, Run

ABSENT = "<absent>"
LONGEST_COMMAND = 300
MOST_COLUMNS = 9
KNOWN_SHOWN = 3
STYLES = {"error": "bold red", "warning": "yellow", "info": "cyan"}


@dataclass(frozen=True, slots=True)
class Line:
    """A line as (text, style) pieces; styles are rich's, empty for none."""

    parts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its cells are text; columns of numbers stand to the right."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


Block = Line | Table


def line(text: str = "", style: str = "") -> Line:
    """A line of one style."""
    return Line(((text, style),) if text else ())


def told(run: Run, *, verbose: bool) -> Iterator[Block]:
    """The whole run; `verbose` adds all known findings, a table of the operations, and one of the checks."""
    yield line(wording.headline(run), "bold")
    yield line(f"{number(run.contract.operations, 'operation')}, seed {run.seed}")
    yield from _drift(run)
    yield from _findings(run, verbose=verbose)
    yield from _section("Proves too little", [(one_line(reason, 600), "") for reason in run.gate], "bold red")
    if verbose:
        yield from _tables(run)
    yield from _not_reached(run)
    yield from _section("Dropped as false alarms", [(_dropped(item), "") for item in run.dropped])
    yield from _section("Notes", [(one_line(note, 600), "") for note in run.notes])
    yield line()
    yield from _end(run)


def _findings(run: Run, *, verbose: bool) -> Iterator[Block]:
    for operation, found in wording.by_operation(run, run.observations).items():
        yield line()
        yield line(one_line(operation) or "The whole run", "bold")
        known = 0
        for observation in found:
            if observation.state == "new":
                yield from _new(observation, run)
                continue
            known += 1
            if verbose or known <= KNOWN_SHOWN:
                yield _known(observation)
        if not verbose and known > KNOWN_SHOWN:
            yield line(f"  … {known - KNOWN_SHOWN:,} more known or gone (--verbose lists them)", "dim")


def _new(observation: Observation, run: Run) -> Iterator[Block]:
    finding = observation.finding
    severity = finding.severity.value
    message = one_line(finding.message, 400)
    yield Line(((f"  {severity:<8}", STYLES[severity]), (f"{finding.code:<6} ", "bold"), (message, "")))
    about = [wording.place(observation), one_line(finding.pointer) if not finding.line else ""]
    about.append(wording.verdict_text(observation.verdict, run) if observation.verdict else "")
    about.append(f"seen {observation.count:,} times" if observation.count > 1 else "")
    indent = " " * 17
    if any(about):
        yield line(indent + " · ".join(part for part in about if part), "dim")
    sides = _sides(observation, run)
    for text in sides or [one_line(finding.evidence)]:
        if text:
            yield line(indent + text)
    command = visible(observation.curl).strip()
    if len(command) > LONGEST_COMMAND:
        yield line(f"{indent}curl with {len(command):,} characters: see the HTML report or run.json", "dim")
    elif command:
        yield line(indent + command.replace("\n", f"\n{indent}"))


def _sides(observation: Observation, run: Run) -> list[str]:
    details = observation.details
    if run.kind != "compare" or len(run.targets) != 2 or not ("a" in details or "b" in details):
        return []
    width = max(len(target.name) for target in run.targets)
    values = (details.get("a", ABSENT), details.get("b", ABSENT))
    return [f"{t.name:<{width}}  {one_line(shown(v))}" for t, v in zip(run.targets, values, strict=True)]


def shown(value: Any) -> str:
    """A value as text: text as it is (what was compared comes as JSON text), anything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _known(observation: Observation) -> Line:
    finding = observation.finding
    reason = wording.accepted_text(observation)
    why = f" ({one_line(reason)})" if reason and observation.state == "known" else ""
    why = " (not seen any more: take it out of the baseline)" if observation.state == "gone" else why
    text = f"  {observation.state:<8}{finding.code:<6} {one_line(finding.message, 400)}{why}"
    return line(text, "green" if observation.state == "gone" else "dim")


def _drift(run: Run) -> Iterator[Block]:
    table = wording.matrix(run) if run.kind == "compare" else {}
    if not table:
        return
    classes = list(dict.fromkeys(name for row in table.values() for name in row))
    yield line()
    if len(classes) <= MOST_COLUMNS:
        rows = [(one_line(o), *(f"{row[c]:,}" if c in row else "·" for c in classes)) for o, row in table.items()]
        yield Table(("operation", *(one_line(name) for name in classes)), tuple(rows))
    else:
        cells = [(one_line(o), ", ".join(f"{one_line(c)} {n:,}" for c, n in row.items())) for o, row in table.items()]
        yield Table(("operation", "differences by class"), tuple(cells))


def _tables(run: Run) -> Iterator[Block]:
    if run.operations:
        yield line()
        header = ("operation", "requests", "ms each", "statuses", "never seen")
        yield Table(header, tuple(_operation(tally) for tally in run.operations))
    if run.checks:
        yield line()
        checks = [(one_line(c.check), c.code, f"{c.ran:,}", f"{c.failed:,}", one_line(c.why_not)) for c in run.checks]
        yield Table(("check", "code", "judged", "failed", "why not"), tuple(checks))


def _operation(tally: OperationTally) -> tuple[str, ...]:
    statuses = " ".join(f"{status}×{count:,}" for status, count in sorted(tally.statuses.items()))
    each = f"{1000 * tally.seconds / tally.cases:,.0f}" if tally.cases else ""
    return one_line(tally.operation), f"{tally.cases:,}", each, statuses, " ".join(tally.unseen)


def _not_reached(run: Run) -> Iterator[Block]:
    left = [tally for tally in run.operations if tally.left_out or not tally.reached]
    pieces = [(f"{one_line(tally.operation)}: {why_not(tally)}", "") for tally in left]
    idle: dict[str, list[str]] = {}
    for check in run.checks:
        if check.why_not:
            idle.setdefault(one_line(check.why_not), []).append(one_line(check.check))
    pieces += [
        (f"{'checks' if len(names) > 1 else 'check'} {', '.join(names)}: {why}", "") for why, names in idle.items()
    ]
    yield from _section("Not reached", pieces, "yellow")


def why_not(tally: OperationTally) -> str:
    """Why an operation was not, or not fully, tested."""
    seen = ", ".join(f"{status}" for status in sorted(tally.statuses))
    return one_line(tally.left_out, 400) or (f"no documented success, only {seen}" if seen else "no documented success")


def _dropped(item: Mapping[str, Any]) -> str:
    count = f" ({item['count']:,} times)" if isinstance(item.get("count"), int) and item["count"] > 1 else ""
    parts = [one_line(shown(item[name])) for name in ("what", "why") if item.get(name)]
    return (": ".join(parts) or one_line(shown(dict(item)))) + count


def _section(title: str, pieces: list[tuple[str, str]], style: str = "bold") -> Iterator[Block]:
    if pieces:
        yield line()
        yield line(title, style)
        for text, shade in pieces:
            yield line(f"  {text}", shade)


def _end(run: Run) -> Iterator[Block]:
    counts = {state: len(wording.of(run, state)) for state in wording.STATES}
    counted = ", ".join(f"{count:,} {state}" for state, count in counts.items())
    dropped = sum(int(item.get("count", 1)) for item in run.dropped)
    extra = f", {dropped:,} dropped as false" if dropped else ""
    yield line(f"{wording.times(run)}: {counted}{extra}.")
    style = "bold green" if run.exit_code == 0 else "bold red"
    end = f"{wording.conclusion(run)} Exit {run.exit_code}: {wording.meaning(run)}."
    yield Line(((end, style), (f" Seed {run.seed}; again: {wording.again(run)}", "")))
