"""Overlays: what each action does, and what is wrong with a bad one."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from mockserver.bundle.overlay import Applied, apply, read_overlay, stale
from mockserver.problems import BundleError

DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Zoo", "version": "1"},
    "tags": ["a", "b", "c"],
    "paths": {
        "/animals": {"get": {"tags": ["x"], "responses": {"200": {}, "500": {}}}},
        "/keepers": {"get": {"responses": {"200": {}, "500": {}}}, "post": {"responses": {"500": {}}}},
    },
}


def run(actions: str, version: str = "1.1.0") -> tuple[dict[str, Any], Applied]:
    """Apply actions, given as YAML, to a copy of the zoo."""
    text = f"overlay: {version}\ninfo: {{title: Mend, version: '1'}}\nactions:\n{actions}"
    document = copy.deepcopy(DOCUMENT)
    return document, apply(document, read_overlay(Path("mend.yaml"), text.encode()))


def test_an_update_merges_into_objects() -> None:
    """Objects are merged through and through, plain values replaced, lists grown."""
    document, applied = run(
        "- target: $.paths['/animals'].get\n"
        "  update: {summary: All, tags: [y], responses: {'200': {description: Fine}, '404': {}}}"
    )

    assert document["paths"]["/animals"]["get"] == {
        "tags": ["x", "y"],
        "summary": "All",
        "responses": {"200": {"description": "Fine"}, "500": {}, "404": {}},
    }
    assert [action.matches for action in applied.actions] == [1]


def test_an_update_of_a_list_appends() -> None:
    """A list takes the elements of a list, or one value of another kind."""
    document, _ = run("- {target: $.tags, update: [d, e]}\n- {target: $.tags, update: {name: f}}", "1.0.0")

    assert document["tags"] == ["a", "b", "c", "d", "e", {"name": "f"}]


def test_an_update_replaces_plain_values() -> None:
    """Overlay 1.1 may target plain values."""
    document, _ = run("- {target: $.info.title, update: Ark}")

    assert document["info"]["title"] == "Ark"


def test_the_root_can_be_updated() -> None:
    """`$` is the document."""
    assert run("- {target: $, update: {info: {x-seen: true}}}")[0]["info"] == {**DOCUMENT["info"], "x-seen": True}


def test_each_match_gets_a_copy_of_its_own() -> None:
    """What one place is given later does not show at another."""
    document, _ = run(
        "- {target: $.paths.*.get, update: {x-mock: {a: 1}}}\n"
        "- {target: \"$.paths['/animals'].get['x-mock']\", update: {a: 2}}"
    )

    assert document["paths"]["/keepers"]["get"]["x-mock"] == {"a": 1}


def test_remove_takes_every_match_away() -> None:
    """Members of objects and of lists go, however many match and wherever they stand."""
    document, applied = run(
        "- {target: \"$.paths..responses['500']\", remove: true}\n- {target: '$.tags[0,2]', remove: true}"
    )

    assert "500" not in str(document["paths"])
    assert document["tags"] == ["b"]
    assert [action.matches for action in applied.actions] == [3, 2]


def test_remove_may_match_what_is_inside_a_match() -> None:
    """Nested matches are removed from the inside outwards."""
    document, applied = run("- {target: $.paths..*, remove: true}")

    assert document["paths"] == {}
    assert applied.actions[0].matches > 2


def test_copy_takes_from_one_place_to_another() -> None:
    """Overlay 1.1 copies one place into the targets, merging as an update does."""
    document, _ = run(
        "- {target: $.paths, update: {/vets: {}}}\n- {target: \"$.paths['/vets']\", copy: \"$.paths['/keepers']\"}"
    )
    document["paths"]["/keepers"].clear()

    assert set(document["paths"]["/vets"]) == {"get", "post"}


def test_actions_see_what_those_before_them_did() -> None:
    """Actions are applied in order, each to the outcome of the last."""
    document, applied = run(
        "- {target: $.info, update: {xa: 1}}\n- {target: $.info.xa, update: 2}\n- {target: $.info.xa, remove: true}"
    )

    assert "xa" not in document["info"]
    assert [action.matches for action in applied.actions] == [1, 1, 1]


def test_what_matches_nothing_is_a_finding() -> None:
    """An action without a match changes nothing, and is told with its file and line."""
    document, applied = run(
        "- {target: $.nope, remove: true, description: Was wrong once.}\n- {target: $.info.nope, update: {a: 1}}\n"
        "- {target: $.info, update: {}}"
    )

    found = stale(applied)

    assert document == DOCUMENT
    assert [action.target for action in applied.actions if not action.matches] == ["$.nope", "$.info.nope"]
    assert [(f.code, f.file, f.line, f.pointer) for f in found] == [
        ("MS001", "mend.yaml", 4, "/actions/0"),
        ("MS001", "mend.yaml", 5, "/actions/1"),
    ]
    assert found[0].evidence == "Was wrong once."


def test_what_was_applied_can_be_shown() -> None:
    """The text names file, targets and counts."""
    _, applied = run("- {target: $.info, update: {}}\n- {target: $.paths.*, update: {}}")

    assert str(applied).splitlines() == [
        "mend.yaml: Mend, 2 actions",
        "  update  $.info  1 match",
        "  update  $.paths.*  2 matches",
    ]


@pytest.mark.parametrize(
    ("actions", "message"),
    [
        ("- {target: '$.a[', remove: true}", r"mend\.yaml:4: actions/0: .* is no JSONPath"),
        ("- {target: $.info, remove: true}\n- {update: {}}", r"mend\.yaml:5: actions/1: `target`"),
        ("- {target: $.info}", "one of `update`, `remove: true` and `copy`"),
        ("- {target: $.info, update: {}, remove: true}", "and only one"),
        ("- {target: $.info, remove: false}", "one of `update`"),
        ("- {target: $.info, updat: {}}", "`updat` is not known"),
        ("- nonsense", "is no action"),
        ("- {target: $, remove: true}", "the whole document cannot be removed"),
        ("- {target: $.info, update: text}", "the target is an object, the update is a plain value"),
        ("- {target: $.info, update: [a]}", "the update is a list"),
        ("- {target: $.info.title, update: {a: 1}}", "the target is a plain value, the update is an object"),
        ("- {target: $.info, copy: $.paths.*}", r"leads to 2"),
        ("- {target: $.info, copy: 3}", "`copy` must be a JSONPath"),
    ],
)
def test_a_bad_action_is_named(actions: str, message: str) -> None:
    """The error says which file, which action, and what is wrong with it."""
    with pytest.raises(BundleError, match=message):
        run(actions)


def test_a_bare_name_with_a_hyphen_has_a_hint() -> None:
    """RFC 9535 wants such names in brackets; the error says how."""
    with pytest.raises(BundleError, match="is no JSONPath") as caught:
        run("- {target: $.info.x-a, remove: true}")

    assert "['x-name']" in caught.value.hint


def test_a_misspelt_key_has_a_suggestion() -> None:
    """The way out is offered."""
    with pytest.raises(BundleError) as caught:
        run("- {target: $.info, updat: {}}")

    assert caught.value.hint == "Did you mean update?"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("openapi: 3.1.0", "is no overlay"),
        ("[1]", "is no overlay"),
        ("overlay: 2.0.0\nactions: [{target: $, update: {}}]", "overlay 2.0.0 is not known"),
        ("overlay: 1.0.0", "`actions` must be a list"),
        ("overlay: 1.0.0\nactions: []", "at least one action"),
        ("overlay: [", "not YAML"),
    ],
)
def test_a_bad_overlay_is_refused(text: str, message: str) -> None:
    """What is no overlay, or of another version, is refused by name."""
    with pytest.raises(BundleError, match=message):
        read_overlay(Path("mend.yaml"), text.encode())


def test_a_missing_overlay_has_neighbours(tmp_path: Path) -> None:
    """A misspelt name is met with the nearest file of the folder."""
    (tmp_path / "10-money.overlay.yaml").write_text("")

    with pytest.raises(BundleError, match="does not exist") as caught:
        read_overlay(tmp_path / "10-mony.overlay.yaml")

    assert "10-money.overlay.yaml" in caught.value.hint
