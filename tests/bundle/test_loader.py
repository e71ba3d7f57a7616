"""Bundles read from files: any version, any shape, from the cache or not."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from mockserver import paths
from mockserver.bundle.loader import Bundle, load_bundle, vendors_document
from mockserver.problems import BundleError

DATA = Path(__file__).parent / "data"
HEAD = "openapi: 3.1.0\ninfo: {title: Zoo, version: '7'}\n"

Write = Callable[..., Path]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder of the test's own."""
    monkeypatch.setenv("MOCKSERVER_CACHE", str(tmp_path / "cache"))
    return paths.cache_folder()


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a file of a name and gives its path."""

    def write_file(text: str | bytes, name: str = "zoo.yaml") -> Path:
        file = tmp_path / name
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return file

    return write_file


def test_a_bundle_says_what_it_is(write: Write) -> None:
    """Version, title and release are as printed; the document is of one kind whatever it was."""
    file = write("openapi: 3.0.3\ninfo: {title: Zoo, version: 2024-05-01}\npaths: {}")

    bundle = load_bundle(str(file))

    assert (bundle.version, bundle.title, bundle.release) == ("3.0.3", "Zoo", "2024-05-01")
    assert bundle.source == file
    assert len(bundle.sha256) == 64
    assert bundle.document["openapi"] == "3.1.0"


@pytest.mark.parametrize("version", ["3.0.0", "3.1.1", "3.2.0", "3.1"])
def test_versions_that_are_understood(write: Write, version: str) -> None:
    """3.0 to 3.2 load, even where the version is written as a number."""
    assert load_bundle(write(f"openapi: {version}\npaths: {{}}")).version == version


def test_json_and_yaml_give_the_same(write: Write) -> None:
    """The form of a file is no matter, nor is its name."""
    value = {"openapi": "3.1.0", "info": {"title": "Zoo", "version": "1"}, "paths": {"/a": {"get": {"responses": {}}}}}

    one = load_bundle(write(json.dumps(value), "zoo.json")).document
    two = load_bundle(write(json.dumps(value), "json-in.yaml")).document

    assert one == two


def test_real_bundles_oddities_load(write: Write) -> None:
    """Braces in descriptions, null defaults, huge integers, dates and statuses as numbers are taken as they are."""
    bundle = load_bundle(
        write(
            HEAD + "paths:\n"
            "  /a:\n"
            "    get:\n"
            "      description: 'Use {{ name }} and {% raw %}'\n"
            "      parameters: [{name: q, in: query, schema: {type: string, default: null}}]\n"
            "      responses: {200: {description: on}}\n"
            "components: {schemas: {N: {type: integer, maximum: 99999999999999999999}, D: {const: 2024-01-01}}}\n"
        )
    )

    operation = bundle.document["paths"]["/a"]["get"]
    assert operation["description"] == "Use {{ name }} and {% raw %}"
    assert operation["responses"] == {"200": {"description": "on"}}
    assert operation["parameters"][0]["schema"]["default"] is None
    assert bundle.at("/components/schemas/N/maximum") == 99999999999999999999
    assert bundle.at("/components/schemas/D/const") == "2024-01-01"


def test_operations_are_inferred_on_demand(write: Write) -> None:
    """Missing and doubled ids do no harm: each operation has one of its own."""
    path = "{get: {operationId: same, responses: {200: {description: ok}}}}"
    bundle = load_bundle(write(HEAD + f"paths: {{/a: {path}, /b: {path}, /c: {{get: {{responses: {{}}}}}}}}"))

    assert len({operation.id for operation in bundle.operations}) == 3
    assert bundle.operations is bundle.operations


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("", "is empty", ""),
        ("  \n", "is empty", ""),
        ("# only a comment", "it holds no mapping", ""),
        ("- a\n- b", "it holds no mapping", ""),
        ("title: x", "it has no `openapi: 3.1.0`", ""),
        ("swagger: '2.0'", "is Swagger 2.0", "swagger2openapi"),
        ("overlay: 1.0.0", "is an overlay", "--overlay"),
        ("openapi: 4.0.0", "is OpenAPI 4.0.0", "3.0, 3.1 and 3.2"),
        ("openapi: [", ":1: not YAML", ""),
    ],
)
def test_what_is_no_bundle_is_refused(write: Write, text: str, message: str, hint: str) -> None:
    """The error names the file, the reason, and where there is one, the way out."""
    file = write(text)

    with pytest.raises(BundleError, match=message) as caught:
        load_bundle(file)

    assert str(file) in str(caught.value)
    assert hint in caught.value.hint


def test_a_missing_file_has_neighbours(write: Write, tmp_path: Path) -> None:
    """A misspelt name is met with the nearest file of the folder."""
    write(HEAD, "bundle.yaml")

    with pytest.raises(BundleError, match=r"bundel\.yaml does not exist") as caught:
        load_bundle(tmp_path / "bundel.yaml")

    assert caught.value.hint == f"Did you mean {tmp_path}/bundle.yaml?"


def test_a_missing_folder_is_said_to_be_missing(tmp_path: Path) -> None:
    """Where the folder is missing, that is said."""
    with pytest.raises(BundleError, match=r"the folder .*nowhere does not exist"):
        load_bundle(tmp_path / "nowhere" / "bundle.yaml")


def test_a_folder_is_no_bundle(write: Write, tmp_path: Path) -> None:
    """A folder is refused with what it holds."""
    write(HEAD, "bundle.yaml")

    with pytest.raises(BundleError, match="is a folder") as caught:
        load_bundle(tmp_path)

    assert "bundle.yaml" in caught.value.hint


def test_an_address_is_no_file() -> None:
    """An address is refused with the command that fetches it."""
    with pytest.raises(BundleError, match="is an address") as caught:
        load_bundle("https://example.com/openapi.yaml")

    assert caught.value.hint == "mockserver bundle update https://example.com/openapi.yaml"


def test_what_openapi_would_refuse_is_left_out_and_told(write: Write) -> None:
    """Parts of the wrong make are findings with file and pointer, never a crash."""
    bundle = load_bundle(
        write(HEAD + "security: [BearerAuth]\npaths: {/a: {get: 3, post: {responses: []}}, b: {}}\ncomponents: []")
    )

    assert bundle.document["paths"] == {"/a": {"post": {}}}
    assert {f.pointer for f in bundle.findings} == {
        "/components",
        "/security/0",
        "/paths/b",
        "/paths/~1a/get",
        "/paths/~1a/post/responses",
    }
    assert {(f.code, f.file) for f in bundle.findings} == {("MS018", str(bundle.source))}


def test_doubled_keys_are_told(write: Write) -> None:
    """A path that stands twice is a finding with its line."""
    bundle = load_bundle(write(HEAD + "paths:\n  /a: {}\n  /a: {}\n"))

    assert [(f.code, f.pointer, f.line) for f in bundle.findings] == [("MS015", "/paths/~1a", 5)]


# -- other files


def test_many_files_become_one() -> None:
    """References to other files, between them and back, recursive ones too, lead to components of the one document."""
    bundle = load_bundle(DATA / "many" / "zoo.yaml", cache=False)
    schemas = bundle.document["components"]["schemas"]

    assert set(schemas) == {"Keeper", "Name", "Animal"}
    assert schemas["Animal"]["properties"] == {
        "name": {"$ref": "#/components/schemas/Name"},
        "keeper": {"$ref": "#/components/schemas/Keeper"},
        "mate": {"$ref": "#/components/schemas/Animal"},
    }
    assert schemas["Keeper"]["properties"]["born"]["examples"] == ["1990-01-01"]
    get = bundle.document["paths"]["/animals"]["get"]
    assert get["parameters"] == [{"$ref": "#/components/parameters/Limit"}]
    assert get["responses"]["default"] == {"$ref": "#/components/responses/Problem"}
    assert bundle.at("/components/responses/Problem/headers/Trace") == {"$ref": "#/components/headers/Trace"}
    assert bundle.document["paths"]["/keepers"]["get"]["responses"]["200"]["description"] == "Keepers."
    assert bundle.findings == ()


def test_references_in_examples_are_data() -> None:
    """A `$ref` in an example value is not followed."""
    bundle = load_bundle(DATA / "many" / "zoo.yaml", cache=False)
    media = bundle.document["paths"]["/animals"]["get"]["responses"]["200"]["content"]["application/json"]

    assert media["examples"]["example"]["value"] == {"$ref": "nowhere.yaml"}


@pytest.mark.parametrize(
    ("ref", "message"),
    [
        ("other.yaml#/X", "other.yaml cannot be read"),
        ("zoo2.yaml#/X", "the file has no /X"),
        ("http://127.0.0.1:9/x.yaml", "cannot be fetched"),
        ("mailto:someone", "cannot be followed"),
    ],
)
def test_a_reference_that_cannot_be_followed_is_named(write: Write, ref: str, message: str) -> None:
    """The error names the reference, its place, and how to go on."""
    write("Y: 1", "zoo2.yaml")
    file = write(HEAD + f"paths: {{}}\ncomponents: {{schemas: {{A: {{items: {{$ref: '{ref}'}}}}}}}}")

    with pytest.raises(BundleError, match=message) as caught:
        load_bundle(file)

    assert "/components/schemas/A/items" in str(caught.value)


def test_a_reference_over_http_is_fetched(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is drawn in like a file, and kept in the cache with the bundle; a refusal is named."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")

    class Vendor(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/parts.yaml" else 404)
            self.end_headers()
            self.wfile.write(b"A: {properties: {b: {$ref: '#/B'}}}\nB: {type: integer}")

        def log_message(self, *_: object) -> None:
            """Nothing: the test's output is its own."""

    body = "paths: {}\ncomponents: {schemas: {X: {$ref: 'http://127.0.0.1:%d/%s#/A'}}}"
    server = ThreadingHTTPServer(("127.0.0.1", 0), Vendor)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        file = write(HEAD + body % (server.server_port, "parts.yaml"))
        assert member(load_bundle(file), "/components/schemas/X", "b") == {"type": "integer"}
        with pytest.raises(BundleError, match="404"):
            load_bundle(write(HEAD + body % (server.server_port, "nothing.yaml"), "other.yaml"))
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

    assert member(load_bundle(file), "/components/schemas/X", "b") == {"type": "integer"}


def test_parts_go_to_the_sections_of_their_kind(write: Write) -> None:
    """A body, a link, a callback's path item: each is drawn in where OpenAPI has its like."""
    write(
        "Body: {content: {a/b: {schema: {$ref: 'zoo.yaml#/components/schemas/S'}}}}\n"
        "Link: {operationId: x}\nExample: {value: 1}\nItem: {post: {responses: {}}}\n"
        "Op: {responses: {200: {description: ok}}}\n",
        "parts.yaml",
    )
    file = write(
        HEAD + "paths:\n  /a:\n    put: {$ref: 'parts.yaml#/Op'}\n    post:\n"
        "      requestBody: {$ref: 'parts.yaml#/Body'}\n"
        "      responses: {200: {links: {L: {$ref: 'parts.yaml#/Link'}}, "
        "content: {a/b: {examples: {E: {$ref: 'parts.yaml#/Example'}}}}}}\n"
        "      callbacks: {c: {'{$url}': {$ref: 'parts.yaml#/Item'}}}\n"
        "components: {schemas: {S: {properties: {responses: {$ref: 'parts.yaml#/Example'}}}}}\n"
    )

    bundle = load_bundle(file)

    assert bundle.findings == ()
    assert bundle.at("/components/requestBodies/Body/content/a~1b/schema") == {"$ref": "#/components/schemas/S"}
    assert {"links", "examples", "requestBodies"} <= set(bundle.document["components"])
    assert bundle.at("/components/schemas/S/properties/responses/$ref") == "#/components/schemas/Example"
    assert bundle.at("/paths/~1a/put/responses/200/description") == "ok"
    callback, _ = bundle.resolve(bundle.at("/paths/~1a/post/callbacks/c/{$url}"))
    assert callback == {"post": {"responses": {}}}


def test_names_of_drawn_in_parts_do_not_collide(write: Write) -> None:
    """Two files may each have a Pet, and so may the bundle."""
    write("Pet: {type: integer}", "a.yaml")
    write("Pet: {type: string}", "b.yaml")
    refs = "oneOf: [{$ref: 'a.yaml#/Pet'}, {$ref: 'b.yaml#/Pet'}, {$ref: 'a.yaml#/Pet'}]"
    bundle = load_bundle(
        write(HEAD + f"paths: {{}}\ncomponents: {{schemas: {{Pet: {{type: 'null'}}, All: {{{refs}}}}}}}")
    )

    kinds = [bundle.resolve(part)[0]["type"] for part in bundle.at("/components/schemas/All/oneOf")]

    assert kinds == ["integer", "string", "integer"]
    assert bundle.at("/components/schemas/Pet") == {"type": "null"}


def test_discriminators_may_name_files(write: Write) -> None:
    """A mapping to another file leads to where that was drawn in."""
    write("{type: object, properties: {bark: {type: boolean}}}", "dog.yaml")
    schema = "{discriminator: {propertyName: kind, mapping: {dog: dog.yaml, cat: Cat}}}"
    bundle = load_bundle(write(HEAD + f"paths: {{}}\ncomponents: {{schemas: {{P: {schema}, D: {{$ref: dog.yaml}}}}}}"))

    assert bundle.at("/components/schemas/P/discriminator/mapping") == {"dog": "#/components/schemas/D", "cat": "Cat"}


# -- overlays


def test_overlays_are_applied_in_order(write: Write) -> None:
    """Each overlay works on what the one before left, and counts its matches."""
    one = write("overlay: 1.1.0\nactions: [{target: $.info, update: {xa: 1}}]", "1.yaml")
    two = write(
        "overlay: 1.1.0\nextends: other.yaml\nactions: [{target: $.info.xa, update: 2}, {target: $.b, remove: true}]",
        "2.yaml",
    )

    bundle = load_bundle(write(HEAD + "paths: {}"), [one, two])

    assert bundle.document["info"]["xa"] == 2
    assert [[action.matches for action in overlay.actions] for overlay in bundle.overlays] == [[1], [1, 0]]
    assert sorted((f.code, f.file) for f in bundle.findings) == [("MS001", str(two)), ("MS021", str(two))]


def test_overlays_meet_the_vendors_words(write: Write) -> None:
    """An overlay speaks the version of the bundle, and is normalised with it."""
    bundle = write("openapi: 3.0.0\npaths: {}\ncomponents: {schemas: {A: {type: string}}}")
    mend = write("overlay: 1.0.0\nactions: [{target: $.components.schemas.A, update: {nullable: true}}]", "o.yaml")

    assert load_bundle(bundle, [mend]).at("/components/schemas/A") == {"type": ["string", "null"]}
    assert vendors_document(bundle, [mend])["components"]["schemas"]["A"] == {"type": "string", "nullable": True}


# -- the cache


def cached_files(cache: Path) -> list[Path]:
    """What lies in the cache."""
    return sorted((cache / "bundles").iterdir()) if (cache / "bundles").is_dir() else []


def same(one: Bundle, two: Bundle) -> bool:
    """Whether two bundles are equal in all they hold."""
    names = ("source", "sha256", "version", "title", "release", "document", "findings", "overlays")
    return all(getattr(one, name) == getattr(two, name) for name in names)


def test_the_cache_gives_what_reading_gives(write: Write, cache: Path) -> None:
    """A second load is the same bundle, findings and overlays included."""
    mend = write("overlay: 1.0.0\nactions: [{target: $.nope, update: 1}]", "o.yaml")
    file = write(HEAD + "paths: {a: 1}")

    first = load_bundle(file, [mend])
    files = cached_files(cache)
    second = load_bundle(file, [mend])

    assert same(first, second)
    assert len(first.findings) == 2
    assert len(files) == 1
    assert cached_files(cache) == files


def test_the_cache_can_be_left_alone(write: Write, cache: Path) -> None:
    """`cache=False` neither reads nor writes it."""
    load_bundle(write(HEAD + "paths: {}"), cache=False)

    assert cached_files(cache) == []


@pytest.mark.parametrize("damage", [b"", b"abc", b"\0" * 100, None])
def test_a_broken_cache_is_made_anew(write: Write, cache: Path, damage: bytes | None) -> None:
    """Damaged or cut files are no error, and are replaced."""
    file = write(HEAD + "paths: {}")
    first = load_bundle(file)
    kept = cached_files(cache)[0]
    whole = kept.read_bytes()
    kept.write_bytes(whole[:-3] if damage is None else damage)

    assert same(load_bundle(file), first)
    assert kept.read_bytes() == whole


def test_a_cache_that_cannot_be_written_is_no_error(write: Write, cache: Path) -> None:
    """Where the folder is a file, everything works without it."""
    cache.parent.mkdir(parents=True, exist_ok=True)
    cache.write_text("in the way")

    assert load_bundle(write(HEAD + "paths: {}")).title == "Zoo"


def test_a_change_is_noticed(write: Write) -> None:
    """Changing the bundle, an overlay, or a file it refers to gives another bundle."""
    write("X: {type: string}", "other.yaml")
    mend = write("overlay: 1.0.0\nactions: [{target: $.info, update: {x-a: 1}}]", "o.yaml")
    body = "paths: {}\ncomponents: {schemas: {A: {items: {$ref: 'other.yaml#/X'}}}}"
    file = write(HEAD + body)
    load_bundle(file, [mend])

    write("X: {type: integer}", "other.yaml")
    assert load_bundle(file, [mend]).at("/components/schemas/X/type") == "integer"
    write("overlay: 1.0.0\nactions: [{target: $.info, update: {x-a: 2}}]", "o.yaml")
    assert load_bundle(file, [mend]).document["info"]["x-a"] == 2
    write(HEAD.replace("Zoo", "Ark") + body)
    assert load_bundle(file, [mend]).title == "Ark"


def test_the_cache_does_not_grow_for_ever(write: Write, cache: Path) -> None:
    """Old entries make room for new ones."""
    for number in range(30):
        load_bundle(write(HEAD + f"paths: {{}}\nx-n: {number}"))

    assert len(cached_files(cache)) == 24


def test_a_warm_load_is_quick(cache: Path) -> None:
    """Our own bundle comes from the cache without YAML being parsed: far below the 30 ms wished for."""
    load_bundle(paths.BUNDLE)
    best = min(_timed(lambda: load_bundle(paths.BUNDLE)) for _ in range(5))

    assert best < 0.03


def _timed(work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


# -- looking things up


@pytest.fixture
def tangle(write: Write) -> Bundle:
    """A bundle whose references go in chains and circles."""
    return load_bundle(
        write(
            HEAD + "paths: {}\ncomponents:\n  schemas:\n"
            "    A: {$ref: '#/components/schemas/B'}\n"
            "    B: {$ref: '#/components/schemas/C%20c'}\n"
            "    C c: {type: object, properties: {self: {$ref: '#/components/schemas/A'}, n: {type: integer}}}\n"
            "    Ring: {$ref: '#/components/schemas/Gnir'}\n"
            "    Gnir: {$ref: '#/components/schemas/Ring'}\n"
            "    Sum:\n      anyOf:\n        - allOf: [{$ref: '#/components/schemas/A'}, "
            "{required: [m], properties: {m: {type: array, items: {$ref: '#/components/schemas/A'}}}}]\n"
            "        - type: 'null'\n"
        )
    )


def test_at_follows_nothing(tangle: Bundle) -> None:
    """A pointer leads to what stands there; where nothing stands, KeyError names it."""
    assert tangle.at("/components/schemas/A") == {"$ref": "#/components/schemas/B"}
    assert tangle.at("") is tangle.document
    with pytest.raises(KeyError, match="/components/nope"):
        tangle.at("/components/nope")


def test_resolve_follows_chains(tangle: Bundle) -> None:
    """A chain of references leads to its end, with the pointer of that; circles lead nowhere."""
    node, pointer = tangle.resolve({"$ref": "#/components/schemas/A"})

    assert (node["type"], pointer) == ("object", "/components/schemas/C c")
    assert tangle.resolve({"type": "string"}) == ({"type": "string"}, "")
    assert tangle.resolve(True) == (True, "")
    assert tangle.resolve({"$ref": "#/components/schemas/Ring"}) == ({}, "")
    assert tangle.resolve({"$ref": "#/nope"}) == ({}, "")


def member(bundle: Bundle, pointer: str, *path: str) -> Any:
    """What the schema of a property says, references followed; None where there is no such property."""
    spot = bundle.reader.walk(bundle.reader.at(pointer), path)
    return bundle.reader.follow(spot).node if spot is not None else None


def test_the_reader_walks_properties(tangle: Bundle) -> None:
    """A property path is followed through references, allOf and alternatives with null."""
    root = "/components/schemas/Sum"
    each = tangle.reader.items(tangle.reader.members(tangle.reader.at(root))["m"])

    assert set(tangle.reader.members(tangle.reader.at(root))) == {"self", "n", "m"}
    assert member(tangle, root, "self", "self", "n") == {"type": "integer"}
    assert each is not None
    assert tangle.reader.members(each)["n"].node == {"type": "integer"}
    assert member(tangle, root, "nope", "n") is None
    assert member(tangle, "/nope") == {}


def test_line_leads_into_the_source(tangle: Bundle) -> None:
    """A pointer into the document leads to a line of the file."""
    assert tangle.line("/components/schemas/Ring") == 9
    assert tangle.line("/components/schemas/Ring/added") == 9


@pytest.mark.parametrize("name", ["box-3.0.json", "openai-3.1.yaml"])
def test_real_bundles_load(corpus: Path, name: str) -> None:
    """Other vendors' bundles load, warm and cold alike, and each local reference leads somewhere."""
    bundle = load_bundle(corpus / name, cache=False)
    warm = load_bundle(corpus / name)

    assert same(warm, load_bundle(corpus / name))
    assert same(warm, bundle)
    refs = {node["$ref"] for node in _nodes(bundle.document["components"]["schemas"]) if "$ref" in node}
    assert all(bundle.resolve({"$ref": ref})[1] for ref in refs if isinstance(ref, str) and ref.startswith("#/"))


def _nodes(value: Any) -> list[dict[str, Any]]:
    found, stack = [], [value]
    while stack:
        node = stack.pop()
        if isinstance(node, dict):
            found.append(node)
            stack += node.values()
        elif isinstance(node, list):
            stack += node
    return found


def test_the_package_does_not_need_a_home(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a cache variable the cache is in the user's folder, of which nothing is asked."""
    monkeypatch.delenv("MOCKSERVER_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", os.devnull)

    assert load_bundle(write(HEAD + "paths: {}")).title == "Zoo"
