"""Every row of every scenario: references, names, sums, dates, values, schemas."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import jsonschema_rs
import pytest

from mockserver.bundle.operations import Operation
from mockserver.bundle.reading import Reader
from mockserver.store.memory import Store
from mockserver.store.views import View
from tests.store.seeded import LIBRARY, Firm, Row, firm, known, seeder

# Where the vendor's own examples contradict each other, the row says what its example says:
# - invoice 45678 lists payment 12345 with 15,000; that payment's own page says 1,500 and names invoice 456.
# - client 789 was billed 150,000 and owes 25,000; its two invoices come to 23,500 and 7,000.
EXEMPT = {("invoice", 45678, "paid"), ("client", 789, "summary")}

AGREEING = [  # column of an entity, and the same fact by way of another column
    ("project", "clientId", "engagementId", "engagement"),
    ("invoice", "clientId", "projectId", "project"),
    ("payment", "clientId", "invoiceId", "invoice"),
    ("wip", "clientId", "projectId", "project"),
    ("draft_invoice", "clientId", "projectId", "project"),
    ("draft_invoice", "clientId", "invoiceId", "invoice"),
    ("draft_invoice", "projectId", "invoiceId", "invoice"),
    ("draft_invoice_history", "clientId", "draftInvoiceId", "draft_invoice"),
    ("draft_invoice_history", "clientId", "jobId", "project"),
    ("draft_invoice_history", "clientId", "invoiceId", "invoice"),
    ("draft_invoice_history", "invoiceId", "draftInvoiceId", "draft_invoice"),
    ("contact_client", "clientId", "contactId", "contact"),
]
ORDERED = [
    ("createdAt", "updatedAt"),
    ("createdAt", "expiresAt"),
    ("startDate", "endDate"),
    ("issueDate", "dueDate"),
    ("startTime", "endTime"),
    ("date", "endTime"),
    ("preparedDate", "proposedIssueDate"),
    ("proposedIssueDate", "proposedDueDate"),
    ("createdAt", "confirmationDate"),
    ("preparedDate", "approvedAt"),
]
PAST = (
    "createdAt",
    "updatedAt",
    "date",
    "loggedDate",
    "issueDate",
    "paymentDate",
    "confirmationDate",
    "approvedAt",
    "startDate",
)


@pytest.fixture(params=["default", "small", "large", "empty"], scope="module")
def rows(request: pytest.FixtureRequest) -> Firm:
    """The rows of one scenario after the other."""
    return firm(request.param)


def exact(value: Any) -> Decimal:
    """A JSON number as what it says."""
    return Decimal(str(value))


def of(rows: Firm, entity: str, *exempt: str) -> Iterator[Row]:
    """The rows of an entity, less those whose example contradicts what is looked at."""
    key = rows.model[entity].key
    yield from (row for row in rows.rows(entity) if not any((entity, row[key], what) in EXEMPT for what in exempt))


def test_the_counts_are_those_of_the_scenario(rows: Firm) -> None:
    """About 5,000, 300, 100,000 rows, and nothing but keys in the empty scenario."""
    total = sum(rows.seeder.count(name) for name in rows.model.entities)
    low, high = {"default": (4500, 5500), "small": (280, 400), "large": (99_900, 100_100), "empty": (4, 4)}[rows.name]

    assert low <= total <= high


def test_keys_are_unique(rows: Firm) -> None:
    """No key is given twice, and none is missing."""
    for entity, keys in rows.keys.items():
        assert len(keys) == rows.seeder.count(entity)
        assert None not in keys


def test_references_of_the_practice_system_are_one_rows_own(rows: Firm) -> None:
    """No two rows of an entity have the same pmsRef, so that a systemRef means one of them."""
    for entity in rows.model.entities:
        known = [row["pmsRef"] for row in rows.rows(entity) if row.get("pmsRef") is not None]
        assert len(set(known)) == len(known), entity


def test_keys_lead_back_to_their_rows(rows: Firm) -> None:
    """A row can be found by its key without making the others."""
    for entity in rows.model.entities:
        for row in rows.rows(entity)[:20]:
            assert rows.at(entity, row[rows.model[entity].key]) == row


def test_every_reference_exists(rows: Firm) -> None:
    """Each column that points at a row holds the key of a row that is there."""
    for entity in rows.model.entities.values():
        for relation in entity.relations.values():
            if relation.many:
                continue
            held = {row.get(relation.column) for row in rows.rows(entity.name)} - {None}
            assert held <= rows.keys[relation.target], (entity.name, relation.column)


def test_references_are_spread(rows: Firm) -> None:
    """Where there are more rows than they point at, everything is pointed at, and nothing by half of them."""
    for entity, column, target in (("invoice", "projectId", "project"), ("contact", "clientId", "client")):
        held = Counter(row[column] for row in rows.rows(entity) if column in row)
        if held:
            assert max(held.values()) <= 2 + len(rows.rows(entity)) / 4
        if rows.name == "default" and entity == "contact":
            free = len(rows.keys[target]) - rows.seeder.links.exact(target)
            assert len(held) >= free


@pytest.mark.parametrize(("entity", "column", "through", "target"), AGREEING)
def test_two_ways_lead_to_the_same_row(rows: Firm, entity: str, column: str, through: str, target: str) -> None:
    """An invoice is its project's client's; so with everything that can be reached in two ways."""
    for row in of(rows, entity):
        if row.get(through) is None:
            continue
        there = rows.at(target, row[through])
        assert there is not None
        if there.get(column) is not None and row.get(column) is not None:
            assert row[column] == there[column], row


def test_names_inside_rows_are_those_of_the_rows(rows: Firm) -> None:
    """Team members, reviewers and approvers are people of the firm, under their own names."""
    places = [("project", "teamMembers", "staffId", "name"), ("engagement", "teamMembers", "staffId", "name"),
              ("draft_invoice", "reviewHistory", "reviewerId", "reviewerName"),
              ("wip", "approvalHistory", "approverId", "approverName")]  # fmt: skip
    for entity, field, key, name in places:
        for row in rows.rows(entity):
            for part in row.get(field, ()):
                person = rows.at("staff", part[key])
                assert person is not None, row
                assert part[name] == f"{person['firstName']} {person['lastName']}"


def test_no_row_keeps_a_name_of_another(rows: Firm) -> None:
    """Copied names are never stored, so that they cannot disagree."""
    for entity in rows.model.entities.values():
        for row in rows.rows(entity.name):
            assert not entity.copies.keys() & row.keys(), row


@pytest.mark.parametrize("entity", ["invoice", "draft_invoice"])
def test_lines_tax_and_total_add_up(rows: Firm, entity: str) -> None:
    """amount = quantity * unitPrice; taxAmount = subtotal * taxRate; totalAmount = subtotal + taxAmount."""
    for row in of(rows, entity):
        lines = row["lineItems"]
        assert all(exact(n["quantity"]) * exact(n["unitPrice"]) == exact(n["amount"]) for n in lines), row
        assert len({n["taxRate"] for n in lines}) == 1
        assert sum(exact(n["amount"]) for n in lines) == exact(row["subtotal"])
        assert exact(row["subtotal"]) * exact(lines[0]["taxRate"]) == exact(row["taxAmount"])
        assert exact(row["subtotal"]) + exact(row["taxAmount"]) == exact(row["totalAmount"])


def test_what_is_open_is_total_less_paid(rows: Firm) -> None:
    """outstandingAmount = totalAmount - paidAmount, and paymentStatus says how much that is."""
    for row in of(rows, "invoice"):
        paid, total = exact(row["paidAmount"]), exact(row["totalAmount"])
        assert exact(row["outstandingAmount"]) == total - paid
        assert row["paymentStatus"] == ("UNPAID" if paid == 0 else "PAID" if paid == total else "PARTIALLY_PAID")
        assert (row["status"] == "PAID") <= (row["paymentStatus"] == "PAID")
        assert 0 <= paid <= total


def test_payments_add_up_to_what_was_paid(rows: Firm) -> None:
    """An invoice's paidAmount is the sum of the payments that point at it."""
    for row in of(rows, "invoice", "paid"):
        payments = rows.pointing("payment", "invoiceId", row["id"])
        assert sum(exact(p["amount"]) for p in payments) == exact(row["paidAmount"]), row
        assert all(p["status"] == "CONFIRMED" for p in payments)


def test_payments_that_did_not_happen_settle_nothing(rows: Firm) -> None:
    """Pending, failed and refunded payments point at no invoice; card data is there only with a card."""
    for row in rows.rows("payment"):
        assert (row["status"] == "CONFIRMED") == (row.get("invoiceId") is not None)
        if row["paymentMethod"] in ("ACH", "CHECK", "WIRE", "BANK_TRANSFER", "PAYPAL"):
            assert row["cardLastFour"] is None
        else:
            assert len(row["cardLastFour"]) == 4


def test_hours_and_amounts_of_time_add_up(rows: Firm) -> None:
    """duration = end - start = billable + not billable; billableAmount = billableHours * hourlyRate."""
    for row in of(rows, "wip"):
        span = datetime.fromisoformat(row["endTime"]) - datetime.fromisoformat(row["startTime"])
        assert exact(row["duration"]) * 3600 == int(span.total_seconds())
        assert exact(row["billableHours"]) + exact(row["nonBillableHours"]) == exact(row["duration"])
        assert exact(row["billableHours"]) * exact(row["hourlyRate"]) == exact(row["billableAmount"])


def test_the_value_of_time_is_open_billed_or_written_off(rows: Firm) -> None:
    """value = outstanding + billedAmount + writeOffAmount, and the status says which."""
    for row in of(rows, "wip"):
        if "value" not in row:  # the documented row shows none of the four
            continue
        parts = [exact(row[name]) for name in ("outstanding", "billedAmount", "writeOffAmount")]
        assert sum(parts) == exact(row["value"])
        assert row["approved"] == (row["status"] in ("APPROVED", "BILLED"))
        assert (parts[1] > 0) <= (row["status"] == "BILLED")


def test_the_summary_of_a_client_adds_up_its_invoices(rows: Firm) -> None:
    """totalRevenue and outstandingBalance are the sums over the client's invoices that count."""
    for row in list(of(rows, "client", "summary"))[:400]:
        if "financialSummary" not in row:
            continue
        invoices = [
            n for n in rows.pointing("invoice", "clientId", row["id"]) if n["status"] not in ("DRAFT", "CANCELLED")
        ]
        summary = row["financialSummary"]
        assert sum((exact(n["totalAmount"]) for n in invoices), Decimal(0)) == exact(summary["totalRevenue"])
        assert sum((exact(n["outstandingAmount"]) for n in invoices), Decimal(0)) == exact(
            summary["outstandingBalance"]
        )


def test_active_agrees_with_the_status(rows: Firm) -> None:
    """An inactive client says so twice; a project that is over is not active."""
    for row in rows.rows("client"):
        if "status" in row and "active" in row:
            assert row["active"] == (row["status"] != "INACTIVE")
    for row in rows.rows("project"):
        if "active" in row:
            assert row["active"] == (row["status"] not in ("COMPLETED", "CANCELLED"))


def test_what_is_open_and_long_due_is_overdue(rows: Firm) -> None:
    """An invoice that was generated as pending, posted or sent is not due yet; an overdue one is."""
    today = rows.seeder.scenario.today.isoformat()
    written = {record["id"] for record in rows.seeder.links.written("invoice")}
    for row in rows.rows("invoice"):
        if row["id"] not in written and row["status"] in ("PENDING", "POSTED", "SENT", "OVERDUE"):
            assert (row["dueDate"][:10] < today) == (row["status"] == "OVERDUE"), row


def test_projects_are_named_after_their_time_and_end(rows: Firm) -> None:
    """The year in a name is that of the start; all but a few projects whose end is past do not run any more."""
    today = rows.seeder.scenario.today.isoformat()
    made = rows.rows("project")[len(rows.seeder.links.written("project")) :]
    for row in made:
        assert not re.search(r"\b20\d\d\b", row["name"]) or row["startDate"][:4] in row["name"], row
    late = [row for row in made if row["status"] in ("PLANNING", "IN_PROGRESS") and row["endDate"][:10] < today]
    assert len(late) <= 20


def test_partners_lead_and_managers_manage(rows: Firm) -> None:
    """Whoever is called a partner of generated work is one; nobody is managed by an assistant."""
    roles = {row["id"]: row.get("role") for row in rows.rows("staff")}
    columns = [("client", "partnerStaffId", "PARTNER"), ("engagement", "partnerStaffId", "PARTNER"),
               ("engagement", "managerStaffId", "MANAGER"), ("project", "partnerId", "PARTNER"),
               ("project", "managerId", "MANAGER")]  # fmt: skip
    for entity, column, role in columns:
        for row in rows.rows(entity)[len(rows.seeder.links.written(entity)) :]:
            assert row.get(column) is None or roles[row[column]] == role, row
    for row in rows.rows("staff"):
        assert roles.get(row.get("managerStaffId")) in (None, "PARTNER", "MANAGER"), row


def test_services_and_templates_belong_where_their_names_say(rows: Firm) -> None:
    """Payroll is no tax work, an audit is the audit department's, and an office is in its own town."""
    lines = {row["id"]: row["name"] for row in rows.rows("service_line")}
    departments = {row["id"]: row["name"] for row in rows.rows("department")}
    for entity, words in (("service", {"Payroll": "CAS", "Audit": "Audit"}), ("job_template", {"Return": "Tax"})):
        for row in rows.rows(entity):
            for word, line in words.items():
                assert word not in row["name"] or line not in lines.values() or lines[row["serviceLineId"]] == line, row
    for row in rows.rows("job_template"):
        if "Annual Audit" in row["name"] and "Audit" in departments.values():
            assert departments[row["departmentId"]] == "Audit"
        assert row["budget"] <= 250 * row["estimatedHours"]
    for row in rows.rows("office"):
        assert row["address"]["city"] in row["name"], row


def test_a_draft_comes_shortly_before_its_invoice(rows: Firm) -> None:
    """What became an invoice was proposed for the day on which the invoice was issued."""
    for row in rows.rows("draft_invoice")[len(rows.seeder.links.written("draft_invoice")) :]:
        if row.get("invoiceId") is not None:
            invoice = rows.at("invoice", row["invoiceId"])
            assert invoice is not None
            assert row["proposedIssueDate"][:10] == invoice["issueDate"][:10]


def test_each_client_has_one_primary_contact(rows: Firm) -> None:
    """The primary contact is one of the client's, is the only one, and says so itself."""
    for row in rows.rows("client"):
        contacts = rows.pointing("contact", "clientId", row["id"])
        primary = [c["id"] for c in contacts if c["isPrimaryContact"]]
        assert primary == ([row["primaryContactId"]] if contacts else [])


def test_dates_are_in_order(rows: Firm) -> None:
    """What begins comes before what ends, and what is past lies before the scenario's today."""
    today = rows.seeder.scenario.today.isoformat()
    for entity in rows.model.entities:
        for row in rows.rows(entity):
            for first, second in ORDERED:
                if row.get(first) and row.get(second):
                    size = min(len(row[first]), len(row[second]), 19)
                    assert row[first][:size] <= row[second][:size], (entity, row)
            for name in PAST:
                if row.get(name):
                    assert row[name][:10] <= today, (entity, name, row)


def test_projects_run_within_their_engagements(rows: Firm) -> None:
    """A generated project starts and ends inside its engagement; time is logged inside the project."""
    written = {key for record in rows.seeder.links.written("project") for key in [record["id"]]}
    for row in rows.rows("project"):
        around = rows.at("engagement", row.get("engagementId"))
        if row["id"] not in written and around is not None:
            assert around["startDate"] <= row["startDate"]
            assert row["endDate"][:10] <= max(around["endDate"][:10], row["startDate"][:10])
    for row in rows.rows("wip"):
        project = rows.at("project", row["projectId"])
        assert project is not None
        assert project["startDate"][:10] <= row["date"][:10] <= max(project["endDate"][:10], project["startDate"][:10])


def test_every_legal_and_every_seen_value_occurs(rows: Firm) -> None:
    """Where an entity has as many rows as a field has values, each of them is on some row; true and false too."""
    for entity in rows.model.entities.values():
        all_rows = rows.rows(entity.name)
        for field in entity.fields.values():
            listed = field.values or (
                field.seen if {"x-seen-values", "x-inferred-values"} & field.schema.keys() else ()
            )
            values = [value for value in listed if value is not None]
            if field.type in ("array", "object") or not all_rows or rows.seeder.count(entity.name) < len(values):
                continue
            shown = {row.get(field.name) for row in all_rows}
            assert set(values) <= shown, (entity.name, field.name, set(values) - shown)
            if field.type == "boolean" and len(all_rows) > 4 and entity.name != "api_key":
                assert {True, False} <= shown, (entity.name, field.name)


def shown_by(rows: Firm) -> Iterator[tuple[Operation, str]]:
    """Each operation that shows rows, with the JSON pointer of the schema of one row."""
    reader = Reader(rows.bundle.document)
    for operation in rows.bundle.operations:
        media = operation.success.content[0] if operation.success and operation.success.content else None
        if operation.entity not in rows.model or media is None or not media.pointer:
            continue
        spot, shape = reader.at(media.pointer), operation.shape
        if shape.rows is not None:
            found = reader.walk(spot, shape.rows)
            inner = reader.items(found) if found is not None else None
        else:
            inner = reader.walk(spot, shape.item) if shape.item is not None else None
        if inner is not None:
            yield operation, inner.pointer


def test_every_row_validates_wherever_it_is_shown(rows: Firm) -> None:
    """Lists, searches and reads show each row as their own schemas say, formats included."""
    registry = jsonschema_rs.Registry([("urn:bundle", rows.bundle.document)], draft=jsonschema_rs.Draft202012)
    store = Store(rows.model, rows.seeder)
    judged: set[tuple[str, str]] = set()
    for operation, pointer in shown_by(rows):
        entity = str(operation.entity)
        if (entity, pointer) in judged:
            continue
        judged.add((entity, pointer))
        schema = {"$ref": f"urn:bundle#{quote(pointer)}"}
        judge = jsonschema_rs.Draft202012Validator(schema, registry=registry, validate_formats=True)
        view = View(rows.bundle, rows.model, entity, pointer)
        for row in store.all(entity):
            wrong = list(judge.iter_errors(view.show(store, row)))
            assert wrong == [], (operation.label, row, [error.message for error in wrong])
    assert len(judged) >= 30


def test_documented_rows_are_where_the_reference_says(rows: Firm) -> None:
    """The ids of the vendor's examples exist in the scenarios that hold them, and generated rows take none."""
    documented = {"client": {789, 2180, 7720}, "contact": {23456}, "engagement": {34567, 456, 8}, "wip": {89012},
                  "project": {67890, 67891, 2514}, "invoice": {45678, 456, 125890}, "payment": {12345},
                  "draft_invoice": {56789}, "staff": {123, 124, 53, 301, 420, 202}}  # fmt: skip
    for entity, keys in documented.items():
        assert (keys <= rows.keys[entity]) == (rows.name != "empty")
        if rows.name != "empty":
            assert all(rows.seeder.links.slot(entity, key) < len(rows.seeder.links.written(entity)) for key in keys)


def test_the_ids_that_the_bundle_shows_exist(rows: Firm) -> None:
    """Whoever takes the example of a path parameter, or of a column that points somewhere, finds a row."""
    if rows.name == "empty":
        return
    for operation in rows.bundle.operations:
        if operation.path.startswith("/gql/") and operation.path.endswith("{id}"):
            (parameter,) = operation.parameters
            assert isinstance(parameter.schema, dict)
            assert set(parameter.schema["examples"]) <= rows.keys[str(operation.entity)], operation.label
    for entity in rows.model.entities.values():
        for relation in entity.relations.values():
            if not relation.many:
                assert set(entity.fields[relation.column].seen) <= rows.keys[relation.target], (entity.name, relation)


def test_generated_rows_leave_the_documented_ones_alone(rows: Firm) -> None:
    """Nothing generated points at a row whose page is documented."""
    for entity, column in (("invoice", "clientId"), ("contact", "clientId"), ("engagement", "clientId"),
                           ("project", "engagementId"), ("payment", "invoiceId"), ("wip", "projectId")):  # fmt: skip
        target = rows.seeder.links.columns(entity)[column]
        written = {row["id"] for row in rows.seeder.links.written(entity)}
        whole = {record.values["id"] for record in rows.seeder.scenario.records.get(target, ())}
        assert not [row for row in rows.rows(entity) if row.get(column) in whole and row["id"] not in written]


def test_another_domain_hangs_together_too() -> None:
    """References of a bundle that has nothing to do with accounting exist as well, inside stored objects too."""
    _, model = known(LIBRARY)
    made = seeder(source=LIBRARY)
    keys = {name: {row[entity.key] for row in made.rows(name)} for name, entity in model.entities.items()}
    members = {review["member_id"] for row in made.rows("book") for review in row["reviews"]}

    assert members <= keys["member"]
    for entity in model.entities.values():
        for relation in entity.relations.values():
            if not relation.many:
                held = {row.get(relation.column) for row in made.rows(entity.name)} - {None}
                assert held <= keys[relation.target], (entity.name, relation.column)
