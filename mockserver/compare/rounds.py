"""Rounds: what two sides answered to one program, pass by pass, and what could not be asked."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from mockserver.compare.clocks import clock_of
from mockserver.compare.difference import Step
from mockserver.compare.rows import NEITHER

Pair = tuple[Step, Step]


@dataclass(frozen=True, slots=True)
class Executed:
    """What came out of a program. Steps of a1 and b1 have the same numbers, so have those of a2 and b2.

    `not_compared` are the steps that were not asked, with why. `stopped` says why a program was cut short ("" where it
    was not), `left_over` what could not be removed. `skew` is how many seconds each side's `Date` is ahead of our clock
    (None: it says none), `waited` how many each side made us wait at its wish; `asked_again` counts the questions that
    were repeated because a side may have lagged.
    """

    a1: tuple[Step, ...]
    b1: tuple[Step, ...]
    a2: tuple[Step, ...] = ()
    b2: tuple[Step, ...] = ()
    not_compared: tuple[tuple[int, str], ...] = ()
    stopped: str = ""
    interrupted: bool = False
    left_over: tuple[str, ...] = ()
    skew: tuple[float | None, float | None] = (None, None)
    asked_again: int = 0
    waited: tuple[float, float] = (0.0, 0.0)

    @property
    def idle(self) -> frozenset[int]:
        """The steps that were not asked because neither side has what to ask for: nothing failed, nothing differs."""
        return frozenset(number for number, why in self.not_compared if why.startswith(NEITHER))

    def twice(self) -> Executed:
        """Only the steps that all four executions have, so that each can be held against each."""
        common = {step.number for step in self.a1} & {step.number for step in self.a2}
        kept = [tuple(s for s in side if s.number in common) for side in (self.a1, self.b1, self.a2, self.b2)]
        return replace(self, a1=kept[0], b1=kept[1], a2=kept[2], b2=kept[3])


@dataclass(slots=True)
class Round:
    """One pass through a program: the pairs by step number, the steps that were not asked, why it stopped."""

    pairs: dict[int, Pair] = field(default_factory=dict)
    not_asked: dict[int, str] = field(default_factory=dict)
    stopped: str = ""
    interrupted: bool = False

    def side(self, at: int) -> tuple[Step, ...]:
        """The steps of side A (0) or B (1) in order."""
        return tuple(self.pairs[number][at] for number in sorted(self.pairs))


def executed(
    opening: Round, rounds: list[Round], left_over: list[str], asked_again: int, waited: tuple[float, float]
) -> Executed:
    """The rounds of a program put together; `opening` is what went before the first."""
    sides = [found.side(at) for found in rounds for at in (0, 1)] + [()] * 4
    reasons = {number: why for found in reversed(rounds) for number, why in found.not_asked.items()}
    stops = [found for found in (opening, *rounds) if found.stopped]
    return Executed(
        sides[0], sides[1], sides[2], sides[3],
        not_compared=tuple(sorted(reasons.items())),
        stopped=stops[0].stopped if stops else "",
        interrupted=any(found.interrupted for found in stops),
        left_over=tuple(left_over),
        skew=(_skew((*sides[0], *sides[2])), _skew((*sides[1], *sides[3]))),
        asked_again=asked_again,
        waited=waited,
    )  # fmt: skip


def _skew(steps: tuple[Step, ...]) -> float | None:
    """How far ahead of our clock a side's `Date` is."""
    return clock_of(steps, [None] * len(steps), [None] * len(steps)).ahead
