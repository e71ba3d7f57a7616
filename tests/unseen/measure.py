"""How many drifts a comparison finds, alone and in pairs on one side, and what it finds where there is none.

python -m tests.unseen.measure                          the unseen drifts that show without writing, a line each
python -m tests.unseen.measure --writes                 those that need writing, both sides writable
python -m tests.unseen.measure st-media-400 px-typename     some of them
python -m tests.unseen.measure --corpus quiet           pairs without drift; so are the 20 of `--corpus seeds`
python -m tests.unseen.measure --corpus pairs --writes  the drifts of tests/drifts, two on one side at a time
python -m tests.unseen.measure --part 0/2 --out a.jsonl    the first half of the work, kept as it comes
python -m tests.unseen.measure --read a.jsonl b.jsonl      the table of what was kept, with and without writing
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mockserver.runs import Observation
from tests.drifts.comparing import classes, compared, verdict, wanted
from tests.drifts.corpus import DRIFTS, Drift, pair
from tests.mutants.hook import Faulty
from tests.unseen.corpus import NEED_WRITES, QUIET, UNSEEN

CORPORA = ("unseen", "drifts", "pairs", "quiet", "seeds")
SEEDS = 20
DRIFTED = (11, 12)  # the seeds of the sides between which drifts are looked for
HITS, MISSES = ("found", "told"), ("missed", "broken")
ALARMS = ("alarm", "broken")
_TELLING = ("clean", "missed", "broken", "alarm", "told", "found")


@dataclass(frozen=True, slots=True)
class Case:
    """Two sides that are to be compared, and the drifts that are between them: none, one or two."""

    name: str
    sides: Callable[[], tuple[Faulty, Faulty]]
    drifts: tuple[Drift, ...] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a drift, or of a pair without one: found, told, missed; clean, alarm; or broken, by `word`."""

    name: str
    kind: str
    word: str
    seconds: float
    told: tuple[Observation, ...] = ()

    @property
    def line(self) -> str:
        """The result in a line for people."""
        what = ", ".join(sorted(classes(self.told)))
        return f"{self.word:<7}{self.name:<28} {self.kind:<20}{self.seconds:>6.1f} s  {what}".rstrip()

    @property
    def entry(self) -> dict[str, Any]:
        """The result for a line of JSON, with all that was told."""
        told = [
            {
                "code": o.finding.code,
                "class": o.details.get("class"),
                "operation": o.finding.operation,
                "message": o.finding.message,
            }
            for o in self.told
        ]
        seconds = round(self.seconds, 1)
        return {"name": self.name, "class": self.kind, "word": self.word, "seconds": seconds, "told": told}


def cases(corpus: str, *, writes: bool = False, names: Sequence[str] = ()) -> list[Case]:
    """The cases of a corpus, or those of some names; the unseen drifts are parted by whether they need writing."""
    if corpus == "quiet":
        found = [_quiet(*each) for each in QUIET]
    elif corpus == "seeds":
        found = [_seeded(seed + 1, seed + 101) for seed in range(SEEDS)]
    elif corpus == "pairs":
        found = [_drifted(*two) for two in paired(DRIFTS)]
    else:
        found = [_drifted(drift) for drift in (UNSEEN if corpus == "unseen" else DRIFTS)]
    if names:
        return [case for case in found if {case.name, *(drift.name for drift in case.drifts)} & set(names)]
    if corpus == "unseen":
        return [case for case in found if (case.name in NEED_WRITES) == writes]
    return found


def paired(drifts: Sequence[Drift]) -> list[tuple[Drift, Drift]]:
    """Each drift beside another that is told as something else, wherever there is one left."""
    left, made = list(drifts), []
    while len(left) > 1:
        one = left.pop(0)
        other = next((each for each in reversed(left) if not wanted(one) & wanted(each)), left[-1])
        left.remove(other)
        made.append((one, other))
    return made


def _drifted(*drifts: Drift) -> Case:
    return Case(" + ".join(drift.name for drift in drifts), lambda: pair(*DRIFTED, *drifts), drifts)


def _seeded(one: int, other: int) -> Case:
    return Case(f"{one} {other}", lambda: pair(one, other))


def _quiet(name: str, one: Any, other: Any) -> Case:
    return Case(name, lambda: (one.app(), other.app()))


def measured(case: Case, *, writes: bool = False) -> list[Result]:
    """Compare the two sides of a case; a comparison that breaks finds nothing, and the others go on."""
    began = time.perf_counter()
    broken, told = False, tuple[Observation, ...]()
    try:
        told = compared(*case.sides(), writes=writes)
    except Exception:  # noqa: BLE001  whatever it is, it is printed, and counts
        traceback.print_exc()
        broken = True
    seconds, all_told = time.perf_counter() - began, classes(told)
    if not case.drifts:
        return [Result(case.name, "", "broken" if broken else "alarm" if told else "clean", seconds, told)]
    results = []
    for drift in case.drifts:
        of_others = set[str]().union(*(wanted(each) for each in case.drifts if each is not drift)) - wanted(drift)
        word = "broken" if broken else verdict(drift, all_told - of_others)
        results.append(Result(drift.name, drift.kind, word, seconds, told))
    return results


def table(results: Iterable[tuple[str, str]]) -> str:
    """Results as (class, word) by class of drift, and the false alarms between sides without one."""
    found = Counter(results)
    kinds = sorted({kind for kind, _ in found if kind})
    lines = ["| class | drifts | in its class | as another | missed |", "|---|--:|--:|--:|--:|"] if kinds else []
    for name, these in [*((kind, [kind]) for kind in kinds), *([("all", kinds)] if kinds else [])]:
        told = [sum(found[kind, word] for kind in these) for word in (*HITS, "missed", "broken")]
        lines.append(f"| {name} | {sum(told)} | {told[0]} | {told[1]} | {told[2] + told[3]} |")
    quiet = [found["", word] for word in (*ALARMS, "clean")]
    if any(quiet):
        lines.append(f"False alarms: {quiet[0] + quiet[1]} of {sum(quiet)} pairs without drift.")
    return "\n".join(lines)


def kept(files: Iterable[Path]) -> list[tuple[str, str]]:
    """The results of `--out` files as (class, word): each drift as what it was told as with or without writing."""
    lines = [json.loads(line) for file in files for line in file.read_text("utf-8").splitlines()]
    lines.sort(key=lambda line: _TELLING.index(line["word"]))
    return [(line["class"], line["word"]) for line in {line["name"]: line for line in lines}.values()]


def part_of(text: str) -> tuple[int, int]:
    """Which part of the work, of how many: `0/2` and `1/2` are the halves."""
    part, _, of = text.partition("/")
    if not (part.isdigit() and of.isdigit() and int(part) < int(of)):
        raise argparse.ArgumentTypeError(f"{text!r} is no part: 0/2 and 1/2 are the halves")
    return int(part), int(of)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line: 1 where a drift is missed or something is found without one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these drifts or pairs")
    parser.add_argument("--corpus", choices=CORPORA, default="unseen", help="which drifts, or which pairs without any")
    parser.add_argument("--writes", action="store_true", help="both sides may be written to")
    parser.add_argument("--part", type=part_of, default=(0, 1), metavar="K/N", help="only this part of the work")
    parser.add_argument("--out", type=Path, metavar="FILE.jsonl", help="keep what is told here, a line of JSON each")
    parser.add_argument("--read", type=Path, nargs="+", metavar="FILE.jsonl", help="compare nothing: what was kept")
    given = parser.parse_args(arguments)
    if given.read:
        print(table(kept(given.read)))
        return 0
    todo = cases(given.corpus, writes=given.writes, names=given.names)
    if unknown := set(given.names) - {name for case in todo for name in (case.name, *(d.name for d in case.drifts))}:
        parser.error(f"{given.corpus} has no {', '.join(sorted(unknown))}")
    part, of = given.part
    results: list[Result] = []
    for case in todo[part::of]:
        for result in measured(case, writes=given.writes):
            results.append(result)
            print(result.line, flush=True)
            if given.out:
                with given.out.open("a", encoding="utf-8") as out:
                    out.write(json.dumps(result.entry) + "\n")
    print(f"\n{table((result.kind, result.word) for result in results)}")
    return int(any(result.word in (*MISSES, *ALARMS) for result in results))


if __name__ == "__main__":
    sys.exit(main())
