"""What a search takes: the columns of its `where` with their operators, its relations, its sort keys; and operands.

Recognised by what the bundle declares (operators and logic that start with `_`), so any bundle of that style will do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from mockserver.bundle.operations import Operation
from mockserver.bundle.reading import Spot
from mockserver.probes.base import Contract
from mockserver.probes.filtering import UNDERSTOOD, Doubt, Kind, Rules, moment
from mockserver.probes.pages import Row, body_inputs, cell, entity_of, row_members
from mockserver.store.columns import CONDITIONS, ORDERS, is_comparison, is_condition, is_glimpse
from mockserver.store.model import Field, Relation, normal
from mockserver.store.sampling import valid

_EVERY = ("_eq", "_neq", "_gt", "_gte", "_lt", "_lte", "_in", "_nin", "_is_null")
_TEXTUAL = ("_like", "_nlike", "_ilike", "_nilike", "_regex")
_WORD = re.compile(r"[A-Za-z0-9]{2,}")
_ESCAPED = re.compile(r"([\\%_])")


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a `where`: how a row shows it, and which operators it takes, each with its operand's schema.

    `declared`: the bundle names it, so that refusing it would be a fault; else it was taken from the rows.
    """

    name: str
    shown: str
    kind: Kind
    operators: Mapping[str, Spot | None]
    declared: bool = True


@dataclass(frozen=True, slots=True)
class Search:
    """How a search is asked: the names of its inputs, its columns and relations, and the keys it sorts by.

    `directions` are the declared ones of `orderBy` (asc, desc, and maybe asc_nulls_first and the like).
    """

    where: str
    order: str
    columns: tuple[Column, ...]
    relations: tuple[tuple[Relation, Spot], ...]
    keys: tuple[Column, ...]
    directions: tuple[str, ...] = ("asc", "desc")
    logic: frozenset[str] = frozenset({"_and", "_or", "_not"})
    listed: bool = True

    @property
    def rules(self) -> Rules:
        """How the interpreter reads conditions on the columns."""
        return Rules({c.name: c.kind for c in self.columns}, {c.name: c.shown for c in self.columns})

    def sorting(self, *steps: tuple[str, str]) -> Any:
        """The value of the order input for (column, direction) steps."""
        return [{name: way} for name, way in steps] if self.listed else dict(steps)


def search_of(contract: Contract, operation: Operation) -> Search | None:
    """How an operation is searched; None where it takes no `where` of this style."""
    inputs = body_inputs(contract, operation)
    where = next((name for name, spot in inputs.items() if _is_where(contract, name, spot)), None)
    if where is None:
        return None
    reader, members = contract.bundle.reader, contract.bundle.reader.members(inputs[where])
    order = next(
        (name for name, spot in inputs.items() if normal(name) in ORDERS and reader.kind(spot) != "string"), ""
    )
    shown = row_members(contract, operation)
    columns = tuple(_columns(contract, operation, members, shown))
    keys = reader.items(inputs[order]) or inputs[order] if order else None
    sortable = reader.members(keys) if keys is not None else {}
    ways = {name: reader.keyword(spot, "enum") for name, spot in sortable.items()}
    known = {c.name: c for c in (*columns, *_undeclared(contract, operation, shown))}
    entity = entity_of(contract, operation)
    relations = entity.relations if entity is not None else {}
    return Search(
        where,
        order,
        columns,
        tuple((relations[n], spot) for n, spot in members.items() if n in relations and _leads(contract, spot)),
        tuple(c for n, c in known.items() if c.kind != "json" and (n in sortable or (not sortable and order))),
        next((tuple(each) for each in ways.values() if isinstance(each, list)), ("asc", "desc")),
        frozenset(name for name in ("_and", "_or", "_not") if name in members or not members),
        not order or reader.kind(inputs[order]) == "array",
    )


def _is_where(contract: Contract, name: str, spot: Spot) -> bool:
    reader = contract.bundle.reader
    if normal(name) not in CONDITIONS or reader.kind(spot) not in ("object", ""):
        return False
    members = reader.members(spot)
    return (
        is_condition(reader, spot)
        or any(is_comparison(reader, member) for member in members.values())
        or (not members and normal(name) == "where")
    )


def _leads(contract: Contract, spot: Spot) -> bool:
    return is_condition(contract.bundle.reader, spot) or is_glimpse(contract.bundle.reader, spot)


def _columns(
    contract: Contract, operation: Operation, members: Mapping[str, Spot], shown: Mapping[str, Spot]
) -> Iterator[Column]:
    """Those that rows show: of the others nothing can be judged."""
    reader = contract.bundle.reader
    compared = {name: spot for name, spot in members.items() if is_comparison(reader, spot)}
    if not compared:
        yield from _undeclared(contract, operation, shown)
    for name, spot in compared.items():
        place = spelled(name, shown)
        if place is None:
            continue
        operators = {each: below for each, below in reader.members(spot).items() if each in UNDERSTOOD}
        kind = _kind(contract, operation, name, shown[place], operators)
        if kind is not None:
            yield Column(name, place, kind, operators)


def spelled(name: str, shown: Mapping[str, Any]) -> str | None:
    """The name under which a row shows a column, whatever the spelling."""
    if name in shown:
        return name
    plain = normal(name)
    return next((other for other in shown if normal(other) == plain), None)


def _undeclared(contract: Contract, operation: Operation, shown: Mapping[str, Spot]) -> Iterator[Column]:
    """The scalar columns of the rows, with the operators that each kind of column has in this style."""
    entity = entity_of(contract, operation)
    for name, spot in shown.items():
        if entity is None or entity.spelled(name) not in entity.fields or contract.bundle.reader.kind(spot) == "array":
            continue
        kind = _kind(contract, operation, name, spot, {})
        if kind is not None and kind != "json":
            names = _EVERY + (_TEXTUAL if kind == "text" else ())
            yield Column(name, name, kind, dict.fromkeys(names), declared=False)


def _kind(
    contract: Contract, operation: Operation, name: str, spot: Spot, operators: Mapping[str, Spot | None]
) -> Kind | None:
    """The kind of a column; None where what rows show of it is not what is compared (a moment shown as a day)."""
    reader, entity = contract.bundle.reader, entity_of(contract, operation)
    known: Field | None = entity.fields.get(entity.spelled(name) or "") if entity is not None else None
    form = known.format if known is not None else ""
    shown_form, kind = str(reader.keyword(spot, "format") or ""), reader.kind(spot)
    if kind in ("object", "array") or "_contains" in operators or "_has_key" in operators:
        return "json" if kind in ("object", "array", "") else None
    if form == "date-time" or shown_form == "date-time":
        return "moment" if shown_form != "date" else None
    if shown_form == "date":
        return "day"
    operand = operators.get("_eq")
    wanted = reader.kind(operand) if operand is not None else kind
    if {wanted, kind} <= {"integer", "number"}:
        return "number"
    if wanted != kind:
        return None
    return "text" if kind == "string" else "boolean" if kind == "boolean" else None


# -- operands --


def operand(contract: Contract, column: Column, operator: str, values: Sequence[Any], dice: Random) -> Any:
    """An operand taken from the values that rows have, so that it tells some of them from others; None: none fits."""
    known = [value for value in values if value is not None and _comparable(column.kind, value)]
    if operator == "_is_null":  # where no value is null, asking for nulls tells most
        made: Any = None not in values or dice.random() < 0.5
    else:
        made = _made(column.kind, operator, known, dice)
    spot = column.operators.get(operator)
    if made is None or (spot is not None and not valid(made, spot.node, contract.bundle)):
        return None
    return made


def _comparable(kind: Kind, value: Any) -> bool:
    try:
        return kind != "moment" or moment(value) is not None
    except Doubt:
        return False


def _made(kind: Kind, operator: str, known: Sequence[Any], dice: Random) -> Any:
    if not known:
        return None
    value = dice.choice(known)
    if operator in ("_in", "_nin"):
        return [dice.choice(known) for _ in range(dice.randint(1, 3))]
    if kind == "json":
        return _inside(operator, value)
    if operator in ("_eq", "_neq", "_gt", "_gte", "_lt", "_lte"):
        return value
    return _pattern(operator, value, dice) if isinstance(value, str) else None


def _inside(operator: str, value: Any) -> Any:
    """Something about a JSON value: one of its keys or elements."""
    first = next(iter(value), None) if isinstance(value, dict | list) else value
    if operator in ("_has_keys_any", "_has_keys_all"):
        return [first, "no such key"][: 2 if operator == "_has_keys_any" else 1] if isinstance(first, str) else None
    if operator == "_has_key":
        return first if isinstance(first, str) else None
    if operator == "_contains" and first is not None:
        return {first: value[first]} if isinstance(value, dict) else [first]
    return value


def _pattern(operator: str, value: str, dice: Random) -> str | None:
    """A pattern that matches the value, and maybe others; of letters and digits alone where dialects differ."""
    words = _WORD.findall(value)
    if not words:
        return None
    word = dice.choice(words)
    if "ilike" in operator or "iregex" in operator:
        word = word.swapcase()
    if "like" in operator:
        text = "".join("_" if at == 1 and dice.random() < 0.3 else c for at, c in enumerate(word))
        whole = _ESCAPED.sub(r"\\\1", value if operator in ("_like", "_nlike") else value.swapcase())
        return dice.choice(
            (f"%{text}%", f"%{text}%", f"{word}%", f"%{word}", whole if value.isascii() else f"%{word}%")
        )
    if "similar" in operator:
        return f"%({word}|zzzz)%"
    return dice.choice((word, f"^{word}", f"{word}$", f"{word[0]}.*{word[-1]}", f"[{word[0]}]{word[1:]}"))


def columns_beyond(contract: Contract, target: Operation, condition: Spot) -> tuple[Column, ...]:
    """The columns of a condition on related rows, as a list of those shows them."""
    members = contract.bundle.reader.members(condition)
    if not any(is_comparison(contract.bundle.reader, member) for member in members.values()):
        return ()
    return tuple(_columns(contract, target, members, row_members(contract, target)))


def shown_columns(contract: Contract, operation: Operation) -> dict[str, Column]:
    """The scalar columns that the rows of a list show, by name."""
    return {column.name: column for column in _undeclared(contract, operation, row_members(contract, operation))}


def values_of(rows: Sequence[Row], column: Column) -> list[Any]:
    """What rows show in a column."""
    return [cell(row, column.shown) for row in rows]
