"""Storage: comparisons on disk, redacted, so that they can be judged again, and be compared with the present."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from mockserver.bundle.loader import Bundle
from mockserver.compare.difference import ABSENT, Comparison, Difference
from mockserver.compare.program import Program
from mockserver.compare.record import Record, with_exchanges
from mockserver.compare.rules import Rules
from mockserver.exchanges import Request
from mockserver.problems import UsageError
from mockserver.redaction import Redactor

_RECORD, _PROGRAM, _RULES, RUN = "record.json", "program.json", "rules.toml", "run.json"
_STRANGE = re.compile(r"[^\w.@-]+")


def folder_of(runs: Path, names: tuple[str, str]) -> Path:
    """Where the comparisons of a pair of environments lie."""
    return runs / "-".join(["compare", *(_STRANGE.sub("-", name) for name in names)])


def save(record: Record, rules: Rules, runs: Path, redactor: Redactor) -> Path:
    """Keep a record without credentials and personal data; the folder, named by when the run began."""
    folder = folder_of(runs, record.names) / record.started.replace(":", "").rstrip("Z")
    folder.mkdir(parents=True, exist_ok=True)
    kept = redacted(record, redactor).to_json()
    _write(folder / _PROGRAM, kept.pop("program"))
    _write(folder / _RECORD, kept)
    (folder / _RULES).write_text(rules.to_toml(), "utf-8")
    return folder


def load(place: Path, bundle: Bundle) -> Record:
    """The record of a folder (or of a file in it); UsageError where there is none."""
    folder = place if place.is_dir() else place.parent
    if not (folder / _RECORD).is_file():
        inner = sorted(each for each in folder.glob("*/") if (each / _RECORD).is_file()) if folder.is_dir() else []
        if not inner or not place.is_dir():
            raise UsageError(f"{place} holds no stored comparison.", "Name a folder that `mockserver compare` saved.")
        folder = inner[-1]
    try:
        data = json.loads((folder / _RECORD).read_text("utf-8"))
        program = json.loads((folder / _PROGRAM).read_text("utf-8"))
        return Record.from_json({**data, "program": program}, bundle)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{folder} is no whole comparison: {error}.", "Compare again.") from error


def recorded(runs: Path, name: str, date: str, bundle: Bundle) -> tuple[Record, int]:
    """The newest comparison in which an environment took part at a date (as 2026-11-21), and as which side."""
    found = []
    for file in runs.glob(f"compare-*/*/{_RECORD}"):
        if file.parent.name.startswith(date.replace(":", "").rstrip("Z")):
            names = _names(file)
            if name in names:
                found.append((file.parent.name, file.parent, names.index(name)))
    if not found:
        kept = ", ".join(sorted(set(_dates(runs, name)))) or "none"
        raise UsageError(f"There is no recording of {name} at {date}.", f"There are: {kept}.")
    _, folder, side = max(found)
    return load(folder, bundle), side


def redacted(record: Record, redactor: Redactor) -> Record:
    """The record without credentials and personal data; what is compared in it compares as before."""
    made = with_exchanges(record, redactor.exchange)
    return replace(
        made,
        program=Program.from_json(redactor.value(made.program.to_json())),
        rounds=tuple(_comparison(comparison, redactor) for comparison in made.rounds),
        noise=(
            tuple(difference(each, redactor) for each in made.noise[0]),
            tuple(difference(each, redactor) for each in made.noise[1]),
        ),
        shown={
            key: replace(each, about=redactor.text(each.about), smallest=redactor.text(each.smallest))
            for key, each in made.shown.items()
        },
        stopped=redactor.text(made.stopped),
        notes=tuple(redactor.text(note) for note in made.notes),
        veiled=tuple(sorted(_veiled(record, made))),
    )


def _veiled(before: Record, after: Record) -> set[int]:
    """The steps whose requests are no longer what was sent, credentials apart."""
    found = set()
    for name, steps in before.sides.items():
        for one, other in zip(steps, after.sides[name], strict=True):
            sent, kept = bare(one.exchange.request), bare(other.exchange.request)
            if (sent.target, sent.body) != (kept.target, kept.body):
                found.add(one.number)
    return found


def difference(found: Difference, redactor: Redactor) -> Difference:
    """A difference whose values are redacted by the name of the place they stand in."""
    names = [part for part in found.pointer.split("/") if part and part not in ("[]", "{}", "*")]
    told = [_value(text, names, redactor) for text in (found.a, found.b)]
    return replace(
        found, a=told[0], b=told[1], message=redactor.text(found.message), detail=redactor.text(found.detail)
    )


def _value(text: str, names: list[str], redactor: Redactor) -> str:
    if text == ABSENT:
        return text
    try:
        value: Any = json.loads(text)
    except ValueError:
        return redactor.text(text)
    for name in reversed(names):
        value = {name: value}
    value = redactor.value(value)
    for name in names:
        value = value[name] if name in value else next(iter(value.values()))
    made = json.dumps(value, ensure_ascii=False)
    return text if made == json.dumps(json.loads(text), ensure_ascii=False) else made


def _comparison(comparison: Comparison, redactor: Redactor) -> Comparison:
    return replace(comparison, differences=tuple(difference(each, redactor) for each in comparison.differences))


def bare(request: Request) -> Request:
    """A stored request without the marks that stand where credentials were, ready to be sent with new ones."""
    kept = tuple((name, value) for name, value in request.headers if "<" not in value or name.lower() == "accept")
    return replace(request, headers=kept)


def _write(file: Path, data: Mapping[str, Any]) -> None:
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":")) + "\n"
    beside = file.with_suffix(".part")
    beside.write_bytes(text.encode("utf-8", "backslashreplace"))
    beside.replace(file)


def _names(file: Path) -> list[str]:
    try:
        return list(json.loads(file.read_text("utf-8"))["names"])
    except (OSError, ValueError, KeyError):
        return []


def _dates(runs: Path, name: str) -> Iterator[str]:
    for file in runs.glob(f"compare-*/*/{_RECORD}"):
        if name in _names(file):
            yield file.parent.name[:10]
