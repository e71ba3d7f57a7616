"""The entities that the vendor's rules need exist in every model."""

from __future__ import annotations

from mockserver.entities import complete
from mockserver.entities.kinds import API_KEY, FILE, OWN, RECORD_TYPE
from mockserver.store.model import Entity, Field, Model


def test_an_empty_model_gets_them_all() -> None:
    """Keys, types, subscriptions, references and files are there whatever the bundle knows, keyed by id."""
    model = Model()
    complete(model)
    assert set(model.entities) == OWN | {FILE}
    assert {entity.key for entity in model.entities.values()} == {"id"}
    assert model[API_KEY].spelled("jwt_api_key") == "jwtApiKey"


def test_what_the_bundle_says_is_kept() -> None:
    """Only lacking columns are added; one that the bundle spells otherwise is not doubled."""
    fields = {"id": Field("id", "string", "uuid"), "jwt_api_key": Field("jwt_api_key", "string")}
    entity = Entity(API_KEY, "id", fields, spellings={"jwt_api_key": "jwt_api_key"})
    model = Model({API_KEY: entity})
    complete(model)
    assert model[API_KEY].fields["id"].format == "uuid"
    assert "jwtApiKey" not in model[API_KEY].fields


def test_types_are_known_by_id_though_paths_name_them() -> None:
    """A bundle whose paths address types by name does not make the name their key."""
    model = Model({RECORD_TYPE: Entity(RECORD_TYPE, "name", {"name": Field("name", "string")})})
    complete(model)
    assert model[RECORD_TYPE].key == "id"


def test_other_vendors_files_stay_theirs() -> None:
    """A bundle that describes files itself gets no columns of ours."""
    model = Model({FILE: Entity(FILE, "id", {"id": Field("id", "string"), "title": Field("title", "string")})})
    complete(model)
    assert set(model[FILE].fields) == {"id", "title"}
