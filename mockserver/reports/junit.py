"""The JUnit report: a suite per operation, as GitLab, Jenkins and GitHub's actions read it.

Elements, attributes and their order are those the common schemas agree on (Ant's, Jenkins' xunit plugin's): properties
before cases, one of failure/error/skipped before system-out, counts on each suite.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree import ElementTree as ET

from mockserver.reports import story, wording
from mockserver.reports.text import one_line, shortened, visible
from mockserver.runs import Observation, OperationTally, Run

LONGEST = 20_000


def junit(run: Run) -> str:
    """The run as JUnit XML. New findings that `fail_on` counts fail; known ones are skipped, with their reason."""
    root = ET.Element("testsuites", name=f"mockserver {run.kind}")
    found = wording.by_operation(run, run.observations)
    tallies = {tally.operation: tally for tally in run.operations}
    for operation in dict.fromkeys([*tallies, *found]):
        tally = tallies.get(operation)
        cases = list(_reached(tally)) if tally else []
        cases += [_finding(observation, run) for observation in found.get(operation, ())]
        _suite(root, one_line(operation) or "the whole run", cases, tally.seconds if tally else 0.0, run)
    _suite(root, "checks", list(_checks(run)), 0.0, run)
    _suite(root, "proof", list(_gate(run)), 0.0, run)
    for name in ("tests", "failures", "errors", "skipped"):
        root.set(name, str(sum(int(suite.get(name, "0")) for suite in root)))
    root.set("time", f"{run.seconds:.3f}")
    for element in root.iter():  # XML 1.0 has no way to write a control character: they are made visible
        element.attrib.update({key: visible(value) for key, value in element.attrib.items()})
        element.text = visible(element.text) if element.text else None
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _suite(root: ET.Element, name: str, cases: list[ET.Element], seconds: float, run: Run) -> None:
    if not cases:
        return
    suite = ET.SubElement(root, "testsuite", name=name, tests=str(len(cases)))
    for attribute, element in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(attribute, str(sum(case.find(element) is not None for case in cases)))
    suite.set("time", f"{seconds:.3f}")
    suite.set("timestamp", run.started[:19] or "1970-01-01T00:00:00")
    suite.set("hostname", run.targets[0].name if run.targets else "")
    properties = ET.SubElement(suite, "properties")
    facts = {
        "seed": str(run.seed), "bundle": run.contract.file, "bundle.sha256": run.contract.sha256,
        "environment": " ".join(wording.target_text(target) for target in run.targets), "again": wording.again(run),
    }  # fmt: skip
    for key, value in facts.items():
        ET.SubElement(properties, "property", name=key, value=value)
    for case in cases:
        case.set("classname", name)
        case.set("time", case.get("time", "0.000"))
        suite.append(case)


def _case(name: str, element: str = "", *, message: str = "", kind: str = "", body: str = "") -> ET.Element:
    case = ET.Element("testcase", name=one_line(name, 500))
    if element:
        inner = ET.SubElement(case, element, message=one_line(message, 1_000))
        if kind:
            inner.set("type", kind)
        inner.text = body or None
    return case


def _reached(tally: OperationTally) -> Iterator[ET.Element]:
    name = "reaches a documented success"
    left = "" if tally.reached and not tally.left_out else story.why_not(tally)
    case = _case(name, "skipped", message=left) if left else _case(name)
    case.set("time", f"{tally.seconds:.3f}")
    yield case


def _finding(observation: Observation, run: Run) -> ET.Element:
    finding = observation.finding
    name = f"{finding.code} {finding.message} [{observation.key}]"
    if observation.state == "gone":
        case = _case(name)
        ET.SubElement(case, "system-out").text = "In the baseline, but not seen any more."
        return case
    if not wording.blocking(observation, run):
        known = wording.accepted_text(observation) or "in the baseline"
        reason = f"known: {known}" if observation.state == "known" else f"{finding.severity}, below --fail-on"
        case = _case(name, "skipped", message=reason)
    else:
        case = _case(name, "failure", message=finding.message, kind=finding.code, body=_body(observation, run))
    if observation.curl:
        ET.SubElement(case, "system-out").text = shortened(observation.curl, LONGEST)
    return case


def _body(observation: Observation, run: Run) -> str:
    finding = observation.finding
    lines = [
        f"{finding.severity}: {wording.title(observation)}",
        wording.place(observation),
        finding.pointer,
        wording.verdict_text(observation.verdict, run),
        *(f"{side}: {story.shown(observation.details[side])}" for side in ("a", "b") if side in observation.details),
        finding.evidence,
    ]
    return shortened("\n".join(line for line in lines if line), LONGEST)


def _checks(run: Run) -> Iterator[ET.Element]:
    for check in run.checks:
        if check.why_not:
            yield _case(check.check, "skipped", message=check.why_not)
        elif not check.failed:  # a failed one speaks through its findings
            yield _case(f"{check.check}, judged {check.ran:,} times")


def _gate(run: Run) -> Iterator[ET.Element]:
    for reason in run.gate:
        yield _case(f"proves enough: {reason}", "failure", message=reason, kind="vacuous", body=reason)
    if run.outcome in ("stopped", "interrupted", "unreachable"):
        said = wording.conclusion(run)
        yield _case("the run came to its end", "error", message=said, kind=run.outcome, body="\n".join(run.notes))
    elif not run.gate:
        yield _case("proves enough")
