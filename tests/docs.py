"""Regenerates the READMEs' tables out of the code: `make docs`. tests/test_docs.py fails when they are out of date."""

from __future__ import annotations

import ast
import re
from dataclasses import fields
from pathlib import Path

from mockserver.settings import Settings
from mockserver.store.operators import OPERATORS

README = Path(__file__).resolve().parents[1] / "README.md"
PACKAGE = README.parent / "mockserver"
FOLDERS = sorted({file.parent for file in PACKAGE.rglob("*.py")})
_MODULES = re.compile(r"(<!-- modules: ([\w ]+) -->\n).*?(<!-- end -->)", re.DOTALL)


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


def modules_table(folder: Path, names: list[str]) -> str:
    """Each module with the sentence that it begins with."""
    lines = ["| file | what for |", "|---|---|"]
    for name in names:
        text = ast.get_docstring(ast.parse((folder / f"{name}.py").read_text("utf-8"))) or ""
        sentence = text.splitlines()[0].replace("|", "\\|")
        lines.append(f"| `{name}.py` | {sentence} |")
    return "\n".join(lines)


def updated_folder(folder: Path) -> str:
    """The README of a folder of the package with its tables as they should be."""
    text = (folder / "README.md").read_text("utf-8")
    return _MODULES.sub(lambda m: f"{m[1]}{modules_table(folder, m[2].split())}\n{m[3]}", text)


def modules_of(folder: Path) -> list[str]:
    """The modules that the README of a folder speaks of."""
    found = _MODULES.finditer((folder / "README.md").read_text("utf-8"))
    return [name for match in found for name in match[2].split()]


if __name__ == "__main__":
    README.write_text(updated(README.read_text("utf-8")), "utf-8")
    for folder in FOLDERS:
        (folder / "README.md").write_text(updated_folder(folder), "utf-8")
