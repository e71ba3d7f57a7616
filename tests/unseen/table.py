"""The table in the README of this folder: `python -m tests.unseen.table` writes it."""

from __future__ import annotations

from pathlib import Path

from tests.mutants.table import updated
from tests.unseen.corpus import UNSEEN

README = Path(__file__).parent / "README.md"


def main() -> None:
    """Write the table."""
    README.write_text(updated(README, UNSEEN), "utf-8")


if __name__ == "__main__":
    main()
