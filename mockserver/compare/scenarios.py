"""Scenarios written by hand: a small YAML of steps, or Arazzo 1.0 workflows, read as programs.

The YAML has a `name` and `steps`. A step has `operation` (an operationId, or `GET /clients/{id}`), and as it needs:
`path`, `query`, `headers`, `cookies`, `body`, `media`, `raw`, `actor`, `about`, `name`, `row`. `save: {clientId: /id}`
keeps a part of the answer, by JSON pointer or as `{header: Location}`. A value that is `${clientId}` is what was saved,
or where no step saved it what is given from outside, by environment. The holes of `program.py` may stand there too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from mockserver.bundle.operations import Operation
from mockserver.compare import arazzo
from mockserver.compare.program import Program, Template, holes
from mockserver.probes.base import Contract
from mockserver.problems import UsageError, did_you_mean

_SAVED = re.compile(r"\$\{([A-Za-z_][\w.-]*)\}")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Scenario:
    """A program read from a file, and what of the file has no meaning in a comparison."""

    name: str
    program: Program
    notes: tuple[str, ...] = ()


def read_scenario(contract: Contract, file: Path) -> Scenario:
    """The scenario of a file; UsageError names file, step, reason and the way out."""
    data = _loaded(file)
    if "arazzo" in data:
        templates, notes = arazzo.templates(contract, data, str(file), operation_of)
        name = str((data.get("info") or {}).get("title") or file.stem)
        return Scenario(name, Program(tuple(templates)), tuple(notes))
    steps = data.get("steps")
    if not isinstance(steps, list) or not steps:
        raise UsageError(f"{file} has no `steps`.", "A scenario is a mapping with `name` and a list of `steps`.")
    saved: dict[str, Any] = {}
    made = [_template(contract, step, f"{file}, step {at}", at, saved) for at, step in enumerate(steps, 1)]
    _check(made, str(file))
    return Scenario(str(data.get("name") or file.stem), Program(tuple(made)))


def operation_of(contract: Contract, named: Any, place: str) -> Operation:
    """The operation of an id or a label; UsageError where the bundle has none."""
    operations = list(contract.bundle.operations)
    for operation in operations:
        if named in (operation.id, operation.label):
            return operation
    known = [each.id for each in operations] + [each.label for each in operations]
    hint = "Name an operation of the bundle by its operationId, or as `GET /clients/{id}`."
    raise UsageError(f"{place}: the bundle has no operation {named!r}.{did_you_mean(str(named), known)}", hint)


def _loaded(file: Path) -> dict[str, Any]:
    try:
        data = yaml.load(file.read_text("utf-8-sig"), Loader=_LOADER)  # noqa: S506  it is the safe one, or its twin in C
    except OSError as error:
        raise UsageError(f"The scenario {file} cannot be read: {error.strerror or error}.") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark is not None else ""
        reason = getattr(error, "problem", None) or error
        raise UsageError(f"The scenario {file}{line} is no plain YAML: {reason}.") from error
    if not isinstance(data, dict):
        raise UsageError(f"{file} is no scenario: it holds no mapping.", "It needs `steps`, or `arazzo`.")
    return data


def _template(contract: Contract, step: Any, place: str, number: int, saved: dict[str, Any]) -> Template:
    if not isinstance(step, Mapping):
        raise UsageError(f"{place} is no mapping.", "A step is a mapping with at least `operation`.")
    operation = operation_of(contract, step.get("operation"), place)
    name = str(step.get("name") or f"step {number}")
    parts = {key: _bound(value, saved, place) for key, value in step.items() if key != "save"}
    for key in ("path", "query", "headers", "cookies", "raw"):
        if not isinstance(parts.get(key, {}), Mapping):
            raise UsageError(f"{place}: `{key}` is no mapping.", f"Write `{key}: {{name: value}}`.")
    about = str(step.get("about") or f"step {number}: {operation.label}")
    made = Template.from_json({**parts, "operation": operation.label, "name": name, "about": about}, place)
    keeps = step.get("save") or {}
    if not isinstance(keeps, Mapping):
        raise UsageError(f"{place}: `save` is no mapping.", "Write `save: {clientId: /clients/0/id}`.")
    for key, where in keeps.items():
        saved[str(key)] = {"$from": {"step": name, **_place(where, place)}}
    return made


def _place(where: Any, place: str) -> dict[str, str]:
    if isinstance(where, Mapping) and set(where) == {"header"}:
        return {"header": str(where["header"])}
    if isinstance(where, str) and (where == "" or where.startswith("/")):
        return {"pointer": where}
    raise UsageError(
        f"{place}: {where!r} is no place in an answer.",
        "Give a JSON pointer (`/clients/0/id`) or `{header: Location}`.",
    )


def _bound(value: Any, saved: Mapping[str, Any], place: str) -> Any:
    """A value of a step with its `${...}` replaced by holes."""
    if isinstance(value, Mapping):
        return {str(key): _bound(inner, saved, place) for key, inner in value.items()}
    if isinstance(value, list):
        return [_bound(inner, saved, place) for inner in value]
    if not isinstance(value, str):
        return value if value is None or isinstance(value, bool | int | float) else str(value)  # YAML's own dates
    found = _SAVED.search(value)
    if found is None:
        return value
    if found[0] != value:
        raise UsageError(
            f"{place}: {found[0]} stands inside a text.", "A saved value can only be a whole value, not a part of one."
        )
    return saved.get(found[1], {"$input": found[1]})


def _check(templates: list[Template], file: str) -> None:
    """Names are unique, and nothing is taken from a step that comes later or never."""
    before: set[Any] = set()
    for at, template in enumerate(templates):
        for kind, asked in holes(template.to_json()):
            step = asked.get("step") if kind == "$from" and isinstance(asked, Mapping) else None
            if step is not None and step not in before:
                hint = f"Steps before it: {', '.join(map(str, sorted(before, key=str))) or 'none'}."
                raise UsageError(
                    f"{file}, step {at + 1} takes something from {step!r}, which no earlier step is.", hint
                )
        if template.name in before:
            raise UsageError(f"{file}, step {at + 1}: the name {template.name!r} is taken.", "Give it another name.")
        before |= {template.name, at}
