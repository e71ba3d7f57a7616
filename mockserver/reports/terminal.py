"""The terminal report: plain text for pipes, files and CI; colours and drawn tables where a person looks at a terminal.

The plain text is a contract: `tests/golden/` keeps it.
"""

from __future__ import annotations

import os
import re
import sys
from typing import TextIO

from mockserver.reports.story import Line, Table, told
from mockserver.reports.text import one_line, visible
from mockserver.runs import Run

_NUMBER = re.compile(r"[\d,.·]*\Z")


def text(run: Run, *, verbose: bool = False) -> str:
    """The run as plain text, without any escape sequence; ends with a line end."""
    lines: list[str] = []
    for block in told(run, verbose=verbose):
        lines += (
            _plain_table(block) if isinstance(block, Table) else ["".join(visible(part) for part, _ in block.parts)]
        )
    return "\n".join(one.rstrip() for one in lines) + "\n"


def show(run: Run, *, verbose: bool = False, file: TextIO | None = None) -> None:
    """Write the run to a stream (stdout by default), coloured where that is a terminal which may be coloured."""
    stream = file or sys.stdout
    if not coloured(stream):
        encoding = stream.encoding or "utf-8"  # a Windows console or a C locale may not have every character
        stream.write(text(run, verbose=verbose).encode(encoding, "backslashreplace").decode(encoding))
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(file=stream, force_terminal=True, highlight=False, emoji=False, markup=False)
    for block in told(run, verbose=verbose):
        if isinstance(block, Line):
            console.print(Text.assemble(*((visible(part), style) for part, style in block.parts)), soft_wrap=True)
        else:
            console.print(_rich_table(block))


def coloured(stream: TextIO) -> bool:
    """Whether a stream gets colours: terminals do, unless NO_COLOR, CI or TERM=dumb; FORCE_COLOR always."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and not os.environ.get("CI") and os.environ.get("TERM") != "dumb"


def _right(table: Table) -> list[bool]:
    return [all(_NUMBER.match(row[i]) for row in table.rows) for i in range(len(table.header))]


def _plain_table(table: Table) -> list[str]:
    rows = [[one_line(cell) for cell in row] for row in (table.header, *table.rows)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(table.header))]
    right = _right(table)
    aligned = [[f"{c:>{w}}" if r else f"{c:<{w}}" for c, w, r in zip(row, widths, right, strict=True)] for row in rows]
    return ["  " + "  ".join(cells) for cells in aligned]


def _rich_table(table: Table) -> object:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table as Drawn
    from rich.text import Text

    drawn = Drawn(box=SIMPLE_HEAD, header_style="bold", pad_edge=True)
    for name, right in zip(table.header, _right(table), strict=True):
        drawn.add_column(Text(one_line(name)), justify="right" if right else "left", overflow="fold")
    for row in table.rows:
        drawn.add_row(*(Text(one_line(cell), "dim" if cell == "·" else "") for cell in row))
    return drawn
