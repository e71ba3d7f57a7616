"""What a comparison is given and gives: steps of two sides, differences, and what agreed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from mockserver.bundle.operations import Operation
from mockserver.compare.codes import CLASSES, SEVERITIES, Impact
from mockserver.exchanges import Exchange
from mockserver.findings import Severity

ABSENT = "<absent>"


@dataclass(frozen=True, slots=True)
class Step:
    """One request of the program, as one side executed it.

    `number` and `about` ("read client by id") are the same on both sides. `same_row`: the rows asked for correspond on
    both sides (True), do not (False), nothing is known (None); `of` are the keys of the rows whose values are asked
    for. An exchange without reply is never compared; one without
    `at` was never sent (there was no row to ask for).
    """

    number: int
    operation: Operation | None
    exchange: Exchange
    about: str = ""
    same_row: bool | None = None
    of: frozenset[str] = frozenset()

    @property
    def label(self) -> str:
        """The operation's name for people."""
        return self.operation.label if self.operation is not None else self.exchange.operation or "-"


Side = Sequence[Step]


@dataclass(frozen=True, slots=True)
class Difference:
    """One way in which the sides differ, `count` times; `step` is the first that showed it.

    `cls` is a class of `codes.CLASSES`. `place` is `status`, `header:Location`, `body`, `took`. `pointer` leads into
    the body with `[]` for each position of a list and `{}` for keys that are data. `a` and `b` are JSON texts of what
    was seen, or `<absent>`. `message` names forms, never values, and is stable over runs; `detail` has the values.
    `group` is the schema in the bundle behind the place: differences that share it have one cause.
    """

    step: int
    operation: str
    cls: str
    impact: Impact
    place: str
    pointer: str
    a: str
    b: str
    message: str
    detail: str = ""
    group: str = ""
    count: int = 1

    @property
    def code(self) -> str:
        """The code of its class."""
        return CLASSES[self.cls].code

    @property
    def severity(self) -> Severity:
        """Its impact in the words of findings."""
        return SEVERITIES[self.impact]

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What is the same difference: class, operation, place, pointer."""
        return self.cls, self.operation, self.place, self.pointer


@dataclass(frozen=True, slots=True)
class Share:
    """How many facts of a class were compared for an operation, and how many agreed."""

    compared: int
    agreed: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """What came out: differences, facts per (operation, class), the steps that were not compared and why.

    `hits` counts for each rule (by its place in the rules) how often it was needed.
    """

    differences: tuple[Difference, ...]
    compared: Mapping[tuple[str, str], Share]
    not_compared: tuple[tuple[int, str], ...] = ()
    hits: Mapping[int, int] = field(default_factory=dict)

    def groups(self) -> dict[str, list[Difference]]:
        """The differences by their common cause in the bundle; those without one stand alone."""
        found: dict[str, list[Difference]] = {}
        for difference in self.differences:
            alone = f"{difference.operation} {difference.place}{difference.pointer}"
            found.setdefault(f"{difference.cls} {difference.group or alone}", []).append(difference)
        return found


class Ledger:
    """Takes facts as they are compared: what agrees is counted, what differs is kept once per key."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str, str, str], Difference] = {}
        self._compared: Counter[tuple[str, str]] = Counter()
        self._agreed: Counter[tuple[str, str]] = Counter()

    def same(self, operation: str, cls: str, times: int = 1) -> None:
        """So many facts of a class agreed."""
        self._compared[operation, cls] += times
        self._agreed[operation, cls] += times

    def differ(  # noqa: PLR0913  what differs, where and how, is told in one call
        self,
        step: Step,
        cls: str,
        place: str,
        says: str,
        seen: tuple[str, str],
        pointer: str = "",
        *,
        detail: str = "",
        group: str = "",
        impact: Impact | None = None,
        count: int = 1,
    ) -> None:
        """A fact differs; `says` are the forms on both sides, such as "integer -> string"."""
        where = f"{place}{' ' + pointer if pointer else ''}"
        found = Difference(
            step.number,
            step.label,
            cls,
            impact or CLASSES[cls].impact,
            place,
            pointer,
            seen[0][:200],
            seen[1][:200],
            f"{cls} at {where}: {says}",
            detail,
            group,
            count,
        )
        self._compared[step.label, cls] += count
        known = self._found.get(found.key)
        self._found[found.key] = found if known is None else replace(known, count=known.count + count)

    def adopt(self, found: Difference) -> None:
        """Take over a difference that was found elsewhere, unless it is known."""
        self._found.setdefault(found.key, found)

    def merge(self, other: Ledger, without: Collection[tuple[str, str, str, str]] = ()) -> None:
        """Take over all that another ledger holds, but for the differences with these keys."""
        self._compared += other._compared
        self._agreed += other._agreed
        for key, found in other._found.items():
            if key not in without:
                known = self._found.get(key)
                self._found[key] = found if known is None else replace(known, count=known.count + found.count)

    @property
    def differences(self) -> list[Difference]:
        """All differences, by step, then as found."""
        return sorted(self._found.values(), key=lambda found: found.step)

    def shares(self) -> dict[tuple[str, str], Share]:
        """What was compared and what agreed."""
        return {key: Share(number, self._agreed[key]) for key, number in sorted(self._compared.items())}
