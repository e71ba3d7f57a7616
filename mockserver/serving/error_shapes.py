"""Error shapes: what a declared error schema wants to hear, told by the names of its properties."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from mockserver.problems import Violation
from mockserver.serving.literals import Reading
from mockserver.store.model import normal

_DEPTH = 5
_NOTHING = object()

_DETAIL = frozenset(
    "message error_message detail description error_description msg explanation developer_message user_message "
    "display_message text info".split()
)
_TITLE = frozenset({"title", "summary", "label", "status_text"})
_WORD = frozenset({"code", "error_code", "type", "error_type", "kind", "reason", "key"})
_STATUS = frozenset({"status", "status_code", "http_status", "http_status_code", "http_code"})
_TIME = frozenset({"timestamp", "time", "occurred_at", "datetime", "date"})
_IDENTITY = frozenset({"request_id", "trace_id", "correlation_id", "error_id"})
_POINTER = frozenset(
    {"pointer", "field", "location", "loc", "property", "param", "parameter", "attribute", "json_pointer"}
)
_PATH = frozenset({"path", "url", "uri", "endpoint"})
_LIST = frozenset(
    "errors details violations issues problems messages invalid_params field_errors causes validation_errors "
    "context context_info".split()
)
_NESTED = frozenset({"error", "meta", "metadata", "fault", "status", "response", "body", "problem"})
_PAYLOAD = frozenset({"data", "result", "results", "payload"})
_GENERAL = ("error", "fail", "failed", "failure")
_FALSE = frozenset({"success", "ok", "successful", "is_success"})
_TRUE = frozenset({"failed", "is_error"})

# What enumerations of machine words say, by status.
_WORDS = {
    400: ("BAD_REQUEST", "INVALID_REQUEST", "INVALID", "VALIDATION_ERROR", "INVALID_ARGUMENT"),
    401: ("UNAUTHORIZED", "UNAUTHENTICATED", "INVALID_TOKEN"),
    403: ("FORBIDDEN", "PERMISSION_DENIED", "INSUFFICIENT_SCOPE"),
    404: ("NOT_FOUND",),
    405: ("METHOD_NOT_ALLOWED",),
    409: ("CONFLICT", "ALREADY_EXISTS"),
    412: ("PRECONDITION_FAILED",),
    422: ("UNPROCESSABLE_ENTITY", "VALIDATION_ERROR", "INVALID_REQUEST"),
    429: ("TOO_MANY_REQUESTS", "RATE_LIMITED", "RATE_LIMIT_EXCEEDED"),
    500: ("INTERNAL_SERVER_ERROR", "INTERNAL_ERROR", "SERVER_ERROR"),
    503: ("SERVICE_UNAVAILABLE", "UNAVAILABLE"),
}


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything there is to tell about one refusal; `at` is the violation that a list is just telling."""

    status: int
    title: str
    detail: str
    word: str
    code: str
    violations: tuple[Violation, ...] = ()
    path: str = ""
    time: str = ""
    request_id: str = ""
    release: str = ""
    at: Violation | None = None

    @property
    def everything(self) -> str:
        """The detail, or all violations in one text where there are several."""
        if len(self.violations) < 2:
            return self.detail
        return "; ".join(map(sentence, self.violations))


_Fill = Callable[[Facts], Any]


def sentence(violation: Violation) -> str:
    """A violation with its place: `body /name: name is required`."""
    place = f"{violation.part} {violation.pointer}".strip()
    return f"{place}: {violation.detail}" if place else violation.detail


def shape(schema: Any, pointer: str, document: Mapping[str, Any]) -> _Fill:
    """A function that tells the facts of a refusal in the words of a schema; what it cannot fill it leaves out."""
    fill = _Shaper().whole(Reading([(schema, pointer)], document), 0)

    def told(facts: Facts) -> Any:
        value = fill(facts)
        return {"error": facts.title, "message": facts.everything} if value is _NOTHING else value

    return told


class _Shaper:
    """Compiles one schema; knows whether it found a place for all violations, else the texts list them."""

    def __init__(self) -> None:
        self.lists = False

    def whole(self, reading: Reading, depth: int) -> _Fill:
        """A whole body, or one item of a list."""
        if "object" in reading.kinds:
            return self.object(reading, depth)
        if "array" in reading.kinds and depth < _DEPTH:
            return self.list(reading.element, depth, alone=True, required=True)
        if "string" in reading.kinds:
            return lambda facts: sentence(facts.at) if facts.at else facts.everything
        return _nothing

    def object(self, reading: Reading, depth: int) -> _Fill:
        names = reading.properties()
        if not names:
            return lambda facts: _by_pointer(facts) if facts.at is not None else _NOTHING
        siblings = frozenset(normal(name) for name in names)
        fillers = [
            (name, self.property(normal(name), siblings, reading.child(name), depth, required=required))
            for name, required in names.items()
        ]

        def fill(facts: Facts) -> Any:
            made = {name: value for name, filler in fillers if (value := filler(facts)) is not _NOTHING}
            return made or _NOTHING

        return fill

    def property(self, word: str, siblings: frozenset[str], reading: Reading, depth: int, *, required: bool) -> _Fill:
        kinds = reading.kinds
        options = reading.keyword("enum") or ([reading.keyword("const")] if reading.keyword("const") else None)
        if options and "object" not in kinds and "array" not in kinds:
            return lambda facts: _option(facts, options, required=required)
        if word in _PAYLOAD:
            return (lambda _facts: None) if "null" in kinds else _nothing
        if "array" in kinds and word in _LIST and depth < _DEPTH:
            alone = siblings.isdisjoint(_DETAIL) and "error" not in siblings
            return self.list(reading.element, depth + 1, alone=alone, required=required)
        if "object" in kinds and depth < _DEPTH:
            if word in _LIST and not reading.properties():
                self.lists = True
                return lambda facts: _by_pointer(facts) if facts.violations else _NOTHING
            return self.object(reading, depth + 1) if required or word in _NESTED else _nothing
        found = self.scalar(word, siblings, reading)
        if found is not None:
            return found
        return (lambda _facts: None) if required and "null" in kinds else _nothing

    def list(self, element: Reading, depth: int, *, alone: bool, required: bool) -> _Fill:
        """One item per violation; with `alone`, one for a refusal without violations too."""
        self.lists = True
        item = self.whole(element, depth)

        def fill(facts: Facts) -> Any:
            if facts.at is not None:
                return [] if required else _NOTHING
            told = facts.violations or ((Violation("", facts.detail, ""),) if alone else ())
            items = [item(replace(facts, at=each)) for each in told]
            kept = [each for each in items if each is not _NOTHING]
            return kept if kept or required else _NOTHING

        return fill

    def scalar(self, word: str, siblings: frozenset[str], reading: Reading) -> _Fill | None:
        kinds = reading.kinds
        if "integer" in kinds and word in _STATUS | _WORD:
            return lambda facts: facts.status
        if "boolean" in kinds and word in _FALSE | _TRUE:
            return lambda _facts: word in _TRUE
        if "string" not in kinds:
            return None
        if word in _DETAIL or word in _LIST:
            return self.text
        if word == "error":  # beside a text it is a word or a title, alone it is the text
            if "error_description" in siblings:
                return lambda facts: facts.word.lower()
            return self.text if siblings.isdisjoint(_DETAIL) else lambda facts: facts.title
        if {"type", "title", "status"} <= siblings and word in _PROBLEM:
            return _PROBLEM[word]
        if word in _WORD:
            shown = reading.keyword("examples")
            lower = bool(shown) and isinstance(shown[0], str) and shown[0].islower()
            return lambda facts: facts.word.lower() if lower else facts.word
        if word in _POINTER:
            return lambda facts: _pointer(facts, None if "null" in kinds else _NOTHING)
        return _SIMPLE.get(word)

    def text(self, facts: Facts) -> Any:
        if facts.at is not None:
            return facts.at.detail
        return facts.detail if self.lists else facts.everything


def _nothing(_facts: Facts) -> Any:
    return _NOTHING


def _by_pointer(facts: Facts) -> dict[str, str]:
    told = (facts.at,) if facts.at is not None else facts.violations
    return {each.pointer: each.detail for each in told}


def _pointer(facts: Facts, otherwise: Any) -> Any:
    told = facts.at or (facts.violations[0] if facts.violations else None)
    return otherwise if told is None else told.pointer


def _option(facts: Facts, options: Sequence[Any], *, required: bool) -> Any:
    """The one of several legal values that says this error best."""
    if facts.status in options:
        return facts.status
    known = {normal(str(option)): option for option in reversed(options) if option is not None}
    for candidate in (facts.word, *_WORDS.get(facts.status, ()), facts.title, str(facts.status), *_GENERAL):
        if (found := known.get(normal(candidate))) is not None:
            return found
    return options[0] if required or len(options) == 1 else _NOTHING


_PROBLEM: dict[str, _Fill] = {  # RFC 9457
    "type": lambda facts: f"/__admin/problems/{facts.code}",
    "instance": lambda facts: f"/__admin/requests/{facts.request_id}" if facts.request_id else _NOTHING,
}

_SIMPLE: dict[str, _Fill] = {
    **dict.fromkeys(_TITLE, lambda facts: facts.title),
    **dict.fromkeys(_STATUS, lambda facts: str(facts.status)),
    **dict.fromkeys(_TIME, lambda facts: facts.time),
    **dict.fromkeys(_IDENTITY, lambda facts: facts.request_id or _NOTHING),
    **dict.fromkeys(_PATH, lambda facts: facts.at.pointer if facts.at else facts.path or _NOTHING),
    "version": lambda facts: facts.release or _NOTHING,
}
