"""Errors: a Refusal as the reply that its operation declares for it, or as RFC 9457 problem details."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from mockserver.bundle.operations import Media, Operation, Reply, is_json
from mockserver.clock import Clock
from mockserver.entities.declared import version_of
from mockserver.problems import Refusal
from mockserver.serving.error_shapes import Facts, shape
from mockserver.serving.negotiation import preferred
from mockserver.serving.replies import required_headers
from mockserver.serving.strict_json import dump

if TYPE_CHECKING:
    from mockserver.bundle.loader import Bundle

Rendered = tuple[int, dict[str, str], str, bytes]

PROBLEM = "application/problem+json"
# Which declared status says the same as the one wanted, best first; after these its class and `default` count.
_INSTEAD: dict[int, tuple[tuple[str, ...], tuple[str, ...]]] = {
    400: (("400", "422"), ("4XX", "default")),
    422: (("422", "400"), ("4XX", "default")),
    404: (("404", "410"), ("4XX", "default", "400", "422")),
    409: (("409",), ("4XX", "default", "400", "422")),
    412: (("412",), ("4XX", "default", "400")),
}
_WORDS = {400: "BAD_REQUEST", 413: "CONTENT_TOO_LARGE", 422: "UNPROCESSABLE_CONTENT"}


def render(
    refusal: Refusal,
    operation: Operation | None,
    bundle: Bundle,
    accept: str | None,
    clock: Clock,
    request_id: str = "",
) -> Rendered:
    """Status, headers, media type and bytes of the reply to a refused request.

    The body is what the operation declares for the status (or for its other errors), told in its words and valid
    under its schema; RFC 9457 problem details where it declares none.
    """
    status = status_for(refusal, operation)
    facts = Facts(
        status=status,
        title=_title(status),
        detail=str(refusal),
        word=refusal.reason or _word(refusal.status),
        code=refusal.code,
        violations=refusal.violations,
        path=operation.path if operation is not None else "",
        time=clock.text(),
        request_id=request_id,
        release=version_of(operation, bundle) if operation is not None else bundle.release,
    )
    headers = _headers(refusal, status)
    reply = _reply(operation, status) if operation is not None else None
    media = _media(reply, accept) if reply is not None else None
    if operation is None or reply is None or media is None:
        return status, headers, PROBLEM, dump(_problem(facts))
    headers |= required_headers(operation, status, headers, bundle)
    kind = media.type if "*" not in media.type else "application/json"
    if not is_json(kind):
        return status, headers, kind, facts.everything.encode()
    return status, headers, kind, dump(_told(facts, operation, media, bundle))


def status_for(refusal: Refusal, operation: Operation | None) -> int:
    """The status to answer with: where the operation has its own way of saying the same, that one.

    `x-mock-invalid-status` overrules for requests that break the contract.
    """
    wanted = refusal.status
    if operation is None or wanted not in _INSTEAD:
        return wanted
    hint = operation.hints.get("invalid-status")
    if hint is not None and wanted in (400, 422):
        return int(hint)
    exact, general = _INSTEAD[wanted]
    for status in (*exact, *general):
        if status in operation.replies:
            return int(status) if status.isdigit() else wanted
    return wanted


def _word(status: int) -> str:
    return _WORDS.get(status) or _title(status).upper().replace(" ", "_").replace("-", "_")


def _title(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"


def _headers(refusal: Refusal, status: int) -> dict[str, str]:
    headers = dict(refusal.headers)
    present = {name.lower() for name in headers}
    if status == 401 and "www-authenticate" not in present:
        headers["WWW-Authenticate"] = "Bearer"
    if status in (429, 503) and "retry-after" not in present:
        headers["Retry-After"] = "1"
    return headers


def _reply(operation: Operation, status: int) -> Reply | None:
    """The declared reply whose shape fits: for this status, else for another error of the same class, else any."""
    declared = operation.reply(status)
    if declared is not None and declared.content:
        return declared
    errors = [each for key, each in operation.replies.items() if key[:1] in "45d" and each.content]
    same = [each for each in errors if each.status[:1] == str(status)[:1]]
    return next(iter(same or errors), None)


def _media(reply: Reply, accept: str | None) -> Media | None:
    """The media type of an error body: what the client likes among them, else JSON, else the first."""
    types = tuple(media.type for media in reply.content)
    liked = preferred(accept, types) if accept and types else None
    by_type = {media.type: media for media in reply.content}
    if liked is not None:
        return by_type[liked]
    return reply.body


def _problem(facts: Facts) -> dict[str, Any]:
    """RFC 9457 problem details."""
    problem: dict[str, Any] = {
        "type": f"/__admin/problems/{facts.code}",
        "title": facts.title,
        "status": facts.status,
        "detail": facts.detail,
    }
    if facts.request_id:
        problem["instance"] = f"/__admin/requests/{facts.request_id}"
    if facts.violations:
        problem["errors"] = [
            {"pointer": each.pointer, "detail": each.detail, "in": each.part} for each in facts.violations
        ]
    return problem


_SHAPES: WeakKeyDictionary[Any, dict[tuple[str, str], Any]] = WeakKeyDictionary()


def _told(facts: Facts, operation: Operation, media: Media, bundle: Bundle) -> Any:
    """The facts as the declared schema wants them; what else it requires is made up."""
    from mockserver.store.sampling import fit

    if media.schema is None:
        return _problem(facts)
    shapes = _SHAPES.setdefault(bundle, {})
    key = (media.pointer, media.type)
    tell = shapes.get(key)
    if tell is None:
        tell = shapes[key] = shape(media.schema, media.pointer, bundle.document)
    return fit(tell(facts), media.schema, bundle, f"error {operation.id} {facts.status}")
