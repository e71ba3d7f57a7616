"""Real bundles of other vendors load, are served, and get no 5xx and no undeclared reply."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from mockserver.bundle.operations import Operation
from mockserver.store.addresses import own_address, parents_of
from mockserver.store.sampling import sample

BUNDLES = ("box-3.0.json", "openai-3.1.yaml")


def text(value: Any) -> str:
    """A parameter's value as it stands in a URL or header."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return ",".join(text(v) for v in value) if isinstance(value, list) else str(value)


def rows_named(operation: Operation, app: Any) -> dict[str, Any]:
    """What the parameters of a path must be for it to name rows that exist, and that lie one in the other."""
    world = app.pipeline.worlds.main
    store, model = world.store(world.tenants()[0]), app.model
    address, found = own_address(operation, model), {}
    row = next(iter(store.all(address.entity)), None) if address is not None else None
    if address is not None and row is not None:
        found |= {parameter: row[column] for parameter, column in address.parts if row.get(column) is not None}
    for parent in parents_of(operation, model):
        if parent.address is not None:
            above = store.get(parent.entity, row.get(parent.column)) if row is not None else None
            above = above or next(iter(store.all(parent.entity)), None)
            if above is not None:
                found |= {p: above[column] for p, column in parent.address.parts if above.get(column) is not None}
        elif row is not None and row.get(parent.column) is not None:
            found[parent.parameter] = row[parent.column]
    return found


def request_for(operation: Operation, app: Any) -> dict[str, Any] | None:
    """A valid request of an operation; None where a required part is no JSON and no text."""
    path, query, headers = operation.path, [], {}
    named = rows_named(operation, app)
    for parameter in operation.parameters:
        if parameter.location != "path" and not parameter.required:
            continue
        value = sample(parameter.schema, app.bundle, f"{operation.id}:{parameter.name}")
        if parameter.location == "path":
            value = named.get(parameter.name, value)
        if parameter.location == "path":
            path = path.replace(f"{{{parameter.name}}}", quote(text(value), safe=""))
        elif parameter.location == "query":
            query.append((parameter.name, text(value)))
        elif parameter.location == "header":
            headers[parameter.name] = text(value)
    url = f"{path}?{urlencode(query)}" if query else path
    asked: dict[str, Any] = {"method": operation.method, "url": url, "headers": headers}
    declared = operation.request
    if declared is not None and declared.required:
        media = next((m for m in declared.content if "json" in m.type), None)
        if media is None or media.schema is None:
            return None
        asked["content"] = json.dumps(sample(media.schema, app.bundle, operation.id)).encode()
        headers["Content-Type"] = media.type
    return asked


@pytest.mark.parametrize("name", BUNDLES)
def test_each_operation_of_a_real_bundle_answers_as_declared(
    name: str, corpus: Path, make_mock: Callable[..., Any]
) -> None:
    """A valid request of each operation gets a declared reply, judged by its schema, and never a 5xx."""
    file = corpus / name
    if not file.is_file():
        pytest.skip(f"{file} is not there")
    mock = make_mock(bundle=str(file), scenario="small", auth="off")
    statuses: Counter[int] = Counter()
    wrong = []
    for operation in mock.app.bundle.operations:
        asked = request_for(operation, mock.app)
        if asked is None:
            continue
        reply = mock.request(**asked)
        statuses[reply.status_code // 100 * 100] += 1
        refuses = any(status[0] in "4d" for status in operation.replies)
        honest = reply.status_code in (400, 404) and not refuses  # the bundle leaves nothing else to say
        if reply.status_code >= 500 or (operation.reply(reply.status_code) is None and not honest):
            wrong.append(f"{operation.label} -> {reply.status_code} {reply.text[:200]}")

    assert wrong == []
    assert statuses[200] >= 0.8 * sum(statuses.values()), statuses
    assert sum(statuses.values()) >= 0.8 * len(mock.app.bundle.operations)


@pytest.mark.parametrize("name", BUNDLES)
def test_garbage_does_not_break_the_server(name: str, corpus: Path, make_mock: Callable[..., Any]) -> None:
    """Wrong types, broken bodies and strange paths are refused, never a 5xx."""
    file = corpus / name
    if not file.is_file():
        pytest.skip(f"{file} is not there")
    mock = make_mock(bundle=str(file), scenario="small", auth="off")
    for operation in list(mock.app.bundle.operations)[::7]:
        path = operation.path.replace("{", "%7B").replace("}", "%7D")
        for content in (b"", b"{", b"[1]", b'{"x": 1e400}', b"\xff"):
            reply = mock.request(operation.method, path, content=content, headers={"Content-Type": "application/json"})
            assert reply.status_code < 500, (operation.label, content, reply.text[:300])
