"""Judges of what must stay inside: stack traces, SQL errors, file paths and secrets in replies."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mockserver.bundle.nouns import words
from mockserver.bundle.operations import Operation, is_json
from mockserver.exchanges import Exchange, Reply
from mockserver.probes.base import Contract, Fault, Judge
from mockserver.probes.bodies import answers, declared
from mockserver.probes.senses import Trail, dotted, found_in, pointer

# What it shows, a text that must be there (found fast), and the pattern that makes sure.
_TRACES: tuple[tuple[str, bytes, re.Pattern[bytes]], ...] = tuple(
    (what, anchor, re.compile(pattern))
    for what, anchor, pattern in (
        ("a Python trace", b"Traceback", rb"Traceback \(most recent call last\)"),
        ("a Python trace", b", line ", rb'File \\?"[^"\n]{1,200}\.py\\?", line \d+'),
        ("a Java trace", b".java:", rb"\bat [\w.$<>]+\([\w$]+\.java:\d+\)"),
        ("a Kotlin trace", b".kt:", rb"\bat [\w.$<>]+\([\w$]+\.kt:\d+\)"),
        ("a Java exception", b"Exception", rb"\b(?:javax?|org\.(?:springframework|hibernate))(?:\.\w+)+Exception\b"),
        ("a .NET trace", b":line ", rb"\bat [\w.`<>\[\], ]+\([^)\n]*\) in [^\n]{1,200}:line \d+"),
        ("a .NET exception", b"Exception", rb"\b(?:System|Microsoft)(?:\.\w+)+Exception\b"),
        ("a Node.js trace", b"    at ", rb" {4}at [^\n]{0,200}(?:\.[cm]?[jt]s|node:internal/[\w/]+):\d+:\d+"),
        ("a Ruby trace", b".rb:", rb"[\w/.-]+\.rb:\d+:in [`'\\]"),
        ("a Go trace", b"goroutine ", rb"goroutine \d+ \[[a-z ]+\]"),
        ("a Go panic", b"panic: ", rb"panic: (?:runtime error|interface conversion)"),
        ("a Rust panic", b"panicked at", rb"thread '[^'\n]+' panicked at"),
        ("a PHP error", b".php", rb"(?:Fatal error|Warning|Uncaught \w+).{0,300}\.php\b.{0,20}?(?: on line|:)"),
        ("a PHP trace", b"#0 ", rb"Stack trace:\s*(?:\\n|\n)?#0 "),
        ("a debugger page", b"Werkzeug Debugger", rb"Werkzeug Debugger"),
        ("a debugger page", b"DEBUG = True", rb"You're seeing this error because you have <code>DEBUG = True"),
        ("an SQL error", b"SQLSTATE", rb"SQLSTATE\[?[0-9A-Z:]"),
        ("an SQL error", b"ORA-", rb"\bORA-\d{5}\b"),
        ("an SQL error", b"SQL syntax", rb"error in your SQL syntax"),
        ("an SQL error", b"syntax error at or near", rb"syntax error at or near"),
        ("an SQL error", b"unique constraint", rb"violates unique constraint|UNIQUE constraint failed"),
        ("an SQL error", b"foreign key constraint", rb"violates foreign key constraint|foreign key constraint fails"),
        ("an SQL error", b"does not exist", rb'(?:relation|column) \\?"[^"\n]{1,100}\\?" does not exist'),
        ("an SQL error", b"quotation mark", rb"Unclosed quotation mark after the character string"),
        ("an SQL error", b"psycopg", rb"\bpsycopg\d?\.\w+"),
        ("an SQL error", b"sqlalchemy", rb"\bsqlalchemy\.(?:exc|orm)\b|sqlalche\.me/"),
        ("an SQL error", b"sqlite", rb"\bsqlite3\.\w*Error\b"),
        ("an SQL error", b"PG::", rb"\bPG::\w+"),
        ("an SQL statement", b"SELECT ", rb"\bSELECT\s.{1,300}?\sFROM\s+[\w.\"`\\]+\s+(?:WHERE|LIMIT|JOIN|ORDER BY)\b"),
        ("an SQL statement", b"INSERT INTO", rb"\bINSERT INTO\s+[\w.\"`\\]+\s*\([^)]{1,300}\)\s*VALUES\b"),
    )
)  # fmt: skip
_PATHS = re.compile(
    rb"(?<![\w.:/-])(?:/(?:home|root|usr|var|opt|srv|app|etc|tmp|Users|workspace)/[\w.-]+(?:/[\w.@-]+)*\.\w{1,6}"
    rb"|[A-Z]:\\{1,2}(?:[\w.$ -]+\\{1,2})+[\w.$ -]+\.\w{1,6})"
)
_SECRETS: tuple[tuple[str, bytes, re.Pattern[bytes]], ...] = tuple(
    (what, anchor, re.compile(pattern))
    for what, anchor, pattern in (
        ("a JWT", b"eyJ", rb"\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}"),
        ("an AWS key", b"AKIA", rb"\bAKIA[0-9A-Z]{16}\b"),
        ("a private key", b"PRIVATE KEY", rb"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----"),
        ("a password hash", b"$", rb"\$2[abxy]\$\d\d\$[./A-Za-z0-9]{53}|\$argon2(?:id|i|d)\$|\$6\$[./\w]{1,16}\$"),
        ("a live key", b"_live_", rb"\b[sr]k_live_[0-9A-Za-z]{16,}"),
        ("a GitHub token", b"gh", rb"\bgh[pousr]_[0-9A-Za-z]{36}\b"),
        ("a Slack token", b"xox", rb"\bxox[abprs]-[0-9A-Za-z-]{10,}"),
    )
)  # fmt: skip
_SECRET_WORDS = frozenset("password passwd passphrase secret secrets privatekey ssn cvv pin".split())
_MAY_HOLD = frozenset(
    "token tokens jwt secret key keys password credential credentials signature assertion authorization cursor bearer "
    "certificate hash".split()
)
_SHORTEST = 12  # characters of a credential that are searched for
_SAID = 160


def _traces(_contract: Contract, _operation: Operation, exchange: Exchange) -> Iterator[Fault]:
    reply = exchange.reply
    if reply is None or not _is_text(reply):
        return
    said = set()
    for what, anchor, pattern in _TRACES:
        if anchor in reply.body and what not in said:
            match = pattern.search(reply.body)
            if match is not None and not _echoed(match[0], exchange):
                said.add(what)
                yield Fault(f"the reply shows {what}", _excerpt(reply.body, match.start()))
    if reply.status >= 400 and not said:
        match = _PATHS.search(reply.body)
        if match is not None and not _echoed(match[0], exchange):
            yield Fault("the error reply shows a path of the server's files", _excerpt(reply.body, match.start()))


def _secrets(contract: Contract, operation: Operation, exchange: Exchange) -> Iterator[Fault]:
    reply = exchange.reply
    if reply is None or not _is_text(reply):
        return
    own = answers(contract, operation, exchange)
    for trail, value, schema in found_in(contract, operation, own).undeclared if own is not None else ():
        if isinstance(value, str) and value and _SECRET_WORDS & set(words(str(trail[1] if trail else ""))):
            yield Fault(f"`{dotted(trail)}` is not declared, and is named like a secret", pointer(trail), schema)
    for what, anchor, pattern in _SECRETS:
        if anchor in reply.body and (match := pattern.search(reply.body)) is not None:
            yield from _unless_declared(contract, operation, exchange, what, match[0])
    sent = _credential(exchange)
    if sent is not None and sent in reply.body:
        yield from _unless_declared(contract, operation, exchange, "the credential of the request", sent)


def _unless_declared(
    contract: Contract, operation: Operation, exchange: Exchange, what: str, secret: bytes
) -> Iterator[Fault]:
    """A fault, unless all places of the secret are declared properties with names for such things."""
    reply = answers(contract, operation, exchange)
    places: list[Trail] = []
    if reply is not None and is_json(reply.media):
        if declared(operation, reply) is None:
            return
        text = secret.decode("utf-8", "replace")
        for (_sense, name), leaves in found_in(contract, operation, reply).leaves.items():
            if not _MAY_HOLD & set(words(name)):
                places += [trail for value, trail in leaves if isinstance(value, str) and text in value]
            elif any(isinstance(value, str) and text in value for value, _ in leaves):
                return
    place = f"`{dotted(places[0])}`" if places else "the reply"
    yield Fault(f"{place} shows {what}", f"{len(secret)} characters")


def _credential(exchange: Exchange) -> bytes | None:
    """The token that the request was authorised with, where it is long enough to be searched for."""
    header = exchange.request.header("authorization") or ""
    token = header.partition(" ")[2].strip()
    return token.encode("latin-1", "replace") if len(token) >= _SHORTEST else None


def _is_text(reply: Reply) -> bool:
    kind = reply.media
    return bool(reply.body) and (
        not kind or is_json(kind) or kind.startswith("text/") or kind.endswith(("xml", "javascript"))
    )


def _echoed(found: bytes, exchange: Exchange) -> bool:
    """Whether the client said it first: a refusal may quote what it refuses."""
    return found in exchange.request.body or found.decode("utf-8", "replace") in exchange.request.target


def _excerpt(body: bytes, start: int) -> str:
    return " ".join(body[max(0, start - 20) : start + _SAID].decode("utf-8", "replace").split())


JUDGES = (
    Judge("internals", "MS215", "replies show no traces, SQL errors or paths of the server", _traces),
    Judge("secrets", "MS216", "replies show no secrets that are not declared", _secrets),
)
