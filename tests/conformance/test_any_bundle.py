"""Any bundle drops in: nothing depends on our own file's ids, component names or OpenAPI version."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from mockserver import paths

SAMPLES: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "samples.yaml").read_text("utf-8"))
LIBRARY = Path(__file__).parents[1] / "bundle" / "data" / "library.yaml"


def read() -> dict[str, Any]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    document: dict[str, Any] = yaml.load(paths.BUNDLE.read_text("utf-8"), Loader=loader)
    return document


def renamed(document: dict[str, Any]) -> dict[str, Any]:
    """Every operationId and every component under a name that means nothing."""
    names = {
        f"#/components/{kind}/{name}": f"#/components/{kind}/Z{number}"
        for kind, entries in document["components"].items()
        if kind != "securitySchemes"
        for number, name in enumerate(entries)
    }

    def walk(node: Any) -> Any:
        if isinstance(node, dict):
            return {
                key: names.get(value, value) if key == "$ref" and isinstance(value, str) else walk(value)
                for key, value in node.items()
            }
        return [walk(value) for value in node] if isinstance(node, list) else node

    out = walk(document)
    for kind, entries in out["components"].items():
        if kind != "securitySchemes":
            out["components"][kind] = {f"Z{number}": entry for number, entry in enumerate(entries.values())}
    for number, operation in enumerate(op for item in out["paths"].values() for op in item.values()):
        operation["operationId"] = f"op{number}"
    return out


def as_30(document: dict[str, Any]) -> dict[str, Any]:
    """The same in the words of OpenAPI 3.0."""

    def walk(node: Any) -> Any:
        if isinstance(node, list):
            return [walk(value) for value in node]
        if not isinstance(node, dict):
            return node
        out = {key: walk(value) for key, value in node.items()}
        kind = out.get("type")
        if isinstance(kind, list):
            rest = [word for word in kind if word != "null"]
            out["type"] = rest[0]
            out["nullable"] = "null" in kind
        for word, limit in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
            if isinstance(out.get(word), int | float) and not isinstance(out.get(word), bool):
                out[limit] = out.pop(word)
                out[word] = True
        if "anyOf" in out and {"type": "null"} in out["anyOf"]:
            out["anyOf"] = [branch for branch in out["anyOf"] if branch != {"type": "null"}]
            out["nullable"] = True
        if isinstance(out.get("examples"), list):
            out["example"] = out.pop("examples")[0]
        if "const" in out:
            out["enum"] = [out.pop("const")]
        return out

    out: dict[str, Any] = walk(copy.deepcopy(document))
    out["openapi"] = "3.0.3"
    return out


@pytest.fixture(scope="module", params=[renamed, as_30], ids=["renamed", "OpenAPI 3.0"])
def other(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, make_mock: Callable[..., Any]
) -> Any:
    """A mock of our bundle in disguise, with the same overlays, which go by path."""
    file = tmp_path_factory.mktemp("other") / "bundle.yaml"
    file.write_text(yaml.safe_dump(request.param(read()), sort_keys=False), "utf-8")
    overlays = tuple(str(o) for o in sorted(paths.OVERLAYS.glob("*.overlay.yaml")))
    return make_mock(bundle=str(file), overlays=overlays)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda s: s["operation"])
def test_the_samples_are_answered_whatever_the_names(other: Any, sample: dict[str, Any]) -> None:
    """Each documented sample comes out as documented when ids and components have other names, or in 3.0."""
    request, expected = sample["request"], sample["reply"]
    options = {"json": request["body"]} if "body" in request else {}

    reply = other.request(request["method"], request["path"], **options)

    assert reply.status_code == expected["status"], reply.text
    if "body" in expected and "contradiction" not in sample:
        assert reply.json() == expected["body"]
    if expected.get("finds"):
        assert any(isinstance(value, list) and value for value in reply.json().values())


def test_records_are_written_whatever_the_names(other: Any) -> None:
    """Writing a client through records shows at once in list, search and read."""
    batch = {
        "records": [{"type": "client", "systemRef": {"system": "X", "id": "77"}, "attributes": {"name": "Zz Top"}}]
    }

    written = other.post("/api/v1/records", json=batch).json()["data"]["records"][0]
    found = other.post("/gql/v1/clients/search", json={"where": {"name": {"_eq": "Zz Top"}}}).json()

    assert written["error"] is None
    assert [row["name"] for row in found["clients"]] == ["Zz Top"]
    assert other.get(f"/gql/v1/client/{written['id']}").json()["name"] == "Zz Top"


def test_a_plain_rest_bundle_of_another_domain_is_stateful(make_mock: Callable[..., Any]) -> None:
    """Create, read, list, change and delete work on a bundle that nobody has prepared for."""
    library = make_mock(bundle=str(LIBRARY), scenario="small", auth="off")
    before = library.get("/api/v2/books").json()

    made = library.post("/api/v2/books", json={"title": "A new book", "isbn": "9780000000002"})
    assert made.status_code == 201, made.text
    book = f"/api/v2/books/{made.json()['isbn']}"

    assert book.endswith("/9780000000002")
    assert library.get(book).json()["title"] == "A new book"
    assert library.put(book, json={"title": "Renamed"}).status_code == 200
    assert library.get(book).json()["title"] == "Renamed"
    assert library.delete(book).status_code == 204
    assert library.get(book).status_code == 404
    assert library.get("/api/v2/books").json() == before


def test_a_batch_changes_and_makes_rows(make_mock: Callable[..., Any]) -> None:
    """Rows of a batch that bring a known key change that row, the others are made."""
    library = make_mock(bundle=str(LIBRARY), scenario="small", auth="off")
    old = library.get("/api/v2/members").json()["members"][0]
    batch = [{"id": old["id"], "name": "Renamed"}, {"id": 77, "name": "Numbered"}, {"name": "New"}]

    members = library.put("/api/v2/members", json={"members": batch}).json()["members"]

    assert members[0] == {**old, "name": "Renamed"}
    assert (members[1]["id"], members[1]["name"]) == (77, "Numbered")
    assert library.get(f"/api/v2/members/{members[2]['id']}").json()["member"]["name"] == "New"


def test_a_taken_key_is_refused(make_mock: Callable[..., Any]) -> None:
    """A row cannot be made under the key of another."""
    library = make_mock(bundle=str(LIBRARY), scenario="small", auth="off")
    book = {"title": "Once", "isbn": "9780000000009"}

    assert library.post("/api/v2/books", json=book).status_code == 201
    assert library.post("/api/v2/books", json=book).status_code == 409


def test_a_refused_order_is_named_as_it_was_sent(make_mock: Callable[..., Any]) -> None:
    """The pointer of a refusal leads into the body that the client sent: `order_by`, not `orderBy`."""
    library = make_mock(bundle=str(LIBRARY), scenario="small", auth="off")

    refused = library.post("/api/v2/loans/query", json={"order_by": [{"nothing": "asc"}]})

    assert refused.status_code == 400
    assert refused.json()["errors"][0]["pointer"] == "/order_by/0/nothing"


def test_seeded_keys_can_be_asked_for(make_mock: Callable[..., Any]) -> None:
    """A key looks as the path wants it, so each listed book can be read by what the list shows."""
    library = make_mock(bundle=str(LIBRARY), scenario="small", auth="off")
    books = library.get("/api/v2/books").json()["data"]
    made = library.post("/api/v2/books", json={"title": "Unnumbered"}).json()

    assert books
    for book in (*books, made):
        assert library.get(f"/api/v2/books/{book['isbn']}").json()["title"] == book["title"]
