"""The kill table: which mutants a check finds. `kill_table` takes any check; the table goes into the README.

rows = kill_table(check, chosen("--kind paging --easy".split()))
print(as_text(rows))
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from mockserver.server import MockServer
from tests.mutants.corpus import MUTANTS, Mutant
from tests.mutants.hook import Server

Check = Callable[[MockServer, Mutant, tuple[str, ...]], Iterable[str]]
"""From a running mutant (`url`, `app.tokens` by actor), itself and the labels of the operations that it touches to the
codes or names of the checks that found something."""


@dataclass(frozen=True, slots=True)
class Kill:
    """What became of one mutant; `by` is empty where it survived."""

    mutant: Mutant
    by: tuple[str, ...]
    seconds: float


def chosen(arguments: Sequence[str] | None = None) -> list[Mutant]:
    """The mutants that a command line asks for: names, `--kind`, `--easy`, `--hard`, `--every N`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="only these")
    parser.add_argument("--kind", default="", help="only this class of fault")
    parser.add_argument("--easy", action="store_true", help="not the subtle ones")
    parser.add_argument("--hard", action="store_true", help="only the subtle ones")
    parser.add_argument("--every", type=int, default=1, help="only each nth")
    given = parser.parse_args(arguments)
    found = [m for m in MUTANTS if (not given.names or m.name in given.names) and given.kind in ("", m.fault_class)]
    return [m for m in found if not (given.easy and m.hard) and not (given.hard and not m.hard)][:: given.every]


def kill_table(check: Check, mutants: Iterable[Mutant] = MUTANTS) -> list[Kill]:
    """Run a check against each mutant over HTTP."""
    found = []
    for mutant in mutants:
        began = time.perf_counter()
        with mutant.serve() as server:
            touched = tuple(o.label for o in mutant.operations(Server(server.app.app)))  # type: ignore[attr-defined]
            by = tuple(dict.fromkeys(check(server, mutant, touched)))
        found.append(Kill(mutant, by, time.perf_counter() - began))
    return found


def as_text(kills: Sequence[Kill]) -> str:
    """The table in Markdown, survivors marked, with the sum below."""
    lines = ["| mutant | class | killed by | seconds |", "|---|---|---|---|"]
    for kill in kills:
        by = ", ".join(kill.by) or "**survived**"
        lines.append(f"| `{kill.mutant.name}` | {kill.mutant.fault_class} | {by} | {kill.seconds:.1f} |")
    killed = sum(bool(kill.by) for kill in kills)
    return "\n".join([*lines, "", f"{killed} of {len(kills)} killed."])
