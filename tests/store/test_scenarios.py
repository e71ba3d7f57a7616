"""Scenarios: read, merged, overridden, checked, shared out among tenants."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mockserver.problems import ScenarioError
from mockserver.store.model import Entity, Field, Model
from mockserver.store.scenarios import (
    check_scenario,
    load_scenario,
    meant,
    override,
    parse_counts,
    scenario_names,
)
from tests.store.seeded import known


@pytest.fixture
def model() -> Model:
    """Two entities of nobody in particular."""
    book = Entity("book", fields={name: Field(name, "string") for name in ("title", "isbn")})
    book.fields["id"] = Field("id", "integer")
    shelf = Entity("shelf", fields={"id": Field("id", "integer"), "room": Field("room", "string")})
    return Model({"book": book, "shelf": shelf}, {"volume": "book"})


def written(folder: Path, text: str, name: str = "mine.yaml") -> Path:
    """A scenario file."""
    file = folder / name
    file.write_text(text)
    return file


def complaint(file: Path, model: Model | None = None) -> ScenarioError:
    """What is said about a scenario that cannot be used."""

    def use() -> None:
        scenario = load_scenario(file)
        if model is not None:
            check_scenario(scenario, model)

    with pytest.raises(ScenarioError) as caught:
        use()
    return caught.value


def test_the_scenarios_of_the_box_are_known_by_name() -> None:
    """default, empty, small and large can be asked for without a path."""
    assert {"default", "empty", "small", "large"} <= set(scenario_names())
    for name in scenario_names():
        assert load_scenario(name).about


def test_the_scenarios_of_the_box_fit_our_bundle() -> None:
    """Nothing that our scenarios name is missing from our bundle, although they would be forgiven."""
    _, model = known()
    for name in scenario_names():
        scenario = load_scenario(name)
        named = {*scenario.counts, *scenario.records, *scenario.partial} - {"*"}
        assert all(entity in model for entity in named - {"record", "record_custom", "key"})
        for rows in (scenario.records, scenario.partial):
            for entity, records in rows.items():
                for record in records:
                    assert meant(record, model[entity])
                    unknown = [field for field in record.values if model[entity].spelled(field) is None]
                    assert unknown == [], record.place


def test_a_file_extends_another(tmp_path: Path) -> None:
    """Counts and rows of the extended scenario stay, those of the file come on top; same id, other row."""
    written(
        tmp_path, "counts: {book: 9, shelf: 4}\nrecords: {book: [{id: 1, title: A}, {id: 2, title: B}]}", "base.yaml"
    )
    file = written(tmp_path, "extends: base.yaml\nseed: 7\ncounts: {book: 5}\nrecords: {book: [{id: 2, title: C}]}")
    scenario = load_scenario(file)

    assert scenario.seed == 7
    assert dict(scenario.counts) == {"book": 5, "shelf": 4}
    assert [record.values["title"] for record in scenario.records["book"]] == ["A", "C"]


def test_a_file_extends_one_of_ours_by_name(tmp_path: Path) -> None:
    """`extends: small` needs no path."""
    scenario = load_scenario(written(tmp_path, "extends: small\ncounts: {client: 30}"))

    assert scenario.count("client") == 30
    assert scenario.count("staff") == load_scenario("small").count("staff")


def test_dates_stay_as_they_are_written(tmp_path: Path) -> None:
    """YAML makes datetimes of timestamps; a scenario keeps the text, which is what JSON has."""
    file = written(tmp_path, "today: 2024-02-29\nrecords: {book: [{id: 1, title: 2024-01-01T10:00:00Z}]}")
    scenario = load_scenario(file)

    assert scenario.today.isoformat() == "2024-02-29"
    assert scenario.records["book"][0].values["title"] == "2024-01-01T10:00:00Z"


def test_an_empty_file_is_a_scenario(tmp_path: Path) -> None:
    """Everything has a default."""
    scenario = load_scenario(written(tmp_path, ""))

    assert scenario.count("anything") == 25
    assert scenario.count("api_key") == 0


def test_counts_of_others(tmp_path: Path) -> None:
    """`*` speaks for the entities that are not named, and never for fewer rows than are written."""
    scenario = load_scenario(written(tmp_path, 'counts: {"*": 1, shelf: 3}\nrecords: {book: [{id: 1}, {id: 2}]}'))

    assert (scenario.count("shelf"), scenario.count("book"), scenario.count("reader")) == (3, 2, 1)


@pytest.mark.parametrize(
    ("text", "said", "hint"),
    [
        ("cuonts: {}", "mine.yaml:1: cuonts: is not a key of a scenario. Did you mean counts", "Legal: about,"),
        ("counts: {book: many}", "mine.yaml:1: counts.book: 'many' is not a number of rows", ""),
        ("counts: {book: -1}", "counts.book: -1 is not a number", ""),
        ("counts: {book: true}", "counts.book: True is not a number", ""),
        ("counts: [book]", "counts: holds list where a mapping belongs", ""),
        ("[1, 2]", "holds list where a mapping belongs", ""),
        ("records: {book: {id: 1}}", "records.book: is not a list of rows", "Write `- {id: 1"),
        ("about: x\nrecords:\n  book:\n    - 3\n", "mine.yaml:3: records.book: is not a list of rows", ""),
        ("extends: nowhere", "There is no scenario 'nowhere'", "Give one of default, empty"),
        ("extends: defualt", "Did you mean default?", ""),
        ("today: yesterday", "mine.yaml: Invalid isoformat", ""),
        ("seed: x", "mine.yaml: invalid literal", ""),
        ("tenants: {a: {scenarios: small}}", "tenants.a: has {scenario, counts} and nothing else", ""),
        ("a: b: c", "mine.yaml: cannot be read", ""),
    ],
)
def test_a_file_that_cannot_be_used_is_told_why(tmp_path: Path, text: str, said: str, hint: str) -> None:
    """File, line and place, what is wrong there, and the way out."""
    error = complaint(written(tmp_path, text))

    assert said in str(error)
    assert error.hint.startswith(hint)


def test_a_scenario_does_not_extend_itself(tmp_path: Path) -> None:
    """A ring of `extends` is named, not followed."""
    written(tmp_path, "extends: mine.yaml", "other.yaml")
    assert "mine.yaml -> other.yaml -> mine.yaml" in str(complaint(written(tmp_path, "extends: other.yaml")))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("counts: {bok: 3}", "mine.yaml:1: counts.bok: the bundle has no entity 'bok'. Did you mean book?"),
        ("records:\n  shelv:\n    - {id: 1}\n", "mine.yaml:3: records.shelv[0]: the bundle has no entity 'shelv'. Did"),
        (
            "records:\n  book:\n    - {id: 1}\n    - id: 2\n      tilte: x\n",
            "mine.yaml:5: records.book[1].tilte: book has no field 'tilte'. Did you mean title?",
        ),
        ("records:\n  book: [{id: 1, title: 7}]\n", "mine.yaml:2: records.book[0].title: title is of the type string"),
        ("partial: {book: [{pages: 3}]}", "partial.book[0].pages: book has no field 'pages'"),
        (
            "counts: {book: 1}\nrecords: {book: [{id: 1}, {id: 2}]}",
            "1 rows are fewer than the 2 that the scenario writes",
        ),
    ],
)
def test_a_scenario_is_held_to_the_bundle(tmp_path: Path, model: Model, text: str, said: str) -> None:
    """An entity or a field that does not exist is named with its place and its nearest neighbour."""
    assert said in str(complaint(written(tmp_path, text), model))


def test_other_case_styles_and_other_names_are_understood(tmp_path: Path, model: Model) -> None:
    """An alias is as good as an entity's name, and `Title` as good as `title`."""
    model["book"].spellings = {"title": "title"}
    check_scenario(load_scenario(written(tmp_path, "counts: {volume: 3}\nrecords: {book: [{id: 1, Title: x}]}")), model)


def test_lenient_files_may_speak_of_what_is_not_there(tmp_path: Path, model: Model) -> None:
    """Our scenarios serve any bundle: what it has not is left out, and no error."""
    text = "lenient: true\ncounts: {reader: 3}\nrecords: {reader: [{id: 1}], book: [{id: 1, weight: 3}]}"
    check_scenario(load_scenario(written(tmp_path, text)), model)


def test_rows_of_another_api_are_not_meant(tmp_path: Path, model: Model) -> None:
    """A lenient row whose key or whose fields are of other types is a row of something else of that name."""
    text = (
        "lenient: true\nrecords: {book: [{id: 1, title: A}, {id: x, title: A}, {id: 2, pages: 3, weight: 1, ink: 2}]}"
    )
    records = load_scenario(written(tmp_path, text)).records["book"]

    assert [meant(record, model["book"]) for record in records] == [True, False, False]


def test_counts_and_seed_given_by_hand_win() -> None:
    """--count and --seed go before what the file says."""
    scenario = override(load_scenario("small"), counts=["client=500", "staff = 40"], seed=3)

    assert (scenario.count("client"), scenario.count("staff"), scenario.seed) == (500, 40, 3)
    assert override(scenario, counts={"client": 501}).count("client") == 501
    assert override(scenario) is scenario


@pytest.mark.parametrize("text", ["client", "client=", "=5", "client=many", "client=-1", "client=1.5"])
def test_a_count_that_is_none_is_refused(text: str) -> None:
    """The flag is repeated, with how to write it."""
    with pytest.raises(ScenarioError, match="not understood") as caught:
        parse_counts([text])
    assert "--count client=500" in caught.value.hint


def test_a_count_by_hand_of_nothing_known_is_refused(model: Model, tmp_path: Path) -> None:
    """Even over a lenient scenario: who types a name means it."""
    scenario = override(load_scenario(written(tmp_path, "lenient: true")), counts={"boook": 3})
    with pytest.raises(ScenarioError, match=r"--count: boook: the bundle has no entity 'boook'\. Did you mean book"):
        check_scenario(scenario, model)


def test_a_scenario_is_found_beside_the_caller(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A path is taken from the working folder."""
    written(tmp_path, "about: here", "here.yaml")
    monkeypatch.chdir(tmp_path)

    assert load_scenario("here.yaml").about == "here"


def test_an_edited_file_is_read_again(tmp_path: Path) -> None:
    """Scenarios are remembered only as long as their file stays as it is."""
    import os

    file = written(tmp_path, "about: before")
    assert load_scenario(file).about == "before"
    written(tmp_path, "about: after")
    os.utime(file, ns=(1, 1))
    assert load_scenario(file).about == "after"


def keys_of(tenant: str) -> list[Any]:
    """The API keys that a tenant of the default scenario has."""
    return [record.values["jwtApiKey"] for record in load_scenario("default").for_tenant(tenant).records["api_key"]]


def test_each_tenant_gets_its_keys() -> None:
    """API keys are written in one place and belong to the tenant they name."""
    assert keys_of("aiwynsb") == ["demo-admin", "demo-reader", "demo-no-custom-types", "demo-expired"]
    assert keys_of("otherfirm") == ["demo-other-tenant"]
    assert keys_of("nobody") == []


def test_tenants_have_scenarios_of_their_own() -> None:
    """The second firm has none of the documented rows, and few others."""
    scenario = load_scenario("default")
    other = scenario.for_tenant("otherfirm")

    assert scenario.tenant_names == ("aiwynsb", "otherfirm")
    assert other.tenant == "otherfirm"
    assert other.records.get("client") is None
    assert other.count("client") == 8
    assert scenario.for_tenant("aiwynsb").count("client") == 400


def test_the_admin_has_the_documented_claims() -> None:
    """The first key is the documented example's."""
    admin = load_scenario("empty").records["api_key"][0].values

    assert (admin["id"], admin["staffId"], admin["email"]) == (11, 420, "user@aiwyn.ai")
    assert admin["userId"] == "ocGkQDCe0MgLudgrjR18h5oKuVE2"
    assert admin["roles"] == [
        "SUPER_ADMIN", "API_USER", "API_ADMIN", "RECORD_R", "RECORD_W", "CUSTOM_TYPE_R", "CUSTOM_TYPE_W",
    ]  # fmt: skip


def test_the_scenario_of_the_readme_works(tmp_path: Path) -> None:
    """The example of fixtures/README.md is one that can be used as it stands."""
    from mockserver.paths import FIXTURES

    text = (FIXTURES / "README.md").read_text("utf-8").split("```yaml\n")[1].split("```")[0]
    scenario = load_scenario(written(tmp_path, text))
    check_scenario(scenario, known()[1])

    assert scenario.count("client") == 40
    assert scenario.partial["invoice"][-1].values["id"] == 900
