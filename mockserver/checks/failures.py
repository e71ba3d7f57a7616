"""Failures: what a check of schemathesis found, in words that stay the same from run to run, with its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from schemathesis.core.failures import Failure
from schemathesis.core.failures import Severity as Weight
from schemathesis.core.jsonschema.bundler import BUNDLE_STORAGE_KEY

import mockserver.checks.codes  # noqa: F401  the text of MS290
from mockserver.bundle.loader import Bundle
from mockserver.bundle.operations import Operation
from mockserver.bundle.pointers import join, local
from mockserver.bundle.reading import Reader
from mockserver.exchanges import Exchange
from mockserver.findings import Finding, Severity
from mockserver.runs import Observation

_REQUIRED = re.compile(r'"(.+?)" is a required property')
_DETAIL = 2000
UNANSWERED, SILENCE = "server_answers", "MS290"


@dataclass(frozen=True, slots=True)
class Flaw:
    """A failed check. `message` and `pointer` make its identity, `detail` has the values; `exchanges` end with the one
    that failed, `count` is how often it was seen."""

    check: str
    code: str
    operation: str
    message: str
    pointer: str
    detail: str = ""
    exchanges: tuple[Exchange, ...] = ()
    count: int = 1
    severity: Severity = Severity.ERROR
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Equal for the same flaw, whatever request showed it."""
        return f"{self.code}\0{self.operation}\0{self.pointer}\0{self.message}"

    @property
    def size(self) -> tuple[int, int]:
        """How much there is to read to understand it: exchanges, then their bytes."""
        parts = ((e.request, e.reply) for e in self.exchanges)
        return len(self.exchanges), sum(
            len(request.target) + len(request.body) + sum(len(n) + len(v) for n, v in request.headers)
            + (len(reply.body) if reply else 0)
            for request, reply in parts
        )  # fmt: skip


def both(one: Flaw, other: Flaw) -> Flaw:
    """The same flaw seen twice: counted together, shown by the smaller evidence (the first where both are alike)."""
    return replace(other if other.size < one.size else one, count=one.count + other.count)


def observation(bundle: Bundle, flaw: Flaw) -> Observation:
    """A flaw as a finding with its line in the bundle; nothing is redacted yet."""
    finding = Finding(
        flaw.severity, flaw.code, flaw.message, flaw.operation, flaw.pointer, str(bundle.source),
        bundle.line(flaw.pointer), flaw.detail,
    )  # fmt: skip
    return Observation(finding, flaw.check, flaw.count, exchanges=flaw.exchanges, details=dict(flaw.facts))


def unanswered(bundle: Bundle, exchange: Exchange) -> Flaw:
    """That nothing came back."""
    operation = bundle.operations.at(*exchange.operation.split(" ", 1))
    pointer = operation.pointer if operation else ""
    message = "the server does not answer"
    return Flaw(UNANSWERED, SILENCE, exchange.operation, message, pointer, exchange.failure, (exchange,))


def flaw_of(bundle: Bundle, check: str, failure: Failure, case: Any, exchanges: Sequence[Exchange]) -> Flaw:
    """A failure of schemathesis as a flaw."""
    blamed = bundle.operations.at(*(failure.operation or "").partition(" ")[::2])
    operation = blamed or bundle.operations.at(*case.operation.label.split(" ", 1))
    label = operation.label if operation is not None else case.operation.label
    message, pointer = _said(bundle, operation, failure, case, exchanges)
    return Flaw(
        check, failure.code, label, message, pointer or (operation.pointer if operation else ""),
        failure.message[:_DETAIL], tuple(exchanges),
        severity=Severity.WARNING if failure.severity is Weight.LOW else Severity.ERROR,
        facts=_facts(case),
    )  # fmt: skip


def _said(
    bundle: Bundle, operation: Operation | None, failure: Any, case: Any, exchanges: Sequence[Exchange]
) -> tuple[str, str]:
    """The stable message, and the pointer where it is not the operation's own."""
    code = failure.code
    status = exchanges[-1].reply.status if exchanges and exchanges[-1].reply else 0
    if code == "ST108":
        return _broken(bundle, operation, failure, status)
    if code == "ST201":
        return f"data that break the schema{_where(case)} are accepted with {failure.status_code}", ""
    said: dict[str, Callable[[], str]] = {
        "ST101": lambda: f"a server error: {failure.status_code}",
        "ST102": lambda: f"a server error: {failure.status_code}, for a Content-Type that is not declared",
        "ST103": lambda: f"the status {failure.status_code} is not documented",
        "ST104": lambda: f"the reply {status} has no Content-Type",
        "ST105": lambda: f"the media type {_kind(failure.content_type)} is not documented for {status}",
        "ST106": lambda: f"the media type of the reply {status} is malformed",
        "ST107": lambda: f"the reply {status} lacks the header {', '.join(sorted(failure.missing_headers))}",
        "ST109": lambda: f"the body of {status} is not JSON",
        "ST110": lambda: f"the body of {status} cannot be read as its media type",
        "ST111": lambda: f"the discriminator of the body of {status} has an unknown value",
        "ST202": lambda: f"data that keep the schema are refused with {failure.status_code}",
        "ST203": lambda: f"a request without the required header {failure.header_name} gets {failure.status_code}",
        "ST204": lambda: f"{failure.method} is not declared: {failure.failure_reason.replace('_', ' ')}",
        "ST205": lambda: f"Allow {_allow(failure)}",
        "ST301": lambda: "what was deleted is still there",
        "ST302": lambda: "what was created is not there",
        "ST401": lambda: _ignored(str(failure.scenario)),
        "ST402": lambda: "another caller's object is given out",
    }
    wording = said.get(code)
    return (wording() if wording is not None else failure.title), ""


def _broken(bundle: Bundle, operation: Operation | None, failure: Any, status: int) -> tuple[str, str]:
    """What of which schema is broken: keyword, place in the value, pointer of the keyword."""
    path = [str(step) for step in failure.schema_path]
    keyword = path[-1] if path and not path[-1].isdigit() else "schema"
    missing = _REQUIRED.match(failure.message) if keyword == "required" else None
    what = f"`{missing[1]}` is missing" if missing else f"`{keyword}` does not hold"
    if failure.title != type(failure).kind_title:
        return f"a header of {status}: {what}", ""
    start = _start(operation, status)
    place = _place(bundle.reader, start, failure.instance_path)
    return f"the body of {status}: {what}{f' at {place}' if place else ''}", _keyword(bundle, start, failure, path)


def _start(operation: Operation | None, status: int) -> str:
    reply = operation.reply(status) if operation is not None else None
    return reply.body.pointer if reply is not None and reply.body is not None else ""


def _keyword(bundle: Bundle, start: str, failure: Any, path: list[str]) -> str:
    """The pointer of a path of keywords, which begins at the reply's schema or at a component that it refers to."""
    names = getattr(failure, "_name_to_uri", None) or {}
    if len(path) > 1 and path[0] == BUNDLE_STORAGE_KEY and path[1] in names:
        target = str(names[path[1]]).partition("#")[2]
        return _followed(bundle, target, path[2:]) or start
    return _followed(bundle, start, path)


def _followed(bundle: Bundle, pointer: str, path: Sequence[str]) -> str:
    """The pointer of what a path leads to from a schema, as far as the bundle knows it."""
    try:
        node: Any = bundle.at(pointer) if pointer else None
    except KeyError:
        return ""
    for step in path:
        if local(node) is not None:
            node, pointer = bundle.resolve(node)
        if isinstance(node, list) and step.isdigit() and int(step) < len(node):
            node, pointer = node[int(step)], pointer + join([step])
        elif isinstance(node, Mapping) and step in node:
            node, pointer = node[step], pointer + join([step])
        elif step != "$ref":
            break
    return pointer


def _place(reader: Reader, start: str, path: Sequence[str | int]) -> str:
    """The place of a value in a body, without what changes from body to body: `rows[].name`, `byName.*`."""
    spot, place = reader.at(start), ""
    for step in path:
        if isinstance(step, int):
            spot, place = reader.items(spot) or reader.at(""), f"{place}[]"
        else:
            known = reader.members(spot).get(step)
            spot, place = known or reader.at(""), f"{place}.{step}" if known is not None else f"{place}.*"
    return place.lstrip(".")


def _where(case: Any) -> str:
    data = case.meta.phase.data if case.meta is not None else None
    location = getattr(data, "parameter_location", None)
    if location is None:
        return ""
    name = getattr(data, "parameter", None)
    kind = str(location.value)
    if kind == "body":
        return " in the body"
    return f" ({kind} parameter {name})" if isinstance(name, str) else f" in {kind} parameters"


def _facts(case: Any) -> dict[str, Any]:
    data = case.meta.phase.data if case.meta is not None else None
    said = getattr(data, "description", None)
    return {"generated": str(said)[:300]} if said else {}


def _ignored(scenario: str) -> str:
    return "it answers without credentials" if scenario == "no_auth" else "it answers to wrong credentials"


def _kind(media: str) -> str:
    return media.partition(";")[0].strip().lower()


def _allow(failure: Any) -> str:
    parts = []
    if failure.missing_methods:
        parts.append(f"lacks {', '.join(sorted(failure.missing_methods))}")
    if failure.undocumented_methods:
        parts.append(f"has undocumented {', '.join(sorted(failure.undocumented_methods))}")
    return " and ".join(parts) or "differs from the bundle"
