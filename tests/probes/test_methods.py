"""Probes of HTTP find servers that do not keep to its rules for methods and media types."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mockserver.exchanges import Reply, Request
from mockserver.findings import Severity
from mockserver.probes import ranges
from mockserver.probes.methods import PROBES
from tests.probes.writing import Ask, Change, Office, probe_of

HEAD, OPTIONS, METHOD, ACCEPT, MEDIA, CHARSET, TRAILING = (
    probe_of(PROBES, name)
    for name in ("head", "options", "undeclared-method", "acceptable", "media-sent", "charset", "trailing-garbage")
)
PARTS = ranges.PROBES[0]
READ, LIST, MANY = "GET /gql/v1/client/{id}", "POST /gql/v1/clients", "GET /api/v1/event-subscriptions"


def answering(method: str, *, status: int = 0, **headers: str | None) -> Change:
    """A server that answers one method with another status or other headers (None: without one)."""

    async def change(request: Request, ask: Ask) -> Reply:
        reply = await ask(request)
        if request.method != method:
            return reply
        names = {name.replace("_", "-").lower(): value for name, value in headers.items()}
        kept = tuple(pair for pair in reply.headers if pair[0].lower() not in names)
        added = tuple((name, value) for name, value in names.items() if value is not None)
        return replace(reply, status=status or reply.status, headers=(*kept, *added))

    return change


def test_head(office: Office) -> None:
    """Another status, type or length than GET's is found."""
    assert office.said(HEAD, READ, answering("HEAD", status=405)) == ["HEAD is answered with another status than GET"]
    assert office.said(HEAD, READ, answering("HEAD", content_type="text/html")) == [
        "HEAD has another `content-type` than GET"
    ]
    assert office.said(HEAD, READ, answering("HEAD", content_length="0")) == [
        "HEAD has another `content-length` than GET"
    ]
    assert office.said(HEAD, READ, answering("HEAD", content_length=None)) == []  # HEAD may leave it out


def test_options(office: Office) -> None:
    """Allow is there, lists what is declared, and nothing that is not."""
    assert office.said(OPTIONS, MANY, answering("OPTIONS", allow=None)) == ["OPTIONS is answered without Allow"]
    missing, further = office.faults(OPTIONS, MANY, answering("OPTIONS", allow="GET, HEAD, PATCH"))
    assert (missing.message, missing.severity) == ("Allow does not list POST", Severity.ERROR)
    assert further.message == "Allow lists PATCH, not declared"
    assert office.said(OPTIONS, MANY, answering("OPTIONS", status=401)) == []


def test_an_undeclared_method(office: Office) -> None:
    """It is found when it is granted, and hinted at when it is hidden behind a 404."""
    (granted,) = office.faults(METHOD, MANY, answering("PATCH", status=200))
    (hidden,) = office.faults(METHOD, MANY, answering("PATCH", status=404))

    assert granted.message == hidden.message == "PATCH is not declared, and is not refused with 405"
    assert (granted.severity, hidden.severity) == (None, Severity.WARNING)


def test_methods_of_other_paths_that_match_are_left_alone(office: Office) -> None:
    """What another template of the bundle answers is declared."""
    seen: list[str] = []

    async def note(request: Request, ask: Ask) -> Reply:
        seen.append(f"{request.method} {request.path}")
        return await ask(request)

    assert office.faults(METHOD, "", note) == []
    assert "PATCH /api/v1/records/types" in seen


def test_undeclared_methods_stay_here_where_only_reading_is_allowed(office: Office) -> None:
    """The guard refuses them, and that is what the probe says."""
    assert office.faults(METHOD, MANY, writable=False) == []
    assert "the bundle has no such operation" in office.why[0]


@pytest.mark.parametrize(
    ("probe", "text"),
    [
        (ACCEPT, "it answers something else than what alone is acceptable"),
        (MEDIA, "it takes a body of text/plain, which is not declared"),
        (TRAILING, "it takes a body with garbage behind the JSON"),
    ],
)
def test_media_types_and_bodies(office: Office, probe: object, text: str) -> None:
    """A server that ignores Accept and Content-Type and reads the first JSON text it finds is found thrice."""

    async def easy(request: Request, ask: Ask) -> Reply:
        kept = tuple(pair for pair in request.headers if pair[0].lower() not in ("accept", "content-type"))
        body = request.body.partition(b"} trailing")[0]
        return await ask(replace(request, headers=(*kept, ("Content-Type", "application/json")), body=body))

    assert office.said(probe, LIST, easy) == [text]  # type: ignore[arg-type]


def test_a_refused_charset_is_found(office: Office) -> None:
    """A server that compares media types with their parameters is found; the header is left as it is otherwise."""

    async def exact(request: Request, ask: Ask) -> Reply:
        return Reply(415) if "charset" in (request.header("content-type") or "") else await ask(request)

    assert office.said(CHARSET, LIST, exact) == ["it refuses `charset=utf-8`, which changes nothing"]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("range_", "text"),
    [
        ("bytes 2-5/*", "the part holds other bytes than the file has there"),
        ("bytes 0-3/*", "Content-Range names another part than was asked for"),
        (None, "a part comes without a Content-Range that says which one"),
    ],
)
def test_parts_of_files(office: Office, range_: str | None, text: str) -> None:
    """A 206 with the whole file, of another part, or without its range is found; a 200 with the whole is fine."""

    async def whole(request: Request, ask: Ask) -> Reply:
        reply = await ask(replace(request, headers=tuple(p for p in request.headers if p[0].lower() != "range")))
        if request.header("range") is None:
            return reply
        more = (("Content-Range", range_),) if range_ else ()
        return replace(reply, status=206, headers=(*reply.headers, *more))

    async def ignoring(request: Request, ask: Ask) -> Reply:
        return replace(await whole(request, ask), status=200)

    label = "GET /api/v1/files/{id}/download"
    assert office.said(PARTS, label, whole) == [text]
    assert office.said(PARTS, label, ignoring) == []


def test_what_is_seen_once_only_is_no_fault(office: Office) -> None:
    """A fault that does not come back when asked again is not reported."""
    times: list[int] = []

    async def once(request: Request, ask: Ask) -> Reply:
        reply = await ask(request)
        if request.method == "OPTIONS" and not times:
            times.append(1)
            return replace(reply, headers=())
        return reply

    assert office.said(OPTIONS, MANY, once) == []
    assert times == [1]
