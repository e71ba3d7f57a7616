"""The bundle of this project keeps what spec/SOURCE.md says of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import jsonschema_rs
import openapi_spec_validator
import pytest
import yaml

from mockserver.bundle.enumerated import names_of

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
BUNDLE: dict[str, Any] = yaml.load((ROOT / "spec/aiwyn.openapi.yaml").read_text(), yaml.CSafeLoader)
OVERLAY: dict[str, Any] = yaml.safe_load((ROOT / "spec/overlays/10-entities.overlay.yaml").read_text())
SAMPLES: list[dict[str, Any]] = yaml.safe_load((ROOT / "tests/conformance/samples.yaml").read_text())
REGISTRY = jsonschema_rs.Registry([("urn:bundle", BUNDLE)])
METHODS = ("get", "post", "put", "patch", "delete")
PROVENANCE = {"documented", "example", "inferred"}

TAGS = [
    "Authentication",
    "Client",
    "Contact",
    "Client Business Entity",
    "Contact Client",
    "Contact Info",
    "Department",
    "Industry",
    "Job",
    "Job Template",
    "Office",
    "Service",
    "Service Line",
    "Staff",
    "Payments",
    "Billing",
    "Invoices",
    "Projects",
    "Time",
    "Engagement",
    "Last Mile",
    "Records",
    "Event Subscriptions",
    "File",
]

# The methods of each path the bundle knows.
KNOWN = """
POST /v1/auth/token
GET POST /v1/auth/keys
GET DELETE /v1/auth/keys/{id}
POST /gql/v1/clients
POST /gql/v1/clients/search
GET /gql/v1/client/{id}
POST /gql/v1/contacts
POST /gql/v1/contacts/search
GET /gql/v1/contact/{id}
POST /gql/v1/client_business_entities
POST /gql/v1/client_business_entities/search
GET /gql/v1/client_business_entity/{id}
POST /gql/v1/contact_clients
POST /gql/v1/contact_clients/search
GET /gql/v1/contact_client/{id}
POST /gql/v1/contact_infos
POST /gql/v1/contact_infos/search
GET /gql/v1/contact_info/{id}
POST /gql/v1/departments
POST /gql/v1/departments/search
GET /gql/v1/department/{id}
POST /gql/v1/industries
POST /gql/v1/industries/search
GET /gql/v1/industry/{id}
POST /gql/v1/jobs
POST /gql/v1/jobs/search
GET /gql/v1/job/{id}
POST /gql/v1/job_templates
POST /gql/v1/job_templates/search
GET /gql/v1/job_template/{id}
POST /gql/v1/offices
POST /gql/v1/offices/search
GET /gql/v1/office/{id}
POST /gql/v1/services
POST /gql/v1/services/search
GET /gql/v1/service/{id}
POST /gql/v1/service_lines
POST /gql/v1/service_lines/search
GET /gql/v1/service_line/{id}
POST /gql/v1/staff
POST /gql/v1/staff/search
GET /gql/v1/staff/{id}
POST /gql/v1/payments
POST /gql/v1/payments/search
GET /gql/v1/payment/{id}
POST /gql/v1/draft_invoice_histories
POST /gql/v1/draft_invoice_histories/search
GET /gql/v1/draft_invoice/{id}
POST /gql/v1/invoices
POST /gql/v1/invoices/search
GET /gql/v1/invoice/{id}
POST /gql/v1/projects
POST /gql/v1/projects/search
GET /gql/v1/project/{id}
POST /gql/v1/wip
POST /gql/v1/wips/search
GET /gql/v1/wip/{id}
POST /gql/v1/engagements
POST /gql/v1/engagements/search
GET /gql/v1/engagement/{id}
POST PUT DELETE /api/v1/records
GET /api/v1/records/types
GET /api/v1/records/types/{name}
GET POST /api/v1/records/custom
GET PUT DELETE /api/v1/records/custom/{name}
GET /api/v1/records/{type}
GET /api/v1/event-subscriptions/catalog
GET POST /api/v1/event-subscriptions
GET PUT DELETE /api/v1/event-subscriptions/{id}
GET /api/v1/event-subscriptions/{id}/secret
GET /api/v1/files/{id}/download
"""

# The properties that the reference prints, by component; any other has to say where it comes from.
DOCUMENTED = {
    "Aggregate": "count",
    "Total": "aggregate",
    "ClientRow": "id pmsRef clientRef name clientKey active partnerStaffId",
    "ClientListRequest": "pageSize page",
    "ClientPage": "clients",
    "ContactListRequest": "pageSize page",
    "StaffRow": "id pmsRef firstName lastName email active",
    "StaffSearchRequest": "limit where orderBy",
    "StaffPage": "staff",
    "Payment": "id amount currency paymentMethod",
    "PaymentListRequest": "pageSize page clientId paymentMethod startDate",
    "DraftInvoiceHistory": "clientId invoiceId jobId client draftInvoice",
    "DraftInvoiceHistoryClient": "active clientRef name pmsRef",
    "DraftInvoiceHistoryDraft": (
        "approvedAt arTranId approverStaffId approvedByStaffId invoiceId isActive pms_invoice_number status"
    ),
    "DraftInvoiceHistoryListRequest": "pageSize page",
    "DraftInvoiceHistorySearchRequest": "pageSize where orderBy",
    "DraftInvoiceHistoryPage": "draftInvoices total",
    "InvoiceListRequest": "pageSize page clientId status startDate endDate",
    "Project": (
        "id name description status phase clientId clientName engagementId engagementName "
        "startDate endDate budget currency actualCost teamMembers milestones createdAt updatedAt"
    ),
    "ProjectListRequest": "pageSize page",
    "ProjectSearchRequest": "pageSize where orderBy",
    "WipListRequest": "pageSize page clientId",
    "WipSearchRequest": "pageSize where orderBy",
    "EngagementRow": "id name start_dt end_dt status client_id partner_staff_id",
    "EngagementSearchRequest": "limit where orderBy",
    "EngagementPage": "engagements",
    "Meta": "success message timestamp version",
    "RecordInput": "type systemRef attributes",
    "RecordBatchRequest": "records",
    "RecordSummary": "failed",
    "RecordResult": "status error",
    "RecordBatch": "summary records",
    "RecordBatchReply": "data error meta",
    "RecordFieldInput": "name type required nullable referencedEntityType rank",
    "CustomRecordTypeCreateRequest": "name displayName description fields",
    "CustomRecordTypeUpdateRequest": "displayName description fields active",
    "RecordType": "id name displayName description isCustom active fields recordsUrl schemaUrl",
    "CustomRecordTypeReply": "data error meta",
}
DOCUMENTED_OPERATORS = {
    *("_and", "_or", "_not", "_eq", "_neq", "_gt", "_gte", "_lt", "_lte"),
    *("_in", "_nin", "_like", "_ilike", "_regex", "_is_null"),
}


def walk(node: Any, pointer: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object of the bundle, with the JSON pointer to it."""
    if isinstance(node, dict):
        yield pointer, node
        for key, value in node.items():
            yield from walk(value, f"{pointer}/{str(key).replace('~', '~0').replace('/', '~1')}")
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from walk(value, f"{pointer}/{index}")


def operations() -> Iterator[tuple[str, dict[str, Any], str]]:
    """Every operation as "METHOD path", its object and the pointer to it."""
    for path, item in BUNDLE["paths"].items():
        for method in METHODS:
            if method in item:
                yield f"{method.upper()} {path}", item[method], f"/paths/{path.replace('/', '~1')}/{method}"


def judge(pointer: str, value: Any) -> list[str]:
    """What the schema at a pointer has against a value, formats included."""
    validator = jsonschema_rs.Draft202012Validator(
        {"$ref": f"urn:bundle#{quote(pointer)}"}, registry=REGISTRY, validate_formats=True
    )
    return [f"{pointer}: {error.instance_path} {error.message}" for error in validator.iter_errors(value)]


def known() -> set[str]:
    """The operations of KNOWN, one by one."""
    rows = (row.split() for row in KNOWN.strip().splitlines())
    return {f"{method} {path}" for *methods, path in rows for method in methods}


def resolve(reply: dict[str, Any]) -> dict[str, Any]:
    """A reply, or the component it points at."""
    return BUNDLE["components"]["responses"][reply["$ref"].rpartition("/")[2]] if "$ref" in reply else reply


def test_bundle_is_valid_openapi() -> None:
    """The bundle passes the OpenAPI 3.1 validator."""
    openapi_spec_validator.validate(BUNDLE)


def test_examples_fit_their_schemas() -> None:
    """Every example of the bundle, in a schema or beside one, is valid under the schema it explains."""
    checked, wrong = 0, []
    for pointer, node in walk(BUNDLE):
        examples = node.get("examples")
        if isinstance(examples, list):
            pairs = [(pointer, example) for example in examples]
        elif isinstance(examples, dict) and "schema" in node:
            pairs = [(f"{pointer}/schema", example["value"]) for example in examples.values()]
        else:
            continue
        checked += len(pairs)
        wrong += [fault for at, value in pairs for fault in judge(at, value)]
    assert not wrong
    assert checked >= 700


def test_every_known_operation_is_there() -> None:
    """The bundle holds the operations that are known, no fewer and no others."""
    assert {key for key, _, _ in operations()} == known()


def test_operations_have_ids_and_provenance() -> None:
    """Every operation says how sure it is, and has an id of its own."""
    assert {operation.get("x-provenance") for _, operation, _ in operations()} <= PROVENANCE
    ids = [operation["operationId"] for _, operation, _ in operations()]
    assert len(set(ids)) == len(ids)


def test_tags_are_those_of_the_reference() -> None:
    """Tags stand in the reference's order, every operation has one, and Last Mile has none."""
    assert [tag["name"] for tag in BUNDLE["tags"]] == TAGS
    used = [operation["tags"] for _, operation, _ in operations()]
    assert {tag for tags in used for tag in tags} == set(TAGS) - {"Last Mile"}
    assert [TAGS.index(tag) for (tag,) in used] == sorted(TAGS.index(tag) for (tag,) in used)


def test_refusals_have_a_body() -> None:
    """Each 4xx and 5xx answers the error of its family, and nothing the vendor lacks is promised."""
    for key, operation, _ in operations():
        wanted = "ErrorEnvelope" if " /api/" in key else "Error"
        refusals = {status: reply for status, reply in operation["responses"].items() if status >= "4"}
        assert {"400", "401", "500"} <= set(refusals), key
        assert set(refusals) <= {"400", "401", "403", "404", "416", "500"}, key
        for reply in refusals.values():
            schema = resolve(reply)["content"]["application/json"]["schema"]
            assert schema == {"$ref": f"#/components/schemas/{wanted}"}, key


def test_only_the_token_exchange_is_open() -> None:
    """Every operation wants a bearer token, except the one that gives them."""
    assert BUNDLE["security"] == [{"BearerAuth": []}]
    assert [key for key, operation, _ in operations() if "security" in operation] == ["POST /v1/auth/token"]


def test_undocumented_properties_say_so() -> None:
    """A property carries its provenance exactly when the reference does not print it."""
    wrong = []
    for pointer, node in walk(BUNDLE):
        if pointer.endswith("/properties") or not isinstance(node.get("properties"), dict):
            continue
        name = pointer.rpartition("/")[2]
        printed = set(DOCUMENTED.get(name, "").split())
        if name.endswith("BoolExp"):
            printed = DOCUMENTED_OPERATORS & set(node["properties"])
        silent = {key for key, value in node["properties"].items() if "x-provenance" not in value}
        if silent != printed:
            wrong.append((pointer, silent ^ printed))
        assert {value.get("x-provenance", "documented") for value in node["properties"].values()} <= PROVENANCE
    assert not wrong


def searches() -> Iterator[tuple[str, dict[str, Any], set[str]]]:
    """Each schema of conditions, comparisons or sort keys, with the names it lists."""
    for name, schema in BUNDLE["components"]["schemas"].items():
        if name.endswith(("BoolExp", "OrderBy", "Comparison")):
            patterns = [names_of(pattern) for pattern in schema.get("patternProperties", ())]
            assert all(patterns), f"{name}: a pattern is no list of names"
            listed = [*schema.get("properties", ()), *(each for names in patterns for each in names)]
            assert len(listed) == len(set(listed)), f"{name}: a name is listed twice"
            yield name, schema, set(listed)


def test_searches_say_what_is_printed() -> None:
    """Columns are inferred but for those seen; operators are documented but for those inferred."""
    for name, schema, listed in searches():
        if name.endswith("Comparison"):
            inferred = listed if name == "JsonComparison" else listed - DOCUMENTED_OPERATORS
            assert set(schema.get("x-inferred", ())) == inferred, name
        else:
            assert schema["x-provenance"] == "inferred"
            assert set(schema.get("x-seen-columns", ())) <= listed - DOCUMENTED_OPERATORS, name


def test_samples_search_by_columns_seen() -> None:
    """Every column that a sample filters or sorts by is marked as seen."""
    schemas = BUNDLE["components"]["schemas"]
    for sample in SAMPLES:
        body, path = sample["request"].get("body", {}), sample["operation"].removeprefix("POST ")
        if path.endswith("/search"):
            media = BUNDLE["paths"][path]["post"]["requestBody"]["content"]["application/json"]
            asked = schemas[media["schema"]["$ref"].rpartition("/")[2]]["properties"]
            where, order = (
                schemas[part["$ref"].rpartition("/")[2]] for part in (asked["where"], asked["orderBy"]["items"])
            )
            used = {key for _, node in walk(body["where"]) for key in node if not key.startswith("_")}
            assert used <= set(where["x-seen-columns"])
            assert {key for part in body["orderBy"] for key in part} <= set(order["x-seen-columns"])


def test_searches_can_be_enumerated() -> None:
    """A condition refers to itself, to comparisons and to one level of related rows, never to another's search."""
    for name, schema, _ in searches():
        refs = {node["$ref"].rpartition("/")[2] for _, node in walk(schema) if "$ref" in node}
        others = {ref for ref in refs if ref.endswith(("BoolExp", "OrderBy"))}
        assert others <= {name, "RelatedBoolExp", "RelatedOrderBy", "DraftInvoiceBoolExp"}, name


def test_documented_components_exist() -> None:
    """The list of printed properties names no component that is gone."""
    assert set(DOCUMENTED) <= set(BUNDLE["components"]["schemas"])


def test_lists_say_what_page_means() -> None:
    """Each page parameter says in so many words whether it skips records or counts pages."""
    words = {
        name: schema["properties"]["page"]["description"]
        for name, schema in BUNDLE["components"]["schemas"].items()
        if "page" in schema.get("properties", {})
    }
    for name, text in words.items():
        assert ("number of records to skip" in text) != ("zero-based page number" in text), name
    pages = {name for name, text in words.items() if "page number" in text}
    assert pages == {f"{name}ListRequest" for name in ("Staff", "Payment", "Invoice", "Wip", "Engagement")}


def test_lists_answer_a_post_without_a_body() -> None:
    """No list and no search wants a body, since each of its fields has a default."""
    bodies = [op["requestBody"] for key, op, _ in operations() if key.startswith("POST /gql/")]
    assert len(bodies) == 38
    assert not any(body["required"] for body in bodies)


@pytest.mark.parametrize(
    "value",
    [
        "2024-02-29",
        "2024-03-15T14:32:18+00:00",
        "1990-01-01T00:00:00",
        "2024-12-31T23:59:59.25",
        "1900-01-01T00:00:00Z",
    ],
)
def test_date_filter_takes(value: str) -> None:
    """A filter by date takes a moment, a day and a local date-time."""
    assert not judge("/components/schemas/DateFilter", value)


@pytest.mark.parametrize("value", ["2024-02-30T00:00:00", "2024-13-01", "2024-01-01T24:00:00", "soon", "", 20240101])
def test_date_filter_refuses(value: object) -> None:
    """A filter by date takes nothing that is no date."""
    assert judge("/components/schemas/DateFilter", value)


@pytest.mark.parametrize(
    "where",
    [
        {},
        {"_and": [], "_or": [{"name": {"_eq": "Acme"}}, {}], "_not": {"_and": {}}},
        {"_or": [{"contacts": {"id": {"_nin": [1]}}}, {"name": {"_niregex": "^new"}}], "partnerStaff": {}},
        {"name": {"_like": "50\\%%", "_ilike": "\\\\", "_nlike": "", "_nilike": "a\\\n"}},
        {"id": {"_in": []}, "createdAt": {"_gte": "2024-01-01"}, "address": {"_has_key": "city"}},
    ],
)
def test_where_takes(where: dict[str, Any]) -> None:
    """A condition nests, shows the ids of related rows and may be empty."""
    assert not judge("/components/schemas/ClientBoolExp", where)


@pytest.mark.parametrize(
    "where",
    [
        {"nmae": {"_eq": "Acme"}},
        {"name": {"_equals": "Acme"}},
        {"name": {"_eq": None}},
        {"name": {"_regex": "("}},
        {"name": {"_like": "a\\"}},
        {"name": {"_nilike": "\\\\\\"}},
        {"id": {"_eq": "1"}},
        {"active": "true"},
        {"_and": [{"contacts": {"nmae": {}}}]},
        [],
    ],
)
def test_where_refuses(where: object) -> None:
    """A condition with an unknown column, an unknown operator, a null or a wrong type is refused."""
    assert judge("/components/schemas/ClientBoolExp", where)


def test_every_sample_is_of_an_operation() -> None:
    """Each sample is sent to an operation of the bundle, as sure as the bundle says."""
    by_key = {key: operation for key, operation, _ in operations()}
    assert len(SAMPLES) == 22
    for sample in SAMPLES:
        assert by_key[sample["operation"]]["x-provenance"] == sample["provenance"]
        assert sample["request"].get("alias", "/v1") in sample["request"]["path"]


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample["operation"])
def test_samples_fit_the_bundle(sample: dict[str, Any]) -> None:
    """A sample's bodies are valid under its operation, but for the one that contradicts its own page."""
    at = next(pointer for key, _, pointer in operations() if key == sample["operation"])
    status = str(sample["reply"]["status"])
    if "body" in sample["request"]:
        faults = judge(f"{at}/requestBody/content/application~1json/schema", sample["request"]["body"])
        assert bool(faults) == (status == "400"), faults
    if "body" in sample["reply"]:
        assert not judge(f"{at}/responses/{status}/content/application~1json/schema", sample["reply"]["body"])


def test_samples_are_the_examples_of_the_bundle() -> None:
    """The examples named documented are the samples, body for body."""
    for sample in SAMPLES:
        method, path = sample["operation"].split()
        operation = BUNDLE["paths"][path][method.lower()]
        for body, place in (
            (sample["request"].get("body"), operation.get("requestBody")),
            (sample["reply"].get("body"), operation["responses"].get("200")),
        ):
            if body is not None:
                media = place["content"]["application/json"]
                printed = media.get("x-documented-sample") or media["examples"]["documented"]["value"]
                assert printed == body


def test_overlay_hints_meet_operations() -> None:
    """Each action of the overlay names its reason and an operation that exists."""
    for action in OVERLAY["actions"]:
        path, method = action["target"].removeprefix("$.paths['").split("'].")
        assert action["description"]
        assert method in BUNDLE["paths"][path]
