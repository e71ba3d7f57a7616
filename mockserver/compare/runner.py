"""The runner: one program asked of two environments, judged, repeated where unsure, shrunk, and given an owner."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path

from mockserver.bundle.operations import Operation
from mockserver.compare import sources
from mockserver.compare.acceptance import Outcome, Shrinker
from mockserver.compare.difference import Comparison, Difference, Side, Step
from mockserver.compare.execution import Execution, NotAsked
from mockserver.compare.filling import sources as taken_from
from mockserver.compare.judgement import Memory, compare
from mockserver.compare.latency import slower
from mockserver.compare.noise import own_noise
from mockserver.compare.observing import Judged, judged
from mockserver.compare.program import ABSENT, Program, Template
from mockserver.compare.record import Key, Record, Shown
from mockserver.compare.recorded import recording
from mockserver.compare.repeats import TIMES, confirm
from mockserver.compare.rounds import Executed
from mockserver.compare.rules import Rules
from mockserver.compare.scenarios import read_scenario
from mockserver.compare.sequences import about, as_sequence, needed, with_texts
from mockserver.compare.shortest import Shortest, leaves_behind
from mockserver.compare.voice import Voices
from mockserver.compare.writing import MOST, writing
from mockserver.environments.client import Client, Stopped
from mockserver.environments.guard import reads
from mockserver.environments.ledger import Ledger
from mockserver.exchanges import Exchange
from mockserver.probes.base import Contract
from mockserver.problems import MockServerError, UsageError

_WHOLE = 100_000  # steps: as many as there are
_LEAST = 10  # steps that are left beside what people wrote, recorded, or allowed to write
_SKEW = 2.0  # seconds that a clock may be off without a word
_SHRUNK = 8  # differences in acceptance that are shrunk
_LOOKED_AT = 6  # further exchanges of an operation in which an owner is looked for

Progress = Callable[[str, int], None]


@dataclass(frozen=True, slots=True)
class Options:
    """What to compare: the program's seed, its length in steps, where it comes from, and of which operations.

    `keys` are stable keys by entity; `scenarios` and `recordings` files whose requests are asked too. `repeat`: ask
    again where the rounds disagree; `shrink`: look for the smallest request that shows a difference in acceptance.
    """

    seed: int = 1
    steps: int | None = None
    sources: tuple[str, ...] = sources.USED
    operations: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    scenarios: tuple[Path, ...] = ()
    recordings: tuple[Path, ...] = ()
    keys: Mapping[str, str] = field(default_factory=dict)
    threshold: float = 0.1
    repeat: bool = True
    shrink: bool = True

    @property
    def part(self) -> bool:
        """Whether only some of the operations are asked."""
        return bool(self.operations or self.tags)


@dataclass(frozen=True, slots=True)
class Compared:
    """A comparison: the record of all that was seen, and what it says under the rules."""

    record: Record
    judged: Judged
    secrets: frozenset[str] = frozenset()


def program_of(contract: Contract, options: Options, clients: Sequence[Client] = ()) -> Program:
    """The program that options mean, its steps cut to the wanted operations (and what these need).

    `clients` say who can be spoken for, and whether there is writing.
    """
    wanted = in_scope(contract, options)
    writes = bool(clients) and all(client.writes for client in clients)
    actors = frozenset.intersection(*(frozenset(client.actors) for client in clients)) if clients else frozenset()
    further = list(_further(contract, options, wanted, actors if writes else None))
    room = options.steps
    if room is not None:
        room = max(_LEAST, room - sum(len(extra.templates) for extra in further))
    budget = _WHOLE if options.part else room
    made = sources.program(contract, options.seed, budget, options.sources, writes=writes, actors=actors)
    if options.part:
        made = _cut(made, wanted, room or _WHOLE)
    for extra in further:
        made = made + extra
    return made


def in_scope(contract: Contract, options: Options) -> list[Operation]:
    """The operations that are asked; UsageError where there is none."""
    found = [
        operation for operation in contract.bundle.operations
        if (not options.tags or set(options.tags) & set(operation.tags))
        and (not options.operations or any(fnmatchcase(name, glob) for glob in options.operations
                                           for name in (operation.label, operation.id)))
    ]  # fmt: skip
    if not found:
        raise UsageError("No operation of the bundle is like that.", "`mockserver bundle operations` lists them.")
    return found


def run_compare(
    client_a: Client, client_b: Client, contract: Contract, options: Options, committed: Rules, *,
    program: Program | None = None, ledgers: tuple[Ledger, Ledger] | None = None, on_progress: Progress | None = None,
) -> Compared:  # fmt: skip
    """Compare two environments; the clients stay the caller's.

    Where one of them cannot be asked any more, the record says why and holds what was seen until then.
    """
    tell = on_progress or (lambda _what, _count: None)
    asked = program or program_of(contract, options, (client_a, client_b))
    execution = Execution(client_a, client_b, contract, asked, keys=options.keys, ledgers=ledgers)
    started = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    executed = execution.run(lambda done, whole: tell(f"asking, of {whole} steps", done))
    names = client_a.environment.name, client_b.environment.name
    record = record_of(executed, Asked(names, (client_a.url, client_b.url), asked, started), contract, tell)
    return deepened(record, contract, options, committed, execution, tell, client_a.secrets | client_b.secrets)


def deepened(
    record: Record, contract: Contract, options: Options, committed: Rules, execution: Execution | None, tell: Progress,
    secrets: frozenset[str] = frozenset(),
) -> Compared:  # fmt: skip
    """What a record says, with repeats and the smallest requests where an execution may still ask, and with owners."""

    def judge() -> Judged:
        return judged(record, committed, contract.bundle, threshold=options.threshold, part=options.part)

    record = _Deeper(execution, record, contract, options, judge(), tell).run()
    return Compared(record, judge(), secrets)


@dataclass(frozen=True, slots=True)
class Asked:
    """Who was asked what, and when."""

    names: tuple[str, str]
    urls: tuple[str, str]
    program: Program
    started: str


def record_of(executed: Executed, asked: Asked, contract: Contract, tell: Progress) -> Record:
    """The record of what was executed, judged round by round, and each side against itself."""
    tell("judging", 0)
    twice = executed.twice()
    memory = Memory()
    compared = [compare(executed.a1, executed.b1, contract, memory=memory)]
    noise: tuple[tuple[Difference, ...], ...] = ((), ())
    if twice.a2:
        compared.append(compare(executed.a2, executed.b2, contract, memory=memory))
        own = ((twice.a1, twice.a2), (twice.b1, twice.b2))
        noise = tuple(own_noise(side, contract, asked.program, memory) for side in own)
    sides = {"a1": executed.a1, "b1": executed.b1, "a2": executed.a2, "b2": executed.b2}
    return Record(
        asked.names, asked.urls, asked.program.seed, asked.started, asked.program, sides, tuple(compared),
        (noise[0], noise[1]), not_asked=executed.not_compared, stopped=executed.stopped,
        interrupted=executed.interrupted, notes=tuple(_notes(executed, asked.names)),
    )  # fmt: skip


def _notes(executed: Executed, names: tuple[str, str]) -> Iterator[str]:
    for name, skew in zip(names, executed.skew, strict=True):
        if skew is not None and abs(skew) >= _SKEW:
            yield f"the clock of {name} is {skew:+.0f} s off ours"
    for name, waited in zip(names, executed.waited, strict=True):
        if waited >= 1:
            yield f"{name} limits how often it is asked: it made us wait {waited:.0f} s"
    if executed.asked_again:
        yield f"{executed.asked_again} questions were asked again, because a side may have lagged"
    slow = slower(list(zip(executed.a1, executed.b1, strict=True)), names)
    yield from [slow] if slow else []
    yield from (f"left over: {what}" for what in executed.left_over)


def _further(
    contract: Contract, options: Options, wanted: Sequence[Operation], writers: Collection[str] | None
) -> Iterator[Program]:
    """Programs beside the generated one: what people wrote, what was recorded, and what writes and cleans up.

    `writers` are the actors for whom both sides have credentials; None where nothing is written.
    """
    for file in options.scenarios:
        yield as_sequence(read_scenario(contract, file).program, file.name)
    for file in options.recordings:
        yield as_sequence(recording(contract, file), file.name)
    if writers is not None:
        most = MOST if options.steps is None else min(MOST, max(_LEAST, options.steps // 3))
        made = writing(contract, options.seed, writers, most)
        yield about(made, {each.label for each in wanted if not reads(each)}) if options.part else made


def _cut(program: Program, wanted: Sequence[Operation], most: int) -> Program:
    """Only the steps of some operations; steps that take from earlier ones by number keep their number's place."""
    names = {name for operation in wanted for name in (operation.label, operation.id)}
    kept = _spread([template for template in program.templates if template.operation in names], most)
    needed = {source for template in kept for source in taken_from(template)}
    more = tuple(t for t in program.templates if t.name and t.name in needed and t not in kept)
    return Program((*more, *kept)[:most], program.seed)


def _spread(templates: Sequence[Template], most: int) -> tuple[Template, ...]:
    """At most so many of them, of each operation in proportion: its first one, then such as lie evenly apart."""
    seen: Counter[str] = Counter()
    share = min(1.0, max(0, most - len({each.operation for each in templates})) / max(1, len(templates)))
    kept = []
    for each in templates:
        at, seen[each.operation] = seen[each.operation], seen[each.operation] + 1
        if share == 1.0 or at == 0 or int(at * share) > int((at - 1) * share):
            kept.append(each)
    return tuple(kept)


@dataclass(slots=True)
class _Deeper:
    """Looks deeper into what was found: repeats, the smallest request, the owner."""

    execution: Execution | None
    record: Record
    contract: Contract
    options: Options
    found: Judged
    tell: Progress

    def run(self) -> Record:
        """The record with all that could be found out within the clients' budgets."""
        shown: dict[Key, Shown] = {}
        if self.execution is not None and not (self.record.interrupted or self.record.stopped):
            try:
                if self.options.repeat:
                    self._repeat(self.execution)
                if self.options.shrink:
                    shown = self._small(self.execution)
            except KeyboardInterrupt:
                self.record = replace(self.record, interrupted=True)
            left = [f"left over: {what}" for what in self.execution.clean()]
            self.record = replace(self.record, notes=tuple(dict.fromkeys((*self.record.notes, *left))))
        self.record = replace(self.record, shown=self._owned(shown))
        return self.record

    # -- repeats --

    def _repeat(self, execution: Execution) -> None:
        times = [difference for difference in self.found.drift if difference.cls in TIMES]
        keys = {difference.key for difference in (*self.found.unsure, *times)}
        if not keys or len(self.record.rounds) < 2:
            return
        left = [replace(r, differences=tuple(d for d in r.differences if d.key in keys)) for r in self.record.rounds]
        sides = self.record.steps("a1"), self.record.steps("b1")
        confirmed = confirm(left, partial(self._again, execution), self._judge, sides)
        self.record = replace(self.record, votes={**self.record.votes, **(confirmed.seen or {})})

    def _again(self, execution: Execution, numbers: Collection[int], swapped: bool) -> tuple[Side, Side]:
        fresh: tuple[list[Step], list[Step]] = ([], [])
        templates = self.record.program.templates
        for at, steps in enumerate(self._shortest(execution).again([n for n in numbers if templates[n].sequence],
                                                                   swapped)):  # fmt: skip
            fresh[at].extend(steps)
        for count, number in enumerate(n for n in numbers if not templates[n].sequence):
            self.tell("asking again", count)
            template = self.record.program.templates[number]
            try:
                pair = execution.ask(template, ("b", "a") if swapped else ("a", "b"), number=number)
            except NotAsked:
                continue
            except (Stopped, MockServerError):
                break
            for at in (0, 1):
                fresh[at].append(replace(pair[at], number=number))
        return fresh

    def _judge(self, a: Side, b: Side) -> Comparison:
        return compare(a, b, self.contract, self.found.rules)

    def _shortest(self, execution: Execution) -> Shortest:
        return Shortest(execution, self.record, self._judge)

    # -- the smallest request, the shortest sequence --

    def _small(self, execution: Execution) -> dict[Key, Shown]:
        shown = self._shortest(execution).run(self.found.drift, partial(self.tell, "looking for the shortest sequence"))
        firm = [
            d for d in self.found.drift
            if d.cls in ("acceptance", "status class") and d.place == "status"
            and (not self.record.program.templates[d.step].sequence or len(self._led_by(d)) == 1)
            and not leaves_behind(self.contract, d.operation)
        ]  # fmt: skip
        for count, difference in enumerate(firm[:_SHRUNK]):
            self.tell("looking for the smallest request", count)
            try:
                found = self._smallest(execution, difference)
            except (Stopped, MockServerError):
                break
            if found is not None:
                shown[difference.key] = found
        return shown

    def _smallest(self, execution: Execution, difference: Difference) -> Shown | None:
        template = self.record.program.templates[difference.step]
        statuses = difference.a[:1] == "2", difference.b[:1] == "2"
        if statuses[0] == statuses[1] or template.actor == "":
            return None
        pairs: dict[str, tuple[Step, Step]] = {}

        def ask(smaller: Template) -> Outcome | None:
            try:
                pair = execution.ask(smaller)
            except NotAsked:
                return None
            replies = [step.exchange.reply for step in pair]
            if replies[0] is None or replies[1] is None or 429 in (replies[0].status, replies[1].status):
                return None
            pairs[_worded(smaller)] = pair
            return replies[0].status // 100 == 2, replies[1].status // 100 == 2

        shrinker = Shrinker(ask, (statuses[0], statuses[1]), self.record.names)
        plain = with_texts(template)
        again = plain != template and all(ask(plain) == shrinker.outcome for _ in range(2))
        smallest = shrinker.shrink(plain if again else template)
        pair = pairs.get(_worded(smallest.template))
        exchanges = (pair[0].exchange, pair[1].exchange) if pair else self._exchanges(difference)
        return Shown(smallest=_worded(smallest.template), boundary=smallest.boundary, exchanges=exchanges)

    def _exchanges(self, difference: Difference) -> tuple[Exchange, ...]:
        return next(self._pairs(difference), ())

    # -- the owner --

    def _owned(self, shown: Mapping[Key, Shown]) -> dict[Key, Shown]:
        """The third voice on each difference that stays."""
        voices = Voices(self.contract)
        made = dict(shown)
        for count, difference in enumerate((*self.found.drift, *self.found.unsure)):
            self.tell("asking the bundle who is right", count)
            known = made.get(difference.key, Shown())
            last = (known.exchanges[len(known.exchanges) // 2 - 1], known.exchanges[-1]) if known.exchanges else ()
            pairs = [*([last] if last else []), *self._pairs(difference)]
            if not pairs:
                continue
            chosen, voice = pairs[0], voices.owner(pairs[0][0], pairs[0][1], difference.place)
            for pair in pairs[1:_LOOKED_AT]:
                if voice.verdict != "neither" or difference.place == "took":
                    break
                other = voices.owner(pair[0], pair[1], difference.place)
                if other.verdict != "neither":
                    voice = other
            whole = known.exchanges if len(known.exchanges) > 2 else self._sequence(difference, chosen)
            made[difference.key] = replace(known, verdict=voice.verdict, about=voice.about, exchanges=whole)
        return made

    def _pairs(self, difference: Difference) -> Iterator[tuple[Exchange, ...]]:
        """The exchanges that may show a difference: those of its step first, then others of its operation."""
        for names in (("a1", "b1"), ("a2", "b2")):
            pairs = list(zip(self.record.steps(names[0]), self.record.steps(names[1]), strict=True))
            yield from ((a.exchange, b.exchange) for a, b in pairs if a.number == difference.step)
        first = zip(self.record.steps("a1"), self.record.steps("b1"), strict=True)
        yield from ((a.exchange, b.exchange) for a, b in first
                    if a.label == difference.operation and a.number != difference.step)  # fmt: skip

    def _sequence(self, difference: Difference, last: tuple[Exchange, ...]) -> tuple[Exchange, ...]:
        """What a difference's step takes from, then itself; A's before B's."""
        a, b = ({step.number: step.exchange for step in self.record.steps(name)} for name in ("a1", "b1"))
        before = [number for number in self._led_by(difference)[:-1] if number in a and number in b]
        return (*(a[n] for n in before), last[0], *(b[n] for n in before), last[1])

    def _led_by(self, difference: Difference) -> list[int]:
        """The steps that a difference's step takes from, in order, and itself."""
        step, program = difference.step, self.record.program
        if not 0 <= step < len(program.templates):
            return [step]
        return [*needed(program, [step], range(step)), step]


def _worded(template: Template) -> str:
    """A request in words: operation, what it is given, and its body."""
    parts = [template.operation]
    for name in ("path", "query", "headers"):
        value = getattr(template, name)
        parts += [f"{name} {json.dumps(value, ensure_ascii=False)}"] if value else []
    parts += [json.dumps(template.body, ensure_ascii=False)] if template.body is not ABSENT else []
    return " ".join(parts)
