"""The page as text: whole, self-contained, and deaf to whatever strangers put into a run."""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest

from mockserver.exchanges import Exchange, Reply, Request
from mockserver.findings import CODES, Code, Finding, Severity
from mockserver.reports import render
from mockserver.reports.bodies import body
from mockserver.runs import CheckTally, Contract, Observation, OperationTally, Run, Target
from tests.reports.samples import check_run, clean_run, compare_run

EVIL = (
    "</script><script>window.owned=1</script><img src=x onerror=window.owned=1> \"'`${window.owned=1}`</style></title>"
    "--><a href=javascript:window.owned=1>\u202egnp.exe\u2066\x00\x1b[31m\x08\r\n\ud800\ufffe\u2028 &lt;&#x3c;"
)


def hostile_run() -> Run:
    """A run with a hostile text in every place that takes text."""
    huge = json.dumps({"data": [{"text": EVIL.encode("utf-8", "replace").decode(), "n": n} for n in range(1_500)]})
    headers = ((EVIL, EVIL),)
    request = Request(EVIL, EVIL, headers, huge.encode())
    exchanges = (
        Exchange(EVIL, EVIL, request, Reply(200, headers, huge.encode()), EVIL, EVIL, EVIL, EVIL),
        Exchange(EVIL, EVIL, request, None, EVIL),
        Exchange(EVIL, EVIL, request, Reply(500, headers, b"\xff\x00")),
        Exchange(EVIL, EVIL, request, Reply(500, headers, b"[" * 100_000)),
        Exchange(EVIL, EVIL, request, Reply(500, headers, b"[" * 900 + b"]" * 900)),
    )
    finding = Finding(Severity.ERROR, EVIL, EVIL, EVIL, EVIL, EVIL, 3, EVIL, EVIL)
    details = {"class": EVIL, "place": EVIL, "a": EVIL, "b": {EVIL: EVIL}, "rule": EVIL, "program": [EVIL], EVIL: EVIL}
    observation = Observation(finding, EVIL, 2, "new", {"reason": EVIL}, EVIL, EVIL, EVIL, EVIL, exchanges, details)
    return Run(
        kind="compare", seed=1, contract=Contract(EVIL, EVIL, EVIL, EVIL, 1, (EVIL,)),
        targets=(Target(EVIL, EVIL), Target(EVIL, EVIL, writable=True)), started=EVIL, outcome="findings",
        exit_code=1, options={"command": EVIL, EVIL: EVIL},
        operations=(OperationTally(EVIL, 1, {EVIL: 1}, 1.0, left_out=EVIL, unseen=(EVIL,)),),
        checks=(CheckTally(EVIL, EVIL, 1, 1, EVIL),),
        observations=(observation, replace(observation, state="known"), replace(observation, state="gone")),
        gate=(EVIL,), dropped=({"what": EVIL, "why": EVIL, "count": 2},), notes=(EVIL,),
        details={"matrix": {EVIL: {EVIL: 2}}, "noise": [EVIL, {EVIL: EVIL}], "fidelity": {EVIL: {EVIL: EVIL}}, EVIL: 1},
        tool=EVIL,
    )  # fmt: skip


class Elements(HTMLParser):
    """Every element with its attributes; an element that is closed wrongly is an error."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.stack: list[str] = []
        self.feed(text)
        self.close()
        assert self.stack == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in {"meta", "input", "br", "hr", "link"}:
            self.stack.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.stack.pop() == tag

    def values(self, name: str) -> list[str]:
        return [value for _, attributes in self.found if (value := attributes.get(name)) is not None]


@pytest.mark.parametrize("run", [check_run(), compare_run(), clean_run(), hostile_run()])
def test_the_page_needs_nobody(run: Run) -> None:
    """It is well-formed, has one script and one style of ours, and no attribute that would load or run anything."""
    text = render(run, "html")
    elements = Elements(text)
    counts = Counter(tag for tag, _ in elements.found)

    assert counts["script"] == counts["style"] == counts["title"] == 1
    assert not counts.keys() & {"img", "iframe", "object", "embed", "link", "base"}
    assert not [name for _, attributes in elements.found for name in attributes if name.startswith("on")]
    assert elements.values("src") == elements.values("style") == []
    assert all(link.startswith("#") for link in elements.values("href"))
    assert "default-src 'none'" in elements.values("content")[0]
    assert not re.search("[\x00-\x08\x0e-\x1f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", text)


def test_each_finding_has_a_place_to_link_to() -> None:
    """Ids are unique even where two observations are the same, and every link within the page leads somewhere."""
    run = compare_run()
    elements = Elements(render(replace(run, observations=run.observations * 2), "html"))
    ids = elements.values("id")

    assert len(ids) == len(set(ids))
    assert {observation.key for observation in run.observations} <= set(ids)
    assert {link[1:] for link in elements.values("href")} <= set(ids)


def test_a_code_is_explained_where_it_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Why a finding matters and the way out stand in the finding."""
    monkeypatch.setitem(CODES, "AC203", Code("Title of it", "Reason of it", "Way out of it"))
    text = render(check_run(), "html")

    assert "Reason of it" in text
    assert "Way out of it" in text


def test_a_huge_body_is_cut_with_a_note() -> None:
    """A megabyte of reply does not make a megabyte of page, and the reader is told what is left out."""
    page = render(hostile_run(), "html")
    raw = str(body(b"x" * 1_000_000, 16_000))

    assert len(page) < 600_000
    assert "not shown here, run.json has them" in page
    assert len(raw) < 17_000
    assert "984,000 more characters" in raw


def marked(text: object) -> list[tuple[str, str]]:
    """Class and text of each marked line."""
    return [(m[0], m[1].strip()) for m in re.findall(r'<mark class="(\w+)">(.*?)</mark>', str(text))]


def shown(value: Any, place: str, limit: int = 16_000) -> list[tuple[str, str]]:
    return marked(body(json.dumps(value).encode(), limit, [place]))


def test_differing_pointers_are_marked() -> None:
    """What differs is marked with all below it, in each element of a list; what is missing where it should be."""
    rows = {"data": [{"id": 1, "tags": ["x"]}, {"id": 2}]}

    assert shown(rows, "/data/[]/id") == [("here", '"id": 1,'), ("here", '"id": 2')]
    assert shown(rows, "body /data[]/tags") == [("here", '"tags": ['), ("here", '"x"'), ("here", "]")]
    assert shown(rows, "/data/1/phone") == [("missing", "{")]
    assert shown({"a/b": 1, "c": 2}, "/a~1b") == [("here", '"a/b": 1,')]
    assert shown(rows, "status") == []


def test_a_mark_is_seen_however_far_down() -> None:
    """A long body is cut round its marks, not before them."""
    many = [{"id": n, "other": n} for n in range(5_000)]

    assert shown(many, "/4321/id", 2_000) == [("here", '"id": 4321,')]
    assert len(body(json.dumps(many).encode(), 2_000, ["/nowhere/but/here"])) < 4_000


def test_bodies_keep_their_form() -> None:
    """Numbers are shown as they were written, and a doubled key twice: just that may be the difference."""
    text = str(body(b'{"a": 1.0, "a": 1e2, "b": 12345678901234567890.10}', 1_000))

    assert '"a": 1.0,' in text
    assert '"a": 1e2,' in text
    assert "12345678901234567890.10" in text


def test_a_thousand_findings_make_a_page_of_bounded_size() -> None:
    """Many findings with large bodies are rendered in seconds, into a file that a browser takes."""
    big = json.dumps([{"id": n, "text": "x" * 50} for n in range(700)]).encode()
    exchange = Exchange("staging", "", Request("GET", "/x"), Reply(200, (("content-type", "application/json"),), big))
    found = [
        Observation(Finding(Severity.ERROR, "AC1", f"Finding {n}", "GET /x"), exchanges=(exchange,))
        for n in range(1000)
    ]
    began = time.perf_counter()
    page = render(replace(check_run(), observations=tuple(found)), "html")

    assert len(page) < 8_000_000
    assert time.perf_counter() - began < 15
