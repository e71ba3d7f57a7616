"""Each curl sample of the reference, sent to the mock, is answered with the documented body."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

SAMPLES: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "samples.yaml").read_text("utf-8"))
EXACT = [s for s in SAMPLES if "body" in s["reply"] and "contradiction" not in s]
FINDING = [s for s in SAMPLES if s["reply"].get("finds")]
CONTRADICTORY = [s for s in SAMPLES if "contradiction" in s]


def name(sample: dict[str, Any]) -> str:
    return str(sample["operation"])


def send(mock: Any, sample: dict[str, Any], path: str) -> Any:
    """The request as the reference prints it: the scheme of the credentials in lower case."""
    request = sample["request"]
    token = mock.headers["Authorization"].partition(" ")[2]
    options: dict[str, Any] = {"headers": {"Authorization": f"bearer {token}"}}
    if "body" in request:
        options["json"] = request["body"]
    return mock.request(request["method"], path, **options)


def rows(body: dict[str, Any]) -> list[Any]:
    """The rows of a /gql/v1 page, whatever the collection is called."""
    return next(value for value in body.values() if isinstance(value, list))


@pytest.mark.parametrize("sample", EXACT, ids=name)
def test_the_documented_body_comes_back(mock: Any, sample: dict[str, Any]) -> None:
    """A documented reply is answered exactly, at the specified path and at the curl sample's own."""
    paths = [sample["request"]["path"], *filter(None, [sample["request"].get("alias")])]

    for path in paths:
        reply = send(mock, sample, path)
        assert reply.status_code == sample["reply"]["status"], reply.text
        assert reply.json() == sample["reply"]["body"]


@pytest.mark.parametrize("sample", FINDING, ids=name)
def test_each_documented_search_finds_something(mock: Any, sample: dict[str, Any]) -> None:
    """The columns that a documented search filters by exist, and at least one row matches."""
    reply = send(mock, sample, sample["request"]["path"])

    assert reply.status_code == sample["reply"]["status"], reply.text
    assert len(rows(reply.json())) >= 1
    assert reply.json()["total"]["aggregate"]["count"] >= len(rows(reply.json()))


@pytest.mark.parametrize("sample", CONTRADICTORY, ids=name)
def test_samples_that_contradict_their_own_page_are_answered_by_the_page(mock: Any, sample: dict[str, Any]) -> None:
    """Where the sample and the schema beside it disagree, the status is the one that spec/SOURCE.md argues for."""
    assert send(mock, sample, sample["request"]["path"]).status_code == sample["reply"]["status"]


def test_no_sample_is_left_out() -> None:
    """Every sample is in one of the groups above."""
    assert len(SAMPLES) == 22
    assert all(s in EXACT or s in FINDING or s in CONTRADICTORY or s["reply"].get("status") for s in SAMPLES)
    assert len(EXACT) >= 8
    assert len(FINDING) >= 5
