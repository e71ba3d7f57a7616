"""What every report says in the same words: what was asked, how it ended, what that means, how to repeat it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from mockserver.findings import CODES, Severity
from mockserver.reports.text import number, one_line, visible
from mockserver.runs import Observation, Run, State, Target

STATES: tuple[State, ...] = ("new", "known", "gone")
_MEANINGS = {2: "wrong usage, settings or bundle", 3: "an environment could not be asked", 130: "interrupted"}
_VERDICTS = {
    "server": "the server is wrong",
    "mock": "the mock is wrong",
    "bundle": "the bundle is wrong",
    "both": "both break the bundle",
    "neither": "both keep the bundle",
}
_PLAIN = re.compile(r"[\w@%+=:,./-]+\Z")


def of(run: Run, state: State) -> list[Observation]:
    """The observations of one state."""
    return [observation for observation in run.observations if observation.state == state]


def target_text(target: Target) -> str:
    """`staging (https://staging.example.com)`; the mock in process has no address."""
    return one_line(f"{target.name} ({target.url})" if target.url and target.url != target.name else target.name)


def contract_text(run: Run) -> str:
    """The bundle with its title, release and overlays."""
    contract = run.contract
    said = " ".join(part for part in (contract.title, contract.release) if part)
    overlays = number(len(contract.overlays), "overlay") if contract.overlays else ""
    inside = ", ".join(part for part in (said, overlays) if part)
    return one_line(f"{contract.file} ({inside})" if inside else contract.file, 400)


def headline(run: Run) -> str:
    """What was asked, in one sentence without its full stop."""
    asked = " with ".join(target_text(target) for target in run.targets) or "nothing"
    return f"{'Compared' if run.kind == 'compare' else 'Checked'} {asked} against {contract_text(run)}"


def by_severity(observations: Iterable[Observation]) -> str:
    """`2 errors, 1 warning`."""
    counts = Counter(observation.finding.severity for observation in observations)
    names = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
    return ", ".join(number(counts[severity], name) for severity, name in names.items() if counts[severity])


def conclusion(run: Run) -> str:
    """How the run ended, in one sentence."""
    new = of(run, "new")
    thing = "difference" if run.kind == "compare" else "finding"
    found = f"{number(len(new), f'new {thing}')} ({by_severity(new)})" if new else f"no new {thing}s"
    ends = {
        "unreachable": f"Could not be finished: an environment did not answer; {found} until then.",
        "interrupted": f"Interrupted: {found} until then.",
        "stopped": f"Stopped early: {found} until then.",
        "vacuous": f"Proves too little: {number(len(run.gate), 'reason')}; {found}.",
    }
    if run.outcome in ends:
        return ends[run.outcome]
    if run.gate:
        return f"{found[0].upper()}{found[1:]}; and the run proves too little: {number(len(run.gate), 'reason')}."
    return f"{found[0].upper()}{found[1:]}."


def meaning(run: Run) -> str:
    """What the exit code means."""
    if run.exit_code == 0:
        return "no new drift" if run.kind == "compare" else "clean"
    if run.exit_code == 1:
        found = "drift" if run.kind == "compare" else "findings"
        blocked = any(blocking(observation, run) for observation in run.observations)
        return f"{found}, and too little proved" if blocked and run.gate else "too little proved" if run.gate else found
    return _MEANINGS.get(run.exit_code, "unknown")


def again(run: Run) -> str:
    """The command that repeats the run: the one that was given where the run knows it, else as good as can be told."""
    given = run.options.get("command")
    if isinstance(given, str) and given:
        return one_line(given, 1_000)
    names = " ".join(quoted(target.name) for target in run.targets)
    return one_line(f"mockserver {run.kind} {names} --seed {run.seed}", 1_000)


def quoted(word: str) -> str:
    """A word as a POSIX shell wants it."""
    return word if _PLAIN.match(word) else "'" + word.replace("'", "'\\''") + "'"


def times(run: Run) -> str:
    """Requests, seconds, and milliseconds for each operation that was asked."""
    asked = [tally for tally in run.operations if tally.cases]
    each = f", {1000 * run.seconds / len(asked):,.0f} ms per operation" if asked else ""
    return f"{number(run.requests, 'request')} in {run.seconds:,.1f} s{each}"


def verdict_text(verdict: str, run: Run) -> str:
    """Who is wrong, in words; in a comparison A and B are called by their names."""
    if run.kind == "compare" and verdict in ("A", "B") and len(run.targets) == 2:
        return f"{visible(run.targets[verdict == 'B'].name)} breaks the bundle"
    return _VERDICTS.get(verdict, visible(verdict))


def accepted_text(observation: Observation) -> str:
    """Why a known finding is accepted, by whom, until when; empty where nobody said."""
    accepted = observation.accepted
    said = [str(accepted[name]) for name in ("reason", "owner") if accepted.get(name)]
    said += [f"{word} {accepted[name]}" for name, word in _DATES.items() if accepted.get(name)]
    return visible(", ".join(said))


_DATES = {"first_seen": "since", "since": "since", "expires": "until"}


def place(observation: Observation) -> str:
    """`file:line` of the bundle, or as much of it as is known."""
    finding = observation.finding
    return visible(f"{finding.file}:{finding.line}" if finding.line and finding.file else finding.file)


def title(observation: Observation) -> str:
    """What the code of an observation means, or the name of the check where the code has no text of ours."""
    known = CODES.get(observation.finding.code)
    return known.title if known else visible(observation.check.replace("_", " ") or observation.finding.code)


def where(observation: Observation) -> str:
    """Where the answers of a comparison differ: `status`, `header:etag`, `/data/[]/phone`; empty for a check."""
    told = [str(observation.details.get(name) or "") for name in ("place", "pointer")]
    return " ".join(part for part in told if part).removeprefix("body ")


def by_operation(run: Run, observations: Iterable[Observation]) -> dict[str, list[Observation]]:
    """Observations under their operation: operations in the order of the run, the worst of the new ones first."""
    severities = list(Severity)
    grouped: dict[str, list[Observation]] = {tally.operation: [] for tally in run.operations}
    for one in sorted(observations, key=lambda o: (STATES.index(o.state), severities.index(o.finding.severity))):
        grouped.setdefault(one.finding.operation, []).append(one)
    return {operation: found for operation, found in grouped.items() if found}


def blocking(observation: Observation, run: Run) -> bool:
    """Whether a finding makes the run fail: it is new, and as bad as the option `fail_on` wants (any, if not told)."""
    wanted = run.options.get("fail_on", run.options.get("fail-on", "info"))
    if observation.state != "new" or wanted == "never":
        return False
    severities = list(Severity)
    least = severities.index(Severity(wanted)) if wanted in severities else len(severities) - 1
    return severities.index(observation.finding.severity) <= least


def local_file(file: str) -> str:
    """A file of the bundle as code hosts want it: relative to the working directory where it lies below, with `/`."""
    path = Path(file)
    if path.is_absolute() and path.is_relative_to(Path.cwd()):
        path = path.relative_to(Path.cwd())
    return path.as_posix() if file else ""


def matrix(run: Run) -> Mapping[str, Mapping[str, int]]:
    """Operation x class of a comparison with the counts above zero; counted anew where the run has no table."""
    given = run.details.get("matrix")
    if isinstance(given, Mapping):
        rows = {str(o): _counts(row) for o, row in given.items() if isinstance(row, Mapping)}
        return {operation: row for operation, row in rows.items() if row}
    counted: dict[str, Counter[str]] = {}
    for one in run.observations:
        if one.state != "gone":
            kind = str(one.details.get("class") or one.finding.code)
            counted.setdefault(one.finding.operation, Counter())[kind] += one.count
    return counted


def _counts(row: Mapping[str, Any]) -> dict[str, int]:
    return {str(name): count for name, count in row.items() if isinstance(count, int) and count}
