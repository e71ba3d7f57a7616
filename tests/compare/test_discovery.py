"""Before a program each side's rows are looked for: in its lists, and where no list shows them, under likely ids."""

from __future__ import annotations

from random import Random

import pytest

from mockserver.compare.discovery import discover
from mockserver.compare.pools import Pool
from mockserver.compare.questions import guessable
from tests.compare.sides import contract_of, mock
from tests.drifts.corpus import A, B, Side


@pytest.mark.parametrize(("side", "first"), [(A, "1001"), (B, "500001")], ids=["a", "b"])
def test_rows_that_no_list_shows(side: Side, first: str) -> None:
    """Files hang in no list: they are found where the ids of other rows begin, in a few requests."""
    with mock(side, "here") as client:
        contract = contract_of(client.bundle)
        pool = Pool(contract)
        discover(client, contract, pool, ["client"], Random(1))
        before = client.requests
        discover(client, contract, pool, ["file"], Random(1))

        assert guessable(contract, "client") is not None
        assert client.requests - before <= 30
        assert {row["id"] for row in pool.rows("file")} & {first, "9001"}


def test_what_is_only_pointed_at_may_not_be_there() -> None:
    """An id that another row names is no row to ask for until it was read."""
    with mock(B, "here") as client:
        contract = contract_of(client.bundle)
        pool = Pool(contract)
        pool.name("draft_invoice", "id", 987_654_321)
        discover(client, contract, pool, ["draft_invoice"], Random(1))

        assert "987654321" not in {row["id"] for row in pool.rows("draft_invoice")}


def test_an_entity_that_is_nowhere() -> None:
    """Where neither a list nor a guess shows anything, it is said, and nothing breaks."""
    with mock(Side("empty", scenario="empty"), "here") as client:
        contract = contract_of(client.bundle)
        pool = Pool(contract)
        said = discover(client, contract, pool, ["file", "client"], Random(1))

        assert [text.partition(":")[0] for text in said] == ["here shows no client", "here shows no file"]
