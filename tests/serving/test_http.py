"""HTTP as clients see it: negotiation, methods, preferences, files, aliases, the mock's own headers."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

CLIENT = "/gql/v1/client/789"
FILE = "/api/v1/files/9001/download"


def test_replies_name_themselves(mock: Any) -> None:
    """Each reply carries its number and operation, a refusal its code too; unless they are switched off."""
    good, bad = mock.get(CLIENT), mock.get("/gql/v1/client/0")

    assert good.headers["mock-operation"] == "getClientById"
    assert good.headers["mock-request-id"] != bad.headers["mock-request-id"]
    assert "mock-code" not in good.headers
    assert bad.headers["mock-code"] == "MS101"


def test_the_headers_can_be_switched_off(make_mock: Callable[..., Any]) -> None:
    """Without them a reply is as the vendor's."""
    reply = make_mock(scenario="small", mock_headers=False).get(CLIENT)

    assert not [name for name in reply.headers if name.startswith("mock-")]


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("application/json", 200), ("application/*", 200), ("*/*", 200), ("text/html, */*;q=0.1", 200), ("", 200),
        ("text/html", 406), ("application/json;q=0", 406), ("application/xml, text/*", 406),
    ],
)  # fmt: skip
def test_accept_is_honoured(mock: Any, accept: str, status: int) -> None:
    """What is not acceptable is 406, which says what there is."""
    reply = mock.get(CLIENT, headers={"Accept": accept})

    assert reply.status_code == status
    if status == 406:
        assert "application/json" in reply.text


def test_a_wrong_content_type_is_told_the_right_one(mock: Any) -> None:
    """415 carries what is taken."""
    reply = mock.post("/gql/v1/clients", content=b"<a/>", headers={"Content-Type": "application/xml"})

    assert reply.status_code == 415
    assert reply.headers["accept"] == "application/json"


def test_methods_of_a_path(mock: Any) -> None:
    """405 and OPTIONS name them all; the error has the shape of its neighbours."""
    wrong = mock.put("/gql/v1/clients", json={})
    records = mock.patch("/api/v1/records", json={})

    assert (wrong.status_code, wrong.headers["allow"]) == (405, "POST, OPTIONS")
    assert wrong.json()["code"]
    assert records.headers["allow"] == "POST, PUT, DELETE, OPTIONS"
    assert records.json()["meta"]["success"] is False
    assert mock.options(CLIENT).status_code == 204


def test_unknown_paths_name_their_neighbours(mock: Any) -> None:
    """A misspelt path is 404 with what may have been meant."""
    reply = mock.post("/gql/v1/cleints", json={})

    assert reply.status_code == 404
    assert "/gql/v1/clients" in reply.text


def test_the_curl_samples_paths_are_aliases_that_can_be_switched_off(make_mock: Callable[..., Any]) -> None:
    """`/v1/client/789` answers as `/gql/v1/client/789`; `--no-aliases` ends that."""
    plain, strict = make_mock(scenario="small"), make_mock(scenario="small", aliases=False)

    assert plain.get("/v1/client/789").json() == plain.get(CLIENT).json()
    assert strict.get("/v1/client/789").status_code == 404


@pytest.mark.parametrize("status", [400, 401, 500])
def test_prefer_gives_a_declared_error(mock: Any, status: int) -> None:
    """`Prefer: code=` answers with that status in the declared shape."""
    reply = mock.get(CLIENT, headers={"Prefer": f"code={status}"})

    assert reply.status_code == status
    assert reply.headers["preference-applied"] == f"code={status}"
    assert set(reply.json()) >= {"code", "message"}


@pytest.mark.parametrize("status", [429, 503])
def test_prefer_gives_what_the_vendor_does_not_declare_too(mock: Any, status: int) -> None:
    """Clients must live with overload: 429 and 503 come with Retry-After."""
    reply = mock.get(CLIENT, headers={"Prefer": f"code={status}"})

    assert reply.status_code == status
    assert int(reply.headers["retry-after"]) > 0


def test_prefer_an_example(mock: Any) -> None:
    """The named example of the bundle; an unknown name is refused with the known ones."""
    reply = mock.get("/gql/v1/client/1001", headers={"Prefer": "example=documented"})
    unknown = mock.get("/gql/v1/client/1001", headers={"Prefer": "example=imagined"})

    assert reply.json()["name"] == "Acme Corporation"
    assert reply.headers["preference-applied"] == "example=documented"
    assert unknown.status_code == 400
    assert "documented" in unknown.text


def test_prefer_a_delay(mock: Any) -> None:
    """The answer takes at least as long as asked for, and says so."""
    began = time.perf_counter()
    reply = mock.get(CLIENT, headers={"Prefer": "delay=0.2"})

    assert time.perf_counter() - began >= 0.2
    assert reply.status_code == 200
    assert reply.headers["preference-applied"] == "delay=0.2"


def test_preferences_do_not_open_doors(mock: Any) -> None:
    """Without credentials a preference is worth nothing."""
    assert mock.get(CLIENT, headers={"Prefer": "code=200", "Authorization": ""}).status_code == 401


def test_files_are_downloaded_whole_and_in_parts(mock: Any) -> None:
    """Type, length, disposition and ranges of a file."""
    whole = mock.get(FILE)
    head = mock.head(FILE)
    part = mock.get(FILE, headers={"Range": "bytes=0-7"})
    tail = mock.get(FILE, headers={"Range": "bytes=-6"})
    beyond = mock.get(FILE, headers={"Range": f"bytes={len(whole.content)}-"})

    assert whole.status_code == 200
    assert whole.headers["content-length"] == head.headers["content-length"] == str(len(whole.content))
    assert whole.headers["content-disposition"].startswith("attachment; filename=")
    assert (part.status_code, part.content) == (206, whole.content[:8])
    assert part.headers["content-range"] == f"bytes 0-7/{len(whole.content)}"
    assert tail.content == whole.content[-6:]
    assert (beyond.status_code, beyond.headers["content-type"]) == (416, "application/json")
    assert beyond.headers["content-range"] == f"bytes */{len(whole.content)}"
    assert mock.get("/api/v1/files/999999/download").status_code == 404
    assert whole.headers["content-type"] == "application/pdf"


def test_a_range_of_another_version_is_the_whole(mock: Any) -> None:
    """`If-Range` with the tag of the file gives the part, with any other the file (RFC 9110, 13.1.5)."""
    tag = mock.get(FILE).headers["etag"]

    assert mock.get(FILE, headers={"Range": "bytes=0-7", "If-Range": tag}).status_code == 206
    assert mock.get(FILE, headers={"Range": "bytes=0-7", "If-Range": '"older"'}).status_code == 200


def test_the_version_of_the_api_is_the_same_in_good_replies_and_in_bad(mock: Any) -> None:
    """`meta.version` does not depend on how a request ended."""
    good, bad = mock.get("/api/v1/event-subscriptions/31"), mock.get("/api/v1/event-subscriptions/0")

    assert good.json()["meta"]["version"] == bad.json()["meta"]["version"] == "v1"


def test_an_overlay_turns_page_round_and_names_entities(make_mock: Callable[..., Any], tmp_path: Path) -> None:
    """`x-mock-page` and `x-mock-order` of an overlay overrule what was inferred."""
    overlay = tmp_path / "page.overlay.yaml"
    overlay.write_text(
        "overlay: 1.0.0\ninfo: {title: Pages, version: '1'}\nactions:\n"
        "  - target: $.paths['/gql/v1/clients'].post\n"
        "    update: {x-mock-page: number, x-mock-order: [{id: desc}]}\n",
        "utf-8",
    )
    mock = make_mock(scenario="small", overlays=(str(overlay),))
    all_ = [row["id"] for row in mock.post("/gql/v1/clients", json={"pageSize": 100}).json()["clients"]]
    second = mock.post("/gql/v1/clients", json={"pageSize": 3, "page": 1}).json()["clients"]

    assert all_ == sorted(all_, reverse=True)
    assert [row["id"] for row in second] == all_[3:6]


def test_writing_through_records_shows_everywhere_at_once(mock: Any) -> None:
    """A renamed client has its new name in reads, lists, searches and every denormalized name."""
    ref = {"system": "PMS", "id": mock.post("/gql/v1/clients/search", json={"where": {"id": {"_eq": 1003}}}).json()
           ["clients"][0]["pmsRef"]}  # fmt: skip
    projects = {"pageSize": 100, "where": {"clientId": {"_eq": 1003}}}
    before = {row["clientName"] for row in mock.post("/gql/v1/projects/search", json=projects).json()["projects"]}

    change = {"records": [{"type": "client", "systemRef": ref, "attributes": {"name": "Renamed & Sons"}}]}
    done = mock.put("/api/v1/records", json=change).json()["data"]

    assert done["summary"]["failed"] == 0, done
    assert mock.get("/gql/v1/client/1003").json()["name"] == "Renamed & Sons"
    after = mock.post("/gql/v1/projects/search", json=projects).json()["projects"]
    assert before != {row["clientName"] for row in after} == {"Renamed & Sons"}
    by_name = {"where": {"clientName": {"_eq": "Renamed & Sons"}}}
    assert mock.post("/gql/v1/invoices/search", json=by_name).json()["total"]["aggregate"]["count"] > 0
