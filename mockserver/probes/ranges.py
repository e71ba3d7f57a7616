"""The probe of parts: what is said to be a part of a file (206) is the part that was asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from mockserver.bundle.operations import Operation
from mockserver.exchanges import Exchange
from mockserver.probes.base import Contract, Fault, Inconclusive, Probe, Scene
from mockserver.probes.samples import accepted, insisted, is_reading

_FIRST, _LAST = 2, 5  # the bytes asked for, both included
_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)\Z")
_SHORTEST = 16


def _part(scene: Scene, operation: Operation) -> Iterator[Fault]:
    whole = accepted(scene, operation)
    data = whole.reply.body if whole.reply is not None else b""
    if len(data) < _SHORTEST:
        raise Inconclusive("its reply is too short to ask for a part of it")
    request = replace(whole.request, headers=(*whole.request.headers, ("Range", f"bytes={_FIRST}-{_LAST}")))
    exchange = insisted(scene, request, operation, lambda told: bool(_wrong(told, data)), "")
    if exchange is not None:
        detail = f"bytes {_FIRST} to {_LAST} of {len(data)} were asked for"
        yield Fault(_wrong(exchange, data), detail, exchanges=(exchange,))
    elif "416" in operation.replies:
        yield from _beyond(scene, operation, whole, len(data))


def _beyond(scene: Scene, operation: Operation, whole: Exchange, size: int) -> Iterator[Fault]:
    """Beyond the end there is no part: 416 is declared, and the whole with 200 is right too."""
    request = replace(whole.request, headers=(*whole.request.headers, ("Range", f"bytes={size + 1}-")))
    exchange = insisted(scene, request, operation, lambda told: told.reply is not None and told.reply.status == 206, "")
    if exchange is not None:
        detail = f"from byte {size + 1} of {size} on was asked for"
        yield Fault("a part is sent of what lies beyond the end", detail, exchanges=(exchange,))


def _wrong(exchange: Exchange, data: bytes) -> str:
    """What is wrong with a part; a server may also send the whole, with 200 (RFC 9110 14.2)."""
    reply = exchange.reply
    if reply is None or reply.status != 206:
        return ""
    said = _RANGE.match(reply.header("content-range") or "")
    if said is None:
        return "a part comes without a Content-Range that says which one"
    if (int(said[1]), int(said[2])) != (_FIRST, _LAST) or said[3] not in ("*", str(len(data))):
        return "Content-Range names another part than was asked for"
    return "" if reply.body == data[_FIRST : _LAST + 1] else "the part holds other bytes than the file has there"


def _gives_files(contract: Contract, operation: Operation) -> bool:
    """Whether it reads something that is no JSON: files, pictures, exports."""
    success = operation.success
    media = success.content if success is not None else ()
    return operation.method == "GET" and is_reading(contract, operation) and bool(media) and not media[0].is_json


PROBES = (Probe("parts", "MS289", "a part of a file is the one that was asked for", _gives_files, _part),)
