"""Regenerates the README's tables out of the code: `make docs`. tests/test_docs.py fails when they are out of date."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

from mockserver.settings import Settings
from mockserver.store.operators import OPERATORS

README = Path(__file__).resolve().parents[1] / "README.md"


def settings_table() -> str:
    """Each setting with its default and what it is for."""
    lines = ["| setting | default | what for |", "|---|---|---|"]
    for field in fields(Settings):
        default = "" if field.default in ("", (), None) else str(field.default)
        choices = f" ({', '.join(field.metadata['choices'])})" if field.metadata["choices"] else ""
        lines.append(f"| `{field.name.replace('_', '-')}` | {default} | {field.metadata['about']}{choices} |")
    return "\n".join(lines)


def operators_table() -> str:
    """Each operator with the sentence that explains it."""
    lines = ["| operator | meaning |", "|---|---|"]
    lines += [f"| `{name}` | {operator.text} |" for name, operator in OPERATORS.items()]
    return "\n".join(lines)


def updated(text: str) -> str:
    """The README with its tables as they should be."""
    for name, table in (("settings", settings_table()), ("operators", operators_table())):
        pattern = rf"(<!-- {name}: begin -->\n).*?(<!-- {name}: end -->)"
        text = re.sub(pattern, lambda m, table=table: f"{m[1]}{table}\n{m[2]}", text, flags=re.DOTALL)
    return text


if __name__ == "__main__":
    README.write_text(updated(README.read_text("utf-8")), "utf-8")
