"""Sequences: steps that belong together because some of them write, and the fewest of them that show a difference."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from mockserver.compare.filling import sources
from mockserver.compare.program import Program, Template

Shows = Callable[[Program], bool]
TRIES = 32  # shorter sequences that are tried for one difference


def as_sequence(program: Program, name: str) -> Program:
    """The program as one sequence: what a person wrote or recorded hangs together."""
    return replace(program, templates=tuple(replace(each, sequence=name) for each in program.templates))


def about(program: Program, operations: Collection[str]) -> Program:
    """Only the sequences that ask one of some operations."""
    wanted = {each.sequence for each in program.templates if each.operation in operations}
    return replace(program, templates=tuple(each for each in program.templates if each.sequence in wanted))


def with_texts(template: Template) -> Template:
    """The template with texts in the stead of those that are another in each round."""

    def text(value: Any) -> Any:
        if isinstance(value, dict):
            if set(value) == {"$fresh"}:
                return str(value["$fresh"]["put"]).replace("{}", f"999999{int(value['$fresh']['of']):03d}")
            return {key: text(inner) for key, inner in value.items()}
        return [text(inner) for inner in value] if isinstance(value, list) else value

    return Template.from_json(text(template.to_json()))


def needed(program: Program, numbers: Sequence[int], among: Sequence[int]) -> list[int]:
    """The steps from which these take something, and those from which they do."""
    templates, found = program.templates, set[int]()
    waiting = list(numbers)
    while waiting:
        taken = sources(templates[waiting.pop()])
        more = {n for n in among if n in taken or (templates[n].name and templates[n].name in taken)} - found
        found |= more
        waiting += more
    return sorted(found)


@dataclass(frozen=True, slots=True)
class Found:
    """The steps of a sequence, by number, that are enough to show a difference; `of` so many, after so many tries."""

    numbers: tuple[int, ...]
    of: int
    tries: int


@dataclass(slots=True)
class Shortening:
    """Finds the shortest part of a sequence whose last step still shows a difference.

    `shows` runs a program on both sides and says whether its last step does; `idle` steps are never among them.
    """

    program: Program
    shows: Shows
    idle: frozenset[int] = frozenset()
    most: int = TRIES
    tries: int = 0

    def run(self, step: int) -> Found | None:
        """The fewest steps that lead to this one; None where not even all of them show it again."""
        before = self.before(step)
        least = [*needed(self.program, [step], before), step]
        if self._try(least):
            return self._told(least, before)
        start = next((steps for steps in self._nearest(before, step) if self._try([*steps, step])), None)
        return self._told(self._fewer(start, step), before) if start is not None else None

    def before(self, step: int) -> list[int]:
        """The steps of the same sequence that stand before this one."""
        templates = self.program.templates
        name = templates[step].sequence
        return [n for n in range(step) if templates[n].sequence == name and n not in self.idle]

    def part(self, numbers: Sequence[int]) -> Program:
        """Some steps as a program of their own."""
        templates = self.program.templates
        named = {number: templates[number].name or f"step {number}" for number in numbers}
        made = [replace(_renamed(templates[number], named), name=named[number]) for number in numbers]
        return Program(tuple(made), self.program.seed)

    # -- inside --

    def _told(self, numbers: Sequence[int], before: Sequence[int]) -> Found:
        return Found(tuple(numbers), len(before) + 1, self.tries)

    def _try(self, numbers: Sequence[int]) -> bool:
        if self.tries >= self.most:
            return False
        self.tries += 1
        return self.shows(self.part(numbers))

    def _nearest(self, before: list[int], step: int) -> Iterator[list[int]]:
        """The steps just before, more and more of them, with what they need: what matters mostly stands near."""
        size = 1
        while size < len(before):
            last = before[-size:]
            yield sorted({*last, *needed(self.program, [*last, step], before)})
            size *= 2
        yield before

    def _fewer(self, before: list[int], step: int) -> list[int]:
        """Halves, then quarters and so on are left out, as long as what is left still shows it."""
        kept, size = list(before), max(1, len(before) // 2)
        while self.tries < self.most:
            smaller = next((left for left in self._without(kept, step, size) if self._try([*left, step])), None)
            if smaller is not None:
                kept = smaller
            elif size == 1:
                break
            else:
                size = max(1, size // 2)
        return [*kept, step]

    def _without(self, kept: list[int], step: int, size: int) -> Iterator[list[int]]:
        """What is left without so many steps in a row, the last first; what others need of them stays."""
        for end in range(len(kept), 0, -size):
            left = kept[: max(0, end - size)] + kept[end:]
            wanted = needed(self.program, [*left, step], kept)
            smaller = [number for number in kept if number in left or number in wanted]
            if len(smaller) < len(kept):
                yield smaller


def _renamed(template: Template, named: dict[int, str]) -> Template:
    """The template with the numbers of earlier steps replaced by their names."""

    def by_name(value: Any) -> Any:
        if isinstance(value, dict):
            if set(value) == {"$from"} and value["$from"].get("step") in named:
                return {"$from": {**value["$from"], "step": named[value["$from"]["step"]]}}
            return {key: by_name(inner) for key, inner in value.items()}
        return [by_name(inner) for inner in value] if isinstance(value, list) else value

    return Template.from_json(by_name(json.loads(json.dumps(template.to_json()))))
