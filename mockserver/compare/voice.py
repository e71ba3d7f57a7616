"""The third voice: whether a side leaves the bundle where two sides differ, so that each difference has an owner."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mockserver.checks.ambiguity import BREAKS, KEEPS, Ambiguity
from mockserver.checks.validation import validate_exchange
from mockserver.exchanges import Exchange
from mockserver.probes.base import Contract
from mockserver.probes.registry import judges

Verdict = Literal["A", "B", "both", "neither"]
_ACCEPTED, _REFUSED = "ST201", "ST202"  # what fuzzing calls data that were taken, and refused, against the bundle
LOOSE = "the bundle allows both answers: it is too loose here"


@dataclass(frozen=True, slots=True)
class Voice:
    """Who leaves the bundle in an exchange where the sides differ, and how, as sentences for each side."""

    verdict: Verdict
    a: tuple[str, ...] = ()
    b: tuple[str, ...] = ()

    @property
    def about(self) -> str:
        """The verdict's reasons in one line."""
        said = [f"{side}: {reason}" for side, reasons in (("A", self.a), ("B", self.b)) for reason in reasons[:3]]
        return "; ".join(said) or LOOSE


class Voices:
    """Judges pairs of exchanges by the bundle; what was judged once is remembered for the run."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._requests = Ambiguity(contract.bundle, {})
        self._known: dict[int, tuple[Exchange, dict[str, str]]] = {}

    def owner(self, a: Exchange, b: Exchange, place: str = "body") -> Voice:
        """Who leaves the bundle where two answers differ at a `place` (of a Difference).

        What both do wrong alike is no part of the difference, unless it is the very status.
        """
        flaws = [self._flaws(exchange) for exchange in (a, b)]
        if place == "status":
            for flawed, one, other in ((flaws[0], a, b), (flaws[1], b, a)):
                said = self._acceptance(one, other)
                if said:
                    flawed[said] = said
        only = [tuple(text for key, text in flaws[i].items() if key not in flaws[1 - i]) for i in (0, 1)]
        if only[0] and only[1]:
            return Voice("both", *only)
        if only[0] or only[1]:
            return Voice("A" if only[0] else "B", *only)
        return Voice("neither")

    def _flaws(self, exchange: Exchange) -> dict[str, str]:
        """What the answer does that the bundle does not allow, by a key that is the same on both sides."""
        known = self._known.get(id(exchange))
        if known is None:
            found: dict[str, str] = {}
            for observation in validate_exchange(self._contract.bundle, exchange):
                message = observation.finding.message
                found[f"{observation.check} {observation.finding.pointer} {message}"] = message
            operation = next((o for o in self._contract.bundle.operations if o.label == exchange.operation), None)
            if operation is not None and exchange.reply is not None:
                for judge in judges():
                    for fault in judge.run(self._contract, operation, exchange):
                        found[f"{judge.name} {fault.pointer} {fault.message}"] = fault.message
            known = self._known[id(exchange)] = exchange, found  # the exchange is kept, so that its id stays its own
        return dict(known[1])

    def _acceptance(self, one: Exchange, other: Exchange) -> str:
        """What is wrong with the way in which `one` takes or refuses a request that the other judges otherwise."""
        statuses = [exchange.reply.status if exchange.reply is not None else 0 for exchange in (one, other)]
        if statuses[0] // 100 == 2 and 400 <= statuses[1] < 500:
            breaks = self._requests.reason(_REFUSED, one.operation, one) == BREAKS
            return "takes a request that the bundle does not allow" if breaks else ""
        if statuses[1] // 100 == 2 and statuses[0] in (400, 422):
            keeps = self._requests.reason(_ACCEPTED, one.operation, one) == KEEPS
            return "refuses a request that the bundle allows" if keeps else ""
        return ""
