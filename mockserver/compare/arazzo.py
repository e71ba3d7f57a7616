"""Arazzo 1.0: workflows as templates: steps by operation, parameters, payloads, and outputs fed forward."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from typing import Any

from mockserver.bundle.operations import Operation
from mockserver.bundle.pointers import follow, tokens
from mockserver.compare.program import ABSENT, Template
from mockserver.probes.base import Contract
from mockserver.problems import UsageError, did_you_mean

Find = Callable[[Contract, Any, str], Operation]
_EXPRESSION = re.compile(r"\{?(\$(?:inputs|steps|workflows|response|components)\.[^{}]*)\}?")
_PLACES = {"path": "path", "query": "query", "header": "headers", "cookie": "cookies"}
_IGNORED = ("successCriteria", "onSuccess", "onFailure")


def templates(
    contract: Contract, document: Mapping[str, Any], file: str, find: Find
) -> tuple[list[Template], list[str]]:
    """The steps of all workflows, each workflow after those it depends on; and what of them means nothing here."""
    version = str(document.get("arazzo"))
    if not version.startswith("1."):
        raise UsageError(f"{file} is Arazzo {version}; 1.0 and 1.1 are understood.")
    workflows = {
        str(each.get("workflowId")): each for each in _mappings(document.get("workflows"), f"{file}, workflows")
    }
    if not workflows:
        raise UsageError(f"{file} has no workflows.", "Arazzo keeps steps in `workflows[].steps`.")
    made: list[Template] = []
    notes: list[str] = []
    for name in _ordered(workflows, file):
        reading = _Reading(document, workflows, file)
        for step in _mappings(workflows[name].get("steps"), f"{file}, workflow {name}, steps"):
            made.append(_template(contract, reading, name, step, find))
            notes += [
                f"{file}, workflow {name}, step {step.get('stepId')}: `{word}` has no meaning in a comparison"
                for word in _IGNORED if word in step
            ]  # fmt: skip
    return made, notes


def _ordered(workflows: Mapping[str, Any], file: str) -> Iterator[str]:
    done: list[str] = []

    def visit(name: str, trail: tuple[str, ...]) -> None:
        if name in trail:
            raise UsageError(f"{file}: the workflows {' -> '.join((*trail, name))} depend on each other.")
        if name not in workflows:
            raise UsageError(f"{file}, workflow {trail[-1]}: there is no workflow {name!r} to depend on."
                             f"{did_you_mean(name, workflows)}")  # fmt: skip
        if name in done:
            return
        for before in workflows[name].get("dependsOn") or ():
            visit(str(before).rpartition(".")[2] if str(before).startswith("$") else str(before), (*trail, name))
        done.append(name)

    for name in workflows:
        visit(name, ())
    yield from done


class _Reading:
    """The expressions of one document."""

    def __init__(self, document: Mapping[str, Any], workflows: Mapping[str, Any], file: str) -> None:
        self.document, self.workflows, self.file = document, workflows, file

    def steps(self, workflow: str) -> dict[str, Any]:
        """The steps of a workflow by id."""
        return {str(each.get("stepId")): each for each in self.workflows[workflow].get("steps") or ()}

    def value(self, value: Any, workflow: str, step: str, place: str) -> Any:
        """A value with each expression in it replaced by the hole it means."""
        if isinstance(value, Mapping):
            return {key: self.value(inner, workflow, step, place) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.value(inner, workflow, step, place) for inner in value]
        found = _EXPRESSION.search(value) if isinstance(value, str) else None
        if found is None:
            return value
        if found[0] != value:
            raise UsageError(
                f"{place}: {found[0]} stands inside a text.", "Here an expression can only be a whole value."
            )
        return self.hole(found[1], workflow, step, place)

    def hole(self, expression: str, workflow: str, step: str, place: str) -> dict[str, Any]:
        """The hole that an expression means in a step of a workflow."""
        kind, _, rest = expression.partition(".")
        if kind == "$inputs":
            return {"$input": rest}
        if kind == "$response" and rest.startswith("body"):
            return {"$from": {"step": f"{workflow}.{step}", "pointer": rest.partition("#")[2]}}
        if kind == "$response" and rest.startswith("header."):
            return {"$from": {"step": f"{workflow}.{step}", "header": rest.partition(".")[2]}}
        parts = re.fullmatch(r"([^.]+)\.outputs\.([^#]+)(?:#(.*))?", rest)
        if kind == "$steps" and parts is not None:
            return self._output(self.steps(workflow).get(parts[1]), parts, workflow, parts[1], place)
        if kind == "$workflows" and parts is not None and parts[1] in self.workflows:
            return self._output(self.workflows[parts[1]], parts, parts[1], step, place)
        hint = "Understood are $inputs, $steps.ID.outputs, $workflows.ID.outputs, $response.body and $response.header."
        raise UsageError(f"{place}: {expression} leads nowhere.", hint)

    def _output(self, holder: Any, parts: re.Match[str], workflow: str, step: str, place: str) -> dict[str, Any]:
        outputs = holder.get("outputs") or {} if isinstance(holder, Mapping) else {}
        if parts[2] not in outputs:
            known = f"It has {', '.join(outputs)}." if outputs else "It has no outputs."
            raise UsageError(f"{place}: {parts[1]} has no output {parts[2]!r}.", known)
        made = self.hole(str(outputs[parts[2]]).strip("{}"), workflow, step, place)
        if parts[3] and "$from" in made:
            made["$from"]["pointer"] = made["$from"].get("pointer", "") + parts[3]
        return made

    def component(self, entry: Mapping[str, Any], place: str) -> Mapping[str, Any]:
        """A parameter, which may be one of the components."""
        reference = str(entry.get("reference", ""))
        if not reference:
            return entry
        pointer = "/" + reference.lstrip("$").replace(".", "/")
        try:
            return {**follow(self.document, pointer), **{k: v for k, v in entry.items() if k != "reference"}}
        except KeyError:
            raise UsageError(f"{place}: {reference} leads nowhere.", "Look at `components.parameters`.") from None


def _template(contract: Contract, reading: _Reading, workflow: str, step: Mapping[str, Any], find: Find) -> Template:
    name = str(step.get("stepId"))
    place = f"{reading.file}, workflow {workflow}, step {name}"
    operation = _operation(contract, step, place, find)
    parts: dict[str, Any] = {each: {} for each in _PLACES.values()}
    given = [*(reading.workflows[workflow].get("parameters") or ()), *(step.get("parameters") or ())]
    for each in _mappings(given, f"{place}, parameters"):
        parameter = reading.component(each, place)
        where = _PLACES.get(str(parameter.get("in")))
        if where is None or "name" not in parameter:
            raise UsageError(f"{place}: a parameter needs `name`, `value`, and `in` (path, query, header or cookie).")
        parts[where][str(parameter["name"])] = reading.value(parameter.get("value"), workflow, name, place)
    body: Any = ABSENT
    request = step.get("requestBody") or {}
    if "payload" in request:
        body = reading.value(_replaced(request, place), workflow, name, place)
    return Template(
        operation.label, str(step.get("description") or f"{workflow}: {name}"), "scenario", **parts, body=body,
        media=str(request.get("contentType") or ""), name=f"{workflow}.{name}",
    )  # fmt: skip


def _replaced(request: Mapping[str, Any], place: str) -> Any:
    """The payload with its `replacements` made."""
    payload = deepcopy(request["payload"])
    for each in request.get("replacements") or ():
        *above, last = tokens(str(each.get("target", ""))) or [""]
        holder = payload
        try:
            for token in above:
                holder = holder[int(token)] if isinstance(holder, list) else holder[token]
            holder[int(last) if isinstance(holder, list) else last] = each.get("value")
        except (KeyError, IndexError, ValueError, TypeError):
            raise UsageError(
                f"{place}: the replacement's target {each.get('target')!r} is not in the payload."
            ) from None
    return payload


def _operation(contract: Contract, step: Mapping[str, Any], place: str, find: Find) -> Operation:
    if "operationId" in step:
        return find(contract, re.sub(r"\A\$sourceDescriptions\.[^.]+\.", "", str(step["operationId"])), place)
    if "operationPath" in step:
        path = tokens(str(step["operationPath"]).partition("#")[2])
        if len(path) == 3 and path[0] == "paths":
            return find(contract, f"{path[2].upper()} {path[1]}", place)
        raise UsageError(f"{place}: {step['operationPath']!r} is no operationPath.",
                         "Write `{$sourceDescriptions.NAME.url}#/paths/~1clients~1{id}/get`.")  # fmt: skip
    raise UsageError(f"{place} names no operation.", "Give `operationId` or `operationPath`; steps that are workflows "
                     "are not understood: use `dependsOn`.")  # fmt: skip


def _mappings(value: Any, place: str) -> list[Mapping[str, Any]]:
    if not isinstance(value or [], list) or not all(isinstance(each, Mapping) for each in value or []):
        raise UsageError(f"{place} is no list of mappings.")
    return list(value or [])
