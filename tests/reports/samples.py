"""Sample runs, the same on every machine; `python -m tests.reports.samples` writes the golden files made of them.

Their codes are nobody's, so that no text of a code decides what a golden file holds.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from mockserver.exchanges import Exchange, Reply, Request
from mockserver.findings import Finding, Severity
from mockserver.reports import github, terminal
from mockserver.runs import CheckTally, Contract, Observation, OperationTally, Run, Target

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
BUNDLE = Contract(
    file="spec/acme.openapi.yaml",
    sha256="8f2c1e0c0b6f5d9b1a7c3e4d5f60718293a4b5c6d7e8f90a1b2c3d4e5f607182",
    title="Acme Billing API",
    release="2026-09",
    operations=7,
    overlays=("10-money.overlay.yaml",),
)
STAGING = Target("staging", "https://staging.example.com/v1")
JSON = (("content-type", "application/json"), ("x-request-id", "6f1d"))


def exchange(
    target: Target, operation: str, path: str, status: int, body: Any, *, sent: Any = None, **more: Any
) -> Exchange:
    """An exchange with JSON both ways."""
    method = operation.partition(" ")[0]
    content = b"" if sent is None else json.dumps(sent).encode()
    headers = (("accept", "application/json"), ("authorization", "[hidden]"))
    answer = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Exchange(
        environment=target.name, url=target.url, request=Request(method, path, headers, content),
        reply=Reply(status, JSON, answer), operation=operation, actor="default",
        at="2026-11-22T02:10:03Z", took=0.0314, **more,
    )  # fmt: skip


def finding(code: str, operation: str, message: str, line: int, severity: str = "error", **more: Any) -> Finding:
    """A finding in the sample bundle."""
    return Finding(Severity(severity), code, message, operation, file=BUNDLE.file if line else "", line=line, **more)


def check_run() -> Run:
    """A check of staging: new, known and gone findings, a gate that fails, an operation not reached."""
    get, lists, create = "GET /clients/{id}", "GET /clients", "POST /invoices"
    created = {"id": "c_8x2", "email": "a@b.co", "name": "Ada & Sons <Ltd>"}
    observations = (
        Observation(
            finding("AC203", get, "What was created reads back differently: /email", 120,
                    pointer="/components/schemas/Client/properties/email",
                    evidence='/email: created "a@b.co", read "A@B.CO"'),
            check="read_back", count=3, verdict="server",
            curl="curl 'https://staging.example.com/v1/clients/c_8x2' -H \"Authorization: Bearer $STAGING_TOKEN\"",
            pytest="def test_read_back(staging):\n    assert staging.get('/clients/c_8x2').json() == {}\n",
            exchanges=(
                exchange(STAGING, "POST /clients", "/clients", 201, created, sent=created, purpose="read_back"),
                exchange(STAGING, get, "/clients/c_8x2", 200, {**created, "email": "A@B.CO"}, purpose="read_back"),
            ),
        ),
        Observation(
            finding("ST103", get, "Undocumented status code: 403", 112, evidence="documented: 200, 404"),
            check="status_code_conformance", count=12, state="known", verdict="bundle",
            accepted={"reason": "the vendor documents it next month", "owner": "billing", "since": "2026-10-01",
                      "expires": "2027-01-31"},
        ),
        Observation(
            finding("AC210", lists, "A page holds more rows than pageSize asks for", 88,
                    pointer="/paths/~1clients/get/parameters/1", evidence="pageSize=2, 3 rows"),
            check="page_size", verdict="server", curl="curl 'https://staging.example.com/v1/clients?pageSize=2'",
            exchanges=(exchange(STAGING, lists, "/clients?pageSize=2", 200, {"data": [{"id": n} for n in range(3)]}),),
        ),
        Observation(
            finding("AC221", create, "An amount is sent as a string, the bundle says number", 402, "warning",
                    pointer="/components/schemas/Money/properties/amount", evidence='/total/amount: "12.50"'),
            check="formats", count=40, verdict="bundle",
            overlay="overlay: 1.1.0\ninfo: {title: Amounts are strings, version: '1'}\nactions:\n"
                    "  - target: $.components.schemas.Money.properties.amount\n    update: {type: string}\n",
        ),
        Observation(
            finding("AC230", create, "The order of validation errors changes from run to run", 0, "info"),
            check="determinism", verdict="server",
        ),
        Observation(
            finding("AC205", lists, "A filter returns rows that do not match", 88), check="filters", state="gone",
            accepted={"reason": "known to the vendor, ticket 4711", "owner": "billing"},
        ),
    )  # fmt: skip
    return Run(
        kind="check", seed=7, contract=BUNDLE, targets=(STAGING,), started="2026-11-22T02:10:00Z", seconds=48.2,
        outcome="findings", exit_code=1,
        options={"command": "mockserver check staging --seed 7", "fail_on": "error", "phases": ["examples", "fuzzing"]},
        operations=(
            OperationTally(lists, 640, {"200": 600, "400": 40}, 9.6, reached=True),
            OperationTally(get, 812, {"200": 500, "403": 12, "404": 300}, 11.1, reached=True),
            OperationTally("POST /clients", 3, {"201": 3}, 0.2, reached=True, unseen=("400", "409")),
            OperationTally(create, 1204, {"422": 1204}, 22.0, reached=False, unseen=("201",)),
            OperationTally("GET /invoices", 461, {"200": 461}, 4.4, reached=True),
            OperationTally("DELETE /clients/{id}", left_out="it writes, and staging is not writable"),
            OperationTally("GET /health", 1, {"200": 1}, 0.1, reached=True),
        ),
        checks=(
            CheckTally("read_back", "AC203", 40, 3),
            CheckTally("page_size", "AC210", 64, 1),
            CheckTally("status_code_conformance", "ST103", 3120, 12),
            CheckTally("formats", "AC221", 2900, 40),
            CheckTally("tenants", "AC240", why_not="needs a second actor, and staging has the credentials of one"),
        ),
        observations=observations,
        gate=("POST /invoices never reached a documented success", "the check tenants never ran"),
        dropped=({"what": "refused: an empty header value", "why": "cannot be told from an absent one", "count": 17},),
        notes=("3 clients were made and removed again.",),
        tool="aiwyn-mockserver 0.1.0",
    )  # fmt: skip


def compare_run() -> Run:
    """A comparison of the mock with staging: three operations, five classes, rules and noise."""
    mock = Target("mock", "http://127.0.0.1:4020/v1")
    lists, get, invoices = "GET /clients", "GET /clients/{id}", "GET /invoices"
    rows = [{"id": f"c_{n}", "name": f"Client {n}", "phone": f"+1 555 010{n}"} for n in range(4)]
    without = [{key: value for key, value in row.items() if key != "phone"} for row in rows]
    client = {"id": "c_1", "name": "Client 1", "balance": 12.5, "openedOn": "2026-01-31"}

    def pair(operation: str, path: str, a: Any, b: Any, statuses: tuple[int, int] = (200, 200)) -> tuple[Exchange, ...]:
        return (
            exchange(mock, operation, path, statuses[0], a, purpose="compare"),
            exchange(STAGING, operation, path, statuses[1], b, purpose="compare"),
        )

    def rule(operation: str, place: str, how: str) -> str:
        return f'[[rules]]\noperation = "{operation}"\nplace = "{place}"\ncompare = "{how}"\nreason = ""\n'

    observations = (
        Observation(
            finding("AC303", lists, "A property is only in mock: /data/[]/phone", 90, pointer="/data/[]/phone"),
            check="property", count=24, verdict="B", curl="curl 'https://staging.example.com/v1/clients?pageSize=4'",
            exchanges=pair(lists, "/clients?pageSize=4", {"data": rows, "count": 4}, {"data": without, "count": 4}),
            details={"class": "property missing", "place": "/data/[]/phone", "a": '"+1 555 0100"', "b": "<absent>",
                     "step": 0, "rule": rule(lists, "/data/[]/phone", "ignore")},
        ),
        Observation(
            finding("AC304", get, "Another type: /balance", 121, pointer="/balance"),
            check="type", count=12, verdict="neither", curl="curl 'https://staging.example.com/v1/clients/c_1'",
            exchanges=pair(get, "/clients/c_1", client, {**client, "balance": "12.50"}),
            details={"class": "type", "place": "/balance", "a": "12.5", "b": '"12.50"',
                     "rule": rule(get, "/balance", "number")},
        ),
        Observation(
            finding("AC306", invoices, "Another order of /data", 140, "warning", pointer="/data"),
            check="order", count=3, verdict="both",
            exchanges=pair(invoices, "/invoices", {"data": [1, 2, 3]}, {"data": [3, 2, 1]}),
            details={"class": "order", "place": "body", "pointer": "/data", "a": '"by id"', "b": '"by created"'},
        ),
        Observation(
            finding("AC301", invoices, "Another status for an empty page", 140, pointer="status"),
            check="status", verdict="A",
            exchanges=pair(invoices, "/invoices?page=900", {"data": []}, b"", (200, 204)),
            details={"class": "status", "place": "status", "a": "200", "b": "204", "program": "GET /invoices?page=900"},
        ),
        Observation(
            finding("AC302", get, "A header is only in staging: etag", 121, "info"), check="header", count=12,
            state="known", accepted={"reason": "the mock gives no etags", "expires": "2027-01-31"},
            details={"class": "header", "place": "header:etag", "a": "<absent>", "b": '"W/9f8e"'},
        ),
    )  # fmt: skip
    matrix = {
        lists: {"property missing": 24},
        get: {"type": 12, "header": 12},
        invoices: {"order": 3, "status": 1},
    }
    return Run(
        kind="compare", seed=7, contract=BUNDLE, targets=(mock, STAGING), started="2026-11-22T02:12:00Z", seconds=31.4,
        outcome="findings", exit_code=1, options={"command": "mockserver compare mock staging --seed 7"},
        operations=(
            OperationTally(lists, 96, {"200": 96}, 8.0, reached=True),
            OperationTally(get, 48, {"200": 40, "404": 8}, 4.0, reached=True),
            OperationTally(invoices, 56, {"200": 55, "204": 1}, 6.0, reached=True),
        ),
        observations=observations,
        notes=("The clock of staging is 2.1 s ahead of the mock's.",),
        details={
            "matrix": matrix,
            "rules": [{"operation": lists, "place": "/meta/requestId", "compare": "form", "hits": 96}],
            "noise": [{"operation": get, "place": "/updatedAt", "evidence": "differs between two calls of staging"}],
            "fidelity": {lists: {"score": 0.91, "facts": 2400}, get: {"score": 0.83, "facts": 620}},
        },
        tool="aiwyn-mockserver 0.1.0",
    )  # fmt: skip


def clean_run() -> Run:
    """A check of the mock that found nothing."""
    run = check_run()
    operations = tuple(replace(tally, reached=True, left_out="", unseen=()) for tally in run.operations)
    return replace(
        run, targets=(Target("mock"),), outcome="clean", exit_code=0, observations=(), gate=(), dropped=(), notes=(),
        options={}, operations=operations, checks=run.checks[:4], seconds=12.0,
    )  # fmt: skip


def golden() -> dict[str, str]:
    """Each golden file and what it should hold."""
    runs = {"check": check_run(), "compare": compare_run(), "clean": clean_run()}
    texts = {f"report-{name}.txt": terminal.text(run) for name, run in runs.items()}
    texts["report-check-verbose.txt"] = terminal.text(check_run(), verbose=True)
    texts["report-check.github.txt"] = github.commands(check_run())
    texts["report-compare.summary.md"] = github.job_summary(compare_run())
    for name in ("check", "compare"):
        texts[f"run-{name}.json"] = json.dumps(runs[name].to_json(), indent=1, ensure_ascii=False) + "\n"
    return texts


if __name__ == "__main__":
    for name, text in golden().items():
        (GOLDEN / name).write_text(text, "utf-8")
