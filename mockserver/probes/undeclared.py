"""Judges of what nobody declared: properties, headers, values of enumerations, and what is meant for requests only."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from mockserver.bundle.operations import Operation
from mockserver.exchanges import Exchange
from mockserver.findings import Severity
from mockserver.probes.base import Contract, Fault, Judge
from mockserver.probes.bodies import answers, declared
from mockserver.probes.echoes import made_up, remember
from mockserver.probes.senses import Meaning, Sense, Trail, dotted, found_in, kind_of, pointer

# Headers that HTTP, its caches, proxies, browsers and tracing define: any reply may have them.
_STANDARD = frozenset(
    "accept accept-ch accept-encoding accept-patch accept-post accept-ranges access-control-allow-credentials "
    "access-control-allow-headers access-control-allow-methods access-control-allow-origin "
    "access-control-expose-headers access-control-max-age age allow alt-svc cache-control cf-cache-status cf-ray "
    "clear-site-data connection content-disposition content-encoding content-language content-length "
    "content-location content-range content-security-policy content-security-policy-report-only content-type "
    "cross-origin-embedder-policy cross-origin-opener-policy cross-origin-resource-policy date deprecation etag "
    "expect-ct expires keep-alive last-modified link location nel origin-agent-cluster permissions-policy pragma "
    "proxy-authenticate proxy-connection referrer-policy report-to reporting-endpoints retry-after server "
    "server-timing strict-transport-security sunset te timing-allow-origin traceparent tracestate "
    "trailer transfer-encoding upgrade vary via warning www-authenticate x-cache x-cache-hits x-cloud-trace-context "
    "x-content-type-options x-correlation-id x-dns-prefetch-control x-download-options x-frame-options "
    "x-permitted-cross-domain-policies x-powered-by x-request-id x-robots-tag x-runtime x-served-by x-timer "
    "x-ua-compatible x-xss-protection".split()
)
# Cookies that balancers and shields before a server set; any other is the server's own.
_EDGE_COOKIES = re.compile(r"AWSALB|_?_?cf_|__cf|incap_|visid_|nlbi_|ARRAffinity|GCLB|BIGip|TS[0-9a-f]{6}|ak_|bm_")
_OWN = "mock-"  # what the mock says of itself
_EDGES = ("cf-", "x-amz-", "x-amzn-", "x-envoy-", "x-azure-", "x-ms-", "x-vercel-", "x-fastly-")  # said by a proxy
_LISTS = ("enum", "const")
_OPEN_LISTS = ("x-extensible-enum", "x-known-values")
_MEMO = "enumerated"
_SINGLY = 8  # undeclared properties of one object that are told each by itself

Listed = Callable[[Any], tuple[str, str] | None]  # what a value is outside of: keyword and pointer


def _properties(contract: Contract, operation: Operation, exchange: Exchange) -> Iterator[Fault]:
    reply = answers(contract, operation, exchange)
    if reply is None:
        return
    remember(contract, operation, exchange)
    found = found_in(contract, operation, reply).undeclared
    given = made_up(contract, operation, exchange) if found else frozenset()
    by_place: dict[str, dict[str, tuple[Trail, Any, str]]] = defaultdict(dict)
    for trail, value, schema in found:
        before, name = trail or (None, "")
        if str(name) not in given:
            by_place[dotted(before)].setdefault(dotted(trail), (trail, value, schema))
    for place, names in by_place.items():
        if len(names) > _SINGLY:  # keys of a map that nobody declared as one, rather than properties
            trail, value, schema = next(iter(names.values()))
            where = f"`{place}`" if trail and trail[0] else place
            yield Fault(f"{where} has many properties that are not declared", ", ".join(names)[:300], schema)
            continue
        for name, (trail, value, schema) in names.items():
            detail = f"{pointer(trail)}: {kind_of(value)}"
            yield Fault(f"`{name}` is not declared", detail, schema, overlay=_addition(schema, trail, value))


def _write_only(contract: Contract, operation: Operation, exchange: Exchange) -> Iterator[Fault]:
    reply = answers(contract, operation, exchange)
    hidden = found_in(contract, operation, reply).hidden if reply is not None else ()
    for name, (trail, schema) in {dotted(trail): (trail, schema) for trail, schema in hidden}.items():
        yield Fault(f"`{name}` is declared as write-only", pointer(trail), schema)


def _headers(contract: Contract, operation: Operation, exchange: Exchange) -> Iterator[Fault]:
    reply = answers(contract, operation, exchange)
    said = declared(operation, reply) if reply is not None else None
    if reply is None or said is None:
        return
    known = {name.lower() for name in said.headers}
    for name in dict.fromkeys(name.lower() for name, _ in reply.headers):
        if name == "set-cookie" and _EDGE_COOKIES.match(reply.header(name) or ""):
            continue
        if name not in known and name not in _STANDARD and not name.startswith((_OWN, *_EDGES)):
            where = f"{operation.pointer}/responses/{said.status}"
            yield Fault(f"the header `{name}` is not declared for {said.status}", reply.header(name) or "", where)


def _values(contract: Contract, operation: Operation, exchange: Exchange) -> Iterator[Fault]:
    reply = answers(contract, operation, exchange)
    if reply is None:
        return
    for (sense, _name), leaves in found_in(contract, operation, reply).leaves.items():
        check = sense.memo.get(_MEMO)
        if check is None:
            check = sense.memo[_MEMO] = _listed(sense)
        if check is _anything:
            continue
        outside = next(((v, trail, why) for v, trail in leaves if (why := check(v)) is not None), None)
        if outside is not None:
            value, trail, (word, where) = outside
            is_open = word in _OPEN_LISTS
            text = f"`{dotted(trail)}` has a value that its {word if is_open else 'enumeration'} does not list"
            yield Fault(text, f"{pointer(trail)}: {value!r}", where, severity=Severity.INFO if is_open else None)


def _listed(sense: Sense) -> Listed:
    """Whether a value is listed by one of the readings; a reading without a list takes any value."""
    lists = [_lists(meaning) for meaning in sense.meanings]
    if not lists or not all(lists):
        return _anything

    def check(value: Any) -> tuple[str, str] | None:
        kind = kind_of(value)
        fitting = [
            one for one, meaning in zip(lists, sense.meanings, strict=True)
            if meaning.kinds is None or kind in meaning.kinds or (kind == "integer" and "number" in meaning.kinds)
        ]  # fmt: skip
        if value is None and fitting:  # 3.0 documents say nullable and forget null in the list
            return None
        for one in fitting or lists:
            outside = next(((word, where) for word, where, values in one if value not in values), None)
            if outside is None:
                return None
        word, where, _ = (fitting or lists)[0][0]
        return word, where

    return check


def _anything(_value: Any) -> None:
    """No list holds."""


def _lists(meaning: Meaning) -> list[tuple[str, str, list[Any]]]:
    found = [
        (word, where, listed if isinstance(listed, list) else [listed])
        for word in (*_LISTS, *_OPEN_LISTS)
        for listed, where in meaning.keyword(word)
    ]
    return [one for one in found if one[2]]


def _addition(schema: str, trail: Any, value: Any) -> Mapping[str, Any] | None:
    """The action of an overlay that declares a property where the schema is a component."""
    steps = schema.split("/")[1:]
    if steps[:2] != ["components", "schemas"] or "~" in schema:
        return None
    target = "$" + "".join(_step(step) for step in steps)
    return {"target": target, "update": {"properties": {str(trail[1]): {"type": kind_of(value)}}}}


def _step(step: str) -> str:
    return f"[{step}]" if step.isdigit() else f"['{step}']"


JUDGES = (
    Judge("undeclared-properties", "MS200", "replies have declared properties only", _properties, Severity.WARNING),
    Judge("undeclared-headers", "MS201", "replies have declared headers only", _headers, Severity.WARNING),
    Judge("undeclared-values", "MS202", "values are those that enumerations list", _values),
    Judge("write-only", "MS225", "what is write-only is not sent back", _write_only),
)
