"""SARIF 2.1.0: the properties that the standard and code scanning ask for."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jsonschema_rs
import pytest

from mockserver.findings import CODES, Code
from mockserver.reports import render
from mockserver.runs import Run
from tests.reports.samples import check_run, clean_run, compare_run
from tests.reports.test_html import hostile_run

TEXT = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string", "minLength": 1}}}
LEVEL = {"enum": ["none", "note", "warning", "error"]}
RESULT = {
    "required": ["ruleId", "message", "locations"],
    "properties": {
        "ruleId": {"type": "string", "minLength": 1}, "ruleIndex": {"type": "integer", "minimum": 0}, "level": LEVEL,
        "message": TEXT, "baselineState": {"enum": ["new", "unchanged", "updated", "absent"]},
        "occurrenceCount": {"type": "integer", "minimum": 1}, "properties": {"type": "object"},
        "partialFingerprints": {"type": "object", "additionalProperties": {"type": "string"}},
        "locations": {"type": "array", "minItems": 1, "items": {
            "properties": {
                "physicalLocation": {
                    "required": ["artifactLocation"],
                    "properties": {
                        "artifactLocation": {"required": ["uri"], "properties": {"uri": {"type": "string"}}},
                        "region": {"properties": {"startLine": {"type": "integer", "minimum": 1}}},
                    },
                },
                "logicalLocations": {"type": "array", "uniqueItems": True},
            }, "additionalProperties": False,
        }},
        "suppressions": {"type": "array", "items": {
            "required": ["kind"],
            "properties": {
                "kind": {"enum": ["inSource", "external"]}, "status": {"enum": ["accepted", "underReview", "rejected"]},
                "justification": {"type": "string"},
            }, "additionalProperties": False,
        }},
    },
    "additionalProperties": False,
}  # fmt: skip
RULE = {
    "required": ["id"],
    "properties": {
        "id": {"type": "string"}, "name": {"type": "string"}, "shortDescription": TEXT, "fullDescription": TEXT,
        "help": TEXT, "defaultConfiguration": {"properties": {"level": LEVEL}},
    },
    "additionalProperties": False,
}  # fmt: skip
LOG = {
    "required": ["version", "runs"],
    "properties": {
        "$schema": {"type": "string", "format": "uri"}, "version": {"const": "2.1.0"},
        "runs": {"type": "array", "items": {
            "required": ["tool"],
            "properties": {
                "tool": {"required": ["driver"], "properties": {"driver": {
                    "required": ["name"],
                    "properties": {
                        "name": {"type": "string"}, "version": {"type": "string"},
                        "rules": {"type": "array", "uniqueItems": True, "items": RULE},
                    }, "additionalProperties": False,
                }}},
                "automationDetails": {"properties": {"id": {"type": "string"}}},
                "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                "invocations": {"type": "array", "items": {
                    "required": ["executionSuccessful"],
                    "properties": {
                        "executionSuccessful": {"type": "boolean"}, "exitCode": {"type": "integer"},
                        "startTimeUtc": {"type": "string", "format": "date-time"},
                        "toolExecutionNotifications": {"items": {"required": ["message"], "properties": {
                            "level": LEVEL, "message": TEXT}}},
                    }, "additionalProperties": False,
                }},
                "properties": {"type": "object"}, "results": {"type": "array", "items": RESULT},
            }, "additionalProperties": False,
        }},
    },
    "additionalProperties": False,
}  # fmt: skip


def log(run: Run) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(render(run, "sarif"))["runs"][0]
    return read


@pytest.mark.parametrize("run", [check_run(), compare_run(), clean_run(), replace(hostile_run(), started="")])
def test_it_has_the_structure_of_the_standard(run: Run) -> None:
    """Names, types and required properties are the standard's; every result points at its rule and at a usable URI."""
    text = render(run, "sarif")
    jsonschema_rs.validator_for(LOG, validate_formats=True).validate(json.loads(text))
    rules = log(run)["tool"]["driver"]["rules"]

    assert len({rule["id"] for rule in rules}) == len(rules)
    for result in log(run)["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        assert urlsplit(uri)
        assert set(uri) <= set(map(chr, range(33, 127))) - set('<>"\\^`{|}')
    text.encode("utf-8")


def test_states_are_those_of_the_baseline() -> None:
    """New, unchanged and absent; what is accepted is suppressed with its reason; the key is the fingerprint."""
    run = check_run()
    results = log(run)["results"]
    known = results[1]

    assert [result["baselineState"] for result in results] == ["new", "unchanged", "new", "new", "new", "absent"]
    assert [result["level"] for result in results] == ["error", "error", "error", "warning", "note", "error"]
    assert "the vendor documents it next month" in known["suppressions"][0]["justification"]
    assert [r["partialFingerprints"]["mockserverKey/v1"] for r in results] == [o.key for o in run.observations]
    assert results[0]["locations"][0]["physicalLocation"]["region"] == {"startLine": 120}


def test_rules_explain_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A code with a text of ours brings title, reason and way out; another has its check's name."""
    monkeypatch.setitem(CODES, "AC203", Code("Read differs", "Reason of it", "Way out of it"))
    monkeypatch.delitem(CODES, "ST103", raising=False)
    rules = {rule["id"]: rule for rule in log(check_run())["tool"]["driver"]["rules"]}

    assert rules["AC203"]["shortDescription"]["text"] == "Read differs"
    assert "Way out of it" in rules["AC203"]["help"]["text"]
    assert rules["ST103"]["shortDescription"]["text"] == "status code conformance"
    assert "help" not in rules["ST103"]


def test_files_are_told_as_code_hosts_want_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A file below the working directory is relative to it, any other a file URI, an address stays one."""
    monkeypatch.chdir(tmp_path)
    run = check_run()
    files = {
        str(tmp_path / "spec" / "my api.yaml"): "spec/my%20api.yaml",
        "/elsewhere/api.yaml": "file:///elsewhere/api.yaml",
        "https://example.com/api.yaml": "https://example.com/api.yaml",
    }
    for file, uri in files.items():
        found = replace(run.observations[0], finding=replace(run.observations[0].finding, file=file))
        result = log(replace(run, observations=(found,)))["results"][0]
        assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == uri


def test_a_run_cut_short_is_no_success() -> None:
    """An unreachable environment is told as a failed execution, and why a run proves too little as notifications."""
    invocation = log(replace(check_run(), outcome="unreachable", exit_code=3))["invocations"][0]

    assert invocation["executionSuccessful"] is False
    assert "POST /invoices never reached" in invocation["toolExecutionNotifications"][0]["message"]["text"]
