"""GitHub Actions: workflow commands that annotate the bundle's lines, and a job summary in Markdown."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

from mockserver.findings import Severity
from mockserver.reports import story, wording
from mockserver.reports.text import number, one_line, visible
from mockserver.runs import Observation, Run

COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
MOST_ROWS = 200
LARGEST = 1_000_000  # GitHub takes 1 MiB a step
_MARKDOWN = re.compile(r"([\\`*_\[\]|~#@])")


def commands(run: Run) -> str:
    """A workflow command for each new finding, worst first, and one for each reason why the run proves too little."""
    severities = list(Severity)
    new = sorted(wording.of(run, "new"), key=lambda o: severities.index(o.finding.severity))
    lines = [_command("error", "Proves too little", reason) for reason in run.gate]
    lines += [_annotation(observation, run) for observation in new]
    return "".join(f"{line}\n" for line in lines)


def job_summary(run: Run) -> str:
    """The run as Markdown for `$GITHUB_STEP_SUMMARY`: conclusion, findings, what was not proved, how to repeat."""
    sections = [f"## mockserver {run.kind}: {_md(wording.conclusion(run))}", _md(f"{wording.headline(run)}.")]
    if run.gate:
        sections.append("**Proves too little:**\n" + "\n".join(f"- {_md(reason)}" for reason in run.gate))
    sections += [section for section in (_drift(run), _findings(run), _accepted(run), _left(run)) if section]
    sections.append(f"{wording.times(run)}. Exit {run.exit_code}: {wording.meaning(run)}.")
    sections.append(f"Again: {_code(wording.again(run))}")
    text = "\n\n".join(sections) + "\n"
    if len(text.encode("utf-8")) <= LARGEST:
        return text
    return text.encode("utf-8")[:LARGEST].decode("utf-8", "ignore") + "\n\n… cut here: the report has the rest.\n"


def _annotation(observation: Observation, run: Run) -> str:
    finding = observation.finding
    file = wording.local_file(finding.file or run.contract.file)
    body = [f"{finding.operation}: {finding.message}" if finding.operation else finding.message]
    body += [one_line(text, 500) for text in (finding.evidence, observation.curl) if text]
    title = f"{finding.code} {wording.title(observation)}"
    return _command(COMMANDS[finding.severity], title, "\n".join(body), file=file, line=finding.line)


def _command(name: str, title: str, message: str, *, file: str = "", line: int = 0) -> str:
    properties = [("file", file), ("line", str(line) if line else ""), ("title", title)]
    said = ",".join(f"{key}={_property(value)}" for key, value in properties if value)
    return f"::{name} {said}::{_data(visible(message))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(visible(text)).replace(":", "%3A").replace(",", "%2C")


def _md(text: object, limit: int = 300) -> str:
    """Text for Markdown: no markup, no HTML, no mention, no cell end in it."""
    return _MARKDOWN.sub(r"\\\1", html.escape(one_line(text, limit), quote=False))


def _code(text: str) -> str:
    fence = "`" * (max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    return f"{fence} {text} {fence}"


def _table(header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [f"| {' | '.join(header)} |", f"|{'---|' * len(header)}"]
    lines += [f"| {' | '.join(row)} |" for row in rows[:MOST_ROWS]]
    more = [f"\n… {len(rows) - MOST_ROWS:,} more: the report has them."] if len(rows) > MOST_ROWS else []
    return "\n".join(lines + more)


def _drift(run: Run) -> str:
    table = wording.matrix(run) if run.kind == "compare" else {}
    if not table:
        return ""
    classes = list(dict.fromkeys(name for row in table.values() for name in row))
    rows = [(_md(o), *(str(row.get(name, "")) for name in classes)) for o, row in table.items()]
    return _table(("operation", *(_md(name) for name in classes)), rows)


def _findings(run: Run) -> str:
    rows = []
    for operation, found in wording.by_operation(run, wording.of(run, "new")).items():
        for one in found:
            finding = one.finding
            who = wording.verdict_text(one.verdict, run)
            rows.append((finding.severity.value, _md(finding.code), _md(operation), _md(finding.message), _md(who)))
    return _table(("severity", "code", "operation", "finding", "verdict"), rows) if rows else ""


def _accepted(run: Run) -> str:
    known, gone = wording.of(run, "known"), wording.of(run, "gone")
    lines = [f"{number(len(known), 'known finding')}, {number(len(gone), 'gone one')}."] if known or gone else []
    lines += [
        f"- gone: {_md(one.finding.code)} {_md(one.finding.operation)} {_md(one.finding.message)}" for one in gone
    ]
    return "\n".join(lines)


def _left(run: Run) -> str:
    left = [tally for tally in run.operations if tally.left_out or not tally.reached]
    if not left:
        return ""
    rows = [f"- {_md(tally.operation)}: {_md(story.why_not(tally))}" for tally in left]
    inside = "\n".join(rows[:MOST_ROWS])
    return f"<details><summary>{number(len(left), 'operation')} not reached</summary>\n\n{inside}\n\n</details>"
