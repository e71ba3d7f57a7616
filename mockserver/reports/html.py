"""The page: one HTML file without network, readable without script, to filter, link and copy with it."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from mockserver.findings import Severity
from mockserver.reports import story, wording
from mockserver.reports.cards import card
from mockserver.reports.fields import fields
from mockserver.reports.markup import Html, definitions, element, joined, table
from mockserver.reports.text import number, visible
from mockserver.runs import Observation, Run

FULL, SMALL = 16_000, 3_000  # characters of a body that are shown, in a run of few and of many findings
MANY = 150
_HERE = Path(__file__).parent


def page(run: Run) -> str:
    """The run as a page. Its policy lets nothing in but its own style and script, whatever a body contains."""
    style, script = (_HERE / "page.css").read_text("utf-8"), (_HERE / "page.js").read_text("utf-8")
    policy = (
        f"default-src 'none'; style-src {_sum(style)}; script-src {_sum(script)}; base-uri 'none'; form-action 'none'"
    )
    title = f"mockserver {run.kind}: {wording.conclusion(run)}"
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", name="generator", content=run.tool or "aiwyn-mockserver"),
        element("title", title),
        element("style", Html(style)),
    )
    body = element("body", _skip(), _header(run), _main(run), _footer(run), element("script", Html(script)))
    return f'<!doctype html>\n<html lang="en">{head}\n{body}</html>\n'


def _sum(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _skip() -> Html:
    return element("a", "Skip to the findings", href="#findings", class_="skip")


def _header(run: Run) -> Html:
    ended = "good" if run.exit_code == 0 else "bad"
    theme = element("button", "Theme: system", type="button", id="theme", class_="scripted", aria_live="polite")
    top = element("div", element("span", f"mockserver {run.kind}", class_="brand"), theme, class_="top")
    figures: list[tuple[int | str, str]] = [
        (len(wording.of(run, "new")), "new"), (len(wording.of(run, "known")), "known"),
        (len(wording.of(run, "gone")), "gone"), (_reached(run), "operations reached"), (run.requests, "requests"),
        (f"{run.seconds:,.1f} s", wording.times(run).rpartition(", ")[2] if run.operations else "in all"),
    ]  # fmt: skip
    shown = [
        element("div", element("dd", f"{value:,}" if isinstance(value, int) else value), element("dt", name))
        for value, name in figures
    ]
    return element(
        "header", top, element("h1", wording.conclusion(run), class_=ended), element("p", f"{wording.headline(run)}."),
        element("dl", *shown, class_="figures"),
    )  # fmt: skip


def _reached(run: Run) -> str:
    return f"{sum(tally.reached for tally in run.operations):,}/{len(run.operations):,}"


def _main(run: Run) -> Html:
    gate = [element("li", reason) for reason in run.gate]
    sections = [
        _section("proof", "Why this proves too little", element("ul", *gate)) if gate else None,
        _section("drift", "Differences", *_drift(run)) if run.kind == "compare" else None,
        _section("findings", "Findings", *_findings(run)),
        _section("run", "What was run", _what(run)),
        *_tallies(run),
        *_lists(run),
        *_more(run),
    ]
    return element("main", *sections)


def _section(name: str, title: str, *children: Html | None) -> Html:
    heading = element("h2", title, id=f"{name}-title")
    return element("section", heading, *children, id=name, aria_labelledby=f"{name}-title")


def _drift(run: Run) -> Iterator[Html]:
    counts = wording.matrix(run)
    if not counts:
        yield element("p", "None.", class_="quiet")
        return
    classes = list(dict.fromkeys(name for row in counts.values() for name in row))
    rows: list[list[str | int]] = [[o, *(row.get(name, 0) for name in classes)] for o, row in counts.items()]
    yield table(["operation", *classes], rows, "Differences by operation and class")
    yield fields(run)


def _findings(run: Run) -> Iterator[Html | None]:
    if not run.observations:
        yield element("p", "None.", class_="quiet")
        return
    yield _codes(run.observations)
    yield _toolbar(run)
    limit = FULL if len(run.observations) <= MANY else SMALL
    used: Counter[str] = Counter()
    for operation, found in wording.by_operation(run, run.observations).items():
        cards = []
        for observation in found:
            used[observation.key] += 1
            doubled = f"-{used[observation.key]}" if used[observation.key] > 1 else ""
            cards.append(card(observation, run, observation.key + doubled, limit))
        counted = element("span", len(found), class_="count")
        heading = element("h3", element("code", operation or "The whole run"), " ", counted)
        yield element("section", heading, *cards, class_="operation")


def _codes(observations: Iterable[Observation]) -> Html | None:
    """The codes that were found most, for one look; only where a list of the findings does not give it already."""
    counted = Counter((o.finding.code, wording.title(o)) for o in observations if o.state == "new")
    if len(counted) < 2 or sum(counted.values()) <= 8:
        return None
    rows = [(code, title, count) for (code, title), count in counted.most_common(8)]
    return table(["code", "title", "new"], rows, "New findings by code")


def _toolbar(run: Run) -> Html:
    present = {o.finding.severity for o in run.observations}, {o.state for o in run.observations}
    facets: dict[str, list[str]] = {
        "severity": [severity.value for severity in Severity if severity in present[0]],
        "state": [state for state in wording.STATES if state in present[1]],
        "operation": list(wording.by_operation(run, run.observations)),
        "check": sorted({o.check or o.finding.code for o in run.observations}),
        "verdict": sorted({o.verdict for o in run.observations if o.verdict}),
    }
    words = {verdict: wording.verdict_text(verdict, run) for verdict in facets["verdict"]}
    parts = [
        element("label", "Text", element("input", type="search", id="filter-text", placeholder="press / to search"))
    ]
    for name, values in facets.items():
        options = [element("option", "all", value="")]
        for value in values:
            text = value or "The whole run"
            options.append(element("option", words.get(value, text), value=text))
        if len(options) > 2:
            label = name.capitalize()
            parts.append(element("label", label, element("select", *options, data_filter=name)))
    buttons = [
        element("button", text, type="button", id=name)
        for name, text in (("open-all", "Open all"), ("close-all", "Close all"), ("reset", "Reset"))
    ]
    shown = element("output", f"{number(len(run.observations), 'finding')}", id="shown", aria_live="polite")
    return element("form", *parts, element("span", *buttons, class_="buttons"), shown, class_="toolbar scripted",
                   role="search", aria_label="Filter the findings")  # fmt: skip


def _what(run: Run) -> Html:
    contract = run.contract
    copied = _copied(wording.again(run))
    options = [
        (name.replace("_", " ").capitalize(), _option(value))
        for name, value in run.options.items()
        if name != "command"
    ]
    return definitions(
        [
            ("Repeat", copied),
            *((f"Environment {i}" if len(run.targets) > 1 else "Environment",
               wording.target_text(t) + (", writable" if t.writable else ""))
              for i, t in enumerate(run.targets, 1)),
            ("Bundle", wording.contract_text(run)),
            ("SHA-256", _copied(contract.sha256) if contract.sha256 else None),
            ("Overlays", ", ".join(contract.overlays) or None),
            ("Operations", contract.operations),
            ("Seed", str(run.seed)),
            ("Started", run.started or None),
            ("Took", wording.times(run)),
            ("Exit", f"{run.exit_code}: {wording.meaning(run)}"),
            ("Made by", run.tool or None),
            *options,
        ]
    )  # fmt: skip


def _option(value: Any) -> str:
    return ", ".join(map(story.shown, value)) if isinstance(value, list | tuple) else story.shown(value)


def _copied(text: str) -> Html:
    button = element("button", "Copy", type="button", class_="copy scripted", aria_label=f"Copy {text[:40]}")
    return element("span", element("code", text), button, class_="copied")


def _tallies(run: Run) -> Iterator[Html]:
    if run.operations:
        rows = [
            (
                t.operation, t.cases, round(1000 * t.seconds / t.cases) if t.cases else "",
                " ".join(f"{status}×{count:,}" for status, count in sorted(t.statuses.items())), " ".join(t.unseen),
                "" if t.reached and not t.left_out else story.why_not(t),
            )
            for t in run.operations
        ]  # fmt: skip
        header = ["operation", "requests", "ms each", "statuses", "never seen", "not reached because"]
        yield _folded("operations", "Operations", table(header, rows, "What became of each operation"))
    if run.checks:
        checks = [(c.check, c.code, c.ran, c.failed, c.why_not) for c in run.checks]
        header = ["check", "code", "judged", "failed", "never ran because"]
        yield _folded("checks", "Checks", table(header, checks, "How often each check judged"))


def _lists(run: Run) -> Iterator[Html]:
    if run.dropped:
        rows = [(_said(d.get("what")), _said(d.get("why")), int(d.get("count", 1))) for d in run.dropped]
        yield _folded("dropped", "Dropped as false alarms", table(["what", "why", "count"], rows, "False alarms"))
    if run.notes:
        yield _section("notes", "Notes", element("ul", *(element("li", note) for note in run.notes)))


def _more(run: Run) -> Iterator[Html]:
    """What one kind of run knows more: each part of `details` as a table, whatever its shape."""
    titles = {"rules": "Rules that were used", "noise": "Noise that was learnt", "fidelity": "Fidelity of the mock"}
    for name, value in run.details.items():
        if name != "matrix" and value:
            title = titles.get(name, name.replace("_", " ").capitalize())
            yield _folded(f"more-{_slug(name)}", title, _anything(value, title))


def _anything(value: Any, caption: str) -> Html:
    if isinstance(value, Mapping):
        items: list[Any] = [{"": key, **(v if isinstance(v, Mapping) else {"value": v})} for key, v in value.items()]
    else:
        items = list(value) if isinstance(value, list | tuple) else [value]
    rows = [item if isinstance(item, Mapping) else {"": item} for item in items]
    header = list(dict.fromkeys(str(name) for row in rows for name in row))
    return table(header, [[_cell(row.get(name)) for name in header] for row in rows], caption)


def _cell(value: Any) -> str | int:
    return value if isinstance(value, int) and not isinstance(value, bool) else _said(value)


def _said(value: Any) -> str:
    return "" if value is None else story.shown(value)


def _folded(name: str, title: str, inside: Html) -> Html:
    heading = element("summary", element("h2", title, id=f"{name}-title"))
    return element("section", element("details", heading, inside, class_="part"), id=name,
                   aria_labelledby=f"{name}-title")  # fmt: skip


def _slug(name: str) -> str:
    return "".join(c if c.isascii() and c.isalnum() else "-" for c in visible(name))


def _footer(run: Run) -> Html:
    made = " · ".join(part for part in (run.tool, run.started, f"seed {run.seed}") if part)
    return joined([element("footer", element("p", made)), element("p", "", id="said", role="status", class_="unseen")])
