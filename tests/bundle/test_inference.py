"""What operations are taken for."""

from __future__ import annotations

import copy
import json
import os
import re
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from mockserver.bundle.loader import Bundle, load_bundle
from mockserver.bundle.operations import Operations, Role
from mockserver.paths import BUNDLE, OVERLAYS

Json = dict[str, Any]
LIBRARY = Path(__file__).with_name("data") / "library.yaml"
CORPUS = Path(os.environ.get("MOCKSERVER_CORPUS") or Path(__file__).parents[2].with_name("shared") / "corpus")
ROW: Json = {"type": "object", "properties": {"id": {"type": "integer"}, "name": {"type": "string"}}}


@pytest.fixture(scope="module")
def ours() -> Bundle:
    """Our own bundle with its overlays."""
    return load_bundle(BUNDLE, sorted(OVERLAYS.glob("*.yaml")))


@pytest.fixture(scope="module")
def library() -> Operations:
    """Plain REST of another domain, OpenAPI 3.0."""
    return load_bundle(LIBRARY, cache=False).operations


def operations_of(folder: Path, paths: Json, **document: Any) -> Operations:
    """The operations of a document with the given paths."""
    file = folder / "bundle.json"
    whole = {"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "paths": paths, **document}
    file.write_text(json.dumps(whole))
    return load_bundle(file, cache=False).operations


def verb(
    reply: Json | None = None,
    body: Json | None = None,
    status: str = "200",
    media: str = "application/json",
    **more: Any,
) -> Json:
    """An operation with a JSON reply and body."""
    response: Json = {"description": "-"}
    if reply is not None:
        response["content"] = {media: {"schema": reply}}
    operation: Json = {"responses": {status: response}, **more}
    if body is not None:
        operation["requestBody"] = {"content": {"application/json": {"schema": body}}}
    return operation


def page(name: str) -> Json:
    """A reply with rows."""
    return {"type": "object", "properties": {name: {"type": "array", "items": ROW}, "total": {"type": "integer"}}}


FAMILIES = {
    "client": ("clients", "client"),
    "staff": ("staff", "staff"),
    "wip": ("wip", "wip"),
    "client_business_entity": ("client_business_entities", "client_business_entity"),
    "contact_info": ("contact_infos", "contact_info"),
    "industry": ("industries", "industry"),
}


@pytest.mark.parametrize(("entity", "words"), FAMILIES.items())
def test_a_family_of_paths_is_one_entity(ours: Bundle, entity: str, words: tuple[str, str]) -> None:
    """List on the plural, search below it, read on the singular: all of one entity."""
    many, one = words
    roles = {Role.LIST: f"/gql/v1/{many}", Role.SEARCH: f"/gql/v1/{many}/search", Role.READ: f"/gql/v1/{one}/{{id}}"}
    if entity == "wip":
        roles[Role.SEARCH] = "/gql/v1/wips/search"
    for role, path in roles.items():
        operation = ours.operations.at("GET" if role is Role.READ else "POST", path)
        assert operation is not None
        assert (operation.role, operation.entity) == (role, entity)
        assert operation.noun == entity
        assert operation.because


@pytest.mark.parametrize(
    ("label", "role", "entity"),
    [
        ("POST /gql/v1/draft_invoice_histories", Role.LIST, "draft_invoice_history"),
        ("GET /gql/v1/draft_invoice/{id}", Role.READ, "draft_invoice"),
        ("POST /gql/v1/jobs", Role.LIST, "project"),
        ("GET /gql/v1/job/{id}", Role.READ, "project"),
        ("POST /v1/auth/token", Role.OTHER, None),
        ("POST /v1/auth/keys", Role.CREATE, "key"),
        ("POST /api/v1/records", Role.UPSERT, "record"),
        ("PUT /api/v1/records", Role.UPSERT, "record"),
        ("DELETE /api/v1/records", Role.DELETE, "record"),
        ("GET /api/v1/records/{type}", Role.LIST, "record"),
        ("GET /api/v1/records/types", Role.LIST, "record_type"),
        ("POST /api/v1/records/custom", Role.CREATE, "record_custom"),
        ("PUT /api/v1/records/custom/{name}", Role.UPDATE, "record_custom"),
        ("GET /api/v1/event-subscriptions", Role.LIST, "event_subscription"),
        ("GET /api/v1/event-subscriptions/catalog", Role.OTHER, "event_subscription"),
        ("GET /api/v1/event-subscriptions/{id}/secret", Role.OTHER, "event_subscription"),
        ("GET /api/v1/files/{id}/download", Role.OTHER, "file"),
    ],
)
def test_roles_of_our_own_bundle(ours: Bundle, label: str, role: Role, entity: str | None) -> None:
    """What the vendor's less regular paths do is seen as well."""
    operation = ours.operations.at(*label.split(" "))
    assert operation is not None
    assert (operation.role, operation.entity) == (role, entity)


def test_shapes_of_our_own_bundle(ours: Bundle) -> None:
    """Rows and totals are found though the collection key is not the entity's name, and inside the envelope."""
    shape = ours.operations.at("POST", "/gql/v1/draft_invoice_histories").shape  # type: ignore[union-attr]
    assert (shape.rows, shape.count) == (("draftInvoices",), ("total", "aggregate", "count"))
    shape = ours.operations.at("GET", "/api/v1/records/{type}").shape  # type: ignore[union-attr]
    assert (shape.rows, shape.count) == (("data", "records"), ("data", "total"))
    shape = ours.operations.at("DELETE", "/api/v1/records").shape  # type: ignore[union-attr]
    assert shape.rows == ("data", "records")


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/gql/v1/clients", "offset"),
        ("/gql/v1/contacts", "offset"),
        ("/gql/v1/projects", "offset"),
        ("/gql/v1/draft_invoice_histories", "offset"),
        ("/gql/v1/invoices", "number"),
        ("/gql/v1/payments", "number"),
        ("/gql/v1/wip", "number"),
        ("/gql/v1/projects/search", None),
    ],
)
def test_page_as_each_operation_says(ours: Bundle, path: str, kind: str | None) -> None:
    """The vendor's `page` counts rows here and pages there; without such an input there is nothing to count."""
    operation = ours.operations.at("POST", path)
    assert operation is not None
    assert operation.page == kind


def test_both_names_of_a_page_size(ours: Bundle) -> None:
    """Where the schema says `limit` and the samples say `pageSize`, both are taken."""
    paging = ours.operations.at("POST", "/gql/v1/staff/search").paging  # type: ignore[union-attr]
    assert paging is not None
    assert set(paging.sizes) == {"limit", "pageSize"}
    assert (paging.where, paging.default_size, paging.max_size) == ("body", 1, 1000)


def scrambled(document: Json) -> Json:
    """The same document without operationIds, its components renamed."""
    document = copy.deepcopy(document)
    for item in document["paths"].values():
        for operation in item.values():
            if isinstance(operation, dict):
                operation.pop("operationId", None)
    text = json.dumps(document)
    names = {name: f"X{index}" for index, name in enumerate(document["components"]["schemas"])}
    text = re.sub(r'(#/components/schemas/)([\w.-]+)(?=["/])', lambda found: found[1] + names[found[2]], text)
    document = json.loads(text)
    document["components"]["schemas"] = {names[name]: node for name, node in document["components"]["schemas"].items()}
    return dict(document)


def test_nothing_hangs_on_names(ours: Bundle, tmp_path: Path) -> None:
    """With every operationId gone and every component renamed, all that is inferred stays the same."""
    file = tmp_path / "scrambled.json"
    file.write_text(json.dumps(scrambled(ours.document)))
    renamed = load_bundle(file, cache=False).operations
    assert len(renamed) == len(ours.operations)
    for operation in ours.operations:
        twin = renamed.at(operation.method, operation.path)
        assert twin is not None
        assert twin.id == f"{operation.method.lower()} {operation.path}"
        for name in ("role", "entity", "shape", "paging", "parents", "noun", "because", "page"):
            assert getattr(twin, name) == getattr(operation, name), (operation.label, name)


@pytest.mark.parametrize(
    ("id_", "role", "entity"),
    [
        ("listBooks", Role.LIST, "book"),
        ("addBook", Role.CREATE, "book"),
        ("readBook", Role.READ, "book"),
        ("changeBook", Role.UPDATE, "book"),
        ("dropBook", Role.DELETE, "book"),
        ("reserveBook", Role.ACTION, "book"),
        ("coverOfBook", Role.OTHER, "book"),
        ("listAuthors", Role.LIST, "author"),
        ("changeAuthor", Role.UPDATE, "author"),
        ("listBooksOfAuthor", Role.LIST, "book"),
        ("importMembers", Role.UPSERT, "member"),
        ("whoAmI", Role.OTHER, "member"),
        ("readMember", Role.READ, "member"),
        ("findLoans", Role.SEARCH, "loan"),
        ("readLoan", Role.READ, "loan"),
        ("health", Role.OTHER, None),
    ],
)
def test_roles_of_plain_rest(library: Operations, id_: str, role: Role, entity: str | None) -> None:
    """Resources in the common style need no hint at all."""
    assert (library[id_].role, library[id_].entity) == (role, entity)


def test_parents_are_known(library: Operations) -> None:
    """A nested collection knows the parameter that narrows it, and to which entity that points."""
    assert library["listBooksOfAuthor"].parents == (("author_id", "author"),)
    assert library["readBook"].parents == ()


def test_parameters_are_merged(library: Operations) -> None:
    """Parameters of the path join the operation's own; references are followed, defaults of style filled in."""
    parameters = {parameter.name: parameter for parameter in library["listBooks"].parameters}
    assert list(parameters) == ["X-Trace", "per_page", "page", "genre", "author_id", "published_after", "tags", "point"]
    assert parameters["X-Trace"].location == "header"
    assert (parameters["X-Trace"].style, parameters["X-Trace"].explode) == ("simple", False)
    assert (parameters["per_page"].style, parameters["per_page"].explode) == ("form", True)
    assert parameters["per_page"].pointer == "/components/parameters/PerPage/schema"
    assert (parameters["tags"].style, parameters["tags"].explode) == ("spaceDelimited", False)
    assert parameters["point"].media == "application/json"
    assert parameters["point"].schema == {"type": "object"}


def test_an_operation_overrules_its_path(tmp_path: Path) -> None:
    """A parameter declared at both places counts as the operation has it; one in another place is another."""
    outer = [{"name": "a", "in": "query", "schema": {"type": "string"}}, {"name": "a", "in": "header", "schema": {}}]
    inner = [{"name": "a", "in": "query", "schema": {"type": "integer"}}]
    (operation,) = operations_of(tmp_path, {"/x": {"parameters": outer, "get": verb({}, parameters=inner)}})
    assert [(p.location, p.schema) for p in operation.parameters] == [("query", {"type": "integer"}), ("header", {})]


def test_bodies_and_replies(library: Operations) -> None:
    """Bodies and replies come with pointers to their schemas, examples and headers, references followed."""
    request = library["addBook"].request
    assert request is not None
    assert request.required
    assert request.content[0].pointer == "/paths/~1api~1v2~1books/post/requestBody/content/application~1json/schema"
    assert {"title": "Emma", "author_id": 1} in request.content[0].examples.values()
    reply = library["readBook"].reply(200)
    assert reply is not None
    assert reply.content[0].pointer == "/components/responses/Book/content/application~1json/schema"
    assert library["readBook"].reply(404) is not None
    required, schema, pointer = library["listBooks"].replies["200"].headers["X-Total"]
    assert (required, schema["type"]) == (False, "integer")
    assert pointer.endswith("/responses/200/headers/X-Total/schema")
    assert "Content-Type" not in library["listBooks"].replies["200"].headers


def test_security(library: Operations, tmp_path: Path) -> None:
    """The document's security holds unless an operation has its own; an empty list means that nobody is asked."""
    assert library["listBooks"].security == ({"ApiKey": ()},)
    assert library["health"].security == ()
    (operation,) = operations_of(tmp_path, {"/x": {"get": verb({}, security=[{}, {"O": ["read"]}])}})
    assert operation.security == ({}, {"O": ("read",)})


def test_ids_are_unique(tmp_path: Path) -> None:
    """Where an operationId is missing or not unique, method and path make one."""
    paths = {"/a": {"get": verb({}, operationId="same"), "put": verb({})}, "/b": {"get": verb({}, operationId="same")}}
    assert [operation.id for operation in operations_of(tmp_path, paths)] == ["get /a", "put /a", "get /b"]


def test_hints_overrule(tmp_path: Path) -> None:
    """`x-mock-*` on an operation or its path is handed on, and its entity and role count."""
    paths = {
        "/jobs": {
            "x-mock-entity": "project",
            "get": verb(page("jobs"), **{"x-mock-role": "search", "x-mock-order": [1]}),
        },
        "/jobs/{id}/notes": {"get": verb(page("notes"))},
    }
    jobs, notes = operations_of(tmp_path, paths)
    assert (jobs.entity, jobs.role, jobs.noun) == ("project", Role.SEARCH, "job")
    assert jobs.hints == {"entity": "project", "role": "search", "order": [1]}
    assert "x-mock-role" in jobs.because
    assert notes.parents == (("id", "project"),)


@pytest.mark.parametrize(
    ("method", "path", "operation", "role", "entity"),
    [
        (
            "post",
            "/v3/widgets",
            verb(page("widgets"), {"properties": {"limit": {"type": "integer"}}}),
            Role.LIST,
            "widget",
        ),
        (
            "post",
            "/v3/widgets",
            verb(page("widgets"), {"properties": {"filter": {"type": "object"}}}),
            Role.SEARCH,
            "widget",
        ),
        ("post", "/v3/widgets", verb(page("widgets")), Role.LIST, "widget"),
        ("post", "/v3/widgets", verb(ROW, ROW), Role.CREATE, "widget"),
        ("post", "/v3/widgets", verb(ROW, ROW, "201"), Role.CREATE, "widget"),
        ("post", "/v3/widgets", verb(page("widgets"), page("widgets")), Role.UPSERT, "widget"),
        (
            "post",
            "/v3/widgets",
            verb({"type": "array", "items": ROW}, {"type": "array", "items": ROW}),
            Role.UPSERT,
            "widget",
        ),
        ("post", "/v3/widgets", verb(ROW, page("parts")), Role.CREATE, "widget"),
        ("get", "/v3/widgets/_search", verb(page("hits")), Role.SEARCH, "widget"),
        ("post", "/v3/widgets/filter", verb(page("widgets"), ROW), Role.SEARCH, "widget"),
        ("post", "/v3/widgets/list", verb(page("widgets"), ROW), Role.LIST, "widget"),
        ("get", "/v3/widgets/count", verb(ROW), Role.OTHER, "widget"),
        ("get", "/v3/widgets", verb(), Role.LIST, "widget"),
        ("get", "/v3/widgets/{id}.json", verb(ROW), Role.READ, "widget"),
        ("get", "/v3/widgets({id})", verb(ROW), Role.READ, "widget"),
        ("head", "/v3/widgets/{id}", verb(), Role.READ, "widget"),
        ("put", "/v3/widgets/{id}", verb(ROW, {**ROW, "required": ["name"]}), Role.REPLACE, "widget"),
        ("put", "/v3/widgets/{id}", verb(ROW, {"type": "array", "items": {}}), Role.ACTION, "widget"),
        ("patch", "/v3/widgets/{id}", verb(ROW, ROW), Role.UPDATE, "widget"),
        ("post", "/v3/widgets/{id}", verb(ROW, ROW), Role.UPDATE, "widget"),
        ("post", "/v3/widgets/{id}", verb(ROW, ROW, "201"), Role.ACTION, "widget"),
        ("delete", "/v3/widgets/{id}", verb(None, None, "204"), Role.DELETE, "widget"),
        ("delete", "/v3/widgets", verb(None, None, "204"), Role.ACTION, None),
        ("post", "/v3/widgets/{id}/activate", verb(ROW), Role.ACTION, "widget"),
        ("post", "/v3/widgets/{id}:activate", verb(ROW), Role.ACTION, "widget"),
        ("put", "/v3/widgets/{id}/watermark", verb(ROW), Role.ACTION, "widget"),
        ("post", "/v3/widgets/{id}/parts", verb(ROW, ROW, "201"), Role.CREATE, "part"),
        ("delete", "/v3/widgets/{id}/parts/{part}", verb(), Role.DELETE, "part"),
        ("get", "/v3/widgets/{id}/picture.{extension}", verb({}, media="image/png"), Role.OTHER, "widget"),
        ("options", "/v3/widgets", verb(), Role.OTHER, None),
        ("get", "/v3", verb(ROW), Role.OTHER, None),
        ("get", "/{tenant}", verb(ROW), Role.OTHER, None),
        ("get", "/me", verb(ROW), Role.OTHER, None),
        ("post", "/oauth2/token", verb(ROW, ROW), Role.OTHER, None),
        ("get", "/v3/widgets?deep=true", verb(page("widgets")), Role.LIST, "widget"),
        ("get", "/v3/widgets/{id}#short", verb(ROW), Role.READ, "widget"),
    ],
)
def test_one_path_alone(
    tmp_path: Path, method: str, path: str, operation: Json, role: Role, entity: str | None
) -> None:
    """Method, path and reply of a single operation say enough."""
    (found,) = operations_of(tmp_path, {path: {method: operation}})
    assert (found.role, found.entity) == (role, entity), found.because


def test_prefixes_are_no_entities(tmp_path: Path) -> None:
    """Version, `api`, and a word that all paths share, such as a product's name, say nothing of entities."""
    paths = {
        "/acme/api/v1/clients": {"get": verb(page("clients"))},
        "/acme/api/v1/orders": {"get": verb(page("orders"))},
        "/acme/api/v1/me": {"get": verb(ROW)},
    }
    assert [operation.entity for operation in operations_of(tmp_path, paths)] == ["client", "order", None]


def test_a_tenant_in_the_path_is_no_parent(tmp_path: Path) -> None:
    """A leading parameter narrows no collection that the bundle knows."""
    found = operations_of(tmp_path, {"/{tenant}/items": {"get": verb(page("items"))}})
    assert [(operation.entity, operation.parents) for operation in found] == [("item", ())]


def test_equal_nouns_of_different_things(tmp_path: Path) -> None:
    """Versions of files and versions of skills are two entities when their rows differ, one when they agree."""
    sort = {"properties": {name: {} for name in ("id", "sha", "bytes", "path")}}
    other = {"properties": {name: {} for name in ("id", "skill", "prompt", "model")}}
    rows = {"type": "array"}
    paths = {
        "/files/{id}/versions": {"get": verb({**rows, "items": sort})},
        "/files/{id}/versions/{v}": {"get": verb(sort)},
        "/skills/{id}/versions": {"get": verb({**rows, "items": other})},
        "/folders/{id}/versions": {"get": verb({**rows, "items": sort})},
    }
    names = [operation.entity for operation in operations_of(tmp_path, paths)]
    assert names == ["version", "version", "skill_version", "version"]


def test_a_nested_collection_meets_its_own_path(tmp_path: Path) -> None:
    """`groups/{id}/memberships` and `group_memberships` show the same rows, so they are one entity."""
    ref = {"$ref": "#/components/schemas/M"}
    paths = {
        "/groups/{id}/memberships": {"get": verb({"type": "array", "items": ref})},
        "/users/{id}/memberships": {"get": verb({"type": "array", "items": ref})},
        "/group_memberships/{id}": {"get": verb(ref)},
    }
    found = operations_of(tmp_path, paths, components={"schemas": {"M": ROW}})
    assert {operation.entity for operation in found} == {"group_membership"}
    assert [operation.parents for operation in found] == [(("id", "group"),), (("id", "user"),), ()]


def test_put_is_partial_only_against_its_creation(tmp_path: Path) -> None:
    """A PUT that requires nothing replaces where creation requires nothing either."""
    paths = {"/w": {"post": verb(ROW, ROW, "201")}, "/w/{id}": {"put": verb(ROW, ROW)}}
    assert [operation.role for operation in operations_of(tmp_path, paths)] == [Role.CREATE, Role.REPLACE]


def test_order_is_the_bundles(library: Operations) -> None:
    """Operations come as they are printed."""
    assert [operation.id for operation in library][:4] == ["listBooks", "addBook", "readBook", "changeBook"]


@pytest.mark.parametrize(("name", "count"), [("box-3.0.json", 296), ("openai-3.1.yaml", 288)])
def test_real_bundles(name: str, count: int) -> None:
    """Of a vendor's real bundle each operation gets a role and a reason, and most get an entity."""
    if not (CORPUS / name).exists():
        pytest.skip(f"{name} is not in {CORPUS}; name its folder in MOCKSERVER_CORPUS")
    operations = load_bundle(CORPUS / name).operations
    roles = Counter(operation.role for operation in operations)
    assert len(operations) == count
    assert all(operation.because for operation in operations)
    assert roles[Role.OTHER] < count / 8
    assert min(roles[role] for role in (Role.LIST, Role.READ, Role.CREATE, Role.UPDATE, Role.DELETE)) > 20
    assert all(operation.shape.rows is not None for operation in operations if operation.role is Role.LIST)


def test_quick_enough(ours: Bundle) -> None:
    """Inference is no noticeable part of a start."""
    from mockserver.bundle.inference import infer_operations

    took = []
    for _ in range(5):  # the best of a few: whatever else this process has in memory is collected now and then
        start = time.process_time()
        infer_operations(ours)
        took.append(time.process_time() - start)
    assert min(took) < 0.2
