"""Judges of headers: those that the bundle requires, and those that HTTP requires of certain statuses."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from mockserver.bundle.operations import Operation, is_json
from mockserver.bundle.servers import base_paths
from mockserver.exchanges import Exchange
from mockserver.findings import Severity
from mockserver.probes.base import Contract, Fault, Judge
from mockserver.probes.bodies import answers, declared

_MEMO = "probes: paths"
_CHALLENGE = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+(?: +\S.*|\s*,.*|\s*)\Z", re.DOTALL)
_CHARSET = re.compile(r";\s*charset=\"?([^\s\";]*)", re.IGNORECASE)


def _required(contract: Contract, operation: Operation, exchange: Exchange) -> Iterator[Fault]:
    reply = answers(contract, operation, exchange)
    said = declared(operation, reply) if reply is not None else None
    if reply is None or said is None:
        return
    for name, (required, _schema, where) in said.headers.items():
        if reply.header(name) is not None:
            continue
        if required:
            yield Fault(f"the header `{name}` is required for {said.status}, but missing", "", where)
        elif reply.status < 300:
            text = f"the header `{name}` is declared for {said.status}, but not sent"
            yield Fault(text, "it is not required", where, severity=Severity.INFO)


def _challenge(_contract: Contract, _operation: Operation, exchange: Exchange) -> Iterator[Fault]:
    reply = exchange.reply
    if reply is None or reply.status != 401:
        return
    said = reply.header("www-authenticate")
    if said is None:
        yield Fault("401 comes without WWW-Authenticate")
    elif not _CHALLENGE.match(said.strip()):
        yield Fault("401 comes with a WWW-Authenticate that names no scheme", said)


def _retry(_contract: Contract, _operation: Operation, exchange: Exchange) -> Iterator[Fault]:
    reply = exchange.reply
    if reply is None or reply.status not in (429, 503):
        return
    said = reply.header("retry-after")
    if said is None:
        yield Fault(f"{reply.status} comes without Retry-After")
    elif not (said.isascii() and said.isdigit()):
        try:
            parsedate_to_datetime(said)
        except (ValueError, TypeError):
            text = f"{reply.status} comes with a Retry-After that is neither seconds nor a date"
            yield Fault(text, said, severity=Severity.ERROR)


def _allow(contract: Contract, operation: Operation, exchange: Exchange) -> Iterator[Fault]:
    reply = exchange.reply
    if reply is None or reply.status != 405:
        return
    said = reply.header("allow")
    if said is None:
        yield Fault("405 comes without Allow")
        return
    listed = {method.strip().upper() for method in said.split(",")}
    method = exchange.request.method
    if method in listed:
        yield Fault(f"405 refuses {method}, and Allow lists it", said)
    missing = [m for m in declared_methods(contract, operation.path) if m not in listed]
    if missing:
        yield Fault(f"the Allow of a 405 does not list {', '.join(missing)}", said)


def _location(contract: Contract, operation: Operation, exchange: Exchange) -> Iterator[Fault]:
    reply = answers(contract, operation, exchange)
    said = reply.header("location") if reply is not None and reply.status == 201 else None
    if said is None:
        return
    parts = urlsplit(said)
    own = urlsplit(exchange.url)
    if parts.netloc and own.netloc and parts.netloc != own.netloc:
        yield Fault("Location leads to another host", said)
        return
    asked = exchange.request.path.rpartition("/")[0]
    path = parts.path if parts.path.startswith("/") else f"{asked}/{parts.path}"
    if not any(pattern.match(path) for pattern in _patterns(contract)):
        yield Fault("Location leads to no path of the bundle that can be read", said)


def _charset(_contract: Contract, _operation: Operation, exchange: Exchange) -> Iterator[Fault]:
    reply = exchange.reply
    if reply is None or not reply.body or exchange.request.method == "HEAD":
        return
    said = reply.header("content-type") or ""
    if not said:
        yield Fault("a body comes without Content-Type")
        return
    match = _CHARSET.search(said)
    name = match[1].lower() if match is not None else ""
    if is_json(reply.media) and match is not None and name not in ("utf-8", "utf8", "us-ascii"):
        yield Fault("JSON is said to be in another character set than UTF-8", said)
    elif match is not None and not _known(name):
        yield Fault("Content-Type names a character set that does not exist", said)
    elif match is not None and not is_json(reply.media) and not _reads(reply.body, name):
        yield Fault("the body is not in the character set that Content-Type says", said)
    elif reply.media.startswith("text/html") and reply.body.lstrip()[:1] in (b"{", b"["):
        yield Fault("what looks like JSON is said to be HTML", said)


def declared_methods(contract: Contract, path: str) -> list[str]:
    """The methods that the bundle declares for a path as a request can name it."""
    return [operation.method for operation in contract.bundle.operations if operation.path == path]


def _patterns(contract: Contract) -> list[re.Pattern[str]]:
    """The paths of the bundle that GET reads, below any of its base paths."""
    memo = contract.bundle.reader.memo
    found: list[re.Pattern[str]] | None = memo.get(_MEMO)
    if found is None:
        bases = "|".join(re.escape(base) for base in base_paths(contract.bundle.document.get("servers")))
        paths = [operation.path for operation in contract.bundle.operations if operation.method == "GET"]
        found = [re.compile(f"(?:{bases})?{_segments(path)}/?\\Z") for path in paths]
        memo[_MEMO] = found
    return found


def _segments(path: str) -> str:
    return "".join("[^/]+" if part.startswith("{") else re.escape(part) for part in re.split(r"(\{[^{}]*\})", path))


def _known(charset: str) -> bool:
    try:
        codecs.lookup(charset)
    except (LookupError, ValueError):
        return False
    return True


def _reads(body: bytes, charset: str) -> bool:
    try:
        body.decode(charset)
    except (UnicodeDecodeError, LookupError):
        return False
    return True


JUDGES = (
    Judge("required-headers", "MS218", "headers that are required are there", _required),
    Judge("challenge", "MS220", "401 says which credential is wanted", _challenge, Severity.WARNING),
    Judge("retry-after", "MS221", "429 and 503 say when to come back", _retry, Severity.WARNING),
    Judge("allow", "MS222", "405 lists the methods that are answered", _allow),
    Judge("location", "MS223", "the Location of what was created can be read", _location),
    Judge("content-type", "MS224", "Content-Type says what the body is", _charset, Severity.WARNING),
)
