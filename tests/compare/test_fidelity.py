"""How far the mock agrees with an environment, kept for the table of coverage, and the drafts that close gaps."""

from __future__ import annotations

import json
from pathlib import Path

import yaml

from mockserver.bundle.loader import load_bundle
from mockserver.compare.difference import Difference
from mockserver.compare.fidelity import draft, keep
from mockserver.paths import BUNDLE
from mockserver.probes.base import Contract
from mockserver.store.relations import infer_model


def test_operations_not_asked_now_stay_as_they_were(tmp_path: Path) -> None:
    """A later comparison replaces what it asked, and leaves the rest with its own date."""
    file = tmp_path / "fidelity.json"
    entry = {"compared": 10, "agreed": 9, "classes": {"type": [9, 10]}}
    keep({"environment": "sandbox", "date": "2026-11-21", "operations": {"GET /a": entry, "GET /b": entry}}, file)
    keep({"environment": "sandbox", "date": "2026-11-22", "operations": {"GET /b": entry}}, file)
    kept = json.loads(file.read_text("utf-8"))["operations"]

    assert {label: each["date"] for label, each in kept.items()} == {"GET /a": "2026-11-21", "GET /b": "2026-11-22"}


def test_an_unknown_property_is_drafted_as_an_overlay() -> None:
    """What the environment shows beyond the bundle becomes an action on the schema it stands in."""
    bundle = load_bundle(BUNDLE)
    contract = Contract(bundle, infer_model(bundle))
    difference = Difference(
        0, "GET /gql/v1/client/{id}", "property extra", "cosmetic", "body", "/avatar", "<absent>", '"x.png"', "more"
    )
    overlay = yaml.safe_load(draft(difference, contract, "B"))

    assert overlay["overlay"] == "1.1.0"
    assert overlay["actions"][0]["update"] == {"properties": {"avatar": {"type": "string"}}}
