"""Entities, their columns, and how they hang together."""

from __future__ import annotations

import copy
import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from mockserver.bundle.loader import Bundle, load_bundle
from mockserver.paths import BUNDLE, OVERLAYS
from mockserver.store.model import Entity, Field, Model
from mockserver.store.pointing import name_source, pointing, points_at
from mockserver.store.relations import infer_model

Json = dict[str, Any]
HERE = Path(__file__).parents[1]
LIBRARY = HERE / "bundle" / "data" / "library.yaml"
CORPUS = Path(os.environ.get("MOCKSERVER_CORPUS") or HERE.parent.with_name("shared") / "corpus")


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    """Our own bundle with its overlays."""
    return load_bundle(BUNDLE, sorted(OVERLAYS.glob("*.yaml")))


@pytest.fixture(scope="module")
def ours(bundle: Bundle) -> Model:
    """The model of our own bundle."""
    return infer_model(bundle)


@pytest.fixture(scope="module")
def library() -> Model:
    """The model of plain REST of another domain."""
    return infer_model(load_bundle(LIBRARY, cache=False))


def model_of(folder: Path, paths: Json, schemas: Json) -> Model:
    """The model of a small document."""
    document = {
        "openapi": "3.1.0",
        "info": {"title": "T", "version": "1"},
        "paths": paths,
        "components": {"schemas": schemas},
    }
    file = folder / "bundle.json"
    file.write_text(json.dumps(document))
    return infer_model(load_bundle(file, cache=False))


def resources(**entities: Json) -> tuple[Json, Json]:
    """Paths and schemas of plain resources: `books={...}` is read at `/books/{id}` and shows these properties."""
    paths, schemas = {}, {}
    for name, properties in entities.items():
        schema = {"$ref": f"#/components/schemas/{name}"}
        reply = {"200": {"description": "-", "content": {"application/json": {"schema": schema}}}}
        parameter = {"name": "id", "in": "path", "required": True, "schema": properties.get("id", {"type": "integer"})}
        paths[f"/{name}/{{id}}"] = {"parameters": [parameter], "get": {"responses": reply}}
        schemas[name] = {"type": "object", "properties": properties}
    return paths, schemas


ID: Json = {"type": "integer"}
TEXT: Json = {"type": "string"}


def relations(entity: Entity) -> dict[str, tuple[str, str, bool]]:
    """Name -> (target, column, many)."""
    return {name: (way.target, way.column, way.many) for name, way in entity.relations.items()}


def test_each_entity_is_there(ours: Model) -> None:
    """Every entity that an operation speaks of is in the model, by its name and its alias."""
    known = "client contact staff project invoice payment wip engagement draft_invoice draft_invoice_history office"
    assert set(known.split()) <= set(ours.entities)
    assert ours.aliases == {"job": "project"}
    assert ours["job"] is ours["project"]
    assert "job" in ours
    assert ours.people == "staff"


def test_columns_are_the_union(ours: Model) -> None:
    """List rows and detail add up, although the vendor's vocabularies differ."""
    client = ours["client"]
    assert {"legalName", "pmsRef", "clientKey", "active", "partnerStaffId", "financialSummary"} <= set(client.fields)


@pytest.mark.parametrize(
    ("entity", "asked", "own"),
    [
        ("engagement", "start_dt", "startDate"),
        ("engagement", "startDt", "startDate"),
        ("engagement", "client_id", "clientId"),
        ("engagement", "partner_staff_id", "partnerStaffId"),
        ("engagement", "engagement_name_template", "engagementNameTemplate"),
        ("staff", "departmentId", "deptId"),
        ("wip", "jobId", "projectId"),
        ("draft_invoice_history", "projectId", "jobId"),
        ("draft_invoice", "pms_invoice_number", "pmsInvoiceNumber"),
        ("project", "ServiceDescription", "serviceDescription"),
        ("contact", "client_name", "clientName"),
        ("client", "partner_staff", "partnerStaff"),
    ],
)
def test_one_column_for_all_spellings(ours: Model, entity: str, asked: str, own: str) -> None:
    """However a name is written, it is the same column, under the name that the detail gives it."""
    assert ours[entity].spelled(asked) == own


def test_unknown_names_are_unknown(ours: Model) -> None:
    """A name that no schema has leads to no column."""
    assert ours["client"].spelled("favouriteColour") is None


@pytest.mark.parametrize(
    ("entity", "names"),
    [
        ("staff", "firstName lastName active createdAt deptId"),
        ("project", "name serviceDescription active updatedAt partnerId managerId"),
        ("wip", "type notes approved loggedDate clientId value wipType jobId"),
        ("draft_invoice_history", "clientId invoiceId jobId active createdAt activityType"),
        ("draft_invoice", "approvedAt arTranId approverStaffId isActive"),
        ("engagement", "name engagementNameTemplate status createdAt partnerStaffId"),
    ],
)
def test_columns_that_only_searches_know(ours: Model, entity: str, names: str) -> None:
    """What a documented sample filters by is a column, whether or not a reply shows it."""
    for name in names.split():
        assert ours[entity].spelled(name) in ours[entity].fields, name


def test_types_and_formats(ours: Model) -> None:
    """A column has the type of its schema; a date that is a time elsewhere is stored as a time."""
    assert ours["client"].fields["id"].type == "integer"
    assert ours["project"].fields["budget"].type == "number"
    assert ours["engagement"].fields["startDate"].format == "date-time"
    assert ours["draft_invoice_history"].fields["createdAt"].format == "date-time"
    assert ours["draft_invoice_history"].fields["active"].type == "boolean"
    assert not ours["draft_invoice_history"].fields["activityType"].shown
    assert ours["client"].fields["name"].shown


def test_legal_and_seen_values(ours: Model) -> None:
    """An enum of a reply is the law; that of a filter, and what examples show, only hints at values."""
    project, invoice = ours["project"].fields, ours["invoice"].fields
    assert project["status"].values == ("PLANNING", "IN_PROGRESS", "ON_HOLD", "COMPLETED", "CANCELLED")
    assert invoice["status"].values == ()
    assert {"SENT", "PENDING", "OVERDUE"} <= set(invoice["status"].seen)
    assert "DRAFT_INVOICE_RECONCILED" in ours["draft_invoice_history"].fields["activityType"].seen


def test_ranges_are_no_columns(ours: Model) -> None:
    """`startDate` and `endDate` of an invoice list bound a date; invoices have no such columns."""
    assert ours["invoice"].spelled("startDate") is None
    assert ours["payment"].spelled("endDate") is None
    assert ours["staff"].spelled("search") is None
    assert ours["staff"].spelled("pageSize") is None


@pytest.mark.parametrize(
    ("entity", "name", "way"),
    [
        ("contact", "client", ("client", "clientId", False)),
        ("client", "partnerStaff", ("staff", "partnerStaffId", False)),
        ("client", "partner", ("staff", "partnerStaffId", False)),
        ("client", "primaryContact", ("contact", "primaryContactId", False)),
        ("client", "contacts", ("contact", "clientId", True)),
        ("client", "engagements", ("engagement", "clientId", True)),
        ("client", "projects", ("project", "clientId", True)),
        ("client", "invoices", ("invoice", "clientId", True)),
        ("staff", "department", ("department", "deptId", False)),
        ("staff", "office", ("office", "officeId", False)),
        ("staff", "manager", ("staff", "managerStaffId", False)),
        ("office", "staff", ("staff", "officeId", True)),
        ("department", "staff", ("staff", "deptId", True)),
        ("project", "manager", ("staff", "managerId", False)),
        ("project", "partner", ("staff", "partnerId", False)),
        ("project", "engagement", ("engagement", "engagementId", False)),
        ("engagement", "projects", ("project", "engagementId", True)),
        ("invoice", "payments", ("payment", "invoiceId", True)),
        ("wip", "job", ("project", "projectId", False)),
        ("wip", "staff", ("staff", "staffId", False)),
        ("draft_invoice_history", "job", ("project", "jobId", False)),
        ("draft_invoice_history", "draftInvoice", ("draft_invoice", "draftInvoiceId", False)),
        ("draft_invoice_history", "client", ("client", "clientId", False)),
        ("contact", "contactInfos", ("contact_info", "contactId", True)),
    ],
)
def test_relations(ours: Model, entity: str, name: str, way: tuple[str, str, bool]) -> None:
    """Relations follow from columns, person words, embedded rows and typed conditions, in both directions."""
    assert relations(ours[entity])[name] == way


def test_relations_end_at_columns(ours: Model) -> None:
    """Each relation goes by a column that exists, and what is a relation is no stored column."""
    for entity in ours.entities.values():
        for name, way in entity.relations.items():
            assert name not in entity.fields
            holder = ours[way.target] if way.many else entity
            assert way.column in holder.fields, (entity.name, name)
            assert entity.spelled(name) is not None


def test_columns_that_point_nowhere(ours: Model) -> None:
    """Keys of other systems and of entities that are not there are plain columns."""
    for entity, column in (("wip", "taskId"), ("client", "taxId"), ("invoice", "arTranId"), ("client", "id")):
        assert column in ours[entity].fields
        assert points_at(ours, column) is None or column == "id"
        assert all(way.column != column for way in ours[entity].relations.values() if not way.many)


@pytest.mark.parametrize(
    ("entity", "name", "copied"),
    [
        ("contact", "clientName", ("client", "name")),
        ("wip", "staffName", ("staff", "firstName lastName")),
        ("wip", "projectName", ("project", "name")),
        ("wip", "jobName", ("job", "name")),
        ("project", "engagementName", ("engagement", "name")),
        ("payment", "invoiceNumber", ("invoice", "invoiceNumber")),
        ("staff", "managerName", ("manager", "firstName lastName")),
        ("staff", "departmentName", ("department", "name")),
        ("contact_client", "contactName", ("contact", "firstName lastName")),
    ],
)
def test_copies(ours: Model, entity: str, name: str, copied: tuple[str, str]) -> None:
    """A name or number of a related row is a copy of that row's, and no stored column."""
    found = ours[entity].copies[name]
    assert (found.relation, found.source) == copied
    assert name not in ours[entity].fields


def test_what_differs_is_no_copy(ours: Model) -> None:
    """The vendor's examples show e-mails and phones that differ from the client's own: they are columns."""
    assert "clientEmail" in ours["invoice"].fields
    assert "clientPhone" in ours["engagement"].fields
    assert "taskName" in ours["wip"].fields
    assert "invoiceNumber" in ours["invoice"].fields


def test_objects_stay_json(ours: Model) -> None:
    """An object that is no row is a column; what is inside can be asked for, in any spelling of its name."""
    assert ours["client"].fields["address"].type == "object"
    assert ours["client"].inner("billing_address")["zipCode"].type == "string"
    assert ours["project"].inner("teamMembers")["staffId"].type == "integer"
    assert ours["project"].inner("name") == {}
    assert ours["project"].inner("nothing") == {}


def test_keys(ours: Model, library: Model) -> None:
    """The key is what the last path parameter names; rows without one of their own get one that nobody sees."""
    assert ours["client"].key == "id"
    assert ours["record_type"].key == "name"
    assert ours["draft_invoice_history"].key == "id"
    assert not ours["draft_invoice_history"].fields["id"].shown
    assert library["book"].key == "isbn"
    assert library["loan"].key == "id"
    assert library["loan"].fields["id"].type == "string"
    assert ours["file"].fields["id"].type == "integer"


def test_another_domain(library: Model) -> None:
    """Books, authors and loans hang together with no word of help, in the bundle's own case style."""
    assert relations(library["book"]) == {
        "author": ("author", "author_id", False),
        "loans": ("loan", "book_isbn", True),
    }
    assert relations(library["author"]) == {"books": ("book", "author_id", True)}
    assert relations(library["loan"]) == {
        "book": ("book", "book_isbn", False),
        "member": ("member", "member_id", False),
        "approver": ("member", "approver_id", False),
    }
    assert relations(library["member"]) == {
        "loans": ("loan", "member_id", True),
        "approver_loans": ("loan", "approver_id", True),
    }
    assert library["book"].copies["author_name"].source == "first_name last_name"
    assert library["loan"].copies["approver_name"].relation == "approver"
    assert library["book"].fields["genre"].values == ("novel", "poetry", "history")
    assert "shelf" in library["book"].fields


def test_untyped_searches_are_read_off_examples(library: Model) -> None:
    """Where `where` is any object, the example shows which columns there are, of which type."""
    loan = library["loan"].fields
    assert (loan["due_on"].type, loan["due_on"].format) == ("string", "date-time")
    assert loan["overdue"].type == "boolean"
    assert loan["shelf"].seen == ("A1", "B2")
    assert loan["returned_at"].shown


COMPARED: Json = {
    "Text": {"type": "object", "patternProperties": {"^_n?eq$": TEXT, "^_is_null$": {"type": "boolean"}}},
    "Number": {"type": "object", "patternProperties": {"^_(eq|gt)$": ID, "^_n?in$": {"type": "array", "items": ID}}},
    "Related": {"type": "object", "properties": {"id": {"$ref": "#/components/schemas/Number"}}},
}


def searched(folder: Path, where: Json) -> Model:
    """The model of tasks, teams and users; tasks are searched by a `where` of this schema."""
    rows = {"type": "array", "items": {"$ref": "#/components/schemas/tasks"}}
    paths, schemas = resources(tasks={"id": ID, "title": TEXT}, teams={"id": ID}, users={"id": ID, "name": TEXT})
    body = {"type": "object", "properties": {"where": {"$ref": "#/components/schemas/Where"}, "orderBy": {}}}
    paths["/tasks/search"] = {
        "post": {
            "requestBody": {"content": {"application/json": {"schema": body}}},
            "responses": {"200": {"description": "-", "content": {"application/json": {"schema": rows}}}},
        }
    }
    return model_of(folder, paths, {**schemas, **COMPARED, "Where": {"type": "object", **where}})


def test_searches_may_group_columns_by_pattern(tmp_path: Path) -> None:
    """A pattern that lists names is a column for each; its type is that of the operands, listed or not."""
    number, text = ({"$ref": f"#/components/schemas/{name}"} for name in ("Number", "Text"))
    where = {
        "properties": {"_not": {"$ref": "#/components/schemas/Where"}, "note": text},
        "patternProperties": {"^(weight|rank)$": number, "^colour$": text, "^x-": text},
    }
    fields = searched(tmp_path, where)["task"].fields
    found = {name: column.type for name, column in fields.items() if not column.shown}
    assert found == {"weight": "integer", "rank": "integer", "colour": "string", "note": "string"}


def test_searches_may_show_related_rows_by_one_column(tmp_path: Path) -> None:
    """`x-related` says whose rows a relation leads to; else its name does, and a name that says nothing is none."""
    related = {"$ref": "#/components/schemas/Related"}
    where = {
        "patternProperties": {
            "^(team|lead|helpers|nobody|assignee)$": {**related, "x-related": {"lead": "users", "helpers": "team"}},
            "^backup$": {**related, "x-related": "user"},
        }
    }
    model = searched(tmp_path, where)
    assert relations(model["task"]) == {
        "team": ("team", "teamId", False),
        "lead": ("user", "leadId", False),
        "helpers": ("team", "helpersId", False),
        "assignee": ("user", "assigneeId", False),
        "backup": ("user", "backupId", False),
    }


def test_a_path_gives_a_column(tmp_path: Path) -> None:
    """Rows listed below another row belong to it, though no schema shows the key."""
    rows = {"type": "array", "items": {"$ref": "#/components/schemas/notes"}}
    paths, schemas = resources(clients={"id": ID}, notes={"id": ID, "text": TEXT})
    paths["/clients/{client_id}/notes"] = {
        "get": {"responses": {"200": {"description": "-", "content": {"application/json": {"schema": rows}}}}}
    }
    model = model_of(tmp_path, paths, schemas)
    assert relations(model["note"]) == {"client": ("client", "clientId", False)}
    assert not model["note"].fields["clientId"].shown
    assert relations(model["client"]) == {"notes": ("note", "clientId", True)}


def test_embedded_rows_of_both_sides(tmp_path: Path) -> None:
    """Where both sides show each other and neither shows a key, a hidden column ties them."""
    one = {"type": "object", "properties": {"id": ID, "name": TEXT, "rating": ID}}
    paths, schemas = resources(
        authors={
            "id": ID,
            "name": TEXT,
            "books": {"type": "array", "items": {"properties": {"id": ID, "title": TEXT}}},
        },
        books={"id": ID, "title": TEXT, "author": one},
    )
    model = model_of(tmp_path, paths, schemas)
    assert relations(model["book"])["author"] == ("author", "authorId", False)
    assert relations(model["author"])["books"] == ("book", "authorId", True)
    assert "rating" in model["author"].fields


def test_embedded_rows_say_what_they_are(tmp_path: Path) -> None:
    """A `parent` of type folder is a folder; without a word on it, a parent is of the same kind."""
    folder = {"type": "object", "properties": {"id": ID, "type": {"const": "folder"}}}
    plain = {"type": "object", "properties": {"id": ID}}
    paths, schemas = resources(folders={"id": ID, "parent": plain}, files={"id": ID, "parent": folder})
    model = model_of(tmp_path, paths, schemas)
    assert model["file"].relations["parent"].target == "folder"
    assert model["folder"].relations["parent"].target == "folder"


def test_keys_of_another_type_are_no_relation(tmp_path: Path) -> None:
    """A column of text cannot hold the key of an entity that counts, whatever it is called."""
    paths, schemas = resources(
        taxes={"id": ID, "name": TEXT}, shops={"id": ID, "taxId": TEXT, "tax": {"properties": {"id": TEXT}}}
    )
    model = model_of(tmp_path, paths, schemas)
    assert relations(model["shop"]) == {}
    assert {"taxId", "tax"} <= set(model["shop"].fields)


def test_person_words_need_people(tmp_path: Path) -> None:
    """`reviewerId` points at users where there are users, else nowhere; a real entity of that name comes first."""
    paths, schemas = resources(tasks={"id": ID, "reviewerId": ID, "ownerId": ID}, owners={"id": ID})
    assert set(model_of(tmp_path, paths, schemas)["task"].relations) == {"owner"}
    more, other = resources(users={"id": ID, "name": TEXT})
    model = model_of(tmp_path, {**paths, **more}, {**schemas, **other})
    assert model["task"].relations["reviewer"].target == "user"
    assert model["task"].relations["owner"].target == "owner"
    assert pointing(model, "reviewerId") == ("reviewer",)


@pytest.mark.parametrize(
    ("column", "target", "words"),
    [
        ("clientId", "client", ("client",)),
        ("client_id", "client", ("client",)),
        ("billingClientID", "client", ("billing_client",)),
        ("partnerStaffId", "staff", ("partner_staff", "partner")),
        ("staffId", "staff", ("staff",)),
        ("approvedByStaffId", "staff", ("approved_by_staff", "approved_by")),
        ("reviewerId", "staff", ("reviewer",)),
        ("jobId", "project", ("job",)),
        ("deptId", "department", ("dept",)),
        ("id", None, ()),
        ("client", None, ()),
        ("clientName", None, ()),
        ("valid", None, ()),
        ("stripeId", None, ()),
    ],
)
def test_what_a_column_points_at(ours: Model, column: str, target: str | None, words: tuple[str, ...]) -> None:
    """The name of a key column tells whose key it holds."""
    assert points_at(ours, column) == target
    assert tuple(word.replace("department", "dept") for word in pointing(ours, column)) == words


def test_what_names_a_row(ours: Model) -> None:
    """People go by first and last name, things by their name, some by nothing."""
    assert name_source(ours["staff"]) == "firstName lastName"
    assert name_source(ours["client"]) == "name"
    assert name_source(ours["payment"]) is None


def test_entities_made_by_hand() -> None:
    """An entity needs no bundle: its fields are found under the names they have."""
    entity = Entity("thing", fields={"colour": Field("colour", "string")})
    assert entity.spelled("colour") == "colour"
    assert entity.spelled("size") is None


def test_component_names_do_not_matter(bundle: Bundle, ours: Model, tmp_path: Path) -> None:
    """With every component renamed, the model is the same."""
    document = copy.deepcopy(bundle.document)
    names = {name: f"X{index}" for index, name in enumerate(document["components"]["schemas"])}
    text = re.sub(
        r'(#/components/schemas/)([\w.-]+)(?=["/])', lambda found: found[1] + names[found[2]], json.dumps(document)
    )
    document = json.loads(text)
    document["components"]["schemas"] = {names[name]: node for name, node in document["components"]["schemas"].items()}
    file = tmp_path / "renamed.json"
    file.write_text(json.dumps(document))
    renamed = infer_model(load_bundle(file, cache=False))
    for name, entity in ours.entities.items():
        twin = renamed[name]
        assert list(twin.fields) == list(entity.fields)
        assert (twin.key, twin.relations, twin.copies) == (entity.key, entity.relations, entity.copies)


@pytest.mark.parametrize("name", ["box-3.0.json", "openai-3.1.yaml"])
def test_real_bundles_give_a_sound_model(name: str) -> None:
    """Of a vendor's real bundle, every relation and copy ends at a column that exists."""
    if not (CORPUS / name).exists():
        pytest.skip(f"{name} is not in {CORPUS}; name its folder in MOCKSERVER_CORPUS")
    model = infer_model(load_bundle(CORPUS / name))
    assert len(model.entities) > 50
    for entity in model.entities.values():
        assert entity.key in entity.fields
        for way in entity.relations.values():
            assert way.column in (model[way.target] if way.many else entity).fields
        for shown in entity.copies.values():
            target = model[entity.relations[shown.relation].target]
            assert set(shown.source.split()) <= set(target.fields)
