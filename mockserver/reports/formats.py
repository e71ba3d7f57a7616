"""The formats of reports by name: `FORMATS` has them all, `write` makes a file of one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from mockserver.problems import UsageError, did_you_mean
from mockserver.reports import github, html, junit, sarif, terminal
from mockserver.reports.jsonrun import to_text
from mockserver.runs import Run


def _har(run: Run) -> str:
    from mockserver.reports.har import har

    return har(run)


FORMATS: Mapping[str, Callable[[Run], str]] = {
    "text": terminal.text,
    "html": html.page,
    "junit": junit.junit,
    "sarif": sarif.sarif,
    "har": _har,
    "github": github.commands,
    "json": to_text,
}
FILES: Mapping[str, str] = {
    "text": "report.txt",
    "html": "index.html",
    "junit": "junit.xml",
    "sarif": "report.sarif",
    "har": "report.har",
    "github": "github.txt",
    "json": "run.json",
}


def render(run: Run, format: str, *, verbose: bool = False) -> str:  # noqa: A002  named as the flag
    """A run in the format of a name; `verbose` makes text longer. UsageError where there is no such format."""
    if format not in FORMATS:
        raise UsageError(
            f"There is no report format {format!r}.{did_you_mean(format, FORMATS)}", f"Formats: {', '.join(FORMATS)}."
        )
    return terminal.text(run, verbose=True) if verbose and format == "text" else FORMATS[format](run)


def write(run: Run, format: str, file: Path) -> None:  # noqa: A002  as above
    """Write a run into a file, whole or not at all, making its folder; UsageError where that is impossible.

    Half a surrogate pair, which JSON can carry but UTF-8 cannot, is written as `\\udXXX`.
    """
    content = render(run, format).encode("utf-8", "backslashreplace")
    beside = file.with_name(f"{file.name}.part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        beside.write_bytes(content)
        beside.replace(file)
    except OSError as error:
        raise UsageError(
            f"The report {file} cannot be written: {error.strerror or error}.", "Choose another --output."
        ) from error
