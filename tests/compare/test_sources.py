"""What programs are made of: read off any bundle, the same for the same seed, each class asked, each promise kept."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jsonschema_rs
import pytest

from mockserver.app import create_app
from mockserver.bundle.loader import load_bundle
from mockserver.bundle.operations import Role
from mockserver.bundle.shapes import json_media
from mockserver.compare import examples, inputs, reading, sources
from mockserver.compare.difference import Step
from mockserver.compare.filling import SideState, Unfilled, fill
from mockserver.compare.pools import Pool
from mockserver.compare.program import ABSENT, Program, Template, holes
from mockserver.compare.questions import Question, askable, token_operation
from mockserver.compare.rows import Pairs
from mockserver.compare.writing import writing
from mockserver.entities import tokens
from mockserver.environments.client import Client, Forbidden
from mockserver.environments.environment import Environment
from mockserver.probes.base import Contract
from mockserver.problems import UsageError
from mockserver.settings import Settings
from mockserver.store.relations import infer_model

LIBRARY = Path(__file__).parents[1] / "bundle" / "data" / "library.yaml"
# The schema's `date-time` wants a T; RFC 3339 5.6 lets applications use a blank instead, and our mock does.
LENIENT = ("2024-01-31 10:00:00Z",)


@pytest.fixture(scope="module")
def app() -> Any:
    """Our own mock."""
    return create_app(Settings(access_log=False))


@pytest.fixture(scope="module")
def ours(app: Any) -> Contract:
    """The contract of our own bundle."""
    return Contract(app.bundle, infer_model(app.bundle))


@pytest.fixture(scope="module")
def questions(ours: Contract) -> list[Question]:
    """All questions to our own bundle."""
    return every(ours)


@pytest.fixture(scope="module")
def program(ours: Contract) -> Program:
    """The default program of our own bundle."""
    return sources.program(ours, 7)


@pytest.fixture(scope="module")
def library() -> Contract:
    """The contract of a small foreign bundle."""
    bundle = load_bundle(LIBRARY)
    return Contract(bundle, infer_model(bundle))


def answers(
    app: Any, contract: Contract, templates: Iterable[Template], *, writes: bool = False
) -> Iterator[tuple[Template, int | str]]:
    """Each template with the status that our mock answers, or why it was not asked."""
    operations = {each.label: each for each in contract.bundle.operations}
    app.pipeline.worlds.reset_all()
    pool = Pool(contract)
    state = SideState(0, "mock", Pairs(pool, pool, contract))
    token = tokens.first_token(app.pipeline.worlds.main)
    environment = Environment("mock", writable=writes)
    with Client(environment, contract.bundle, app=app, tokens={"default": token}, allow_writes=writes) as client:
        for number, template in enumerate(templates):
            operation = operations[template.operation]
            request = fill(template, operation, state)
            if isinstance(request, Unfilled):
                yield template, request.reason
                continue
            try:
                exchange = client.send(request, operation=operation, actor=template.actor)
            except Forbidden as refusal:
                yield template, f"forbidden: {refusal}"
                continue
            step = Step(number, operation, exchange, template.about, None)
            state.steps[number] = step
            state.steps[template.name or number] = step
            pool.see(step)
            assert exchange.reply is not None
            yield template, exchange.reply.status


def every(contract: Contract) -> list[Question]:
    """All questions to a bundle, each request once."""
    found = [*reading.questions(contract, 1), *inputs.questions(contract, 1), *examples.questions(contract)]
    return sources.once(found)


def test_same_seed_same_program(ours: Contract, program: Program) -> None:
    """The same seed gives the same program byte for byte; JSON brings it back whole."""
    written = json.dumps(program.to_json())
    assert written == json.dumps(sources.program(ours, 7).to_json())
    assert Program.from_json(json.loads(written)) == program


def test_default_budget(ours: Contract, program: Program) -> None:
    """By default there are some eight steps for each operation, and each reading operation has several."""
    assert 400 <= len(program.templates) <= sources.PER_OPERATION * len(ours.bundle.operations)
    asked = Counter(each.operation for each in program.templates)
    assert set(asked) == {each.label for each in askable(ours)}
    assert min(asked.values()) >= 4
    giving = token_operation(ours)
    assert giving is not None
    assert giving.label not in asked


def test_small_bundles_get_everything(library: Contract) -> None:
    """Where the budget suffices, every question is asked."""
    assert len(sources.program(library, 1, 100_000).templates) == len(every(library))


def test_budget_is_kept(library: Contract) -> None:
    """A small budget is kept to, and still serves every reading operation."""
    program = sources.program(library, 1, 60)
    assert program != sources.program(library, 2, 60)
    assert 55 <= len(program.templates) <= 60
    assert {each.operation for each in program.templates} == {each.label for each in askable(library)}


def test_unknown_source(library: Contract) -> None:
    """A source that there is not is refused with the nearest one."""
    with pytest.raises(UsageError, match="reading"):
        sources.program(library, 1, sources=["readings"])


def test_each_kind_on_each_operation(ours: Contract, questions: list[Question]) -> None:
    """Lists, searches and reads are each asked what belongs to them."""
    kinds: dict[str, set[str]] = defaultdict(set)
    for each in questions:
        kinds[each.template.operation].add(each.template.kind)
    for operation in askable(ours):
        wanted = {"auth", "negotiation", "method", "invalid"}
        if operation.paging is not None:
            wanted |= {"page", "boundary"}
        wanted |= {Role.SEARCH: {"search", "filter", "order"}, Role.LIST: {"list"}}.get(operation.role, {"read"})
        assert wanted <= kinds[operation.label], operation.label


def test_every_class_somewhere(ours: Contract, questions: list[Question]) -> None:
    """Of the classes that a whole program has, the default one asks most: all that matter for every operation."""
    chosen = sources.choose(ours, questions, sources.PER_OPERATION * len(ours.bundle.operations), 1)
    asked = {each.sort for each in chosen}
    assert len(asked) >= 0.8 * len({each.sort for each in questions})
    for sort in ("without credentials", "unknown id", "second page", "order asc by text", "order desc by text",
                 "Accept", "malformed body", "with a token that is none", "routes", "body minimum outside",
                 "body maximum outside"):  # fmt: skip
        assert sort in asked


def test_steps_taken_from_are_asked_before(program: Program) -> None:
    """What a step takes from another one is asked before it, whatever the budget leaves out."""
    before: set[str] = set()
    taken = 0
    for template in program.templates:
        for kind, asked in holes(template.to_json()):
            if kind == "$from":
                taken += 1
                assert asked["step"] in before
        before.add(template.name)
    assert taken


def test_bodies_are_what_they_are_said_to_be(library: Contract) -> None:
    """A body that is said to be inside satisfies the schema for requests, one said to be outside does not."""
    registry = jsonschema_rs.Registry([("urn:x", library.bundle.for_requests)], draft=jsonschema_rs.Draft202012)
    operations = {each.label: each for each in library.bundle.operations}
    seen: Counter[bool] = Counter()
    for each in inputs.questions(library, 1, writes=True):
        body, told = each.template.body, each.valid
        request = operations[each.template.operation].request
        media = json_media(request.content) if request is not None and body is not ABSENT else None
        if media is None or not each.sort.startswith("body ") or told is None:
            continue
        schema = {"$ref": f"urn:x#{quote(media.pointer, safe='/~')}"}
        validator = jsonschema_rs.Draft202012Validator(schema, registry=registry, validate_formats=True)
        assert validator.is_valid(body) is told, each
        seen[told] += 1
    assert seen[False] > 10


def test_constraints_have_both_sides(questions: list[Question]) -> None:
    """Of each declared bound there is a value inside and one outside."""
    sorts = {each.sort for each in questions}
    for word in ("minimum", "maximum", "enum", "type"):
        assert any(f"{word} outside" in sort for sort in sorts), word
    for word in ("minimum", "maximum", "enum", "default"):
        assert any(f"{word} inside" in sort for sort in sorts), word


def test_writers_only_refused(ours: Contract, questions: list[Question]) -> None:
    """Operations that write are asked only where that is allowed, and only what the bundle says is to be refused."""
    reads = {each.label for each in askable(ours)}
    assert {each.template.operation for each in questions} <= reads
    writers = [each for each in inputs.questions(ours, 1, writes=True) if each.template.operation not in reads]
    assert writers
    assert all(each.valid is False for each in writers)


def test_our_mock_keeps_the_promises(app: Any, ours: Contract, questions: list[Question]) -> None:
    """What the bundle promises to take our mock takes, what it says is refused is refused; nothing is forbidden."""
    chosen = sources.choose(ours, questions, 800, 5)
    told = {json.dumps(each.template.to_json()): each.valid for each in chosen}
    program = sources.arranged(chosen, 5)
    wrong, unasked = [], []
    for template, status in answers(app, ours, program.templates):
        promised = told[json.dumps(template.to_json())]
        if isinstance(status, str):
            unasked.append((template.operation, status))
        elif (promised is True and status >= 400) or (promised is False and not 400 <= status < 500) or status >= 500:
            wrong.append((template.operation, template.about, status))
    assert [each for each in wrong if not any(text in each[1] for text in LENIENT)] == []
    # There are no custom record types in the default scenario.
    assert {operation for operation, _ in unasked} <= {"GET /api/v1/records/custom/{name}"}


def test_writing_on_our_mock(app: Any, ours: Contract) -> None:
    """What must be refused is refused, and rows are created, seen, changed and deleted."""
    program = writing(ours, 1)
    assert json.dumps(program.to_json()) == json.dumps(writing(ours, 1).to_json())
    found = list(answers(app, ours, program.templates, writes=True))
    refused = [status for template, status in found if template.about.startswith("refused") and isinstance(status, int)]
    assert len(refused) > 40
    assert all(400 <= status < 500 for status in refused)
    for word in ("create it whole", "list after it is created", "change all", "delete it", "a batch of one"):
        asked = [status for template, status in found if template.about.startswith(word)]
        assert {200, 201} & set(asked), word


@pytest.mark.parametrize("name", ["box-3.0.json", "openai-3.1.yaml"])
def test_foreign_bundles(corpus: Path, name: str) -> None:
    """Any vendor's bundle gives a program that serves its reading operations, within the budget."""
    bundle = load_bundle(corpus / name)
    contract = Contract(bundle, infer_model(bundle))
    program = sources.program(contract, 1)
    assert len(program.templates) <= max(400, sources.PER_OPERATION * len(bundle.operations))
    asked = {each.operation for each in program.templates}
    assert asked == {each.label for each in askable(contract)}
