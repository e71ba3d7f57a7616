"""Which operations the vendor's rules answer is read off the bundle, not off ids or component names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from mockserver import paths
from mockserver.bundle.loader import load_bundle
from mockserver.calls import Site
from mockserver.entities import MAKERS
from mockserver.entities.recognise import duty, families

EXPECTED = {
    "POST /v1/auth/token": ("token", "exchange"),
    "GET /v1/auth/keys": ("api_key", "list"),
    "POST /v1/auth/keys": ("api_key", "create"),
    "GET /v1/auth/keys/{id}": ("api_key", "read"),
    "DELETE /v1/auth/keys/{id}": ("api_key", "end"),
    "POST /api/v1/records": ("record", "upsert"),
    "PUT /api/v1/records": ("record", "update"),
    "DELETE /api/v1/records": ("record", "delete"),
    "GET /api/v1/records/{type}": ("record", "list"),
    "GET /api/v1/records/types": ("record_type", "type_list"),
    "GET /api/v1/records/types/{name}": ("record_type", "type_read"),
    "GET /api/v1/records/custom": ("custom_type", "list"),
    "POST /api/v1/records/custom": ("custom_type", "create"),
    "GET /api/v1/records/custom/{name}": ("custom_type", "read"),
    "PUT /api/v1/records/custom/{name}": ("custom_type", "change"),
    "DELETE /api/v1/records/custom/{name}": ("custom_type", "end"),
    "GET /api/v1/event-subscriptions/catalog": ("event_subscription", "catalog"),
    "GET /api/v1/event-subscriptions": ("event_subscription", "list"),
    "POST /api/v1/event-subscriptions": ("event_subscription", "create"),
    "GET /api/v1/event-subscriptions/{id}": ("event_subscription", "read"),
    "PUT /api/v1/event-subscriptions/{id}": ("event_subscription", "change"),
    "DELETE /api/v1/event-subscriptions/{id}": ("event_subscription", "end"),
    "GET /api/v1/event-subscriptions/{id}/secret": ("event_subscription", "secret"),
}


def test_every_duty_of_the_bundle(site: Site) -> None:
    """Exactly these operations have a duty; lists, searches and reads are left to the generic verbs."""
    assert {operation.label: found for operation, found in families(site.bundle)} == EXPECTED


def test_each_duty_has_one_handler(site: Site) -> None:
    """Every operation with a duty, and the download, is made by one module; no other operation by any."""
    made = {
        operation.label: sum(maker(operation, site) is not None for maker in MAKERS)
        for operation in site.bundle.operations
    }
    served = {label: count for label, count in made.items() if count}
    assert served == dict.fromkeys([*EXPECTED, "GET /api/v1/files/{id}/download"], 1)


def test_ids_and_component_names_do_not_matter(tmp_path: Path) -> None:
    """The same bundle with every id and component renamed has the same duties."""
    text = paths.BUNDLE.read_text("utf-8")
    document = yaml.load(text, yaml.CSafeLoader)
    names = {name: f"Z{number}" for number, name in enumerate(document["components"]["schemas"])}
    renamed = _renamed(document, names)
    file = tmp_path / "bundle.yaml"
    file.write_text(yaml.safe_dump(renamed, sort_keys=False), "utf-8")
    assert {o.label: found for o, found in families(load_bundle(file, cache=False))} == EXPECTED


def _renamed(node: Any, names: dict[str, str], *, components: bool = False) -> Any:
    if isinstance(node, list):
        return [_renamed(each, names) for each in node]
    if not isinstance(node, dict):
        return node
    made = {}
    for key, value in node.items():
        new: Any = _renamed(value, names, components=key == "schemas")
        if key == "operationId":
            new = f"op{abs(hash(value))}"
        if key == "$ref" and isinstance(value, str) and "/schemas/" in value:
            new = "#/components/schemas/" + names[value.rsplit("/", 1)[1]]
        made[names.get(key, key) if components else key] = new
    return made


@pytest.mark.parametrize(
    "label", ["GET /gql/v1/client/{id}", "POST /gql/v1/clients", "GET /api/v1/files/{id}/download"]
)
def test_other_operations_have_none(site: Site, label: str) -> None:
    """Reads, lists and downloads have no duty of this kind."""
    operation = site.bundle.operations.at(*label.split())
    assert operation is not None
    assert duty(operation, site.bundle) is None
