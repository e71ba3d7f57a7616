"""Event subscriptions: made from the catalog, changed, deactivated, each with a secret of its own."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from mockserver.problems import Refusal

BASE = "/api/v1/event-subscriptions"
CATALOG, LIST, CREATE, SECRET = f"GET {BASE}/catalog", f"GET {BASE}", f"POST {BASE}", f"GET {BASE}/{{id}}/secret"
READ, CHANGE, END = (f"{method} {BASE}/{{id}}" for method in ("GET", "PUT", "DELETE"))
WISH = {"url": "https://example.com/hook", "entityType": "invoice", "operations": ["CREATE", "UPDATE"]}


@pytest.fixture
def made(ask: Any) -> dict[str, Any]:
    """A subscription."""
    return dict(ask(CREATE, {**WISH, "name": "Ledger"}).body["data"])


def refused(ask: Any, *args: Any, **more: Any) -> Refusal:
    """How a call is refused."""
    with pytest.raises(Refusal) as caught:
        ask(*args, **more)
    return caught.value


def test_catalog_offers_every_type(ask: Any) -> None:
    """Each business entity is offered with its three operations, an active custom type too."""
    ask("POST /api/v1/records/custom", {"name": "Vehicle", "fields": []})
    entries = {entry["entityType"]: entry for entry in ask(CATALOG).body["data"]["entityTypes"]}
    assert {"client", "invoice", "Vehicle"} <= set(entries)
    assert entries["client"] == {
        "entityType": "client",
        "displayName": "Client",
        "operations": ["CREATE", "UPDATE", "DELETE"],
    }
    ask("DELETE /api/v1/records/custom/{name}", name="Vehicle")
    assert "Vehicle" not in str(ask(CATALOG).body)


def test_create_answers_the_subscription(ask: Any, made: Any, world: Any) -> None:
    """A new subscription is active and shows no secret; it is read and listed the same."""
    now = world.clock.text()
    assert made == {
        "id": 1, "name": "Ledger", "description": None, **WISH, "active": True, "createdAt": now, "updatedAt": now,
    }  # fmt: skip
    assert ask(READ, id=1).body["data"] == made
    assert ask(LIST).body["data"] == {"subscriptions": [made], "total": 1}


def test_the_row_holds_what_delivery_needs(ask: Any, made: Any, world: Any) -> None:
    """The stored row has address, entity type, operations, activity and secret."""
    row = world.store("aiwynsb").get("event_subscription", 1)
    assert {"url", "entityType", "operations", "active", "secret"} <= set(row)


def test_entity_type_in_any_spelling(ask: Any) -> None:
    """The entity type is stored by its one name, however it was written."""
    assert ask(CREATE, {**WISH, "entityType": "DraftInvoices"}).body["data"]["entityType"] == "draft_invoice"


@pytest.mark.parametrize(
    ("wish", "pointer"),
    [
        ({"url": "ftp://example.com"}, "/url"),
        ({"url": "https://"}, "/url"),
        ({"url": "https://a:70000/"}, "/url"),
        ({"url": "example.com"}, "/url"),
        ({"entityType": "invoyce"}, "/entityType"),
        ({"entityType": "event_subscription"}, "/entityType"),
        ({"operations": []}, "/operations"),
        ({"operations": ["CREATE", "create"]}, "/operations/1"),
        ({"operations": ["CREATE", "CREATE"]}, "/operations/1"),
    ],
)
def test_wishes_are_checked(ask: Any, made: Any, wish: Any, pointer: str) -> None:
    """What cannot be delivered is refused with 400 and its pointer, on creation and on change."""
    for label in (CREATE, CHANGE):
        found = refused(ask, label, {**WISH, **wish}, id=1)
        assert (found.status, found.code, found.violations[0].pointer) == (400, "MS127", pointer)
    assert ask(LIST).body["data"]["subscriptions"] == [made]


def test_everything_wrong_is_told_at_once(ask: Any) -> None:
    """One answer names every value that cannot be used."""
    found = refused(ask, CREATE, {"url": "x", "entityType": "x", "operations": ["x"]})
    assert [violation.pointer for violation in found.violations] == ["/url", "/entityType", "/operations/0"]


def test_missing_values_are_named(ask: Any) -> None:
    """A bundle that lets them be left out does not get a subscription that hears nothing."""
    assert refused(ask, CREATE, {"url": WISH["url"], "entityType": "invoice"}).violations[0].pointer == "/operations"


def test_put_changes_only_what_it_says(ask: Any, made: Any, world: Any) -> None:
    """Other properties stay, updatedAt moves, and does not for a change to what is there."""
    world.clock.freeze(world.clock.now().replace(hour=15))
    assert ask(CHANGE, {"name": "Ledger"}, id=1).body["data"] == made
    changed = ask(CHANGE, {"operations": ["DELETE"]}, id=1).body["data"]
    assert changed == {**made, "operations": ["DELETE"], "updatedAt": world.clock.text()}


def test_deactivated_subscription_stays_and_comes_back(ask: Any, made: Any) -> None:
    """DELETE switches a subscription off; PUT switches it on again."""
    assert ask(END, id=1).body["data"]["active"] is False
    assert ask(LIST).body["data"]["total"] == 1
    assert ask(CHANGE, {"active": True}, id=1).body["data"]["active"] is True


def test_secret_is_one_of_standard_webhooks(ask: Any, made: Any) -> None:
    """The secret is `whsec_` and base64 of 32 bytes, with its algorithm and header."""
    data = ask(SECRET, id=1).body["data"]
    head, _, key = data["secret"].partition("_")
    assert (head, len(base64.b64decode(key, validate=True))) == ("whsec", 32)
    assert (data["algorithm"], data["header"]) == ("HMAC-SHA256", "webhook-signature")


def test_secrets_are_apart_and_repeatable(ask: Any, made: Any, make_world: Any) -> None:
    """Two subscriptions have different secrets; the same one in another run has the same."""
    ask(CREATE, WISH)
    first, second = (ask(SECRET, id=number).body["data"]["secret"] for number in (1, 2))
    assert first != second
    again = make_world()
    ask(CREATE, WISH, world=again)
    assert ask(SECRET, id=1, world=again).body["data"]["secret"] == first


def test_secret_of_a_seeded_row(ask: Any, world: Any) -> None:
    """A row of the scenario keeps the secret it came with, or gets one."""
    store = world.store("aiwynsb")
    store.put("event_subscription", {"id": 8, "secret": "whsec_abc", **WISH, "active": True})
    store.put("event_subscription", {"id": 9, **WISH, "active": True})
    assert ask(SECRET, id=8).body["data"]["secret"] == "whsec_abc"
    assert ask(SECRET, id=9).body["data"]["secret"].startswith("whsec_")


@pytest.mark.parametrize("label", [READ, CHANGE, END, SECRET])
def test_unknown_subscription_is_404(ask: Any, label: str) -> None:
    """An id that no subscription has is not found."""
    assert refused(ask, label, {}, id=99).status == 404


@pytest.mark.parametrize("label", [CREATE, CHANGE, END, SECRET])
def test_writing_is_for_admins(ask: Any, made: Any, label: str) -> None:
    """Only API_ADMIN (or SUPER_ADMIN) makes, changes and deactivates, or sees the secret; anyone may read."""
    assert refused(ask, label, WISH, roles=["API_USER", "RECORD_W"], id=1).status == 403
    assert ask(label, WISH, roles=["API_ADMIN"], id=1).status in (200, 201)
    assert ask(READ, roles=["API_USER"], id=1).status == 200
