"""Generated requests: random ones by the bundle's schemas, the same for both sides, made before any answer is seen."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from typing import Any

from mockserver.bundle.operations import Operation
from mockserver.checks.generation import generate
from mockserver.compare.program import Program, Template
from mockserver.compare.questions import FURTHER, Question, askable, path_of, program_of, token_operation
from mockserver.compare.questions import writing as writers
from mockserver.environments.environment import Environment
from mockserver.environments.guard import Guard, reads
from mockserver.exchanges import Request
from mockserver.probes.base import Contract

_OF_CLIENTS = frozenset({"user-agent", "accept-encoding"})
PER_OPERATION = 3  # of each kind, valid and invalid


def generated(contract: Contract, seed: int, per_operation: int = PER_OPERATION, *, writes: bool = False) -> Program:
    """Valid and invalid requests for each operation; with `writes` invalid ones for those that write as well."""
    return program_of(questions(contract, seed, per_operation, writes=writes), seed)


def questions(
    contract: Contract, seed: int, per_operation: int = PER_OPERATION, *, writes: bool = False
) -> Iterator[Question]:
    """The requests as questions. What the generator means by valid is no promise: nothing else of it is told."""
    operations = {each.label: each for each in [*askable(contract), *(writers(contract) if writes else ())]}
    guard = Guard(Environment("either side"), contract.bundle)
    giving = token_operation(contract)
    number = 0
    for label, request, valid in generate(contract.bundle, list(operations), seed, per_operation):
        operation = operations[label]
        if operation is giving or (valid and not reads(operation)) or guard.refusal(request, writes=writes):
            continue
        number += 1
        about = f"generated {'valid' if valid else 'invalid'} request {number}"
        template = as_template(contract, operation, request, about, "generated", holes=valid)
        yield Question(template, f"generated {'valid' if valid else 'invalid'}", FURTHER, None)


def as_template(
    contract: Contract, operation: Operation, request: Request, about: str, kind: str, *, holes: bool
) -> Template:
    """A request as a template that sends it as it is; with `holes` its path names a row that there is."""
    path = path_of(contract, operation) if holes else {}
    named = bool(path) and any(isinstance(value, dict) for value in path.values())
    target = re.split(r"[?#]", operation.path)[0] if named else request.path
    if request.query:
        target += f"?{request.query}"
    headers = [[name, value] for name, value in request.headers if name.lower() not in _OF_CLIENTS]
    raw: dict[str, Any] = {"method": request.method, "target": target, "headers": headers}
    if request.body or request.header("content-type"):
        raw["body"] = kept(request.body)
    return Template(operation.label, about, kind, path if named else {}, raw=raw)


def kept(body: bytes) -> Any:
    """A body as `raw` has it: a text, or base64 where it is no UTF-8."""
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(body).decode("ascii")}
