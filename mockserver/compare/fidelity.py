"""Fidelity: how far the mock agrees with a real environment, operation by operation, and what would close each gap."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from mockserver.bundle.operations import Operation
from mockserver.bundle.reading import Spot
from mockserver.bundle.shapes import spot_of
from mockserver.checks.drafts import target
from mockserver.compare.difference import Difference
from mockserver.compare.observing import Judged
from mockserver.compare.record import Record
from mockserver.probes.base import Contract

_TITLE = "What the environment does and the bundle does not say"
_FIXTURES = frozenset({"value", "null", "length", "precision", "enum value", "referential", "number form"})


def fidelity(found: Judged, record: Record) -> dict[str, Any]:
    """The share of compared facts that agree, by operation and class, as plain JSON.

    `agreed` and `compared` are numbers of facts; `classes` has them by class of drift. Operations of which nothing was
    compared are left out.
    """
    operations: dict[str, dict[str, Any]] = {}
    for (label, cls), share in found.compared.items():
        entry = operations.setdefault(label, {"compared": 0, "agreed": 0, "classes": {}})
        entry["compared"] += share.compared
        entry["agreed"] += share.agreed
        entry["classes"][cls] = [share.agreed, share.compared]
    return {"environment": record.names[1], "date": record.started[:10], "operations": dict(sorted(operations.items()))}


def keep(found: Mapping[str, Any], file: Path) -> None:
    """Write the file that `mockserver bundle coverage` reads; operations that were not asked now stay as they were."""
    before: dict[str, Any] = {}
    if file.is_file():
        before = json.loads(file.read_text("utf-8"))
    operations = dict(before.get("operations", {}))
    for label, entry in found["operations"].items():
        operations[label] = {**entry, "environment": found["environment"], "date": found["date"]}
    text = json.dumps({"operations": dict(sorted(operations.items()))}, indent=1, ensure_ascii=False) + "\n"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")


def draft(difference: Difference, contract: Contract, verdict: str) -> str:
    """The overlay that would make the bundle, and with it the mock, tell what side B does; "" where none would.

    Side A is the mock. Where the bundle allows both, the gap lies in rules or rows: a sentence says where to look.
    """
    operation = next((o for o in contract.bundle.operations if o.label == difference.operation), None)
    if operation is None:
        return ""
    action = _action(difference, operation, contract)
    if action is not None:
        document = {
            "overlay": "1.1.0",
            "info": {"title": _TITLE, "version": "1.0.0"},
            "actions": [{"target": action[0], "description": difference.message, "update": action[1]}],
        }
        return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=110)
    if difference.cls in _FIXTURES and verdict != "A":
        rows = operation.entity or "the rows"
        return f"# fixtures/scenarios/<name>.yaml: {rows} as the environment shows it ({difference.b})\n"
    return f"# entities/{operation.entity or '<entity>'}.py: {difference.message}\n"


def _action(difference: Difference, operation: Operation, contract: Contract) -> tuple[str, dict[str, Any]] | None:
    """Where the bundle is to be changed, and what is to be put there."""
    reader = contract.bundle.reader
    if difference.place == "status" and difference.b.isdigit():
        if operation.reply(int(difference.b)) is not None:
            return None
        return target(f"{operation.pointer}/responses"), {difference.b: {"description": "As the environment answers."}}
    if difference.place.startswith("header:") and difference.cls == "header extra" and operation.success is not None:
        where = target(f"{operation.pointer}/responses/{operation.success.status}")
        return where, {"headers": {difference.place.partition(":")[2]: {"schema": {"type": "string"}}}}
    spot = spot_of(operation.success.json) if operation.success is not None else None
    *around, name = [part for part in difference.pointer.split("/") if part] or [""]
    for part in around:
        spot = _below(spot, part, reader)
    if spot is None or not name:
        return None
    if difference.cls == "property extra":
        return target(spot.pointer), {"properties": {name: _schema(difference.b)}}
    if difference.cls == "enum value":
        inner = _below(spot, name, reader)
        known = reader.keyword(inner, "enum") if inner is not None else None
        if inner is not None and known is not None:
            return target(inner.pointer), {"enum": [*known, _plain(difference.b)]}
    return None


def _below(spot: Spot | None, part: str, reader: Any) -> Spot | None:
    if spot is None:
        return None
    found: Spot | None = reader.items(spot) if part == "[]" else reader.members(spot).get(part)
    return found


def _schema(text: str) -> dict[str, Any]:
    value = _plain(text)
    kinds = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}
    kind = kinds.get(type(value))
    return {"type": kind} if kind else {}


def _plain(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
