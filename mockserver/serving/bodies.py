"""Bodies: read with a limit, told apart by content type, decoded; whatever is wrong with them is a Refusal."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from enum import Enum
from typing import Any, Final

from mockserver.bundle.operations import Media, Request
from mockserver.problems import Refusal, Violation
from mockserver.serving.fields import MediaType, media_type
from mockserver.serving.forms import FormError, multipart, urlencoded
from mockserver.serving.literals import Accepts, Reading, local
from mockserver.serving.strict_json import JsonError, parse

MAX_BODY = 10 * 1024 * 1024

_CHARSETS = frozenset({"utf-8", "utf8", "us-ascii", "ascii"})
_TEXT_CHARSETS = _CHARSETS | {"iso-8859-1", "latin1", "windows-1252", "utf-16", "utf-16le", "utf-16be"}


class Absent(Enum):
    """The type of ABSENT: no body came, which is not the same as `null`."""

    ABSENT = "absent"


ABSENT: Final = Absent.ABSENT


async def read(
    receive: Callable[[], Awaitable[MutableMapping[str, Any]]],
    headers: Sequence[tuple[bytes, bytes]] = (),
    limit: int = MAX_BODY,
) -> bytes:
    """The whole body of an ASGI request. Raises Refusal 413 as soon as it is longer than the limit."""
    for name, value in headers:
        if name == b"content-length" and value.isdigit() and (len(value) > 18 or int(value) > limit):
            raise _too_large(limit)
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Refusal(400, "The connection ended before the body did.", code="MS102")
        chunk = message.get("body", b"")
        if chunk:
            chunks.append(chunk)
            size += len(chunk)
            if size > limit:
                raise _too_large(limit)
        if not message.get("more_body", False):
            return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def decode_body(
    raw: bytes,
    sent_as: str | None,
    request: Request,
    document: Mapping[str, Any] | None = None,
    accepts: Accepts | None = None,
    encoding: str | None = None,
) -> Any:
    """The value of a body, or ABSENT when none came and none is required.

    `sent_as` is the Content-Type header, `encoding` the Content-Encoding. Forms become objects whose fields are typed
    by the declared schema (`document` resolves its `$ref`s); files are `forms.Upload`; other types give text or
    bytes. Raises Refusal: 400 for what cannot be read, 415 for what is not taken.
    """
    if not request.content:
        return ABSENT
    sent = media_type(sent_as) if sent_as is not None else None
    if not raw and (sent is None or not _may_be_empty(sent.type)):
        if request.required:
            raise _unreadable(f"The request body is missing; send {_offered(request)}.")
        return ABSENT
    if encoding and encoding.strip().lower() != "identity":
        raise _unsupported(
            f"A body in Content-Encoding {encoding} is not taken; send it as it is.",
            {"Accept-Encoding": "identity"},
        )
    media = _match(request, sent)
    if sent is None or media is None:
        raise _wrong_type(request, sent_as)
    if sent.is_json:
        return _json(raw, sent)
    if sent.type in ("application/x-www-form-urlencoded", "multipart/form-data"):
        return _form(raw, sent, media, document or {}, accepts)
    if sent.type.startswith("text/") or sent.type.endswith(("/xml", "+xml")):
        return _text(raw, sent)
    return raw


def pointer_for(request: Request, sent_as: str | None) -> str:
    """The pointer of the schema that a body of this content type is judged by; "" when there is none."""
    sent = media_type(sent_as) if sent_as is not None else None
    media = _match(request, sent)
    return media.pointer if media is not None and sent is not None and sent.is_judged else ""


def _match(request: Request, sent: MediaType | None) -> Media | None:
    """The declared media type: the same, else its range (`text/*`), else `*/*`."""
    if sent is None or not sent.type:
        return None
    major = sent.type.partition("/")[0]
    for wanted in (sent.type, f"{major}/*", "*/*"):
        for media in request.content:
            if media.type == wanted or media_type(media.type).type == wanted:
                return media
    return None


def _may_be_empty(kind: str) -> bool:
    """Whether nothing at all is a document of this type: an empty text, file or form."""
    return bool(kind) and kind != "multipart/form-data" and not kind.endswith(("/json", "+json", "/xml", "+xml"))


def _json(raw: bytes, sent: MediaType) -> Any:
    _check_charset(sent, _CHARSETS)
    try:
        return parse(raw)
    except JsonError as error:
        raise _unreadable(f"The body is not valid JSON: {error}.") from None


def _text(raw: bytes, sent: MediaType) -> str:
    charset = _check_charset(sent, _TEXT_CHARSETS)
    try:
        return raw.decode(charset)
    except UnicodeDecodeError as error:
        raise _unreadable(f"The body is not {charset}: byte {error.start} does not fit.") from None


def _form(
    raw: bytes, sent: MediaType, media: Media, document: Mapping[str, Any], accepts: Accepts | None
) -> dict[str, Any]:
    _check_charset(sent, _CHARSETS)
    reading = Reading([(media.schema if media.schema is not None else True, media.pointer)], document, accepts)
    above = local(document, "#" + media.pointer.rpartition("/")[0])[0] if media.pointer else {}
    encodings = above.get("encoding", {}) if isinstance(above, Mapping) else {}
    try:
        if sent.type == "multipart/form-data":
            return multipart(raw, sent.parameters.get("boundary", ""), reading)
        return urlencoded(raw, reading, encodings)
    except FormError as error:
        found = [Violation(error.pointer, str(error))] if error.pointer else []
        raise _unreadable(f"The form cannot be read: {error}.", found) from None


def _check_charset(sent: MediaType, known: frozenset[str]) -> str:
    charset = sent.parameters.get("charset", "utf-8").strip("\"' ").lower()
    if charset not in known:
        raise _unsupported(
            f"The charset {charset[:40]!r} of {sent.type} is not taken; send UTF-8.", {"Accept": sent.type}
        )
    return charset


def _offered(request: Request) -> str:
    return " or ".join(media.type for media in request.content)


def _wrong_type(request: Request, sent_as: str | None) -> Refusal:
    said = f"Content-Type {sent_as[:80]!r} is not taken" if sent_as is not None else "The Content-Type is missing"
    accept = {"Accept": ", ".join(media.type for media in request.content)}
    return _unsupported(f"{said}; send {_offered(request)}.", accept)


def _unsupported(detail: str, headers: Mapping[str, str]) -> Refusal:
    return Refusal(415, detail, code="MS150", reason="UNSUPPORTED_MEDIA_TYPE", headers=headers)


def _unreadable(detail: str, violations: Sequence[Violation] = ()) -> Refusal:
    return Refusal(400, detail, code="MS102", reason="INVALID_BODY", violations=violations)


def _too_large(limit: int) -> Refusal:
    return Refusal(413, f"The body is longer than {limit:,} bytes.", code="MS151", reason="CONTENT_TOO_LARGE")
