"""Writing: sequences that create a row, look at it everywhere, change it, delete it, and ask for it once more.

They are sent only where both sides may be written to. Each begins with requests that must be refused and ends with the
row deleted, where the bundle has an operation for that.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from random import Random

from mockserver.bundle.operations import Operation, Role
from mockserver.compare.batching import Batching, list_of_items
from mockserver.compare.boundaries import Admission
from mockserver.compare.inputs import questions as input_questions
from mockserver.compare.lives import Act, Life
from mockserver.compare.makings import Numbers
from mockserver.compare.program import Program, Template, holes
from mockserver.compare.questions import Question, token_operation
from mockserver.probes.base import Contract

MOST = 400  # steps of all sequences together
_FEWEST = 16  # steps of one sequence, however many there are
_REFUSED = 4  # requests that must be refused, of each operation
_ABOUT_ROWS = (Role.UPDATE, Role.REPLACE, Role.DELETE)
_STRANGERS = frozenset({"default", "expired", "other-tenant"})  # whose rows could not be removed, or who never may


def writing(contract: Contract, seed: int, actors: Collection[str] = (), most: int = MOST) -> Program:
    """A sequence for each operation that creates rows, of at most so many steps in all; the same for the same seed.

    Batches that create or change at once (role upsert) are sent with rows of their own and read back.
    """
    operations = list(_makers(contract))
    if not operations:
        return Program((), seed)
    refused = [each for each in input_questions(contract, seed, writes=True) if each.valid is False]
    admission, numbers = Admission(contract), Numbers()
    asking = tuple(sorted(set(actors) - _STRANGERS))
    made: list[Template] = []
    left = max(most, _FEWEST * len(operations))
    for at, operation in enumerate(operations):
        dice = Random(f"{seed} {operation.id}")  # noqa: S311  a choice of questions, no secret
        own = [each.template for each in refused if each.template.operation == operation.label and each.template.actor]
        chosen = [*dice.sample(own, min(_REFUSED, len(own))), *_of_rows(refused, operation, contract, dice)]
        sort = Life if operation.role is Role.CREATE else Batching
        acts = sort(contract, operation, admission, numbers, asking, chosen).acts()
        kept = _kept(list(acts), max(_FEWEST, left // (len(operations) - at)))
        left -= len(kept)
        made += [replace(each, sequence=f"{operation.label} from the first to the last") for each in kept]
    return Program(tuple(made), seed)


def _of_rows(refused: Sequence[Question], maker: Operation, contract: Contract, dice: Random) -> Iterator[Template]:
    """Requests about one row that must be refused, one of each sort: they are asked of a row of the sequence's own."""
    for operation in contract.bundle.operations:
        if operation.entity != maker.entity or operation.role not in _ABOUT_ROWS or not operation.key:
            continue
        about = [each for each in refused if each.template.operation == operation.label
                 and any(kind == "$row" for kind, _ in holes(each.template.path))]  # fmt: skip
        by_sort = {each.sort: each.template for each in dice.sample(about, len(about))}
        yield from by_sort.values()


def _makers(contract: Contract) -> Iterator[Operation]:
    """The operations that make rows; a batch that only changes is asked together with the one that makes."""
    giving = token_operation(contract)
    operations = contract.bundle.operations
    for operation in operations:
        if operation is giving:
            continue
        if operation.role is Role.CREATE:
            yield operation
        elif operation.role is Role.UPSERT and not operation.key and list_of_items(contract, operation) is not None:
            first = operations.at("POST", operation.path)
            if first is operation or first is None or first.role is not Role.UPSERT:
                yield operation


def _kept(acts: list[Act], most: int) -> list[Template]:
    """The acts that matter most, in their order: what others need matters more than they."""
    ranked = sorted(range(len(acts)), key=lambda at: (acts[at].level, at))[:most]
    return [acts[at].template for at in sorted(ranked)]
