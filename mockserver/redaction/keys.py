"""Keys: what makes pseudonyms the same over the runs of one folder, and others elsewhere."""

from __future__ import annotations

import os
import secrets as dice
from pathlib import Path

from mockserver.problems import UsageError


def redaction_key(folder: Path) -> bytes:
    """The key of pseudonyms that a folder (`.mockserver`) keeps, made on first use; never to be committed or sent."""
    file = folder / "redaction.key"
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists():
            _make_key(file)
        key = bytes.fromhex(file.read_text("ascii").strip())
    except OSError as error:
        raise UsageError(f"{file} cannot be made or read: {error.strerror or error}.") from error
    except ValueError as error:
        raise UsageError(f"{file} holds no key.", "Delete it; a new one is made.") from error
    if len(key) < 16:
        raise UsageError(f"{file} holds no whole key.", "Delete it; a new one is made.")
    return key


def _make_key(file: Path) -> None:
    """Put a new key in place, whole, unless another process was quicker."""
    beside = file.with_name(f"{file.name}.{os.getpid()}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as made:
        made.write(dice.token_hex(32))
    try:
        os.link(beside, file)
    except FileExistsError:
        return
    finally:
        beside.unlink()
