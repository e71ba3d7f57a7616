"""A bundle of many files made one: what references lead out of the file is drawn into it."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from mockserver.bundle.pointers import METHODS, NAMED, VALUES, escape, follow, join
from mockserver.bundle.sources import parse
from mockserver.problems import BundleError

Node = dict[str, Any]

_SECTIONS = {
    "parameters": "parameters",
    "responses": "responses",
    "requestBody": "requestBodies",
    "requestBodies": "requestBodies",
    "headers": "headers",
    "examples": "examples",
    "links": "links",
    "callbacks": "callbacks",
    "securitySchemes": "securitySchemes",
}


def draw_in(document: Node, path: Path) -> dict[str, str]:
    """Put what external references lead to among the document's components, in place, and refer to it there.

    Addresses are worked out by prance; its own resolver is not used, for it leaves the inner references of other files
    dangling and stops at recursive ones. Gives each file's SHA-256 by its name ("" for one fetched over HTTP).
    Raises BundleError for what cannot be read, naming the reference and where it stands.
    """
    work = _Drawing(document, path)
    work.definitions()
    work.walk(document, [], work.base)
    return work.files


class _Drawing:
    def __init__(self, document: Node, path: Path) -> None:
        from prance.util.url import absurl, split_url_reference, urlresource

        self._split, self._resource = split_url_reference, urlresource
        self.document = document
        self.path = path
        self.base = absurl(path.resolve().as_uri())
        self.files: dict[str, str] = {}
        self._texts: dict[str, Any] = {urlresource(self.base): document}
        self._places: dict[tuple[tuple[str, str], str], str] = {}  # by target and section

    def definitions(self) -> None:
        """Components that are nothing but an outward reference become what it leads to, under their own name."""
        components = self.document.get("components")
        for section, members in (components if isinstance(components, dict) else {}).items():
            for name, node in members.items() if isinstance(members, dict) else ():
                ref = node.get("$ref") if isinstance(node, dict) else None
                if isinstance(ref, str) and not ref.startswith("#"):
                    key = self._key(ref, self.base, ["components", section, name])
                    self._places.setdefault((key, section), "#" + join(["components", section, name]))

    def walk(self, root: Any, trail: list[str], base: Any) -> None:
        """Mend every reference below a node that came from the file at `base`."""
        stack = [(root, trail)]
        while stack:
            node, at = stack.pop()
            if isinstance(node, list):
                stack += [(part, [*at, str(index)]) for index, part in enumerate(node)]
            elif isinstance(node, dict):
                named = bool(at) and at[-1] in NAMED and at[-2:-1] != ["properties"]
                if isinstance(node.get("$ref"), str) and not (named and at[-1] in ("properties", "schemas")):
                    self._mend(node, at, base)
                if isinstance(node.get("discriminator"), dict):
                    self._mapping(node["discriminator"].get("mapping"), at, base)
                for key, part in node.items():
                    if isinstance(part, dict | list) and (named or key not in VALUES):
                        stack.append((part, [*at, key]))

    def _mend(self, node: Node, at: list[str], base: Any) -> None:
        ref = node["$ref"]
        if ref.startswith("#") and base is self.base:
            return
        key = self._key(ref, base, at)
        place = self._places.get((key, _section(at)))
        own = "#" + join(at)
        if place == own or _is_path(at):
            target, url = self._target(key, ref, at)
            rest = {name: value for name, value in node.items() if name != "$ref"}
            node.clear()
            node.update({**target, **rest} if isinstance(target, dict) else rest)
            self.walk(node, at, url)
        else:
            node["$ref"] = place or self._hoist(key, ref, at)

    def _hoist(self, key: tuple[str, str], ref: str, at: list[str]) -> str:
        """Where a target stands in the document, after it was put there on the first demand."""
        resource, pointer = key
        if resource == self._resource(self.base):
            return f"#{pointer}"
        section = _section(at)
        members = self.document.setdefault("components", {}).setdefault(section, {})
        stem = re.sub(r"[^A-Za-z0-9._-]", "_", unquote(pointer.rpartition("/")[2] or Path(resource).stem))
        name, number = stem, 1
        while name in members:
            number += 1
            name = f"{stem}_{number}"
        place = self._places[key, section] = f"#/components/{section}/{name}"
        members[name] = {}  # holds the name while what is inside looks for its own
        target, url = self._target(key, ref, at)
        members[name] = target
        self.walk(target, ["components", section, name], url)
        return place

    def _mapping(self, mapping: Any, at: list[str], base: Any) -> None:
        for value, ref in mapping.items() if isinstance(mapping, dict) else ():
            inner = isinstance(ref, str) and ref.startswith("#") and base is not self.base
            if inner or (isinstance(ref, str) and re.search(r"\.(ya?ml|json)(#|\Z)", ref)):
                key = self._key(ref, base, at)
                mapping[value] = self._places.get((key, "schemas")) or self._hoist(key, ref, ["schemas", "x"])

    def _key(self, ref: str, base: Any, at: list[str]) -> tuple[str, str]:
        place = f"{self.path}: $ref {ref} at {join(at)}"
        try:
            url, tokens = self._split(base, ref)
        except (LookupError, ValueError) as error:
            raise BundleError(f"{place} cannot be followed: {error}.") from None
        if url.scheme not in ("file", "http", "https"):
            raise BundleError(f"{place} cannot be followed: {url.scheme} is neither a file nor HTTP.")
        return self._resource(url), "".join(f"/{escape(unquote(token))}" for token in tokens)

    def _target(self, key: tuple[str, str], ref: str, at: list[str]) -> tuple[Any, Any]:
        """A copy of what a key leads to, and the address of its file."""
        import copy

        resource, pointer = key
        url, _ = self._split(self.base, resource)
        if resource not in self._texts:
            self._texts[resource] = self._read(resource, url, ref, at)
        try:
            return copy.deepcopy(follow(self._texts[resource], pointer)), url
        except KeyError:
            raise BundleError(f"{self.path}: $ref {ref} at {join(at)}: the file has no {pointer}.") from None

    def _read(self, resource: str, url: Any, ref: str, at: list[str]) -> Any:
        place = f"{self.path}: $ref {ref} at {join(at)}"
        if url.scheme.startswith("http"):
            self.files[resource] = ""
            return parse(_fetched(resource, place), resource)[0]
        file = Path(unquote(url.path))
        try:
            data = file.read_bytes()
        except OSError as error:
            hint = "Give all files of the bundle, or one file made of them: npx @redocly/cli bundle FILE"
            raise BundleError(f"{place}: {file} cannot be read: {error.strerror or error}.", hint) from None
        self.files[str(file)] = hashlib.sha256(data).hexdigest()
        return parse(data, str(file))[0]


def _fetched(address: str, place: str) -> bytes:
    import httpx

    try:
        answer = httpx.get(address, timeout=10, follow_redirects=True)
        answer.raise_for_status()
    except httpx.HTTPError as error:
        hint = "Without network, give one file that holds everything: npx @redocly/cli bundle FILE (where there is one)"
        raise BundleError(f"{place} cannot be fetched: {str(error) or type(error).__name__}.", hint) from None
    return answer.content


def _is_path(at: list[str]) -> bool:
    """Whether a place is that of a path item (or one of its operations), which is best shown where it stands."""
    return (len(at) == 2 and at[0] in ("paths", "webhooks")) or (len(at) == 3 and at[2] in METHODS)


def _section(at: list[str]) -> str:
    """The section of the components for what is referred to at a place."""
    above, before = at[-2:-1], at[-3:-2]
    if at and at[-1] == "requestBody":
        return "requestBodies"
    if above and above[0] in _SECTIONS and before[:1] != ["properties"]:
        return _SECTIONS[above[0]]
    if len(at) >= 2 and at[-2] in ("callback", "pathItems"):
        return "pathItems"
    return "schemas"
