"""Lists and searches: pages, sizes, filters, orders and totals as each operation's own text says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

LISTS = [
    ("/gql/v1/clients", "clients"), ("/gql/v1/contacts", "contacts"), ("/gql/v1/staff", "staff"),
    ("/gql/v1/payments", "payments"), ("/gql/v1/invoices", "invoices"), ("/gql/v1/projects", "projects"),
    ("/gql/v1/wip", "wip"), ("/gql/v1/engagements", "engagements"),
    ("/gql/v1/draft_invoice_histories", "draftInvoices"), ("/gql/v1/departments", "departments"),
]  # fmt: skip


def page(mock: Any, path: str, collection: str, **body: Any) -> tuple[list[dict[str, Any]], int]:
    """The rows and the number of all matches."""
    reply = mock.post(path, json=body)
    assert reply.status_code == 200, reply.text
    return reply.json()[collection], reply.json()["total"]["aggregate"]["count"]


@pytest.mark.parametrize(("path", "collection"), LISTS)
def test_pages_are_disjoint_and_complete(mock: Any, path: str, collection: str) -> None:
    """Walking all pages of a list meets every row once, and the total counts them."""
    counts_pages = path in (
        "/gql/v1/staff",
        "/gql/v1/payments",
        "/gql/v1/invoices",
        "/gql/v1/wip",
        "/gql/v1/engagements",
    )
    everything, total = page(mock, path, collection, pageSize=1000)
    size = max(1, min(1000, len(everything)) // 3)
    walked = []
    for number in range(5):
        walked += page(mock, path, collection, pageSize=size, page=number if counts_pages else number * size)[0]

    assert total >= len(everything) > 0
    assert walked == everything[: len(walked)]
    assert len(walked) == min(len(everything), 5 * size)


@pytest.mark.parametrize(("path", "collection"), LISTS)
def test_the_default_is_fifty_and_a_body_is_optional(mock: Any, path: str, collection: str) -> None:
    """No body, an empty one and the written defaults mean the same."""
    bare = mock.post(path)

    assert bare.status_code == 200
    assert bare.json() == mock.post(path, json={}).json() == mock.post(path, json={"pageSize": 50, "page": 0}).json()
    assert len(bare.json()[collection]) == min(50, bare.json()["total"]["aggregate"]["count"])


def test_page_counts_rows_or_pages_as_the_operation_says(mock: Any) -> None:
    """Clients skip rows, invoices count pages from zero."""
    clients, _ = page(mock, "/gql/v1/clients", "clients", pageSize=10)
    invoices, _ = page(mock, "/gql/v1/invoices", "invoices", pageSize=10)

    assert page(mock, "/gql/v1/clients", "clients", pageSize=5, page=1)[0] == clients[1:6]
    assert page(mock, "/gql/v1/invoices", "invoices", pageSize=5, page=1)[0] == invoices[5:10]


def test_page_can_be_turned_round(make_mock: Callable[..., Any]) -> None:
    """The setting overrules the operations' texts, for all of them."""
    by_number, by_offset = make_mock(scenario="small", page="number"), make_mock(scenario="small", page="offset")
    clients, _ = page(by_number, "/gql/v1/clients", "clients", pageSize=10)
    invoices, _ = page(by_offset, "/gql/v1/invoices", "invoices", pageSize=10)

    assert page(by_number, "/gql/v1/clients", "clients", pageSize=2, page=2)[0] == clients[4:6]
    assert page(by_offset, "/gql/v1/invoices", "invoices", pageSize=2, page=2)[0] == invoices[2:4]


@pytest.mark.parametrize("size", [0, -1, 1001, "ten", 1.5, None])
def test_sizes_out_of_bounds_are_refused(mock: Any, size: Any) -> None:
    """1 to 1000, a whole number; the refusal points at the property."""
    for path in ("/gql/v1/clients", "/gql/v1/clients/search"):
        reply = mock.post(path, json={"pageSize": size})
        assert reply.status_code == 400
        assert reply.json()["details"][0]["pointer"] == "/pageSize"


def test_a_page_far_beyond_the_end_is_empty(mock: Any) -> None:
    """No number is too large."""
    rows, total = page(mock, "/gql/v1/clients", "clients", page=10**30)

    assert rows == []
    assert total > 0


def test_a_search_without_a_size_gives_one_row_and_the_exact_total(mock: Any) -> None:
    """The documented default of searches is 1."""
    rows, total = page(mock, "/gql/v1/clients/search", "clients")

    assert len(rows) == 1
    assert total == page(mock, "/gql/v1/clients", "clients")[1]


@pytest.mark.parametrize("name", ["limit", "pageSize"])
def test_staff_and_engagements_take_both_names_of_the_size(mock: Any, name: str) -> None:
    """Their schema says limit, their samples say pageSize."""
    assert len(page(mock, "/gql/v1/staff/search", "staff", **{name: 7})[0]) == 7
    assert len(page(mock, "/gql/v1/engagements/search", "engagements", **{name: 7})[0]) == 7


def test_default_orders_are_the_documented_ones(mock: Any) -> None:
    """Clients by name, contacts by last and first name, projects newest change first, staff alphabetically."""
    clients = [row["name"] for row in page(mock, "/gql/v1/clients", "clients", pageSize=300)[0]]
    contacts = [
        (row["lastName"], row["firstName"]) for row in page(mock, "/gql/v1/contacts", "contacts", pageSize=300)[0]
    ]
    changed = [row["updatedAt"] for row in page(mock, "/gql/v1/projects", "projects", pageSize=300)[0]]
    staff = [(row["lastName"], row["firstName"]) for row in page(mock, "/gql/v1/staff", "staff", pageSize=300)[0]]

    assert clients == sorted(clients)
    assert contacts == sorted(contacts)
    assert changed == sorted(changed, reverse=True)
    assert staff == sorted(staff)


@pytest.mark.parametrize(
    ("path", "collection", "filter_"),
    [
        ("/gql/v1/invoices", "invoices", {"status": "PAID"}),
        ("/gql/v1/invoices", "invoices", {"clientId": 1003}),
        ("/gql/v1/payments", "payments", {"paymentMethod": "ACH"}),
        ("/gql/v1/payments", "payments", {"clientId": 789}),
        ("/gql/v1/wip", "wip", {"wipType": "EXPENSE"}),
        ("/gql/v1/engagements", "engagements", {"status": "ACTIVE"}),
    ],
)
def test_typed_filters_narrow(mock: Any, path: str, collection: str, filter_: dict[str, Any]) -> None:
    """Every row that comes back has the value asked for, and the total counts just those."""
    ((name, value),) = filter_.items()
    everything, all_ = page(mock, path, collection, pageSize=1000)
    rows, total = page(mock, path, collection, pageSize=1000, **filter_)

    assert 0 < total < all_
    assert {row.get(name, row.get("client_id")) for row in rows} == {value}
    if all_ <= 1000:
        assert total == sum(row.get(name, row.get("client_id")) == value for row in everything)


def test_ranges_of_dates_are_inclusive_and_take_every_documented_form(mock: Any) -> None:
    """Local date-times, dates and date-times with zone all work; both ends count."""
    rows, total = page(mock, "/gql/v1/invoices", "invoices", pageSize=1000)
    dates = sorted(row["issueDate"] for row in rows)
    middle = dates[len(dates) // 2]

    after, after_total = page(mock, "/gql/v1/invoices", "invoices", pageSize=1000, startDate=middle)
    before, before_total = page(mock, "/gql/v1/invoices", "invoices", pageSize=1000, endDate=middle)
    both = page(mock, "/gql/v1/invoices", "invoices", pageSize=1000, startDate=middle, endDate=middle)[1]

    assert min(row["issueDate"] for row in after) == middle == max(row["issueDate"] for row in before)
    assert after_total + before_total == total + both
    for form in ("1990-01-01T00:00:00", "1990-01-01", "1990-01-01T00:00:00Z", "1990-01-01T00:00:00+02:00"):
        assert page(mock, "/gql/v1/invoices", "invoices", startDate=form)[1] == total
    assert page(mock, "/gql/v1/invoices", "invoices", endDate="1990-01-01T00:00:00")[1] == 0


def test_a_value_outside_of_an_enum_is_refused(mock: Any) -> None:
    """The documented values are the only ones; the refusal names them."""
    reply = mock.post("/gql/v1/invoices", json={"status": "LOST"})

    assert reply.status_code == 400
    assert reply.json()["details"][0]["pointer"] == "/status"
    assert "OVERDUE" in reply.text


def test_sums_are_those_of_all_matches(mock: Any) -> None:
    """The WIP list sums over everything that matches, not over the page."""
    rows, total = page(mock, "/gql/v1/wip", "wip", pageSize=1000, clientId=1003)
    sums = mock.post("/gql/v1/wip", json={"pageSize": 1, "clientId": 1003}).json()["total"]["aggregate"]["sum"]
    nothing = mock.post("/gql/v1/wip", json={"clientId": 10**9}).json()["total"]["aggregate"]

    assert total == len(rows) > 1
    assert sums["value"] == pytest.approx(sum(row["value"] for row in rows))
    assert (nothing["count"], nothing["sum"]["value"]) == (0, None)


def test_searches_traverse_relations_both_ways(mock: Any) -> None:
    """To-one by a property of the related row, to-many by the existence of one."""
    where = {"client": {"name": {"_eq": "Acme Corporation"}}}
    projects, _ = page(mock, "/gql/v1/projects/search", "projects", pageSize=100, where=where)
    where = {"contacts": {"lastName": {"_eq": "Smith"}, "firstName": {"_eq": "John"}}}
    clients, _ = page(mock, "/gql/v1/clients/search", "clients", pageSize=100, where=where)

    assert 67890 in [row["id"] for row in projects]
    assert {row["clientId"] for row in projects} == {789}
    assert 789 in [row["id"] for row in clients]


def test_orders_go_through_relations(mock: Any) -> None:
    """Projects sorted by their client's name."""
    rows, _ = page(
        mock, "/gql/v1/projects/search", "projects", pageSize=200, orderBy=[{"client": {"name": "desc"}}, {"id": "asc"}]
    )
    names = [row["clientName"] for row in rows if row.get("clientName")]

    assert len(names) > 50
    assert names == sorted(names, reverse=True)


@pytest.mark.parametrize(
    ("where", "pointer", "told"),
    [
        ({"nmae": {"_eq": "x"}}, "/where/nmae", "Did you mean name"),
        ({"name": {"_equals": "x"}}, "/where/name/_equals", "_eq"),
        ({"name": {"_eq": 3}}, "/where/name/_eq", "text"),
        (
            {"_and": [{"name": {"_eq": "x"}}, {"contacts": {"emial": {"_eq": "x"}}}]},
            "/where/_and/1/contacts/emial",
            "email",
        ),
        ({"name": {"_eq": None}}, "/where/name/_eq", "_is_null"),
        ({"name": {"_regex": "("}}, "/where/name/_regex", "regular"),
        ({"createdAt": {"_gt": "yesterday"}}, "/where/createdAt/_gt", "date"),
        ({"id": {"_in": [1, 2**63]}}, "/where/id/_in", "int64"),
        ({"contacts": {"id": {"_lt": -(2**63) - 1}}}, "/where/contacts/id/_lt", "int64"),
        ([], "/where", "object"),
        (None, "/where", "object"),
    ],
)
def test_what_cannot_be_understood_is_refused_by_name(mock: Any, where: Any, pointer: str, told: str) -> None:
    """The pointer leads to the mistake and the text to the way out."""
    reply = mock.post("/gql/v1/clients/search", json={"where": where})
    details = reply.json()["details"]

    assert reply.status_code == 400
    assert pointer in [detail["pointer"] for detail in details]
    assert told.lower() in reply.text.lower()


@pytest.mark.parametrize(
    "asked",
    [
        {"where": {"contacts": {"client": {"partnerStaff": {"lastName": {"_is_null": False}}}}}},
        {"where": {"_and": {"name": {"_is_null": False}}, "payments": {"amount": {"_gt": 0}}}},
        {"where": {"name": {"_similar": "(A|B)%"}}},
        {"orderBy": [{"partnerStaff": {"lastName": "asc"}}]},
    ],
)
def test_searches_know_more_than_the_schema_shows(mock: Any, asked: dict[str, Any]) -> None:
    """Every column of every relation is legal, although a schema shows one; the rest of the body is still judged."""
    rows, total = page(mock, "/gql/v1/clients/search", "clients", **asked)
    reply = mock.post("/gql/v1/clients/search", json={**asked, "pageSize": 0})

    assert rows
    assert total >= len(rows)
    assert reply.status_code == 400
    assert [detail["pointer"] for detail in reply.json()["details"]] == ["/pageSize"]


def test_fields_nobody_documented_can_be_let_through_as_null(make_mock: Callable[..., Any]) -> None:
    """With `unknown_fields=null` they are columns without values; operators are still checked."""
    mock = make_mock(scenario="small", unknown_fields="null")

    def count(where: Any) -> Any:
        return mock.post("/gql/v1/clients/search", json={"where": where}).json()["total"]["aggregate"]["count"]

    assert count({"shoeSize": {"_gt": 40}}) == 0
    assert count({"shoeSize": {"_is_null": True}}) == count({})
    assert mock.post("/gql/v1/clients/search", json={"where": {"shoeSize": {"_bigger": 1}}}).status_code == 400


@pytest.mark.parametrize(
    ("key", "status"),
    [
        ("789", 200),
        ("999999999", 404),
        ("0", 400),
        ("-1", 400),
        ("acme", 400),
        ("9223372036854775808", 400),
        ("1.5", 400),
    ],
)
def test_reads_answer_the_bare_object_or_the_declared_refusal(mock: Any, key: str, status: int) -> None:
    """An unknown id is 404; what can be no id is 400."""
    reply = mock.get(f"/gql/v1/client/{key}")

    assert reply.status_code == status
    if status == 200:
        assert reply.json()["id"] == 789
