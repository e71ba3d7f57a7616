"""A downloaded bundle put in the place of the old one, with what that changes for clients and overlays."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from mockserver import paths
from mockserver.bundle.changes import Change, changes
from mockserver.bundle.changes import render as render_changes
from mockserver.bundle.loader import Bundle, load_bundle
from mockserver.bundle.overlay import read
from mockserver.findings import Finding
from mockserver.problems import BundleError, UsageError

_SUMS = "SHA256SUMS"


@dataclass(frozen=True, slots=True)
class Updated:
    """What an update did: the bundle's place and checksum, where the old one is kept, what is different now."""

    target: Path
    sha256: str
    date: str
    source: str
    previous: Path | None
    same: bool
    changes: tuple[Change, ...]
    stale: tuple[Finding, ...]
    note: str = ""


def update(
    source: str | Path,
    target: Path = paths.BUNDLE,
    *,
    overlays: Sequence[Path] | None = None,
    today: date | None = None,
) -> Updated:
    """Put the bundle of a file or an address at `target`, byte for byte.

    It is read first: what cannot be served changes nothing (BundleError). The old one stays beside it under the
    first figures of its checksum; `SHA256SUMS` tells checksum, date and source in the form `sha256sum -c` takes.
    `overlays` (by default those in `overlays/` beside the target) are tried, and what matches nothing now is told.
    """
    data, origin = _bytes(source)
    sha256 = hashlib.sha256(data).hexdigest()
    day = (today or datetime.now(UTC).date()).isoformat()
    if overlays is None:
        overlays = sorted((target.parent / "overlays").glob("*.overlay.y*ml"))
    old_bytes = target.read_bytes() if target.is_file() else None
    if old_bytes == data:
        return Updated(target, sha256, day, origin, None, same=True, changes=(), stale=())
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = _beside(target, data)
    try:
        new = _loaded(fresh, origin)
        stale = tuple(f for f in load_bundle(fresh, overlays, cache=False).findings if f.code == "MS001")
        found, note = _compared(target, old_bytes, new)
        previous = _keep(target, old_bytes)
        fresh.replace(target)
    finally:
        fresh.unlink(missing_ok=True)
    _record(target, sha256, day, origin)
    return Updated(target, sha256, day, origin, previous, False, tuple(found), stale, note)


def render(done: Updated) -> str:
    """What an update did, as lines of a terminal."""
    if done.same:
        return f"{done.target} is up to date (sha256 {done.sha256[:12]})."
    lines = [f"{done.target} now holds {done.source} (sha256 {done.sha256[:12]}, {done.date})."]
    if done.previous:
        lines.append(f"The old one is kept as {done.previous}.")
    lines += ["", done.note or render_changes(done.changes)]
    if done.stale:
        lines.append("")
        lines += [f"{finding.file}:{finding.line}  {finding.code}  {finding.message}" for finding in done.stale]
        lines.append(f"{len(done.stale)} overlay {'action' if len(done.stale) == 1 else 'actions'} went stale.")
    return "\n".join(lines)


def _bytes(source: str | Path) -> tuple[bytes, str]:
    """The bundle's bytes, and what to call their source: an address without credentials or query."""
    address = str(source)
    if not address.startswith(("http://", "https://")):
        return read(Path(source), "downloaded bundle"), Path(source).name
    parts = urlsplit(address)
    shown = urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
    import httpx

    try:
        answer = httpx.get(address, timeout=60, follow_redirects=True)
        answer.raise_for_status()
    except (httpx.HTTPStatusError, httpx.InvalidURL) as error:
        status = f"answers {error.response.status_code}" if isinstance(error, httpx.HTTPStatusError) else "is no URL"
        raise UsageError(f"{shown} {status}.", "Download it by hand: mockserver bundle update FILE") from None
    except httpx.HTTPError as error:
        hint = "Without network, download it elsewhere and give the file: mockserver bundle update FILE"
        raise UsageError(f"{shown} cannot be reached: {str(error) or type(error).__name__}.", hint) from None
    return answer.content, shown


def _beside(target: Path, data: bytes) -> Path:
    """The new bundle in the folder of the old one, so that references to neighbours are found."""
    handle, name = tempfile.mkstemp(prefix=".", suffix=target.suffix, dir=target.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
    fresh = Path(name)
    fresh.chmod(0o644)
    return fresh


def _loaded(fresh: Path, origin: str) -> Bundle:
    try:
        return load_bundle(fresh, cache=False)
    except BundleError as error:
        raise BundleError(str(error).replace(str(fresh), origin), error.hint) from None


def _compared(target: Path, old_bytes: bytes | None, new: Bundle) -> tuple[list[Change], str]:
    """The vendor's changes, overlays apart."""
    if old_bytes is None:
        return [], f"There was no bundle before; this one has {len(new.operations)} operations."
    try:
        old = load_bundle(target, cache=False)
    except BundleError as error:
        return [], f"The old bundle could not be read, so nothing was compared: {error}"
    return changes(old, new), ""


def _keep(target: Path, old_bytes: bytes | None) -> Path | None:
    """The old bundle under a name of its own, which a later update does not take."""
    if old_bytes is None:
        return None
    previous = target.with_name(f"{target.name}.{hashlib.sha256(old_bytes).hexdigest()[:12]}.previous")
    previous.write_bytes(old_bytes)
    return previous


def _record(target: Path, sha256: str, day: str, origin: str) -> None:
    """Checksum, date and source beside the bundle; lines on other files stay."""
    sums = target.with_name(_SUMS)
    lines = sums.read_text(encoding="utf-8").splitlines() if sums.is_file() else []
    own = (f"  {target.name}", f" *{target.name}")
    kept = [line for line in lines if not line.endswith(own) and not line.startswith(f"# {target.name} ")]
    kept += [f"# {target.name} of {day}, from {origin}", f"{sha256}  {target.name}"]
    sums.write_text("\n".join(kept) + "\n", encoding="utf-8")
