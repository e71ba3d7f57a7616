"""An alarm is dropped where the bytes as sent prove it false, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from mockserver.bundle.loader import load_bundle
from mockserver.checks.ambiguity import BREAKS, KEEPS, MARKED, STATED, Ambiguity
from mockserver.exchanges import Exchange, Headers, Reply, Request

BUNDLE = """
openapi: 3.1.0
info: {title: Wires, version: "1"}
paths:
  /things:
    get:
      parameters:
        - {name: ids, in: query, schema: {type: array, items: {type: string, format: uuid}}}
        - name: tags
          in: query
          explode: false
          schema: {type: array, minItems: 1, items: {type: string, minLength: 1}}
        - {name: size, in: query, schema: {type: [integer, "null"], minimum: 1}}
        - {name: near, in: query, style: deepObject, schema: {type: object, properties: {km: {type: integer}}}}
        - {name: where, in: query, content: {application/json: {schema: {type: object}}}}
        - {name: X-Level, in: header, schema: {type: integer}}
        - {name: crumb, in: cookie, schema: {type: boolean}}
      responses: {"200": {description: ok}}
  /things/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
    get: {responses: {"200": {description: ok}}}
  /things/{id}/parts:
    parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
    put:
      x-mock-refusals: {"409": [TAKEN]}
      requestBody:
        required: true
        content:
          application/json: {schema: {type: object, required: [n], properties: {n: {type: integer}}}}
          application/x-www-form-urlencoded:
            schema: {type: object, properties: {n: {type: integer}, all: {type: array, items: {type: integer}}}}
          multipart/form-data:
            schema: {type: object, properties: {name: {type: string}, n: {type: integer}}}
          application/octet-stream: {schema: {type: string}}
      responses: {"200": {description: ok}}
"""
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
UUID = "b2a3ef1c-3d5e-4a57-9d43-0d1b7a4a8f11"


@pytest.fixture(scope="module")
def ambiguity(tmp_path_factory: pytest.TempPathFactory) -> Ambiguity:
    """A judge of the bundle above."""
    file: Path = tmp_path_factory.mktemp("wires") / "wires.yaml"
    file.write_text(BUNDLE, "utf-8")
    return Ambiguity(load_bundle(file), {"GET /things": frozenset({"BUSY"})})


def reason(ambiguity: Ambiguity, code: str, label: str, request: Request, reply: Reply | None = None) -> str:
    """What is said of an alarm."""
    return ambiguity.reason(code, label, Exchange("x", "", request, reply or Reply(200)))


@pytest.mark.parametrize(
    ("target", "accepted", "refused"),
    [
        ("/things", KEEPS, ""),
        ("/things?ids=", KEEPS, BREAKS),  # no item, or one that is empty
        (f"/things?ids={UUID}&ids={UUID}", KEEPS, ""),
        ("/things?ids=none", "", BREAKS),
        ("/things?tags=a,b", KEEPS, ""),
        ("/things?tags=", "", BREAKS),
        ("/things?size=5", KEEPS, ""),
        ("/things?size=", KEEPS, ""),
        ("/things?size=null", KEEPS, ""),
        ("/things?size=0", "", BREAKS),
        ("/things?size=5&size=6", "", ""),  # nothing says which of them counts
        ("/things?near%5Bkm%5D=3", KEEPS, ""),
        ("/things?near[km]=far", "", BREAKS),
        ("/things?near[km][x]=3", "", ""),
        ("/things?near[m]=3", "", ""),
        ("/things?where=%7B%7D", KEEPS, ""),
        ("/things?where=%5B%5D", "", BREAKS),
        ("/things?where=x", "", BREAKS),
        ("/things?unknown=1", KEEPS, ""),
    ],
)
def test_queries_are_read_by_their_style(ambiguity: Ambiguity, target: str, accepted: str, refused: str) -> None:
    """Accepted data must have a reading that keeps the schema, refused data one that breaks it."""
    request = Request("GET", target)

    assert reason(ambiguity, "ST201", "GET /things", request) == accepted
    assert reason(ambiguity, "ST202", "GET /things", request) == refused


@pytest.mark.parametrize(
    ("headers", "accepted"),
    [
        ((("X-Level", "7"),), KEEPS),
        ((("x-level", "high"),), ""),
        ((("Cookie", "other=1; crumb=true"),), KEEPS),
        ((("Cookie", "crumb=maybe"),), ""),
    ],
)
def test_headers_and_cookies_are_read(ambiguity: Ambiguity, headers: Headers, accepted: str) -> None:
    """By the name's own rules: any case for headers."""
    assert reason(ambiguity, "ST201", "GET /things", Request("GET", "/things", headers)) == accepted


@pytest.mark.parametrize(
    ("target", "accepted"),
    [("/things/7", KEEPS), ("/things/seven", ""), ("/things/", ""), ("/things/1/2", "")],
)
def test_paths_are_read(ambiguity: Ambiguity, target: str, accepted: str) -> None:
    """A path that is not the operation's own proves nothing."""
    assert reason(ambiguity, "ST201", "GET /things/{id}", Request("GET", target)) == accepted


def _part(*fields: tuple[str, str]) -> bytes:
    parts = [f'--b\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}\r\n' for n, v in fields]
    return ("".join(parts) + "--b--\r\n").encode()


@pytest.mark.parametrize(
    ("kind", "body", "accepted", "refused"),
    [
        (JSON, b'{"n": 1}', KEEPS, ""),
        (JSON, b'{"n": 1.0}', KEEPS, ""),
        (JSON, b'{"n": "1"}', "", BREAKS),
        (JSON, b"{", "", BREAKS),
        (JSON, b'{"n": NaN}', "", BREAKS),
        (JSON, b"", "", ""),
        ("", b"", "", BREAKS),
        (FORM, b"n=1&all=1&all=2", KEEPS, ""),
        (FORM, b"all=", KEEPS, BREAKS),
        (FORM, b"n=x", "", BREAKS),
        (FORM, b"other=1", "", ""),
        ("multipart/form-data; boundary=b", _part(("name", "null")), KEEPS, ""),
        ("multipart/form-data; boundary=b", _part(("n", "null")), "", BREAKS),
        ("multipart/form-data; boundary=b", b"nothing of the kind", "", ""),
        ("multipart/form-data; boundary=b", _part(), KEEPS, ""),
        ("application/octet-stream", b"\xff", "", ""),
        ("application/xml", b"<n/>", "", ""),
    ],
)
def test_bodies_are_read_by_their_media_type(
    ambiguity: Ambiguity, kind: str, body: bytes, accepted: str, refused: str
) -> None:
    """A text of a form is what its schema takes it for; of what cannot be read, nothing is proved."""
    label = "PUT /things/{id}/parts"
    request = Request("PUT", "/things/1/parts", (("Content-Type", kind),) if kind else (), body)

    assert reason(ambiguity, "ST201", label, request) == accepted
    assert reason(ambiguity, "ST202", label, request) == refused


def test_only_the_words_that_the_bundle_allows_excuse_a_refusal(ambiguity: Ambiguity) -> None:
    """The right status, the right word, as a value of the reply's own; or the words that a plan gives."""
    label, ok = "PUT /things/{id}/parts", Request("PUT", "/things/1/parts", (("Content-Type", JSON),), b'{"n": 1}')

    def said(status: int, body: bytes) -> str:
        return reason(ambiguity, "ST202", label, ok, Reply(status, (), body))

    assert said(409, b'{"errors": [{"code": "TAKEN"}]}') == STATED
    assert said(400, b'{"errors": [{"code": "TAKEN"}]}') == ""
    assert said(409, b'{"code": "NOT TAKEN"}') == ""
    assert said(409, b"TAKEN") == ""
    assert said(500, b'{"code": "TAKEN"}') == ""
    busy = Reply(400, (), b'{"code": "BUSY"}')
    assert reason(ambiguity, "ST202", "GET /things", Request("GET", "/things"), busy) == STATED


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (b'{"id": 7, "active": true}', b'{"id": 7, "active": false}', MARKED),
        (b'{"rows": [{"id": 8}, {"id": 7, "revokedAt": null}]}', b'{"row": {"id": 7, "revokedAt": "now"}}', MARKED),
        (b'{"id": 7, "active": false}', b'{"id": 7, "active": false}', MARKED),
        (b"", b'{"id": 7, "is_deleted": true}', MARKED),
        (b'{"id": 7, "active": true, "revokedAt": null}', b'{"id": 7, "active": true, "revokedAt": null}', ""),
        (b'{"id": 7, "name": "a"}', b'{"id": 7, "name": "b"}', ""),
        (b'{"id": 8, "status": "here"}', b'{"id": 7, "status": "there"}', ""),
        (b"", b"[7]", ""),
    ],
)
def test_a_row_may_stay_if_it_says_that_it_is_no_more(
    ambiguity: Ambiguity, before: bytes, after: bytes, said: str
) -> None:
    """Deactivated or revoked rows are deleted too; rows that look as before are not."""
    made = Exchange("x", "", Request("POST", "/things"), Reply(201, (), before))
    gone = Exchange("x", "", Request("DELETE", "/things/7"), Reply(200, (), after))
    there = Exchange("x", "", Request("GET", "/things/7"), Reply(200, (), after))

    assert ambiguity.reason("ST301", "GET /things/{id}", there, (made, gone, there)) == said


@pytest.mark.parametrize(
    ("code", "label", "method"),
    [
        ("ST101", "GET /things", "GET"),
        ("ST201", "GET /nothing", "GET"),
        ("ST201", "GET /things", "TRACE"),
        ("ST201", "", "GET"),
    ],
)
def test_other_alarms_stand(ambiguity: Ambiguity, code: str, label: str, method: str) -> None:
    """Other codes, operations that the bundle does not know, methods that are not the operation's."""
    assert reason(ambiguity, code, label, Request(method, "/things")) == ""
