"""Bearing: whether a check had anything to judge in a case; schemathesis counts a check that looked away as passed."""

from __future__ import annotations

from typing import Any

from schemathesis.generation.meta import REQUEST_SHAPE_PROBES, CoverageScenario, coverage_scenario

from mockserver.bundle.operations import Operation
from mockserver.exchanges import Exchange

_LOOKS = frozenset({"GET", "HEAD", "OPTIONS"})


def bears(check: str, case: Any, operation: Operation | None, exchange: Exchange, walk: tuple[Exchange, ...]) -> bool:
    """Whether a check's verdict on a case says something.

    `walk` are the exchanges of the same scenario that came before, where it goes from operation to operation.
    """
    reply = exchange.reply
    if reply is None or operation is None:
        return False
    scenario = coverage_scenario(case)
    if check == "unsupported_method":
        return scenario is CoverageScenario.UNSPECIFIED_HTTP_METHOD
    if check == "allow_header_conformance":
        return exchange.request.method == "OPTIONS" and reply.header("allow") is not None
    if check == "not_a_server_error":
        return True
    if scenario in REQUEST_SHAPE_PROBES:
        return False
    if check == "missing_required_header":
        where = getattr(case.meta.phase.data, "parameter_location", None) if case.meta is not None else None
        return scenario is CoverageScenario.MISSING_PARAMETER and where is not None and where.value == "header"
    if check == "negative_data_rejection":
        return case.meta is not None and bool(case.meta.generation.mode.is_negative)
    if check == "positive_data_acceptance":
        return case.meta is not None and bool(case.meta.generation.mode.is_positive)
    if check == "ignored_auth":
        return reply.status < 300 and bool(operation.security) and {} not in operation.security
    if check == "use_after_free":
        deleted = any(e.request.method == "DELETE" and e.reply and e.reply.status < 300 for e in walk)
        return deleted and exchange.request.method in _LOOKS
    if check == "ensure_resource_availability":
        created = any(e.request.method == "POST" and e.reply and e.reply.status < 300 for e in walk)
        return created and "{" in operation.path
    return _of_reply(check, operation, exchange)


def _of_reply(check: str, operation: Operation, exchange: Exchange) -> bool:
    assert exchange.reply is not None  # noqa: S101  whoever calls knows
    declared = operation.reply(exchange.reply.status)
    if check == "response_headers_conformance":
        return declared is not None and bool(declared.headers)
    if check in ("content_type_conformance", "response_schema_conformance"):
        return declared is not None and bool(declared.content)
    return True
