"""The program of a comparison: requests with holes, filled on each side with what that side itself has produced.

A hole stands wherever a value may stand, as an object of one key:

* `{"$row": {"entity": "client", "field": "id", "pick": 0}}`: a field of one of the rows that both sides pick together;
  `"as": "other case"` turns it (`operands.WAYS`), `"put": "{}abc"` puts it into a text; `"else": 9001` is taken where
  no such row is known.
* `{"$from": {"step": 3, "pointer": "/clients/0/id"}}`: a part of an earlier reply of the same side;
  `{"step": 3, "header": "Location"}` takes a header, `{"step": 3, "sent": "/name"}` what was sent then. `"step"` may
  be a step's name.
* `{"$input": "name"}`: something given from outside, by environment.
* `{"$fresh": {"put": "Vehicle {}", "of": 3}}`: a text that no row has yet, the same on both sides, another in each
  round.

Everything else is sent as it is, the same on both sides.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from mockserver.problems import UsageError

HOLES = frozenset({"$row", "$from", "$input", "$fresh"})


class Absent:
    """The body of a request that has none: JSON has no word for it, `null` is a body."""

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT = Absent()


@dataclass(frozen=True, slots=True)
class Template:
    """One request of a program.

    `operation` is a label of the bundle. `path`, `query`, `headers`, `cookies` and `body` hold values or holes.
    `raw` replaces the built request where the point is its bytes: `{"method", "target", "headers", "body"}`, any of
    them; a target may name path parameters as `{id}`, filled from `path`. `actor` is who asks ("" nobody).
    `about` says what for, in words that mean the same on both sides; `kind` groups steps: read, list, search, page,
    order, filter, invalid, boundary, auth, method, negotiation, example, generated, recorded, scenario, write.
    `row`: the pick of `entity/number` that the reply is about, where it is about one. `sequence` names the steps that
    belong together because some of them write. `otherwise`: asked only where no earlier step of its name was taken by
    both sides.
    """

    operation: str
    about: str
    kind: str
    path: Mapping[str, Any] = field(default_factory=dict)
    query: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, Any] = field(default_factory=dict)
    cookies: Mapping[str, Any] = field(default_factory=dict)
    body: Any = ABSENT
    media: str = ""
    raw: Mapping[str, Any] = field(default_factory=dict)
    actor: str = "default"
    name: str = ""
    row: str = ""
    sequence: str = ""
    otherwise: bool = False

    def to_json(self) -> dict[str, Any]:
        """As plain JSON; what is empty is left out."""
        shown = {key: value for key, value in asdict(self).items() if value not in ("", {}, False)}
        shown["body"] = self.body
        if self.body is ABSENT:
            del shown["body"]
        return {**shown, "actor": self.actor}

    @classmethod
    def from_json(cls, data: Mapping[str, Any], place: str = "step") -> Template:
        """The template that `to_json` wrote, or a person; UsageError names what is wrong at `place`."""
        unknown = set(data) - set(cls.__dataclass_fields__)
        if unknown or not isinstance(data.get("operation"), str):
            wrong = f"unknown keys {', '.join(sorted(unknown))}" if unknown else "no `operation`"
            raise UsageError(f"{place}: {wrong}.", f"A step has {', '.join(cls.__dataclass_fields__)}.")
        return cls(**{"about": data["operation"], "kind": "scenario", **data})


@dataclass(frozen=True, slots=True)
class Program:
    """Templates in order. Steps are numbered from 0; the same program always means the same requests."""

    templates: tuple[Template, ...]
    seed: int = 0

    def __add__(self, other: Program) -> Program:
        """Both programs, one after the other; steps of the second that are named by number move along."""
        moved = tuple(_moved(template, len(self.templates)) for template in other.templates)
        return Program((*self.templates, *moved), self.seed)

    def to_json(self) -> dict[str, Any]:
        """As plain JSON."""
        return {"seed": self.seed, "steps": [template.to_json() for template in self.templates]}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Program:
        """The program that `to_json` wrote."""
        steps = [Template.from_json(step, f"step {number}") for number, step in enumerate(data["steps"])]
        return cls(tuple(steps), int(data.get("seed", 0)))


def holes(value: Any) -> Iterator[tuple[str, Any]]:
    """Each hole inside a value, as (kind, what it asks for)."""
    if isinstance(value, Mapping):
        if len(value) == 1 and next(iter(value)) in HOLES:
            yield next(iter(value.items()))
            return
        for inner in value.values():
            yield from holes(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from holes(inner)


def row(
    entity: str, name: str, pick: int = 0, put: str = "", *, way: str = "", otherwise: Any = None
) -> dict[str, Any]:
    """The hole for a field of a row that both sides pick together.

    `way` turns the value, `put` is a text that has it at `{}`, `otherwise` stands in where no such row is known.
    """
    asked = {"entity": entity, "field": name, "pick": pick, "put": put, "as": way, "else": otherwise}
    return {"$row": {key: value for key, value in asked.items() if value not in ("", None)}}


def _moved(template: Template, by: int) -> Template:
    def moved(value: Any) -> Any:
        if isinstance(value, dict):
            if set(value) == {"$from"} and isinstance(value["$from"].get("step"), int):
                return {"$from": {**value["$from"], "step": value["$from"]["step"] + by}}
            return {key: moved(inner) for key, inner in value.items()}
        return [moved(inner) for inner in value] if isinstance(value, list) else value

    plain = json.loads(json.dumps(template.to_json()))
    return Template.from_json(moved(plain))
