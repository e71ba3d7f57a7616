"""Records: batches in which each record stands or falls alone."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver.problems import Refusal

UPSERT, UPDATE, DELETE = "POST /api/v1/records", "PUT /api/v1/records", "DELETE /api/v1/records"
LIST = "GET /api/v1/records/{type}"


def pms(name: str) -> dict[str, str]:
    """The systemRef that a seeded row is taken to have."""
    return {"system": "PMS", "id": name}


def send(ask: Any, label: str, *records: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
    """The results of a batch."""
    return list(ask(label, {"records": list(records)}, **more).body["data"]["records"])


def client(ref: Any = None, **attributes: Any) -> dict[str, Any]:
    """A record of a client."""
    return {"type": "client", "systemRef": ref, "attributes": attributes}


def row(world: Any, entity: str, key: int) -> Any:
    """What the store holds."""
    return world.store("aiwynsb").get(entity, key)


# -- matching --


def test_unknown_ref_creates(ask: Any, world: Any) -> None:
    """A systemRef that nothing has makes a new row, with times and as an active one."""
    [made] = send(ask, UPSERT, client({"system": "crm", "id": "C-1"}, name="Gamma"))
    assert (made["status"], made["error"], made["systemRef"]) == ("CREATED", None, {"system": "crm", "id": "C-1"})
    held = row(world, "client", made["id"])
    assert (held["name"], held["active"]) == ("Gamma", True)
    assert held["createdAt"] == held["updatedAt"] == world.clock.text()


@pytest.mark.parametrize(
    "ref", [{"system": "crm", "id": "C-1"}, {"any": {"thing": [1, None]}, "b": 2}, {"só": "ø"}, {"n": 10**30}]
)
def test_known_ref_updates(ask: Any, world: Any, ref: Any) -> None:
    """The same systemRef object, whatever is in it and in whatever order, means the same row."""
    [made] = send(ask, UPSERT, client(ref, name="Gamma"))
    [again] = send(ask, UPSERT, client(dict(reversed(ref.items())), name="Gamma Ltd"))
    assert (again["status"], again["id"]) == ("UPDATED", made["id"])
    assert row(world, "client", made["id"])["name"] == "Gamma Ltd"


@pytest.mark.parametrize("ref", [pms("1155"), pms("789"), {"id": "1155"}, {"pmsRef": "1155"}, {"number": 789}])
def test_seeded_row_is_found(ask: Any, ref: Any) -> None:
    """A row that was never written with a systemRef is found by its pmsRef, or by its id where we are meant."""
    [result] = send(ask, UPDATE, client(ref, website="https://acme.example"))
    assert (result["status"], result["id"]) == ("UPDATED", 789)


def test_pms_ref_and_id_are_told_apart(ask: Any, world: Any) -> None:
    """Where one row's pmsRef is another's id, `id` alone means the id, and the PMS means its own word."""
    world.store("aiwynsb").put("client", {"id": 800, "name": "Trap", "pmsRef": "789"})
    found = [send(ask, UPDATE, client(ref, website="x"))[0]["id"] for ref in ({"id": "789"}, pms("789"))]
    assert found == [789, 800]


@pytest.mark.parametrize(
    "ref",
    [
        {"system": "crm", "id": "789"},
        {"system": "crm", "id": "1155"},
        pms("nobody"),
        {"a": True},
        {"a": None},
        {"a": []},
    ],
)
def test_other_systems_ids_are_not_ours(ask: Any, ref: Any) -> None:
    """The id that another system has for something is not taken for a row's own id or pmsRef."""
    [result] = send(ask, UPDATE, client(ref, name="x"))
    assert result["error"]["code"] == "RECORD_NOT_FOUND"


def test_own_ref_wins_over_the_inferred_one(ask: Any) -> None:
    """A row that was created with a systemRef is not found by its id any more."""
    [made] = send(ask, UPSERT, client({"system": "crm", "id": "C-1"}, name="Gamma"))
    [result] = send(ask, UPDATE, client({"id": str(made["id"])}, name="x"))
    assert result["status"] == "FAILED"


def test_refs_are_apart_by_type(ask: Any) -> None:
    """One systemRef may mean a client and a contact."""
    ref = {"system": "crm", "id": "1"}
    send(ask, UPSERT, client(ref, name="Gamma"))
    [result] = send(ask, UPSERT, {"type": "industry", "systemRef": ref, "attributes": {"name": "Food"}})
    assert result["status"] == "CREATED"


def test_one_batch_is_worked_in_order(ask: Any, world: Any) -> None:
    """The second of two records with the same systemRef sees what the first has done."""
    ref = {"id": "new"}
    first, second = send(ask, UPSERT, client(ref, name="One"), client(ref, name="Two"))
    assert (first["status"], second["status"]) == ("CREATED", "UPDATED")
    assert first["id"] == second["id"]
    assert row(world, "client", first["id"])["name"] == "Two"


@pytest.mark.parametrize("ref", [None, {}])
def test_without_ref_post_creates(ask: Any, ref: Any) -> None:
    """POST makes a new row each time for a record that has no systemRef."""
    first, second = send(ask, UPSERT, client(ref, name="A"), client(ref, name="A"))
    assert first["id"] != second["id"]


@pytest.mark.parametrize("label", [UPDATE, DELETE])
@pytest.mark.parametrize("ref", [None, {}])
def test_without_ref_the_others_fail(ask: Any, label: str, ref: Any) -> None:
    """PUT and DELETE cannot do a record without systemRef, and say so for that record alone."""
    wrong, right = send(
        ask, label, {"type": "industry", "systemRef": ref}, {"type": "industry", "systemRef": {"id": "1"}}
    )
    assert (wrong["status"], wrong["error"]["code"]) == ("FAILED", "SYSTEM_REF_REQUIRED")
    assert right["status"] != "FAILED"


# -- partial success --


def test_good_records_are_kept(ask: Any, world: Any) -> None:
    """Failed records do not take the others with them; the summary counts, the status stays 200."""
    answer = ask(UPDATE, {"records": [client(pms("1155"), name="Acme"), client(pms("nobody"), name="x")]})
    data, meta = answer.body["data"], answer.body["meta"]
    assert answer.status == 200
    assert data["summary"] == {"total": 2, "created": 0, "updated": 1, "deleted": 0, "failed": 1}
    assert data["records"][1]["error"]["code"] == "RECORD_NOT_FOUND"
    assert (meta["success"], meta["timestamp"], answer.body["error"]) == (True, world.clock.text(), None)
    assert row(world, "client", 789)["name"] == "Acme"


def test_put_never_creates(ask: Any, world: Any) -> None:
    """Nothing is written for a systemRef that PUT does not find."""
    before = world.store("aiwynsb").count("client")
    send(ask, UPDATE, client(pms("nobody"), name="x"))
    assert world.store("aiwynsb").count("client") == before


def test_batch_has_a_limit(ask: Any) -> None:
    """101 records are refused as a whole."""
    with pytest.raises(Refusal) as caught:
        ask(UPSERT, {"records": [client(name="x")] * 101})
    assert (caught.value.status, caught.value.code) == (400, "MS124")


def test_events_tell_what_changed(ask: Any) -> None:
    """Each row that was created, changed or deleted is told of; failures and empty updates are not."""
    batch = [client(name="New"), client(pms("1155"), name="Acme Corporation"), client(pms("1156"), name="Beta")]
    answer = ask(UPSERT, {"records": [*batch, client(clientFoo=1)]})
    assert [(event.entity, event.kind, event.row["name"]) for event in answer.events] == [
        ("client", "CREATE", "New"),
        ("client", "UPDATE", "Beta"),
    ]


def test_updates_that_change_nothing_leave_the_row(ask: Any, world: Any) -> None:
    """An update to the values that are there succeeds and keeps updatedAt; a real one moves it."""
    [result] = send(ask, UPDATE, client(pms("1155"), name="Acme Corporation"))
    assert (result["status"], row(world, "client", 789)["updatedAt"]) == ("UPDATED", "2025-01-15T10:25:00Z")
    send(ask, UPDATE, client(pms("1155"), name="Acme"))
    assert row(world, "client", 789)["updatedAt"] == world.clock.text()


# -- types --


@pytest.mark.parametrize("name", ["client", "Client", "CLIENT", "clients", "Clients"])
def test_types_in_any_spelling(ask: Any, name: str) -> None:
    """A standard type is known in any case, singular and plural, and answered as it was written."""
    [result] = send(ask, UPSERT, {"type": name, "attributes": {"name": "x"}})
    assert (result["status"], result["type"]) == ("CREATED", name)


@pytest.mark.parametrize("name", ["clientBusinessEntity", "client_business_entities", "Client Business Entity"])
def test_long_types_in_any_spelling(ask: Any, name: str) -> None:
    """So is one of several words, in any case style."""
    assert send(ask, UPSERT, {"type": name, "attributes": {"name": "x"}})[0]["status"] == "CREATED"


@pytest.mark.parametrize("name", ["klient", "", "api_key", "system_ref", "record", "record_type", "event_subscription"])
def test_unknown_types_fail(ask: Any, name: str) -> None:
    """What is no business entity is no record type; the error says which there are."""
    [result] = send(ask, UPSERT, {"type": name, "attributes": {}})
    assert result["error"]["code"] == "UNKNOWN_RECORD_TYPE"
    assert result["error"]["details"][0]["pointer"] == "/records/0/type"
    assert "client" in result["error"]["message"]


# -- attributes --


@pytest.mark.parametrize(
    ("attributes", "name", "text"),
    [
        ({"nmae": "x"}, "nmae", "Did you mean name"),
        ({"name": 5}, "name", "string"),
        ({"name": None}, "name", "null"),
        ({"active": "yes"}, "active", "boolean"),
        ({"partnerStaffId": 1.5}, "partnerStaffId", "integer"),
        ({"partnerStaffId": 999999}, "partnerStaffId", "There is no staff 999999"),
        ({"id": 5}, "id", "read-only"),
        ({"createdAt": "2025-01-01T00:00:00Z"}, "createdAt", "read-only"),
        ({"updated_at": "2025-01-01T00:00:00Z"}, "updated_at", "read-only"),
        ({"contacts": []}, "contacts", "read-only"),
        ({"a/b~c": 1}, "a~1b~0c", "no attribute"),
    ],
)
def test_wrong_attributes_are_named(ask: Any, world: Any, attributes: Any, name: str, text: str) -> None:
    """Each attribute that cannot be stored is named with its JSON pointer and the reason; nothing is stored."""
    good, wrong = send(ask, UPSERT, client(name="Good"), client(pms("1155"), legalName="Changed", **attributes))
    assert (good["status"], wrong["status"], wrong["error"]["code"]) == ("CREATED", "FAILED", "INVALID_ATTRIBUTES")
    [detail] = wrong["error"]["details"]
    assert detail["pointer"] == f"/records/1/attributes/{name}"
    assert text in detail["message"]
    assert "legalName" not in row(world, "client", 789)


def test_every_wrong_attribute_is_told(ask: Any) -> None:
    """One answer lists everything that is wrong with a record."""
    [result] = send(ask, UPSERT, client(name=1, active=2, zzz=3))
    assert [detail["pointer"].rsplit("/", 1)[1] for detail in result["error"]["details"]] == ["name", "active", "zzz"]


def test_copies_say_where_they_come_from(ask: Any) -> None:
    """A denormalized name cannot be set; the error says which reference to set instead."""
    [result] = send(ask, UPSERT, {"type": "contact", "attributes": {"clientName": "x"}})
    assert "clientId" in result["error"]["message"]


def test_attributes_in_any_case_style(ask: Any, world: Any) -> None:
    """legal_name is legalName."""
    send(ask, UPDATE, client(pms("1155"), legal_name="Acme Inc."))
    assert row(world, "client", 789)["legalName"] == "Acme Inc."


def test_whole_floats_are_integers(ask: Any, world: Any) -> None:
    """53.0 is the integer 53, as in JSON Schema."""
    send(ask, UPDATE, client(pms("1155"), partnerStaffId=53.0))
    value = row(world, "client", 789)["partnerStaffId"]
    assert (value, type(value)) == (53, int)


def test_objects_are_checked_to_the_bottom(ask: Any) -> None:
    """The pointer of a wrong value inside an object leads into it."""
    [result] = send(ask, UPDATE, client(pms("1155"), address={"city": 5}))
    assert result["error"]["details"][0]["pointer"] == "/records/0/attributes/address/city"


def test_unknown_attributes_can_be_let_pass(ask: Any, site: Any) -> None:
    """With unknown_fields = null an attribute that nobody documented is passed over."""
    lenient = type(site)(site.bundle, site.model, {"unknown_fields": "null"})
    [result] = send(ask, UPSERT, client(name="x", shoeSize=43), site=lenient)
    assert result["status"] == "CREATED"


def test_writes_show_at_once_in_searches_and_copies(ask: Any, world: Any) -> None:
    """The store finds the row by its new value, and a denormalized name follows."""
    store = world.store("aiwynsb")
    send(ask, UPDATE, client(pms("1155"), name="Acme Renamed"))
    assert [found["id"] for found in store.by("client", "name", "Acme Renamed")] == [789]
    assert store.value("contact", store.get("contact", 23456), "clientName") == "Acme Renamed"


# -- deletions --


def test_delete_takes_the_row_out(ask: Any, world: Any) -> None:
    """A row that nothing refers to goes, and its systemRef with it."""
    ref = {"id": "i"}
    [made] = send(ask, UPSERT, {"type": "industry", "systemRef": ref, "attributes": {"name": "Food"}})
    [gone] = send(ask, DELETE, {"type": "industry", "systemRef": ref})
    assert (gone["status"], gone["id"]) == ("DELETED", made["id"])
    assert row(world, "industry", made["id"]) is None
    [again] = send(ask, DELETE, {"type": "industry", "systemRef": ref})
    assert again["error"]["code"] == "RECORD_NOT_FOUND"


def test_rows_in_use_stay(ask: Any, world: Any) -> None:
    """A row that others point at is not deleted; the error says who does."""
    send(ask, UPDATE, client(pms("1155"), partnerStaffId=53))
    [result] = send(ask, DELETE, {"type": "staff", "systemRef": {"id": "53"}})
    assert result["error"]["code"] == "REFERENCED"
    assert "partnerStaffId" in result["error"]["message"]
    assert row(world, "staff", 53)


def test_a_row_does_not_keep_itself(ask: Any, world: Any) -> None:
    """A row that only it refers to can go."""
    store = world.store("aiwynsb")
    column = next(r.column for r in store.model["staff"].relations.values() if r.target == "staff" and not r.many)
    store.put("staff", {**store.get("staff", 53), column: 53})
    assert send(ask, DELETE, {"type": "staff", "systemRef": {"id": "53"}})[0]["status"] == "DELETED"


def test_clients_are_deactivated(ask: Any, world: Any) -> None:
    """Deleting a client only switches it off, and the answer says so; the event is an update."""
    answer = ask(DELETE, {"records": [{"type": "client", "systemRef": pms("1155")}]})
    assert answer.body["data"]["records"][0]["status"] == "DELETED"
    assert "deactivated" in answer.body["meta"]["message"]
    assert [event.kind for event in answer.events] == ["UPDATE"]
    held = row(world, "client", 789)
    assert (held["active"], held["status"], held["updatedAt"]) == (False, "INACTIVE", world.clock.text())


# -- reading, roles --


def test_list_shows_what_can_be_written_back(ask: Any) -> None:
    """A listed record can be sent to PUT as it is, and changes nothing."""
    send(ask, UPSERT, client({"odd": [1]}, name="Gamma", partnerStaffId=53))
    data = ask(LIST, type="clients").body["data"]
    assert data["total"] == 3
    assert [record["systemRef"] for record in data["records"]] == [pms("1155"), pms("1156"), {"odd": [1]}]
    answer = ask(UPDATE, {"records": data["records"]})
    assert answer.body["data"]["summary"]["failed"] == 0
    assert answer.events == ()


def test_list_is_paged(ask: Any) -> None:
    """pageSize and page cut the list, the total counts all."""
    data = ask(LIST, type="client", query={"pageSize": 1, "page": 1}).body["data"]
    assert ([record["id"] for record in data["records"]], data["total"]) == ([790], 2)


def test_list_of_an_unknown_type_is_404(ask: Any) -> None:
    """A type that does not exist is not found, with the name that was meant."""
    with pytest.raises(Refusal, match="Did you mean client") as caught:
        ask(LIST, type="cliant")
    assert (caught.value.status, caught.value.code) == (404, "MS123")


@pytest.mark.parametrize(("label", "role"), [(UPSERT, "RECORD_R"), (UPDATE, "RECORD_R"), (DELETE, "API_ADMIN"),
                                             (LIST, "RECORD_W")])  # fmt: skip
def test_roles_guard_records(ask: Any, label: str, role: str) -> None:
    """RECORD_W writes and RECORD_R reads; any other role is refused with 403."""
    with pytest.raises(Refusal) as caught:
        ask(label, {"records": [client(name="x")]}, roles=[role], type="client")
    assert (caught.value.status, caught.value.reason) == (403, "FORBIDDEN")


def test_tenants_are_apart(ask: Any, world: Any) -> None:
    """What one tenant writes, another does not see."""
    send(ask, UPSERT, client({"id": "n"}, name="x"), tenant="otherfirm")
    [result] = send(ask, UPDATE, client({"id": "n"}, name="y"))
    assert result["error"]["code"] == "RECORD_NOT_FOUND"


def test_forks_are_apart(ask: Any, world: Any, make_world: Any) -> None:
    """A fork knows the systemRefs of its origin, and keeps its own to itself."""
    send(ask, UPSERT, client({"id": "n"}, name="x"))
    fork = type(world)("f", world.clock, 7, world.tenants(), lambda tenant: world.store(tenant).fork())
    assert send(ask, UPDATE, client({"id": "n"}, name="y"), world=fork)[0]["status"] == "UPDATED"
    send(ask, UPSERT, client({"id": "only there"}, name="z"), world=fork)
    assert send(ask, UPDATE, client({"id": "only there"}, name="z"))[0]["status"] == "FAILED"
