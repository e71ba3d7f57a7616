"""Generation: requests that schemathesis would send, made once from a seed and sent by nobody."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Literal

import hypothesis
import requests
import schemathesis.openapi
from hypothesis.errors import HypothesisException
from schemathesis.config import SchemathesisConfig
from schemathesis.core.errors import SchemathesisError
from schemathesis.generation import GenerationMode
from schemathesis.transport.requests import REQUESTS_TRANSPORT

from mockserver.bundle.loader import Bundle
from mockserver.checks.cases import document_of, rare_collections, repeatable
from mockserver.checks.gateway import plain
from mockserver.exchanges import Request

Mode = Literal["valid", "invalid", "both"]
_NOWHERE = "http://mock"
_MODES = {"valid": GenerationMode.POSITIVE, "invalid": GenerationMode.NEGATIVE}
_TRIES = 3  # examples drawn for one that is kept: many of the first ones are alike


def generate(
    bundle: Bundle, labels: Collection[str], seed: int, per_operation: int, mode: Mode = "both"
) -> list[tuple[str, Request, bool]]:
    """Random requests for the operations of these labels: (label, request, whether it is meant to be valid).

    No answer has any part in them, and the same seed gives the same ones. An operation for which nothing can be
    generated (nothing of it could be invalid, a schema cannot be met) has none.
    """
    document = document_of(bundle)
    for operation in (each for path in document.get("paths", {}).values() for each in path.values()):
        if isinstance(operation, dict):
            operation["security"] = []  # credentials are the client's
    config = SchemathesisConfig.from_dict(
        {"seed": seed, "base-url": _NOWHERE, "generation": {"database": "none"}, "cache": {"enabled": False}}
    )
    made: list[tuple[str, Request, bool]] = []
    with repeatable(), rare_collections():
        schema: Any = schemathesis.openapi.from_dict(document, config=config)
        for result in schema.get_all_operations():
            operation = result.ok() if hasattr(result, "ok") else None
            if operation is None or operation.label not in labels:
                continue
            for name in _MODES if mode == "both" else (mode,):
                drawn = _drawn(operation, _MODES[name], seed, per_operation)
                made += [(operation.label, request, name == "valid") for request in drawn]
    return made


def _drawn(operation: Any, mode: GenerationMode, seed: int, wanted: int) -> list[Request]:
    found: dict[Request, None] = {}
    try:
        strategy = operation.as_strategy(generation_mode=mode)

        @hypothesis.seed(seed)
        @hypothesis.settings(
            max_examples=wanted * _TRIES, database=None, deadline=None, phases=[hypothesis.Phase.generate],
            suppress_health_check=list(hypothesis.HealthCheck),
        )  # fmt: skip
        @hypothesis.given(strategy)
        def collect(case: Any) -> None:
            data = REQUESTS_TRANSPORT.serialize_case(case, base_url=_NOWHERE)
            found.setdefault(plain(requests.Request(**data).prepare(), ""))

        collect()
    except (HypothesisException, SchemathesisError, requests.RequestException, ValueError):
        pass  # what was drawn before stands
    listed = list(found)
    step = max(1, len(listed) // wanted)
    return listed[::-1][::step][:wanted]  # the later ones are the richer ones
