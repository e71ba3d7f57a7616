"""Outcomes: whether both sides took the request, how they said so, and how long it took them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from mockserver.compare.difference import Ledger, Step
from mockserver.compare.identity import Names, path_values
from mockserver.compare.lists import item_of
from mockserver.compare.normal import amount, scalars

Pair = tuple[Step, Step]
Listed = frozenset[tuple[str, str]]  # (entity, key)
_REFUSALS = frozenset({400, 406, 409, 411, 412, 413, 414, 415, 416, 417, 422, 428, 431})
_LATER = frozenset({429, 503})  # asked too often: says nothing of the request
_GONE = frozenset({404, 410})
_SILENT = 3  # requests that one side never answered: fewer may be an accident of the line


def comparable(pairs: Sequence[Pair], ledger: Ledger, not_compared: list[tuple[int, str]]) -> list[Pair]:
    """The pairs in which both sides answered for good; the others are noted, with why.

    What one side never answers, and the other always, differs in transport.
    """
    left: list[Pair] = []
    silent: dict[tuple[str, int], list[tuple[Step, bool, bool]]] = defaultdict(list)
    for a, b in pairs:
        quiet = [step.exchange.reply is None for step in (a, b)]
        if a.exchange.at and b.exchange.at:
            silent[a.label, (status(a) or status(b)) // 100].append((a, quiet[0], quiet[1]))
        if any(quiet):
            why = "; ".join(s.exchange.failure or "no answer" for s, q in zip((a, b), quiet, strict=True) if q)
            not_compared.append((a.number, why))
        elif _limited(a, b):
            not_compared.append((a.number, "one side was asked too often (429 or 503)"))
        else:
            left.append((a, b))
    for group in silent.values():
        never = [sum(entry[1] for entry in group), sum(entry[2] for entry in group)]
        if len(group) >= _SILENT and sorted(never) == [0, len(group)]:
            words = ["no answer" if number else "an answer" for number in never]
            ledger.differ(
                group[0][0], "transport", "status", " -> ".join(words), (words[0], words[1]), count=len(group)
            )
    return left


def _limited(a: Step, b: Step) -> bool:
    statuses = {status(a), status(b)}
    return len(statuses) > 1 and bool(statuses & _LATER)


def status(step: Step) -> int:
    """The status of a step's reply; 0 without one."""
    return step.exchange.reply.status if step.exchange.reply is not None else 0


def same_status(
    pair: Pair,
    bodies: tuple[Any, Any],
    listed: tuple[Listed, Listed],
    ledger: Ledger,
    not_compared: list[tuple[int, str]],
    names: tuple[Names, Names],
) -> bool:
    """Compare the statuses of a pair; whether they agree, so that it makes sense to look at the answers.

    `listed` holds the rows that each side's own lists showed, `names` the ids that both made or have in common.
    """
    a, b = pair
    one, other = status(a), status(b)
    if one == other:
        ledger.same(a.label, "status")
        return True
    made = all(
        any(
            name.before(value, step.number)
            for value in path_values(step.operation, step.exchange.request.path).values()
        )
        for name, step in zip(names, pair, strict=True)
    )
    literal = a.same_row is None and b.same_row is None  # a number that many a row of other kinds has, too
    if (literal or not made) and _by_data(pair, bodies, listed):
        not_compared.append((a.number, "the row asked for is there on one side only"))
        return False
    ledger.differ(a, class_of(one, other), "status", f"{one} -> {other}", (str(one), str(other)))
    return False


def elsewhere(pairs: Sequence[Pair], ledger: Ledger, not_compared: list[tuple[int, str]]) -> list[Pair]:
    """The pairs without those that another tenant asked and was given: its rows are other rows, whatever their ids.

    A side that gives it the very answer that the owner gets leaks, where the other side finds nothing.
    """
    owned: list[set[tuple[str, str, bytes]]] = [set(), set()]
    for pair in pairs:
        if not _foreign(pair):
            for side, step in enumerate(pair):
                request = step.exchange.request
                owned[side].add((request.method, request.target, body(step)))
    left = []
    for pair in pairs:
        given = [status(step) // 100 == 2 for step in pair]
        if not _foreign(pair) or not any(given):
            left.append(pair)
            continue
        requests = [step.exchange.request for step in pair]
        leaks = [
            given[side] and (requests[side].method, requests[side].target, body(pair[side])) in owned[side]
            for side in (0, 1)
        ]
        if not all(given) and any(leaks) and path_values(pair[0].operation, requests[0].path):
            words = [str(status(step)) for step in pair]
            ledger.differ(pair[0], "auth", "status", f"another tenant's row: {words[0]} -> {words[1]}",
                          (words[0], words[1]))  # fmt: skip
        elif not all(given) and not {status(step) for step in pair} & _GONE:
            left.append(pair)
        else:
            not_compared.append((pair[0].number, "another tenant: the row asked for is there on one side only"))
    return left


def _foreign(pair: Pair) -> bool:
    return pair[0].exchange.actor == pair[1].exchange.actor == "other-tenant"


def body(step: Step) -> bytes:
    """The bytes of a step's reply; none without one."""
    return step.exchange.reply.body if step.exchange.reply is not None else b""


def class_of(one: int, other: int) -> str:
    """The class of drift that two different statuses are."""
    if {one, other} & {401, 403, 407}:
        return "auth"
    if 3 in (one // 100, other // 100):
        return "redirect"
    if one // 100 == other // 100:
        return "status"
    if 2 in (one // 100, other // 100) and {one, other} & _REFUSALS:
        return "acceptance"
    return "status class"


def _by_data(pair: Pair, bodies: tuple[Any, Any], listed: tuple[Listed, Listed]) -> bool:
    """Whether one side finds a row that the other does not have: the same literal id was asked of both."""
    a, b = pair
    found = [side for side in (0, 1) if status(pair[side]) // 100 == 2]
    if len(found) != 1 or status(pair[1 - found[0]]) not in _GONE or (a.same_row and b.same_row):
        return False
    values = set(path_values(a.operation, a.exchange.request.path).values())
    if not values or values != set(path_values(b.operation, b.exchange.request.path).values()):
        return False
    values |= {f"{number:f}".partition(".")[0] for value in values if (number := amount(value)) is not None}
    if a.operation is not None and any((a.operation.entity, value) in listed[1 - found[0]] for value in values):
        return False
    row = item_of(a.operation, bodies[found[0]])
    file = bodies[found[0]] is None and len(body(pair[found[0]])) > len("null")
    if file or pair[found[0]].exchange.request.method == "HEAD":
        return True
    told = scalars(row) if row is not None else {}
    refused = bodies[1 - found[0]]
    nameless = bool(told) and not any(pointer.rpartition("/")[2].lower().endswith("id") for pointer in told)
    nameless = nameless and not (isinstance(refused, dict) and set(told) == set(scalars(refused)))
    return nameless or any(str(part) in values for part in told.values())
