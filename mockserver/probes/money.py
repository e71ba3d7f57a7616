"""Judges of numbers that count money: decimals, the traces of binary arithmetic, the declared type."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from decimal import Decimal as Exact
from decimal import InvalidOperation
from typing import Any

from mockserver.bundle.nouns import words
from mockserver.bundle.operations import Operation
from mockserver.exchanges import Exchange
from mockserver.findings import Severity
from mockserver.probes.base import Contract, Fault, Judge
from mockserver.probes.bodies import Decimal, answers
from mockserver.probes.formats import Check, each_reading, each_value, shown
from mockserver.probes.senses import Meaning, Sense, dotted, found_in

_MONEY = frozenset(
    "amount amounts price cost costs fee fees balance revenue salary subtotal tax charge credit debit discount payment "
    "paid owed outstanding turnover budget total refund tip wage income expense profit".split()
)
_NONE = frozenset(
    "rate rates percent percentage ratio factor hours quantity units count id number score tokens bytes size items "
    "pages rows days index seconds ms time at date currency status type name code method terms".split()
)
_FORMATS = frozenset(("decimal", "money", "currency"))
_CENTS = 2
_MANY = 12  # decimals that nobody writes
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?\Z")


def is_money(name: str, meaning: Meaning) -> bool:
    """Whether a property counts money: by its format, or by the words of its name."""
    if any(said in _FORMATS for said, _ in meaning.keyword("format")):
        return True
    found = set(words(name))
    return bool(_MONEY & found) and not _NONE & found


def decimals(text: str) -> int:
    """How many decimals a written number has, its exponent counted in."""
    try:
        exponent = Exact(text).normalize().as_tuple().exponent
    except InvalidOperation:
        return 0
    return max(0, -exponent) if isinstance(exponent, int) else 0


def is_binary(text: str, value: float) -> bool:
    """Whether a number is a short decimal but for what binary arithmetic left behind: 0.30000000000000004, 1.1e-17."""
    if not math.isfinite(value) or decimals(text) < _MANY:
        return False
    near = round(value, _MANY - 2)
    return decimals(repr(near)) <= _MANY // 2 and near != value


def _cents(contract: Contract, operation: Operation, exchange: Exchange) -> Iterator[Fault]:
    yield from _judged(contract, operation, exchange, "cents", _decimals)


def _binary(contract: Contract, operation: Operation, exchange: Exchange) -> Iterator[Fault]:
    yield from _judged(contract, operation, exchange, "binary", _traces)


def _types(contract: Contract, operation: Operation, exchange: Exchange) -> Iterator[Fault]:
    yield from _judged(contract, operation, exchange, "money type", _type)


def _judged(contract: Contract, operation: Operation, exchange: Exchange, memo: str, make: Any) -> Iterator[Fault]:
    reply = answers(contract, operation, exchange)
    if reply is None:
        return
    for why, schema, value, trail in each_value(found_in(contract, operation, reply), memo, make):
        yield Fault(f"`{dotted(trail)}` {why}", shown(value, trail), schema)


def _decimals(sense: Sense, name: str) -> Check | None:
    def make(meaning: Meaning) -> Check | None:
        if not is_money(name, meaning):
            return None
        most = max([_CENTS, *(_written(shown) for listed, _ in meaning.keyword("examples") for shown in listed)])
        if any(True for word in ("multipleOf", "pattern") for _ in meaning.keyword(word)):
            return None  # then the schema says it

        def check(value: Any) -> tuple[str, str] | None:
            text = _text(value)
            if text is None or (type(value) is Decimal and is_binary(text, value)):
                return None  # the traces of binary arithmetic are said apart
            if decimals(text) > most:
                return f"has more than {most} decimals", meaning.spots[0].pointer
            return None

        return check

    return each_reading(sense, make)


def _traces(sense: Sense, name: str) -> Check | None:
    def make(meaning: Meaning) -> Check | None:
        money = is_money(name, meaning)

        def check(value: Any) -> tuple[str, str] | None:
            if type(value) is Decimal:
                if is_binary(value.text, value):
                    return "shows the traces of binary arithmetic", meaning.spots[0].pointer
                if money and "e" in value.text.lower():
                    return "counts money in exponent form", meaning.spots[0].pointer
            return None

        return check

    return each_reading(sense, make)


def _type(sense: Sense, name: str) -> Check | None:
    def make(meaning: Meaning) -> Check | None:
        kinds = meaning.kinds
        if kinds is None or not is_money(name, meaning):
            return None

        def check(value: Any) -> tuple[str, str] | None:
            if type(value) is str and "string" not in kinds and _NUMBER.match(value):
                return "is declared as a number, but sent as text", meaning.spots[0].pointer
            if type(value) in (int, Decimal) and not kinds & {"number", "integer"} and "string" in kinds:
                return "is declared as text, but sent as a number", meaning.spots[0].pointer
            return None

        return check

    return each_reading(sense, make)


def _text(value: Any) -> str | None:
    if type(value) is Decimal:
        return value.text
    return value if type(value) is str and _NUMBER.match(value) else None


def _written(value: Any) -> int:
    return decimals(str(value)) if isinstance(value, (float, str)) else 0


JUDGES = (
    Judge("cents", "MS210", "money has at most two decimals", _cents, Severity.WARNING),
    Judge("binary-traces", "MS211", "numbers show no traces of binary arithmetic", _binary),
    Judge("money-types", "MS212", "money is sent as the declared type", _types),
)
