"""The store: rows by key, look-ups, forks, entities at run time; and against a dictionary under random writes."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from mockserver.store.memory import Found, Store
from mockserver.store.model import Copy, Entity, Field, Relation
from mockserver.store.query import parse_order, parse_where
from tests.store.oracle import Oracle
from tests.store.shop import Shelf, firm, firm_model, small_firm


def keys_of(store: Store, entity: str, where: Any = None, order: Any = None, **page: int) -> list[Any]:
    """The keys of what a search finds."""
    condition, steps = parse_where(where, entity, store.model), parse_order(order, entity, store.model)
    return [row["id"] for row in store.find(entity, condition, steps, **page).rows]


# -- single rows --


def test_an_entity_is_seeded_once_on_first_touch() -> None:
    """The source is asked when a row is first wanted, and never again, whichever fork asks."""
    shelf = Shelf(office=[{"id": 1, "name": "Berlin"}])
    store = Store(firm_model(), shelf)
    fork = store.fork()
    assert shelf.asked == []

    assert fork.get("office", 1) == {"id": 1, "name": "Berlin"}
    assert store.count("office") == 1
    assert store.fork().count("office") == 1
    assert shelf.asked == ["office"]


@pytest.mark.parametrize("key", [0, -1, 4, "1", None, True, 2**63, 1.5, [1], {"id": 1}])
def test_a_key_that_no_row_has_finds_nothing(key: Any) -> None:
    """Keys of any type may be asked for; what is not there is None."""
    store = firm(office=[{"id": 1}, {"id": 2}, {"id": 3}])

    assert store.get("office", key) is None
    assert store.delete("office", key) is None
    assert store.count("office") == 3


def test_put_inserts_replaces_and_copies() -> None:
    """A row is replaced by key; the store keeps its own copy of what it was given."""
    store = firm(office=[{"id": 1, "name": "Berlin"}])
    mine = {"id": 1, "name": "Bonn"}

    made = store.put("office", mine)
    mine["name"] = "changed"

    assert made == {"id": 1, "name": "Bonn"}
    assert store.get("office", 1) == {"id": 1, "name": "Bonn"}
    assert store.put("office", {"id": 7})["id"] == 7
    assert store.count("office") == 2


def test_rows_without_a_key_get_the_next_one() -> None:
    """Keys go up from the greatest there ever was; those of deleted rows do not come back."""
    store = firm(office=[{"id": 3}, {"name": "given one by the seed"}])

    assert [row["id"] for row in store.all("office")] == [3, 4]
    assert store.put("office", {})["id"] == 5
    store.delete("office", 5)
    assert store.put("office", {"id": None})["id"] == 6


@pytest.mark.parametrize(("format_", "first"), [("", "1"), ("uuid", "00000000-0000-4000-8000-000000000001")])
def test_text_keys_are_made_as_texts(format_: str, first: str) -> None:
    """Where keys are texts, so are the new ones: a number, or a UUID that is the same each time."""
    store = firm()
    store.define(Entity("note", "ref", {"ref": Field("ref", "string", format_)}))

    store.put("note", {"ref": "2"})

    assert store.put("note", {})["ref"] == first
    assert store.put("note", {})["ref"] not in (first, "2")


def test_rows_stay_in_key_order_whenever_they_come() -> None:
    """All rows and searches are in the order of whole-number keys, also after a late small one; texts come last."""
    store = firm(office=[{"id": 5}, {"id": 2}])

    for key in (9, 1, "b", "a", 3):
        store.put("office", {"id": key})

    assert [row["id"] for row in store.all("office")] == [1, 2, 3, 5, 9, "b", "a"]
    assert keys_of(store, "office", offset=1, limit=2) == [2, 3]


def test_deleting_gives_the_row_back_and_frees_its_place() -> None:
    """A deleted row is gone from every search; many deletions leave nothing behind."""
    store = firm(office=[{"id": key, "name": str(key % 3)} for key in range(1, 201)])
    assert len(keys_of(store, "office", {"name": {"_eq": "1"}})) == 67

    assert store.delete("office", 1) == {"id": 1, "name": "1"}
    for key in range(2, 200):
        store.delete("office", key)

    assert keys_of(store, "office", {"name": {"_in": ["0", "1", "2"]}}) == [200]
    assert keys_of(store, "office", {}, [{"name": "desc"}]) == [200]
    assert len(store.table("office").rows) < 64


# -- look-ups --


def test_find_counts_all_matches_of_which_a_page_is_shown() -> None:
    """`total` is exact, wherever the page begins and however long it is."""
    store = small_firm()

    assert store.find("invoice", limit=2) == Found([store.get("invoice", 1), store.get("invoice", 2)], 5)
    assert store.find("invoice", offset=4, limit=10) == Found([store.get("invoice", 5)], 5)
    assert store.find("invoice", offset=50) == Found([], 5)
    assert store.find("invoice", limit=0) == Found([], 5)
    assert store.find("bill", offset=3).total == 5


def test_a_page_may_be_changed_by_who_got_it() -> None:
    """The list of a page belongs to the asker: changing it changes no later answer."""
    store = small_firm()
    store.find("invoice", limit=2).rows.clear()

    assert len(store.find("invoice", limit=2).rows) == 2


def test_values_follow_copies_through_their_relations() -> None:
    """A copy shows the related row's field, joined fields, or that row's own copy; else what is stored."""
    store = small_firm()
    invoice = store.get("invoice", 1) or {}

    assert store.value("invoice", invoice, "status") == "PAID"
    assert store.value("invoice", invoice, "clientName") == "Acme"
    assert store.value("invoice", invoice, "clientOffice") == "Berlin"
    assert store.value("client", store.get("client", 10) or {}, "managerName") == "Ann Lee"
    assert store.value("client", store.get("client", 20) or {}, "managerName") == "Bob"
    assert store.value("invoice", {"clientId": 99, "clientName": "as written"}, "clientName") == "as written"
    assert store.value("invoice", {}, "clientName") is None


def test_copies_that_go_round_in_circles_end() -> None:
    """A copy that leads back to itself shows nothing instead of never ending."""
    store = firm()
    loop = Entity("loop", "id", {}, {"self": Relation("self", "loop", "id")}, {"name": Copy("name", "self", "name")})
    store.define(loop)
    row = store.put("loop", {"id": 1})

    assert store.value("loop", row, "name") is None
    assert keys_of(store, "loop", {"name": {"_is_null": True}}) == [1]


def test_relations_lead_to_a_row_or_to_rows() -> None:
    """To one: the row or None. To many: the rows in key order. An unknown relation: None."""
    store = small_firm()
    client = store.get("client", 10) or {}

    assert store.related("invoice", store.get("invoice", 2) or {}, "client") == client
    assert store.related("invoice", store.get("invoice", 4) or {}, "client") is None
    assert [row["id"] for row in store.related("client", client, "invoices") or []] == [1, 2]
    assert store.related("client", {"id": None}, "invoices") == []
    assert store.related("client", client, "nothing") is None


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [("status", "OPEN", [2, 3]), ("clientId", 10, [1, 2]), ("clientName", "Acme", [1, 2]), ("amount", 5.0, [4]),
     ("draft", {"level": 2, "approvedAt": "2024-05-05T00:00:00Z"}, [4]), ("status", None, []), ("clientId", "10", []),
     ("unheard", 1, [])],
)  # fmt: skip
def test_rows_are_found_by_equality(column: str, value: Any, expected: list[int]) -> None:
    """`by` finds rows by a field of any type, or a copy; NULL equals nothing."""
    assert [row["id"] for row in small_firm().by("invoice", column, value)] == expected


@pytest.mark.parametrize(
    ("how", "column", "expected"),
    [("sum", "amount", 42.5), ("avg", "amount", 10.625), ("min", "amount", 5), ("max", "amount", 20.5),
     ("sum", "clientId", 139), ("min", "sentAt", "2024-03-01T10:00:00+02:00"), ("max", "clientName", "beta"),
     ("sum", "status", None), ("sum", "unheard", None)],
)  # fmt: skip
def test_aggregates_leave_null_out(how: Any, column: str, expected: Any) -> None:
    """Sums are exact; the least and the greatest are the stored values; texts have no sum."""
    assert small_firm().total("invoice", None, column, how) == expected


def test_sums_are_decimal() -> None:
    """Cents add up as on paper, over the matches only."""
    store = firm(invoice=[{"id": key, "amount": 0.1, "paid": key < 4} for key in range(1, 11)])
    paid = parse_where({"paid": {"_eq": True}}, "invoice", store.model)

    assert store.total("invoice", paid, "amount", "sum") == 0.3
    assert store.total("invoice", None, "amount", "sum") == 1.0
    assert store.total("invoice", parse_where({"id": {"_lt": 0}}, "invoice", store.model), "amount", "sum") is None


# -- writes and what is remembered --


def test_searches_see_each_write_at_once() -> None:
    """After an insert, a change or a deletion the same search answers anew, through relations and copies too."""
    store = small_firm()
    asked: tuple[Any, Any] = ({"clientName": {"_ilike": "%acme%"}}, [{"clientName": "desc"}, {"amount": "asc"}])
    assert keys_of(store, "invoice", *asked) == [1, 2]

    store.put("client", {**(store.get("client", 20) or {}), "name": "New Acme"})
    assert keys_of(store, "invoice", *asked) == [3, 1, 2]
    store.put("invoice", {"clientId": 20, "amount": 1})
    assert keys_of(store, "invoice", *asked) == [6, 3, 1, 2]
    store.delete("client", 10)
    assert keys_of(store, "invoice", *asked) == [6, 3]
    store.put("invoice", {"id": 3})
    assert keys_of(store, "invoice", *asked) == [6]


@pytest.mark.parametrize("many", [1, 3, 40, 1200])
def test_orders_and_filters_follow_each_write(many: int) -> None:
    """However many rows change between two searches, order and matches are those of the rows as they are."""
    chance = random.Random(many)
    store = firm(invoice=[{"id": key, "amount": key % 50, "status": "OPEN"} for key in range(1, 801)])
    for _ in range(12):
        for _ in range(many):
            key = chance.randint(1, 900)
            if chance.random() < 0.3:
                store.delete("invoice", key)
            else:
                amount = chance.choice([None, chance.randint(0, 60), 7, 7])
                store.put("invoice", {"id": key, "amount": amount, "status": chance.choice(["OPEN", "PAID", "OPEN"])})
        rows = store.all("invoice")
        rows.sort(key=lambda row: (row["amount"] is not None, -(row["amount"] or 0), row["id"]))
        expected = [row["id"] for row in rows]
        sevens = [row["id"] for row in store.all("invoice") if row["amount"] == 7 and row["status"] == "OPEN"]
        assert keys_of(store, "invoice", {}, [{"amount": "desc"}]) == expected
        assert keys_of(store, "invoice", {"amount": {"_eq": 7}, "status": {"_like": "O%"}}) == sevens
        small = [row["id"] for row in rows if row["amount"] is not None and row["amount"] <= 20]
        assert keys_of(store, "invoice", {"amount": {"_lte": 20}}, [{"amount": "desc"}]) == small


def test_a_cache_is_new_after_a_write_to_its_entities() -> None:
    """What views remember lives until one of their entities is written, and is not shared between tokens."""
    store = small_firm()
    entities = frozenset({"client", "bill"})
    held = store.cache("view", entities)
    held["x"] = 1

    assert store.cache("view", entities) is held
    assert store.cache("other", entities) == {}
    store.put("office", {})
    store.get("client", 10)
    assert store.cache("view", entities) is held
    store.put("invoice", {})
    assert store.cache("view", entities) == {}


def test_forks_change_apart() -> None:
    """A fork sees what was there; from then on each sees only its own writes, whichever writes first."""
    store = small_firm()
    store.put("office", {"id": 3, "name": "Rome"})
    asked: tuple[Any, Any] = ({"officeName": {"_in": ["Berlin", "Rome", "Graz"]}}, [{"officeName": "asc"}])
    assert keys_of(store, "client", *asked) == [10]
    fork = store.fork()
    again = fork.fork()

    fork.put("office", {"id": 1, "name": "Graz"})
    store.delete("client", 10)
    again.put("client", {"id": 40, "officeId": 3})

    assert keys_of(store, "client", *asked) == []
    assert keys_of(fork, "client", *asked) == [10]
    assert keys_of(again, "client", *asked) == [10, 40]
    assert [found.get("office", 1) for found in (store, fork)] == [{"id": 1, "name": n} for n in ("Berlin", "Graz")]
    assert fork.cache("view", frozenset({"office"})) is not store.cache("view", frozenset({"office"}))


def test_entities_come_and_go_at_run_time() -> None:
    """A defined entity is searched like any other; a changed one keeps its rows; others' models stay as they were."""
    store = small_firm()
    fork = store.fork()
    fork.define(Entity("note", "id", {"id": Field("id", "integer"), "text": Field("text", "string")}))
    fork.put("note", {"text": "b"})
    assert keys_of(fork, "note", {"text": {"_eq": "b"}}) == [1]

    clients = {"client": Relation("client", "client", "clientId")}
    fork.define(Entity("note", "id", {"id": Field("id", "integer"), "clientId": Field("clientId", "integer")}, clients))
    fork.put("note", {"clientId": 10})
    assert keys_of(fork, "note", {"client": {"name": {"_eq": "Acme"}}}) == [2]
    assert fork.count("note") == 2
    assert "note" not in store.model
    assert fork.model.aliases == store.model.aliases

    fork.forget("note")
    assert "note" not in fork.model
    fork.define(Entity("note"))
    assert fork.all("note") == []


# -- against a dictionary --

WHERES: list[Any] = [
    {},
    {"status": {"_eq": "OPEN"}},
    {"status": {"_neq": "OPEN"}, "paid": {"_is_null": False}},
    {"amount": {"_gt": 500}},
    {"amount": {"_gte": 100, "_lt": 140}},
    {"_not": {"amount": {"_lte": 900}}},
    {"sentAt": {"_gte": "2024-06-01", "_lt": "2024-06-20"}},
    {"clientId": {"_in": [1, 2, 3]}},
    {"clientName": {"_ilike": "%a%"}},
    {"client": {"name": {"_like": "b%"}}},
    {"client": {"officeName": {"_eq": "x"}}},
    {"_or": [{"paid": {"_eq": True}}, {"status": {"_regex": "^[PV]"}}]},
    {"_not": {"client": {}}},
]
ORDERS: list[Any] = [
    [],
    [{"amount": "desc"}],
    [{"status": "asc_nulls_first"}, {"amount": "asc"}],
    [{"clientName": "desc"}, {"sentAt": "asc"}],
    [{"client": {"officeName": "asc"}}],
    [{"paid": "asc"}, {"status": "desc_nulls_last"}],
]
CLIENTS: list[Any] = [
    {},
    {"invoices": {"amount": {"_gt": 950}}},
    {"invoices_aggregate": {"count": {"predicate": {"_gt": 20}}}},
]


# Searches repeated after each step, so that what is remembered has to follow the writes: condition, order, and the same
# in Python (a row counts; its sort key)
HOT: list[tuple[Any, Any, Callable[[Any, Any], bool], Callable[[Any, Any], Any]]] = [
    (
        {},
        [{"amount": "desc"}],
        lambda _row, _clients: True,
        lambda row, _clients: (row.get("amount") is not None, -(row.get("amount") or 0)),
    ),
    (
        {"amount": {"_gte": 3, "_lt": 800.5}},
        [{"status": "asc"}, {"sentAt": "desc"}, {"id": "desc"}],
        lambda row, _clients: row.get("amount") is not None and 3 <= row["amount"] < 800.5,
        lambda row, _clients: (row["status"] or "~", [-ord(letter) for letter in row["sentAt"]], -row["id"]),
    ),
    (
        {"status": {"_eq": "OPEN"}, "clientId": {"_lte": 28}},
        [{"clientName": "asc_nulls_first"}],
        lambda row, _clients: row["status"] == "OPEN" and row["clientId"] is not None and row["clientId"] <= 28,
        lambda row, clients: clients.get(row["clientId"], {}).get("name") or "",
    ),
    (
        {"_not": {"clientName": {"_like": "b%"}}},
        [],
        lambda row, clients: (clients.get(row["clientId"], {}).get("name") or "b")[0] != "b",
        lambda _row, _clients: 0,
    ),
]


def random_invoice(chance: random.Random) -> dict[str, Any]:
    """An invoice without a key, with NULLs and gaps."""
    row: dict[str, Any] = {
        "clientId": chance.choice([*range(1, 31), None]),
        "status": chance.choice(["OPEN", "PAID", "VOID", None]),
        "amount": chance.choice([round(chance.random() * 1000, 1), chance.randint(0, 20), None]),
        "sentAt": f"2024-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}T{chance.randint(0, 23):02}:00:00Z",
        "paid": chance.choice([True, False, None]),
    }
    if chance.random() < 0.1:
        del row["amount"]
    return row


class AgainstDictionaries(RuleBasedStateMachine):
    """Stores and their forks beside plain dictionaries, under the same writes."""

    stores = Bundle("stores")

    def __init__(self) -> None:
        super().__init__()
        self.pairs: list[Any] = []

    @initialize(target=stores, seed=st.integers(0, 3))
    def seeded(self, seed: int) -> tuple[Store, dict[str, dict[Any, dict[str, Any]]]]:
        """Twelve hundred invoices of thirty clients: enough for every index."""
        chance = random.Random(seed)
        offices = [{"id": key, "name": name} for key, name in enumerate("xyz", 1)]
        clients = [
            {"id": key, "name": chance.choice(["a", "b", "ba", None]), "officeId": key % 5} for key in range(1, 31)
        ]
        invoices = [{"id": key * 3, **random_invoice(chance)} for key in range(1, 1201)]
        rows = {"office": offices, "client": clients, "invoice": invoices, "staff": []}
        self.pairs = [(firm(**rows), {name: {row["id"]: row for row in held} for name, held in rows.items()})]
        return self.pairs[0]

    @rule(pair=stores, target=stores)
    def fork(self, pair: Any) -> Any:
        """A fork, beside a copy of the dictionaries."""
        store, rows = pair
        self.pairs.append((store.fork(), {name: dict(held) for name, held in rows.items()}))
        return self.pairs[-1]

    @rule(pair=stores, key=st.integers(1, 2000), seed=st.integers(0, 999))
    def put(self, pair: Any, key: int, seed: int) -> None:
        """An invoice is inserted or replaced."""
        store, rows = pair
        rows["invoice"][key] = store.put("invoice", {"id": key, **random_invoice(random.Random(seed))})

    @rule(pair=stores, seed=st.integers(0, 999), many=st.sampled_from([1, 5, 150, 1100]))
    def append(self, pair: Any, seed: int, many: int) -> None:
        """Invoices get the next keys; so many at once that logs overflow."""
        store, rows = pair
        chance = random.Random(seed)
        for _ in range(many):
            made = store.put("invoice", random_invoice(chance))
            assert made["id"] not in rows["invoice"]
            rows["invoice"][made["id"]] = made

    @rule(pair=stores, which=st.integers(0, 10_000), many=st.sampled_from([1, 3, 400]))
    def delete(self, pair: Any, which: int, many: int) -> None:
        """Invoices are taken out."""
        store, rows = pair
        for key in sorted(rows["invoice"], key=lambda key: (key * 7919 + which) % 1009)[:many]:
            assert store.delete("invoice", key) == rows["invoice"].pop(key)

    @rule(pair=stores, key=st.integers(1, 32), name=st.sampled_from(["a", "b", "c", None]), office=st.integers(0, 4))
    def change_client(self, pair: Any, key: int, name: str | None, office: int) -> None:
        """A client gets another name and office, which invoices copy."""
        store, rows = pair
        rows["client"][key] = store.put("client", {"id": key, "name": name, "officeId": office})

    @invariant()
    def hot_searches_agree(self) -> None:
        """After each step every store answers the same searches as its dictionaries."""
        for store, rows in self.pairs[-3:]:
            clients, invoices = rows["client"], rows["invoice"]
            for where, order, counts, sort_key in HOT:
                expected = [key for key in sorted(invoices) if counts(invoices[key], clients)]
                expected.sort(key=lambda key, sort_key=sort_key: sort_key(invoices[key], clients))
                assert keys_of(store, "invoice", where, order, limit=40) == expected[:40]
                assert keys_of(store, "invoice", where, order, offset=300, limit=9) == expected[300:309]

    @rule(
        pair=stores, where=st.sampled_from(WHERES), order=st.sampled_from(ORDERS), offset=st.sampled_from([0, 3, 300])
    )
    def search(self, pair: Any, where: Any, order: Any, offset: int) -> None:
        """A page and its total are those of the oracle."""
        store, rows = pair
        expected = Oracle(rows).find("invoice", where, order)
        condition = parse_where(where, "invoice", store.model)
        found = store.find("invoice", condition, parse_order(order, "invoice", store.model), offset, 20)
        assert [row["id"] for row in found.rows] == expected[offset : offset + 20]
        assert found.total == len(expected)

    @rule(pair=stores, where=st.sampled_from(CLIENTS), key=st.integers(1, 30))
    def look_up(self, pair: Any, where: Any, key: int) -> None:
        """To-many conditions, equality and all rows agree with the dictionaries."""
        store, rows = pair
        assert keys_of(store, "client", where) == Oracle(rows).find("client", where, [])
        assert store.by("invoice", "clientId", key) == [
            row for _, row in sorted(rows["invoice"].items()) if row.get("clientId") == key
        ]
        assert store.all("invoice") == [row for _, row in sorted(rows["invoice"].items())]


TestAgainstDictionaries = AgainstDictionaries.TestCase
TestAgainstDictionaries.settings = settings(
    max_examples=15, stateful_step_count=18, deadline=None, suppress_health_check=list(HealthCheck)
)
