"""Validation: requests and replies against the bundle's schemas, fast when valid and readable when not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol
from urllib.parse import quote

from mockserver.bundle.operations import Media, Operation, Reply
from mockserver.bundle.pointers import join
from mockserver.bundle.reading import Documented
from mockserver.findings import Finding, Severity
from mockserver.problems import Violation
from mockserver.serving.decode import delimited
from mockserver.serving.fields import media_type
from mockserver.serving.forms import Upload
from mockserver.serving.literals import Reading
from mockserver.serving.schemas import mended
from mockserver.serving.strict_json import JsonError, parse
from mockserver.serving.wording import violations

_URN = "urn:bundle"


class Directed(Documented, Protocol):
    """What is asked of a bundle here: its normalised document, and as it is for one direction."""

    @property
    def for_requests(self) -> Mapping[str, Any]:
        """The document in which no request has to hold a `readOnly` property."""

    @property
    def for_replies(self) -> Mapping[str, Any]:
        """The document in which no reply has to hold a `writeOnly` property."""


class Validators:
    """A validator per schema of a bundle, named by its JSON pointer and compiled on first use.

    A schema that cannot be compiled accepts everything; `findings` says so (MS191, MS192).
    """

    def __init__(self, bundle: Directed) -> None:
        self.findings: list[Finding] = []
        self._bundle = bundle
        registries: dict[int, Any] = {}  # both directions share one where their documents are the same
        self._requests = _Side(lambda: bundle.for_requests, registries, self.findings)
        self._replies = _Side(lambda: bundle.for_replies, registries, self.findings)
        self._replies_judged: dict[tuple[str, str], _ReplyJudge] = {}

    def accepts(self, pointer: str, value: Any) -> bool:
        """Whether a value is valid in a request, under the schema at a pointer ("" accepts everything)."""
        return not pointer or self._requests.valid(pointer, value)

    def fits(self, pointer: str, value: Any) -> bool:
        """Whether a value is valid in a reply, under the schema at a pointer ("" accepts everything)."""
        return not pointer or self._replies.valid(pointer, value)

    def violations(self, pointer: str, value: Any, part: str = "body", name: str = "") -> tuple[Violation, ...]:
        """What is wrong with a value of a request under the schema at a pointer; empty when it is valid.

        `name` is the parameter's, for the pointers of the violations.
        """
        return self._requests.violations(pointer, value, part, name) if pointer else ()

    def judge_reply(
        self, operation: Operation, status: int, headers: Mapping[str, str], media: str, payload: Any
    ) -> tuple[Violation, ...]:
        """In what way a reply breaks the contract: its status, headers, media type and body.

        `payload` is the body as bytes, or its value.
        """
        reply = operation.reply(status)
        if reply is None:
            declared = ", ".join(operation.replies) or "none"
            return (Violation("", f"the status {status} is not declared; declared are {declared}", "status"),)
        key = (operation.id, reply.status)
        judge = self._replies_judged.get(key)
        if judge is None:
            judge = self._replies_judged[key] = _ReplyJudge(reply, self._replies, self._bundle.document)
        return judge(status, headers, media, payload)


class _Side:
    """The validators of one direction."""

    def __init__(
        self,
        document: Callable[[], Mapping[str, Any]],
        registries: dict[int, Any],
        findings: list[Finding],
    ) -> None:
        self._open = document
        self._registries = registries
        self._document: Mapping[str, Any] = {}
        self._findings = findings
        self._registry: Any = None
        self._is_mended = False
        self._compiled: dict[str, Any] = {}

    def valid(self, pointer: str, value: Any) -> bool:
        validator = self._compiled.get(pointer) or self._compile(pointer)
        try:
            return bool(validator.is_valid(value))
        except ValueError:
            return not self.violations(pointer, value, "body", "")

    def violations(self, pointer: str, value: Any, part: str, name: str) -> tuple[Violation, ...]:
        validator = self._compiled.get(pointer) or self._compile(pointer)
        prefix = join([name]) if name else ""
        for _ in range(2):
            try:
                if validator.is_valid(value):
                    return ()
                return violations(validator.iter_errors(value), part, prefix, self._document)
            except ValueError:  # something that is not JSON: bytes, a file of a form, half a surrogate pair
                value = _plain(value)
        return ()

    def _compile(self, pointer: str) -> Any:
        import jsonschema_rs

        if self._registry is None:
            self._document = self._open()
            known = id(self._document)
            if known not in self._registries:
                self._registries[known] = _registry(self._document)
            self._registry = self._registries[known]
        schema = {"$ref": f"{_URN}#{quote(pointer, safe='/~')}"}
        try:
            found = jsonschema_rs.Draft202012Validator(schema, registry=self._registry, validate_formats=True)
        except (ValueError, jsonschema_rs.ReferencingError) as error:
            if not self._is_mended:
                self._mend()
                return self._compile(pointer)
            reason = str(error).splitlines()[0][:200]
            message = f"this schema cannot be compiled, so it accepts everything: {reason}"
            self._find(Finding(Severity.WARNING, "MS191", message, pointer=pointer))
            found = jsonschema_rs.Draft202012Validator(True)
        self._compiled[pointer] = found
        return found

    def _mend(self) -> None:
        import jsonschema_rs

        def compiles(pattern: str) -> bool:
            try:
                jsonschema_rs.Draft202012Validator({"pattern": pattern})
            except ValueError:
                return False
            return True

        self._is_mended = True
        self._document, dropped = mended(self._document, compiles)
        for pointer, pattern in dropped:
            message = f"the pattern {pattern[:80]} cannot be compiled, so it is not checked"
            self._find(Finding(Severity.WARNING, "MS192", message, pointer=pointer))
        if dropped:
            self._registry = _registry(self._document)
            self._compiled.clear()

    def _find(self, finding: Finding) -> None:
        if finding not in self._findings:
            self._findings.append(finding)


class _ReplyJudge:
    """One declared reply, ready to judge what is sent as it."""

    def __init__(self, reply: Reply, side: _Side, document: Mapping[str, Any]) -> None:
        self._reply = reply
        self._side = side
        self._headers = tuple(
            (name, required, pointer, Reading([(schema, pointer)], document))
            for name, (required, schema, pointer) in reply.headers.items()
            if name.lower() != "content-type"  # OpenAPI: declared by `content`
        )

    def __call__(self, status: int, headers: Mapping[str, str], media: str, payload: Any) -> tuple[Violation, ...]:
        found = list(self._judged_headers(headers)) if self._headers else []
        if not self._reply.content or status in (204, 304):
            if payload not in (b"", None):
                found.append(Violation("", f"the bundle declares no body for {status}", "body"))
            return tuple(found)
        declared = _declared(self._reply.content, media)
        if declared is None:
            there = ", ".join(each.type for each in self._reply.content)
            sent = media or "no body"
            found.append(Violation("", f"{sent} is not declared for {status}; declared are {there}", "media"))
        elif declared.pointer and media_type(media).is_judged:
            found += self._judged_body(declared, media, payload)
        return tuple(found)

    def _judged_headers(self, headers: Mapping[str, str]) -> list[Violation]:
        sent = {name.lower(): value for name, value in headers.items()}
        found: list[Violation] = []
        for name, required, pointer, reading in self._headers:
            value = sent.get(name.lower())
            if value is None:
                if required:
                    found.append(Violation(f"/{name}", f"the header {name} is missing", "header"))
            elif pointer:
                typed = delimited(value, ",", explode=False, reading=reading, decode=str.strip)
                found += self._side.violations(pointer, typed, "header", name)
        return found

    def _judged_body(self, declared: Media, media: str, payload: Any) -> tuple[Violation, ...]:
        if isinstance(payload, bytes):
            if not media_type(media).is_json:
                return self._side.violations(declared.pointer, payload, "body", "")
            try:
                payload = parse(payload)
            except JsonError as error:
                return (Violation("", f"the body is not JSON: {error}", "body"),)
        return self._side.violations(declared.pointer, payload, "body", "")


def _declared(content: tuple[Media, ...], media: str) -> Media | None:
    """The declared media type that a reply's own falls under."""
    kind = media_type(media).type
    wanted = (kind, kind.partition("/")[0] + "/*", "*/*")
    types = {media_type(each.type).type: each for each in reversed(content)}
    return next((types[each] for each in wanted if kind and each in types), None)


def _registry(document: Mapping[str, Any]) -> Any:
    import jsonschema_rs

    return jsonschema_rs.Registry([(_URN, dict(document))], draft=jsonschema_rs.Draft202012)


def _plain(value: Any) -> Any:
    """The value as JSON: a byte counts as one character, so that lengths can be judged."""
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if isinstance(value, Upload):
        return value.data.decode("latin-1")
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {_plain(key): _plain(item) for key, item in value.items()}
    return value
