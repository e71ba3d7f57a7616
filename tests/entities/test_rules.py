"""Rules: what follows from a write, in the row itself and in those that show its sums."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from mockserver.bundle.loader import Bundle
from mockserver.entities.base import Rules, Sheet, amount, cents, rules_for, settle
from mockserver.store.memory import Store
from mockserver.store.model import Entity, Field, Model, normal
from mockserver.store.scenarios import Scenario
from mockserver.store.seeding import Seeder
from tests.store.seeded import firm, known

LINE = {"id": 1, "description": "Audit", "quantity": 2, "unitPrice": 100.0, "taxRate": 0.1}


@pytest.fixture
def store() -> Store:
    """The small firm, written to and thrown away."""
    return firm("small").store().fork()


def write(store: Store, entity: str, **values: Any) -> Mapping[str, Any]:
    """What a handler does: compute, check, put, settle."""
    rules = rules_for(entity)
    row: Mapping[str, Any] = {**(store.get(entity, values.get("id")) or {}), **values}
    if rules is not None:
        row = rules.computed(row, store)
        assert rules.check(row, store) == []
    made = store.put(entity, row)
    settle(store, entity, made)
    return store.get(entity, made["id"]) or {}


def refused(store: Store, entity: str, **values: Any) -> list[tuple[str, str]]:
    """What is said against a row: (pointer, detail)."""
    rules = rules_for(entity)
    assert rules is not None
    return [(each.pointer, each.detail) for each in rules.check(rules.computed(values, store), store)]


def test_entities_without_rules_have_none() -> None:
    """Rules are an exception; most entities are what their schema says."""
    assert rules_for("office") is None
    assert rules_for("book") is None


@pytest.mark.parametrize(
    "entity",
    "client contact staff engagement project wip invoice payment draft_invoice draft_invoice_history contact_client "
    "contact_info file".split(),
)
def test_rules_agree_with_the_rows_they_made(entity: str) -> None:
    """Writing a seeded row back as it is changes nothing in it and is not refused."""
    rules = rules_for(entity)
    assert rules is not None
    rows = firm("small")
    held = rows.store()
    for row in held.all(entity):
        assert rules.computed(row, held) == row
        assert rules.check(row, held) == []


@pytest.mark.parametrize("entity", ["client", "contact", "project", "wip", "invoice", "payment", "draft_invoice"])
def test_rules_take_rows_of_which_little_is_known(store: Store, entity: str) -> None:
    """A row with a key and nothing else is written without a complaint."""
    assert write(store, entity, id=999_001)["id"] == 999_001


# -- invoices and payments --


def test_an_invoice_adds_itself_up(store: Store) -> None:
    """Line amounts, subtotal, tax, total, what is open and the payment status follow from the lines."""
    row = write(
        store, "invoice", id=999_001, clientId=1001, status="POSTED", lineItems=[LINE, {**LINE, "quantity": 0.5}]
    )

    assert [line["amount"] for line in row["lineItems"]] == [200.0, 50.0]
    assert (row["subtotal"], row["taxAmount"], row["totalAmount"]) == (250.0, 25.0, 275.0)
    assert (row["paidAmount"], row["outstandingAmount"], row["paymentStatus"]) == (0.0, 275.0, "UNPAID")


def test_an_invoice_without_lines_adds_up_what_it_has(store: Store) -> None:
    """Subtotal and tax given by themselves make the total."""
    row = write(store, "invoice", id=999_001, subtotal=99.99, taxAmount=0.01, paidAmount=40)

    assert (row["totalAmount"], row["outstandingAmount"], row["paymentStatus"]) == (100.0, 60.0, "PARTIALLY_PAID")


def test_money_is_added_exactly(store: Store) -> None:
    """Ten times 0.1 is 1, and no invoice totals 0.30000000000000004."""
    lines = [{"id": n, "quantity": 1, "unitPrice": 0.1, "taxRate": 0} for n in range(3)]
    row = write(store, "invoice", id=999_001, lineItems=lines)

    assert (row["subtotal"], row["totalAmount"]) == (0.3, 0.3)


def test_a_payment_changes_its_invoice_and_its_client(store: Store) -> None:
    """Paid, open, both statuses and the client's balance move with each payment written."""
    write(store, "invoice", id=999_001, clientId=789, status="SENT", lineItems=[LINE])
    before = store.get("client", 789)
    write(store, "payment", id=999_002, invoiceId=999_001, amount=20, status="CONFIRMED")
    part = store.get("invoice", 999_001)
    write(store, "payment", id=999_003, invoiceId=999_001, amount=200, status="CONFIRMED")
    whole, after = store.get("invoice", 999_001), store.get("client", 789)

    assert part is not None
    assert whole is not None
    assert before is not None
    assert after is not None
    assert (part["paidAmount"], part["paymentStatus"], part["status"]) == (20.0, "PARTIALLY_PAID", "SENT")
    assert (whole["outstandingAmount"], whole["paymentStatus"], whole["status"]) == (0.0, "PAID", "PAID")
    owed = [row["financialSummary"]["outstandingBalance"] for row in (before, after)]
    assert owed[0] - owed[1] == 220.0


def test_payments_that_did_not_happen_change_nothing(store: Store) -> None:
    """A pending or failed payment pays for nothing."""
    write(store, "invoice", id=999_001, status="SENT", lineItems=[LINE])
    write(store, "payment", id=999_002, invoiceId=999_001, amount=20, status="PENDING")

    assert (store.get("invoice", 999_001) or {})["paidAmount"] == 0.0


def test_a_payment_taken_back_opens_its_invoice_again(store: Store) -> None:
    """PAID goes back to POSTED when a payment turns out to be refunded."""
    write(store, "invoice", id=999_001, status="SENT", lineItems=[LINE])
    write(store, "payment", id=999_002, invoiceId=999_001, amount=220, status="CONFIRMED")
    write(store, "payment", id=999_002, status="REFUNDED")
    row = store.get("invoice", 999_001) or {}

    assert (row["paidAmount"], row["paymentStatus"], row["status"]) == (0.0, "UNPAID", "POSTED")


def test_a_payment_learns_its_client_from_its_invoice(store: Store) -> None:
    """clientId may be left out where the invoice tells it."""
    invoice = next(row for row in store.all("invoice") if row["id"] > 1000 and row["clientId"] != 789)
    assert write(store, "payment", id=999_002, invoiceId=invoice["id"], amount=1)["clientId"] == invoice["clientId"]


def test_the_documented_invoice_keeps_what_it_lists(store: Store) -> None:
    """Its payment of 15,000 points elsewhere; a write to the invoice does not make it forget that."""
    row = write(store, "invoice", id=45678, notes="changed")

    assert (row["paidAmount"], row["outstandingAmount"], row["paymentStatus"]) == (15000.0, 7000.0, "PARTIALLY_PAID")


def test_settling_tells_what_else_changed(store: Store) -> None:
    """Events can be made of it: the invoice and its client, in this order."""
    write(store, "invoice", id=999_001, clientId=789, status="SENT", lineItems=[LINE])
    paid = store.put("payment", {"id": 999_002, "invoiceId": 999_001, "amount": 20, "status": "CONFIRMED"})

    assert [(entity, row["id"]) for entity, row in settle(store, "payment", paid)] == [
        ("invoice", 999_001),
        ("client", 789),
    ]
    assert settle(store, "payment", paid) == []


# -- time, projects, clients --


def test_hours_follow_from_times_and_amounts_from_hours(store: Store) -> None:
    """duration, what is not billable, the amount, the value and what is open are worked out."""
    row = write(store, "wip", id=999_001, startTime="2025-01-02T09:00:00Z", endTime="2025-01-02T17:30:00Z",
                billableHours=6, hourlyRate=200.5, value=1, billedAmount=200, writeOffAmount=3)  # fmt: skip

    assert (row["duration"], row["nonBillableHours"]) == (8.5, 2.5)
    assert (row["billableAmount"], row["value"], row["outstanding"]) == (1203.0, 1203.0, 1000.0)


def test_times_of_different_zones_and_wrong_ones_do_no_harm(store: Store) -> None:
    """Offsets are reckoned with; what is no time is left alone."""
    zones = write(store, "wip", id=999_001, startTime="2025-01-02T09:00:00+02:00", endTime="2025-01-02T09:00:00Z")
    mixed = write(store, "wip", id=999_002, startTime="2025-01-02T09:00:00", endTime="2025-01-02T09:30:00Z")
    wrong = write(store, "wip", id=999_003, startTime="9 o'clock", endTime="noon", duration=3)

    assert zones["duration"] == 2.0
    assert "duration" not in mixed
    assert wrong["duration"] == 3


def test_a_project_is_active_until_it_is_over(store: Store) -> None:
    """Its flag follows a change of its status, unless both are written."""
    assert write(store, "project", id=2001, status="COMPLETED")["active"] is False
    assert write(store, "project", id=2001, status="IN_PROGRESS")["active"] is True
    assert write(store, "project", id=2001, name="Other name")["active"] is True


def test_status_and_flag_of_a_client_agree_after_a_write(store: Store) -> None:
    """Whichever of the two is written, the other follows."""
    assert write(store, "client", id=1001, active=False)["status"] == "INACTIVE"
    assert write(store, "client", id=1001, active=True)["status"] == "ACTIVE"
    assert write(store, "client", id=1001, status="INACTIVE")["active"] is False
    assert write(store, "client", id=1001, status="PROSPECT")["active"] is True


def test_a_write_to_a_client_keeps_its_documented_sums(store: Store) -> None:
    """Only a written invoice or payment makes them anew."""
    row = write(store, "client", id=789, phone="+1-555-0199")
    assert row["financialSummary"] == {"totalRevenue": 150000.0, "outstandingBalance": 25000.0}


def test_a_draft_adds_itself_up(store: Store) -> None:
    """A draft invoice has the arithmetic of an invoice."""
    row = write(store, "draft_invoice", id=999_001, lineItems=[LINE])
    assert (row["subtotal"], row["taxAmount"], row["totalAmount"]) == (200.0, 20.0, 220.0)


@pytest.mark.parametrize(
    ("entity", "values", "pointer", "said"),
    [
        ("project", {"startDate": "2025-02-01T00:00:00Z", "endDate": "2025-01-01T00:00:00Z"}, "/endDate", "before"),
        ("engagement", {"startDate": "2025-02-01", "endDate": "2025-01-01T00:00:00Z"}, "/endDate", "before"),
        ("invoice", {"issueDate": "2025-02-01T00:00:00Z", "dueDate": "2025-01-01T00:00:00Z"}, "/dueDate", "before"),
        ("invoice", {"subtotal": -5}, "/totalAmount", "write a credit"),
        ("wip", {"startTime": "2025-01-02T09:00:00Z", "endTime": "2025-01-02T08:00:00Z"}, "/endTime", "before"),
        ("wip", {"duration": 2, "billableHours": 3}, "/billableHours", "more than the duration of 2"),
        ("payment", {"amount": -3}, "/amount", "REFUNDED"),
        ("payment", {"cardLastFour": "4111111111111111"}, "/cardLastFour", "last four digits"),
        ("contact", {"email": "nobody"}, "/email", "no e-mail address"),
        ("draft_invoice", {"preparedDate": "2025-03-01T00:00:00Z", "proposedIssueDate": "2025-02-01T00:00:00Z"},
         "/proposedIssueDate", "before preparedDate"),
    ],
)  # fmt: skip
def test_combinations_that_cannot_be_are_refused(
    store: Store, entity: str, values: dict[str, Any], pointer: str, said: str
) -> None:
    """Each with the JSON pointer of what is wrong, and why."""
    found = refused(store, entity, id=999_001, **values)

    assert [each[0] for each in found] == [pointer]
    assert said in found[0][1]


def test_equal_days_are_in_order(store: Store) -> None:
    """A plain date and a moment of the same day do not contradict each other."""
    assert refused(store, "project", id=999_001, startDate="2025-02-01T10:00:00Z", endDate="2025-02-01") == []


# -- other bundles --


def entity_of(entity: str, **columns: str) -> Entity:
    """An entity with columns of these types."""
    fields = {n: Field(n, kind, schema={"type": kind}) for n, kind in {"id": "integer", **columns}.items()}
    return Entity(entity, fields=fields, spellings={normal(n): n for n in fields})


def test_rules_serve_bundles_that_have_less() -> None:
    """An invoice of two columns is seeded, written and settled like any."""
    model = Model({"invoice": entity_of("invoice", total_amount="number", paid_amount="number")})
    seeder = Seeder(model, Scenario("x", counts={"invoice": 5}))
    store = Store(model, seeder)
    row = write(store, "invoice", id=1, total_amount=10, paid_amount=4)

    assert all(0 <= made["paid_amount"] <= made["total_amount"] for made in seeder.rows("invoice"))
    assert set(row) == {"id", "total_amount", "paid_amount"}


def test_rules_speak_every_case_style() -> None:
    """snake_case columns are worked out as camelCase ones are."""
    columns = {"total_amount": "number", "paid_amount": "number", "outstanding_amount": "number"}
    model = Model({"invoice": entity_of("invoice", **columns)})
    row = write(
        Store(model, Seeder(model, Scenario("x", counts={"*": 0}))), "invoice", id=1, total_amount=10.5, paid_amount=4
    )

    assert row["outstanding_amount"] == 6.5


def test_rules_of_one_bundle_do_not_break_another() -> None:
    """A `status` with an enum of its own, a `duration` that is a text, a `size` that is a word: they stay legal."""
    thing = entity_of("project", duration="string", status="string", active="string", budget="string")
    thing.fields["status"] = Field("status", "string", values=("open", "shut"), schema={"enum": ["open", "shut"]})
    model = Model({"project": thing})
    seeder = Seeder(model, Scenario("x", counts={"project": 20}))
    for row in seeder.rows("project"):
        assert row["status"] in ("open", "shut")
        assert all(isinstance(row[name], str) for name in ("duration", "active", "budget"))


def test_files_belong_to_nothing_where_there_is_nothing() -> None:
    """In a bundle without clients or projects a file has no owner."""
    model = Model(
        {"file": entity_of("file", name="string", mediaType="string", recordType="string", recordId="integer")}
    )
    for row in Seeder(model, Scenario("x", counts={"file": 3})).rows("file"):
        assert "recordType" not in row


def test_files_belong_to_rows_that_exist() -> None:
    """recordType and recordId name a row; the ending goes with the media type."""
    rows = firm("default")
    endings = {"application/pdf": ".pdf", "text/csv": ".csv", "image/png": ".png", "text/plain": ".txt"}
    for row in rows.rows("file"):
        assert row["recordId"] in rows.keys[row["recordType"]]
        assert row["name"].endswith(endings[row["mediaType"]])
        assert 0 < row["size"] <= 65_536


# -- the sheet --


@pytest.fixture
def sheet() -> Sheet:
    """A row of a bundle in snake_case."""
    entity = entity_of(
        "thing", paid_amount="number", is_open="boolean", start_date="string", kind="string", parts="array"
    )
    entity.fields["start_date"] = Field("start_date", "string", "date", schema={"type": "string", "format": "date"})
    entity.fields["kind"] = Field("kind", "string", values=("a", "b"), schema={"enum": ["a", "b"]})
    entity.fields["note"] = Field("note", "string", schema={"type": ["string", "null"]})
    return Sheet(entity, {"id": 1, "paid_amount": 1.1}, fixed=("is_open",))


def test_a_sheet_reads_and_writes_by_any_spelling(sheet: Sheet) -> None:
    """The rules say paidAmount, the row says paid_amount."""
    sheet["paidAmount"] = 2.5

    assert sheet.get("paidAmount") == 2.5
    assert sheet.row == {"id": 1, "paid_amount": 2.5}
    assert "paidAmount" in sheet
    assert "price" not in sheet
    assert sheet.key == 1


@pytest.mark.parametrize(("name", "value"), [("price", 3), ("kind", "c"), ("paidAmount", "x"), ("paidAmount", True),
                                             ("isOpen", True), ("parts", {}), ("startDate", 5)])  # fmt: skip
def test_a_sheet_takes_only_what_the_bundle_allows(sheet: Sheet, name: str, value: Any) -> None:
    """Unknown fields, values outside an enum or of another type, and fixed fields are left as they are."""
    before = dict(sheet.row)
    sheet[name] = value

    assert sheet.row == before


def test_a_sheet_writes_moments_as_the_column_has_them(sheet: Sheet) -> None:
    """A plain date where the column is one."""
    sheet.moment("startDate", "2025-01-02T00:00:00Z")
    sheet.moment("nothing", "2025-01-02T00:00:00Z")

    assert sheet.row["start_date"] == "2025-01-02"


def test_a_sheet_clears_by_null_or_by_leaving_out(sheet: Sheet) -> None:
    """Null only where the schema knows it."""
    sheet.clear("paidAmount", "note", "nothing")

    assert sheet.row == {"id": 1, "note": None}


def test_a_sheet_knows_amounts_exactly(sheet: Sheet) -> None:
    """1.1 is one point one, a text or a flag is no amount."""
    sheet["kind"] = "a"

    assert sheet.money("paidAmount") == Decimal("1.1")
    assert sheet.money("kind") is None


def test_a_row_being_seeded_has_no_store(sheet: Sheet) -> None:
    """Who asks for it is told to ask the draw."""
    with pytest.raises(RuntimeError, match="ask the draw"):
        _ = sheet.store


@pytest.mark.parametrize(("value", "rounded"), [("1.005", 1.01), ("2.675", 2.68), ("-0.005", -0.01), ("3", 3.0)])
def test_amounts_are_rounded_halves_up(value: str, rounded: float) -> None:
    """As on an invoice, and not as binary fractions happen to fall."""
    assert amount(Decimal(value)) == rounded
    assert cents(Decimal(value)) == Decimal(str(rounded)).quantize(Decimal("0.01"))


def test_rules_that_say_nothing_do_nothing(store: Store) -> None:
    """The base of all rules is harmless."""

    class Quiet(Rules):
        entity = "office"

    row = store.all("office")[0]
    assert Quiet().computed(row, store) == row
    assert Quiet().check(row, store) == []
    assert list(Quiet().touched(row, store)) == []


def test_the_day_of_the_scenario_is_the_day_of_its_rows() -> None:
    """`today` moves everything: with an older one the same rows are older."""
    bundle, model = known()
    old = Seeder(model, Scenario("x", counts={"project": 30, "*": 5}, today=date(2010, 1, 1)), bundle=bundle)

    assert isinstance(bundle, Bundle)
    assert all(row["createdAt"] < "2010-01-01" for row in old.rows("project"))


def test_a_payment_that_moves_settles_both_invoices(mock: Any) -> None:
    """The invoice that lost a payment owes its amount again, the one that got it owes less."""
    where = {"status": {"_eq": "CONFIRMED"}, "invoice": {"paymentStatus": {"_eq": "PAID"}}}
    paid = mock.post("/gql/v1/payments/search", json={"where": where}).json()["payments"][0]
    where = {"paymentStatus": {"_eq": "UNPAID"}, "clientId": {"_eq": paid["clientId"]}}
    owing = mock.post("/gql/v1/invoices/search", json={"where": where}).json()["invoices"]
    target = (
        owing[0]
        if owing
        else mock.post("/gql/v1/invoices/search", json={"where": {"paymentStatus": {"_eq": "UNPAID"}}}).json()[
            "invoices"
        ][0]
    )
    old = mock.get(f"/gql/v1/invoice/{paid['invoiceId']}").json()

    ref = {"id": str(paid["id"])}
    change = {
        "type": "payment",
        "systemRef": ref,
        "attributes": {"invoiceId": target["id"], "clientId": target["clientId"]},
    }
    done = mock.put("/api/v1/records", json={"records": [change]}).json()["data"]["records"][0]

    assert done["error"] is None
    before, after = mock.get(f"/gql/v1/invoice/{old['id']}").json(), mock.get(f"/gql/v1/invoice/{target['id']}").json()
    assert before["outstandingAmount"] == pytest.approx(old["outstandingAmount"] + paid["amount"])
    assert after["paidAmount"] == pytest.approx(paid["amount"])
