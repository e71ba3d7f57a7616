"""The corpus of mutants is what it says: each changes an answer, none changes more than it should, the hook nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from mockserver.app import App, create_app
from mockserver.bundle.operations import Role
from tests.mutants.choose import every
from tests.mutants.corpus import BASE, MUTANTS, Faulty, Mutant, NotApplicable
from tests.mutants.hook import Around, Ask, Asked, Fault, Server, Talk, Told
from tests.mutants.table import updated
from tests.mutants.walks import tour
from tests.mutants.witness import witness

HERE = Path(__file__).parent
SHOP = HERE.parent / "conformance" / "data" / "shop.yaml"
CLASSES = set(
    "auth;other tenant;status;unknown id;schema;undeclared property;undeclared enum;format;money;headers;media type;"
    "leak;wire;methods;slow;rare 500;lost write;delete;update;idempotency;failed create;create;stale read;paging;count;"
    "order;filter;NULL;denormalised;list and detail;referential;negative data;positive data".split(";")
)


@pytest.fixture(scope="module")
def app() -> App:
    """The clean mock that all mutants of this module are put around, one after the other."""
    return create_app(BASE)


@pytest.fixture
def talk(app: App) -> Iterator[Talk]:
    """A conversation with the clean mock."""
    app.pipeline.worlds.reset_all()
    spoken = Talk(app, Faulty(app).tokens)
    yield spoken
    spoken.close()


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda m: m.name)
def test_a_mutant_answers_otherwise(mutant: Mutant, app: App) -> None:
    """Each mutant answers some request otherwise than the clean mock, and it is a request that it says it touches."""
    found = witness(mutant, app)

    assert found is not None
    assert mutant.expects
    assert mutant.description.endswith(".")


def test_every_class_of_fault_is_there() -> None:
    """The corpus has every class, easy and subtle ones, and each name once."""
    assert {mutant.fault_class for mutant in MUTANTS} == CLASSES
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS) >= 100
    assert 0.3 < sum(mutant.hard for mutant in MUTANTS) / len(MUTANTS) < 0.7


def _nothing(_server: Server) -> Around:
    async def around(asked: Asked, ask: Ask) -> Told:
        return await ask(asked)

    return around


def test_the_hook_without_a_mutant_is_transparent(talk: Talk, app: App) -> None:
    """A walk through all operations gets the same bytes from the mock, the bare hook, and an idle fault."""
    server = Server(app)
    idle = Fault("idle", "none", "Nothing.", on=every, make=_nothing, strays=True)
    said = []
    for mock in (app, Faulty(app), Faulty(app, [idle])):
        app.pipeline.worlds.reset_all()
        talk.app, talk.said = mock, []
        for operation in server.operations:
            tour(talk, server, [operation])
        said.append([(asked, told) for asked, told in talk.said])

    assert len(said[0]) > 500
    assert said[0] == said[1] == said[2]


def test_a_mutant_leaves_the_other_operations_alone(talk: Talk, app: App) -> None:
    """Operations that a mutant does not touch answer as ever."""
    server = Server(app)
    mutant = next(m for m in MUTANTS if m.name == "undeclared-secret")
    others = [o for o in server.operations if o not in mutant.operations(server) and o.method == "GET"]
    said = []
    for mock in (app, Faulty(app, [mutant])):
        app.pipeline.worlds.reset_all()
        talk.app, talk.said = mock, []
        for operation in others:
            tour(talk, server, [operation])
        said.append(talk.said)

    assert said[0] == said[1]


def test_the_same_mutant_twice_is_the_same(app: App) -> None:
    """A mutant behaves the same in each run, chance included."""
    mutant = next(m for m in MUTANTS if m.name == "order-random")

    assert witness(mutant, app) == witness(mutant, app)


def test_a_mutant_is_served_over_http() -> None:
    """A served mutant speaks HTTP, shows its fault, and has tokens for four actors."""
    mutant = next(m for m in MUTANTS if m.name == "error-html")
    with mutant.serve() as server:
        tokens = server.app.tokens  # type: ignore[attr-defined]
        label = next(o.label for o in mutant.operations(Server(server.app.app)) if o.role is Role.SEARCH)  # type: ignore[attr-defined]
        headers = {"Authorization": f"Bearer {tokens['default']}"}
        bad = httpx.post(f"{server.url}{label.split()[1]}", json={"pageSize": 0}, headers=headers)

    assert set(tokens) == {"default", "reader", "expired", "other-tenant"}
    assert "html" in bad.headers["content-type"]


def test_mutants_fit_other_bundles() -> None:
    """Most faults find a place in a foreign bundle too; those that do not say so."""
    app = create_app(BASE.__class__(bundle=str(SHOP), access_log=False, scenario="small", mock_headers=False))
    fitting = []
    for mutant in MUTANTS:
        try:
            fitting.append(Faulty(app, [mutant]))
        except NotApplicable as error:
            assert mutant.name in str(error)  # noqa: PT017  the message is looked at, the rest goes on

    assert len(fitting) > 60


def test_the_readme_is_up_to_date() -> None:
    """The table in the README is that of the corpus: `python -m tests.mutants.table`."""
    assert updated(HERE / "README.md", MUTANTS) == (HERE / "README.md").read_text("utf-8")
