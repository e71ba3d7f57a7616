"""The peers: how each is installed (npm, outside the project's own dependencies) and started on the same bundle."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import openapi30
from servers import HERE, BenchError

NODE = "24"  # Prism 5.16 wants 24.18 or newer, Scalar's mock server 22 or newer
PRISM = ("@stoplight/prism-cli@5.16.0",)
SCALAR = ("@scalar/mock-server@0.14.4", "@hono/node-server@2.1.8")


@dataclass(frozen=True, slots=True)
class Place:
    """Where peers live and what they serve."""

    folder: Path
    bundle: Path

    def command(self, name: str, port: int) -> Sequence[str]:
        """The command that starts a peer, installed when it is not there yet. BenchError says why it cannot be."""
        return PEERS[name](self, port)


def _prism(place: Place, port: int) -> Sequence[str]:
    folder = _npm(place, "prism", PRISM)
    script = folder / "node_modules/@stoplight/prism-cli/dist/index.js"
    return [_node(place), str(script), "mock", str(place.bundle), "-h", "127.0.0.1", "-p", str(port)]


def _prism_quiet(place: Place, port: int) -> Sequence[str]:
    return [*_prism(place, port), "--verboseLevel", "fatal"]


def _scalar(place: Place, port: int) -> Sequence[str]:
    folder = _npm(place, "scalar", SCALAR)
    script = folder / "server.mjs"  # Node looks for packages beside the script
    shutil.copyfile(HERE / "peer_scalar.mjs", script)
    return [_node(place), str(script), str(place.bundle), str(port)]


def _connexion(place: Place, port: int) -> Sequence[str]:
    file = place.folder / "bundle30.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(openapi30.converted(place.bundle)), "utf-8")
    return [sys.executable, str(HERE / "peer_connexion.py"), str(file), str(port)]


PEERS: dict[str, Callable[[Place, int], Sequence[str]]] = {
    "prism": _prism,
    "prism-quiet": _prism_quiet,
    "scalar": _scalar,
    "connexion": _connexion,
}


def _node(place: Place) -> str:
    own = shutil.which("node")
    if own:
        said = subprocess.run([own, "--version"], capture_output=True, text=True, check=False).stdout
        version = tuple(map(int, re.findall(r"\d+", said)[:2]))
        if version >= (24, 18):
            return own
    node = _npm(place, "node", (f"node@{NODE}",)) / "node_modules/node/bin/node"
    if not node.is_file():
        raise BenchError(f"the npm package node@{NODE} brought no Node for this machine")
    return str(node)


def _npm(place: Place, name: str, packages: Sequence[str]) -> Path:
    folder = place.folder / name
    done = folder / "installed.json"
    if done.is_file() and json.loads(done.read_text("utf-8")) == list(packages):
        return folder
    npm = shutil.which("npm")
    if npm is None:
        raise BenchError("npm is not on PATH")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "package.json").write_text('{"private": true}\n', "utf-8")
    print(f"installing {' '.join(packages)} into {folder}", file=sys.stderr)
    # Without --engine-strict a newer Node than npm's own is no obstacle: the peers run on _node().
    command = [npm, "install", "--no-audit", "--no-fund", "--loglevel=error", *packages]
    try:
        ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=600)
    except subprocess.TimeoutExpired:
        raise BenchError("npm install took longer than 600 s") from None
    if ran.returncode:
        raise BenchError(f"npm install failed: {' '.join(ran.stderr.split())[:300]}")
    done.write_text(json.dumps(list(packages)), "utf-8")
    return folder
