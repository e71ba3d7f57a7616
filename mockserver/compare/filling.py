"""Filling: a template and what one side has shown become the request that this side is sent."""

from __future__ import annotations

import base64
import json
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import unquote, urlsplit

from mockserver.bundle.operations import Operation
from mockserver.compare.difference import Step
from mockserver.compare.documents import plain, read
from mockserver.compare.operands import turned
from mockserver.compare.pools import cell
from mockserver.compare.program import ABSENT, HOLES, Template, holes
from mockserver.compare.rows import Pairs
from mockserver.environments import requests
from mockserver.environments.bodies import as_text, escaped
from mockserver.exchanges import Headers, Request

_NAME = re.compile(r"\{([^{}]+)\}")
_PLACES = ("path", "query", "headers", "cookies", "body", "raw")


@dataclass(frozen=True, slots=True)
class Unfilled:
    """A template that cannot be filled, and why; `answered`: an earlier step was answered, but without the value."""

    reason: str
    answered: bool = False


@dataclass(slots=True)
class SideState:
    """What the holes of one side are filled from.

    `at` is 0 for side A, 1 for side B. `steps` are this side's answers so far, by number and by name. `inputs` are what
    was given for this environment. `fresh` is the number of this round, for texts that no row has yet.
    """

    at: int
    name: str
    pairs: Pairs
    inputs: Mapping[str, Any] = field(default_factory=dict)
    steps: dict[int | str, Step] = field(default_factory=dict)
    fresh: int = 100_000


class _Hole(Exception):
    """A hole for which there is nothing; its text says why."""


class _Nothing(_Hole):
    """An earlier step was answered without what is wanted."""


def fill(template: Template, operation: Operation, state: SideState) -> Request | Unfilled:
    """The request of a template for one side; Unfilled says which value the side lacks.

    A `Location` that fills a path parameter gives its last segment. What `raw` says replaces what would be built; a
    header of it that is null is left out.
    """
    needs = needed(template)
    try:
        values = {place: _resolved(getattr(template, place), state, needs, place) for place in _PLACES}
    except _Hole as missing:
        return Unfilled(str(missing), isinstance(missing, _Nothing))
    raw = values.pop("raw")
    body = values.pop("body")
    if body is ABSENT:
        body = requests.ABSENT
    if "body" in raw:
        body = _bytes(raw["body"])
    if "target" in raw:  # the values of its path are put in below
        values["path"] = {**dict.fromkeys(_NAME.findall(operation.path), "-"), **values["path"]}
    try:
        built = requests.build(operation, **values, body=body, media=template.media or None)
    except ValueError as error:
        return Unfilled(str(error))
    return _overridden(built, raw, _resolved(template.path, state, needs, "path")) if raw else built


def needed(template: Template) -> dict[tuple[str, int], frozenset[str]]:
    """The fields that a template needs of each pick, as {(entity, number): fields}."""
    found: dict[tuple[str, int], set[str]] = defaultdict(set)
    for place in _PLACES:
        for kind, asked in holes(getattr(template, place)):
            if kind == "$row":
                found[str(asked["entity"]), int(asked.get("pick", 0))].add(str(asked["field"]))
    if template.row:
        entity, _, number = template.row.partition("/")
        found[entity, int(number or 0)] |= set()
    return {place: frozenset(fields) for place, fields in found.items()}


def rows_asked_for(template: Template, operation: Operation | None, state: SideState) -> frozenset[str]:
    """The keys of the operation's own rows whose values stand in the inputs of a request."""
    model = state.pairs.contract.model
    if operation is None or operation.entity is None or operation.entity not in model:
        return frozenset()
    needs, found = needed(template), set()
    for kind, asked in (each for place in ("query", "body") for each in holes(getattr(template, place))):
        entity = model.aliases.get(str(asked["entity"]), str(asked["entity"])) if kind == "$row" else ""
        if entity == operation.entity:
            number = int(asked.get("pick", 0))
            pick = state.pairs.pick(entity, number, needs[str(asked["entity"]), number])
            key = cell((pick.a, pick.b)[state.at], model[entity].key) if not isinstance(pick, str) else None
            found |= {str(key)} if key is not None else set()
    return frozenset(found)


def sources(template: Template) -> list[int | str]:
    """The earlier steps that a template takes something from, by number or name."""
    asked = [asked for place in _PLACES for kind, asked in holes(getattr(template, place)) if kind == "$from"]
    return list(dict.fromkeys(each["step"] for each in asked))


def is_fresh(template: Template) -> bool:
    """Whether a template has a text that is another in each round."""
    return any(kind == "$fresh" for place in _PLACES for kind, _ in holes(getattr(template, place)))


def _resolved(value: Any, state: SideState, needs: Mapping[tuple[str, int], frozenset[str]], place: str) -> Any:
    if isinstance(value, Mapping):
        if len(value) == 1 and next(iter(value)) in HOLES:
            kind, asked = next(iter(value.items()))
            if kind == "$row":
                return _of_row(asked, state, needs)
            if kind == "$fresh":
                return str(asked["put"]).replace("{}", f"{state.fresh}{int(asked['of']):03d}")
            return _of_step(asked, state, place) if kind == "$from" else _of_input(str(asked), state)
        return {name: _resolved(part, state, needs, place) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_resolved(part, state, needs, place) for part in value]
    return value


def _of_row(asked: Mapping[str, Any], state: SideState, needs: Mapping[tuple[str, int], frozenset[str]]) -> Any:
    entity, number = str(asked["entity"]), int(asked.get("pick", 0))
    pick = state.pairs.pick(entity, number, needs[entity, number])
    if isinstance(pick, str):
        if "else" in asked:
            return asked["else"]
        raise _Hole(pick)
    value = plain(cell((pick.a, pick.b)[state.at], str(asked["field"])))
    value = turned(value, str(asked["as"])) if "as" in asked else value
    return str(asked["put"]).replace("{}", as_text(value)) if "put" in asked else value


def _of_step(asked: Mapping[str, Any], state: SideState, place: str) -> Any:
    step = state.steps.get(asked["step"])
    reply = step.exchange.reply if step is not None else None
    if step is None or reply is None:
        raise _Hole(f"{state.name} gave no answer to step {asked['step']}")
    if "sent" in asked:
        return _at(json.loads(step.exchange.request.body or b"null"), str(asked["sent"]))
    if "header" in asked:
        text = reply.header(str(asked["header"]))
        if text is None:
            raise _Nothing(
                f"the answer of {state.name} to step {asked['step']} ({reply.status}) has no {asked['header']}"
            )
        return _last_segment(text) if place == "path" and "/" in text else text
    value = _at(read(reply).value, str(asked.get("pointer", "")))
    if value is None:
        where = asked.get("pointer", "") or "in its body"
        raise _Nothing(f"the answer of {state.name} to step {asked['step']} ({reply.status}) has nothing at {where}")
    return plain(value)


def _at(value: Any, pointer: str) -> Any:
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(value, list) and name.isdigit() and int(name) < len(value):
            value = value[int(name)]
        elif isinstance(value, dict) and name in value:
            value = value[name]
        else:
            return None
    return value


def _of_input(name: str, state: SideState) -> Any:
    if name not in state.inputs:
        raise _Hole(f"no input {name!r} is given for {state.name}")
    return state.inputs[name]


def _last_segment(link: str) -> str:
    return unquote(urlsplit(link).path.rstrip("/").rpartition("/")[2])


def _bytes(body: Any) -> bytes:
    """The bytes that `raw` wants sent: a text, `{"base64": ...}`, or JSON."""
    if isinstance(body, bytes):
        return body
    if isinstance(body, str):
        return body.encode("utf-8", "surrogatepass")
    if isinstance(body, Mapping) and set(body) == {"base64"}:
        return base64.b64decode(body["base64"])
    return json.dumps(body, ensure_ascii=False).encode("utf-8")


def _overridden(request: Request, raw: Mapping[str, Any], path: Mapping[str, Any]) -> Request:
    target = request.target
    if "target" in raw:
        target = str(raw["target"])
        for name, value in path.items():
            target = target.replace(f"{{{name}}}", escaped(as_text(value)))
    return replace(
        request,
        method=str(raw.get("method", request.method)),
        target=target,
        headers=_headers(request.headers, raw.get("headers", {})),
    )


def _headers(built: Headers, given: Any) -> Headers:
    """The built headers with those of `raw` in their stead: `{name: text or null}`, or pairs for doubled names."""
    pairs = list(given.items()) if isinstance(given, Mapping) else [(str(name), value) for name, value in given]
    named = {str(name).lower() for name, _ in pairs}
    kept = tuple(pair for pair in built if pair[0].lower() not in named)
    added = ((str(name), str(value)) for name, value in pairs if value is not None)
    return (*kept, *((name, value.encode("utf-8", "surrogatepass").decode("latin-1")) for name, value in added))
