"""Reproduction: a request, or several in their order, as a curl command and as a pytest function to paste.

Credentials never stand in them: each becomes a variable of the environment.
"""

from __future__ import annotations

import ast
import base64
import re
import shlex
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from urllib.parse import unquote

from mockserver.exchanges import Exchange, Request
from mockserver.redaction import Redactor
from mockserver.redaction.sensitive import MARKER

_LOCAL = "http://127.0.0.1:4020"  # where the mock listens by default
_OWN = frozenset({"content-length", "host", "connection", "accept-encoding", "transfer-encoding"})
_LATIN = '.encode("latin-1")'  # httpx takes texts beyond ASCII only as bytes
_ARGUMENT = 100_000  # bytes; Linux takes 128 KiB in one argument
_MARKER = re.compile(rf"{MARKER.pattern}|%3[Cc]({'|'.join(MARKER.pattern[2:-2].split('|'))})%3[Ee]")


def curl(exchange: Exchange, variable: str = "MOCKSERVER_TOKEN") -> str:
    """A curl command that sends the request again, byte by byte; needs a POSIX shell (bash for headers beyond ASCII).

    `variable` is what holds the token; other credentials are `MOCKSERVER_PASSWORD`, `MOCKSERVER_API_KEY` and the like.
    """
    request = _without_credentials(exchange)
    url = (exchange.url or _LOCAL).rstrip("/") + request.target
    words = ["curl", "-sS", *_method(request)]
    if any(unquote(segment) in (".", "..") for segment in request.path.split("/")):
        words.append("--path-as-is")
    if re.search(r"[][{}]", url):
        words.append("-g")
    words.append(_shell(url, variable))
    words += [f"-H {_header(name, value, variable)}" for name, value in _sent(request)]
    before, body = _body(request, variable)
    if request.body and request.header("content-type") is None:
        words.append("-H 'Content-Type:'")
    return before + " ".join([*words, *body])


def pytest_code(exchanges: Sequence[Exchange], expectation: str, variable: str = "MOCKSERVER_TOKEN") -> str:
    """A test module that repeats the requests in order and asserts what is expected.

    `expectation` is a Python expression on `reply` (the last one, of httpx) and `replies`, as `statuses` and `without`
    make them. Of a sentence, such as a finding's message, a test is made that fails while the reply is what it was:
    a server error, or the same status with a body of the same form.
    """
    about, expectation = ("", expectation) if _is_expression(expectation) else (expectation, _otherwise(exchanges))
    base = (exchanges[0].url if exchanges else "") or _LOCAL
    sent = [line for exchange in exchanges for line in _python(exchange, variable)]
    return "\n".join([
        '"""Repeats what was found. Needs pytest and httpx; credentials come from the environment."""', "",
        "import os", "", "import httpx", "",
        f'URL = os.environ.get("MOCKSERVER_URL", {_quoted(base.rstrip("/"))})', "", "",
        *(_SHAPE if "shape(" in expectation else ()),
        "def test_what_was_found():", *([f"    {_docstring(about)}"] if about else []), "    replies = []",
        "    with httpx.Client(timeout=30) as client:",
        *(f"        {line}" for line in sent),
        "    reply = replies[-1]",
        f"    assert {expectation}, [(reply.status_code, reply.text) for reply in replies]", "",
    ])  # fmt: skip


_SHAPE = (
    "def shape(value):",
    '    """The form of a JSON value: names and types."""',
    "    if isinstance(value, dict):",
    "        return {name: shape(inner) for name, inner in value.items()}",
    "    return [shape(inner) for inner in value[:3]] if isinstance(value, list) else type(value).__name__",
    "", "",
)  # fmt: skip


def _is_expression(text: str) -> bool:
    try:
        ast.parse(text, mode="eval")
    except (SyntaxError, ValueError):
        return False
    return "repl" in text


def _otherwise(exchanges: Sequence[Exchange]) -> str:
    """That the last reply is not again as it was recorded."""
    reply = exchanges[-1].reply if exchanges else None
    if reply is None:
        return "reply.status_code"
    if reply.status >= 500:
        return "reply.status_code < 500"
    try:
        form = _shape(reply.json())
    except ValueError:
        return f"reply.status_code != {reply.status}"
    return f"(reply.status_code, shape(reply.json())) != ({reply.status}, {form!r})"


def _shape(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _shape(inner) for name, inner in value.items()}
    return [_shape(inner) for inner in value[:3]] if isinstance(value, list) else type(value).__name__


def _docstring(text: str) -> str:
    plain = " ".join(text.split()).replace("\\", "/").replace('"', "'")
    return f'"""{plain}"""'


def statuses(expected: Iterable[str | int]) -> str:
    """An expectation for `pytest_code`: the last status is one of these (`404`, `4XX`; `default` is any)."""
    named = [str(status).upper() for status in expected]
    if "DEFAULT" in named:
        return "reply.status_code"
    codes = sorted(int(status) for status in named if status.isdigit())
    classes = sorted(int(status[0]) for status in named if re.fullmatch(r"\dXX", status))
    ways = [f"reply.status_code in {tuple(codes)}"] if codes or not classes else []
    ways += [f"reply.status_code // 100 in {tuple(classes)}"] if classes else []
    return " or ".join(ways)


def without(pointer: str) -> str:
    """An expectation for `pytest_code`: nothing stands at a JSON pointer of the last reply's body."""
    steps = [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]
    place = "reply.json()" + "".join(f"[{int(s) if s.isdigit() else s!r}]" for s in steps[:-1])
    return f"{steps[-1]!r} not in {place}" if steps else "not reply.content"


def _without_credentials(exchange: Exchange) -> Request:
    return Redactor(key=b"-", personal=False).exchange(exchange).request


def _sent(request: Request) -> Iterator[tuple[str, str]]:
    return ((name, value) for name, value in request.headers if name.lower() not in _OWN)


def _method(request: Request) -> list[str]:
    if request.method == "HEAD":
        return ["--head"]
    return ["-i"] if request.method == "GET" and not request.body else ["-i", "-X", shlex.quote(request.method)]


def _header(name: str, value: str, variable: str) -> str:
    if not value:
        return shlex.quote(f"{name};")
    text = f"{name}: {value}"
    if text.isascii():
        return _shell(text, variable, everywhere=True)
    octets = "".join(c if c.isalnum() and c.isascii() else f"\\x{ord(c):02x}" for c in text)
    return f"$'{octets}'"


def _body(request: Request, variable: str) -> tuple[str, list[str]]:
    """What stands before curl, and its own words."""
    try:
        text = request.body.decode("utf-8")
    except UnicodeDecodeError:
        text = "\0"
    if not text:
        return "", []
    if "\0" in text:
        coded = base64.b64encode(request.body).decode("ascii")
        return f"printf %s {coded} | base64 -d | ", ["--data-binary @-"]
    if len(request.body) > _ARGUMENT:
        return f"printf %s {_shell(text, variable)} | ", ["--data-binary @-"]
    return "", [f"--data-raw {_shell(text, variable)}"]


def _shell(text: str, variable: str, *, everywhere: bool = False) -> str:
    """A text as one word of a shell, its markers as variables."""
    made = [
        f'"${_variable(part[1], variable, everywhere)}"' if isinstance(part, tuple) else shlex.quote(part)
        for part in _parts(text)
    ]
    return "".join(made) or "''"


def _parts(text: str) -> Iterator[str | tuple[str, str]]:
    """A text cut at its markers; each as (marker, kind)."""
    at = 0
    for match in _MARKER.finditer(text):
        if match.start() > at:
            yield text[at : match.start()]
        yield match[0], match[1] or match[2]
        at = match.end()
    if at < len(text):
        yield text[at:]


def _variable(kind: str, variable: str, everywhere: bool) -> str:
    if everywhere or kind in ("token", "jwt"):
        return variable
    return f"MOCKSERVER_{kind.upper().replace('-', '_')}"


def _python(exchange: Exchange, variable: str) -> Iterator[str]:
    request = _without_credentials(exchange)
    headers = [
        f"({_quoted(name)}, {_expression(value, variable, everywhere=True)}{_LATIN * (not value.isascii())})"
        for name, value in request.headers
        if name.lower() not in _OWN
    ]
    yield "request = client.build_request("
    yield f"    {_quoted(request.method)},"
    yield "    URL,"
    if headers:
        yield "    headers=["
        yield from (f"        {header}," for header in headers)
        yield "    ],"
    if request.body:
        yield f"    content={_content(request.body, variable)},"
    # httpx would write an address its own way; this is what stands in the request line.
    target = f"httpx.URL(URL).path.rstrip('/') + {_expression(request.target, variable)}"
    yield f'    extensions={{"target": ({target}).encode()}},'
    yield ")"
    yield "replies.append(client.send(request))"


def _content(body: bytes, variable: str) -> str:
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return repr(body)
    return f"{_expression(text, variable)}.encode()" if _MARKER.search(text) or not text.isascii() else repr(body)


def _expression(text: str, variable: str, *, everywhere: bool = False) -> str:
    parts = [
        f'os.environ["{_variable(part[1], variable, everywhere)}"]' if isinstance(part, tuple) else _quoted(part)
        for part in _parts(text)
    ]
    return parts[0] if len(parts) == 1 else f"({' + '.join(parts)})" if parts else '""'


def _quoted(text: str) -> str:
    return repr(text)
