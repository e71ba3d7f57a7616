"""Record: all that a comparison saw, before any rule is applied, so that it can be judged again later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from mockserver.bundle.loader import Bundle
from mockserver.compare.difference import Comparison, Difference, Share, Step
from mockserver.compare.program import Program
from mockserver.exchanges import Exchange

Key = tuple[str, str, str, str]
SIDES = ("a1", "b1", "a2", "b2")


@dataclass(frozen=True, slots=True)
class Shown:
    """What is known of one difference beyond itself.

    `verdict` is A, B, both or neither, with its reasons in `about`. `smallest` is the smallest request that shows it,
    `boundary` where the sides part. `exchanges` show it, A's before B's.
    """

    verdict: str = ""
    about: str = ""
    smallest: str = ""
    boundary: str = ""
    exchanges: tuple[Exchange, ...] = ()


@dataclass(frozen=True, slots=True)
class Record:
    """One comparison of `names` (A, B) with `urls`, begun at `started` (RFC 3339).

    `sides` are the steps of A and B in both rounds (`SIDES`), `rounds` the comparisons of each round, `noise` what each
    environment differed in from itself; all without rules. `votes` says for a difference in how many rounds of how many
    it was seen, where that is not both of the two. `not_asked` are steps that could not be put to both sides, `veiled`
    those whose requests are kept with personal data replaced, so that they cannot be sent again.
    """

    names: tuple[str, str]
    urls: tuple[str, str]
    seed: int
    started: str
    program: Program
    sides: Mapping[str, tuple[Step, ...]]
    rounds: tuple[Comparison, ...]
    noise: tuple[tuple[Difference, ...], tuple[Difference, ...]] = ((), ())
    votes: Mapping[Key, tuple[int, int]] = field(default_factory=dict)
    shown: Mapping[Key, Shown] = field(default_factory=dict)
    not_asked: tuple[tuple[int, str], ...] = ()
    stopped: str = ""
    interrupted: bool = False
    notes: tuple[str, ...] = ()
    veiled: tuple[int, ...] = ()

    def steps(self, name: str) -> tuple[Step, ...]:
        """The steps of one of `SIDES`; none where that round was not reached."""
        return self.sides.get(name, ())

    def to_json(self) -> dict[str, Any]:
        """As plain JSON."""
        return {
            "names": self.names, "urls": self.urls, "seed": self.seed, "started": self.started,
            "program": self.program.to_json(),
            "sides": {name: [_step_json(step) for step in steps] for name, steps in self.sides.items()},
            "rounds": [_comparison_json(comparison) for comparison in self.rounds],
            "noise": [[asdict(difference) for difference in side] for side in self.noise],
            "votes": [[list(key), list(votes)] for key, votes in self.votes.items()],
            "shown": [[list(key), _shown_json(shown)] for key, shown in self.shown.items()],
            "not_asked": self.not_asked, "stopped": self.stopped, "interrupted": self.interrupted, "notes": self.notes,
            "veiled": self.veiled,
        }  # fmt: skip

    @classmethod
    def from_json(cls, data: Mapping[str, Any], bundle: Bundle) -> Record:
        """The record that `to_json` wrote, its operations the bundle's; KeyError, ValueError where it is none."""
        noise = tuple(tuple(Difference(**each) for each in side) for side in data["noise"])
        return cls(
            (data["names"][0], data["names"][1]),
            (data["urls"][0], data["urls"][1]),
            data["seed"],
            data["started"],
            Program.from_json(data["program"]),
            {name: tuple(_step(each, bundle) for each in steps) for name, steps in data["sides"].items()},
            tuple(_comparison(each) for each in data["rounds"]),
            (noise[0], noise[1]),
            {_key(key): (votes[0], votes[1]) for key, votes in data["votes"]},
            {_key(key): _shown(shown) for key, shown in data["shown"]},
            tuple((number, why) for number, why in data["not_asked"]),
            data["stopped"],
            data["interrupted"],
            tuple(data["notes"]),
            tuple(data["veiled"]),
        )


def with_exchanges(record: Record, change: Any) -> Record:
    """The record with each exchange as `change` makes it of the old one."""
    sides = {
        name: tuple(replace(step, exchange=change(step.exchange)) for step in steps)
        for name, steps in record.sides.items()
    }
    shown = {
        key: replace(each, exchanges=tuple(change(exchange) for exchange in each.exchanges))
        for key, each in record.shown.items()
    }
    return replace(record, sides=sides, shown=shown)


def _step_json(step: Step) -> dict[str, Any]:
    label = step.operation.label if step.operation is not None else ""
    return {
        "number": step.number, "operation": label, "about": step.about, "same_row": step.same_row,
        **({"of": sorted(step.of)} if step.of else {}),
        "exchange": step.exchange.to_json(),
    }  # fmt: skip


def _step(data: Mapping[str, Any], bundle: Bundle) -> Step:
    operation = bundle.operations.at(*data["operation"].split(" ", 1)) if data["operation"] else None
    exchange = Exchange.from_json(data["exchange"])
    return Step(data["number"], operation, exchange, data["about"], data["same_row"], frozenset(data.get("of", ())))


def _comparison_json(comparison: Comparison) -> dict[str, Any]:
    return {
        "differences": [asdict(difference) for difference in comparison.differences],
        "compared": [[*key, share.compared, share.agreed] for key, share in comparison.compared.items()],
        "not_compared": comparison.not_compared,
    }


def _comparison(data: Mapping[str, Any]) -> Comparison:
    return Comparison(
        tuple(Difference(**each) for each in data["differences"]),
        {(operation, cls): Share(compared, agreed) for operation, cls, compared, agreed in data["compared"]},
        tuple((number, why) for number, why in data["not_compared"]),
    )


def _shown_json(shown: Shown) -> dict[str, Any]:
    plain = {name: getattr(shown, name) for name in ("verdict", "about", "smallest", "boundary")}
    return {**plain, "exchanges": [exchange.to_json() for exchange in shown.exchanges]}


def _shown(data: Mapping[str, Any]) -> Shown:
    exchanges: Sequence[Mapping[str, Any]] = data["exchanges"]
    return Shown(**{**data, "exchanges": tuple(Exchange.from_json(each) for each in exchanges)})


def _key(parts: Sequence[str]) -> Key:
    return parts[0], parts[1], parts[2], parts[3]
