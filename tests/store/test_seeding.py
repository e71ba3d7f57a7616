"""Seeding: rows that depend on seed, tenant, entity and place, and on nothing else."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver import paths
from mockserver.problems import ScenarioError
from mockserver.store import seeding
from mockserver.store.chance import Chance, digest, spread
from mockserver.store.makers import Makers, cycle
from mockserver.store.model import Entity, Field, Model, Relation
from mockserver.store.scenarios import Scenario, load_scenario
from mockserver.store.seeding import Seeder, load_pools, make_pools
from mockserver.store.vocabulary import Vocabulary
from tests.store.seeded import seeder

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "golden" / "rows.json"
SCENARIOS = ("default", "empty", "small", "large")


def field(name: str, kind: str = "string", **schema: Any) -> Field:
    """A column; `schema` are the keywords beside its type."""
    declared = {"type": kind, **{word.replace("x_", "x-").replace("_", "-") if word[:2] == "x_" else word: value
                                 for word, value in schema.items()}}  # fmt: skip
    seen = tuple(schema.get("examples", ())) + tuple(schema.get("x_seen_values", ()))
    return Field(
        name, kind, str(schema.get("format", "")), values=tuple(schema.get("enum", ())), seen=seen, schema=declared
    )


def model(*entities: Entity) -> Model:
    """A model of some entities, spelled as they are."""
    from mockserver.store.model import normal

    for entity in entities:
        entity.fields.setdefault("id", field("id", "integer"))
        names = (*entity.fields, *entity.relations, *entity.copies)
        entity.spellings = {normal(name): name for name in names}
    return Model({entity.name: entity for entity in entities})


def owner(name: str, column: str, target: str) -> Entity:
    """An entity whose rows point at another's."""
    return Entity(name, fields={column: field(column, "integer")}, relations={target: Relation(target, target, column)})


def column(name: str, kind: str = "string", *, count: int = 60, of: str = "thing", **schema: Any) -> list[Any]:
    """What a column says on so many rows."""
    made = Seeder(model(Entity(of, fields={name: field(name, kind, **schema)})), Scenario("x", counts={of: count}))
    return [row.get(name) for row in made.rows(of)]


def bytes_of(scenario: str, order: int = 1, step: int = 1) -> str:
    """A checksum over the rows of a scenario, asked for forwards (1) or backwards (-1)."""
    made = seeder(scenario)
    sums = {}
    for entity in sorted(made.model.entities)[::order]:
        places = list(range(0, made.count(entity), step))[::order]
        rows = {place: orjson.dumps(made.row(entity, place), option=orjson.OPT_SORT_KEYS) for place in places}
        sums[entity] = hashlib.sha256(b"\n".join(rows[place] for place in sorted(rows))).hexdigest()
    return hashlib.sha256(json.dumps(sums, sort_keys=True).encode()).hexdigest()


def test_the_rows_of_our_scenarios_are_the_known_ones() -> None:
    """The same seed gives the same bytes on every machine: their checksums are kept beside the tests.

    After a wanted change of bundle, scenario or rules: GOLDEN_ROWS=write, and look at the difference.
    """
    sums = {name: bytes_of(name, step=97 if name == "large" else 1) for name in SCENARIOS}
    if os.environ.get("GOLDEN_ROWS") == "write":
        GOLDEN.write_text(json.dumps(sums, indent=2) + "\n")

    assert sums == json.loads(GOLDEN.read_text()), test_the_rows_of_our_scenarios_are_the_known_ones.__doc__


def test_neither_process_nor_order_of_asking_matters() -> None:
    """Two processes with other hash seeds, one asking backwards, make the same rows; neither needs Faker for it."""
    code = (
        "import sys; from tests.store.test_seeding import bytes_of; "
        "print(bytes_of('small', int(sys.argv[1])), 'faker' in sys.modules)"
    )
    sums = set()
    for hashes, order in (("0", "1"), ("4242", "-1")):
        done = subprocess.run(
            [sys.executable, "-c", code, order],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": hashes},
            capture_output=True,
            text=True,
            check=True,
        )
        sums.add(done.stdout.strip())

    assert sums == {f"{bytes_of('small')} False"}


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_row_is_the_same_however_it_is_come_by(data: st.DataObject) -> None:
    """Alone, in its list, before or after others, from a fresh seeder: one row."""
    entity = data.draw(st.sampled_from(["client", "contact", "invoice", "payment", "wip", "project", "draft_invoice"]))
    made = seeder("small")
    place = data.draw(st.integers(0, made.count(entity) - 1))
    before = data.draw(st.lists(st.integers(0, made.count(entity) - 1), max_size=4))
    for other in before:
        made.row(entity, other)

    assert made.row(entity, place) == list(seeder("small").rows(entity))[place]
    assert made.row(entity, place) == made.shared(entity, place)


def test_seed_and_tenant_make_other_rows() -> None:
    """Another seed, another firm: the same keys, other people."""
    names = [
        [row["name"] for row in made.rows("client")][-10:]
        for made in (seeder("small"), seeder("small", seed=2), seeder("small", tenant="somebody"))
    ]
    assert len({tuple(each) for each in names}) == 3


def test_the_other_firm_has_rows_of_its_own() -> None:
    """The second tenant has eight of everything, its own key, and no documented row."""
    made = seeder("default", tenant="otherfirm")

    assert made.count("client") == 8
    assert 789 not in {row["id"] for row in made.rows("client")}
    assert [row["jwtApiKey"] for row in made.rows("api_key")] == ["demo-other-tenant"]


def test_more_rows_leave_those_before_as_they_are() -> None:
    """What a row says of itself does not depend on how many others there are."""
    few, many = seeder("small"), seeder("small", counts={"industry": 40})
    assert list(many.rows("industry"))[:8] == list(few.rows("industry"))


def test_counts_by_hand_reach_the_rows() -> None:
    """--count client=50 makes fifty clients, and its aliases count as well."""
    assert len(list(seeder("small", counts={"client": 50}).rows("client"))) == 50
    assert seeder("small", counts={"job": 44}).count("project") == 44
    assert len(list(seeder("small", counts={"job": 44}).rows("job"))) == 44


def test_too_few_rows_are_refused_when_the_seeder_is_made() -> None:
    """A count below what the scenario writes out says so, before anything is served."""
    with pytest.raises(ScenarioError, match="fewer than the"):
        seeder("small", counts={"client": 2})


def test_written_rows_come_out_as_they_are_written() -> None:
    """What an example leaves out stays absent; names that the model copies are not kept beside the reference."""
    rows = {row["id"]: row for row in seeder("small").rows("contact")}

    assert "clientName" not in rows[23456]
    assert rows[23456]["email"] == "john.smith@acme.com"
    assert "updatedAt" not in {row["id"]: row for row in seeder("small").rows("invoice")}[45678]


def test_partial_rows_are_completed_around_what_is_written() -> None:
    """The written fields stand, the rest is made as for any other row."""
    row = next(row for row in seeder("small").rows("project") if row["id"] == 2001)

    assert (row["clientId"], row["partnerId"], row["serviceDescription"]) == (1001, 101, "Annual review")
    assert row["startDate"] < row["endDate"]
    assert len(row) > 15


@pytest.mark.skipif(sys.gettrace() is not None, reason="a tracer (coverage, a debugger) takes most of the time")
def test_plain_rows_are_made_by_the_ten_thousand() -> None:
    """At least 20,000 plain rows per second of processor time (60,000 on an idle machine)."""
    made = seeder("default", counts={"contact_info": 4000, "staff": 4000})
    list(zip(made.rows("staff"), range(10), strict=False))
    best = 0.0
    for _ in range(3):
        start = time.process_time()
        count = sum(1 for _ in made.rows("staff"))
        best = max(best, count / (time.process_time() - start))
    assert best > 20_000


def test_pools_of_other_locales_are_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Faker makes them, the cache folder keeps them; both times the same."""
    monkeypatch.setenv("MOCKSERVER_CACHE", str(tmp_path))
    load_pools.cache_clear()
    first = load_pools("de_DE")
    kept = list((paths.cache_folder()).glob("pools-de_DE-*.json"))
    load_pools.cache_clear()
    monkeypatch.setattr(seeding, "make_pools", lambda _locale: pytest.fail("made again"))

    assert len(kept) == 1
    assert load_pools("de_DE") == first
    assert all(len(pool) == seeding.POOL_SIZE for pool in first.values())
    load_pools.cache_clear()


def test_a_broken_cache_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a file, or one of an older kind, is no reason to fail; nor is a folder that cannot be written."""
    monkeypatch.setenv("MOCKSERVER_CACHE", str(tmp_path))
    load_pools.cache_clear()
    load_pools("fr_FR")
    kept = next(paths.cache_folder().glob("pools-fr_FR-*.json"))
    kept.write_text('{"first_name": [')
    load_pools.cache_clear()
    assert len(load_pools("fr_FR")["first_name"]) == seeding.POOL_SIZE

    (tmp_path / "file").write_text("")
    monkeypatch.setenv("MOCKSERVER_CACHE", str(tmp_path / "file"))
    load_pools.cache_clear()
    assert load_pools("fr_FR") == make_pools("fr_FR")
    load_pools.cache_clear()


def test_a_locale_that_is_none_is_refused() -> None:
    """The message names it, the hint some that exist."""
    with pytest.raises(ScenarioError, match="'xx_YY'") as caught:
        make_pools("xx_YY")
    assert "de_DE" in caught.value.hint


# -- links --


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 9))
def test_rows_that_point_are_found_from_where_they_point(parents: int, children: int, seed: int) -> None:
    """For each row the children are exactly those that point at it, whatever the numbers."""
    plan = Scenario("x", counts={"parent": parents, "child": children}, seed=seed)
    made = Seeder(model(Entity("parent"), owner("child", "parentId", "parent")), plan)
    rows = list(made.rows("child"))
    keys = [row["id"] for row in made.rows("parent")]

    assert {row.get("parentId") for row in rows} - {None} <= set(keys)
    for place, key in enumerate(keys):
        found = [made.links.key("child", n) for n in made.links.children("child", "parentId", place)]
        assert found == [row["id"] for row in rows if row["parentId"] == key]


def test_two_ways_to_a_row_agree_whatever_the_domain() -> None:
    """A page's library is its book's library: nothing of this is about accounting."""
    page = owner("page", "bookId", "book")
    page.fields["libraryId"] = field("libraryId", "integer")
    page.relations["library"] = Relation("library", "library", "libraryId")
    plan = Scenario("x", counts={"library": 7, "book": 20, "page": 60})
    made = Seeder(model(Entity("library"), owner("book", "libraryId", "library"), page), plan)
    books = {row["id"]: row for row in made.rows("book")}

    assert all(row["libraryId"] == books[row["bookId"]]["libraryId"] for row in made.rows("page"))
    for place in range(7):
        pages = [made.row("page", n)["libraryId"] for n in made.links.children("page", "libraryId", place)]
        assert set(pages) <= {made.links.key("library", place)}


def test_nobody_is_their_own_manager() -> None:
    """A row that points at its own kind points at an earlier one; the first points nowhere."""
    person = owner("person", "managerId", "person")
    rows = list(Seeder(model(person), Scenario("x", counts={"person": 40})).rows("person"))

    assert "managerId" not in rows[0]
    assert all(row["managerId"] < row["id"] for row in rows[1:])


def test_rings_of_references_end() -> None:
    """Two entities that point at each other are seeded like any."""
    one, two = owner("one", "twoId", "two"), owner("two", "oneId", "one")
    made = Seeder(model(one, two), Scenario("x", counts={"one": 5, "two": 7}))

    assert {row["oneId"] for row in made.rows("two")} == {row["id"] for row in made.rows("one")}


def test_two_that_follow_each_other_to_a_third_do_not_go_round() -> None:
    """An issue's team could be its milestone's, and a milestone's its issue's: only one of them is."""
    issue, milestone = owner("issue", "milestoneId", "milestone"), owner("milestone", "issueId", "issue")
    for entity in (issue, milestone):
        entity.fields["teamId"] = field("teamId", "integer")
        entity.relations["team"] = Relation("team", "team", "teamId")
    plan = Scenario("x", counts={"team": 3, "issue": 8, "milestone": 5})
    made = Seeder(model(Entity("team"), issue, milestone), plan)
    teams = {row["id"] for row in made.rows("team")}

    assert {row["teamId"] for name in ("issue", "milestone") for row in made.rows(name)} <= teams


def test_references_to_nothing_are_null_or_absent() -> None:
    """Where the other entity has no rows, the column is null if it may be."""
    child = owner("child", "parentId", "parent")
    child.fields["parentId"] = Field("parentId", "integer", schema={"type": ["integer", "null"]})
    made = Seeder(model(Entity("parent"), child), Scenario("x", counts={"parent": 0, "child": 3}))

    assert [row["parentId"] for row in made.rows("child")] == [None] * 3


def test_text_keys_follow_their_example() -> None:
    """`asst_abc123` makes `asst_1001`, a uuid a uuid, and both lead back to their row."""
    kinds = [field("id", examples=["asst_abc123"]), field("id", format="uuid"), field("id")]
    keys = []
    for kind in kinds:
        made = Seeder(model(Entity("thing", fields={"id": kind})), Scenario("x", counts={"thing": 3}))
        keys.append([row["id"] for row in made.rows("thing")])
        if kind.format != "uuid":
            assert [made.links.slot("thing", key) for key in keys[-1]] == [0, 1, 2]

    assert keys[0] == ["asst_1001", "asst_1002", "asst_1003"]
    assert all(re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", key) for key in keys[1])
    assert keys[2] == ["1001", "1002", "1003"]


def test_generated_keys_skip_written_ones(tmp_path: Path) -> None:
    """A row that a scenario puts at 1002 and 1003 keeps its key to itself."""
    (tmp_path / "s.yaml").write_text("counts: {thing: 5}\nrecords: {thing: [{id: 1002}, {id: 1003}, {id: 7}]}")
    made = Seeder(model(Entity("thing")), load_scenario(tmp_path / "s.yaml"))

    assert [row["id"] for row in made.rows("thing")] == [1002, 1003, 7, 1001, 1004]
    assert [made.links.slot("thing", key) for key in (1002, 7, 1001, 1004, 1005, 3)] == [0, 2, 3, 4, None, None]


# -- what columns say --


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("email", r"[a-z-]+\.[a-z-]+@[a-z-]+\.example"), ("phone", r"\+1-\d{3}-555-01\d\d"), ("mobile", r"\+1-.*"),
        ("firstName", r"[A-Z]\w+"), ("last_name", r"[A-Z][\w']+"), ("city", r"[A-Z].+"), ("state", r"[A-Z]{2}"),
        ("zipCode", r"\d{5}"), ("country", "USA"), ("currency", "USD"), ("website", r"https://www\.[a-z-]+\.example"),
        ("taxId", r"\d\d-\d{7}"), ("avatarUrl", r"https://.+"), ("userName", r"[a-z-]+\d+"),
        ("sha256", r"[0-9a-f]{64}"),
        ("description", r".{5,}"), ("street", r"\d+ .+"), ("legalName", r".+ (Inc\.|LLC|Corporation|Co\.|LP|Group)"),
        ("timeZone", r"America/\w+"), ("reviewerName", r"\S+ \S+"),
    ],
)  # fmt: skip
def test_texts_say_what_their_name_asks(name: str, pattern: str) -> None:
    """An email looks like one, a city like one, in whatever case style the column is written."""
    assert all(re.fullmatch(pattern, text) for text in column(name)), column(name)[:3]


def test_one_person_and_one_company_per_row() -> None:
    """First name, last name and e-mail of a row belong together, as do company and website."""
    fields = {n: field(n) for n in ("firstName", "lastName", "email", "website", "name")}
    made = Seeder(model(Entity("client", fields=fields)), Scenario("x", counts={"client": 30}), seed=3)
    for row in made.rows("client"):
        domain = row["website"].removeprefix("https://www.")
        assert row["email"].endswith(f"@{domain}")


@pytest.mark.parametrize(
    ("shown", "pattern"),
    [
        ("INV-2024-001", r"INV-20\d\d-1\d{3}"), ("J-67890", r"J-0\d{4}"), ("TF-2024-789", r"TF-20\d\d-\d+"),
        ("41664", r"\d{5}"), ("stripe_pi_1234567890", r"stripe_pi_\d{10}"), ("ACME", "REF-1\\d{3}"),
    ],
)  # fmt: skip
def test_references_follow_their_example(shown: str, pattern: str) -> None:
    """Numbers in the manner of the example, a year where it has one, no two alike."""
    made = column("reference", examples=[shown])

    assert all(re.fullmatch(pattern, text) for text in made), made[:3]
    assert len(set(made)) == len(made)


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [("amount", 50, 20_000), ("taxRate", 0, 1), ("allocation", 0, 1), ("hourlyRate", 95, 450), ("hours", 1, 10),
     ("percent", 0, 100), ("quantity", 1, 40), ("latitude", 25, 48), ("age", 18, 80), ("budget", 1000, 90_000),
     ("whatever", 1, 1000)],
)  # fmt: skip
def test_numbers_are_of_the_size_their_name_asks(name: str, low: float, high: float) -> None:
    """An amount, a rate, a share, hours: each within sensible bounds, with at most two decimals where it is money."""
    for kind in ("number", "integer"):
        values = column(name, kind)
        assert all(low <= value <= high for value in values)
        assert kind == "number" or all(isinstance(value, int) for value in values)
    assert name != "amount" or all(round(value, 2) == value for value in column(name, "number"))


@pytest.mark.parametrize(
    ("name", "kind", "schema", "pattern"),
    [
        ("createdAt", "string", {"format": "date-time"}, r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ"),
        ("day", "string", {"format": "date"}, r"20\d\d-\d\d-\d\d"),
        ("approvedAt", "string", {"format": "date-time", "examples": ["2024-03-15T14:32:18+00:00"]}, r".*\+00:00"),
        ("start", "string", {"format": "date-time", "examples": ["2024-03-15T00:00:00Z"]}, r".*T00:00:00Z"),
        ("due", "string", {"format": "date-time", "examples": ["2024-03-15T23:59:59Z"]}, r".*T23:59:59Z"),
        ("made", "string", {"examples": ["2024-03-15"]}, r"20\d\d-\d\d-\d\d"),
        ("created_at", "integer", {}, r"1[67]\d{8}"),
    ],
)
def test_times_are_written_as_the_vendor_writes_them(
    name: str, kind: str, schema: dict[str, Any], pattern: str
) -> None:
    """RFC 3339, plain dates, offsets or epochs, as format and examples have it."""
    assert all(re.fullmatch(pattern, str(value)) for value in column(name, kind, **schema))


def test_dates_of_a_row_are_in_order_by_their_names() -> None:
    """Made, begun, approved, changed, due: in this order on every row, all but the last before today."""
    names = ["createdAt", "startDate", "approvedAt", "updatedAt", "dueDate"]
    fields = {name: field(name, format="date-time") for name in names}
    plan = Scenario("x", counts={"thing": 300}, today=date(2024, 5, 1))
    for row in Seeder(model(Entity("thing", fields=fields)), plan).rows("thing"):
        moments = [row[name] for name in names]
        assert [m[:10] for m in moments] == sorted(m[:10] for m in moments)
        assert moments[3] < "2024-05-01"


def test_every_legal_value_occurs_before_any_comes_twice() -> None:
    """An enum is gone round; so are examples that look like one."""
    values = ["a", "b", "c", "d", "e"]
    assert sorted(column("kind", enum=values, count=5)) == values
    assert sorted(column("kind", x_seen_values=values, count=5)) == values
    assert sorted(column("status", examples=["OPEN", "DONE"], count=2)) == ["DONE", "OPEN"]


@given(st.integers(1, 9), st.integers(0, 5))
def test_values_go_round(count: int, block: int) -> None:
    """In each round of n rows every one of n values comes once, in the first round those first that no row has yet."""
    values = list(range(count))
    make = cycle(values, "x", covered=[0])

    assert sorted(make(0, block * count + n) for n in range(count)) == values
    assert make(0, count - 1) == 0


def test_true_and_false_both_occur() -> None:
    """Two rows are enough to see both values of a flag."""
    assert set(column("isLarge", "boolean", count=2)) == {True, False}
    assert set(column("active", "boolean", count=2)) == {True, False}


@pytest.mark.parametrize(
    "schema",
    [
        {"maxLength": 3},
        {"pattern": "^[a-c]{4}$"},
        {"minLength": 60},
        {"format": "ipv6"},
        {"format": "date", "enum": None},
    ],
)
def test_values_that_the_schema_refuses_are_replaced(schema: dict[str, Any]) -> None:
    """Whatever the name suggests, the schema has the last word."""
    schema = {word: value for word, value in schema.items() if value is not None}
    import jsonschema_rs

    judge = jsonschema_rs.Draft202012Validator({"type": "string", **schema}, validate_formats=True)
    assert all(judge.is_valid(text) for text in column("city", **schema))


def test_numbers_outside_their_bounds_are_replaced() -> None:
    """A price that may be at most 5 is."""
    assert all(0 <= value <= 5 for value in column("price", "number", minimum=0, maximum=5))


def test_null_occurs_only_where_it_may() -> None:
    """A nullable column is null now and then; one that speaks of an end that has not come, always."""
    plain = Field("phone", "string", schema={"type": ["string", "null"]})
    gone = Field("deletedAt", "string", "date-time", schema={"type": ["string", "null"], "format": "date-time"})
    made = Seeder(
        model(Entity("thing", fields={"phone": plain, "deletedAt": gone})), Scenario("x", counts={"thing": 200})
    )
    rows = list(made.rows("thing"))

    assert 0 < sum(row["phone"] is None for row in rows) < 60
    assert {row["deletedAt"] for row in rows} == {None}
    assert None not in column("phone", count=200)


def test_objects_and_lists_are_made_of_their_parts() -> None:
    """An address is a real one, items of a list are numbered, lists keep to their bounds."""
    inner = {name: field(name) for name in ("street", "city", "zipCode")}
    address = Field("address", "object", schema={"type": "object"}, inner=inner)
    steps = Field("steps", "array", schema={"type": "array", "minItems": 2, "maxItems": 2},
                  inner={"id": field("id", "integer"), "name": field("name")})  # fmt: skip
    tags = Field("tags", "array", schema={"type": "array", "items": {"type": "string", "enum": ["x", "y"]}})
    fields = {one.name: one for one in (address, steps, tags)}
    rows = list(Seeder(model(Entity("thing", fields=fields)), Scenario("x", counts={"thing": 20})).rows("thing"))

    assert all(re.fullmatch(r"\d{5}", row["address"]["zipCode"]) for row in rows)
    assert all([step["id"] for step in row["steps"]] == [1, 2] for row in rows)
    assert all(set(row["tags"]) <= {"x", "y"} and row["tags"] for row in rows)


def test_catalogs_name_the_first_rows_and_start_over_numbered() -> None:
    """Departments are called Tax, Audit and so on; the second time round they get a number."""
    made = Seeder(model(Entity("department", fields={n: field(n) for n in ("name", "code")})),
                  Scenario("x", counts={"department": 10}))  # fmt: skip
    rows = list(made.rows("department"))

    assert (rows[0]["name"], rows[0]["code"]) == ("Tax", "TAX")
    assert (rows[8]["name"], rows[8]["code"]) == ("Tax 2", "TAX-2")


def test_templates_are_filled_in() -> None:
    """No brace of a template is left in a row, but in the column that holds the template itself."""
    for row in seeder("default").rows("project"):
        assert "{" not in row["name"]
    templates = {row.get("engagementNameTemplate") for row in seeder("default").rows("engagement")} - {None}
    assert "{year} Annual Audit {number}" in templates


def test_unknown_schemas_are_sampled() -> None:
    """A column of which neither name nor type says enough is made from its schema."""
    odd = Field("odd", "", schema={"oneOf": [{"type": "integer", "minimum": 7, "maximum": 8}]})
    made = Seeder(model(Entity("thing", fields={"odd": odd})), Scenario("x", counts={"thing": 40}))
    assert {row["odd"] for row in made.rows("thing")} == {7, 8}


def test_makers_can_be_had_without_a_seeder() -> None:
    """The parts stand on their own: pools, vocabulary, makers."""
    makers = Makers(Vocabulary(load_pools("en_US")), date(2025, 1, 1), lambda _s, _k: None, lambda _v, _s: True)
    assert makers.make("person", field("name"))(digest("x"), 0).count(" ") == 1


# -- dice --


def test_dice_are_the_same_everywhere() -> None:
    """Known numbers for known keys: nothing of this may depend on machine or version."""
    assert digest("a", 1) == 9331952569449725121
    assert [Chance("k", n).below(1000) for n in range(4)] == [281, 438, 666, 799]
    assert spread(1, 2) == 7977892960765


@given(st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1))
def test_spread_bits_are_48(bits: int, by: int) -> None:
    """What is spread fits where it is used."""
    assert 0 <= spread(bits, by) < 1 << 48


def test_dice_are_fair_enough() -> None:
    """Each of ten outcomes comes up about as often as the others."""
    chance = Chance("fair")
    counts = [0] * 10
    for _ in range(10_000):
        counts[chance.below(10)] += 1
    assert all(850 < count < 1150 for count in counts)
