"""The command line: commands and flags; everything heavier is imported by the command that needs it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from mockserver import __version__
from mockserver.problems import MockServerError, UsageError


def run(arguments: Sequence[str]) -> int:
    """Run one command line. 0 clean, 1 findings, 2 wrong usage or bundle, 3 unreachable, 130 interrupted."""
    try:
        result = main.main(args=list(arguments), prog_name="mockserver", standalone_mode=False)
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.Abort:
        return 130
    except click.ClickException as error:
        error.show()
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    except MockServerError as error:
        click.echo(f"mockserver: {error}", err=True)
        hint = getattr(error, "hint", "")
        if hint:
            click.echo(f"  {hint}", err=True)
        return error.exit_code
    return result if isinstance(result, int) else 0


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="mockserver")
def main() -> None:
    """A stateful mock of the Aiwyn API, or of any OpenAPI bundle.

    \b
    mockserver serve                    the Aiwyn API on http://127.0.0.1:4020
    mockserver serve other.yaml --port 0
    """


_serving = [
    click.option("--overlay", "overlays", multiple=True, help="Overlay file; may be repeated, applied in order."),
    click.option("--scenario", help="Name in fixtures/scenarios/, or a file."),
    click.option("--seed", type=int, help="Seed of all data."),
    click.option("--count", multiple=True, metavar="ENTITY=N", help="Rows of an entity, as client=500."),
    click.option("--clock", help="`real`, or the time at which the clock stands still."),
    click.option("--auth", help="strict, any or off."),
    click.option("--page", help="How `page` counts: declared, offset or number."),
    click.option("--unknown-fields", help="Search on a field nobody documented: refuse, or null."),
    click.option("--aliases/--no-aliases", default=None, help="Answer the /v1/... paths of the curl samples too."),
    click.option("--check-replies", help="Judge our own answers by the bundle: off, log or fail."),
    click.option("--mock-headers/--no-mock-headers", default=None, help="Send Mock-Request-Id and the like."),
    click.option("--admin/--no-admin", default=None, help="Serve the control API under /__admin."),
]


_Command = TypeVar("_Command", bound=Callable[..., Any])


def _options(options: list[Any]) -> Callable[[_Command], _Command]:
    def decorate(function: _Command) -> _Command:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


@main.command()
@click.argument("bundle", required=False)
@click.option("--host", help="Address to listen on.")
@click.option("--port", type=int, help="Port to listen on; 0 takes any free one.")
@_options(_serving)
@click.option("--access-log/--no-access-log", default=None, help="Print a line per request.")
@click.option("--get", "get", metavar="PATH", help="Answer one GET, print it, and exit.")
@click.option("--reload", is_flag=True, help="Start anew when the bundle, an overlay or the scenario changes.")
def serve(get: str | None, reload: bool, **flags: Any) -> int:
    """Serve the bundle as a stateful mock."""
    from mockserver.console import answer_once, serve_forever
    from mockserver.settings import load_settings

    settings, _ = load_settings(flags)
    if get is not None:
        return answer_once(settings, get)
    return serve_forever(settings, reload=reload)


@main.command()
@click.option("--key", default=None, help="Name or id of a key of the scenario; default: the first, an admin's.")
@click.option("--role", "roles", multiple=True, help="Give just these roles; may be repeated.")
@click.option("--tenant", help="Tenant, where the scenario has several.")
@click.option("--expires-in", default="1h", metavar="TIME", help="Lifetime, as 90s, 15m, 8h; may be negative.")
@click.option("--scenario", help="Name in fixtures/scenarios/, or a file.")
@click.option("--claims", is_flag=True, help="Print the claims instead of the token.")
def token(**wanted: Any) -> int:
    """Mint a bearer token that a mock on this machine accepts."""
    from mockserver.console import mint_token

    click.echo(mint_token(**wanted))
    return 0


@main.command()
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
def settings(form: str) -> int:
    """Show each setting, its value and where it came from."""
    from dataclasses import asdict

    from mockserver.settings import load_settings

    values, origins = load_settings()
    table = {name: {"value": value, "from": origins[name]} for name, value in asdict(values).items()}
    if form == "json":
        click.echo(json.dumps(table, indent=2))
        return 0
    for name, entry in table.items():
        click.echo(f"{name:<15} {entry['value']!s:<15} {entry['from']}")
    return 0


@main.command()
@click.argument("what", required=False)
@click.option("--list", "list_all", is_flag=True, help="List every code.")
@click.option("--bundle", help="Bundle that the operation belongs to.")
def explain(what: str | None, list_all: bool, bundle: str | None) -> int:
    """Explain a code (MS101) or an operation (its id, or "GET /path")."""
    from mockserver.console import explained

    if what is None and not list_all:
        raise UsageError("Say what to explain: a code such as MS101, an operation, or --list.")
    click.echo(explained(what, bundle))
    return 0


_contract = [
    click.option("--bundle", help="Bundle to judge by; default: the settings'."),
    click.option("--overlay", "overlays", multiple=True, help="Overlay file; may be repeated."),
]
_reporting = [
    click.option("--report", "reports", multiple=True, metavar="FORMAT[=FILE]",
                 help="text, html, junit, sarif, har, github or json; may be repeated."),
    click.option("--verbose", "-v", is_flag=True, help="Show each operation and each check."),
]  # fmt: skip


@main.command()
@click.argument("environment", default="mock", metavar="[ENVIRONMENT|URL]")
@_options(_contract)
@click.option("--only", multiple=True, metavar="CHECK", help="Only these checks, by name or code; may be repeated.")
@click.option("--skip", multiple=True, metavar="CHECK", help="Not these checks; may be repeated.")
@click.option("--operation", "operations", multiple=True, metavar="GLOB", help="Only operations like `GET /client*`.")
@click.option("--tag", "tags", multiple=True, help="Only operations of this tag.")
@click.option("--phases", help="Of examples,coverage,fuzzing,stateful; default: all.")
@click.option("--max-examples", type=click.IntRange(1), default=50, show_default=True, help="Cases an operation.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed sends the same requests.")
@click.option("--budget", default="", metavar="TIME|N", help="Stop after 300s, 5m or `2000 requests`.")
@click.option("--workers", type=click.IntRange(1), help="Processes; default: all cores for the mock, 1 elsewhere.")
@click.option("--allow-writes", is_flag=True, help="Write where the environment is `writable`; cleaned up at the end.")
@click.option("--cleanup", is_flag=True, help="Only remove what earlier runs left on the environment.")
@click.option("--against", metavar="ENVIRONMENT", help="Ask this one too who is wrong; default: the mock.")
@click.option("--har", "hars", multiple=True, type=click.Path(), help="Judge recorded traffic instead.")
@click.option("--cassette", "cassettes", multiple=True, type=click.Path(), help="Judge a VCR cassette instead.")
@click.option("--baseline", type=click.Path(path_type=Path), help="Default: fixtures/baselines/check-<name>.json.")
@click.option("--accept", metavar="REASON", help="Write what is found into the baseline, for this reason.")
@click.option("--owner", default="", help="Who answers for what is accepted.")
@click.option("--expires", default="", metavar="DATE", help="When what is accepted counts again, as 2027-03-31.")
@_options(_reporting)
@click.option("--fail-on", type=click.Choice(["error", "warning", "info", "never"]), default="error", show_default=True)
def check(**wanted: Any) -> int:
    """Check that a server keeps the contract: the mock, an environment of environments.toml, or any URL."""
    from mockserver.checking import check_command

    return check_command(**wanted)


@main.command()
@click.argument("a", required=False, metavar="A")
@click.argument("b", required=False, metavar="B")
@_options(_contract)
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed asks the same questions.")
@click.option("--max-requests", type=click.IntRange(20), help="At most so many requests to each side.")
@click.option("--operation", "operations", multiple=True, metavar="GLOB", help="Only operations like `GET /client*`.")
@click.option("--tag", "tags", multiple=True, help="Only operations of this tag.")
@click.option("--source", "sources", multiple=True, help="Only questions of this source; may be repeated.")
@click.option("--scenario", "scenarios", multiple=True, type=click.Path(), help="Steps by hand: YAML or Arazzo.")
@click.option("--har", "--cassette", "hars", multiple=True, type=click.Path(), help="Ask what was recorded, too.")
@click.option("--rules", type=click.Path(), help="Default: fixtures/baselines/compare-<a>-<b>.toml.")
@click.option("--learn", is_flag=True, help="Write what each side differs in from itself into the file of rules.")
@click.option("--key", "keys", multiple=True, metavar="ENTITY=FIELD", help="What tells which rows correspond.")
@click.option("--allow-writes", is_flag=True, help="Write where both sides are `writable`; cleaned up at the end.")
@click.option("--show-bindings", is_flag=True, help="Show which operation takes ids from which, and ask nothing.")
@click.option("--show-program", is_flag=True, help="Show the requests as JSON, and ask nothing.")
@click.option("--from", "from_run", type=click.Path(), help="Judge a stored comparison again, without a request.")
@click.option("--environment", metavar="ENVIRONMENT", help="With --bundle OLD NEW: did contract or service move?")
@click.option("--budget", default="", metavar="TIME|N", help="Stop after 300s, 5m or `2000 requests`.")
@click.option("--baseline", type=click.Path(path_type=Path), help="Default: fixtures/baselines/compare-<a>-<b>.json.")
@click.option("--accept", metavar="REASON", help="Write what is found into the baseline, for this reason.")
@click.option("--owner", default="", help="Who answers for what is accepted.")
@click.option("--expires", default="", metavar="DATE", help="When what is accepted counts again, as 2027-03-31.")
@_options(_reporting)
@click.option(
    "--fail-on", type=click.Choice(["breaking", "visible", "cosmetic", "never"]), default="cosmetic", show_default=True
)
def compare(**wanted: Any) -> int:
    """Compare two servers: environments, URLs, `mock`, or a recording such as sandbox@2026-11-21.

    Exit 0: they behave alike. 1: they drifted apart. 3: they could not be compared.
    """
    from mockserver.comparing import compare_command

    return compare_command(**wanted)


@main.command()
@click.argument("run", type=click.Path())
@click.option("--to", "reports", multiple=True, metavar="FORMAT[=FILE]", default=("text",), show_default=True)
@click.option("--verbose", "-v", is_flag=True, help="Show each operation and each check.")
def report(run: str, reports: tuple[str, ...], verbose: bool) -> int:
    """Make reports of a run.json: text, html, junit, sarif, har, github, json."""
    from mockserver.reporting import report_saved

    return report_saved(run, reports, verbose=verbose)


@main.group()
def bundle() -> None:
    """Inspect the bundle: lint, operations, overlay, changes, update."""


_bundle_flags = [
    click.argument("bundle", required=False),
    click.option("--overlay", "overlays", multiple=True, help="Overlay file; may be repeated."),
    click.option("--format", "form", type=click.Choice(["text", "json"]), default="text"),
]
_fail_on = click.option(
    "--fail-on",
    type=click.Choice(["error", "warning", "info", "never"]),
    default="error",
    help="Exit 1 from here up.",
)


@bundle.command()
@_options(_bundle_flags)
@_fail_on
@click.option("--strict/--no-strict", default=None, help="Validate by the letter of OpenAPI, however large; or not.")
def lint(bundle: str | None, overlays: tuple[str, ...], form: str, fail_on: str, strict: bool | None) -> int:
    """Say what is wrong with a bundle, with file, line and pointer."""
    from mockserver.inspection import lint_bundle

    return lint_bundle(bundle, overlays, form, fail_on, strict)


@bundle.command()
@_options(_bundle_flags)
def operations(bundle: str | None, overlays: tuple[str, ...], form: str) -> int:
    """Show how each operation is served: role, entity, fidelity, and why."""
    from mockserver.inspection import list_operations

    return list_operations(bundle, overlays, form)


@bundle.command()
@_options(_bundle_flags)
def overlay(bundle: str | None, overlays: tuple[str, ...], form: str) -> int:
    """Print the bundle with its overlays applied; on stderr, what each action matched."""
    from mockserver.inspection import show_overlaid

    return show_overlaid(bundle, overlays, form)


@bundle.command()
@click.argument("old")
@click.argument("new")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
@_fail_on
def changes(old: str, new: str, form: str, fail_on: str) -> int:
    """Say what changed between two bundles for clients; breaking changes count as errors."""
    from mockserver.inspection import show_changes

    return show_changes(old, new, form, fail_on)


@bundle.command()
@click.argument("source", metavar="FILE|URL")
@click.option("--into", type=click.Path(path_type=Path), help="Where the bundle lies; default: the one in spec/.")
def update(source: str, into: Path | None) -> int:
    """Put a downloaded bundle in place; say what changed and which overlays went stale."""
    from mockserver.inspection import update_bundle

    return update_bundle(source, into)


@bundle.command()
@click.option("--check", is_flag=True, help="Exit 1 when the file is not up to date.")
def coverage(check: bool) -> int:
    """Write spec/COVERAGE.md: operation, provenance and fidelity level."""
    from mockserver.inspection import write_coverage

    return write_coverage(check=check)
