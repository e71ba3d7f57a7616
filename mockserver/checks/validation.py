"""Validation: an exchange that somebody else recorded, judged by the checks of replies that fuzzing uses."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import requests
import schemathesis.openapi
from requests.structures import CaseInsensitiveDict
from schemathesis.checks import CHECKS
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import FailureGroup

from mockserver.bundle.loader import Bundle
from mockserver.checks.cases import document_of, known_checks
from mockserver.checks.failures import Flaw, both, flaw_of, observation, unanswered
from mockserver.checks.gateway import response
from mockserver.exchanges import Exchange
from mockserver.runs import Observation

OF_REPLIES = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)


def validate_exchange(bundle: Bundle, exchange: Exchange) -> list[Observation]:
    """What is wrong with the reply of an exchange, whose `operation` says what was asked; nothing where it is ""."""
    if not exchange.operation:
        return []
    if exchange.reply is None:
        return [observation(bundle, unanswered(bundle, exchange))]
    operation, checks = _loaded(bundle)
    asked = operation(exchange.operation)
    if asked is None:
        return []
    request = exchange.request
    prepared = requests.PreparedRequest()
    prepared.method, prepared.url, prepared.body = request.method, f"http://mock{request.target}", request.body
    prepared.headers = CaseInsensitiveDict(request.headers)
    named = dict.fromkeys(re.findall(r"{([^{}]+)}", asked.path), "-")  # only the text of a failure shows them
    case = asked.Case(method=request.method, path_parameters=named)
    answered = response(exchange.reply, prepared, exchange.took)
    found: dict[str, Flaw] = {}
    for name, check in checks.items():
        try:
            case.validate_response(answered, checks=[check])
        except FailureGroup as group:
            for failure in group.exceptions:
                flaw = flaw_of(bundle, name, failure, case, (exchange,))
                found[flaw.key] = both(found[flaw.key], flaw) if flaw.key in found else flaw
    return [observation(bundle, flaw) for flaw in found.values()]


@lru_cache(maxsize=4)
def _loaded(bundle: Bundle) -> tuple[Callable[[str], Any], dict[str, Any]]:
    known_checks()
    config = SchemathesisConfig.from_dict({"base-url": "http://mock", "cache": {"enabled": False}})
    schema: Any = schemathesis.openapi.from_dict(document_of(bundle), config=config)
    return schema.find_operation_by_label, {name: CHECKS.get_one(name) for name in OF_REPLIES}
