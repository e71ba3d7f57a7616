"""How an answer hangs together with its request and with earlier answers of the same side."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import unquote, urlsplit

from mockserver.bundle.operations import Role
from mockserver.compare import effects
from mockserver.compare.difference import Step
from mockserver.compare.documents import Number, kind_of
from mockserver.compare.facts import Fact, property_named, sent, verdict
from mockserver.compare.identity import path_values
from mockserver.compare.lists import entity_of, item_of, key_name, rows_of
from mockserver.compare.normal import alike, instant
from mockserver.probes.base import Contract
from mockserver.store.model import Entity, Model

_WRITES = frozenset({Role.CREATE, Role.UPDATE, Role.REPLACE, Role.UPSERT})
_CLASSES = {
    "without its blanks": "length",
    "with blanks": "length",
    "its beginning": "length",
    "composed otherwise": "unicode form",
    "escaped for HTML": "encoding",
    "the same time in another form": "format",
    "rounded": "precision",
}
Rows = dict[tuple[str, str], dict[str, Any]]


def judge(side: Sequence[Step], bodies: Sequence[Any], contract: Contract) -> Iterator[Fact]:
    """All that a side's answers say of its requests, its other answers and its links."""
    known = _known(side, bodies, contract.model)
    written: dict[tuple[str, str], dict[str, Any]] = {}
    for step, body in zip(side, bodies, strict=True):
        entity = entity_of(step.operation, contract.model)
        item = item_of(step.operation, body)
        if step.operation is None or not _succeeded(step):
            continue
        if item is not None:
            yield from _asked(step, item, entity)
            yield from _location(step, item, entity)
            yield from _written(step, item)
            yield from _kept(step, item, entity, written)
        rows = rows_of(step.operation, body) or ([item] if item is not None else [])
        if entity is not None:
            yield from _copies(step, rows, entity, contract.model, known)
        _remember(step, item, entity, written)
        for key, values in effects.batched(step, body, contract):
            written.setdefault(key, {}).update(values)
    yield from effects.judge(side, bodies, contract)


def _succeeded(step: Step) -> bool:
    return step.exchange.reply is not None and 200 <= step.exchange.reply.status < 300


def _known(side: Sequence[Step], bodies: Sequence[Any], model: Model) -> Rows:
    """Each row that a side showed, as it was shown first, by entity and key."""
    known: Rows = {}
    for step, body in zip(side, bodies, strict=True):
        entity = entity_of(step.operation, model)
        item = item_of(step.operation, body)
        for row in rows_of(step.operation, body) or ([item] if item else []):
            key = key_name(row, entity)
            if entity is not None and key is not None:
                held = known.setdefault((entity.name, str(row.get(key))), {})
                for name, value in row.items():
                    held.setdefault(name, value)
    return known


def _asked(step: Step, item: Mapping[str, Any], entity: Entity | None) -> Iterator[Fact]:
    """Who asks for a row gets that row."""
    operation = step.operation
    values = path_values(operation, step.exchange.request.path)
    key = key_name(item, entity)
    if operation is None or operation.key not in values:
        return
    named = property_named(operation.key, item) or key
    if named is None or isinstance(item.get(named), dict | list | None):
        return
    wanted, got = values[operation.key], str(item[named])
    both = wanted == got or any(str(value) == wanted for value in item.values() if isinstance(value, str))
    yield verdict(
        step,
        "referential",
        "the row asked for",
        both,
        ("that row", "another row"),
        pointer=f"/{named}",
        detail=f"asked for {wanted}, got {got}",
    )


def _location(step: Step, item: Mapping[str, Any], entity: Entity | None) -> Iterator[Fact]:
    """The Location of an answer names the row that it shows."""
    said = step.exchange.reply.header("location") if step.exchange.reply is not None else None
    key = key_name(item, entity)
    if said is None or key is None:
        return
    parts = [unquote(part) for part in re.split(r"[/?=&]", urlsplit(said).path + "?" + urlsplit(said).query)]
    good = str(item[key]) in parts
    yield verdict(
        step,
        "referential",
        "the row that Location names",
        good,
        ("the one shown", "another one"),
        place="header:Location",
    )


def _written(step: Step, item: Mapping[str, Any]) -> Iterator[Fact]:
    """What is written is shown as it was sent."""
    if step.operation is None or step.operation.role not in _WRITES:
        return
    for name, value in (sent(step) or {}).items():
        if name in item:
            same, words = _shows(value, item[name])
            cls = _CLASSES.get(words, "value")
            yield verdict(step, cls, "what was written", same, ("shown as sent", words), pointer=f"/{name}")


def _shows(sent_value: Any, value: Any) -> tuple[bool, str]:
    if isinstance(sent_value, dict):
        if not isinstance(value, dict):
            return False, f"shown as {kind_of(value)}"
        return all(_shows(part, value.get(name))[0] for name, part in sent_value.items() if name in value), "changed"
    if isinstance(sent_value, list):
        good = isinstance(value, list) and len(value) == len(sent_value)
        return good and all(_shows(*pair)[0] for pair in zip(sent_value, value, strict=True)), "changed"
    if isinstance(sent_value, bool) or sent_value is None or isinstance(value, bool):
        return sent_value is value, f"shown as {kind_of(value)}"
    if isinstance(sent_value, int | float):
        good = type(value) is Number and float(value) == float(sent_value)
        if type(value) is not Number:
            return good, f"shown as {kind_of(value)}"
        return good, "rounded" if abs(float(value) - float(sent_value)) < 1 else "changed"
    return bool(sent_value == value), _altered(sent_value, value) if isinstance(value, str) else (
        f"shown as {kind_of(value)}"
    )


def _altered(sent_text: str, text: str) -> str:
    """How a text was changed on its way."""
    if text.strip() == sent_text.strip():
        return "without its blanks" if len(text) < len(sent_text) else "with blanks"
    if text and sent_text.startswith(text):
        return "its beginning"
    if unicodedata.normalize("NFC", text) == unicodedata.normalize("NFC", sent_text):
        return "composed otherwise"
    if html.unescape(text) == sent_text:
        return "escaped for HTML"
    if text.casefold() == sent_text.casefold():
        return "in another case"
    one, other = instant(sent_text), instant(text)
    return "the same time in another form" if one is not None and one == other else "changed"


def _remember(
    step: Step, item: Mapping[str, Any] | None, entity: Entity | None, written: dict[tuple[str, str], dict[str, Any]]
) -> None:
    """What a write left behind, for reads that follow."""
    if step.operation is None or entity is None or step.operation.role not in _WRITES:
        return
    key = str(item[name]) if item is not None and (name := key_name(item, entity)) is not None else ""
    key = key or path_values(step.operation, step.exchange.request.path).get(step.operation.key, "")
    if key:
        written.setdefault((entity.name, key), {}).update(sent(step) or {})


def _kept(
    step: Step, item: Mapping[str, Any], entity: Entity | None, written: Mapping[tuple[str, str], dict[str, Any]]
) -> Iterator[Fact]:
    """What was written is read back."""
    key = key_name(item, entity)
    if entity is None or key is None or step.operation is None or step.operation.role != Role.READ:
        return
    for name, value in written.get((entity.name, str(item[key])), {}).items():
        if name in item:
            same, words = _shows(value, item[name])
            cls = _CLASSES.get(words, "value")
            yield verdict(step, cls, "what was written before", same, ("read back", words), pointer=f"/{name}")


def _copies(step: Step, rows: Sequence[Mapping[str, Any]], entity: Entity, model: Model, known: Rows) -> Iterator[Fact]:
    """A name that a row repeats of another row is that row's name."""
    for copy in entity.copies.values():
        relation = entity.relations.get(copy.relation)
        if relation is None or relation.many or relation.target not in model:
            continue
        told = []
        for row in rows:
            shown_as, column = property_named(copy.name, row), property_named(relation.column, row)
            if shown_as is None or column is None or row[shown_as] is None:
                continue
            other = known.get((model[relation.target].name, str(row[column])))
            parts = [other.get(name) for name in copy.source.split()] if other else [None]
            if all(isinstance(part, str) for part in parts):
                told.append(alike(row[shown_as], " ".join(str(part) for part in parts)))
        if told:
            yield verdict(
                step,
                "referential",
                "the name of the row pointed at",
                all(told),
                ("agrees", "disagrees"),
                pointer=f"/{copy.name}",
                detail=f"{sum(told)} of {len(told)} rows",
            )
