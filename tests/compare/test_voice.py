"""The third voice: who leaves the bundle where two sides differ."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mockserver.bundle.loader import load_bundle
from mockserver.compare.voice import Voices
from mockserver.exchanges import Exchange, Reply, Request
from mockserver.paths import BUNDLE
from mockserver.probes.base import Contract
from mockserver.store.relations import infer_model

JSON = (("Content-Type", "application/json"),)
GOOD = Exchange(
    "a", "", Request("POST", "/gql/v1/offices", JSON, b'{"pageSize": 3}'),
    Reply(200, JSON, b'{"offices": [], "count": 0}'),
    operation="POST /gql/v1/offices",
)  # fmt: skip
BAD = replace(GOOD, environment="b", reply=Reply(200, JSON, b'{"offices": "none", "count": 0}'))


@pytest.fixture(scope="module")
def voices() -> Voices:
    """The voice of our own bundle."""
    bundle = load_bundle(BUNDLE)
    return Voices(Contract(bundle, infer_model(bundle)))


def test_who_breaks_the_bundle_owns_the_difference(voices: Voices) -> None:
    """The side whose answer the schema does not allow is named, with the reason."""
    assert voices.owner(GOOD, BAD).verdict == "B"
    assert voices.owner(BAD, GOOD).verdict == "A"
    assert voices.owner(GOOD, BAD).b


def test_a_bundle_that_allows_both_is_too_loose(voices: Voices) -> None:
    """Where both keep the bundle, or break it alike, it does not decide."""
    assert voices.owner(GOOD, GOOD).verdict == "neither"
    assert "too loose" in voices.owner(GOOD, GOOD).about
