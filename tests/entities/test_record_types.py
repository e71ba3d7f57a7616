"""Record types: standard ones are discovered, custom ones are made, changed, put out of use and brought back."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver.problems import Refusal

ALL, ANY = "GET /api/v1/records/types", "GET /api/v1/records/types/{name}"
LIST, CREATE = "GET /api/v1/records/custom", "POST /api/v1/records/custom"
READ, CHANGE, END = (f"{method} /api/v1/records/custom/{{name}}" for method in ("GET", "PUT", "DELETE"))
UPSERT = "POST /api/v1/records"
FIELDS = [
    {"name": "plate", "type": "String", "required": True, "nullable": False},
    {"name": "seats", "type": "Integer"},
    {"name": "price", "type": "Number"},
    {"name": "leased", "type": "Boolean"},
    {"name": "boughtOn", "type": "Date"},
    {"name": "seenAt", "type": "DateTime"},
    {"name": "ownerId", "type": "Reference", "referencedEntityType": "client"},
]


@pytest.fixture
def vehicle(ask: Any) -> dict[str, Any]:
    """A custom type with a field of every kind."""
    body = {"name": "company_vehicle", "description": "Cars", "fields": FIELDS}
    return dict(ask(CREATE, body).body["data"])


def write(ask: Any, ref: str, kind: str = "company_vehicle", **attributes: Any) -> dict[str, Any]:
    """The result of writing one record of the type."""
    record = {"type": kind, "systemRef": {"id": ref}, "attributes": attributes}
    return dict(ask(UPSERT, {"records": [record]}).body["data"]["records"][0])


def refused(ask: Any, *args: Any, **more: Any) -> Refusal:
    """How a call is refused."""
    with pytest.raises(Refusal) as caught:
        ask(*args, **more)
    return caught.value


# -- discovery --


def test_types_are_listed(ask: Any, vehicle: Any) -> None:
    """Standard types come first, custom ones after; what only the API keeps for itself is no type."""
    data = ask(ALL).body["data"]
    names = [each["name"] for each in data["types"]]
    assert data["total"] == len(names) == len(set(names))
    assert {"client", "contact", "invoice", "project", "file"} <= set(names)
    assert names[-1] == "company_vehicle"
    assert not {"api_key", "key", "record", "record_type", "record_custom", "event_subscription", "system_ref"} & set(
        names
    )
    assert len({each["id"] for each in data["types"]}) == len(names)


def test_standard_type_tells_its_fields(ask: Any) -> None:
    """A standard type lists the attributes that can be written, with types and references."""
    data = ask(ANY, name="contacts").body["data"]
    fields = {field["name"]: field for field in data["fields"]}
    assert (data["name"], data["displayName"], data["isCustom"], data["active"]) == ("contact", "Contact", False, True)
    assert (fields["clientId"]["type"], fields["clientId"]["referencedEntityType"]) == ("Reference", "client")
    assert fields["firstName"]["type"] == "String"
    assert not {"id", "clientName", "createdAt", "updatedAt"} & set(fields)
    assert [field["rank"] for field in data["fields"]] == list(range(1, len(fields) + 1))


def test_urls_lead_to_the_bundles_own_paths(ask: Any, vehicle: Any) -> None:
    """recordsUrl and schemaUrl are absolute and answer."""
    assert vehicle["recordsUrl"] == "http://mock.test/api/v1/records/company_vehicle"
    assert vehicle["schemaUrl"] == "http://mock.test/api/v1/records/types/company_vehicle"
    assert ask("GET /api/v1/records/{type}", type="company_vehicle").body["data"]["records"] == []
    assert ask(ANY, name="company_vehicle").body["data"] == vehicle


def test_unknown_type_is_404(ask: Any) -> None:
    """A name that no type has is not found; a standard name is no custom type."""
    assert "Did you mean invoice" in refused(ask, ANY, name="invoyce").detail
    for label in (READ, CHANGE, END):
        found = refused(ask, label, {}, name="client")
        assert (found.status, found.code) == (404, "MS123")


# -- creation --


def test_create_answers_the_whole_type(vehicle: Any) -> None:
    """A new type is custom and active, its fields complete with defaults and rank."""
    assert (vehicle["name"], vehicle["displayName"], vehicle["description"]) == (
        "company_vehicle",
        "Company Vehicle",
        "Cars",
    )
    assert (vehicle["isCustom"], vehicle["active"]) == (True, True)
    assert isinstance(vehicle["id"], int)
    assert vehicle["fields"][1] == {
        "name": "seats", "type": "Integer", "required": False, "nullable": True, "referencedEntityType": None,
        "rank": 2,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("clientRating", "Client Rating"),
        ("client_rating", "Client Rating"),
        ("Example Name", "Example Name"),
        ("KYC-check", "Kyc Check"),
    ],
)
def test_display_name_is_derived(ask: Any, name: str, shown: str) -> None:
    """Without a displayName, or with null, the name is written out in words."""
    assert ask(CREATE, {"name": name, "displayName": None, "fields": []}).body["data"]["displayName"] == shown


def test_ids_are_never_used_twice(ask: Any, vehicle: Any) -> None:
    """Each type gets an id of its own."""
    other = ask(CREATE, {"name": "Other", "fields": []}).body["data"]
    assert other["id"] > vehicle["id"] > len(ask(ALL).body["data"]["types"])


@pytest.mark.parametrize("name", ["client", "Clients", "contactInfo", "COMPANY_VEHICLE", "company_vehicle"])
def test_names_are_unique(ask: Any, vehicle: Any, name: str) -> None:
    """A name that a standard or custom type has, in any case, is refused with 400."""
    found = refused(ask, CREATE, {"name": name, "fields": []})
    assert (found.status, found.violations[0].pointer) == (400, "/name")
    assert "taken" in found.detail


@pytest.mark.parametrize("name", ["types", "Custom"])
def test_names_of_paths_are_taken(ask: Any, name: str) -> None:
    """A type named as a path beside those of records could not be listed: it is refused."""
    found = refused(ask, CREATE, {"name": name, "fields": []})
    assert (found.status, found.violations[0].pointer) == (400, "/name")
    assert "/api/v1/records/{type}" in found.detail


def test_an_unknown_custom_type_names_custom_ones(ask: Any) -> None:
    """Standard types are no answer to a question for custom ones."""
    with pytest.raises(Refusal, match=r"There is none yet\."):
        ask("GET /api/v1/records/custom/{name}", name="nope")


@pytest.mark.parametrize("name", ["", "1st", "a" * 64, "tab\tname", "-x", "two  blanks", "naïve"])
def test_names_keep_to_the_convention(ask: Any, name: str) -> None:
    """A name that does not begin with a letter, is too long or has other signs is refused."""
    found = refused(ask, CREATE, {"name": name, "fields": []})
    assert (found.status, found.violations[0].pointer) == (400, "/name")


@pytest.mark.parametrize(
    ("field", "pointer", "text"),
    [
        ({"name": "Plate", "type": "String"}, "/fields/1/name", "same field"),
        ({"name": "", "type": "String"}, "/fields/1/name", "needs a name"),
        ({"name": "createdAt", "type": "Date"}, "/fields/1/name", "server keeps"),
        ({"name": "id", "type": "Integer"}, "/fields/1/name", "server keeps"),
        ({"name": "a", "type": "text"}, "/fields/1/type", "Boolean, Integer"),
        ({"name": "a", "type": "string"}, "/fields/1/type", "Did you mean String"),
        ({"name": "a", "type": "Reference"}, "/fields/1/referencedEntityType", "says which"),
        ({"name": "a", "type": "String", "referencedEntityType": "client"}, "/fields/1/referencedEntityType", "Only"),
        ({"name": "a", "type": "Reference", "referencedEntityType": "x"}, "/fields/1/referencedEntityType", "no type"),
    ],
)
def test_fields_are_checked(ask: Any, field: Any, pointer: str, text: str) -> None:
    """A field that cannot be is refused with its place and the reason, and no type is made."""
    found = refused(ask, CREATE, {"name": "Thing", "fields": [{"name": "plate", "type": "String"}, field]})
    assert (found.status, found.code, found.violations[0].pointer) == (400, "MS125", pointer)
    assert text in found.violations[0].detail
    assert ask(LIST).body["data"]["types"] == []


def test_types_may_refer_to_themselves_and_each_other(ask: Any, vehicle: Any) -> None:
    """A Reference may point at a custom type, and at the type it belongs to."""
    fields = [
        {"name": "parent", "type": "Reference", "referencedEntityType": "Part"},
        {"name": "car", "type": "Reference", "referencedEntityType": "company_vehicle"},
    ]
    assert ask(CREATE, {"name": "Part", "fields": fields}).status == 201
    car = write(ask, "c1", plate="M-1")
    part = write(ask, "p1", "Part", car=car["id"])
    assert write(ask, "p2", "Part", parent=part["id"])["status"] == "CREATED"
    gone = ask("DELETE /api/v1/records", {"records": [{"type": "company_vehicle", "systemRef": {"id": "c1"}}]})
    assert gone.body["data"]["records"][0]["error"]["code"] == "REFERENCED"


# -- records of custom types --


def test_records_of_a_custom_type(ask: Any, vehicle: Any, world: Any) -> None:
    """Values of every kind are stored, and listed as they were written."""
    values = {"plate": "M-1", "seats": 5, "price": 1.5, "leased": False, "boughtOn": "2025-01-31",
              "seenAt": "2025-01-31T10:00:00Z", "ownerId": 789}  # fmt: skip
    assert write(ask, "c1", **values)["status"] == "CREATED"
    [record] = ask("GET /api/v1/records/{type}", type="company_vehicle").body["data"]["records"]
    assert (record["attributes"], record["systemRef"]) == (values, {"id": "c1"})
    assert record["createdAt"] == world.clock.text()


@pytest.mark.parametrize(
    ("attributes", "name"),
    [
        ({"seats": "5"}, "/seats"),
        ({"seats": 2**63}, "/seats"),
        ({"seats": True}, "/seats"),
        ({"price": "1"}, "/price"),
        ({"leased": 1}, "/leased"),
        ({"boughtOn": "2025-02-30"}, "/boughtOn"),
        ({"boughtOn": "2025-01-31T10:00:00Z"}, "/boughtOn"),
        ({"seenAt": "yesterday"}, "/seenAt"),
        ({"ownerId": 1}, "/ownerId"),
        ({"plate": None}, "/plate"),
        ({"wheels": 4}, "/wheels"),
    ],
)
def test_values_fit_their_fields(ask: Any, vehicle: Any, attributes: Any, name: str) -> None:
    """A value that does not fit its field fails the record, with the pointer of the value."""
    result = write(ask, "c1", **{"plate": "M-1", **attributes})
    assert len(result["error"]["details"]) == 1
    assert result["error"]["details"][0]["pointer"] == f"/records/0/attributes{name}"


def test_required_fields_are_required_once(ask: Any, vehicle: Any) -> None:
    """A new record needs its required fields; an update need not repeat them."""
    result = write(ask, "c1", seats=5)
    assert "plate is required" in result["error"]["message"]
    write(ask, "c1", plate="M-1")
    assert write(ask, "c1", seats=4)["status"] == "UPDATED"


def test_required_may_still_be_null(ask: Any) -> None:
    """A field that is required and nullable has to be given, and may be null."""
    ask(CREATE, {"name": "Odd", "fields": [{"name": "a", "type": "String", "required": True, "nullable": True}]})
    assert write(ask, "1", "Odd")["status"] == "FAILED"
    assert write(ask, "1", "Odd", a=None)["status"] == "CREATED"
    assert write(ask, "1", "Odd", a=None)["status"] == "UPDATED"
    [record] = ask("GET /api/v1/records/{type}", type="Odd").body["data"]["records"]
    assert record["attributes"] == {"a": None}


@pytest.mark.parametrize(
    ("sent", "stored"), [(10**30, 1e30), (-(10**400), -1.7976931348623157e308), (5, 5), (0.1, 0.1)]
)
def test_huge_numbers_are_stored_as_floats(ask: Any, vehicle: Any, sent: Any, stored: Any) -> None:
    """A number that no column could hold becomes the nearest one that it can."""
    assert write(ask, "c1", plate="M-1", price=sent)["status"] == "CREATED"
    [record] = ask("GET /api/v1/records/{type}", type="company_vehicle").body["data"]["records"]
    assert record["attributes"]["price"] == stored


def test_local_times_get_a_zone(ask: Any, vehicle: Any) -> None:
    """A time without zone is taken for UTC, a bare date for its midnight."""
    write(ask, "c1", plate="a", seenAt="2025-01-31T10:00:00")
    write(ask, "c2", plate="b", seenAt="2025-01-31")
    records = ask("GET /api/v1/records/{type}", type="company_vehicle").body["data"]["records"]
    assert [r["attributes"]["seenAt"] for r in records] == ["2025-01-31T10:00:00Z", "2025-01-31T00:00:00Z"]


# -- changes --


def test_put_changes_only_what_it_says(ask: Any, vehicle: Any) -> None:
    """Properties left out, and nulls of those that cannot be null, stay as they are."""
    changed = ask(CHANGE, {"displayName": "Car", "fields": None, "active": None}, name="company_vehicle").body["data"]
    assert changed == {**vehicle, "displayName": "Car"}
    assert ask(CHANGE, {"description": None}, name="Company_Vehicle").body["data"]["description"] is None


def test_optional_fields_can_be_added_in_use(ask: Any, vehicle: Any) -> None:
    """An optional field can be added while records exist, and written at once."""
    write(ask, "c1", plate="M-1")
    ask(CHANGE, {"fields": [*FIELDS, {"name": "colour", "type": "String"}]}, name="company_vehicle")
    assert write(ask, "c1", colour="red")["status"] == "UPDATED"


@pytest.mark.parametrize(
    "fields",
    [
        FIELDS[1:],
        [{"name": "plate", "type": "Integer"}, *FIELDS[1:]],
        [{"name": "Plate", "type": "String"}, *FIELDS[1:]],
        [*FIELDS, {"name": "colour", "type": "String", "required": True}],
        [*FIELDS, {"name": "colour", "type": "String", "nullable": False}],
        [FIELDS[0], {"name": "seats", "type": "Integer", "required": True}, *FIELDS[2:]],
    ],
    ids=["removed", "retyped", "renamed", "added required", "added non-null", "made required"],
)
def test_type_in_use_keeps_its_fields(ask: Any, vehicle: Any, fields: Any) -> None:
    """A change that stored records would not survive is refused with the reason; without records it is fine."""
    write(ask, "c1", plate="M-1")
    found = refused(ask, CHANGE, {"fields": fields}, name="company_vehicle")
    assert (found.status, found.code) == (400, "MS126")
    assert "1 records" in found.detail
    assert ask(READ, name="company_vehicle").body["data"]["fields"] == vehicle["fields"]
    ask("DELETE /api/v1/records", {"records": [{"type": "company_vehicle", "systemRef": {"id": "c1"}}]})
    assert ask(CHANGE, {"fields": fields}, name="company_vehicle").status == 200


def test_unused_fields_can_go(ask: Any, vehicle: Any) -> None:
    """A field that no record has a value for can be removed; writing it is refused from then on."""
    write(ask, "c1", plate="M-1")
    ask(CHANGE, {"fields": FIELDS[:1]}, name="company_vehicle")
    assert write(ask, "c1", seats=4)["status"] == "FAILED"


def test_deactivated_type_keeps_its_records(ask: Any, vehicle: Any) -> None:
    """Records of a deactivated type can be read, not written, until the type is brought back."""
    write(ask, "c1", plate="M-1")
    assert ask(END, name="company_vehicle").body["data"]["active"] is False
    assert write(ask, "c1", plate="M-2")["error"]["code"] == "RECORD_TYPE_INACTIVE"
    assert ask("GET /api/v1/records/{type}", type="company_vehicle").body["data"]["total"] == 1
    assert [each["active"] for each in ask(LIST).body["data"]["types"]] == [False]
    assert ask(CHANGE, {"active": True}, name="company_vehicle").body["data"]["active"] is True
    assert write(ask, "c1", plate="M-2")["status"] == "UPDATED"


def test_deactivated_name_stays_taken(ask: Any, vehicle: Any) -> None:
    """A type out of use keeps its name, since it can come back."""
    ask(END, name="company_vehicle")
    assert refused(ask, CREATE, {"name": "company_vehicle", "fields": []}).status == 400


# -- roles and worlds --


@pytest.mark.parametrize(
    ("label", "role"),
    [(ALL, "API_USER"), (ANY, "RECORD_W"), (LIST, "RECORD_R"), (READ, "CUSTOM_TYPE_W"), (CREATE, "CUSTOM_TYPE_R"),
     (CHANGE, "RECORD_W"), (END, "API_ADMIN")],
)  # fmt: skip
def test_roles_guard_types(ask: Any, label: str, role: str) -> None:
    """CUSTOM_TYPE_R reads and CUSTOM_TYPE_W writes custom types; RECORD_R is enough to discover."""
    found = refused(ask, label, {"name": "x", "fields": []}, roles=[role], name="client")
    assert (found.status, found.code) == (403, "MS122")


def test_types_survive_forks(ask: Any, vehicle: Any, world: Any) -> None:
    """A fork has the type with its records, and what the fork changes is its own."""
    write(ask, "c1", plate="M-1")
    fork = type(world)("f", world.clock, 7, world.tenants(), lambda tenant: world.store(tenant).fork())
    listed = ask("GET /api/v1/records/{type}", type="company_vehicle", world=fork).body["data"]
    assert listed["records"][0]["attributes"] == {"plate": "M-1"}
    ask(CREATE, {"name": "Only_there", "fields": []}, world=fork)
    assert [each["name"] for each in ask(LIST).body["data"]["types"]] == ["company_vehicle"]


def test_types_belong_to_their_tenant(ask: Any, vehicle: Any) -> None:
    """Another tenant knows nothing of a custom type."""
    assert refused(ask, READ, name="company_vehicle", tenant="otherfirm").status == 404
