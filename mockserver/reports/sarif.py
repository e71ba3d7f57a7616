"""The SARIF 2.1.0 report (OASIS), for code scanning: each finding at its line of the bundle."""

from __future__ import annotations

import json
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any
from urllib.parse import quote, urlsplit

import mockserver
from mockserver.findings import CODES, Severity
from mockserver.reports import wording
from mockserver.reports.text import shortened, visible
from mockserver.runs import Observation, Run

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
STATES = {"new": "new", "known": "unchanged", "gone": "absent"}
LONGEST = 4_000


def sarif(run: Run) -> str:
    """The run as a SARIF log; results have the finding's key as fingerprint and their state against the baseline."""
    rules = _rules(run)
    places = {rule["id"]: index for index, rule in enumerate(rules)}
    results = [_result(observation, run, places) for observation in run.observations]
    log = {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "aiwyn-mockserver",
                        "version": run.tool.rpartition(" ")[2] or mockserver.__version__,
                        "rules": rules,
                    }
                },
                "automationDetails": {"id": f"mockserver/{run.kind}/{_names(run)}/"},
                "columnKind": "unicodeCodePoints",
                "invocations": [_invocation(run)],
                "properties": {"seed": run.seed, "bundleSha256": run.contract.sha256, "again": wording.again(run)},
                "results": results,
            }
        ],
    }
    return json.dumps(_clean(log), indent=1, ensure_ascii=False) + "\n"


def _clean(value: Any) -> Any:
    """Every text made visible: no reader has to cope with control characters or half a surrogate pair."""
    if isinstance(value, dict):
        return {key: _clean(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_clean(inner) for inner in value]
    return visible(value) if isinstance(value, str) else value


def _names(run: Run) -> str:
    return "-".join(quote(visible(target.name), safe="") for target in run.targets)


def _rules(run: Run) -> list[dict[str, Any]]:
    first: dict[str, Observation] = {}
    for observation in run.observations:
        first.setdefault(observation.finding.code, observation)
    rules = []
    for code, observation in sorted(first.items()):
        title = wording.title(observation)
        rule: dict[str, Any] = {"id": code, "shortDescription": {"text": title}}
        name = "".join(word[:1].upper() + word[1:] for word in title.split() if word.isalnum())
        if name:
            rule["name"] = name
        text = CODES.get(code)
        if text:
            rule |= {"fullDescription": {"text": text.why}, "help": {"text": f"{text.why}\n\nTo mend it: {text.fix}"}}
        rule["defaultConfiguration"] = {"level": LEVELS[observation.finding.severity]}
        rules.append(rule)
    return rules


def _result(observation: Observation, run: Run, rules: dict[str, int]) -> dict[str, Any]:
    finding = observation.finding
    where = f" ({finding.operation})" if finding.operation and finding.operation not in finding.message else ""
    evidence = f"\n{finding.evidence}" if finding.evidence else ""
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": rules[finding.code],
        "level": LEVELS[finding.severity],
        "message": {"text": shortened(f"{finding.message}{where}{evidence}", LONGEST)},
        "locations": [_location(observation, run)],
        "partialFingerprints": {"mockserverKey/v1": observation.key},
        "baselineState": STATES[observation.state],
        "occurrenceCount": max(1, observation.count),
        "properties": {"check": observation.check, "verdict": observation.verdict},
    }
    if observation.state == "known":
        reason = wording.accepted_text(observation) or "In the baseline."
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": reason}]
    if observation.curl:
        result["properties"]["curl"] = shortened(observation.curl, LONGEST)
    return result


def _location(observation: Observation, run: Run) -> dict[str, Any]:
    finding = observation.finding
    physical: dict[str, Any] = {"artifactLocation": {"uri": _uri(finding.file or run.contract.file)}}
    physical["region"] = {
        "startLine": max(1, finding.line)
    }  # code scanning wants a line; the first where none is known
    location: dict[str, Any] = {"physicalLocation": physical}
    name = finding.pointer or finding.operation
    if name:
        location["logicalLocations"] = [{"fullyQualifiedName": name, "kind": "member"}]
    return location


def _uri(file: str) -> str:
    if urlsplit(file).scheme in ("http", "https"):
        return quote(visible(file), safe=":/?#[]@!$&'()*+,;=%")
    local = wording.local_file(visible(file))
    if PurePosixPath(local).is_absolute() or PureWindowsPath(local).is_absolute():
        return "file:///" + quote(local.lstrip("/"), safe="/:")
    return quote(local) or "bundle"


def _invocation(run: Run) -> dict[str, Any]:
    ended = run.outcome in ("clean", "findings", "vacuous")
    invocation: dict[str, Any] = {"executionSuccessful": ended, "exitCode": run.exit_code}
    if run.started:
        invocation["startTimeUtc"] = run.started
    level = "error" if run.exit_code else "warning"
    told = [(f"Proves too little: {reason}", level) for reason in run.gate] + [(note, "note") for note in run.notes]
    if told:
        invocation["toolExecutionNotifications"] = [{"level": l_, "message": {"text": t}} for t, l_ in told]
    return invocation
