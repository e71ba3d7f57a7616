"""Keys look as the bundle says, come once, and lead back to their rows."""

from __future__ import annotations

import re
from typing import Any

import pytest

from mockserver.store.keys import Keys, new_key
from mockserver.store.model import Entity, Field


def entity(kind: str = "string", form: str = "", **schema: Any) -> Entity:
    return Entity("thing", "id", {"id": Field("id", kind, form, schema={"type": kind, **schema})})


@pytest.mark.parametrize(
    ("schema", "looks"),
    [
        ({}, r"1\d{3}"),
        ({"examples": ["file_abc"]}, r"file_1\d{3}"),
        ({"pattern": r"^\d{13}$"}, r"\d{13}"),
        ({"pattern": r"^\d+\.\d+\.\d+$"}, r"\d+\.\d+\.\d+"),
        ({"minLength": 12}, r".{12,}"),
        ({"maxLength": 3, "pattern": "^[a-z]+$"}, r"[a-z]{1,3}"),
        ({"pattern": "^1"}, r"1\d{3}"),
    ],
)
def test_text_keys_are_what_their_schema_allows(schema: dict[str, Any], looks: str) -> None:
    """Seeded and new keys are valid, each comes once, and a seeded one leads back to its slot."""
    keys = Keys(entity(**schema), [], "1")
    made = [keys.of(number, number) for number in range(40)]
    fresh: list[str] = []
    for number in range(1, 30):
        key = new_key(entity(**schema), number, {*fresh})
        fresh += [key] if key is not None else []

    assert all(re.fullmatch(looks, key) for key in made)
    assert len(set(made)) == 40
    assert [keys.find(key, 40) for key in made] == list(range(40))
    assert keys.find(made[39], 39) is None
    assert "pattern" not in schema or all(re.search(schema["pattern"], key) for key in fresh)


def test_keys_of_a_closed_list_are_its_words() -> None:
    """Where only certain keys exist, rows have those, each once, before any other."""
    sizes = entity(enum=["S", "M", "L"])
    keys = Keys(sizes, [], "1")

    assert [keys.of(number, number) for number in range(3)] == ["S", "M", "L"]
    assert new_key(sizes, 1, {"S", "L"}) == "M"


def test_days_may_be_keys() -> None:
    """A key of a format has that format."""
    keys = Keys(entity(form="date", format="date"), [], "1")

    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d", keys.of(number, number)) for number in range(50))


def test_small_numbers_stay_below_their_bound() -> None:
    """A key of at most 99 starts at its least value instead of 1001."""
    assert Keys(entity("integer", maximum=99, minimum=5), [], "1").of(0, 0) == 5
    assert Keys(entity("integer"), [], "1").of(0, 0) == 1001


def test_written_rows_without_a_key_get_one_too() -> None:
    """A row that the scenario writes without its key is found by the key it is given."""
    keys = Keys(entity(pattern=r"^[A-Z]{4}$"), [{"name": "x"}, {"id": "ABCD"}], "1")

    given = keys.of(-2, 0)

    assert re.fullmatch("[A-Z]{4}", given)
    assert keys.of(-2, 0) == given
    assert (keys.find(given, 9), keys.find("ABCD", 9)) == (0, 1)
