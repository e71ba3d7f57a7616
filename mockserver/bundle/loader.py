"""A bundle read: its files, its overlays, one normalised document; cached under its checksum."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mockserver.bundle.compiled import Compiled, cached, keep, key_of, no_gc
from mockserver.bundle.lines import Lines
from mockserver.bundle.overlay import Action, Applied, Overlay, apply, read, read_overlay, stale
from mockserver.bundle.pointers import follow, local
from mockserver.bundle.reading import Reader
from mockserver.bundle.sources import parse
from mockserver.findings import Finding, Severity
from mockserver.problems import BundleError

if TYPE_CHECKING:
    from mockserver.bundle.operations import Operations


@dataclass(eq=False)
class Bundle:
    """What the vendor promises, ready to work with.

    `document` is normalised: OpenAPI 3.1 with JSON Schema 2020-12, one file, overlays applied, local `$ref`s kept (all
    of them lead somewhere). `version` is the OpenAPI version as printed, `release` the vendor's `info.version`.
    """

    source: Path
    sha256: str
    version: str
    title: str
    release: str
    document: dict[str, Any]
    findings: tuple[Finding, ...] = ()
    overlays: tuple[Applied, ...] = ()
    _targets: dict[str, tuple[Any, str]] = field(default_factory=dict, repr=False)

    @cached_property
    def operations(self) -> Operations:
        """Every operation, with what was inferred of it."""
        from mockserver.bundle.inference import infer_operations

        return infer_operations(self)

    @cached_property
    def for_requests(self) -> dict[str, Any]:
        """The document by which requests are judged: what is `readOnly` is not required."""
        from mockserver.bundle.directions import for_requests

        return for_requests(self.document)

    @cached_property
    def for_replies(self) -> dict[str, Any]:
        """The document by which replies are judged: what is `writeOnly` is not required."""
        from mockserver.bundle.directions import for_replies

        return for_replies(self.document)

    @cached_property
    def reader(self) -> Reader:
        """What reads the document's schemas; it remembers what it found, so whoever has the bundle shares it."""
        return Reader(self.document)

    def at(self, pointer: str) -> Any:
        """What stands at a JSON pointer; follows no `$ref`. KeyError where nothing stands."""
        return follow(self.document, pointer)

    def resolve(self, node: Any) -> tuple[Any, str]:
        """Follow a node's chain of local `$ref`s: what it leads to, and where that stands.

        A node that is no reference is given back with "". A chain that ends nowhere or in itself gives ({}, "").
        """
        pointer = local(node)
        if pointer is None:
            return node, ""
        known = self._targets.get(pointer)
        if known is None:
            known = self._targets[pointer] = self._chase(pointer)
        return known

    def _chase(self, pointer: str) -> tuple[Any, str]:
        seen = set()
        while pointer not in seen:
            seen.add(pointer)
            try:
                node = follow(self.document, pointer)
            except KeyError:
                break
            following = local(node)
            if following is None:
                return node, pointer
            pointer = following
        return {}, ""

    @cached_property
    def lines(self) -> Lines:
        """Where the values of the bundle's file stand; the file is read again when first asked."""
        return Lines(self.source.read_bytes())

    def line(self, pointer: str) -> int:
        """The line of the bundle's file on which the value at a pointer (or the nearest one around it) stands."""
        return self.lines.line(pointer)


def load_bundle(source: str | Path, overlays: Sequence[str | Path] = (), *, cache: bool = True) -> Bundle:
    """Read a bundle, YAML or JSON, OpenAPI 3.0 to 3.2, and apply overlays in order.

    The result is cached by the checksums of all files read; what a reference over HTTP gave is kept with it until
    `cache=False`. Raises BundleError, which names file, line and the way out.
    """
    path = Path(source)
    if str(source).startswith(("http://", "https://")):
        raise BundleError(f"{source} is an address, not a file.", f"mockserver bundle update {source}")
    data = read(path, "bundle")
    extra = [(Path(name), read(Path(name), "overlay")) for name in overlays]
    key = key_of(path, data, extra)
    compiled = cached(key) if cache else None
    if compiled is None:
        with no_gc():
            compiled = _compile(path, data, [read_overlay(name, content) for name, content in extra])
        if cache:
            keep(key, compiled)
    head, document, findings, applied, _files = compiled
    sha256, version, title, release = head
    return Bundle(
        source=path,
        sha256=sha256,
        version=version,
        title=title,
        release=release,
        document=document,
        findings=tuple(Finding(Severity(f[0]), *f[1:]) for f in findings),
        overlays=tuple(Applied(a[0], a[1], tuple(Action(*action) for action in a[2])) for a in applied),
    )


def vendors_document(source: Path, overlays: Sequence[Path] = ()) -> dict[str, Any]:
    """The bundle with its other files drawn in and overlays applied, but as written: for strict validation."""
    document, _, _ = _read_document(source, read(source, "bundle"))
    for overlay in overlays:
        apply(document, read_overlay(overlay))
    return document


def _compile(path: Path, data: bytes, overlays: list[Overlay]) -> Compiled:
    from mockserver.bundle.normalise import normalise

    document, findings, files = _read_document(path, data)
    version = _version(document, path)
    applied = []
    for overlay in overlays:
        done = apply(document, overlay)
        applied.append(done)
        findings += [*stale(done), *_extends(overlay, path)]
    info = document["info"] if isinstance(document.get("info"), dict) else {}
    head = (hashlib.sha256(data).hexdigest(), version, str(info.get("title", "")), str(info.get("version", "")))
    for finding in normalise(document, version):
        findings.append(replace(finding, file=str(path)))
    plain = [(str(f.severity), *astuple(f)[1:]) for f in findings]
    return head, document, plain, [astuple(a) for a in applied], files


def _read_document(path: Path, data: bytes) -> tuple[dict[str, Any], list[Finding], dict[str, str]]:
    """The document with external references drawn in, what there is to say of it, and the other files' checksums."""
    if not data.strip():
        raise BundleError(f"{path} is empty.")
    document, twice = parse(data, str(path))
    _version(document, path)
    findings = [_twice(t.pointer, t.line, path) for t in twice]
    files: dict[str, str] = {}
    if _has_external(data):
        from mockserver.bundle.external import draw_in

        files = draw_in(document, path)
    return document, findings, files


def _twice(pointer: str, line: int, path: Path) -> Finding:
    key = pointer.rpartition("/")[2]
    message = f"{key} stands twice; the last one counts"
    return Finding(Severity.WARNING, "MS015", message, pointer=pointer, file=str(path), line=line)


def _has_external(data: bytes) -> bool:
    """Whether any `$ref` of the text may lead out of the file; a few too many cost only a walk."""
    return re.search(rb"\$ref[\"']?\s*:\s*(?![\"']?#)[\"']?[^\s\"'{\[]", data) is not None


def _version(document: Any, path: Path) -> str:
    if not isinstance(document, dict):
        raise BundleError(f"{path} is not an OpenAPI document: it holds no mapping.")
    if "swagger" in document:
        hint = "Convert it first: npx swagger2openapi --outfile openapi.yaml FILE"
        raise BundleError(f"{path} is Swagger {document['swagger']}, not OpenAPI 3.", hint)
    if "overlay" in document:
        raise BundleError(f"{path} is an overlay, not a bundle.", f"Give it with --overlay {path}")
    if "openapi" not in document:
        raise BundleError(f"{path} is not an OpenAPI document: it has no `openapi: 3.1.0`.")
    version = str(document["openapi"])
    if version.split(".")[:2] not in (["3", "0"], ["3", "1"], ["3", "2"]):
        raise BundleError(f"{path} is OpenAPI {version}.", "OpenAPI 3.0, 3.1 and 3.2 are understood.")
    return version


def _extends(overlay: Overlay, path: Path) -> Iterator[Finding]:
    if overlay.extends:
        named = Path(overlay.extends.removeprefix("file://")).name
        if named != path.name:
            message = f"it extends {overlay.extends}, but is applied to {path.name}"
            line = overlay.lines.line("/extends")
            yield Finding(Severity.INFO, "MS021", message, pointer="/extends", file=overlay.file, line=line)
