"""Properties of records: any batch gives one result per record, and the store is what a plain dict would be."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mockserver.calls import Answer

METHODS = {"upsert": "POST /api/v1/records", "update": "PUT /api/v1/records", "delete": "DELETE /api/v1/records"}
STATUSES = {"CREATED", "UPDATED", "DELETED", "FAILED"}
QUIET = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])

json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
names = st.sampled_from(["name", "active", "partnerStaffId", "status", "address", "id", "createdAt", "contacts"])
refs = (
    st.none()
    | st.fixed_dictionaries({"system": st.text(), "id": st.text()})
    | st.dictionaries(st.text().filter(lambda name: name not in ("system", "id")), json, max_size=3)
)
wild = st.fixed_dictionaries(
    {"type": st.sampled_from(["client", "Staff", "industries", "file"]) | st.text(min_size=1)},
    optional={"systemRef": refs, "attributes": st.dictionaries(names | st.text(), json, max_size=4)},
)
steps = st.lists(
    st.tuples(st.sampled_from(sorted(METHODS)), st.sampled_from("abc"), st.sampled_from(["x", "y"])), max_size=12
)


@QUIET
@given(act=st.sampled_from(sorted(METHODS)), records=st.lists(wild, min_size=1, max_size=5))
def test_any_batch_gives_a_result_for_each_record(ask: Any, act: str, records: list[dict[str, Any]]) -> None:
    """Whatever is sent, each record has its result, failures say why, and the summary counts them all."""
    answer: Answer = ask(METHODS[act], {"records": records})
    results, summary = answer.body["data"]["records"], answer.body["data"]["summary"]
    assert [result["type"] for result in results] == [record["type"] for record in records]
    assert [result["systemRef"] for result in results] == [record.get("systemRef") for record in records]
    assert {result["status"] for result in results} <= STATUSES
    assert summary["total"] == len(records) == sum(summary[word.lower()] for word in STATUSES)
    for result in results:
        assert (result["status"] == "FAILED") == (result["error"] is not None)
        assert result["error"] is None or result["error"]["message"]
        assert (result["id"] is None) == (result["status"] == "FAILED")


@QUIET
@given(steps=steps)
def test_records_behave_like_a_dict(ask: Any, make_world: Any, steps: list[tuple[str, str, str]]) -> None:
    """After any sequence of upserts, updates and deletions the rows are those of a dict by systemRef."""
    world, oracle = make_world(), {}
    before = {row["id"] for row in world.store("aiwynsb").all("industry")}
    for act, ref, name in steps:
        record = {"type": "industry", "systemRef": {"key": ref}, "attributes": {"name": name}}
        [result] = ask(METHODS[act], {"records": [record]}, world=world).body["data"]["records"]
        if act == "delete":
            expected = "DELETED" if oracle.pop(ref, None) else "FAILED"
        elif act == "update" and ref not in oracle:
            expected = "FAILED"
        else:
            expected = "UPDATED" if ref in oracle else "CREATED"
            oracle[ref] = name
        assert result["status"] == expected
    rows = [row for row in world.store("aiwynsb").all("industry") if row["id"] not in before]
    assert sorted(row["name"] for row in rows) == sorted(oracle.values())
