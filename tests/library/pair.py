"""Two lending libraries by name, `staging` and `sandbox`, and what comparing them left on the disk."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.library.server import BUNDLE, Library, library

BOOKS = ("--bundle", str(BUNDLE), "--max-requests", "240")
RULES = Path("fixtures/baselines/compare-staging-sandbox.toml")


@contextmanager
def libraries(*faults: str, **more: Any) -> Iterator[tuple[Library, Library]]:
    """Two libraries, `staging` and `sandbox` of a pyproject.toml; the second has other ids, and faults."""
    with library() as a, library(*faults) as b:
        b.books = {number + 400: {**book, "id": number + 400} for number, book in b.books.items()}
        b._last = 423
        name_them(a, b, **more)
        yield a, b


def name_them(a: Library, b: Library, **more: Any) -> None:
    """Writes the pyproject.toml that names both."""
    lines = []
    for name, served in (("staging", a), ("sandbox", b)):
        lines += [f"[tool.mockserver.environments.{name}]"]
        lines += [f"{key} = {json.dumps(value)}" for key, value in {"url": served.url, "rate": 0, **more}.items()]
        lines += [f'actors.default.token-variable = "{name.upper()}_KEY"', ""]
    Path("pyproject.toml").write_text("\n".join(lines), "utf-8")


def behaving(served: Library, change: Callable[[Any, str, str], Any]) -> None:
    """Puts something in the way of a library: `change(answer, method, target)` is its reply from now on."""
    inner = served.answer

    def answer(method: str, target: str, headers: Any, body: bytes) -> Any:
        return change(inner(method, target, headers, body), method, target)

    served.answer = answer  # type: ignore[method-assign]


def kept() -> Path:
    """The folder of the newest comparison of staging and sandbox."""
    return max(Path(".mockserver/runs/compare-staging-sandbox").iterdir())


def told(folder: Path | None = None) -> dict[str, Any]:
    """The run.json of a comparison, else of the newest one."""
    loaded: dict[str, Any] = json.loads(((folder or kept()) / "run.json").read_text("utf-8"))
    return loaded


def classes() -> set[str]:
    """The classes of what the newest comparison found."""
    return {each["details"].get("class", "") for each in told()["observations"]}


def found(run: dict[str, Any]) -> list[tuple[Any, ...]]:
    """What a run says: codes, operations, places, owners."""
    return sorted(
        (o["finding"]["code"], o["finding"]["operation"], o["finding"]["message"], o["state"], o["verdict"])
        for o in run["observations"]
    )


def files() -> Iterator[Path]:
    """Every file below the folder that the command ran in."""
    return (file for file in Path().rglob("*") if file.is_file())
