"""Baselines: what was found before and accepted, each with a reason, an owner and a day on which that ends.

A baseline is a JSON file for people to read and to review: sorted, one entry a finding, without a value that changes
from run to run.
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import date
from pathlib import Path
from typing import Any

from mockserver.findings import Finding, Severity
from mockserver.problems import UsageError, did_you_mean
from mockserver.runs import Contract, Observation

VERSION = 1


@dataclass(frozen=True, slots=True)
class Entry:
    """An accepted finding; `key` is the finding's. Days as `2026-11-22`; without `expires` it holds for ever."""

    key: str
    code: str
    message: str
    reason: str
    owner: str
    first_seen: str
    operation: str = ""
    pointer: str = ""
    expires: str = ""

    def is_over(self, today: date) -> bool:
        """Whether its last day has passed."""
        return bool(self.expires) and date.fromisoformat(self.expires) < today

    @property
    def shown(self) -> dict[str, str]:
        """What an Observation says of it."""
        return {name: getattr(self, name) for name in ("reason", "owner", "first_seen", "expires")}


@dataclass(frozen=True, slots=True)
class Baseline:
    """What is accepted of one environment (or pair), for the bundle of a title; `sha256` is that of its last change."""

    title: str = ""
    sha256: str = ""
    entries: tuple[Entry, ...] = ()

    def apply(
        self,
        observations: Sequence[Observation],
        today: date,
        tested: Collection[str] | None = None,
        contract: Contract | None = None,
    ) -> tuple[Observation, ...]:
        """The observations as `new` or `known`, then an observation for each entry that is `gone`.

        `tested` are the labels of the operations that this run really tested (None: all of them): of the others
        nothing can be gone. An entry that is over accepts nothing; the observation's details say so.
        UsageError where the run was judged by another bundle than the baseline is for (`contract`).
        """
        if contract is not None and self.title and contract.title and self.title != contract.title:
            raise UsageError(
                f"The baseline is for the bundle {self.title!r}, not for {contract.title!r}.",
                "Give that bundle's own file with --baseline.",
            )
        entries = {entry.key: entry for entry in self.entries}
        judged = tuple(_judged(observation, entries.get(observation.key), today) for observation in observations)
        seen = {observation.key for observation in observations}
        gone = [e for e in self.entries if e.key not in seen and (tested is None or e.operation in {"", *tested})]
        return judged + tuple(_gone(entry) for entry in gone if entry.operation or tested is None or tested)

    def updated(
        self, observations: Sequence[Observation], reason: str, owner: str, today: date, expires: date | None = None
    ) -> Baseline:
        """With every observation accepted that was not; what is accepted already, and not over, stays as it is."""
        if not reason.strip() or not owner.strip():
            raise UsageError(
                "A finding is accepted with a reason and an owner.", "Give --reason TEXT and --owner NAME."
            )
        if expires is not None and expires < today:
            raise UsageError(f"{expires} is over already.", "Give a day to come, or none.")
        entries = {entry.key: entry for entry in self.entries}
        for observation in observations:
            finding, old = observation.finding, entries.get(observation.key)
            if observation.state != "gone" and (old is None or old.is_over(today)):
                entries[observation.key] = Entry(
                    observation.key, finding.code, finding.message, reason.strip(), owner.strip(),
                    old.first_seen if old else today.isoformat(), finding.operation, finding.pointer,
                    expires.isoformat() if expires else "",
                )  # fmt: skip
        return replace(self, entries=tuple(entries.values()))

    def pruned(self, observations: Iterable[Observation]) -> Baseline:
        """Without the entries that `apply` gave back as gone."""
        gone = {observation.accepted.get("key") for observation in observations if observation.state == "gone"}
        return replace(self, entries=tuple(entry for entry in self.entries if entry.key not in gone))

    def of(self, contract: Contract) -> Baseline:
        """The same for the bundle that a run was judged by."""
        return replace(self, title=contract.title, sha256=contract.sha256)

    def save(self, file: Path) -> None:
        """Write the file, whole or not at all; the same entries give the same bytes."""
        entries = sorted(self.entries, key=lambda entry: (entry.operation, entry.code, entry.message, entry.key))
        data = {
            "version": VERSION,
            "bundle": {"title": self.title, "sha256": self.sha256},
            "entries": [asdict(entry) for entry in entries],
        }
        beside = file.with_name(f"{file.name}.{os.getpid()}.part")
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            beside.write_text(json.dumps(data, indent=2, ensure_ascii=False) + "\n", "utf-8")
            beside.replace(file)
        except OSError as error:
            raise UsageError(f"The baseline {file} cannot be written: {error.strerror or error}.") from error


def load_baseline(file: Path, title: str = "") -> Baseline:
    """Read a baseline; with a `title`, that of the bundle in use, one of another bundle is a UsageError."""
    try:
        data = json.loads(file.read_bytes())
    except OSError as error:
        raise UsageError(
            f"The baseline {file} cannot be read: {error.strerror or error}.",
            "Without --baseline, every finding is new; --update-baseline makes the file.",
        ) from error
    except ValueError as error:
        raise UsageError(f"The baseline {file} is not JSON: {error}.", "Mend it there, or make it anew.") from error
    if not isinstance(data, dict) or data.get("version") != VERSION:
        raise UsageError(f"{file} is no baseline of version {VERSION}.", 'Its first key is "version": 1.')
    _only(data, {"version", "bundle", "entries"}, str(file))
    bundle, entries = data.get("bundle"), data.get("entries")
    if not isinstance(bundle, dict) or not isinstance(entries, list):
        raise UsageError(f"{file} lacks `bundle` (an object) or `entries` (a list).", "Make it anew.")
    _only(bundle, {"title", "sha256"}, f"{file}, bundle")
    made_for = str(bundle.get("title", ""))
    if title and made_for and made_for != title:
        raise UsageError(
            f"The baseline {file} is for the bundle {made_for!r}, not for {title!r}.", "Give that bundle's own file."
        )
    read = tuple(_entry(entry, f"{file}, entry {index}") for index, entry in enumerate(entries, 1))
    twice = {entry.key for entry in read if sum(other.key == entry.key for other in read) > 1}
    if twice:
        raise UsageError(f"{file} accepts {min(twice)} twice.", "Leave one of the entries.")
    return Baseline(made_for, str(bundle.get("sha256", "")), read)


def _entry(data: Any, place: str) -> Entry:
    if not isinstance(data, dict):
        raise UsageError(f"{place}: an entry is an object.", "See fixtures/README.md for its keys.")
    names = [field.name for field in fields(Entry)]
    _only(data, set(names), place)
    for name in ("key", "code", "message", "reason", "owner", "first_seen"):
        if not str(data.get(name) or "").strip():
            raise UsageError(
                f"{place}: {name} is missing.", "Whoever accepts a finding says why and who looks after it."
            )
    entry = Entry(**{name: str(data[name]) for name in names if data.get(name) is not None})
    for name in ("first_seen", "expires"):
        try:
            date.fromisoformat(getattr(entry, name) or "2000-01-01")
        except ValueError:
            said = getattr(entry, name)
            raise UsageError(f"{place}: {name} is {said!r}, which is no day.", "Write it as 2026-11-22.") from None
    return entry


def _only(data: Mapping[str, Any], known: set[str], place: str) -> None:
    strange = sorted(set(data) - known)
    if strange:
        raise UsageError(f"{place}: {strange[0]!r} is not known.{did_you_mean(strange[0], known)}", "Take it out.")


def _judged(observation: Observation, entry: Entry | None, today: date) -> Observation:
    if entry is None:
        return replace(observation, state="new", accepted={})
    if not entry.is_over(today):
        return replace(observation, state="known", accepted=entry.shown)
    note = f"was accepted by {entry.owner} until {entry.expires} ({entry.reason}), which is over"
    return replace(observation, state="new", accepted={}, details={**observation.details, "baseline": note})


def _gone(entry: Entry) -> Observation:
    finding = Finding(Severity.INFO, entry.code, entry.message, entry.operation, entry.pointer)
    return Observation(finding, count=0, state="gone", accepted={**entry.shown, "key": entry.key})
