"""The vacuity gate: why a run proves too little to be called green, as sentences; none when it proves enough."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from mockserver.bundle.operations import Operation
from mockserver.problems import UsageError
from mockserver.runs import CheckTally, OperationTally

_SHOWN = 8
NOT_APPLICABLE = "nothing in scope is of its kind"
READ_ONLY = "it writes, and the environment is only read"
_EXPECTED = (NOT_APPLICABLE, READ_ONLY)  # reasons for which a check has nothing to prove here


@dataclass(frozen=True, slots=True)
class Excuse:
    """A documented status that a run need not see: operation and status as patterns (`GET /x/*`, `5??`), and why."""

    operation: str
    status: str
    reason: str

    def covers(self, operation: str, status: str) -> bool:
        """Whether this excuses a status of an operation; `5XX` and `default` match only themselves and `*`."""
        return fnmatchcase(operation, self.operation) and fnmatchcase(status, self.status)


ALWAYS = (
    Excuse("*", "5[0-9X][0-9X]", "a server's own failure cannot be asked for"),
    Excuse("*", "429", "a limit on the rate is not tried out on others' servers"),
    Excuse("*", "default", "says nothing of a particular status"),
)


def load_excuses(file: Path) -> tuple[Excuse, ...]:
    """The excuses of a TOML file of `[[unseen]]` tables with operation, status and reason; none without a file."""
    try:
        entries = tomllib.loads(file.read_text("utf-8")).get("unseen", [])
    except FileNotFoundError:
        return ()
    except (OSError, ValueError) as error:
        raise UsageError(f"{file}: {error}") from error
    found = []
    for number, entry in enumerate(entries, 1):
        wrong = {"operation", "status", "reason"} ^ set(entry) if isinstance(entry, dict) else {"operation"}
        if wrong or not str(entry["reason"]).strip():
            raise UsageError(
                f"{file}: entry {number} of [[unseen]] needs operation, status and a reason, and nothing else."
            )
        found.append(Excuse(str(entry["operation"]), str(entry["status"]), str(entry["reason"])))
    return tuple(found)


def unseen(operation: Operation, statuses: Mapping[str, int], excuses: Sequence[Excuse]) -> tuple[str, ...]:
    """The documented statuses of an operation that never came and have no excuse; `4XX` is seen by any 4xx."""
    missing = []
    for declared in operation.replies:
        seen = any(_means(declared, status) for status in statuses)
        if not seen and not any(excuse.covers(operation.label, declared) for excuse in (*ALWAYS, *excuses)):
            missing.append(declared)
    return tuple(missing)


def reached(operation: Operation, statuses: Mapping[str, int]) -> bool:
    """Whether a documented success was seen: a 2xx, or a 3xx where the operation declares no 2xx."""
    declared = operation.success
    if declared is None:
        return bool(statuses)
    if declared.status == "default":
        return any(status[:1] in "23" for status in statuses)
    first = "3" if declared.status[:1] == "3" else "2"
    return any(status[:1] == first and operation.reply(int(status)) is not None for status in statuses)


def gate(
    operations: Sequence[OperationTally],
    checks: Sequence[CheckTally],
    *,
    actors: Sequence[str],
    needs_actor: bool,
    whole: bool,
    reach: bool = True,
) -> tuple[str, ...]:
    """Why the run proves too little. `operations` are those in scope, `actors` whom it could speak for.

    `reach`: whether each operation has to show a success. Where only some phases or checks were asked for (not
    `whole`), not every check and status can be expected.
    """
    reasons = []
    if needs_actor and "default" not in actors:
        reasons.append("there were no credentials: every operation that asks for some was refused, nothing was tested")
    if not any(tally.cases for tally in operations):
        reasons.append("no request was sent")
    tested = [tally for tally in operations if not tally.left_out and (whole or tally.cases)]
    never = [tally.operation for tally in tested if not tally.reached] if reach else []
    if never:
        reasons.append(f"{len(never)} of {len(tested)} operations never answered a documented success: {_some(never)}")
    cut = [tally.operation for tally in operations if tally.left_out and not tally.left_out.startswith("it writes")]
    if cut:
        reasons.append(f"{len(cut)} operations in scope were not tested to the end: {_some(cut)}")
    unused = [tally for tally in checks if not tally.ran and tally.why_not not in _EXPECTED]
    idle = [f"{tally.check} ({tally.why_not})" if tally.why_not else tally.check for tally in unused]
    if idle and (whole or not any(tally.ran for tally in checks)):
        reasons.append(f"{len(idle)} checks never judged anything: {_some(idle)}")
    missing = [f"{tally.operation} {status}" for tally in tested for status in tally.unseen] if whole else []
    if missing:
        reasons.append(f"{len(missing)} documented statuses were never seen: {_some(missing)}")
    return tuple(reasons)


def _means(declared: str, status: str) -> bool:
    return declared == status or (declared.upper().endswith("XX") and declared[:1] == status[:1])


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
