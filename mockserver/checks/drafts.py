"""Drafts: the correction of the bundle that would settle a finding, as an Overlay to read and to keep or not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from mockserver.bundle.operations import Operation
from mockserver.bundle.pointers import tokens
from mockserver.probes.base import Contract
from mockserver.runs import Observation

_TITLE = "What the server does and the bundle does not say"


def draft(contract: Contract, observation: Observation) -> str:
    """An Overlay 1.1 document as YAML; empty where the finding is none that a correction of the bundle settles."""
    operation = next((o for o in contract.bundle.operations if o.label == observation.finding.operation), None)
    if operation is None:
        return ""
    action = observation.details.get("action") or _action(operation, observation)
    if not action:
        return ""
    document = {
        "overlay": "1.1.0",
        "info": {"title": _TITLE, "version": "1.0.0"},
        "actions": [
            {"target": action["target"], "description": observation.finding.message, "update": action["update"]}
        ],
    }
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=110)


def target(pointer: str) -> str:
    """A JSON pointer as the JSONPath (RFC 9535) that an overlay's action wants."""
    return "$" + "".join(f"[{_quoted(token)}]" for token in tokens(pointer))


def _action(operation: Operation, observation: Observation) -> Mapping[str, Any] | None:
    replies = [exchange.reply for exchange in observation.exchanges if exchange.reply is not None]
    if not replies:
        return None
    reply = replies[-1]
    place = f"{operation.pointer}/responses"
    if observation.finding.code == "ST103":
        content: dict[str, Any] = {"content": {reply.media: {"schema": {}}}} if reply.media and reply.body else {}
        return {
            "target": target(place),
            "update": {str(reply.status): {"description": "As the server answers.", **content}},
        }
    declared = operation.reply(reply.status)
    if observation.finding.code == "ST105" and declared is not None and reply.media:
        where = target(f"{place}/{declared.status}")
        return {"target": where, "update": {"content": {reply.media: {"schema": {}}}}}
    return None


def _quoted(token: str) -> str:
    escaped = token.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
