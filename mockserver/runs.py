"""Runs: what `check` and `compare` found, as one document; every report is made from it, now or later.

`run.json` is this, published as `spec/run.schema.json`. Nothing gets into a Run that was not redacted before.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from mockserver.exchanges import Exchange
from mockserver.findings import Finding, Severity
from mockserver.problems import UsageError

VERSION = 1
State = Literal["new", "known", "gone"]
Outcome = Literal["clean", "findings", "vacuous", "stopped", "interrupted", "unreachable"]


@dataclass(frozen=True, slots=True)
class Contract:
    """The bundle that was judged by; `overlays` are file names."""

    file: str
    sha256: str
    title: str = ""
    release: str = ""
    operations: int = 0
    overlays: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Target:
    """An environment that was asked; `url` is empty for the mock in process."""

    name: str
    url: str = ""
    writable: bool = False


@dataclass(frozen=True, slots=True)
class Observation:
    """A finding of a run, with everything needed to believe it, repeat it and decide about it.

    `check` is the check's name; `count` how often it was seen. `state` is relative to the baseline; `accepted` the
    baseline's entry for it (reason, owner, first seen, expires). `verdict` says who is wrong, in the words of the run's
    kind (`server`, `mock`, `bundle`; `A`, `B`, `both`, `neither`). `overlay` is a drafted correction of the bundle.
    `curl` and `pytest` repeat it, secrets as variables. `details` is what one kind of run knows more: plain JSON.
    """

    finding: Finding
    check: str = ""
    count: int = 1
    state: State = "new"
    accepted: Mapping[str, str] = field(default_factory=dict)
    verdict: str = ""
    overlay: str = ""
    curl: str = ""
    pytest: str = ""
    exchanges: tuple[Exchange, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Stable over runs."""
        return self.finding.key()


@dataclass(frozen=True, slots=True)
class OperationTally:
    """What became of one operation: cases sent, statuses seen and how often, seconds spent.

    `reached`: a documented success was seen. `left_out` says why it was not (fully) tested, where it was not.
    `unseen` are documented statuses that never came.
    """

    operation: str
    cases: int = 0
    statuses: Mapping[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    reached: bool = False
    left_out: str = ""
    unseen: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CheckTally:
    """How often a check judged something and how often it failed; `why_not` where it never ran."""

    check: str
    code: str = ""
    ran: int = 0
    failed: int = 0
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    """One run. `kind` is check or compare; `seconds` its whole time; `started` RFC 3339 in UTC.

    `gate` lists why the run proves too little (empty: it proves enough). `dropped` are alarms proved false, as
    (what, why, count). `notes` are sentences for the reader: what was stopped, cleaned up, left over.
    `details` is what one kind knows more (compare: matrix, rules, noise), as plain JSON.
    """

    kind: Literal["check", "compare"]
    seed: int
    contract: Contract
    targets: tuple[Target, ...]
    started: str = ""
    seconds: float = 0.0
    outcome: Outcome = "clean"
    exit_code: int = 0
    options: Mapping[str, Any] = field(default_factory=dict)
    operations: tuple[OperationTally, ...] = ()
    checks: tuple[CheckTally, ...] = ()
    observations: tuple[Observation, ...] = ()
    gate: tuple[str, ...] = ()
    dropped: tuple[Mapping[str, Any], ...] = ()
    notes: tuple[str, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)
    tool: str = ""

    @property
    def requests(self) -> int:
        """All requests that were sent for it."""
        return sum(tally.cases for tally in self.operations)

    def to_json(self) -> dict[str, Any]:
        """As plain JSON: the content of run.json."""
        shown = {name: getattr(self, name) for name in self.__dataclass_fields__ if name != "observations"}
        for name in ("contract", "targets", "operations", "checks"):
            value = shown[name]
            shown[name] = [asdict(item) for item in value] if isinstance(value, tuple) else asdict(value)
        found = [_observation(observation) for observation in self.observations]
        return {"version": VERSION, **shown, "observations": found}

    def save(self, file: Path) -> None:
        """Write run.json, whole or not at all."""
        file.parent.mkdir(parents=True, exist_ok=True)
        beside = file.with_suffix(".part")
        text = json.dumps(self.to_json(), indent=1, ensure_ascii=False) + "\n"
        beside.write_bytes(text.encode("utf-8", "backslashreplace"))  # half a surrogate pair stays what JSON calls it
        beside.replace(file)


def load_run(file: Path) -> Run:
    """The run that a run.json holds; UsageError where the file is none."""
    try:
        data = json.loads(file.read_text("utf-8"))
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror or error}.") from error
    except ValueError as error:
        raise UsageError(f"{file} is not JSON: {error}.") from error
    return run_from_json(data, str(file))


def run_from_json(data: Any, source: str = "run.json") -> Run:
    """The run of a run.json's content; UsageError where it is none, or of another version."""
    if not isinstance(data, dict) or data.get("version") != VERSION:
        said = data.get("version") if isinstance(data, dict) else None
        raise UsageError(
            f"{source} is no run of version {VERSION} (it says {said!r}).", "Make it with `mockserver check`."
        )
    try:
        values = {key: value for key, value in data.items() if key != "version"}
        values["contract"] = Contract(**{**data["contract"], "overlays": tuple(data["contract"]["overlays"])})
        values["targets"] = tuple(Target(**target) for target in data["targets"])
        values["operations"] = tuple(OperationTally(**{**o, "unseen": tuple(o["unseen"])}) for o in data["operations"])
        values["checks"] = tuple(CheckTally(**check) for check in data["checks"])
        values["observations"] = tuple(_observed(observation) for observation in data["observations"])
        for name in ("gate", "dropped", "notes"):
            values[name] = tuple(data[name])
        return Run(**values)
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(f"{source} is not a whole run: {error}.", "Make it again with `mockserver check`.") from error


def _observation(observation: Observation) -> dict[str, Any]:
    shown: dict[str, Any] = {name: getattr(observation, name) for name in observation.__dataclass_fields__}
    shown["finding"] = asdict(observation.finding)
    shown["exchanges"] = [exchange.to_json() for exchange in observation.exchanges]
    return {"key": observation.key, **shown}


def _observed(data: Mapping[str, Any]) -> Observation:
    values = {key: value for key, value in data.items() if key != "key"}
    finding = {**data["finding"], "severity": Severity(data["finding"]["severity"])}
    values["finding"] = Finding(**finding)
    values["exchanges"] = tuple(Exchange.from_json(exchange) for exchange in data["exchanges"])
    return Observation(**values)


def worst(observations: Sequence[Observation]) -> Severity | None:
    """The severity of the worst new observation, None where nothing is new."""
    order = list(Severity)
    new = [o.finding.severity for o in observations if o.state == "new"]
    return min(new, key=order.index) if new else None
