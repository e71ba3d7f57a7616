"""Execution: one program on two sides, step by step side by side, twice; each side with its own rows and its own ids.

Both sides get the same steps: what one of them cannot be asked, the other is not asked either, and it is said why. The
second round goes through the program again with the sides swapped and the rows of the first round, so that noise can be
told from drift.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from random import Random
from typing import Any, Literal

from mockserver.bundle.operations import Operation
from mockserver.compare.difference import Step
from mockserver.compare.discovery import discover
from mockserver.compare.filling import SideState, Unfilled, fill, needed, sources
from mockserver.compare.lagging import Patience, disagree
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

    @property
    def writes(self) -> bool:
        """Whether writing templates go out."""
        return all(client.writes for client in self.clients) and self._ledgers is not None

    def run(self, on_progress: Progress | None = None) -> Executed:
        """The whole program in each round; what was gathered so far where it stops or is interrupted.

        `on_progress` is told how many of how many steps are done. Budgets are shared among the rounds.
        """
        began, rounds, left = time.monotonic(), list[Round](), list[str]()
        size = len(self.program.templates)
        opening = self._open()
        for number in range(0 if opening.stopped else _ROUNDS):
            share = Share(self.clients, _ROUNDS - number, began, _FOR_CLEANING if self.writes else 0)

            def tell(step: int, done: int = number * size) -> None:
                if on_progress is not None:
                    on_progress(done + step, _ROUNDS * size)

            rounds.append(self._round(rounds[0] if rounds else None, share, tell))
            left = self._clean()
            if rounds[-1].interrupted or any(client.stopped for client in self.clients):
                break
        return executed(opening, rounds, left, self.asked_again)

    def once(self, program: Program, order: Sides = _AB) -> Round:
        """Run another program (a shorter one, to find out what is needed) with the rows that are known already."""
        found = Round()
        self._forget()
        try:
            for number, template in enumerate(program.templates):
                self._step(found, number, template, order)
            self._clean()
        except Stopped as reason:
            found.stopped = str(reason)
        return found

    def ask(self, template: Template, sides: Sides = _AB, *, number: int = -1) -> Pair:
        """One further question to both sides, `sides` in their order; (A's step, B's step).

        Holes are filled as in the last round; a step of the program is sent as it was by its `number`. NotAsked and
        Forbidden say why both cannot be asked, Stopped why nothing more is.
        """
        requests = self._requests(template, self._sent.get(number))
        if isinstance(requests, str):
            raise NotAsked(requests)
        return self._answers(number, template, requests, sides)

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

    def _round(self, first: Round | None, share: Share, tell: Callable[[int], None]) -> Round:
        """The program once; after the first round only what was asked then, the sides in the other order."""
        found = Round()
        self._forget()
        try:
            for at, template in enumerate(self.program.templates):
                if first is None or at in first.pairs:
                    if spent := share.spent():
                        found.stopped = f"{spent} {at} of {len(self.program.templates)} steps were asked."
                        break
                    self._step(found, at, template, _AB if first is None else _BA, keep=True)
                tell(at + 1)
        except (Stopped, UsageError) as reason:
            found.stopped = str(reason)
        except KeyboardInterrupt:
            found.stopped, found.interrupted = "It was interrupted.", True
        return found

    def _step(self, found: Round, at: int, template: Template, order: Sides, *, keep: bool = False) -> None:
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
        names: list[int | str] = [at, *([template.name] if template.name else [])]
        operation = pair[0].operation
        writes = operation is not None and not reads(operation)
        if writes or self._follows_a_write(template):
            self._made.update(names)
        if keep and not self._follows_a_write(template):
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
        for wait in self.patience.waits():
            if not disagree(*pair, counts=tied):
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
        a, b = (Step(at, operation, answers[name], template.about, same) for name in _AB)
        return a, b

    def _operation(self, template: Template) -> Operation | None:
        method, _, path = template.operation.partition(" ")
        operations = self.contract.bundle.operations
        return operations.at(method, path) or operations.get(template.operation)

    def _follows_a_write(self, template: Template) -> bool:
        return any(source in self._made for source in sources(template))

    def _forget(self) -> None:
        """Begin anew: ids that steps of another round gave are gone."""
        for state in self._states:
            state.steps.clear()
        self._made.clear()
        self._written.clear()

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
