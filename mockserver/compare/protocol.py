"""Protocol questions: credentials, methods, negotiation, routes, and bodies that are no proper JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from typing import Any

from mockserver.bundle.operations import Operation
from mockserver.compare.program import ABSENT, Template
from mockserver.compare.questions import CORE, Question, json_body, least, question
from mockserver.environments.environment import Environment
from mockserver.environments.guard import Guard, reads
from mockserver.exchanges import Request
from mockserver.probes.base import Contract

_ACCEPTS: Mapping[str, bool | None] = {
    "*/*": True, "application/*": None, "application/xml": None, "text/html": None, "image/png": None,
    "text/html, application/json;q=0.9": None, "application/json;q=0": None, "nonsense": None,
}  # fmt: skip
_TYPES: Mapping[str, bool | None] = {
    "application/json; charset=utf-8": None, "APPLICATION/JSON": None, "application/json; charset=iso-8859-1": None,
    "text/plain": False, "application/xml": False, "application/x-www-form-urlencoded": False,
    "application/vnd.api+json": None, "nonsense": None,
}  # fmt: skip
_HEADERS: Mapping[str, Mapping[str, str]] = {
    "Accept-Language: de": {"Accept-Language": "de"},
    "Accept-Encoding: gzip": {"Accept-Encoding": "gzip"},
    "Origin: another site": {"Origin": "https://example.com"},
    "If-None-Match: *": {"If-None-Match": "*"},
    "If-Modified-Since: a late date": {"If-Modified-Since": "Fri, 31 Dec 2100 23:59:59 GMT"},
    "Range: bytes=0-9": {"Range": "bytes=0-9"},
    "an unknown header": {"X-Nobody-Knows": "1"},
    "X-Request-ID": {"X-Request-ID": "00000000-0000-4000-8000-000000000001"},
}
_MALFORMED: Mapping[str, str] = {
    "malformed JSON": '{"a": ', "an empty body": "", "a trailing comma": '{"a": 1,}', "single quotes": "{'a': 1}",
    "text after the JSON": "{} x", "NaN": '{"a": NaN}', "a bare word": "nothing", "deep nesting": "[" * 200 + "]" * 200,
    "blanks alone": "  \n",
}  # fmt: skip
_CREDENTIALS: Mapping[str, str] = {
    "a token that is none": "Bearer not-a-token",
    "an empty token": "Bearer",
    "another scheme": "Basic bm9ib2R5Om5vdGhpbmc=",
    "a token signed by nobody": "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJub2JvZHkifQ.",
    "a scheme in lower case": "bearer not-a-token",
    "no scheme": "not-a-token",
}
_JSON = "application/json"


def protocol(
    contract: Contract, operation: Operation, *, writes: bool, actors: Collection[str] = ()
) -> Iterator[Question]:
    """Questions about an operation that its schemas do not raise; those that may not leave are left out."""
    yield from _auth(contract, operation, actors)
    if reads(operation):
        yield from _negotiation(contract, operation)
        yield from _methods(contract, operation, writes=writes)
        yield from _routes(contract, operation, writes=writes)
    yield from _malformed(contract, operation)


def _auth(contract: Contract, operation: Operation, actors: Collection[str]) -> Iterator[Question]:
    if not operation.security:
        return
    refused = None if {} in operation.security else False

    def ask(about: str, actor: str, told: bool | None, **more: Any) -> Question:
        return question(contract, operation, about, "auth", valid=told, actor=actor, **more)

    yield ask("without credentials", "", refused, rank=CORE)
    name = _credential_header(contract, operation)
    for what, value in _CREDENTIALS.items() if name else ():
        shown = value if name == "Authorization" else value.partition(" ")[2] or value
        yield ask(f"with {what}", "", refused, sort=f"with {what}", headers={name: shown})
    yield from _unread(contract, operation)
    for actor in actors if reads(operation) else ():
        if actor != "default":
            yield ask(f"as {actor}", actor, False if actor == "expired" else None)


def _unread(contract: Contract, operation: Operation) -> Iterator[Question]:
    """What nobody may send, and is wrong as well: whether strangers are told so before they are turned away."""
    media = json_body(operation)
    if media is not None and {} not in operation.security:
        about, headers = "an invalid body without credentials", {"Content-Type": media.type if media.is_json else _JSON}
        raw: dict[str, Any] = {"body": '"no object"'}
        yield question(
            contract, operation, about, "auth", valid=False, actor="", raw=raw, body=ABSENT, headers=headers
        )  # fmt: skip


def _credential_header(contract: Contract, operation: Operation) -> str:
    """The header that holds the credential; "" where it goes elsewhere."""
    schemes = contract.bundle.document.get("components", {}).get("securitySchemes", {})
    scheme: Any = next((schemes[name] for each in operation.security for name in each if name in schemes), {})
    scheme = contract.bundle.resolve(scheme)[0]
    if scheme.get("type") == "apiKey":
        return str(scheme.get("name")) if scheme.get("in") == "header" else ""
    return "Authorization" if scheme.get("type") in ("http", "oauth2", "openIdConnect") else ""


def _negotiation(contract: Contract, operation: Operation) -> Iterator[Question]:
    given = least(contract, operation).headers
    for accept, told in _ACCEPTS.items():
        headers = {**given, "Accept": accept}
        yield question(
            contract, operation, f"Accept: {accept}", "negotiation", sort="Accept", valid=told, headers=headers
        )
    for about, more in _HEADERS.items():
        if not {name.lower() for name in more} & {name.lower() for name in given}:
            headers = {**given, **more}
            yield question(contract, operation, about, "negotiation", sort="headers", valid=None, headers=headers)


def _methods(contract: Contract, operation: Operation, *, writes: bool) -> Iterator[Question]:
    declared = {each.method for each in contract.bundle.operations if each.path == operation.path}
    for method in ("HEAD", "OPTIONS", *(("PATCH", "PUT", "DELETE", "GET", "POST") if writes else ())):
        told = None if method in ("HEAD", "OPTIONS") else False
        if method not in declared:
            yield from _raw(contract, operation, f"method {method}", "method", {"method": method}, told, writes=writes)
    if "TRACE" not in declared:  # hardly any server takes it, and it changes nothing: how an unknown method is refused
        raw = {"method": "TRACE"}
        yield from _raw(contract, operation, "method TRACE", "method", raw, False, writes=writes, actor="", rank=CORE)
    headers = {"Origin": "https://example.com", "Access-Control-Request-Method": operation.method}
    if "OPTIONS" not in declared:
        raw = {"method": "OPTIONS"}
        yield from _raw(contract, operation, "a preflight", "method", raw, None, writes=writes, headers=headers)


def _routes(contract: Contract, operation: Operation, *, writes: bool) -> Iterator[Question]:
    """A slash too many, another case, a path that there is not; by HEAD where nobody may write."""
    path = re.split(r"[?#]", operation.path)[0]
    above, _, last = path.rpartition("/")
    ways = {
        "a slash at the end": f"{path}/" if not path.endswith("/") else path[:-1],
        "a slash twice": f"{above}//{last}",
        "an unknown path below": f"{path}/nobody-knows-this",
        "the last word in capitals": f"{above}/{last.upper()}"
        if "{" not in last
        else path.upper()
        if "{" not in path
        else "",
        "an extension": f"{path}.json",
    }
    method = operation.method if writes else "HEAD"
    for about, target in ways.items():
        if target and target != path:
            raw = {"method": method, "target": target}
            yield from _raw(contract, operation, about, "method", raw, None, writes=writes, sort="routes")


def _raw(
    contract: Contract, operation: Operation, about: str, kind: str, raw: Mapping[str, Any], told: bool | None, *,
    writes: bool, **more: Any,
) -> Iterator[Question]:  # fmt: skip
    template = least(contract, operation)
    target = re.sub(r"\{[^{}]+\}", "1", str(raw.get("target", operation.path)))
    request = Request(str(raw["method"]), re.split(r"[?#]", target)[0])
    if _guard(contract).refusal(request, writes=writes):
        return
    body = template.body if raw["method"] == operation.method else ABSENT
    yield question(contract, operation, about, kind, valid=told, raw=dict(raw), body=body, **more)


@lru_cache(maxsize=4)
def _guard_of(bundle: Any) -> Guard:
    return Guard(Environment("either side"), bundle)


def _guard(contract: Contract) -> Guard:
    return _guard_of(contract.bundle)


def _malformed(contract: Contract, operation: Operation) -> Iterator[Question]:
    """Bodies that are no JSON, or JSON under another name."""
    media = json_body(operation)
    template = least(contract, operation)
    if media is None or template.body is ABSENT:
        return
    given = {**template.headers, "Content-Type": media.type if media.is_json else _JSON}
    needed = operation.request is not None and operation.request.required

    def ask(
        about: str, text: Any, told: bool | None, headers: Mapping[str, Any] = given, sort: str = "malformed body"
    ) -> Question:
        return question(
            contract, operation, about, "invalid", valid=told, sort=sort, raw={"body": text}, body=ABSENT,
            headers=headers,
        )  # fmt: skip

    for what, text in _MALFORMED.items():
        yield ask(what, text, (False if needed else None) if not text.strip() else False)
    whole = json.dumps(template.body)
    yield ask("a byte order mark", f"\ufeff{whole}", None)
    yield ask("bytes that are no UTF-8", {"base64": "eyJhIjogIv+A/iJ9"}, False)
    twice = _twice(template)
    if twice:
        yield ask("a property twice", twice, None)
    for kind, told in _TYPES.items():
        said = None if told is False and not needed else told  # what is not required may be overlooked
        yield ask(f"Content-Type: {kind}", whole, said, {**given, "Content-Type": kind}, sort="Content-Type")
    raw = {"body": whole, "headers": {"Content-Type": None}}
    yield question(contract, operation, "no Content-Type", "invalid", valid=None, raw=raw, body=ABSENT)
    yield question(contract, operation, "no body", "invalid", valid=False if needed else None, body=ABSENT)


def _twice(template: Template) -> str:
    """The body with its first property twice; "" where it has none."""
    if not isinstance(template.body, dict):
        return ""
    if not template.body:
        return '{"a": 1, "a": 2}'
    name, value = next(iter(template.body.items()))
    inner = json.dumps(template.body)[1:]
    return f"{{{json.dumps(name)}: {json.dumps(value)}, {inner}"
