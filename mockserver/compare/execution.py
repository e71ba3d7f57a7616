"""Execution: one program on two sides, step by step side by side, twice; each side with its own rows and its own ids.

Both sides get the same steps: what one of them cannot be asked, the other is not asked either, and it is said why. The
second round goes through the program again with the sides swapped and the rows of the first round, so that noise can be
told from drift. What only reads is asked in both rounds before anything is written: rows that writing leaves behind are
no noise then.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from random import Random
from typing import Any, Literal

from mockserver.bundle.operations import Operation
from mockserver.compare.difference import Step
from mockserver.compare.discovery import discover
from mockserver.compare.filling import SideState, Unfilled, fill, is_fresh, needed, rows_asked_for, sources
from mockserver.compare.lagging import Hope, Patience, disagree
from mockserver.compare.pools import Pool
from mockserver.compare.program import Program, Template
from mockserver.compare.rounds import Executed, Pair, Round, executed
from mockserver.compare.rows import NEITHER, Pairs
from mockserver.compare.sameness import same_row
from mockserver.compare.sharing import Share
from mockserver.environments.client import Client, Forbidden, Stopped
from mockserver.environments.guard import Guard, reads
from mockserver.environments.ledger import Ledger, clean_up, watch
from mockserver.exchanges import Request
from mockserver.probes.base import Contract
from mockserver.problems import MockServerError, UsageError

Sides = tuple[Literal["a", "b"], Literal["a", "b"]]
Progress = Callable[[int, int], None]
Inputs = Mapping[str, Any]
Requests = tuple[Request, Request]
_Known = tuple[dict[int | str, Step], dict[int | str, Step], set[int | str], set[str | None]]
_AB: Sides = ("a", "b")
_BA: Sides = ("b", "a")
_ROUNDS = 2
_FOR_CLEANING = 10  # requests of each side that are kept for removing what was made


class NotAsked(MockServerError):
    """A question that cannot be put to both sides; its text says why."""


class Execution:
    """Asks two environments one program. Both clients stay the caller's.

    `keys` sets stable keys by entity, `inputs` are what `$input` holes take. Writing templates go out only where both
    clients write and each side has a ledger; what they made is removed after each round.
    """

    def __init__(
        self, client_a: Client, client_b: Client, contract: Contract, program: Program, *,
        keys: Mapping[str, str] | None = None, inputs: tuple[Inputs, Inputs] | None = None,
        ledgers: tuple[Ledger, Ledger] | None = None, patience: Patience | None = None,
    ) -> None:  # fmt: skip
        self.clients = (client_a, client_b)
        self.contract = contract
        self.program = program
        self.patience = patience or Patience()
        self.pools = (Pool(contract), Pool(contract))
        self.pairs = Pairs(*self.pools, contract, keys)
        self.asked_again = 0
        self._ledgers = ledgers
        self._guards = tuple(Guard(client.environment, client.bundle) for client in self.clients)
        names = [client.environment.name for client in self.clients]
        names = names if names[0] != names[1] else [f"{names[0]} (A)", f"{names[1]} (B)"]
        given = inputs or ({}, {})
        self._states = tuple(SideState(at, names[at], self.pairs, given[at]) for at in (0, 1))
        self._sent: dict[int, Requests] = {}
        self._made: set[int | str] = set()  # steps whose answers the program itself brought about
        self._written: set[str | None] = set()
        self._hope = Hope(self.patience)
        self._fresh = 100_000 + int(time.time()) % 800_000

    @property
    def writes(self) -> bool:
        """Whether writing templates go out."""
        return all(client.writes for client in self.clients) and self._ledgers is not None

    def run(self, on_progress: Progress | None = None) -> Executed:
        """The whole program in each round; what was gathered so far where it stops or is interrupted.

        `on_progress` is told how many of how many steps are done. Budgets are shared among the rounds.
        """
        began, left = time.monotonic(), list[str]()
        rounds = [Round() for _ in range(_ROUNDS)]
        size, done = len(self.program.templates), 0
        opening = self._open()
        known: list[_Known | None] = [None] * _ROUNDS
        for part, number in () if opening.stopped else self._passes():
            rest = (_ROUNDS * size - done) / max(1, len(part))
            share = Share(self.clients, rest, began, _FOR_CLEANING if self.writes else 0)

            def tell(step: int, before: int = done) -> None:
                if on_progress is not None:
                    on_progress(before + step, _ROUNDS * size)

            self._begin(known[number])
            self._round(rounds, number, part, share, tell)
            known[number], done = self._known(), done + len(part)
            left = self._clean()
            if rounds[number].interrupted or any(client.stopped for client in self.clients):
                break
        waited = self.clients[0].waited, self.clients[1].waited
        return executed(opening, rounds, left, self.asked_again, waited)

    def once(self, program: Program, order: Sides = _AB) -> Round:
        """Run another program (a shorter one, to find out what is needed) with the rows that are known already."""
        found, known = Round(), self._known()
        self._begin()
        try:
            for number, template in enumerate(program.templates):
                self._step(found, number, template, order)
        except Stopped as reason:
            found.stopped = str(reason)
        finally:
            self._begin(known)
        if not found.stopped:
            self._clean()
        return found

    def ask(self, template: Template, sides: Sides = _AB, *, number: int = -1) -> Pair:
        """One further question to both sides, `sides` in their order; (A's step, B's step).

        Holes are filled as in the last round; a step of the program is sent as it was by its `number`. NotAsked and
        Forbidden say why both cannot be asked, Stopped why nothing more is.
        """
        if is_fresh(template):
            self._renew()
        requests = self._requests(template, self._sent.get(number))
        if isinstance(requests, str):
            raise NotAsked(requests)
        return self._answers(number, template, requests, sides)

    def clean(self) -> list[str]:
        """Remove on both sides what single questions made; what is left over."""
        return self._clean()

    def affords(self, steps: int) -> bool:
        """Whether both clients may send so many requests more, and clean up after them."""
        if any(client.stopped for client in self.clients):
            return False
        most = [(client.limits.requests, client.requests) for client in self.clients]
        return all(limit is None or limit - spent >= steps + 2 * _FOR_CLEANING for limit, spent in most)

    # -- a round --

    def _open(self) -> Round:
        """Fill the pools with the rows that the program asks for."""
        found = Round()
        dice = Random(self.program.seed)  # noqa: S311  which rows are looked at, no secret
        wanted = {entity for template in self.program.templates for entity, _ in needed(template)}
        try:
            if self._ledgers is not None and self.writes:
                for client, ledger in zip(self.clients, self._ledgers, strict=True):
                    watch(client, ledger)
            for client, pool in zip(self.clients, self.pools, strict=True):
                discover(client, self.contract, pool, wanted, dice)
        except Stopped as reason:
            found.stopped = str(reason)
        except KeyboardInterrupt:
            found.stopped, found.interrupted = "It was interrupted.", True
        return found

    def _passes(self) -> Iterator[tuple[range, int]]:
        """Which steps are asked in which round: those before the first sequence that writes, then the rest."""
        size = len(self.program.templates)
        first = next((at for at, each in enumerate(self.program.templates) if each.sequence and self._changes(each)), 0)
        named = self.program.templates[first].sequence if first else ""
        while first and named and self.program.templates[first - 1].sequence == named:
            first -= 1
        for part in (range(first), range(first, size)) if first else (range(size),):
            yield from ((part, number) for number in range(_ROUNDS))

    def _changes(self, template: Template) -> bool:
        operation = self._operation(template)
        return operation is not None and not reads(operation)

    def _round(self, rounds: list[Round], number: int, part: range, share: Share, tell: Callable[[int], None]) -> None:
        """Some steps once; after the first round only what was asked then, the sides in the other order."""
        found = rounds[number]
        try:
            for at in part:
                if not number or at in rounds[0].pairs:
                    if spent := share.spent():
                        told = f"{spent} {at} of {len(self.program.templates)} steps were asked."
                        found.stopped = found.stopped or told
                        break
                    self._step(found, at, self.program.templates[at], _BA if number else _AB, keep=True)
                tell(at - part.start + 1)
        except (Stopped, UsageError) as reason:
            found.stopped = str(reason)
        except KeyboardInterrupt:
            found.stopped, found.interrupted = "It was interrupted.", True

    def _step(self, found: Round, at: int, template: Template, order: Sides, *, keep: bool = False) -> None:
        if template.otherwise and self._is_taken(template.name):
            found.not_asked[at] = f"{NEITHER} need of it: {template.name} was taken before"
            return
        requests = self._requests(template, self._sent.get(at) if keep else None)
        if isinstance(requests, str):
            found.not_asked[at] = requests
            return
        try:
            pair = self._answers(at, template, requests, order)
        except Forbidden as reason:
            found.not_asked[at] = str(reason)
            return
        found.pairs[at] = pair
        names: list[int | str] = [at]
        if template.name and not (template.otherwise and template.name in self._made and not _both_took(pair)):
            names.append(template.name)
        operation = pair[0].operation
        writes = operation is not None and not reads(operation)
        if writes or self._follows_a_write(template):
            self._made.update(names)
        if keep and not self._follows_a_write(template) and not is_fresh(template):
            self._sent[at] = requests
        if writes and operation is not None and any(_took(step) for step in pair):
            self._written.add(operation.entity)
        for side in (0, 1):
            self._states[side].steps.update(dict.fromkeys(names, pair[side]))
            self.pools[side].see(pair[side])

    def _requests(self, template: Template, again: Requests | None = None) -> Requests | str:
        """What each side is to be sent (`again`: as before); else why it cannot be."""
        operation = self._operation(template)
        if operation is None:
            return f"the bundle has no operation {template.operation}"
        for client, state in zip(self.clients, self._states, strict=True):
            if template.actor not in ("", "default", *client.actors):
                return f"{state.name} has no credentials of {template.actor}"
        if again is not None:
            return again
        a, b = (fill(template, operation, state) for state in self._states)
        if isinstance(a, Unfilled) or isinstance(b, Unfilled):
            reasons = "; ".join(dict.fromkeys(each.reason for each in (a, b) if isinstance(each, Unfilled)))
            alike = all(isinstance(each, Unfilled) and each.answered for each in (a, b))
            return f"{NEITHER} value for it: {reasons}" if alike else reasons
        refusals = (guard.refusal(each, writes=self.writes) for guard, each in zip(self._guards, (a, b), strict=True))
        return next((refusal for refusal in refusals if refusal), (a, b))

    # -- an exchange --

    def _answers(self, at: int, template: Template, requests: Requests, order: Sides) -> Pair:
        """Both answers; asked again while a side may lag behind what the program wrote, or was silent just once."""
        pair = self._both(at, template, requests, order)
        operation = pair[0].operation
        if operation is None or not reads(operation):
            return pair
        if sum(step.exchange.reply is None for step in pair) == 1:
            pair = self._both(at, template, requests, order)
        tied = self._follows_a_write(template)
        if not tied and operation.entity not in self._written:
            return pair
        for wait in self._hope.waits(operation.label):
            if not disagree(*pair, counts=tied):
                self._hope.came(operation.label)
                break
            time.sleep(wait)
            self.asked_again += 1
            pair = self._both(at, template, requests, order)
        return pair

    def _both(self, at: int, template: Template, requests: Requests, order: Sides) -> Pair:
        operation = self._operation(template)
        answers = {}
        for name in order:
            side = _AB.index(name)
            answers[name] = self.clients[side].send(
                requests[side], operation=operation, actor=template.actor, purpose=f"compare {template.kind}"
            )
        same = same_row(template, operation, self.pairs, self._states, (answers["a"], answers["b"]))
        rows = [rows_asked_for(template, operation, state) for state in self._states]
        a, b = (Step(at, operation, answers[name], template.about, same, rows[_AB.index(name)]) for name in _AB)
        return a, b

    def _operation(self, template: Template) -> Operation | None:
        method, _, path = template.operation.partition(" ")
        operations = self.contract.bundle.operations
        return operations.at(method, path) or operations.get(template.operation)

    def _follows_a_write(self, template: Template) -> bool:
        return any(source in self._made for source in sources(template))

    def _is_taken(self, name: str) -> bool:
        pair = [state.steps.get(name) for state in self._states]
        return all(step is not None and _took(step) for step in pair)

    def _known(self) -> _Known:
        """What this round's answers gave so far."""
        a, b = (dict(state.steps) for state in self._states)
        return a, b, set(self._made), set(self._written)

    def _begin(self, known: _Known | None = None) -> None:
        """Begin anew, or where a round was left: ids that steps of another round gave are gone."""
        a, b, made, written = known or ({}, {}, set(), set())
        for state, steps in zip(self._states, (a, b), strict=True):
            state.steps = steps
        self._made, self._written = made, written
        self._renew()

    def _renew(self) -> None:
        """Another number for texts that no row has yet."""
        self._fresh += 1
        for state in self._states:
            state.fresh = self._fresh

    def _clean(self) -> list[str]:
        """Remove on both sides what was made; what is left over."""
        if not self.writes or self._ledgers is None:
            return []
        sides = zip(self.clients, self._ledgers, self._states, strict=True)
        bundle = self.contract.bundle
        return [f"{state.name}: {each}" for client, ledger, state in sides for each in clean_up(client, ledger, bundle)]


def _took(step: Step) -> bool:
    """Whether a side did what it was asked."""
    return step.exchange.reply is not None and step.exchange.reply.status < 300


def _both_took(pair: Pair) -> bool:
    return all(_took(step) for step in pair)
