"""Probes of single rows find wrong names, contradictions, dead references and ids that nobody has."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from mockserver.probes import agreement, denormalised, references, unknown_ids
from tests.probes.faulty import Shelf, rows_in, shelf
from tests.probes.reading import Judge, app, contract, judge

__all__ = ["app", "contract", "judge"]
MODULES = (agreement, denormalised, references, unknown_ids)
BY = {probe.code: probe for module in MODULES for probe in module.PROBES}
CONTACTS, CLIENT = "POST /gql/v1/contacts", "GET /gql/v1/client/{id}"
READS = re.compile(r"/gql/v1/client/\d+")


def messages(judged: Any, code: str, label: str) -> list[str]:
    return [fault.message for _, fault in judged.faults(BY[code], label)]


def reads_client(change: Any) -> Any:
    """A server that answers a read of a client with something else."""

    def after(path: str, _body: Any, status: int, reply: Any) -> tuple[int, Any]:
        changed: tuple[int, Any] = change(status, reply) if READS.fullmatch(path) else (status, reply)
        return changed

    return after


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((200, {"id": 1, "name": "Nobody"}), ["an unknown id is answered with a success"]),
        ((500, {}), ["an unknown id breaks the server"]),
        ((409, {}), ["an unknown id is refused with a status that is not declared"]),
        ((400, {}), []),
    ],
)
def test_an_unknown_id(judge: Judge, answer: tuple[int, Any], said: list[str]) -> None:
    """Only 404 or another declared client error is right for an id that nobody has."""
    judged = judge(after=reads_client(lambda status, reply: answer if status == 404 else (status, reply)))

    assert messages(judged, "MS246", CLIENT) == said


def test_unknown_ids_have_the_form_of_known_ones(judge: Judge, tmp_path: Path) -> None:
    """The id that nobody has is legal: a server that finds it malformed would be asked in vain."""
    judged = judge(Shelf("offset"), shelf(tmp_path, "offset"))
    asked: list[str] = []
    judged.client.on_exchange = lambda exchange: asked.append(exchange.request.target)

    assert judged.faults(BY["MS246"]) == []
    assert re.fullmatch(r"/books/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", asked[-1])


def test_a_name_that_is_another_ones(judge: Judge) -> None:
    """A list that shows another name than the row has is found, with both names."""

    def after(path: str, _body: Any, status: int, reply: Any) -> tuple[int, Any]:
        for row in rows_in(reply) if path == "/gql/v1/contacts" else ():
            row["clientName"] = "Somebody Else"
        return status, reply

    found = judge(after=after).faults(BY["MS247"], CONTACTS)

    assert [fault.message for _, fault in found] == ["`clientName` is not the name of what `clientId` points at"]
    assert "Somebody Else" in found[0][1].detail
    assert len(found[0][1].exchanges) == 2


def test_a_listed_row_that_cannot_be_read(judge: Judge) -> None:
    """An id of a list that gives 404 is found."""
    judged = judge(after=reads_client(lambda _, __: (404, {})))

    assert messages(judged, "MS248", "POST /gql/v1/clients") == ["a row of a list cannot be read by its id"]


def test_a_row_that_contradicts_the_list(judge: Judge) -> None:
    """Another value, another type and another row altogether are told apart."""
    other = judge(after=reads_client(lambda status, reply: (status, {**reply, "name": "Else", "id": reply.get("id")})))
    text = judge(after=reads_client(lambda status, reply: (status, {**reply, "status": 7})))
    wrong = judge(after=reads_client(lambda status, reply: (status, {**reply, "id": 424242})))
    label = "POST /gql/v1/clients"

    assert messages(other, "MS249", label) == ["`name` has another value in the list than in the row itself"]
    assert messages(text, "MS249", label) == ["`status` has another type in the list than in the row itself"]
    assert messages(wrong, "MS249", label) == ["reading an id of a list gives another row"]


def test_a_reference_that_leads_nowhere(judge: Judge) -> None:
    """A key of a related row that gives 404 is found where rows hold it."""
    judged = judge(after=reads_client(lambda _, __: (404, {})))

    assert messages(judged, "MS250", CONTACTS) == ["`clientId` points at a row that cannot be read"]
