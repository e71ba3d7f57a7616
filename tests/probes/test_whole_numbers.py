"""Whole numbers and letters: what is no number is refused, what is one is taken, and so is any script."""

from __future__ import annotations

from dataclasses import replace

from mockserver.exchanges import Reply, Request
from mockserver.probes import beyond_ascii, whole_numbers
from tests.probes.writing import Ask, Office, probe_of

LIST, CREATE = "POST /gql/v1/clients", "POST /api/v1/event-subscriptions"
TRUE = probe_of(whole_numbers.PROBES, "true-for-one")
FLOAT = probe_of(whole_numbers.PROBES, "one-point-zero")
LETTERS = probe_of(beyond_ascii.PROBES, "beyond-ascii")


async def coercing(request: Request, ask: Ask) -> Reply:
    """A server that takes `true` for 1."""
    return await ask(replace(request, body=request.body.replace(b": true", b": 1")))


async def spelling(request: Request, ask: Ask) -> Reply:
    """A server that refuses numbers with a point."""
    return Reply(400) if b"1.0" in request.body else await ask(request)


async def western(request: Request, ask: Ask) -> Reply:
    """A server that knows ASCII only."""
    return Reply(400) if not request.body.isascii() else await ask(request)


def test_what_is_no_number_is_refused(office: Office) -> None:
    """`true` in the place of a whole number is found where it is taken."""
    assert office.said(TRUE, LIST, coercing) == ["`true` is taken for the whole number 1"]


def test_a_number_without_a_fraction_is_whole(office: Office) -> None:
    """A refused 1.0 is found."""
    assert office.said(FLOAT, LIST, spelling) == ["1.0 is refused where a whole number is wanted"]


def test_every_script_can_be_written(office: Office) -> None:
    """A create that refuses letters beyond ASCII is found, by the property that holds them."""
    said = office.said(LETTERS, CREATE, western)

    assert said
    assert all(text.startswith("a text beyond ASCII is refused in `") for text in said)
