"""One finding in the page: what is wrong, where, who says so, how to see it again, both answers side by side."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from mockserver.exchanges import Exchange, Headers
from mockserver.findings import CODES
from mockserver.reports import story, wording
from mockserver.reports.bodies import body
from mockserver.reports.markup import Html, definitions, element, joined
from mockserver.reports.text import number, one_line, shortened, visible
from mockserver.runs import Observation, Run

MOST_EXCHANGES = 6
LONGEST_SNIPPET = 60_000
_LEGEND = element(
    "p", element("mark", "what differs", class_="here"), " ", element("mark", "where it is missing", class_="missing"),
    class_="quiet legend",
)  # fmt: skip
_SHOWN = frozenset({"class", "place", "pointer", "a", "b", "step", "program", "rule"})


def card(observation: Observation, run: Run, anchor: str, limit: int) -> Html:
    """A finding as a `details` element; the filter reads its data attributes, links lead to its `anchor`."""
    finding = observation.finding
    times = f"{observation.count:,} × " if observation.count > 1 else ""
    summary = element(
        "summary",
        element("span", finding.severity.value, class_=f"severity {finding.severity.value}"),
        element("code", finding.code, class_="code"),
        element("span", one_line(finding.message, 600), class_="message"),
        element("span", f"{times}{observation.state}", class_=f"state {observation.state}"),
    )
    inside: list[Html | None] = [_about(observation, run), *_values(observation, run)]
    inside += [_why(finding.code), _snippets(observation), _exchanges(observation, run, limit), _link(anchor)]
    return element(
        "details", summary, element("div", *inside, class_="inside"),
        id=anchor, class_=f"finding {observation.state}", data_severity=finding.severity.value,
        data_state=observation.state, data_operation=finding.operation or "The whole run",
        data_check=observation.check or finding.code, data_verdict=observation.verdict or "none",
    )  # fmt: skip


def _about(observation: Observation, run: Run) -> Html:
    details = observation.details
    return definitions(
        [
            ("Bundle", _code(wording.place(observation))),
            ("Pointer", _code(observation.finding.pointer)),
            ("Verdict", wording.verdict_text(observation.verdict, run) if observation.verdict else None),
            ("Check", observation.check or None),
            ("Seen", number(observation.count, "time") if observation.state != "gone" else "not any more"),
            ("Accepted", wording.accepted_text(observation) or None),
            ("Class", _text(details.get("class"))),
            ("Place", _code(wording.where(observation) or None)),
            ("Step", _text(details.get("step"))),
            *((name.replace("_", " ").capitalize(), _text(v)) for name, v in details.items() if name not in _SHOWN),
        ]
    )


def _values(observation: Observation, run: Run) -> list[Html]:
    details, found = observation.details, []
    if "a" in details or "b" in details:
        names = [target.name for target in run.targets] if len(run.targets) == 2 else ["A", "B"]
        pairs = [(names[0], details.get("a", story.ABSENT)), (names[1], details.get("b", story.ABSENT))]
        sides = [element("div", element("h5", name), element("pre", _long(value))) for name, value in pairs]
        found.append(element("div", *sides, class_="sides values"))
    if observation.finding.evidence:
        found.append(
            element("pre", shortened(visible(observation.finding.evidence), LONGEST_SNIPPET), class_="evidence")
        )
    return found


def _why(code: str) -> Html | None:
    text = CODES.get(code)
    if text is None:
        return None
    return element("div", definitions([("Why", text.why), ("Fix", text.fix)]), class_="why")


def _snippets(observation: Observation) -> Html:
    details = observation.details
    given = [
        ("curl", "Repeat with curl", observation.curl or observation.finding.reproduction, True),
        ("pytest", "Repeat as a test", observation.pytest, False),
        ("overlay", "Correct the bundle: an overlay", observation.overlay, False),
        ("rule", "Ignore this field: a rule", _text(details.get("rule")) or "", False),
        ("program", "The program of requests", _text(details.get("program")) or "", False),
    ]
    return joined(snippet(kind, title, text, opened=opened) for kind, title, text, opened in given if text)


def snippet(kind: str, title: str, text: str, *, opened: bool) -> Html:
    """A text to take away, with a button that copies it where there is script."""
    copy = element("button", "Copy", type="button", class_="copy scripted", aria_label=f"Copy {kind}")
    content = element("pre", shortened(visible(text.strip()), LONGEST_SNIPPET), tabindex="0")
    framed = element("div", copy, content, class_="copied")
    return element("details", element("summary", title), framed, class_=f"snippet {kind}", open=opened)


def _exchanges(observation: Observation, run: Run, limit: int) -> Html | None:
    exchanges = observation.exchanges
    if not exchanges:
        return None
    pair = _pair(observation, run)
    places = [wording.where(observation)] if wording.where(observation) else []
    parts = []
    if pair:
        sides = [element("div", element("h5", x.environment), exchange(x, limit, places)) for x in pair]
        parts += [_LEGEND, element("div", *sides, class_="sides")]
    rest = [x for x in exchanges if x not in pair]
    shown = [exchange(x, limit, places if not pair else ()) for x in rest[:MOST_EXCHANGES]]
    if len(rest) > MOST_EXCHANGES:
        shown.append(element("p", f"… {number(len(rest) - MOST_EXCHANGES, 'more exchange')} in run.json", class_="cut"))
    if shown and pair:
        title = element("summary", f"{number(len(rest), 'other exchange')} of the same program")
        parts.append(element("details", title, *shown, class_="snippet"))
    else:
        parts += shown
    heading = "Both answers" if pair else "What was sent and answered"
    return element("section", element("h4", heading), *parts, class_="exchanges")


def _pair(observation: Observation, run: Run) -> Sequence[Exchange]:
    """In a comparison the exchange of each side where the difference shows: that of the step, else the last."""
    if run.kind != "compare" or len(run.targets) != 2:
        return ()
    step, pair = observation.details.get("step"), []
    for position, target in enumerate(run.targets):
        mine = [x for x in observation.exchanges if x.environment == target.name]
        if run.targets[0].name == run.targets[1].name:
            mine = mine[position::2]
        if not mine:
            return ()
        pair.append(mine[step] if isinstance(step, int) and 0 <= step < len(mine) else mine[-1])
    return pair


def exchange(given: Exchange, limit: int, places: Sequence[str]) -> Html:
    """A request and its reply."""
    request, reply = given.request, given.reply
    who = " · ".join(part for part in (given.purpose, f"as {given.actor}" if given.actor else "", given.at) if part)
    asked = [
        element(
            "p", element("b", request.method), " ", element("code", one_line(request.target, 2_000)), class_="line"
        ),
        element("p", who, class_="quiet") if who else None,
        _headers(request.headers, ()),
        body(request.body, limit) if request.body else None,
    ]
    if reply is None:
        answer: list[Html | None] = [element("p", f"No answer: {given.failure or 'unknown'}", class_="line failed")]
    else:
        marked = "here" if any("status" in place.lower() and "/" not in place for place in places) else None
        status = element("b", reply.status, class_=marked)
        took = f" {reply.media} in {1000 * given.took:,.0f} ms"
        answer = [
            element("p", status, took, class_="line"),
            _headers(reply.headers, places),
            body(reply.body, limit, places),
        ]
    return element(
        "div", element("div", *asked, class_="asked"), element("div", *answer, class_="answer"), class_="exchange"
    )


def _headers(headers: Headers, places: Sequence[str]) -> Html | None:
    if not headers:
        return None
    named = {word for place in places if "/" not in place for word in place.lower().replace(":", " ").split()}
    rows = [
        element(
            "li", element("code", f"{name}: {shortened(value, 500)}"), class_="here" if name.lower() in named else None
        )
        for name, value in headers
    ]
    opened = any(name.lower() in named for name, _ in headers)
    title = element("summary", number(len(headers), "header"))
    return element("details", title, element("ul", *rows), class_="headers", open=opened)


def _link(anchor: str) -> Html:
    return element("p", element("a", f"#{anchor}", href=f"#{anchor}"), class_="quiet key")


def _code(text: str | None) -> Html | None:
    return element("code", text) if text else None


def _text(value: Any) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, Mapping | list | tuple):
        return json.dumps(value, indent=1, ensure_ascii=False, default=str)
    return str(value)


def _long(value: Any) -> str:
    return shortened(visible(story.shown(value)), 8_000)
