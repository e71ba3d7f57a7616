"""Compiled bundles on disk: what was read, mended and resolved once need not be so again."""

from __future__ import annotations

import contextlib
import gc
import hashlib
import marshal
import os
import sys
import tempfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from mockserver import paths

_KEPT = 24
# (sha256, version, title, release), document, findings, overlays, other files and their checksums
Compiled = tuple[tuple[str, ...], dict[str, Any], list[Any], list[Any], dict[str, str]]


def key_of(path: Path, data: bytes, overlays: Sequence[tuple[Path, bytes]]) -> str:
    """Everything the compiled bundle depends on, this program's own code included."""
    from mockserver import __version__

    code = [(entry.name, entry.stat().st_mtime_ns) for entry in Path(__file__).parent.glob("*.py")]
    parts = [__version__, str(sys.version_info[:2]), str(sorted(code)), str(path), str(path.resolve())]
    parts += [str(name) for name, _ in overlays]
    digest = hashlib.sha256("\0".join(parts).encode(errors="surrogateescape"))
    for content in (data, *(content for _, content in overlays)):
        digest.update(hashlib.sha256(content).digest())
    return digest.hexdigest()


def cached(key: str) -> Compiled | None:
    """What was compiled before, if it is whole and no other file it was made of has changed; else None."""
    try:
        data = (paths.cache_folder() / "bundles" / key).read_bytes()
        if len(data) < 4 or zlib.crc32(data[4:]) != int.from_bytes(data[:4], "big"):
            return None
        with no_gc():
            compiled: Compiled = marshal.loads(data[4:])  # noqa: S302  our own file, checksum held
        for name, sha256 in compiled[4].items():
            if sha256 and hashlib.sha256(Path(name).read_bytes()).hexdigest() != sha256:
                return None
    except (OSError, ValueError, EOFError, TypeError, IndexError):
        return None
    return compiled


def keep(key: str, compiled: Compiled) -> None:
    """Write a compiled bundle, whole or not at all; what cannot be written is no error."""
    with contextlib.suppress(OSError, ValueError):  # marshal refuses what is nested too deeply
        data = marshal.dumps(compiled)
        folder = paths.cache_folder() / "bundles"
        folder.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=folder)
        with os.fdopen(handle, "wb") as file:
            file.write(zlib.crc32(data).to_bytes(4, "big") + data)
        Path(name).replace(folder / key)
        old = sorted(folder.iterdir(), key=lambda entry: entry.stat().st_mtime, reverse=True)[_KEPT:]
        for entry in old:
            entry.unlink()


@contextlib.contextmanager
def no_gc() -> Iterator[None]:
    """Thousands of new containers make the collector run again and again, for nothing: five times slower."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
