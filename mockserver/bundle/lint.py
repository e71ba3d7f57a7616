"""The lint: everything there is to say against a bundle, as findings."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import mockserver.bundle.codes  # noqa: F401  the texts of the codes given here
from mockserver.bundle.loader import Bundle
from mockserver.bundle.places import pointer_of, walk
from mockserver.bundle.pointers import METHODS, follow, join, label
from mockserver.bundle.values import check_values
from mockserver.findings import Finding, Severity

_TEMPLATE = re.compile(r"\{([^{}]+)\}")
_LARGE = 5_000_000  # bytes of a bundle beyond which strict validation takes a minute
_ORDER = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}


def lint(bundle: Bundle, *, strict: bool | None = None) -> list[Finding]:
    """Every finding on a bundle and the overlays applied to it, by file and line.

    `strict=True` checks everything however large the bundle is, `False` leaves out the validation by the letter of
    OpenAPI; without it, that is left out of bundles of more than 5 MB, and a finding says so.
    """
    found = [*bundle.findings, *_doubled(bundle), *_document(bundle), *_operations(bundle), *_ambiguous(bundle)]
    found += check_values(bundle, limit=None if strict else 20.0)
    if strict is not False:
        found += _strictly(bundle, always=bool(strict))
    own = str(bundle.source)
    placed = [f if f.line or f.file not in ("", own) else replace(f, line=bundle.line(f.pointer)) for f in found]
    unique = {f.key(): replace(f, file=f.file or own) for f in placed}
    return sorted(unique.values(), key=lambda f: (f.file != own, f.file, f.line, f.code, f.pointer, f.message))


def render(findings: Iterable[Finding], *, most: int = 0) -> str:
    """Findings as lines of a terminal: place, code, message, severity, and a last line that counts them.

    `most` limits how many of one code are shown (0: all).
    """
    rows, counts, shown = [], Counter[Severity](), Counter[str]()
    for finding in findings:
        counts[finding.severity] += 1
        shown[finding.code] += 1
        if not most or shown[finding.code] <= most:
            place = f"{finding.file}:{finding.line}" if finding.line else finding.file
            rows.append((place, finding.code, finding.message, finding.severity.value))
    if not rows:
        return "No findings."
    places, messages = max(len(row[0]) for row in rows), min(max(len(row[2]) for row in rows), 100)
    lines = [f"{row[0]:<{places}}  {row[1]}  {row[2]:<{messages}}  {row[3]}" for row in rows]
    lines += [f"... and {n - most} more {code}" for code, n in shown.items() if most and n > most]
    parts = [f"{counts[s]} {_plural(s.value, counts[s])}" for s in Severity if counts[s]]
    total = counts.total()
    return "\n".join([*lines, f"{total} {_plural('finding', total)}: {', '.join(parts)}."])


def _plural(word: str, count: int) -> str:
    return word if count == 1 or word == "info" else word + "s"


def _doubled(bundle: Bundle) -> Iterator[Finding]:
    """Keys that stand twice in JSON, which no parser tells (YAML's are told while loading)."""
    if bundle.line("") and not any(f.code == "MS015" for f in bundle.findings):
        for twice in bundle.lines.twice:
            key = twice.pointer.rpartition("/")[2]
            text = f"{key} stands twice; the last one counts"
            yield Finding(Severity.WARNING, "MS015", text, label(twice.pointer), twice.pointer, line=twice.line)


def _document(bundle: Bundle) -> Iterator[Finding]:
    document = bundle.document
    if not document.get("servers"):
        yield Finding(Severity.INFO, "MS013", "the bundle names no servers; its paths are served from the root")
    if not any(key in item for item in document["paths"].values() if isinstance(item, dict) for key in METHODS):
        yield Finding(Severity.WARNING, "MS020", "the bundle has no operations", pointer="/paths")
    schemes = document.get("components", {}).get("securitySchemes", {})
    yield from _security(document, schemes, "", "")
    for kind, node, trail in walk(document):
        if kind == "schema" and isinstance(mapping := node.get("discriminator", {}).get("mapping"), dict):
            yield from _mapping(document, mapping, pointer_of(trail) + "/discriminator/mapping")


def _mapping(document: dict[str, Any], mapping: dict[str, Any], pointer: str) -> Iterator[Finding]:
    for value, ref in mapping.items():
        target = ref if str(ref).startswith("#") else f"#/components/schemas/{ref}"
        try:
            follow(document, target)
        except KeyError:
            at = pointer + join([value])
            yield Finding(Severity.WARNING, "MS010", f"mapping {value}: {ref} leads nowhere", label(at), at)


def _security(node: dict[str, Any], schemes: dict[str, Any], name: str, pointer: str) -> Iterator[Finding]:
    for index, requirement in enumerate(node.get("security", ())):
        for scheme in requirement:
            if scheme not in schemes:
                text = f"{name or 'the bundle'} wants {scheme}, which components/securitySchemes does not have"
                yield Finding(Severity.WARNING, "MS014", text, name, f"{pointer}/security/{index}")


def _operations(bundle: Bundle) -> Iterator[Finding]:
    document = bundle.document
    schemes = document.get("components", {}).get("securitySchemes", {})
    ids: dict[str, str] = {}
    for path, item in document["paths"].items():
        for method in METHODS if isinstance(item, dict) and not path.startswith("x-") else ():
            operation = item.get(method)
            if isinstance(operation, dict):
                name, pointer = f"{method.upper()} {path}", join(["paths", path, method])
                yield from _security(operation, schemes, name, pointer)
                yield from _named(operation, name, pointer, ids)
                yield from _replies(operation, name, pointer)
                yield from _path_parameters(bundle, item, operation, name, pointer)


def _named(operation: dict[str, Any], name: str, pointer: str, ids: dict[str, str]) -> Iterator[Finding]:
    given = operation.get("operationId")
    method, _, path = name.partition(" ")
    instead = f'using "{method.lower()} {path}"'
    if not given:
        yield Finding(Severity.WARNING, "MS003", f"{name} has no operationId; {instead}", name, pointer)
    elif str(given) in ids:
        text = f"{name} has the operationId {given} of {ids[str(given)]}; {instead}"
        yield Finding(Severity.ERROR, "MS007", text, name, f"{pointer}/operationId")
    else:
        ids[str(given)] = name


def _replies(operation: dict[str, Any], name: str, pointer: str) -> Iterator[Finding]:
    replies = [str(status).lower() for status in operation.get("responses", {})]
    if not any(status[0] in "45" or status == "default" for status in replies if status):
        yield Finding(Severity.INFO, "MS011", f"{name} declares no refusal", name, pointer)
    if not any(status[0] in "123" or status == "default" for status in replies if status):
        yield Finding(Severity.WARNING, "MS012", f"{name} declares no success", name, pointer)


def _path_parameters(
    bundle: Bundle, item: dict[str, Any], operation: dict[str, Any], name: str, pointer: str
) -> Iterator[Finding]:
    nodes = [bundle.resolve(p)[0] for p in (*item.get("parameters", ()), *operation.get("parameters", ()))]
    declared = {node.get("name") for node in nodes if node.get("in") == "path"}
    named = set(_TEMPLATE.findall(name))
    for missing in sorted(named - declared):
        yield Finding(Severity.ERROR, "MS017", f"{name} does not declare its parameter {missing}", name, pointer)
    for extra in sorted(map(str, declared - named)):
        text = f"{name} declares the path parameter {extra}, which its path does not have"
        yield Finding(Severity.ERROR, "MS017", text, name, pointer)


def _ambiguous(bundle: Bundle) -> Iterator[Finding]:
    """Pairs of paths that answer the same URL although neither is the more concrete one."""
    groups: dict[int, list[tuple[str, list[str], frozenset[str]]]] = defaultdict(list)
    for path, item in bundle.document["paths"].items():
        if isinstance(item, dict) and "{" in path:
            segments = path.split("/")
            groups[len(segments)].append((path, segments, frozenset(item) & frozenset(METHODS)))
    for group in groups.values():
        for (path, one, methods), (other, two, others) in combinations(group, 2):
            if methods & others and _meet(one, two):
                pointer = join(["paths", other])
                if _TEMPLATE.sub("{}", path) == _TEMPLATE.sub("{}", other):
                    text = f"{other} cannot be told from {path}; the first of them answers"
                    yield Finding(Severity.WARNING, "MS004", text, pointer=pointer)
                else:
                    both = "/".join(b if _TEMPLATE.fullmatch(a) else a for a, b in zip(one, two, strict=True))
                    text = f"{both} is answered by {path} and by {other}; the first concrete segment decides"
                    yield Finding(Severity.INFO, "MS004", text, pointer=pointer)


def _meet(one: list[str], two: list[str]) -> bool:
    wider = narrower = False
    for a, b in zip(one, two, strict=True):
        if a != b:
            free_a, free_b = bool(_TEMPLATE.fullmatch(a)), bool(_TEMPLATE.fullmatch(b))
            if not (free_a or free_b):
                return False
            wider, narrower = wider or (free_a and not free_b), narrower or (free_b and not free_a)
    return wider == narrower


# -- by the letter


def _strictly(bundle: Bundle, *, always: bool) -> Iterator[Finding]:
    size = bundle.source.stat().st_size
    if size > _LARGE and not always:
        text = f"{size / 1e6:.0f} MB: validation by the letter of OpenAPI was left out"
        yield Finding(Severity.INFO, "MS022", text)
        return
    from mockserver.bundle.loader import vendors_document

    document = vendors_document(bundle.source, [Path(overlay.file) for overlay in bundle.overlays])
    unplaced: list[str] = []
    try:
        for message, pointer in _objections(document, bundle.version):
            if pointer is None:
                unplaced.append(message)
            else:
                yield Finding(Severity.ERROR, "MS002", message, label(pointer), pointer)
    except Exception as error:  # noqa: BLE001  real bundles make the validator itself fail in many ways
        text = f"the strict validator gave up: {type(error).__name__}: {_short(str(error))}"
        yield Finding(Severity.ERROR, "MS002", text)
    for message, count in Counter(unplaced).items():
        times = f" ({count} times)" if count > 1 else ""
        yield Finding(Severity.WARNING, "MS002", f"in a schema or its default: {message}{times}")


def _objections(document: dict[str, Any], version: str) -> Iterator[tuple[str, str | None]]:
    """What openapi-spec-validator says, with a pointer where it knows one; what has a code of its own is left out."""
    import openapi_spec_validator as osv

    kinds = {"3.0": osv.OpenAPIV30SpecValidator, "3.1": osv.OpenAPIV31SpecValidator}
    validator = kinds.get(version[:3], osv.OpenAPIV32SpecValidator)(document)
    for error in validator.schema_validator.iter_errors(document):
        inner = _innermost(error)
        yield _short(inner.message), join(inner.absolute_path)
    places = {id(node): pointer_of(trail) for kind, node, trail in walk(document) if kind == "schema"}
    for error in validator.root_validator(validator.schema_path):
        if type(error).__name__ not in ("DuplicateOperationIDError", "UnresolvableParameterError"):
            inner = _innermost(error)
            yield _short(inner.message), places.get(id(inner.instance))


def _innermost(error: Any) -> Any:
    """Of the reasons why no alternative fits, the one that got furthest into the document."""
    while error.context:
        error = max(error.context, key=lambda one: (len(one.absolute_path), -len(one.message)))
    return error


def _short(message: str) -> str:
    """The first line of a message, which may quote a value however long."""
    message = " ".join(message.strip().partition("\n")[0].split())
    return message if len(message) < 200 else f"{message[:100]} ... {message[-90:]}"
