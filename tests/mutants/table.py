"""The tables in the READMEs of tests/mutants and tests/drifts: `python -m tests.mutants.table` writes them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from tests.mutants.hook import Fault

TESTS = Path(__file__).resolve().parents[1]
_PLACE = re.compile(r"(<!-- table: begin -->\n).*?(<!-- table: end -->)", re.DOTALL)


def table(faults: Sequence[Fault]) -> str:
    """A row for each fault: name, class, what is wrong, who ought to find it; `*` marks the subtle ones."""
    lines = ["| name | class | what is wrong | expected of |", "|---|---|---|---|"]
    for fault in faults:
        star = " *" if fault.hard else ""
        lines.append(f"| `{fault.name}`{star} | {fault.kind} | {fault.description} | {', '.join(fault.expects)} |")
    return "\n".join(lines)


def updated(readme: Path, faults: Sequence[Fault]) -> str:
    """A README with its table as it should be."""
    return _PLACE.sub(lambda m: f"{m[1]}{table(faults)}\n{m[2]}", readme.read_text("utf-8"))


def main() -> None:
    """Write both tables."""
    from tests.drifts.corpus import DRIFTS
    from tests.mutants.corpus import MUTANTS

    corpora: tuple[tuple[str, Sequence[Fault]], ...] = (("mutants", MUTANTS), ("drifts", DRIFTS))
    for folder, faults in corpora:
        readme = TESTS / folder / "README.md"
        readme.write_text(updated(readme, faults), "utf-8")


if __name__ == "__main__":
    main()
