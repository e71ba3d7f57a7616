"""Replay: a stored recording of an environment is held against the environment of today, request by request."""

from __future__ import annotations

from dataclasses import replace

from mockserver.compare.difference import Step
from mockserver.compare.record import Record
from mockserver.compare.rounds import Executed
from mockserver.compare.rules import Rules
from mockserver.compare.runner import Asked, Compared, Options, Progress, deepened, record_of
from mockserver.compare.storage import bare
from mockserver.environments.client import Client, Forbidden, Stopped
from mockserver.environments.guard import reads
from mockserver.probes.base import Contract
from mockserver.problems import UsageError
from mockserver.redaction import Redactor

_VEILED = "personal data were taken out of the recorded request"


def compare_recorded(
    recording: tuple[Record, int, str], client: Client, contract: Contract, options: Options, committed: Rules,
    redactor: Redactor, on_progress: Progress | None = None,
) -> Compared:  # fmt: skip
    """Compare a side of a record (record, 0 for A or 1 for B, its name here) with an environment now.

    The recorded requests are sent again as they are: the rows that they name are those of the same environment. What
    comes back is redacted as the recording was before the two are compared.
    """
    record, at, name = recording
    tell = on_progress or (lambda _what, _count: None)
    rounds, reasons, stopped = [], dict[int, str](), ""
    for number in (1, 2):
        kept, fresh = [], []
        for step in record.steps(f"{'ab'[at]}{number}"):
            tell("asking what was recorded", step.number)
            answer = stopped or _asked(step, record, client, redactor)
            if isinstance(answer, Step):
                kept.append(replace(step, exchange=replace(step.exchange, environment=name), same_row=answer.same_row))
                fresh.append(answer)
            else:
                reasons[step.number] = answer
                stopped = client.stopped or stopped
        rounds += [tuple(kept), tuple(fresh)]
    executed = Executed(rounds[0], rounds[1], rounds[2], rounds[3], tuple(sorted(reasons.items())), stopped)
    asked = Asked((name, client.environment.name), (record.urls[at], client.url), record.program, record.started)
    return deepened(
        record_of(executed, asked, contract, tell), contract, options, committed, None, tell, client.secrets
    )


def _asked(step: Step, record: Record, client: Client, redactor: Redactor) -> Step | str:
    """The answer of today to a recorded request; else why it was not asked."""
    template = record.program.templates[step.number]
    if step.operation is not None and not reads(step.operation):
        return "what writes is not sent again"
    if step.number in record.veiled:
        return _VEILED
    if template.actor not in ("", "default", *client.actors):
        return f"{client.environment.name} has no credentials of {template.actor}"
    request = bare(step.exchange.request)
    if template.actor == "" and len(request.headers) < len(step.exchange.request.headers):
        return "its own credentials were taken out of the recorded request"
    try:
        exchange = client.send(
            request, operation=step.operation, actor=template.actor, purpose=f"compare {template.kind}"
        )
    except (Forbidden, UsageError, Stopped) as reason:
        return str(reason)
    same = True if template.row or template.path else None
    return Step(step.number, step.operation, redactor.exchange(exchange), step.about, same)
