"""Ledger: what a run makes on a live server, on disk before the request leaves, so that it can always be removed.

Append-only JSON lines, each flushed to the disk before the run goes on: a killed process leaves a ledger that is right
up to its last line, and half a line at the end does no harm. What was made is written down as the requests that
remove it, so cleaning up needs no more than the file and a client.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mockserver.bundle.loader import Bundle
from mockserver.bundle.operations import Operation
from mockserver.environments.client import Client, Forbidden, Stopped
from mockserver.environments.removing import creates, outcome, removals, removes
from mockserver.exchanges import Exchange, Request
from mockserver.problems import UsageError

_ROUNDS = 5
UNKNOWN = "nobody knows whether it was made: no answer came, or none that says so"


@dataclass(slots=True)
class Entry:
    """A creating request: `removals` are the requests that remove what it made, `why` what speaks against removing it.

    `answered`: a reply said what became of it. `wanted` are the plain values that were sent, to find it by hand.
    """

    id: str
    at: str
    operation: str
    target: str
    wanted: str = ""
    answered: bool = False
    removals: list[dict[str, Any]] = field(default_factory=list)
    why: str = ""

    @property
    def shown(self) -> str:
        """What may be left over, in a line for people."""
        return f"{self.operation} at {self.at}{f' with {self.wanted}' if self.wanted else ''}"


class Ledger:
    """The ledger of one environment, in a file that is made with its folder when first written to.

    Several processes may write to it; whoever reads sees whole lines only. UsageError where it cannot be written: then
    nothing may be made either.
    """

    def __init__(self, file: Path) -> None:
        self.file = file

    def intend(self, operation: Operation, request: Request) -> str:
        """Note that a creating request is about to leave; gives the entry's id."""
        id_ = secrets.token_hex(8)
        now = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        self._append({
            "event": "intend", "id": id_, "at": now, "operation": operation.label, "target": request.path,
            "wanted": _wanted(request),
        })  # fmt: skip
        return id_

    def made(self, entry: str, removals: Sequence[Mapping[str, Any]] = (), why: str = "") -> None:
        """Note what a reply says was made; without removals and a reason why there are none: nothing was."""
        self._append({"event": "made", "id": entry, "removals": list(removals), "why": why})

    def removed(self, entry: str, at: int | None = None) -> None:
        """Note that one of the things an entry made is gone (by its place in `removals`), or all of it."""
        self._append({"event": "removed", "id": entry, "at": at})

    def open_entries(self) -> list[Entry]:
        """What may still be there, in the order in which it was made."""
        entries: dict[str, Entry] = {}
        for line in self._lines():
            event, entry = line.get("event"), entries.get(str(line.get("id")))
            if event == "intend" and entry is None:
                told = (str(line.get(name, "")) for name in ("id", "at", "operation", "target", "wanted"))
                id_, at, label, target, wanted = told
                entries[id_] = Entry(id_, at, label, target, wanted)
            elif event == "made" and entry is not None:
                entry.answered, entry.why = True, str(line.get("why", ""))
                entry.removals = [{**removal, "at": at} for at, removal in enumerate(line.get("removals") or ())]
            elif event == "removed" and entry is not None:
                gone = line.get("at")
                entry.removals = [r for r in entry.removals if gone is not None and r["at"] != gone]
                entry.answered, entry.why = True, entry.why if gone is not None else ""
        return [entry for entry in entries.values() if not entry.answered or entry.removals or entry.why]

    def _lines(self) -> Iterator[dict[str, Any]]:
        try:
            content = self.file.read_bytes()
        except FileNotFoundError:
            return
        except OSError as error:
            raise UsageError(f"The ledger {self.file} cannot be read: {error.strerror or error}.") from error
        for line in content.split(b"\n"):
            try:
                data = json.loads(line)
            except ValueError:
                continue  # half a line, of a process that was killed
            if isinstance(data, dict):
                yield data

    def _append(self, event: Mapping[str, Any]) -> None:
        line = json.dumps(event, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n"
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.file, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                end = os.lseek(descriptor, 0, os.SEEK_END)
                whole = end == 0 or os.pread(descriptor, 1, end - 1) == b"\n"
                os.write(descriptor, line if whole else b"\n" + line)
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise UsageError(
                f"The ledger {self.file} cannot be written: {error.strerror or error}.",
                "Nothing is made on a live server without it; make the folder writable.",
            ) from error


def watch(client: Client, ledger: Ledger) -> None:
    """Let a client write down in the ledger whatever it makes and removes from now on."""

    def before(request: Request, operation: Operation | None) -> Callable[[Exchange | None], None]:
        if operation is None or not creates(operation):
            return lambda exchange: _see_removal(ledger, operation, exchange)
        id_ = ledger.intend(operation, request)
        return lambda exchange: _see_creation(ledger, client.bundle, operation, id_, exchange)

    client.on_write = before


def clean_up(client: Client, ledger: Ledger, bundle: Bundle, _model: object = None) -> list[str]:
    """Remove what the ledger's open entries made, the last first; what is left over, each with the reason.

    What other things hang on goes after them: after a round that removed something another follows, five at most.
    """
    reasons: dict[tuple[str, int], str] = {}
    stopped = ""
    for _ in range(_ROUNDS):
        progress = False
        for entry in reversed(ledger.open_entries()):
            for removal in reversed(entry.removals):
                try:
                    reason = _remove(client, bundle, removal)
                except (Forbidden, Stopped) as error:
                    reason, stopped = str(error), str(error) if isinstance(error, Stopped) else stopped
                reasons[entry.id, removal["at"]] = reason
                if not reason:
                    ledger.removed(entry.id, removal["at"])
                    progress = True
            if stopped:
                break
        if stopped or not progress:
            break
    return list(_left(ledger.open_entries(), reasons, stopped))


def _left(entries: Iterable[Entry], reasons: Mapping[tuple[str, int], str], stopped: str) -> Iterator[str]:
    for entry in entries:
        if not entry.answered:
            yield f"{entry.shown}: {UNKNOWN}"
        elif not entry.removals:
            yield f"{entry.shown}: {entry.why}"
        for removal in entry.removals:
            reason = reasons.get((entry.id, removal["at"])) or stopped or "not tried"
            body = f" {json.dumps(removal['body'], ensure_ascii=False)}" if removal.get("body") is not None else ""
            yield f"{entry.shown}: {removal['operation']} ({removal['target']}{body}) {reason}"


def _remove(client: Client, bundle: Bundle, removal: Mapping[str, Any]) -> str:
    """Why it could not be removed; empty where it is gone."""
    method, _, path = str(removal["operation"]).partition(" ")
    operation = bundle.operations.at(method, path)
    body = removal.get("body")
    content = b"" if body is None else json.dumps(body, ensure_ascii=False).encode("utf-8", "surrogatepass")
    headers = (("Content-Type", str(removal.get("media") or "application/json")),) if content else ()
    request = Request(method, str(removal["target"]), headers, content)
    return outcome(client.send(request, operation=operation, purpose="cleanup"), operation)


def _see_creation(ledger: Ledger, bundle: Bundle, operation: Operation, entry: str, exchange: Exchange | None) -> None:
    if exchange is None:
        ledger.made(entry)  # it never left
    elif exchange.reply is None or exchange.reply.status >= 500:
        return  # it stays open: it may have been made all the same
    elif exchange.reply.status >= 300:
        ledger.made(entry)
    else:
        made, why = removals(bundle, operation, exchange)
        ledger.made(entry, made, why)


def _see_removal(ledger: Ledger, operation: Operation | None, exchange: Exchange | None) -> None:
    """A thing that the run itself removed needs no cleaning up."""
    if operation is None or exchange is None or not removes(operation) or exchange.request.body:
        return
    if outcome(exchange, operation):
        return
    for entry in ledger.open_entries():
        for removal in entry.removals:
            if removal["operation"] == operation.label and removal["target"] == exchange.request.target:
                ledger.removed(entry.id, removal["at"])


def _wanted(request: Request) -> str:
    """The short plain values of a JSON body that may name what was made; none that may be secret."""
    from mockserver.redaction.sensitive import CREDENTIALS, kind_of

    try:
        data = json.loads(request.body)
    except ValueError:
        return ""
    pairs = list(_plain(data))[:6]
    return ", ".join(f"{name}={value!r}" for name, value in pairs if kind_of(name) not in CREDENTIALS)[:200]


def _plain(data: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(data, list):
        for item in data[:3]:
            yield from _plain(item)
    elif isinstance(data, dict):
        for name, value in data.items():
            if isinstance(value, dict | list):
                yield from _plain(value)
            elif isinstance(value, str | int) and not isinstance(value, bool) and len(str(value)) <= 60:
                yield name, value
