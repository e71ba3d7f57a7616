"""A new bundle put in place: nothing is lost, and everything is said."""

from __future__ import annotations

import hashlib
import subprocess
import threading
from collections.abc import Iterator
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from mockserver.bundle.update import render, update
from mockserver.problems import BundleError, UsageError

OLD = "openapi: 3.1.0\ninfo: {title: Zoo, version: '1'}\npaths: {/a: {get: {operationId: a, responses: {}}}}\n"
NEW = OLD.replace("/a:", "/b:")
DAY = date(2026, 11, 22)


@pytest.fixture(autouse=True)
def surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache of the test's own, and no proxy between it and its server."""
    monkeypatch.setenv("MOCKSERVER_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """The old bundle in its place, with an overlay beside it."""
    folder = tmp_path / "spec"
    (folder / "overlays").mkdir(parents=True)
    (folder / "overlays" / "10-a.overlay.yaml").write_text(
        "overlay: 1.0.0\nactions: [{target: \"$.paths['/a']\", update: {summary: A}}]\n"
    )
    (folder / "zoo.yaml").write_text(OLD)
    return folder / "zoo.yaml"


@pytest.fixture
def download(tmp_path: Path) -> Path:
    """The downloaded bundle."""
    file = tmp_path / "download.yaml"
    file.write_text(NEW)
    return file


def test_the_new_bundle_takes_the_place(target: Path, download: Path) -> None:
    """Byte for byte, with checksum and date beside it; the old one is kept."""
    done = update(download, target, today=DAY)

    assert target.read_text() == NEW
    assert done.previous is not None
    assert done.previous.read_text() == OLD
    assert done.sha256 == hashlib.sha256(NEW.encode()).hexdigest()
    sums = (target.parent / "SHA256SUMS").read_text()
    assert sums == f"# zoo.yaml of 2026-11-22, from download.yaml\n{done.sha256}  zoo.yaml\n"
    assert target.stat().st_mode & 0o777 == 0o644
    assert sorted(p.name for p in target.parent.iterdir()) == sorted(
        ["SHA256SUMS", "overlays", "zoo.yaml", done.previous.name]
    )


def test_checksums_can_be_checked(target: Path, download: Path) -> None:
    """The usual tool takes the file, and lines on other files stay."""
    sums = target.parent / "SHA256SUMS"
    empty = hashlib.sha256(b"").hexdigest()
    (target.parent / "other").touch()
    sums.write_text(f"{empty}  other\n{'0' * 64}  zoo.yaml\n# zoo.yaml of 2020-01-01, from x\n")

    update(download, target)

    out = subprocess.run(
        ["sha256sum", "-c", "SHA256SUMS"], cwd=target.parent, capture_output=True, text=True, check=True
    )
    assert out.stdout.splitlines() == ["other: OK", "zoo.yaml: OK"]
    assert sums.read_text().count("zoo.yaml") == 2


def test_changes_and_stale_overlays_are_told(target: Path, download: Path) -> None:
    """What changed for clients, and which overlay no longer matches, in text and as data."""
    done = update(download, target, today=DAY)
    text = render(done)

    assert [(c.kind, c.operations) for c in done.changes] == [("breaking", ("GET /a",)), ("compatible", ("GET /b",))]
    assert [(f.code, Path(f.file).name, f.line) for f in done.stale] == [("MS001", "10-a.overlay.yaml", 2)]
    assert f"{target} now holds download.yaml" in text
    assert "2 changes: 1 breaking, 1 compatible." in text
    assert text.endswith("1 overlay action went stale.")
    assert f"The old one is kept as {done.previous}." in text


def test_nothing_is_lost_by_a_second_update(target: Path, download: Path) -> None:
    """Each old bundle has a name of its own."""
    first = update(download, target)
    download.write_text(NEW.replace("/b:", "/c:"))
    second = update(download, target)

    assert first.previous is not None
    assert second.previous is not None
    assert first.previous.read_text() == OLD
    assert second.previous.read_text() == NEW


def test_the_same_bundle_changes_nothing(target: Path, download: Path) -> None:
    """The same bytes are said to be up to date."""
    download.write_text(OLD)

    done = update(download, target)

    assert done.same
    assert not (target.parent / "SHA256SUMS").exists()
    assert "is up to date" in render(done)


def test_a_first_bundle_has_nothing_to_be_compared_with(tmp_path: Path, download: Path) -> None:
    """An empty place is filled, its folder made."""
    done = update(download, tmp_path / "new" / "zoo.yaml", today=DAY)

    assert done.previous is None
    assert done.changes == ()
    assert "There was no bundle before; this one has 1 operations." in render(done)


def test_a_broken_old_bundle_is_no_hindrance(target: Path, download: Path) -> None:
    """It is kept all the same, and why nothing was compared is said."""
    target.write_text("not: openapi")

    done = update(download, target)

    assert done.previous is not None
    assert done.previous.read_text() == "not: openapi"
    assert "could not be read" in render(done)


@pytest.mark.parametrize("text", ["", "swagger: '2.0'", "a: [", "openapi: 3.1.0\npaths: {/a: {$ref: other.yaml}}"])
def test_what_cannot_be_served_changes_nothing(target: Path, download: Path, text: str) -> None:
    """The old bundle stays, and the error names the download."""
    download.write_text(text)

    with pytest.raises(BundleError, match=r"download\.yaml"):
        update(download, target)

    assert target.read_text() == OLD
    assert sorted(p.name for p in target.parent.iterdir()) == ["overlays", "zoo.yaml"]


def test_a_missing_download_has_neighbours(target: Path, download: Path) -> None:
    """A misspelt name is met with the nearest file."""
    with pytest.raises(BundleError, match="does not exist") as caught:
        update(download.with_name("downlod.yaml"), target)

    assert "download.yaml" in caught.value.hint


class _Vendor(BaseHTTPRequestHandler):
    """A vendor's download page."""

    def do_GET(self) -> None:
        found = self.path.startswith("/openapi.yaml")
        self.send_response(200 if found else 404)
        self.end_headers()
        self.wfile.write(NEW.encode() if found else b"")

    def log_message(self, *_: object) -> None:
        """Nothing: the test's output is its own."""


@pytest.fixture
def vendor() -> Iterator[int]:
    """The port of a vendor's server."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Vendor)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_address_is_fetched(target: Path, vendor: int) -> None:
    """The source is recorded without the secrets of its address."""
    done = update(f"http://user:secret@127.0.0.1:{vendor}/openapi.yaml?token=secret", target, today=DAY)

    assert target.read_text() == NEW
    assert done.source == f"http://127.0.0.1:{vendor}/openapi.yaml"
    assert "secret" not in (target.parent / "SHA256SUMS").read_text() + render(done)


def test_an_address_that_refuses_is_told(target: Path, vendor: int) -> None:
    """The status is named, and the way by hand."""
    with pytest.raises(UsageError, match="answers 404") as caught:
        update(f"http://127.0.0.1:{vendor}/nothing", target)

    assert "mockserver bundle update FILE" in caught.value.hint
    assert target.read_text() == OLD


def test_without_network_the_way_by_file_is_told(target: Path) -> None:
    """No connection: said, with how to go on."""
    with pytest.raises(UsageError, match="cannot be reached") as caught:
        update("http://127.0.0.1:9/openapi.yaml", target)

    assert "give the file" in caught.value.hint
    assert target.read_text() == OLD
