"""What a run makes on a server is removed, whatever happens to the run."""

from __future__ import annotations

import json
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from mockserver.bundle.loader import Bundle, load_bundle
from mockserver.environments.client import Client, Limits, Stopped
from mockserver.environments.environment import Environment
from mockserver.environments.ledger import Ledger, clean_up, watch
from mockserver.environments.removing import creates, removal, removals
from mockserver.exchanges import Exchange, Reply, Request
from mockserver.paths import SPEC
from mockserver.problems import UsageError
from mockserver.server import MockServer

JSON = (("Content-Type", "application/json"),)
RECORDS, CUSTOM, KEYS = "POST /api/v1/records", "POST /api/v1/records/custom", "POST /v1/auth/keys"


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    """Our own bundle."""
    return load_bundle(SPEC / "aiwyn.openapi.yaml", sorted((SPEC / "overlays").glob("*.y*ml")))


@pytest.fixture(scope="module")
def running() -> Iterator[MockServer]:
    """A mock over HTTP."""
    with MockServer(access_log=False) as mock:
        yield mock


@pytest.fixture
def server(running: MockServer) -> MockServer:
    """The same, its state fresh."""
    running.reset()
    return running


def client(server: MockServer, bundle: Bundle, **more: Any) -> Client:
    """A client that may write."""
    environment = Environment("mock", server.url, writable=True)
    return Client(environment, bundle, tokens={"default": server.token}, allow_writes=True, **more)


def send(client: Client, label: str, data: Any = None, **values: Any) -> Exchange:
    """Send JSON to an operation of the bundle."""
    method, _, path = label.partition(" ")
    operation = client.bundle.operations.at(method, path)
    body = b"" if data is None else json.dumps(data).encode()
    return client.send(Request(method, path.format(**values), JSON * bool(body), body), operation=operation)


def made(client: Client) -> list[Exchange]:
    """A custom type, a key and a batch of which one record is new, one was there and one fails."""
    name = {"name": "Pet", "fields": [{"name": "a", "type": "String"}]}
    records = [
        {"type": "client", "systemRef": {"system": "ledger", "id": "1"}, "attributes": {"name": "New"}},
        {"type": "client", "systemRef": {"id": "789"}, "attributes": {"name": "Acme Corporation"}},
        {"type": "nope", "attributes": {}},
    ]
    return [send(client, CUSTOM, name), send(client, KEYS, {"name": "k"}), send(client, RECORDS, {"records": records})]


def test_everything_made_is_removed_and_nothing_else(server: MockServer, bundle: Bundle, tmp_path: Path) -> None:
    """By its path or in a batch, the last first; what a batch only changed stays, and a second time nothing is left."""
    ledger = Ledger(tmp_path / ".mockserver" / "ledger" / "mock.jsonl")
    with client(server, bundle) as c:
        watch(c, ledger)
        assert [e.reply.status for e in made(c) if e.reply] == [201, 201, 200]
        assert [entry.operation for entry in ledger.open_entries()] == [CUSTOM, KEYS, RECORDS]
        assert clean_up(c, ledger, bundle) == []
        assert ledger.open_entries() == []
        asked = len(server.requests())
        assert clean_up(c, ledger, bundle) == []
        assert len(server.requests()) == asked
    deletions = [e.operation for e in server.requests() if e.method == "DELETE"]
    assert deletions == ["deleteRecords", "revokeApiKey", "deactivateCustomRecordType"]
    token = {"Authorization": f"Bearer {server.token}"}
    assert httpx.get(f"{server.url}/gql/v1/client/789", headers=token).json()["name"] == "Acme Corporation"
    found = httpx.post(
        f"{server.url}/gql/v1/clients/search",
        headers=token,
        json={"where": {"name": {"_eq": "New"}, "active": {"_eq": True}}},
    )
    assert found.json()["clients"] == []


def test_the_file_is_for_its_owner_and_without_secrets(server: MockServer, bundle: Bundle, tmp_path: Path) -> None:
    """It holds what names a thing, no credentials of requests or replies."""
    ledger = Ledger(tmp_path / "l.jsonl")
    with client(server, bundle) as c:
        watch(c, ledger)
        reply = send(c, KEYS, {"name": "k"}).reply
    assert reply is not None
    text = ledger.file.read_text()
    assert reply.json()["jwtApiKey"] not in text
    assert server.token not in text
    assert stat.S_IMODE(ledger.file.stat().st_mode) == 0o600


def test_what_the_run_removed_itself_is_closed(server: MockServer, bundle: Bundle, tmp_path: Path) -> None:
    """A thing that was deleted needs no cleaning up; a refused creation made nothing."""
    ledger = Ledger(tmp_path / "l.jsonl")
    with client(server, bundle) as c:
        watch(c, ledger)
        reply = send(c, KEYS, {"name": "k"}).reply
        assert reply is not None
        send(c, "DELETE /v1/auth/keys/{id}", id=reply.json()["id"])
        refused = send(c, CUSTOM, {"name": 5}).reply
        assert refused is not None
        assert refused.status == 400
        send(c, "POST /gql/v1/clients/search", {})
    assert ledger.open_entries() == []
    assert len(ledger.file.read_text().splitlines()) == 5


def test_a_thing_that_is_gone_counts_as_removed(server: MockServer, bundle: Bundle, tmp_path: Path) -> None:
    """404 is what cleaning up wants."""
    ledger = Ledger(tmp_path / "l.jsonl")
    with client(server, bundle) as c:
        watch(c, ledger)
        send(c, KEYS, {"name": "k"})
        send(
            c,
            RECORDS,
            {"records": [{"type": "client", "systemRef": {"system": "x", "id": "9"}, "attributes": {"name": "N"}}]},
        )
        server.reset()
        assert clean_up(c, ledger, bundle) == []


KILLED = """
import os, sys
sys.path.insert(0, {tests!r})
import test_ledger as t
from mockserver.bundle.loader import load_bundle
server = type("S", (), {{"url": {url!r}, "token": {token!r}}})
bundle = t.load_bundle(t.SPEC / "aiwyn.openapi.yaml", sorted((t.SPEC / "overlays").glob("*.y*ml")))
client = t.client(server, bundle)
ledger = t.Ledger(t.Path({file!r}))
t.watch(client, ledger)
count = 0
append = ledger._append
def dies(event):
    global count
    append(event)
    count += 1
    if count == {after}:
        os.kill(os.getpid(), 9)
ledger._append = dies
t.made(client)
"""


@pytest.mark.parametrize("after", [1, 6])
def test_a_killed_run_leaves_a_ledger_that_is_right(
    server: MockServer, bundle: Bundle, tmp_path: Path, after: int
) -> None:
    """After kill -9 at any line, another process knows what to remove, and says of the rest that nobody knows."""
    file = tmp_path / "l.jsonl"
    script = KILLED.format(
        tests=str(Path(__file__).parent), url=server.url, token=server.token, file=str(file), after=after
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    with file.open("ab") as broken:
        broken.write(b'{"event": "made", "id"')  # as if it had died within a line
    ledger = Ledger(file)
    with client(server, bundle) as c:
        left = clean_up(c, ledger, bundle)
    unknown = [line for line in left if "nobody knows whether it was made" in line]
    assert (len(left), len(unknown)) == {1: (1, 1), 6: (0, 0)}[after]
    assert all(f"{CUSTOM} at 20" in line and "name='Pet'" in line for line in left)
    assert len([e for e in server.requests() if e.method == "DELETE"]) == {1: 0, 6: 3}[after]
    for entry in ledger.open_entries():
        ledger.removed(entry.id)
    assert ledger.open_entries() == []


def test_leftovers_say_why(server: MockServer, bundle: Bundle, tmp_path: Path) -> None:
    """A refusal, a spent budget, a server that is gone, something nothing removes: each stays in the ledger."""
    ledger = Ledger(tmp_path / "l.jsonl")
    record = {"type": "client", "attributes": {"name": "No reference"}}
    with client(server, bundle) as c:
        watch(c, ledger)
        send(c, KEYS, {"name": "k"})
        send(c, RECORDS, {"records": [record]})
    environment = Environment("mock", server.url, writable=True)
    with Client(environment, bundle, tokens={"default": "wrong"}, allow_writes=True) as c:
        record_left, key_left = sorted(clean_up(c, ledger, bundle))
    assert "does not show what DELETE /api/v1/records asks for" in record_left
    assert "DELETE /v1/auth/keys/{id} (/v1/auth/keys/" in key_left
    assert "was answered with 401" in key_left
    with client(server, bundle, limits=Limits(requests=0)) as c:
        assert any("budget of 0 requests is spent" in line for line in clean_up(c, ledger, bundle))
    with Client(Environment("mock", server.url), bundle, tokens={"default": server.token}) as c:
        assert any("Only reading is allowed" in line for line in clean_up(c, ledger, bundle))
    with Client(Environment("mock", "http://127.0.0.1:9", writable=True), bundle, allow_writes=True) as c:
        assert any("was not answered" in line for line in clean_up(c, ledger, bundle))
    assert len(ledger.open_entries()) == 2


def test_what_never_left_was_never_made(server: MockServer, bundle: Bundle, tmp_path: Path) -> None:
    """A request that the budget stopped is closed; one without an answer stays open."""
    ledger = Ledger(tmp_path / "l.jsonl")
    with client(server, bundle, limits=Limits(requests=0)) as c:
        watch(c, ledger)
        with pytest.raises(Stopped):
            send(c, KEYS, {"name": "k"})
    assert ledger.open_entries() == []
    with Client(Environment("mock", "http://127.0.0.1:9", writable=True), bundle, allow_writes=True) as c:
        watch(c, ledger)
        send(c, KEYS, {"name": "k"})
    assert [entry.answered for entry in ledger.open_entries()] == [False]


def test_nothing_is_made_without_a_ledger(server: MockServer, bundle: Bundle, tmp_path: Path) -> None:
    """Where the file cannot be written, no creating request leaves."""
    (tmp_path / "file").write_text("")
    with client(server, bundle) as c:
        watch(c, Ledger(tmp_path / "file" / "l.jsonl"))
        with pytest.raises(UsageError, match=r"l\.jsonl cannot be written"):
            send(c, KEYS, {"name": "k"})
    assert [e for e in server.requests() if e.method == "POST"] == []
    with pytest.raises(UsageError, match="cannot be read"):
        Ledger(tmp_path).open_entries()


def test_lines_that_are_none_do_no_harm(tmp_path: Path) -> None:
    """Half lines, other JSON, events of entries that nobody intended."""
    file = tmp_path / "l.jsonl"
    file.write_bytes(
        b'{"event": "int\n[1]\n\xff\n{"event": "made", "id": "x"}\n{"event": "intend", "id": "a", "at": "t"}\n{"ev'
    )
    ledger = Ledger(file)
    ledger.removed("nobody")
    assert [entry.id for entry in ledger.open_entries()] == ["a"]
    assert file.read_bytes().endswith(b'{"ev\n{"event": "removed", "id": "nobody", "at": null}\n')


# -- other bundles --

BUNDLE = """
openapi: 3.1.0
info: {title: Zoo, version: "1"}
components:
  schemas:
    Animal: {type: object, properties: {animal_id: {type: string}, name: {type: string}}}
    Animals: {type: array, items: {$ref: "#/components/schemas/Animal"}}
    Cages: {type: array, items: {type: object, properties: {id: {type: integer}}}}
paths:
  /zoos/{zoo_id}/animals:
    parameters: [{name: zoo_id, in: path, required: true, schema: {type: string}}]
    get:
      responses:
        "200": {description: ok, content: {application/json: {schema: {$ref: "#/components/schemas/Animals"}}}}
    post:
      requestBody: {content: {application/json: {schema: {$ref: "#/components/schemas/Animal"}}}}
      responses:
        "201": {description: ok, content: {application/json: {schema: {$ref: "#/components/schemas/Animal"}}}}
  /zoos/{zoo_id}/animals/{animal_id}:
    parameters:
      - {name: zoo_id, in: path, required: true, schema: {type: string}}
      - {name: animal_id, in: path, required: true, schema: {type: string}}
    put:
      requestBody: {content: {application/json: {schema: {$ref: "#/components/schemas/Animal"}}}}
      responses: {"200": {description: ok}, "201": {description: made}}
    delete: {responses: {"204": {description: gone}}}
  /cages:
    get:
      responses:
        "200": {description: ok, content: {application/json: {schema: {$ref: "#/components/schemas/Cages"}}}}
    post:
      requestBody: {content: {application/json: {schema: {type: object, properties: {name: {type: string}}}}}}
      responses: {"201": {description: made}}
"""


@pytest.fixture
def zoo(tmp_path: Path) -> Bundle:
    """A bundle of another trade."""
    file = tmp_path / "zoo.yaml"
    file.write_text(BUNDLE)
    return load_bundle(file, cache=False)


POST, PUT = "POST /zoos/{zoo_id}/animals", "PUT /zoos/{zoo_id}/animals/{animal_id}"
PLACE = (("Location", "/zoos/1/animals/8?x"),)


@pytest.mark.parametrize(
    ("label", "target", "status", "headers", "body", "targets"),
    [
        (POST, "/zoos/a%20b/animals", 201, (), {"animal_id": "x/y"}, ["/zoos/a%20b/animals/x%2Fy"]),
        (POST, "/zoos/1/animals", 201, (), {"id": 7}, ["/zoos/1/animals/7"]),
        (POST, "/zoos/1/animals", 201, PLACE, None, ["/zoos/1/animals/8"]),
        (POST, "/zoos/1/animals", 201, (), {"id": ".."}, "does not show"),
        (POST, "/zoos/1/animals", 201, (), None, "does not show"),
        (PUT, "/zoos/1/animals/9", 201, (), None, ["/zoos/1/animals/9"]),
        (PUT, "/zoos/1/animals/9", 200, (), None, []),
        ("POST /cages", "/cages", 201, (), {"id": 1}, "no operation of the bundle removes it"),
    ],
)
def test_other_bundles(
    zoo: Bundle, label: str, target: str, status: int, headers: Any, body: Any, targets: list[str] | str
) -> None:
    """What was made is found in reply, Location or path; what cannot be removed says why."""
    method, _, path = label.partition(" ")
    operation = zoo.operations.at(method, path)
    assert operation is not None
    assert creates(operation)
    content = b"" if body is None else json.dumps(body).encode()
    exchange = Exchange("zoo", "", Request(method, target), Reply(status, headers, content))
    found, why = removals(zoo, operation, exchange)
    if isinstance(targets, str):
        assert (found, targets in why) == ([], True)
    else:
        assert ([r["target"] for r in found], why) == (targets, "")


@pytest.mark.parametrize("name", ["box-3.0.json", "openai-3.1.yaml"])
def test_most_of_other_vendors_creations_can_be_removed(corpus: Path, name: str) -> None:
    """A removal hangs below its creation's path, or belongs to the same entity."""
    operations = list(load_bundle(corpus / name).operations)
    ways = {o.label: removal(o, operations) for o in operations if o.role.value == "create"}
    below = {
        label: way for label, way in ways.items() if way is not None and way.path.startswith(label.split()[1] + "/{")
    }
    assert len(below) >= 0.45 * len(ways)
