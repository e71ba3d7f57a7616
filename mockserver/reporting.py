"""What `check` and `compare` have in common at the end: redaction, baselines, reports, the exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mockserver.baselines import Baseline, load_baseline
from mockserver.problems import UsageError
from mockserver.redaction import Redactor
from mockserver.reproduction import curl, pytest_code
from mockserver.runs import Contract, Observation, Run, load_run

if TYPE_CHECKING:
    from mockserver.bundle.loader import Bundle

HOME = Path(".mockserver")
BASELINES = Path("fixtures", "baselines")
_LEVELS = ("error", "warning", "info")


def judged(bundle: Bundle) -> Contract:
    """What a Run says of the bundle it was judged by."""
    overlays = tuple(shown(Path(applied.file)) for applied in bundle.overlays)
    return Contract(shown(bundle.source), bundle.sha256, bundle.title, bundle.release, len(bundle.operations), overlays)


def redacted(observation: Observation, redactor: Redactor) -> Observation:
    """An observation fit to be kept, with curl and pytest to repeat it."""
    finding = observation.finding
    exchanges = tuple(redactor.exchange(exchange) for exchange in observation.exchanges)
    return replace(
        observation,
        finding=replace(
            finding,
            file=shown(Path(finding.file)) if finding.file else "",
            message=redactor.text(finding.message),
            evidence=redactor.text(finding.evidence),
        ),
        exchanges=exchanges,
        curl=curl(exchanges[-1]) if exchanges else "",
        pytest=pytest_code(exchanges, finding.message) if exchanges else "",
    )


def baseline_of(kind: str, names: Sequence[str], title: str, flags: Mapping[str, Any]) -> tuple[Path, Baseline]:
    """The baseline that a command line means, and its file, empty where there is none yet.

    UsageError where a file was named that is none or belongs to another bundle, or where --accept lacks something:
    commands ask before they send anything.
    """
    together = "-".join(name.replace(":", "-") for name in names)
    file: Path = flags["baseline"] or BASELINES / f"{kind}-{together}.json"
    if flags["baseline"] and not file.is_file() and not flags["accept"]:
        raise UsageError(f"There is no baseline {file}.", "Write one with --accept REASON, or leave --baseline out.")
    if flags["accept"] and not flags["owner"]:
        raise UsageError("What is accepted needs somebody who answers for it.", "Give --owner NAME.")
    if flags["expires"]:
        _date(flags["expires"])
    return file, load_baseline(file, title) if file.is_file() else Baseline(title)


def with_baseline(run: Run, flags: Mapping[str, Any]) -> Run:
    """The run with each finding new, known or gone by its baseline; with `--accept` all of it becomes known."""
    file, baseline = baseline_of(run.kind, [target.name for target in run.targets], run.contract.title, flags)
    tested = {tally.operation for tally in run.operations if tally.cases and not tally.left_out}
    if flags["accept"]:
        expires = _date(flags["expires"]) if flags["expires"] else None
        baseline = baseline.updated(run.observations, flags["accept"], flags["owner"], today(), expires)
        baseline = baseline.of(run.contract)
        baseline.save(file)
        click.echo(f"Wrote {file}.", err=True)
    observations = baseline.apply(run.observations, today(), tested, run.contract)
    outcome = run.outcome
    if outcome == "clean":
        new = any(observation.state == "new" for observation in observations)
        outcome = "findings" if new else "vacuous" if run.gate else "clean"
    return replace(run, observations=observations, outcome=outcome)


def verdict(run: Run, fail_on: str) -> int:
    """The exit code: 0 clean, 1 new findings from `fail_on` up or too little proved, 3 not reached, 130 interrupted."""
    if run.outcome == "interrupted":
        return 130
    if run.outcome == "unreachable":
        return 3
    limit = _LEVELS.index(fail_on) if fail_on in _LEVELS else -1
    new = [o for o in run.observations if o.state == "new" and _LEVELS.index(o.finding.severity.value) <= limit]
    return int(bool(new or run.gate or run.outcome == "stopped"))


def report(run: Run, wanted: Sequence[str], *, verbose: bool) -> None:
    """Write each `format=file` that is wanted (stdout without a file), and the text for people where none is."""
    import mockserver.explanations  # noqa: F401  what each code means is part of a report
    from mockserver.reports import render, write
    from mockserver.reports.github import job_summary
    from mockserver.reports.terminal import show

    to_stdout = [part for part in wanted if "=" not in part]
    for part in wanted:
        form, _, file = part.partition("=")
        if file:
            write(run, form, Path(file))
            click.echo(f"Wrote {file}.", err=True)
    for form in to_stdout or ["text"]:
        if form == "text":
            show(run, verbose=verbose)
        else:
            click.echo(render(run, form), nl=False)
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    if summary:
        with Path(summary).open("ab") as out:
            out.write(job_summary(run).encode("utf-8", "backslashreplace"))


def report_saved(file: str, wanted: Sequence[str], *, verbose: bool) -> int:
    """Make reports of a run.json later."""
    report(load_run(Path(file)), wanted, verbose=verbose)
    return 0


@contextmanager
def progress() -> Iterator[Callable[[str, int], None] | None]:
    """A line that says what is being done, on a terminal; None where nobody looks."""
    if not sys.stderr.isatty() or os.environ.get("CI"):
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    with Progress(SpinnerColumn(), TimeElapsedColumn(), TextColumn("{task.description}"), console=console) as bar:
        task = bar.add_task("starting", total=None)
        yield lambda what, count: bar.update(task, description=f"{what} ({count:,})")


def now() -> str:
    """The present time, as reports say it."""
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def today() -> date:
    """The present day in UTC: what baselines expire by."""
    return datetime.now(UTC).date()


def shown(file: Path) -> str:
    """A path as people would write it: from where they stand."""
    try:
        return str(file.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(file)


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"--expires is a date such as 2027-03-31, not {text!r}.") from None
