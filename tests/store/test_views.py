"""How rows are shown."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jsonschema_rs
import pytest
import yaml

from mockserver.bundle.loader import Bundle, load_bundle
from mockserver.bundle.shapes import row_pointer
from mockserver.paths import BUNDLE, OVERLAYS
from mockserver.store.memory import Store
from mockserver.store.relations import infer_model
from mockserver.store.views import View

Json = dict[str, Any]
HERE = Path(__file__).parents[1]
LIBRARY = HERE / "bundle" / "data" / "library.yaml"
SAMPLES = HERE / "conformance" / "samples.yaml"
ID: Json = {"type": "integer"}
TEXT: Json = {"type": "string"}


class Rows:
    """Rows of entities, as given."""

    def __init__(self, **rows: list[Json]) -> None:
        self._rows = rows

    def rows(self, entity: str) -> Iterable[Json]:
        """Those of one entity."""
        return self._rows.get(entity, [])


class World:
    """A bundle, its model and a store with some rows; `show` looks through the view of an operation."""

    def __init__(self, bundle: Bundle, rows: Mapping[str, list[Json]]) -> None:
        self.bundle = bundle
        self.model = infer_model(bundle)
        self.store = Store(self.model, Rows(**rows))

    def view(self, label: str) -> View:
        """The view of an operation on its entity."""
        operation = self.bundle.operations.at(*label.split(" "))
        assert operation is not None
        assert operation.entity is not None
        return View(self.bundle, self.model, operation.entity, str(row_pointer(self.bundle, operation)))

    def show(self, label: str, key: Any) -> Json:
        """A row as an operation shows it."""
        operation = self.bundle.operations.at(*label.split(" "))
        assert operation is not None
        row = self.store.get(str(operation.entity), key)
        assert row is not None
        return self.view(label).show(self.store, row)


def documented() -> dict[str, Json]:
    """The documented answers of reads, by the path asked."""
    samples = yaml.safe_load(SAMPLES.read_text())
    return {
        sample["request"]["path"]: sample["reply"]["body"]
        for sample in samples
        if sample["request"]["method"] == "GET" and sample.get("reply", {}).get("body", {}).get("id")
    }


ENTITIES = "client contact payment draft_invoice invoice project wip engagement".split()


@pytest.fixture(scope="module")
def ours() -> Bundle:
    """Our own bundle with its overlays."""
    return load_bundle(BUNDLE, sorted(OVERLAYS.glob("*.yaml")))


@pytest.fixture
def world(ours: Bundle) -> World:
    """The documented examples as rows, and those that they speak of."""
    answers = documented()
    rows: dict[str, list[Json]] = {
        "staff": [
            {"id": 123, "firstName": "John", "lastName": "Smith", "deptId": 1},
            {"id": 124, "firstName": "Jane", "lastName": "Doe", "managerStaffId": 123},
        ],
        "engagement": [{"id": 456, "name": "Annual Audit Engagement", "clientId": 1}],
        "project": [
            {"id": 67891, "name": "Tax Preparation", "status": "PLANNING", "budget": 15000.0, "engagementId": 34567}
        ],
        "department": [{"id": 1, "name": "Audit"}],
    }
    for path, body in answers.items():
        rows.setdefault(path.split("/")[3], []).append(body)
    return World(ours, rows)


@pytest.mark.parametrize("entity", ENTITIES)
def test_documented_rows_come_out_as_documented(world: World, entity: str) -> None:
    """A row stored as the reference prints it is answered exactly so, though the examples contradict each other."""
    (path,) = (path for path in documented() if path.split("/")[3] == entity)
    body = documented()[path]
    assert world.show(f"GET /gql/v1/{entity}/{{id}}", body["id"]) == body


def test_names_follow_the_related_row(world: World) -> None:
    """A renamed client is renamed wherever its name is shown, in rows that say otherwise too."""
    world.store.put("client", {**(world.store.get("client", 789) or {}), "name": "Zenith"})
    for entity in ("contact", "payment", "invoice", "project", "wip", "engagement", "draft_invoice"):
        key = next(row["id"] for row in world.store.all(entity) if row.get("clientId") == 789)
        assert world.show(f"GET /gql/v1/{entity}/{{id}}", key)["clientName"] == "Zenith"


def test_names_inside_stored_lists_follow_too(world: World) -> None:
    """Team members, reviewers and approvers go by the names that the staff rows have."""
    world.store.put("staff", {**(world.store.get("staff", 124) or {}), "lastName": "Roe"})
    world.store.put("staff", {**(world.store.get("staff", 123) or {}), "firstName": "Jack"})
    team = world.show("GET /gql/v1/project/{id}", 67890)["teamMembers"]
    assert [member["name"] for member in team] == ["Jack Smith", "Jane Roe"]
    assert team[0]["role"] == "SENIOR_AUDITOR"
    assert world.show("GET /gql/v1/wip/{id}", 89012)["approvalHistory"][0]["approverName"] == "Jane Roe"
    assert world.show("GET /gql/v1/draft_invoice/{id}", 56789)["reviewHistory"][0]["reviewerName"] == "Jack Smith"


def test_names_of_milestones_are_their_own(world: World) -> None:
    """A `name` beside an `id` of its own is nobody else's."""
    names = [milestone["name"] for milestone in world.show("GET /gql/v1/project/{id}", 67890)["milestones"]]
    assert names == ["Planning Phase Complete", "Fieldwork Complete"]


def test_stored_name_where_the_row_is_missing(world: World) -> None:
    """A name survives where the row that it points at does not exist."""
    assert world.store.get("invoice", 456) is None
    assert world.show("GET /gql/v1/payment/{id}", 12345)["invoiceNumber"] == "INV-2024-001"
    world.store.put("invoice", {"id": 456, "invoiceNumber": "INV-9"})
    assert world.show("GET /gql/v1/payment/{id}", 12345)["invoiceNumber"] == "INV-9"


def test_a_new_row_joins_a_stored_list(world: World) -> None:
    """A payment of the documented invoice, made later, stands after the documented one."""
    world.store.put("payment", {"id": 5, "invoiceId": 45678, "amount": 7.5, "status": "PENDING", "currency": "USD"})
    payments = world.show("GET /gql/v1/invoice/{id}", 45678)["payments"]
    assert payments[0]["amount"] == 15000.0
    assert payments[1:] == [{"id": 5, "amount": 7.5, "status": "PENDING"}]


def test_a_related_entry_is_brought_up_to_date(world: World) -> None:
    """A stored entry of a row that is truly related shows what that row says now, and no more than it did."""
    row = world.store.get("project", 67891)
    world.store.put("project", {**(row or {}), "name": "Tax Planning", "phase": "REVIEW"})
    projects = world.show("GET /gql/v1/engagement/{id}", 34567)["projects"]
    assert projects[1] == {"id": 67891, "name": "Tax Planning", "status": "PLANNING", "budget": 15000.0}


def test_an_unrelated_entry_stays_as_stored(world: World) -> None:
    """Project 67890 says that it belongs to another engagement: what is documented of it here stays."""
    world.store.put("project", {**(world.store.get("project", 67890) or {}), "name": "Renamed"})
    assert world.show("GET /gql/v1/engagement/{id}", 34567)["projects"][0]["name"] == "Q4 Financial Audit"


def test_a_bare_key_hides_a_row(world: World) -> None:
    """A key instead of an object in a stored list keeps that row from being shown."""
    client = world.store.get("client", 789) or {}
    world.store.put("client", {**client, "engagements": [34567, *client["engagements"][1:]]})
    assert world.show("GET /gql/v1/client/{id}", 789)["engagements"] == []


def test_lists_without_a_stored_one(world: World) -> None:
    """Where nothing is stored, the related rows are shown, and none is an empty list."""
    world.store.put("client", {"id": 1, "name": "New"})
    shown = world.show("GET /gql/v1/client/{id}", 1)
    assert shown["engagements"] == [{"id": 456, "name": "Annual Audit Engagement"}]
    world.store.put("client", {"id": 2, "name": "Newer"})
    assert world.show("GET /gql/v1/client/{id}", 2) == {"id": 2, "name": "Newer", "engagements": []}


def test_an_embedded_row(world: World) -> None:
    """One related row is shown inside by its own columns, with a person's name put together."""
    world.store.put("client", {"id": 3, "name": "N", "primaryContactId": 23456})
    assert world.show("GET /gql/v1/client/{id}", 3)["primaryContact"] == {
        "id": 23456,
        "name": "John Smith",
        "title": "Chief Financial Officer",
        "email": "john.smith@acme.com",
        "phone": "+1-555-0123",
    }


def test_rows_inside_rows_of_another_vocabulary(world: World) -> None:
    """History rows show the client and the draft invoice, whose columns are spelled otherwise inside."""
    world.store.put("draft_invoice", {"id": 8, "pmsInvoiceNumber": "INV-8", "status": "APPROVED", "isActive": True})
    world.store.put(
        "draft_invoice_history", {"id": 1, "clientId": 789, "draftInvoiceId": 8, "jobId": 67890, "active": True}
    )
    shown = world.show("POST /gql/v1/draft_invoice_histories", 1)
    assert shown["client"] == {"name": "Acme Corporation"}
    assert shown["draftInvoice"] == {"isActive": True, "pms_invoice_number": "INV-8", "status": "APPROVED"}
    assert "active" not in shown


def test_another_spelling_and_format(world: World) -> None:
    """Search rows of engagements are snake_case with plain dates, from the same row as the detail."""
    shown = world.show("POST /gql/v1/engagements/search", 34567)
    assert (shown["start_dt"], shown["end_dt"], shown["client_id"]) == ("2024-01-01", "2024-12-31", 789)


def test_a_job_is_a_project(world: World) -> None:
    """The job operations show projects, and a column is found under both its names."""
    assert world.show("GET /gql/v1/job/{id}", 67890) == world.show("GET /gql/v1/project/{id}", 67890)
    row = world.show("POST /gql/v1/wip", 89012)
    assert (row["projectId"], row["jobId"], row["jobName"]) == (67890, 67890, "Q4 Financial Audit")


def test_null_is_shown_where_it_is_legal(world: World) -> None:
    """A stored null is shown where the schema allows it, and left out elsewhere."""
    world.store.put("staff", {"id": 9, "firstName": "A", "lastName": None, "managerStaffId": None})
    shown = world.show("GET /gql/v1/staff/{id}", 9)
    assert shown["managerStaffId"] is None
    assert "lastName" not in shown


def test_names_through_a_relation_to_oneself(world: World) -> None:
    """A member of staff shows the names of department and manager."""
    shown = world.show("GET /gql/v1/staff/{id}", 124)
    assert shown["managerName"] == "John Smith"
    assert world.show("GET /gql/v1/staff/{id}", 123)["departmentName"] == "Audit"


def test_encoded_is_what_is_shown(world: World) -> None:
    """Ready bytes hold the same as the shown row, and come again without being made again."""
    view, row = world.view("GET /gql/v1/client/{id}"), world.store.get("client", 789)
    assert row is not None
    first = view.encoded(world.store, row)
    assert json.loads(first) == view.show(world.store, row)
    assert view.encoded(world.store, row) is first
    assert view.encoded_all(world.store, [row, row]) == [first, first]


@pytest.mark.parametrize(("entity", "key", "change"), [
    ("client", 789, {"name": "Other"}),
    ("contact", 23456, {"title": "CEO"}),
    ("engagement", 34567, {"status": "ON_HOLD"}),
])  # fmt: skip
def test_bytes_are_made_anew_after_a_write(world: World, entity: str, key: int, change: Json) -> None:
    """A write to any row that has a part in an answer is seen in the next one."""
    client = world.store.get("client", 789) or {}
    world.store.put("client", {**client, "primaryContactId": 23456})
    view = world.view("GET /gql/v1/client/{id}")
    before = view.encoded(world.store, world.store.get("client", 789) or {})
    assert entity in view.entities
    world.store.put(entity, {**(world.store.get(entity, key) or {}), **change})
    after = view.encoded(world.store, world.store.get("client", 789) or {})
    assert after != before
    assert json.loads(after) == world.show("GET /gql/v1/client/{id}", 789)


def test_forks_do_not_share_bytes(world: World) -> None:
    """What one fork has written is not seen in the answers of another."""
    view = world.view("GET /gql/v1/contact/{id}")
    fork = world.store.fork()
    row = world.store.get("contact", 23456) or {}
    assert json.loads(view.encoded(fork, row))["clientName"] == "Acme Corporation"
    fork.put("client", {"id": 789, "name": "Fork"})
    assert json.loads(view.encoded(fork, row))["clientName"] == "Fork"
    assert json.loads(view.encoded(world.store, row))["clientName"] == "Acme Corporation"


def test_integers_beyond_64_bits(world: World) -> None:
    """A huge number in a row is no reason to fail."""
    world.store.put("contact", {"id": 1, "address": {"depth": 2**70}})
    row = world.store.get("contact", 1) or {}
    assert str(2**70).encode() in world.view("GET /gql/v1/contact/{id}").encoded(world.store, row)


# Plain REST of another domain.

BOOKS: dict[str, list[Json]] = {
    "author": [{"id": 1, "first_name": "Jane", "last_name": "Austen"}, {"id": 2, "last_name": "Homer"}],
    "book": [
        {"isbn": "9780000000001", "title": "Emma", "author_id": 1, "published_on": "1815-12-23", "genre": "novel",
         "reviews": [{"member_id": 5, "stars": 4}], "language": "en"},
        {"isbn": "9780000000002", "title": "Odyssey", "author_id": 2},
        {"isbn": "9780000000003", "title": "Beowulf"},
    ],
    "member": [{"id": 5, "name": "Mary"}],
    "loan": [{"id": "00000000-0000-4000-8000-000000000001", "book_isbn": "9780000000001", "member_id": 5,
              "approver_id": None}],
}  # fmt: skip


@pytest.fixture
def library() -> World:
    """The library and some books."""
    return World(load_bundle(LIBRARY, cache=False), BOOKS)


def test_a_summary_and_a_detail(library: World) -> None:
    """The same row is short in a list and long by itself, with author, loans and names from related rows."""
    assert library.show("GET /api/v2/books", "9780000000001") == {
        "isbn": "9780000000001",
        "title": "Emma",
        "genre": "novel",
        "author_name": "Jane Austen",
        "published_on": "1815-12-23",
    }
    detail = library.show("GET /api/v2/books/{isbn}", "9780000000001")
    assert detail["author"] == {"id": 1, "full_name": "Jane Austen"}
    assert detail["reviews"] == [{"member_id": 5, "stars": 4, "name": "Mary"}]
    assert detail["loans"][0]["member_name"] == "Mary"
    assert detail["loans"][0]["approver_id"] is None
    assert "pages" not in detail


def test_a_date_as_a_time(library: World) -> None:
    """A stored date becomes its first moment where a time is wanted, under another spelling of its name."""
    shown = library.show("GET /api/v2/authors/{author_id}/books", "9780000000001")
    assert shown == {"ISBN": "9780000000001", "publishedOn": "1815-12-23T00:00:00Z"}


def test_half_a_name(library: World) -> None:
    """A person with one name has that one."""
    assert library.show("GET /api/v2/books", "9780000000002")["author_name"] == "Homer"
    assert "author_name" not in library.show("GET /api/v2/books", "9780000000003")


def test_what_is_required_is_there(library: World) -> None:
    """A required property that the row lacks is sampled, the same each time."""
    shown = library.show("GET /api/v2/books/{isbn}", "9780000000002")
    assert isinstance(shown["language"], str)
    assert shown == library.show("GET /api/v2/books/{isbn}", "9780000000002")


def test_rows_fit_their_schemas(library: World) -> None:
    """Whatever a row has and lacks, what is shown validates."""
    for label in ("GET /api/v2/books", "GET /api/v2/books/{isbn}", "GET /api/v2/authors/{author_id}/books"):
        operation = library.bundle.operations.at(*label.split(" "))
        assert operation is not None
        pointer = row_pointer(library.bundle, operation)
        schema = {"$ref": f"#{quote(str(pointer))}", **library.bundle.document}
        validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
        for row in BOOKS["book"]:
            assert validator.is_valid(library.show(label, row["isbn"])), label


# Schemas of other kinds.


def small(folder: Path, schema: Json, schemas: Json | None = None, **rows: list[Json]) -> tuple[World, View]:
    """A world whose things are shown by the schema."""
    response = {"description": "-", "content": {"application/json": {"schema": schema}}}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "T", "version": "1"},
        "paths": {"/things/{id}": {"get": {"responses": {"200": response}}}},
        "components": {"schemas": schemas or {}},
    }
    file = folder / "small.json"
    file.write_text(json.dumps(document))
    world = World(load_bundle(file, cache=False), rows)
    return world, world.view("GET /things/{id}")


def test_an_open_schema_shows_all(tmp_path: Path) -> None:
    """A schema that names no property hides nothing."""
    world, view = small(tmp_path, {"type": "object"})
    row = {"id": 1, "anything": {"goes": True}}
    assert view.show(world.store, row) == row


def test_a_named_schema_shows_what_it_names(tmp_path: Path) -> None:
    """Columns that a schema does not name stay inside; open objects in it stay whole."""
    world, view = small(tmp_path, {"properties": {"id": ID, "extra": {"type": "object", "additionalProperties": True}}})
    assert view.show(world.store, {"id": 1, "extra": {"a": 1}, "secret": 2}) == {"id": 1, "extra": {"a": 1}}


def test_alternatives_are_chosen_by_what_they_fix(tmp_path: Path) -> None:
    """A row is shown by the alternative whose constants it has, one that has none of them by the first."""
    cat = {"properties": {"kind": {"const": "cat"}, "lives": ID}}
    dog = {"properties": {"kind": {"enum": ["dog"]}, "tricks": ID}}
    world, view = small(tmp_path, {"oneOf": [cat, dog]})
    row = {"id": 1, "lives": 9, "tricks": 3}
    assert view.show(world.store, {**row, "kind": "dog"}) == {"kind": "dog", "tricks": 3}
    assert view.show(world.store, {**row, "kind": "cat"}) == {"kind": "cat", "lives": 9}
    assert view.show(world.store, {**row, "kind": "cow"}) == {"kind": "cat", "lives": 9}


def test_what_does_not_fit_is_replaced(tmp_path: Path) -> None:
    """Operations that disagree on a column still get valid answers from one row; what is right in it stays."""
    world, view = small(
        tmp_path, {"required": ["code"], "properties": {"id": ID, "code": {**TEXT, "pattern": "^[a-z]+$"}}}
    )
    shown = view.show(world.store, {"id": 1, "code": "NO 1"})
    assert shown["id"] == 1
    assert shown["code"].isalpha()
    assert shown == view.show(world.store, {"id": 1, "code": "NO 1"})


def test_a_constant_is_what_the_schema_says(tmp_path: Path) -> None:
    """The reply that confirms a deletion calls the row what it says it is, not what the row was."""
    deleted = {"required": ["object"], "properties": {"id": ID, "object": {"const": "thing.deleted"}}}
    world, view = small(tmp_path, deleted)
    assert view.show(world.store, {"id": 1, "object": "thing"}) == {"id": 1, "object": "thing.deleted"}


def test_a_row_or_null(tmp_path: Path) -> None:
    """An alternative that is null does not stand in the way."""
    world, view = small(tmp_path, {"anyOf": [{"properties": {"id": ID}}, {"type": "null"}]})
    assert view.show(world.store, {"id": 1, "x": 2}) == {"id": 1}


def test_numbers_and_texts(tmp_path: Path) -> None:
    """A stored number becomes text where text is wanted elsewhere, and a whole number loses its point."""
    shown: Json = {"properties": {"id": ID, "code": ID, "share": {"type": "number"}}}
    world, _ = small(tmp_path, shown, {"T": {"properties": {"code": TEXT, "share": ID}}})
    view = View(world.bundle, world.model, "thing", "/components/schemas/T")
    assert view.show(world.store, {"id": 1, "code": 7, "share": 2.0}) == {"code": "7", "share": 2}


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("2024-05-06", "2024-05-06T00:00:00Z"),
        ("2024-05-06T07:08:09", "2024-05-06T07:08:09Z"),
        ("2024-05-06T07:08:09Z", "2024-05-06T07:08:09Z"),
        ("2024-05-06T07:08:09.5+02:00", "2024-05-06T07:08:09.5+02:00"),
        ("2024-05-06T07:08:09-05:00", "2024-05-06T07:08:09-05:00"),
    ],
)
def test_times_are_whole(tmp_path: Path, stored: str, shown: str) -> None:
    """A date or local time is shown as the full time that its format demands."""
    world, view = small(tmp_path, {"properties": {"at": {"type": "string", "format": "date-time"}}})
    assert view.show(world.store, {"id": 1, "at": stored}) == {"at": shown}


def test_a_tree_does_not_end_in_a_loop(tmp_path: Path) -> None:
    """Rows that contain each other are shown to a certain depth only."""
    node: Json = {"properties": {"id": ID, "parent": {"$ref": "#/components/schemas/Thing"}}}
    world, view = small(tmp_path, {"$ref": "#/components/schemas/Thing"}, {"Thing": node})
    world.store.put("thing", {"id": 1, "parentId": 2})
    world.store.put("thing", {"id": 2, "parentId": 1})
    shown = view.show(world.store, world.store.get("thing", 1) or {})
    assert shown["parent"]["id"] == 2
    assert len(json.dumps(shown)) < 200


def test_a_required_null(tmp_path: Path) -> None:
    """A required property without a value is null where that is legal."""
    world, view = small(tmp_path, {"required": ["note"], "properties": {"note": {"type": ["string", "null"]}}})
    assert view.show(world.store, {"id": 1}) == {"note": None}


def test_views_are_quick(world: World) -> None:
    """Showing a row of some 25 columns takes microseconds, and ready bytes next to nothing."""
    view, row = world.view("GET /gql/v1/wip/{id}"), world.store.get("wip", 89012) or {}
    start = time.process_time()
    for _ in range(2000):
        view.show(world.store, row)
    assert (time.process_time() - start) / 2000 < 150e-6
