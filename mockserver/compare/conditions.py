"""Questions to searches: every operator of `where` on every kind of column, relations, logic, and the orders."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random
from typing import Any

from mockserver.bundle.operations import Operation
from mockserver.compare.program import row
from mockserver.compare.questions import CORE, FURTHER, USUAL, Question, question, shows
from mockserver.probes.base import Contract
from mockserver.probes.pages import entity_of
from mockserver.probes.rows import sized
from mockserver.probes.searching import Column, Search, columns_beyond, search_of
from mockserver.store.model import Field
from mockserver.store.pointing import points_at

_SIZE = 20
_NOBODY = "nobodyKnowsThis"
_EQUALS = ("_eq", "_neq", "_gt", "_gte", "_lt", "_lte")
_PATTERNS: dict[str, tuple[str, ...]] = {
    "_like": ("%a%", "A%", "%e", "_a%", "%\\%%", "a"),
    "_nlike": ("%a%", "A%"),
    "_ilike": ("%A%", "a%", "%E", ""),
    "_nilike": ("%A%",),
    "_regex": ("^[A-M]", "a$", "[0-9]+"),
    "_nregex": ("^[A-M]",),
    "_iregex": ("^[a-m]", "A$"),
    "_niregex": ("^[a-m]",),
    "_similar": ("%(a|e)%",),
    "_nsimilar": ("%(a|e)%",),
}
_DENYING = frozenset({"_neq", "_nin", "_nlike", "_nilike"})  # what SQL says of NULL matters most there
_LIKES = {
    "the text of a row": ("escaped", ""), "a word in another case": ("word in another case", "%{}%"),
    "a letter left open": ("holed", ""), "its beginning": ("beginning", "{}%"), "its end": ("end", "%{}"),
}  # fmt: skip
_EXPRESSIONS = {"a word": ("word", ""), "a word in another case": ("word in another case", "")}
_MATCHING = frozenset({"_like", "_ilike", "_regex", "_iregex"})
_SPECIAL = frozenset(
    {"nothing", "in blanks", "with a blank behind it", "in another case", "letters beyond ASCII", "an empty text",
     "a long text", "a quote", "false", *_LIKES, *_EXPRESSIONS}
)  # fmt: skip
_KEYED: dict[str, Any] = {"_has_key": "name", "_has_keys_any": ["name", "id"], "_has_keys_all": ["name"]}
_TEXTS = {
    "letters beyond ASCII": "Größe 東京",
    "an empty text": "",
    "a long text": "long " * 60,
    "a quote": 'O\'Hara "x"',
}
_AMID: dict[str, Any] = {"number": 100, "moment": "2024-06-30T12:00:00Z", "day": "2024-06-30", "text": "M"}


def searches(contract: Contract, operation: Operation, dice: Random) -> Iterator[Question]:
    """Questions to a search; none where it takes no conditions of the style that is understood."""
    search = search_of(contract, operation)
    if search is None:
        return
    yield from _orders(contract, operation, search, dice)
    yield from _plain(contract, operation, search, dice)
    yield from _beyond(contract, operation, search, dice)
    yield from _joined(contract, operation, search, dice)


def _ask(
    contract: Contract, operation: Operation, search: Search, about: str, where: Any, *,
    sort: str, rank: int = USUAL, valid: bool | None = True,
) -> Question:  # fmt: skip
    inputs = {**sized(operation, _fits(operation, _SIZE)), search.where: where}
    if search.order and search.keys:
        first = next((key for key in search.keys if _is_key(contract, operation, key)), None)
        if first is not None:
            inputs[search.order] = search.sorting((first.name, "asc"))
    return question(contract, operation, about, "filter", inputs, sort=sort, rank=rank, valid=valid)


def _is_key(contract: Contract, operation: Operation, column: Column) -> bool:
    entity = entity_of(contract, operation)
    return entity is not None and column.shown == entity.key


def _fits(operation: Operation, size: int) -> int:
    paging = operation.paging
    return min(size, paging.max_size) if paging is not None and paging.max_size else size


def _orders(contract: Contract, operation: Operation, search: Search, dice: Random) -> Iterator[Question]:
    keys = list(search.keys)
    dice.shuffle(keys)

    def ask(about: str, steps: Sequence[tuple[str, str]], sort: str, valid: bool | None, rank: int) -> Question:
        inputs = {**sized(operation, _fits(operation, 50)), search.order: search.sorting(*steps)}
        return question(contract, operation, about, "order", inputs, sort=sort, valid=valid, rank=rank)

    for number, key in enumerate(keys):
        promised = True if key.declared else None
        for way in search.directions:
            plain = way in ("asc", "desc")
            rank = CORE if plain and number == 0 else USUAL if number == 1 else FURTHER
            nulls = " with nulls" if _nullable(contract, operation, key) else ""
            sort = f"order {way} by {_kind(contract, operation, key)}{nulls}"
            yield ask(f"ordered by {key.name} {way}", [(key.name, way)], sort, promised, rank)
    for one, other in zip(keys[::2], keys[1::2], strict=False):
        steps = [(one.name, "desc"), (other.name, "asc")]
        promised = True if one.declared and other.declared else None
        yield ask(f"ordered by {one.name}, then {other.name}", steps, "order by two", promised, FURTHER)
    if search.listed and search.order:
        yield ask("ordered by nothing", [], "order by none", True, FURTHER)


def _plain(contract: Contract, operation: Operation, search: Search, dice: Random) -> Iterator[Question]:
    columns = list(search.columns)
    dice.shuffle(columns)
    asked: set[tuple[str, str, str]] = set()
    for column in columns:
        for operator in column.operators:
            for what, value in _operands(contract, operation, column, operator):
                special = what if what in _SPECIAL else ""
                first = (operator, column.kind, special) not in asked
                core = operator == "_eq" and what == "that of a row"
                asked.add((operator, column.kind, special))
                about = f"{column.name} {operator} {what}"
                condition = {column.name: {operator: value}}
                sort = "filter by a row" if core and first else _sort(contract, operation, column, operator, what)
                rank = CORE if core and first else USUAL if first else FURTHER
                told = True if column.declared and "?" not in what else None
                yield _ask(contract, operation, search, about, condition, sort=sort, rank=rank, valid=told)


def _sort(contract: Contract, operation: Operation, column: Column, operator: str, what: str) -> str:
    """The class of a condition; a special operand, and one that NULL does not match, have classes of their own."""
    special = f" {what}" if what in _SPECIAL else ""
    nulls = " with nulls" if operator in _DENYING and _nullable(contract, operation, column) else ""
    return f"{operator} {column.kind}{special}{nulls}"


def _field(contract: Contract, operation: Operation, column: Column) -> Field | None:
    """What the entity says of a column."""
    entity = entity_of(contract, operation)
    return entity.fields.get(entity.spelled(column.shown) or "") if entity is not None else None


def _kind(contract: Contract, operation: Operation, column: Column) -> str:
    """The kind of a column; whole numbers, which are mostly ids, are told from others."""
    field = _field(contract, operation, column)
    return field.type if field is not None and column.kind == "number" else column.kind


def _nullable(contract: Contract, operation: Operation, column: Column) -> bool:
    field = _field(contract, operation, column)
    return field is None or field.nullable


def _operands(contract: Contract, operation: Operation, column: Column, operator: str) -> Iterator[tuple[str, Any]]:
    """Operands of an operator, each with its words; a `?` in these says that the bundle promises nothing."""
    entity = operation.entity or ""
    hole = row(entity, column.shown) if shows(contract, entity) else None
    if operator == "_is_null":
        yield from (("true", True), ("false", False))
    elif operator in _PATTERNS:
        if hole is not None and operator in _MATCHING:
            yield from _matching(entity, column, operator)
        yield from ((f"`{pattern}`", pattern) for pattern in _PATTERNS[operator])
    elif operator in ("_in", "_nin"):
        if hole is not None:
            yield "the values of two rows", [hole, row(entity, column.shown, 1)]
            yield "that of a row", [hole]
            if column.kind == "text":
                yield "in another case", [row(entity, column.shown, way="other case")]
        yield "nothing", []
    elif operator in _KEYED:
        yield "a key?", _KEYED[operator]
    elif operator in ("_contains", "_contained_in"):
        if hole is not None:
            yield "that of a row?", hole
    elif operator in _EQUALS:
        yield from _compared(contract, operation, column, operator, hole)


def _matching(entity: str, column: Column, operator: str) -> Iterator[tuple[str, str | dict[str, Any]]]:
    """Patterns made of what a row says: whole, with a part of it, in another case, with a letter left open."""
    ways = _EXPRESSIONS if "regex" in operator else _LIKES
    for what, (way, put) in ways.items():
        yield what, row(entity, column.shown, way=way, put=put)


def _compared(
    contract: Contract, operation: Operation, column: Column, operator: str, hole: Any
) -> Iterator[tuple[str, Any]]:
    if column.kind == "boolean":
        yield from (("true", True), ("false", False)) if operator in ("_eq", "_neq") else ()
        return
    if hole is not None:
        yield "that of a row", hole
    if operator == "_eq" and column.kind == "text":
        if hole is not None:
            yield "in another case", row(operation.entity or "", column.shown, way="other case")
            yield "in blanks", row(operation.entity or "", column.shown, put=" {} ")
            yield "with a blank behind it", row(operation.entity or "", column.shown, put="{} ")
        yield from _TEXTS.items()
    if hole is not None and column.kind == "moment":
        yield "the day of a row?", row(operation.entity or "", column.shown, way="day")
    if operator not in ("_eq", "_neq"):
        if column.kind in _AMID:
            yield "a fixed value", _AMID[column.kind]
        return
    field = _field(contract, operation, column)
    values = (field.values or field.seen) if field is not None else ()
    for value in values[:6] if column.kind == "text" else ():
        if isinstance(value, str):
            yield f"`{value}`", value
    if values and isinstance(values[0], str) and operator == "_eq" and column.kind == "text":
        yield f"`{values[0].swapcase()}`?", values[0].swapcase()
    target = points_at(contract.model, column.shown)
    if target is not None and target in contract.model and shows(contract, target):
        yield f"the id of a {target}", row(target, contract.model[target].key)


def _beyond(contract: Contract, operation: Operation, search: Search, dice: Random) -> Iterator[Question]:
    """Conditions on related rows."""
    for relation, spot in search.relations:
        listings = [o for o in contract.bundle.operations if o.entity == relation.target and o.shape.rows is not None]
        columns = [c for each in listings[:1] for c in columns_beyond(contract, each, spot)]
        dice.shuffle(columns)
        sort = f"beyond to {'many' if relation.many else 'one'}"
        for column in columns[:4]:
            for operator in ("_eq", "_is_null", "_ilike"):
                operands = {"_is_null": False, "_ilike": "%a%", "_eq": row(relation.target, column.shown)}
                if operator in column.operators:
                    about = f"{relation.name}.{column.name} {operator}"
                    where = {relation.name: {column.name: {operator: operands[operator]}}}
                    yield _ask(contract, operation, search, about, where, sort=f"{sort} {operator}")
        yield _ask(contract, operation, search, f"any {relation.name}", {relation.name: {}}, sort=sort, valid=None)


def _joined(contract: Contract, operation: Operation, search: Search, dice: Random) -> Iterator[Question]:
    """Logic: `_and`, `_or`, `_not`, two columns at once, two operators at once, and no condition at all."""
    columns = [column for column in search.columns if "_is_null" in column.operators]
    dice.shuffle(columns)
    if len(columns) < 2:
        return
    promised = True if columns[0].declared else None
    one, other = ({column.name: {"_is_null": flag}} for column, flag in zip(columns, (True, False), strict=False))
    asked: dict[str, Any] = {"two columns": {**one, **other}, "no condition": {}}
    for logic in sorted(search.logic):
        asked[f"`{logic}`"] = one if logic == "_not" else [one, other]
        asked[f"`{logic}`"] = {logic: asked[f"`{logic}`"]}
        if logic != "_not":
            asked[f"`{logic}` of nothing"] = {logic: []}
    entity, denied = operation.entity or "", [c for c in columns if "_eq" in c.operators and c.kind != "boolean"]
    denied = sorted(denied, key=lambda column: not _nullable(contract, operation, column))
    if "_not" in search.logic and denied and shows(contract, entity):
        asked["`_not` that of a row"] = {"_not": {denied[0].name: {"_eq": row(entity, denied[0].shown)}}}
    if {"_and", "_or", "_not"} <= search.logic:
        asked["logic in logic"] = {"_not": {"_or": [one, {"_and": [other, {"_not": one}]}]}}
    ranged = next((c for c in search.columns if c.kind == "number" and {"_gte", "_lte"} <= c.operators.keys()), None)
    if ranged is not None:
        asked["two operators"] = {ranged.name: {"_gte": 1, "_lte": 10_000}}
    yield from _unknown(contract, operation, search, columns[0])
    for what, where in asked.items():
        yield _ask(contract, operation, search, what, where, sort=what, valid=promised)


def _unknown(contract: Contract, operation: Operation, search: Search, column: Column) -> Iterator[Question]:
    """Columns, operators and ways to sort that nobody declared, and operands of another kind."""
    wrong: dict[str, Any] = {
        "an unknown column": {_NOBODY: {"_eq": 1}}, "an unknown operator": {column.name: {f"_{_NOBODY}": 1}},
        "an operator without its sign": {column.name: {"eq": 1}}, "a bare operand": {column.name: 1},
        "an unknown column beside one": {column.name: {"_is_null": False}, _NOBODY: {"_eq": 1}},
    }  # fmt: skip
    for what, where in wrong.items():
        yield _ask(contract, operation, search, what, where, sort=what, valid=None)
    if not search.order:
        return
    way = search.directions[0]
    orders = {
        "ordered by an unknown column": [(_NOBODY, way)], "ordered in an unknown way": [(column.name, "sideways")],
        "ordered in capitals": [(column.name, way.upper())],
    }  # fmt: skip
    for what, steps in orders.items():
        inputs = {**sized(operation, _fits(operation, _SIZE)), search.order: search.sorting(*steps)}
        yield question(contract, operation, what, "order", inputs, sort=what, valid=None)
