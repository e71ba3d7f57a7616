"""Recorded traffic judged by the same checks: what a HAR or a cassette shows of a server, without a request."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mockserver.bundle.loader import Bundle
from mockserver.checks.engine import CHECKS, validate_exchange
from mockserver.checks.probing import Judging, merged
from mockserver.checks.runner import Checked, Options, in_scope
from mockserver.checks.tallies import Tally
from mockserver.environments.recordings import attach, read_recording
from mockserver.probes.base import Contract
from mockserver.probes.registry import judges
from mockserver.store.relations import infer_model


def check_recorded(bundle: Bundle, options: Options, files: Sequence[Path]) -> Checked:
    """What the judges say of recordings, and which operations and statuses these cover; files that are none raise."""
    chosen = [judge for judge in judges() if options.wants(judge.name, judge.code)]
    judging = Judging(Contract(bundle, infer_model(bundle)), chosen)
    scope = {operation.label: operation for operation in in_scope(bundle, options.operations, options.tags)}
    tally, found, strange = Tally(), [], 0
    exchanges = [exchange for file in files for exchange in attach(read_recording(file), bundle)]
    for exchange in exchanges:
        operation = scope.get(exchange.operation)
        if operation is None:
            strange += not exchange.operation
            continue
        tally.see(exchange)
        judged = validate_exchange(bundle, exchange)
        for name, code in CHECKS:
            tally.ran[name] += 1 if options.wants(name, code) else 0
        found += [o for o in judged if options.wants(o.check, o.finding.code)]
        found += judging(operation, exchange)
    tally.add(judging.tally)
    covered = sum(1 for label in scope if tally.statuses[label])
    notes = [f"{len(exchanges)} exchanges cover {covered} of {len(scope)} operations"]
    notes += [f"{strange} exchanges belong to no operation of the bundle"] if strange else []
    gate = () if covered else ("no recorded exchange belongs to an operation of the bundle that was asked for",)
    return Checked(
        bundle,
        merged(found),
        tally.operations(scope.values(), {}),
        tuple(check for check in tally.checks(_known(options), {}) if check.ran),
        gate,
        notes=tuple(notes),
    )


def _known(options: Options) -> list[tuple[str, str]]:
    return [check for check in (*CHECKS, *((j.name, j.code) for j in judges())) if options.wants(*check)]
