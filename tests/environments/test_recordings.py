"""Recorded traffic is read, whoever recorded it, and finds its operations."""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from pathlib import Path
from typing import Any

import pytest
import yaml

from mockserver.bundle.loader import Bundle, load_bundle
from mockserver.environments.recordings import attach, read_cassette, read_har, read_recording
from mockserver.exchanges import Exchange, Reply, Request
from mockserver.problems import UsageError
from mockserver.reports.har import har

URL = "https://api.example/v2/things/1?a=%20b"


def entry(**more: Any) -> dict[str, Any]:
    """An entry of a HAR file as browsers write it."""
    headers = [{"name": ":authority", "value": "x"}, {"name": "A", "value": "1"}]
    plain = [{"name": "Content-Type", "value": "text/plain"}]
    return {
        "startedDateTime": "2026-11-22T10:00:00.000Z",
        "time": 12.5,
        "request": {"method": "GET", "url": URL, "headers": headers},
        "response": {"status": 200, "headers": plain, "content": {"size": 2, "text": "hé"}},
        **more,
    }


def saved(folder: Path, data: Any, *, form: str = "json") -> Path:
    """A file with the data."""
    file = folder / "recording"
    file.write_text(json.dumps(data) if form == "json" else yaml.safe_dump(data, allow_unicode=True), "utf-8")
    return file


def one(folder: Path, **more: Any) -> Exchange:
    """The exchange of a HAR file of one entry."""
    [exchange] = read_har(saved(folder, {"log": {"entries": [entry(**more)]}}))
    return exchange


def test_a_browsers_har(tmp_path: Path) -> None:
    """Origin and raw target, headers without those of HTTP/2's framing, the body as bytes, seconds."""
    assert one(tmp_path) == Exchange(
        "recording", "https://api.example", Request("GET", "/v2/things/1?a=%20b", (("A", "1"),)),
        Reply(200, (("Content-Type", "text/plain"),), "hé".encode()), at="2026-11-22T10:00:00.000Z", took=0.0125,
        purpose="recorded",
    )  # fmt: skip


def test_bodies_of_hars(tmp_path: Path) -> None:
    """Base64, parameters of a form, bodies that were not kept, requests without a reply."""
    coded = base64.b64encode(b"\xff\x00").decode()
    sent = {
        **entry()["request"],
        "method": "POST",
        "postData": {"mimeType": "x", "params": [{"name": "a", "value": "b c"}]},
    }
    came = {"status": 200, "headers": [], "content": {"size": 2, "text": coded, "encoding": "base64"}}
    exchange = one(tmp_path, request=sent, response=came)
    assert exchange.request.body == b"a=b+c"
    assert exchange.reply == Reply(200, (), b"\xff\x00")
    lost = one(tmp_path, response={"status": 200, "headers": [], "content": {"size": 5}})
    assert (lost.reply, lost.failure) == (None, "the recording does not keep the body of this reply")
    none = one(tmp_path, response={"status": 0, "_error": "net::ERR_TIMED_OUT"})
    assert (none.reply, none.failure) == (None, "net::ERR_TIMED_OUT")


CODED = base64.b64encode(b"\xff\x00").decode()
CREATED = {"code": 201, "message": "Created"}
COOKIES = {"Set-Cookie": ["a=1", "b=2"]}
SENT = {"method": "POST", "uri": URL, "headers": {"Content-Type": ["application/json"], "X": "y"}}
VCRPY = {
    "version": 1,
    "interactions": [
        {
            "request": {**SENT, "body": '{"a": 1}'},
            "response": {"status": CREATED, "headers": COOKIES, "body": {"string": b"\xff\x00"}},
        }
    ],
}
BETAMAX = {
    "http_interactions": [
        {
            "request": {**SENT, "method": "post", "body": {"encoding": "utf-8", "string": '{"a": 1}'}},
            "response": {"status": CREATED, "headers": COOKIES, "body": {"encoding": None, "base64_string": CODED}},
            "recorded_at": "2026-11-22T10:00:00",
        }
    ],
    "recorded_with": "betamax/0.9",
}
SCHEMATHESIS = """command: 'st run'
recorded_with: 'Schemathesis 4'
seed: 1
http_interactions:
- id: 'a'
  status: 'SUCCESS'
  recorded_at: '2026-11-22T10:00:00+00:00'
  checks: []
  request:
    uri: '{url}'
    method: 'POST'
    headers:
      "Content-Type":
      - "application/json"
      "X":
      - "y"
    body:
      encoding: 'utf-8'
      string: "{{\\"a\\": 1}}"
  response:
    status:
      code: '201'
      message: "Created"
    elapsed: '0.25'
    headers:
      "Set-Cookie":
      - "a=1"
      - "b=2"

    body:
      encoding: 'None'
      base64_string: '/wA='
    http_version: '1.1'
- id: 'b'
  request:
    uri: '{url}'
    method: 'GET'
    headers: {{}}
  response: null
"""


@pytest.mark.parametrize("who", ["vcrpy", "vcrpy in JSON", "betamax", "vcr", "schemathesis"])
def test_cassettes(tmp_path: Path, who: str) -> None:
    """Each recorder's way to write the same is the same exchange."""
    file = tmp_path / "cassette"
    if who == "schemathesis":
        file.write_text(SCHEMATHESIS.format(url=URL))
    elif who == "vcrpy in JSON":
        plain = json.loads(json.dumps(VCRPY, default=lambda _: ""))
        plain["interactions"][0]["response"]["body"] = {"base64_string": "/wA="}
        file = saved(tmp_path, plain)
    else:
        file = saved(tmp_path, VCRPY if who == "vcrpy" else BETAMAX, form="json" if who == "betamax" else "yaml")
    first = read_recording(file)[0]
    assert first.request == Request(
        "POST", "/v2/things/1?a=%20b", (("Content-Type", "application/json"), ("X", "y")), b'{"a": 1}'
    )
    assert first.reply == Reply(201, (("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")), b"\xff\x00")
    assert read_cassette(file)[0] == first
    if who == "schemathesis":
        assert (first.took, first.at) == (0.25, "2026-11-22T10:00:00+00:00")
        assert [(e.reply, e.failure) for e in read_cassette(file)[1:]] == [(None, "no reply was recorded")]


@pytest.mark.parametrize(
    ("coding", "body", "left"),
    [
        ("gzip", gzip.compress(b"text"), b"text"),
        ("deflate", zlib.compress(b"text"), b"text"),
        ("gzip", b"text", b"text"),
        ("br", b"text", b"text"),
        ("br", b"\xff\xfe", None),
    ],
)
def test_bodies_kept_compressed(tmp_path: Path, coding: str, body: bytes, left: bytes | None) -> None:
    """Some recorders keep what was on the wire, others what was meant, under the same header."""
    data = json.loads(json.dumps(BETAMAX))
    data["http_interactions"][0]["response"]["headers"] = {"Content-Encoding": [coding]}
    data["http_interactions"][0]["response"]["body"] = {"base64_string": base64.b64encode(body).decode()}
    [exchange] = read_cassette(saved(tmp_path, data))
    assert (exchange.reply.body if exchange.reply else None) == left
    assert bool(exchange.failure) == (left is None)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "holds no mapping"),
        (b"[1, 2]", "holds no mapping"),
        (b'{"log": ', "is not whole JSON"),
        (b'{"log": []}', "it has no `log`"),
        (b'{"log": {"entries": {}}}', "its entries are no list"),
        (b'{"log": {"entries": [{}]}}', "entry 0: request is missing"),
        (b'{"openapi": "3.1.0"}', "neither `log` nor `interactions`"),
        (b"\x80\x04K\x01.", "neither JSON nor plain YAML"),
        (b"interactions:\n- !!python/object/apply:os.system [ls]\n", "line 2 is neither JSON nor plain YAML"),
        (b"interactions:\n- request: {method: GET, uri: 'ftp://x/y'}\n", "entry 0 cannot be understood: 'ftp://x/y'"),
        (b"interactions:\n- 3\n", "entry 0 cannot be understood"),
        (json.dumps({"log": {"entries": [entry(), entry(time="x")]}}).encode(), "entry 1 cannot be understood"),
    ],
)  # fmt: skip
def test_bad_files(tmp_path: Path, content: bytes, says: str) -> None:
    """One sentence with the file, the entry and the reason; nothing in a file is run."""
    file = tmp_path / "bad"
    file.write_bytes(content)
    with pytest.raises(UsageError) as refused:
        read_recording(file)
    assert says in str(refused.value)
    assert str(file) in str(refused.value)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    """A folder, and nothing at all."""
    for file in (tmp_path, tmp_path / "none"):
        with pytest.raises(UsageError, match="cannot be read"):
            read_recording(file)


BUNDLE = """
openapi: 3.1.0
info: {title: Zoo, version: "1"}
servers: [{url: "https://zoo.example/v2"}]
paths:
  /animals: {get: {responses: {"200": {description: ok}}}}
  /animals/{id}: {get: {responses: {"200": {description: ok}}}, delete: {responses: {"204": {description: ok}}}}
  /animals/mine: {get: {responses: {"200": {description: ok}}}}
"""


@pytest.fixture
def zoo(tmp_path: Path) -> Bundle:
    """A bundle with a base path."""
    file = tmp_path / "zoo.yaml"
    file.write_text(BUNDLE)
    return load_bundle(file, cache=False)


def recorded(*paths: str, url: str = "https://zoo.example", method: str = "GET") -> list[Exchange]:
    """Exchanges as they were read."""
    return [Exchange("recording", url, Request(method, path), Reply(200)) for path in paths]


@pytest.mark.parametrize("base", ["/v2", "", "/proxy/zoo/v3"])
def test_the_base_path_is_found(zoo: Bundle, base: str) -> None:
    """That of the bundle, none, or one that only the recording knows; concrete paths win over templates."""
    paths = ("/animals", "/animals/7?x=/v2", "/animals/mine", "/cages", "/animals/7/x")
    attached = attach(recorded(*(base + path for path in paths)), zoo)
    assert [e.operation for e in attached] == ["GET /animals", "GET /animals/{id}", "GET /animals/mine", "", ""]
    assert [e.request.target for e in attached] == list(paths)
    assert {e.url for e in attached} == {f"https://zoo.example{base}"}


def test_each_server_has_its_own_base_path(zoo: Bundle) -> None:
    """And a method that is not declared means no operation."""
    mixed = [
        *recorded("/v2/animals"),
        *recorded("/animals", url="http://127.0.0.1:1"),
        *recorded("/v2/animals", method="PUT"),
    ]
    assert [e.operation for e in attach(mixed, zoo)] == ["GET /animals", "GET /animals", ""]


def test_a_base_path_may_be_given(zoo: Bundle) -> None:
    """Then it is that one; what stands elsewhere is left as it is."""
    inside, outside, similar = attach(recorded("/v2/animals", "/animals", "/v22/animals"), zoo, base="/v2/")
    assert (inside.operation, inside.request.target, outside.operation) == ("GET /animals", "/animals", "")
    assert (outside.request.target, similar.request.target, similar.operation) == ("/animals", "/v22/animals", "")


def test_har_there_and_back(tmp_path: Path) -> None:
    """What `har` writes is read as it was, bodies that are no text, unanswered requests and labels included."""
    at, post = "2026-11-22T10:00:00.000Z", Request("POST", "/x?a=1&a=%20", (("A", "é"), ("a", "2")), b"\xff")
    cookies = (("Set-Cookie", "a=1; Path=/"), ("Set-Cookie", "b=2"))
    exchanges = [
        Exchange("sandbox", "https://api.example/v2", post, Reply(404, cookies, b"\x00\xff"), "", "POST /x", "reader",
                 at, 0.0125, "probe paging"),
        Exchange("mock", "", Request("GET", "/y"), None, "the connection was refused", at=at),
        Exchange("mock", "", Request("GET", "/z", (), '{"a": "é"}'.encode()), Reply(200, (), b""), at=at),
    ]  # fmt: skip
    file = tmp_path / "run.har"
    file.write_text(har(exchanges), "utf-8")
    assert read_recording(file) == exchanges
