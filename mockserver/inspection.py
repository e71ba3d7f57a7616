"""What the `bundle` commands do and print: lint, operations, overlays, changes, update, coverage."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from mockserver import paths
from mockserver.app import bundle_file, overlay_files
from mockserver.bundle.loader import Bundle, load_bundle
from mockserver.bundle.operations import Operation
from mockserver.calls import Site
from mockserver.problems import UsageError
from mockserver.serving import handlers
from mockserver.settings import load_settings
from mockserver.store.relations import infer_model

_LEVELS = ("error", "warning", "info", "never")


def load(bundle: str | None, overlays: Sequence[str]) -> Bundle:
    """The bundle that a command means, by its argument, else by the settings."""
    settings, _ = load_settings({"bundle": bundle, "overlays": tuple(overlays) or None})
    return load_bundle(bundle_file(settings), overlay_files(settings))


def site_of(bundle: str | None, overlays: Sequence[str]) -> Site:
    """Bundle and model together, as the server uses them."""
    loaded = load(bundle, overlays)
    return Site(loaded, infer_model(loaded))


def lint_bundle(bundle: str | None, overlays: Sequence[str], form: str, fail_on: str, strict: bool | None) -> int:
    """Print the findings on a bundle; 1 where one is at or above `fail_on`."""
    from mockserver.bundle.lint import lint, render

    findings = lint(load(bundle, overlays), strict=strict)
    if form == "json":
        click.echo(json.dumps([asdict(finding) for finding in findings], indent=2))
    else:
        click.echo(render(findings))
    return _verdict([f.severity.value for f in findings], fail_on)


def list_operations(bundle: str | None, overlays: Sequence[str], form: str) -> int:
    """Print how each operation is served, and why."""
    site = site_of(bundle, overlays)
    rows = [
        {
            "operation": o.label,
            "id": o.id,
            "role": o.role.value,
            "entity": o.entity,
            "level": handlers.make(o, site).level,
            "page": o.page,
            "because": o.because,
        }
        for o in site.bundle.operations
    ]
    if form == "json":
        click.echo(json.dumps(rows, indent=2))
        return 0
    width = max((len(str(row["operation"])) for row in rows), default=0)
    for row in rows:
        who = f"{row['role']} {row['entity'] or '-'}"
        click.echo(f"{row['level']}  {row['operation']:<{width}}  {who:<34}  {row['because']}")
    counts = Counter(str(row["level"]) for row in rows)
    click.echo(
        f"{len(rows)} operations: {counts['L3']} with the vendor's own rules (L3), "
        f"{counts['L2']} stateful (L2), {counts['L1']} generated (L1).",
        err=True,
    )
    return 0


def show_overlaid(bundle: str | None, overlays: Sequence[str], form: str) -> int:
    """Print the bundle as the overlays make it; each action's matches go to stderr."""
    import yaml

    from mockserver.bundle.loader import vendors_document

    settings, _ = load_settings({"bundle": bundle, "overlays": tuple(overlays) or None})
    loaded = load(bundle, overlays)
    document = vendors_document(bundle_file(settings), overlay_files(settings))
    for applied in loaded.overlays:
        click.echo(f"{applied}", err=True)
    for finding in loaded.findings:
        click.echo(f"{finding.code}  {finding.message}", err=True)
    if form == "json":
        click.echo(json.dumps(document, indent=2))
    else:
        click.echo(yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=110))
    return 0


def show_changes(old: str, new: str, form: str, fail_on: str) -> int:
    """Print what changed for clients; a breaking change counts as an error, a compatible one as info."""
    from mockserver.bundle.changes import changes, render

    found = changes(load_bundle(Path(old)), load_bundle(Path(new)))
    if form == "json":
        click.echo(json.dumps([asdict(change) for change in found], indent=2))
    else:
        click.echo(render(found))
    severity = {"breaking": "error", "note": "warning", "compatible": "info"}
    return _verdict([severity[str(change.kind)] for change in found], fail_on)


def update_bundle(source: str, into: Path | None) -> int:
    """Put a bundle in place and say what that changes."""
    from mockserver.bundle.update import render, update

    click.echo(render(update(source, into or paths.BUNDLE)))
    return 0


def describe(operation: Operation, site: Site) -> str:
    """What is known of one operation, for people."""
    served = handlers.make(operation, site)
    shape = operation.shape
    lines = [
        f"{operation.label}  {operation.id}",
        "",
        f"  {operation.summary}" if operation.summary else "",
        f"  Served    {served.level}, as {operation.role.value} of {operation.entity or 'no entity'}",
        f"  Because   {operation.because}",
        f"  Bundle    {site.bundle.source}:{site.bundle.line(operation.pointer)} {operation.pointer}",
        f"  Replies   {', '.join(operation.replies)}",
    ]
    if shape.rows is not None:
        lines.append(f"  Rows      /{'/'.join(shape.rows)}, counted at /{'/'.join(shape.count or ())}")
    if operation.page:
        lines.append(f"  Page      counts as {operation.page}")
    return "\n".join(line for line in lines if line)


def write_coverage(*, check: bool) -> int:
    """Write spec/COVERAGE.md out of the bundle; with `check`, only say whether it is up to date."""
    text = coverage_table(site_of(None, ()))
    file = paths.SPEC / "COVERAGE.md"
    current = file.read_text("utf-8") if file.is_file() else ""
    if check:
        if current != text:
            raise UsageError(f"{file} is not up to date.", "Run `mockserver bundle coverage`.")
        return 0
    file.write_text(text, "utf-8")
    click.echo(f"Wrote {file}.", err=True)
    return 0


def coverage_table(site: Site) -> str:
    """The table operation x provenance x fidelity level, as Markdown."""
    rows = [(o, handlers.make(o, site).level) for o in site.bundle.operations]
    counts = Counter(level for _, level in rows)
    compared = _fidelity()
    lines = [
        "# Coverage",
        "",
        "Generated by `mockserver bundle coverage`; do not edit.",
        "",
        "Fidelity: **L0** not served · **L1** an answer valid by the schema · **L2** stateful · **L3** the vendor's",
        "own rules · **L4** compared with a real environment on a date.",
        "",
        f"{len(rows)} operations: {counts['L3']} at L3, {counts['L2']} at L2, {counts['L1']} at L1.",
        f"{len(compared)} are compared with a real environment (L4)."
        if compared
        else "None is compared with a real environment yet.",
        "",
        "| operation | tag | role | entity | provenance | level |",
        "|---|---|---|---|---|---|",
    ]
    for operation, level in rows:
        tag = operation.tags[0] if operation.tags else ""
        lines.append(
            f"| `{operation.label}` | {tag} | {operation.role.value} | {operation.entity or ''} "
            f"| {operation.provenance} | {level}{_compared(compared.get(operation.label))} |"
        )
    return "\n".join([*lines, *_by_class(compared)]) + "\n"


def _fidelity() -> dict[str, Any]:
    """What comparisons of the mock with real environments left in spec/fidelity.json, by operation."""
    file = paths.SPEC / "fidelity.json"
    if not file.is_file():
        return {}
    found: dict[str, Any] = json.loads(file.read_text("utf-8"))["operations"]
    return found


def _compared(entry: Mapping[str, Any] | None) -> str:
    if not entry:
        return ""
    share = entry["agreed"] / entry["compared"] if entry["compared"] else 1.0
    return f", L4 {share:.1%} of {entry['environment']} on {entry['date']}"


def _by_class(compared: Mapping[str, Any]) -> list[str]:
    """The classes of facts on which the mock and an environment do not agree everywhere, by operation."""
    rows = [
        f"| `{label}` | {cls} | {agreed:,} of {of:,} |"
        for label, entry in compared.items()
        for cls, (agreed, of) in sorted(entry["classes"].items())
        if agreed < of
    ]
    return (
        ["", "Facts that do not all agree:", "", "| operation | class | agree |", "|---|---|---|", *rows]
        if rows
        else []
    )


def _verdict(severities: Sequence[Any], fail_on: str) -> int:
    limit = _LEVELS.index(fail_on)
    return int(any(_LEVELS.index(str(severity)) <= limit for severity in severities)) if fail_on != "never" else 0
