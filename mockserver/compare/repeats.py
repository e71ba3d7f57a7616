"""Flake control: a difference counts when enough repeats, with the order of the sides swapped, show it again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from mockserver.compare.difference import Comparison, Difference, Side, Step

ROUNDS = 4  # in how many rounds an unsure difference is looked for, the first two counted
NEEDED = 3  # in how many of them it has to be seen
_MOST = 120  # steps that are asked again in a round
TIMES = frozenset({"latency"})  # what a busy machine changes, too

Again = Callable[[Collection[int], bool], tuple[Side, Side]]
Judge = Callable[[Side, Side], Comparison]


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What repeats left: differences that stay, those that come and go, and in how many rounds of how many."""

    stable: tuple[Difference, ...]
    unstable: tuple[Difference, ...] = ()
    dropped: tuple[Difference, ...] = ()
    seen: dict[tuple[str, str, str, str], tuple[int, int]] | None = None


def confirm(rounds: Sequence[Comparison], again: Again, judge: Judge, sides: tuple[Side, Side]) -> Confirmed:
    """Hold two rounds against each other, and ask again where only one shows a difference.

    `again` asks the steps of these numbers anew, B before A where told so; `judge` compares whole sides. A difference
    in times that does not stay is no finding: machines are busy now and then.
    """
    known: dict[tuple[str, str, str, str], Difference] = {}
    votes: Counter[tuple[str, str, str, str]] = Counter()
    for comparison in rounds:
        for difference in comparison.differences:
            known.setdefault(difference.key, difference)
            votes[difference.key] += 1
    of = dict.fromkeys(known, len(rounds))
    unsure = {key for key in known if votes[key] < len(rounds) or known[key].cls in TIMES}
    for number in range(len(rounds), ROUNDS):
        unsure = {key for key in unsure if votes[key] + ROUNDS - number >= needed(known[key].cls)}
        steps = _steps({known[key].operation for key in unsure}, sides[0])
        if not steps:
            break
        fresh = again(steps, bool(number % 2))
        found = {difference.key for difference in judge(*_joined(sides, fresh)).differences}
        for key in unsure:
            of[key] += 1
            votes[key] += key in found
    left = [key for key in known if votes[key] < min(of[key], needed(known[key].cls))]
    unstable = tuple(known[key] for key in left if known[key].cls not in TIMES)
    dropped = tuple(known[key] for key in left if known[key].cls in TIMES)
    stable = tuple(difference for key, difference in known.items() if key not in set(left))
    return Confirmed(stable, unstable, dropped, {key: (votes[key], of[key]) for key in known})


def needed(cls: str) -> int:
    """In how many rounds a difference of a class has to be seen: one in times in all of them."""
    return ROUNDS if cls in TIMES else NEEDED


def _steps(operations: Collection[str], side: Side) -> list[int]:
    return [step.number for step in side if step.label in operations][:_MOST]


def _joined(sides: tuple[Side, Side], fresh: tuple[Side, Side]) -> tuple[Side, Side]:
    """The sides with the fresh steps in the places of the old ones."""
    made = []
    for side, new in zip(sides, fresh, strict=True):
        by_number: dict[int, Step] = {step.number: step for step in new}
        made.append([by_number.get(step.number, step) for step in side])
    return made[0], made[1]
