"""The smallest request that two sides judge otherwise, and the boundary between them."""

from __future__ import annotations

import json

from mockserver.compare.acceptance import Outcome, Shrinker
from mockserver.compare.program import Template


def size(template: Template) -> int:
    """How many values a template's body holds in all."""
    return len(json.dumps(template.body))


def test_only_what_is_needed_is_left() -> None:
    """Of many properties just those remain without which the sides would agree."""
    asked: list[Template] = []

    def ask(template: Template) -> Outcome:
        asked.append(template)
        body = template.body if isinstance(template.body, dict) else {}
        return True, "mode" not in body

    body = {"name": "Anna", "mode": "x", "tags": ["a", "b", "c"], "page": 3, "more": {"one": 1, "two": 2}}
    shrinker = Shrinker(ask, (True, False), ("staging", "sandbox"), most=60)
    found = shrinker.shrink(Template("POST /things", "create", "invalid", body=body))

    assert set(found.template.body) == {"mode"}
    assert found.asked == len(asked) <= 60


def test_the_boundary_of_a_length_is_found() -> None:
    """A text is cut to the first length that one side refuses; the boundary says so."""

    def ask(template: Template) -> Outcome:
        return True, len(template.body.get("name", "")) <= 255

    shrinker = Shrinker(ask, (True, False), ("staging", "sandbox"))
    found = shrinker.shrink(Template("POST /things", "create", "boundary", body={"name": "x" * 1000}))

    assert len(found.template.body["name"]) == 256
    assert found.boundary == "staging takes name of length 256, sandbox at most 255"


def test_the_boundary_of_a_number_is_found() -> None:
    """A number in a query comes down to the first one that is judged otherwise."""

    def ask(template: Template) -> Outcome:
        return template.query.get("pageSize", 1) <= 100, True

    shrinker = Shrinker(ask, (False, True), ("staging", "sandbox"))
    found = shrinker.shrink(Template("GET /things", "list", "boundary", query={"pageSize": 900, "page": 0}))

    assert found.template.query == {"pageSize": 101}
    assert found.boundary == "sandbox takes pageSize 101, staging at most 100"


def test_never_more_is_asked_than_allowed() -> None:
    """The number of requests is bounded, and what was asked is not asked again."""
    asked: list[str] = []

    def ask(template: Template) -> Outcome:
        asked.append(json.dumps(template.to_json(), sort_keys=True))
        return len(asked) % 2 == 0, False

    shrinker = Shrinker(ask, (True, False), most=7)
    shrinker.shrink(Template("POST /a", "create", "invalid", body={str(n): "text" for n in range(20)}))

    assert len(asked) == len(set(asked)) <= 7
