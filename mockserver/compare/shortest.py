"""Shortest: the fewest steps of a sequence that show a difference, found by running shorter programs on both sides."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace

from mockserver.bundle.operations import Role
from mockserver.compare.difference import Comparison, Difference, Side, Step
from mockserver.compare.execution import Execution
from mockserver.compare.program import Program
from mockserver.compare.record import Key, Record, Shown
from mockserver.compare.rounds import Pair, Round
from mockserver.compare.sequences import Shortening
from mockserver.environments.client import Stopped
from mockserver.exchanges import Exchange
from mockserver.probes.base import Contract

Judge = Callable[[Side, Side], Comparison]
_DIFFERENCES = 12  # that are shrunk
_STEPS = 800  # that are sent to each side for one difference


class _Spent(Exception):
    """No more is sent for this difference."""


@dataclass(slots=True)
class Shortest:
    """Shrinks the differences that steps of sequences showed; what was run once is not run again."""

    execution: Execution
    record: Record
    judge: Judge
    _runs: dict[str, tuple[frozenset[Key], tuple[Pair, ...]]] = field(default_factory=dict)
    _left: int = 0

    @property
    def program(self) -> Program:
        """The program that was run."""
        return self.record.program

    def run(self, differences: Sequence[Difference], tell: Callable[[int], None]) -> dict[Key, Shown]:
        """What is known of each difference then: its sequence in words, and the exchanges that show it."""
        found: dict[Key, Shown] = {}
        for count, difference in enumerate(list(self._in_sequences(differences))[:_DIFFERENCES]):
            tell(count)
            try:
                shown = self._shortest(difference)
            except Stopped:
                break
            if shown is not None:
                found[difference.key] = shown
        return found

    def again(self, numbers: Collection[int], swapped: bool) -> tuple[list[Step], list[Step]]:
        """The steps of these numbers once more, each sequence that has some of them as a whole."""
        templates, fresh = self.program.templates, (list[Step](), list[Step]())
        for name in dict.fromkeys(templates[number].sequence for number in numbers):
            whole = [number for number, each in enumerate(templates) if each.sequence == name]
            if not self.execution.affords(len(whole)):
                break
            part = Program(tuple(templates[number] for number in whole), self.program.seed)
            done = self.execution.once(part, ("b", "a") if swapped else ("a", "b"))
            for at, pair in done.pairs.items():
                for side in (0, 1) if whole[at] in numbers else ():
                    fresh[side].append(replace(pair[side], number=whole[at]))
            if done.stopped:
                break
        return fresh

    def _in_sequences(self, differences: Sequence[Difference]) -> Iterator[Difference]:
        templates = self.program.templates
        for difference in differences:
            if 0 <= difference.step < len(templates) and templates[difference.step].sequence:
                yield difference

    def _shortest(self, difference: Difference) -> Shown | None:
        self._left = _STEPS

        def shows(part: Program) -> bool:
            try:
                return difference.key in self._shown_by(part)[0]
            except _Spent:
                return False

        shortening = Shortening(self.program, shows, self._idle())
        found = shortening.run(difference.step)
        if found is None:
            return None
        _, pairs = self._shown_by(shortening.part(found.numbers))
        labels = [pair[0].label for pair in pairs]
        text = f"{len(labels)} of {found.of} steps: {'; '.join(labels)}" if len(labels) > 1 else labels[0]
        sides: list[list[Exchange]] = [[pair[side].exchange for pair in pairs] for side in (0, 1)]
        return Shown(smallest=text, exchanges=(*sides[0], *sides[1]))

    def _idle(self) -> frozenset[int]:
        """The steps that were not asked, and those for which another was asked instead."""
        a, b = ({step.number: step for step in self.record.steps(name)} for name in ("a1", "b1"))
        taken = {number for number in a.keys() & b.keys() if _took(a[number]) and _took(b[number])}
        templates = self.program.templates
        names = {templates[number].name for number in taken} - {""}
        idle = {n for n, each in enumerate(templates) if each.name in names and n not in taken}
        return frozenset(idle | (set(range(len(templates))) - (a.keys() & b.keys())))

    def _shown_by(self, part: Program) -> tuple[frozenset[Key], tuple[Pair, ...]]:
        """What the last step of a program shows, and the exchanges that led to it."""
        mark, size = repr(part.to_json()), len(part.templates)
        if mark not in self._runs:
            if size > self._left or not self.execution.affords(size):
                raise _Spent
            self._left -= size
            done: Round = self.execution.once(part)
            if done.stopped:
                raise Stopped(done.stopped)
            self._runs[mark] = self._judged(done, size - 1)
        return self._runs[mark]

    def _judged(self, done: Round, last: int) -> tuple[frozenset[Key], tuple[Pair, ...]]:
        if last not in done.pairs:
            return frozenset(), ()
        differences = self.judge(done.side(0), done.side(1)).differences
        label = done.pairs[last][0].label
        keys = frozenset(each.key for each in differences if each.operation == label)
        return keys, tuple(done.pairs[number] for number in sorted(done.pairs))


def leaves_behind(contract: Contract, label: str) -> bool:
    """Whether an operation makes rows that could not be removed if less were said of them: records of a batch."""
    operation = contract.bundle.operations.at(*label.split(" ", 1)) if " " in label else None
    return operation is not None and operation.role is Role.UPSERT


def _took(step: Step) -> bool:
    return step.exchange.reply is not None and 200 <= step.exchange.reply.status < 300
