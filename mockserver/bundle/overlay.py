"""OpenAPI Overlays 1.0 and 1.1: corrections to a bundle that leave the vendor's file as it is."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from mockserver.bundle.lines import Lines
from mockserver.bundle.sources import parse
from mockserver.findings import Finding, Severity
from mockserver.problems import BundleError, did_you_mean

_ACTION = ("target", "description", "update", "remove", "copy")


@dataclass(frozen=True, slots=True)
class Action:
    """One action of an overlay, and how many places of the bundle it matched."""

    target: str
    what: str
    description: str
    matches: int
    line: int


@dataclass(frozen=True, slots=True)
class Applied:
    """An overlay as it was applied: its actions in order."""

    file: str
    title: str
    actions: tuple[Action, ...]

    def __str__(self) -> str:
        lines = [f"{self.file}: {self.title or 'overlay'}, {len(self.actions)} actions"]
        lines += [
            f"  {a.what:<6}  {a.target}  {a.matches} {'match' if a.matches == 1 else 'matches'}" for a in self.actions
        ]
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Overlay:
    """An overlay file, read and checked; `actions` as they stand in the file."""

    file: str
    title: str
    extends: str
    actions: tuple[Mapping[str, Any], ...]
    lines: Lines


def read_overlay(file: Path, data: bytes | None = None) -> Overlay:
    """An overlay from its file (or its bytes); BundleError names the file and the action that is wrong."""
    name = str(file)
    data = read(file, "overlay") if data is None else data
    value, _ = parse(data, name)
    if not isinstance(value, dict) or "overlay" not in value:
        hint = "An OpenAPI document is given as the bundle." if _is_openapi(value) else ""
        raise BundleError(f"{name} is no overlay: it has no `overlay: 1.1.0`.", hint)
    if str(value["overlay"]).split(".")[:2] not in (["1", "0"], ["1", "1"]):
        raise BundleError(f"{name}: overlay {value['overlay']} is not known.", "Versions 1.0 and 1.1 are.")
    actions = value.get("actions")
    if not isinstance(actions, list) or not actions:
        raise BundleError(f"{name}: `actions` must be a list of at least one action.")
    info = value.get("info")
    title = str(info.get("title", "")) if isinstance(info, dict) else ""
    lines = Lines(data)
    for index, action in enumerate(actions):
        _check(action, f"{name}:{lines.line(f'/actions/{index}')}: actions/{index}")
    return Overlay(name, title, str(value.get("extends") or ""), tuple(actions), lines)


def read(file: Path, what: str) -> bytes:
    """The bytes of a file; BundleError says why not, and names the neighbours that may be meant."""
    try:
        return file.read_bytes()
    except FileNotFoundError:
        folder = file.parent
        names = [entry.name for entry in folder.iterdir()] if folder.is_dir() else []
        hint = (
            did_you_mean(file.name, names)
            .strip()
            .replace("Did you mean ", "Did you mean " + (f"{folder}/" if str(folder) != "." else ""))
        )
        missing = f"{file} does not exist" if names or folder.is_dir() else f"the folder {folder} does not exist"
        raise BundleError(f"{missing}.", hint or f"Give the path of the {what}.") from None
    except IsADirectoryError:
        found = sorted(p.name for p in file.iterdir() if p.suffix in (".yaml", ".yml", ".json"))
        hint = f"It holds {', '.join(found[:5])}." if found else ""
        raise BundleError(f"{file} is a folder, not the {what}.", hint) from None
    except OSError as error:
        raise BundleError(f"{file} cannot be read: {error.strerror or error}.") from None


def _is_openapi(value: Any) -> bool:
    return isinstance(value, dict) and ("openapi" in value or "swagger" in value)


def _check(action: Any, place: str) -> None:
    if not isinstance(action, dict):
        raise BundleError(f"{place} is no action: it must have a `target`.")
    for key in action:
        if key not in _ACTION and not str(key).startswith("x-"):
            raise BundleError(f"{place}: `{key}` is not known.", did_you_mean(str(key), _ACTION).strip())
    if not isinstance(action.get("target"), str):
        raise BundleError(f"{place}: `target` must be a JSONPath, such as $.paths['/clients'].get.")
    if sum((action.get("remove") is True, "update" in action, "copy" in action)) != 1:
        raise BundleError(f"{place}: one of `update`, `remove: true` and `copy` is needed, and only one.")


def apply(document: dict[str, Any], overlay: Overlay) -> Applied:
    """Apply an overlay to a document, in place; the counts of matches tell which actions still do something."""
    done = []
    for index, action in enumerate(overlay.actions):
        line = overlay.lines.line(f"/actions/{index}")
        place = f"{overlay.file}:{line}: actions/{index}"
        what = "remove" if action.get("remove") is True else "copy" if "copy" in action else "update"
        nodes = _find(action["target"], document, place)
        if what == "remove":
            _remove(document, [node.location for node in nodes], place)
        elif nodes:
            update = action["update"] if what == "update" else _single(action["copy"], document, place)
            for node in nodes:
                _update(document, node.location, node.value, update, place)
        description = action.get("description")
        done.append(Action(action["target"], what, str(description or ""), len(nodes), line))
    return Applied(overlay.file, overlay.title, tuple(done))


def stale(applied: Applied) -> list[Finding]:
    """A finding for each action that matched nothing."""
    return [
        Finding(
            Severity.WARNING,
            "MS001",
            f"{action.target} matches nothing: the vendor may have fixed or moved this",
            pointer=f"/actions/{index}",
            file=applied.file,
            line=action.line,
            evidence=action.description,
        )
        for index, action in enumerate(applied.actions)
        if not action.matches
    ]


def _find(path: str, document: Any, place: str) -> list[Any]:
    import jsonpath_rfc9535

    try:
        return list(jsonpath_rfc9535.find(path, document))
    except jsonpath_rfc9535.JSONPathError as error:
        reason = str(error).split(", line ")[0]
        hint = "Names with hyphens and the like are written ['x-name']." if "-" in path else ""
        raise BundleError(f"{place}: {path} is no JSONPath (RFC 9535): {reason}.", hint) from None
    except RecursionError:
        raise BundleError(f"{place}: the document is nested too deeply for {path}.") from None


def _single(path: Any, document: Any, place: str) -> Any:
    if not isinstance(path, str):
        raise BundleError(f"{place}: `copy` must be a JSONPath.")
    nodes = _find(path, document, place)
    if len(nodes) != 1:
        raise BundleError(f"{place}: `copy` must lead to one place, {path} leads to {len(nodes)}.")
    return nodes[0].value


def _parent(document: Any, location: tuple[str | int, ...]) -> Any:
    node = document
    for token in location[:-1]:
        node = node[token]
    return node


def _remove(document: Any, locations: list[tuple[str | int, ...]], place: str) -> None:
    """Deepest and last first, so that what is still to be removed stays where it is."""
    ordered = sorted(set(locations), key=lambda at: [(isinstance(t, int), t) for t in at], reverse=True)
    for location in ordered:
        if not location:
            raise BundleError(f"{place}: the whole document cannot be removed.")
        del _parent(document, location)[location[-1]]


def _update(document: Any, location: tuple[str | int, ...], value: Any, update: Any, place: str) -> None:
    if isinstance(value, dict):
        if not isinstance(update, dict):
            _wrong(place, "an object", update)
        _merge(value, copy.deepcopy(update))
    elif isinstance(value, list):
        value.extend(copy.deepcopy(update) if isinstance(update, list) else [copy.deepcopy(update)])
    elif isinstance(update, dict | list):
        _wrong(place, "a plain value", update)
    else:
        _parent(document, location)[location[-1]] = update


def _wrong(place: str, target: str, update: Any) -> NoReturn:
    kind = "an object" if isinstance(update, dict) else "a list" if isinstance(update, list) else "a plain value"
    raise BundleError(f"{place}: the target is {target}, the update is {kind}.")


def _merge(into: dict[str, Any], update: Mapping[str, Any]) -> None:
    for key, value in update.items():
        old = into.get(key)
        if isinstance(old, dict) and isinstance(value, dict):
            _merge(old, value)
        elif isinstance(old, list) and isinstance(value, list):
            old.extend(value)
        else:
            into[key] = value
