"""The layers of ARCHITECTURE.md hold: a module imports only from its own layer or a lower one."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import mockserver

PACKAGE = Path(mockserver.__file__).parent
LAYERS = (
    {
        "clock",
        "paths",
        "problems",
        "findings",
        "settings",
        "exchanges",
        "runs",
        "baselines",
        "redaction",
        "reproduction",
    },
    {"bundle"},
    {"calls"},
    {"store", "entities"},
    {"serving"},
    {"admin"},
    {"app", "server"},
    {
        "cli",
        "console",
        "inspection",
        "checking",
        "comparing",
        "sides",
        "reporting",
        "explanations",
        "pytest_plugin",
        "__main__",
    },
)
# Apart from the server stands what judges servers: it speaks HTTP to an environment, and the mock is just one.
MAY_IMPORT = {
    "reports": LAYERS[0],
    "environments": LAYERS[0] | {"bundle"},
    "probes": LAYERS[0] | {"bundle", "store", "environments"},
    "checks": LAYERS[0] | {"bundle", "store", "environments", "probes"},
    "compare": LAYERS[0] | {"bundle", "store", "environments", "probes", "checks"},
}
ONLY_HERE = {"connexion": "serving/routing.py", "faker": "store/seeding.py", "schemathesis": "checks/"}
MODULES = sorted(PACKAGE.rglob("*.py"))


def imports(file: Path) -> list[tuple[str, bool]]:
    """The modules a file imports, and whether only type checkers see it."""
    tree = ast.parse(file.read_text("utf-8"))
    typing_only = {
        id(node)
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and isinstance(block.test, ast.Name) and block.test.id == "TYPE_CHECKING"
        for node in ast.walk(block)
    }
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(alias.name, id(node) in typing_only) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{a.name}" for a in node.names] if node.module == "mockserver" else [node.module]
            found += [(name, id(node) in typing_only) for name in names]
    return found


def layer(part: str) -> int | None:
    """The number of the layer that a part of the package stands in."""
    return next((i for i, parts in enumerate(LAYERS) if part in parts), None)


@pytest.mark.parametrize("file", MODULES, ids=lambda f: str(f.relative_to(PACKAGE)))
def test_imports_point_downwards(file: Path) -> None:
    """No module imports from a layer above its own."""
    part = file.relative_to(PACKAGE).parts[0].removesuffix(".py")
    own = layer(part)
    if part in MAY_IMPORT:
        parts = {
            name.split(".")[1]
            for name, typing_only in imports(file)
            if name.startswith("mockserver.") and not typing_only
        }
        assert parts - MAY_IMPORT[part] - {part} == set()
        return
    if own is None:
        assert file.name == "__init__.py"
        return
    upward = []
    for name, typing_only in imports(file):
        parts = name.split(".")
        if parts[0] == "mockserver" and len(parts) > 1 and not typing_only:
            other = len(LAYERS) - 2 if parts[1] in MAY_IMPORT else layer(parts[1])
            if other is not None and other > own:
                upward.append(name)

    assert upward == []


@pytest.mark.parametrize("file", MODULES, ids=lambda f: str(f.relative_to(PACKAGE)))
def test_heavy_libraries_have_one_home(file: Path) -> None:
    """Connexion and faker are imported by one module each, schemathesis by one folder."""
    place = str(file.relative_to(PACKAGE))
    homes = {name: ONLY_HERE.get(name.split(".")[0]) for name, _ in imports(file)}
    strangers = [name for name, home in homes.items() if home is not None and not place.startswith(home)]

    assert strangers == []


def test_every_part_has_a_layer() -> None:
    """A new folder or module of the package must be given its place among the layers."""
    parts = {f.relative_to(PACKAGE).parts[0].removesuffix(".py") for f in MODULES} - {"__init__", "_data"}

    assert {part for part in parts if layer(part) is None} - set(MAY_IMPORT) == set()
