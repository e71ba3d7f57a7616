"""Facts: what one side's answers say of that side alone; two sides agree where their facts do."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from mockserver.bundle.operations import Operation, is_json
from mockserver.compare.codes import Impact
from mockserver.compare.difference import Ledger, Step
from mockserver.store.model import normal


@dataclass(frozen=True, slots=True)
class Fact:
    """One judgement of a step within its own side.

    `cls` is the class of drift where the sides disagree, `aspect` what was judged ("the order asked for"). `says` are
    the descriptions that fit ("by name, without case"): two facts agree where they share one. `good` is False where
    the side breaks a promise. `words` name it in the message.
    """

    step: int
    operation: str
    cls: str
    aspect: str
    says: frozenset[str]
    words: str
    good: bool = True
    pointer: str = ""
    place: str = "body"
    detail: str = ""
    impact: Impact | None = None

    @property
    def key(self) -> tuple[int, str, str]:
        """What is judged."""
        return self.step, self.aspect, self.pointer

    @property
    def kind(self) -> tuple[str, str, str]:
        """What is judged, whichever step showed it."""
        return self.operation, self.aspect, self.pointer


def verdict(step: Step, cls: str, aspect: str, good: bool, words: tuple[str, str], **more: Any) -> Fact:
    """A fact with two outcomes; `words` are those of the good and the bad one."""
    said = words[0] if good else words[1]
    return Fact(step.number, step.label, cls, aspect, frozenset({said}), said, good, **more)


def compare_facts(a: Iterable[Fact], b: Iterable[Fact], steps: Mapping[int, Step], ledger: Ledger) -> None:
    """Facts of the same step are held against each other.

    A broken promise that the other side could not show in that step counts where the other side kept it elsewhere.
    """
    sides = [{fact.key: fact for fact in side} for side in (a, b)]
    kept: list[dict[tuple[str, str, str], list[Fact]]] = [defaultdict(list), defaultdict(list)]
    for side, known in zip(sides, kept, strict=True):
        for fact in side.values():
            known[fact.kind].append(fact)
    for key in sorted(sides[0].keys() | sides[1].keys()):
        one, other = sides[0].get(key), sides[1].get(key)
        if one is not None and other is not None:
            if one.says & other.says:
                ledger.same(one.operation, one.cls)
            else:
                _differ(one, other, steps[key[0]], ledger)
            continue
        alone = one or other
        if alone is not None and not alone.good:
            elsewhere = kept[1 if one is not None else 0][alone.kind]
            if elsewhere and all(fact.good for fact in elsewhere):
                pair = (alone, elsewhere[0]) if one is not None else (elsewhere[0], alone)
                _differ(*pair, steps[key[0]], ledger)


def _differ(one: Fact, other: Fact, step: Step, ledger: Ledger) -> None:
    broken = one if not one.good else other
    ledger.differ(
        step,
        broken.cls,
        broken.place,
        f"{one.aspect}: {one.words} -> {other.words}",
        (json.dumps(one.words), json.dumps(other.words)),
        broken.pointer,
        detail="; ".join(fact.detail for fact in (one, other) if fact.detail),
        impact=broken.impact,
    )


# -- what was asked for --


def inputs(step: Step) -> dict[str, Any]:
    """The inputs of a request by name: its query, and the properties of a JSON body."""
    request = step.exchange.request
    found: dict[str, Any] = dict(parse_qsl(request.query, keep_blank_values=True))
    found |= sent(step) or {}
    return found


def sent(step: Step) -> dict[str, Any] | None:
    """The JSON object that a request sends; None where it sends none."""
    request = step.exchange.request
    if not request.body or not is_json(request.header("content-type") or "application/json"):
        return None
    try:
        body = json.loads(request.body)
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def whole(value: Any) -> int | None:
    """An input as a whole number, if it is one."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    try:
        return int(value)
    except ValueError:
        return None


def asked_size(operation: Operation, given: Mapping[str, Any]) -> int | None:
    """The page size that was asked for."""
    names = (
        operation.paging.sizes or ((operation.paging.size,) if operation.paging.size else ())
        if operation.paging
        else ()
    )
    return next((whole(given[name]) for name in names if name in given), None)


def property_named(name: str, row: Mapping[str, Any]) -> str | None:
    """The property of a row that an input's name means, in whatever spelling."""
    if name in row:
        return name
    wanted = normal(name)
    return next((other for other in row if normal(other) == wanted), None)
