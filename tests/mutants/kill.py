"""The kill table: which mutants `mockserver check` finds, and by which codes.

python -m tests.mutants.kill --kind paging --easy     some of them, a row each
python -m tests.mutants.kill --json kills.json        all of them, kept as they come; goes on where it was ended
python -m tests.mutants.kill --from kills.json --markdown   the table for people, by class of fault
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from mockserver.app import create_app
from mockserver.bundle.operations import Operation
from mockserver.checking import tokens_of
from mockserver.checks.runner import Options, run_checks
from mockserver.environments.client import Client
from mockserver.environments.environment import Environment
from mockserver.runs import Observation
from tests.mutants.corpus import BASE, MUTANTS, Faulty, Mutant
from tests.mutants.hook import Server

_PROBED, _FUZZED, _EXAMPLES, _SEED = 8, 3, 20, 1
_ENVIRONMENT = Environment("mock", writable=True)


@dataclass(frozen=True, slots=True)
class Kill:
    """What became of one mutant: `by` has (code, check) of each finding that the clean mock does not have."""

    mutant: Mutant
    by: tuple[tuple[str, str], ...]
    seconds: float


def chosen(arguments: argparse.Namespace) -> list[Mutant]:
    """The mutants that a command line asks for."""
    kind, names = arguments.kind, arguments.names
    found = [m for m in MUTANTS if (not names or m.name in names) and kind in ("", m.fault_class)]
    found = [m for m in found if not (arguments.easy and m.hard) and not (arguments.hard and not m.hard)]
    return found[:: arguments.every]


def kills(mutants: Iterable[Mutant], known: Container[str], *, thorough: bool = True) -> Iterator[Kill]:
    """Check each mutant as an environment is checked; `known` are the keys of what the clean mock is found guilty of.

    Unless `thorough`, fuzzing is left out where our own checks find something.
    """
    for mutant in mutants:
        began = time.perf_counter()
        found = [one for one in check(mutant, thorough=thorough) if one.key not in known]
        by = sorted({(one.finding.code, one.check) for one in found})
        yield Kill(mutant, tuple(by), time.perf_counter() - began)


def check(mutant: Mutant | None, *, thorough: bool = True, most: int = 0) -> list[Observation]:
    """What checking a mutant (or the clean mock) in process finds, on some of the operations that it touches.

    Our own checks look at up to eight of them and at the other operations on the same entities, the fuzzer at three;
    where neither finds anything, our own checks look at all operations. Of the clean mock both look at `most`, or all.
    """
    server = Server(create_app(BASE))
    touched = mutant.operations(server) if mutant is not None else server.operations
    probed = spread(touched, _PROBED if mutant is not None else most or len(touched))
    entities = {operation.entity for operation in probed if operation.entity}
    around = [o.label for o in server.operations if o in probed or (len(touched) <= _PROBED and o.entity in entities)]
    found = _found(mutant, Options(_SEED, phases=(), operations=tuple(map(_literal, around))))
    if thorough or not found:
        fuzzed = [o.label for o in spread(touched, _FUZZED if mutant is not None else most or len(touched))]
        found += _found(mutant, Options(_SEED, _EXAMPLES, operations=tuple(map(_literal, fuzzed)), skip=_probes()))
    if mutant is not None and not found:
        found = _found(mutant, Options(_SEED, phases=()))
    return found


def spread(operations: Sequence[Operation], most: int) -> list[Operation]:
    """Up to so many operations, of as many roles and then entities as can be, in the bundle's order."""
    picked: list[Operation] = []
    while len(picked) < min(most, len(operations)):
        left = [operation for operation in operations if operation not in picked]
        roles, entities = [o.role for o in picked], [o.entity for o in picked]
        picked.append(min(left, key=lambda o: (roles.count(o.role), entities.count(o.entity))))
    return [operation for operation in operations if operation in picked]


def _found(mutant: Mutant | None, options: Options) -> list[Observation]:
    def make() -> Client:
        app = mutant.app() if mutant is not None else Faulty(create_app(BASE), tick=0.05)
        return Client(_ENVIRONMENT, app.app.bundle, app=app, tokens=tokens_of(app.app), allow_writes=True)

    return list(run_checks(make, options).observations)


def _literal(label: str) -> str:
    """A label as the pattern that means just it."""
    return label.replace("[", "[[]").replace("*", "[*]").replace("?", "[?]")


def _probes() -> tuple[str, ...]:
    from mockserver.probes.registry import probes

    return tuple(probe.name for probe in probes())


def as_text(found: Sequence[Kill]) -> str:
    """A row for each mutant in Markdown, survivors marked, with the sum below."""
    lines = ["| mutant | class | killed by | seconds |", "|---|---|---|---|"]
    for kill in found:
        by = ", ".join(f"{code} {check}" for code, check in kill.by) or "**survived**"
        lines.append(f"| `{kill.mutant.name}` | {kill.mutant.fault_class} | {by} | {kill.seconds:.1f} |")
    return "\n".join([*lines, "", _sum(found)])


def as_markdown(found: Sequence[Kill]) -> str:
    """The table for people: a row for each class of fault, the codes that found most first."""
    by_class: dict[str, list[Kill]] = defaultdict(list)
    for kill in found:
        by_class[kill.mutant.fault_class].append(kill)
    lines = ["| class of fault | mutants | killed | found by | survivors |", "|---|--:|--:|---|---|"]
    for name, members in sorted(by_class.items()):
        killers: dict[str, int] = defaultdict(int)
        for kill in members:
            for code in {code for code, _ in kill.by}:
                killers[code] += 1
        codes = sorted(killers, key=lambda code: (-killers[code], code))
        more = f" and {len(codes) - 6} more" if len(codes) > 6 else ""
        alive = ", ".join(f"`{kill.mutant.name}`" for kill in members if not kill.by)
        dead = sum(bool(kill.by) for kill in members)
        lines.append(f"| {name} | {len(members)} | {dead} | {', '.join(codes[:6])}{more} | {alive} |")
    return "\n".join([*lines, "", _sum(found)])


def _sum(found: Sequence[Kill]) -> str:
    return f"{sum(bool(kill.by) for kill in found)} of {len(found)} killed."


def load(file: Path) -> list[Kill]:
    """Kills kept in a file, a line of JSON each; the last word on each mutant counts."""
    by_name = {mutant.name: mutant for mutant in MUTANTS}
    kept: dict[str, Kill] = {}
    for line in file.read_text("utf-8").splitlines() if file.is_file() else []:
        entry = json.loads(line)
        if entry["name"] in by_name:
            by = tuple((code, check) for code, check in entry["by"])
            kept[entry["name"]] = Kill(by_name[entry["name"]], by, entry["seconds"])
    return [kept[name] for name in by_name if name in kept]


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="only these")
    parser.add_argument("--kind", default="", help="only this class of fault")
    parser.add_argument("--easy", action="store_true", help="not the subtle ones")
    parser.add_argument("--hard", action="store_true", help="only the subtle ones")
    parser.add_argument("--every", type=int, default=1, help="only each nth")
    parser.add_argument("--quick", action="store_true", help="no fuzzing where our own checks kill it")
    parser.add_argument("--json", type=Path, help="keep what is found here; what is there already is not asked again")
    parser.add_argument("--from", dest="source", type=Path, help="ask nothing, make the table of this file")
    parser.add_argument("--markdown", action="store_true", help="the table by class of fault")
    given = parser.parse_args()
    found = load(given.source or given.json) if given.source or given.json else []
    done = {kill.mutant.name for kill in found}
    wanted = [] if given.source else [mutant for mutant in chosen(given) if mutant.name not in done]
    known = {one.key for one in check(None)} if wanted else set()
    for kill in kills(wanted, known, thorough=not given.quick):
        found.append(kill)
        print(f"{kill.mutant.name:<28} {kill.seconds:5.1f} s  {kill.by or 'SURVIVED'}", file=sys.stderr, flush=True)
        if given.json:
            with given.json.open("a", encoding="utf-8") as out:
                out.write(
                    json.dumps({"name": kill.mutant.name, "by": kill.by, "seconds": round(kill.seconds, 1)}) + "\n"
                )
    print(as_markdown(found) if given.markdown else as_text(found))


if __name__ == "__main__":
    main()
