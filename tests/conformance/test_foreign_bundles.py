"""Awkward bundles of other domains are served as they stand: `data/shop.yaml` is 3.1, `data/forge.yaml` 3.0."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from mockserver.bundle.loader import load_bundle
from mockserver.problems import BundleError

DATA = Path(__file__).with_name("data")
RUNNER = Path(__file__).with_name("run_schemathesis.py")
OK: dict[str, Any] = {"200": {"description": "Well"}}


@pytest.fixture(scope="module")
def shop(make_mock: Callable[..., Any]) -> Any:
    return make_mock(bundle=str(DATA / "shop.yaml"), scenario="small", auth="off")


@pytest.fixture(scope="module")
def forge(make_mock: Callable[..., Any]) -> Any:
    return make_mock(bundle=str(DATA / "forge.yaml"), scenario="small", auth="off")


@pytest.fixture
def serve(tmp_path: Path, make_mock: Callable[..., Any]) -> Callable[..., Any]:
    """A mock of a document written down in the test."""

    def made(paths: dict[str, Any], **further: Any) -> Any:
        file = tmp_path / "bundle.yaml"
        document = {"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "paths": paths, **further}
        file.write_text(yaml.safe_dump(document), "utf-8")
        return make_mock(bundle=str(file), scenario="small", auth="off")

    return made


def test_a_row_lives_from_its_creation_to_its_end(shop: Any) -> None:
    """Create, read, list, change and delete in envelopes, with uuid keys, without operationIds."""
    made = shop.post("/products", json={"name": "Lamp", "secret": "s", "stock": 2**64, "price": 1.5})
    assert made.status_code == 201, made.text
    product = made.json()["data"]
    path = f"/products/{product['id']}"

    assert (product["name"], product["stock"]) == ("Lamp", 2**64)
    assert shop.get(path).json()["data"] == product
    assert any(row["id"] == product["id"] for row in shop.get("/products?limit=20").json()["data"])
    patched = shop.patch(path, json={"price": None}, headers={"Content-Type": "application/merge-patch+json"})
    assert patched.json()["data"] == {**product, "price": None}
    assert shop.head(path).status_code == 200
    assert shop.delete(path).status_code == 204
    assert shop.get(path).status_code == shop.head(path).status_code == 404


def test_what_is_only_written_is_never_shown(shop: Any) -> None:
    """A `writeOnly` property is in no reply, not in a list, nor in an object inside a row; it may be required."""
    inner = {"name": "Box", "secret": "inner", "stock": 1}
    made = shop.post("/products", json={"name": "Set", "secret": "outer", "stock": 1, "parent": inner})

    assert made.status_code == 201
    assert made.json()["data"]["parent"]["name"] == "Box"
    for text in (made.text, shop.get("/products?limit=20").text):
        assert "secret" not in text


def test_a_put_makes_the_row_that_its_path_names(shop: Any) -> None:
    """201 where the row is new, 200 where it is there."""
    path = "/products/6f1d7f0e-0000-4000-8000-00000000abcd"
    body = {"name": "Put", "secret": "s", "stock": 3}

    made, again = shop.put(path, json=body), shop.put(path, json={**body, "name": "Again"})

    assert (made.status_code, again.status_code) == (201, 200)
    assert made.json()["data"]["id"] == path.rpartition("/")[2]
    assert shop.get(path).json()["data"]["name"] == "Again"


def test_forms_make_rows_below_their_parents(shop: Any) -> None:
    """An item sent as a form is in its own basket's list and in no other's."""
    one, two = (shop.post("/baskets").json()["id"] for _ in range(2))

    made = shop.post(f"/baskets/{one}/items", data={"sku": "AB-123", "count": "2", "gift": "true"})

    assert made.status_code == 201, made.text
    assert (made.json()["sku"], made.json()["count"], made.json()["gift"]) == ("AB-123", 2, True)
    assert shop.get(f"/baskets/{one}/items").json() == [made.json()]
    assert shop.get(f"/baskets/{two}/items").json() == []
    assert shop.get(f"/baskets/{one}/items/{made.json()['no']}").json() == made.json()


def test_alternatives_come_back_as_they_were_made(shop: Any) -> None:
    """Each alternative of a discriminator is stored and shown as what it is."""
    for payment in ({"kind": "card", "number": "4242"}, {"kind": "cash", "given": 12.5}):
        made = shop.post("/payments", json=payment)
        assert made.status_code == 201, made.text
        assert shop.get(f"/payments/{made.json()['id']}").json() == made.json() | payment


@pytest.mark.parametrize("base", ["", "/v3/store"])
def test_any_script_and_the_servers_variables(shop: Any, base: str) -> None:
    """Paths in any script answer, encoded as clients do, with and without the server's base path."""
    assert shop.get(f"{base}/größen/ÜL/preis").status_code == 200
    assert shop.get(f"{base}/gr%C3%B6%C3%9Fen/XL/preis").status_code == 400
    assert shop.get(f"{base}/ping/").status_code == 204
    assert shop.get(f"{base}/reports/latest", follow_redirects=False).status_code == 302


def test_two_parts_of_a_path_name_one_row(forge: Any) -> None:
    """`/repos/{owner}/{repo}` tells namesakes apart; what lives below one is not below the other."""
    for owner in ("alice", "bob"):
        made = forge.post("/orgs/1001/repos", json={"owner": owner, "name": "site"})
        assert made.status_code == 201, made.text
    alice, bob = (forge.get(f"/repos/{owner}/site").json() for owner in ("alice", "bob"))

    assert (alice["owner"], bob["owner"]) == ("alice", "bob")
    assert alice["id"] != bob["id"]
    assert forge.patch("/repos/bob/site", json={"private": True}).json()["private"] is True
    assert forge.get("/repos/alice/site").json() == alice
    issue = forge.post("/repos/bob/site/issues/", json={"title": "Broken"}).json()
    assert forge.get("/repos/bob/site/issues/").json()["_embedded"]["issues"] == [issue]
    assert forge.get("/repos/alice/site/issues/").json()["_embedded"]["issues"] == []
    assert forge.get(f"/repos/bob/site/issues/{issue['number']}/").json() == issue
    assert forge.delete("/repos/alice/site").status_code == 204
    assert forge.get("/repos/alice/site").status_code == 404
    assert forge.get("/repos/bob/site").status_code == 200


def test_a_row_is_known_by_what_people_call_it(forge: Any) -> None:
    """`/orgs/{org}` takes the login, whose text the whole-number id cannot be; and the id as well."""
    store = forge.app.pipeline.worlds.main.store(forge.app.scenario.tenant)
    org = store.all("org")[0]

    by_login, by_id = forge.get(f"/orgs/{org['login']}"), forge.get(f"/orgs/{org['id']}")

    assert by_login.json() == by_id.json()
    assert by_login.json()["id"] == org["id"]
    assert forge.get("/orgs/nobody-of-this-name").status_code == 404


def test_a_reply_that_may_hold_nothing_holds_nothing(forge: Any) -> None:
    """A made row is answered by the empty object where the 201 declares that, a changed one by the 204."""
    forge.post("/orgs/1001/repos", json={"owner": "carol", "name": "site"})
    path = "/repos/carol/site/secrets/TOKEN"

    made, changed = forge.put(path, json={"value": "x"}), forge.put(path, json={"value": "y"})

    assert (made.status_code, made.json(), changed.status_code) == (201, {}, 204)
    assert forge.get(path).json()["name"] == "TOKEN"


def test_pages_count_from_one(forge: Any) -> None:
    """`page` defaults to 1, so 1 is the first."""
    for name in "abcde":
        forge.post("/orgs/1002/repos", json={"owner": "p", "name": name})
    every = forge.get("/orgs/1002/repos?per_page=100").json()
    pages = [forge.get("/orgs/1002/repos", params={"page": page, "per_page": 2}).json() for page in (1, 2, 3)]

    assert [row["name"] for row in every][-5:] == list("abcde")
    assert pages == [every[0:2], every[2:4], every[4:6]]
    assert forge.get("/orgs/1002/repos?per_page=2").json() == pages[0]


def test_below_what_does_not_exist_there_is_nothing(forge: Any, shop: Any) -> None:
    """Lists and creations in the path of an unknown row are refused by 404."""
    assert forge.get("/orgs/nobody/repos").status_code == 404
    assert forge.post("/orgs/nobody/repos", json={"owner": "p", "name": "x"}).status_code == 404
    assert shop.post("/baskets/99999/items", data={"sku": "AB-123"}).status_code == 404


def test_filters_of_another_type_than_the_column_find_nothing(serve: Callable[..., Any]) -> None:
    """A text that no number is equal to is no error, an object is no filter."""
    rows = {
        "type": "array",
        "items": {"type": "object", "properties": {"id": {"type": "integer"}, "size": {"type": "integer"}}},
    }
    inputs = [
        {"name": "size", "in": "query", "schema": {"type": "string"}},
        {"name": "id", "in": "query", "style": "deepObject", "schema": {"type": "object"}},
    ]
    reply = {"200": {"description": "All", "content": {"application/json": {"schema": rows}}}}
    mock = serve({"/shoes": {"get": {"parameters": inputs, "responses": reply}}})
    every = mock.get("/shoes").json()

    assert every
    assert mock.get("/shoes?size=large").json() == []
    assert mock.get(f"/shoes?size={every[0]['size']}").json()[0]["size"] == every[0]["size"]
    assert mock.get("/shoes?id[min]=1").json() == every


def test_templates_that_differ_by_name_are_one_path(serve: Callable[..., Any]) -> None:
    """`GET /x/{id}` and `DELETE /x/{key}` answer the same URLs, each with its own parameter."""
    parameter = {"in": "path", "required": True, "schema": {"type": "integer"}}
    mock = serve(
        {
            "/rows/{id}": {"get": {"parameters": [{"name": "id", **parameter}], "responses": OK}},
            "/rows/{key}": {
                "delete": {"parameters": [{"name": "key", **parameter}], "responses": {"204": {"description": "Gone"}}}
            },
        }
    )

    assert mock.get("/rows/1001").status_code == 200
    assert mock.delete("/rows/1001").status_code == 204


def test_a_bundle_of_webhooks_alone_is_served(serve: Callable[..., Any]) -> None:
    """There is nothing to answer, and that is said."""
    mock = serve({}, webhooks={"sold": {"post": {"responses": OK}}})

    assert mock.get("/sold").status_code == 404
    assert mock.get("/__admin/health").status_code == 200


def test_the_next_version_is_read_and_the_last_refused(tmp_path: Path) -> None:
    """OpenAPI 3.2 is understood; Swagger 2.0 is refused with the way out."""
    new, old = tmp_path / "new.yaml", tmp_path / "old.yaml"
    new.write_text("{openapi: 3.2.0, info: {title: T, version: '1'}, paths: {}}", "utf-8")
    old.write_text("{swagger: '2.0', info: {title: T, version: '1'}, paths: {}}", "utf-8")

    assert load_bundle(new).version == "3.2.0"
    with pytest.raises(BundleError, match=r"Swagger 2\.0") as refused:
        load_bundle(old)
    assert "swagger2openapi" in str(refused.value.hint)


@pytest.mark.parametrize("name", ["shop", "forge"])
def test_schemathesis_finds_nothing(name: str, tmp_path: Path) -> None:
    """Every check in every phase holds on a bundle that nobody has prepared for."""
    file = str(DATA / f"{name}.yaml")
    done = subprocess.run(
        [sys.executable, str(RUNNER), "--bundle", file, "--open", "--max-examples", "6"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=120,
        check=False,
    )

    assert ", 0 failures" in done.stdout, done.stdout[-6000:] + done.stderr[-3000:]
