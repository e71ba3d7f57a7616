"""The corpus of drifts is what it says: each changes an answer of a copy that is otherwise the same."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from mockserver.app import App
from tests.drifts.corpus import DRIFTS, A, B, Drift, pair, serve_pair
from tests.mutants.hook import Faulty, Server, Talk
from tests.mutants.table import updated
from tests.mutants.walks import tour
from tests.mutants.witness import witness

HERE = Path(__file__).parent
CLASSES = set(
    "status class;status;media type;header missing;header extra;header value;property missing;property extra;"
    "null against absent;type;number form;format;enum value;precision;length;order;paging;default;count;error shape;"
    "acceptance;referential;latency;redirect;auth;search".split(";")
)


@pytest.fixture(scope="module")
def app() -> App:
    """The undrifted copy that all drifts of this module are put around."""
    return B.mock()


@pytest.mark.parametrize("drift", DRIFTS, ids=lambda d: d.name)
def test_a_drift_answers_otherwise(drift: Drift, app: App) -> None:
    """Each drift answers some request otherwise than the copy with the same settings and no drift."""
    assert witness(drift, app, tick=B.tick) is not None
    assert drift.severity in ("breaking", "visible", "cosmetic")
    assert drift.expects_code_class[0] == drift.drift_class


def test_every_class_of_drift_is_there() -> None:
    """The corpus has every class of the issue, easy and subtle ones, and each name once."""
    assert {drift.drift_class for drift in DRIFTS} == CLASSES
    assert len({drift.name for drift in DRIFTS}) == len(DRIFTS) >= 80
    assert {drift.severity for drift in DRIFTS} == {"breaking", "visible", "cosmetic"}


def _said(app: Faulty, operations: int = 12) -> list[tuple[str, int, bytes]]:
    talk = Talk(app, app.tokens)
    tour(talk, Server(app.app), list(app.app.bundle.operations)[5 : 5 + operations])
    talk.close()
    return [(asked.path, told.status, told.body) for asked, told in talk.said]


def test_a_side_is_repeatable() -> None:
    """The same side twice says the same bytes."""
    assert _said(A.app()) == _said(A.app())


def test_two_sides_have_no_data_in_common() -> None:
    """Seeds, ids, row counts, tenants and clocks of a pair differ; what is there is of the same kind."""
    one, other = pair(3, 4)
    worlds = [side.app.pipeline.worlds.main for side in (one, other)]
    stores = [world.store(world.tenants()[0]) for world in worlds]
    ids = [{row["id"] for row in store.all("invoice")} for store in stores]

    assert worlds[0].tenants()[0] != worlds[1].tenants()[0]
    assert worlds[0].clock.now() != worlds[1].clock.now()
    assert stores[0].count("client") != stores[1].count("client")
    assert not ids[0] & ids[1]
    assert min(ids[1]) >= B.first_id
    assert [status for _, status, _ in _said(one)][:8] == [status for _, status, _ in _said(other)][:8]


def test_sides_may_share_the_documented_rows() -> None:
    """With the same scenario the vendor's examples are on both sides, and everything generated differs."""
    one, other = pair(3, 4, b=replace(B, scenario="small"))
    bodies = []
    for side in (one, other):
        talk = Talk(side, side.tokens)
        bodies.append([talk.send("GET", path).json for path in ("/gql/v1/client/789", "/gql/v1/client/500003")])
        talk.close()

    assert bodies[0][0] == bodies[1][0] != bodies[1][1]
    assert bodies[0][1]["code"] == "NOT_FOUND"


def test_drifts_come_in_pairs_and_over_http() -> None:
    """Several drifts can be on one side, and both sides are served over HTTP, each with its own token."""
    chosen = [drift for drift in DRIFTS if drift.name in ("unicode-form", "html-escaped")]
    with serve_pair(5, 6, *chosen) as (one, other):
        texts = []
        for side in (one, other):
            headers = {"Authorization": f"Bearer {side.token}"}
            texts.append(httpx.post(f"{side.url}/gql/v1/clients", json={}, headers=headers).text)

    assert "Zoë & Söhne" in texts[0]
    assert "Zoe\N{COMBINING DIAERESIS} &amp; So\N{COMBINING DIAERESIS}hne" in texts[1]


def test_the_readme_is_up_to_date() -> None:
    """The table in the README is that of the corpus: `python -m tests.mutants.table`."""
    assert updated(HERE / "README.md", DRIFTS) == (HERE / "README.md").read_text("utf-8")
