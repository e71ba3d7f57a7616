"""Sources: which of all questions are asked: something of each class, fair to every operation, within a budget."""

from __future__ import annotations

import heapq
import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from random import Random

from mockserver.bundle.operations import Role
from mockserver.compare import examples, inputs, reading
from mockserver.compare.program import Program, holes
from mockserver.compare.questions import CORE, ESSENTIAL, FURTHER, USUAL, Question
from mockserver.environments.guard import reads
from mockserver.probes.base import Contract
from mockserver.problems import UsageError, did_you_mean

PER_OPERATION = 8  # steps, where nobody says how many
_FEWEST = 400
_TWICE = 1.5  # how much later a class comes to an operation that has had it
_CORE = 0.85  # what an operation was asked already delays what each should be asked a little less
_LATER = {CORE: 0.0, USUAL: 0.0, FURTHER: 0.1}  # how much later questions of a rank come


def _generated(contract: Contract, seed: int, writes: bool, _actors: Collection[str]) -> Iterator[Question]:
    from mockserver.compare.generated import questions  # brings schemathesis with it

    yield from questions(contract, seed, writes=writes)


def _harmless(contract: Contract, seed: int, writes: bool, actors: Collection[str]) -> Iterator[Question]:
    """Without requests that would change a row of the environment, were they taken: sequences ask them of their own."""
    changing = {each.label for each in contract.bundle.operations if not reads(each) and each.role is not Role.CREATE}
    for each in inputs.questions(contract, seed, writes=writes, actors=actors):
        if each.template.operation not in changing or all(kind != "$row" for kind, _ in holes(each.template.path)):
            yield each


Source = Callable[[Contract, int, bool, Collection[str]], Iterator[Question]]
SOURCES: Mapping[str, Source] = {
    "reading": lambda contract, seed, _writes, _actors: reading.questions(contract, seed),
    "inputs": _harmless,
    "examples": lambda contract, _seed, _writes, _actors: examples.questions(contract),
    "generated": _generated,
}

USED = ("reading", "inputs", "examples")


def program(
    contract: Contract, seed: int, budget: int | None = None, sources: Sequence[str] = USED, *, writes: bool = False,
    actors: Collection[str] = (),
) -> Program:  # fmt: skip
    """The questions of some sources as one program of at most `budget` steps.

    Lists come first, so that there are rows to pick; then reads, then the rest. The same arguments give the same
    program, byte for byte. `writes`: also requests to operations that write, which the bundle says must be refused.
    `actors` are those for whom both sides have credentials.
    """
    questions: list[Question] = []
    for name in sources:
        if name not in SOURCES:
            raise UsageError(f"There is no source of questions {name!r}.{did_you_mean(name, SOURCES)}")
        questions += SOURCES[name](contract, seed, writes, actors)
    if budget is None:
        budget = max(_FEWEST, PER_OPERATION * len(contract.bundle.operations))
    return arranged(choose(contract, once(questions), budget, seed), seed)


def once(questions: Iterable[Question]) -> list[Question]:
    """Each request once, the first that asks it."""
    found: dict[str, Question] = {}
    for each in questions:
        made = each.template
        parts = [made.path, made.query, made.headers, made.cookies, made.body, made.media, made.raw, made.actor]
        found.setdefault(json.dumps([made.operation, *parts], sort_keys=True, default=repr), each)
    return list(found.values())


def choose(contract: Contract, questions: Sequence[Question], budget: int, seed: int) -> list[Question]:
    """As many questions as the budget lets, each class and each operation in its turn; in the order they came."""
    if len(questions) <= budget:
        return list(questions)
    dice = Random(seed)  # noqa: S311  a choice of questions, no secret
    roles = {each.label: each.role for each in contract.bundle.operations}
    kinds = [(each.sort, roles.get(each.template.operation)) for each in questions]
    places: dict[object, set[str]] = {}
    for kind, each in zip(kinds, questions, strict=True):
        places.setdefault(kind, set()).add(each.template.operation)
    named = {each.template.name: at for at, each in enumerate(questions) if each.template.name}
    asked: Counter[object] = Counter()

    def cost(at: int) -> float:
        each, kind = questions[at], kinds[at]
        if each.rank == ESSENTIAL:
            return -1.0
        spread, operation = len(places[kind]), each.template.operation
        core = each.rank == CORE
        often: float = asked[kind] / (spread if core else spread**0.5)
        share = asked[operation] / PER_OPERATION * (_CORE if core else 1)
        return often + share + _TWICE * asked[kind, operation] + _LATER[each.rank]

    waiting = [(cost(at), dice.random(), at) for at in range(len(questions))]
    heapq.heapify(waiting)
    chosen: set[int] = set()
    while waiting and len(chosen) < budget:
        was, tie, at = heapq.heappop(waiting)
        now = cost(at)
        if now > was:  # others of its class or operation were chosen meanwhile
            heapq.heappush(waiting, (now, tie, at))
            continue
        after = questions[at].after
        if after and after not in named:
            continue
        for one in {at, *([named[after]] if after else [])} - chosen:
            chosen.add(one)
            asked[kinds[one]] += 1
            asked[questions[one].template.operation] += 1
            asked[kinds[one], questions[one].template.operation] += 1
    return [questions[at] for at in sorted(chosen)]


def arranged(questions: Sequence[Question], seed: int) -> Program:
    """As a program: essential questions first, for what they show fills the holes of others."""
    ordered = sorted(questions, key=lambda each: (each.rank != ESSENTIAL, each.template.kind not in ("list", "search")))
    return Program(tuple(each.template for each in ordered), seed)
