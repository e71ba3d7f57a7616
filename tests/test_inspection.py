"""What the `bundle` commands print: the result on stdout, the rest on stderr, for people and as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from mockserver import paths
from mockserver.cli import run

OVERLAY = """
overlay: 1.1.0
info: {title: Mend, version: 1.0.0}
actions:
  - {target: "$.info", update: {title: Mended}}
  - {target: "$.nowhere", remove: true}
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A bundle of one list, in pages."""
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Shop", "version": "2"},
        "paths": {
            "/items": {
                "get": {
                    "operationId": "listItems",
                    "summary": "All items",
                    "parameters": [
                        {"name": "page", "in": "query", "schema": {"type": "integer"}},
                        {"name": "limit", "in": "query", "schema": {"type": "integer"}},
                    ],
                    "responses": {"200": {"description": "", "content": {"application/json": {"schema": _items()}}}},
                }
            }
        },
    }
    file = tmp_path / "shop.yaml"
    file.write_text(yaml.safe_dump(document), "utf-8")
    return file


def _items() -> dict[str, Any]:
    item = {"type": "object", "properties": {"id": {"type": "integer"}, "name": {"type": "string"}}}
    return {"type": "object", "properties": {"items": {"type": "array", "items": item}, "total": {"type": "integer"}}}


def test_the_overlaid_bundle_is_printed(shop: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The document is on stdout, as YAML or JSON; what each action matched is on stderr."""
    overlay = tmp_path / "mend.overlay.yaml"
    overlay.write_text(OVERLAY, "utf-8")

    assert run(["bundle", "overlay", str(shop), "--overlay", str(overlay)]) == 0
    printed = capsys.readouterr()
    assert run(["bundle", "overlay", str(shop), "--overlay", str(overlay), "--format", "json"]) == 0

    assert yaml.safe_load(printed.out)["info"] == {"title": "Mended", "version": "2"}
    assert "$.nowhere  0 matches" in printed.err
    assert "MS001" in printed.err
    assert json.loads(capsys.readouterr().out) == yaml.safe_load(printed.out)


def test_findings_and_operations_are_printed_as_json(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What people read in columns, programs get as JSON."""
    assert run(["bundle", "lint", str(shop), "--format", "json"]) == 0
    assert {finding["code"] for finding in json.loads(capsys.readouterr().out)} == {"MS011", "MS013"}

    assert run(["bundle", "operations", str(shop), "--format", "json"]) == 0
    [row] = json.loads(capsys.readouterr().out)
    assert (row["operation"], row["role"], row["entity"], row["level"]) == ("GET /items", "list", "item", "L2")


def test_changes_are_printed_as_json(shop: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each change with what it means for clients; a breaking one is exit 1."""
    new = tmp_path / "new.yaml"
    new.write_text(shop.read_text("utf-8").replace("/items", "/things"), "utf-8")

    assert run(["bundle", "changes", str(shop), str(new), "--format", "json"]) == 1
    kinds = [change["kind"] for change in json.loads(capsys.readouterr().out)]

    assert kinds == ["breaking", "compatible"]


def test_an_operation_is_explained_with_its_rows_and_pages(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """How it is served and why, where it stands in the file, where its rows are and how its pages count."""
    assert run(["explain", "get /ITEMS", "--bundle", str(shop)]) == 0
    text = capsys.readouterr().out

    assert "GET /items  listItems" in text
    assert "All items" in text
    assert "/items, counted at /total" in text
    assert "counts as number" in text


def test_the_coverage_table_is_written_and_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--check` says by its exit code whether the file is what the command would write."""
    assert run(["bundle", "coverage", "--check"]) == 0
    monkeypatch.setattr(paths, "SPEC", tmp_path)

    assert run(["bundle", "coverage", "--check"]) == 2
    assert "Run `mockserver bundle coverage`." in capsys.readouterr().err
    assert run(["bundle", "coverage"]) == 0
    assert run(["bundle", "coverage", "--check"]) == 0


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["--help"], 0, "serve"),
        (["bundle", "lint", "--format", "xml"], 2, "xml"),
        (["explain"], 2, "Say what to explain"),
        (["bundle", "lint", "no-such-folder/x.yaml"], 2, "Give the path of the bundle"),
    ],
)
def test_exit_codes(arguments: list[str], code: int, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    """0 for what was done, 2 for what could not be understood, with the way out."""
    assert run(arguments) == code
    printed = capsys.readouterr()
    assert told in printed.out + printed.err
