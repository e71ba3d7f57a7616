"""Ids are recognised, named by where they appeared first, and masked in links."""

from __future__ import annotations

import pytest

from mockserver.compare.documents import Number
from mockserver.compare.identity import Namer, Names, id_form, ids_in, link_form, masked, path_values
from mockserver.exchanges import Exchange, Request
from tests.compare.program import Execution


@pytest.fixture(scope="module")
def ours() -> Execution:
    """Our own bundle."""
    return Execution(scenario="empty")


def exchange(url: str = "https://api.example/base") -> Exchange:
    """Some exchange with a server."""
    return Exchange("a", url, Request("GET", "/clients"), None)


def test_names_say_what_is_an_id(ours: Execution) -> None:
    """Keys and references of the model are ids; a tax number is none, a uuid always is."""
    namer = Namer(ours.contract.model)

    assert namer.is_id("id", Number("1"))
    assert namer.is_id("clientId", Number("1"))
    assert namer.is_id("whatever", "123e4567-e89b-12d3-a456-426614174000")
    assert not namer.is_id("taxId", "12-3456789")
    assert not namer.is_id("pageSize", Number("1"))


def test_ids_have_forms() -> None:
    """Integer, uuid, prefix: what a client may rely on."""
    forms = [id_form(v) for v in (Number("7"), "7", "cus_1a2b3c4d", "123e4567-e89b-12d3-a456-426614174000", None)]

    assert forms == ["integer", "digits", "prefixed cus_", "uuid", "none"]


def test_ids_are_named_by_their_first_appearance(ours: Execution) -> None:
    """Only an earlier step gives an id a name."""
    names = Names()
    for pointer, value in ids_in({"id": Number("5"), "rows": [{"clientId": Number("6")}]}, Namer(ours.contract.model)):
        names.see(value, 2, pointer)

    assert names.before(Number("6"), 3) == (2, "/rows/0/clientId")
    assert names.before(Number("6"), 2) is None
    assert names.before(Number("7"), 3) is None


def test_links_are_compared_by_where_they_lead() -> None:
    """Own host and base path are not told, ids are masked, queries are told by their names."""
    absolute = link_form("https://api.example/base/clients/789?cursor=abc", exchange())
    other = link_form("https://other.example/clients/1/v1", exchange())

    assert absolute == "own host /clients/{}?cursor"
    assert link_form("/base/clients/5", exchange()) == "/clients/{}"
    assert other == "other host /clients/{}/v1"


def test_sentences_are_masked() -> None:
    """Numbers, ids, moments and words of the request are no difference of words."""
    one = masked("There is no client 789 named Acme.", frozenset({"Acme"}))

    assert one == masked("There is no client 12 named Initech.", frozenset({"Initech"}))


def test_path_values_are_read_behind_a_base_path(ours: Execution) -> None:
    """What stands in the place of a parameter, wherever the paths begin."""
    operation = ours.app.bundle.operations["getClientById"]

    assert path_values(operation, "/gql/v1/client/78%209") == {"id": "78 9"}
    assert path_values(operation, "/base/gql/v1/client/5") == {"id": "5"}
    assert path_values(operation, "/elsewhere") == {}
