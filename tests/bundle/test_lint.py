"""The lint: one small bundle with every fault, and each fault told in its place."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from mockserver import paths
from mockserver.bundle.lint import lint, render
from mockserver.bundle.loader import load_bundle
from mockserver.bundle.values import check_values
from mockserver.findings import CODES, Finding, Severity

FAULTY = """\
openapi: 3.1.0
info: {title: Zoo, version: '1'}
security: [{Missing: []}]
paths:
  /animals/{id}:
    get:
      operationId: same
      parameters: [{name: kind, in: path, required: true, schema: {type: string}}]
      responses: {'200': {description: ok}, '404': {description: no}}
  /animals/{name}:
    get:
      operationId: same
      parameters: [{name: name, in: path, required: true, schema: {type: string}, example: 3}]
      security: [{Key: [], Other: []}]
      responses: {'200': {description: ok}, '404': {description: no}}
  /animals/search:
    post:
      requestBody:
        content:
          application/json:
            schema: {$ref: '#/components/schemas/Animal'}
            examples:
              good: {value: {name: Leo}}
              bad: {value: {name: 3, age: 99999999999999999999}}
              shared: {$ref: '#/components/examples/Shared'}
          text/csv: {schema: {type: object}, example: 'a,b'}
      responses: {'404': {description: no}}
  /{a}/search:
    post:
      operationId: ambiguous
      parameters: [{name: a, in: path, required: true, schema: {type: string}}]
      responses: {'200': {description: ok}}
  /animals/{id}:
    x-twice: true
    get:
      operationId: last
      parameters: [{name: kind, in: path, required: true, schema: {type: string}}]
      responses: {'200': {description: ok}, '404': {description: no}}
components:
  securitySchemes: {Key: {type: apiKey, in: header, name: Key}}
  examples: {Shared: {value: {}}}
  schemas:
    Animal:
      type: object
      required: [name]
      discriminator: {propertyName: name, mapping: {lion: Lion, animal: Animal, other: '#/nope'}}
      properties:
        name: {type: string, default: 7}
        age: {type: integer, maximum: 99999999999999999999, nullable: true}
        mood: {type: string, enum: [], pattern: '[a'}
        home: {$ref: '#/components/schemas/Home'}
"""


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache folder of the test's own."""
    monkeypatch.setenv("MOCKSERVER_CACHE", str(tmp_path / "cache"))


def found(folder: Path, text: str, strict: bool | None = False, name: str = "zoo.yaml") -> list[Finding]:
    """The findings on a bundle of this text."""
    (folder / name).write_text(text)
    return lint(load_bundle(folder / name), strict=strict)


@pytest.fixture
def faults(tmp_path: Path) -> list[Finding]:
    """The findings on the faulty bundle, strict validation apart."""
    return found(tmp_path, FAULTY)


@pytest.mark.parametrize(
    ("code", "line", "operation", "message"),
    [
        ("MS003", 17, "POST /animals/search", 'POST /animals/search has no operationId; using "post /animals/search"'),
        ("MS004", 10, "", "/animals/{name} cannot be told from /animals/{id}"),
        ("MS005", 13, "GET /animals/{name}", "/animals/{name} does not match its schema: 3 is not of type"),
        ("MS005", 24, "POST /animals/search", "/name: 3 is not of type"),
        ("MS005", 25, "POST /animals/search", '"name" is a required property'),
        ("MS006", 48, "", "default of Animal/properties/name does not match its schema: 7 is not"),
        ("MS008", 49, "", "maximum 99999999999999999999 does not fit"),
        ("MS009", 50, "", "cannot be compiled"),
        ("MS010", 51, "", "$ref #/components/schemas/Home leads nowhere"),
        ("MS010", 46, "", "mapping lion: Lion leads nowhere"),
        ("MS010", 46, "", "mapping other: #/nope leads nowhere"),
        ("MS011", 29, "POST /{a}/search", "declares no refusal"),
        ("MS012", 17, "POST /animals/search", "declares no success"),
        ("MS013", 1, "", "names no servers"),
        ("MS014", 3, "", "the bundle wants Missing"),
        ("MS014", 14, "GET /animals/{name}", "GET /animals/{name} wants Other"),
        ("MS015", 33, "", "twice"),
        ("MS016", 49, "", "nullable means nothing since OpenAPI 3.1"),
        ("MS016", 50, "", "enum must be a list of at least one value"),
        ("MS017", 35, "GET /animals/{id}", "does not declare its parameter id"),
        ("MS017", 35, "GET /animals/{id}", "declares the path parameter kind"),
    ],
)
def test_each_fault_is_told(faults: list[Finding], code: str, line: int, operation: str, message: str) -> None:
    """A finding has its code, the line of the file, the operation and words that name the place."""
    same_code = [f for f in faults if f.code == code]

    assert [f for f in same_code if message in f.message and (f.line, f.operation) == (line, operation)], same_code


def test_nothing_else_is_told(faults: list[Finding]) -> None:
    """Good examples, other media types and declared schemes are no faults."""
    assert len(faults) == 21
    assert all(f.file.endswith("zoo.yaml") and f.line for f in faults)
    assert not any("good" in f.pointer or "csv" in f.message or "Key" in f.message for f in faults)


def test_a_doubled_id_is_told(tmp_path: Path) -> None:
    """Both operations are named, and what the second is called instead."""
    get = "{get: {operationId: x, responses: {default: {description: d}}}}"

    findings = found(tmp_path, f"openapi: 3.1.0\ninfo: {{}}\nservers: [{{url: /}}]\npaths:\n  /a: {get}\n  /b: {get}\n")

    assert [(f.code, f.line, f.message) for f in findings] == [
        ("MS007", 6, 'GET /b has the operationId x of GET /a; using "get /b"')
    ]


def test_paths_that_meet_in_one_url_are_mentioned(tmp_path: Path) -> None:
    """Neither is the more concrete: the URL both answer is shown."""
    parameters = "parameters: [{name: p, in: path, required: true, schema: {}}]"
    get = f"get: {{operationId: %s, {parameters}, responses: {{default: {{}}}}}}"
    text = (
        "openapi: 3.1.0\nservers: [{url: /}]\npaths:\n"
        f"  /a/{{p}}/c: {{{get % 'one'}}}\n  /a/b/{{p}}: {{{get % 'two'}}}\n  /a/b/c/{{p}}: {{{get % 'three'}}}\n"
        f"  /x/{{p}}/c: {{{get % 'four'}}}\n  /a/{{p}}/d: {{{(get % 'five').replace('get', 'put')}}}\n"
    )

    findings = [f for f in found(tmp_path, text) if f.code == "MS004"]

    assert [(f.severity, f.message) for f in findings] == [
        ("info", "/a/b/c is answered by /a/{p}/c and by /a/b/{p}; the first concrete segment decides")
    ]


def test_read_only_properties_may_miss_in_request_examples(tmp_path: Path) -> None:
    """Examples are judged as what they are: of a request or of a reply."""
    media = "content: {application/json: {schema: {$ref: '#/components/schemas/A'}, example: %s}}"
    text = (
        "openapi: 3.1.0\nservers: [{url: /}]\npaths:\n  /a:\n    post:\n      operationId: x\n"
        f"      requestBody: {{{media % '{secret: s}'}}}\n"
        f"      responses:\n        '200': {{description: ok, {media % '{id: 1}'}}}\n"
        f"        '400': {{description: no, {media % '{}'}}}\n"
        "components: {schemas: {A: {required: [id, secret], example: {},\n"
        "  properties: {id: {readOnly: true}, secret: {writeOnly: true}}}}}\n"
    )

    findings = found(tmp_path, text)

    assert [(f.code, f.pointer.split("/")[5]) for f in findings] == [("MS005", "400")]


def test_stale_overlays_are_told_with_their_file(tmp_path: Path) -> None:
    """The finding stands in the overlay, not in the bundle, and comes after those of the bundle."""
    (tmp_path / "zoo.yaml").write_text("openapi: 3.1.0\npaths: {}\n")
    mend = tmp_path / "10-mend.overlay.yaml"
    mend.write_text("overlay: 1.0.0\nactions:\n  - {target: $.nope, remove: true}\n")

    findings = lint(load_bundle(tmp_path / "zoo.yaml", [mend]), strict=False)

    assert [f.code for f in findings] == ["MS013", "MS020", "MS001"]
    assert (findings[-1].file, findings[-1].line) == (str(mend), 3)


def test_doubled_keys_of_json_are_told(tmp_path: Path) -> None:
    """JSON parsers take the last silently; the lint does not."""
    text = '{"openapi": "3.1.0", "servers": [{"url": "/"}],\n"paths": {"/a": {}},\n"paths": {"/b": {"get": {}}}}'

    findings = [f for f in found(tmp_path, text, name="zoo.json") if f.code == "MS015"]

    assert [(f.line, f.pointer) for f in findings] == [(3, "/paths")]


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0", "3.2.0"])
def test_the_letter_of_openapi_is_held_against_it(tmp_path: Path, version: str) -> None:
    """What strict validation refuses is an error with a pointer, and nothing of a valid bundle is."""
    good = f"openapi: {version}\ninfo: {{title: t, version: '1'}}\nservers: [{{url: /}}]\npaths:\n  /a:\n    get:\n"
    good += "      operationId: x\n      responses: {default: {description: d}}\n"

    assert found(tmp_path, good, strict=None) == []
    findings = found(tmp_path, good.replace("operationId: x", "operationId: x\n      deprecated: maybe"), strict=None)

    assert {(f.code, f.operation) for f in findings} == {("MS002", "GET /a")}
    assert findings[0].severity == Severity.ERROR
    assert findings[0].line == 8


def test_strict_validation_never_crashes(tmp_path: Path) -> None:
    """Whatever is wrong, the lint ends with findings."""
    text = FAULTY.replace("title: Zoo", "title: [3]") + "  responses: [1, 2]\nwebhooks: 7\ntags: {a: 1}\n"

    assert "MS002" in {f.code for f in found(tmp_path, text, strict=True)}


def test_large_bundles_are_not_validated_unasked(tmp_path: Path) -> None:
    """Beyond 5 MB the strict validation is left out, and a finding says so; asked for, it is done."""
    text = "openapi: 3.1.0\ninfo: {title: t, version: 1}\nservers: [{url: /}]\npaths: {}\n" + "# filler\n" * 700_000

    unasked = found(tmp_path, text, strict=None)

    assert [f.code for f in unasked] == ["MS022", "MS020"]
    assert "MS002" in {f.code for f in lint(load_bundle(tmp_path / "zoo.yaml"), strict=True)}


def test_a_validator_that_gives_up_is_a_finding(tmp_path: Path) -> None:
    """The strict validator fails on some bundles; that is said, with the reason."""
    text = "openapi: 3.1.0\ninfo: {title: t, version: '1'}\nservers: [{url: /}]\n"
    text += "paths: {/a: {get: {operationId: a, responses: {default: {$ref: '#/components/responses/Nope'}}}}}\n"

    findings = [f for f in found(tmp_path, text, strict=True) if f.code in ("MS002", "MS010")]

    assert [f.code for f in findings if f.severity == Severity.ERROR][:1] == ["MS002"]
    assert "MS010" in {f.code for f in findings}


def test_a_check_that_takes_long_stops_and_says_so(tmp_path: Path) -> None:
    """The examples of a huge bundle are checked for so long and no longer."""
    (tmp_path / "zoo.yaml").write_text(FAULTY)

    findings = list(check_values(load_bundle(tmp_path / "zoo.yaml"), limit=0.0))

    assert findings[-1].code == "MS022"
    assert "not all examples" in findings[-1].message


def test_every_code_has_its_text(faults: list[Finding]) -> None:
    """Each code given is explained: title, why, fix."""
    for code in {f.code for f in faults} | {f"MS{n:03}" for n in range(1, 23)}:
        assert CODES[code].title
        assert CODES[code].why
        assert CODES[code].fix


def test_findings_are_in_the_order_of_the_file(faults: list[Finding]) -> None:
    """By line, and each told once."""
    assert [f.line for f in faults] == sorted([f.line for f in faults])
    assert len({f.key() for f in faults}) == len(faults)


def test_the_text_has_a_line_for_each(faults: list[Finding]) -> None:
    """Place, code, message, severity; a last line counts them."""
    lines = render(faults).splitlines()

    assert len(lines) == len(faults) + 1
    assert lines[0].split()[0].endswith("zoo.yaml:1")
    assert all(line.split()[1] == f.code for line, f in zip(lines, faults, strict=False))
    errors, warnings, infos = (sum(f.severity == s for f in faults) for s in Severity)
    assert lines[-1] == f"21 findings: {errors} errors, {warnings} warnings, {infos} info."


def test_the_text_can_be_shortened(faults: list[Finding]) -> None:
    """So many of one code, and how many more there are."""
    text = render(faults, most=1)

    assert "... and 2 more MS005" in text
    assert "21 findings" in text
    assert render([]) == "No findings."
    assert render(faults[:1]).endswith("1 finding: 1 info.")


def test_our_bundle_is_clean() -> None:
    """Our own bundle with its overlays has nothing against it."""
    overlays = sorted(paths.OVERLAYS.glob("*.overlay.yaml"))

    assert [f for f in lint(load_bundle(paths.BUNDLE, overlays)) if f.severity != Severity.INFO] == []


@pytest.mark.parametrize("name", ["box-3.0.json", "openai-3.1.yaml"])
def test_real_bundles_give_findings(corpus: Path, name: str) -> None:
    """Other vendors' slips are findings with lines; no schema of theirs fails to compile."""
    findings = lint(load_bundle(corpus / name), strict=False)

    assert {"MS005"} <= {f.code for f in findings}
    assert "MS019" not in {f.code for f in findings}
    assert all(f.line for f in findings)


def test_the_loader_stays_light() -> None:
    """Loading a bundle imports no validator, no path language, no HTTP."""
    code = (
        "import sys; from mockserver.bundle import loader, overlay, normalise, skeleton, update, changes, lint; "
        "print([m for m in ('jsonschema_rs', 'jsonpath_rfc9535', 'openapi_spec_validator', 'prance', 'httpx', 'yaml', "
        "'connexion') if m in sys.modules])"
    )

    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=paths.SPEC.parent
    )

    assert out.stdout.strip() == "[]"
